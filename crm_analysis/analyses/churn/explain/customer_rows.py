"""Where the features of a result's customers are, and which model speaks of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.result import Churn


def locate(churn: Churn, customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """For rows of `churn.customers` which model had not seen them, and where their features are.

    The fold of that model and the row in `churn.training`; for those with no known outcome −1,
    which is the model itself, and the row in `churn.table`.
    """
    keys = ["customer"]
    if "cutoff" in customers.columns and "cutoff" in churn.out_of_fold.columns:
        keys.append("cutoff")
    wanted = customers[keys].reset_index(drop=True)
    row = _last_row(churn.out_of_fold, keys, wanted)
    unknown = row < 0
    fold = churn.out_of_fold["fold"].to_numpy()[np.maximum(row, 0)].astype(np.int64)
    fold[unknown] = -1
    if unknown.any():
        row = np.where(unknown, _last_row(churn.table, keys, wanted), row)
    return fold, row


def features_of(churn: Churn, fold: int, row: np.ndarray) -> pd.DataFrame:
    """The prepared features of rows found by `locate`, all of one fold."""
    columns = churn.model.columns
    if fold >= 0:
        return churn.training[columns].iloc[row]
    table = churn.table
    # Ages are counted to the latest date of the whole table, so the rows that hold it come along.
    latest = [
        int(table[name].to_numpy().argmax())
        for name in table.columns
        if pd.api.types.is_datetime64_dtype(table[name]) and table[name].notna().all()
    ]
    prepared = churn.model.prepare(table.iloc[[*row.tolist(), *latest]]).iloc[
        : len(row)
    ]
    for name in columns:  # the categories of the training rows, besides their own
        if isinstance(prepared[name].dtype, pd.CategoricalDtype):
            own, known = (
                prepared[name].cat.categories,
                churn.training[name].cat.categories,
            )
            categories = known.union(own, sort=False)
            prepared = prepared.assign(
                **{name: prepared[name].cat.set_categories(categories)}
            )
    return prepared[columns]


def _last_row(table: pd.DataFrame, keys: list[str], wanted: pd.DataFrame) -> np.ndarray:
    """The last row of a table for each row wanted; −1 where there is none."""
    rows = np.flatnonzero(table["customer"].isin(wanted["customer"]).to_numpy())
    last = table[keys].iloc[rows].assign(_row=rows).drop_duplicates(keys, keep="last")
    matched = wanted.merge(last, on=keys, how="left", validate="many_to_one")
    return matched["_row"].fillna(-1).to_numpy(dtype=np.int64)
