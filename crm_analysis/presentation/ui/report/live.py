"""What an audience asks: one setting of a finding, moved while it is shown.

The number of segments, how far a forecast looks, what a plan may spend. To add one: a line in
`_SETTINGS`, and the phrase of its knob.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm_analysis.analyses.forecast import Forecast
from crm_analysis.analyses.segments import Segments
from crm_analysis.presentation.ui.asking import ask_again
from crm_analysis.presentation.ui.questions import Question
from crm_analysis.presentation.ui.run import Answer

_STEPS = 40  # of a slider of money


@dataclass
class Live:
    """A setting of a question: its place in it, where it stood, and how far it may go.

    `now` is where it stands.
    """

    label: str
    question: Question
    item: int
    field: str
    start: int
    low: int
    high: int
    step: int
    now: int = 0

    def __post_init__(self) -> None:
        self.now = self.start

    def ask(self, value: int) -> Answer[Any]:
        """The answer with another value of the setting."""
        given = list(self.question["given"])
        before = given[self.item]
        values = {**before["values"], self.field: value}
        given[self.item] = {**before, "values": values}
        return ask_again({**self.question, "given": given})


@dataclass(frozen=True)
class _Setting:
    label: str
    field: str
    ends: Callable[[Any], tuple[int, int, int, int]]  # start, low, high, step


def live_of(answer: Answer[Any]) -> Live | None:
    """What may be moved about an answer; None where nothing is."""
    setting = _SETTINGS.get(type(answer.value).__name__)
    question = answer.question
    if setting is None or question is None or "given" not in question:
        return None
    for item, given in enumerate(question["given"]):
        if "options" in given and setting.field in given["values"]:
            start, low, high, step = setting.ends(answer.value)
            if low <= start <= high and low < high:
                return Live(
                    setting.label,
                    question,
                    item,
                    setting.field,
                    start,
                    low,
                    high,
                    step,
                )
    return None


def _segments(result: Segments) -> tuple[int, int, int, int]:
    count = int(result.summary()["segments"] or 0)
    return count, 2, min(12, max(count, len(result.customers) - 1)), 1


def _periods(result: Forecast) -> tuple[int, int, int, int]:
    ahead = int(result.summary()["horizon"] or 0)
    return ahead, 1, 2 * ahead, 1


def _money(result: Any) -> tuple[int, int, int, int]:
    """What is spent now, and up to twice as much, in steps a person would name."""
    spent = result.summary()["cost"] or 0.0
    if spent < _STEPS:
        return 0, 0, 0, 1
    rough = 2 * spent / _STEPS
    step = int(10 ** math.floor(math.log10(rough)))
    start = math.ceil(spent / step) * step
    return start, 0, 2 * start, step


_SETTINGS: Mapping[str, _Setting] = {
    "Segments": _Setting("segments.knob.clusters.label", "clusters", _segments),
    "Forecast": _Setting("forecast.knob.horizon.label", "horizon", _periods),
    "Plan": _Setting("strategy.knob.budget.label", "budget", _money),
    "CampaignPlan": _Setting("churn.knob.budget.label", "budget", _money),
    "ContactList": _Setting("engagement.knob.budget.label", "budget", _money),
}
