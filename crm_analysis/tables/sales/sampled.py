"""What is looked at to tell the sales of a table: a sample of its rows, and what roles it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class SampledTable:
    """A sample of the rows of a table, as text, under its own headings' positions."""

    headings: Sequence[str]
    rows: pd.DataFrame
    roles: Mapping[str, str]

    def cells(self, position: int) -> pd.Series:
        """The cells of a column without spaces around, '' where blank."""
        return self.rows.iloc[:, position].fillna("").astype(str).str.strip()

    def is_filled(self, position: int, row: Hashable) -> bool:
        """Whether one cell has more than blanks."""
        cell = self.rows.iloc[:, position].at[row]
        return not pd.isna(cell) and str(cell).strip() != ""

    def words(self, position: int) -> Counter[str]:
        """How often a column has each of its texts, without the blanks."""
        # Not by value_counts, which takes as long for few cells as for many.
        cells = self.rows.iloc[:, position].to_numpy(object)
        words = Counter(map(str.strip, map(str, cells[~pd.isna(cells)].tolist())))
        del words[""]
        return words

    def filled(self, position: int, rows: pd.Index) -> pd.Series:
        """Which of some rows have more than blanks in a column."""
        cells = self.rows.iloc[:, position].loc[rows].fillna("")
        return cells.astype(str).str.strip() != ""

    def position(self, role: str) -> int | None:
        """Where the column of a role stands."""
        positions = {heading: nth for nth, heading in enumerate(self.headings)}
        return positions.get(self.roles.get(role, ""))
