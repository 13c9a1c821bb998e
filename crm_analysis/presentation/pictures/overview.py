"""What is loaded, at a glance → figures in the reader's language; each answers one question."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.overview import Attribute, Changes, Part
from crm_analysis.presentation import charts
from crm_analysis.presentation.locales import date_form
from crm_analysis.wording import Language, has, say, say_title, write_number

_LONG = 40  # letters of a name beside a bar
_ROOM = 1.3  # times the longest bar: its number stands beside it, in a narrow picture too
_ROOM_BESIDE = 0.3  # of all that bars to both sides of zero take, for the numbers at their ends
_EDGE = 28  # pixels: what a number may reach over its axis on a phone
_FEW_MONTHS = 4  # each has a mark of its own at the axis


def column_title(column: str, language: Language) -> str:
    """What a column is called: its role, or the file's own name."""
    return say(f"roles.{column}", language) if has(f"roles.{column}") else column


def level_name(level: object, language: Language) -> str:
    """A value of a column: yes and no as words, whole numbers without decimals."""
    if pd.isna(level):
        return say("overview.unknown", language)
    if str(level) in ("True", "False"):
        return say(
            "overview.yes" if str(level) == "True" else "overview.no", language
        )
    text = (
        write_number(level, "number", language)
        if isinstance(level, float)
        else str(level)
    )
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def group_name(group: pd.Series, language: Language) -> str:
    """What a group of customers has in common: a value, or a range of numbers."""
    low, high = group["low"], group["high"]
    if pd.isna(low) and pd.isna(high):
        return level_name(group["level"], language)
    low_text, high_text = (
        write_number(bound, "number", language) for bound in (low, high)
    )
    if pd.isna(low):
        return say("overview.range_high", language, high=high_text)
    if pd.isna(high):
        return say("overview.range_low", language, low=low_text)
    return say("overview.range", language, low=low_text, high=high_text)


def over_time(
    frame: pd.DataFrame,
    *,
    x: str,
    value: str,
    name: str,
    language: Language,
    every: str = "month",
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
        months = date_form(language, "yMMM")
        figure.update_xaxes(hoverformat=months)
        if (
            len(frame) <= _FEW_MONTHS
        ):  # where Plotly would count days or milliseconds
            figure.update_xaxes(tickvals=list(frame[x]), tickformat=months)
    return figure.update_yaxes(rangemode="tozero")


def by_part(part: Part, language: Language) -> go.Figure:
    """Of what there was how much: a bar a value, with its share."""
    return shares(part.table, "name", language)


def by_group(attribute: Attribute, language: Language) -> go.Figure:
    """How many left of each group."""
    return _bars(
        [group_name(group, language) for _, group in attribute.groups.iterrows()],
        attribute.groups["rate"],
    )


def drivers(changes: Changes, language: Language) -> go.Figure:
    """What each driver did of the change of revenue: bars to the right and to the left of zero."""
    table = changes.drivers
    frame = pd.DataFrame(
        {
            "driver": [
                say(f"report.driver.{name}", language) for name in table["driver"]
            ],
            "contribution": table["contribution"].to_numpy(dtype=float),
        }
    )
    figure = charts.bars(
        frame,
        category="driver",
        values=["contribution"],
        names=[""],
        x_title=say_title("overview.column.contribution", language),
        text=None,
        horizontal=True,
    )
    written = [
        write_number(value, "money", language) for value in frame["contribution"]
    ]
    figure.update_traces(text=written, texttemplate="%{text}")
    low = min(float(frame["contribution"].min()), 0.0)
    high = max(float(frame["contribution"].max()), 0.0)
    room = _ROOM_BESIDE * ((high - low) or 1.0)
    # To the left a number must not reach the names; to the right there is the margin.
    figure.update_xaxes(
        range=[low - (2 * room if low else 0.0), high + room],
        showticklabels=False,
        showgrid=False,
    )
    figure.update_layout(margin_r=_EDGE)
    return figure.update_yaxes(type="category")


def shares(frame: pd.DataFrame, column: str, language: Language) -> go.Figure:
    """How often each value was given."""
    return _bars(
        [level_name(level, language) for level in frame[column]], frame["share"]
    )


def _bars(names: list[str], values: pd.Series) -> go.Figure:
    frame = pd.DataFrame({"name": names, "share": values.to_numpy(dtype=float)})
    figure = charts.bars(
        frame,
        category="name",
        values=["share"],
        names=[""],
        text=".0%",
        horizontal=True,
    )
    lowest, highest = (
        min(0.0, float(frame["share"].min())),
        float(frame["share"].max()),
    )
    figure.update_xaxes(visible=False, range=[lowest, _ROOM * highest])
    return figure.update_yaxes(type="category")
