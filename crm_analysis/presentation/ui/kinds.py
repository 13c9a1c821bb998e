"""Which kinds of tables are loaded, and which pages they are enough for."""

from __future__ import annotations

import streamlit as st

from crm_analysis.presentation import pages
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import workspace

# The columns of tables by fingerprint: asking the database takes longer than drawing a widget.
_KNOWN = widget_key("frame", "columns")


def loaded_kinds() -> list[str]:
    """The kinds of the loaded tables, each once."""
    return list(dict.fromkeys(saved.kind for saved in workspace().tables()))


def loaded(kind: str, *columns: str) -> bool:
    """Whether a table of that kind is loaded and has these columns."""
    return kind in loaded_kinds() and set(columns) <= _columns(kind)


def suits(word: str, kind: str) -> bool:
    """Whether the loaded table of a kind has the columns that a page needs."""
    return pages.page_of(word).works_with(kind, _columns(kind))


def column_of(kind: str, role: str) -> str | None:
    """What a column of that role is called in the loaded table of a kind; None without one."""
    types = workspace().load(kind).types
    names = types.loc[types["role"] == role, "column"]
    return str(names.iloc[0]) if len(names) else None


def fitting() -> list[str]:
    """The pages that the loaded tables have all the columns for."""
    columns = {kind: _columns(kind) for kind in loaded_kinds()}
    return [
        page.word
        for page in pages.PAGES
        if any(page.works_with(kind, columns[kind]) for kind in columns)
    ]


def _columns(kind: str) -> set[str]:
    saved = workspace().load(kind)
    known = st.session_state.setdefault(_KNOWN, {})
    if saved.fingerprint not in known:
        known[saved.fingerprint] = set(saved.expression.columns)
    columns: set[str] = known[saved.fingerprint]
    return columns
