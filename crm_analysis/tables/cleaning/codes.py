"""Columns in which few values come again and again, worked out once a value.

TypedRows by their words, texts stored as codes of them.

A column of codes is written in a fraction of the time and takes a fraction of the room. What is
asked of the table shows it as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.plan import ColumnReading, relation

_TEXTS = ("text", "id", "category")


@dataclass
class TypedRows:
    """What the typed table is made from.

    `rows` to select from, SQL over them for columns that are typed already (`values`), and for
    codes of texts.
    """

    rows: str
    values: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def value(self, column: ColumnReading) -> str:
        """The typed cells of a column."""
        return self.values.get(column.name, column.value)


@contextmanager
def typed_rows(draft: Draft, final: bool) -> Iterator[TypedRows]:
    """The raw rows, to make the typed table from till the end.

    Texts are coded where the table is `final`, and none of its cells will be changed.
    """
    coded = draft.raw.coded
    if coded is None:
        yield TypedRows(draft.rows)
        return
    rows = coded.rows
    with ExitStack() as types:
        name = f"{draft.store}_typed"
        made = TypedRows(
            relation(
                f"(SELECT *, _line AS _row FROM {quoted(name)})", draft.columns
            )
        )
        for column, values in _typed_words(draft):
            typed = [
                pa.DictionaryArray.from_arrays(part.indices, values, safe=False)
                for part in rows.column(column.cell).chunks
            ]
            rows = rows.append_column(
                f"v{column.position}",
                pa.chunked_array(typed, pa.dictionary(pa.int16(), values.type)),
            )
            made.values[column.name] = f"v{column.position}"
            if (
                final
                and column.type in _TEXTS
                and len(said := values.drop_null().unique())
            ):
                # Looked up by their number: a cast would seek every cell among the words.
                number = pc.fill_null(
                    pc.index_in(values, said), -1
                ).to_numpy().astype(np.int16) + np.int16(1)
                numbers = [
                    pa.array(number[part.to_numpy()])
                    for part in rows.column(f"e{column.position}").chunks
                ]
                rows = rows.append_column(
                    f"k{column.position}", pa.chunked_array(numbers, pa.int16())
                )
                kind = _code_type(draft, column, said, types)
                made.codes[column.name] = (
                    f"list_extract(enum_range(NULL::{kind})::{kind}[], k{column.position})"
                )
        draft.engine.show(name, rows)
        yield made


def _typed_words(draft: Draft) -> Iterator[tuple[ColumnReading, pa.Array]]:
    """The columns whose words are words_of, with these typed.

    In one query, the shorter columns filled up with nothing.
    """
    words_of = {
        column.cell: words
        for column in draft.columns
        if (words := draft.raw.words(column.position)) is not None
    }
    if not words_of:
        return
    columns = [column for column in draft.columns if column.cell in words_of]
    longest = max(map(len, words_of.values()))
    given = {
        cell: pa.concat_arrays([words, pa.nulls(longest - len(words), pa.string())])
        for cell, words in words_of.items()
    }
    typed = draft.engine.over(
        given,
        f"SELECT {', '.join(column.value for column in columns)} FROM {relation('given', columns)}",
    )
    for column, values in zip(columns, typed.columns, strict=True):
        yield (
            column,
            values.slice(0, len(words_of[column.cell])).combine_chunks(),
        )


def _code_type(
    draft: Draft, column: ColumnReading, words: pa.Array, types: ExitStack
) -> str:
    """The type of the codes of a column's texts, which lasts as long as `types`."""
    name = draft.engine.temporary(f"{draft.store}_code_{column.position}", 0)
    # Neither needs the tables in memory: to show a wide one costs more than the type.
    with draft.engine.cursor("") as cursor:
        cursor.register("words", pa.table({"word": words}))
        cursor.execute(f"CREATE TYPE {name} AS ENUM (FROM words)")
    types.callback(_drop_type, draft, name)
    return name


def _drop_type(draft: Draft, name: str) -> None:
    with draft.engine.cursor("") as cursor:
        cursor.execute(f"DROP TYPE {name}")
