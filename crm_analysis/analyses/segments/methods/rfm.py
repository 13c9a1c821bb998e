"""RFM: scores from 1 to 5 for recency, frequency and monetary, and the eleven names marketers use.

Scores by fifths: Hughes, "Strategic Database Marketing" (1994). The names are those in common use;
which cell bears which name follows the table spread by CleverTap ("RFM analysis", 2018), read with
the mean of the frequency and monetary scores, and with the cell (1, 1) set apart as Lost, as
Putler does. Rows: recency score 1 to 5; columns: value score 1 to 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.encoding import (
    CustomerEncoding,
    EncodedColumn,
)
from crm_analysis.analyses.segments.methods.method import (
    Assignment,
    Method,
    Prepared,
    used_note,
)
from crm_analysis.analyses.segments.options import FeatureOptions
from crm_analysis.analyses.segments.projection import axes_of
from crm_analysis.analyses.segments.quality import (
    SILHOUETTE_SAMPLE,
    one_row,
    sample_rows,
    stability,
)
from crm_analysis.analyses.segments.scaling import encode, rfm_columns
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob

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
    (
        "new",
        "potential_loyalist",
        "potential_loyalist",
        "champions",
        "champions",
    ),
)
_NUMBERS = np.array([[NAMES.index(name) for name in row] for row in _MAP])

# The middle of each name's cells, as (recency score, value score).
CELLS = {
    name: tuple(np.argwhere(number == _NUMBERS).mean(axis=0) + 1)
    for number, name in enumerate(NAMES)
}
_FIFTHS = [0.2, 0.4, 0.6, 0.8]


@dataclass(frozen=True, kw_only=True)
class RFMOptions(Options):
    """Scores from 1 to 5 by fifths of the customers, or by four ascending boundaries given."""

    recency_bounds: tuple[float, ...] | None = knob(None)
    frequency_bounds: tuple[float, ...] | None = knob(None)
    monetary_bounds: tuple[float, ...] | None = knob(None)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("recency_bounds", "frequency_bounds", "monetary_bounds"):
            bounds = getattr(self, name)
            if bounds is not None and not _four_ascending(bounds):
                raise ValueError(
                    f"RFMOptions.{name} is {bounds!r}; it must be four ascending numbers"
                )


def _four_ascending(bounds: tuple[Any, ...]) -> bool:
    numbers = all(
        isinstance(bound, int | float)
        and not isinstance(bound, bool)
        and bound == bound
        for bound in bounds
    )
    return len(bounds) == 4 and numbers and list(bounds) == sorted(bounds)


@dataclass(frozen=True, eq=False)
class RFMScores:
    """For each of the columns four ascending boundaries; a column with none scores 3.

    Labels are positions in NAMES.
    """

    KIND: ClassVar[str] = "bounds"

    columns: tuple[str, ...]
    edges: tuple[tuple[float, ...], ...]

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The name of each row of recency, frequency (and monetary) in their own units."""
        return names_of(self.scores(np.nan_to_num(points)))

    def scores(self, points: np.ndarray) -> np.ndarray:
        """A score from 1 to 5 for each column; 5 is best, so recency counts backwards."""
        scores = np.full(points.shape, 3, dtype=np.int64)
        for position, (column, edges) in enumerate(
            zip(self.columns, self.edges, strict=True)
        ):
            if edges:
                above = np.searchsorted(
                    np.asarray(edges), points[:, position], side="left"
                )
                scores[:, position] = (
                    5 - above if column == "recency" else 1 + above
                )
        return scores

    def reordered(self, order: np.ndarray) -> RFMScores:
        """The same: its segments have names of their own."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": self.KIND,
            "columns": list(self.columns),
            "edges": [list(own) for own in self.edges],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From `to_dict`'s output."""
        return cls(
            tuple(values["columns"]),
            tuple(tuple(edges) for edges in values["edges"]),
        )


class RFMMethod(Method):
    """Segments by scores."""

    OPTIONS = RFMOptions
    MODELS = (RFMScores,)

    def suits(self, customers: pd.DataFrame) -> bool:
        """Whether orders are known of the customers."""
        return bool(rfm_columns(customers))

    def prepare(
        self, customers: pd.DataFrame, options: RFMOptions, progress: Progress
    ) -> Prepared:
        """The customers with all scores, and points for the map."""
        columns, values = _values(customers)
        scored = np.isfinite(values).all(axis=1)
        if not scored.any():
            raise AnalysisError("segments.needs_orders")
        notes = []
        if not scored.all():
            notes.append(
                Message(
                    "segments.note.all_missing", {"count": int((~scored).sum())}
                )
            )
        used = customers[scored].reset_index(drop=True)
        try:
            encoding = encode(used, FeatureOptions(features=columns))[0]
            points = encoding.transform(used)
        except (
            AnalysisError
        ):  # everyone is the same: nothing to draw, and still a score for each
            encoding = CustomerEncoding(
                tuple(EncodedColumn(name, "number") for name in columns)
            )
            points = values[scored]
        notes.append(used_note(used, customers, columns))
        return Prepared(
            options, used, encoding, points, axes_of(points), tuple(notes)
        )

    def assign(self, prepared: Prepared, options: RFMOptions) -> Assignment:
        """Everyone's name by their scores."""
        columns, values = _values(prepared.customers)
        notes = list(prepared.notes)
        model = _fit(columns, values, options)
        labels = model.predict(values)
        few = sample_rows(len(values), SILHOUETTE_SAMPLE, options.seed)
        some = values[few]

        def refit(rows: np.ndarray, seed: int) -> np.ndarray:
            return _fit(columns, some[rows], options).predict(some)

        steady = stability(some, labels[few], refit, options.seed)
        return Assignment(
            labels,
            model,
            one_row(prepared.points, labels, options.seed, steady),
            [*notes, *_notes(model, values)],
        )

    def inputs(
        self, customers: pd.DataFrame, encoding: CustomerEncoding, model: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """Recency, frequency and monetary in their own units, and where all are known."""
        columns = rfm_columns(customers)
        for column in model.columns:
            if column not in columns:
                raise AnalysisError("segments.missing_feature", feature=column)
        values = customers[list(model.columns)].to_numpy(dtype=float)
        return values, np.isfinite(values).all(axis=1)

    def names(self, labels: np.ndarray) -> dict[int, Message]:
        """The names that marketers use."""
        return {
            label: Message(f"segments.name.{NAMES[label]}", {})
            for label in np.unique(labels).tolist()
        }

    def scores(self, customers: pd.DataFrame, model: Any) -> dict[str, np.ndarray]:
        """r_score, f_score and, with money, m_score."""
        scores = model.scores(customers[list(model.columns)].to_numpy(dtype=float))
        return {
            f"{column[0]}_score": scores[:, position]
            for position, column in enumerate(model.columns)
        }


def names_of(scores: np.ndarray) -> np.ndarray:
    """The position in NAMES of rows of scores: recency, frequency and, if any, monetary.

    >>> scores = np.array([[5, 5, 4], [1, 5, 5], [1, 1, 1], [5, 1, 1]])
    >>> [NAMES[number] for number in names_of(scores)]
    ['champions', 'cant_lose', 'lost', 'new']
    """
    value = np.floor(scores[:, 1:].mean(axis=1) + 0.5).astype(int)
    return _NUMBERS[scores[:, 0] - 1, value - 1]


def _values(customers: pd.DataFrame) -> tuple[tuple[str, ...], np.ndarray]:
    columns = tuple(rfm_columns(customers))
    if not columns:
        raise AnalysisError("segments.needs_orders")
    return columns, customers[list(columns)].to_numpy(dtype=float)


def _fit(
    columns: tuple[str, ...], values: np.ndarray, options: RFMOptions
) -> RFMScores:
    """The boundaries of the scores: the fifths of the customers, or the reader's own.

    Equal values always get equal scores. A score is 1 + the number of boundaries strictly below
    the value (for recency 5 − that number), so with many equal values some scores have nobody.
    """
    edges: list[tuple[float, ...]] = []
    for position, column in enumerate(columns):
        bounds = getattr(options, f"{column}_bounds")
        own = values[:, position]
        if bounds is None and own.min() < own.max():
            bounds = np.quantile(own, _FIFTHS, method="inverted_cdf")
        edges.append(
            tuple(float(bound) for bound in bounds) if bounds is not None else ()
        )
    return RFMScores(columns, tuple(edges))


def _notes(model: RFMScores, values: np.ndarray) -> list[Message]:
    notes = []
    for position, (column, edges) in enumerate(
        zip(model.columns, model.edges, strict=True)
    ):
        own = values[:, position]
        levels = len(
            np.unique(np.searchsorted(np.asarray(edges), own, side="left"))
        )
        if not edges:
            notes.append(Message("segments.note.rfm_flat", {"column": column}))
        elif levels < 5:
            notes.append(
                Message(
                    "segments.note.rfm_ties",
                    {
                        "column": column,
                        "scores": levels,
                        "distinct": len(np.unique(own)),
                    },
                )
            )
    if "monetary" not in model.columns:
        notes.append(Message("segments.note.rfm_no_money", {}))
    return notes
