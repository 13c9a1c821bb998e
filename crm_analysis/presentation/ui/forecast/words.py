"""Tables and remarks of the forecast in the reader's words, and a table to be filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.messages import Message
from crm_analysis.presentation.pictures.forecast import series_name
from crm_analysis.presentation.ui import (
    blocks,
    columns,
    language,
    plain,
    workspace,
)
from crm_analysis.presentation.ui.blocks import rounded
from crm_analysis.wording import has

_WHOLE_FROM = 100  # what is counted in hundreds is shown without decimals


def series_names(series: Iterable[Any], segmentation: str = "") -> dict[str, str]:
    """What each series is called.

    Its own name, a word for sums and for lines that name nothing, and a segment as it is called
    where it was saved.
    """
    names = [str(name) for name in series]
    called = {name: series_name(name, language()) for name in names}
    segments = _segment_names(segmentation)
    return called | {name: segments[name] for name in names if name in segments}


def _segment_names(segmentation: str) -> dict[str, str]:
    saved = (
        workspace().saved_one("segmentation", segmentation)
        if segmentation
        else None
    )
    if saved is None:
        return {}
    return {
        str(label): plain(key, **details)
        for label, key, details in saved.payload.get("called", ())
        if has(key)
    } | {str(label): str(name) for label, name in saved.payload.get("named", ())}


def unit(every: str, count: float) -> str:
    """The word for so many periods: the key of `forecast.unit`."""
    return every if count == 1 else f"{every}s"


def with_names(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """A table whose series are called as the reader calls them."""
    if "series" not in frame.columns:
        return frame
    return frame.assign(
        series=frame["series"].astype(str).map(lambda name: names.get(name, name))
    )


def titled(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """A table for a file: columns and series called as the reader calls them."""
    return blocks.titled(with_names(frame, names), "forecast", "planning")


def legible(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for the eye."""
    return rounded(frame, whole_from=_WHOLE_FROM)


def renamed(messages: Iterable[Message], names: Mapping[str, str]) -> list[Message]:
    """Remarks with their series called as the reader calls them."""
    return [Message(key, _with_names(details, names)) for key, details in messages]


def _with_names(
    details: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    series = details.get("series")
    if isinstance(series, str):
        return {**details, "series": names.get(series, series)}
    if isinstance(series, list):
        return {
            **details,
            "series": [names.get(name, name) for name in series],
        }
    return dict(details)


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
    size: dict[str, Any] = {"height": height} if height else {}
    return st.data_editor(  # type: ignore[call-overload]
        table,
        key=key,
        hide_index=True,
        placeholder="",
        num_rows=rows,
        disabled=[name for name in table.columns if name not in editable],
        column_config={**columns("forecast", table), **config},
        alt=alt,
        **size,
    )
