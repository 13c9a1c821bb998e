"""Days as numbers since 1970-01-01, in the forms that the analyses of value need."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

import numpy as np
import pandas as pd

__all__ = ["Day", "calendar_month", "iso_date"]

Day: TypeAlias = str | dt.date | np.datetime64 | pd.Timestamp


def iso_date(day: int) -> str:
    """A day as text.

    >>> iso_date(30)
    '1970-01-31'
    """
    return str(np.datetime64(day, "D"))


def calendar_month(days: np.ndarray) -> np.ndarray:
    """Calendar months counted from January 1970, which is 0."""
    dates = np.asarray(days, dtype=np.int64).astype("datetime64[D]")
    return dates.astype("datetime64[M]").astype(np.int64)
