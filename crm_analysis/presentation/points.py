"""Pictures of points, each a customer or a rule: flat or in three dimensions, groups told apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation.charts import SYMBOLS, blank, safe

_SYMBOLS_3D = (
    "circle",
    "diamond",
    "square",
    "cross",
    "x",
    "circle-open",
    "diamond-open",
    "square-open",
)
_WEBGL_FROM = 2_000
_LIGHT = "#E0218A"  # of no segment, seen on white and on near-black
_MOST_IN_LEGEND = 6
_ROOM_OF_NAME = (0.2, 0.06)  # of the picture, across and up


def scatter(  # noqa: PLR0913
    groups: Sequence[tuple[str, pd.DataFrame]],
    *,
    x: str,
    y: str,
    x_title: str,
    y_title: str,
    hover: str | None = None,
    custom: str | None = None,
    log: bool = False,
) -> go.Figure:
    """Points, a colour and a symbol a group; `groups` are (name, frame) in the palette's order.

    Above 2,000 points they are drawn by WebGL. Of more than six groups each has its name beside
    its middle, for so long a legend is not read.
    """
    is_listed = 1 < len(groups) <= _MOST_IN_LEGEND
    figure = blank(x_title, y_title, legend=is_listed)
    if len(groups) > _MOST_IN_LEGEND:
        _name_middles(figure, groups, x, y)
    many = sum(len(frame) for _, frame in groups) > _WEBGL_FROM
    trace = go.Scattergl if many else go.Scatter
    look = {"size": 6, "opacity": 0.6} if many else {"size": 9, "opacity": 0.8}
    text = "%{text}<br>" if hover else ""
    values = f"{x_title}: %{{x:,.4~r}}<br>{y_title}: %{{y:,.4~r}}"
    for position, (name, frame) in enumerate(groups):
        figure.add_trace(
            trace(
                x=frame[x],
                y=frame[y],
                mode="markers",
                name=safe(name),
                marker={**look, "symbol": SYMBOLS[position % len(SYMBOLS)]},
                text=None if hover is None else frame[hover].map(safe),
                customdata=None
                if custom is None
                else frame[[custom]].astype(str).to_numpy(),
                hovertemplate=f"{text}{values}<extra>{safe(name)}</extra>",
            )
        )
    if log:
        figure.update_xaxes(type="log")
        figure.update_yaxes(type="log")
    return figure


def _name_middles(
    figure: go.Figure, groups: Sequence[tuple[str, pd.DataFrame]], x: str, y: str
) -> None:
    """Each group's name where its middle is, or a line higher where another one stands."""
    middles = [
        (name, frame[x].median(), frame[y].median()) for name, frame in groups
    ]
    spans = [
        float(max(frame[axis].max() for _, frame in groups))
        - float(min(frame[axis].min() for _, frame in groups))
        for axis in (x, y)
    ]
    width, height = (
        share * span for share, span in zip(_ROOM_OF_NAME, spans, strict=True)
    )
    placed: list[tuple[float, float]] = []
    for name, across, up in sorted(middles, key=lambda middle: middle[2]):
        while any(
            abs(across - left) < width and abs(up - low) < height
            for left, low in placed
        ):
            up += height
        placed.append((across, up))
        figure.add_annotation(
            x=across,
            y=up,
            text=safe(name),
            showarrow=False,
            font_size=14,
            bgcolor="rgba(255,255,255,0.75)",
            font_color="#0B1520",
        )


def pick_out(figure: go.Figure, ids: Collection[str]) -> go.Figure:
    """Let the points of these ids stand out among all that have one; none: all as they are."""
    wanted = set(ids)
    for trace in figure.data if wanted else ():
        own = () if trace.customdata is None else trace.customdata
        trace.selectedpoints = [
            position for position, (id_, *_) in enumerate(own) if id_ in wanted
        ]
    return figure


def ring(figure: go.Figure, x: float, y: float, text: str) -> go.Figure:
    """A ring round a place, which says `text` when pointed at."""
    return figure.add_trace(
        go.Scatter(
            x=[x],
            y=[y],
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": 24,
                "color": _LIGHT,
                "line": {"width": 4},
            },
            showlegend=False,
            hovertemplate=f"{safe(text)}<extra></extra>",
        )
    )


def scatter3d(
    groups: Sequence[tuple[str, pd.DataFrame]],
    *,
    axes: Sequence[str],
    titles: Sequence[str],
    hover: str | None = None,
) -> go.Figure:
    """Points in three dimensions; `axes` are three columns, `titles` their names."""
    figure = blank("", "", legend=len(groups) > 1)
    for position, (name, frame) in enumerate(groups):
        figure.add_trace(
            go.Scatter3d(
                x=frame[axes[0]],
                y=frame[axes[1]],
                z=frame[axes[2]],
                mode="markers",
                name=safe(name),
                marker={
                    "size": 4,
                    "opacity": 0.75,
                    "symbol": _SYMBOLS_3D[position % len(_SYMBOLS_3D)],
                },
                text=None if hover is None else frame[hover].map(safe),
                hovertemplate=("%{text}<br>" if hover else "")
                + f"<extra>{safe(name)}</extra>",
            )
        )
    figure.update_layout(
        scene={
            f"{axis}axis": {"title": {"text": title}}
            for axis, title in zip("xyz", titles, strict=True)
        }
    )
    return figure
