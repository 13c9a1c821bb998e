"""How long customers stay.

Curves, medians, hazards and the log-rank test against sums done by hand.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.churn.retention.survival import (
    SurvivalOptions,
    survival,
    tenure_column,
)
from crm_analysis.errors import AnalysisError

# Freireich et al. 1963, weeks of remission with 6-MP: the textbook curve (Kalbfleisch & Prentice;
# Collett). + is censored.
REMISSION = [
    (6, 1),
    (6, 1),
    (6, 1),
    (6, 0),
    (7, 1),
    (9, 0),
    (10, 1),
    (10, 0),
    (11, 0),
    (13, 1),
    (16, 1),
    (17, 0),
    (19, 0),
    (20, 0),
]
REMISSION += [(22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0)]
PLACEBO = [
    1,
    1,
    2,
    2,
    3,
    4,
    4,
    5,
    5,
    8,
    8,
    8,
    8,
    11,
    11,
    12,
    12,
    15,
    17,
    22,
    23,
]


def _customers(rows: Any) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["tenure", "churned"]).assign(
        churned=lambda table: table["churned"].astype(bool)
    )


def test_a_curve_done_by_hand() -> None:
    # At 6: 21 at risk, 3 leave: 18/21. At 7: 17, 1: × 16/17. At 10: 15, 1: × 14/15. At 13: 12. At
    # 16: 11. At 22: 7. At 23: 6.
    result = survival(_customers(REMISSION))
    curve = result.curves.set_index("time")
    expected = {
        0: 1.0,
        6: 18 / 21,
        7: 18 / 21 * 16 / 17,
        10: 18 / 21 * 16 / 17 * 14 / 15,
    }
    expected[13] = expected[10] * 11 / 12
    expected[16] = expected[13] * 10 / 11
    expected[22] = expected[16] * 6 / 7
    expected[23] = expected[22] * 5 / 6
    for time, share in expected.items():
        assert curve.loc[time, "survival"] == pytest.approx(share, abs=1e-12)
    assert (
        curve.loc[9, "survival"] == curve.loc[7, "survival"]
    )  # who is only lost sight of does not lower it
    assert curve.loc[[6, 7, 9, 10], "at_risk"].tolist() == [21, 17, 16, 15]
    assert curve.loc[6, ["churned", "censored"]].tolist() == [3, 1]
    # Greenwood at 7: S² (3/(21·18) + 1/(17·16)); on the log-log scale.
    share = expected[7]
    error = np.sqrt(3 / (21 * 18) + 1 / (17 * 16)) / abs(np.log(share))
    assert curve.loc[7, "lo"] == pytest.approx(
        share ** np.exp(1.959964 * error), abs=1e-6
    )
    assert curve.loc[7, "hi"] == pytest.approx(
        share ** np.exp(-1.959964 * error), abs=1e-6
    )
    row = result.groups.iloc[0]
    assert (
        row["customers"],
        row["churners"],
        row["median"],
        row["observed"],
    ) == (21, 9, 23, 35)
    assert row["median_lo"] == 13 and np.isnan(
        row["median_hi"]
    )  # as printed in the textbooks


def test_hazards_and_what_remains_done_by_hand() -> None:
    result = survival(_customers(REMISSION))
    hazard = result.hazard.set_index("end")
    assert (
        hazard.loc[6, "hazard"] == pytest.approx(3 / 21)
        and hazard.loc[6, "at_risk"] == 21
        and hazard.loc[6, "churned"] == 3
    )
    assert (
        hazard.loc[7, "hazard"] == pytest.approx(1 / 17)
        and hazard.loc[7, "at_risk"] == 17
    )
    assert (
        hazard.loc[8, "hazard"] == 0
        and hazard.loc[8, "lo"] == 0
        and hazard.loc[8, "hi"] > 0.1
    )  # none of 16 is not never
    assert len(hazard) == 35
    remaining = result.remaining.set_index("tenure")
    assert remaining.loc[0, "remaining"] == 23
    # After 6 half of .857 is .4286: never reached before the record ends (S(23) = .448).
    assert np.isnan(remaining.loc[6, "remaining"])
    whole = survival(
        _customers([(time, 1) for time in (1, 2, 3, 4)])
    ).remaining.set_index("tenure")
    assert whole.loc[[0, 1, 2], "remaining"].tolist() == [
        2,
        2,
        1,
    ]  # of the three left after 1, half have gone by 3


def test_the_log_rank_test_of_the_textbook_and_the_restricted_mean() -> None:
    table = pd.concat(
        [
            _customers(REMISSION).assign(arm="6-MP"),
            _customers([(time, 1) for time in PLACEBO]).assign(arm="placebo"),
        ]
    )
    result = survival(table, SurvivalOptions(by="arm"))
    assert (
        result.test["statistic"] == pytest.approx(16.79, abs=0.005)
        and result.test["freedom"] == 1
        and result.test["p"] < 1e-4
    )
    groups = result.groups.set_index("group")
    assert (
        groups.loc["placebo", "median"] == 8
        and groups.loc["placebo", "customers"] == 21
    )
    assert result.horizon == 23
    assert groups.loc["placebo", "mean"] == pytest.approx(
        np.mean(PLACEBO)
    )  # nobody censored: the area is the mean
    assert (
        result.summary()["median"] is None
        and result.summary()["p"] == result.test["p"]
    )


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
@pytest.mark.slow
def test_without_censoring_the_curve_is_the_share_still_there(
    times: Any,
) -> None:
    result = survival(_customers([(time, 1) for time in times]))
    for row in result.curves.itertuples():
        assert row.survival == pytest.approx(
            np.mean(np.array(times) > row.time) if row.time or 0 in times else 1.0,
            abs=1e-9,
        )
    assert result.groups["mean"].iloc[0] == pytest.approx(np.mean(times))


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.booleans()), min_size=1, max_size=80
    ).filter(lambda rows: any(churned for _, churned in rows))
)
def test_curves_fall_and_lie_within_their_intervals(rows: Any) -> None:
    result = survival(_customers(rows))
    curve = result.curves
    assert (np.diff(curve["survival"]) <= 1e-12).all()
    assert (
        (curve["lo"] <= curve["survival"] + 1e-9)
        & (curve["survival"] <= curve["hi"] + 1e-9)
    ).all()
    assert result.hazard["hazard"].between(-1e-9, 1 + 1e-9).all()
    after_start = sum(1 for time, churned in rows if churned and time > 0)
    assert result.hazard["churned"].sum() == after_start
    # The hazards give the curve back.
    began = curve.loc[curve["time"] == 0, "survival"].iloc[0]
    assert began * (1 - result.hazard["hazard"]).prod() == pytest.approx(
        curve["survival"].iloc[-1], abs=1e-9
    )


def test_groups_of_numbers_of_many_categories_and_of_the_unknown() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "tenure": rng.integers(1, 40, 600),
            "churned": rng.random(600) < 0.4,
            "fee": rng.normal(50, 10, 600),
        }
    )
    table["town"] = rng.choice([f"town {number}" for number in range(15)], 600)
    table.loc[:9, "town"] = None
    assert len(survival(table, SurvivalOptions(by="fee")).groups) == 4
    result = survival(table, SurvivalOptions(by="town"))
    assert (
        result.groups["customers"].sum() == 600
        and result.groups["group"].tolist()[-2:] == ["…", "–"]
        and len(result.groups) == 7
    )
    assert [key for key, _ in result.notes] == [
        "retention.note.small_groups"
    ] and result.notes[0][1]["groups"] == ["–"]


def test_long_tenures_in_days_are_told_in_readable_spans() -> None:
    rng = np.random.default_rng(1)
    result = survival(
        pd.DataFrame(
            {
                "tenure": rng.integers(0, 2000, 400),
                "churned": rng.random(400) < 0.5,
            }
        )
    )
    spans = (result.hazard["end"] - result.hazard["start"]).unique()
    assert (
        spans.tolist() == [50.0]
        and result.hazard["end"].max() >= result.curves["time"].max()
    )


def test_the_outcome_may_be_nullable_and_rows_without_a_tenure_are_counted() -> (
    None
):
    table = pd.DataFrame(
        {
            "tenure": [1, 2, None, 4, -1],
            "churned": pd.array([True, None, True, True, False], dtype="boolean"),
        }
    )
    result = survival(table)
    assert result.groups["customers"].tolist() == [2] and result.notes == (
        ("retention.note.no_tenure", {"count": 3, "column": "tenure"}),
    )


def test_of_examples_each_customer_counts_once() -> None:
    rows = [
        ("a", 1, 10, False),
        ("a", 2, 40, True),
        ("b", 1, 20, False),
        ("b", 2, 50, False),
        ("b", 3, 80, None),
    ]
    table = pd.DataFrame(
        rows, columns=["customer", "cutoff", "tenure", "churned"]
    ).astype({"churned": "boolean"})
    result = survival(table)
    assert (
        result.groups[["customers", "churners", "observed"]].to_numpy().tolist()
        == [[2, 1, 50]]
        and not result.notes
    )


def test_what_cannot_be_told_is_said() -> None:
    table = pd.DataFrame({"tenure": [1, 2], "churned": [False, False]})
    with pytest.raises(AnalysisError, match="Nobody"):
        survival(table)
    with pytest.raises(AnalysisError, match="No column says how long"):
        survival(table.rename(columns={"tenure": "x"}))
    with pytest.raises(AnalysisError, match="no column “y”"):
        survival(table, SurvivalOptions(by="y"))


@pytest.mark.parametrize(
    "name",
    [
        "tenure",
        "Tenure",
        "Months_on_book",
        "account length",
        "入网月数",
        "months_as_customer",
    ],
)
def test_the_tenure_is_found_by_its_name(name: str) -> None:
    assert tenure_column(pd.DataFrame({"age": [1], name: [2]})) == name


def test_ages_are_no_tenures() -> None:
    assert (
        tenure_column(
            pd.DataFrame({"age": [1], "MonthlyCharges": [2.0], "tenure": ["long"]})
        )
        is None
    )


def test_telco_by_contract(real_data: Path) -> None:
    table = pd.read_csv(real_data / "telco_churn" / "Telco-Customer-Churn.csv")
    result = survival(table, SurvivalOptions(by="Contract"))
    groups = result.groups.set_index("group")
    # As lifelines 0.30.3 gives them.
    assert (
        groups.loc["Month-to-month", "median"] == 35
        and groups.loc[["One year", "Two year"], "median"].isna().all()
    )
    assert result.test["statistic"] == pytest.approx(2352.8725, abs=1e-3)
    last = result.curves.groupby("group")["survival"].last()
    assert last.round(6).to_dict() == {
        "Month-to-month": 0.128952,
        "One year": 0.568146,
        "Two year": 0.935739,
    }
