"""Which columns customers should be compared by when nobody says: no ids, constants, outcomes, free text or repetitions."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

__all__ = ["RFM", "feature_choices", "rfm_columns"]

RFM = ("recency", "frequency", "monetary")
_OUTCOMES = ("churned",)
_ID_NAME = re.compile(
    r"(^|[_\W\d])(id|ids|no|nr|num|number|key|code|index|row|sl|serial|uuid|guid|phone|mobile|zip|postcode|postal)($|[_\W\d])|编号|号码|序号|代码|电话|手机|邮编"
)
_MOST_FEATURES = 40


def feature_choices(customers: pd.DataFrame) -> pd.DataFrame:
    """Each column but the customer: `column`, `kind` (number, date, flag, category, text), `proposed`, and the `reason` it is
    not proposed (id, constant, distinct, missing, outcome, redundant, many, other; "" where it is).
    """
    rows = [
        (str(name), *_judge(customers[name], str(name), len(customers)))
        for name in customers.columns
        if name != "customer"
    ]
    choices = pd.DataFrame(rows, columns=["column", "kind", "reason"])
    wanted = rfm_columns(customers)
    if wanted:
        choices.loc[~choices["column"].isin(wanted) & (choices["reason"] == ""), "reason"] = "other"
    else:
        for name in _redundant(
            customers,
            choices.loc[
                (choices["reason"] == "") & (choices["kind"] == "number"), "column"
            ].tolist(),
        ):
            choices.loc[choices["column"] == name, "reason"] = "redundant"
        left = choices.index[choices["reason"] == ""]
        choices.loc[left[_MOST_FEATURES:], "reason"] = "many"
    choices["proposed"] = choices["reason"] == ""
    return choices[["column", "kind", "proposed", "reason"]]


def rfm_columns(customers: pd.DataFrame) -> list[str]:
    """Recency, frequency and, where there is money, monetary, as numbers; none of them for customers of whom there are no orders."""
    found = [
        name
        for name in RFM
        if name in customers.columns and pd.api.types.is_numeric_dtype(customers[name])
    ]
    return found if found[:2] == [*RFM[:2]] else []


def _judge(column: pd.Series, name: str, rows: int) -> tuple[str, str]:
    """The kind of a column and why it should not be a feature ("" where it may)."""
    known = column.dropna()
    distinct = known.nunique()
    kind = _kind(column, distinct)
    if known.empty or distinct <= 1:
        return kind, "constant"
    if name in _OUTCOMES:
        return kind, "outcome"
    if len(known) < rows / 2:
        return kind, "missing"
    if kind in ("text", "category"):
        if distinct > 20 and (distinct > 0.5 * len(known) or kind == "text"):
            return "text", "id" if distinct > 0.9 * len(known) else "distinct"
        return kind, ""
    if kind == "number" and distinct > 20 and _counts_rows(known, name, distinct):
        return kind, "id"
    return kind, ""


def _kind(column: pd.Series, distinct: int) -> str:
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    if pd.api.types.is_numeric_dtype(column):  # bool too
        return "flag" if distinct <= 2 else "number"
    return "category" if distinct <= 50 else "text"


def _counts_rows(known: pd.Series, name: str, distinct: int) -> bool:
    """Whole numbers, nearly all different, that are named like an id or run on by one: a number of the row, not a quantity."""
    if distinct < 0.9 * len(known):
        return False
    values = known.to_numpy(dtype=float)
    if not np.array_equal(values, np.round(values)):
        return False
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    runs_on = (
        np.median(np.diff(np.sort(values))) == 1
        and distinct == len(known)
        and values.max() - values.min() < 1.05 * len(values)
    )
    return bool(_ID_NAME.search(words)) or bool(runs_on)


def _redundant(customers: pd.DataFrame, names: list[str]) -> list[str]:
    """Columns that say the same as an earlier one (correlation above .995)."""
    if len(names) < 2:
        return []
    part = (
        customers[names]
        if len(customers) <= 20_000
        else customers[names].sample(20_000, random_state=0)
    )
    close = (
        np.triu(np.nan_to_num(np.abs(part.astype(float).clip(-1e100, 1e100).corr().to_numpy())), 1)
        > 0.995
    )
    gone: list[str] = []
    for at in range(1, len(names)):
        if any(close[before, at] and names[before] not in gone for before in range(at)):
            gone.append(names[at])
    return gone
