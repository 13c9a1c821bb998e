"""Cohorts: customers by when they first ordered, followed as they age."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, as_dates, purchase_days
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob

__all__ = ["CohortOptions", "Cohorts", "cohorts"]

Measure = Literal["retention", "revenue", "revenue_each", "cumulative", "cumulative_each", "active"]


@dataclass(frozen=True, kw_only=True)
class CohortOptions(Options):
    """How customers are put together, and what winning one costs."""

    every: Literal["week", "month", "quarter"] = "month"
    acquisition_cost: float = knob(0.0, low=0.0, high=1_000_000.0, step=1.0)
    margin: float = knob(1.0, low=0.0, high=1.0, step=0.01)
    lost_after: int | None = knob(
        None, low=1, high=1100, advanced=True
    )  # days without an order; None: from the customers' own gaps
    until: str | None = knob(None, advanced=True)


@dataclass(frozen=True, eq=False)
class Cohorts:
    """Cohorts as they age.

    `cells`: cohort (first day of its period), period (0: that of the first order), date (first day of the calendar period), customers, active,
    retention (share of the cohort that ordered), revenue, revenue_each, cumulative, cumulative_each (per customer of the cohort), finished
    (the calendar period is wholly in the record). `cohorts`: cohort, customers, revenue, revenue_each, periods (finished ones),
    payback (periods until cumulative margin per customer reached the acquisition cost; missing: not yet), begun_before (the record
    may begin in the middle of these customers' history). `average`: period, cohorts, customers, retention, revenue_each, cumulative_each, margin_each:
    over the cohorts whose period is finished. `survival`: day, share: customers not yet lost (Kaplan-Meier).
    """

    cells: pd.DataFrame
    cohorts: pd.DataFrame
    average: pd.DataFrame
    survival: pd.DataFrame
    every: str
    until: str
    acquisition_cost: float
    lifetime: dict[str, float | None]

    def heat_map(self, measure: Measure = "retention") -> pd.DataFrame:
        """A row a cohort, a column a period; NaN where there is no such period yet."""
        return self.cells.pivot(index="cohort", columns="period", values=measure)

    def unfinished(self) -> pd.DataFrame:
        """Which cells of `heat_map` are of a calendar period that has not ended; NaN where there is none."""
        return (~self.cells.set_index(["cohort", "period"])["finished"]).unstack("period")

    def summary(self) -> dict[str, float | None]:
        """cohorts, customers, retention_1, _3, _6, _12 (average share ordering that many periods on), payback (periods, all cohorts
        together), lifetime_days (Kaplan-Meier mean within the record), lifetime_median_days, lifetime_seen_days (first to last order), lost_after_days.
        """
        average = self.average.set_index("period")
        kept = {f"retention_{k}": float(average["retention"].get(k, np.nan)) for k in (1, 3, 6, 12)}
        return {
            "cohorts": float(len(self.cohorts)),
            "customers": float(self.cohorts["customers"].sum()),
            **{name: None if np.isnan(value) else value for name, value in kept.items()},
            "payback": _payback(average["margin_each"], self.acquisition_cost),
            **self.lifetime,
        }


def cohorts(table: pd.DataFrame, options: CohortOptions | None = None) -> Cohorts:
    """Retention, revenue and cumulative value by period of first order, average lifetime, payback.

    Table in: order lines with `customer`, `date`; with `amount` money too (net of returns). Out: `Cohorts`. Raises AnalysisError
    when customer or date are missing or nothing was bought.

    >>> orders = pd.DataFrame({"customer": ["a", "a", "b"], "date": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-01-20"]), "amount": [10.0, 30.0, 5.0]})
    >>> cohorts(orders, CohortOptions(until="2024-02-29")).heat_map()
    period        0    1
    cohort
    2024-01-01  1.0  0.5
    """
    options = options or CohortOptions()
    bought = purchase_days(table, options.until)
    cells, everyone = _cells(bought, options)
    average = _average(cells, options)
    lost_after = options.lost_after or rhythm(bought)
    survival, lifetime = _lifetime(bought, lost_after)
    return Cohorts(
        cells,
        everyone,
        average,
        survival,
        options.every,
        str(np.datetime64(bought.until, "D")),
        options.acquisition_cost,
        lifetime,
    )


def period_number(days: np.ndarray, every: str) -> np.ndarray:
    """Calendar periods counted from 1970: ISO weeks (from Monday), months or quarters."""
    if every == "week":
        return (np.asarray(days) + 3) // 7
    month = (
        np.asarray(days, dtype=np.int64)
        .astype("datetime64[D]")
        .astype("datetime64[M]")
        .astype(np.int64)
    )
    return month if every == "month" else month // 3


def period_start(numbers: np.ndarray, every: str) -> np.ndarray:
    """The first day of each period, days since 1970-01-01."""
    if every == "week":
        return np.asarray(numbers) * 7 - 3
    months = np.asarray(numbers, dtype=np.int64) * (1 if every == "month" else 3)
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _cells(bought: Purchases, options: CohortOptions) -> tuple[pd.DataFrame, pd.DataFrame]:
    every = options.every
    born = period_number(bought.first_day, every)
    age = period_number(bought.day, every) - born[bought.customer]
    now = int(period_number(np.array([bought.until]), every)[0])
    first = int(born.min())
    width = now - first + 1
    place = (born[bought.customer] - first) * width + age
    active = np.bincount(
        np.unique(place * len(born) + bought.customer) // len(born), minlength=width * width
    )
    money = (
        np.bincount(place, weights=bought.money, minlength=width * width)
        if bought.money is not None
        else None
    )
    size = np.bincount(born - first, minlength=width)
    cohort, period = np.divmod(np.arange(width * width), width)
    there = (size[cohort] > 0) & (cohort + period < width)
    cohort, period = cohort[there], period[there]
    cells = pd.DataFrame(
        {
            "cohort": as_dates(period_start(cohort + first, every)),
            "period": period,
            "date": as_dates(period_start(cohort + period + first, every)),
        }
    )
    cells["customers"], cells["active"] = size[cohort], active[there]
    cells["retention"] = cells["active"] / cells["customers"]
    if money is not None:
        cells["revenue"] = money[there]
        cells["revenue_each"] = cells["revenue"] / cells["customers"]
        cells["cumulative"] = cells.groupby("cohort")["revenue"].cumsum()
        cells["cumulative_each"] = cells["cumulative"] / cells["customers"]
    cells["finished"] = period_start(cohort + period + first + 1, every) - 1 <= bought.until
    rows = []
    for start, one in cells.groupby("cohort"):
        done = one[one["finished"]]
        count = int(one["customers"].iloc[0])
        row: dict[str, object] = {"cohort": start, "customers": count, "periods": len(done)}
        if money is not None:
            payback = _payback(
                one.set_index("period")["cumulative_each"] * options.margin,
                options.acquisition_cost,
            )
            total = float(one["revenue"].sum())
            row |= {
                "revenue": total,
                "revenue_each": total / count,
                "payback": np.nan if payback is None else payback,
            }
        rows.append(row)
    everyone = pd.DataFrame(rows)
    usual = everyone["customers"].iloc[1:].median() if len(everyone) > 2 else np.inf
    everyone["begun_before"] = (everyone["cohort"] == everyone["cohort"].iloc[0]) & (
        everyone["customers"] > 2 * usual
    )
    return cells, everyone


def _payback(cumulative: pd.Series, cost: float) -> float | None:
    """The first period whose end finds the cost earned."""
    reached = cumulative.index[cumulative.to_numpy() >= cost]
    return float(reached[0] + 1) if len(reached) and cost > 0 else None


def _average(cells: pd.DataFrame, options: CohortOptions) -> pd.DataFrame:
    """By age, over finished cells; cumulative money adds the averages, so that younger cohorts count where they can."""
    done = cells[cells["finished"]]
    names = ["customers", "active", *(["revenue"] if "revenue" in done.columns else [])]
    total = done.groupby("period")[names].sum()
    table = pd.DataFrame(
        {
            "period": total.index,
            "cohorts": done.groupby("period").size().to_numpy(),
            "customers": total["customers"].to_numpy(),
        }
    )
    table["retention"] = (total["active"] / total["customers"]).to_numpy()
    each = (
        (total["revenue"] / total["customers"]).to_numpy()
        if "revenue" in total.columns
        else np.full(len(total), np.nan)
    )
    table["revenue_each"], table["cumulative_each"] = each, np.cumsum(each)
    table["margin_each"] = table["cumulative_each"] * options.margin
    return table


def rhythm(bought: Purchases) -> int:
    """Days without an order after which a customer counts as lost: the gap that 9 in 10 repeat orders come within, 30 to 365."""
    gaps = np.diff(bought.day)[np.diff(bought.customer) == 0]
    return int(np.clip(np.ceil(np.quantile(gaps, 0.9)), 30, 365)) if len(gaps) else 180


def _lifetime(bought: Purchases, lost_after: int) -> tuple[pd.DataFrame, dict[str, float | None]]:
    """Kaplan-Meier of the days from first to last order; a customer is lost when silent for longer than `lost_after`."""
    seen = bought.last_day - bought.first_day
    lost = bought.until - bought.last_day > lost_after
    times, where = np.unique(seen, return_inverse=True)
    ends = np.bincount(where, weights=lost)
    at_risk = np.cumsum(np.bincount(where)[::-1])[::-1]
    share = np.cumprod(1 - ends / at_risk)
    survival = pd.DataFrame({"day": times, "share": share})
    steps = np.diff(np.r_[0, times])
    mean = float((np.r_[1.0, share[:-1]] * steps).sum())
    below = times[share <= 0.5]
    lifetime: dict[str, float | None] = {
        "lifetime_days": mean,
        "lifetime_median_days": float(below[0]) if len(below) else None,
        "lifetime_seen_days": float(seen.mean()),
        "lost_after_days": float(lost_after),
    }
    return survival, lifetime


def as_of_day(when: str | datetime.date | None, bought: Purchases) -> int:
    """The day to look from: given, or the last of the purchases."""
    if when is None:
        return bought.until
    day = int(pd.Timestamp(when).to_datetime64().astype("datetime64[D]").astype(np.int64))
    if day < bought.day.min():
        raise AnalysisError("value.before_record", date=str(np.datetime64(day, "D")))
    return day
