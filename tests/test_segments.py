"""Segments: known answers, planted kinds, names, the same answer twice, and the code they give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    homogeneity_score,
    silhouette_score,
)

import crm_analysis as crm
from crm_analysis.analyses.customers import describe_customers
from crm_analysis.analyses.segments import (
    METHODS,
    AgglomerativeOptions,
    DBSCANOptions,
    GaussianMixtureOptions,
    HDBSCANOptions,
    KMeansOptions,
    MiniBatchKMeansOptions,
    RFMOptions,
    adjusted_rand,
    code,
    prepare,
    segment,
    segment_prepared,
)
from crm_analysis.analyses.segments.methods.rfm import CELLS, NAMES, names_of
from crm_analysis.analyses.segments.quality import scatter_of, silhouettes
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import LANGUAGES, phrases, say
from tests.scripts import run_script
from tests.shoppers import buyers, shoppers

ALL = [
    RFMOptions(),
    KMeansOptions(clusters=4),
    MiniBatchKMeansOptions(clusters=4),
    DBSCANOptions(),
    HDBSCANOptions(),
    GaussianMixtureOptions(clusters=4),
    AgglomerativeOptions(clusters=4),
]
by_method = pytest.mark.parametrize(
    "options", ALL, ids=lambda options: type(options).__name__
)


# Known answers


@pytest.fixture(scope="module")
def mall(real_data: Path) -> Any:
    return pd.read_csv(
        real_data / "mall_customers" / "Mall_Customers.csv",
        dtype={"CustomerID": str},
    ).rename(columns={"CustomerID": "customer"})


@pytest.fixture(scope="module")
def campaign(real_data: Path) -> Any:
    frame = pd.read_csv(
        real_data / "marketing_campaign" / "marketing_campaign.csv",
        sep="\t",
        dtype={"ID": str},
    ).rename(columns={"ID": "customer"})
    return frame.assign(
        Dt_Customer=pd.to_datetime(frame["Dt_Customer"], format="%d-%m-%Y")
    )


def test_mall_customers(mall: Any) -> None:
    options = KMeansOptions(
        clusters=5,
        features=("Annual Income (k$)", "Spending Score (1-100)"),
        scale="none",
    )
    result = segment(describe_customers(mall), options)
    assert result.summary()["inertia"] == pytest.approx(44_448.5, abs=0.1)
    assert result.summary()["silhouette"] == pytest.approx(0.5539, abs=5e-5)
    assert (
        result.quality.loc[result.quality["proposed"], "clusters"].item() == 5
    )  # and five is what would have been chosen
    assert (
        result.profile["size"].tolist()
        == sorted(result.profile["size"], reverse=True)
        and result.profile["size"].sum() == 200
    )


@pytest.mark.slow
def test_three_groups_of_credit_cards_by_itself(real_data: Path) -> None:
    frame = pd.read_csv(
        real_data / "segmentation_cc_660" / "Credit Card Customer Data.csv",
        dtype={"Customer Key": str},
        encoding="utf-8-sig",
    )
    with pytest.raises(AnalysisError, match="5 rows repeat"):
        describe_customers(frame.rename(columns={"Customer Key": "customer"}))
    table = describe_customers(
        frame.astype({"Sl_No": str}).rename(columns={"Sl_No": "customer"})
    )
    result = segment(table)
    assert result.summary()["segments"] == 3 and len(result.customers) == 660
    assert sorted(result.profile["size"], reverse=True)[0] == pytest.approx(
        386, abs=5
    )
    assert "Customer Key" not in result.encoding.names


@pytest.mark.slow
def test_marketing_campaign_without_touching_a_knob(campaign: Any) -> None:
    result = segment(describe_customers(campaign))
    used = result.encoding.names
    assert not {"Z_CostContact", "Z_Revenue", "customer"} & set(used) and {
        "Income",
        "MntWines",
        "Education",
        "Dt_Customer",
    } <= set(used)
    assert (
        result.profile["size"].min() > 100
    )  # the income of 666,666 makes no segment of its own
    assert (
        "segments.note.left_out_constant",
        {"columns": ["Z_CostContact", "Z_Revenue"], "count": 2},
    ) in result.notes
    assert any(key == "segments.note.dates" for key, _ in result.notes)
    five = segment(describe_customers(campaign), KMeansOptions(clusters=5))
    assert (
        five.profile["size"].min() > 100
        and len({repr(name) for name in five.names.values()}) == 5
    )


def test_measures_are_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(700, 4))
    labels = rng.integers(0, 5, 700)
    labels[0] = 5  # a group of one
    shown = silhouettes(points, [labels, labels % 2])
    assert shown[0] == pytest.approx(silhouette_score(points, labels), abs=1e-6)
    assert shown[1] == pytest.approx(silhouette_score(points, labels % 2), abs=1e-6)
    inertia, index = scatter_of(points, labels)
    assert index == pytest.approx(calinski_harabasz_score(points, labels))
    assert inertia == pytest.approx(
        sum(
            (
                (points[labels == label] - points[labels == label].mean(axis=0))
                ** 2
            ).sum()
            for label in range(6)
        )
    )
    assert adjusted_rand(labels, labels % 3) == pytest.approx(
        adjusted_rand_score(labels, labels % 3)
    )


@pytest.mark.slow
def test_k_means_on_many_is_as_good_as_on_all() -> None:
    table = buyers(24_000)
    ready = prepare(table, KMeansOptions())
    plain = KMeans(6, n_init=3, random_state=0).fit(ready.points)
    assert any(key == "segments.note.starts" for key, _ in ready.notes)
    assert (
        ready.fitted.quality.set_index("clusters").at[6, "inertia"]
        <= plain.inertia_ * 1.001
    )


# What was planted is found


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        KMeansOptions(),
        AgglomerativeOptions(clusters=4),
        GaussianMixtureOptions(clusters=4),
    ],
    ids=lambda options: type(options).__name__,
)
def test_planted_kinds_are_found_again(options: Any) -> None:
    table = shoppers(800)
    result = segment(table.drop(columns="kind"), options)
    assert adjusted_rand_score(table["kind"], result.customers["segment"]) > 0.9


def test_dense_groups_do_not_mix_planted_kinds() -> None:
    """Density may split a kind (one order lies apart from two), but no group holds two."""
    table = shoppers(800)
    result = segment(table.drop(columns="kind"), HDBSCANOptions())
    kept = result.customers["segment"] >= 0
    assert (
        kept.mean() > 0.8
        and homogeneity_score(
            table["kind"][kept], result.customers["segment"][kept]
        )
        > 0.98
    )


@pytest.mark.slow
def test_names_say_what_was_planted() -> None:
    table = shoppers(800)
    result = segment(table.drop(columns="kind"), KMeansOptions(clusters=4))
    named = {
        kind: result.names[
            int(result.customers["segment"][table["kind"] == kind].mode()[0])
        ][0].rpartition(".")[2]
        for kind in range(4)
    }
    assert named[0] == "champions" and named[1] in (
        "new",
        "promising",
        "potential_loyalist",
    )
    assert named[2] in ("cant_lose", "at_risk") and named[3] in (
        "lost",
        "hibernating",
    )


# RFM


def test_every_cell_has_a_name_and_every_name_a_cell() -> None:
    scores = np.array(
        [
            [recency, value, value]
            for recency in range(1, 6)
            for value in range(1, 6)
        ]
    )
    named = [NAMES[number] for number in names_of(scores)]
    assert set(named) == set(NAMES) == set(CELLS)
    assert (
        named[scores.tolist().index([5, 5, 5])] == "champions"
        and named[scores.tolist().index([1, 1, 1])] == "lost"
    )


def test_scores_are_fifths_and_ties_share_a_score() -> None:
    table = pd.DataFrame(
        {
            "customer": [str(n) for n in range(10)],
            "recency": range(1, 11),
            "frequency": [1] * 6 + [2, 2, 3, 9],
            "monetary": np.arange(10.0),
        }
    )
    result = segment(table, RFMOptions())
    assert result.customers["r_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert result.customers["m_score"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert result.customers["f_score"].tolist() == [1] * 6 + [4, 4, 5, 5]
    assert any(
        key == "segments.note.rfm_ties" and details["column"] == "frequency"
        for key, details in result.notes
    )


def test_boundaries_of_ones_own() -> None:
    table = buyers(200)
    result = segment(
        table,
        RFMOptions(
            recency_bounds=(5, 10, 20, 40),
            frequency_bounds=(1, 2, 5, 10),
            monetary_bounds=(10, 50, 100, 500),
        ),
    )
    expected = 5 - (
        table["recency"].to_numpy()[:, None] > np.array([5, 10, 20, 40])
    ).sum(axis=1)
    assert result.customers["r_score"].tolist() == expected.tolist()
    for wrong in ((1, 2, 3), (4, 3, 2, 1), (1, 2, 3, float("nan"))):
        with pytest.raises(ValueError, match="four ascending"):
            RFMOptions(recency_bounds=wrong)


def test_rfm_without_money_and_without_orders() -> None:
    result = segment(buyers().drop(columns="monetary"), RFMOptions())
    assert "m_score" not in result.customers.columns and any(
        key == "segments.note.rfm_no_money" for key, _ in result.notes
    )
    with pytest.raises(AnalysisError, match="RFM needs"):
        segment(pd.DataFrame({"customer": ["a", "b"], "age": [1, 2]}), RFMOptions())


# Every method


@pytest.mark.slow
@by_method
def test_a_segment_for_everyone_twice_the_same(options: Any) -> None:
    table = buyers()
    result = segment(table, options)
    assert result.customers["customer"].tolist() == table["customer"].tolist()
    assert result.profile["size"].sum() == len(table) and result.profile[
        "share_customers"
    ].sum() == pytest.approx(1)
    assert result.profile["revenue"].sum() == pytest.approx(
        table["monetary"].sum()
    ) and result.profile["share_revenue"].sum() == pytest.approx(1)
    again = segment(table, options)
    pd.testing.assert_frame_equal(result.customers, again.customers)
    pd.testing.assert_frame_equal(result.quality, again.quality)
    pd.testing.assert_frame_equal(result.map, again.map)
    assert result.names == again.names and result.rules == again.rules


@pytest.mark.slow
@by_method
def test_every_text_is_said_in_both_languages(options: Any) -> None:
    result = segment(buyers(), options)
    for language in LANGUAGES:
        for label, name in result.names.items():
            assert say(name[0], language, **name[1])
            what, do = result.sentences[label]
            assert say(what[0], language, **what[1]) != say(
                do[0], language, **do[1]
            )
        for key, details in result.notes:
            assert say(key, language, **details)
        assert say(f"segments.how.{result.method}", language) and say(
            f"segments.method.{result.method}", language
        )
    assert len({repr(name) for name in result.names.values()}) == len(result.names)
    json.dumps([result.names, result.sentences, result.notes])  # plain values only
    assert {f"segments.summary.{name}" for name in result.summary()} <= set(
        phrases()
    )


@pytest.mark.slow
@by_method
def test_the_row_order_does_not_matter_to_apply(options: Any) -> None:
    table = buyers()
    result = segment(table, options)
    new = result.apply(table.sample(frac=1, random_state=1)).sort_index()
    assert new.columns.tolist() == [
        *table.columns,
        "segment",
        "name",
        "name_key",
    ]
    agree = new["segment"].to_numpy() == result.customers["segment"].to_numpy()
    border = isinstance(
        options, DBSCANOptions
    )  # between two clusters the first that reached it has it, not the nearest
    assert agree.mean() > 0.97 if border else agree.all()


@pytest.mark.slow
@by_method
def test_new_customers_of_whom_nothing_is_known(options: Any) -> None:
    table = buyers(100)
    result = segment(table, options)
    new = result.apply(
        pd.DataFrame(
            {
                "customer": ["x", "y"],
                "recency": [3.0, np.nan],
                "frequency": [20.0, np.nan],
                "monetary": [400.0, np.nan],
            }
        )
    )
    assert pd.isna(new["segment"].iloc[1]) and pd.notna(new["segment"].iloc[0])
    with pytest.raises(AnalysisError):
        result.apply(pd.DataFrame({"customer": ["x"], "recency": [3.0]}))


def test_missing_money_alone_is_imputed_and_said() -> None:
    table = buyers(200)
    table.loc[:4, "monetary"] = np.nan
    table.loc[5, "monetary"] = np.inf
    result = segment(table)
    assert len(result.customers) == 200
    assert any(
        key == "segments.note.imputed" and details["column"] == "monetary"
        for key, details in result.notes
    )


# Speed of a slider: what `prepare` gave is not computed again


@pytest.mark.slow
def test_prepared_gives_the_same_and_computes_no_candidate_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = buyers()
    ready = prepare(table, KMeansOptions())
    fresh = {
        clusters: segment(table, KMeansOptions(clusters=clusters))
        for clusters in (3, 5)
    }
    fit = KMeans.fit

    def only_others(self: KMeans, points: np.ndarray, *args: Any) -> KMeans:
        """Fits points that the customers are compared with, never the customers again."""
        same = points.shape == ready.points.shape
        assert not same or not np.isin(points.round(9), ready.points.round(9)).any()
        return fit(self, points, *args)

    monkeypatch.setattr("sklearn.cluster.KMeans.fit", only_others)
    for clusters, expected in fresh.items():
        result = segment_prepared(ready, KMeansOptions(clusters=clusters))
        pd.testing.assert_frame_equal(result.customers, expected.customers)
        pd.testing.assert_frame_equal(result.quality, expected.quality)
    assert (
        segment_prepared(ready)
        .quality["chosen"]
        .equals(ready.fitted.quality["chosen"])
    )


# The same result as Python


@pytest.mark.slow
def test_the_code_gives_the_same_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        rng.integers(0, 300, 1500), unit="D"
    )
    sales = pd.DataFrame(
        {
            "Customer ID": rng.integers(100, 220, 1500),
            "Order No": np.arange(5000, 6500),
            "Order Date": days,
            "Product": "Tea",
            "Qty": 1,
            "Unit Price": rng.gamma(2, 10, 1500).round(2),
        }
    )
    sales.to_csv(tmp_path / "orders.csv", index=False)
    raw = crm.read_table(tmp_path / "orders.csv")
    table = describe_customers(
        crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table,
        "2024-09-30",
    )
    result = segment(
        table,
        KMeansOptions(clusters=4, features=("recency", "monetary"), scale="robust"),
    )
    result = crm.analyses.segments.rename(
        crm.analyses.segments.merge(result, [0, 2]), {1: "Our 'best'"}
    )
    space = run_script(
        code(result, str(tmp_path / "orders.csv"), "2024-09-30"), tmp_path
    )
    pd.testing.assert_frame_equal(space["found"].customers, result.customers)
    assert (
        space["found"].names == result.names
        and "segment" in capsys.readouterr().out
    )


def test_every_setting_has_a_label_and_help() -> None:
    for kind, method in METHODS.items():
        assert {f"segments.method.{kind}", f"segments.how.{kind}"} <= set(phrases())
        for one in method.OPTIONS.knobs():
            wanted = [
                f"segments.knob.{one.name}.{part}"
                for part in ("label", "help", *one.choices)
            ]
            assert set(wanted) <= set(phrases()), wanted
