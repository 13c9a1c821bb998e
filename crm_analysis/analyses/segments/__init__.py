"""Customers in groups that can be named: by RFM scores, k-means, density, mixtures or merging."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.segments.counted import Candidate, candidates_of, quality_of
from crm_analysis.analyses.segments.density import Density, dbscan, hdbscan, k_distances
from crm_analysis.analyses.segments.features import Encoding, Note, encode, feature_choices
from crm_analysis.analyses.segments.models import NOISE, Centroids, Mixture, Neighbours
from crm_analysis.analyses.segments.options import (
    OPTIONS,
    AgglomerativeOptions,
    DBSCANOptions,
    GaussianMixtureOptions,
    HDBSCANOptions,
    KMeansOptions,
    MiniBatchKMeansOptions,
    RFMOptions,
    SegmentOptions,
)
from crm_analysis.analyses.segments.profile import MONEY
from crm_analysis.analyses.segments.projection import Axes, axes_of
from crm_analysis.analyses.segments.quality import (
    SILHOUETTE_SAMPLE,
    adjusted_rand,
    calinski_harabasz,
    inertia_of,
    quality_frame,
    sample_rows,
    silhouettes,
    stability,
)
from crm_analysis.analyses.segments.result import Adjustments, Segments, assemble, rfm_encoding
from crm_analysis.analyses.segments.rfm import fit_bounds, rfm_points
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress

__all__ = [
    "NOISE",
    "OPTIONS",
    "Adjustments",
    "AgglomerativeOptions",
    "DBSCANOptions",
    "GaussianMixtureOptions",
    "HDBSCANOptions",
    "KMeansOptions",
    "MiniBatchKMeansOptions",
    "Prepared",
    "RFMOptions",
    "SegmentOptions",
    "Segments",
    "adjusted_rand",
    "feature_choices",
    "prepare",
    "segment",
]


@dataclass(frozen=True, eq=False)
class Prepared:
    """What does not change while the number of segments, or the radius, is moved: points, candidates, their quality, the map's axes."""

    options: SegmentOptions
    customers: pd.DataFrame
    encoding: Encoding
    points: np.ndarray
    axes: Axes
    notes: tuple[Note, ...]
    candidates: dict[int, Candidate]
    quality: pd.DataFrame | None
    density: Density | None


def segment(customers: pd.DataFrame, options: SegmentOptions | None = None, *, prepared: Prepared | None = None, progress: Progress = no_progress) -> Segments:
    """Customers in segments.

    Parameters
    ----------
    customers
        A row a customer, from `describe_customers` (or any frame with `customer` and columns to compare by).
    options
        The method and its settings; default: k-means with everything chosen for you.
    prepared
        What `prepare` gave for the same customers and the same options but the number of segments or the radius: only what
        follows from these two is computed again.

    Returns
    -------
    Segments
        See there. The same seed gives the same answer.

    Raises
    ------
    AnalysisError
        Nothing to compare by, more segments asked for than there are different customers, or no orders for RFM.

    Examples
    --------
    >>> people = pd.DataFrame({"customer": list("ABCDEF"), "age": [20, 21, 22, 60, 61, 62], "spend": [5.0, 6, 5, 90, 95, 91]})
    >>> found = segment(people, KMeansOptions(clusters=2))
    >>> found.customers["segment"].tolist(), found.summary()["segments"]
    ([1, 1, 1, 0, 0, 0], 2)
    """
    options = options or KMeansOptions()
    with threadpool_limits(1):
        ready = prepared if prepared is not None else prepare(customers, options, progress=progress)
        if isinstance(options, RFMOptions):
            return _by_scores(ready, options)
        if isinstance(options, DBSCANOptions | HDBSCANOptions):
            return _by_density(ready, options)
        return _by_count(ready, options)


def prepare(customers: pd.DataFrame, options: SegmentOptions, *, progress: Progress = no_progress) -> Prepared:
    """All that can be computed before the number of segments (or DBSCAN's radius) is known; keep it, and moving a slider is quick."""
    if "customer" not in customers.columns:
        raise AnalysisError("data.missing_role", role="customer")
    if customers.empty:
        raise AnalysisError("segments.no_customers")
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
            candidates = {at: _ordered(one, used, points) for at, one in candidates_of(points, options, notes, progress).items()}
            quality = quality_of(points, candidates, options, notes, progress)
        notes.append(("segments.note.used", {"used": len(used), "count": len(customers), "features": list(encoding.names)}))
        progress(1.0, "segments.step.done")
        return Prepared(replace(options), used, encoding, points, axes_of(points), tuple(notes), candidates, quality, density)


def _origin_notes(customers: pd.DataFrame) -> list[Note]:
    """What `describe_customers` left out, from the frame's attrs."""
    found: list[Note] = []
    for name in ("no_customer", "no_date", "after", "repeated"):
        count = customers.attrs.get(name, 0)
        if count:
            found.append((f"segments.note.{name}", {"count": int(count), "lines": int(customers.attrs.get("lines", 0))}))
    return found


def _ordered(one: Candidate, customers: pd.DataFrame, points: np.ndarray) -> Candidate:
    """The same candidate with its segments numbered by mean money, most first, or by size where there is no money."""
    count = int(one.labels.max()) + 1
    sizes = np.bincount(one.labels, minlength=count).astype(float)
    if MONEY in customers.columns:
        worth = np.bincount(one.labels, weights=np.nan_to_num(customers[MONEY].to_numpy(dtype=float)), minlength=count) / np.maximum(sizes, 1)
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


def _by_count(ready: Prepared, options: Any) -> Segments:
    quality = ready.quality
    assert quality is not None
    proposed = int(quality.loc[quality["chosen"], "clusters"].iloc[0])
    clusters = options.clusters or proposed
    if clusters not in ready.candidates:
        raise AnalysisError("segments.too_few_distinct", clusters=clusters, distinct=max(ready.candidates), customers=len(ready.customers))
    quality = quality.assign(proposed=quality["clusters"] == proposed, chosen=quality["clusters"] == clusters)
    one = ready.candidates[clusters]
    notes = list(ready.notes)
    silhouette = quality.loc[quality["chosen"], "silhouette"].iloc[0]
    if pd.notna(silhouette) and silhouette < 0.25:
        notes.append(("segments.note.weak", {"silhouette": float(silhouette)}))
    return _assembled(ready, options, one.labels.astype(np.int64), one.model, quality, notes)


def _prepare_rfm(customers: pd.DataFrame, options: RFMOptions, notes: list[Note]) -> Prepared:
    columns, values = rfm_points(customers)
    known = np.isfinite(values).all(axis=1)
    if not known.any():
        raise AnalysisError("segments.needs_orders")
    if not known.all():
        notes.append(("segments.note.all_missing", {"count": int((~known).sum())}))
    used = customers[known].reset_index(drop=True)
    try:
        points = (encoding := encode(used, KMeansOptions(features=columns))[0]).transform(used)
    except AnalysisError:  # everyone is the same: nothing to draw, and still a score for each
        encoding, points = rfm_encoding(columns), values[known]
    notes.append(("segments.note.used", {"used": len(used), "count": len(customers), "features": list(columns)}))
    return Prepared(options, used, encoding, points, axes_of(points), tuple(notes), {}, None, None)


def _by_scores(ready: Prepared, options: RFMOptions) -> Segments:
    columns, values = rfm_points(ready.customers)
    notes = list(ready.notes)
    model = fit_bounds(columns, values, options, notes)
    labels = model.predict(values)

    def refit(rows: np.ndarray, seed: int) -> np.ndarray:
        return fit_bounds(columns, some[rows], options, []).predict(some)

    few = sample_rows(len(values), SILHOUETTE_SAMPLE, options.seed)
    some = values[few]
    quality = _one_row(ready.points, labels, options, stability(some, labels[few], refit, options.seed))
    found = _assembled(ready, options, labels, model, quality, notes)
    return replace(found, encoding=rfm_encoding(columns))


def _by_density(ready: Prepared, options: DBSCANOptions | HDBSCANOptions) -> Segments:
    notes = list(ready.notes)
    points = ready.points
    radius = curve = None
    few = sample_rows(len(points), 2000, options.seed)
    if isinstance(options, DBSCANOptions):
        density = ready.density
        assert density is not None
        radius, curve = options.radius or density.radius, density.curve
        labels, model = dbscan(density, radius)
        notes.append(("segments.note.dbscan", {"radius": float(radius), "min_samples": density.min_samples, "distinct": len(density.points)}))
        if len(model.points) == 0:
            notes.append(("segments.note.all_noise", {"radius": float(radius)}))
        steady = None
    else:
        labels, model = hdbscan(points, options, notes)

        def refit(rows: np.ndarray, seed: int) -> np.ndarray:
            return hdbscan(points[few][rows], options, [])[1].predict(points[few])

        steady = stability(points[few], labels[few], refit, options.seed) if len(np.unique(labels)) > 1 else None
    noise = int((labels == NOISE).sum())
    if noise:
        notes.append(("segments.note.noise", {"count": noise, "share": noise / len(labels)}))
    quality = _one_row(points, labels, options, steady)
    return _assembled(ready, options, labels, model, quality, notes, distances=curve, radius=radius)


def _one_row(points: np.ndarray, labels: np.ndarray, options: Any, steady: float | None) -> pd.DataFrame:
    """The quality of a method that finds its own number of segments: one row."""
    rows = sample_rows(len(points), SILHOUETTE_SAMPLE, options.seed)
    kept = labels[labels != NOISE]
    sizes = np.unique(kept, return_counts=True)[1]
    row = {
        "clusters": len(sizes),
        "inertia": inertia_of(points, labels)[0],
        "silhouette": silhouettes(points[rows], [labels[rows]])[0],
        "calinski_harabasz": calinski_harabasz(points, labels),
        "stability": steady,
        "smallest_share": sizes.min() / len(labels) if len(sizes) else None,
        "chosen": True,
    }
    return quality_frame([row]).assign(proposed=True)


def _assembled(ready: Prepared, options: Any, labels: np.ndarray, model: Any, quality: pd.DataFrame, notes: list[Note], **more: Any) -> Segments:
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
