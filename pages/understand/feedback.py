"""Comments: what they say, what changed, about what, the scores, and whom we may lose."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import feedback as view
from crm_analysis.presentation.ui.feedback import (
    aspects,
    changed,
    leaving,
    said,
    scores,
)

ui.heading("feedback")
source = view.source()


@ui.fragment
def body() -> None:
    if not source.has_text:
        view.say_no_text()
        scores.draw(source)
        return
    reading = view.read(source)
    tabs = {
        "said": ui.guarded(said.draw, reading),
        "changed": ui.guarded(changed.draw, reading),
        "aspects": ui.guarded(aspects.draw, reading),
        "scores": ui.guarded(scores.draw, source),
        "leaving": ui.guarded(leaving.draw, reading),
    }
    ui.tabs("feedback", tabs, key=ui.widget_key("feedback", "tabs"))


body()
