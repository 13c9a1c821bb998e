"""Ids of customers as they are compared between tables."""

from __future__ import annotations

import numpy as np
import pandas as pd


def plain_ids(column: pd.Series) -> pd.Series:
    """Ids as text, so that 17, 17.0 and " 17" are one customer."""
    return column.map(_plain_id).astype(object)


def _plain_id(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()
