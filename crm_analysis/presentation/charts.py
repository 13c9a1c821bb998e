"""A small vocabulary of Plotly figures drawn from tidy tables.

Hardly a colour is set here: traces take the theme's categorical palette in their order (so one
segment has one colour in every picture, in light and dark), heat maps the theme's sequential or
diverging scale. Colour is never the only sign: symbols, labels or order say the same. Texts come
in ready; texts from files pass through `safe`, since Plotly reads a little HTML.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation.locales import plotly_locale
from crm_analysis.wording import DEFAULT, Language

SYMBOLS = (
    "circle",
    "diamond",
    "square",
    "triangle-up",
    "cross",
    "star",
    "triangle-down",
    "pentagon",
    "x",
    "hexagon",
)
_LABEL = 24  # letters of a line beside a bar; a Chinese one is as wide as two
_WORD = re.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+|\s+"
)
# Greys that stand out on white and on near-black alike, and a scale with two ends whose middle
# says neither.
_QUIET = "rgba(128,140,158,0.35)"
_MARK = "#8A96A5"
_TWO_ENDED = [(0.0, "#B8450F"), (0.5, "#E9EDF2"), (1.0, "#1D6FB8")]


def config(language: Language, *, boxes: bool = False) -> dict[str, Any]:
    """Plotly's own words in the reader's language, and only the tools that help.

    `boxes`: of a picture in which boxes are drawn to select.
    """
    without = ["lasso2d", "autoScale2d", *([] if boxes else ["select2d"])]
    shared: dict[str, Any] = {
        "displaylogo": False,
        "modeBarButtonsToRemove": without,
        "scrollZoom": False,
    }
    if language == DEFAULT:  # Plotly's own language
        return shared
    return shared | {
        "locale": language,
        "locales": {language: plotly_locale(language)},
    }


def safe(text: Any) -> str:
    """Text from a file as Plotly must get it: it reads a little HTML."""
    return html.escape(str(text), quote=False)


def _wrapped(text: Any) -> str:
    """Text from a file beside a bar: a long one in several lines, to leave room for the bar."""
    if _width(str(text)) <= _LABEL:
        return safe(text)
    lines = [""]
    for word in _WORD.findall(str(text)):
        if lines[-1].strip() and _width(lines[-1] + word.rstrip()) > _LABEL:
            lines.append("")
        lines[-1] += word
    return "<br>".join(safe(line.strip()) for line in lines if line.strip())


def _width(text: str) -> int:
    """How wide a text is, in letters."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text
    )


def blank(x: str, y: str, *, legend: bool = False) -> go.Figure:
    """A picture with nothing in it yet: its axes, letters and legend as on all others."""
    figure = go.Figure().update_layout(
        xaxis_title=x,
        yaxis_title=y,
        font_size=15,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        showlegend=legend,
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "font_size": 15,
            "itemsizing": "constant",
        },
        hoverlabel_font_size=14,
        bargap=0.25,
    )
    numbers: dict[str, Any] = {"separatethousands": True, "minexponent": 6}
    figure.update_xaxes(
        automargin=True, title_font_size=15, tickfont_size=14, **numbers
    )
    figure.update_yaxes(
        automargin=True, title_font_size=15, tickfont_size=14, **numbers
    )
    return figure


def bars(  # noqa: PLR0913
    frame: pd.DataFrame,
    *,
    category: str,
    values: Sequence[str],
    names: Sequence[str],
    x_title: str = "",
    y_title: str = "",
    text: str | None = ".0%",
    horizontal: bool = False,
    each_own_colour: bool = False,
) -> go.Figure:
    """Bars: a group a category with a bar for each of `values`.

    `each_own_colour` gives every category the palette's next colour.
    """
    figure = blank(x_title, y_title, legend=len(values) > 1)
    along, across = (
        ("x", "y") if horizontal else ("y", "x")
    )  # of the numbers, of the categories

    def add(rows: pd.DataFrame, value: str, name: str) -> None:
        labels = rows[category].map(_wrapped if horizontal else safe)
        hover = f"%{{{across}}}: %{{{along}:{text or ',.4~r'}}}<extra>{safe(name)}</extra>"
        figure.add_trace(
            go.Bar(
                **{along: rows[value], across: labels},
                name=safe(name),
                orientation="h" if horizontal else "v",
                texttemplate=f"%{{{along}:{text}}}" if text else None,
                textposition="outside",
                cliponaxis=False,
                textfont_size=14,
                hovertemplate=hover,
            )
        )

    for value, name in zip(values, names, strict=True):
        if each_own_colour:
            for position in range(len(frame)):
                add(
                    frame.iloc[[position]],
                    value,
                    str(frame.iloc[position][category]),
                )
        else:
            add(frame, value, name)
    if each_own_colour:
        figure.update_layout(showlegend=False, barmode="stack")
    if horizontal:
        figure.update_yaxes(autorange="reversed")
        if text and len(frame):  # room for the numbers beside the longest bar
            numbers = frame[list(values)]
            lowest, highest = (
                float(numbers.min().min()),
                float(numbers.max().max()),
            )
            figure.update_xaxes(range=[min(0.0, lowest), 1.18 * highest])
    if text and text.endswith("%"):
        figure.update_layout(**{f"{along}axis_tickformat": ".0%"})
    return figure


def lines(  # noqa: PLR0913
    frame: pd.DataFrame,
    *,
    x: str,
    values: Sequence[str],
    names: Sequence[str],
    x_title: str,
    y_title: str,
    mark: Any = None,
    mark_text: str = "",
    points: bool = True,
    tick: str | None = None,
) -> go.Figure:
    """Lines over a common axis; `mark` is the x at which a dotted line with `mark_text` stands."""
    figure = blank(x_title, y_title, legend=len(values) > 1)
    for position, (value, name) in enumerate(zip(values, names, strict=True)):
        figure.add_trace(
            go.Scatter(
                x=frame[x],
                y=frame[value],
                name=safe(name),
                mode="lines+markers" if points else "lines",
                marker={
                    "size": 8,
                    "symbol": SYMBOLS[position % len(SYMBOLS)],
                },
                line={
                    "width": 3,
                    "dash": ("solid", "dash", "dot", "dashdot")[position % 4],
                },
                hovertemplate=f"%{{x}}: %{{y:{tick or ',.4~r'}}}<extra>{safe(name)}</extra>",
            )
        )
    if mark is not None:
        figure.add_vline(
            x=mark,
            line_dash="dot",
            line_width=2,
            line_color=_MARK,
            annotation_text=safe(mark_text),
            annotation_position="top",
        )
    if tick:
        figure.update_yaxes(tickformat=tick)
    return figure


def mark(
    figure: go.Figure,
    *,
    x: Any = None,
    y: float | None = None,
    text: str = "",
    after: bool = False,
) -> go.Figure:
    """A dotted line across the figure at `x` (a date too) or at the height `y`.

    Its text stands inside the picture: before a line at `x`, or `after` it.
    """
    line = {"dash": "dot", "width": 2, "color": _MARK}
    if y is None:
        figure.add_shape(
            type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", line=line
        )
        position = {"x": x, "y": 1, "yref": "paper", "yanchor": "top"}
        position |= (
            {"xanchor": "left", "xshift": 6}
            if after
            else {"xanchor": "right", "xshift": -6}
        )
    else:
        figure.add_shape(
            type="line", x0=0, x1=1, xref="paper", y0=y, y1=y, line=line
        )
        position = {
            "x": 1,
            "y": y,
            "xref": "paper",
            "xanchor": "right",
            "yanchor": "bottom",
        }
    if text:
        figure.add_annotation(
            text=safe(text), showarrow=False, font_size=15, **position
        )
    return figure


def ranges(  # noqa: PLR0913
    frame: pd.DataFrame,
    *,
    category: str,
    value: str,
    low: str,
    high: str,
    x_title: str,
    y_title: str = "",
    tick: str = ",.3~g",
    group: str = "",
) -> go.Figure:
    """A point a category with the range about it, one under another, the first row on top.

    Points of a category that are in several groups stand beside one another, each group with its
    own sign.
    """
    bounds = f"%{{customdata[0]:{tick}}} – %{{customdata[1]:{tick}}}"
    parts = [("", frame)]
    if group:
        parts = [
            (str(name), part) for name, part in frame.groupby(group, sort=False)
        ]
    figure = blank(x_title, y_title, legend=len(parts) > 1)
    for symbol, (name, part) in zip(SYMBOLS, parts, strict=False):
        figure.add_trace(
            go.Scatter(
                x=part[value],
                y=part[category].map(_wrapped),
                name=safe(name),
                mode="markers",
                orientation="h",
                marker={"size": 13 if len(parts) == 1 else 11, "symbol": symbol},
                cliponaxis=False,
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": part[high] - part[value],
                    "arrayminus": part[value] - part[low],
                    "thickness": 2.5,
                    "width": 7,
                },
                customdata=part[[low, high]].to_numpy(dtype=float),
                hovertemplate=f"%{{y}}: %{{x:{tick}}} ({bounds})<extra>{safe(name)}</extra>",
            )
        )
    order = list(dict.fromkeys(frame[category].map(_wrapped)))
    return (
        figure.update_layout(scattermode="group", scattergap=0.4)
        .update_yaxes(
            autorange="reversed", categoryorder="array", categoryarray=order
        )
        .update_xaxes(tickformat=tick, rangemode="tozero")
    )


def histogram(
    edges: Sequence[float], counts: Sequence[int], *, x_title: str, y_title: str
) -> go.Figure:
    """Bars over intervals counted before, so that any number of rows is drawn at once."""
    steps = np.asarray(edges, dtype=float)
    return (
        blank(x_title, y_title)
        .add_trace(
            go.Bar(
                x=(steps[:-1] + steps[1:]) / 2,
                y=list(counts),
                width=np.diff(steps),
                hovertemplate="%{x:,.4~r}: %{y:,}<extra></extra>",
            )
        )
        .update_layout(bargap=0.02)
    )


def heat(
    table: pd.DataFrame,
    *,
    x_title: str = "",
    y_title: str = "",
    texts: pd.DataFrame | None = None,
    centre: float | None = None,
    tick: str = ",.3~g",
) -> go.Figure:
    """A heat map of a table, its rows and columns by their labels, each cell with its number.

    So it needs no colour bar. `centre` makes the scale diverge from there.
    """
    numbers = table.to_numpy(dtype=float)
    scale: dict[str, Any] = {}
    if centre is not None and np.isfinite(numbers).any():
        far = float(np.nanquantile(np.abs(numbers - centre), 0.95)) or 1.0
        scale = {
            "zmin": centre - far,
            "zmax": centre + far,
            "colorscale": _TWO_ENDED,
        }
    cell = f"%{{z:{tick}}}" if texts is None else "%{text}"
    hover = "%{z}" if texts is None else "%{text}"
    return (
        blank(x_title, y_title)
        .add_trace(
            go.Heatmap(
                z=numbers,
                x=[safe(column) for column in table.columns],
                y=[safe(row) for row in table.index],
                text=None if texts is None else texts.to_numpy(),
                texttemplate=cell,
                textfont_size=14,
                hovertemplate=f"%{{y}} · %{{x}}: {hover}<extra></extra>",
                xgap=2,
                ygap=2,
                showscale=False,
                **scale,
            )
        )
        .update_yaxes(autorange="reversed")
    )


def profile_lines(
    table: pd.DataFrame, *, y_title: str, tick: str = ".2~f"
) -> go.Figure:
    """Parallel view: a line a row of `table` over its columns."""
    turned = table.T
    turned.columns = [str(name) for name in table.index]
    frame = turned.reset_index(names="feature")
    frame["feature"] = frame["feature"].map(safe)
    return lines(
        frame,
        x="feature",
        values=list(turned.columns),
        names=list(turned.columns),
        x_title="",
        y_title=y_title,
        tick=tick,
    )


def flow(  # noqa: PLR0913
    frame: pd.DataFrame,
    *,
    before: str,
    after: str,
    value: str,
    before_title: str,
    after_title: str,
    palette: Sequence[str] = (),
    order: Sequence[str] = (),
) -> go.Figure:
    """Who went where between two states: a Sankey picture, the states of before at its left.

    A state has one colour of the `palette` on both sides: by its place in `order`, as on other
    pictures of the same states, else as they come.
    """
    sources, targets = (
        list(dict.fromkeys(frame[before])),
        list(dict.fromkeys(frame[after])),
    )
    nodes = sources + targets
    states = list(dict.fromkeys([*order, *nodes]))
    colours = {}
    if palette:
        colours["color"] = [
            palette[states.index(name) % len(palette)] for name in nodes
        ]
    figure = (
        blank("", "")
        .add_trace(
            go.Sankey(
                node={
                    "label": [safe(name) for name in nodes],
                    "pad": 18,
                    "thickness": 18,
                    **colours,
                },
                link={
                    "source": [sources.index(name) for name in frame[before]],
                    "target": [
                        len(sources) + targets.index(name) for name in frame[after]
                    ],
                    "value": frame[value],
                    "color": _QUIET,
                },
                textfont={"size": 15},
                valueformat=",",
            )
        )
        .update_layout(margin_t=40)
    )
    for x, title, anchor in (
        (0.0, before_title, "left"),
        (1.0, after_title, "right"),
    ):
        figure.add_annotation(
            x=x,
            y=1,
            xref="paper",
            yref="paper",
            yanchor="bottom",
            yshift=6,
            text=safe(title),
            showarrow=False,
            xanchor=anchor,
            font_size=15,
        )
    return figure
