"""The data-quality section: problems found, in words, and every column at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from crm_analysis.presentation.ui.blocks import answer, downloads, show_table
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import column_name, language, plain, say
from crm_analysis.tables.quality import describe_quality
from crm_analysis.wording import has, write_number
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


def draw(saved: SavedTable) -> None:
    """Problems in words, the serious ones first, then a row a column."""
    found = run(describe_quality, Answer(saved, saved.fingerprint)).value
    own = int((~found.columns["computed"].astype(bool)).sum())
    if found.problems:
        answer("quality.found", count=len(found.problems), columns=own)
    else:
        answer("quality.good", columns=own)
    for problem in found.problems:
        st.markdown(
            f"{_ICONS[problem.severity]} {say(problem.key, **_named(problem.details))} :gray[({say(f'quality.severity.{problem.severity}')})]"
        )
    frame = found.columns[[name for name in _SHOWN if name in found.columns]].dropna(
        axis=1, how="all"
    )
    shown = frame.assign(
        column=[
            plain("quality.computed", name=column_name(name)) if computed else column_name(name)
            for name, computed in zip(frame["column"], found.columns["computed"], strict=True)
        ],
        **{
            name: [str(day)[:10] if isinstance(day, str) else None for day in frame[name]]
            for name in ("first", "last")
            if name in frame.columns
        },
        **{
            name: [
                _listed(_plain(values, kind in _NUMBERS))
                for values, kind in zip(frame[name], frame["type"], strict=True)
            ]
            for name in ("top", "examples")
            if name in frame.columns
        },
        **{
            name: [
                _figure(value, least, greatest)
                for value, least, greatest in zip(
                    frame[name], frame["min"], frame["max"], strict=True
                )
            ]
            for name in ("min", "max", "mean", "median")
            if name in frame.columns
        },
        type=[plain(f"quality.type.{kind}") for kind in frame["type"]],
        role=[
            plain(f"roles.{role}") if isinstance(role, str) and has(f"roles.{role}") else ""
            for role in frame["role"]
        ],
    )
    show_table(
        "quality",
        shown,
        key="quality_columns",
        styles={"missing_share": "percent", "bins": "bars"},
        height=min(640, 40 + 36 * len(shown)),
    )
    downloads("quality", frame.drop(columns="bins", errors="ignore"), key="quality_file")


def _named(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a problem with its column called as the reader knows it."""
    return {
        name: column_name(value) if name == "column" else value for name, value in details.items()
    }


def _listed(values: Any) -> str:
    """A few values as one text; the commonest come with their counts."""
    if not isinstance(values, list | tuple):
        return "" if values is None or values != values else str(values)
    return " · ".join(
        f"{_short(one[0])} ({one[1]:,})" if isinstance(one, list | tuple) else _short(one)
        for one in values
    )


def _figure(value: Any, least: Any, greatest: Any) -> str | None:
    """A number as it is written; years without a comma."""
    if value is None or value != value:
        return None
    years = (
        1900 <= least <= greatest <= 2100
        and float(least).is_integer()
        and float(greatest).is_integer()
    )
    return (
        f"{float(value):.4g}"
        if years
        else write_number(
            float(value), "number" if abs(value) >= 100 else "number2", language()
        ).removesuffix(".00")
    )


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).removesuffix(" 00:00:00")


def _plain(values: Any, numbers: bool) -> Any:
    """The database writes every number with decimals; a whole one is shown without."""
    if not numbers or not isinstance(values, list | tuple):
        return values
    return [
        (one[0].removesuffix(".0"), *one[1:])
        if isinstance(one, list | tuple)
        else one.removesuffix(".0")
        for one in values
    ]
