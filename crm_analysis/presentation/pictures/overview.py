"""What is loaded, at a glance → figures in the reader's language; each answers one question."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.overview import Attribute, Part
from crm_analysis.presentation import charts
from crm_analysis.wording import Language, has, say, write_number

__all__ = ["by_group", "by_part", "called", "group_name", "level_name", "over_time", "shares"]

_LONG = 40  # letters of a name beside a bar
_ROOM = 1.3  # times the longest bar: its number stands beside it, in a narrow picture too


def called(column: str, language: Language) -> str:
    """What a column is called: its role, or the file's own name."""
    return say(f"roles.{column}", language) if has(f"roles.{column}") else column


def level_name(level: object, language: Language) -> str:
    """A value of a column: yes and no as words, whole numbers without decimals."""
    if pd.isna(level):
        return say("overview.unknown", language)
    if str(level) in ("True", "False"):
        return say("overview.yes" if str(level) == "True" else "overview.no", language)
    text = write_number(level, "number", language) if isinstance(level, float) else str(level)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def group_name(group: pd.Series, language: Language) -> str:
    """What a group of customers has in common: a value, or a range of numbers."""
    low, high = group["low"], group["high"]
    if pd.isna(low) and pd.isna(high):
        return level_name(group["level"], language)
    bounds = {
        name: write_number(float(value), "number", language)
        for name, value in (("low", low), ("high", high))
        if not pd.isna(value)
    }
    return say(
        "overview.range" if len(bounds) == 2 else f"overview.range_{next(iter(bounds))}",
        language,
        **bounds,
    )


def over_time(
    frame: pd.DataFrame, *, x: str, value: str, name: str, language: Language, every: str = "month"
) -> go.Figure:
    """How much there was each month (or day)."""
    figure = charts.lines(
        frame,
        x=x,
        values=[value],
        names=[name],
        x_title=say(f"overview.{every}", language),
        y_title=name,
        points=len(frame) <= 40,
    )
    if every == "month":
        figure.update_xaxes(hoverformat={"en": "%b %Y", "zh": "%Y年%-m月"}[language])
    return figure.update_yaxes(rangemode="tozero")


def by_part(part: Part, language: Language) -> go.Figure:
    """Of what there was how much: a bar a value, with its share."""
    return shares(part.table, "name", language)


def by_group(attribute: Attribute, language: Language) -> go.Figure:
    """How many left of each group."""
    rows = [
        (group_name(group, language), group["rate"]) for _, group in attribute.groups.iterrows()
    ]
    return _bars(rows)


def shares(frame: pd.DataFrame, column: str, language: Language) -> go.Figure:
    """How often each value was given."""
    return _bars(
        [
            (level_name(level, language), share)
            for level, share in zip(frame[column], frame["share"], strict=True)
        ]
    )


def _bars(rows: list[tuple[str, float]]) -> go.Figure:
    frame = pd.DataFrame(rows, columns=["name", "share"])
    figure = charts.bars(
        frame, category="name", values=["share"], names=[""], text=".0%", horizontal=True
    )
    return figure.update_xaxes(
        visible=False,
        range=[min(0.0, float(frame["share"].min())), _ROOM * float(frame["share"].max())],
    ).update_yaxes(type="category")
