"""What `segment` gives back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.explain import Explanation, shallow_rules
from crm_analysis.analyses.segments.features import Encoding
from crm_analysis.analyses.segments.models import Bounds, Model
from crm_analysis.analyses.segments.naming import names_for, sentences_for, spoken
from crm_analysis.analyses.segments.profile import numeric_columns, profile_of, traits_of
from crm_analysis.analyses.segments.projection import Axes, axes_frame, axes_of, map_of
from crm_analysis.analyses.segments.quality import one_row
from crm_analysis.analyses.segments.rfm import rfm_points
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options

__all__ = ["Adjustments", "Segments", "assemble", "carry", "merge", "pin", "rename"]


@dataclass(frozen=True)
class Adjustments:
    """What a person changed: segments merged (from → into), names given, customers pinned to a segment."""

    NOTES: ClassVar[tuple[str, ...]] = ("segments.note.merged", "segments.note.pinned")

    merged: Mapping[int, int] = field(default_factory=dict)
    named: Mapping[int, str] = field(default_factory=dict)
    pinned: Mapping[str, int] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether anyone is in another segment because of it."""
        return bool(self.merged or self.pinned)

    def apply(self, labels: np.ndarray, customers: pd.Series) -> np.ndarray:
        """The labels after merging and pinning."""
        found = labels.copy()
        for before, after in self.merged.items():
            found[labels == before] = after
        if self.pinned:
            pinned = customers.astype(str).map(dict(self.pinned)).to_numpy(dtype=float)
            found = np.where(np.isnan(pinned), found, pinned).astype(labels.dtype)
        return found

    def name_of(self, label: int, otherwise: Message) -> Message:
        """The name given to a segment, or the one it has."""
        return (
            Message("segments.name.given", {"name": self.named[label]})
            if label in self.named
            else otherwise
        )

    def notes(self) -> list[Message]:
        """What there is to say about it."""
        found: list[Message] = (
            [Message("segments.note.merged", {"count": len(self.merged)})] if self.merged else []
        )
        return found + (
            [Message("segments.note.pinned", {"count": len(self.pinned)})] if self.pinned else []
        )


@dataclass(frozen=True, eq=False)
class Segments:
    """Customers in segments.

    Tables: `customers` (a row a customer: its columns, `segment`, `name` — the key of the segment's name; RFM adds `r_score`,
    `f_score`, `m_score`); `profile` (a row a segment, see `profile_of`, with `name`); `traits` (a row a segment and feature);
    `quality` (a row a candidate number of segments: `clusters`, `inertia`, `silhouette`, `calinski_harabasz`, `stability`, `bic`,
    `smallest_share`, `chosen` — the number used, `proposed` — the number chosen for you); `map` (customer, segment, x, y, z of at
    most 5,000 customers); `axes` (axis, share, feature, level, loading); `distances` (DBSCAN: share, distance; else empty).

    Words, as (key, details): `names` and `sentences` (what they are, what to do) by segment, `notes`; `rules` say what sets each
    segment apart. The segment -1 is noise. `found` are the labels, `called` the names, before anything a person changed
    (`adjustments`), `table` the customers as they were given; its own columns `segment` and `name` are in `customers` with `_given` behind the name.
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
    names: Mapping[int, Message]
    sentences: Mapping[int, tuple[Message, Message]]
    rules: Explanation
    notes: tuple[Message, ...]
    encoding: Encoding
    model: Model
    figures: Mapping[str, float | None] = field(default_factory=dict)
    adjustments: Adjustments = field(default_factory=Adjustments)
    found: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    called: Mapping[int, Message] = field(default_factory=dict)
    table: pd.DataFrame = field(default_factory=pd.DataFrame)

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: customers, segments, noise, largest_share, revenue, inertia, silhouette, calinski_harabasz, stability,
        rule_accuracy, shown_variance (of the flat map), radius (DBSCAN). What does not apply is None.
        """
        return dict(self.figures)

    def apply(self, customers: pd.DataFrame) -> pd.DataFrame:
        """New customers with their `segment` and `name`: the same columns in, two more out.

        The nearest centre (k-means), the most probable component (mixture), the scores (RFM), the nearest sampled customer
        (agglomerative, HDBSCAN), or the nearest core point within the radius, else noise (DBSCAN). Customers of whom no feature is
        known have no segment (missing); merged segments and pinned customers are respected.
        """
        labels, known = self.labels(customers)
        if "customer" in customers.columns:
            labels = self.adjustments.apply(labels, customers["customer"])
        segment = pd.Series(labels, index=customers.index, dtype="int64")
        if not known.all():
            segment = segment.astype("Int64").where(known)
        name = segment.map({label: key for label, (key, _) in self.names.items()})
        return _aside(customers, ("segment", "name")).assign(segment=segment, name=name)

    def labels(self, customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """The model's label of each customer before anything a person changed, and whether enough is known to give one."""
        if isinstance(self.model, Bounds):
            columns, values = rfm_points(customers)
            if columns != self.model.columns:
                raise AnalysisError(
                    "segments.missing_feature",
                    feature=next(name for name in self.model.columns if name not in columns),
                )
            return self.model.predict(np.nan_to_num(values)), np.isfinite(values).all(axis=1)
        points = self.encoding.transform(customers)
        return self.model.predict(points), customers[list(self.encoding.names)].notna().any(
            axis=1
        ).to_numpy()


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
    notes: Sequence[Message],
    distances: pd.DataFrame | None = None,
    radius: float | None = None,
    called: Mapping[int, Message] | None = None,
    adjustments: Adjustments | None = None,
) -> Segments:
    """Everything that follows from the labels: profile, names, sentences, rules, map. `called`: names to keep."""
    changes = adjustments or Adjustments()
    seed = getattr(options, "seed", 0)
    found, labels = labels, changes.apply(labels, customers["customer"])
    readable = encoding.readable(customers)
    traits = traits_of(customers, readable, encoding.features, labels)
    told = traits.assign(feature=[spoken(name, customers) for name in traits["feature"]])
    called = dict(called or {})
    if not set(np.unique(labels).tolist()) <= set(called):
        called = {
            **names_for(customers, labels, told, encoding.names, rfm=isinstance(model, Bounds)),
            **called,
        }
    names = {label: changes.name_of(label, called[label]) for label in np.unique(labels).tolist()}
    profile = profile_of(customers, labels, numeric_columns(customers, encoding.features))
    profile.insert(
        1, "name", profile["segment"].map({label: key for label, (key, _) in names.items()})
    )
    rules = shallow_rules(readable, labels, depth=4 if len(names) > 4 else 3, seed=seed)
    scores = {}
    if isinstance(model, Bounds):
        marks = model.scores(customers[list(model.columns)].to_numpy(dtype=float))
        scores = {f"{name[0]}_score": marks[:, at] for at, name in enumerate(model.columns)}
    people = _aside(customers, (*scores, "segment", "name")).assign(
        **scores, segment=labels.astype("int64")
    )
    people["name"] = people["segment"].map({label: key for label, (key, _) in names.items()})
    row = (
        one_row(points, labels, seed, None).iloc[0]
        if changes.moves
        else quality[quality["chosen"]].iloc[0]
    )
    figures: dict[str, float | None] = {
        "customers": len(people),
        "segments": sum(label >= 0 for label in names),
        "noise": int((labels < 0).sum()),
        "largest_share": float(profile["share_customers"].max()),
        "revenue": float(profile["revenue"].sum()) if "revenue" in profile.columns else None,
        **{
            name: float(row[name]) if pd.notna(row[name]) else None
            for name in ("inertia", "silhouette", "calinski_harabasz", "stability")
        },
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
        map=map_of(people["customer"], points, labels, axes, seed),
        axes=axes_frame(axes, encoding.columns),
        distances=pd.DataFrame({"share": [], "distance": []}, dtype=float)
        if distances is None
        else distances,
        names=names,
        sentences=sentences_for(profile, told, called, customers),
        rules=rules,
        notes=(*notes, *changes.notes()),
        encoding=encoding,
        model=model,
        figures=figures,
        adjustments=changes,
        found=found,
        called=called,
        table=customers,
    )


def _aside(customers: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """A table whose own columns of these names (a person's name, say) are kept under the name with `_given`."""
    return customers.rename(
        columns={name: f"{name}_given" for name in names if name in customers.columns}
    )


def carry(
    segments: Segments, customers: pd.DataFrame, *, labels: np.ndarray | None = None
) -> Segments:
    """The same segments on another table of customers: nothing is fitted again, names and changes stay."""
    if labels is None:
        labels, known = segments.labels(customers)
        customers, labels = customers[known].reset_index(drop=True), labels[known]
    if not len(customers):
        raise AnalysisError("customers.no_customers")
    points = segments.encoding.transform(customers)
    same = len(labels) == len(segments.found) and np.array_equal(labels, segments.found)
    seed = getattr(segments.options, "seed", 0)
    with threadpool_limits(1):
        return assemble(
            method=segments.method,
            options=segments.options,
            customers=customers,
            encoding=segments.encoding,
            points=points,
            axes=axes_of(points),
            labels=labels,
            model=segments.model,
            quality=segments.quality if same else one_row(points, labels, seed, None),
            notes=[note for note in segments.notes if note[0] not in Adjustments.NOTES],
            distances=segments.distances,
            radius=segments.figures.get("radius"),
            called=segments.called,
            adjustments=segments.adjustments,
        )


def _changed(segments: Segments, changes: Adjustments) -> Segments:
    return carry(replace(segments, adjustments=changes), segments.table, labels=segments.found)


def rename(segments: Segments, names: Mapping[int, str]) -> Segments:
    """The same segments under names of one's own; an empty name gives back the one proposed."""
    _known(segments, names)
    given = {**segments.adjustments.named, **names}
    return _changed(
        segments,
        replace(
            segments.adjustments,
            named={label: name.strip() for label, name in given.items() if name.strip()},
        ),
    )


def merge(segments: Segments, labels: Sequence[int], name: str | None = None) -> Segments:
    """Several segments as one, under the number and name of the first (or a name of one's own)."""
    _known(segments, labels)
    into, *others = dict.fromkeys(labels)
    if not others:
        return segments
    before = segments.adjustments
    merged = {
        **{
            source: into if target in others else target for source, target in before.merged.items()
        },
        **dict.fromkeys(others, into),
    }
    pinned = {
        customer: into if label in others else label for customer, label in before.pinned.items()
    }
    named = {**before.named, **({into: name} if name else {})}
    return _changed(segments, Adjustments(merged, named, pinned))


def pin(segments: Segments, customers: Sequence[str], label: int | None) -> Segments:
    """Customers put into a segment by hand, wherever they would fall; None lets them go where they belong."""
    if label is not None:
        _known(segments, [label])
    unknown = set(map(str, customers)) - set(segments.customers["customer"].astype(str))
    if unknown:
        raise AnalysisError("customers.unknown_customer", customer=min(unknown))
    pinned = {
        customer: at
        for customer, at in segments.adjustments.pinned.items()
        if customer not in set(map(str, customers))
    }
    if label is not None:
        pinned |= {str(customer): int(label) for customer in customers}
    return _changed(segments, replace(segments.adjustments, pinned=pinned))


def _known(segments: Segments, labels: Iterable[int]) -> None:
    for label in labels:
        if label not in segments.names:
            raise AnalysisError("segments.no_such_segment", segment=int(label))
