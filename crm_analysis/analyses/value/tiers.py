"""Value tiers: the few customers who carry the business, and how each tier should be served.

Movement: each customer's tier now against then, who is rising and who is falling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import check_one_row_each
from crm_analysis.analyses.customers.purchases import (
    Purchases,
    as_dates,
    iso_date,
    purchase_days,
)
from crm_analysis.analyses.value.chance_moves import TwoWindows
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.kinds import require

_POINTS = 400
_SERVICE = {"A": "priority", "B": "standard", "C": "self"}


@dataclass(frozen=True, kw_only=True)
class TierOptions(Options):
    """Where the tiers end: customers in order of value.

    A carries the first share of it, B the next, C the rest.
    """

    measure: Literal["revenue", "value", "score"] = "revenue"
    a_share: float = share(0.8, low=0.1, high=0.95)
    b_share: float = share(0.95, low=0.2)


@dataclass(frozen=True, eq=False)
class Tiers:
    """Customers in tiers.

    customers : a row a customer, the best first
        customer, value, rank : who, what they are worth, and their place.
        share, cumulative_share : of all value, and with everybody before them.
        tier : A, B, C.
        service : personal, priority, standard, self (phrases `value.service.<key>`); win_back where
        a valuable customer is likelier gone than not.
    curve : the Pareto curve, at most 402 points
        customers_share, value_share : the best so many, and what they carry.
    tiers : a row a tier
        tier, customers, customers_share : which, how many, and their share.
        value, value_share, mean : in all, its share, and per customer.
        service : what is proposed for most of it.
    measure : what value is.
    gini : 0 when all are equal, near 1 when one has everything.
    negative : customers whose returns exceed their purchases.
    """

    customers: pd.DataFrame
    curve: pd.DataFrame
    tiers: pd.DataFrame
    measure: str
    gini: float
    negative: int

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        customers, value, gini : how many, worth in all, how unequal.
        top_20_share : share of value of the best fifth.
        a_customers, a_customers_share : how many are in A, and their share.
        negative : customers whose returns exceed their purchases.
        """
        a = self.tiers[self.tiers["tier"] == "A"]
        return {
            "customers": float(len(self.customers)),
            "value": float(self.customers["value"].sum()),
            "gini": self.gini,
            "top_20_share": float(
                np.interp(
                    0.2, self.curve["customers_share"], self.curve["value_share"]
                )
            ),
            "a_customers": float(a["customers"].iloc[0]),
            "a_customers_share": float(a["customers_share"].iloc[0]),
            "negative": float(self.negative),
        }


def gini(values: np.ndarray) -> float:
    """Gini coefficient of values of at least 0: 0 when all are equal, near 1 for one with all.

    >>> gini(np.array([1.0, 1.0, 1.0])), gini(np.array([0.0, 0.0, 0.0, 8.0]))
    (0.0, 0.75)
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    total, n = ordered.sum(), len(ordered)
    if total <= 0:
        return 0.0
    weighted = (np.arange(1, n + 1) * ordered).sum()
    # Equal values can come out a rounding below 0.
    return max(0.0, float(2 * weighted / (n * total) - (n + 1) / n))


def tier_of(
    values: np.ndarray, a_share: float = 0.8, b_share: float = 0.95
) -> np.ndarray:
    """A, B or C for each value; no value is always C.

    A is the fewest customers who together reach `a_share` of the total.
    """
    worth = np.maximum(np.asarray(values, dtype=float), 0.0)
    order = np.argsort(-worth, kind="stable")
    total = worth.sum()
    if total <= 0:
        return np.full(len(worth), "C", dtype=object)
    before = np.empty(len(worth))
    before[order] = np.r_[0.0, np.cumsum(worth[order])[:-1]] / total
    # A customer belongs where their share begins; the tolerance keeps sums that lie exactly on the
    # line on it.
    return np.select(
        [worth <= 0, before < a_share - 1e-9, before < b_share - 1e-9],
        ["C", "A", "B"],
        default="C",
    ).astype(object)


def tiers(
    customers: pd.DataFrame,
    options: TierOptions | None = None,
    *,
    scores: pd.DataFrame | None = None,
) -> Tiers:
    """ABC tiers of customers, the Pareto curve, Gini, and a service level proposed for each.

    Parameters
    ----------
    customers
        A row a customer with `customer` and the measure's column: the `customers` of
        `estimate_value`, the summary of `purchase_summary`, or a score table. Negative values count
        as none in the shares. With `alive`, valuable customers likelier gone than not are proposed
        for winning back.
    options
        What value is, and where the tiers end.
    scores
        `customer` and `score`, where value is the score and `customers` do not have it.

    Returns
    -------
    Tiers
        Customers, curve, and tiers.

    Raises
    ------
    AnalysisError
        "value.no_measure" when the measure is missing, "value.tier_bounds" when B does not end
        after A, "value.no_value" when nobody is worth anything, "customers.repeated" when a
        customer has several rows.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": list("abcd"), "revenue": [80.0, 10.0, 6.0, 4.0]})
    >>> ranked = tiers(customers, TierOptions(measure="revenue")).customers
    >>> ranked[["customer", "value", "cumulative_share", "tier"]]
      customer  value  cumulative_share tier
    0        a   80.0              0.80    A
    1        b   10.0              0.90    B
    2        c    6.0              0.96    B
    3        d    4.0              1.00    C
    """
    options = options or TierOptions()
    require(customers, "customer")
    check_one_row_each(customers)
    if scores is not None:
        customers = customers.merge(scores[["customer", "score"]], on="customer")
    if options.measure not in customers.columns:
        raise AnalysisError("value.no_measure", measure=options.measure)
    if options.b_share <= options.a_share:
        raise AnalysisError("value.tier_bounds")
    value = np.nan_to_num(customers[options.measure].to_numpy(float))
    worth = np.maximum(value, 0.0)
    total = worth.sum()
    if total <= 0:
        raise AnalysisError("value.no_value", measure=options.measure)
    order = np.argsort(-worth, kind="stable")
    rank = np.argsort(order) + 1
    cumulative = np.cumsum(worth[order]) / total
    table = pd.DataFrame(
        {
            "customer": customers["customer"].to_numpy(),
            "value": value,
            "rank": rank,
            "share": worth / total,
            "cumulative_share": cumulative[rank - 1],
            "tier": tier_of(worth, options.a_share, options.b_share),
        }
    )
    table["service"] = _service(table, customers)
    table = table.sort_values("rank", ignore_index=True)
    points = np.linspace(0, len(worth), min(len(worth), _POINTS) + 1)
    points = np.unique(points.astype(int))
    return Tiers(
        table,
        pd.DataFrame(
            {
                "customers_share": points / len(worth),
                "value_share": np.r_[0.0, cumulative][points],
            }
        ),
        _by_tier(table),
        options.measure,
        gini(worth),
        int((value < 0).sum()),
    )


def _by_tier(table: pd.DataFrame) -> pd.DataFrame:
    groups = table.groupby("tier")
    names = list(_SERVICE)
    size = groups.size().reindex(names, fill_value=0).to_numpy()
    value, share = (
        groups[column].sum().reindex(names, fill_value=0.0).to_numpy()
        for column in ("value", "share")
    )
    return pd.DataFrame(
        {
            "tier": names,
            "customers": size,
            "customers_share": size / len(table),
            "value": value,
            "value_share": share,
            "mean": value / np.maximum(size, 1),
            "service": list(_SERVICE.values()),
        }
    )


def _service(table: pd.DataFrame, customers: pd.DataFrame) -> np.ndarray:
    """By tier; the top tenth of A in person.

    A and B who are likelier gone than not are won back first.
    """
    service = table["tier"].map(_SERVICE).to_numpy(dtype=object)
    top = max(1, int((table["tier"] == "A").sum() // 10))
    service[(table["rank"] <= top).to_numpy()] = "personal"
    if "alive" in customers.columns:
        gone = customers["alive"].to_numpy(float) < 0.5
        service[gone & table["tier"].isin(["A", "B"]).to_numpy()] = "win_back"
    return service


TIERS = (
    "A",
    "B",
    "C",
    "none",
)  # the best first; none: no purchase in the window
_MOVES = ("rising", "falling")
_DIRECTIONS = ("rising", "falling", "steady", "new", "back", "gone")
_SHORTEST_WINDOW = 7


@dataclass(frozen=True, kw_only=True)
class MovementOptions(Options):
    """Two windows of the same length, one ending today and one ending `back_days` before."""

    back_days: int = knob(365, low=7, high=1100)
    window_days: int = knob(365, low=7, high=1100)
    measure: Literal["revenue", "orders"] = "revenue"
    a_share: float = share(0.8, low=0.1, high=0.95, advanced=True)
    b_share: float = share(0.95, low=0.2, advanced=True)
    until: str | None = knob(None, advanced=True)


@dataclass(frozen=True, eq=False)
class ValueMovement:
    """Customers' value tiers of two windows.

    customers : a row a customer who bought in a window, the largest loss first
        customer, first, last : who, and their first and last purchase.
        tier_before, tier_now : A, B, C, or none (no purchase in the window).
        direction : rising, falling, steady, new, back, gone.
        beyond_chance : rose, fell or went further than chance takes customers who stay the same.
        value_before, value_now, change : money, or purchase days.
    flows : a row a pair of tiers
        tier_before, tier_now, customers : which, and how many went from the one to the other.
        value_before, value_now, change : money, or purchase days, of them all.
    directions : a row a direction
        direction, customers : which, and how many.
        by_chance : how many there would be if nothing had changed.
        value_before, value_now, change : money, or purchase days, of them all.
    now, before : first and last day of each window.
    measure : "revenue" or "orders".
    short : the record does not reach over both windows, which are cut.
    """

    customers: pd.DataFrame
    flows: pd.DataFrame
    directions: pd.DataFrame
    now: tuple[str, str]
    before: tuple[str, str]
    measure: str
    short: bool

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        rising, falling, steady, new, back, gone : customers.
        rising_by_chance, falling_by_chance : customers, if nothing had changed.
        beyond_chance : customers who moved further than that.
        value_before, value_now, change : of all, and the change as a share.
        kept_a : share of then's A who are A now.
        """
        counts = self.directions.set_index("direction")["customers"]
        chance = self.directions.set_index("direction")["by_chance"]
        before, now = (
            float(self.customers[f"value_{when}"].sum())
            for when in ("before", "now")
        )
        tiers_of_a = self.customers.loc[
            self.customers["tier_before"] == "A", "tier_now"
        ]
        return {
            **{name: float(counts.get(name, 0)) for name in _DIRECTIONS},
            **{f"{name}_by_chance": float(chance.get(name, 0)) for name in _MOVES},
            "beyond_chance": float(self.customers["beyond_chance"].sum()),
            "value_before": before,
            "value_now": now,
            "change": now / before - 1 if before > 0 else None,
            "kept_a": float((tiers_of_a == "A").mean())
            if len(tiers_of_a)
            else None,
        }


def movement(
    table: pd.DataFrame, options: MovementOptions | None = None
) -> ValueMovement:
    """Value tiers of the window that ends now and of an earlier one, customer by customer.

    Where the record is shorter than both windows together, both are cut to what fits without
    overlap, and `short` says so.

    Parameters
    ----------
    table
        Order lines with `customer` and `date`; `amount` for revenue (without it purchase days are
        counted).
    options
        The windows, and what value is.

    Returns
    -------
    ValueMovement
        Customers, flows between tiers, and directions.

    Raises
    ------
    AnalysisError
        As `purchase_summary`; "value.too_short_to_compare" when the record has no two weeks.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-06-01", "2024-06-01", "2023-06-02", "2024-06-02"])
    >>> lines = pd.DataFrame({"customer": ["a", "a", "b", "c"], "date": days})
    >>> lines["amount"] = [50.0, 80.0, 50.0, 20.0]
    >>> moved = movement(lines).customers
    >>> moved[["customer", "tier_before", "tier_now", "direction", "change"]]
      customer tier_before tier_now direction  change
    0        b           A     none      gone   -50.0
    1        c        none        B       new    20.0
    2        a           A        A    steady    30.0
    """
    options = options or MovementOptions()
    purchases = purchase_days(table, options.until)
    today = purchases.until
    reach = today - purchases.start + 1
    window, back = options.window_days, options.back_days
    short = back + window > reach
    if short:
        window = back = min(window, back, reach // 2)
        if window < _SHORTEST_WINDOW:
            raise AnalysisError("value.too_short_to_compare", days=reach)
    measure = "orders" if purchases.money is None else options.measure
    windows = TwoWindows(purchases, today - back, today, window)
    is_new = purchases.first_day > today - back
    entries = (windows.inside(today - back), windows.inside(today))
    customers = _tiers_of_windows(purchases, entries, measure, options)
    direction = _direction(customers, is_new)
    by_chance = [
        _direction(_tiers_of_windows(purchases, shuffled, measure, options), is_new)
        for shuffled in windows.shuffled(seed=0)
    ]
    ones = np.ones(len(purchases.day))
    worth = ones if measure == "orders" else np.asarray(purchases.money)
    moved = windows.moved_further(worth)
    down = np.isin(direction, ["falling", "gone"]) & (moved < 0)
    customers = customers.assign(
        direction=direction,
        beyond_chance=down | ((direction == "rising") & (moved > 0)),
        change=customers["value_now"] - customers["value_before"],
        first=as_dates(purchases.first_day),
        last=as_dates(purchases.last_day),
    )
    customers = customers[
        (customers["tier_before"] != "none") | (customers["tier_now"] != "none")
    ].sort_values("change", kind="stable", ignore_index=True)
    columns = ["customer", "tier_before", "tier_now", "direction", "beyond_chance"]
    columns += ["value_before", "value_now", "change", "first", "last"]
    return ValueMovement(
        customers[columns],
        _sums(customers, ["tier_before", "tier_now"]),
        _directions(customers, by_chance),
        (iso_date(today - window + 1), iso_date(today)),
        (iso_date(today - back - window + 1), iso_date(today - back)),
        measure,
        short,
    )


def _tiers_of_windows(
    purchases: Purchases,
    entries: tuple[np.ndarray, np.ndarray],
    measure: str,
    options: MovementOptions,
) -> pd.DataFrame:
    """Customer, tier and value of each window, whose entries are given."""
    columns = {"customer": purchases.labels}
    for name, inside in zip(("before", "now"), entries, strict=True):
        count = purchases.count(inside)
        worth = (
            count.astype(float)
            if measure == "orders"
            else purchases.revenue(inside)
        )
        tier = tier_of(worth, options.a_share, options.b_share)
        columns[f"tier_{name}"] = np.where(count > 0, tier, "none")
        columns[f"value_{name}"] = worth
    return pd.DataFrame(columns)


def _directions(
    customers: pd.DataFrame, by_chance: list[np.ndarray]
) -> pd.DataFrame:
    table = _sums(customers, ["direction"])
    counts = [
        np.mean([(draw == name).sum() for draw in by_chance])
        for name in table["direction"]
    ]
    table.insert(2, "by_chance", np.array(counts, dtype=float))
    return table


def _direction(customers: pd.DataFrame, is_new: np.ndarray) -> np.ndarray:
    rank = {name: position for position, name in enumerate(TIERS)}
    before, now = (
        customers[column].map(rank).to_numpy()
        for column in ("tier_before", "tier_now")
    )
    none = rank["none"]
    cases = {
        "steady": before == now,
        "gone": now == none,
        "new": (before == none) & is_new,
        "back": before == none,
        "rising": now < before,
    }
    return np.select(list(cases.values()), list(cases), default="falling").astype(
        object
    )


def _sums(customers: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return customers.groupby(by, as_index=False).agg(
        customers=("customer", "size"),
        value_before=("value_before", "sum"),
        value_now=("value_now", "sum"),
        change=("change", "sum"),
    )
