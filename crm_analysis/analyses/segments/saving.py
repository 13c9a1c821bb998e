"""A segmentation as plain JSON, and back: nothing is fitted again, no code is run on opening.

And as Python that can be copied and run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import check_one_row_each
from crm_analysis.analyses.segments.adjustments import Adjustments
from crm_analysis.analyses.segments.encoding import CustomerEncoding
from crm_analysis.analyses.segments.methods import METHODS, Assignment, Prepared
from crm_analysis.analyses.segments.projection import axes_of
from crm_analysis.analyses.segments.quality import one_row
from crm_analysis.analyses.segments.result import Segments, assemble
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options
from crm_analysis.tables.script import Loading, guessed, script
from crm_analysis.tables.threads import one_thread

_VERSION = 1
_TYPES = {"clusters": "int64", "chosen": "bool", "proposed": "bool"}
# Of earlier files: what the summary of the customers says today, and what is called otherwise.
_MOVED = ("no_customer", "no_date", "after", "repeated")
_RENAMED = ("left_out_redundant", "left_out_repetition")


def to_dict(segments: Segments) -> dict[str, Any]:
    """The segmentation as plain JSON values.

    Options, encoding, model, labels, names, changes, quality. No customer's data but the ids of
    pinned customers and, for DBSCAN, HDBSCAN and agglomerative, the scaled places of those whose
    nearness decides.
    """
    adjustments = segments.adjustments
    proposed = segments.proposed_names.items()
    return {
        "version": _VERSION,
        "method": segments.method,
        "options": segments.options.to_dict(),
        "encoding": segments.encoding.to_dict(),
        "model": segments.model.to_dict(),
        "labels": segments.fitted_labels.tolist(),
        "digest": _digest(segments.encoding, segments.given),
        "called": [
            [int(label), key, dict(details)] for label, (key, details) in proposed
        ],
        "merged": [
            [int(source), int(target)]
            for source, target in adjustments.merged.items()
        ],
        "named": [[int(label), name] for label, name in adjustments.named.items()],
        "pinned": [
            [customer, int(label)] for customer, label in adjustments.pinned.items()
        ],
        "quality": [
            {name: None if pd.isna(value) else value for name, value in row.items()}
            for row in segments.quality.to_dict("records")
        ],
        "distances": {
            name: segments.distances[name].tolist()
            for name in ("share", "distance")
        },
        "radius": segments.figures["radius"],
        "notes": [
            [key, dict(details)]
            for key, details in segments.notes
            if key not in Adjustments.NOTES
        ],
    }


def from_dict(values: Mapping[str, Any], customers: pd.DataFrame) -> Segments:
    """The segmentation of `to_dict` on a table of customers.

    The very same result on the same customers, the same segments applied to others. AnalysisError
    for what is no saved segmentation, or a table without the features.
    """
    if values.get("version") != _VERSION or values.get("method") not in METHODS:
        raise AnalysisError("segments.not_saved_here")
    check_one_row_each(customers)
    method = METHODS[values["method"]]
    encoding = CustomerEncoding.from_dict(values["encoding"])
    model = method.read_model(values["model"])
    inputs, known = method.inputs(customers, encoding, model)
    used = customers[known].reset_index(drop=True)
    if not len(used):
        raise AnalysisError("customers.no_customers")
    labels = np.array(values["labels"], dtype=np.int64)
    same = len(labels) == len(used) and _digest(encoding, used) == values["digest"]
    if not same:
        labels = model.predict(inputs[known])
    options: Any = method.OPTIONS.from_dict(values["options"])
    points = encoding.transform(used)
    prepared = Prepared(options, used, encoding, points, axes_of(points), notes=())
    types = dict.fromkeys(values["quality"][0], "float64") | _TYPES
    with one_thread():
        quality = (
            pd.DataFrame(values["quality"]).astype(types)
            if same
            else one_row(points, labels, options.seed)
        )
        return assemble(
            prepared,
            Assignment(
                labels=labels,
                model=model,
                quality=quality,
                notes=[
                    Message(key.replace(*_RENAMED), details)
                    for key, details in values["notes"]
                    if key.rpartition(".")[2] not in _MOVED
                ],
                distances=pd.DataFrame(values["distances"], dtype=float),
                radius=values["radius"],
            ),
            proposed_names={
                int(label): Message(key, details)
                for label, key, details in values["called"]
            },
            adjustments=saved_adjustments(values),
        )


def saved_adjustments(values: Mapping[str, Any]) -> Adjustments:
    """What a person had changed when the segmentation was saved."""
    return Adjustments(
        merged={int(source): int(target) for source, target in values["merged"]},
        named={int(label): name for label, name in values["named"]},
        pinned={customer: int(label) for customer, label in values["pinned"]},
    )


def _digest(encoding: CustomerEncoding, customers: pd.DataFrame) -> str:
    """Says whether customers are the same: their ids and, to nine digits, their places."""
    digest = hashlib.sha256("\n".join(customers["customer"].astype(str)).encode())
    digest.update(np.round(encoding.transform(customers), 9).tobytes())
    return digest.hexdigest()


def code(
    segments: Segments | Options,
    source: str = "orders.csv",
    as_of: str | None = None,
    *,
    loading: Loading | None = None,
    found: Sequence[str] = (),
    before: Adjustments | None = None,
) -> str:
    """A script that loads `source`, describes its customers as of a day and segments them.

    With these options, or those of a result and the changes made to it by hand. `loading`: other
    lines that load a table. `found`: other lines after which `found` are the segments, for those
    that were not found in `customers`; the changes by hand that they have are `before`.

    >>> from crm_analysis.analyses.segments import KMeansOptions
    >>> print(code(KMeansOptions(clusters=5, scale="robust"), "shop.csv"))
    import crm_analysis as crm
    <BLANKLINE>
    raw = crm.read_table('shop.csv')
    cleaned = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())
    customers = crm.describe_customers(cleaned.table, as_of=None)
    found = crm.segment(customers, crm.KMeansOptions(clusters=5, scale='robust'))
    print(found.profile)
    """
    if isinstance(segments, Segments):
        options, adjustments = segments.options, segments.adjustments
    else:
        options, adjustments = segments, Adjustments()
    loaded, table = loading or guessed(source)
    lines = [
        *loaded,
        f"customers = crm.describe_customers({table}, as_of={as_of!r})",
        *(found or (f"found = crm.segment(customers, crm.{options.in_python()})",)),
        *_by_hand(adjustments, before or Adjustments()),
    ]
    return script([*lines, "print(found.profile)"])


def _by_hand(now: Adjustments, before: Adjustments) -> list[str]:
    merged = {
        source: into
        for source, into in now.merged.items()
        if source not in before.merged
    }
    lines = []
    for into in dict.fromkeys(merged.values()):
        sources = [source for source, target in merged.items() if target == into]
        lines.append(f"found = segments.merge(found, {[into, *sources]})")
    pinned = {
        customer: label
        for customer, label in now.pinned.items()
        if before.pinned.get(customer) != label
    }
    for label in dict.fromkeys(pinned.values()):
        customers = [customer for customer, own in pinned.items() if own == label]
        lines.append(f"found = segments.pin(found, {customers}, {label})")
    named = {
        label: name
        for label, name in now.named.items()
        if before.named.get(label) != name
    }
    named |= dict.fromkeys(
        before.named.keys() - now.named.keys() - merged.keys(), ""
    )
    if named:
        lines.append(f"found = segments.rename(found, {named!r})")
    return ["from crm_analysis.analyses import segments", *lines] if lines else []
