"""How columns become numbers that are compared, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import plausible_dates

_BEYOND_SENSE = (
    1e100  # taken as missing, as infinity is: its square is no number any more
)


@dataclass(frozen=True)
class EncodedColumn:
    """One column as numbers: filled, put on a log scale, clipped, centred and spread.

    Of a category, the levels that are a dimension each.
    """

    name: str
    kind: Literal["number", "date", "flag", "category"]
    fill: float = 0.0
    log: bool = False
    low: float = -np.inf
    high: float = np.inf
    centre: float = 0.0
    spread: float = 1.0
    weight: float = 1.0
    levels: tuple[str, ...] = ()
    origin: str = ""  # of a date: the latest, from which its age is counted

    def numbers(self, column: pd.Series) -> np.ndarray:
        """The column as floats in its own units; missing and beyond sense is NaN.

        Dates become days before the latest.
        """
        if self.kind == "date":
            dates = plausible_dates(column)
            age = pd.Timestamp(self.origin) - dates
            return (age / pd.Timedelta(days=1)).to_numpy(dtype=float)
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(
            dtype=float, na_value=np.nan
        )
        return np.where(np.abs(numbers) < _BEYOND_SENSE, numbers, np.nan)

    def scaled(self, column: pd.Series) -> np.ndarray:
        """The column as it is compared."""
        values = np.nan_to_num(self.numbers(column), nan=self.fill)
        if self.log:
            values = logged(values)
        return (
            (np.clip(values, self.low, self.high) - self.centre)
            / self.spread
            * self.weight
        )


@dataclass(frozen=True)
class CustomerEncoding:
    """How a table of customers becomes points, for those it was made from and for new ones."""

    columns: tuple[EncodedColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns used."""
        return tuple(column.name for column in self.columns)

    @property
    def dimensions(self) -> list[tuple[str, str | None]]:
        """A (feature, level) for each dimension of the points; level None for numbers."""
        dimensions: list[tuple[str, str | None]] = []
        for column in self.columns:
            levels = column.levels if column.kind == "category" else (None,)
            dimensions += [(column.name, level) for level in levels]
        return dimensions

    def transform(self, table: pd.DataFrame) -> np.ndarray:
        """The points, a row a customer. AnalysisError where a column is not in the table."""
        for name in self.names:
            if name not in table.columns:
                raise AnalysisError("segments.missing_feature", feature=name)
        points = np.empty((len(table), len(self.dimensions)))
        dimension = 0
        for column in self.columns:
            if column.kind != "category":
                points[:, dimension] = column.scaled(table[column.name])
                dimension += 1
                continue
            texts = levels_of(table[column.name])
            for level in column.levels:
                points[:, dimension] = (texts == level) * column.weight
                dimension += 1
        return points

    def readable(self, table: pd.DataFrame) -> pd.DataFrame:
        """The same columns in their own units, numbers filled in, categories as text.

        Dates become days before the latest.
        """
        readable = {}
        for column in self.columns:
            values = table[column.name]
            if column.kind == "category":
                readable[column.name] = levels_of(values)
            else:
                readable[column.name] = np.nan_to_num(
                    column.numbers(values), nan=column.fill
                )
        return pd.DataFrame(readable, index=table.index)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        columns = [asdict(column) for column in self.columns]
        return {
            "features": [
                {key: _plain(value) for key, value in column.items()}
                for column in columns
            ]
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CustomerEncoding:
        """From `to_dict`'s output."""
        return cls(tuple(_column_from(column) for column in values["features"]))


def _column_from(values: Mapping[str, Any]) -> EncodedColumn:
    low = -np.inf if values["low"] is None else values["low"]
    high = np.inf if values["high"] is None else values["high"]
    return EncodedColumn(
        **{
            **values,
            "low": low,
            "high": high,
            "levels": tuple(values["levels"]),
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return list(value) if isinstance(value, tuple) else value


def levels_of(column: pd.Series) -> np.ndarray:
    """Category values as text; what is missing is the level ''."""
    return (
        column.astype("object")
        .where(column.notna(), "")
        .map(str)
        .to_numpy(dtype=object)
    )


def logged(values: np.ndarray) -> np.ndarray:
    """Numbers on a log scale, of either sign."""
    return np.sign(values) * np.log1p(np.abs(values))
