"""Value tiers: the few customers who carry the business, and how each tier should be served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob

__all__ = ["TierOptions", "Tiers", "gini", "tier_of", "tiers"]

_POINTS = 400


@dataclass(frozen=True, kw_only=True)
class TierOptions(Options):
    """Where the tiers end: customers in order of value; A carries the first share of it, B the next, C the rest."""

    measure: Literal["revenue", "value", "score"] = "revenue"
    a_share: float = knob(0.8, low=0.1, high=0.95, step=0.01)
    b_share: float = knob(0.95, low=0.2, high=1.0, step=0.01)


@dataclass(frozen=True, eq=False)
class Tiers:
    """`customers`: customer, value, rank, share, cumulative_share, tier (A, B, C), service. `curve`: customers_share, value_share (the Pareto curve, at most
    402 points). `tiers`: tier, customers, customers_share, value, value_share, mean, service. Services are keys of phrases
    `value.service.<key>`: personal, priority, standard, self; win_back where a valuable customer is likelier gone than not.
    """

    customers: pd.DataFrame
    curve: pd.DataFrame
    tiers: pd.DataFrame
    measure: str
    gini: float
    negative: int

    def summary(self) -> dict[str, float | None]:
        """customers, value, gini, top_20_share (of value), a_customers, a_customers_share, negative (customers whose returns exceed their purchases)."""
        a = self.tiers[self.tiers["tier"] == "A"]
        top = float(np.interp(0.2, self.curve["customers_share"], self.curve["value_share"]))
        return {
            "customers": float(len(self.customers)),
            "value": float(self.customers["value"].sum()),
            "gini": self.gini,
            "top_20_share": top,
            "a_customers": float(a["customers"].iloc[0]),
            "a_customers_share": float(a["customers_share"].iloc[0]),
            "negative": float(self.negative),
        }


def gini(values: np.ndarray) -> float:
    """Gini coefficient of values of at least 0: 0 when all are equal, near 1 when one has everything.

    >>> gini(np.array([1.0, 1.0, 1.0])), gini(np.array([0.0, 0.0, 0.0, 8.0]))
    (0.0, 0.75)
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    total = ordered.sum()
    if total <= 0:
        return 0.0
    n = len(ordered)
    return max(
        0.0, float(2 * (np.arange(1, n + 1) * ordered).sum() / (n * total) - (n + 1) / n)
    )  # equal values can come out a rounding below 0


def tier_of(values: np.ndarray, a_share: float = 0.8, b_share: float = 0.95) -> np.ndarray:
    """A, B or C for each value: A is the fewest customers who together reach `a_share` of the total; no value is always C."""
    kept = np.maximum(np.asarray(values, dtype=float), 0.0)
    order = np.argsort(-kept, kind="stable")
    total = kept.sum()
    before = np.r_[0.0, np.cumsum(kept[order])[:-1]] / total if total > 0 else np.ones(len(kept))
    tier = np.empty(len(kept), dtype=object)
    # A customer belongs where their share begins; the tolerance keeps sums that lie exactly on the line on it.
    tier[order] = np.where(
        before < a_share - 1e-9, "A", np.where(before < b_share - 1e-9, "B", "C")
    )
    tier[kept <= 0] = "C"
    return tier


def tiers(customers: pd.DataFrame, options: TierOptions | None = None) -> Tiers:
    """ABC tiers of customers, the Pareto curve, Gini, and a service level proposed for each.

    Table in: a row a customer with `customer` and the measure's column (`revenue`, `value` or `score`): the `customers` of `estimate_value`, the summary of
    `purchase_summary`, or a score table. Negative values count as none in the shares. With `alive` valuable customers likelier gone than not
    are proposed for winning back. Out: `Tiers`. AnalysisError when the measure is missing or nobody is worth anything.
    """
    options = options or TierOptions()
    if options.measure not in customers.columns:
        raise AnalysisError("value.no_measure", measure=options.measure)
    if options.b_share <= options.a_share:
        raise AnalysisError("value.tier_bounds")
    value = np.nan_to_num(customers[options.measure].to_numpy(float))
    kept = np.maximum(value, 0.0)
    total = kept.sum()
    if total <= 0:
        raise AnalysisError("value.no_value", measure=options.measure)
    tier = tier_of(kept, options.a_share, options.b_share)
    order = np.lexsort((np.arange(len(kept)), -kept))
    rank = np.empty(len(kept), dtype=np.int64)
    rank[order] = np.arange(1, len(kept) + 1)
    cumulative = np.cumsum(kept[order]) / total
    table = pd.DataFrame(
        {
            "customer": customers["customer"].to_numpy(),
            "value": value,
            "rank": rank,
            "share": kept / total,
            "cumulative_share": cumulative[rank - 1],
            "tier": tier,
        }
    )
    table["service"] = _service(table, customers)
    table = table.sort_values("rank", ignore_index=True)
    rows = []
    for name in ("A", "B", "C"):
        part = table[table["tier"] == name]
        rows.append(
            (
                name,
                len(part),
                len(part) / len(table),
                part["value"].sum(),
                part["share"].sum(),
                part["value"].mean() if len(part) else 0.0,
                _SERVICE[name],
            )
        )
    by_tier = pd.DataFrame(
        rows,
        columns=["tier", "customers", "customers_share", "value", "value_share", "mean", "service"],
    )
    at = np.unique(np.linspace(0, len(kept), min(len(kept), _POINTS) + 1).astype(int))
    curve = pd.DataFrame(
        {"customers_share": at / len(kept), "value_share": np.r_[0.0, cumulative][at]}
    )
    return Tiers(table, curve, by_tier, options.measure, gini(kept), int((value < 0).sum()))


_SERVICE = {"A": "priority", "B": "standard", "C": "self"}


def _service(table: pd.DataFrame, customers: pd.DataFrame) -> np.ndarray:
    """By tier; the top tenth of A in person; A and B who are likelier gone than not are won back first."""
    service = table["tier"].map(_SERVICE).to_numpy(dtype=object)
    top = max(1, int((table["tier"] == "A").sum() // 10))
    service[(table["rank"] <= top).to_numpy()] = "personal"
    if "alive" in customers.columns:
        gone = customers["alive"].to_numpy(float) < 0.5
        service[gone & table["tier"].isin(["A", "B"]).to_numpy()] = "win_back"
    return service
