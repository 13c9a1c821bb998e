"""A score of several dimensions with weights a person sets, or is helped to set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import purchase_days
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob

__all__ = [
    "DIMENSIONS",
    "PairwiseWeights",
    "ScoreOptions",
    "Scores",
    "ahp_weights",
    "customer_dimensions",
    "entropy_weights",
    "rfm_scores",
    "scores",
]

DIMENSIONS = (
    "revenue",
    "frequency",
    "recency",
    "margin",
    "breadth",
    "service_cost",
    "satisfaction",
)
_LESS_IS_MORE = ("recency", "service_cost")
# Mean consistency index of random pairwise matrices of size 1, 2, … (Saaty 1980).
_RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)


@dataclass(frozen=True, kw_only=True)
class ScoreOptions(Options):
    """What counts how much. Weights need not add up to one; a dimension the data do not know is left out."""

    method: Literal["weights", "equal", "entropy", "pairs"] = "weights"
    weight_revenue: float = knob(3.0, low=0.0, high=10.0, step=0.5)
    weight_frequency: float = knob(2.0, low=0.0, high=10.0, step=0.5)
    weight_recency: float = knob(2.0, low=0.0, high=10.0, step=0.5)
    weight_margin: float = knob(2.0, low=0.0, high=10.0, step=0.5)
    weight_breadth: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    weight_service_cost: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    weight_satisfaction: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    scale: Literal["rank", "range"] = knob(
        "rank", advanced=True
    )  # percentile rank, or least to most
    pairs: tuple[str, ...] = knob(
        (), advanced=True
    )  # "revenue:recency:3": revenue matters 3 times as much


@dataclass(frozen=True)
class PairwiseWeights:
    """Weights from pairwise comparisons; below a `consistency_ratio` of 0.1 the comparisons agree well enough.

    `worst` is the pair that disagrees most with the others, and the number that would agree.
    """

    weights: Mapping[str, float]
    consistency_ratio: float
    consistent: bool
    worst: tuple[str, str, float] | None


@dataclass(frozen=True, eq=False)
class Scores:
    """`customers`: customer, score (0 to 100), rank, each dimension's own 0 to 1 as `<dimension>_score`, and its raw value. `weights`: dimension, weight (adding to one),
    entropy_weight. `pairwise`: what the comparisons said, where they were used.
    """

    customers: pd.DataFrame
    weights: pd.DataFrame
    pairwise: PairwiseWeights | None

    def summary(self) -> dict[str, float | None]:
        """customers, dimensions, mean, median, consistency_ratio."""
        score = self.customers["score"]
        ratio = self.pairwise.consistency_ratio if self.pairwise else None
        return {
            "customers": float(len(score)),
            "dimensions": float(len(self.weights)),
            "mean": float(score.mean()),
            "median": float(score.median()),
            "consistency_ratio": ratio,
        }


def entropy_weights(table: pd.DataFrame) -> dict[str, float]:
    """Weights by how much the columns tell customers apart (Shannon entropy; Zeleny 1982): the more even a column, the less it says.

    Columns hold numbers of at least 0, more being better. A column without differences gets none.

    >>> entropy_weights(pd.DataFrame({"even": [1.0, 1.0, 1.0, 1.0], "telling": [0.0, 0.0, 0.0, 4.0]}))
    {'even': 0.0, 'telling': 1.0}
    """
    values = table.to_numpy(dtype=float)
    if (values < 0).any():
        raise ValueError("entropy weights take numbers of at least 0")
    if len(values) < 2:
        return dict.fromkeys(table.columns, 1 / max(table.shape[1], 1))
    total = values.sum(axis=0)
    share = np.divide(values, total, out=np.full_like(values, 1 / len(values)), where=total > 0)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    spread = 1 + (share * logs).sum(axis=0) / np.log(len(values))
    spread = np.where(spread < 1e-12, 0.0, spread)
    weights = spread / spread.sum() if spread.sum() > 0 else np.full(len(spread), 1 / len(spread))
    return {str(name): float(weight) for name, weight in zip(table.columns, weights, strict=True)}


def ahp_weights(
    comparisons: Mapping[tuple[str, str], float], names: Sequence[str] | None = None
) -> PairwiseWeights:
    """Weights from "a matters k times as much as b" (analytic hierarchy process: Saaty 1980, the principal eigenvector).

    `comparisons` {(a, b): k}; a pair not compared follows from the others where they lead there (Harker 1987), ValueError where
    nothing does, or where k is not from 1/9 to 9.

    >>> found = ahp_weights({("revenue", "recency"): 2, ("recency", "breadth"): 2, ("revenue", "breadth"): 4})
    >>> {name: round(weight, 3) for name, weight in found.weights.items()}, round(found.consistency_ratio, 3)
    ({'revenue': 0.571, 'recency': 0.286, 'breadth': 0.143}, 0.0)
    """
    names = list(names or dict.fromkeys(name for pair in comparisons for name in pair))
    size = len(names)
    if size < 2:
        raise ValueError("a comparison takes at least two dimensions")
    known = np.eye(size)
    for (a, b), times in comparisons.items():
        if a not in names or b not in names or a == b:
            raise ValueError(f"{a} against {b} is not a pair of {', '.join(names)}")
        if not 1 / 9 - 1e-9 <= times <= 9 + 1e-9:
            raise ValueError(f"{a} against {b} is {times}; it must be from 1/9 to 9")
        known[names.index(a), names.index(b)], known[names.index(b), names.index(a)] = (
            times,
            1 / times,
        )
    matrix = np.where(known > 0, known, 0.0)
    matrix[np.diag_indices(size)] = 1 + (known == 0).sum(
        axis=1
    )  # Harker: a pair left out counts for its row
    reach = np.linalg.matrix_power((known > 0).astype(float), size)
    if (reach == 0).any():
        raise ValueError("the comparisons do not connect all dimensions")
    values, vectors = np.linalg.eig(matrix)
    top = int(np.argmax(values.real))
    vector = np.abs(vectors[:, top].real)
    weights = vector / vector.sum()
    index = (float(values[top].real) - size) / (size - 1)
    random = _RANDOM_INDEX[min(size, len(_RANDOM_INDEX)) - 1]
    ratio = max(index / random, 0.0) if random else 0.0
    implied = weights[:, None] / weights[None, :]
    gap = np.where(known > 0, np.abs(np.log(np.where(known > 0, known, 1.0) / implied)), 0.0)
    one, other = divmod(int(np.argmax(gap)), size)
    worst = (
        (names[one], names[other], float(np.clip(implied[one, other], 1 / 9, 9)))
        if gap.max() > 1e-9
        else None
    )
    return PairwiseWeights(
        {name: float(weight) for name, weight in zip(names, weights, strict=True)},
        ratio,
        ratio <= 0.1,
        worst,
    )


def customer_dimensions(
    table: pd.DataFrame, contacts: pd.DataFrame | None = None, as_of: str | None = None
) -> pd.DataFrame:
    """One row a customer with what is known of each dimension.

    Table in: order lines (`customer`, `date`; `amount`, `cost` (of the line), `product` or `category` where known) and contacts (`customer`;
    `cost`, `satisfaction`, `date`). Out: customer; frequency (purchase days); recency (days since the last); with amounts revenue; with
    costs margin (revenue − cost); breadth (distinct categories, else products); service_cost, satisfaction (mean) of the contacts.
    """
    bought = purchase_days(table, as_of)
    out = pd.DataFrame(
        {
            "customer": bought.labels,
            "frequency": np.diff(bought.first),
            "recency": bought.until - bought.last_day,
        }
    )
    if bought.money is not None:
        out.insert(1, "revenue", np.add.reduceat(bought.money, bought.first[:-1]))
    lines = table[pd.to_datetime(table["date"]) < np.datetime64(bought.until + 1, "D")]
    if "cost" in lines.columns and bought.money is not None:
        out["margin"] = out["revenue"] - out["customer"].map(
            lines.groupby("customer")["cost"].sum()
        ).fillna(0.0)
    kind = next((name for name in ("category", "product") if name in lines.columns), None)
    if kind is not None:
        out["breadth"] = out["customer"].map(lines.groupby("customer")[kind].nunique()).fillna(0)
    if contacts is not None:
        seen = (
            contacts[pd.to_datetime(contacts["date"]) < np.datetime64(bought.until + 1, "D")]
            if "date" in contacts.columns
            else contacts
        )
        if "cost" in seen.columns:
            out["service_cost"] = (
                out["customer"].map(seen.groupby("customer")["cost"].sum()).fillna(0.0)
            )
        if "satisfaction" in seen.columns:
            out["satisfaction"] = out["customer"].map(
                seen.groupby("customer")["satisfaction"].mean()
            )
    return out


def scores(dimensions: pd.DataFrame, options: ScoreOptions | None = None) -> Scores:
    """A score of 0 to 100 for each customer from the dimensions that are known.

    Table in: `customer` and any of revenue, frequency, recency (days, less is better), margin, breadth, service_cost (less is
    better), satisfaction: what `customer_dimensions` gives. A customer whose satisfaction is not known gets the middle. Out: `Scores`.
    AnalysisError when no dimension is known or no weight is above 0.
    """
    options = options or ScoreOptions()
    known = [
        name for name in DIMENSIONS if name in dimensions.columns and dimensions[name].notna().any()
    ]
    if not known:
        raise AnalysisError("value.no_dimension")
    each = pd.DataFrame(
        {name: _unit(dimensions[name], options.scale, name in _LESS_IS_MORE) for name in known}
    )
    entropy = entropy_weights(
        pd.DataFrame(
            {name: _unit(dimensions[name], "range", name in _LESS_IS_MORE) for name in known}
        )
    )
    pairwise = None
    if options.method == "pairs":
        pairwise = _pairwise(options.pairs, known)
        weights = {name: pairwise.weights.get(name, 0.0) for name in known}
    elif options.method == "entropy":
        weights = entropy
    elif options.method == "equal":
        weights = dict.fromkeys(known, 1.0)
    else:
        weights = {name: float(getattr(options, f"weight_{name}")) for name in known}
    total = sum(weights.values())
    if total <= 0:
        raise AnalysisError("value.no_weight")
    weights = {name: weight / total for name, weight in weights.items()}
    score = 100 * (each.to_numpy() @ np.array([weights[name] for name in known]))
    table = pd.DataFrame({"customer": dimensions["customer"].to_numpy(), "score": score})
    table["rank"] = table["score"].rank(ascending=False, method="min").astype(int)
    for name in known:
        table[f"{name}_score"], table[name] = each[name].to_numpy(), dimensions[name].to_numpy()
    told = pd.DataFrame(
        {
            "dimension": known,
            "weight": [weights[name] for name in known],
            "entropy_weight": [entropy[name] for name in known],
        }
    )
    return Scores(table.sort_values("rank", kind="stable", ignore_index=True), told, pairwise)


def _pairwise(pairs: tuple[str, ...], known: list[str]) -> PairwiseWeights:
    comparisons = {}
    for text in pairs:
        parts = text.split(":")
        if len(parts) != 3 or parts[0] not in DIMENSIONS or parts[1] not in DIMENSIONS:
            raise ValueError(f'{text!r} is not "dimension:dimension:times"')
        if parts[0] in known and parts[1] in known:
            comparisons[(parts[0], parts[1])] = float(parts[2])
    if not comparisons:
        raise AnalysisError("value.no_pairs")
    return ahp_weights(comparisons)


def _unit(column: pd.Series, scale: str, reverse: bool) -> np.ndarray:
    """A dimension as 0 to 1, more being better; what is not known is in the middle."""
    values = column.astype(float)
    if scale == "rank":
        ranks = values.rank(method="average")
        count = int(values.notna().sum())
        unit = (ranks - 1) / max(count - 1, 1) if count > 1 else ranks * 0 + 0.5
    else:
        low, high = values.min(), values.max()
        unit = (values - low) / (high - low) if high > low else values * 0 + 0.5
    unit = unit.fillna(0.5)
    return (1 - unit if reverse else unit).to_numpy()


def rfm_scores(dimensions: pd.DataFrame) -> pd.DataFrame:
    """Recency, frequency and money in fifths, 5 the best; equal values share a score.

    Table in: customer, recency (days since the last order), frequency and, where known, revenue. Out: customer, r, f, m (missing
    without revenue), rfm (text such as "545"), the mean as rfm_mean. Source: Hughes, "Strategic Database Marketing" (1994).
    """
    out = pd.DataFrame({"customer": dimensions["customer"].to_numpy()})
    for letter, name in (("r", "recency"), ("f", "frequency"), ("m", "revenue")):
        if name in dimensions.columns:
            share = _unit(dimensions[name], "rank", name == "recency")
            out[letter] = np.minimum(np.floor(share * 5).astype(int) + 1, 5)
    letters = [letter for letter in "rfm" if letter in out.columns]
    out["rfm"] = out[letters].astype(str).agg("".join, axis=1)
    out["rfm_mean"] = out[letters].mean(axis=1)
    return out
