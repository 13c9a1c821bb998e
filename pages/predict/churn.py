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
from crm_analysis.presentation.ui.groups import GroupsLine
from crm_analysis.presentation.ui.keys import widget_key

ui.heading("churn")
kind = view.source()


@ui.fragment
def body() -> None:
    prediction = view.predict(kind)
    with ui.starred(prediction.churn):
        view.headline(prediction)
    groups = GroupsLine()
    tabs = {
        "at_risk": lambda: at_risk.draw(prediction),
        "campaign": lambda: campaign.draw(prediction),
        "explain": lambda: explain.draw(prediction),
        "evaluation": lambda: evaluation.draw(prediction),
        "survival": lambda: survival.draw(prediction),
        "contact_list": lambda: contact_list.draw(prediction),
        "saved_model": lambda: saved_model.draw(prediction),
    }
    ui.tabs(
        "churn",
        view.guarded_tabs(tabs, prediction),
        key=widget_key("churn", "tabs"),
        analyst=("evaluation", "saved_model"),
    )
    view.measures(prediction)
    view.computed(prediction)
    groups.say_overlap(prediction.at_risk["customer"])


body()
