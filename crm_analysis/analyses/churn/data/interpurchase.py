"""How long a silence has to last to mean something: the customers' own rhythm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, purchase_days
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

__all__ = ["Rhythm", "propose_window", "purchases_of"]

_QUANTILE = 0.8
_LEAST, _MOST_SHARE = 7, 1 / 3


@dataclass(frozen=True, eq=False)
class Rhythm:
    """`window_days` proposed; `gap_median`, `gap_80`: days between a customer's purchases, each customer counting once; `repeaters`: customers
    with a gap at all; `bounded`: "" or why the proposal is not the 80 % gap itself ("record": a third of the record, "week"). `gaps`: days, share (of gaps no longer).
    """

    window_days: int
    gap_median: float | None
    gap_80: float | None
    repeaters: int
    customers: int
    span_days: int
    bounded: str
    gaps: pd.DataFrame


def purchases_of(transactions: pd.DataFrame, until: str | None = None) -> Purchases:
    """Who bought on which day; returns and lines without customer or date are no purchases.

    The record ends with `until`, else with its last line, whoever that is from.
    AnalysisError where a role is missing, or nothing is left (`customers.no_purchases`).
    """
    lines = purchase_lines(transactions, until)
    if not len(lines):
        raise AnalysisError("customers.no_purchases")
    if until is None:
        last = np.datetime64(int(_days(transactions["date"].dropna()).max()), "D")
        return purchase_days(lines[["customer", "date"]], last)
    return purchase_days(lines[["customer", "date"]], until)


def purchase_lines(transactions: pd.DataFrame, until: str | None = None) -> pd.DataFrame:
    """The lines that are purchases by a known customer, up to and including `until`, with `customer` as text and `day`, days since 1970-01-01."""
    require(transactions, "customer", "date")
    if not pd.api.types.is_datetime64_any_dtype(transactions["date"]):
        raise AnalysisError("churn.dates_are_text")
    keep = transactions["date"].notna() & transactions["customer"].notna() & ~returned(transactions)
    lines = transactions[keep]
    customer = lines["customer"].astype(str)
    lines = lines.assign(customer=customer, day=_days(lines["date"]))
    lines = lines[customer.str.strip() != ""]
    return (
        lines
        if until is None
        else lines[lines["day"] <= int(_days(pd.Series([pd.Timestamp(until)]))[0])]
    )


def returned(lines: pd.DataFrame) -> pd.Series:
    """Which lines give something back."""
    back = pd.Series(False, index=lines.index)
    for name in ("quantity", "amount"):
        if name in lines.columns:
            back |= (lines[name] < 0).fillna(False).astype(bool)
    return back


def _days(dates: pd.Series) -> np.ndarray:
    plain = dates.dt.tz_localize(None) if dates.dt.tz is not None else dates
    return plain.to_numpy().astype("datetime64[D]").astype(np.int64)


def propose_window(transactions: pd.DataFrame | Purchases, until: str | None = None) -> Rhythm:
    """A silence that four in five of the customers' usual gaps are shorter than, in whole weeks from four weeks on.

    Each customer with two purchase days or more counts once, however many gaps they have, so that the frequent do not decide for all. Not more than a
    third of the record (there must be a past and a future beside it), not less than a week.

    >>> days = [0, 10, 20, 30, 40, 50, 60, 70, 200]
    >>> lines = pd.DataFrame({"customer": ["A"] * 8 + ["B"], "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")})
    >>> found = propose_window(lines)
    >>> found.window_days, found.gap_median, found.repeaters
    (10, 10.0, 1)
    """
    bought = (
        transactions if isinstance(transactions, Purchases) else purchases_of(transactions, until)
    )
    span = bought.until - bought.start + 1
    same = bought.customer[1:] == bought.customer[:-1]
    gaps, who = np.diff(bought.day)[same], bought.customer[1:][same]
    most = max(_LEAST, int(span * _MOST_SHARE))
    if not len(gaps):
        return Rhythm(
            most,
            None,
            None,
            0,
            len(bought.labels),
            span,
            "record",
            pd.DataFrame({"days": [], "share": []}, dtype=float),
        )
    weight = 1.0 / np.bincount(who)[who]
    order = np.argsort(gaps, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    eighty, middle = (
        float(gaps[order][min(np.searchsorted(share, at - 1e-9), len(gaps) - 1)])
        for at in (_QUANTILE, 0.5)
    )
    days = int(np.ceil(eighty / 7) * 7) if eighty >= 28 else int(np.ceil(eighty))
    bounded = "record" if days > most else "week" if days < _LEAST else ""
    ends = np.append(np.flatnonzero(np.diff(gaps[order])), len(gaps) - 1)
    table = pd.DataFrame({"days": gaps[order][ends].astype(float), "share": share[ends]})
    return Rhythm(
        min(max(days, _LEAST), most),
        middle,
        eighty,
        len(np.unique(who)),
        len(bought.labels),
        span,
        bounded,
        table,
    )
