"""Demand ahead: how much will be wanted, of what, when, and how sure that is."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui.forecast import (
    accuracy,
    ahead,
    anomalies,
    export,
    inventory,
    open_view,
    planning,
    settings,
)
from crm_analysis.presentation.ui.keys import widget_key

ui.heading("forecast")
kind = settings.choose_source()


@ui.fragment
def body() -> None:
    view = open_view(kind)
    tabs = {
        "ahead": ui.guarded(ahead.ahead, view),
        "accuracy": ui.guarded(accuracy.accuracy, view),
        "anomalies": ui.guarded(anomalies.anomalies, view),
        "inventory": ui.guarded(inventory.inventory, view),
        "planning": ui.guarded(planning.planning, view),
        "export": ui.guarded(export.export, view),
    }
    ui.tabs(
        "forecast",
        tabs,
        key=widget_key("forecast", "tabs"),
        analyst=("accuracy",),
    )


body()
