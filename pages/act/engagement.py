"""Contacts: what came back, did it work, how many, whom, when and how often."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import engagement as view
from crm_analysis.presentation.ui.engagement import (
    how_many,
    sent,
    when,
    whom,
    worked,
)

ui.heading("engagement")
source = view.source()


@ui.fragment
def body() -> None:
    tabs = {
        "sent": ui.guarded(sent.draw, source),
        "worked": ui.guarded(worked.draw, source),
        "how_many": ui.guarded(how_many.draw, source),
        "whom": ui.guarded(whom.draw, source),
        "when": ui.guarded(when.draw, source),
    }
    first = "worked" if source.contacts is None else None
    ui.tabs(
        "engagement", tabs, key=ui.widget_key("engagement", "tabs"), first=first
    )


body()
