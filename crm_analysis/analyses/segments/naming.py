"""What is said of each segment, as messages: its name, who they are, and what to do.

The name is the RFM name it is most like, or by its traits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import short_record
from crm_analysis.analyses.segments.methods.rfm import CELLS, NAMES
from crm_analysis.analyses.segments.models import NOISE
from crm_analysis.analyses.segments.scaling import rfm_columns
from crm_analysis.analyses.segments.traits import (
    Trait,
    distinct_traits,
    nearest_trait,
    telling_traits,
)
from crm_analysis.messages import Message

_STRIKING = 0.8  # standard deviations that bring a trait into the name although one would do
_MANY = 4  # numbers that are all high, or all low, are named by the strongest and how many they are

# How long ago the customers of each of the NAMES bought: lately, a while ago, long ago.
_FADING = ("need_attention", "about_to_sleep")
_GONE = ("at_risk", "cant_lose", "hibernating", "lost")
_STAGES = np.array([(name in _FADING) + 2 * (name in _GONE) for name in NAMES])
_NEVER = 1e6  # a distance: not this name for this group

_Names = dict[int, Message]


def propose_names(
    customers: pd.DataFrame,
    labels: np.ndarray,
    traits: pd.DataFrame,
    features: tuple[str, ...],
) -> dict[int, Message]:
    """A distinct name for each segment.

    Segments made of recency and frequency (and monetary) get the RFM names they are most like,
    each once; others are named by the one or two features in which they differ most, where that
    does not tell them apart by the mean of the first, and by a number where nothing does.
    """
    groups = [int(label) for label in np.unique(labels)]
    names: _Names = {}
    if NOISE in groups:
        groups.remove(NOISE)
        names[NOISE] = Message("segments.name.noise", {})
    if len(groups) == 1:
        only = "main" if names else "everyone"
        return names | {groups[0]: Message(f"segments.name.{only}", {})}
    is_rfm = (
        {"recency", "frequency"} <= set(features) <= set(rfm_columns(customers))
    )
    if is_rfm and not short_record(customers):
        return names | _by_cells(customers, labels, groups)
    return names | _by_traits(customers, traits, groups)


def _by_cells(
    customers: pd.DataFrame, labels: np.ndarray, groups: list[int]
) -> _Names:
    from scipy.optimize import linear_sum_assignment

    columns = rfm_columns(customers)
    ranks = pd.DataFrame({name: customers[name].rank(pct=True) for name in columns})
    means = ranks.groupby(labels).mean().loc[groups] * 4 + 1
    value = means[columns[1:]].mean(axis=1).to_numpy()
    # Means of ranks huddle around 3; stretched, so that the best of the groups can be champions.
    places = np.column_stack(
        [_stretched(6 - means["recency"].to_numpy()), _stretched(value)]
    )
    cells = np.array([CELLS[name] for name in NAMES])
    distance = ((places[:, None, :] - cells[None]) ** 2).sum(axis=2)
    silent = customers["recency"].groupby(labels).median().loc[groups].to_numpy()
    rows, cell = linear_sum_assignment(distance)
    while (
        wrong := _livelier_but_more_silent(silent[rows], _STAGES[cell])
    ) is not None:
        distance[rows[wrong], cell[wrong]] += _NEVER
        rows, cell = linear_sum_assignment(distance)
        if (distance[rows, cell] >= _NEVER).any():
            break
    names = {label: _number(label) for label in groups}
    for row, number in zip(rows, cell, strict=True):
        names[groups[row]] = Message(f"segments.name.{NAMES[number]}", {})
    return names


def _livelier_but_more_silent(silent: np.ndarray, stage: np.ndarray) -> int | None:
    """The most silent group whose name says that it buys more lately than that of another does."""
    later = (stage[:, None] < stage) & (silent[:, None] > silent)
    wrong = np.flatnonzero(later.any(axis=1))
    return int(wrong[np.argmax(silent[wrong])]) if len(wrong) else None


def _stretched(scores: np.ndarray) -> np.ndarray:
    return np.clip(3 + (scores - 3) * 1.4, 1, 5)


def _by_traits(
    customers: pd.DataFrame, traits: pd.DataFrame, groups: list[int]
) -> _Names:
    every = {label: telling_traits(traits, label) for label in groups}
    telling = {
        label: distinct_traits(own, customers) for label, own in every.items()
    }
    # By the first trait, and the second where it is striking.
    names = {
        label: _name(own[: 1 + sum(trait.size >= _STRIKING for trait in own[1:2])])
        for label, own in telling.items()
    }
    common = {label: _in_common(own) for label, own in every.items()}
    with_common = names | {
        label: name for label, name in common.items() if name is not None
    }
    if not _repeated(with_common):
        return with_common
    # Where that does not tell them apart, the second trait whether it is striking or not; then the
    # third in its place.
    for places in (0, 1), (0, 2):
        for label in _repeated(names):
            own = telling[label]
            names[label] = _name(
                [own[place] for place in places if place < len(own)]
            )
    for label in _repeated(names):
        first = (
            telling[label][0] if telling[label] else nearest_trait(traits, label)
        )
        if first is not None:
            names[label] = _about(first)
    for label in _repeated(names):
        names[label] = _number(label)
    return names


def _in_common(traits: list[Trait]) -> Message | None:
    """The name of a segment that has more, or less, of nearly everything.

    It says the strongest, and how many others there are.
    """
    if not traits or traits[0].kind != "number":
        return None
    first = traits[0]
    numbers = [trait for trait in traits if trait.kind == "number"]
    alike = [trait for trait in numbers if trait.how == first.how]
    if len(alike) < max(_MANY, 0.8 * len(numbers)):
        return None
    return Message(
        f"segments.name.{first.how}_many",
        {"first": first.feature, "others": len(alike) - 1},
    )


def _about(trait: Trait) -> Message:
    if trait.level:
        return _name([trait])
    about = "about_day" if trait.kind == "date" else "about"
    return Message(
        f"segments.name.{about}", {"first": trait.feature, "mean": trait.mean}
    )


def _name(traits: list[Trait]) -> Message:
    if not traits:
        return Message("segments.name.typical", {})
    details: dict[str, Any] = {}
    for word, trait in zip(("first", "second"), traits, strict=False):
        details[word] = trait.feature
        if trait.level:
            details[f"{word}_level"] = trait.level
    return Message(
        "segments.name." + "_".join(trait.how for trait in traits), details
    )


def _number(label: int) -> Message:
    return Message("segments.name.group", {"number": label + 1})


def _repeated(names: _Names) -> list[int]:
    texts = [
        repr((key, sorted(details.items()))) for key, details in names.values()
    ]
    return [
        label
        for label, text in zip(names, texts, strict=True)
        if texts.count(text) > 1
    ]


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
        sentences[label] = (
            _what(row, traits, name, customers),
            _advice(row, profile, traits, name),
        )
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
        details |= {
            "recency": round(float(own.at["recency", "median"])),
            "frequency": float(own.at["frequency", "mean"]),
        }
        if "monetary" not in own.index or pd.isna(row.get("share_revenue")):
            return Message("segments.what.buyers", details)
        details |= {
            "monetary": float(own.at["monetary", "mean"]),
            "share_revenue": float(row["share_revenue"]),
        }
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
