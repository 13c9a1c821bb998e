"""What matters most about the state of the business, each thing weighed against the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, short_record
from crm_analysis.analyses.value.daily_revenue import DailyRevenue
from crm_analysis.messages import Message

_SAID = 3
_STANDARD_ERRORS = 2.0  # of a count, that a change must be beyond
_DRIVERS = ("buyers", "orders", "basket")

State = Mapping[str, float | None]


@dataclass(frozen=True)
class Remark:
    """What is said of the business; it unpacks into its (key, details).

    message : the sentence. page : the word of the page that shows it. weight : against others.
    """

    message: Message
    page: str
    weight: float

    def __iter__(self) -> Iterator[Any]:
        return iter(self.message)

    @property
    def key(self) -> str:
        """The phrase of the message."""
        return self.message.key

    @property
    def details(self) -> dict[str, Any]:
        """What the phrase is filled with."""
        return self.message.details


@dataclass(frozen=True)
class Period:
    """The `length` days that end with `today`, and the silence after which a customer is lost."""

    today: int
    length: int
    lost_after: int

    @property
    def start(self) -> int:
        """The last day before the period."""
        return self.today - self.length

    @property
    def previous(self) -> Period:
        """The period before."""
        return Period(self.start, self.length, self.lost_after)


def change_of(name: str, now: float | None, before: float | None) -> float | None:
    """A measure's change: a share; of the repeat rate points, which are a difference of shares."""
    if now is None or before is None:
        return None
    if name == "repeat_rate":
        return now - before
    return now / before - 1 if before > 0 else None


def revenue_of_year(purchases: Purchases, day: int) -> np.ndarray:
    """Each customer's money (purchase days without amounts) of the year that ends with `day`."""
    return purchases.revenue(purchases.within(day - 365, day))


def remarks_on(
    purchases: Purchases,
    daily: DailyRevenue,
    states: tuple[State, State],
    at_risk: pd.DataFrame,
    period: Period,
) -> tuple[Remark, ...]:
    """The three weightiest of all that is worth saying.

    They are weighed as a share of revenue or of customers; `states` are now and before.
    """
    now, before = states
    remarks: list[Remark] = []
    year = revenue_of_year(purchases, period.today).clip(min=0)
    # A share of revenue is one of all that was taken in.
    unnamed = daily.unnamed_revenue(period.today - 365, period.today)
    total = float(year.sum()) + max(unnamed, 0.0)
    if purchases.money is not None and total > 0 and year.any():
        remarks += _on_revenue(purchases, daily, states, period)
        remarks += _on_risk(float(now["value_at_risk"] or 0.0), at_risk, total)
        days = min(365, period.today - daily.start + 1)
        remarks.append(_on_concentration(year, total, days))
    short = short_record(purchases)
    if short:  # who stays away and who comes back cannot be known
        return (Remark(short, "data", 1.0), *remarks)
    if period.start - purchases.start >= period.lost_after:
        remarks += _on_growth(now, period)
    remarks.append(_on_one_time(purchases))
    remarks += _on_repeat_rate(now["repeat_rate"], before["repeat_rate"], period)
    remarks.sort(key=lambda remark: -remark.weight)
    return tuple(remarks[:_SAID])


def _on_risk(risk: float, at_risk: pd.DataFrame, total: float) -> list[Remark]:
    if risk <= 0:
        return []
    details = {
        "value": risk,
        "share": risk / total,
        "count": len(at_risk),
        "top": min(10, len(at_risk)),
        "top_value": float(at_risk["revenue_year"].head(10).clip(lower=0).sum()),
    }
    return [
        Remark(
            Message("value.remark.at_risk", details),
            "churn",
            1.5 * risk / total,
        )
    ]


def _on_concentration(year: np.ndarray, total: float, days: int) -> Remark:
    ordered = np.sort(year[year > 0])[::-1]
    fifth = max(1, round(len(ordered) / 5))
    share = float(ordered[:fifth].sum() / total)
    details = {"share": share, "customers": fifth, "of": len(ordered), "days": days}
    message = Message("value.remark.concentration", details)
    return Remark(message, "value", max(share - 0.5, 0.0))


def _on_growth(now: State, period: Period) -> list[Remark]:
    """Whether the base grows, beyond what chance alone brings in and takes away."""
    active, new, returned, lost = (
        float(now[name] or 0.0) for name in ("active", "new", "returned", "lost")
    )
    net, moved = new + returned - lost, new + returned + lost
    if active <= 0 or not moved:
        return []
    by_chance = _STANDARD_ERRORS * np.sqrt(moved)
    kind, weight = "level", 0.0
    if abs(net) > by_chance:
        kind, weight = "growing" if net > 0 else "shrinking", abs(net) / active
    details = {
        "before": int(active - net),
        "active": int(active),
        "new": int(new),
        "returned": int(returned),
        "lost": int(lost),
        "days": period.length,
        "chance": int(by_chance),
    }
    page = "churn" if net <= 0 else "segments"
    return [Remark(Message(f"value.remark.{kind}", details), page, weight)]


def _on_one_time(purchases: Purchases) -> Remark:
    once = purchases.frequency == 1
    share = float(once.mean())
    return Remark(
        Message(
            "value.remark.one_time", {"share": share, "count": int(once.sum())}
        ),
        "engagement" if share > 0.5 else "value",
        max(share - 0.4, 0.0) / 2,
    )


def _on_repeat_rate(
    now: float | None, before: float | None, period: Period
) -> list[Remark]:
    if now is None or before is None:
        return []
    step = now - before
    kind = "up" if step >= 0 else "down"
    details = {"rate": now, "points": abs(step) * 100, "days": period.length}
    message = Message(f"value.remark.repeat_{kind}", details)
    return [Remark(message, "segments", 1.5 * abs(step))]


def _on_revenue(
    purchases: Purchases,
    daily: DailyRevenue,
    states: tuple[State, State],
    period: Period,
) -> list[Remark]:
    """Revenue's change, and what moved it most.

    Of buyers, orders per buyer and money per order; or sales without a customer, where they did.
    """
    now, before = (float(state["revenue"] or 0.0) for state in states)
    change = change_of("revenue", *(state["revenue"] for state in states))
    days = min(period.length, period.today - daily.start + 1)
    details: dict[str, Any] = {"value": now, "days": days}
    if change is None:
        plain = Remark(Message("value.remark.revenue", details), "forecast", 0.05)
        return [plain] if now else []
    rises = change >= 0
    key = "value.remark.revenue_up" if rises else "value.remark.revenue_down"
    details["change"] = abs(change)
    unnamed, unnamed_before = (
        daily.unnamed_revenue(each.start, each.today)
        for each in (period, period.previous)
    )
    step = unnamed - unnamed_before
    if abs(step) > abs(now - before) / 2 and (step > 0) == rises:
        if unnamed_before <= 0:
            return [
                Remark(Message(f"{key}_plain", details), "forecast", abs(change))
            ]
        driver, driver_change = "unnamed", abs(unnamed / unnamed_before - 1)
    else:
        driver, driver_change = _driver(purchases, period, rises)
    details |= {"driver": driver, "driver_change": driver_change}
    return [Remark(Message(key, details), "forecast", abs(change))]


def _driver(purchases: Purchases, period: Period, rises: bool) -> tuple[str, float]:
    factors = [_factors(purchases, each) for each in (period, period.previous)]
    with np.errstate(divide="ignore", invalid="ignore"):
        moves = np.log(factors[0] / factors[1])
    along = np.where(np.isfinite(moves), moves if rises else -moves, -np.inf)
    position = int(np.argmax(along))
    return _DRIVERS[position], abs(float(np.expm1(moves[position])))


def _factors(purchases: Purchases, period: Period) -> np.ndarray:
    """Buyers, orders per buyer and money per order of a period."""
    inside = purchases.within(period.start, period.today)
    buyers, orders = (
        len(np.unique(purchases.customer[inside])),
        int(inside.sum()),
    )
    money = 0.0 if purchases.money is None else float(purchases.money[inside].sum())
    return np.array(
        [buyers, orders / max(buyers, 1), money / max(orders, 1)], dtype=float
    )
