"""RFM: scores from 1 to 5 for recency, frequency and monetary, and the eleven names that marketers give the combinations.

Scores by fifths: Hughes, "Strategic Database Marketing" (1994). The names are those in common use; which cell bears which name
follows the table spread by CleverTap ("RFM analysis", 2018), read with the mean of the frequency and monetary scores, and with
the cell (1, 1) set apart as Lost, as Putler does. Rows: recency score 1 to 5; columns: value score 1 to 5.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.choosing import rfm_columns
from crm_analysis.analyses.segments.models import Bounds
from crm_analysis.analyses.segments.options import RFMOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

__all__ = ["CELLS", "NAMES", "fit_bounds", "names_of", "rfm_points"]

NAMES = (
    "champions",
    "loyal",
    "potential_loyalist",
    "new",
    "promising",
    "need_attention",
    "about_to_sleep",
    "at_risk",
    "cant_lose",
    "hibernating",
    "lost",
)
_MAP = (
    ("lost", "hibernating", "at_risk", "at_risk", "cant_lose"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("promising", "potential_loyalist", "potential_loyalist", "loyal", "loyal"),
    ("new", "potential_loyalist", "potential_loyalist", "champions", "champions"),
)
_NUMBERS = np.array([[NAMES.index(name) for name in row] for row in _MAP])

# The middle of each name's cells, as (recency score, value score): where a segment found otherwise is most like it.
CELLS = {name: tuple(np.argwhere(at == _NUMBERS).mean(axis=0) + 1) for at, name in enumerate(NAMES)}


def names_of(scores: np.ndarray) -> np.ndarray:
    """The number of the name (position in NAMES) of rows of scores: recency, frequency and, where there is one, monetary.

    >>> [NAMES[number] for number in names_of(np.array([[5, 5, 4], [1, 5, 5], [1, 1, 1], [5, 1, 1]]))]
    ['champions', 'cant_lose', 'lost', 'new']
    """
    value = np.floor(scores[:, 1:].mean(axis=1) + 0.5).astype(int)
    return _NUMBERS[scores[:, 0] - 1, value - 1]


def rfm_points(customers: pd.DataFrame) -> tuple[tuple[str, ...], np.ndarray]:
    """The columns there are of recency, frequency, monetary, and their values; AnalysisError without the first two."""
    columns = tuple(rfm_columns(customers))
    if not columns:
        raise AnalysisError("segments.needs_orders")
    return columns, customers[list(columns)].to_numpy(dtype=float)


def fit_bounds(
    columns: tuple[str, ...], points: np.ndarray, options: RFMOptions, notes: list[Message]
) -> Bounds:
    """The boundaries of the scores: the fifths of the customers, or the reader's own.

    Equal values always get equal scores. A score is 1 + the number of boundaries strictly below the value (for recency
    5 − that number), so with many equal values some scores have nobody; where this happens it is noted.
    """
    edges: list[tuple[float, ...]] = []
    for at, name in enumerate(columns):
        own = getattr(options, f"{name}_bounds")
        values = points[:, at]
        distinct = len(np.unique(values))
        if own is not None:
            edges.append(tuple(float(bound) for bound in own))
        elif distinct < 2:
            edges.append(())
            notes.append(Message("segments.note.rfm_flat", {"column": name}))
        else:
            bounds = np.quantile(values, [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
            edges.append(tuple(float(bound) for bound in bounds))
        levels = len(np.unique(np.searchsorted(np.asarray(edges[-1]), values, side="left")))
        if edges[-1] and levels < 5:
            notes.append(
                Message(
                    "segments.note.rfm_ties",
                    {"column": name, "scores": levels, "distinct": distinct},
                )
            )
    if "monetary" not in columns:
        notes.append(Message("segments.note.rfm_no_money", {}))
    return Bounds(columns, tuple(edges))
