"""How those who said something differ from others who commented: in leaving, and in value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.joined.options import JoinOptions
from crm_analysis.analyses.feedback.joined.people import People
from crm_analysis.analyses.feedback.joined.said import Group
from crm_analysis.analyses.feedback.survey import as_numbers, worth_column
from crm_analysis.analyses.inference import (
    UNKNOWN,
    Standardised,
    benjamini_hochberg,
    means_differ,
    moments,
    share_ratio,
    shares_differ,
    standardised,
)

COLUMNS = (
    *("kind", "what", "customers", "comments", "share_negative"),
    *("churned", "churned_others", "difference", "lo", "hi", "p", "p_adjusted"),
    *("ratio", "ratio_lo", "ratio_hi"),
    *("adjusted", "adjusted_lo", "adjusted_hi"),
    *("adjusted_ratio", "adjusted_ratio_lo", "adjusted_ratio_hi"),
    *("value", "value_mean", "value_others"),
    *("value_difference", "value_lo", "value_hi"),
    *("value_adjusted", "value_adjusted_lo", "value_adjusted_hi"),
)
_KINDS = ("complaint", "aspect", "topic", "sentiment")
_KNOWN_BEFORE = ("recency", "frequency", "monetary")
_FEW_EVENTS = (
    5  # leaving and staying, inside and outside: below, nothing is adjusted
)


class Base(NamedTuple):
    """Those compared: everybody who commented, and what was known of them before."""

    people: People
    commented: np.ndarray
    before: np.ndarray
    before_value: np.ndarray
    adjusts: tuple[str, ...]


def base_of(people: People, commented: np.ndarray, options: JoinOptions) -> Base:
    """Those who commented, with logarithms of recency, frequency and money beside."""
    known = [name for name in _KNOWN_BEFORE if name in people.table.columns]
    worth = worth_column(people.table, options.value)
    columns = {name: _logarithm(as_numbers(people.table[name])) for name in known}
    others = [name for name in known if name != worth]
    return Base(
        people,
        commented,
        _stacked([columns[name] for name in known], len(commented)),
        _stacked([columns[name] for name in others], len(commented)),
        tuple(known),
    )


def _stacked(columns: Sequence[np.ndarray], size: int) -> np.ndarray:
    return np.column_stack(columns) if columns else np.empty((size, 0))


def _logarithm(values: np.ndarray) -> np.ndarray:
    """On the scale of times more; what is not known is in the middle."""
    known = values[np.isfinite(values)]
    middle = float(np.median(known)) if len(known) else 0.0
    filled = np.where(np.isfinite(values), values, middle)
    return np.log1p(np.maximum(filled, 0.0))


def effects_of(
    groups: Sequence[Group], base: Base, options: JoinOptions
) -> pd.DataFrame:
    """A row a group that is neither too small nor nearly everybody.

    Returns
    -------
    DataFrame
        As `FeedbackAndValue.effects`.
    """
    rows = []
    for group in groups:
        inside = group.inside & base.commented
        outside = base.commented & ~inside
        if inside.sum() < options.fewest or outside.sum() < options.fewest:
            continue
        row: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan)
        row |= {
            "kind": group.kind,
            "what": group.what,
            "customers": int(inside.sum()),
            "comments": group.comments,
            "share_negative": group.negative,
        }
        row |= _leaving(inside, outside, base, options.coverage)
        row |= _worth(inside, outside, base, options.coverage)
        rows.append(row)
    rows.sort(key=lambda row: (_KINDS.index(row["kind"]), -row["customers"]))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    tested = table["p"].notna()
    p_values = table.loc[tested, "p"].to_numpy(float)
    if len(p_values):
        table.loc[tested, "p_adjusted"] = benjamini_hochberg(p_values)
    return table


def _leaving(
    inside: np.ndarray, outside: np.ndarray, base: Base, coverage: float
) -> dict[str, float]:
    """How much oftener those inside left."""
    churned = base.people.churned
    known = ~np.isnan(churned)
    inside, outside = inside & known, outside & known
    sizes = int(inside.sum()), int(outside.sum())
    if not min(sizes):
        return {}
    hits = int(churned[inside].sum()), int(churned[outside].sum())
    estimate = shares_differ(hits, sizes, coverage)
    ratio, low, high = share_ratio(hits[0], sizes[0], hits[1], sizes[1], coverage)
    row = {
        "churned": hits[0] / sizes[0],
        "churned_others": hits[1] / sizes[1],
        "difference": estimate.difference,
        "lo": estimate.lo,
        "hi": estimate.hi,
        "p": estimate.p,
        "ratio": ratio,
        "ratio_lo": low,
        "ratio_hi": high,
    }
    events = min(*hits, sizes[0] - hits[0], sizes[1] - hits[1])
    of = UNKNOWN
    if events >= _FEW_EVENTS and base.before.shape[1]:
        of = _adjusted(churned, inside, outside, base.before, coverage, True)
    return row | {
        "adjusted": of.difference,
        "adjusted_lo": of.lo,
        "adjusted_hi": of.hi,
        "adjusted_ratio": of.ratio,
        "adjusted_ratio_lo": of.ratio_lo,
        "adjusted_ratio_hi": of.ratio_hi,
    }


def _adjusted(
    outcome: np.ndarray,
    inside: np.ndarray,
    outside: np.ndarray,
    before: np.ndarray,
    coverage: float,
    is_share: bool,
) -> Standardised:
    both = inside | outside
    return standardised(
        outcome[both], inside[both], before[both], coverage, is_share=is_share
    )


def _worth(
    inside: np.ndarray, outside: np.ndarray, base: Base, coverage: float
) -> dict[str, float]:
    """What those inside are worth in all, and how much more or less each."""
    value = base.people.value
    known = np.isfinite(value)
    inside, outside = inside & known, outside & known
    if not inside.any() or not outside.any():
        return {}
    estimate = means_differ(
        moments(value[inside]), moments(value[outside]), coverage
    )
    of = UNKNOWN
    if (
        min(inside.sum(), outside.sum()) >= _FEW_EVENTS
        and base.before_value.shape[1]
    ):
        of = _adjusted(value, inside, outside, base.before_value, coverage, False)
    return {
        "value": float(value[inside].sum()),
        "value_mean": float(value[inside].mean()),
        "value_others": float(value[outside].mean()),
        "value_difference": estimate.difference,
        "value_lo": estimate.lo,
        "value_hi": estimate.hi,
        "value_adjusted": of.difference,
        "value_adjusted_lo": of.lo,
        "value_adjusted_hi": of.hi,
    }
