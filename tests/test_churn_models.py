"""Measures by hand, calibration, choice, the same answer twice; known results on real customers."""

import copy
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
)

import crm_analysis as crm
from crm_analysis.analyses.churn import (
    MODELS,
    ChurnOptions,
    WindowOptions,
    code,
    predict_churn,
)
from crm_analysis.analyses.churn.models.calibration import expit
from crm_analysis.analyses.churn.models.comparison import gaps_to_best, simplest
from crm_analysis.analyses.churn.models.measures import (
    auc,
    calibration_error,
    curves_of,
    intervals,
    measures,
)
from crm_analysis.errors import AnalysisError, Cancelled
from crm_analysis.wording import LANGUAGES, say
from tests.churn_shops import people, spoken
from tests.scripts import run_script


def known(real_data: Path, *path: Any) -> Any:
    raw = crm.read_table(real_data.joinpath(*path))
    return crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table


@pytest.fixture(scope="module")
def telco(real_data: Path) -> Any:
    return known(real_data, "telco_churn", "Telco-Customer-Churn.csv")


@pytest.fixture(scope="module")
def churn() -> Any:
    return predict_churn(
        people(800),
        ChurnOptions(
            candidates=("logistic", "tree", "hist_gradient_boosting", "stack"),
            draws=50,
        ),
    )


class TestMeasures:
    @given(
        st.lists(
            st.tuples(
                st.booleans(), st.floats(0.01, 0.99).map(lambda x: round(x, 2))
            ),
            min_size=5,
            max_size=60,
        )
    )
    def test_equal_to_scikit_learn(self, rows: Any) -> None:
        churned, risk = (
            np.array(column, dtype=float) for column in zip(*rows, strict=True)
        )
        result = measures(churned, risk)
        assert result["brier"] == pytest.approx(brier_score_loss(churned, risk))
        assert result["log_loss"] == pytest.approx(
            log_loss(churned, risk, labels=[0, 1])
        )
        if 0 < churned.sum() < len(churned):
            assert (
                result["auc"]
                == pytest.approx(roc_auc_score(churned, risk))
                == pytest.approx(auc(churned, risk))
            )
            assert result["average_precision"] == pytest.approx(
                average_precision_score(churned, risk)
            )
        else:
            assert result["auc"] is None

    def test_lift_by_hand(self) -> None:
        churned = np.zeros(100)
        churned[:20] = 1
        best, worst = np.linspace(1, 0, 100), np.linspace(0, 1, 100)
        assert measures(churned, best)["lift_10"] == pytest.approx(
            5.0
        ) and measures(churned, worst)["lift_10"] == pytest.approx(0.0)
        assert measures(churned, np.full(100, 0.2))["lift_10"] == pytest.approx(1.0)

    def test_calibration_error_by_hand(self) -> None:
        churned = np.r_[np.zeros(50), np.ones(50)]
        assert calibration_error(churned, np.full(100, 0.5)) == pytest.approx(0.0)
        assert calibration_error(churned, np.full(100, 0.7)) == pytest.approx(0.2)
        assert calibration_error(
            churned, np.r_[np.full(50, 0.1), np.full(50, 0.8)]
        ) == pytest.approx(0.15)

    @pytest.mark.slow
    def test_intervals_hold_what_they_promise(self) -> None:
        """Of samples of one population, as many intervals as promised hold its AUC."""
        rng = np.random.default_rng(0)
        inside = 0
        for seed in range(150):
            churned = (rng.random(300) < 0.3).astype(float)
            score = expit(
                rng.normal(size=300) + churned
            )  # AUC of two normals one apart: Φ(1/√2) = .7602
            lo, hi = intervals(churned, score, np.arange(300), 100, 0.9, seed)[
                "auc"
            ]
            inside += lo <= 0.7602 <= hi
        assert 0.82 <= inside / 150 <= 0.97

    def test_repeated_customers_widen_the_interval(self) -> None:
        rng = np.random.default_rng(1)
        churned, score = (rng.random(200) < 0.4).astype(float), rng.random(200)
        alone = intervals(churned, score, np.arange(200), 200, 0.95, 0)["auc"]
        five = intervals(
            np.tile(churned, 5),
            np.tile(score, 5),
            np.tile(np.arange(200), 5),
            200,
            0.95,
            0,
        )["auc"]
        assert five[1] - five[0] == pytest.approx(alone[1] - alone[0], rel=0.05)

    def test_curves_agree_with_the_measures(self) -> None:
        rng = np.random.default_rng(2)
        churned = (rng.random(400) < 0.3).astype(float)
        risk = np.clip(0.3 * churned + rng.random(400) * 0.6, 0, 1).round(2)
        result = curves_of(churned, risk)
        roc = result.roc
        area = float(
            np.trapezoid(roc["true_positive_rate"], roc["false_positive_rate"])
        )
        assert area == pytest.approx(auc(churned, risk))
        assert result.gain["captured"].iloc[0] == 0 and result.gain[
            "captured"
        ].iloc[-1] == pytest.approx(1)
        assert result.gain.loc[10, "lift"] == pytest.approx(
            measures(churned, risk)["lift_10"]
        )
        assert result.reliability["customers"].sum() == 400
        assert (
            (result.reliability["observed_lo"] <= result.reliability["observed"])
            & (result.reliability["observed"] <= result.reliability["observed_hi"])
        ).all()


class TestChoice:
    def test_gap_and_standard_error_by_hand(self) -> None:
        a, b = np.array([0.4, 0.4, 0.5, 0.5]), np.array([0.4, 0.5, 0.6, 0.7])
        lost = {"a": {0: a}, "b": {0: b}}
        gaps = gaps_to_best(lost, np.arange(4)).set_index("model")
        assert gaps.at["a", "gap"] == 0 and gaps.at["b", "gap"] == pytest.approx(
            0.1
        )
        error = np.std([0.0, 0.1, 0.1, 0.2]) / np.sqrt(4)
        assert gaps.at["b", "gap_se"] == pytest.approx(error)
        twice = {name: {0: np.repeat(lost[name][0], 2)} for name in lost}
        again = gaps_to_best(twice, np.repeat(np.arange(4), 2)).set_index("model")
        assert again.at["b", "gap_se"] == pytest.approx(error)

    def test_a_lead_that_only_some_folds_show_is_no_noise(self) -> None:
        """Where a method finds in one fold of five what another never does."""
        rng = np.random.default_rng(0)
        plain = rng.gamma(2, 0.34, 2000)
        finds = np.repeat([1.0, 1.0, 1.0, 1.0, 0.3], 400) * plain
        lost = {"logistic": {0: plain}, "xgboost": {0: finds}}
        gaps = gaps_to_best(lost, np.arange(2000))
        assert simplest(gaps) == "xgboost"

    @pytest.mark.slow
    def test_the_simplest_that_is_as_good(self, churn: Any) -> None:
        table = churn.scores.dropna(subset=["gap"])
        near = table.loc[table["gap"] <= table["gap_se"], "model"]
        assert (
            churn.model.name
            == min(near, key=MODELS.index)
            == churn.scores.loc[churn.scores["chosen"], "model"].iloc[0]
        )
        assert churn.model.name == "logistic"  # which is what made the data

    def test_calibration_is_nested(self) -> None:
        """Labels of a fold reach neither its model nor its calibrator."""
        from crm_analysis.analyses.churn.data.features import TrainingData
        from crm_analysis.analyses.churn.models.evaluation import (
            cross_fit,
            nested_risk,
            pair_scores,
        )
        from crm_analysis.analyses.churn.models.fitting import recipe_of

        table = people(300)
        features = pd.DataFrame({"tenure": table["tenure"].astype(float)})
        churned = table["churned"].to_numpy(dtype=float)
        examples = TrainingData(features, churned, np.arange(300), np.arange(300))
        fold = examples.folds(4, 0)
        turned = replace(
            examples, churned=np.where(fold == 2, 1 - churned, churned)
        )
        logistic = recipe_of("logistic", ChurnOptions(class_weight="none"))
        risks = []
        for one in (examples, turned):
            scores = cross_fit(logistic, one, fold).scores
            risks.append(
                nested_risk(
                    scores,
                    pair_scores(logistic, one, fold),
                    fold,
                    one.churned,
                    "platt",
                    0,
                )[0]
            )
        np.testing.assert_array_equal(risks[0][fold == 2], risks[1][fold == 2])
        assert (risks[0][fold == 1] != risks[1][fold == 1]).any()


class TestResult:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        "model",
        [
            pytest.param(one, marks=pytest.mark.slow)
            if one in ("forest", "rbf_svm", "mlp")
            else one
            for one in MODELS
        ],
    )
    def test_every_model_ranks_calibrates_and_can_be_copied(
        self, model: Any
    ) -> None:
        table = people(500)
        result = predict_churn(
            table,
            ChurnOptions(
                model=model,
                candidates=("logistic", "tree", "xgboost"),
                draws=20,
            ),
        )
        assert (
            result.model.name == model
            and result.summary()["auc"] > 0.65
            and result.summary()["ece"] < 0.12
        )
        again = copy.deepcopy(result)
        np.testing.assert_array_equal(
            again.apply(table)["risk"], result.apply(table)["risk"]
        )
        spoken(result.notes)

    def test_tables_agree(self, churn: Any) -> None:
        total = churn.summary()
        oof = churn.out_of_fold
        assert total["auc"] == pytest.approx(
            auc(oof["churned"].to_numpy(dtype=float), oof["risk"].to_numpy())
        )
        row = churn.scores[churn.scores["chosen"]].iloc[0]
        assert (
            row["auc"] == total["auc"]
            and row["auc_lo"] < row["auc"] < row["auc_hi"]
        )
        assert {"base_rate", "one_rule"} <= set(churn.scores["model"])
        base = churn.scores.set_index("model").loc["base_rate"]
        assert (
            base["auc"] == 0.5
            and base["lift_10"] == pytest.approx(1)
            and base["ece"] == pytest.approx(0)
        )
        assert churn.scores.set_index("model").at["one_rule", "auc"] < total["auc"]
        assert churn.training.columns.tolist() == [
            "customer",
            "churned",
            "tenure",
            "plan",
        ]
        for number, model in enumerate(churn.fold_models):
            inside = (oof["fold"] == number).to_numpy()
            np.testing.assert_allclose(
                model.predict(churn.training[inside]), oof.loc[inside, "risk"]
            )

    def test_confusion_adds_up(self, churn: Any) -> None:
        result = churn.confusion()
        assert result["named"] == pytest.approx(
            churn.out_of_fold["risk"].sum(), abs=3
        )
        assert (
            result["caught"] + result["missed"]
            == churn.out_of_fold["churned"].sum()
        )
        assert (
            result["caught"]
            + result["false_alarms"]
            + result["missed"]
            + result["spared"]
            == 800
        )
        assert (
            churn.confusion(0.0)["recall"] == 1
            and churn.confusion(1.0)["named"] == 0
            and churn.confusion(1.0)["precision"] is None
        )

    def test_fairness_by_hand(self, churn: Any) -> None:
        result = churn.fairness("plan", 0.5).set_index("group")
        oof = churn.out_of_fold.assign(plan=churn.table["plan"])
        for plan, part in oof.groupby("plan"):
            named = part["risk"] >= 0.5
            assert result.at[plan, "caught"] == pytest.approx(
                named[part["churned"]].mean()
            )
            assert result.at[plan, "false_alarms"] == pytest.approx(
                named[~part["churned"]].mean()
            )
        assert (
            churn.fairness("tenure")["customers"].sum() == 800
            and len(churn.fairness("tenure")) == 4
        )
        with pytest.raises(AnalysisError):
            churn.fairness("nothing")

    def test_groups_of_numbers_are_in_their_order_and_what_is_rare_or_missing_last(
        self, churn: Any
    ) -> None:
        starts = [
            float(group.split(" – ")[0])
            for group in churn.fairness("tenure")["group"]
        ]
        assert starts == sorted(starts)
        rng = np.random.default_rng(0)
        table = churn.table.assign(
            children=rng.choice(
                [10.0, 2.0, 0.0, np.nan], 800, p=[0.6, 0.2, 0.1, 0.1]
            ),
            town=[
                f"T{number:02d}" if number < 15 else "big"
                for number in rng.integers(0, 40, 800)
            ],
        )
        one = replace(churn, table=table)
        assert one.fairness("children")["group"].tolist() == [
            "0",
            "2",
            "10",
            "",
        ]
        towns = one.fairness("town")
        assert (
            towns["group"].iloc[0] == "big"
            and towns["group"].iloc[-1] == "…"
            and towns["customers"].iloc[:-1].is_monotonic_decreasing
        )

    @pytest.mark.parametrize(
        ("told", "verdict"),
        [
            (
                {
                    "auc": 0.62,
                    "auc_lo": 0.49,
                    "one_rule_auc": 0.6,
                    "lift_10_lo": 1.2,
                },
                "chance",
            ),
            (
                {
                    "auc": None,
                    "auc_lo": None,
                    "one_rule_auc": None,
                    "lift_10_lo": None,
                },
                "chance",
            ),
            (
                {
                    "auc": 0.62,
                    "auc_lo": 0.55,
                    "one_rule_auc": 0.65,
                    "lift_10_lo": 0.6,
                },
                "rule",
            ),
            (
                {
                    "auc": 0.62,
                    "auc_lo": 0.55,
                    "one_rule_auc": 0.6,
                    "lift_10_lo": 0.9,
                },
                "tenth",
            ),
            (
                {
                    "auc": 0.62,
                    "auc_lo": 0.55,
                    "one_rule_auc": 0.6,
                    "lift_10_lo": 1.1,
                },
                "tells",
            ),
        ],
    )
    def test_the_verdict_on_a_ranking(
        self, churn: Any, told: dict[str, Any], verdict: str
    ) -> None:
        assert replace(churn, figures=churn.figures | told).verdict == verdict

    @pytest.mark.slow
    def test_where_one_rule_ranks_as_well_no_model_is_called_the_simplest_that_does(
        self,
    ) -> None:
        rng = np.random.default_rng(1)
        table = pd.DataFrame(
            {
                "customer": range(300),
                "flag": rng.random(300) < 0.5,
                **{f"noise{number}": rng.normal(size=300) for number in range(6)},
            }
        )
        table["churned"] = rng.random(300) < np.where(table["flag"], 0.7, 0.2)
        result = predict_churn(
            table,
            ChurnOptions(
                candidates=("xgboost", "hist_gradient_boosting"),
                draws=20,
                repeats=1,
            ),
        )
        keys = [key for key, _ in result.notes]
        assert (
            result.verdict == "rule"
            and "churn.note.rule_as_good" in keys
            and "churn.note.chosen_best" not in keys
        )
        spoken(result.notes)

    def test_the_rule_in_words_is_true(self, churn: Any) -> None:
        inside = churn.table["tenure"] <= churn.rule.value
        assert churn.rule.feature == "tenure" and churn.rule.op == "at_most"
        assert (
            churn.rule.rate_if
            == pytest.approx(churn.table.loc[inside, "churned"].mean())
            and churn.rule.customers_if == inside.sum()
        )

    @pytest.mark.slow
    def test_same_seed_same_answer(self, churn: Any) -> None:
        again = predict_churn(people(800), churn.options)
        pd.testing.assert_frame_equal(again.customers, churn.customers)
        pd.testing.assert_frame_equal(
            again.scores.drop(columns="seconds"),
            churn.scores.drop(columns="seconds"),
        )

    def test_work_can_be_cancelled_and_tells_how_far_it_is(self) -> None:
        told = []

        def hear(share: Any, step: Any) -> None:
            told.append((share, step))
            if share > 0.3:
                raise Cancelled

        with pytest.raises(Cancelled):
            predict_churn(
                people(300),
                ChurnOptions(candidates=("logistic", "tree"), draws=20),
                progress=hear,
            )
        assert len(told) > 5 and [share for share, _ in told] == sorted(
            share for share, _ in told
        )
        assert all(
            say(step, language) for _, step in told for language in LANGUAGES
        )

    @pytest.mark.slow
    def test_class_weights_change_the_fit_not_the_calibration(self) -> None:
        table = people(1500)
        plain, balanced = (
            predict_churn(
                table, ChurnOptions(model="xgboost", class_weight=how, draws=20)
            )
            for how in ("none", "balanced")
        )
        assert (plain.out_of_fold["risk"] != balanced.out_of_fold["risk"]).any()
        for result in (plain, balanced):
            assert result.out_of_fold["risk"].mean() == pytest.approx(
                table["churned"].mean(), abs=0.02
            )

    def test_code_runs(self, tmp_path: Path) -> None:
        path = tmp_path / "people.csv"
        people(300).rename(
            columns={"customer": "Customer ID", "churned": "Churned"}
        ).to_csv(path, index=False)
        space = run_script(code(ChurnOptions(model="tree"), str(path)), tmp_path)
        assert space["churn"].model.name == "tree"
        assert "window_days=45" in code(
            ChurnOptions(), "x.csv", WindowOptions(window_days=45)
        )


class TestRealCustomers:
    @pytest.mark.slow
    def test_telco_by_logistic_regression(self, telco: Any) -> None:
        total = predict_churn(
            telco, ChurnOptions(model="logistic", draws=50)
        ).summary()
        assert (
            total["auc"] == pytest.approx(0.845, abs=0.005)
            and total["auc"] <= 0.86
            and total["ece"] <= 0.03
        )

    @pytest.mark.slow
    def test_telco_by_auto(self, telco: Any) -> None:
        result = predict_churn(telco, ChurnOptions(draws=50))
        total = result.summary()
        assert (
            0.845 <= total["auc"] <= 0.86
            and total["ece"] <= 0.03
            and total["log_loss"] <= 0.413
        )
        assert not len(result.alarms) and total["too_good"] == 0
        assert (
            dict(result.notes)["churn.note.near_alike"]["count"] >= 5
        )  # of the models differ by less than a fold's deviation
        spoken(result.notes)

    @pytest.mark.slow
    def test_bank_by_auto(self, real_data: Path) -> None:
        result = predict_churn(
            known(real_data, "bank_churn", "Churn_Modelling.csv"),
            ChurnOptions(draws=50),
        )
        assert (
            result.summary()["auc"] >= 0.86
            and result.summary()["ece"] <= 0.03
            and not len(result.alarms)
        )
        why = result.features.set_index("name")["reason"]
        assert why["RowNumber"] == "id" and why["Surname"] == "distinct"

    @pytest.mark.slow
    def test_a_model_can_be_saved_without_pickle(self, telco: Any) -> None:
        skops = pytest.importorskip("skops.io")
        result = predict_churn(
            telco.iloc[:1500],
            ChurnOptions(model="hist_gradient_boosting", draws=20),
        )
        kept = io.BytesIO(skops.dumps(result.model.pipeline)).getvalue()
        again = skops.loads(kept, trusted=skops.get_untrusted_types(data=kept))
        from crm_analysis.analyses.churn.models.fitting import log_odds

        features = result.model.prepare(telco.iloc[:50])
        np.testing.assert_array_equal(
            result.model.scores(features),
            log_odds(result.model.name, again, features),
        )
