"""Baskets as a column a product, with yes or no for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from crm_analysis.engine import Engine, literal, quoted
from crm_analysis.tables.reading.bounds import rows_in_bounds
from crm_analysis.tables.reading.cells import kind_of
from crm_analysis.wording import has, texts_of

_MINIMUM_PRODUCTS = 3
_MAXIMUM_OTHERS = 3
_SAMPLE_ROWS = 2000
_UNKNOWN = frozenset(("", "?"))  # beside a yes: no
_MINIMUM_ROWS = 3
# Nobody buys a quarter of what a shop has; of what was asked of a person, a quarter is often so.
_MANY_PRODUCTS, _DENSE = 20, 0.25
# What such a column is of that is no product: an outcome of a customer, a figure of a line.
_OUTCOMES = (
    "churned",
    "responded",
    "outcome",
    "quantity",
    "unit_price",
    "amount",
    "discount",
)


@dataclass(frozen=True)
class OneHot:
    """The positions of the columns that are products, and of the others, and the words for yes.

    `order` is the column that names each record, if one does; `share` the part of the cells that
    say yes.
    """

    columns: tuple[int, ...]
    others: tuple[int, ...]
    order: int | None
    yes: tuple[str, ...]
    share: float

    @property
    def may_be_traits(self) -> bool:
        """Whether so many of many columns say yes as seldom is in one basket."""
        return len(self.columns) >= _MANY_PRODUCTS and self.share > _DENSE

    def names(self, names: Sequence[str]) -> list[str]:
        """What the products are called."""
        return [names[position] for position in self.columns]


def find_one_hot(
    engine: Engine, store: str, names: Sequence[str], asked: bool = False
) -> OneHot | None:
    """The products of a table in which most columns say yes or no; None where it is no such table.

    A table of customers has such columns too: among many others, or named after an outcome.
    """
    table = quoted(store)
    cells = [f"lower(trim(c{position}))" for position in range(len(names))]
    yes, no = _words("yes"), _words("no") | _UNKNOWN
    rows = rows_in_bounds(len(names), _SAMPLE_ROWS)
    values = _values(engine, table, dict(enumerate(cells)), rows)
    columns = _answers(values)
    if not _may_be_products(columns, len(names), asked):
        return None
    others = [position for position in range(len(names)) if position not in columns]
    said = {word for position in columns for word in values[position]} & yes
    both = sum(len(values[position]) > 1 for position in columns)
    if len(said) != 1 or 2 * both < len(columns):
        return None
    if not asked and any(_is_outcome(names[position]) for position in columns):
        return None
    words = ", ".join(map(literal, sorted(said | (no - yes))))
    fitting = " AND ".join(
        f"{cells[position]} IN ({words})" for position in columns
    )
    filled = " + ".join(
        f"({cells[position]} IN ({', '.join(map(literal, said))}))::INTEGER"
        for position in columns
    )
    ((is_so, largest, average),) = engine.run(
        f"SELECT bool_and({fitting}) AND count(*) >= {_MINIMUM_ROWS}, max({filled}),"
        f" avg({filled}) FROM {table}"
    )
    if not is_so or largest < 2:
        return None
    first = engine.run(f"SELECT {', '.join(cells)} FROM {table} LIMIT 1")[0]
    may_name = [
        position
        for position in others
        if kind_of(first[position]) not in ("date", "time")
    ]
    order = next(
        (
            position
            for position in may_name
            if _names_each(engine, table, cells[position])
        ),
        None,
    )
    share = average / len(columns)
    return OneHot(tuple(columns), tuple(others), order, tuple(said), share)


def may_be_one_hot(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the first rows of a table may be baskets so; as a rule they rule it out."""
    values = {
        position: {(row[position] or "").strip(" ").lower() for row in rows}
        for position in range(width)
    }
    return _may_be_products(_answers(values), width, asked=False)


def _answers(values: Mapping[int, set[str]]) -> list[int]:
    """The columns whose cells say yes, in one word, or no."""
    yes, no = _words("yes"), _words("no") | _UNKNOWN
    return [
        position
        for position, own in values.items()
        if own and len(own) <= 3 and own <= yes | no and len(yes & own) <= 1
    ]


def _may_be_products(columns: Sequence[int], width: int, asked: bool) -> bool:
    """Whether enough columns are answers, and few are not."""
    beside = width - len(columns)
    are_few = asked or beside <= min(_MAXIMUM_OTHERS, len(columns))
    return len(columns) >= _MINIMUM_PRODUCTS and are_few


def _values(
    engine: Engine, table: str, cells: Mapping[int, str], rows: int
) -> dict[int, set[str]]:
    """The different cells that columns have in the first rows."""
    first = engine.run(
        f"SELECT {', '.join(cells.values())} FROM {table} LIMIT {rows}"
    )
    columns: Iterable[tuple[str, ...]] = ((),) * len(cells)
    if first:
        columns = zip(*first, strict=True)
    return dict(zip(cells, map(set, columns), strict=True))


def _names_each(engine: Engine, table: str, cell: str) -> bool:
    ((rows, distinct),) = engine.run(
        f"SELECT count(*), count(DISTINCT nullif({cell}, '')) FROM {table}"
    )
    return bool(rows == distinct)


@cache
def _words(answer: str) -> frozenset[str]:
    """What means "yes" or "no", in any language."""
    texts = texts_of(f"roles.{answer}.any").values()
    return frozenset(word.strip() for text in texts for word in text.split("|"))


@cache
def _outcome_words() -> frozenset[str]:
    keys = [f"roles.words.{role}" for role in _OUTCOMES]
    return frozenset(
        word
        for key in keys
        if has(key)
        for text in texts_of(key).values()
        for word in text.split()
    )


def _is_outcome(name: str) -> bool:
    words = _outcome_words()
    pieces = re.findall(
        r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    )
    han = [word for word in words if not word.isascii() and len(word) > 1]
    return bool(words & set(pieces)) or any(word in name for word in han)
