"""Demand ahead: how much will be wanted, of what, when, and how sure that is."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import forecast as view
from crm_analysis.presentation.ui.forecast import accuracy, ahead, oddities, ordering, planning, takeaway

ui.heading("forecast")
kind = view.asking.source()


@ui.fragment
def body() -> None:
    asked = view.ask(kind)
    tabs = {
        "ahead": view.guarded(ahead.ahead, asked),
        "accuracy": view.guarded(accuracy.accuracy, asked),
        "oddities": view.guarded(oddities.oddities, asked),
        "order": view.guarded(ordering.order, asked),
        "plan": view.guarded(planning.plan, asked),
        "take": view.guarded(takeaway.take, asked),
    }
    ui.tabs("forecast", tabs, key="forecast_tabs")


body()
