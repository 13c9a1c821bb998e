"""Tables as they are given: headings that stand once, names, and figures that can be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

# No sum of money is larger, and nothing that is counted.
_MOST = 1e15


def check_table(table: pd.DataFrame, *columns: str) -> None:
    """Raise an AnalysisError where a heading stands twice, or a column is missing.

    "strategy.repeated_columns" (columns), "data.missing_role" (role).
    """
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        names = sorted(twice.astype(str).unique())
        raise AnalysisError("strategy.repeated_columns", columns=names)
    require(table, *columns)


def check_names(table: pd.DataFrame, *columns: str) -> None:
    """Raise an AnalysisError where a cell that should be a name is a list of several."""
    for column in columns:
        cells = table.get(column)
        # Only among cells of mixed types may there be lists.
        if cells is None or pd.api.types.infer_dtype(cells) != "mixed":
            continue
        if cells.map(lambda cell: isinstance(cell, list | set | dict)).any():
            raise AnalysisError("strategy.lists", column=column)


def check_dates(table: pd.DataFrame, column: str) -> None:
    """Raise an AnalysisError where dates are bare numbers, which may count anything."""
    check_names(table, column)
    cells = table[column]
    if pd.api.types.is_numeric_dtype(cells) and cells.notna().any():
        raise AnalysisError("customers.dates_are_text")


def figures_of(column: pd.Series) -> np.ndarray:
    """A column as numbers: NaN where it is none, infinite where none is counted so far."""
    kind = getattr(column.dtype, "kind", "O")
    if kind in "cmM":  # neither complex numbers nor times are figures
        return np.full(len(column), np.nan)
    numbers = column
    if column.dtype != np.float64:
        numbers = pd.to_numeric(column, errors="coerce")
    if getattr(numbers.dtype, "kind", "O") in "cmM":
        return np.full(len(column), np.nan)
    values = numbers.to_numpy(dtype=float, na_value=np.nan)
    beyond = np.abs(values) > _MOST
    if beyond.any():
        values = np.where(beyond, np.copysign(np.inf, values), values)
    return values


def no_figures(column: pd.Series) -> int:
    """How many cells say something that is no number."""
    unread = np.isnan(figures_of(column)) & column.notna().to_numpy()
    if not unread.any():
        return 0
    return int(column[unread].astype(str).str.strip().ne("").sum())


def check_finite(table: pd.DataFrame, *columns: str) -> None:
    """Raise an AnalysisError where a figure is infinite."""
    for column in columns:
        if column not in table.columns:
            continue
        count = int(np.isinf(figures_of(table[column])).sum())
        if count:
            raise AnalysisError(
                "strategy.infinite_figure", column=column, count=count
            )


def check_figures(table: pd.DataFrame, *columns: str) -> None:
    """Raise an AnalysisError where a column that is reckoned with holds something else."""
    for column in columns:
        if column not in table.columns:
            continue
        count = no_figures(table[column])
        if count:
            raise AnalysisError("strategy.no_figure", column=column, count=count)


def check_shares(table: pd.DataFrame, column: str) -> None:
    """Raise an AnalysisError where a probability is below 0 or above 1."""
    check_figures(table, column)
    if column in table.columns and not are_shares(table[column]):
        raise AnalysisError("strategy.no_probability", column=column)


def are_shares(column: pd.Series) -> bool:
    """Whether a column holds numbers from 0 to 1 and nothing else; cells may be empty."""
    values = figures_of(column)
    return not (((values < 0) | (values > 1)).any() or no_figures(column))
