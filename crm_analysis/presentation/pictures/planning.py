"""Plans made of a forecast → figures: stock, what if, the start of a new product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.presentation.pictures.forecast import (
    DASHED,
    POINTS_UP_TO,
    QUIET,
    band_of,
    colours_of,
    empty_figure,
    faint,
    line_of,
    measure_name,
    period_title,
)
from crm_analysis.wording import Language, say


def stock(
    projection: pd.DataFrame,
    language: Language,
    *,
    point: float,
    palette: Sequence[str] = (),
) -> go.Figure:
    """Stock at the end of each period with and without the order, each with the middle 80 %."""
    past, expected, *_ = colours_of(palette)
    figure = empty_figure(
        period_title("", language),
        as_title("forecast.picture.stock", language),
    )
    bands = [
        ("without", "without", expected, DASHED),
        ("with_order", "with", past, "solid"),
    ]
    if np.allclose(
        projection["without"],
        projection["with_order"],
        rtol=0.0,
        atol=1e-9,
    ):
        bands = bands[:1]
    dates = projection["date"]
    for name, ends, colour, dash in bands:
        band = band_of(
            dates,
            projection[f"{ends}_lo"],
            projection[f"{ends}_hi"],
            faint(colour, 0.18),
            None,
            legendgroup=name,
        )
        line = line_of(
            dates,
            projection[name],
            say(f"forecast.picture.{name}", language),
            {"color": colour, "width": 3.5, "dash": dash},
            legendgroup=name,
        )
        figure.add_traces([*band, line])
    if point > 0:
        charts.mark(
            figure,
            y=point,
            text=say("forecast.picture.reorder_point", language),
        )
    return figure.update_yaxes(rangemode="tozero")


def scenario(
    periods: pd.DataFrame,
    language: Language,
    *,
    measure: str,
    palette: Sequence[str] = (),
) -> go.Figure:
    """The forecast as it is and as it would be."""
    figure = charts.lines(
        periods,
        x="date",
        values=["before", "after"],
        names=[
            say("forecast.picture.as_forecast", language),
            say("forecast.picture.as_assumed", language),
        ],
        x_title=period_title("", language),
        y_title=measure_name(measure, language),
        points=len(periods) <= POINTS_UP_TO,
    )
    before, after = figure.data
    before.line.update(color=QUIET, dash=DASHED)
    after.line.update(color=colours_of(palette)[1], dash="solid")
    if np.allclose(periods["before"], periods["after"]):
        after.visible = False
    return figure.update_yaxes(rangemode="tozero")


def new_product(
    profile: pd.DataFrame,
    language: Language,
    *,
    every: str,
    measure: str,
    palette: Sequence[str] = (),
) -> go.Figure:
    """How earlier products began: the middle one, and where the middle 80 % lay."""
    colour = colours_of(palette)[1]
    figure = empty_figure(
        say("forecast.picture.age", language, every=every),
        measure_name(measure, language),
    )
    interval = band_of(
        profile["period"],
        profile["lo_80"],
        profile["hi_80"],
        faint(colour, 0.3),
        say("forecast.picture.interval", language, level=0.8),
    )
    median = line_of(
        profile["period"],
        profile["median"],
        say("forecast.picture.median", language),
        {"color": colour, "width": 4},
        mode="lines+markers",
    )
    figure.add_traces([*interval, median])
    figure.update_xaxes(dtick=1 if len(profile) <= 26 else None)
    return figure.update_yaxes(rangemode="tozero")
