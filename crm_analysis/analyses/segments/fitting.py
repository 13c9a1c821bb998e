"""From customers and options to labels: what is computed once, and what follows a slider."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.segments.counted import Candidate, candidates_of, quality_of
from crm_analysis.analyses.segments.density import Density, dbscan, hdbscan, k_distances
from crm_analysis.analyses.segments.features import Encoding, Feature, encode
from crm_analysis.analyses.segments.models import NOISE, Centroids, Mixture, Neighbours
from crm_analysis.analyses.segments.options import (
    OPTIONS,
    DBSCANOptions,
    HDBSCANOptions,
    KMeansOptions,
    RFMOptions,
    SegmentOptions,
)
from crm_analysis.analyses.segments.profile import MONEY, has_money
from crm_analysis.analyses.segments.projection import Axes, axes_of
from crm_analysis.analyses.segments.quality import (
    SILHOUETTE_SAMPLE,
    one_row,
    sample_rows,
    stability,
)
from crm_analysis.analyses.segments.result import Segments, assemble
from crm_analysis.analyses.segments.rfm import fit_bounds, rfm_points
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

__all__ = ["Prepared", "by_count", "by_density", "by_scores", "prepare"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """What does not change while the number of segments, or the radius, is moved: points, candidates, their quality, the map's axes."""

    options: SegmentOptions
    customers: pd.DataFrame
    encoding: Encoding
    points: np.ndarray
    axes: Axes
    notes: tuple[Message, ...]
    candidates: dict[int, Candidate]
    quality: pd.DataFrame | None
    density: Density | None


def prepare(
    customers: pd.DataFrame, options: SegmentOptions, *, progress: Progress = no_progress
) -> Prepared:
    """All that can be computed before the number of segments (or DBSCAN's radius) is known; keep it, and moving a slider is quick."""
    if "customer" not in customers.columns:
        raise AnalysisError("data.missing_role", role="customer")
    if customers.empty:
        raise AnalysisError("customers.no_customers")
    notes = _origin_notes(customers)
    with threadpool_limits(1):
        if isinstance(options, RFMOptions):
            return _prepare_rfm(customers, options, notes)
        encoding, used, more = encode(customers, options)
        points = encoding.transform(used)
        notes += more
        candidates: dict[int, Candidate] = {}
        quality = density = None
        if isinstance(options, DBSCANOptions):
            density = k_distances(points, options)
        elif not isinstance(options, HDBSCANOptions):
            candidates = {
                at: _ordered(one, used)
                for at, one in candidates_of(points, options, notes, progress).items()
            }
            quality = quality_of(points, candidates, options, notes, progress)
        notes.append(
            Message(
                "segments.note.used",
                {"used": len(used), "count": len(customers), "features": list(encoding.names)},
            )
        )
        progress(1.0, "segments.step.done")
        return Prepared(
            replace(options),
            used,
            encoding,
            points,
            axes_of(points),
            tuple(notes),
            candidates,
            quality,
            density,
        )


def _origin_notes(customers: pd.DataFrame) -> list[Message]:
    """What `describe_customers` left out, from the frame's attrs."""
    found: list[Message] = []
    for name in ("no_customer", "no_date", "after", "repeated"):
        count = customers.attrs.get(name, 0)
        if count:
            found.append(
                Message(
                    f"segments.note.{name}",
                    {"count": int(count), "lines": int(customers.attrs.get("lines", 0))},
                )
            )
    return found


def _ordered(one: Candidate, customers: pd.DataFrame) -> Candidate:
    """The same candidate with its segments numbered by mean money, most first, or by size where there is no money."""
    count = int(one.labels.max()) + 1
    sizes = np.bincount(one.labels, minlength=count).astype(float)
    if has_money(customers):
        worth = np.bincount(
            one.labels,
            weights=np.nan_to_num(customers[MONEY].to_numpy(dtype=float)),
            minlength=count,
        ) / np.maximum(sizes, 1)
    else:
        worth = sizes
    order = np.argsort(-worth, kind="stable")
    rank = np.empty(count, dtype=one.labels.dtype)
    rank[order] = np.arange(count)
    model = one.model
    if isinstance(model, Centroids):
        model = Centroids(model.centres[order])
    elif isinstance(model, Mixture):
        spare = np.setdiff1d(np.arange(len(model.weights)), order)
        every = np.concatenate([order, spare])
        model = Mixture(model.weights[every], model.means[every], model.factors[every])
    elif isinstance(model, Neighbours):
        model = Neighbours(model.points, rank[model.labels].astype(np.int64), model.reach)
    return Candidate(model, rank[one.labels], one.bic)


def by_count(ready: Prepared, options: Any) -> Segments:
    """The candidate with the number of segments asked for, or the one proposed."""
    quality = ready.quality
    assert quality is not None
    proposed = int(quality.loc[quality["chosen"], "clusters"].iloc[0])
    clusters = options.clusters or proposed
    if clusters not in ready.candidates:
        customers = len(ready.customers)
        if clusters >= customers:
            raise AnalysisError(
                "segments.too_few_customers", clusters=clusters, customers=customers
            )
        raise AnalysisError(
            "segments.too_few_distinct",
            clusters=clusters,
            distinct=max(ready.candidates),
            customers=customers,
        )
    quality = quality.assign(
        proposed=quality["clusters"] == proposed, chosen=quality["clusters"] == clusters
    )
    one = ready.candidates[clusters]
    notes = [
        note
        for note in ready.notes
        if note[0] != "segments.note.not_converged" or note[1]["clusters"] == clusters
    ]
    silhouette = quality.loc[quality["chosen"], "silhouette"].iloc[0]
    if pd.notna(silhouette) and silhouette < 0.25:
        notes.append(Message("segments.note.weak", {"silhouette": float(silhouette)}))
    return _assembled(ready, options, one.labels.astype(np.int64), one.model, quality, notes)


def _prepare_rfm(customers: pd.DataFrame, options: RFMOptions, notes: list[Message]) -> Prepared:
    columns, values = rfm_points(customers)
    known = np.isfinite(values).all(axis=1)
    if not known.any():
        raise AnalysisError("segments.needs_orders")
    if not known.all():
        notes.append(Message("segments.note.all_missing", {"count": int((~known).sum())}))
    used = customers[known].reset_index(drop=True)
    try:
        points = (encoding := encode(used, KMeansOptions(features=columns))[0]).transform(used)
    except AnalysisError:  # everyone is the same: nothing to draw, and still a score for each
        encoding, points = (
            Encoding(tuple(Feature(name, "number") for name in columns)),
            values[known],
        )
    notes.append(
        Message(
            "segments.note.used",
            {"used": len(used), "count": len(customers), "features": list(columns)},
        )
    )
    return Prepared(options, used, encoding, points, axes_of(points), tuple(notes), {}, None, None)


def by_scores(ready: Prepared, options: RFMOptions) -> Segments:
    """Segments by RFM scores."""
    columns, values = rfm_points(ready.customers)
    notes = list(ready.notes)
    model = fit_bounds(columns, values, options, notes)
    labels = model.predict(values)

    def refit(rows: np.ndarray, seed: int) -> np.ndarray:
        return fit_bounds(columns, some[rows], options, []).predict(some)

    few = sample_rows(len(values), SILHOUETTE_SAMPLE, options.seed)
    some = values[few]
    quality = one_row(
        ready.points, labels, options.seed, stability(some, labels[few], refit, options.seed)
    )
    return _assembled(ready, options, labels, model, quality, notes)


def by_density(ready: Prepared, options: DBSCANOptions | HDBSCANOptions) -> Segments:
    """Dense regions, for the radius asked for or proposed."""
    notes = list(ready.notes)
    points = ready.points
    radius = curve = None
    few = sample_rows(len(points), 2000, options.seed)
    if isinstance(options, DBSCANOptions):
        density = ready.density
        assert density is not None
        radius, curve = options.radius or density.radius, density.curve
        labels, model = dbscan(density, radius)
        notes.append(
            Message(
                "segments.note.dbscan",
                {
                    "radius": float(radius),
                    "min_samples": density.min_samples,
                    "distinct": len(density.points),
                },
            )
        )
        if len(model.points) == 0:
            notes.append(Message("segments.note.all_noise", {"radius": float(radius)}))
        steady = None
    else:
        labels, model = hdbscan(points, options, notes)

        def refit(rows: np.ndarray, seed: int) -> np.ndarray:
            return hdbscan(points[few][rows], options, [])[1].predict(points[few])

        steady = (
            stability(points[few], labels[few], refit, options.seed)
            if len(np.unique(labels)) > 1
            else None
        )
    noise = int((labels == NOISE).sum())
    if noise:
        notes.append(Message("segments.note.noise", {"count": noise, "share": noise / len(labels)}))
    if noise == len(labels) and isinstance(options, HDBSCANOptions):
        notes.append(Message("segments.note.no_groups", {"count": len(labels)}))
    quality = one_row(points, labels, options.seed, steady)
    return _assembled(ready, options, labels, model, quality, notes, distances=curve, radius=radius)


def _assembled(
    ready: Prepared,
    options: Any,
    labels: np.ndarray,
    model: Any,
    quality: pd.DataFrame,
    notes: list[Message],
    **more: Any,
) -> Segments:
    method = next(name for name, kind in OPTIONS.items() if kind is type(options))
    return assemble(
        method=method,
        options=options,
        customers=ready.customers,
        encoding=ready.encoding,
        points=ready.points,
        axes=ready.axes,
        labels=labels,
        model=model,
        quality=quality,
        notes=notes,
        **more,
    )
