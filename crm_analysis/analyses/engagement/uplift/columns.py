"""Which columns of a table whom a contact changes is learnt from: no outcome is among them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.engagement.arms import Arms
from crm_analysis.analyses.engagement.balance import from_after
from crm_analysis.analyses.engagement.guessing import is_called_outcome
from crm_analysis.analyses.engagement.uplift.options import UpliftOptions
from crm_analysis.errors import AnalysisError

# Columns of cleaned tables that say what came of a contact, whatever else they may be called.
_NEVER = ("responded", "opened", "clicked", "unsubscribed", "churned", "outcome")


def features_of(
    arms: Arms, outcome: np.ndarray, options: UpliftOptions
) -> tuple[list[str], dict[str, str]]:
    """The columns from before; and those that can hardly be, with why."""
    taken = {"customer", options.arm, options.outcome, *options.outcomes, *_NEVER}
    wanted = options.features
    if wanted is None:
        wanted = tuple(name for name in arms.rows.columns if name not in taken)
    for name in wanted:
        column_of(arms, name)
    columns = [name for name in wanted if name not in taken - set(_NEVER)]
    alarms = from_after(arms, columns, [outcome]) if columns else {}
    if options.features is None:
        called = filter(is_called_outcome, columns)
        alarms |= dict.fromkeys(called, "outcome")
    features = [name for name in columns if name not in alarms]
    if not features:
        raise AnalysisError("engagement.no_features")
    return features, alarms


def column_of(arms: Arms, name: str) -> pd.Series:
    """The column of that name; AnalysisError where there is none."""
    if name not in arms.rows.columns:
        raise AnalysisError("engagement.no_column", column=name)
    return arms.rows[name]
