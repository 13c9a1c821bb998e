"""Two sentences for each segment, as keys and details: what they are, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.methods.rfm import NAMES
from crm_analysis.analyses.segments.traits import (
    distinct_traits,
    telling_traits,
)
from crm_analysis.messages import Message

_RESPONSE = (
    0.1  # of the customers who get no offer buy anyway, in the test that is advised
)
_FEWEST = 40  # customers with whom such a test is worth its while
# Churn from which a segment is said to churn more, or less, than all: times that of all.
_MORE_CHURN, _LESS_CHURN = 1.3, 0.75
# Share of the revenue over share of the customers from which a segment is precious, or may grow.
_PRECIOUS, _GROWING = 1.5, 0.5
# Two shares are told apart in four of five tests at 5 % by 1.96 + 0.84 standard errors.
_STANDARD_ERRORS = 2.8


def sentences_for(
    profile: pd.DataFrame,
    traits: pd.DataFrame,
    names: Mapping[int, Message],
    customers: pd.DataFrame,
) -> dict[int, tuple[Message, Message]]:
    """For each segment two phrases: what they are, and what to do."""
    sentences = {}
    for row in profile.to_dict("records"):
        label = int(row["segment"])
        name = names[label].key.removeprefix("segments.name.")
        what = _what(row, traits, name, customers)
        sentences[label] = (what, _advice(row, profile, traits, name))
    return sentences


def _what(
    row: Mapping[Any, Any],
    traits: pd.DataFrame,
    name: str,
    customers: pd.DataFrame,
) -> Message:
    label = int(row["segment"])
    details: dict[str, Any] = {
        "size": int(row["size"]),
        "share": float(row["share_customers"]),
    }
    if name == "noise":
        return Message("segments.what.noise", details)
    own = traits[(traits["segment"] == label) & (traits["level"] == "")].set_index(
        "feature"
    )
    if {"recency", "frequency"} <= set(own.index):
        details["recency"] = round(float(own.at["recency", "median"]))
        details["frequency"] = float(own.at["frequency", "mean"])
        if "monetary" not in own.index or pd.isna(row.get("share_revenue")):
            return Message("segments.what.buyers", details)
        details["monetary"] = float(own.at["monetary", "mean"])
        details["share_revenue"] = float(row["share_revenue"])
        return Message("segments.what.buyers_money", details)
    telling = distinct_traits(telling_traits(traits, label), customers)[:2]
    if not telling:
        return Message("segments.what.typical", details)
    telling.sort(key=lambda trait: ("date", "number", "level").index(trait.kind))
    for word, trait in zip(("first", "second"), telling, strict=False):
        details |= {
            word: trait.feature,
            f"{word}_mean": trait.mean,
            f"{word}_all": trait.overall,
        }
        if trait.level:
            details[f"{word}_level"] = trait.level
    return Message(
        "segments.what." + "_".join(trait.kind for trait in telling), details
    )


def _advice(
    row: Mapping[Any, Any],
    profile: pd.DataFrame,
    traits: pd.DataFrame,
    name: str,
) -> Message:
    if name in NAMES or name in ("noise", "everyone", "main"):
        return Message(f"segments.do.{name}", {})
    if pd.notna(row.get("churned")):
        overall = float(
            np.average(profile["churned"].fillna(0), weights=profile["size"])
        )
        churned = float(row["churned"])
        if (
            overall > 0
            and not _LESS_CHURN * overall <= churned <= _MORE_CHURN * overall
        ):
            more_or_less = "more_churn" if churned > overall else "less_churn"
            details = {"churned": churned, "overall": overall}
            return Message(f"segments.do.{more_or_less}", details)
    if pd.notna(row.get("share_revenue")):
        return _by_worth(float(row["share_revenue"] / row["share_customers"]))
    if not telling_traits(traits, int(row["segment"])):
        return Message("segments.do.typical", {})
    half = int(row["size"]) // 2
    if half < _FEWEST / 2:
        return Message("segments.do.few", {"size": int(row["size"])})
    error = float(np.sqrt(2 * _RESPONSE * (1 - _RESPONSE) / half))
    details = {
        "half": half,
        "usual": _RESPONSE,
        "points": _STANDARD_ERRORS * error * 100,
    }
    return Message("segments.do.test", details)


def _by_worth(worth: float) -> Message:
    if worth > _PRECIOUS:
        return Message("segments.do.precious", {"worth": worth})
    if worth > _GROWING:
        return Message("segments.do.grow", {"worth": worth})
    return Message("segments.do.thrifty", {"worth": worth})
