"""How each file was read, to be changed with its effect at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.engine import quoted
from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.blocks import notes
from crm_analysis.presentation.ui.data.remaking import raw_of, remake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import plain, say
from crm_analysis.tables.reading import RawTable

_PREVIEW_ROWS = 12
_ENCODINGS = (
    "utf-8",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_kr",
    "cp874",
    "cp1252",
    "cp1250",
    "cp1251",
    "utf-16",
)
_LAYOUTS = ("delimited", "fixed", "baskets")
_DELIMITERS = (",", ";", "\t", "|", " ")
_QUOTES = ('"', "'", "")
_SIGNS = {
    "\t": "tab",
    " ": "space",
    "": "none",
    ",": "comma",
    ";": "semicolon",
    "|": "bar",
    '"': "double",
    "'": "single",
}

# What may have been decided wrongly: it stands by the rows that show whether it was.
_UNSURE = ("reading.note_encoding_unsure", "reading.note_delimiter_unsure")


def draw_reading(plan: Plan) -> None:
    """What was decided about each file and the first rows as they were read."""
    number = _choose_file(plan)
    options = plan.read[number]
    alone = dataclasses.replace(
        plan, files=(plan.files[number],), read=(options,), how="alone"
    )
    raw = raw_of(alone).value
    reading = raw.reading
    st.markdown(
        say(
            "data.read_as",
            format=reading.format,
            rows=reading.rows,
            columns=len(reading.columns),
            records=reading.records,
        )
    )
    notes([note for note in reading.notes if note.key not in _UNSURE])
    offered: dict[
        str, tuple[Any, Sequence[Any]]
    ] = {}  # what was decided, what else there is
    if reading.sheets:
        offered["sheet"] = (reading.sheet, reading.sheets)
    else:
        encodings = list(dict.fromkeys([*reading.encodings, *_ENCODINGS]))
        offered["encoding"] = (reading.encoding, encodings)
        offered["layout"] = (reading.layout, _LAYOUTS)
        if reading.layout != "fixed":
            offered["delimiter"] = (reading.delimiter, _DELIMITERS)
            offered["quote"] = (reading.quote, _QUOTES)
    offered["header_rows"] = (len(reading.header), range(6))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = {
            name: _choose(name, getattr(options, name), decided, others, number)
            for name, (decided, others) in offered.items()
        }
    for note in reading.notes:
        if note.key in _UNSURE:
            st.warning(say(note.key, **note.details), icon=":material/help:")
    st.dataframe(
        _preview(raw),
        hide_index=True,
        key=widget_key("data", "preview"),
        alt=plain("data.preview"),
    )
    changed = options.replace(**chosen)
    if changed != options:
        read = list(plan.read)
        read[number] = changed
        remake(plan, read=tuple(read), roles=None)


def _choose_file(plan: Plan) -> int:
    names = [file.name for file in plan.files]
    if len(names) == 1:
        return 0
    return st.selectbox(
        say("data.file"),
        range(len(names)),
        format_func=names.__getitem__,
        key=widget_key("data", "file"),
    )


def _choose(
    name: str, chosen: Any, decided: Any, others: Sequence[Any], number: int
) -> Any:
    """A select box whose first choice is what was decided from the file."""
    choices = [None, *others]
    if chosen not in choices:
        choices.insert(1, chosen)
    texts = {value: _text(name, value) for value in choices if value is not None}
    texts[None] = plain("data.decided", value=_text(name, decided))
    return st.selectbox(
        say(f"data.{name}"),
        choices,
        index=choices.index(chosen),
        format_func=texts.__getitem__,
        key=widget_key("data", name, number),
        width=220,
    )


def _text(name: str, value: Any) -> str:
    if name == "layout":
        return plain(f"data.layout_{value}")
    if name not in ("delimiter", "quote"):
        return str(value)
    sign = _SIGNS.get(value or "")
    return plain(f"data.sign_{sign}") if sign else repr(value)


def _preview(raw: RawTable) -> pd.DataFrame | None:
    names = list(raw.reading.columns)
    if not names:
        return None
    # DuckDB knows "A" and "a" as one name, so the names go on afterwards.
    columns = ", ".join(f"c{number}" for number in range(len(names)))
    rows = f"SELECT {columns} FROM {quoted(raw.store)} LIMIT {_PREVIEW_ROWS}"
    return raw.engine.frame(rows).set_axis(names, axis=1)
