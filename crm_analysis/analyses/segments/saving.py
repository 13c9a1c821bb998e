"""A segmentation as plain JSON values and back, so that it can be reopened and applied; no pickle."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.segments.features import Encoding
from crm_analysis.analyses.segments.models import Bounds, model_from_dict
from crm_analysis.analyses.segments.options import OPTIONS
from crm_analysis.analyses.segments.projection import axes_of
from crm_analysis.analyses.segments.quality import one_row
from crm_analysis.analyses.segments.result import Adjustments, Segments, assemble
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

__all__ = ["from_dict", "saved_changes", "to_dict"]

_VERSION = 1


def to_dict(segments: Segments) -> dict[str, Any]:
    """The segmentation as plain JSON values: options, encoding, model, labels, names, changes, quality. No customer's data but
    the ids of pinned customers and, for DBSCAN, HDBSCAN and agglomerative, the scaled places of those whose nearness decides.
    """
    changes = segments.adjustments
    return {
        "version": _VERSION,
        "method": segments.method,
        "options": segments.options.to_dict(),
        "encoding": segments.encoding.to_dict(),
        "model": segments.model.to_dict(),
        "labels": segments.found.tolist(),
        "digest": _digest(segments.encoding, segments.table),
        "called": [
            [int(label), key, dict(details)] for label, (key, details) in segments.called.items()
        ],
        "merged": [[int(source), int(target)] for source, target in changes.merged.items()],
        "named": [[int(label), name] for label, name in changes.named.items()],
        "pinned": [[customer, int(label)] for customer, label in changes.pinned.items()],
        "quality": [
            {name: None if pd.isna(value) else value for name, value in row.items()}
            for row in segments.quality.to_dict("records")
        ],
        "distances": {name: segments.distances[name].tolist() for name in ("share", "distance")},
        "radius": segments.figures.get("radius"),
        "notes": [
            [key, dict(details)] for key, details in segments.notes if key not in Adjustments.NOTES
        ],
    }


def from_dict(values: Mapping[str, Any], customers: pd.DataFrame) -> Segments:
    """The segmentation of `to_dict` on a table of customers: the very same result on the same customers, the same segments applied
    to others. AnalysisError for what is no saved segmentation, or a table without the features.
    """
    if values.get("version") != _VERSION or values.get("method") not in OPTIONS:
        raise AnalysisError("segments.not_saved_here")
    encoding = Encoding.from_dict(values["encoding"])
    model = model_from_dict(values["model"])
    columns = list(model.columns if isinstance(model, Bounds) else encoding.names)
    for name in columns:
        if name not in customers.columns:
            raise AnalysisError("segments.missing_feature", feature=name)
    present = customers[columns].notna()
    known = present.all(axis=1) if isinstance(model, Bounds) else present.any(axis=1)
    used = customers[known].reset_index(drop=True)
    if not len(used):
        raise AnalysisError("customers.no_customers")
    points = encoding.transform(used)
    labels = np.array(values["labels"], dtype=np.int64)
    same = len(labels) == len(used) and _digest(encoding, used) == values["digest"]
    if not same:
        labels = model.predict(
            used[columns].to_numpy(dtype=float) if isinstance(model, Bounds) else points
        )
    options = OPTIONS[values["method"]].from_dict(values["options"])
    seed = getattr(options, "seed", 0)
    with threadpool_limits(1):
        return assemble(
            method=values["method"],
            options=options,
            customers=used,
            encoding=encoding,
            points=points,
            axes=axes_of(points),
            labels=labels,
            model=model,
            quality=pd.DataFrame(values["quality"]).astype(_types(values["quality"]))
            if same
            else one_row(points, labels, seed, None),
            notes=[Message(key, details) for key, details in values["notes"]],
            distances=pd.DataFrame(values["distances"], dtype=float),
            radius=values["radius"],
            called={int(label): Message(key, details) for label, key, details in values["called"]},
            adjustments=saved_changes(values),
        )


def saved_changes(values: Mapping[str, Any]) -> Adjustments:
    """What a person had changed when the segmentation was saved."""
    return Adjustments(
        {int(source): int(target) for source, target in values["merged"]},
        {int(label): name for label, name in values["named"]},
        {customer: int(label) for customer, label in values["pinned"]},
    )


def _types(rows: list[dict[str, Any]]) -> dict[str, str]:
    fixed = {"clusters": "int64", "chosen": "bool", "proposed": "bool"}
    return {name: fixed.get(name, "float64") for name in rows[0]}


def _digest(encoding: Encoding, customers: pd.DataFrame) -> str:
    """Says whether customers are the same as when saved: their ids and, to nine digits, their places."""
    digest = hashlib.sha256("\n".join(customers["customer"].astype(str)).encode())
    digest.update(np.round(encoding.transform(customers), 9).tobytes())
    return digest.hexdigest()
