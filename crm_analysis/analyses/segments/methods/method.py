"""What every way to segment has in common: prepared once, then followed by a slider."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.encoding import CustomerEncoding
from crm_analysis.analyses.segments.models import NOISE, SegmentModel
from crm_analysis.analyses.segments.projection import Axes, axes_of
from crm_analysis.analyses.segments.scaling import encode
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress
from crm_analysis.messages import Message
from crm_analysis.options import Options


@dataclass(frozen=True, eq=False)
class Prepared:
    """What does not change while a slider is moved.

    - options : the settings it was prepared with
    - customers : those that can be placed, a row each
    - encoding, points : how their columns become points, and the points
    - axes : of the map
    - notes : what there is to say so far
    - fitted : what the method computed beforehand
    """

    options: Any
    customers: pd.DataFrame
    encoding: CustomerEncoding
    points: np.ndarray
    axes: Axes
    notes: tuple[Message, ...]
    fitted: Any = None


@dataclass(frozen=True, eq=False)
class Assignment:
    """Everyone's label and where it came from.

    `distances` and `radius`: DBSCAN's k-distance curve and the radius used.
    """

    labels: np.ndarray
    model: SegmentModel
    quality: pd.DataFrame
    notes: Sequence[Message]
    distances: pd.DataFrame | None = None
    radius: float | None = None


class Method(ABC):
    """A way to segment.

    A new one is a file with its settings and one of these, and an entry in METHODS. It is said by
    the phrases `segments.method.<name>`, `segments.how.<name>`, and those of its settings.
    `MODELS` are the models it may leave behind, `SLIDER` the settings that `assign` follows
    without anything being prepared again.
    """

    OPTIONS: ClassVar[type[Options]]
    MODELS: ClassVar[tuple[type[SegmentModel], ...]]
    SLIDER: ClassVar[tuple[str, ...]] = ()

    def suits(self, customers: pd.DataFrame) -> bool:
        """Whether the customers have the columns that the method needs."""
        return True

    def prepare(
        self, customers: pd.DataFrame, options: Any, progress: Progress
    ) -> Prepared:
        """All that can be computed before the slider's place is known."""
        encoding, used, notes = encode(customers, options)
        points = encoding.transform(used)
        fitted = self.fit(points, used, options, notes, progress)
        notes.append(used_note(used, customers, encoding.names))
        return Prepared(
            options=options,
            customers=used,
            encoding=encoding,
            points=points,
            axes=axes_of(points),
            notes=tuple(notes),
            fitted=fitted,
        )

    def fit(
        self,
        points: np.ndarray,
        customers: pd.DataFrame,
        options: Any,
        notes: list[Message],
        progress: Progress,
    ) -> Any:
        """What `assign` finds as `fitted`; it may add to the notes."""
        return None

    @abstractmethod
    def assign(self, prepared: Prepared, options: Any) -> Assignment:
        """Everyone's label for these options."""

    def inputs(
        self,
        customers: pd.DataFrame,
        encoding: CustomerEncoding,
        model: SegmentModel,
    ) -> tuple[np.ndarray, np.ndarray]:
        """What the model reads of each customer, and whether enough is known of them.

        AnalysisError `segments.missing_feature` where a column is not in the table.
        """
        points = encoding.transform(customers)
        return points, customers[list(encoding.names)].notna().any(
            axis=1
        ).to_numpy()

    def names(self, labels: np.ndarray) -> dict[int, Message]:
        """The names of its own that the method gives its segments, if any."""
        return {}

    def scores(
        self, customers: pd.DataFrame, model: SegmentModel
    ) -> dict[str, np.ndarray]:
        """Columns that the method adds to the customers."""
        return {}

    def read_model(self, values: Mapping[str, Any]) -> SegmentModel:
        """A saved model of this method; AnalysisError where it is none."""
        for model in self.MODELS:
            if values["kind"] == model.KIND:
                return model.from_dict(values)
        raise AnalysisError("segments.not_saved_here")


def used_note(
    used: pd.DataFrame, customers: pd.DataFrame, features: Sequence[str]
) -> Message:
    """How many customers are compared, and by what."""
    return Message(
        "segments.note.used",
        {
            "used": len(used),
            "count": len(customers),
            "features": list(features),
        },
    )


def noise_notes(labels: np.ndarray) -> list[Message]:
    """How many customers are unlike any group, if any are."""
    noise = int((labels == NOISE).sum())
    details = {"count": noise, "share": noise / len(labels)}
    return [Message("segments.note.noise", details)] if noise else []
