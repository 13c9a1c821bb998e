"""What a series is made of → figures: trend, season by year, the rest."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.presentation.pictures.forecast import (
    colours_of,
    empty_figure,
    faint,
    measure_name,
    period_name,
    period_title,
)
from crm_analysis.wording import Language

_CYCLES_SHOWN = 5


def decomposition(
    parts: pd.DataFrame, language: Language, *, measure: str
) -> go.Figure:
    """The series and its trend; under them the season and the rest, each on its own axis."""
    from plotly.subplots import make_subplots

    # A season that is none needs no room.
    seasonal = parts["season"].max() - parts["season"].min() > 1e-9
    below = ["season", "remainder"] if seasonal else ["remainder"]
    rows = len(below) + 1
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.06,
        row_heights=[0.5, 0.25, 0.25] if rows == 3 else [0.65, 0.35],
    )
    layout = empty_figure("", "").layout
    figure.update_layout(
        font_size=15,
        margin=layout.margin,
        legend=layout.legend,
        showlegend=True,
    )
    widths = {
        "value": 2.0,
        "trend": 4.0,
        "season": 2.5,
        "remainder": 2.0,
    }
    for name, row in [
        ("value", 1),
        ("trend", 1),
        *zip(below, (2, 3), strict=False),
    ]:
        trace = go.Scatter(
            x=parts["date"],
            y=parts[name],
            name=as_title(f"forecast.part.{name}", language),
            mode="lines",
            line={"width": widths[name]},
            showlegend=row == 1,
            hovertemplate="%{x}: %{y:,.4~r}<extra></extra>",
        )
        figure.add_trace(trace, row=row, col=1)
    titles = [as_title(f"forecast.part.{name}", language) for name in below]
    for row, title in enumerate(
        [measure_name(measure, language), *titles], start=1
    ):
        figure.update_yaxes(
            title_text=title,
            title_font_size=15,
            tickfont_size=13,
            automargin=True,
            tickformat=",.2~f",
            row=row,
            col=1,
        )
    figure.update_xaxes(
        title_text=period_title("", language),
        title_font_size=15,
        row=rows,
        col=1,
    )
    return figure.update_xaxes(tickfont_size=14)


def seasons(
    seasonal: pd.DataFrame,
    language: Language,
    *,
    every: str,
    measure: str,
    palette: Sequence[str] = (),
) -> go.Figure:
    """Each year (week) as a line over the positions in the season: the newest strong."""
    colours = colours_of(palette)
    cycles = list(dict.fromkeys(seasonal["cycle"]))[-_CYCLES_SHOWN:]
    names = {
        position: period_name(int(position), every, language)
        for position in sorted(seasonal["position"].unique())
    }
    figure = empty_figure("", measure_name(measure, language))
    symbols = (
        "circle",
        "diamond",
        "square",
        "triangle-up",
        "cross",
    )
    for age, cycle in enumerate(reversed(cycles)):
        part = seasonal[seasonal["cycle"] == cycle].sort_values("position")
        colour = faint(colours[age % len(colours)], 0.75) if age else colours[0]
        figure.add_trace(
            go.Scatter(
                x=part["position"].map(names),
                y=part["value"],
                name=charts.safe(cycle),
                mode="lines+markers",
                line={"width": 2.5 if age else 4, "color": colour},
                marker={
                    "size": 8,
                    "symbol": symbols[age % len(symbols)],
                },
                hovertemplate="%{x}: %{y:,.4~r}<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(names.values()),
    )
    return figure.update_yaxes(rangemode="tozero")
