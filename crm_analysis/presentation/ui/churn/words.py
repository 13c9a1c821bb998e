"""Tables as their reader calls things, and pictures under what they say."""

from __future__ import annotations

from functools import partial

import pandas as pd

from crm_analysis.presentation.pictures.churn import feature_name, feature_phrases
from crm_analysis.presentation.ui import blocks, language
from crm_analysis.wording import title_of

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
    templates = ("churn.column.{}", *feature_phrases(from_orders))
    return frame.rename(
        columns={
            name: title_of(name, language(), *templates) for name in frame.columns
        }
    )


def legible(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for the eye: risks in whole percents, money of four digits or more without its cents.

    Files keep every digit.
    """
    decimals = {}
    for name in frame.columns[frame.dtypes.map(pd.api.types.is_float_dtype)]:
        is_large = (
            name not in _SHARES and float(frame[name].abs().max() or 0.0) >= 1000
        )
        decimals[name] = 0 if is_large else 2
    return frame.round(decimals)


titled_chart = partial(blocks.titled_chart, "churn")


def named_features(features: pd.Series, from_orders: bool) -> list[str]:
    """Columns of a table as the reader calls them."""
    return [
        feature_name(str(feature), language(), from_orders) for feature in features
    ]
