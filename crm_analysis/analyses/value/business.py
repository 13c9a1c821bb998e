"""The state of the business on one day: customers coming and going, and what is at stake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.purchases import (
    Day,
    Purchases,
    as_dates,
    iso_date,
    purchase_days,
)
from crm_analysis.analyses.customers.record import short_record
from crm_analysis.analyses.value.cohorts import lost_after_days
from crm_analysis.analyses.value.daily_revenue import (
    DailyRevenue,
    UnnamedSales,
    daily_revenue,
    unnamed_sales,
)
from crm_analysis.analyses.value.remarks import (
    Period,
    Remark,
    change_of,
    remarks_on,
    revenue_of_year,
)
from crm_analysis.options import Options, knob

NAMES = (
    "customers",
    "active",
    "new",
    "returned",
    "lost",
    "revenue",
    "orders",
    "repeat_rate",
    "value_at_risk",
)
_OF_ALL = (
    "revenue",
    "orders",
)  # of every dated line; the others of customers, who must be known
_OF_TIME = (
    "returned",
    "lost",
    "repeat_rate",
    "value_at_risk",
)  # a short record cannot say them
_FALLING_IS_GOOD = ("lost", "value_at_risk")
_MONTHS = 13  # a year of sparkline and the month it began from


@dataclass(frozen=True, kw_only=True)
class BusinessOptions(Options):
    """What a period is, and when a silent customer counts as lost.

    `lost_after` is in days; None: from the customers' own gaps.
    """

    period_days: int = knob(90, low=7, high=365)
    lost_after: int | None = knob(None, low=7, high=1100, advanced=True)


@dataclass(frozen=True)
class BusinessMeasure:
    """One number of the state.

    value, before : now, and a period earlier.
    change : a share; of `repeat_rate` points (a difference of shares).
    months : its last months, oldest first.
    good : the direction that is welcome.
    """

    name: str
    value: float | None
    before: float | None
    change: float | None
    months: tuple[float, ...]
    good: Literal["up", "down"]


@dataclass(frozen=True, eq=False)
class BusinessState:
    """How the business stands on a day.

    measures : customers (ever bought), active (not silent for too long); of the period new,
        returned (bought again after too long a silence) and lost (the silence became too long), so
        that active before + new + returned - lost = active; revenue
        of the period (None without amounts) and its orders (None where they cannot be counted);
        repeat_rate, the share of the period's buyers who had bought before it; value_at_risk, the
        last year's revenue of active customers who should have ordered by now.
    months : a row a month end
        month, finished : its first day, and whether it has ended.
        customers, active, new, returned, lost, revenue, orders, repeat_rate, value_at_risk : the
            measures,
        flows those of the month.
    remarks : the three things that matter most, weightiest first; each unpacks into (key, details).
    at_risk : a row a customer who should have ordered by now, largest first
        customer, last : who, and their last purchase.
        silent_days, usual_gap : days since, and usual days between purchases.
        revenue_year : money of the last year; without amounts orders_year, purchase days.
    as_of, period, previous : the day, and the first and last days of the period and the one before.
    lost_after : days of silence after which a customer is lost.
    unnamed : sales of customers who are not known: in revenue and orders, in nothing else.
    """

    measures: tuple[BusinessMeasure, ...]
    months: pd.DataFrame
    remarks: tuple[Remark, ...]
    at_risk: pd.DataFrame
    as_of: str
    period: tuple[str, str]
    previous: tuple[str, str] | None
    lost_after: int
    unnamed: UnnamedSales

    def __getitem__(self, name: str) -> BusinessMeasure:
        """A measure by its name."""
        return next(measure for measure in self.measures if measure.name == name)

    @property
    def flows(self) -> pd.DataFrame:
        """How the active customers of each month follow from those before, the latest first.

        month : its first day.
        before, new, returned, lost, active : before + new + returned - lost = active.
        """
        months = self.months.iloc[::-1].reset_index(drop=True)
        came = months["new"] + months["returned"]
        before = months["active"] - came + months["lost"]
        flows = months[["month", "new", "returned", "lost", "active"]].copy()
        flows.insert(1, "before", before)
        return flows.astype(dict.fromkeys(flows.columns[1:], "int64"))

    def summary(self) -> dict[str, float | None]:
        """Every measure's value, and its change as `<name>_change`."""
        values = {measure.name: measure.value for measure in self.measures}
        changes = {
            f"{measure.name}_change": measure.change for measure in self.measures
        }
        return values | changes


def business_state(
    table: pd.DataFrame,
    as_of: Day | None = None,
    options: BusinessOptions | None = None,
) -> BusinessState:
    """How the business stands, against the period before, and month by month.

    Customers should have ordered by now when their silence is beyond twice their usual gap;
    one-time buyers beyond three quarters of the time after which they count as lost. There is a
    change where the record reaches far enough back; for other measures than revenue and orders far
    enough to tell new customers from old.

    Parameters
    ----------
    table
        Order lines with `customer` and `date`; `amount`, `order`, `quantity` where there are any.
        A return counts on its own day.
    as_of
        The day to look from; the last of the table unless given.
    options
        The period, and when a customer is lost.

    Returns
    -------
    BusinessState
        Measures, months, remarks and the customers at risk.

    Raises
    ------
    AnalysisError
        As `purchase_summary`; "customers.no_purchases" too when `as_of` is before them all.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-10", "2024-04-10", "2024-04-20"])
    >>> lines = pd.DataFrame({"customer": ["a", "a", "b"], "date": days})
    >>> lines["amount"] = [10.0, 20.0, 5.0]
    >>> state = business_state(lines, options=BusinessOptions(period_days=30))
    >>> values = {measure.name: measure.value for measure in state.measures}
    >>> values["customers"], values["new"], values["revenue"], values["repeat_rate"]
    (2.0, 1.0, 25.0, 0.5)
    """
    options = options or BusinessOptions()
    daily = daily_revenue(table, as_of)
    purchases = purchase_days(table, iso_date(daily.until))
    lost_after = options.lost_after or lost_after_days(purchases)
    period = Period(daily.until, options.period_days, lost_after)
    now = _state(purchases, daily, period)
    before: dict[str, float | None] = dict.fromkeys(NAMES)
    comparable = period.previous.start + 1 >= daily.start
    if comparable:
        before = _state(purchases, daily, period.previous)
    if period.previous.start - purchases.start < lost_after:
        # Old customers still look new, and nobody can be lost yet: only what is taken in compares.
        before = {
            name: value if name in _OF_ALL else None
            for name, value in before.items()
        }
    short = short_record(purchases)
    if short:
        now |= dict.fromkeys(_OF_TIME)
    months = _months(purchases, daily, lost_after)
    measures = [
        BusinessMeasure(
            name,
            now[name],
            before[name],
            change_of(name, now[name], before[name]),
            tuple(float(value) for value in months[name]),
            "down" if name in _FALLING_IS_GOOD else "up",
        )
        for name in NAMES
    ]
    at_risk = _at_risk(purchases, period)
    if short:
        at_risk = at_risk.head(0)
    return BusinessState(
        tuple(measures),
        months,
        remarks_on(purchases, daily, (now, before), at_risk, period),
        at_risk,
        iso_date(daily.until),
        _dates(period),
        _dates(period.previous) if comparable else None,
        lost_after,
        unnamed_sales(table),
    )


def _dates(period: Period) -> tuple[str, str]:
    return iso_date(period.start + 1), iso_date(period.today)


def _counts_by(purchases: Purchases, day: int) -> tuple[np.ndarray, np.ndarray]:
    """Each customer's purchase days by the end of `day`, and the last of them (0: the first)."""
    number = purchases.count(purchases.day <= day)
    return number, purchases.day[purchases.first[:-1] + np.maximum(number - 1, 0)]


def _state(
    purchases: Purchases, daily: DailyRevenue, period: Period
) -> dict[str, float | None]:
    day, start = period.today, period.start
    number, last = _counts_by(purchases, day)
    first, known = purchases.first_day, number > 0
    before, last_before = _counts_by(purchases, start)
    silent_before = (before > 0) & (start - last_before > period.lost_after)
    # Lost in the period: the day on which the silence became too long lies in it.
    passed = last + period.lost_after + 1
    buyers = np.unique(purchases.customer[purchases.within(start, day)])
    repeat_rate = float((first[buyers] <= start).mean()) if len(buyers) else None
    value_at_risk = None
    if purchases.money is not None:
        year = revenue_of_year(purchases, day)
        value_at_risk = float(year[_overdue(purchases, period)].clip(min=0).sum())
    return {
        "customers": float(known.sum()),
        "active": float((known & (day - last <= period.lost_after)).sum()),
        "new": float(((first > start) & (first <= day)).sum()),
        "returned": float((silent_before & (number > before)).sum()),
        "lost": float((known & (passed > start) & (passed <= day)).sum()),
        "revenue": daily.revenue(start, day),
        "orders": daily.order_count(start, day),
        "repeat_rate": repeat_rate,
        "value_at_risk": value_at_risk,
    }


def _usual_gap(purchases: Purchases, day: int) -> np.ndarray:
    """Mean days between purchase days up to `day`; NaN with fewer than two."""
    number, last = _counts_by(purchases, day)
    gap = (last - purchases.first_day) / np.maximum(number - 1, 1)
    return np.where(number > 1, gap, np.nan)


def _overdue(purchases: Purchases, period: Period) -> np.ndarray:
    """Active customers whose silence is longer than they usually keep it."""
    number, last = _counts_by(purchases, period.today)
    silent = period.today - last
    limit = np.fmin(
        2 * _usual_gap(purchases, period.today), 0.75 * period.lost_after
    )
    active = (number > 0) & (silent <= period.lost_after)
    return active & (silent > np.maximum(limit, 7))


def _at_risk(purchases: Purchases, period: Period) -> pd.DataFrame:
    day = period.today
    overdue = _overdue(purchases, period)
    last = _counts_by(purchases, day)[1][overdue]
    worth = "orders_year" if purchases.money is None else "revenue_year"
    return pd.DataFrame(
        {
            "customer": purchases.labels[overdue],
            "last": as_dates(last),
            "silent_days": day - last,
            "usual_gap": _usual_gap(purchases, day)[overdue],
            worth: revenue_of_year(purchases, day)[overdue],
        }
    ).sort_values(worth, ascending=False, kind="stable", ignore_index=True)


def _months(
    purchases: Purchases, daily: DailyRevenue, lost_after: int
) -> pd.DataFrame:
    today = daily.until
    latest = np.datetime64(today, "D").astype("datetime64[M]")
    earliest = np.datetime64(daily.start, "D").astype("datetime64[M]")
    rows = []
    for month in np.arange(max(earliest, latest - (_MONTHS - 1)), latest + 1):
        start, end = (
            np.array([month, month + 1])
            .astype("datetime64[D]")
            .astype(int)
            .tolist()
        )
        day = min(end - 1, today)
        state = _state(purchases, daily, Period(day, day - start + 1, lost_after))
        measures = {
            name: np.nan if value is None else value
            for name, value in state.items()
        }
        rows.append({"month": start, "finished": end - 1 <= today, **measures})
    table = pd.DataFrame(rows)
    table["month"] = as_dates(table["month"].to_numpy())
    return table
