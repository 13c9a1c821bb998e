"""Large figures at an axis, written as the sentence beside it writes them: 300万, 2.93亿, 250K.

Plotly's own forms know thousands and millions only. So an axis is given what stands for each of
its ticks, those of a closer look included; where a reader looks closer still, every digit stands.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from babel import numbers

from crm_analysis.numerals import Language, locale_of, write_tick

_FINER = 20  # steps in a power of ten: ticks stand at 1, 2 or 5 of them
_ROOM = 1.3  # an axis goes a little beyond its longest bar
_MINUS = "\u2212"  # Plotly's


def worded(figure: go.Figure, language: Language) -> go.Figure:
    """The figure, its numbers at the axes in the reader's words."""
    for axis, (low, high) in _reaches(figure).items():
        names = tick_names(low, high, language)
        if names:
            figure.layout[axis].update(
                exponentformat="none", separatethousands=True, labelalias=names
            )
    return figure


def tick_names(low: float, high: float, language: Language) -> dict[str, str]:
    """What stands for each tick between two figures; nothing where all are small.

    >>> tick_names(0, 30_000, "zh")["25,000"], tick_names(0, 2e6, "en")["1,500,000"]
    ('2.5万', '1.5M')
    >>> tick_names(0, 900, "en")
    {}
    """
    reach = _ROOM * max(abs(low), abs(high))
    if not math.isfinite(reach) or not reach:
        return {}
    step = max(1.0, 10.0 ** math.floor(math.log10(reach)) / _FINER)
    names = {}
    for count in range(1, int(reach / step) + 1):
        plain = numbers.format_decimal(count * step, locale=locale_of(language))
        name = write_tick(count * step, language)
        if name != plain:
            names[plain] = name
            if low < 0:
                names[_MINUS + plain] = _MINUS + name
    return names


def _reaches(figure: go.Figure) -> dict[str, tuple[float, float]]:
    """From where to where the figures of each numeric axis go."""
    values: dict[str, list[np.ndarray[Any, Any]]] = defaultdict(list)
    for trace in figure.data:
        for side in ("x", "y"):
            if side not in trace:
                continue
            numeric = _numeric(trace[side])
            if numeric is not None:
                name = trace[f"{side}axis"] or side
                values[f"{side}axis{name[1:]}"].append(numeric)
    stacked = figure.layout.barmode in ("stack", "relative")
    return {
        axis: _ends(parts, stacked=stacked)
        for axis, parts in values.items()
        if figure.layout[axis].type not in ("category", "date")
    }


def _numeric(values: Any) -> np.ndarray[Any, Any] | None:
    """The finite numbers of an axis; None of names and days."""
    if values is None or not len(values):
        return None
    column = pd.Series(list(values))
    if not pd.api.types.is_numeric_dtype(column):
        return None
    array = column.to_numpy(dtype=float)
    finite = array[np.isfinite(array)]
    return finite if len(finite) else None


def _ends(
    parts: list[np.ndarray[Any, Any]], *, stacked: bool
) -> tuple[float, float]:
    low = min(float(part.min()) for part in parts)
    highest = [float(part.max()) for part in parts]
    return low, sum(highest) if stacked else max(highest)
