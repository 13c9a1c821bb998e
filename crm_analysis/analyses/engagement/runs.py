"""A log of contacts as runs of campaigns: whom each reached, when, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import (
    Purchases,
    day_numbers,
    is_control,
)
from crm_analysis.analyses.engagement.outcomes import numbers
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

_APART = 45  # days without a contact after which a campaign of the same name is a new one
_LONGEST = 730  # days: a last purchase longer ago says no more


@dataclass(frozen=True, eq=False)
class Run:
    """A campaign once: its contacts and its first and last day (since 1970-01-01)."""

    name: str
    contacts: pd.DataFrame
    first: int
    last: int


def campaign_runs(
    contacts: pd.DataFrame, campaigns: Sequence[str] = ()
) -> list[Run]:
    """The runs in the order of their first days; a log without campaigns is one."""
    require(contacts, "customer", "date")
    _hold_costs(contacts)
    days, dated = day_numbers(contacts["date"])
    names = pd.Series("", index=contacts.index)
    if "campaign" in contacts.columns:
        names = contacts["campaign"].astype(str)
    known = contacts["customer"].notna().to_numpy()
    days, dated = _dated_by_campaign(contacts, names, days, dated & known)
    usable = dated & known
    contacts, days, names = contacts[usable], days[usable], names[usable]
    if not len(contacts):
        raise AnalysisError("engagement.no_contacts")
    runs = [
        run for name in names.unique() for run in _runs(contacts, days, names, name)
    ]
    runs = [run for run in runs if not campaigns or run.name in campaigns]
    if not runs:
        raise AnalysisError("engagement.no_contacts")
    return sorted(runs, key=lambda run: (run.first, run.name))


def _dated_by_campaign(
    contacts: pd.DataFrame, names: pd.Series, days: np.ndarray, dated: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Those held out were sent nothing, and may have no day: they have their campaign's first."""
    if "arm" not in contacts.columns or dated.all() or not dated.any():
        return days, dated
    arms = contacts["arm"].astype(str)
    controls = [name for name in arms.unique() if is_control(name)]
    left = arms.isin(controls).to_numpy() & ~dated
    if not left.any():
        return days, dated
    first = pd.Series(days[dated]).groupby(names[dated].to_numpy()).min()
    begun = names.map(first).to_numpy(dtype=float)
    left &= ~np.isnan(begun)
    return np.where(left, np.nan_to_num(begun), days).astype(
        days.dtype
    ), dated | left


def undated_runs(contacts: pd.DataFrame) -> list[Run]:
    """Each campaign of a table without dates, as a run of one day."""
    require(contacts, "customer")
    _hold_costs(contacts)
    contacts = contacts[contacts["customer"].notna()]
    if not len(contacts):
        raise AnalysisError("engagement.no_contacts")
    if "campaign" not in contacts.columns:
        return [Run("", contacts, 0, 0)]
    names = contacts["campaign"].astype(str)
    return [Run(str(name), rows, 0, 0) for name, rows in contacts.groupby(names)]


def _hold_costs(contacts: pd.DataFrame) -> None:
    if "cost" not in contacts.columns:
        return
    count = int((numbers(contacts["cost"], "cost") < 0).sum())
    if count:
        raise AnalysisError("engagement.negative_cost", count=count)


def _runs(
    contacts: pd.DataFrame, days: np.ndarray, names: pd.Series, name: str
) -> Iterator[Run]:
    own = np.flatnonzero((names == name).to_numpy())
    own = own[np.argsort(days[own], kind="stable")]
    number = np.cumsum(np.diff(days[own], prepend=days[own[0]]) > _APART)
    for run in range(int(number[-1]) + 1):
        rows = own[number == run]
        first, last = int(days[rows[0]]), int(days[rows[-1]])
        month = str(np.datetime64(first, "D"))[:7]
        title = f"{name} {month}" if number[-1] else name
        yield Run(title, contacts.iloc[rows], first, last)


def hold_one_currency(orders: pd.DataFrame) -> None:
    """AnalysisError where amounts are in several currencies, which do not add up."""
    currencies = currencies_in(orders)
    if len(currencies) > 1:
        raise AnalysisError("engagement.two_currencies", currencies=currencies)


def currencies_in(orders: pd.DataFrame) -> list[str]:
    """The currencies of orders; none where nothing says so."""
    if "currency" not in orders.columns:
        return []
    return sorted(orders["currency"].dropna().astype(str).unique())


@dataclass(frozen=True, eq=False)
class Bought:
    """What some customers bought in the days after, and were like before."""

    orders: np.ndarray
    revenue: np.ndarray
    before: pd.DataFrame  # recency (days), frequency (orders), monetary (money)


def bought_by(
    purchases: Purchases, customers: pd.Series, first: int, last: int
) -> Bought:
    """Orders and revenue from the day `first` to `last`, and what was known before them."""
    after = purchases.within(first - 1, last)
    early = purchases.day < first
    latest = np.full(len(purchases.labels), first - _LONGEST)
    np.maximum.at(latest, purchases.customer[early], purchases.day[early])
    of_all = {
        "orders": purchases.count(after).astype(float),
        "revenue": purchases.revenue(after),
        "recency": (first - np.maximum(latest, first - _LONGEST)).astype(float),
        "frequency": purchases.count(early).astype(float),
        "monetary": purchases.revenue(early),
    }
    position = purchases.labels.get_indexer(pd.Index(customers))
    absent = {"recency": float(_LONGEST)}
    figures = {
        name: np.where(position >= 0, values[position], absent.get(name, 0.0))
        for name, values in of_all.items()
    }
    before = pd.DataFrame(
        {name: figures[name] for name in ("recency", "frequency", "monetary")}
    )
    return Bought(figures["orders"], figures["revenue"], before)
