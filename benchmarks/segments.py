"""Segments at 10 k, 100 k and 1 M customers beside plain scikit-learn.

`choosing k` is everything before a slider is moved: features, points, a k-means for each k from 2
to 12, inertia, silhouette, Calinski-Harabasz, stability; the peer is one default `KMeans(8).fit` of
the same points. `slider` is what a move of k then takes, with nothing of the peer's beside it.
`inertia` in the note is ours over the peer's, the worst over k = 4, 6, 8, 10. `DBSCAN` is given the
radius that is proposed; the peer is scikit-learn's with the same settings, as far as it fits into
memory; ours peaks far below 2 GB because equal points are joined and the list of all neighbours is
never held. All with one thread.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.measure import Row, apart, timed
from crm_analysis.analyses.segments import (
    DBSCANOptions,
    KMeansOptions,
    prepare,
    segment,
    segment_prepared,
)

SIZES = [
    int(text)
    for text in os.environ.get("SEGMENT_CUSTOMERS", "10000 100000 1000000").split()
]
PEER_DBSCAN = (
    20_000  # customers up to which scikit-learn's DBSCAN is run beside ours
)


def make_customers(count: int, seed: int = 0) -> pd.DataFrame:
    """Five overlapping kinds of customers with recency, frequency and monetary."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 5, count)
    frequency = rng.geometric(np.array([0.5, 0.2, 0.1, 0.05, 0.3])[kind])
    monetary = np.exp(rng.normal(np.array([3, 4, 5, 6, 4])[kind], 0.7)) * frequency
    recency = np.minimum(
        rng.gamma(2, np.array([100, 40, 20, 10, 60])[kind]).astype(int) + 1, 700
    )
    return pd.DataFrame(
        {
            "customer": [f"C{number}" for number in range(count)],
            "recency": recency,
            "frequency": frequency,
            "monetary": monetary.round(2),
        }
    )


def choosing(count: int) -> tuple[float, float, float, float]:
    """Seconds to prepare, of a slider's move, and of the peer; worst ratio of inertia."""
    from sklearn.cluster import KMeans

    table = make_customers(count)
    segment(
        make_customers(500), KMeansOptions(clusters=3)
    )  # the first call loads scikit-learn
    ready = timed(prepare, table, KMeansOptions())
    move = timed(
        lambda: segment_prepared(ready.result, KMeansOptions(clusters=6)),
        runs=3,
    )
    with threadpool_limits(1):
        peer = timed(lambda: KMeans(8, random_state=0).fit(ready.result.points))
        inertia = ready.result.fitted.quality.set_index("clusters")["inertia"]
        worst = max(
            inertia[k] / KMeans(k, random_state=0).fit(ready.result.points).inertia_
            for k in (4, 6, 8, 10)
        )
    return ready.seconds, move.seconds, peer.seconds, worst


def density(count: int) -> tuple[float, float, list[int] | None]:
    """Seconds to prepare and to find, and where it is small the labels."""
    table = make_customers(count)
    segment(make_customers(500), DBSCANOptions())
    ready = timed(prepare, table, DBSCANOptions())
    moved = timed(lambda: segment_prepared(ready.result, DBSCANOptions()))
    return (
        ready.seconds,
        moved.seconds,
        moved.result.customers["segment"].tolist()
        if count <= PEER_DBSCAN
        else None,
    )


def density_peer(count: int) -> tuple[float, list[int]]:
    """scikit-learn's DBSCAN of the same points."""
    from sklearn.cluster import DBSCAN

    ready = prepare(make_customers(count), DBSCANOptions())
    with threadpool_limits(1):
        done = timed(
            lambda: DBSCAN(
                eps=ready.fitted.radius, min_samples=ready.fitted.min_samples
            ).fit_predict(ready.points)
        )
    return done.seconds, done.result.tolist()


def main() -> list[Row]:
    """A line for each size and question."""
    rows = []
    for count in SIZES:
        size = f"{count:,} customers"
        ours = apart(choosing, count)
        ready, move, peer, worst = ours.result
        rows.append(
            Row(
                f"choosing k, {size}",
                ready,
                "one KMeans(8).fit",
                peer,
                ours.memory,
                note=f"{ready / peer:.2f} fits; inertia × {worst:.5f}",
            )
        )
        rows.append(Row(f"slider, {size}", move, memory=ours.memory))
        ours = apart(density, count)
        ready, moved, labels = ours.result
        if labels is None:
            rows.append(
                Row(
                    f"DBSCAN, {size}",
                    ready + moved,
                    memory=ours.memory,
                    note=f"{moved:.2f} s of it at a move of the radius",
                )
            )
        else:
            of_peer = apart(density_peer, count)
            same = (
                "the same labels"
                if of_peer.result[1] == labels
                else "NOT THE SAME LABELS"
            )
            rows.append(
                Row(
                    f"DBSCAN, {size}",
                    ready + moved,
                    "sklearn DBSCAN",
                    of_peer.result[0],
                    ours.memory,
                    of_peer.memory,
                    note=same,
                )
            )
    return rows
