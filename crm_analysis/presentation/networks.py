"""Networks: what is linked with what, laid out so that linked things lie together and names do not cover one another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation.charts import safe

__all__ = ["components", "layout", "network"]

_LINK = "rgba(128,140,158,0.55)"
_ROUNDS = 300
_WIDTH = 760.0  # pixels of the picture that labels are kept apart for, where nothing else is said
_NEAR = 70.0  # pixels between points that are linked
_LETTER, _LINE = 8.0, 52.0  # pixels of a letter, and of a label's line with its point
_WIDE_LETTER = 15.0
_WIDTHS = (1.5, 3.0, 5.0)


def components(nodes: int, links: np.ndarray) -> np.ndarray:
    """The group of each node: those joined by links, directly or through others; the largest group is 0.

    >>> components(5, np.array([[0, 1], [3, 4], [1, 2]])).tolist()
    [0, 0, 0, 1, 1]
    """
    group = np.arange(nodes)
    for _ in range(nodes):
        lower = group.copy()
        for ends in (links, links[:, ::-1]):
            np.minimum.at(lower, ends[:, 0], group[ends[:, 1]])
        if (lower == group).all():
            break
        group = lower
    _, number, sizes = np.unique(group, return_inverse=True, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    return np.argsort(order)[number]


def layout(
    nodes: int,
    links: np.ndarray,
    weights: np.ndarray,
    widths: np.ndarray,
    *,
    room: float = _WIDTH,
    seed: int = 0,
) -> tuple[np.ndarray, float]:
    """Places in a frame `room` pixels wide, and its height: each group laid out by the forces of Fruchterman and Reingold (1991), its
    labels (`widths` wide) pushed apart, then the groups set beside and under one another, the largest first.
    """
    group = components(nodes, links)
    parts = []
    for number in range(int(group.max(initial=-1)) + 1):
        own = np.flatnonzero(group == number)
        within = group[links[:, 0]] == number
        place = _spring(
            len(own),
            np.searchsorted(own, links[within]),
            weights[within],
            np.random.default_rng(seed),
        )
        place = _push(_turned(place) * np.array([1.5, 1.0]), widths[own], room)
        place = place - np.array([(place[:, 0] - widths[own] / 2).min(), place[:, 1].min()])
        parts.append(
            (own, place, float((place[:, 0] + widths[own] / 2).max()), float(place[:, 1].max()))
        )
    placed = np.zeros((nodes, 2))
    top = 0.0
    while parts:
        left_over = room
        row: list[tuple[np.ndarray, np.ndarray, float, float]] = []
        for part in list(parts):
            if not row or part[2] <= left_over:
                row.append(part)
                left_over -= part[2]
                parts = [other for other in parts if other is not part]
        between = max(left_over, 0.0) / (len(row) + 1)
        high, left = max(part[3] for part in row), between
        for own, place, wide, tall in row:
            placed[own] = place + np.array([left, top + (high - tall) / 2])
            left += wide + between
        top += high + 1.2 * _LINE
    return placed, max(top - 1.2 * _LINE, 0.0)


def _spring(
    nodes: int, links: np.ndarray, weights: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Points that repel one another, drawn together by their links."""
    place = random.random((nodes, 2)) * _NEAR
    pull = np.zeros((nodes, nodes))
    pull[links[:, 0], links[:, 1]] = pull[links[:, 1], links[:, 0]] = weights
    for step in range(_ROUNDS):
        apart = place[:, None] - place[None]
        far = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 1.0)
        force = (apart * (_NEAR**2 / far**2 - pull * far / _NEAR)[..., None]).sum(axis=1)
        length = np.maximum(np.hypot(force[:, 0], force[:, 1]), 1e-9)
        heat = _NEAR * (1 - step / _ROUNDS)
        place = place + force / length[:, None] * np.minimum(length, heat)[:, None]
    return place


def _turned(place: np.ndarray) -> np.ndarray:
    """Turned so that it is wider than high: screens are."""
    if len(place) < 2:
        return place
    centred = place - place.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    return centred @ axes.T


def _push(place: np.ndarray, widths: np.ndarray, room: float) -> np.ndarray:
    """Boxes moved apart, each time along the axis on which they overlap less."""
    wide = (widths[:, None] + widths[None]) / 2
    high = np.maximum(room - widths, 0.0) / 2
    low = -high
    for _ in range(300):
        place = place - (place.max(axis=0) + place.min(axis=0)) / 2
        place[:, 0] = np.clip(place[:, 0], low, high)
        apart = place[:, None] - place[None]
        over = np.stack([wide - np.abs(apart[..., 0]), _LINE - np.abs(apart[..., 1])], axis=-1)
        hit = (over > 0.5).all(axis=-1) & ~np.eye(len(place), dtype=bool)
        if not hit.any():
            break
        order = np.sign(np.arange(len(place))[:, None] - np.arange(len(place)))[..., None]
        sign = np.where(apart == 0, order, np.sign(apart))
        less = (over[..., 1] <= over[..., 0])[..., None] == np.array([False, True])
        place = place + (np.where(less & hit[..., None], over * sign, 0.0)).sum(axis=1) * 0.3
    return place


def network(
    nodes: pd.DataFrame, links: pd.DataFrame, *, ink: str, room: float = _WIDTH
) -> go.Figure:
    """Points joined by lines, in a picture as high as they need.

    Parameters
    ----------
    nodes : label (short, drawn), name (whole, on hover), size (the larger the bigger the point), hover (a line about it).
    links : a, b (positions in `nodes`), weight (the heavier the nearer and the thicker), hover.
    ink : the colour of the names, as the theme has it for text.
    room : the pixels there are from left to right, at least; a wider picture draws everything further apart.
    """
    ends = links[["a", "b"]].to_numpy(dtype=int).reshape(-1, 2)
    weight = links["weight"].to_numpy(dtype=float)
    widths = np.array(
        [
            24 + sum(_WIDE_LETTER if ord(letter) > 0x2E80 else _LETTER for letter in label)
            for label in nodes["label"]
        ]
    )
    place, high = layout(
        len(nodes),
        ends,
        0.5 + weight / max(float(weight.max(initial=0.0)), 1e-9),
        widths,
        room=room,
    )
    group = components(len(nodes), ends)
    figure = go.Figure()
    thick = (
        pd.Series(weight).rank(pct=True).mul(len(_WIDTHS)).sub(1e-9).clip(0).astype(int).to_numpy()
    )
    for level, width in enumerate(_WIDTHS):
        own = ends[thick == level]
        x, y = (
            np.column_stack(
                [place[own[:, 0], axis], place[own[:, 1], axis], np.full(len(own), np.nan)]
            ).ravel()
            for axis in (0, 1)
        )
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line={"width": width, "color": _LINK},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    middle = (place[ends[:, 0]] + place[ends[:, 1]]) / 2
    about = links["hover"].map(safe)
    invisible = {"size": 14, "opacity": 0}
    figure.add_trace(
        go.Scatter(
            x=middle[:, 0],
            y=middle[:, 1],
            mode="markers",
            marker=invisible,
            text=about,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    biggest = max(float(nodes["size"].max()), 1e-9)
    for number in range(int(group.max(initial=-1)) + 1):
        own = group == number
        figure.add_trace(
            go.Scatter(
                x=place[own, 0],
                y=place[own, 1],
                mode="markers+text",
                marker={
                    "size": 10 + 22 * np.sqrt(nodes.loc[own, "size"] / biggest),
                    "opacity": 0.95,
                },
                text=nodes.loc[own, "label"].map(safe),
                textposition="bottom center",
                textfont={"size": 14, "color": ink},
                customdata=np.column_stack(
                    [nodes.loc[own, "name"].map(safe), nodes.loc[own, "hover"].map(safe)]
                ),
                hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
                cliponaxis=False,
            )
        )
    figure.update_layout(
        showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hoverlabel_font_size=14
    )
    figure.update_layout(height=high + 90)
    figure.update_xaxes(visible=False, range=[-10, room + 10])
    figure.update_yaxes(visible=False, range=[high + 50, -30])
    return figure
