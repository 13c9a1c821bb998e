"""Columns that say yes or no, in many words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec
from crm_analysis.tables.cleaning.sql import one_of
from crm_analysis.wording import has, phrases

_PAIRS = (
    ("yes", "no"),
    ("y", "n"),
    ("true", "false"),
    ("t", "f"),
    ("是", "否"),
    ("有", "无"),
    ("on", "off"),
    ("对", "错"),
)
_MOST_VALUES = 12


def is_yes_no(values: Sequence[str]) -> bool:
    """Whether the distinct values of a column are a pair of words for yes and no.

    >>> is_yes_no(["Yes", "No"]), is_yes_no(["Yes", "No", "No internet"]), is_yes_no(["是", "否"])
    (True, False, True)
    """
    words = {value.strip().lower() for value in values}
    return len(words) == 2 and any(words == set(pair) for pair in _PAIRS)


@cache
def _words(answer: str, role: str | None) -> frozenset[str]:
    """What means "yes" or "no", in any language: of flags in general and of a role."""
    words: set[str] = set()
    for key in (f"roles.{answer}.any", f"roles.{answer}.{role}"):
        if has(key):
            for text in phrases()[key].values():
                words |= {word.strip() for word in text.split("|")}
    return frozenset(words)


def flag_column(
    spec: ColumnSpec, values: Sequence[str], chosen: str | None
) -> ColumnReading:
    """The reading of a column as yes or no.

    `values` are its distinct values as written, the commonest first.

    Raises
    ------
    AnalysisError
        `cleaning.not_a_flag` where the column has too many different values to be a yes or no.
    """
    lowered = list(dict.fromkeys(value.strip().lower() for value in values))
    is_sure = True
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
    no = one_of(text, [value for value in lowered if value not in positive])
    value = f"CASE WHEN {yes} THEN true WHEN {no} THEN false END"
    detail = {"positive": as_written}
    return spec.read_as("flag", value, plain=True, detail=detail, questions=questions)


def _positive(words: Sequence[str], role: str | None) -> tuple[set[str], bool]:
    """Which of the words mean yes, and whether that is sure."""
    yes, no = _words("yes", role), _words("no", role)
    positive = {word for word in words if word in yes}
    unsure = [word for word in words if word not in yes | no]
    if not positive and len(unsure) == 1 and len(words) > 1:
        return set(unsure), True  # one word for no, one that is unknown
    if not unsure or (positive and len(words) == 2):
        return positive, True
    if not positive and len(words) > 1:
        positive = {words[-1]}
    return positive, False
