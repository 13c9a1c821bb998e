"""What was known of a customer before, as numbers a linear model takes: standardised, one-hot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from crm_analysis.errors import AnalysisError

_LEVELS, _FEW = 20, 10


@dataclass(frozen=True, eq=False)
class Column:
    """A column as it was learnt: its mean and spread, or its levels (None for numbers)."""

    name: str
    mean: float
    spread: float
    levels: tuple[str, ...] | None

    def numbers(self, table: pd.DataFrame) -> np.ndarray:
        """A matrix of one column, or of one a level; the missing are the mean, or no level."""
        if self.name not in table.columns:
            raise AnalysisError("engagement.no_column", column=self.name)
        if self.levels is None:
            values = _as_numbers(table[self.name])
            values = np.where(np.isnan(values), self.mean, values)
            return ((values - self.mean) / self.spread)[:, None]
        text = table[self.name].astype(str).to_numpy(dtype=object)
        return np.stack([text == level for level in self.levels], axis=1).astype(
            float
        )


@dataclass(frozen=True, eq=False)
class Encoder:
    """The columns a model was made from; `numbers` gives its matrix for any table with them."""

    columns: tuple[Column, ...]

    def numbers(self, table: pd.DataFrame) -> np.ndarray:
        """A row a row of the table, a standardised number a column."""
        if not self.columns:
            return np.zeros((len(table), 1))
        return np.concatenate(
            [column.numbers(table) for column in self.columns], axis=1
        )


def learn_encoding(table: pd.DataFrame, names: Sequence[str]) -> Encoder:
    """How the columns become numbers; a column that never changes is left out.

    >>> table = pd.DataFrame({"web": [0, 1, 0, 1], "plan": ["a"] * 4})
    >>> learn_encoding(table, ["web", "plan"]).numbers(table).ravel().tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """
    columns = (_learn(table[name], name) for name in names)
    return Encoder(tuple(column for column in columns if column is not None))


def _is_number(values: pd.Series) -> bool:
    return (
        types.is_numeric_dtype(values)
        or types.is_bool_dtype(values)
        or types.is_datetime64_any_dtype(values)
    )


def _as_numbers(values: pd.Series) -> np.ndarray:
    if types.is_datetime64_any_dtype(values):
        days = values.to_numpy("datetime64[s]").astype(float) / 86_400
        return np.where(values.isna(), np.nan, days)
    return values.to_numpy(dtype=float, na_value=np.nan)


def _learn(values: pd.Series, name: str) -> Column | None:
    if _is_number(values):
        numbers = _as_numbers(values)
        numbers = numbers[np.isfinite(numbers)]
        spread = float(numbers.std()) if len(numbers) else 0.0
        if spread == 0:
            return None
        return Column(name, float(numbers.mean()), spread, None)
    counts = values.astype(str).value_counts()
    levels = [str(level) for level in counts.index[counts >= _FEW][:_LEVELS]]
    return Column(name, 0.0, 1.0, tuple(levels)) if len(levels) > 1 else None
