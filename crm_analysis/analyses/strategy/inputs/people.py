"""The table of customers as a plan needs it: a row each, one name for each thing known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.figures import (
    are_shares,
    check_finite,
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.analyses.strategy.inputs.options import ActionOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message


def people_of(
    customers: pd.DataFrame, options: ActionOptions, needs_value: bool
) -> tuple[pd.DataFrame, list[Message]]:
    """A row a customer: customer, and value, basket, risk, contacts, segment, group where known."""
    check_table(customers, "customer")
    groups = [] if options.group is None else [options.group]
    check_names(customers, "customer", options.segment, *groups)
    customers = customers[customers["customer"].notna()].reset_index(drop=True)
    if not len(customers):
        raise AnalysisError("strategy.no_customers")
    repeated = int(customers["customer"].duplicated().sum())
    if repeated:
        raise AnalysisError("strategy.repeated_customers", count=repeated)
    people, notes = _money(customers, options)
    if needs_value and "value" not in people.columns:
        raise AnalysisError("strategy.no_value", column=options.value)
    check_finite(customers, options.contacts)
    if options.contacts in customers.columns:
        people["contacts"] = np.nan_to_num(figures_of(customers[options.contacts]))
    if options.risk in customers.columns:
        risk = customers[options.risk]
        if are_shares(risk):
            people["risk"] = np.nan_to_num(figures_of(risk))
        else:
            details = {"column": options.risk}
            notes.append(Message("strategy.note.no_probability", details))
    if "currency" in customers.columns:
        people["currency"] = customers["currency"].to_numpy()
    if options.group is not None and options.group not in customers.columns:
        raise AnalysisError("strategy.no_group_column")
    for name, given in (("segment", options.segment), ("group", options.group)):
        if given in customers.columns:
            texts = customers[given].astype(object)
            people[name] = texts.where(texts.notna(), None).to_numpy()
    return people, notes


def _money(
    customers: pd.DataFrame, options: ActionOptions
) -> tuple[pd.DataFrame, list[Message]]:
    """What customers are worth and usually order, the median where that is missing."""
    people = customers[["customer"]].copy()
    notes = []
    for name, column in (("value", options.value), ("basket", options.basket)):
        if column not in customers.columns:
            continue
        numbers, missing = _filled(customers[column])
        if numbers is not None:
            people[name] = numbers
            if missing:
                details = {"count": missing, "column": column}
                notes.append(Message("strategy.note.median", details))
    if "value" in people.columns:
        for name in {"value_lo", "value_hi"} & set(customers.columns):
            ends = _filled(customers[name])[0]
            people[name] = people["value"] if ends is None else ends
    return people, notes


def _filled(column: pd.Series) -> tuple[np.ndarray | None, int]:
    """Numbers with the median where they are missing, and how many are; None without any."""
    values = figures_of(column)
    known = np.isfinite(values)
    if not known.any():
        return None, len(values)
    return np.where(known, values, np.median(values[known])), int((~known).sum())
