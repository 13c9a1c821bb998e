"""What came of it, as numbers: a share, an amount, or a ratio of two columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api import types

from crm_analysis.analyses.engagement.estimates import ratio_moments
from crm_analysis.analyses.inference import Moments, moments
from crm_analysis.errors import AnalysisError


@dataclass(frozen=True, eq=False)
class Outcome:
    """An outcome of each unit: `values`, over `base` where it is a ratio; NaN where unknown."""

    name: str
    kind: Literal["share", "mean", "ratio"]
    values: np.ndarray
    base: np.ndarray | None = None

    def of(self, members: np.ndarray) -> Outcome:
        """The outcome of some of the units, those with a known one."""
        known = members & ~np.isnan(self.values)
        if self.base is not None:
            known &= ~np.isnan(self.base)
        base = None if self.base is None else self.base[known]
        return Outcome(self.name, self.kind, self.values[known], base)

    @property
    def moments(self) -> Moments:
        """Their mean, or ratio, and its variance."""
        if self.base is not None:
            return ratio_moments(self.values, self.base)
        return moments(self.values)


def numbers(values: pd.Series, name: str) -> np.ndarray:
    """A column as numbers, yes as 1 and no as 0; an AnalysisError where it holds words."""
    if types.is_bool_dtype(values) or types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    converted = pd.to_numeric(values, errors="coerce")
    if converted.notna().sum() < values.notna().sum():
        raise AnalysisError("engagement.not_numbers", column=name)
    return converted.to_numpy(dtype=float, na_value=np.nan)


def read_outcome(table: pd.DataFrame, name: str) -> Outcome:
    """The outcome of that name; "clicks/sends" is the ratio of two columns.

    >>> table = pd.DataFrame({"clicks": [1, 2], "sends": [2, 2], "bought": [True, False]})
    >>> read_outcome(table, "bought").kind, read_outcome(table, "clicks/sends").kind
    ('share', 'ratio')
    """
    if name in table.columns:
        values = numbers(table[name], name)
        kind: Literal["share", "mean"] = "share" if is_share(values) else "mean"
        return Outcome(name, kind, values)
    top, slash, bottom = name.partition("/")
    for column in (top, bottom) if slash else (name,):
        if column not in table.columns:
            raise AnalysisError("engagement.no_column", column=column)
    return Outcome(
        name, "ratio", numbers(table[top], top), numbers(table[bottom], bottom)
    )


def is_share(values: np.ndarray) -> bool:
    """Whether values are yes and no only."""
    return bool(((values == 0) | (values == 1) | np.isnan(values)).all())


def clustered(outcome: Outcome, cluster: np.ndarray) -> Outcome:
    """The outcome of clusters (households, stores): a ratio of sums, so that they count once."""
    known = ~np.isnan(outcome.values)
    base = np.ones(len(known)) if outcome.base is None else outcome.base
    known &= ~np.isnan(base)
    clusters = int(cluster.max()) + 1 if len(cluster) else 0
    top = np.bincount(cluster[known], outcome.values[known], minlength=clusters)
    bottom = np.bincount(cluster[known], base[known], minlength=clusters)
    return Outcome(outcome.name, "ratio", top, bottom)
