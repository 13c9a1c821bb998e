"""A name and two sentences for each segment, as keys and details: what they are, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.choosing import rfm_columns
from crm_analysis.analyses.segments.models import NOISE
from crm_analysis.analyses.segments.rfm import CELLS, NAMES

__all__ = ["Phrase", "names_for", "sentences_for", "spoken"]

Phrase = tuple[str, Mapping[str, Any]]

_NOTABLE = 0.25  # standard deviations from everybody's mean that make a trait worth a name
_STRIKING = 0.8  # … and that make it part of the name although one trait would do
_COMMON = 0.4  # of a segment have a level that it is named after
_DAYS = ("early", "late")
_OURS = frozenset({"recency", "frequency", "monetary", "average_order", "tenure", "gap_mean", "gap_std", "products", "returns", "return_share", "quantity"})


def spoken(feature: str, customers: pd.DataFrame) -> str:
    """What a feature is called where its phrase is looked up: its name; in quotes where it is the reader's own column that only sounds like one
    computed from orders, which always come with recency and frequency: another's tenure may be in months."""
    return feature if feature not in _OURS or {"recency", "frequency"} <= set(customers.columns) else f"“{feature}”"


def names_for(customers: pd.DataFrame, labels: np.ndarray, traits: pd.DataFrame, features: tuple[str, ...], rfm: bool) -> dict[int, Phrase]:
    """A distinct name for each segment.

    RFM's own segments have theirs. Segments made of recency and frequency (and monetary) get the RFM names they are most like,
    each once; others are named by the one or two features in which they differ most, where that does not tell them apart by the
    mean of the first, and by a number where nothing does.
    """
    groups = [int(label) for label in np.unique(labels)]
    found: dict[int, Phrase] = {NOISE: ("segments.name.noise", {})} if NOISE in groups else {}
    groups = [label for label in groups if label != NOISE]
    if rfm:
        return found | {label: (f"segments.name.{NAMES[label]}", {}) for label in groups}
    if len(groups) == 1:
        return found | {groups[0]: ("segments.name.main" if found else "segments.name.everyone", {})}
    if {"recency", "frequency"} <= set(features) <= set(rfm_columns(customers)):
        return found | _by_cells(customers, labels, groups)
    return found | _by_traits(traits, groups)


def _by_cells(customers: pd.DataFrame, labels: np.ndarray, groups: list[int]) -> dict[int, Phrase]:
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
    named: dict[int, Phrase] = {groups[row]: (f"segments.name.{NAMES[at]}", {}) for row, at in zip(rows, chosen, strict=True)}
    return {label: named.get(label, ("segments.name.group", {"number": label + 1})) for label in groups}


def _stretched(scores: np.ndarray) -> np.ndarray:
    return np.clip(3 + (scores - 3) * 1.4, 1, 5)


def _by_traits(traits: pd.DataFrame, groups: list[int]) -> dict[int, Phrase]:
    telling = {label: _telling(traits, label) for label in groups}
    named = {label: _name(telling[label][: 2 if [trait for trait in telling[label][1:2] if trait["size"] >= _STRIKING] else 1]) for label in groups}
    for length in (2, 3):
        twice = _repeated(named)
        for label in twice:
            named[label] = _name(telling[label][:length] if length == 2 else [telling[label][0], *telling[label][2:3]] if telling[label] else [])
    for label in _repeated(named):
        named[label] = _about(telling[label][0] if telling[label] else _nearest(traits, label)) or named[label]
    for label in _repeated(named):
        named[label] = ("segments.name.group", {"number": label + 1})
    return named


def _nearest(traits: pd.DataFrame, label: int) -> Mapping[str, Any] | None:
    """The number in which a segment without a telling trait differs most, however little that is."""
    own = traits[(traits["segment"] == label) & traits["used"] & traits["kind"].isin(("number", "date"))]
    return _trait(own.loc[own["difference"].abs().idxmax()].to_dict()) if len(own) else None


def _about(trait: Mapping[str, Any] | None) -> Phrase | None:
    """A name by how much of it there is, for several segments that have much, or little, of the same."""
    if trait is None:
        return None
    if trait["level"]:
        return _name([trait])
    return "segments.name.about_day" if trait["how"] in _DAYS else "segments.name.about", {"first": trait["feature"], "mean": trait["mean"]}


def _repeated(named: dict[int, Phrase]) -> list[int]:
    said = [repr((key, sorted(details.items()))) for key, details in named.values()]
    return [label for label, text in zip(named, said, strict=True) if said.count(text) > 1]


def _telling(traits: pd.DataFrame, label: int) -> list[Mapping[str, Any]]:
    """The traits in which a segment differs most, strongest first, one for each feature; a rarer level is no trait.

    Nor is what is high on the log scale used for comparing and yet no higher on average, as a few very large values may have it.
    """
    own = traits[(traits["segment"] == label) & traits["used"] & (traits["difference"].abs() >= _NOTABLE)]
    own = own[np.where(own["level"] == "", (own["mean"] - own["overall"]) * own["difference"] > 0, own["difference"] > 0)].sort_values(
        "difference", key=np.abs, ascending=False, kind="stable"
    )
    found: dict[str, Mapping[str, Any]] = {}
    for row in own.to_dict("records"):
        trait = _trait(row)
        if not trait["level"] or trait["mean"] >= _COMMON:
            found.setdefault(trait["feature"], trait)
    return list(found.values())


def _trait(row: Mapping[Any, Any]) -> Mapping[str, Any]:
    """In what and how a segment differs: high or low, early or late (dates; the means are days), is (a level, yes or no; the means are shares)."""
    more, level, mean, overall = row["difference"] > 0, row["level"], row["mean"], row["overall"]
    how = "is" if level else "high" if more else "low"
    if row["kind"] == "flag":
        how, level = "is", "_yes" if more else "_no"
        mean, overall = (mean, overall) if more else (1 - mean, 1 - overall)
    elif row["kind"] == "date":
        how = "early" if more else "late"
        mean, overall = (_day(row["latest"], days) for days in (mean, overall))
    size = abs(float(row["difference"]))
    return {"feature": row["feature"], "level": level, "how": how, "size": size, "mean": mean, "overall": overall}


def _day(latest: str, before: float) -> str:
    return (pd.Timestamp(latest) - pd.Timedelta(days=round(before))).date().isoformat()


def _name(traits: list[Mapping[str, Any]]) -> Phrase:
    if not traits:
        return "segments.name.typical", {}
    details: dict[str, Any] = {}
    for word, trait in zip(("first", "second"), traits, strict=False):
        details[word] = trait["feature"]
        if trait["level"]:
            details[f"{word}_level"] = trait["level"]
    return "segments.name." + "_".join(trait["how"] for trait in traits[:2]), details


def sentences_for(profile: pd.DataFrame, traits: pd.DataFrame, names: Mapping[int, Phrase]) -> dict[int, tuple[Phrase, Phrase]]:
    """For each segment two phrases: what they are, and what to do."""
    return {int(row["segment"]): (_what(row, traits, names), _do(row, profile, traits, names)) for row in profile.to_dict("records")}


def _what(row: Mapping[Any, Any], traits: pd.DataFrame, names: Mapping[int, Phrase]) -> Phrase:
    label = int(row["segment"])
    details: dict[str, Any] = {"size": int(row["size"]), "share": float(row["share_customers"])}
    own = traits[(traits["segment"] == label) & (traits["level"] == "")].set_index("feature")
    key = names[label][0].removeprefix("segments.name.")
    if key == "noise":
        return "segments.what.noise", details
    if {"recency", "frequency"} <= set(own.index):
        details |= {"recency": round(_at(own, "recency", "median")), "frequency": _at(own, "frequency", "mean")}
        if "monetary" in own.index and pd.notna(row.get("share_revenue")):
            return "segments.what.buyers_money", details | {"monetary": _at(own, "monetary", "mean"), "share_revenue": float(row["share_revenue"])}
        return "segments.what.buyers", details
    telling = sorted(_telling(traits, label)[:2], key=lambda trait: ("date", "number", "level").index(_sort(trait)))
    if not telling:
        return "segments.what.typical", details
    for word, trait in zip(("first", "second"), telling, strict=False):
        details |= {word: trait["feature"], f"{word}_mean": trait["mean"], f"{word}_all": trait["overall"]}
        if trait["level"]:
            details[f"{word}_level"] = trait["level"]
    return "segments.what." + "_".join(_sort(trait) for trait in telling), details


def _sort(trait: Mapping[str, Any]) -> str:
    return "level" if trait["level"] else "date" if trait["how"] in _DAYS else "number"


def _at(own: pd.DataFrame, feature: str, column: str) -> float:
    return float(own[column].loc[feature])


def _do(row: Mapping[Any, Any], profile: pd.DataFrame, traits: pd.DataFrame, names: Mapping[int, Phrase]) -> Phrase:
    label = int(row["segment"])
    key = names[label][0].removeprefix("segments.name.")
    if key in NAMES or key in ("noise", "everyone", "main"):
        return f"segments.do.{key}", {}
    if "churned" in row and pd.notna(row["churned"]):
        overall = float(np.average(profile["churned"].fillna(0), weights=profile["size"]))
        if overall > 0 and row["churned"] > 1.3 * overall:
            return "segments.do.leaving", {"churned": float(row["churned"]), "overall": overall}
    if pd.notna(row.get("share_revenue")):
        worth = row["share_revenue"] / row["share_customers"]
        return f"segments.do.{'precious' if worth > 1.5 else 'grow' if worth > 0.5 else 'thrifty'}", {"worth": float(worth)}
    telling = _telling(traits, label)
    if not telling:
        return "segments.do.typical", {}
    first = telling[0]
    details = {"first": first["feature"]} | ({"first_level": first["level"]} if first["level"] else {})
    return f"segments.do.{first['how']}", details
