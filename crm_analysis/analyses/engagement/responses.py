"""A log of contacts as numbers: who answered, and of what kind the answer is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.engagement.outcomes import numbers
from crm_analysis.errors import AnalysisError

# What counts as an answer, the best first.
ANSWERS = ("responded", "clicked", "opened")


def answered(contacts: pd.DataFrame) -> tuple[np.ndarray, str]:
    """1 where a contact was answered, 0 where not or not known; and the column that says so."""
    for column in ANSWERS:
        if column in contacts.columns and contacts[column].notna().any():
            return np.nan_to_num(numbers(contacts[column], column)), column
    raise AnalysisError("engagement.no_response")
