"""Which columns of two tables could be the same key: by their names and by their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.roles.names import concepts, name_score, normal_name
from crm_analysis.tables.roles.values import Facts, facts, sample_rows

__all__ = ["Column", "Shelf", "alike", "key_sql", "stem"]

_ID_LIKE = frozenset({"id", "number", "code", "reference"})
_GENERIC = frozenset(
    {
        "id",
        "number",
        "code",
        "name",
        "serial",
        "date",
        "type",
        "description",
        "title",
        "value",
        "status",
        "group",
        "level",
        "?",
    }
)
# What is measured or dated is no key, however unique it is.
_MEASURES = ("quantity", "unit_price", "amount", "date", "discount", "cost", "text", "rating")


def stem(table: str) -> str:
    """A table's name without folder and endings.

    >>> stem("shop/order_details.csv.gz")
    'order_details'
    """
    name = PurePath(table).name
    return re.sub(r"(?:\.[A-Za-z]{2,5}\d?)+$", "", name) or name


def key_sql(cell: str) -> str:
    """SQL: a key as it is compared: without spaces around and what a spreadsheet does to numbers ("17850.0" and "017850" are "17850"); NULL where it is empty.

    Where that makes two keys one ("007" and "7" in a table), the column names no record any more, and nothing is linked by it.
    """
    return f"nullif(regexp_replace(trim({cell}), '^(-?)0*(\\d+?)(?:\\.0+)?$', '\\1\\2'), '')"


@dataclass(frozen=True)
class Column:
    """A column that may be a key: what its values look like, how many records have one, how many different ones there are."""

    table: str
    name: str
    place: int
    facts: Facts
    filled: int
    distinct: int

    @property
    def unique(self) -> bool:
        """Whether no two records share a value, and nearly all have one."""
        return self.distinct == self.filled and self.filled >= 2 and self.facts.full > 0.95

    @property
    def usable(self) -> bool:
        """Whether the values could name something and the column's name does not say that they measure it."""
        one = self.facts
        if (
            not self.filled
            or one.decimal > 0.02
            or one.date > 0.5
            or one.clock > 0.5
            or one.words > 5
            or one.length > 80
            or one.money > 0.2
        ):
            return False
        return not any(name_score(role, self.name) >= 0.8 for role in _MEASURES)


def alike(left: Column, right: Column) -> float:
    """How well two column names agree that they are one key, 0 to 1; the right one is a key of its table.

    A bare "id" on both sides says nothing: each table has its own. "id" of a table "customers" is "customer_id" elsewhere.
    """
    a, b = concepts(left.name), concepts(right.name)
    here, there, table = (
        set(a) - _ID_LIKE,
        set(b) - _ID_LIKE,
        set(concepts(stem(right.table))) - {"many"},
    )
    if normal_name(left.name) == normal_name(right.name):
        return 0.3 if set(a) <= _GENERIC and not _own_words(left.name) else 1.0
    words_left, words_right = _own_words(left.name), _own_words(right.name)
    singular = {
        word.removesuffix("s")
        for word in re.findall(r"\w+", stem(right.table).lower().replace("_", " "))
    }
    if (
        not words_right
        and there <= {"?"}
        and words_left
        and (
            {word.removesuffix("s") for word in words_left} <= singular
            or (here and "?" not in here and here <= table)
        )
    ):
        return 0.95
    if words_left == words_right and words_left:
        return 0.9
    if here and here == there and "?" not in here and not here <= _GENERIC:
        return 0.85
    if (
        words_right
        and words_left[-len(words_right) :] == words_right
        and len(words_left) > len(words_right)
    ):
        return 0.75
    return 0.0


def _own_words(name: str) -> list[str]:
    """The words of a name but those that only say "id"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [
        word
        for word in re.findall(r"[a-z]+|[\u3400-\u9fff]+", spaced.lower())
        if word
        not in (
            "id",
            "ids",
            "no",
            "nr",
            "code",
            "key",
            "number",
            "num",
            "编号",
            "号",
            "编码",
            "代码",
        )
    ]


@dataclass
class Shelf:
    """Tables of several engines with their keys side by side in one engine, so that they can be compared."""

    tables: Mapping[str, RawTable]
    engine: Engine = field(init=False)
    _stores: dict[str, str] = field(init=False, default_factory=dict)
    _made: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.engine = next(iter(self.tables.values())).engine

    def columns(self, table: str) -> list[Column]:
        """The columns of a table that may be keys."""
        raw = self.tables[table]
        seen = facts(raw, sample_rows(raw))
        names = raw.reading.columns
        cells = [key_sql(f"c{place}") for place in range(len(names))]
        counted = raw.engine.run(
            f"SELECT {', '.join(f'count({cell}), count(DISTINCT {cell})' for cell in cells)} FROM {quoted(raw.store)}"
        )[0]
        found = [
            Column(table, name, place, seen[place], counted[2 * place], counted[2 * place + 1])
            for place, name in enumerate(names)
        ]
        return [column for column in found if column.usable]

    def store(self, table: str) -> str:
        """The name of a table's rows in the shared engine; brought there where they are elsewhere."""
        raw = self.tables[table]
        if raw.engine is self.engine:
            return raw.store
        if table not in self._stores:
            name = new_name()
            with raw.engine.cursor() as there, self.engine.cursor() as here:
                here.register(
                    "incoming_rows", there.execute(f"FROM {quoted(raw.store)}").to_arrow_table()
                )
                here.execute(f"CREATE TABLE {quoted(name)} AS FROM incoming_rows")
                here.unregister("incoming_rows")
            self._stores[table] = name
            self._made.append(name)
        return self._stores[table]

    def matched(
        self, left: str, left_places: list[int], right: str, right_places: list[int]
    ) -> tuple[int, int, int, int]:
        """Records of either side with and without a partner: left matched, left unmatched, right matched, right unmatched."""

        def side(table: str, places: list[int]) -> str:
            cells = [key_sql(f"c{place}") for place in places]
            key = (
                cells[0]
                if len(cells) == 1
                else f"CASE WHEN {' AND '.join(f'{cell} IS NOT NULL' for cell in cells)} THEN concat_ws(chr(31), {', '.join(cells)}) END"
            )
            return (
                f"(SELECT {key} AS key, count(*) AS n FROM {quoted(self.store(table))} GROUP BY 1)"
            )

        row = self.engine.run(
            f"SELECT coalesce(sum(l.n) FILTER (WHERE r.n IS NOT NULL), 0), coalesce(sum(l.n) FILTER (WHERE r.n IS NULL), 0), "
            f"coalesce(sum(r.n) FILTER (WHERE l.n IS NOT NULL), 0), coalesce(sum(r.n) FILTER (WHERE l.n IS NULL), 0) "
            f"FROM {side(left, left_places)} l FULL JOIN {side(right, right_places)} r ON l.key = r.key"
        )[0]
        return int(row[0]), int(row[1]), int(row[2]), int(row[3])

    def duplicates(self, table: str, places: list[int]) -> int:
        """How many values of a key come twice or more."""
        cells = ", ".join(key_sql(f"c{place}") for place in places)
        filled = " AND ".join(f"{key_sql(f'c{place}')} IS NOT NULL" for place in places)
        return self.engine.run(
            f"SELECT count(*) FROM (SELECT 1 FROM {quoted(self.store(table))} WHERE {filled} GROUP BY {cells} HAVING count(*) > 1)"
        )[0][0]

    def close(self) -> None:
        """Drop what was brought in."""
        for name in self._made:
            self.engine.run(f"DROP TABLE IF EXISTS {quoted(name)}")
        self._made.clear()
        self._stores.clear()
