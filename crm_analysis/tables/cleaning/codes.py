"""Columns in which few values come again and again, worked out once a value: typed by their words, texts stored as codes of them.

A column of codes is written in a fraction of the time and takes a fraction of the room. What is asked of the table shows it as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.plan import Column, relation

__all__ = ["Typed", "typed_rows"]

_TEXTS = ("text", "id", "category")


@dataclass
class Typed:
    """What the typed table is made from: `rows` to select from, SQL over them for columns that are typed already (`values`), and for codes of texts."""

    rows: str
    values: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


@contextmanager
def typed_rows(draft: Draft, final: bool) -> Iterator[Typed]:
    """The raw rows, to make the typed table from till the end; texts are coded where the table is `final`, and none of its cells will be changed."""
    coded = draft.raw.coded
    if coded is None:
        yield Typed(draft.rows)
        return
    rows = coded.rows
    with ExitStack() as types:
        found = Typed("")
        for one in draft.columns:
            words = draft.raw.words(one.position)
            if words is None:
                continue
            if one.type not in _TEXTS:
                values = draft.engine.over({one.cell: words}, f"SELECT {one.value} FROM {relation('given', [one])}").column(0).combine_chunks()
                typed = [values.take(part.indices) for part in rows.column(one.cell).chunks]
                rows = rows.append_column(f"v{one.position}", pa.chunked_array(typed, values.type))
                found.values[one.name] = f"v{one.position}"
            elif final and (code := _code(draft, one, words, types)):
                found.codes[one.name] = code
        name = f"{draft.store}_typed"
        draft.engine.show(name, rows)
        found.rows = relation(f"(SELECT *, _line AS _row FROM {quoted(name)})", [one for one in draft.columns if one.name not in found.values])
        yield found


def _code(draft: Draft, column: Column, words: pa.Array, types: ExitStack) -> str | None:
    """SQL for the codes of a column of texts, of a type that lasts as long as `types`."""
    told = draft.engine.over({column.cell: words}, f"SELECT {column.value} AS word, {column.cell} AS cell FROM given")
    said = told.column("word").drop_null().unique()
    if not len(said):
        return None
    name = draft.engine.passing(f"{draft.store}_code_{column.position}", 0)
    with draft.engine.cursor() as cursor:
        cursor.register("words", pa.table({"word": said}))
        cursor.execute(f"CREATE TYPE {name} AS ENUM (FROM words)")
    types.callback(draft.engine.run, f"DROP TYPE {name}")
    return f"({column.cell if told.column('word').equals(told.column('cell')) else column.value})::{name}"
