"""What is looked at to understand a table: a sample of its rows, the facts of each column, and what the names say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from crm_analysis.engine import quoted
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.kinds.gates import gate
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.profiles import Facts, facts, number_sql, sample_rows, tidy_sql

__all__ = ["Seen", "best_scores", "look"]

_EXACT_ROWS = 250_000


@dataclass(frozen=True)
class Seen:
    """What was looked at: a sample of the rows, its facts, and whether the names say anything."""

    raw: RawTable
    sample: pd.DataFrame
    facts: tuple[Facts, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The file's own column names."""
        return tuple(self.raw.reading.columns)

    @cached_property
    def headed(self) -> bool:
        """Whether at least one name says something."""
        return bool(self.raw.reading.header) and any(
            set(concepts(name)) - {"?"} for name in self.names
        )

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """The columns that are numbers, as numbers, under their positions."""
        places = [place for place, one in enumerate(self.facts) if one.number > 0.8]
        if not places:
            return pd.DataFrame(index=self.sample.index)
        made = {place: pd.to_numeric(self.sample[f"c{place}"], errors="coerce") for place in places}
        odd = [
            place
            for place in places
            if made[place].notna().sum()
            < 0.98 * self.facts[place].number * self.facts[place].filled
        ]
        return pd.DataFrame(made | self._odd_numbers(odd))

    def _odd_numbers(self, places: list[int]) -> dict[int, pd.Series]:
        """Numbers written with currency, thousands or a decimal comma."""
        if not places:
            return {}
        cells = ", ".join(f"{tidy_sql(f'c{place}')} AS c{place}" for place in places)
        made = ", ".join(f"{number_sql(f'c{place}')} AS c{place}" for place in places)
        with self.raw.engine.cursor() as cursor:
            cursor.register("role_sample", self.sample)
            # without MATERIALIZED every use of a tidied cell would tidy it again
            frame = cursor.execute(
                f"WITH tidied AS MATERIALIZED (SELECT {cells} FROM role_sample) SELECT {made} FROM tidied"
            ).df()
            cursor.unregister("role_sample")
        return {place: frame[f"c{place}"] for place in places}

    @cached_property
    def _unique(self) -> dict[int, float]:
        return {}

    def unique(self, place: int) -> float:
        """Distinct values a filled cell, of the whole column where the sample found it nearly unique."""
        if place not in self._unique:
            share = self.facts[place].ratio
            if share > 0.9 and self.raw.reading.rows > len(self.sample):
                cell = f"nullif(trim(c{place}), '')"
                # exact over the first rows, so that looking stays cheap; the estimate over all errs by some percent
                table = quoted(self.raw.store)
                counted = f"count(DISTINCT {cell}) / greatest(count({cell}), 1)"
                first = self.raw.engine.run(
                    f"SELECT {counted} FROM (SELECT c{place} FROM {table} LIMIT {_EXACT_ROWS})"
                )[0][0]
                whole = (
                    self.raw.engine.run(
                        f"SELECT approx_count_distinct({cell}) / greatest(count({cell}), 1) FROM {table}"
                    )[0][0]
                    if first > 0.8
                    else first
                )
                share = min(first, 1.0 if whole > 0.8 else whole)
            self._unique[place] = share
        return self._unique[place]

    def repeats(self, places: list[int]) -> float:
        """Share of sampled rows whose values in these columns together came before."""
        return (
            float(self.sample.duplicated([f"c{place}" for place in places]).mean())
            if len(self.sample)
            else 0.0
        )


def look(raw: RawTable) -> Seen:
    """Look at a table: the sample and its facts."""
    sample = sample_rows(raw)
    return Seen(raw, sample, tuple(facts(raw, sample)))


def best_scores(seen: Seen, roles: tuple[str, ...]) -> dict[str, float]:
    """The best name-and-value score of each role over all columns, whatever the kind."""
    best = dict.fromkeys(roles, 0.0)
    if seen.headed:
        for place, name in enumerate(seen.names):
            for role in roles:
                named = name_score(role, name)
                best[role] = max(
                    best[role], named * gate(role, seen.facts[place]) if named else 0.0
                )
    return best
