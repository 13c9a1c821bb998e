"""Demand ahead: how much will be wanted, of what, when, and how sure that is."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import forecast as view
from crm_analysis.presentation.ui.forecast import ahead

ui.heading("forecast")
kind = view.asking.source()


@ui.fragment
def body() -> None:
    asked = view.ask(kind)
    tabs = {
        "ahead": view.guarded(ahead.ahead, asked),
    }
    ui.tabs("forecast", tabs, key="forecast_tabs")


body()
