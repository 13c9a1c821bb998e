"""What is presented: the findings as they were when it began, and which one is shown now."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.report import ReportOptions
from crm_analysis.presentation.ui import language, plain, say, workspace
from crm_analysis.presentation.ui.handing_on import Choice, choice_of, chosen
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.report.cards import Card, card_of
from crm_analysis.presentation.ui.report.live import Live, live_of
from crm_analysis.presentation.ui.report.recipes import answer_to, offered

_KEY = widget_key("present", "stage")
_STAGES = 8  # in memory; the oldest goes
# What is shown where nobody has chosen: the main result of each page.
_MAIN = (
    "Changes",
    "Segments",
    "Rules",
    "Value",
    "Feedback",
    "Forecast",
    "Churn",
    "ContactSummary",
)


@dataclass(eq=False)
class Slide:
    """One question and its answer: the card as shown now, and what may be moved about it."""

    result: str
    card: Card
    live: Live | None


@dataclass(eq=False)
class Stage:
    """A presentation that is given.

    `moment` counts what is shown one after the other: 0 is the first slide, then of each slide its
    question and its answer.
    """

    slides: list[Slide]
    missing: int
    moment: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def position(self) -> int:
        """The number of the slide shown; 0 for the first one, which has no question."""
        return (self.moment + 1) // 2

    @property
    def is_answered(self) -> bool:
        """Whether the answer is shown, and not only the question."""
        return self.moment % 2 == 0

    def turn(self, moments: int) -> None:
        """Go on, or back below zero, and stop at the ends."""
        self.moment = max(0, min(2 * len(self.slides), self.moment + moments))


_lock = threading.Lock()
_stages: OrderedDict[str, Stage] = OrderedDict()


def stage_here() -> Stage | None:
    """What is presented of this workspace, in whichever tab; None where nothing is."""
    with _lock:
        return _stages.get(workspace().id)


def prepared() -> Stage:
    """The stage of this tab; when it is new, what is not computed yet is waited for.

    AnalysisError("report.present.nothing") where no finding can be shown.
    """
    stage: Stage | None = st.session_state.get(_KEY)
    if stage is not None:
        return stage
    choices = chosen() or _usual()
    place = st.empty()
    slides: list[Slide] = []
    for number, choice in enumerate(choices, start=1):
        with place.container():
            _say_how_far(choice, number, len(choices))
            slide = _slide(choice)
        if slide is not None:
            slides.append(slide)
    place.empty()
    if not slides:
        raise AnalysisError("report.present.nothing")
    stage = Stage(slides, len(choices) - len(slides))
    st.session_state[_KEY] = stage
    with _lock:
        _stages[workspace().id] = stage
        _stages.move_to_end(workspace().id)
        while len(_stages) > _STAGES:
            _stages.popitem(last=False)
    return stage


def _usual() -> list[Choice]:
    ready = offered()
    return [choice_of(result) for result in _MAIN if result in ready]


def _say_how_far(choice: Choice, number: int, count: int) -> None:
    st.markdown(f"## {say('report.present.preparing')}")
    st.markdown(
        say(
            "report.present.how_far",
            number=number,
            count=count,
            what=plain(f"report.recipe.{choice['result']}"),
        )
    )


def _slide(choice: Choice) -> Slide | None:
    try:
        answer = answer_to(choice)
        card = card_of(answer, options(), str(choice["result"]))
    except AnalysisError:
        return None  # how many are missing is said on the first slide
    return Slide(str(choice["result"]), card, live_of(answer))


def options() -> ReportOptions:
    """How findings are presented: nobody is named."""
    return ReportOptions(language=language(), mask_names=True)


def end() -> None:
    """Forget what was presented in this tab."""
    stage = st.session_state.pop(_KEY, None)
    with _lock:
        if stage is not None and _stages.get(workspace().id) is stage:
            del _stages[workspace().id]
