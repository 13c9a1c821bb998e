"""Cohorts: customers by when they first ordered, followed as they age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.purchases import (
    Purchases,
    as_dates,
    calendar_month,
    iso_date,
    purchase_days,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob, share

CohortMeasure = Literal[
    "retention",
    "revenue",
    "revenue_each",
    "cumulative",
    "cumulative_each",
    "active",
]
_RETENTION_AT = (1, 3, 6, 12)  # periods, in the headline numbers
_LATER_COHORTS = 6  # that the first ones are judged by
_MUCH_LARGER = 1.25


@dataclass(frozen=True, kw_only=True)
class CohortOptions(Options):
    """How customers are put together, and what winning one costs.

    `lost_after` is in days without an order; None: from the customers' own gaps.
    """

    every: Literal["week", "month", "quarter"] = "month"
    acquisition_cost: float = knob(0.0, low=0.0, high=1_000_000.0, step=1.0)
    margin: float = share(1.0)
    lost_after: int | None = knob(None, low=1, high=1100, advanced=True)
    until: str | None = knob(None, advanced=True)


@dataclass(frozen=True, eq=False)
class Cohorts:
    """Cohorts as they age. Columns of money are there where the orders have amounts.

    cells : a row a cohort and period
        cohort, date : first day of the cohort's period, and of the calendar period.
        period : age; 0 is the period of the first order.
        customers, active : of the cohort, and those of them who ordered.
        retention : their share.
        revenue, revenue_each : money of the period, and per customer of the cohort.
        cumulative, cumulative_each : the same up to the period.
        finished : the calendar period is wholly in the record.
    cohorts : a row a cohort
        cohort, customers : first day of its period, and how many.
        periods : finished ones.
        revenue, revenue_each : money so far, and per customer.
        payback : periods until cumulative margin per customer reached the acquisition cost;
        missing: not yet.
        begun_before : the record begins in the middle of many of these customers' history: their
        cohort is far larger than later ones. No average counts them.
    average : a row a period, over the cohorts whose period is finished
        period, cohorts, customers : age, and how many there are.
        retention : share ordering.
        revenue_each, cumulative_each, margin_each : money per customer; of the period, and so far.
    survival : a row a day on which the share falls or customers are last seen
        day, share : days since the first order, and customers not yet lost after it
        (Kaplan-Meier); all of them before the first.
    every, until, acquisition_cost : the period, the last day, the cost.
    lifetime : headline numbers, see `summary`.
    """

    cells: pd.DataFrame
    cohorts: pd.DataFrame
    average: pd.DataFrame
    survival: pd.DataFrame
    every: str
    until: str
    acquisition_cost: float
    lifetime: dict[str, float | None]

    @property
    def has_money(self) -> bool:
        """Whether the orders have amounts."""
        return "revenue" in self.cells.columns

    def heat_map(self, measure: CohortMeasure = "retention") -> pd.DataFrame:
        """A row a cohort, a column a period; NaN where there is no such period yet.

        Raises AnalysisError "value.no_measure" for money where there are no amounts.
        """
        if measure not in self.cells.columns:
            raise AnalysisError("value.no_measure", measure=measure)
        return self.cells.pivot(index="cohort", columns="period", values=measure)

    def unfinished(self) -> pd.DataFrame:
        """Which cells of `heat_map` are of a calendar period that has not ended; NaN for none."""
        return (~self.cells.set_index(["cohort", "period"])["finished"]).unstack(
            "period"
        )

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        cohorts, customers : how many.
        begun_before : cohorts that no average counts.
        retention_1, retention_3, retention_6, retention_12 : average share ordering so many
        periods on.
        payback : periods, all cohorts together.
        lifetime_days, lifetime_median_days : of Kaplan-Meier, within the record.
        lifetime_seen_days : from first to last order.
        lost_after_days : silence after which a customer is lost.
        """
        average = self.average.set_index("period")
        retention = average["retention"]
        return {
            "cohorts": float(len(self.cohorts)),
            "customers": float(self.cohorts["customers"].sum()),
            "begun_before": float(self.cohorts["begun_before"].sum()),
            **{
                f"retention_{age}": float(retention[age])
                if age in retention.index
                else None
                for age in _RETENTION_AT
            },
            "payback": _payback(average["margin_each"], self.acquisition_cost),
            **self.lifetime,
        }


def cohorts(table: pd.DataFrame, options: CohortOptions | None = None) -> Cohorts:
    """Retention, revenue and cumulative value by period of first order; lifetime and payback.

    Parameters
    ----------
    table
        Order lines with `customer` and `date`; with `amount` money too (net of returns).
    options
        How customers are put together, and what winning one costs.

    Returns
    -------
    Cohorts
        Cells, cohorts, their average, and survival.

    Raises
    ------
    AnalysisError
        As `purchase_summary`.

    Examples
    --------
    >>> orders = pd.DataFrame({
    ...     "customer": ["a", "a", "b"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-01-20"]),
    ... })
    >>> cohorts(orders, CohortOptions(until="2024-02-29")).heat_map()
    period        0    1
    cohort
    2024-01-01  1.0  0.5
    """
    options = options or CohortOptions()
    purchases = purchase_days(table, options.until)
    cells = _cells(purchases, options.every)
    by_cohort = _by_cohort(cells, options)
    begun_before = by_cohort.loc[by_cohort["begun_before"], "cohort"]
    period = _period_start(
        _period_number(purchases.first_day, options.every), options.every
    )
    survival, lifetime = _lifetime(
        purchases,
        options.lost_after or lost_after_days(purchases),
        ~np.isin(as_dates(period), begun_before),
    )
    return Cohorts(
        cells,
        by_cohort,
        _average(cells[~cells["cohort"].isin(begun_before)], options),
        survival,
        options.every,
        iso_date(purchases.until),
        options.acquisition_cost,
        lifetime,
    )


def lost_after_days(purchases: Purchases) -> int:
    """Days without an order after which a customer counts as lost.

    The gap that 9 in 10 repeat orders come within, from 30 to 365; 180 without repeat orders.
    """
    gaps = purchases.gaps
    if not len(gaps):
        return 180
    return int(np.clip(np.ceil(np.quantile(gaps, 0.9)), 30, 365))


def _period_number(days: np.ndarray, every: str) -> np.ndarray:
    """Calendar periods counted from 1970: ISO weeks (from Monday), months or quarters."""
    if every == "week":
        return (np.asarray(days) + 3) // 7
    months = calendar_month(days)
    return months if every == "month" else months // 3


def _period_start(numbers: np.ndarray, every: str) -> np.ndarray:
    """The first day of each period, days since 1970-01-01."""
    if every == "week":
        return np.asarray(numbers) * 7 - 3
    months = np.asarray(numbers, dtype=np.int64) * (1 if every == "month" else 3)
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _cells(purchases: Purchases, every: str) -> pd.DataFrame:
    first_period = _period_number(purchases.first_day, every)
    age = _period_number(purchases.day, every) - first_period[purchases.customer]
    earliest = int(first_period.min())
    width = (
        int(_period_number(np.array([purchases.until]), every)[0]) - earliest + 1
    )
    customers = len(first_period)
    # Each purchase day's cell, and how many customers have one there.
    position = (first_period[purchases.customer] - earliest) * width + age
    active_cells = np.unique(position * customers + purchases.customer) // customers
    active = np.bincount(active_cells, minlength=width * width)
    size = np.bincount(first_period - earliest, minlength=width)
    cohort, period = np.divmod(np.arange(width * width), width)
    exists = (size[cohort] > 0) & (cohort + period < width)
    cohort, period = cohort[exists], period[exists]
    calendar = cohort + period + earliest
    cells = pd.DataFrame(
        {
            "cohort": as_dates(_period_start(cohort + earliest, every)),
            "period": period,
            "date": as_dates(_period_start(calendar, every)),
            "customers": size[cohort],
            "active": active[exists],
        }
    )
    cells["retention"] = cells["active"] / cells["customers"]
    if purchases.money is not None:
        money = np.bincount(
            position, weights=purchases.money, minlength=width * width
        )
        cells["revenue"] = money[exists]
        cells["revenue_each"] = cells["revenue"] / cells["customers"]
        cells["cumulative"] = cells.groupby("cohort")["revenue"].cumsum()
        cells["cumulative_each"] = cells["cumulative"] / cells["customers"]
    cells["finished"] = _period_start(calendar + 1, every) - 1 <= purchases.until
    return cells


def _by_cohort(cells: pd.DataFrame, options: CohortOptions) -> pd.DataFrame:
    rows = []
    for start, cohort in cells.groupby("cohort"):
        customers = int(cohort["customers"].iloc[0])
        row: dict[str, object] = {
            "cohort": start,
            "customers": customers,
            "periods": int(cohort["finished"].sum()),
        }
        if "revenue" in cohort.columns:
            margin = cohort.set_index("period")["cumulative_each"] * options.margin
            row["revenue"] = revenue = float(cohort["revenue"].sum())
            row["revenue_each"] = revenue / customers
            row["payback"] = _payback(margin, options.acquisition_cost)
        rows.append(row)
    table = pd.DataFrame(rows)
    if "payback" in table.columns:
        table["payback"] = table["payback"].astype(float)
    table["begun_before"] = _begun_before(table["customers"].to_numpy(dtype=float))
    return table


def _begun_before(sizes: np.ndarray) -> np.ndarray:
    """Which cohorts count many as new who had bought before the record begins.

    Those from the first on, to half of them, that are far larger than later ones, by more than
    chance brings. An old customer is met for the first time at the next order; so the excess
    fades over the usual gap between orders.

    >>> _begun_before(np.array([90.0, 40.0, 20.0, 19.0, 22.0, 20.0])).tolist()
    [True, True, False, False, False, False]
    """
    marks = np.zeros(len(sizes), dtype=bool)
    for position in range(len(sizes) // 2):
        later = sizes[position + 1 :]
        usual = min(np.median(later[:_LATER_COHORTS]), np.median(later))
        if sizes[position] <= _MUCH_LARGER * usual + 2 * np.sqrt(usual):
            break
        marks[position] = True
    return marks


def _payback(cumulative: pd.Series, cost: float) -> float | None:
    """The first period whose end finds the cost earned."""
    reached = cumulative.index[cumulative.to_numpy() >= cost]
    return float(reached[0] + 1) if len(reached) and cost > 0 else None


def _average(cells: pd.DataFrame, options: CohortOptions) -> pd.DataFrame:
    """By age, over finished cells.

    Cumulative money adds the averages, so that younger cohorts count where they can.
    """
    ages = cells[cells["finished"]].groupby("period")
    customers = ages["customers"].sum().to_numpy()
    each = np.full(len(ages), np.nan)
    if "revenue" in cells.columns:
        each = ages["revenue"].sum().to_numpy() / customers
    cumulative = np.cumsum(each)
    return pd.DataFrame(
        {
            "period": ages.size().index,
            "cohorts": ages.size().to_numpy(),
            "customers": customers,
            "retention": ages["active"].sum().to_numpy() / customers,
            "revenue_each": each,
            "cumulative_each": cumulative,
            "margin_each": cumulative * options.margin,
        }
    )


def _lifetime(
    purchases: Purchases, lost_after: int, counted: np.ndarray
) -> tuple[pd.DataFrame, dict[str, float | None]]:
    """Kaplan-Meier of the days from first to last order, of the customers `counted`.

    A customer is lost when silent for longer than `lost_after`.
    """
    seen = (purchases.last_day - purchases.first_day)[counted]
    lost = (purchases.until - purchases.last_day > lost_after)[counted]
    times, position = np.unique(seen, return_inverse=True)
    ends = np.bincount(position, weights=lost)
    at_risk = np.cumsum(np.bincount(position)[::-1])[::-1]
    share = np.cumprod(1 - ends / at_risk)
    steps = np.diff(np.r_[0, times])
    below = times[share <= 0.5]
    lifetime: dict[str, float | None] = {
        "lifetime_days": float((np.r_[1.0, share[:-1]] * steps).sum()),
        "lifetime_median_days": float(below[0]) if len(below) else None,
        "lifetime_seen_days": float(seen.mean()),
        "lost_after_days": float(lost_after),
    }
    curve = {"day": np.r_[0, times], "share": np.r_[1.0, share]}
    return pd.DataFrame(curve), lifetime
