"""The alarms of a model that knows too much, and tables that are too small or odd."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.churn import ChurnOptions, predict_churn
from crm_analysis.errors import AnalysisError
from tests.churn_shops import QUICK, orders, people, spoken


@pytest.fixture(scope="module")
def lines() -> Any:
    return orders()


class TestAlarms:
    def leaky(self) -> Any:
        table = people(600)
        churned, rng = table["churned"].to_numpy(), np.random.default_rng(0)
        table["Closing Reason"] = pd.Series(
            np.where(
                churned & (rng.random(600) < 0.5),
                rng.choice(["price", "moved"], 600),
                None,
            )
        )
        table["refund_code"] = pd.Series(
            np.where(
                churned & (rng.random(600) < 0.5),
                rng.choice(["x", "y"], 600),
                None,
            )
        )
        table["Complain"] = (churned ^ (rng.random(600) < 0.05)).astype(int)
        table["days_since_last_login"] = np.where(
            churned, rng.integers(91, 300, 600), rng.integers(0, 90, 600)
        )
        table["group"] = np.where(
            churned & (rng.random(600) < 0.3), "gone west", "here"
        )
        return table

    def test_each_kind_is_named_and_left_out(self) -> None:
        churn = predict_churn(self.leaky(), QUICK)
        result = churn.alarms.set_index("feature")
        assert result["kind"].to_dict() == {
            **{
                "days_since_last_login": "recency",
                "Closing Reason": "present_only",
                "refund_code": "present_only",
            },
            **{"Complain": "outcome", "group": "pure_level"},
        }
        assert result["left_out"].to_dict() == {
            "days_since_last_login": True,
            "Closing Reason": True,
            "refund_code": True,
            "Complain": True,
            "group": False,
        }
        assert (
            result.at["group", "value"] == "gone west"
            and result.at["days_since_last_login", "auc_alone"] > 0.99
        )
        assert not set(result.index[result["left_out"]]) & set(
            churn.training.columns
        )
        assert {"churn.note.leaks_left_out", "churn.note.leaks_kept"} <= {
            key for key, _ in churn.notes
        }
        for feature, row in result.iterrows():
            spoken(
                [
                    (
                        f"churn.alarm.{row['kind']}",
                        {"feature": feature, **row.to_dict()},
                    )
                ]
            )

    @pytest.mark.slow
    def test_kept_on_demand_and_then_too_good(self) -> None:
        kept = predict_churn(self.leaky(), QUICK.replace(keep_leaks=True))
        assert (
            not kept.alarms["left_out"].any()
            and kept.summary()["too_good"] == 1
            and kept.summary()["auc"] > 0.98
        )
        assert any(key == "churn.note.too_good" for key, _ in kept.notes)
        one = predict_churn(self.leaky(), QUICK.replace(keep=("Complain",)))
        assert (
            "Complain" in one.training.columns
            and "Closing Reason" not in one.training.columns
        )

    @pytest.mark.slow
    def test_recency_that_defines_leaving(self, lines: Any) -> None:
        customers = crm.describe_customers(lines)
        customers["churned"] = customers["recency"] > 45
        churn = predict_churn(customers.drop(columns=["last_order"]), QUICK)
        assert churn.alarms.set_index("feature").loc[
            "recency", ["kind", "left_out"]
        ].tolist() == [
            "recency",
            True,
        ]

    def test_honest_columns_raise_none(self) -> None:
        churn = predict_churn(people(), QUICK)
        assert not len(churn.alarms) and churn.summary()["too_good"] == 0

    @pytest.mark.slow
    def test_credit_card_churners(self, real_data: Path) -> None:
        raw = crm.read_table(
            real_data / "credit_card_churners" / "BankChurners.csv"
        )
        table = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table.iloc[
            :3000
        ]
        churn = predict_churn(table, QUICK)
        assert (
            churn.alarms["feature"].str.startswith("Naive_Bayes").tolist()
            == [True, True]
            and churn.alarms["left_out"].all()
        )
        assert churn.summary()["auc"] < 0.97 and churn.summary()["too_good"] == 0
        leaky = predict_churn(table, QUICK.replace(keep_leaks=True))
        assert leaky.summary()["auc"] > 0.999 and leaky.summary()["too_good"] == 1


class TestTooLittle:
    def test_one_kind_only(self) -> None:
        for value, key in (
            (True, "churn.all_left"),
            (False, "churn.all_stayed"),
        ):
            with pytest.raises(AnalysisError) as caught:
                predict_churn(people(50).assign(churned=value))
            assert caught.value.key == key and "50" in str(caught.value)

    def test_one_customer(self) -> None:
        with pytest.raises(AnalysisError) as caught:
            predict_churn(people(1).assign(churned=True))
        assert caught.value.key == "churn.all_left"

    def test_nobody_is_known(self) -> None:
        with pytest.raises(AnalysisError) as caught:
            predict_churn(people(30).assign(churned=None))
        assert caught.value.key == "churn.no_labels"

    def test_four_churners_give_a_rate_with_its_interval(self) -> None:
        with pytest.raises(AnalysisError) as caught:
            predict_churn(
                people(60).assign(churned=[number < 3 for number in range(60)])
            )
        details = caught.value.details
        assert (
            caught.value.key == "churn.too_few_to_learn"
            and details["lo"] < details["rate"] == 0.05 < details["hi"]
        )
        spoken([(caught.value.key, details)])

    def test_few_customers_are_warned_of_and_told_what_can_be_told(
        self,
    ) -> None:
        churn = predict_churn(people(70), ChurnOptions(draws=20))
        assert (
            ("churn.note.too_few" in dict(churn.notes))
            and churn.rule is not None
            and churn.model.name in ("naive_bayes", "logistic")
        )
        assert (
            churn.summary()["base_rate_lo"]
            < churn.summary()["base_rate"]
            < churn.summary()["base_rate_hi"]
        )

    def test_columns_that_say_nothing(self) -> None:
        table = people()
        table["churned"] = np.random.default_rng(3).permutation(table["churned"])
        churn = predict_churn(table, QUICK)
        assert "churn.note.no_signal" in dict(churn.notes)
        with pytest.raises(AnalysisError) as caught:
            predict_churn(table[["customer", "churned"]])
        assert caught.value.key == "churn.no_features"
