"""Columns that know the answer: the certain are left out, the suspicious named; honest ones not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.churn import ChurnOptions, predict_churn
from tests.churn_shops import spoken

QUICK = ChurnOptions(model="logistic", draws=20)
CUSTOMERS = 2000


def honest(seed: int, customers: int = CUSTOMERS) -> tuple[pd.DataFrame, Any]:
    """Tenure, contract, a flag and eight numbers, of which chance decides how much each counts."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(customers, 8))
    table = pd.DataFrame(numbers).add_prefix("number ")
    table["tenure"] = rng.gamma(1.5, 20, customers).round()
    table["contract"] = rng.choice(
        ["month", "year", "two"], customers, p=[0.5, 0.3, 0.2]
    )
    table["support"] = rng.random(customers) < 0.3
    odds = -1.2 + numbers @ rng.normal(0, 0.35, 8)
    odds -= rng.uniform(0.01, 0.06) * (table["tenure"] - 30)
    odds += (
        rng.uniform(0, 1.5) * (table["contract"] == "month")
        + 0.5 * table["support"]
    )
    table["churned"] = rng.random(customers) < 1 / (1 + np.exp(-odds))
    table["customer"] = np.arange(customers).astype(str)
    return table, rng


def wrong(table: pd.DataFrame, rng: Any, share: float) -> Any:
    churned = table["churned"].to_numpy()
    return np.where(rng.random(len(table)) < share, ~churned, churned)


def date(table: pd.DataFrame, rng: Any) -> Any:
    days = pd.to_timedelta(rng.integers(0, 300, len(table)), unit="D")
    dates = pd.Series(pd.Timestamp("2024-01-01") + days)
    return dates.where(
        rng.random(len(table)) < np.where(table["churned"], 0.8, 0.03)
    )


def other_score(table: pd.DataFrame, rng: Any) -> Any:
    return 1 / (
        1 + np.exp(1 - 1.6 * table["churned"] - rng.normal(0, 1, len(table)))
    )


def mean_by_group(table: pd.DataFrame, rng: Any) -> Any:
    group = rng.integers(0, len(table) // 8, len(table))
    return table["churned"].astype(float).groupby(group).transform("mean")


def status(table: pd.DataFrame, rng: Any) -> Any:
    """Nearly half of the leavers' accounts say so, in either of two words, and a few others'."""
    gone = rng.random(len(table)) < np.where(table["churned"], 0.45, 0.04)
    return np.where(gone, rng.choice(["closed", "cancelled"], len(table)), "active")


def silence(table: pd.DataFrame, rng: Any) -> Any:
    """The days since the last contact, which go on after somebody has left."""
    usual = rng.exponential(30, len(table))
    return (usual + table["churned"] * rng.integers(0, 90, len(table))).round()


LEAKS = {
    "a copy with a tenth wrong": lambda table, rng: wrong(table, rng, 0.1),
    "a copy with a fifth wrong": lambda table, rng: wrong(table, rng, 0.2),
    "a date that leavers have": date,
    "the score of another model": other_score,
    "the mean of the outcome by group": mean_by_group,
    "a status in words": status,
    "days of silence that go on": silence,
}


def alarms_with(leak: str, seed: int) -> pd.DataFrame:
    table, rng = honest(seed)
    table["column"] = LEAKS[leak](table, rng)
    return predict_churn(table, QUICK).alarms.set_index("feature")


class TestLeaks:
    @pytest.mark.parametrize(
        ("leak", "kind", "left_out"),
        [
            ("a copy with a tenth wrong", "answer_like", False),
            ("a date that leavers have", "filled", False),
            ("the mean of the outcome by group", "from_outcome", True),
            ("a status in words", "gone_level", False),
        ],
    )
    def test_each_is_graded_and_said(
        self, leak: str, kind: str, left_out: bool
    ) -> None:
        alarms = alarms_with(leak, 0)
        row = alarms.loc["column"]
        grade = "certain" if left_out else "suspicious"
        assert (row["kind"], row["grade"], row["left_out"]) == (
            kind,
            grade,
            left_out,
        )
        spoken([(f"churn.alarm.{kind}", row.to_dict())])
        if not left_out:
            assert row["auc_with"] > row["auc_without"] + 0.05
            spoken([("churn.page.alarm_beside", row.to_dict())])

    def test_a_column_without_which_much_is_lost_is_named(self) -> None:
        table, rng = honest(101)
        table["column"] = silence(table, rng)
        alarm = predict_churn(table, QUICK).alarms.iloc[0]
        assert (alarm["feature"], alarm["kind"]) == ("column", "irreplaceable")
        assert alarm["auc_with"] > alarm["auc_without"] + 0.06
        spoken([("churn.alarm.irreplaceable", alarm.to_dict())])

    @pytest.mark.parametrize("word", ["closed", "Cancelled by customer", "已销户"])
    def test_a_value_that_speaks_of_leaving_alarms_only_where_most_left(
        self, word: str
    ) -> None:
        table, rng = honest(1)
        for share, alarmed in ((0.45, True), (0.06, False)):
            gone = rng.random(len(table)) < np.where(table["churned"], share, 0.05)
            column = np.where(gone, word, "active")
            alarms = predict_churn(table.assign(state=column), QUICK).alarms
            assert alarms["feature"].eq("state").any() == alarmed

    @pytest.mark.slow
    @pytest.mark.parametrize("leak", LEAKS)
    def test_none_is_missed(self, leak: str) -> None:
        assert all("column" in alarms_with(leak, seed).index for seed in range(10))

    @pytest.mark.slow
    def test_of_twenty_honest_tables_one_raises_an_alarm_at_most(self) -> None:
        alarms = [
            len(predict_churn(honest(seed)[0], QUICK).alarms) for seed in range(20)
        ]
        assert np.count_nonzero(alarms) <= 1
