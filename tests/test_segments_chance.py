"""What is said of groups where there are none, and what must not change them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.segments import (
    GaussianMixtureOptions,
    HDBSCANOptions,
    KMeansOptions,
    segment,
    segment_names,
)
from crm_analysis.analyses.segments.methods.rfm import NAMES
from crm_analysis.analyses.segments.naming import _STAGES
from crm_analysis.analyses.segments.quality import choose, near_ties, quality_frame
from crm_analysis.options import Options

SEEDS = 4


def customers(points: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(points, columns=list("abc")[: points.shape[1]])
    table.insert(0, "customer", [f"c{number}" for number in range(len(points))])
    return table


def planted(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0, 0], [6, 0, 3], [0, 6, 6], [6, 6, 0]])
    return customers(
        rng.normal(size=(300, 3)) * 0.5 + centres[rng.integers(0, 4, 300)]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [KMeansOptions(), GaussianMixtureOptions(), HDBSCANOptions()]
)
def test_no_groups_are_called_real_among_evenly_spread_customers(
    options: Options,
) -> None:
    said = false_alarms = 0
    for seed in range(SEEDS):
        even = customers(np.random.default_rng(seed).random((300, 2 + seed % 2)))
        keys = {note.key for note in segment(even, options).notes}
        said += bool(keys & {"segments.note.weak", "segments.note.no_groups"})
        keys = {note.key for note in segment(planted(seed), options).notes}
        false_alarms += "segments.note.weak" in keys
    assert said >= SEEDS - 1 and false_alarms == 0


def orders_of(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    size = 250
    return pd.DataFrame(
        {
            "customer": [f"c{number}" for number in range(size)],
            "recency": rng.exponential(90, size).round() + 1,
            "frequency": 1 + rng.poisson(rng.gamma(1, 3, size)),
            "monetary": rng.lognormal(4, 1, size).round(2),
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_rows_and_columns_changes_no_segment(seed: int) -> None:
    table = orders_of(seed)
    first = segment(table, KMeansOptions()).customers.set_index("customer")[
        "segment"
    ]
    shuffled = table.sample(frac=1.0, random_state=seed)
    shuffled = shuffled[["customer", "monetary", "frequency", "recency"]]
    again = segment(shuffled, KMeansOptions()).customers.set_index("customer")[
        "segment"
    ]
    pd.testing.assert_series_equal(again.sort_index(), first.sort_index())


def test_of_near_ties_the_more_stable_is_chosen_then_the_smaller() -> None:
    def tried(stability: list[float]) -> pd.DataFrame:
        return quality_frame(
            [
                {
                    "clusters": clusters,
                    "silhouette": 0.5,
                    "calinski_harabasz": index,
                    "stability": stable,
                    "smallest_share": 0.2,
                }
                for clusters, index, stable in zip(
                    (2, 3, 4), (98.0, 100.0, 99.0), stability, strict=True
                )
            ]
        )

    assert choose(tried([0.9, 0.9, 0.9])) == 2
    assert choose(tried([0.85, 0.86, 0.99])) == 4
    assert choose(tried([0.5, 0.7, 0.79])) == 2
    (note,) = near_ties(tried([0.5, 0.7, 0.79]))
    assert note.key == "segments.note.none_stable"
    assert note.details == {"chosen": 2, "stability": 0.79}
    (note,) = near_ties(tried([0.9, 0.9, 0.9]))
    assert note.details == {"chosen": 2, "others": ["3", "4"]}
    assert "3 and 4 segments" in note.sentence() and note.sentence("zh")


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [5, 8])
def test_no_name_sounds_livelier_than_that_of_customers_less_silent(
    clusters: int,
) -> None:
    for seed in range(3):
        result = segment(orders_of(seed), KMeansOptions(clusters=clusters))
        silent = result.customers.groupby("segment")["recency"].median()
        stages = {
            segment: _STAGES[
                NAMES.index(result.names[segment].key.rpartition(".")[2])
            ]
            for segment in silent.index
            if result.names[segment].key.rpartition(".")[2] in NAMES
        }
        for one, stage in stages.items():
            for other, later in stages.items():
                assert stage >= later or silent[one] <= silent[other]
        assert len(set(segment_names(result).values())) == clusters


def test_centres_are_in_the_units_of_the_table() -> None:
    people = pd.DataFrame(
        {
            "customer": list("ABCDEF"),
            "age": [20, 21, 22, 60, 61, 62],
            "town": ["x", "x", "x", "y", "y", "x"],
        }
    )
    result = segment(people, KMeansOptions(clusters=2))
    centres = result.centres.sort_values("age")
    assert centres["age"].tolist() == [21.0, 61.0]
    assert centres["town = y"].tolist() == pytest.approx([0.0, 2 / 3])
    scaled = result.scaled
    assert scaled["customer"].tolist() == list("ABCDEF")
    assert scaled["age"].mean() == pytest.approx(0.0, abs=1e-9)


def test_the_share_in_no_group_is_that_of_the_revenue() -> None:
    rng = np.random.default_rng(0)
    table = orders_of(0)
    table[["recency", "frequency"]] = rng.uniform(1, 300, (len(table), 2)).round()
    result = segment(table, HDBSCANOptions())
    noise = result.customers["segment"] < 0
    money = result.customers["monetary"]
    assert result.noise_share() == pytest.approx(money[noise].sum() / money.sum())
