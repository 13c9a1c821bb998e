"""The columns of a table of persons that are asked for by name."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from crm_analysis.errors import AnalysisError

PERSON = "customer"  # the column that says whose row it is


def require_columns(table: pd.DataFrame, names: Iterable[str | None]) -> None:
    """AnalysisError("privacy.unknown_column") (name, columns) for the first that is not there.

    What is None was not asked for.
    """
    for name in names:
        if name is not None and name not in table.columns:
            raise AnalysisError(
                "privacy.unknown_column",
                name=str(name),
                columns=[str(column) for column in table.columns],
            )
