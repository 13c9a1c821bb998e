"""Which order lines are purchases, on which days; how long a silence must be to mean something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import (
    Purchases,
    as_day,
    day_numbers,
    purchase_days,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import range_of
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

_QUANTILE = 0.8
_MINIMUM_DAYS = 7
_MAXIMUM_SHARE = (
    1 / 3
)  # of the record: there must be a past and a future beside the window


def purchases_of(transactions: pd.DataFrame, until: str | None = None) -> Purchases:
    """Who bought on which day.

    The record ends with `until`, else with its last line, whoever that is from. AnalysisError where
    a role is missing, or nothing is left (`customers.no_purchases`).
    """
    transactions = only_sales(transactions)
    lines = purchase_lines(transactions, until)
    if not len(lines):
        raise AnalysisError("customers.no_purchases")
    last_day = range_of(transactions).last if until is None else as_day(until)
    return purchase_days(lines[["customer", "date"]], np.datetime64(last_day, "D"))


def purchase_lines(
    transactions: pd.DataFrame, until: str | None = None
) -> pd.DataFrame:
    """The lines that are purchases by a known customer, up to and including `until`.

    Returns (negative quantity or amount) are no purchases. `customer` becomes text; `day` is added,
    days since 1970-01-01.
    """
    require(transactions, "customer", "date")
    if not pd.api.types.is_datetime64_any_dtype(transactions["date"]):
        raise AnalysisError("churn.dates_are_text")
    transactions = only_sales(transactions)
    days, dated = day_numbers(transactions["date"])
    known = dated & transactions["customer"].notna()
    for name in ("quantity", "amount"):
        if name in transactions.columns:
            known &= ~(transactions[name] < 0).fillna(False).astype(bool)
    lines = transactions.assign(day=days)[known]
    lines = lines.assign(customer=lines["customer"].astype(str))
    lines = lines[lines["customer"].str.strip() != ""]
    return lines if until is None else lines[lines["day"] <= as_day(until)]


@dataclass(frozen=True, eq=False)
class InterpurchaseTime:
    """The time between a customer's purchases, and the window proposed from it.

    - `window_days`: proposed.
    - `gap_median`, `gap_80`: days between purchases that half, four in five of the gaps do not
      exceed, each customer counting once; None where nobody bought twice.
    - `repeaters`: customers with a gap at all; `customers`: all.
    - `span_days`: the length of the record.
    - `limited_by`: why the proposal is not `gap_80` itself: "record" (it is a third of it),
      "week" (the minimum), or "".
    - `gaps`: the distribution.
        - `days` : a gap
        - `share` : of gaps that are no longer (0 to 1)
    """

    window_days: int
    gap_median: float | None
    gap_80: float | None
    repeaters: int
    customers: int
    span_days: int
    limited_by: Literal["", "record", "week"]
    gaps: pd.DataFrame


def propose_window(
    transactions: pd.DataFrame, until: str | None = None
) -> InterpurchaseTime:
    """A silence that four in five of the customers' usual gaps are shorter than.

    Each customer with two purchase days or more counts once, however many gaps they have, so that
    the frequent do not decide for all. Whole weeks from four weeks on; not more than a third of the
    record, not less than a week.

    Parameters
    ----------
    transactions
        Order lines: customer, date; quantity and amount tell returns.
    until
        The last day of the record (ISO); None: the last line's.

    Returns
    -------
    InterpurchaseTime
        `.window_days`, what it was chosen from (`.gap_median`, `.gap_80`: days), and the `.gaps`.

    Raises
    ------
    AnalysisError
        A role is missing; `churn.dates_are_text`, `customers.no_purchases`.

    Examples
    --------
    >>> days = pd.to_timedelta([0, 10, 20, 30, 40, 50, 60, 70, 200], unit="D")
    >>> lines = pd.DataFrame({"customer": list("AAAAAAAAB")})
    >>> lines["date"] = pd.Timestamp("2024-01-01") + days
    >>> proposed = propose_window(lines)
    >>> proposed.window_days, proposed.gap_median, proposed.repeaters
    (10, 10.0, 1)
    """
    return interpurchase_time(purchases_of(transactions, until))


def interpurchase_time(purchases: Purchases) -> InterpurchaseTime:
    """The same from purchases."""
    span_days = purchases.span + 1
    maximum = max(_MINIMUM_DAYS, int(span_days * _MAXIMUM_SHARE))
    same = purchases.customer[1:] == purchases.customer[:-1]
    gaps, customer = np.diff(purchases.day)[same], purchases.customer[1:][same]
    if not len(gaps):
        return InterpurchaseTime(
            maximum,
            None,
            None,
            0,
            len(purchases.labels),
            span_days,
            "record",
            pd.DataFrame({"days": [], "share": []}, dtype=float),
        )
    weight = 1.0 / np.bincount(customer)[customer]
    order = np.argsort(gaps, kind="stable")
    gaps, share = gaps[order], np.cumsum(weight[order]) / weight.sum()

    def quantile(level: float) -> float:
        return float(gaps[min(np.searchsorted(share, level - 1e-9), len(gaps) - 1)])

    gap_80 = quantile(_QUANTILE)
    days = int(np.ceil(gap_80 / 7) * 7) if gap_80 >= 28 else int(np.ceil(gap_80))
    limited_by: Literal["", "record", "week"] = ""
    if days > maximum:
        limited_by = "record"
    elif days < _MINIMUM_DAYS:
        limited_by = "week"
    ends = np.append(np.flatnonzero(np.diff(gaps)), len(gaps) - 1)
    return InterpurchaseTime(
        window_days=min(max(days, _MINIMUM_DAYS), maximum),
        gap_median=quantile(0.5),
        gap_80=gap_80,
        repeaters=len(np.unique(customer)),
        customers=len(purchases.labels),
        span_days=span_days,
        limited_by=limited_by,
        gaps=pd.DataFrame({"days": gaps[ends].astype(float), "share": share[ends]}),
    )
