"""Examples of leaving from order lines; the target, the features, the folds."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import crm_analysis as crm
from crm_analysis.analyses.churn import (
    ChurnOptions,
    WindowOptions,
    churn_examples,
    current_customers,
    find_target,
    plan_windows,
    predict_churn,
    propose_window,
)
from crm_analysis.analyses.churn.data.examples import MAXIMUM_CUTOFFS
from crm_analysis.analyses.churn.data.features import assign_folds
from crm_analysis.analyses.churn.models.measures import auc
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.samples import planted
from tests.churn_shops import QUICK, START, orders, people, spoken


@pytest.fixture(scope="module")
def lines() -> Any:
    return orders()


@pytest.fixture(scope="module")
def shop() -> Any:
    raw = crm.read_table("data/orders.csv")
    return crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table


class TestExamples:
    @pytest.mark.slow
    def test_labels_are_what_happened_in_the_window(self, lines: Any) -> None:
        result = churn_examples(lines, WindowOptions(window_days=60))
        for row in result.sample(60, random_state=0).itertuples():
            own = lines.loc[lines["customer"] == row.customer, "date"]
            coming = own[
                (own > row.cutoff) & (own <= row.cutoff + pd.Timedelta(days=60))
            ]
            assert row.churned == coming.empty
            last = own[own <= row.cutoff].max()
            assert (
                row.recency == (row.cutoff - last).days < 60
            )  # still a customer then

    def test_changing_anything_after_the_cutoff_changes_no_feature(
        self, lines: Any
    ) -> None:
        options = WindowOptions(window_days=60, cutoffs=1)
        before = churn_examples(lines, options)
        cutoff, last = before["cutoff"].iloc[0], lines["date"].max()
        later = lines["date"] > cutoff
        rng = np.random.default_rng(0)
        changed = lines.copy()
        changed.loc[later, "amount"] = rng.gamma(2, 1e6, later.sum())
        changed.loc[later, "quantity"] = rng.choice([-50.0, 900.0], later.sum())
        changed.loc[later, "product"] = "leaked"
        changed.loc[later, "order"] = [
            f"new{number}" for number in range(later.sum())
        ]
        changed.loc[later, "customer"] = rng.permutation(
            changed.loc[later, "customer"].to_numpy()
        )
        changed.loc[later, "date"] = cutoff + pd.to_timedelta(
            rng.integers(1, 61, later.sum()), unit="D"
        )
        changed = pd.concat(
            [changed, lines.iloc[:1].assign(date=last, customer="new one")],
            ignore_index=True,
        )
        after = churn_examples(changed, options)
        pd.testing.assert_frame_equal(
            before.drop(columns="churned"), after.drop(columns="churned")
        )
        assert (before["churned"] != after["churned"]).any()

    @pytest.mark.slow
    def test_a_planted_leak_is_caught(self, lines: Any) -> None:
        result = churn_examples(lines, WindowOptions(window_days=60))
        leaked = result.assign(orders_next_window=np.where(result["churned"], 0, 3))
        alarms = predict_churn(leaked, QUICK).alarms
        assert (
            alarms["feature"].tolist() == ["orders_next_window"]
            and alarms["left_out"].all()
        )
        assert not len(predict_churn(result, QUICK).alarms)

    @pytest.mark.slow
    def test_churners_who_were_planted_are_found(self, shop: Any) -> None:
        result = churn_examples(shop)
        gone = {
            customer: pd.Timestamp(day)
            for customer, day in planted()["churners"].items()
        }
        ended = result["customer"].map(gone)
        left_before = (ended.notna() & (ended <= result["cutoff"])).to_numpy()
        assert left_before.sum() > 40 and result.loc[left_before, "churned"].all()
        churn = predict_churn(result, ChurnOptions(model="xgboost", draws=20))
        assert churn.summary()["auc_lo"] > 0.82 and churn.summary()["ece"] < 0.05
        # Those who had left shortly before a cut-off (which no column says) rank before those who
        # had not, most of all where the rhythm is regular.
        risk = churn.out_of_fold["risk"].to_numpy()
        repeat = (result["frequency"] >= 3).to_numpy()
        loyal = (
            repeat
            & (result["customer"].map(planted()["segments"]) == "loyal").to_numpy()
        )
        assert (
            auc(left_before[repeat].astype(float), risk[repeat]) > 0.65
            and auc(left_before[loyal].astype(float), risk[loyal]) > 0.8
        )
        row = churn.time_check.iloc[0]
        assert row["auc"] > 0.75 and row["trained_on"] < len(result)
        spoken(churn.notes)

    @pytest.mark.slow
    def test_regular_customers_who_stop_are_found(self, lines: Any) -> None:
        churn = predict_churn(
            churn_examples(lines, WindowOptions(window_days=45)), QUICK
        )
        assert churn.summary()["auc"] > 0.9
        stopped = churn.customers["customer"].str[1:].astype(int) % 3 == 0
        assert (
            churn.customers.loc[stopped, "risk"].mean()
            > churn.customers.loc[~stopped, "risk"].mean() + 0.4
        )

    @pytest.mark.slow
    def test_todays_customers_follow_and_are_scored(self, lines: Any) -> None:
        options = WindowOptions(window_days=45)
        both = churn_examples(lines, options, current=True)
        today = current_customers(lines, options)
        assert both["churned"].isna().sum() == len(today) > 0
        churn = predict_churn(both, QUICK)
        listed = churn.customers[churn.customers["actionable"]]
        assert (
            set(listed["customer"]) == set(today["customer"])
            and listed["churned"].isna().all()
        )
        assert (listed["cutoff"] == lines["date"].max()).all()
        applied = churn.apply(today).set_index("customer")["risk"]
        np.testing.assert_allclose(
            listed.set_index("customer")["risk"], applied[listed["customer"]]
        )
        assert (
            plan_windows(lines, options).inactive_customers + len(today)
            == lines["customer"].nunique()
        )

    @pytest.mark.slow
    def test_the_check_on_the_last_day_needs_to_know_when_windows_ended(
        self,
    ) -> None:
        examples = churn_examples(orders(300), WindowOptions(window_days=60))
        assert len(predict_churn(examples, QUICK).time_check) == 1
        bare = predict_churn(examples.drop(columns="window_end"), QUICK)
        assert bare.time_check.empty and bare.summary()["features"] > 10
        assert "churn.note.no_time_check" in [key for key, _ in bare.notes]
        spoken(bare.notes)

    @pytest.mark.slow
    def test_customers_stay_on_one_side_of_a_split(self, lines: Any) -> None:
        oof = predict_churn(
            churn_examples(lines, WindowOptions(window_days=45)), QUICK
        ).out_of_fold
        assert (oof.groupby("customer")["fold"].nunique() == 1).all() and oof[
            "customer"
        ].duplicated().any()

    def test_windows(self, lines: Any) -> None:
        result = plan_windows(lines, WindowOptions(window_days=40))
        assert (
            result.cutoffs[-1] == lines["date"].max() - pd.Timedelta(days=40)
            and len(result.cutoffs) == MAXIMUM_CUTOFFS
        )
        assert set(np.diff([cutoff.toordinal() for cutoff in result.cutoffs])) == {
            40
        }
        free = plan_windows(lines)
        assert (
            free.window_days == propose_window(lines).window_days < 30
        )  # who buys every ten days is gone after less than a month
        with pytest.raises(AnalysisError) as caught:
            churn_examples(lines, WindowOptions(window_days=400))
        assert caught.value.key == "churn.record_too_short" and "400" in str(
            caught.value
        )

    def test_returns_are_no_purchases(self, lines: Any) -> None:
        cutoff = plan_windows(
            lines, WindowOptions(window_days=60, cutoffs=1)
        ).cutoffs[0]
        back = (
            lines.groupby("customer")
            .tail(1)
            .assign(date=cutoff + pd.Timedelta(days=5), quantity=-1.0, amount=-10.0)
        )
        options = WindowOptions(window_days=60, cutoffs=1)
        pd.testing.assert_frame_equal(
            churn_examples(lines, options),
            churn_examples(pd.concat([lines, back], ignore_index=True), options),
        )

    @pytest.mark.slow
    def test_real_orders_with_returns_and_no_customer(
        self, real_data: Path
    ) -> None:
        parts = [
            pd.read_csv(path, dtype=str)
            for path in sorted((real_data / "online_retail").glob("*.csv"))
        ]
        raw = pd.concat(parts, ignore_index=True)
        table = pd.DataFrame(
            {
                "customer": raw["CustomerID"],
                "order": raw["InvoiceNo"],
                "date": pd.to_datetime(raw["InvoiceDate"], format="mixed"),
            }
        )
        table = table.assign(
            quantity=raw["Quantity"].astype(float),
            amount=raw["Quantity"].astype(float) * raw["UnitPrice"].astype(float),
            country=raw["Country"],
        )
        result = churn_examples(table, WindowOptions(window_days=45))
        churn = predict_churn(result, QUICK)
        assert (
            0.70 < churn.summary()["auc"] < 0.85
            and churn.summary()["ece"] < 0.03
            and len(churn.time_check) == 1
        )


class TestTarget:
    @pytest.mark.parametrize(
        ("name", "values", "left"),
        [
            ("Churn", ["Yes", "No", "No"], [1, 0, 0]),
            ("Exited", [1, 0, 1], [1, 0, 1]),
            ("Exited", [1.0, 0.0, None], [1, 0, np.nan]),
            (
                "Attrition_Flag",
                ["Existing Customer", "Attrited Customer", "Existing Customer"],
                [0, 1, 0],
            ),
            ("是否流失", ["否", "是", "是"], [0, 1, 1]),
            ("Customer Status", ["Churned", "Stayed", "Joined"], [1, 0, 0]),
            ("churned", [True, False, False], [1, 0, 0]),
        ],
    )
    def test_found_by_name_and_values(
        self, name: str, values: list[Any], left: list[Any]
    ) -> None:
        if name == "Customer Status":
            result = find_target(
                pd.DataFrame({"customer": list("abc"), name: values}), name
            )
        else:
            result = find_target(
                pd.DataFrame(
                    {"customer": list("abc"), "other": [1, 2, 1], name: values}
                )
            )
        assert result.name == name
        np.testing.assert_array_equal(result.churned, left)

    def test_asked_where_unclear(self) -> None:
        table = pd.DataFrame(
            {"customer": list("abcd"), "Churn": ["A", "B", "A", "B"]}
        )
        with pytest.raises(AnalysisError) as caught:
            predict_churn(table)
        assert caught.value.key == "churn.which_value" and caught.value.details[
            "values"
        ] == [
            "A",
            "B",
        ]
        np.testing.assert_array_equal(
            find_target(table, positive="B").churned, [0, 1, 0, 1]
        )

    @pytest.mark.parametrize(
        ("options", "key"),
        [
            (ChurnOptions(), "churn.no_target"),
            (ChurnOptions(target="nothing"), "churn.unknown_target"),
            (ChurnOptions(target="number"), "churn.not_a_target"),
            (
                ChurnOptions(target="flag", positive="maybe"),
                "churn.no_such_value",
            ),
        ],
    )
    def test_troubles_are_said(self, options: Any, key: str) -> None:
        table = pd.DataFrame(
            {
                "customer": [str(number) for number in range(50)],
                "number": range(50),
                "flag": ["yes", "no"] * 25,
            }
        )
        with pytest.raises(AnalysisError) as caught:
            predict_churn(table, options)
        assert caught.value.key == key
        spoken([(key, caught.value.details)])


class TestFeatures:
    def test_what_is_left_out_is_named(self) -> None:
        table = people()
        rng = np.random.default_rng(0)
        table["Row Number"] = range(len(table))
        table["Surname"] = [
            f"name {number}" for number in rng.integers(0, 300, len(table))
        ]
        table["nothing"] = np.nan
        table["same"] = "x"
        table["story"] = [
            f"this customer wrote a long story to us about number {number % 300} and more"
            for number in range(len(table))
        ]
        table["since"] = START - pd.to_timedelta(table["tenure"] * 30, unit="D")
        churn = predict_churn(table, QUICK)
        why = churn.features.set_index("name")["reason"].to_dict()
        assert why == {
            **{
                "tenure": "",
                "plan": "",
                "churned": "outcome",
                "Row Number": "id",
                "Surname": "distinct",
            },
            **{
                "nothing": "empty",
                "same": "constant",
                "story": "free_text",
                "since": "",
            },
        }
        assert churn.features.set_index("name").at["since", "kind"] == "date"
        assert (
            churn.training["since"].min() == 0
            and churn.training["since"].max()
            == (table["tenure"].max() - table["tenure"].min()) * 30
        )
        spoken(churn.notes)

    def test_apply_takes_any_order_new_levels_and_names_what_is_missing(
        self,
    ) -> None:
        table = people()
        churn = predict_churn(table, QUICK)
        new = table.drop(columns="churned")
        same = churn.apply(new)
        turned = churn.apply(new[new.columns[::-1]].assign(extra=1))
        np.testing.assert_array_equal(same["risk"], turned["risk"])
        assert (
            churn.apply(new.assign(plan="never seen"))["risk"].between(0, 1).all()
        )
        assert churn.apply(new.iloc[:1])["risk"].iloc[0] == pytest.approx(
            same["risk"].iloc[0]
        )
        assert len(churn.apply(new.iloc[:0])) == 0
        with pytest.raises(AnalysisError) as caught:
            churn.apply(new.drop(columns="plan"))
        assert caught.value.details["columns"] == ["plan"]

    def test_rows_without_a_label_are_predicted(self) -> None:
        table = people()
        table["churned"] = table["churned"].astype("boolean")
        table.loc[:49, "churned"] = pd.NA
        churn = predict_churn(table, QUICK)
        assert len(churn.out_of_fold) == 350 and len(churn.customers) == 400
        assert (
            churn.customers["actionable"].sum() == 50
            and churn.customers["risk"].between(0, 1).all()
        )

    @pytest.mark.slow
    def test_text_in_every_script(self) -> None:
        table = people()
        words = [
            "北京",
            "Москва",
            "القاهرة",
            "Αθήνα",
            "मुंबई",
            "🦊",
            "=cmd()",
            "<b>x</b>",
            "O'Brien",
            " spaced ",
        ]
        table["城市 / city"] = [
            words[number % len(words)] for number in range(len(table))
        ]
        churn = predict_churn(
            table, ChurnOptions(model="hist_gradient_boosting", draws=20)
        )
        assert churn.features.set_index("name").at["城市 / city", "used"]
        assert set(churn.fairness("城市 / city")["group"]) == set(words)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("model", "least"),
        # the last drowns in 500 columns of noise
        [
            ("logistic", 0.6),
            pytest.param("xgboost", 0.75, marks=pytest.mark.slow),
            pytest.param("naive_bayes", 0.45, marks=pytest.mark.slow),
        ],
    )
    def test_five_hundred_columns_an_empty_one_and_nearly_empty_ones(
        self, model: str, least: float
    ) -> None:
        table = people(600)
        rng = np.random.default_rng(0)
        wide = pd.DataFrame(
            rng.normal(size=(600, 500)),
            columns=[f"x{number}" for number in range(500)],
        )
        wide["x0"] = np.nan
        wide.loc[3:, "x1"] = np.nan
        table = pd.concat([table, wide], axis=1)
        churn = predict_churn(table, ChurnOptions(model=model, folds=3, draws=20))
        assert (
            churn.features.set_index("name").at["x0", "reason"] == "empty"
            and churn.summary()["auc"] > least
        )
        # Calibrated, even a model that knows nothing does no harm.
        assert (
            churn.summary()["log_loss"]
            < churn.scores.set_index("model").at["base_rate", "log_loss"] + 0.01
        )


@given(
    st.integers(2, 6),
    st.integers(0, 50),
    st.lists(
        st.tuples(st.integers(0, 30), st.booleans()), min_size=12, max_size=80
    ),
)
def test_folds_keep_customers_together_and_are_even(
    folds: Any, seed: int, rows: Any
) -> None:
    customer = np.unique([who for who, _ in rows], return_inverse=True)[1]
    churned = np.array([gone for _, gone in rows], dtype=float)
    fold = assign_folds(churned, customer, folds, seed)
    assert all(len(set(fold[customer == who])) == 1 for who in set(customer))
    sizes = np.bincount(
        fold[np.unique(customer, return_index=True)[1]], minlength=folds
    )
    assert sizes.max() - sizes.min() <= 1
