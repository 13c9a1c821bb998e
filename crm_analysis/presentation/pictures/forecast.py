"""Forecasts → figures in the reader's language: what was, what is expected, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from babel.dates import get_month_names

from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.wording import Language, has, say

__all__ = [
    "accuracy",
    "ahead",
    "correlations",
    "decomposition",
    "model_name",
    "newcomer",
    "period_name",
    "reach",
    "residuals",
    "scenario",
    "seasons",
    "stock",
]

_USUAL = ("#0072B2", "#E07B00", "#009E73", "#C2569B", "#3FA7DA", "#B8450F")
_QUIET = "#8A96A5"
_DASHED = "6px,5px"  # short enough for a legend's key to show more than one dash
_ROOM = 3.0  # times the highest figure, above which an interval is cut off


def _colours(palette: Sequence[str]) -> list[str]:
    return list(palette) if len(palette) >= len(_USUAL) else list(_USUAL)


def _faint(colour: str, share: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


def measure_name(measure: str, language: Language) -> str:
    """What is forecast, as the title of an axis."""
    return as_title(f"forecast.measure.{measure or 'value'}", language)


def model_name(model: str, language: Language) -> str:
    """What a model is called, one fitted to logarithms too."""
    base = model.removesuffix("_log")
    name = (
        say(f"forecast.model_short.{base}", language)
        if has(f"forecast.model_short.{base}")
        else base
    )
    return say("forecast.on_logs", language, model=name) if model != base else name


def period_name(position: int, every: str, language: Language, *, wide: bool = False) -> str:
    """A place in the season: a month, a weekday, a quarter, a week."""
    key = f"forecast.position.{every}"
    if every == "month" and wide:
        return str(get_month_names("wide", locale=language)[position])
    if every == "month":
        return say(f"forecast.month_short.{position}", language)
    if every == "day":
        return say(f"forecast.weekday.{position}", language)
    return say(key, language, position=position)


def ahead(
    history: pd.DataFrame,
    future: pd.DataFrame,
    backtest: pd.DataFrame,
    marks: pd.DataFrame,
    language: Language,
    *,
    measure: str,
    every: str = "",
    by_hand: pd.DataFrame | None = None,
    palette: Sequence[str] = (),
) -> go.Figure:
    """What was, what was fitted and foretold at earlier days, and the fan of what is expected.

    `history`: date, value, fitted, mark; `future`: date, value and the intervals; `backtest`: cutoff, date, forecast of the model chosen; `marks`: date, value, text.
    """
    colours = _colours(palette)
    past, expected, tested, odd = colours[0], colours[1], colours[2], colours[5]
    figure = charts.lines(
        history.head(0).assign(x=[]),
        x="x",
        values=[],
        names=[],
        x_title=_period_title(every, language),
        y_title=measure_name(measure, language),
    )
    figure.update_layout(showlegend=True, hovermode="x unified")
    number = (
        ",.3~s"
        if float(
            np.nanmax(np.abs(np.r_[future["hi_95"], history["value"].fillna(0.0)]), initial=0.0)
        )
        >= 1e6
        else ",.4~g"
    )
    _fan(figure, history, future, expected, language)
    _add(
        figure,
        history["date"],
        history["value"],
        say("forecast.picture.history", language),
        past,
        3.5,
        number=number,
    )
    if history["fitted"].notna().any():
        _add(
            figure,
            history["date"],
            history["fitted"],
            say("forecast.picture.fitted", language),
            _QUIET,
            1.5,
            "dot",
            number=number,
        )
    for place, (_, held) in enumerate(backtest.groupby("cutoff", sort=True)):
        name = say("forecast.picture.backtest", language)
        _add(
            figure,
            held["date"],
            held["forecast"],
            name,
            tested,
            2,
            _DASHED,
            legend=place == 0,
            group="backtest",
            number=number,
        )
    joined = pd.concat(
        [history.dropna(subset=["value"]).tail(1)[["date", "value"]], future[["date", "value"]]]
    )
    _add(
        figure,
        joined["date"],
        joined["value"],
        say("forecast.picture.expected", language),
        expected,
        4,
        points=len(future) <= 24,
        number=number,
    )
    if by_hand is not None and len(by_hand):
        figure.add_trace(
            go.Scatter(
                x=by_hand["date"],
                y=by_hand["value"],
                name=say("forecast.picture.by_hand", language),
                mode="markers",
                marker={"size": 15, "symbol": "diamond", "color": colours[3]},
                hovertemplate="%{y:" + number + "}",
            )
        )
    for kind, symbol in (
        ("odd", "circle-open"),
        ("left_out", "x-thin-open"),
        ("gap", "line-ns-open"),
    ):
        part = marks[marks["kind"] == kind]
        if len(part):
            figure.add_trace(
                go.Scatter(
                    x=part["date"],
                    y=part["value"],
                    name=say(f"forecast.picture.{kind}", language),
                    mode="markers",
                    marker={
                        "size": 17,
                        "symbol": symbol,
                        "color": odd,
                        "line": {"width": 3, "color": odd},
                    },
                    text=part["text"].map(charts.safe),
                    hovertemplate="%{text}",
                )
            )
    begin = future["date"].iloc[0]
    charts.mark(figure, x=begin.isoformat(), text="")
    lowest = float(
        np.nanmin(
            np.r_[history["value"].to_numpy(float), future["lo_95"].to_numpy(float)], initial=0.0
        )
    )
    top = reach(history, future)
    if top is not None:
        return figure.update_yaxes(range=[min(1.05 * lowest, 0.0), top])
    return figure.update_yaxes(rangemode="tozero" if lowest >= 0 else "normal")


def _period_title(every: str, language: Language) -> str:
    """What the axis of time counts: "Month"; a date where that is not said."""
    return as_title(f"forecast.every.{every}" if every else "forecast.column.date", language)


def reach(history: pd.DataFrame, future: pd.DataFrame) -> float | None:
    """How high the picture of a forecast goes where its interval would press all else flat; None where the whole interval has room."""
    seen = float(
        np.nanmax(
            np.r_[history["value"].to_numpy(float), future["value"].to_numpy(float)], initial=0.0
        )
    )
    return _ROOM * seen if 0 < 2 * _ROOM * seen < float(future["hi_95"].max()) else None


def _fan(
    figure: go.Figure, history: pd.DataFrame, future: pd.DataFrame, colour: str, language: Language
) -> None:
    last = history.dropna(subset=["value"]).tail(1)
    for level, share in ((95, 0.22), (80, 0.4)):
        low, high = future[f"lo_{level}"].tolist(), future[f"hi_{level}"].tolist()
        dates = [*last["date"], *future["date"]]
        low, high = [*last["value"], *low], [*last["value"], *high]
        shared: dict[str, Any] = {
            "mode": "lines",
            "line": {"width": 0},
            "legendgroup": f"fan{level}",
            "hoverinfo": "skip",
        }
        figure.add_trace(go.Scatter(x=dates, y=high, showlegend=False, **shared))
        name = say("forecast.picture.interval", language, level=level / 100)
        figure.add_trace(
            go.Scatter(
                x=dates, y=low, name=name, fill="tonexty", fillcolor=_faint(colour, share), **shared
            )
        )


def _add(
    figure: go.Figure,
    x: Any,
    y: Any,
    name: str,
    colour: str,
    width: float,
    dash: str = "solid",
    *,
    legend: bool = True,
    group: str | None = None,
    points: bool = False,
    number: str = ",.4~g",
) -> None:
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            name=name,
            mode="lines+markers" if points else "lines",
            line={"width": width, "dash": dash, "color": colour},
            marker={"size": 7},
            legendgroup=group,
            showlegend=legend,
            hovertemplate="%{y:" + number + "}",
        )
    )


def accuracy(scores: pd.DataFrame, language: Language, palette: Sequence[str] = ()) -> go.Figure:
    """How wrong each model was beside the baseline: `scores` has model, mase, chosen, the best first."""
    colours = _colours(palette)
    frame = scores.assign(name=[model_name(model, language) for model in scores["model"]])
    figure = charts.bars(
        frame,
        category="name",
        values=["mase"],
        names=[say("forecast.column.mase", language)],
        horizontal=True,
        text=".2f",
    )
    shade = [
        colours[1]
        if row["chosen"]
        else _QUIET
        if row["model"] == "seasonal_naive"
        else _faint(colours[0], 0.75)
        for row in scores.to_dict("records")
    ]
    figure.update_traces(marker_color=shade).update_xaxes(
        title_text=say("forecast.picture.mase", language), rangemode="tozero"
    )
    base = scores.loc[scores["model"] == "seasonal_naive", "mase"]
    if len(base) and np.isfinite(base.iloc[0]):
        charts.mark(figure, x=float(base.iloc[0]), text=say("forecast.picture.baseline", language))
        figure.layout.annotations[-1].update(y=1, yanchor="bottom", xanchor="center", xshift=0)
        figure.update_layout(margin_t=34)
    return figure


def residuals(frame: pd.DataFrame, language: Language) -> go.Figure:
    """What the model did not explain, over time."""
    name = say("forecast.picture.residual", language)
    figure = charts.lines(
        frame,
        x="date",
        values=["residual"],
        names=[name],
        x_title=_period_title("", language),
        y_title=name,
        points=False,
    )
    return charts.mark(figure.update_traces(line_width=2), y=0.0)


def correlations(
    frame: pd.DataFrame, title: str, language: Language, palette: Sequence[str] = ()
) -> go.Figure:
    """An ACF or PACF: a stem a lag, and the band in which chance stays."""
    colours = _colours(palette)
    shown = frame[frame["lag"] > 0]
    band = float(shown["band"].abs().max()) if len(shown) else 0.0
    figure = charts.bars(
        shown.assign(at=shown["lag"].astype(str)),
        category="at",
        values=["value"],
        names=[title],
        text=None,
        y_title=title,
    )
    outside = [colours[5] if abs(value) > band else colours[0] for value in shown["value"]]
    figure.update_traces(marker_color=outside, width=0.35).update_xaxes(
        title_text=say("forecast.picture.lag", language), type="linear"
    )
    figure.data[0].x = shown["lag"].tolist()
    figure.add_hrect(y0=-band, y1=band, line_width=0, fillcolor=_QUIET, opacity=0.2)
    reach = max(1.25 * band, 1.1 * float(shown["value"].abs().max()) if len(shown) else 1.0)
    return figure.update_yaxes(range=[-reach, reach])


def decomposition(parts: pd.DataFrame, language: Language, *, measure: str) -> go.Figure:
    """The series and its trend; under them the season and what is left, each on its own axis."""
    from plotly.subplots import make_subplots

    seasonal = bool(
        parts["season"].max() - parts["season"].min() > 1e-9
    )  # a season that is none needs no room
    heights = [0.5, 0.25, 0.25] if seasonal else [0.65, 0.35]
    figure = make_subplots(
        rows=len(heights), cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=heights
    )
    blank = charts.lines(parts.head(0), x="date", values=[], names=[], x_title="", y_title="")
    figure.update_layout(
        font_size=15, margin=blank.layout.margin, legend=blank.layout.legend, showlegend=True
    )
    rows = (
        ("value", 1, 2.0),
        ("trend", 1, 4.0),
        *([("season", 2, 2.5)] if seasonal else []),
        ("remainder", len(heights), 2.0),
    )
    for name, row, width in rows:
        figure.add_trace(
            go.Scatter(
                x=parts["date"],
                y=parts[name],
                name=as_title(f"forecast.part.{name}", language),
                mode="lines",
                line={"width": width},
                showlegend=row == 1,
                hovertemplate="%{x}: %{y:,.4~g}<extra></extra>",
            ),
            row=row,
            col=1,
        )
    below = [
        as_title(f"forecast.part.{name}", language)
        for name in (("season", "remainder") if seasonal else ("remainder",))
    ]
    titles = (measure_name(measure, language), *below)
    for row, title in enumerate(titles, start=1):
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
        title_text=_period_title("", language), title_font_size=15, row=len(heights), col=1
    )
    return figure.update_xaxes(tickfont_size=14)


def seasons(
    seasonal: pd.DataFrame,
    language: Language,
    *,
    every: str,
    measure: str,
    palette: Sequence[str] = (),
    most: int = 5,
) -> go.Figure:
    """Each year (week) as a line over the places in the season: the newest strong, the older ones fainter."""
    colours = _colours(palette)
    cycles = list(dict.fromkeys(seasonal["cycle"]))[-most:]
    places = sorted(seasonal["position"].unique())
    names = {place: period_name(int(place), every, language) for place in places}
    figure = charts.lines(
        seasonal.head(0).assign(x=[]),
        x="x",
        values=[],
        names=[],
        x_title="",
        y_title=measure_name(measure, language),
    )
    figure.update_layout(showlegend=True)
    symbols = ("circle", "diamond", "square", "triangle-up", "cross")
    for age, cycle in enumerate(reversed(cycles)):
        part = seasonal[seasonal["cycle"] == cycle].sort_values("position")
        colour = colours[0] if age == 0 else _faint(colours[age % len(colours)], 0.75)
        figure.add_trace(
            go.Scatter(
                x=[names[place] for place in part["position"]],
                y=part["value"],
                name=charts.safe(cycle),
                mode="lines+markers",
                line={"width": 4 if age == 0 else 2.5, "color": colour},
                marker={"size": 8, "symbol": symbols[age % len(symbols)]},
                hovertemplate="%{x}: %{y:,.4~g}<extra>%{fullData.name}</extra>",
            )
        )
    order = [names[place] for place in places]
    return figure.update_xaxes(
        type="category", categoryorder="array", categoryarray=order
    ).update_yaxes(rangemode="tozero")


def stock(
    projection: pd.DataFrame, language: Language, *, point: float, palette: Sequence[str] = ()
) -> go.Figure:
    """Stock at the end of each period with and without the order, each with the middle 80 %."""
    colours = _colours(palette)
    figure = charts.lines(
        projection.head(0),
        x="date",
        values=[],
        names=[],
        x_title=_period_title("", language),
        y_title=as_title("forecast.picture.stock", language),
    )
    figure.update_layout(showlegend=True)
    bands = (
        ("without", "without_lo", "without_hi", colours[1], _DASHED),
        ("with_order", "with_lo", "with_hi", colours[0], "solid"),
    )
    same = bool((projection["without"] - projection["with_order"]).abs().max() < 1e-9)
    for name, low, high, colour, dash in bands[:1] if same else bands:
        shared: dict[str, Any] = {
            "mode": "lines",
            "line": {"width": 0},
            "legendgroup": name,
            "showlegend": False,
            "hoverinfo": "skip",
        }
        figure.add_trace(go.Scatter(x=projection["date"], y=projection[high], **shared))
        figure.add_trace(
            go.Scatter(
                x=projection["date"],
                y=projection[low],
                fill="tonexty",
                fillcolor=_faint(colour, 0.18),
                **shared,
            )
        )
        _add(
            figure,
            projection["date"],
            projection[name],
            say(f"forecast.picture.{name}", language),
            colour,
            3.5,
            dash,
            group=name,
        )
    if point > 0:
        charts.mark(figure, y=point, text=say("forecast.picture.reorder_point", language))
    return figure.update_yaxes(rangemode="tozero")


def scenario(
    periods: pd.DataFrame, language: Language, *, measure: str, palette: Sequence[str] = ()
) -> go.Figure:
    """The forecast as it is and as it would be."""
    colours = _colours(palette)
    names = [
        say("forecast.picture.as_forecast", language),
        say("forecast.picture.as_assumed", language),
    ]
    figure = charts.lines(
        periods,
        x="date",
        values=["before", "after"],
        names=names,
        x_title=_period_title("", language),
        y_title=measure_name(measure, language),
        points=len(periods) <= 24,
    )
    for trace, colour in zip(figure.data, (_QUIET, colours[1]), strict=True):
        trace.line.color = colour
    figure.data[0].line.dash, figure.data[1].line.dash = _DASHED, "solid"
    if np.allclose(periods["before"], periods["after"]):
        figure.update_traces(visible=False, selector=1)
    return figure.update_yaxes(rangemode="tozero")


def newcomer(
    profile: pd.DataFrame,
    language: Language,
    *,
    every: str,
    measure: str,
    palette: Sequence[str] = (),
) -> go.Figure:
    """How earlier products began: the middle one, and where the middle 80 % lay."""
    colours = _colours(palette)
    figure = charts.lines(
        profile.head(0),
        x="period",
        values=[],
        names=[],
        x_title=say("forecast.picture.age", language, every=every),
        y_title=measure_name(measure, language),
    )
    figure.update_layout(showlegend=True)
    shared: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_trace(
        go.Scatter(x=profile["period"], y=profile["hi_80"], showlegend=False, **shared)
    )
    name = say("forecast.picture.interval", language, level=0.8)
    figure.add_trace(
        go.Scatter(
            x=profile["period"],
            y=profile["lo_80"],
            name=name,
            fill="tonexty",
            fillcolor=_faint(colours[1], 0.3),
            **shared,
        )
    )
    _add(
        figure,
        profile["period"],
        profile["median"],
        say("forecast.picture.median", language),
        colours[1],
        4,
        points=True,
    )
    return figure.update_xaxes(dtick=1 if len(profile) <= 26 else None).update_yaxes(
        rangemode="tozero"
    )
