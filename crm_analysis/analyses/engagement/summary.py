"""What was sent and what came back: by channel, campaign, month and weekday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import day_numbers, plain_ids, sent
from crm_analysis.analyses.engagement.claims import DESCRIPTION, Claim
from crm_analysis.analyses.engagement.outcomes import numbers
from crm_analysis.analyses.engagement.responses import (
    ANSWERS,
    has_times,
    once,
)
from crm_analysis.analyses.engagement.runs import currencies_in
from crm_analysis.analyses.inference import wilson
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.days import local_dates
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

_FLAGS = ("opened", "clicked", "responded", "unsubscribed")


@dataclass(frozen=True, kw_only=True)
class ContactOptions(Options):
    """What counts as having come back.

    - `window_days`: an order so soon after a contact may have come of it.
    - `attribution`: a sale within the windows of several contacts goes to the last or first one.
    - `coverage`: of the intervals.
    """

    window_days: int = knob(14, low=1, high=365)
    attribution: Literal["last", "first"] = "last"
    coverage: float = share(0.95, low=0.5, high=0.99, advanced=True)


@dataclass(frozen=True, eq=False)
class ContactSummary:
    """What was sent and what came back.

    `channels`, `campaigns`, `months` and `weekdays` (1 is Monday) have a row each of these, and

    - `channel`, `campaign`, `month` or `weekday` : its name
    - `sent`, `people` : contacts, and customers they reached
    - `opened`, `clicked`, `responded`, `unsubscribed` : contacts; NaN where not known
    - `rate`, `lo`, `hi` : the share that answered, with Wilson's interval
    - `cost`, `cost_per_response` : money; NaN where not known
    - `orders`, `revenue` : within the window, each counted once; NaN without orders
    - `satisfaction` : mean; NaN where not asked

    Attributes
    ----------
    customers : pandas.DataFrame
        customer; the contacts by each channel under its name; sent, in all; mean_effect, the share
        of them that was answered; satisfaction, mean.
    answer : str
        The column an answer is read from: "responded", "clicked", "opened" or "orders".
    claim : str
        "description": who was contacted was not drawn by chance.
    notes : tuple[Message, ...]
        What the reader should know.
    shared : float
        The share of the orders that lie within the windows of several contacts; NaN without orders.
    """

    channels: pd.DataFrame
    campaigns: pd.DataFrame
    months: pd.DataFrame
    weekdays: pd.DataFrame
    customers: pd.DataFrame
    answer: str
    shared: float
    claim: Claim
    notes: tuple[Message, ...]
    options: ContactOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: sent, people, rate (with lo and hi), cost, cost_per_response, revenue.

        And unsubscribed.
        """
        total = self.channels
        count = float(total["sent"].sum())
        hits = float(total["responded"].sum())
        low, high = wilson(hits, count, self.options.coverage)
        cost = _sum(total["cost"])
        return {
            "sent": count,
            "people": float(len(self.customers)),
            "rate": hits / count if count else None,
            "lo": float(low),
            "hi": float(high),
            "cost": cost,
            "cost_per_response": cost / hits if cost is not None and hits else None,
            "revenue": _sum(total["revenue"]),
            "unsubscribed": _sum(total["unsubscribed"]),
        }


def _sum(values: pd.Series) -> float | None:
    return float(values.sum()) if values.notna().any() else None


def contact_summary(
    contacts: pd.DataFrame,
    orders: pd.DataFrame | None = None,
    options: ContactOptions | None = None,
) -> ContactSummary:
    """What was sent and what came back; how many would have bought anyway it cannot say.

    Parameters
    ----------
    contacts : pandas.DataFrame
        customer, date, channel; campaign, opened, clicked, responded, unsubscribed, cost,
        satisfaction where known. Rows of a hold-out are no contacts.
    orders : pandas.DataFrame, optional
        customer, date, amount; orders within the window of a contact are counted to it, once.
    options : ContactOptions, optional
        The window, and which contact a sale goes to.

    Returns
    -------
    ContactSummary
        `.channels`, `.campaigns`, `.months`, `.weekdays`, `.customers`.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "engagement.no_contacts"; "engagement.negative_cost".

    Examples
    --------
    >>> contacts = pd.DataFrame({"customer": ["a", "a", "b"], "channel": ["mail", "call", "mail"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02"]),
    ...     "responded": [True, False, False]})
    >>> contact_summary(contacts).channels[["channel", "sent", "responded", "rate"]]
      channel  sent  responded  rate
    0    mail     2        1.0   0.5
    1    call     1        0.0   0.0
    """
    options = options or ContactOptions()
    require(contacts, "customer", "date", "channel")
    contacts, repeats = once(sent(contacts))
    log = _log(contacts)
    shared = float("nan")
    currencies: list[str] = []
    if orders is not None:
        log, shared = _with_orders(log, orders, options)
        currencies = currencies_in(orders)
        if len(currencies) > 1:
            log["revenue"] = np.nan
    answer = next((name for name in ANSWERS if log[name].notna().any()), "orders")
    if answer == "orders" and orders is None:
        raise AnalysisError("engagement.no_response")
    log["answered"] = (
        log[answer] if answer != "orders" else log["orders"].clip(upper=1)
    )
    tables = {
        name: _grouped(log, name, options.coverage)
        for name in ("channel", "campaign", "month", "weekday")
    }
    by_size = ["channel", "campaign"]
    for name in by_size:
        tables[name] = tables[name].sort_values(
            "sent", ascending=False, kind="stable", ignore_index=True
        )
    return ContactSummary(
        tables["channel"],
        tables["campaign"],
        tables["month"],
        tables["weekday"],
        _customers(log),
        answer,
        shared,
        DESCRIPTION,
        (*_notes(log, shared, currencies, options), *repeats),
        options,
    )


def _log(contacts: pd.DataFrame) -> pd.DataFrame:
    days, dated = day_numbers(contacts["date"])
    usable = dated & contacts["customer"].notna().to_numpy()
    rows, days = contacts[usable], days[usable]
    if not len(rows):
        raise AnalysisError("engagement.no_contacts")
    dates = pd.to_datetime(days, unit="D")
    log = pd.DataFrame(
        {
            "customer": rows["customer"].to_numpy(),
            "day": days,
            "time": _times(rows["date"]),
            "channel": rows["channel"].astype(str).to_numpy(dtype=object),
            "month": dates.strftime("%Y-%m"),
            "weekday": dates.weekday + 1,
        }
    )
    log["campaign"] = (
        rows["campaign"].astype(str).to_numpy(dtype=object)
        if "campaign" in rows.columns
        else ""
    )
    for name in (*_FLAGS, "cost", "satisfaction"):
        log[name] = numbers(rows[name], name) if name in rows.columns else np.nan
    if (log["cost"] < 0).any():
        count = int((log["cost"] < 0).sum())
        raise AnalysisError("engagement.negative_cost", count=count)
    return log.assign(orders=np.nan, revenue=np.nan)


def _times(dates: pd.Series) -> np.ndarray:
    """The time of day, in hours; NaN where the dates have none."""
    if not has_times(dates):
        return np.full(len(dates), np.nan)
    local = local_dates(dates).dt
    return (local.hour + local.minute / 60 + local.second / 3600).to_numpy(
        dtype=float
    )


def _with_orders(
    log: pd.DataFrame, orders: pd.DataFrame, options: ContactOptions
) -> tuple[pd.DataFrame, float]:
    """The orders of each contact, each counted once, and the share several contacts could claim."""
    require(orders, "customer", "date")
    sales = only_sales(orders)
    days, dated = day_numbers(sales["date"])
    amount = (
        sales["amount"].to_numpy(dtype=float, na_value=0.0)
        if "amount" in sales.columns
        else np.zeros(len(sales))
    )
    lines = pd.DataFrame(
        {
            "customer": sales["customer"].to_numpy(),
            "day": days,
            "time": _times(sales["date"]),
            "amount": amount,
        }
    )[dated & sales["customer"].notna().to_numpy()]
    bought = (
        lines.groupby(["customer", "day"], sort=False)
        .agg({"amount": "sum", "time": "max"})
        .reset_index()
    )
    log = log.sort_values(["day", "time"], kind="stable", ignore_index=True)
    own = log[["customer", "day", "time"]].assign(contact=np.arange(len(log)))
    if bought["customer"].dtype != own["customer"].dtype:  # 17 and "17"
        for part in (bought, own):
            part["customer"] = plain_ids(part["customer"])
    pairs = bought.merge(own, on="customer", suffixes=("", "_contact"))
    after = pairs["day"] - pairs["day_contact"]
    # On the day of the contact an order from before it did not come of it.
    before = (after == 0) & (pairs["time"] < pairs["time_contact"])
    pairs = pairs[(after >= 0) & (after <= options.window_days) & ~before]
    claims = pairs.groupby(["customer", "day"], sort=False)
    shared = float((claims.size() > 1).mean()) if len(pairs) else 0.0
    taken = claims.last() if options.attribution == "last" else claims.first()
    contact = taken["contact"].to_numpy(dtype=np.int64)
    count = np.bincount(contact, minlength=len(log)).astype(float)
    revenue = np.bincount(contact, taken["amount"], minlength=len(log))
    return log.assign(orders=count, revenue=revenue), shared


def _grouped(log: pd.DataFrame, by: str, coverage: float) -> pd.DataFrame:
    groups = log.groupby(by, sort=True)
    table = pd.DataFrame(
        {"sent": groups.size(), "people": groups["customer"].nunique()}
    )
    for name in (*_FLAGS, "cost", "orders", "revenue"):
        table[name] = groups[name].sum(min_count=1)
    table["satisfaction"] = groups["satisfaction"].mean()
    hits = groups["answered"].sum().to_numpy(dtype=float)
    count = table["sent"].to_numpy(dtype=float)
    low, high = wilson(hits, count, coverage)
    table = table.assign(rate=hits / count, lo=low, hi=high)
    # Where the log has no column of it, an answer is what is counted as one.
    table["responded"] = table["responded"].fillna(pd.Series(hits, table.index))
    with np.errstate(divide="ignore", invalid="ignore"):
        table["cost_per_response"] = np.where(
            hits > 0, table["cost"] / hits, np.nan
        )
    columns = ["sent", "people", *_FLAGS, "rate", "lo", "hi", "cost"]
    columns += ["cost_per_response", "orders", "revenue", "satisfaction"]
    return table[columns].reset_index()


def _customers(log: pd.DataFrame) -> pd.DataFrame:
    counts = pd.crosstab(log["customer"], log["channel"])
    counts.columns = pd.Index([str(name) for name in counts.columns])
    groups = log.groupby("customer")
    return counts.assign(
        sent=groups.size(),
        mean_effect=groups["answered"].mean(),
        satisfaction=groups["satisfaction"].mean(),
    ).reset_index()


def _notes(
    log: pd.DataFrame,
    shared: float,
    currencies: Sequence[str],
    options: ContactOptions,
) -> Sequence[Message]:
    notes = []
    if len(currencies) > 1:
        said: dict[str, Any] = {"currencies": list(currencies)}
        notes.append(Message("engagement.note.two_currencies", said))
    if np.isfinite(shared) and shared > 0:
        details = {"share": shared, "attribution": options.attribution}
        key = f"engagement.note.shared_{options.attribution}"
        notes.append(Message(key, {"share": details["share"]}))
    if log["cost"].isna().all():
        notes.append(Message("engagement.note.no_cost", {}))
    return notes
