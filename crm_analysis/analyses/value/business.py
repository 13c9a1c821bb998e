"""The state of the business on one day: how many customers, coming and going, what they bring and what is at stake."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, as_dates, purchase_days
from crm_analysis.analyses.value.cohorts import as_of_day, rhythm
from crm_analysis.analyses.value.daily_revenue import Takings, Unnamed, takings, unnamed_sales
from crm_analysis.analyses.value.remarks import Remark, change_of, remarks_on, year_of
from crm_analysis.options import Options, knob

__all__ = ["BusinessOptions", "BusinessState", "Measure", "business_state"]

NAMES = ("customers", "active", "new", "lost", "revenue", "orders", "repeat_rate", "value_at_risk")
_OF_ALL = ("revenue", "orders")  # of every dated line; the others of customers, who must be known
_MONTHS = 13  # a year of sparkline and the month it began from


@dataclass(frozen=True, kw_only=True)
class BusinessOptions(Options):
    """What a period is, and when a silent customer counts as lost."""

    period_days: int = knob(90, low=7, high=365)
    lost_after: int | None = knob(
        None, low=7, high=1100, advanced=True
    )  # days; None: from the customers' own gaps


@dataclass(frozen=True)
class Measure:
    """One number of the state: now, before, and its last months (oldest first). `change` is a share; of `repeat_rate` points (a difference of shares)."""

    name: str
    value: float | None
    before: float | None
    change: float | None
    months: tuple[float, ...]
    good: Literal["up", "down"]


@dataclass(frozen=True, eq=False)
class BusinessState:
    """`measures`: customers, active, new, lost, revenue (None without amounts), orders (None where they cannot be counted), repeat_rate,
    value_at_risk, in this order. `months`: a row a month end (the last may be unfinished: `finished`) with the same names. `remarks`: the three
    that matter most, weightiest first. `at_risk`: customer, last, silent_days, usual_gap, revenue_year (or orders_year), largest first.
    `unnamed`: the sales of customers who are not known: in revenue and orders, in nothing else.
    """

    measures: tuple[Measure, ...]
    months: pd.DataFrame
    remarks: tuple[Remark, ...]
    at_risk: pd.DataFrame
    as_of: str
    period: tuple[str, str]
    previous: tuple[str, str] | None
    lost_after: int
    unnamed: Unnamed

    def __getitem__(self, name: str) -> Measure:
        """A measure by its name."""
        return next(one for one in self.measures if one.name == name)

    def summary(self) -> dict[str, float | None]:
        """Every measure's value, and its change as `<name>_change`."""
        return {
            **{one.name: one.value for one in self.measures},
            **{f"{one.name}_change": one.change for one in self.measures},
        }


def business_state(
    table: pd.DataFrame,
    as_of: str | datetime.date | None = None,
    options: BusinessOptions | None = None,
) -> BusinessState:
    """How the business stands: customers (ever bought), active (not yet lost), new and lost in the period, revenue of the period (of all dated lines, a
    return on its own day), its orders (see `takings`), repeat rate
    (share of the period's buyers who had bought before the period), value at risk (the last year's revenue of active customers whose
    silence is beyond twice their usual gap; of one-time buyers beyond three quarters of the time after which they count as lost).

    Table in: order lines with `customer`, `date`; `amount` where known. Each measure with the change against the period before, where
    the record reaches that far (but for revenue and orders: far enough before it to tell new customers from old), and a monthly line. Out: `BusinessState`. AnalysisError as `purchase_days`, or when `as_of`
    is before the record begins.
    """
    options = options or BusinessOptions()
    taken = takings(table, as_of)
    bought = purchase_days(table, str(np.datetime64(taken.until, "D")))
    today, length = (
        as_of_day(as_of, bought) if as_of is not None else taken.until,
        options.period_days,
    )
    lost_after = options.lost_after or rhythm(bought)
    now = _state(bought, taken, today, length, lost_after)
    whole = today - 2 * length + 1 >= taken.begin
    before = (
        _state(bought, taken, today - length, length, lost_after) if whole else dict.fromkeys(NAMES)
    )
    if (
        today - 2 * length - int(bought.day.min()) < lost_after
    ):  # old customers still look new, and nobody can be lost yet: only what is taken in compares
        before = {name: value if name in _OF_ALL else None for name, value in before.items()}
    months = _months(bought, taken, today, lost_after)
    measures = tuple(
        Measure(
            name,
            now[name],
            before[name],
            change_of(name, now[name], before[name]),
            tuple(float(value) for value in months[name]),
            "down" if name in ("lost", "value_at_risk") else "up",
        )
        for name in NAMES
    )
    at_risk = _at_risk_table(bought, today, lost_after)
    remarks = remarks_on(bought, taken, now, before, at_risk, today, length, lost_after)
    previous = _dates(today - 2 * length + 1, today - length) if whole else None
    period = _dates(today - length + 1, today)
    return BusinessState(
        measures,
        months,
        remarks,
        at_risk,
        str(np.datetime64(today, "D")),
        period,
        previous,
        lost_after,
        unnamed_sales(table),
    )


def _dates(start: int, end: int) -> tuple[str, str]:
    return str(np.datetime64(start, "D")), str(np.datetime64(end, "D"))


def _last_by(bought: Purchases, day: int) -> tuple[np.ndarray, np.ndarray]:
    """Each customer's last purchase day by the end of `day`, and whether they had bought by then."""
    upto = np.add.reduceat((bought.day <= day).astype(np.int64), bought.first[:-1])
    return bought.day[bought.first[:-1] + np.maximum(upto - 1, 0)], upto > 0


def _state(
    bought: Purchases, taken: Takings, day: int, length: int, lost_after: int
) -> dict[str, float | None]:
    """All measures as of the end of `day`, for the `length` days that end with it."""
    last, known = _last_by(bought, day)
    first = bought.first_day
    active = known & (day - last <= lost_after)
    start = day - length
    # Lost in the period: the day on which the silence became too long lies in it.
    passed = last + lost_after + 1
    lost = known & (passed > start) & (passed <= day)
    inside = (bought.day > start) & (bought.day <= day)
    buyers = np.unique(bought.customer[inside])
    risk = _overdue(bought, day, lost_after)
    return {
        "customers": float(known.sum()),
        "active": float(active.sum()),
        "new": float(((first > start) & (first <= day)).sum()),
        "lost": float(lost.sum()),
        "revenue": taken.revenue(start, day),
        "orders": taken.orders_in(start, day),
        "repeat_rate": float((first[buyers] <= start).mean()) if len(buyers) else None,
        "value_at_risk": None
        if bought.money is None
        else float(year_of(bought, day)[risk].clip(min=0).sum()),
    }


def _usual_gap(bought: Purchases, day: int) -> np.ndarray:
    """Mean days between purchase days up to `day`; NaN with fewer than two."""
    upto = np.add.reduceat((bought.day <= day).astype(np.int64), bought.first[:-1])
    last, _ = _last_by(bought, day)
    return np.where(upto > 1, (last - bought.first_day) / np.maximum(upto - 1, 1), np.nan)


def _overdue(bought: Purchases, day: int, lost_after: int) -> np.ndarray:
    """Active customers whose silence is longer than they usually keep it."""
    last, known = _last_by(bought, day)
    silent = day - last
    gap = _usual_gap(bought, day)
    limit = np.where(
        np.isnan(gap), 0.75 * lost_after, np.minimum(2 * np.nan_to_num(gap), 0.75 * lost_after)
    )
    return known & (silent <= lost_after) & (silent > np.maximum(limit, 7))


def _at_risk_table(bought: Purchases, day: int, lost_after: int) -> pd.DataFrame:
    risk = _overdue(bought, day, lost_after)
    last, _ = _last_by(bought, day)
    worth = "orders_year" if bought.money is None else "revenue_year"
    table = pd.DataFrame(
        {
            "customer": bought.labels[risk],
            "last": as_dates(last[risk]),
            "silent_days": day - last[risk],
            "usual_gap": _usual_gap(bought, day)[risk],
        }
    )
    table[worth] = year_of(bought, day)[risk]
    return table.sort_values(worth, ascending=False, kind="stable", ignore_index=True)


def _months(bought: Purchases, taken: Takings, today: int, lost_after: int) -> pd.DataFrame:
    """The measures at the end of each of the last months of the record; flows are those of the month."""
    month = np.datetime64(today, "D").astype("datetime64[M]")
    begin = np.datetime64(taken.begin, "D").astype("datetime64[M]")
    rows = []
    for back in range(min(_MONTHS, int((month - begin).astype(int)) + 1) - 1, -1, -1):
        start = int((month - back).astype("datetime64[D]").astype(np.int64))
        end = int((month - back + 1).astype("datetime64[D]").astype(np.int64)) - 1
        upto = min(end, today)
        state = _state(bought, taken, upto, upto - start + 1, lost_after)
        rows.append(
            {
                "month": start,
                "finished": end <= today,
                **{name: np.nan if value is None else value for name, value in state.items()},
            }
        )
    table = pd.DataFrame(rows)
    table["month"] = as_dates(table["month"].to_numpy())
    return table
