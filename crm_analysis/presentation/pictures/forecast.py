"""Forecasts → figures in the reader's language: what was, what is expected, how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from babel.dates import get_day_names, get_month_names

from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.wording import Language, has, locale_of, say

_COLOURS = (
    "#0072B2",
    "#E07B00",
    "#009E73",
    "#C2569B",
    "#3FA7DA",
    "#B8450F",
)
_QUIET = "#8A96A5"
_DASHED = "6px,5px"  # short enough for a legend's key to show more than one dash
_MAXIMUM_REACH = 3.0  # times the highest figure, above which an interval is cut off
_MILLION = 1e6
_MARKS = {"anomaly": "circle-open", "left_out": "x-thin-open"}
_POINTS_UP_TO = 24  # periods that are drawn as points too
_CYCLES_SHOWN = 5
_HIDDEN: dict[str, Any] = {
    "mode": "lines",
    "line": {"width": 0},
    "hoverinfo": "skip",
}


def _colours(palette: Sequence[str]) -> list[str]:
    return list(palette) if len(palette) >= len(_COLOURS) else list(_COLOURS)


def _faint(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def measure_name(measure: str, language: Language) -> str:
    """What is forecast, as the title of an axis."""
    return as_title(f"forecast.measure.{measure or 'value'}", language)


def model_name(model: str, language: Language) -> str:
    """What a model is called, one fitted to logarithms too."""
    base = model.removesuffix("_log")
    key = f"forecast.model_short.{base}"
    name = say(key, language) if has(key) else base
    return say("forecast.on_logs", language, model=name) if model != base else name


def combined_name(models: str, language: Language) -> str:
    """The models of a forecast; one fitted to levels and to logarithms is said once."""
    parts = [part.removesuffix("_log") for part in str(models).split(", ") if part]
    return " + ".join(dict.fromkeys(model_name(part, language) for part in parts))


def period_name(
    position: int,
    every: str,
    language: Language,
    *,
    wide: bool = False,
) -> str:
    """A position in the season: a month, a weekday, a quarter, a week."""
    locale = locale_of(language)
    if every == "month":
        width: Literal["wide", "abbreviated"] = "wide" if wide else "abbreviated"
        return str(get_month_names(width, locale=locale)[position])
    if every == "day":
        return str(get_day_names("abbreviated", locale=locale)[position - 1])
    return say(f"forecast.position.{every}", language, position=position)


def _period_title(every: str, language: Language) -> str:
    """What the axis of time counts: "Month"; a date where that is not said."""
    key = f"forecast.every.{every}" if every else "forecast.column.date"
    return as_title(key, language)


def _empty(x_title: str, y_title: str) -> go.Figure:
    """A figure of lines that are still to be added."""
    figure = charts.lines(
        pd.DataFrame({"x": []}),
        x="x",
        values=[],
        names=[],
        x_title=x_title,
        y_title=y_title,
    )
    return figure.update_layout(showlegend=True)


def _line(x: Any, y: Any, name: str, look: dict[str, Any], **more: Any) -> go.Scatter:
    """A line of one colour and width; its figures are short unless `more` says otherwise."""
    shared = {
        "mode": "lines",
        "hovertemplate": "%{y:,.4~g}",
        **more,
    }
    return go.Scatter(x=x, y=y, name=name, line=look, marker={"size": 7}, **shared)


def _band(
    x: Any,
    low: Any,
    high: Any,
    fill: str,
    name: str | None,
    **more: Any,
) -> list[go.Scatter]:
    """A filled band, with an entry in the legend where it has a name."""
    return [
        go.Scatter(x=x, y=high, showlegend=False, **_HIDDEN, **more),
        go.Scatter(
            x=x,
            y=low,
            name=name,
            showlegend=name is not None,
            fill="tonexty",
            fillcolor=fill,
            **_HIDDEN,
            **more,
        ),
    ]


def ahead(  # noqa: PLR0913
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
    """What was, what was fitted and forecast at earlier days, and the fan of what is expected.

    `history`: date, value, fitted, mark; `future`: date, value and the intervals; `backtest`:
    cutoff, date, forecast of the model chosen; `marks`: date, value, kind, text.
    """
    past, expected, tested, own, _, marked, *_ = _colours(palette)
    hover = _hover(history, future)

    def text(name: str) -> str:
        return say(f"forecast.picture.{name}", language)

    figure = _empty(
        _period_title(every, language),
        measure_name(measure, language),
    )
    figure.add_traces(_fan(history, future, expected, language))
    figure.add_trace(
        _line(
            history["date"],
            history["value"],
            text("history"),
            {"color": past, "width": 3.5},
            **hover,
        )
    )
    if history["fitted"].notna().any():
        figure.add_trace(
            _line(
                history["date"],
                history["fitted"],
                text("fitted"),
                {"color": _QUIET, "width": 1.5, "dash": "dot"},
                **hover,
            )
        )
    for position, (_, forecast) in enumerate(backtest.groupby("cutoff", sort=True)):
        figure.add_trace(
            _line(
                forecast["date"],
                forecast["forecast"],
                text("backtest"),
                {"color": tested, "width": 2, "dash": _DASHED},
                showlegend=position == 0,
                legendgroup="backtest",
                **hover,
            )
        )
    joined = pd.concat([_last_known(history), future[["date", "value"]]])
    figure.add_trace(
        _line(
            joined["date"],
            joined["value"],
            text("expected"),
            {"color": expected, "width": 4},
            mode="lines+markers" if len(future) <= _POINTS_UP_TO else "lines",
            **hover,
        )
    )
    if by_hand is not None and len(by_hand):
        figure.add_trace(
            go.Scatter(
                x=by_hand["date"],
                y=by_hand["value"],
                name=text("by_hand"),
                mode="markers",
                marker={
                    "size": 15,
                    "symbol": "diamond",
                    "color": own,
                },
                **hover,
            )
        )
    _add_marks(figure, marks, marked, language)
    charts.mark(figure, x=future["date"].iloc[0].isoformat(), text="")
    return _fit_height(figure, history, future)


def _hover(history: pd.DataFrame, future: pd.DataFrame) -> dict[str, str]:
    values = np.abs(np.r_[future["hi_95"], history["value"].fillna(0.0)])
    short = np.nanmax(values, initial=0.0) >= _MILLION
    return {"hovertemplate": "%{y:,.3~s}" if short else "%{y:,.4~g}"}


def _last_known(history: pd.DataFrame) -> pd.DataFrame:
    return history.dropna(subset=["value"]).tail(1)[["date", "value"]]


def _fan(
    history: pd.DataFrame,
    future: pd.DataFrame,
    colour: str,
    language: Language,
) -> list[go.Scatter]:
    """The intervals, grown from the last figure known."""
    last = _last_known(history)
    dates = [*last["date"], *future["date"]]
    traces = []
    for level, opacity in ((95, 0.22), (80, 0.4)):
        traces += _band(
            dates,
            [*last["value"], *future[f"lo_{level}"]],
            [*last["value"], *future[f"hi_{level}"]],
            _faint(colour, opacity),
            say(
                "forecast.picture.interval",
                language,
                level=level / 100,
            ),
            legendgroup=f"fan{level}",
        )
    return traces


def _add_marks(
    figure: go.Figure,
    marks: pd.DataFrame,
    colour: str,
    language: Language,
) -> None:
    for kind, symbol in _MARKS.items():
        marked = marks[marks["kind"] == kind]
        if len(marked):
            figure.add_trace(
                go.Scatter(
                    x=marked["date"],
                    y=marked["value"],
                    name=say(f"forecast.picture.{kind}", language),
                    mode="markers",
                    marker={
                        "size": 17,
                        "symbol": symbol,
                        "color": colour,
                        "line": {"width": 3, "color": colour},
                    },
                    text=marked["text"].map(charts.safe),
                    hovertemplate="%{text}",
                )
            )


def _fit_height(
    figure: go.Figure, history: pd.DataFrame, future: pd.DataFrame
) -> go.Figure:
    values = np.r_[
        history["value"].to_numpy(float),
        future["lo_95"].to_numpy(float),
    ]
    lowest = float(np.nanmin(values, initial=0.0))
    top = reach(history, future)
    if top is not None:
        return figure.update_yaxes(range=[min(1.05 * lowest, 0.0), top])
    return figure.update_yaxes(rangemode="tozero" if lowest >= 0 else "normal")


def reach(history: pd.DataFrame, future: pd.DataFrame) -> float | None:
    """How high the picture of a forecast goes where its interval would press all else flat.

    None where the whole interval has room.
    """
    values = np.r_[
        history["value"].to_numpy(float),
        future["value"].to_numpy(float),
    ]
    top = _MAXIMUM_REACH * float(np.nanmax(values, initial=0.0))
    return top if 0 < 2 * top < float(future["hi_95"].max()) else None


def accuracy(
    scores: pd.DataFrame,
    language: Language,
    palette: Sequence[str] = (),
) -> go.Figure:
    """How wrong each model was beside the baseline.

    `scores` has model, mase, chosen, the best first.
    """
    past, expected, *_ = _colours(palette)
    is_baseline = scores["model"] == "seasonal_naive"
    shades = np.where(is_baseline, _QUIET, _faint(past, 0.75))
    figure = charts.bars(
        scores.assign(name=[model_name(model, language) for model in scores["model"]]),
        category="name",
        values=["mase"],
        names=[say("forecast.column.mase", language)],
        horizontal=True,
        text=".2f",
    )
    figure.update_traces(
        marker_color=np.where(scores["chosen"], expected, shades).tolist()
    )
    figure.update_xaxes(
        title_text=say("forecast.picture.mase", language),
        rangemode="tozero",
    )
    baseline = scores.loc[is_baseline, "mase"]
    if len(baseline) and np.isfinite(baseline.iloc[0]):
        charts.mark(
            figure,
            x=float(baseline.iloc[0]),
            text=say("forecast.picture.baseline", language),
        )
        figure.layout.annotations[-1].update(
            y=1,
            yanchor="bottom",
            xanchor="center",
            xshift=0,
        )
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
    frame: pd.DataFrame,
    title: str,
    language: Language,
    palette: Sequence[str] = (),
) -> go.Figure:
    """An ACF or PACF: a stem a lag, and the band in which chance stays."""
    colours = _colours(palette)
    shown = frame[frame["lag"] > 0]
    band = float(shown["band"].abs().max()) if len(shown) else 0.0
    figure = charts.bars(
        shown.assign(label=shown["lag"].astype(str)),
        category="label",
        values=["value"],
        names=[title],
        text=None,
        y_title=title,
    )
    outside = [
        colours[5] if abs(value) > band else colours[0] for value in shown["value"]
    ]
    figure.update_traces(marker_color=outside, width=0.35)
    figure.update_xaxes(
        title_text=say("forecast.picture.lag", language),
        type="linear",
    )
    figure.data[0].x = shown["lag"].tolist()
    figure.add_hrect(
        y0=-band,
        y1=band,
        line_width=0,
        fillcolor=_QUIET,
        opacity=0.2,
    )
    highest = float(shown["value"].abs().max()) if len(shown) else 1.0 / 1.1
    limit = max(1.25 * band, 1.1 * highest)
    return figure.update_yaxes(range=[-limit, limit])


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
    layout = _empty("", "").layout
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
            hovertemplate="%{x}: %{y:,.4~g}<extra></extra>",
        )
        figure.add_trace(trace, row=row, col=1)
    titles = [as_title(f"forecast.part.{name}", language) for name in below]
    for row, title in enumerate([measure_name(measure, language), *titles], start=1):
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
        title_text=_period_title("", language),
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
    colours = _colours(palette)
    cycles = list(dict.fromkeys(seasonal["cycle"]))[-_CYCLES_SHOWN:]
    positions = sorted(seasonal["position"].unique())
    names = {
        position: period_name(int(position), every, language) for position in positions
    }
    figure = _empty("", measure_name(measure, language))
    symbols = (
        "circle",
        "diamond",
        "square",
        "triangle-up",
        "cross",
    )
    for age, cycle in enumerate(reversed(cycles)):
        part = seasonal[seasonal["cycle"] == cycle].sort_values("position")
        colour = _faint(colours[age % len(colours)], 0.75) if age else colours[0]
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
                hovertemplate="%{x}: %{y:,.4~g}<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(names.values()),
    )
    return figure.update_yaxes(rangemode="tozero")


def stock(
    projection: pd.DataFrame,
    language: Language,
    *,
    point: float,
    palette: Sequence[str] = (),
) -> go.Figure:
    """Stock at the end of each period with and without the order, each with the middle 80 %."""
    past, expected, *_ = _colours(palette)
    figure = _empty(
        _period_title("", language),
        as_title("forecast.picture.stock", language),
    )
    bands = [
        ("without", "without", expected, _DASHED),
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
        low, high = (
            projection[f"{ends}_lo"],
            projection[f"{ends}_hi"],
        )
        band = _band(
            dates,
            low,
            high,
            _faint(colour, 0.18),
            None,
            legendgroup=name,
        )
        line = _line(
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
        x_title=_period_title("", language),
        y_title=measure_name(measure, language),
        points=len(periods) <= _POINTS_UP_TO,
    )
    before, after = figure.data
    before.line.update(color=_QUIET, dash=_DASHED)
    after.line.update(color=_colours(palette)[1], dash="solid")
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
    colour = _colours(palette)[1]
    figure = _empty(
        say("forecast.picture.age", language, every=every),
        measure_name(measure, language),
    )
    interval = _band(
        profile["period"],
        profile["lo_80"],
        profile["hi_80"],
        _faint(colour, 0.3),
        say("forecast.picture.interval", language, level=0.8),
    )
    median = _line(
        profile["period"],
        profile["median"],
        say("forecast.picture.median", language),
        {"color": colour, "width": 4},
        mode="lines+markers",
    )
    figure.add_traces([*interval, median])
    figure.update_xaxes(dtick=1 if len(profile) <= 26 else None)
    return figure.update_yaxes(rangemode="tozero")
