"""A name and two sentences for each segment, as keys and details: what they are, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.choosing import rfm_columns
from crm_analysis.analyses.segments.models import NOISE
from crm_analysis.analyses.segments.rfm import CELLS, NAMES
from crm_analysis.messages import Message

__all__ = ["names_for", "sentences_for", "spoken"]


_NOTABLE = 0.25  # standard deviations from everybody's mean that make a trait worth a name
_STRIKING = 0.8  # … and that make it part of the name although one trait would do
_COMMON = 0.4  # of a segment have a level that it is named after
_MANY = (
    4  # numbers that are all high, or all low, are named by their strongest and how many they are
)
_SAME = 0.8  # correlation from which two traits say the same of a customer
_RESPONSE = 0.1  # of the customers who get no offer buy anyway, in the test that is advised
_FEWEST = 40  # customers with whom such a test is worth its while
_OURS = frozenset(
    {
        "recency",
        "frequency",
        "monetary",
        "average_order",
        "tenure",
        "gap_mean",
        "gap_std",
        "products",
        "returns",
        "return_share",
        "quantity",
    }
)


@dataclass(frozen=True)
class _Trait:
    """In what and how a segment differs: in a number, high or low; in a date, early or late; in a category or a flag, by the `level` that it is.

    `mean` is its own and `overall` that of all: numbers, days (ISO dates), or the shares that have the level. `size` is in standard deviations.
    """

    feature: str
    how: Literal["high", "low", "early", "late", "is"]
    level: str
    size: float
    mean: float | str
    overall: float | str

    @property
    def kind(self) -> Literal["date", "number", "level"]:
        return "level" if self.level else "date" if self.how in ("early", "late") else "number"


def spoken(feature: str, customers: pd.DataFrame) -> str:
    """Where the phrase of a feature is looked up: under its name; under `own_` and its name where it is the reader's own column that only sounds
    like one computed from orders, which always come with recency and frequency: another's tenure may be in months.
    """
    return (
        feature
        if feature not in _OURS or {"recency", "frequency"} <= set(customers.columns)
        else f"own_{feature}"
    )


def names_for(
    customers: pd.DataFrame,
    labels: np.ndarray,
    traits: pd.DataFrame,
    features: tuple[str, ...],
    rfm: bool,
) -> dict[int, Message]:
    """A distinct name for each segment.

    RFM's own segments have theirs. Segments made of recency and frequency (and monetary) get the RFM names they are most like,
    each once; others are named by the one or two features in which they differ most, where that does not tell them apart by the
    mean of the first, and by a number where nothing does.
    """
    groups = [int(label) for label in np.unique(labels)]
    found: dict[int, Message] = (
        {NOISE: Message("segments.name.noise", {})} if NOISE in groups else {}
    )
    groups = [label for label in groups if label != NOISE]
    if rfm:
        return found | {label: Message(f"segments.name.{NAMES[label]}", {}) for label in groups}
    if len(groups) == 1:
        return found | {
            groups[0]: Message("segments.name.main" if found else "segments.name.everyone", {})
        }
    if {"recency", "frequency"} <= set(features) <= set(rfm_columns(customers)):
        return found | _by_cells(customers, labels, groups)
    return found | _by_traits(traits, groups, customers)


def _by_cells(customers: pd.DataFrame, labels: np.ndarray, groups: list[int]) -> dict[int, Message]:
    from scipy.optimize import linear_sum_assignment

    columns = rfm_columns(customers)
    standing = pd.DataFrame({name: customers[name].rank(pct=True) for name in columns})
    means = standing.groupby(labels).mean().loc[groups] * 4 + 1
    value = means[columns[1:]].mean(axis=1).to_numpy()
    # Means of ranks huddle around 3; stretched to the ends, so that the best of the groups can be champions.
    places = np.column_stack([_stretched(6 - means["recency"].to_numpy()), _stretched(value)])
    cells = np.array([CELLS[name] for name in NAMES])
    distance = ((places[:, None, :] - cells[None]) ** 2).sum(axis=2)
    rows, chosen = linear_sum_assignment(distance)
    named: dict[int, Message] = {
        groups[row]: Message(f"segments.name.{NAMES[at]}", {})
        for row, at in zip(rows, chosen, strict=True)
    }
    return {
        label: named.get(label, Message("segments.name.group", {"number": label + 1}))
        for label in groups
    }


def _stretched(scores: np.ndarray) -> np.ndarray:
    return np.clip(3 + (scores - 3) * 1.4, 1, 5)


def _by_traits(
    traits: pd.DataFrame, groups: list[int], customers: pd.DataFrame
) -> dict[int, Message]:
    every = {label: _telling(traits, label) for label in groups}
    telling = {label: _distinct(found, customers) for label, found in every.items()}
    named = {
        label: _name([*found[:1], *(trait for trait in found[1:2] if trait.size >= _STRIKING)])
        for label, found in telling.items()
    }
    together = {label: _in_common(found) for label, found in every.items()}
    if not _repeated(named | {label: name for label, name in together.items() if name is not None}):
        return named | {label: name for label, name in together.items() if name is not None}
    # Where that does not tell them apart, the second trait whether it is striking or not; then the third in its place.
    for places in (0, 1), (0, 2):
        for label in _repeated(named):
            named[label] = _name(
                [trait for place, trait in enumerate(telling[label]) if place in places]
            )
    for label in _repeated(named):
        first = telling[label][0] if telling[label] else _nearest(traits, label)
        if first is not None:
            named[label] = _about(first)
    for label in _repeated(named):
        named[label] = Message("segments.name.group", {"number": label + 1})
    return named


def _in_common(found: list[_Trait]) -> Message | None:
    """The name of a segment that has more, or less, of nearly everything: the strongest, and how many others there are."""
    numbers = [trait for trait in found if trait.kind == "number"]
    if not found or found[0].kind != "number":
        return None
    alike = [trait for trait in numbers if trait.how == found[0].how]
    if len(alike) < max(_MANY, 0.8 * len(numbers)):
        return None
    return Message(
        f"segments.name.{found[0].how}_many",
        {
            "first": found[0].feature,
            "others": len(alike) - 1,
        },
    )


def _distinct(found: list[_Trait], customers: pd.DataFrame) -> list[_Trait]:
    """The traits without those that say of a customer what a stronger one has said: without internet there is no online backup."""
    kept: list[tuple[_Trait, pd.Series]] = []
    for trait in found:
        marks = _marks(trait, customers)
        if marks is None or all(abs(_correlation(marks, other)) < _SAME for _, other in kept):
            kept.append((trait, pd.Series(dtype=float) if marks is None else marks))
    return [trait for trait, _ in kept]


def _marks(trait: _Trait, customers: pd.DataFrame) -> pd.Series | None:
    """Each customer's number, or 1 where the level is theirs and 0 elsewhere."""
    name = (
        trait.feature if trait.feature in customers.columns else trait.feature.removeprefix("own_")
    )
    if name not in customers.columns or trait.kind == "date":
        return None
    if trait.kind == "level" and trait.level not in ("_yes", "_no", "_missing"):
        return customers[name].astype(str).eq(trait.level).astype(float)
    return (
        pd.to_numeric(customers[name], errors="coerce").astype(float)
        if trait.kind == "number"
        else None
    )


def _correlation(one: pd.Series, other: pd.Series) -> float:
    if len(one) != len(other) or one.nunique() < 2 or other.nunique() < 2:
        return 0.0
    return float(one.corr(other, method="spearman"))


def _nearest(traits: pd.DataFrame, label: int) -> _Trait | None:
    """The number in which a segment without a telling trait differs most, however little that is."""
    own = traits[
        (traits["segment"] == label) & traits["used"] & traits["kind"].isin(("number", "date"))
    ]
    return _trait(own.loc[own["difference"].abs().idxmax()].to_dict()) if len(own) else None


def _about(trait: _Trait) -> Message:
    """A name by how much of it there is, for several segments that have much, or little, of the same."""
    if trait.level:
        return _name([trait])
    return Message(
        "segments.name.about_day" if trait.kind == "date" else "segments.name.about",
        {
            "first": trait.feature,
            "mean": trait.mean,
        },
    )


def _repeated(named: dict[int, Message]) -> list[int]:
    said = [repr((key, sorted(details.items()))) for key, details in named.values()]
    return [label for label, text in zip(named, said, strict=True) if said.count(text) > 1]


def _telling(traits: pd.DataFrame, label: int) -> list[_Trait]:
    """The traits in which a segment differs most, strongest first, one for each feature; a rarer level is no trait.

    Nor is what is high on the log scale used for comparing and yet no higher on average, as a few very large values may have it.
    """
    own = traits[
        (traits["segment"] == label) & traits["used"] & (traits["difference"].abs() >= _NOTABLE)
    ]
    own = own[
        np.where(
            own["level"] == "",
            (own["mean"] - own["overall"]) * own["difference"] > 0,
            own["difference"] > 0,
        )
    ]
    found: dict[str, _Trait] = {}
    for row in own.sort_values("difference", key=np.abs, ascending=False, kind="stable").to_dict(
        "records"
    ):
        trait = _trait(row)
        if not trait.level or float(trait.mean) >= _COMMON:
            found.setdefault(trait.feature, trait)
    return list(found.values())


def _trait(row: Mapping[Any, Any]) -> _Trait:
    """A row of `traits_of` as what it says."""
    feature, more, size, mean, overall = (
        row["feature"],
        row["difference"] > 0,
        abs(float(row["difference"])),
        row["mean"],
        row["overall"],
    )
    if row["level"]:
        return _Trait(feature, "is", row["level"], size, mean, overall)
    if row["kind"] == "flag":
        return (
            _Trait(feature, "is", "_yes", size, mean, overall)
            if more
            else _Trait(feature, "is", "_no", size, 1 - mean, 1 - overall)
        )
    if row["kind"] == "date":  # told in days before the latest: more of them is earlier
        return _Trait(
            feature,
            "early" if more else "late",
            "",
            size,
            _day(row["latest"], mean),
            _day(row["latest"], overall),
        )
    return _Trait(feature, "high" if more else "low", "", size, mean, overall)


def _day(latest: str, before: float) -> str:
    return (pd.Timestamp(latest) - pd.Timedelta(days=round(before))).date().isoformat()


def _name(traits: list[_Trait]) -> Message:
    if not traits:
        return Message("segments.name.typical", {})
    details: dict[str, Any] = {}
    for word, trait in zip(("first", "second"), traits, strict=False):
        details[word] = trait.feature
        if trait.level:
            details[f"{word}_level"] = trait.level
    return Message("segments.name." + "_".join(trait.how for trait in traits), details)


def sentences_for(
    profile: pd.DataFrame,
    traits: pd.DataFrame,
    names: Mapping[int, Message],
    customers: pd.DataFrame,
) -> dict[int, tuple[Message, Message]]:
    """For each segment two phrases: what they are, and what to do."""
    return {
        int(row["segment"]): (
            _what(row, traits, names, customers),
            _do(row, profile, traits, names),
        )
        for row in profile.to_dict("records")
    }


def _what(
    row: Mapping[Any, Any],
    traits: pd.DataFrame,
    names: Mapping[int, Message],
    customers: pd.DataFrame,
) -> Message:
    label = int(row["segment"])
    details: dict[str, Any] = {"size": int(row["size"]), "share": float(row["share_customers"])}
    own = traits[(traits["segment"] == label) & (traits["level"] == "")].set_index("feature")
    key = names[label][0].removeprefix("segments.name.")
    if key == "noise":
        return Message("segments.what.noise", details)
    if {"recency", "frequency"} <= set(own.index):
        details |= {
            "recency": round(_at(own, "recency", "median")),
            "frequency": _at(own, "frequency", "mean"),
        }
        if "monetary" in own.index and pd.notna(row.get("share_revenue")):
            return Message(
                "segments.what.buyers_money",
                details
                | {
                    "monetary": _at(own, "monetary", "mean"),
                    "share_revenue": float(row["share_revenue"]),
                },
            )
        return Message("segments.what.buyers", details)
    telling = sorted(
        _distinct(_telling(traits, label), customers)[:2],
        key=lambda trait: ("date", "number", "level").index(trait.kind),
    )
    if not telling:
        return Message("segments.what.typical", details)
    for word, trait in zip(("first", "second"), telling, strict=False):
        details |= {word: trait.feature, f"{word}_mean": trait.mean, f"{word}_all": trait.overall}
        if trait.level:
            details[f"{word}_level"] = trait.level
    return Message("segments.what." + "_".join(trait.kind for trait in telling), details)


def _at(own: pd.DataFrame, feature: str, column: str) -> float:
    return float(own[column].loc[feature])


def _do(
    row: Mapping[Any, Any],
    profile: pd.DataFrame,
    traits: pd.DataFrame,
    names: Mapping[int, Message],
) -> Message:
    label = int(row["segment"])
    key = names[label][0].removeprefix("segments.name.")
    if key in NAMES or key in ("noise", "everyone", "main"):
        return Message(f"segments.do.{key}", {})
    if "churned" in row and pd.notna(row["churned"]):
        overall = float(np.average(profile["churned"].fillna(0), weights=profile["size"]))
        if overall > 0 and not 0.75 * overall <= row["churned"] <= 1.3 * overall:
            return Message(
                f"segments.do.{'leaving' if row['churned'] > overall else 'staying'}",
                {
                    "churned": float(row["churned"]),
                    "overall": overall,
                },
            )
    if pd.notna(row.get("share_revenue")):
        worth = row["share_revenue"] / row["share_customers"]
        return Message(
            f"segments.do.{'precious' if worth > 1.5 else 'grow' if worth > 0.5 else 'thrifty'}",
            {"worth": float(worth)},
        )
    if not _telling(traits, label):
        return Message("segments.do.typical", {})
    half = int(row["size"]) // 2
    if half < _FEWEST / 2:
        return Message("segments.do.few", {"size": int(row["size"])})
    # Two shares of so many customers each, told apart in four of five tests at 5 %: 1.96 + 0.84 standard errors of their difference.
    return Message(
        "segments.do.test",
        {
            "half": half,
            "usual": _RESPONSE,
            "points": 2.8 * float(np.sqrt(2 * _RESPONSE * (1 - _RESPONSE) / half)) * 100,
        },
    )
