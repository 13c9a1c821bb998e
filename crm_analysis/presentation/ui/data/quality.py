"""The quality of a table: its problems in words, and every column at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.presentation.ui.blocks import (
    answer,
    downloads,
    show_table,
    titled,
)
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import (
    column_title,
    language,
    name_column,
    plain,
    say,
)
from crm_analysis.tables.quality import describe_quality
from crm_analysis.wording import amount_of, has, write_number
from crm_analysis.workspace import SavedTable

_ICONS = {
    "high": ":red[:material/error:]",
    "medium": ":orange[:material/warning:]",
    "low": ":blue[:material/info:]",
}
_NUMBERS = ("number", "money")
_SHOWN = (
    "column",
    "role",
    "type",
    "missing_share",
    "distinct",
    "min",
    "max",
    "mean",
    "median",
    "first",
    "last",
    "bins",
    "top",
    "examples",
)


_FIGURES = {"high", "low", "max", "min"}  # of the column that a problem is about


def draw(saved: SavedTable) -> None:
    """Problems in words, the serious ones first, then a row a column."""
    quality = run(describe_quality, Answer(saved, saved.fingerprint)).value
    columns = int((~quality.columns["computed"].astype(bool)).sum())
    if quality.problems:
        answer("quality.found", count=len(quality.problems), columns=columns)
    else:
        answer("quality.good", columns=columns)
    for problem in quality.problems:
        text = say(problem.key, **name_column(_in_units(problem.details)))
        severity = say(f"quality.severity.{problem.severity}")
        st.markdown(f"{_ICONS[problem.severity]} {text} :gray[({severity})]")
    names = [name for name in _SHOWN if name in quality.columns]
    frame = quality.columns[names].dropna(axis=1, how="all")
    shown = _written(frame, quality.columns["computed"].astype(bool))
    show_table(
        "quality",
        shown,
        key=widget_key("quality", "columns"),
        styles={"missing_share": "percent", "bins": "bars"},
        height=min(640, 40 + 36 * len(shown)),
    )
    whole = frame.assign(column=shown["column"]).drop(
        columns="bins", errors="ignore"
    )
    downloads(
        "quality", titled(whole, "quality"), key=widget_key("quality", "file")
    )


def _in_units(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a problem, each figure of its column in the column's unit."""
    column = details.get("column")
    figures = {
        name: amount_of(column, details[name], "roles.{}")
        for name in _FIGURES & set(details)
    }
    return {**details, **figures}


def _written(frame: pd.DataFrame, computed: pd.Series) -> pd.DataFrame:
    """A row a column of the table, every cell as its reader writes it."""
    shown = frame.copy()
    for name in {"first", "last"} & set(frame.columns):
        shown[name] = [
            day[:10] if isinstance(day, str) else None for day in frame[name]
        ]
    for name in {"top", "examples"} & set(frame.columns):
        pairs = zip(frame[name], frame["type"], strict=True)
        shown[name] = [_listed(values, kind in _NUMBERS) for values, kind in pairs]
    for name in {"min", "max", "mean", "median"} & set(frame.columns):
        triples = zip(frame[name], frame["min"], frame["max"], strict=True)
        shown[name] = [_figure(*triple) for triple in triples]
    shown["type"] = [plain(f"quality.type.{kind}") for kind in frame["type"]]
    shown["role"] = [
        plain(f"roles.{role}") if has(f"roles.{role}") else ""
        for role in frame["role"]
    ]
    shown["column"] = [
        plain("quality.computed", name=column_title(name))
        if is_computed
        else column_title(name)
        for name, is_computed in zip(frame["column"], computed, strict=True)
    ]
    return shown


def _listed(values: Any, numbers: bool) -> str:
    """A few values as one text; the commonest come with their counts."""
    if not isinstance(values, list | tuple):
        return "" if values is None or values != values else str(values)
    texts = []
    for value in values:
        if isinstance(value, list | tuple):
            texts.append(f"{_short(value[0], numbers)} ({value[1]:,})")
        else:
            texts.append(_short(value, numbers))
    return " · ".join(texts)


def _short(value: Any, number: bool) -> str:
    """A value as it is written. The database gives whole numbers decimals, and days a time."""
    if isinstance(value, float):
        return f"{value:g}"
    if not number:
        return str(value).removesuffix(" 00:00:00")
    try:
        return f"{float(value):.12g}"  # 26.4, where the database says 26.400000000000002
    except ValueError:
        return str(value)


def _figure(value: Any, minimum: Any, maximum: Any) -> str | None:
    """A number as it is written; years without a comma."""
    if value is None or value != value:
        return None
    whole = float(minimum).is_integer() and float(maximum).is_integer()
    if whole and 1900 <= minimum <= maximum <= 2100:
        return f"{float(value):.4g}"
    style = "number" if abs(value) >= 100 else "number2"
    return write_number(float(value), style, language()).removesuffix(".00")
