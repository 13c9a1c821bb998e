"""Forecasts → figures in the reader's language: what was, what is expected, how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from babel.dates import get_day_names

from crm_analysis.analyses.forecast.series.demand import ALL
from crm_analysis.analyses.forecast.series.selection import REST
from crm_analysis.numerals import month_of_year
from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.wording import (
    Language,
    has,
    locale_of,
    say,
    say_title,
)

_SUMS = {
    ALL: "all",
    REST: "rest",
    "": "none",
}  # series that have no name of their own
_COLOURS = (
    "#0072B2",
    "#E07B00",
    "#009E73",
    "#C2569B",
    "#3FA7DA",
    "#B8450F",
)
QUIET = "#8A96A5"
DASHED = "6px,5px"  # short enough for a legend's key to show more than one dash
_MAXIMUM_REACH = 3.0  # times the highest figure, above which an interval is cut off
_MARKS = {"anomaly": "circle-open", "left_out": "x-thin-open"}
_NAMED_MARKS = (
    3  # up to so many, what stands out is named at its place, not in the legend
)
POINTS_UP_TO = 24  # periods that are drawn as points too
_CYCLES_SHOWN = 5
_HIDDEN: dict[str, Any] = {
    "mode": "lines",
    "line": {"width": 0},
    "hoverinfo": "skip",
}


def colours_of(palette: Sequence[str]) -> list[str]:
    """The colours of the app, or our own where it has too few."""
    return list(palette) if len(palette) >= len(_COLOURS) else list(_COLOURS)


def faint(colour: str, opacity: float) -> str:
    """A colour (#rrggbb) that lets through what lies behind."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def series_name(name: str, language: Language) -> str:
    """What a series is called: a word for sums and nameless lines, else its own name."""
    word = _SUMS.get(name)
    return name if word is None else say(f"forecast.series.{word}", language)


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
        return month_of_year(position, language, wide=wide)
    if every == "day":
        return str(get_day_names("abbreviated", locale=locale)[position - 1])
    return say(f"forecast.position.{every}", language, position=position)


def period_title(every: str, language: Language) -> str:
    """What stands on the axis of time: "Month"; a date where that is not said."""
    key = f"forecast.axis.{every}" if every else "forecast.column.date"
    return as_title(key, language)


def empty_figure(x_title: str, y_title: str) -> go.Figure:
    """A figure of lines that are still to be added."""
    return charts.lines(
        pd.DataFrame({"x": []}),
        x="x",
        values=[],
        names=[],
        x_title=x_title,
        y_title=y_title,
    ).update_layout(showlegend=True)


def line_of(
    x: Any, y: Any, name: str, look: dict[str, Any], **more: Any
) -> go.Scatter:
    """A line of one colour and width; its figures are short unless `more` says otherwise."""
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        line=look,
        marker={"size": 7},
        **{"mode": "lines", "hovertemplate": "%{y:,.4~r}", **more},
    )


def band_of(
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
    cutoff, date, forecast of the model chosen; `marks`: date, value, kind, text; a line stands
    where the level jumped to stay (kind "level_shift").
    """
    past, expected, tested, own, _, marked, *_ = colours_of(palette)

    def text(name: str) -> str:
        return say(f"forecast.picture.{name}", language)

    figure = empty_figure(
        period_title(every, language),
        measure_name(measure, language),
    )
    figure.add_traces(_fan(history, future, expected, language))
    figure.add_trace(
        line_of(
            history["date"],
            history["value"],
            text("history"),
            {"color": past, "width": 3.5},
        )
    )
    if history["fitted"].notna().any():
        figure.add_trace(
            line_of(
                history["date"],
                history["fitted"],
                text("fitted"),
                {"color": QUIET, "width": 1.5, "dash": "dot"},
            )
        )
    for position, (_, forecast) in enumerate(backtest.groupby("cutoff", sort=True)):
        figure.add_trace(
            line_of(
                forecast["date"],
                forecast["forecast"],
                text("backtest"),
                {"color": tested, "width": 2, "dash": DASHED},
                showlegend=position == 0,
                legendgroup="backtest",
            )
        )
    joined = pd.concat([_last_known(history), future[["date", "value"]]])
    figure.add_trace(
        line_of(
            joined["date"],
            joined["value"],
            text("expected"),
            {"color": expected, "width": 4},
            mode="lines+markers" if len(future) <= POINTS_UP_TO else "lines",
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
            )
        )
    _add_marks(figure, marks, marked, language)
    charts.mark(figure, x=future["date"].iloc[0].isoformat(), text="")
    return _fit_height(figure, history, future)


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
    # One entry of the legend for both: the darker of the two is the narrower.
    name = say("forecast.picture.intervals", language, narrow=0.8, wide=0.95)
    for level, opacity in ((95, 0.22), (80, 0.4)):
        traces += band_of(
            dates,
            [*last["value"], *future[f"lo_{level}"]],
            [*last["value"], *future[f"hi_{level}"]],
            faint(colour, opacity),
            name if level == 80 else None,
            legendgroup="fan",
        )
    return traces


def _add_marks(
    figure: go.Figure,
    marks: pd.DataFrame,
    colour: str,
    language: Language,
) -> None:
    drawn = marks[marks["kind"].isin(_MARKS)]
    is_named = drawn["date"].nunique() <= _NAMED_MARKS
    if is_named:
        _name_marks(figure, drawn, language)
    for kind, symbol in _MARKS.items():
        marked = marks[marks["kind"] == kind]
        if len(marked):
            figure.add_trace(
                go.Scatter(
                    x=marked["date"],
                    y=marked["value"],
                    name=say(f"forecast.picture.{kind}", language),
                    mode="markers",
                    showlegend=not is_named,
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
    for shift in marks[marks["kind"] == "level_shift"].to_dict("records"):
        charts.mark(
            figure, x=shift["date"].isoformat(), text=str(shift["text"]), after=True
        )


def _name_marks(figure: go.Figure, marks: pd.DataFrame, language: Language) -> None:
    """Words beside each mark; where a day has two, the last says what was done with it."""
    for mark in marks.drop_duplicates("date", keep="last").to_dict("records"):
        figure.add_annotation(
            x=mark["date"].isoformat(),
            y=mark["value"],
            text=say(f"forecast.picture.{mark['kind']}", language),
            showarrow=False,
            xanchor="left",
            xshift=14,
            font_size=14,
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
    past, expected, *_ = colours_of(palette)
    is_baseline = scores["model"] == "seasonal_naive"
    shades = np.where(is_baseline, QUIET, faint(past, 0.75))
    figure = charts.bars(
        scores.assign(
            name=[model_name(model, language) for model in scores["model"]]
        ),
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
    name = say_title("forecast.picture.residual", language)
    return charts.mark(
        charts.lines(
            frame,
            x="date",
            values=["residual"],
            names=[name],
            x_title=period_title("", language),
            y_title=name,
            points=False,
        ).update_traces(line_width=2),
        y=0.0,
    )


def correlations(
    frame: pd.DataFrame,
    title: str,
    language: Language,
    palette: Sequence[str] = (),
) -> go.Figure:
    """An ACF or PACF: a stem a lag, and the band in which chance stays."""
    usual, *_, striking = colours_of(palette)[:6]
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
    figure.update_traces(
        marker_color=np.where(
            shown["value"].abs() > band, striking, usual
        ).tolist(),
        width=0.35,
    )
    figure.update_xaxes(
        title_text=say("forecast.picture.lag", language),
        type="linear",
    )
    figure.data[0].x = shown["lag"].tolist()
    figure.add_hrect(
        y0=-band,
        y1=band,
        line_width=0,
        fillcolor=QUIET,
        opacity=0.2,
    )
    highest = float(shown["value"].abs().max()) if len(shown) else 1.0 / 1.1
    limit = max(1.25 * band, 1.1 * highest)
    return figure.update_yaxes(range=[-limit, limit])
