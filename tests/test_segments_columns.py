"""Odd tables, which columns are proposed, logs and scales, the map, the axes and traits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from crm_analysis.analyses.segments import (
    METHODS,
    KMeansOptions,
    feature_choices,
    prepare,
    segment,
    segment_prepared,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import has
from tests.shoppers import buyers

# Odd tables: an honest answer, or a sentence

_ODD = {
    "one customer": buyers(1),
    "two customers": buyers(2),
    "three customers": buyers(3),
    "all the same": pd.DataFrame(
        {
            "customer": [str(n) for n in range(50)],
            "recency": 5,
            "frequency": 2,
            "monetary": 10.0,
        }
    ),
    "two kinds of points": pd.DataFrame(
        {
            "customer": [str(n) for n in range(50)],
            "recency": [5, 9] * 25,
            "frequency": [2, 7] * 25,
            "monetary": [10.0, 20.0] * 25,
        }
    ),
    "only categories": pd.DataFrame(
        {
            "customer": [str(n) for n in range(60)],
            "city": ["a", "b", "c"] * 20,
            "plan": ["x", "y"] * 30,
        }
    ),
    "only flags": pd.DataFrame(
        {
            "customer": [str(n) for n in range(60)],
            "mail": [True, False, True] * 20,
            "shop": [1, 0] * 30,
        }
    ),
    "nothing but ids": pd.DataFrame(
        {
            "customer": [str(n) for n in range(60)],
            "row_id": range(60),
            "note": [f"text {n}" for n in range(60)],
        }
    ),
    "nothing": pd.DataFrame({"customer": [str(n) for n in range(60)]}),
    "a hole everywhere": pd.DataFrame(
        {
            "customer": [str(n) for n in range(60)],
            "a": [np.nan, *np.arange(59) ** 2],
            "b": [*np.arange(59) % 9, np.nan],
        }
    ),
    "an empty column": pd.DataFrame(
        {
            "customer": [str(n) for n in range(60)],
            "a": [np.nan] * 60,
            "b": np.arange(60.0) ** 2,
        }
    ),
    "a single feature": pd.DataFrame(
        {"customer": [str(n) for n in range(60)], "b": np.arange(60.0) ** 1.5}
    ),
    "nullable types": pd.DataFrame(
        {
            "customer": [str(n) for n in range(60)],
            "a": pd.array(
                [None, *[number % 13 for number in range(59)]], dtype="Int64"
            ),
            "b": pd.array([True, False, None] * 20, dtype="boolean"),
        }
    ),
    "huge numbers": pd.DataFrame(
        {
            "customer": [str(n) for n in range(60)],
            "a": np.arange(60) * 1e300,
            "b": np.arange(60) % 7,
        }
    ),
    "names of our own columns": pd.DataFrame(
        {
            "customer": [str(n) for n in range(60)],
            "segment": np.arange(60) % 5,
            "name": ["a", "b"] * 30,
            "size": np.arange(60.0) ** 2,
        }
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", _ODD)
@pytest.mark.parametrize("kind", METHODS)
def test_odd_tables(case: Any, kind: Any) -> None:
    try:
        result = segment(_ODD[case], METHODS[kind].OPTIONS())
    except AnalysisError as problem:
        assert problem.sentence("en") and problem.sentence(
            "zh"
        ) != problem.sentence("en")
        assert (
            case in ("nothing but ids", "nothing", "all the same")
            or kind == "rfm"
            or case == "one customer"
        )
        return
    assert result.profile["size"].sum() == len(result.customers) == len(_ODD[case])
    assert result.customers["segment"].notna().all() and len(result.map) == len(
        result.customers
    )
    assert np.isfinite(result.map[["x", "y", "z"]].to_numpy()).all()


def test_more_segments_than_different_customers() -> None:
    table = _ODD["two kinds of points"]
    with pytest.raises(AnalysisError, match="at most 2"):
        segment(table, KMeansOptions(clusters=5))
    assert segment(table).summary()["segments"] == 2


@pytest.mark.slow
def test_five_hundred_columns() -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 300)
    table = pd.DataFrame(
        rng.normal(size=(300, 500)) + group[:, None] * 3.0,
        columns=[f"q{number}" for number in range(500)],
    )
    table.insert(0, "customer", [str(number) for number in range(300)])
    result = segment(table)
    assert len(result.encoding.names) == 40 and any(
        key == "segments.note.left_out_many" for key, _ in result.notes
    )
    assert adjusted_rand_score(group, result.customers["segment"]) > 0.99


def test_unknown_and_empty() -> None:
    with pytest.raises(AnalysisError, match="no column"):
        segment(buyers(), KMeansOptions(features=("shoe size",)))
    with pytest.raises(AnalysisError):
        segment(pd.DataFrame({"customer": []}), KMeansOptions())
    with pytest.raises(AnalysisError):
        segment(pd.DataFrame({"age": [1, 2]}), KMeansOptions())
    with pytest.raises(ValueError, match="clusters"):
        KMeansOptions(clusters=1)


def test_a_column_of_names_is_not_lost() -> None:
    table = buyers(60).assign(
        name=[f"Ms {number}" for number in range(60)], segment="A"
    )
    result = segment(table, KMeansOptions(clusters=2))
    assert (
        result.customers["name_given"].tolist()
        == table["name"].tolist()
        == result.apply(table)["name_given"].tolist()
    )
    assert set(result.customers["segment"]) == {0, 1} and set(
        result.customers["segment_given"]
    ) == {"A"}


# Features


def test_which_columns_are_proposed() -> None:
    count = 100
    table = pd.DataFrame(
        {
            "customer": [str(number) for number in range(count)],
            "RowNumber": range(1, count + 1),
            "Surname": [f"Name{number}" for number in range(count)],
            "constant": 3,
            "holes": [1.0] * 10 + [np.nan] * 89 + [2.0],
            "churned": [True, False] * 50,
            "salary": np.linspace(1, 2, count) ** 2 + 0.123,
            "salary_twice": 2 * (np.linspace(1, 2, count) ** 2 + 0.123),
            "city": ["a", "b", "c", "d"] * 25,
            "joined": pd.date_range("2024-01-01", periods=count, unit="us"),
        }
    )
    choices = feature_choices(table).set_index("column")
    reasons = {
        "RowNumber": "id",
        "Surname": "id",
        "constant": "constant",
        "holes": "missing",
        "churned": "outcome",
        "salary_twice": "repetition",
    }
    assert choices.loc[list(reasons), "reason"].to_dict() == reasons
    assert choices.index[choices["proposed"]].tolist() == [
        "salary",
        "city",
        "joined",
    ]
    assert choices.at["joined", "kind"] == "date"
    for reason in (*reasons.values(), "empty", "distinct", "free_text", "many"):
        assert has(f"segments.note.left_out_{reason}")


def test_recency_frequency_and_monetary_are_enough_for_orders() -> None:
    table = buyers().assign(tenure=100, returns=np.arange(400) % 3)
    assert feature_choices(table).query("proposed")["column"].tolist() == [
        "recency",
        "frequency",
        "monetary",
    ]


@pytest.mark.slow
def test_log_and_scale_are_knobs() -> None:
    table = buyers().assign(
        monetary=np.exp(np.random.default_rng(0).normal(3, 1, 400))
    )
    ready = prepare(table, KMeansOptions())
    assert {one.name for one in ready.encoding.columns if one.log} == {"monetary"}
    assert not any(
        one.log for one in prepare(table, KMeansOptions(log=False)).encoding.columns
    )
    plain = prepare(table, KMeansOptions(scale="none")).points
    assert np.array_equal(
        plain, table[["recency", "frequency", "monetary"]].to_numpy(dtype=float)
    )
    standard = prepare(table, KMeansOptions(outliers="keep")).points
    assert np.allclose(standard.mean(axis=0), 0) and np.allclose(
        standard.std(axis=0), 1
    )
    least = prepare(table, KMeansOptions(scale="minmax", outliers="keep")).points
    assert np.allclose(least.min(axis=0), 0) and np.allclose(least.max(axis=0), 1)
    robust = prepare(table, KMeansOptions(scale="robust", outliers="keep")).points
    assert np.allclose(np.median(robust, axis=0), 0)


def test_gower_distances() -> None:
    table = pd.DataFrame(
        {
            "customer": list("abcd"),
            "age": [20.0, 40.0, 30.0, 20.0],
            "city": ["x", "x", "y", "z"],
            "vip": [0, 1, 1, 0],
        }
    )
    points = prepare(
        table, KMeansOptions(categorical="gower", outliers="keep", log=False)
    ).points
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    assert squared[0, 1] == pytest.approx(
        1 + 0 + 1
    )  # the whole range of age, the same city, another flag
    assert squared[0, 2] == pytest.approx(0.25 + 1 + 1)
    assert squared[0, 3] == pytest.approx(0 + 1 + 0)


# What is drawn


@pytest.mark.slow
def test_the_map_is_a_sample_that_fits_the_screen() -> None:
    table = buyers(12_000)
    result = segment(table, KMeansOptions(clusters=4))
    assert 4900 < len(result.map) <= 5000
    shares = result.map["segment"].value_counts(normalize=True).sort_index()
    assert np.allclose(shares, result.profile["share_customers"], atol=0.01)


def test_axes_are_principal_components() -> None:
    ready = prepare(buyers(), KMeansOptions())
    result = segment_prepared(ready, KMeansOptions(clusters=3))
    from sklearn.decomposition import PCA

    pca = PCA(3).fit(ready.points)
    assert result.axes.groupby("axis")["share"].first().tolist() == pytest.approx(
        pca.explained_variance_ratio_.tolist()
    )
    first = result.axes[result.axes["axis"] == "x"].set_index("feature")["loading"]
    assert np.allclose(
        first[["recency", "frequency", "monetary"]].abs(),
        np.abs(pca.components_[0]),
    )
    assert first.iloc[0] > 0 and first.abs().is_monotonic_decreasing


def test_traits_compare_with_everyone() -> None:
    result = segment(buyers(), KMeansOptions(clusters=4))
    own = result.traits[(result.traits["feature"] == "monetary")].set_index(
        "segment"
    )
    means = result.customers.groupby("segment")["monetary"].mean()
    assert own["mean"].tolist() == pytest.approx(means.tolist())
    assert own["index"].tolist() == pytest.approx(
        (means / result.customers["monetary"].mean() * 100).tolist()
    )
    weights = result.profile.set_index("segment")["size"]
    assert np.average(own["difference"], weights=weights) == pytest.approx(
        0, abs=1e-9
    )


def test_rules_set_segments_apart() -> None:
    result = segment(buyers(800), KMeansOptions(clusters=4))
    assert {rule.label for rule in result.rules.rules} == {
        0,
        1,
        2,
        3,
    } and result.rules.accuracy > 0.9
