"""Demand ahead: how much will be wanted, of what, when, and how sure that is."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import forecast as view
from crm_analysis.presentation.ui.forecast import (
    accuracy,
    ahead,
    anomalies,
    export,
    inventory,
    planning,
)

ui.heading("forecast")
kind = view.settings.source()


@ui.fragment
def body() -> None:
    asked = view.ask(kind)
    tabs = {
        "ahead": ui.guarded(ahead.ahead, asked),
        "accuracy": ui.guarded(accuracy.accuracy, asked),
        "oddities": ui.guarded(anomalies.oddities, asked),
        "order": ui.guarded(inventory.order, asked),
        "plan": ui.guarded(planning.plan, asked),
        "take": ui.guarded(export.take, asked),
    }
    ui.tabs("forecast", tabs, key="forecast_tabs")


body()
