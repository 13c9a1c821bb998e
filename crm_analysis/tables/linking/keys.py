"""Which columns of two tables could be the same key: by their names and by their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from crm_analysis.engine import quoted
from crm_analysis.tables.kinds.gates import ValueProfile
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.reading.store import bring_rows, new_name
from crm_analysis.tables.roles.names import concepts, name_score, normal_name
from crm_analysis.tables.roles.profiles import profile_values, sample_rows

_ID_LIKE = frozenset({"id", "number", "code", "reference"})
_GENERIC = frozenset((
    "id", "number", "code", "name", "serial", "date", "type", "description", "title", "value",
    "status", "group", "level", "?",
))  # fmt: skip
_ID_WORDS = frozenset((
    "id", "ids", "no", "nr", "code", "key", "number", "num", "编号", "号", "编码", "代码",
))  # fmt: skip
# What is measured or dated is no key, however unique it is.
_MEASURES = (
    "quantity",
    "unit_price",
    "amount",
    "date",
    "discount",
    "cost",
    "text",
    "rating",
)


def stem(table: str) -> str:
    """A table's name without folder and endings.

    >>> stem("shop/order_details.csv.gz")
    'order_details'
    """
    name = PurePath(table).name
    return re.sub(r"(?:\.[A-Za-z]{2,5}\d?)+$", "", name) or name


def key_sql(cell: str) -> str:
    """SQL: a key as it is compared, NULL where it is empty.

    Without spaces around and what a spreadsheet does to numbers: "17850.0" and "017850" are
    "17850". Where that makes two keys one ("007" and "7" in a table), the column names no record
    any more, and nothing is linked by it.
    """
    return f"nullif(regexp_replace(trim({cell}), '^(-?)0*(\\d+?)(?:\\.0+)?$', '\\1\\2'), '')"


@dataclass(frozen=True)
class KeyColumn:
    """A column that may be a key.

    What its values look like, how many records have one, how many different ones there are.
    """

    table: str
    name: str
    position: int
    facts: ValueProfile
    filled: int
    distinct: int

    @property
    def unique(self) -> bool:
        """Whether no two records share a value, and nearly all have one."""
        return (
            self.distinct == self.filled
            and self.filled >= 2
            and self.facts.full > 0.95
        )

    @property
    def may_be_key(self) -> bool:
        """Whether the values could name something and the name does not say that they measure."""
        facts = self.facts
        if (
            not self.filled
            or facts.decimal > 0.02
            or facts.date > 0.5
            or facts.clock > 0.5
            or facts.words > 5
            or facts.length > 80
            or facts.money > 0.2
        ):
            return False
        return not any(name_score(role, self.name) >= 0.8 for role in _MEASURES)

    @property
    def has_codes(self) -> bool:
        """Whether it holds codes that would not be in another column by chance."""
        facts = self.facts
        return (
            facts.letters > 0.9
            and facts.length >= 4
            and self.distinct >= 10
            and facts.flag < 0.1
            and facts.words < 2
        )


def name_agreement(left: KeyColumn, right: KeyColumn) -> float:
    """How well two column names agree that they are one key, 0 to 1.

    The right one is a key of its table. A bare "id" on both sides says nothing: each table has its
    own. "id" of a table "customers" is "customer_id" elsewhere.
    """
    left_concepts, right_concepts = (
        set(concepts(left.name)),
        set(concepts(right.name)),
    )
    left_words, right_words = _own_words(left.name), _own_words(right.name)
    if normal_name(left.name) == normal_name(right.name):
        return 0.3 if left_concepts <= _GENERIC and not left_words else 1.0
    left_subject, right_subject = (
        left_concepts - _ID_LIKE,
        right_concepts - _ID_LIKE,
    )
    if left_words and not right_words and right_subject <= {"?"}:
        table_words = re.findall(
            r"\w+", stem(right.table).lower().replace("_", " ")
        )
        table_concepts = set(concepts(stem(right.table))) - {"many"}
        named_alike = _singular(left_words) <= _singular(table_words)
        is_subject = (
            left_subject
            and "?" not in left_subject
            and left_subject <= table_concepts
        )
        if named_alike or is_subject:
            return 0.95
    if left_words and left_words == right_words:
        return 0.9
    if (
        left_subject == right_subject
        and "?" not in left_subject
        and not left_subject <= _GENERIC
    ):
        return 0.85
    is_longer = len(left_words) > len(right_words) > 0
    if is_longer and left_words[-len(right_words) :] == right_words:
        return 0.75
    return 0.0


def _singular(words: Iterable[str]) -> set[str]:
    return {word.removesuffix("s") for word in words}


def _own_words(name: str) -> list[str]:
    """The words of a name but those that only say "id"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.findall(r"[a-z]+|[\u3400-\u9fff]+", spaced.lower())
    return [word for word in words if word not in _ID_WORDS]


class SharedTables:
    """Tables of several engines side by side in one engine, so that their keys can be compared."""

    def __init__(self, tables: Mapping[str, RawTable]) -> None:
        self.tables = tables
        self.engine = next(iter(tables.values())).engine
        self._brought: dict[str, str] = {}

    def key_columns(self, table: str) -> list[KeyColumn]:
        """The columns of a table that may be keys."""
        raw = self.tables[table]
        column_facts = profile_values(raw, sample_rows(raw))
        names = raw.reading.columns
        cells = [key_sql(f"c{position}") for position in range(len(names))]
        counts = ", ".join(
            f"count({cell}), count(DISTINCT {cell})" for cell in cells
        )
        counted = raw.engine.run(f"SELECT {counts} FROM {quoted(raw.store)}")[0]
        columns = [
            KeyColumn(
                table=table,
                name=name,
                position=position,
                facts=column_facts[position],
                filled=counted[2 * position],
                distinct=counted[2 * position + 1],
            )
            for position, name in enumerate(names)
        ]
        return [column for column in columns if column.may_be_key]

    def store(self, table: str) -> str:
        """The name of a table's rows in the shared engine, for SQL; brought there if need be."""
        raw = self.tables[table]
        if raw.engine is self.engine:
            return quoted(raw.store)
        if table not in self._brought:
            name = self._brought[table] = quoted(new_name())
            bring_rows(raw, self.engine, f"CREATE TABLE {name} AS FROM {{}}")
        return self._brought[table]

    def matched(
        self,
        left: str,
        left_positions: list[int],
        right: str,
        right_positions: list[int],
    ) -> tuple[int, int, int, int]:
        """Records of either side with and without a partner.

        Left matched, left unmatched, right matched, right unmatched.
        """
        left_counts = self._records_a_key(left, left_positions)
        right_counts = self._records_a_key(right, right_positions)
        sums = ", ".join(
            f"coalesce(sum({side}.n) FILTER (WHERE {other}.n {condition}), 0)"
            for side, other in (("l", "r"), ("r", "l"))
            for condition in ("IS NOT NULL", "IS NULL")
        )
        counts = self.engine.run(
            f"SELECT {sums} FROM {left_counts} l FULL JOIN {right_counts} r ON l.key = r.key"
        )[0]
        return tuple(map(int, counts))  # type: ignore[return-value]

    def _records_a_key(self, table: str, positions: list[int]) -> str:
        cells = [key_sql(f"c{position}") for position in positions]
        key = cells[0]
        if len(cells) > 1:
            filled = " AND ".join(f"{cell} IS NOT NULL" for cell in cells)
            key = f"CASE WHEN {filled} THEN concat_ws(chr(31), {', '.join(cells)}) END"
        return f"(SELECT {key} AS key, count(*) AS n FROM {self.store(table)} GROUP BY 1)"

    def duplicates(self, table: str, positions: list[int]) -> int:
        """How many values of a key come twice or more."""
        cells = [key_sql(f"c{position}") for position in positions]
        filled = " AND ".join(f"{cell} IS NOT NULL" for cell in cells)
        repeated = (
            f"SELECT 1 FROM {self.store(table)} WHERE {filled}"
            f" GROUP BY {', '.join(cells)} HAVING count(*) > 1"
        )
        return self.engine.run(f"SELECT count(*) FROM ({repeated})")[0][0]

    def close(self) -> None:
        """Drop what was brought in."""
        for name in self._brought.values():
            self.engine.run(f"DROP TABLE IF EXISTS {name}")
        self._brought.clear()
