"""Churn: who is leaving, why, and whom it pays to keep."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import churn as view
from crm_analysis.presentation.ui.churn import (
    at_risk,
    campaign,
    contact_list,
    evaluation,
    explain,
    saved_model,
    survival,
)
from crm_analysis.presentation.ui.keys import widget_key

ui.heading("churn")
kind = view.source()


@ui.fragment
def body() -> None:
    asked = view.ask(kind)
    view.headline(asked)
    tabs = {
        "at_risk": lambda: at_risk.draw(asked),
        "campaign": lambda: campaign.draw(asked),
        "explain": lambda: explain.draw(asked),
        "evaluation": lambda: evaluation.draw(asked),
        "survival": lambda: survival.draw(asked),
        "contact_list": lambda: contact_list.draw(asked),
        "saved_model": lambda: saved_model.draw(asked),
    }
    ui.tabs("churn", view.guarded_tabs(tabs, asked), key=widget_key("churn", "tabs"))
    view.computed(asked)


body()
