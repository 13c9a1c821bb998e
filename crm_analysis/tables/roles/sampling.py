"""What is looked at to understand a table: a sample of its rows and a profile of each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from crm_analysis.engine import quoted
from crm_analysis.tables.kinds import ROLES
from crm_analysis.tables.kinds.gates import ValueProfile
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.profiles import (
    figures_sql,
    profile_values,
    sample_rows,
    tidy_sql,
)

_EXACT_ROWS = 250_000


@dataclass(frozen=True)
class TableSample:
    """A sample of a table's rows, and what the values of each column in it look like."""

    raw: RawTable
    rows: pd.DataFrame
    profiles: tuple[ValueProfile, ...]
    _unique_shares: dict[int, float] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The file's own column names."""
        return tuple(self.raw.reading.columns)

    @cached_property
    def headed(self) -> bool:
        """Whether at least one name says something."""
        says_something = any(set(concepts(name)) - {"?"} for name in self.names)
        return bool(self.raw.reading.header) and says_something

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """The columns that are numbers, as numbers, under their positions."""
        numbers, written_oddly = {}, []
        for position, profile in enumerate(self.profiles):
            if profile.number > 0.8:
                numbers[position] = pd.to_numeric(
                    self.rows[f"c{position}"], errors="coerce"
                )
                if (
                    numbers[position].notna().sum()
                    < 0.98 * profile.number * profile.filled
                ):
                    written_oddly.append(position)
        numbers |= self._numbers_with_marks(written_oddly)
        return pd.DataFrame(numbers, index=None if numbers else self.rows.index)

    def _numbers_with_marks(self, positions: Sequence[int]) -> dict[int, pd.Series]:
        """Numbers written with currency, thousands or a decimal comma."""
        if not positions:
            return {}
        # Each different cell is read once, all columns in one query.
        columns = [pd.factorize(self.rows[f"c{at}"]) for at in positions]
        cells = np.concatenate([different for _, different in columns])
        # without MATERIALIZED every use of a tidied cell would tidy it again
        read = self.raw.engine.over(
            {"v": pa.array(cells, pa.string())},
            f"WITH tidied AS MATERIALIZED (SELECT {tidy_sql('v')} AS t FROM given),"
            f" {figures_sql('tidied')} SELECT x FROM figures",
        )
        values = read.column("x").to_numpy()
        numbers, start = {}, 0
        for position, (codes, different) in zip(positions, columns, strict=True):
            own = np.append(values[start : start + len(different)], np.nan)  # at -1
            numbers[position] = pd.Series(own[codes], name="x")
            start += len(different)
        return numbers

    def unique(self, position: int) -> float:
        """Distinct values a filled cell.

        That of the whole column where the sample found it nearly unique.
        """
        if position not in self._unique_shares:
            share = self.profiles[position].ratio
            if share > 0.9 and self.raw.reading.rows > len(self.rows):
                share = self._unique_in_all(position)
            self._unique_shares[position] = share
        return self._unique_shares[position]

    def _unique_in_all(self, position: int) -> float:
        """Exact over the first rows, so that looking stays cheap.

        The estimate over all errs by some percent.
        """
        run, store = self.raw.engine.run, quoted(self.raw.store)
        cell = f"nullif(trim(c{position}), '')"
        first = run(
            f"SELECT count(DISTINCT {cell}) / greatest(count({cell}), 1)"
            f" FROM (SELECT c{position} FROM {store} LIMIT {_EXACT_ROWS})"
        )[0][0]
        if first <= 0.8:
            return first
        estimate = f"approx_count_distinct({cell}) / greatest(count({cell}), 1)"
        whole = run(f"SELECT {estimate} FROM {store}")[0][0]
        return min(first, 1.0 if whole > 0.8 else whole)

    def repeats(self, positions: list[int]) -> float:
        """Share of sampled rows whose values in these columns together came before."""
        if self.rows.empty:
            return 0.0
        return float(
            self.rows.duplicated([f"c{position}" for position in positions]).mean()
        )


def sample_table(raw: RawTable) -> TableSample:
    """Look at a table: a sample of it and the profiles of its columns."""
    rows = sample_rows(raw)
    return TableSample(raw, rows, tuple(profile_values(raw, rows)))


def best_scores(table: TableSample, roles: tuple[str, ...]) -> dict[str, float]:
    """The best name-and-value score of each role over all columns, whatever the kind."""
    best = dict.fromkeys(roles, 0.0)
    if table.headed:
        for name, profile in zip(table.names, table.profiles, strict=True):
            for role in roles:
                named = name_score(role, name)
                if named:
                    best[role] = max(best[role], named * ROLES[role].fits(profile))
    return best
