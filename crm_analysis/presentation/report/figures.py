"""A chart as the Plotly figure that the app would draw of it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation import axes, charts
from crm_analysis.presentation.report.drawing import COLOURS
from crm_analysis.presentation.report.finding import Chart
from crm_analysis.wording import Language, write_number

_NUMBER = 0.2  # of a picture's width, for a number beside a bar
_FONT = "inherit"  # that of the page around it


def figure(chart: Chart, language: Language) -> go.Figure:
    """The figure, without a theme around it; its numbers are written as in the other files."""
    return drawn(chart, language).update_layout(
        colorway=list(COLOURS),
        font={"family": _FONT, "color": "#1F2937", "size": 14},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        template="none",
    )


def drawn(chart: Chart, language: Language) -> go.Figure:
    """The figure as a page shows it, in the page's theme."""
    made = _DRAWN[chart.shape](chart)
    for trace, line in zip(made.data, chart.lines, strict=False):
        written = [
            write_number(value, chart.style, language) for value in line.values
        ]
        trace.update(
            customdata=written,
            hovertemplate="%{customdata}<extra></extra>",
        )
        if chart.shape == "bars":
            trace.update(text=written, texttemplate="%{text}")
    return axes.worded(made, language).update_layout(height=_height(chart))


def _height(chart: Chart) -> int:
    if chart.shape == "lines":
        return 340
    return 90 + (20 + 18 * len(chart.lines)) * len(chart.categories)


def _frame(chart: Chart) -> pd.DataFrame:
    columns: dict[str, object] = {"name": list(chart.categories)}
    for place, line in enumerate(chart.lines):
        columns[f"value{place}"] = pd.Series(line.values, dtype=float)
        if line.low:
            columns[f"low{place}"] = pd.Series(line.low, dtype=float)
            columns[f"high{place}"] = pd.Series(line.high, dtype=float)
    return pd.DataFrame(columns)


def _names(chart: Chart) -> list[str]:
    return [line.name for line in chart.lines]


def _bars(chart: Chart) -> go.Figure:
    return charts.bars(
        _frame(chart),
        category="name",
        values=[f"value{place}" for place in range(len(chart.lines))],
        names=_names(chart),
        x_title=chart.axis,
        text=",.4~r",
        horizontal=True,
    ).update_xaxes(
        range=_room(chart),
        tickformat=".0%" if chart.style.startswith("percent") else None,
    )


def _room(chart: Chart) -> list[float] | None:
    """From where to where bars go, with room for the numbers beside them.

    Plotly has no room for the number of a bar to the left, and prints it on the name; that of the
    longest one to the right it cuts.
    """
    values = [
        value for line in chart.lines for value in line.values if value is not None
    ]
    low, high = min([0.0, *values]), max([0.0, *values])
    room = _NUMBER * (high - low)
    if not room:
        return None
    return [low - room if low < 0 else 0.0, high + room]


def _lines(chart: Chart) -> go.Figure:
    made = charts.lines(
        _frame(chart),
        x="name",
        values=[f"value{place}" for place in range(len(chart.lines))],
        names=_names(chart),
        x_title="",
        y_title=chart.axis,
        points=False,
        tick=".0%" if chart.style.startswith("percent") else None,
    )
    made.update_yaxes(rangemode="tozero")  # as it is drawn in the other files
    return made.update_xaxes(type="category", nticks=8)


def _ranges(chart: Chart) -> go.Figure:
    return charts.ranges(
        _frame(chart),
        category="name",
        value="value0",
        low="low0",
        high="high0",
        x_title=chart.axis,
        tick=".0%" if chart.style.startswith("percent") else ",.3~r",
    )


_DRAWN = {"bars": _bars, "lines": _lines, "ranges": _ranges}
