"""Who was asked and answered, by segment and value."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.survey.figures import differ
from crm_analysis.analyses.feedback.survey.mix import CLASSES, as_groups, mix_of
from crm_analysis.analyses.feedback.survey.options import SurveyOptions
from crm_analysis.analyses.feedback.survey.scales import SCORES, Answers
from crm_analysis.analyses.inference import benjamini_hochberg, wilson
from crm_analysis.messages import Message

COLUMNS = (
    *("by", "group", "customers", "answered", "rate", "lo", "hi"),
    *("difference", "difference_lo", "difference_hi", "p", "p_adjusted"),
)


def response_rates(
    mix: pd.DataFrame, answered: Collection[str], coverage: float
) -> pd.DataFrame:
    """The share of those asked who answered: of all, and by segment and value.

    Parameters
    ----------
    mix
        As `mix_of` gives it: those asked, by customer.
    answered
        The customers who answered.

    Returns
    -------
    DataFrame
        by, group : "" for all, "segment" or "value"; the group's name.
        customers, answered : how many were asked, and answered.
        rate, lo, hi : the share, with Wilson's interval.
        difference, difference_lo, difference_hi : the rate less that of all others (Newcombe).
        p, p_adjusted : that there is none; by Benjamini and Hochberg within segment or value.

    Examples
    --------
    >>> mix = pd.DataFrame({"segment": ["a", "a", "b", "b"]}, index=list("wxyz"))
    >>> response_rates(mix, {"w", "x", "y"}, 0.95)[["by", "group", "customers", "rate"]]
            by group  customers  rate
    0                         4  0.75
    1  segment     a          2  1.00
    2  segment     b          2  0.50
    """
    took_part = mix.index.isin(list(answered)).astype(float)
    rows = [_row("", "", took_part, np.ones(len(mix), dtype=bool), coverage)]
    for by in mix.columns:
        own = []
        present = set(mix[by]) - {""}
        levels = sorted(present)
        if by == "value":
            levels = [level for level in CLASSES if level in present]
        for level in levels:
            inside = (mix[by] == level).to_numpy()
            own.append(_row(by, level, took_part, inside, coverage))
        p_values = np.array([row["p"] for row in own])
        if len(own) and not np.isnan(p_values).any():
            for row, p in zip(own, benjamini_hochberg(p_values), strict=True):
                row["p_adjusted"] = float(p)
        rows += own
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    by: str,
    group: str,
    took_part: np.ndarray,
    inside: np.ndarray,
    coverage: float,
) -> dict[str, object]:
    own, others = took_part[inside], took_part[~inside]
    low, high = wilson(own.sum(), len(own), coverage)
    row: dict[str, object] = {
        "by": by,
        "group": group,
        "customers": len(own),
        "answered": int(own.sum()),
        "rate": float(own.mean()),
        "lo": float(low),
        "hi": float(high),
    }
    row |= dict.fromkeys(COLUMNS[7:], np.nan)
    if len(others):
        difference = differ(own, others, "share", coverage=coverage)
        row |= dict(zip(COLUMNS[7:11], difference, strict=True))
    return row


def who_answered(
    answers: Collection[Answers],
    names: np.ndarray,
    feedback: pd.DataFrame,
    mix: pd.DataFrame | None,
    options: SurveyOptions,
) -> tuple[pd.DataFrame, list[Message]]:
    """The response rates, and of whom they are; none where no answer has a customer's name."""
    nothing = pd.DataFrame(columns=list(COLUMNS))
    named = names != ""
    if not named.any() or not answers:
        return nothing, []
    gave = np.any([~np.isnan(one.values) for one in answers], axis=0)
    in_vain = named & ~gave & _silent(feedback)
    answered = set(names[named & gave])
    notes = []
    if in_vain.any():
        own = mix_of(feedback[named].assign(customer=names[named]), options.value)
        if mix is not None:
            own = mix.reindex(own.index).fillna("")
        asked, key = own, "feedback.survey.note.asked_listed"
    elif mix is not None and len(mix):
        asked, key = mix, "feedback.survey.note.asked_all"
        strangers = len(answered - set(mix.index))
        if strangers == len(answered):
            details = {
                "feedback": sorted(answered)[:3],
                "customers": [*mix.index[:3]],
            }
            return nothing, [Message("feedback.survey.note.no_match", details)]
        if strangers:
            notes.append(
                Message("feedback.survey.note.strangers", {"count": strangers})
            )
    else:
        return nothing, []
    notes.append(Message(key, {"count": len(asked)}))
    return response_rates(asked, answered, options.coverage), notes


def _silent(feedback: pd.DataFrame) -> np.ndarray:
    """The rows in which nothing was answered at all, not even in words."""
    silent = np.ones(len(feedback), dtype=bool)
    for name in (*SCORES, "text"):
        if name in feedback.columns:
            silent &= as_groups(feedback[name]) == ""
    return silent
