"""Tables as their reader calls things."""

from __future__ import annotations

import pandas as pd

from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui.session import language, plain
from crm_analysis.wording import has

__all__ = ["legible", "named_features", "titled"]

_SHARES = (
    "risk",
    "risk_before",
    "break_even",
    "rate",
    "share",
    "churn_rate",
    "mean_risk",
    "named",
    "caught",
    "false_alarms",
    "precision",
)


def titled(frame: pd.DataFrame, from_orders: bool = False) -> pd.DataFrame:
    """A table for a file: its columns called as the reader calls them.

    They are named now, for the file is written outside the session. `from_orders`: see
    `feature_name`.
    """
    names = {
        name: plain(f"churn.column.{name}")
        if has(f"churn.column.{name}")
        else feature_name(str(name), language(), from_orders)
        for name in frame.columns
    }
    return frame.rename(columns=names)


def legible(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for the eye: risks in whole percents, money of four digits or more without its cents.

    Files keep every digit.
    """
    shown = {}
    for name in frame.columns:
        if pd.api.types.is_float_dtype(frame[name]):
            share = name in _SHARES
            shown[name] = frame[name].round(
                2 if share or float(frame[name].abs().max() or 0.0) < 1000 else 0
            )
    return frame.assign(**shown)


def named_features(features: pd.Series, from_orders: bool) -> list[str]:
    """Columns of a table as the reader calls them."""
    return [feature_name(str(one), language(), from_orders) for one in features]
