"""What to do this week: what the other pages found, as proposals in the order of their money."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import CustomerGroups
from crm_analysis.messages import Message
from crm_analysis.tables.days import plausible_dates
from crm_analysis.tables.sales import only_sales

MOST = 5  # proposals a week
DAYS = 7  # until when
_REST = 28  # days
_NAMED = 3  # products
_MOST_OF_IT = 0.8  # of the money at risk is with those who are called
_SURE = 0.05  # p over all complaints compared
_FEWEST = 5  # customers of a group that is named
_WEEK = 7  # days of the window in which contacts are counted
_BETWEEN = re.compile(r" · |; ")  # complaints of one customer


@dataclass(frozen=True, eq=False)
class Proposal:
    """Something to do: who, how many, why, what it is about in money, by when, and where.

    - `name`: the kind of proposal: "call", "plan", "answer", "spare", "order", "decide".
    - `page`, `tab`: where its list or its plan is.
    - `count`: how many customers, contacts, products or rows.
    - `money`, `low`, `high`: what is at stake or expected, and its interval; None where not known.
    - `until`: the day by which, ISO.
    - `details`: what the sentence names besides.
    - `customers`: who, to be read back.
    - `why`: "why", or "why_plain" where no interval or no cost is known to be named.
    - `rest`: days after it was done, in which it is not proposed again.
    """

    name: str
    page: str
    tab: str
    count: int
    money: float | None
    low: float | None
    high: float | None
    until: str
    details: Mapping[str, Any] = field(default_factory=dict)
    customers: tuple[str, ...] = ()
    why: str = "why"
    rest: int = _REST

    @property
    def facts(self) -> dict[str, Any]:
        """What the sentences of the proposal name."""
        return {
            **self.details,
            "count": self.count,
            "money": self.money,
            "low": self.low,
            "high": self.high,
            "until": self.until,
        }

    @property
    def sentence(self) -> Message:
        """What to do, for whom, by when."""
        return Message(f"overview.week.{self.name}", self.facts)

    @property
    def reason(self) -> Message:
        """Why, and what it is about in money."""
        return Message(f"overview.week.{self.name}_{self.why}", self.facts)


def in_order(
    proposals: Iterable[Proposal], most: int = MOST
) -> tuple[Proposal, ...]:
    """The proposals of most money first, at most so many."""

    def money(proposal: Proposal) -> float:
        return -math.inf if proposal.money is None else proposal.money

    return tuple(sorted(proposals, key=money, reverse=True)[:most])


def by_when(today: dt.date | None = None) -> str:
    """A week from today."""
    return ((today or dt.date.today()) + dt.timedelta(DAYS)).isoformat()


def call_at_risk(
    groups: CustomerGroups,
    ranges: pd.DataFrame | None = None,
    *,
    coverage: float = 0.8,
    until: str | None = None,
) -> Proposal | None:
    """Call the customers at risk with whom most of what is expected of them lies.

    Parameters
    ----------
    groups
        The groups of the customers; `value` is money.
    ranges
        Of each customer `customer`, `value_lo`, `value_hi`: the interval of what they will bring,
        of probability `coverage`. The interval of the sum takes customers as independent.
    coverage
        Of the intervals.
    until
        The day by which; a week from today if not given.

    Returns
    -------
    Proposal or None
        None where fewer than five are at risk or nothing is expected of them.
    """
    at_risk = groups.members("at_risk")
    total = float(at_risk["value"].sum())
    if len(at_risk) < _FEWEST or total <= 0:
        return None
    reached = int((at_risk["value"].cumsum() < _MOST_OF_IT * total).sum()) + 1
    called = at_risk.head(max(reached, _FEWEST))
    money = float(called["value"].sum())
    spread = _spread_of(called, ranges, coverage)
    return Proposal(
        name="call",
        page="value",
        tab="future",
        count=len(called),
        money=money,
        low=None if spread is None else max(money - spread, 0.0),
        high=None if spread is None else money + spread,
        until=until or by_when(),
        details={
            "all": len(at_risk),
            "share": money / total,
            "coverage": coverage,
            "risk": float(np.average(called["risk"])),
        },
        customers=tuple(called["customer"].astype(str)),
        why="why_plain" if spread is None else "why",
    )


def _spread_of(
    called: pd.DataFrame, ranges: pd.DataFrame | None, coverage: float
) -> float | None:
    """Half the interval of a sum: the halves of its parts, by the root of their squares."""
    if ranges is None or not {"value_lo", "value_hi"} <= set(ranges.columns):
        return None
    own = called[["customer"]].merge(ranges, on="customer")
    halves = (own["value_hi"] - own["value_lo"]).to_numpy(float) / 2
    return float(np.sqrt(np.sum(halves**2)))


def carry_out_plan(
    summary: Mapping[str, float | None],
    judged: Mapping[str, float | None],
    *,
    customers: Iterable[object] = (),
    coverage: float = 0.9,
    until: str | None = None,
) -> Proposal | None:
    """Carry out the plan, where its profit is beyond chance.

    Parameters
    ----------
    summary
        Of the plan: contacted, cost.
    judged
        Of the judgement on it: expected, lo, hi, in money.
    customers
        Who gets an action.
    coverage
        Of the interval.
    until
        The day by which; a week from today if not given.

    Returns
    -------
    Proposal or None
        None where nothing is promised or the interval of the profit holds zero.
    """
    expected, low = judged.get("expected"), judged.get("lo")
    if expected is None or low is None or low <= 0 or not summary["contacted"]:
        return None
    return Proposal(
        name="plan",
        page="strategy",
        tab="todo",
        count=int(summary["contacted"]),
        money=expected,
        low=low,
        high=judged["hi"],
        until=until or by_when(),
        details={"cost": summary["cost"], "coverage": coverage},
        customers=tuple(map(str, customers)),
    )


def answer_complaints(
    effects: pd.DataFrame,
    priority: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    until: str | None = None,
) -> Proposal | None:
    """Answer the complaint that surely goes with leaving and has most at stake.

    Parameters
    ----------
    effects, priority, customers
        Of `feedback_and_value`.
    until
        The day by which; a week from today if not given.

    Returns
    -------
    Proposal or None
        None where no complaint goes with leaving beyond chance, or nobody who made it is left.
    """
    sure = effects[
        effects["kind"].eq("complaint")
        & (effects["p_adjusted"] < _SURE)
        & (effects["ratio"] > 1)
    ]
    ranked = priority[
        priority["kind"].eq("complaint")
        & priority["what"].isin(sure["what"])
        & priority["value_at_risk"].gt(0)
    ]
    if ranked.empty:
        return None
    first = ranked.sort_values(
        "value_at_risk", ascending=False, kind="stable"
    ).iloc[0]
    effect = sure[sure["what"] == first["what"]].iloc[0]
    own = customers[
        [
            first["what"] in _BETWEEN.split(said)
            for said in customers["complaints"].fillna("").astype(str)
        ]
    ]
    return Proposal(
        name="answer",
        page="feedback",
        tab="leaving",
        count=int(first["customers"]),
        money=float(first["value_at_risk"]),
        low=None,
        high=None,
        until=until or by_when(),
        details={
            "what": str(first["what"]),
            "value": float(first["value"]),
            "ratio": float(effect["ratio"]),
            "ratio_lo": float(effect["ratio_lo"]),
            "ratio_hi": float(effect["ratio_hi"]),
        },
        customers=tuple(own["customer"].astype(str)),
    )


def spare_contacts(
    by_count: pd.DataFrame, cost: float | None, *, until: str | None = None
) -> Proposal | None:
    """Do not write again to whom so many contacts came within a week, where fewer answer.

    Parameters
    ----------
    by_count
        Of `contact_pressure`: the share of the same customers who answer, by the how-manieth.
    cost
        Of a contact, in money; None where not known.
    until
        The day by which; a week from today if not given.

    Returns
    -------
    Proposal or None
        None where the same customers do not answer less, beyond their intervals.
    """
    week = by_count[by_count["window"] == _WEEK].sort_values("nth")
    known = week.dropna(subset=["within", "within_lo", "within_hi"])
    if len(known) < 2:
        return None
    first = known.iloc[0]
    worse = known[known["within_hi"] < first["within_lo"]]
    if worse.empty:
        return None
    nth = int(worse["nth"].iloc[0])
    spared = int(week.loc[week["nth"] >= nth, "sent"].sum())
    at = worse.iloc[0]
    return Proposal(
        name="spare",
        page="engagement",
        tab="when",
        count=spared,
        money=None if cost is None else spared * cost,
        low=None,
        high=None,
        until=until or by_when(),
        details={
            "nth": nth,
            "most": nth - 1,
            "rate": float(at["within"]),
            "rate_lo": float(at["within_lo"]),
            "rate_hi": float(at["within_hi"]),
            "first": float(first["within"]),
        },
        why="why_plain" if cost is None else "why",
    )


def order_stock(
    orders: pd.DataFrame, *, until: str | None = None
) -> Proposal | None:
    """Order what would run out, more likely than its service level allows, and need not.

    Parameters
    ----------
    orders
        Of `replenish`. With `price` the money is the sales that would be missed; the interval of
        their sum (middle 80 %) takes products as independent.
    until
        The day by which; a week from today if not given.

    Returns
    -------
    Proposal or None
        None where there is enough of everything, or an order now would help nothing.
    """
    risky = orders["risk_without"] > 1 - orders["service"]
    due = orders[risky & orders["order"].gt(0) & orders["avoided"].gt(0)]
    if due.empty:
        return None
    money = low = high = None
    if "price" in due.columns:
        price = due["price"].to_numpy(float)
        money = float(np.sum(due["avoided"] * price))
        below = (due["avoided"] - due["avoided_lo"]) * price
        above = (due["avoided_hi"] - due["avoided"]) * price
        low = max(money - float(np.sqrt(np.sum(below**2))), 0.0)
        high = money + float(np.sqrt(np.sum(above**2)))
    return Proposal(
        name="order",
        page="forecast",
        tab="inventory",
        count=len(due),
        money=money,
        low=low,
        high=high,
        until=until or by_when(),
        details={
            "series": _few(due.sort_values("risk_without", ascending=False)),
            "units": float(due["order"].sum()),
            "missed": float(due["avoided"].sum()),
            "risk": float(due["risk_without"].max()),
            "coverage": 0.8,
        },
        why="why_plain" if money is None else "why",
        rest=DAYS,
    )


def _few(orders: pd.DataFrame) -> tuple[str | Message, ...]:
    """The series that are likeliest to run out, and how many others."""
    names = orders["series"].astype(str).tolist()
    if len(names) <= _NAMED:
        return tuple(names)
    more = Message("overview.week.order_more", {"count": len(names) - _NAMED})
    return (*names[:_NAMED], more)


def decide_question(
    details: Mapping[str, Any], *, until: str | None = None
) -> Proposal | None:
    """Decide what the file did not say, where money hangs on it.

    Parameters
    ----------
    details
        Of a question of a cleaned table.
    until
        The day by which; a week from today if not given.

    Returns
    -------
    Proposal or None
        None where the question is not known to be about money.
    """
    if not details.get("money"):
        return None
    return Proposal(
        name="decide",
        page="data",
        tab="",
        count=int(details.get("count") or details.get("rows") or 0),
        money=abs(float(details["money"])),
        low=None,
        high=None,
        until=until or by_when(),
        details={"column": str(details.get("column", ""))},
    )


def read_proposal_back(
    orders: pd.DataFrame, customers: Iterable[str], since: str
) -> dict[str, float]:
    """What the customers of a proposal have done since: no proof that the proposal is why.

    Parameters
    ----------
    orders
        Order lines with `customer` and `date`; `amount` where known.
    customers
        Whom the proposal was about.
    since
        The day it was said to be done, ISO: later days count.

    Returns
    -------
    dict
        customers (asked about), ordered (how many have ordered since), money (what they spent; 0
        without amounts), days (that the orders reach beyond that day).
    """
    asked = set(map(str, customers))
    sales = only_sales(orders)
    days = pd.to_datetime(plausible_dates(sales["date"]))
    day = pd.Timestamp(since)
    later = sales[
        (days > day).to_numpy() & sales["customer"].astype(str).isin(asked)
    ]
    money = 0.0
    if "amount" in later.columns:
        money = float(pd.to_numeric(later["amount"], errors="coerce").sum())
    beyond = (days.max() - day).days if days.notna().any() else 0
    return {
        "customers": float(len(asked)),
        "ordered": float(later["customer"].nunique()),
        "money": money,
        "days": float(max(beyond, 0)),
    }
