"""DBSCAN gives scikit-learn's labels in bounded memory; HDBSCAN; new customers are placed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.datasets import make_blobs, make_moons

from crm_analysis.analyses.segments import (
    DBSCANOptions,
    HDBSCANOptions,
    prepare,
    segment,
    segment_prepared,
)
from crm_analysis.analyses.segments.methods.dbscan import (
    dbscan,
    k_distances,
    proposed_radius,
)


def table_of(points: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame(
        points, columns=[f"f{column}" for column in range(points.shape[1])]
    )
    return frame.assign(customer=[str(row) for row in range(len(frame))])


@st.composite
def clouds(draw: Any) -> Any:
    """Points, repeated or in knots or not, and a radius that no two of them are exactly apart."""
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    count, width = draw(st.integers(1, 250)), draw(st.integers(1, 5))
    kind = draw(st.sampled_from(["even", "grid", "knots"]))
    if kind == "grid":
        return rng.integers(0, 8, (count, width)).astype(float), draw(
            st.integers(0, 3)
        ) + 0.51
    points = rng.normal(size=(count, width))
    return (
        points if kind == "even" else points * 0.2 + rng.integers(0, 4, (count, 1))
    ), draw(st.floats(0.05, 1.5))


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(clouds(), st.integers(1, 12))
def test_the_labels_are_scikit_learns(cloud: Any, min_samples: Any) -> None:
    points, radius = cloud
    density = k_distances(points, DBSCANOptions(min_samples=min_samples))
    labels, model = dbscan(density, radius)
    peer = DBSCAN(eps=radius, min_samples=min_samples).fit(points)
    assert np.array_equal(labels, peer.labels_)
    assert {tuple(point) for point in model.points} == {
        tuple(point) for point in points[peer.core_sample_indices_]
    }


@pytest.mark.parametrize("seed", range(3))
def test_parts_that_touch_only_at_their_rims_are_joined(seed: int) -> None:
    """Two dense balls with a thin bridge: each core's nearest neighbours lie in its own ball."""
    rng = np.random.default_rng(seed)
    balls = np.concatenate(
        [rng.normal(0, 0.05, (300, 2)), rng.normal((1.0, 0.0), 0.05, (300, 2))]
    )
    bridge = np.column_stack([np.linspace(0.1, 0.9, 30), np.zeros(30)])
    points = np.concatenate([balls, bridge])[rng.permutation(630)]
    for radius in (0.04, 0.06, 0.12, 0.3):
        labels, _ = dbscan(
            k_distances(points, DBSCANOptions(min_samples=3)), radius
        )
        assert np.array_equal(
            labels, DBSCAN(eps=radius, min_samples=3).fit_predict(points)
        )


def test_the_whole_way_gives_scikit_learns_labels() -> None:
    rng = np.random.default_rng(0)
    table = table_of(
        np.concatenate(
            [
                rng.normal(0, 1, (200, 2)),
                rng.normal(8, 1, (200, 2)),
                rng.uniform(-20, 20, (40, 2)),
            ]
        )
    )
    result = segment(table, DBSCANOptions(radius=1.1, min_samples=5, scale="none"))
    assert (
        result.customers["segment"].tolist()
        == DBSCAN(eps=1.1, min_samples=5).fit_predict(table[["f0", "f1"]]).tolist()
    )
    assert (
        result.summary()["noise"] == (result.customers["segment"] == -1).sum() > 0
    )
    assert (
        result.names[-1][0] == "segments.name.noise"
        and result.summary()["radius"] == 1.1
    )


def test_the_k_distance_is_that_of_the_neighbours() -> None:
    rng = np.random.default_rng(1)
    points = np.repeat(rng.normal(size=(60, 3)), rng.integers(1, 4, 60), axis=0)
    density = k_distances(points, DBSCANOptions(min_samples=4))
    expected = np.sort(cdist(points, points), axis=1)[:, 3]
    assert np.allclose(density.distance[density.place], expected)
    assert (
        density.curve["distance"].is_monotonic_decreasing
        and density.curve["share"].iloc[-1] == 1.0
    )


def test_the_proposed_radius_separates_planted_knots() -> None:
    rng = np.random.default_rng(2)
    knots = np.concatenate(
        [rng.normal(centre, 0.1, (150, 2)) for centre in ([0, 0], [3, 0], [0, 3])]
    )
    result = segment(
        table_of(np.concatenate([knots, rng.uniform(-2, 5, (20, 2))])),
        DBSCANOptions(),
    )
    planted = result.customers["segment"].to_numpy()[:450].reshape(3, 150)
    assert result.summary()["segments"] == 3
    assert all((np.bincount(row[row >= 0]).max() >= 140) for row in planted)


def test_radii_of_no_and_of_equal_distances() -> None:
    assert proposed_radius(np.array([])) == proposed_radius(np.zeros(5)) == 1.0
    assert 2.0 <= proposed_radius(np.full(10, 2.0)) < 2.02


def test_the_furthest_do_not_move_the_proposed_radius() -> None:
    distances = np.random.default_rng(0).gamma(4, 1, 1000)
    moved = np.where(distances > np.quantile(distances, 0.98), 100.0, distances)
    assert proposed_radius(moved) == proposed_radius(distances)


def _planted(shape: str, seed: int) -> tuple[np.ndarray, int]:
    """Points, and how many groups they are."""
    rng = np.random.default_rng(seed)
    if shape == "moons":
        return make_moons(800, noise=0.06, random_state=seed)[0], 2
    if shape == "uniform":
        return rng.uniform(size=(800, 3)), 1
    if shape == "densities":
        loose = rng.normal(4, 0.9, (300, 3))
        return np.concatenate([rng.normal(0, 0.3, (500, 3)), loose]), 2
    centres = [[0, 0], [4, 0], [0, 4], [4, 4]]
    blobs = make_blobs(800, centers=centres, cluster_std=0.6, random_state=seed)[0]
    stray = rng.normal(0, 30, (5, 2)) if shape == "far" else np.empty((0, 2))
    return np.concatenate([blobs, stray]), 4


@pytest.mark.parametrize("shape", ["blobs", "far", "moons", "densities", "uniform"])
def test_the_proposed_radius_is_right_on_known_shapes(shape: str) -> None:
    """The bend of the curve was right on 10 of 10 blobs, 6 of moons, 1 with five far points."""
    right = 0
    for seed in range(10):
        points, groups = _planted(shape, seed)
        scaled = (points - points.mean(axis=0)) / points.std(axis=0)
        density = k_distances(scaled, DBSCANOptions())
        labels, _ = dbscan(density, density.radius)
        sizes = np.bincount(labels[labels >= 0])
        right += (sizes >= 0.02 * len(points)).sum() == groups
    assert right >= 9


def test_new_customers_join_the_nearest_core_within_the_radius_or_are_noise() -> (
    None
):
    rng = np.random.default_rng(3)
    table = table_of(
        np.concatenate([rng.normal(0, 1, (300, 2)), rng.normal(7, 1, (300, 2))])
    )
    result = segment(table, DBSCANOptions(radius=0.9, min_samples=8, scale="none"))
    fitted = DBSCAN(eps=0.9, min_samples=8).fit(table[["f0", "f1"]].to_numpy())
    new = rng.uniform(-4, 11, (500, 2))
    distances = cdist(
        new, table[["f0", "f1"]].to_numpy()[fitted.core_sample_indices_]
    )
    expected = np.where(
        distances.min(axis=1) <= 0.9,
        fitted.labels_[fitted.core_sample_indices_][distances.argmin(axis=1)],
        -1,
    )
    given_ = result.apply(table_of(new))["segment"]
    assert given_.tolist() == expected.tolist() and set(given_) == {-1, 0, 1}


def test_a_radius_too_small_leaves_only_noise_and_says_so() -> None:
    result = segment(
        table_of(np.random.default_rng(0).normal(size=(50, 2))),
        DBSCANOptions(radius=1e-6),
    )
    assert (
        result.customers["segment"].eq(-1).all()
        and result.summary()["segments"] == 0
    )
    assert any(key == "segments.note.all_noise" for key, _ in result.notes)
    assert result.apply(table_of(np.zeros((2, 2))))["segment"].tolist() == [
        -1,
        -1,
    ]


def test_a_hundred_thousand_equal_customers_cost_no_more_than_one() -> None:
    """All pairs would be ten thousand million neighbours; equal points are one with a weight."""
    points = np.repeat([[0.0, 0.0], [5.0, 5.0]], 50_000, axis=0)
    density = k_distances(points, DBSCANOptions(min_samples=10))
    labels, model = dbscan(density, 1.0)
    assert len(density.points) == len(model.points) == 2 and np.bincount(
        labels
    ).tolist() == [
        50_000,
        50_000,
    ]


def test_a_radius_over_everything_needs_no_list_of_pairs() -> None:
    points = np.random.default_rng(0).normal(size=(30_000, 3))
    labels, _ = dbscan(
        k_distances(points, DBSCANOptions(min_samples=6)), 100.0
    )  # 900 million pairs lie within it
    assert (labels == 0).all()


def test_a_slider_of_the_radius_uses_what_is_prepared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = table_of(np.random.default_rng(4).normal(size=(300, 2)))
    ready = prepare(table, DBSCANOptions())
    monkeypatch.setattr(
        "crm_analysis.analyses.segments.methods.dbscan.k_distances",
        lambda *_: pytest.fail("computed again"),
    )
    result = segment_prepared(ready, DBSCANOptions(radius=0.5))
    assert result.summary()["radius"] == 0.5 and len(result.distances) > 100


def test_hdbscan_is_scikit_learns_below_the_sample() -> None:
    rng = np.random.default_rng(5)
    table = table_of(
        np.concatenate(
            [
                rng.normal(0, 0.3, (150, 2)),
                rng.normal(4, 1, (150, 2)),
                rng.uniform(-5, 9, (20, 2)),
            ]
        )
    )
    result = segment(table, HDBSCANOptions(min_cluster_size=20, scale="none"))
    peer = HDBSCAN(min_cluster_size=20, copy=True).fit_predict(table[["f0", "f1"]])
    assert result.customers["segment"].tolist() == peer.tolist() and set(peer) == {
        -1,
        0,
        1,
    }
    assert result.apply(table)["segment"].tolist() == peer.tolist()
    assert result.apply(table_of(np.array([[50.0, 50.0]])))["segment"].tolist() == [
        -1
    ]


def test_hdbscan_of_a_sample_labels_the_others_and_says_so() -> None:
    rng = np.random.default_rng(6)
    table = table_of(
        np.concatenate(
            [rng.normal(0, 0.3, (1000, 2)), rng.normal(5, 0.3, (1000, 2))]
        )
    )
    result = segment(table, HDBSCANOptions(sample=500, scale="none"))
    first, second = (
        result.customers["segment"][:1000],
        result.customers["segment"][1000:],
    )
    assert (
        first.mode()[0] != second.mode()[0]
        and (first == first.mode()[0]).mean() > 0.9
        and (second == second.mode()[0]).mean() > 0.9
    )
    assert (
        "segments.note.sampled_rest",
        {"sample": 500, "count": 2000},
    ) in result.notes
