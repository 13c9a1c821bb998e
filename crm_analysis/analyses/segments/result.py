"""What `segment` gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crm_analysis.analyses.explain import Explanation, shallow_rules
from crm_analysis.analyses.segments.features import RFM, Encoding, Note
from crm_analysis.analyses.segments.models import Bounds, Model
from crm_analysis.analyses.segments.naming import Phrase, names_for, sentences_for
from crm_analysis.analyses.segments.profile import numeric_columns, profile_of, traits_of
from crm_analysis.analyses.segments.projection import Axes, axes_frame, map_of
from crm_analysis.options import Options

__all__ = ["Adjustments", "Segments"]


@dataclass(frozen=True)
class Adjustments:
    """What a person changed: segments merged (from → into), names given, customers pinned to a segment."""

    merged: Mapping[int, int] = field(default_factory=dict)
    named: Mapping[int, str] = field(default_factory=dict)
    pinned: Mapping[str, int] = field(default_factory=dict)

    def apply(self, labels: np.ndarray, customers: pd.Series) -> np.ndarray:
        """The labels after merging and pinning."""
        found = labels.copy()
        for before, after in self.merged.items():
            found[labels == before] = after
        if self.pinned:
            pinned = customers.astype(str).map(self.pinned).to_numpy(dtype=float)
            found = np.where(np.isnan(pinned), found, pinned).astype(labels.dtype)
        return found


@dataclass(frozen=True, eq=False)
class Segments:
    """Customers in segments.

    Tables: `customers` (a row a customer: its columns, `segment`, `name` — the key of the segment's name; RFM adds `r_score`,
    `f_score`, `m_score`); `profile` (a row a segment, see `profile_of`, with `name`); `traits` (a row a segment and feature);
    `quality` (a row a candidate number of segments: `clusters`, `inertia`, `silhouette`, `calinski_harabasz`, `stability`, `bic`,
    `smallest_share`, `chosen` — the number used, `proposed` — the number chosen for you); `map` (customer, segment, x, y, z of at
    most 5,000 customers); `axes` (axis, share, feature, level, loading); `distances` (DBSCAN: share, distance; else empty).

    Words, as (key, details): `names` and `sentences` (what they are, what to do) by segment, `notes`; `rules` say what sets each
    segment apart. The segment -1 is noise.
    """

    method: str
    options: Options
    customers: pd.DataFrame
    profile: pd.DataFrame
    traits: pd.DataFrame
    quality: pd.DataFrame
    map: pd.DataFrame
    axes: pd.DataFrame
    distances: pd.DataFrame
    names: Mapping[int, Phrase]
    sentences: Mapping[int, tuple[Phrase, Phrase]]
    rules: Explanation
    notes: tuple[Note, ...]
    encoding: Encoding
    model: Model
    figures: Mapping[str, float | None] = field(default_factory=dict)
    adjustments: Adjustments = field(default_factory=Adjustments)

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: customers, segments, noise, largest_share, revenue, inertia, silhouette, calinski_harabasz, stability,
        rule_accuracy, shown_variance (of the flat map), radius (DBSCAN). What does not apply is None."""
        return dict(self.figures)

    def apply(self, customers: pd.DataFrame) -> pd.DataFrame:
        """New customers with their `segment` and `name`: the same columns in, two more out.

        The nearest centre (k-means), the most probable component (mixture), the scores (RFM), the nearest sampled customer
        (agglomerative, HDBSCAN), or the nearest core point within the radius, else noise (DBSCAN). Customers of whom no feature is
        known have no segment (missing); merged segments and pinned customers are respected.
        """
        points = self.points(customers)
        labels = self.model.predict(points)
        if "customer" in customers.columns:
            labels = self.adjustments.apply(labels, customers["customer"])
        known = customers[list(self.encoding.names)].notna().any(axis=1).to_numpy()
        segment = pd.Series(labels, index=customers.index, dtype="int64")
        if not known.all():
            segment = segment.astype("Int64").where(known)
        return customers.drop(columns=["segment", "name"], errors="ignore").assign(
            segment=segment, name=segment.map({label: key for label, (key, _) in self.names.items()})
        )

    def points(self, customers: pd.DataFrame) -> np.ndarray:
        """Customers as the points that were compared."""
        return self.encoding.transform(customers)


def assemble(
    *,
    method: str,
    options: Options,
    customers: pd.DataFrame,
    encoding: Encoding,
    points: np.ndarray,
    axes: Axes,
    labels: np.ndarray,
    model: Model,
    quality: pd.DataFrame,
    notes: list[Note],
    distances: pd.DataFrame | None = None,
    radius: float | None = None,
) -> Segments:
    """Everything that follows from the labels: profile, names, sentences, rules, map."""
    readable = encoding.readable(customers)
    traits = traits_of(customers, readable, encoding.features, labels)
    names = names_for(customers, labels, traits, encoding.names, rfm=isinstance(model, Bounds))
    profile = _named(profile_of(customers, labels, numeric_columns(customers, encoding.features)), names)
    rules = shallow_rules(readable, labels, depth=4 if len(names) > 4 else 3, seed=getattr(options, "seed", 0))
    scores = {}
    if isinstance(model, Bounds):
        found = model.scores(customers[list(model.columns)].to_numpy(dtype=float))
        scores = {f"{name[0]}_score": found[:, at] for at, name in enumerate(model.columns)}
    people = customers.assign(**scores, segment=labels.astype("int64"))
    people["name"] = people["segment"].map({label: key for label, (key, _) in names.items()})
    meaning = axes_frame(axes, encoding.columns)
    row = quality[quality["chosen"]].iloc[0]
    figures = {
        "customers": len(people),
        "segments": sum(label >= 0 for label in names),
        "noise": int((labels < 0).sum()),
        "largest_share": float(profile["share_customers"].max()),
        "revenue": float(profile["revenue"].sum()) if "revenue" in profile.columns else None,
        **{name: float(row[name]) if pd.notna(row[name]) else None for name in ("inertia", "silhouette", "calinski_harabasz", "stability")},
        "rule_accuracy": rules.accuracy,
        "shown_variance": float(axes[2][:2].sum()),
        "radius": radius,
    }
    return Segments(
        method=method,
        options=options,
        customers=people,
        profile=profile,
        traits=traits,
        quality=quality,
        map=map_of(people["customer"], points, labels, axes, getattr(options, "seed", 0)),
        axes=meaning,
        distances=pd.DataFrame({"share": [], "distance": []}, dtype=float) if distances is None else distances,
        names=names,
        sentences=sentences_for(profile, traits, names),
        rules=rules,
        notes=tuple(notes),
        encoding=encoding,
        model=model,
        figures=figures,
    )


def _named(profile: pd.DataFrame, names: Mapping[int, Phrase]) -> pd.DataFrame:
    profile.insert(1, "name", profile["segment"].map({label: key for label, (key, _) in names.items()}))
    return profile


def rfm_encoding(columns: tuple[str, ...]) -> Encoding:
    """Recency, frequency and monetary in their own units, for the scores."""
    from crm_analysis.analyses.segments.features import Feature

    return Encoding(tuple(Feature(name, "number") for name in RFM if name in columns))
