"""What is known of who wrote: the group of customers, and whether they have left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.options import FeedbackOptions
from crm_analysis.errors import AnalysisError

_SOUGHT = ("segment", "channel", "product")
_MOST = 20  # groups


def of_writers(
    feedback: pd.DataFrame, customers: pd.DataFrame | None, column: str
) -> pd.Series | None:
    """A column of customers for each comment's writer; None where that is not known."""
    if column in feedback.columns:
        return feedback[column].reset_index(drop=True)
    if (
        customers is None
        or "customer" not in feedback.columns
        or not {"customer", column} <= set(customers.columns)
    ):
        return None
    known = customers.drop_duplicates("customer")
    values = pd.Series(
        known[column].to_numpy(),
        index=known["customer"].astype("string").to_numpy(),
    )
    who = feedback["customer"].astype("string").reset_index(drop=True)
    return who.map(values)


def mix_of(
    feedback: pd.DataFrame, customers: pd.DataFrame | None, options: FeedbackOptions
) -> tuple[str, pd.Series | None, dict[Any, float] | None]:
    """The column that comments are reweighted by, its groups, and their shares of all customers.

    Raises
    ------
    AnalysisError
        "feedback.no_column" where the column asked for is not there.
    """
    names = (options.mix,) if options.mix else _SOUGHT
    for name in names:
        groups = of_writers(feedback, customers, name)
        if groups is not None and (options.mix or 2 <= groups.nunique() <= _MOST):
            weights = None
            if customers is not None and name in customers.columns:
                weights = customers[name].value_counts(normalize=True).to_dict()
            return name, groups, weights
    if options.mix:
        raise AnalysisError("feedback.no_column", column=options.mix)
    return "", None, None


def left(feedback: pd.DataFrame, customers: pd.DataFrame | None) -> np.ndarray:
    """1 where the writer has left, 0 where not, NaN where that is not known."""
    values = of_writers(feedback, customers, "churned")
    if values is None:
        return np.full(len(feedback), np.nan)
    return pd.to_numeric(values, errors="coerce").to_numpy(
        dtype=float, na_value=np.nan
    )
