"""Tables of the tabs that have columns of their own: shown, edited, filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.presentation.ui import (
    Answer,
    blocks,
    columns,
    downloads,
    key_of_rows,
    rounded,
    run,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import last_chosen, remember
from crm_analysis.presentation.ui.session import language, plain, say

_WHOLE_FROM = 1_000  # columns that reach so far are shown without decimals


def listing(
    part: str,
    frame: pd.DataFrame,
    name: str,
    *,
    styles: Mapping[str, str] | None = None,
    height: int | None = None,
) -> None:
    """A table with its files; `strategy.<part>.column` says what its columns are called."""
    word = f"strategy.{part}"
    show_table(
        word,
        rounded(frame, _WHOLE_FROM),
        key=widget_key("strategy", part, name),
        styles=styles,
        height=height,
    )
    downloads(
        f"{part}_{name}",
        blocks.titled(frame, word),
        key=widget_key("strategy", part, name, "file"),
    )


def by_hand(frame: pd.DataFrame) -> Answer[pd.DataFrame]:
    """A table filled in by hand, known by what is in it."""
    rows = frame.astype(object).to_numpy().tolist()
    return run(_filled_in, [str(name) for name in frame.columns], rows)


def _filled_in(names: Sequence[str], rows: list[list[Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(names))


def edited(
    part: str,
    usual: pd.DataFrame,
    *,
    texts: Sequence[str],
    of: str = "",
) -> pd.DataFrame:
    """A small table as it was filled in, kept in the workspace; `usual` until it is.

    `texts` are its columns of text, the others hold numbers; `of` says which of several it is.
    """
    names = [str(name) for name in usual.columns]
    kept = widget_key("strategy", part, "rows", *filter(None, [of]))
    turn = f"{kept}.turn"
    begun = st.session_state.setdefault(turn, 0)
    stored = last_chosen(kept)
    editor = key_of_rows(f"{kept}.editor.{begun}.{language()}", usual)
    base = f"{editor}.base"
    if editor not in st.session_state or base not in st.session_state:
        # What is being edited stands still below its edits, until the editor is drawn anew.
        is_kept = isinstance(stored, list)
        st.session_state[base] = _table(stored, names, texts) if is_kept else usual
    before = st.session_state[base]
    shown = st.data_editor(
        before,
        key=editor,
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        placeholder="",
        column_config=columns(f"strategy.{part}", before),
        alt=plain("strategy.table.edit"),
    )
    rows = _rows(shown)
    if rows != (_rows(usual) if stored is None else stored):
        remember(kept, rows)
    if last_chosen(kept) is not None and st.button(
        say("strategy.table.back"), key=f"{kept}.back"
    ):
        remember(kept, None)
        st.session_state[turn] = begun + 1
        st.rerun()
    return _table(rows, names, texts)


def _rows(table: pd.DataFrame) -> list[list[Any]]:
    """Rows of plain values; an empty cell is None, a row of nothing but these is none."""
    rows = [
        [None if pd.isna(cell) else _plain(cell) for cell in row]
        for row in table.itertuples(index=False)
    ]
    return [row for row in rows if any(cell is not None for cell in row)]


def _plain(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell.strip() or None
    return float(cell)


def _table(
    rows: list[list[Any]], names: Sequence[str], texts: Sequence[str]
) -> pd.DataFrame:
    fitting = [row for row in rows if len(row) == len(names)]
    table = pd.DataFrame(fitting, columns=list(names))
    return table.assign(
        **{
            name: table[name].astype(object)
            if name in texts
            else pd.to_numeric(table[name], errors="coerce").astype(float)
            for name in names
        }
    )
