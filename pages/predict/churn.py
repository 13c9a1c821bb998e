"""Churn: who is leaving, why, and whom it pays to keep."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import churn as view
from crm_analysis.presentation.ui.churn import acting, atrisk, keeping, money, staying, trust, why

ui.heading("churn")
kind = view.source()


@ui.fragment
def body() -> None:
    asked = view.ask(kind)
    view.headline(asked)
    tabs = {
        "risk": lambda: atrisk.risk(asked),
        "money": lambda: money.money(asked),
        "why": lambda: why.why(asked),
        "trust": lambda: trust.trust(asked),
        "staying": lambda: staying.staying(asked),
        "act": lambda: acting.act(asked),
        "keep": lambda: keeping.keep(asked),
    }
    ui.tabs("churn", view.guarded_tabs(tabs, asked), key="churn_tabs")
    view.computed(asked)


body()
