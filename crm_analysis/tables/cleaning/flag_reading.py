"""Columns that say yes or no, in many words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.numbers import MISSING_WORDS
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec
from crm_analysis.tables.cleaning.sql import is_blank, one_of
from crm_analysis.wording import has, texts_of

# A cross or a circle is a yes where it stands alone, and a no beside a tick.
_WEAK = frozenset({"x", "○", "o"})
_MOST_VALUES = 12
_EVENTS = ("opened", "clicked", "unsubscribed")  # said by counts and times too


@dataclass(frozen=True)
class Blank:
    """The cells of a flag that are blank, and what they mean ("no", "missing"; None: unsaid)."""

    cells: int = 0
    meaning: str | None = None


def is_yes_no(values: Sequence[str]) -> bool:
    """Whether the distinct values of a column are a pair of words for yes and no.

    >>> is_yes_no(["Yes", "No"]), is_yes_no(["Yes", "No", "No internet"]), is_yes_no(["是", "否"])
    (True, False, True)
    """
    words = {value.strip().lower() for value in values}
    yes = words & _words("yes", None)
    yes = yes - _WEAK or yes
    no = words & (_words("no", None) | _WEAK) - yes
    return len(words) == 2 and len(yes) == 1 and len(no) == 1


def is_tick(value: str) -> bool:
    """Whether a value that stands alone in a column, beside blank cells, marks a yes.

    >>> is_tick("√"), is_tick("X"), is_tick("blue")
    (True, True, False)
    """
    return value.strip().lower() in _words("yes", None)


@cache
def _words(answer: str, role: str | None) -> frozenset[str]:
    """What means "yes" or "no", in any language: of flags in general and of a role."""
    words: set[str] = set()
    for key in (f"roles.{answer}.any", f"roles.{answer}.{role}"):
        if has(key):
            for text in texts_of(key).values():
                words |= {word.strip() for word in text.split("|")}
    return frozenset(words)


def flag_column(
    spec: ColumnSpec, values: Sequence[str], chosen: str | None, blank: Blank
) -> ColumnReading:
    """The reading of a column as yes or no.

    `values` are its distinct values as written, the commonest first. Where only yes is written,
    a blank cell is taken for no, and the reader is asked.

    Raises
    ------
    AnalysisError
        `cleaning.not_a_flag` where the column has too many different values to be a yes or no.
    """
    lowered = list(dict.fromkeys(value.strip().lower() for value in values))
    is_sure = True
    if chosen is None and spec.role in _EVENTS and _says_when_or_how_often(lowered):
        return _happened(spec)
    if chosen is not None:
        positive = {chosen.strip().lower()}
    elif len(lowered) > _MOST_VALUES:
        raise AnalysisError(
            "cleaning.not_a_flag",
            column=spec.source,
            role=spec.role or "",
            examples=list(values[:4]),
            count=len(lowered),
        )
    else:
        positive, is_sure = _positive(lowered, spec.role)
    as_written = [value for value in values if value.strip().lower() in positive]
    questions: tuple[Message, ...] = ()
    if not is_sure:
        details = {
            "column": spec.source,
            "role": spec.role or "",
            "option": "positive",
            "choices": list(values),
            "default": as_written[0] if as_written else "",
        }
        questions = (Message("cleaning.question.which_positive", details),)
    text = f"lower(t{spec.position})"
    yes = one_of(text, sorted(positive))
    # words that elsewhere mean "nothing here", as 无 beside 有
    written = _words("no", spec.role) & set(MISSING_WORDS)
    negative = {*lowered, *written} - positive
    no = one_of(text, sorted(negative))
    detail: dict[str, Any] = {"positive": as_written}
    if blank.cells and set(lowered) <= positive:
        no, detail["blank"] = (
            f"({no} OR {is_blank(spec.cell)})",
            blank.meaning or "no",
        )
        if blank.meaning is None:
            questions += (_question_of_blank(spec, as_written, blank.cells),)
        elif blank.meaning == "missing":
            no = one_of(text, sorted(negative))
    value = f"CASE WHEN {yes} THEN true WHEN {no} THEN false END"
    return spec.read_as(
        "flag", value, plain=True, detail=detail, questions=questions
    )


def _says_when_or_how_often(words: Sequence[str]) -> bool:
    """Whether values are counts or times, as of opened messages, and not yes or no."""
    figures = [word for word in words if any(digit.isdigit() for digit in word)]
    others = set(words) - set(figures) - _words("no", None) - set(MISSING_WORDS)
    return not others and not set(figures) <= {"0", "1"}


def _happened(spec: ColumnSpec) -> ColumnReading:
    """Yes where a count is above nothing, or a time is written; no where the cell is blank."""
    text = f"lower(t{spec.position})"
    never = one_of(text, sorted(_words("no", None) | set(MISSING_WORDS)))
    nothing = (
        f"({is_blank(spec.cell)} OR {never} OR regexp_full_match({text}, '[0.,]+'))"
    )
    value = f"CASE WHEN {nothing} THEN false ELSE true END"
    return spec.read_as("flag", value, plain=True, detail={"happened": True})


def _question_of_blank(
    spec: ColumnSpec, written: Sequence[str], cells: int
) -> Message:
    details = {
        "column": spec.source,
        "values": list(written),
        "count": cells,
        "option": "blank_flags",
        "choices": ["no", "missing"],
        "default": "no",
    }
    return Message("cleaning.question.blank_means_no", details)


def _positive(words: Sequence[str], role: str | None) -> tuple[set[str], bool]:
    """Which of the words mean yes, and whether that is sure."""
    yes, no = _words("yes", role), _words("no", role)
    positive = {word for word in words if word in yes}
    positive = positive - _WEAK or positive
    no |= _WEAK - positive
    unsure = [word for word in words if word not in yes | no]
    if not positive and len(unsure) == 1 and len(words) > 1:
        return set(unsure), True  # one word for no, one that is unknown
    if not unsure or (positive and len(words) == 2):
        return positive, True
    if not positive and len(words) > 1:
        positive = {words[-1]}
    return positive, False
