"""Tables as their reader calls things."""

from __future__ import annotations

import pandas as pd

from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui.session import language, plain
from crm_analysis.wording import has

__all__ = ["named_features", "said", "titled"]


def titled(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for a file: its columns called as the reader calls them (now: the file is written outside the session)."""
    names = {name: plain(f"churn.column.{name}") if has(f"churn.column.{name}") else feature_name(str(name), language()) for name in frame.columns}
    return frame.rename(columns=names)


def said(codes: pd.Series, template: str) -> list[str]:
    """Codes of a result as words."""
    return [plain(template.format(one)) for one in codes]


def named_features(features: pd.Series) -> list[str]:
    """Columns of a table as the reader calls them."""
    return [feature_name(str(one), language()) for one in features]
