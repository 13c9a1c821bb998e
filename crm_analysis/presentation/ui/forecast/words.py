"""Tables and remarks of the forecast as their reader calls things, and a table to be filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.presentation.ui.blocks import columns, rounded
from crm_analysis.presentation.ui.session import plain
from crm_analysis.wording import has

__all__ = ["called", "editor", "legible", "named", "titled", "unit"]


def unit(every: str, count: float) -> str:
    """The word for so many periods: the key of `forecast.unit`."""
    return every if count == 1 else f"{every}s"


def titled(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """A table for a file: columns and series called as the reader calls them (now: the file is written outside the session)."""
    frame = named(frame, names)
    titles = {
        name: next(
            (
                plain(key)
                for key in (f"forecast.column.{name}", f"planning.column.{name}", f"roles.{name}")
                if has(key)
            ),
            str(name),
        )
        for name in frame
    }
    return frame.rename(columns=titles)


def named(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """A table whose series are called as the reader calls them."""
    if "series" not in frame.columns:
        return frame
    return frame.assign(series=frame["series"].astype(str).map(lambda one: names.get(one, one)))


def legible(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for the eye: what is counted in hundreds is shown whole."""
    return rounded(frame, whole_from=100)


def called(details: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The details of a remark with its series called as the reader calls it."""
    given = dict(details)
    if isinstance(given.get("series"), str):
        given["series"] = names.get(given["series"], given["series"])
    elif isinstance(given.get("series"), list):
        given["series"] = [names.get(one, one) for one in given["series"]]
    return given


def editor(
    table: pd.DataFrame,
    *,
    key: str,
    editable: tuple[str, ...],
    alt: str,
    rows: str = "fixed",
    height: int | None = None,
    **config: Any,
) -> pd.DataFrame:
    """A table of which some columns can be changed, its titles in the reader's language."""
    shared: dict[str, Any] = {"height": height} if height else {}
    return st.data_editor(  # type: ignore[call-overload, no-any-return]
        table,
        key=key,
        hide_index=True,
        placeholder="",
        num_rows=rows,
        disabled=[name for name in table.columns if name not in editable],
        column_config={**columns("forecast", table), **config},
        alt=alt,
        **shared,
    )
