"""Where the features of a result's customers are, and which model speaks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from crm_analysis.analyses.churn.result import Churn

__all__ = ["features_at", "locate"]


def locate(churn: Churn, customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """For rows of `churn.customers` the fold of the model that had not seen them and their row in `churn.training`; for those with no known outcome
    −1, the model itself, and their row in `churn.table`.
    """
    keys = (
        ["customer", "cutoff"]
        if "cutoff" in customers.columns and "cutoff" in churn.out_of_fold.columns
        else ["customer"]
    )
    wanted = customers[keys].reset_index(drop=True)
    learnt = _last(churn.out_of_fold, keys, wanted)
    fold = np.where(
        learnt >= 0, churn.out_of_fold["fold"].to_numpy()[np.maximum(learnt, 0)], -1
    ).astype(np.int64)
    return fold, learnt if (learnt >= 0).all() else np.where(
        learnt >= 0, learnt, _last(churn.table, keys, wanted)
    )


def features_at(churn: Churn, fold: int, place: np.ndarray) -> pd.DataFrame:
    """The prepared features of rows found by `locate`, all of one fold."""
    names = [one.name for one in churn.model.features]
    if fold >= 0:
        return churn.training[names].iloc[place]
    rows = churn.table
    # Ages are counted to the latest date of the whole table, so the rows that hold it come along.
    latest = [
        int(rows[name].to_numpy().argmax())
        for name in rows.columns
        if pd.api.types.is_datetime64_dtype(rows[name]) and rows[name].notna().all()
    ]
    prepared = churn.model.prepare(rows.iloc[[*place.tolist(), *latest]]).iloc[: len(place)]
    for name in names:  # the levels of the training rows, besides their own
        if isinstance(prepared[name].dtype, pd.CategoricalDtype):
            every = churn.training[name].cat.categories.union(
                prepared[name].cat.categories, sort=False
            )
            prepared = prepared.assign(**{name: prepared[name].cat.set_categories(every)})
    return prepared[names]


def _last(table: pd.DataFrame, keys: list[str], wanted: pd.DataFrame) -> np.ndarray:
    """The last row of a table for each row wanted; −1 where there is none."""
    some = np.flatnonzero(table["customer"].isin(wanted["customer"]).to_numpy())
    known = table[keys].iloc[some].assign(_place=some).drop_duplicates(keys, keep="last")
    return (
        wanted.merge(known, on=keys, how="left", validate="many_to_one")["_place"]
        .fillna(-1)
        .to_numpy(dtype=np.int64)
    )
