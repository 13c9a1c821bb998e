"""Tables of this page: sets of products as text, each measure with its formula behind its title."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.presentation.pictures.baskets import joined
from crm_analysis.presentation.ui import (
    downloads,
    key_of_rows,
    plain,
    say,
    widget_key,
)
from crm_analysis.wording import has

_SHOWN_ROWS = 10_000
# What is read first stands first on the screen; files have the order of the analysis.
_FIRST = (
    *(
        "antecedent",
        "consequent",
        "items",
        "product",
        "then",
        "item_a",
        "item_b",
    ),
    *(
        "highest",
        "highest_confidence",
        "lowest",
        "lowest_confidence",
        "at_stake",
        "revenue",
    ),
    *(
        "confidence",
        "usual",
        "lift",
        "support",
        "count",
        "expected",
        "expected_equal_size",
        "missing_count",
    ),
    *("customers", "gap_median", "short_baskets", "missing"),
)
_REORDERED = {
    "antecedent",
    "then",
    "item_a",
    "at_stake",
}  # tables with one of these
_COLUMNS_OF_FORMAT = {
    "percent": (
        *(
            "support",
            "antecedent_support",
            "consequent_support",
            "support_a",
            "support_b",
        ),
        *(
            "confidence",
            "confidence_low",
            "confidence_high",
            "mean_confidence",
        ),
        *(
            "highest_confidence",
            "lowest_confidence",
            "spread",
            "leverage",
            "usual",
        ),
        *("hit_rate", "hit_rate_low", "hit_rate_high", "line_share"),
        *("p", "p_joint", "p_a", "p_b", "difference"),
    ),
    "%.2f": ("lift", "conviction", "zhang", "score"),
    "%.3f": ("jaccard", "kulczynski", "ndcg"),
    "%.1f": (
        "expected",
        "expected_equal_size",
        "missing_count",
        "chi_square",
        "gap_median",
        "gap_low",
        "gap_high",
    ),
    "%.2g": ("p_value", "p_equal_size", "p_adjusted"),
}
_FORMATS = {
    name: form for form, names in _COLUMNS_OF_FORMAT.items() for name in names
}
_SET_WIDTH = 260  # pixels
_SET_COLUMNS = ("antecedent", "consequent", "items")
_MONEY = ("price", "revenue", "ceiling", "at_stake")


def listing(
    frame: pd.DataFrame,
    name: str,
    *,
    whole: pd.DataFrame | None = None,
    height: int = 420,
    about: str = "measure",
) -> None:
    """The first rows of a table on the screen, and all of it (or of `whole`) as a file.

    `about` names the formulas behind the titles.
    """
    shown, arguments = _prepared(frame, height, about)
    st.dataframe(shown, key=widget_key("baskets", name), **arguments)
    file_of(frame if whole is None else whole, name)


def selected_row(frame: pd.DataFrame, name: str, *, height: int = 420) -> int:
    """The same, and the row a person has selected; the first where there is none."""
    shown, arguments = _prepared(frame, height, "measure")
    event = st.dataframe(
        shown,
        key=key_of_rows(widget_key("baskets", name), shown.iloc[:, :2]),
        on_select="rerun",
        selection_mode="single-row",
        **arguments,
    )
    file_of(frame, name)
    return next(iter(event["selection"]["rows"]), 0)


def file_of(frame: pd.DataFrame, name: str) -> None:
    """The download of a whole table.

    The products of a set have a bar between them, which hardly a name holds.
    """
    downloads(
        name,
        lambda: _with_sets_as_text(frame, " | "),
        key=widget_key("baskets", name, "file"),
    )


def _prepared(
    frame: pd.DataFrame, height: int, about: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    shown = _ordered(frame.head(_SHOWN_ROWS))
    if len(frame) > len(shown):
        st.caption(say("frame.first_rows", shown=len(shown), rows=len(frame)))
    shown = _with_sets_as_text(shown, " + ")
    shown = shown.round({name: 2 for name in _MONEY if name in shown.columns})
    return shown, {
        "hide_index": True,
        "placeholder": "",
        "column_config": {
            name: _column(name, shown[name], about) for name in shown.columns
        },
        "alt": plain("frame.table_alt", rows=len(frame)),
        "height": min(height, 38 + 35 * max(1, len(shown))),
    }


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    if not _REORDERED & set(frame.columns):
        return frame
    front = [name for name in _FIRST if name in frame.columns]
    return frame[[*front, *(name for name in frame.columns if name not in front)]]


def _with_sets_as_text(frame: pd.DataFrame, between: str) -> pd.DataFrame:
    texts = {}
    for name in frame.columns:
        column = frame[name]
        if (
            column.dtype == object
            and len(column)
            and isinstance(column.iloc[0], tuple)
        ):
            texts[name] = [joined(items, between) for items in column]
    return frame.assign(**texts)


def _column(name: str, values: pd.Series, about: str) -> Any:
    title_key = _first_phrase(
        f"baskets.measure.{name}.label",
        f"baskets.column.{name}",
        f"roles.{name}",
    )
    help_key = _first_phrase(
        f"baskets.{about}.{name}.help", f"baskets.measure.{name}.help"
    )
    title = plain(title_key) if title_key else name
    help_text = plain(help_key) if help_key else None
    config = st.column_config
    if pd.api.types.is_bool_dtype(values):
        return config.CheckboxColumn(title, help=help_text)
    if pd.api.types.is_numeric_dtype(values):
        return config.NumberColumn(
            title, help=help_text, format=_FORMATS.get(name, "localized")
        )
    width = _SET_WIDTH if name in _SET_COLUMNS else None
    return config.TextColumn(title, help=help_text, width=width)


def _first_phrase(*keys: str) -> str | None:
    return next((key for key in keys if has(key)), None)
