"""Which order lines are purchases by a known customer, and on which days."""

from __future__ import annotations

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
