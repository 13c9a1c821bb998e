"""What `segment` gives back, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import check_one_row_each, short_record
from crm_analysis.analyses.explain import Explanation, Rule, shallow_rules
from crm_analysis.analyses.segments.adjustments import Adjustments
from crm_analysis.analyses.segments.encoding import CustomerEncoding
from crm_analysis.analyses.segments.methods import (
    METHODS,
    Assignment,
    Prepared,
    method_of,
)
from crm_analysis.analyses.segments.models import SegmentModel
from crm_analysis.analyses.segments.naming import propose_names, sentences_for
from crm_analysis.analyses.segments.projection import (
    axes_frame,
    axes_of,
    map_of,
    place_all,
)
from crm_analysis.analyses.segments.quality import one_row
from crm_analysis.analyses.segments.traits import (
    numeric_columns,
    phrase_name,
    profile_of,
    traits_of,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options
from crm_analysis.tables.threads import one_thread

_OWN = ("segment", "name", "name_key")
_MEASURES = ("inertia", "silhouette", "calinski_harabasz", "stability")
_COVERAGE = 0.04  # of a segment, for a rule worth reading


@dataclass(frozen=True, eq=False)
class Segments:
    """Customers in segments. The segment −1 is noise.

    `customers`, a row a customer: its columns (its own `segment` and `name` with `_given` behind
    them), and

    - segment : the number of the segment
    - name : what the segment is called, in English
    - name_key : the phrase of that name
    - r_score, f_score, m_score : of RFM, from 1 to 5, 5 is best

    `profile`, a row a segment:

    - segment, name, name_key : as above
    - size : customers
    - share_customers : of all customers
    - revenue, share_revenue : money in all, and its share; where there is `monetary`
    - the mean of each number under its own name

    `traits`, a row a segment and feature, or level of a category:

    - segment, feature : which
    - level : "" for numbers, "_missing" for a category that is not known
    - kind : number, date, category, or flag (0 or 1)
    - latest : of a date, the day from which its age is counted; "" otherwise
    - used : whether it made the segments
    - mean, median : in units of the feature; of levels the share that has it; of dates days
    - overall : the mean of all
    - index : mean over overall, 100 is like everyone; missing where overall is not positive
    - difference : standard deviations from the mean of all

    `quality`, a row a number of segments that was tried:

    - clusters : the number of segments
    - inertia : squared distances to the mean of the own segment
    - silhouette : from −1 to 1, how much nearer the own segment is than the next
    - calinski_harabasz : scatter between over scatter within segments
    - stability : mean adjusted Rand index with what random halves lead to
    - bic : Bayesian information criterion, of a mixture
    - smallest_share : customers of the smallest segment, as a share of all
    - chosen : the number used
    - proposed : the number chosen for you

    `map`, at most 5,000 customers:

    - customer, segment : name, number
    - x, y, z : their place on the principal axes of the scaled features

    `axes`, what the map's axes mean, a row an axis and feature:

    - axis : x, y or z
    - share : of the variance
    - feature, level : what goes into it
    - loading : how much, from −1 to 1

    `distances`, of DBSCAN:

    - share : of customers
    - distance : to the neighbour that makes a core

    In words, as messages: `names` and `sentences` (what they are, what to do) by segment, `notes`;
    `rules` say what sets each segment apart. Before anything a person changed (`adjustments`),
    `fitted_labels` are the labels and `proposed_names` the names of the customers `given`.
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
    encoding: CustomerEncoding
    model: SegmentModel
    figures: Mapping[str, float | None]
    adjustments: Adjustments
    fitted_labels: np.ndarray
    proposed_names: Mapping[int, Message]
    given: pd.DataFrame

    def summary(self) -> dict[str, float | None]:
        """Headline numbers; what does not apply is None.

        customers, segments, noise (customers), largest_share, revenue, inertia, silhouette,
        calinski_harabasz, stability, rule_accuracy, shown_variance (of the flat map), radius.
        """
        return dict(self.figures)

    @property
    def centres(self) -> pd.DataFrame:
        """The middle of each segment in the units of the table, a row a segment.

        - segment, name : which
        - a column a feature : its mean (of dates the mean days before the latest), or for each
          level of a category, as `feature = level`, the share that has it
        """
        readable = self.encoding.readable(self.given)
        dummies = pd.get_dummies(readable, prefix_sep=" = ", dtype=float)
        means = dummies.groupby(self.customers["segment"].to_numpy()).mean()
        named = self.profile[["segment", "name"]].set_index("segment")
        return named.join(means).reset_index()

    @property
    def scaled(self) -> pd.DataFrame:
        """The table as it was compared: `customer`, `segment`, and a column a dimension."""
        columns = [
            name if level is None else f"{name} = {level}"
            for name, level in self.encoding.dimensions
        ]
        points = pd.DataFrame(self.encoding.transform(self.given), columns=columns)
        own = self.customers[["customer", "segment"]].reset_index(drop=True)
        return pd.concat([own, points], axis=1)

    @property
    def places(self) -> pd.DataFrame:
        """Where everybody lies on the flat map, drawn or not: `customer`, `segment`, `x`, `y`."""
        own = self.customers[["customer", "segment"]].reset_index(drop=True)
        if len(self.map) == len(own):
            return own.assign(x=self.map["x"], y=self.map["y"])
        points = self.encoding.transform(self.given)
        there = place_all(points, self.axes, self.encoding.dimensions)
        drawn = int(own["customer"].eq(self.map["customer"].iloc[0]).argmax())
        moved = self.map[["x", "y"]].to_numpy()[0] - there[drawn]
        return own.assign(x=there[:, 0] + moved[0], y=there[:, 1] + moved[1])

    def noise_share(self) -> float:
        """The share of the revenue in no group; of the customers where no revenue is known."""
        noise = self.profile[self.profile["segment"] < 0]
        shares = noise.get("share_revenue", noise["share_customers"])
        return float(shares.fillna(noise["share_customers"]).sum())

    def apply(self, customers: pd.DataFrame) -> pd.DataFrame:
        """New customers with their `segment`, `name` and `name_key`.

        The nearest centre (k-means), the most probable component (mixture), the scores (RFM), the
        nearest sampled customer (agglomerative, HDBSCAN), or the nearest core point within the
        radius, else noise (DBSCAN). Customers of whom no feature is known have no segment
        (missing); merged segments and pinned customers are respected.
        """
        labels, known = self.labels(customers)
        if "customer" in customers.columns:
            labels = self.adjustments.apply(labels, customers["customer"])
        segment = pd.Series(labels, index=customers.index, dtype="int64")
        if not known.all():
            segment = segment.astype("Int64").where(known)
        return _with_segment(customers, segment, self.names)

    def labels(self, customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """The model's label of each customer, and whether enough is known to give one.

        Before anything a person changed.
        """
        inputs, known = METHODS[self.method].inputs(
            customers, self.encoding, self.model
        )
        return self.model.predict(inputs), known


def segment_names(segments: Segments, language: str = "en") -> dict[int, str]:
    """What the segments are called, in the order of the profile.

    Parameters
    ----------
    segments
        The result.
    language
        Of the names: "en", "zh"; a name given by hand stays as it is.

    Returns
    -------
    dict
        Segment → name.

    Examples
    --------
    >>> from crm_analysis import KMeansOptions, segment
    >>> ages = [20, 21, 22, 60, 61, 62]
    >>> people = pd.DataFrame({"customer": list("ABCDEF"), "age": ages})
    >>> segments = segment(people, KMeansOptions(clusters=2))
    >>> segment_names(segments)
    {0: 'High age', 1: 'Low age'}
    >>> segment_names(rename(segments, {0: "Seniors"}))[0]
    'Seniors'
    """
    return {
        int(label): segments.names[int(label)].sentence(language)
        for label in segments.profile["segment"]
    }


def leading_segment(segments: Segments) -> pd.Series:
    """The profile of the segment that brings most revenue, or is largest where none is known.

    Who is unlike any group is none, unless there is nobody else.
    """
    profile = segments.profile
    if (profile["segment"] >= 0).any():
        profile = profile[profile["segment"] >= 0]
    by = "size"
    if (
        "share_revenue" in profile.columns
        and profile["share_revenue"].notna().any()
    ):
        by = "share_revenue"
    return profile.loc[profile[by].idxmax()]


def rules_worth_reading(segments: Segments) -> list[Rule]:
    """The rules that hold for more than a few of a segment."""
    return [rule for rule in segments.rules.rules if rule.coverage >= _COVERAGE]


def assemble(
    prepared: Prepared,
    assignment: Assignment,
    *,
    proposed_names: Mapping[int, Message] | None = None,
    adjustments: Adjustments | None = None,
) -> Segments:
    """Everything that follows from the labels: profile, names, sentences, rules, map.

    `proposed_names`: those that the segments had before, where there are any.
    """
    adjustments = adjustments or Adjustments()
    options, customers, encoding = (
        prepared.options,
        prepared.customers,
        prepared.encoding,
    )
    name = method_of(options)
    method = METHODS[name]
    labels = adjustments.apply(assignment.labels, customers["customer"])
    readable = encoding.readable(customers)
    traits = traits_of(customers, readable, encoding.columns, labels)
    spoken = traits.assign(
        feature=[phrase_name(name, customers) for name in traits["feature"]]
    )
    groups = np.unique(labels).tolist()
    short = short_record(customers)
    proposed = dict(proposed_names or {})
    if not set(groups) <= set(proposed):
        # in a short record nobody can have stayed away, as names by recency would say
        own = {} if short else method.names(labels)
        own = own or propose_names(customers, labels, spoken, encoding.names)
        proposed = own | proposed
    names = {label: adjustments.name_of(label, proposed[label]) for label in groups}
    profile = profile_of(
        customers, labels, numeric_columns(customers, encoding.columns)
    )
    sentences = sentences_for(profile, spoken, proposed, customers)
    depth = 4 if len(groups) > 4 else 3
    rules = shallow_rules(readable, labels, depth=depth, seed=options.seed)
    scores = method.scores(customers, assignment.model)
    scored = _aside(customers, scores).assign(**scores)
    people = _with_segment(
        scored, pd.Series(labels.astype("int64"), index=customers.index), names
    )
    if adjustments.moves:
        measures = one_row(prepared.points, labels, options.seed).iloc[0]
    else:
        measures = assignment.quality[assignment.quality["chosen"]].iloc[0]
    distances = assignment.distances
    if distances is None:
        distances = pd.DataFrame({"share": [], "distance": []}, dtype=float)
    return Segments(
        method=name,
        options=options,
        customers=people,
        profile=_named(profile, names),
        traits=traits,
        quality=assignment.quality,
        map=map_of(
            people["customer"],
            prepared.points,
            labels,
            prepared.axes,
            options.seed,
        ),
        axes=axes_frame(prepared.axes, encoding.dimensions),
        distances=distances,
        names=names,
        sentences=sentences,
        rules=rules,
        notes=(
            *([short] if short else []),
            *_below_zero(customers),
            *assignment.notes,
            *adjustments.notes,
        ),
        encoding=encoding,
        model=assignment.model,
        figures={
            "customers": len(people),
            "segments": sum(label >= 0 for label in groups),
            "noise": int((labels < 0).sum()),
            "largest_share": float(profile["share_customers"].max()),
            "revenue": float(profile["revenue"].sum())
            if "revenue" in profile.columns
            else None,
            **{
                name: float(measures[name]) if pd.notna(measures[name]) else None
                for name in _MEASURES
            },
            "rule_accuracy": rules.accuracy,
            "shown_variance": float(prepared.axes.shares[:2].sum()),
            "radius": assignment.radius,
        },
        adjustments=adjustments,
        fitted_labels=assignment.labels,
        proposed_names=proposed,
        given=customers,
    )


def _with_segment(
    customers: pd.DataFrame, segment: pd.Series, names: Mapping[int, Message]
) -> pd.DataFrame:
    english = {label: message.sentence() for label, message in names.items()}
    return _aside(customers, _OWN).assign(
        segment=segment,
        name=segment.map(english),
        name_key=segment.map(
            {label: message.key for label, message in names.items()}
        ),
    )


def _named(profile: pd.DataFrame, names: Mapping[int, Message]) -> pd.DataFrame:
    messages = [names[int(label)] for label in profile["segment"]]
    named = profile.copy()
    named.insert(1, "name", [message.sentence() for message in messages])
    named.insert(2, "name_key", [message.key for message in messages])
    return named


def _below_zero(customers: pd.DataFrame) -> list[Message]:
    """What to say of customers who gave back more than they bought within the record."""
    monetary = customers.get("monetary")
    if monetary is None or not pd.api.types.is_numeric_dtype(monetary):
        return []
    count = int((monetary < 0).sum())
    return [Message("segments.gave_back_more", {"count": count})] if count else []


def _aside(customers: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """A table whose own columns of these names are kept with `_given` behind the name."""
    return customers.rename(
        columns={
            name: f"{name}_given" for name in names if name in customers.columns
        }
    )


def carry(
    segments: Segments,
    customers: pd.DataFrame,
    *,
    labels: np.ndarray | None = None,
) -> Segments:
    """The same segments on another table of customers: nothing is fitted again.

    Names and changes stay. `labels`: the model's, where they are known already.
    """
    check_one_row_each(customers)
    if labels is None:
        labels, known = segments.labels(customers)
        customers, labels = (
            customers[known].reset_index(drop=True),
            labels[known],
        )
    if not len(customers):
        raise AnalysisError("customers.no_customers")
    points = segments.encoding.transform(customers)
    same = np.array_equal(labels, segments.fitted_labels)
    prepared = Prepared(
        options=segments.options,
        customers=customers,
        encoding=segments.encoding,
        points=points,
        axes=axes_of(points),
        notes=(),
    )
    with one_thread():
        quality = (
            segments.quality
            if same
            else one_row(points, labels, prepared.options.seed)
        )
        return assemble(
            prepared,
            Assignment(
                labels=labels,
                model=segments.model,
                quality=quality,
                notes=[
                    note
                    for note in segments.notes
                    if note.key not in Adjustments.NOTES
                ],
                distances=segments.distances,
                radius=segments.figures["radius"],
            ),
            proposed_names=segments.proposed_names,
            adjustments=segments.adjustments,
        )


def _changed(segments: Segments, adjustments: Adjustments) -> Segments:
    return carry(
        replace(segments, adjustments=adjustments),
        segments.given,
        labels=segments.fitted_labels,
    )


def rename(segments: Segments, names: Mapping[int, str]) -> Segments:
    """The same segments under names of one's own; an empty name gives back the one proposed."""
    _check_labels(segments, names)
    return _changed(segments, segments.adjustments.renamed(names))


def merge(
    segments: Segments, labels: Sequence[int], name: str | None = None
) -> Segments:
    """Several segments as one, under the number and name of the first (or a name of one's own)."""
    _check_labels(segments, labels)
    into, *others = dict.fromkeys(labels)
    if not others:
        return segments
    return _changed(segments, segments.adjustments.with_merged(into, others, name))


def pin(
    segments: Segments, customers: Sequence[str], label: int | None
) -> Segments:
    """Customers put into a segment by hand, wherever they would fall; None lets them go."""
    if label is not None:
        _check_labels(segments, [label])
    texts = [str(customer) for customer in customers]
    unknown = set(texts) - set(segments.customers["customer"].astype(str))
    if unknown:
        raise AnalysisError("customers.unknown_customer", customer=min(unknown))
    return _changed(segments, segments.adjustments.with_pinned(texts, label))


def adjust(segments: Segments, changes: Mapping[str, Any]) -> Segments:
    """Changes noted as plain JSON, but for those about segments or customers who are not there.

    `merged`: lists of segments; `pinned`: pairs of customers and a segment; `named`: names by
    segment, as text.
    """
    for group in changes.get("merged", ()):
        present = [label for label in group if label in segments.names]
        if len(present) > 1:
            segments = merge(segments, present)
    here = set(segments.customers["customer"].astype(str))
    for customers, label in changes.get("pinned", ()):
        if label in segments.names:
            segments = pin(
                segments,
                [customer for customer in customers if customer in here],
                label,
            )
    named = {int(label): name for label, name in changes.get("named", {}).items()}
    return rename(
        segments,
        {label: name for label, name in named.items() if label in segments.names},
    )


def _check_labels(segments: Segments, labels: Iterable[int]) -> None:
    for label in labels:
        if label not in segments.names:
            raise AnalysisError("segments.no_such_segment", segment=int(label))
