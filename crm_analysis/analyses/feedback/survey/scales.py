"""Columns of scores as answers on a known scale, or the question which scale they are on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

SCORES = ("nps", "csat", "rating")
_USUAL = {"nps": "0-10", "csat": "1-5", "rating": "1-5"}
_STRAY = 0.05  # so few answers off the scale are slips or codes such as 99; more: another scale
_SOME, _MANY = (
    10,
    30,
)  # answers, none of them above the middle: hardly a scale of 0 to 10
_AGAINST = -0.3  # rank correlation of two scores of the same people
_PROMOTER, _PASSIVE = 0.85, 0.65  # places on the scale: 9 and 7 of 0 to 10


class Answers(NamedTuple):
    """The answers to one question: numbers on its scale, NaN where there is none."""

    name: str
    scale: str
    values: np.ndarray

    @property
    def place(self) -> np.ndarray:
        """Where on the scale an answer lies: 0 the worst, 1 the best."""
        low, high = _ends(self.scale)
        return (self.values - low) / (high - low)

    @property
    def net(self) -> np.ndarray:
        """1 a promoter, 0 a passive, -1 a detractor."""
        place = self.place
        coded = (place >= _PROMOTER).astype(float) - (place < _PASSIVE)
        return np.where(np.isnan(place), np.nan, coded)

    @property
    def top_two(self) -> np.ndarray:
        """1 for one of the two best answers; for the better one where there are two."""
        low, high = _ends(self.scale)
        second = max(1.0 - 1.0 / abs(high - low), 0.5)
        coded = (self.place >= second - 1e-9).astype(float)
        return np.where(np.isnan(self.values), np.nan, coded)


class Read(NamedTuple):
    """What was read of a table's scores; what has to be asked; and what was set aside."""

    answers: tuple[Answers, ...]
    questions: tuple[Message, ...]
    notes: tuple[Message, ...]


def read_scores(feedback: pd.DataFrame, scales: dict[str, str]) -> Read:
    """The columns of scores that a table has.

    Parameters
    ----------
    feedback
        Any of nps, csat, rating.
    scales
        For each of these its scale, or "auto".

    Raises
    ------
    AnalysisError
        "feedback.survey.no_scores" where no column has a number.

    Examples
    --------
    >>> table = pd.DataFrame({"nps": [10, 9, 3], "csat": [5, None, 2]})
    >>> read = read_scores(table, {"nps": "auto", "csat": "auto"})
    >>> [(answers.name, answers.scale) for answers in read.answers]
    [('nps', '0-10'), ('csat', '1-5')]
    """
    answers, questions, notes = [], [], []
    for name in SCORES:
        if name not in feedback.columns:
            continue
        values = as_numbers(feedback[name])
        if np.isnan(values).all():
            continue
        scale = scales.get(name, "auto")
        question = _unsure(name, values) if scale == "auto" else None
        if question is not None:
            questions.append(question)
            continue
        scale = _USUAL[name] if scale == "auto" else scale
        low, high = sorted(_ends(scale))
        stray = (values < low) | (values > high)
        if stray.any():
            notes.append(_stray(name, values[stray], scale))
            values = np.where(stray, np.nan, values)
        if not np.isnan(values).all():
            answers.append(Answers(name, scale, values))
    if not answers and not questions:
        raise AnalysisError("feedback.survey.no_scores")
    notes += _turned(answers)
    return Read(tuple(answers), tuple(questions), tuple(notes))


def as_numbers(column: pd.Series) -> np.ndarray:
    """A column as numbers, NaN where it has none."""
    return pd.to_numeric(column, errors="coerce").to_numpy(
        dtype=float, na_value=np.nan
    )


def _ends(scale: str) -> tuple[float, float]:
    first, _, last = scale.partition("-")
    return float(first), float(last)


def _unsure(name: str, values: np.ndarray) -> Message | None:
    """The question which scale this is; None where the answers fit the usual one."""
    known = values[~np.isnan(values)]
    low, high = _ends(_USUAL[name])
    inside = known[(known >= low) & (known <= high)]
    fits = len(inside) >= (1 - _STRAY) * len(known)
    if fits and name != "nps":
        fits = len(inside) < _SOME or bool(inside.max() > low)
    elif fits:
        fits = not (
            (len(inside) >= _SOME and inside.max() <= 5)
            or (len(inside) >= _MANY and inside.max() <= 7 and inside.min() >= 1)
        )
    if fits:
        return None
    details = {
        "measure": name,
        "lowest": f"{known.min():g}",
        "highest": f"{known.max():g}",
        "count": len(known),
    }
    return Message(f"feedback.survey.ask.{name}", details)


def _stray(name: str, values: np.ndarray, scale: str) -> Message:
    low, high = sorted(_ends(scale))
    examples = np.unique(values)[:3]
    details = {
        "measure": name,
        "count": len(values),
        "values": [f"{value:g}" for value in examples],
        "low": low,
        "high": high,
    }
    return Message("feedback.survey.note.off_scale", details)


def _turned(answers: list[Answers]) -> list[Message]:
    """Where the same people's scores run against each other: one may have its best answer first."""
    notes = []
    for position, one in enumerate(answers):
        for other in answers[position + 1 :]:
            both = pd.DataFrame({"one": one.place, "other": other.place}).dropna()
            if len(both) < _MANY or (both.nunique() < 2).any():
                continue
            agreement = float(both["one"].rank().corr(both["other"].rank()))
            if agreement < _AGAINST:
                details = {"measure": one.name, "other": other.name}
                notes.append(Message("feedback.survey.note.turned", details))
    return notes
