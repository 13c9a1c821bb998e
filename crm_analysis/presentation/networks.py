"""Networks: what is linked with what.

Laid out so that linked things lie together and names do not cover one another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation.charts import safe

_LINK = "rgba(128,140,158,0.55)"
_ROUNDS = 300
_WIDTH = 760.0  # pixels of the picture that labels are set apart for, where nothing else is said
_NEAR = 70.0  # pixels between points that are linked
_LETTER, _LINE = (
    8.0,
    52.0,
)  # pixels of a letter, and of a label's line with its point
_WIDE_LETTER = 15.0
_LINE_WIDTHS = (1.5, 3.0, 5.0)
_ROOM = 24.0  # pixels of a label's place that are no letters
_LETTERS_HIGH = 18.0
_GAP = 3.0  # pixels between a point and what is written beside it
# Where a name may stand, in the order in which a place is preferred: right and down of the point.
_PLACES = {
    "bottom center": (0, 1),
    "top center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
}
_ON_A_NAME = (
    10.0  # how much worse a name on a name or a point is than one on a line
)
_SWEEPS = 4
_STRETCHES = (1.0, 1.5)  # of a picture that is drawn wider than it was laid out


def components(nodes: int, links: np.ndarray) -> np.ndarray:
    """The group of each node: those joined by links, directly or through others.

    The largest group is 0.

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
    return np.argsort(np.argsort(-sizes, kind="stable"))[number]


@dataclass(frozen=True, eq=False)
class _Component:
    """A group of nodes laid out for itself: their points, and the room they and labels take."""

    nodes: np.ndarray
    points: np.ndarray
    width: float
    height: float


def layout(
    links: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    *,
    width: float = _WIDTH,
    seed: int = 0,
) -> tuple[np.ndarray, float]:
    """Points of the nodes in a frame `width` pixels wide, and its height.

    `labels` are as wide as the nodes' names. Each group is laid out by the forces of Fruchterman
    and Reingold (1991), its labels pushed apart, then the groups set beside and under one another,
    the largest first.
    """
    group = components(len(labels), links)
    waiting = []
    for number in range(int(group.max(initial=-1)) + 1):
        nodes = np.flatnonzero(group == number)
        within = group[links[:, 0]] == number
        own_links = np.searchsorted(nodes, links[within])
        random = np.random.default_rng(seed)
        points = _turned(_spring(len(nodes), own_links, weights[within], random))
        points = _push(points * np.array([1.5, 1.0]), labels[nodes], width)
        half = labels[nodes] / 2
        points = points - np.array(
            [(points[:, 0] - half).min(), points[:, 1].min()]
        )
        right = float((points[:, 0] + half).max())
        waiting.append(_Component(nodes, points, right, float(points[:, 1].max())))
    placed = np.zeros((len(labels), 2))
    top = 0.0
    while waiting:
        row, waiting = _fill_row(waiting, width)
        between = max(width - sum(part.width for part in row), 0.0) / (len(row) + 1)
        height, x = max(part.height for part in row), between
        for part in row:
            placed[part.nodes] = part.points + np.array(
                [x, top + (height - part.height) / 2]
            )
            x += part.width + between
        top += height + 1.2 * _LINE
    return placed, max(top - 1.2 * _LINE, 0.0)


def _fill_row(
    waiting: list[_Component], width: float
) -> tuple[list[_Component], list[_Component]]:
    """The groups that fit beside the first, and those that wait for the next row."""
    row: list[_Component] = []
    rest: list[_Component] = []
    for part in waiting:
        if not row or part.width <= width:
            row.append(part)
            width -= part.width
        else:
            rest.append(part)
    return row, rest


def _spring(
    nodes: int,
    links: np.ndarray,
    weights: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Points that repel one another, drawn together by their links."""
    points = random.random((nodes, 2)) * _NEAR
    pull = np.zeros((nodes, nodes))
    pull[links[:, 0], links[:, 1]] = pull[links[:, 1], links[:, 0]] = weights
    for step in range(_ROUNDS):
        offset = points[:, None] - points[None]
        distance = np.maximum(np.hypot(offset[..., 0], offset[..., 1]), 1.0)
        strength = _NEAR**2 / distance**2 - pull * distance / _NEAR
        force = (offset * strength[..., None]).sum(axis=1)
        length = np.maximum(np.hypot(force[:, 0], force[:, 1]), 1e-9)
        heat = _NEAR * (1 - step / _ROUNDS)
        points = (
            points + force / length[:, None] * np.minimum(length, heat)[:, None]
        )
    return points


def _turned(points: np.ndarray) -> np.ndarray:
    if len(points) < 2:
        return points
    centred = points - points.mean(axis=0)
    return centred @ np.linalg.svd(centred, full_matrices=False)[2].T


def _push(points: np.ndarray, labels: np.ndarray, width: float) -> np.ndarray:
    """Boxes moved apart, each time along the axis on which they overlap less."""
    apart = (labels[:, None] + labels[None]) / 2
    limit = np.maximum(width - labels, 0.0) / 2
    number = np.arange(len(points))
    for _ in range(300):
        points = points - (points.max(axis=0) + points.min(axis=0)) / 2
        points[:, 0] = np.clip(points[:, 0], -limit, limit)
        offset = points[:, None] - points[None]
        distance = np.abs(offset)
        overlap = np.stack(
            [apart - distance[..., 0], _LINE - distance[..., 1]],
            axis=-1,
        )
        touching = (overlap > 0.5).all(axis=-1) & ~np.eye(len(points), dtype=bool)
        if not touching.any():
            break
        by_number = np.sign(number[:, None] - number)[..., None]
        sign = np.where(offset == 0, by_number, np.sign(offset))
        vertical = (overlap[..., 1] <= overlap[..., 0])[..., None]
        moved = (vertical == np.array([False, True])) & touching[..., None]
        points = points + np.where(moved, overlap * sign, 0.0).sum(axis=1) * 0.3
    return points


def network(
    nodes: pd.DataFrame,
    links: pd.DataFrame,
    *,
    ink: str,
    width: float = _WIDTH,
) -> go.Figure:
    """Points joined by lines, in a picture as high as they need.

    Parameters
    ----------
    nodes : pandas.DataFrame
        label (short, drawn), name (whole, on hover), size (the larger the bigger the point), hover
        (a line about it).
    links : pandas.DataFrame
        a, b (positions in `nodes`), weight (the heavier the nearer and the thicker), hover.
    ink : str
        The colour of the names, as the theme has it for text.
    width : float
        The pixels there are from left to right, at least; a wider picture draws everything further
        apart.
    """
    ends = links[["a", "b"]].to_numpy(dtype=int).reshape(-1, 2)
    weights = links["weight"].to_numpy(dtype=float)
    relative = weights / max(float(weights.max(initial=0.0)), 1e-9)
    points, height = layout(
        ends,
        0.5 + relative,
        np.array([_label_width(label) for label in nodes["label"]]),
        width=width,
    )
    sizes = _point_sizes(nodes["size"])
    letters = np.array([_label_width(label) - _ROOM for label in nodes["label"]])
    figure = go.Figure()
    _add_lines(figure, points, ends, weights)
    _add_hover_of_links(figure, points, ends, links["hover"])
    _add_points(
        figure,
        points,
        nodes.assign(
            diameter=sizes,
            place=places(points, ends, letters, sizes / 2, width=width),
        ),
        components(len(nodes), ends),
        ink,
    )
    figure.update_layout(
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hoverlabel_font_size=14,
        height=height + 90,
    )
    figure.update_xaxes(visible=False, range=[-10, width + 10])
    figure.update_yaxes(visible=False, range=[height + 50, -30])
    return figure


def _label_width(label: str) -> float:
    letters = (
        _WIDE_LETTER if ord(letter) > 0x2E80 else _LETTER for letter in label
    )
    return _ROOM + sum(letters)


def _point_sizes(sizes: pd.Series) -> np.ndarray:
    relative = sizes.to_numpy(dtype=float) / max(float(sizes.max()), 1e-9)
    return np.asarray(10 + 22 * np.sqrt(relative))


def places(
    points: np.ndarray,
    links: np.ndarray,
    letters: np.ndarray,
    radii: np.ndarray,
    *,
    width: float = _WIDTH,
) -> list[str]:
    """Where the name of each point stands so that few lines and no other name run through it.

    `letters` are the widths of the names, `radii` of the points, all in pixels as `points`. The
    answer is of Plotly's words for it; a name never reaches over the sides of the picture.
    """
    boxes = {place: _boxes(points, letters, radii, place) for place in _PLACES}
    dots = np.column_stack([points - radii[:, None], points + radii[:, None]])
    fixed = {
        place: _lines_through(place, points, links, letters, radii)
        + _ON_A_NAME * (_overlaps(box, dots) & ~np.eye(len(box), dtype=bool)).sum(1)
        + np.where((box[:, 0] < 0) | (box[:, 2] > width), np.inf, 0.0)
        for place, box in boxes.items()
    }
    names = list(_PLACES)
    # Under its point a name has had its room since the points were laid out.
    chosen = [names[0]] * len(points)
    for _ in range(_SWEEPS):
        before = list(chosen)
        for number in range(len(points)):
            others = np.array(
                [
                    boxes[place][other]
                    for other, place in enumerate(chosen)
                    if other != number
                ]
            ).reshape(-1, 4)
            costs = [
                fixed[place][number]
                + _ON_A_NAME * _overlaps(boxes[place][[number]], others).sum()
                for place in names
            ]
            chosen[number] = names[int(np.argmin(costs))]
        if chosen == before:
            break
    return chosen


def _lines_through(
    place: str,
    points: np.ndarray,
    links: np.ndarray,
    letters: np.ndarray,
    radii: np.ndarray,
) -> np.ndarray:
    """How many lines run through the names in a place, at the widths a picture may have."""
    counts = np.zeros(len(points))
    for stretch in _STRETCHES:
        drawn = points * np.array([stretch, 1.0])
        boxes = _boxes(drawn, letters, radii, place)
        counts += _crossings(boxes, drawn[links])
    return counts


def _boxes(
    points: np.ndarray, letters: np.ndarray, radii: np.ndarray, place: str
) -> np.ndarray:
    """What a name covers in a place: left, top, right, bottom."""
    right, down = _PLACES[place]
    half = np.column_stack([letters / 2, np.full(len(letters), _LETTERS_HIGH / 2)])
    away = (radii + _GAP)[:, None] + half
    centre = points + np.array([right, down]) * away
    return np.column_stack([centre - half, centre + half])


def _overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of the boxes lies on which of the others."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.asarray((low < high).all(axis=-1))


def _crossings(boxes: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """How many lines run through each box (by Liang and Barsky, 1984)."""
    start = lines[:, 0]
    step = lines[:, 1] - start
    step = np.where(step == 0, 1e-9, step)
    enter = (boxes[:, None, :2] - start) / step
    leave = (boxes[:, None, 2:] - start) / step
    first = np.minimum(enter, leave).max(axis=-1, initial=0.0)
    last = np.maximum(enter, leave).min(axis=-1, initial=1.0)
    return np.asarray((first < last).sum(axis=1), dtype=float)


def _add_lines(
    figure: go.Figure,
    points: np.ndarray,
    ends: np.ndarray,
    weights: np.ndarray,
) -> None:
    rank = pd.Series(weights).rank(pct=True)
    level = rank.mul(len(_LINE_WIDTHS)).sub(1e-9).clip(0).astype(int).to_numpy()
    for number, line_width in enumerate(_LINE_WIDTHS):
        own = ends[level == number]
        gap = np.full((len(own), 2), np.nan)  # ends a line
        path = np.stack(
            [points[own[:, 0]], points[own[:, 1]], gap], axis=1
        ).reshape(-1, 2)
        figure.add_trace(
            go.Scatter(
                x=path[:, 0],
                y=path[:, 1],
                mode="lines",
                line={"width": line_width, "color": _LINK},
                hoverinfo="skip",
                showlegend=False,
            )
        )


def _add_hover_of_links(
    figure: go.Figure,
    points: np.ndarray,
    ends: np.ndarray,
    hovers: pd.Series,
) -> None:
    middle = (points[ends[:, 0]] + points[ends[:, 1]]) / 2
    figure.add_trace(
        go.Scatter(
            x=middle[:, 0],
            y=middle[:, 1],
            mode="markers",
            marker={"size": 14, "opacity": 0},
            text=hovers.map(safe),
            hovertemplate="%{text}<extra></extra>",
        )
    )


def _add_points(
    figure: go.Figure,
    points: np.ndarray,
    nodes: pd.DataFrame,
    group: np.ndarray,
    ink: str,
) -> None:
    texts = nodes[["label", "name", "hover"]].map(safe)
    for number in range(int(group.max(initial=-1)) + 1):
        own = group == number
        figure.add_trace(
            go.Scatter(
                x=points[own, 0],
                y=points[own, 1],
                mode="markers+text",
                marker={"size": nodes.loc[own, "diameter"], "opacity": 0.95},
                text=texts.loc[own, "label"],
                textposition=nodes.loc[own, "place"],
                textfont={"size": 14, "color": ink},
                customdata=texts.loc[own, ["name", "hover"]],
                hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
                cliponaxis=False,
            )
        )
