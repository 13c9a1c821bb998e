"""Churn: who is leaving, why, and whom it pays to keep."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import churn as view
from crm_analysis.presentation.ui.churn import atrisk

ui.heading("churn")
kind = view.source()


@ui.fragment
def body() -> None:
    asked = view.ask(kind)
    view.headline(asked)
    tabs = {
        "risk": lambda: atrisk.risk(asked),
    }
    ui.tabs("churn", view.guarded_tabs(tabs, asked), key="churn_tabs")
    view.computed(asked)


body()
