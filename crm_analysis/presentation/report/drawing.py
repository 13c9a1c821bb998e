"""A chart as SVG: for paper, and for who reads the page without scripts."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from html import escape

from crm_analysis.presentation.report.finding import Chart, Line
from crm_analysis.wording import Language, write_number

# The first of the theme's palette.
COLOURS = ("#0072B2", "#E07B00", "#009E73", "#C2569B", "#5F6B7A", "#B8450F")
_INK, _QUIET, _GRID = "#1F2937", "#5B6B7F", "#D5DBE3"
_WIDTH, _LETTER, _ROW, _SIZE = 720, 7.4, 30, 13
_TOP = 30  # of a legend
_NAMES = 0.34  # of the width, at most, for names beside bars
_TICKS, _X_LABELS = 4, 6
_At = Callable[[float], float]  # where on the width a value lies
_DASHES = ("", "", "5 4", "5 4", "2 3", "2 3")


def svg(chart: Chart, language: Language, font: str = "sans-serif") -> str:
    """The chart as an SVG drawing 720 wide, its numbers written in the language."""
    draw = _lines if chart.shape == "lines" else _rows
    body, height = draw(chart, language)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" '
        f'width="{_WIDTH}" height="{height:g}" font-family="{escape(font)}" '
        f'font-size="{_SIZE}">{"".join(body)}</svg>'
    )


def _text(
    x: float, y: float, text: str, anchor: str = "start", colour: str = _INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


def width_of(text: str) -> float:
    """The room that a text takes, about; a Chinese letter is twice as wide."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return _LETTER * (len(text) - wide) + _SIZE * wide


def shortened(text: str, room: float) -> str:
    """As much of a text as there is room for."""
    if width_of(text) <= room:
        return text
    while text and width_of(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _legend(chart: Chart) -> list[str]:
    if len(chart.lines) < 2:
        return []
    parts, x = [], 0.0
    for place, line in enumerate(chart.lines):
        colour = COLOURS[place % len(COLOURS)]
        parts += [
            f'<rect x="{x:.1f}" y="4" width="12" height="12" fill="{colour}"/>',
            _text(x + 18, 15, line.name),
        ]
        x += 18 + width_of(line.name) + 22
    return parts


def _rows(chart: Chart, language: Language) -> tuple[list[str], float]:
    """Bars or ranges, one under another, with their names at the left and numbers at the right."""
    top = _TOP if len(chart.lines) > 1 else 4
    names_room = min(
        _WIDTH * _NAMES, max(width_of(name) for name in chart.categories) + 8
    )
    row = _ROW if len(chart.lines) == 1 else 22 * len(chart.lines) + 8
    low, high = _reach(chart)
    written = [
        width_of(write_number(value, chart.style, language))
        for line in chart.lines
        for value in line.values
        if value is not None
    ]
    room = max(written, default=0.0) + 10
    left = names_room + 8 + (room if low < 0 else 0)
    scale = (_WIDTH - left - room) / (high - low)

    def at(value: float) -> float:
        return left + (value - low) * scale

    height = top + row * len(chart.categories) + 8
    body = _legend(chart)
    body.append(
        f'<line x1="{at(0):.1f}" x2="{at(0):.1f}" y1="{top}" y2="{height - 8:g}" '
        f'stroke="{_GRID}" stroke-width="1.5"/>'
    )
    mark = _range if chart.shape == "ranges" else _bar
    for place, name in enumerate(chart.categories):
        y = top + row * place
        body.append(
            _text(0, y + row / 2 + 4.5, shortened(name, names_room), "start", _INK)
        )
        for position, line in enumerate(chart.lines):
            band = (row - 8) / len(chart.lines)
            body += [
                *mark(line, place, at, (y + 4 + band * position, band), position),
                _value(
                    chart,
                    line,
                    place,
                    at,
                    y + 4 + band * (position + 0.5),
                    language,
                ),
            ]
    return body, height


def _reach(chart: Chart) -> tuple[float, float]:
    """From where to where the values go, and nothing among them."""
    values = [0.0]
    for line in chart.lines:
        for part in (line.values, line.low, line.high):
            values += [value for value in part if value is not None]
    low, high = min(values), max(values)
    return (low, high) if high > low else (low, low + 1.0)


def _bar(
    line: Line, place: int, at: _At, band: tuple[float, float], position: int
) -> list[str]:
    value = line.values[place]
    if value is None:
        return []
    x = min(at(0), at(value))
    size = max(abs(at(value) - at(0)), 1.0)
    return [
        f'<rect x="{x:.1f}" y="{band[0]:.1f}" width="{size:.1f}" '
        f'height="{band[1] - 2:.1f}" fill="{COLOURS[position % len(COLOURS)]}"/>'
    ]


def _range(
    line: Line, place: int, at: _At, band: tuple[float, float], position: int
) -> list[str]:
    value = line.values[place]
    if value is None:
        return []
    colour, y = COLOURS[position % len(COLOURS)], band[0] + band[1] / 2
    parts = []
    low, high = line.low[place], line.high[place]
    if low is not None and high is not None:
        parts.append(
            f'<line x1="{at(low):.1f}" x2="{at(high):.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{colour}" stroke-width="3" stroke-opacity="0.45"/>'
        )
    return [
        *parts,
        f'<circle cx="{at(value):.1f}" cy="{y:.1f}" r="5.5" fill="{colour}"/>',
    ]


def _value(
    chart: Chart, line: Line, place: int, at: _At, y: float, language: Language
) -> str:
    value = line.values[place]
    if value is None:
        return ""
    ends = [value, 0.0]
    if line.low:
        ends += [
            end for end in (line.low[place], line.high[place]) if end is not None
        ]
    text = write_number(value, chart.style, language)
    if value < 0 and not line.low:
        return _text(at(value) - 6, y + 4.5, text, "end", _QUIET)
    return _text(at(max(ends)) + 7, y + 4.5, text, "start", _QUIET)


def nice_ticks(low: float, high: float) -> list[float]:
    """Round values from below `low` to above `high`.

    >>> nice_ticks(0, 97)
    [0.0, 25.0, 50.0, 75.0, 100.0]
    """
    span = (high - low) or abs(high) or 1.0
    power = 10 ** math.floor(math.log10(span / _TICKS))
    step = next(
        power * part
        for part in (1, 2, 2.5, 5, 10)
        if power * part * _TICKS >= span * 0.95
    )
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [
        round(step * number, 12)
        for number in range(first, max(last, first + 1) + 1)
    ]


def _lines(chart: Chart, language: Language) -> tuple[list[str], float]:
    """Lines over the categories, the grid at round values."""
    has_title = len(chart.lines) > 1 or bool(chart.axis)
    top = _TOP + 6 if has_title else 10
    low, high = _reach(chart)
    ticks = nice_ticks(low, high)
    labels = [write_number(tick, chart.style, language) for tick in ticks]
    left = max(width_of(label) for label in labels) + 12
    bottom, height = 250.0, 280.0
    right = _WIDTH - 16
    span = ticks[-1] - ticks[0]

    def up(value: float) -> float:
        return bottom - (value - ticks[0]) / span * (bottom - top)

    count = len(chart.categories)
    step = (right - left) / max(count - 1, 1)
    body = _legend(chart)
    if not body and chart.axis:
        body.append(_text(0, 15, chart.axis, "start", _QUIET))
    for tick, label in zip(ticks, labels, strict=True):
        body += [
            f'<line x1="{left:.1f}" x2="{right}" y1="{up(tick):.1f}" y2="{up(tick):.1f}" '
            f'stroke="{_GRID}"/>',
            _text(left - 6, up(tick) + 4.5, label, "end", _QUIET),
        ]
    body += _along(chart, left, step, bottom)
    for position, line in enumerate(chart.lines):
        points = [
            (left + step * place, up(value))
            for place, value in enumerate(line.values)
            if value is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        colour = COLOURS[position % len(COLOURS)]
        dash = _DASHES[position % len(_DASHES)]
        body.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5" '
            f'stroke-dasharray="{dash or "none"}"/>'
        )
    return body, height


def _along(chart: Chart, left: float, step: float, bottom: float) -> list[str]:
    """The names under a few of the categories, the first and the last among them."""
    count = len(chart.categories)
    every = max(1, math.ceil((count - 1) / (_X_LABELS - 1)))
    parts = []
    for place in range(0, count, every):
        anchor = "middle"
        if place == 0:
            anchor = "start"
        elif step * (count - 1 - place) < 30:
            anchor = "end"
        parts.append(
            _text(
                left + step * place,
                bottom + 20,
                chart.categories[place],
                anchor,
                _QUIET,
            )
        )
    return parts
