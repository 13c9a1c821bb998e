"""Several columns of text in a table of comments: a title and a body, the questions of a survey."""

from __future__ import annotations

import dataclasses
import re
import uuid
from typing import TYPE_CHECKING

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.goods import PartedGoods
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.kinds import gates
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.profiles import profile_values, sample_rows

if TYPE_CHECKING:
    import pandas as pd

    from crm_analysis.tables.reading import RawTable

_NAMED, _WRITTEN = 0.4, 0.4  # how well a name and its values must fit a text
_SHORTEST = 8  # characters of a sentence in Chinese
# What the shop wrote, and what is no comment though it is long.
_OTHERS = re.compile(
    r"(?i)repl(?:y|ies)|respon[sd]|url|link|image|photo|回复|答复|解释|链接|图片|晒图"
)
_NO_COMMENT = {"product", "url", "address", "name", "status", "store", "employee"}


def join_texts(goods: PartedGoods, options: CleanOptions) -> PartedGoods:
    """The table with what was written in several columns as one comment, and what to ask.

    They stand below each other, in the order of the file; each stays as a column of its own.
    """
    raw, roles = goods.raw, goods.roles
    text = roles.columns.get("text")
    is_empty = text not in raw.reading.columns or not raw.reading.rows
    if roles.kind != "feedback" or is_empty:
        return goods
    names = raw.reading.columns
    rows = sample_rows(raw)
    candidates = [
        position
        for position, name in enumerate(names)
        if name == text
        or (
            name not in roles.columns.values()
            and _may_be_comment(rows, name, position)
        )
    ]
    # Only these are looked at closely: a survey has hundreds of columns.
    profiles = profile_values(
        raw, rows[[f"c{position}" for position in candidates]]
    )
    columns = [
        position
        for position, values in zip(candidates, profiles, strict=True)
        if names[position] == text or _is_comment(names[position], values)
    ]
    if len(columns) < 2:
        return goods
    chosen = "join" if options.texts == "auto" else options.texts
    details = {
        "columns": [names[position] for position in columns],
        "column": text,
        "option": "texts",
        "choices": ["join", "one"],
        "default": chosen,
    }
    asked = (*goods.questions, Message("cleaning.question.texts", details))
    if chosen == "one":
        return dataclasses.replace(goods, questions=asked)
    joined = _with_joined(raw, columns)
    own = {**roles.columns, "text": joined.reading.columns[-1]}
    roles = dataclasses.replace(roles, columns=own)
    return dataclasses.replace(goods, raw=joined, roles=roles, questions=asked)


def _may_be_comment(rows: pd.DataFrame, name: str, column: int) -> bool:
    """Whether its name says so, or some cell is long enough to be a sentence."""
    if _OTHERS.search(name) or _NO_COMMENT & set(concepts(name)):
        return False
    longest = rows[f"c{column}"].str.len().max()
    return name_score("text", name) >= _NAMED or longest >= _SHORTEST


def _is_comment(name: str, values: gates.ValueProfile) -> bool:
    if not values.filled:
        return False
    return (
        name_score("text", name) >= _NAMED and gates.as_comment(values) >= _WRITTEN
    ) or gates.surely_text(values) > 0


def _with_joined(raw: RawTable, columns: list[int]) -> RawTable:
    names = list(raw.reading.columns)
    store = f"{raw.store}_joined_{uuid.uuid4().hex[:8]}"
    texts = ", ".join(f"nullif(trim(c{position}), '')" for position in columns)
    cells = ", ".join(f"c{position}" for position in range(len(names)))
    raw.engine.run(
        f"CREATE TABLE {quoted(store)} AS SELECT _source, _line, {cells},"
        f" concat_ws(chr(10), {texts}) AS c{len(names)} FROM {quoted(raw.store)}"
        " ORDER BY _source, _line"
    )
    called = " + ".join(names[position] for position in columns)
    reading = dataclasses.replace(raw.reading, columns=(*names, called))
    return dataclasses.replace(
        raw, reading=reading, store=store, tidy=False, coded=None
    )
