"""Tables of this page: sets of products as text, each measure with its formula behind its title, all of it in the download."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.presentation.pictures.baskets import joined
from crm_analysis.presentation.ui.blocks import downloads, key_of_rows
from crm_analysis.presentation.ui.session import plain, say
from crm_analysis.wording import has

_SHOWN_ROWS = 10_000
_FIRST = (  # what is read first stands first on the screen; files keep the order of the analysis
    *("antecedent", "consequent", "items", "product", "then", "item_a", "item_b"),
    *("highest", "highest_confidence", "lowest", "lowest_confidence", "at_stake", "revenue"),
)
_SECOND = (
    "confidence",
    "usual",
    "lift",
    "support",
    "count",
    "expected",
    "missing_count",
    "customers",
    "gap_median",
    "short_baskets",
    "missing",
)
_FORMATS = {
    **dict.fromkeys(
        (
            "support",
            "confidence",
            "confidence_low",
            "confidence_high",
            "antecedent_support",
            "consequent_support",
            "leverage",
        ),
        "percent",
    ),
    **dict.fromkeys(
        (
            "support_a",
            "support_b",
            "mean_confidence",
            "highest_confidence",
            "lowest_confidence",
            "spread",
            "usual",
        ),
        "percent",
    ),
    **dict.fromkeys(("hit_rate", "hit_rate_low", "hit_rate_high"), "percent"),
    **dict.fromkeys(("lift", "conviction", "zhang", "score"), "%.2f"),
    **dict.fromkeys(("jaccard", "kulczynski", "ndcg"), "%.3f"),
    **dict.fromkeys(
        ("expected", "missing_count", "chi_square", "gap_median", "gap_low", "gap_high"), "%.1f"
    ),
    **dict.fromkeys(("p_value", "p_sized", "p_adjusted"), "%.2g"),
}
_SET_WIDTH = 260  # pixels
_MONEY = ("price", "revenue", "ceiling", "at_stake")


def listing(
    frame: pd.DataFrame,
    *,
    key: str,
    height: int = 420,
    select: bool = False,
    about: str = "measure",
) -> list[int]:
    """The first rows of a table on the screen; the rows selected, where `select`. `about` names the formulas behind the titles."""
    shown = _ordered(frame.head(_SHOWN_ROWS))
    if len(frame) > len(shown):
        st.caption(say("frame.first_rows", shown=len(shown), rows=len(frame)))
    written = shown.assign(
        **{name: _written(shown[name], " + ") for name in shown.columns if _sets(shown[name])}
    )
    written = written.assign(
        **{name: written[name].round(2) for name in _MONEY if name in written.columns}
    )
    given: dict[str, Any] = {
        "hide_index": True,
        "placeholder": "",
        "column_config": {name: _column(name, written[name], about) for name in written.columns},
        "alt": plain("frame.table_alt", rows=len(frame)),
        "height": min(height, 38 + 35 * max(1, len(shown))),
        "key": key,
    }
    if not select:
        st.dataframe(written, **given)
        return []
    given["key"] = key_of_rows(key, written.iloc[:, :2])
    event = st.dataframe(written, on_select="rerun", selection_mode="single-row", **given)
    return list(event["selection"]["rows"])


def whole(name: str, frame: pd.DataFrame, *, key: str) -> None:
    """The download of a whole table; the products of a set with a bar between them, which hardly a name holds."""
    downloads(
        name,
        lambda: frame.assign(
            **{
                column: _written(frame[column], " | ")
                for column in frame.columns
                if _sets(frame[column])
            }
        ),
        key=key,
    )


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    if not {"antecedent", "then", "item_a", "at_stake"} & set(frame.columns):
        return frame
    front = [name for name in (*_FIRST, *_SECOND) if name in frame.columns]
    return frame[[*front, *[name for name in frame.columns if name not in front]]]


def _sets(column: pd.Series) -> bool:
    return column.dtype == object and len(column) > 0 and isinstance(column.iloc[0], tuple)


def _written(column: pd.Series, between: str) -> list[str]:
    return [
        joined(items) if between == " + " else between.join(map(str, items)) for items in column
    ]


def _column(name: str, values: pd.Series, about: str) -> Any:
    make = st.column_config
    key = next(
        (
            key
            for key in (f"baskets.measure.{name}.label", f"baskets.column.{name}", f"roles.{name}")
            if has(key)
        ),
        None,
    )
    title = plain(key) if key else name
    note = next(
        (
            note
            for note in (f"baskets.{about}.{name}.help", f"baskets.measure.{name}.help")
            if has(note)
        ),
        None,
    )
    shared: dict[str, Any] = {"help": plain(note) if note else None}
    if pd.api.types.is_bool_dtype(values):
        return make.CheckboxColumn(title, **shared)
    if pd.api.types.is_numeric_dtype(values):
        return make.NumberColumn(title, format=_FORMATS.get(name, "localized"), **shared)
    return make.TextColumn(
        title, width=_SET_WIDTH if name in ("antecedent", "consequent", "items") else None, **shared
    )
