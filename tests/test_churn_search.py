"""Settings are searched where there is more to learn, and only there; equal rows stay together."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.churn_tables import intricate, linear
from crm_analysis.analyses.churn import MODELS, ChurnOptions, predict_churn
from crm_analysis.analyses.churn.data.features import (
    TrainingData,
    equal_rows,
    rows_together,
)
from crm_analysis.analyses.churn.models.comparison import simplest
from crm_analysis.analyses.churn.models.evaluation import Task
from crm_analysis.analyses.churn.models.fitting import recipe_of
from crm_analysis.analyses.churn.models.measures import log_loss
from crm_analysis.analyses.churn.models.methods import METHODS
from crm_analysis.analyses.churn.models.search import (
    Search,
    behind,
    gain_over,
    refined_losses,
    trials_table,
    tuned,
)
from crm_analysis.analyses.churn.models.selection import compare
from crm_analysis.jobs import no_progress
from tests.churn_shops import people, spoken

BOOSTING = ChurnOptions(model="xgboost", draws=20)


def made_of_steps(count: int, seed: int) -> pd.DataFrame:
    """On which side the product of three of six features lies decides; a tenth is chance."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, 6))
    alike = values[:, :3].prod(axis=1) > 0
    churned = np.where(rng.random(count) < 0.05, ~alike, alike)
    table = pd.DataFrame(values).add_prefix("number ")
    return table.assign(customer=np.arange(count).astype(str), churned=churned)


def training(table: pd.DataFrame) -> TrainingData:
    rows = np.arange(len(table))
    churned = table["churned"].to_numpy(dtype=float)
    features = table.drop(columns=["customer", "churned"])
    return TrainingData(features, churned, rows, rows)


class TestSettings:
    @pytest.mark.parametrize("name", [name for name in MODELS if name != "stack"])
    def test_the_usual_ones_are_a_step_of_the_ladder_or_learn_on_from_it(
        self, name: Any
    ) -> None:
        method = METHODS[name]
        usual = method.settings()
        steps = [usual.replace(**values) for values in method.ladder]
        assert len(steps) >= 3
        assert usual in [
            step.replace(
                **{
                    key: getattr(usual, key)
                    for key in ("trees", "rate")
                    if hasattr(usual, key)
                }
            )
            for step in steps
        ]

    def test_those_that_are_set_are_used_and_not_searched(self) -> None:
        options = BOOSTING.replace(settings=(("depth", 2), ("trees", 20)))
        churn = predict_churn(people(300), options)
        model = churn.model.pipeline["model"]
        assert (model.max_depth, model.n_estimators) == (2, 20)
        assert not len(churn.search)
        assert "settings=(('depth', 2), ('trees', 20))" in options.in_python()

    def test_one_that_a_method_does_not_have_is_named(self) -> None:
        options = ChurnOptions(model="logistic", settings=(("depth", 2),))
        with pytest.raises(ValueError, match=r"'depth'.*'freedom'"):
            recipe_of("logistic", options)
        with pytest.raises(ValueError, match="must be from"):
            recipe_of("xgboost", BOOSTING.replace(settings=(("depth", 99),)))


class TestSearch:
    def test_a_stack_says_which_of_its_members_were_searched(self) -> None:
        table = made_of_steps(300, 0)
        options = ChurnOptions(
            model="stack", candidates=("logistic", "naive_bayes", "tree"), draws=20
        )
        task = Task(training(table), (), options, 3)
        comparison = compare(task, (*options.candidates, "stack"), no_progress)
        recipes = comparison.recipes
        tree = recipes["tree"]
        result = replace(tree, by_fold=(tree.settings,) * 3)
        comparison = replace(comparison, recipes=recipes | {"tree": result})
        assert set(comparison.members) == {"logistic", "tree"}
        assert comparison.searched("stack") == ("tree",)
        assert comparison.searched("logistic") == ()

    def test_what_is_chosen_without_a_fold_does_not_know_its_outcomes(self) -> None:
        data = training(made_of_steps(400, 0))
        fold = data.folds(4, 0)
        others = np.flatnonzero(fold != 2)
        recipe = recipe_of("tree", ChurnOptions())
        chosen = [
            tuned(
                recipe,
                TrainingData(
                    data.features, churned, data.customer, data.together
                ).take(others),
                fold[others],
            )
            for churned in (
                data.churned,
                np.where(fold == 2, 1 - data.churned, data.churned),
            )
        ]
        assert chosen[0] == chosen[1]

    def test_more_capacity_is_not_tried_once_it_is_clearly_worse(self) -> None:
        rng = np.random.default_rng(0)
        values = rng.normal(size=(3000, 6))
        churned = rng.random(3000) < np.where(values[:, 0] > 0, 0.7, 0.3)
        table = pd.DataFrame(values).add_prefix("number ")
        data = training(table.assign(customer="", churned=churned))
        search = Search(recipe_of("tree", ChurnOptions()), data, data.folds(5, 0))
        search.climb(lambda share: None)
        assert len(search.trials) < len(METHODS["tree"].ladder)

    def test_what_learns_clearly_less_than_the_best_does_not_end_it(self) -> None:
        place = np.random.default_rng(0).random(1000)
        stripes = pd.DataFrame({"place": place, "churned": (place * 20) % 2 < 1})
        data = training(stripes.assign(customer=""))
        fold = data.folds(3, 0)
        search = Search(recipe_of("tree", ChurnOptions()), data, fold)
        base_rate = refined_losses(np.zeros(len(data)), data.churned, fold)
        assert search.gains(base_rate)
        (probe,) = search.trials
        search.climb(lambda share: None)
        assert behind(search.trials[0], probe, [0]) > 2
        assert {probe.step - 1, probe.step + 1} <= {
            trial.step for trial in search.trials
        }

    def test_what_is_varied_is_judged_on_three_folds_unless_it_is_behind(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        variations = ({"trees": 40}, {"leaf": 100.0}, {"depth": 2})
        method = replace(METHODS["xgboost"], variations=variations)
        monkeypatch.setitem(METHODS, "xgboost", method)
        place = np.random.default_rng(0).random(300)
        table = pd.DataFrame({"place": place, "churned": place > 0.7})
        data = training(table.assign(customer=""))
        search = Search(
            recipe_of("xgboost", ChurnOptions()), data, data.folds(4, 0)
        )
        start = search._trial({"depth": 5, "leaf": 1.0, "trees": 25}, 3)
        search.trials.append(start)
        search.vary(lambda share: None)
        assert {len(trial.losses) for trial in search.trials} == {1, 3}
        best = search.leader
        assert all(
            best.loss <= trial.loss
            for trial in search.trials
            if len(trial.losses) == 3
        )
        assert all(
            behind(trial, start, [0]) > 0
            for trial in search.trials
            if len(trial.losses) == 1
        )

    def test_a_gain_is_measured_on_the_same_rows(self) -> None:
        data = training(made_of_steps(600, 1))
        search = Search(recipe_of("tree", ChurnOptions()), data, data.folds(3, 0))
        search.climb(lambda share: None)
        best, first = search.best, search.trials[0]
        rows = first.rows(0) - best.rows(0)
        assert gain_over(best, {0: first.rows(0)}) == pytest.approx(
            rows.mean() / rows.std() * np.sqrt(len(rows))
        )

    def test_what_was_judged_on_one_fold_is_told_beside_the_best_on_that_fold(
        self,
    ) -> None:
        data = training(made_of_steps(600, 1))
        search = Search(recipe_of("tree", ChurnOptions()), data, data.folds(3, 0))
        search.climb(lambda share: None)
        best = search.halve(lambda share: None)
        table = trials_table([search])
        row = next(
            k for k, trial in enumerate(search.trials) if len(trial.losses) == 1
        )
        gap = search.trials[row].rows(0) - best.rows(0)
        assert table["log_loss"][row] == pytest.approx(best.loss + gap.mean())
        assert table["log_loss_se"][row] == pytest.approx(
            gap.std() / np.sqrt(len(gap))
        )
        assert table.loc[table["folds"] == 3, "log_loss_se"].min() == 0

    def test_the_simplest_as_good_is_never_worse_than_a_logistic_regression(
        self,
    ) -> None:
        table = pd.DataFrame(
            {
                "model": ["tree", "logistic", "naive_bayes"],
                "log_loss": [0.30, 0.31, 0.32],
                "gap": [0.0, 0.01, 0.02],
                "gap_se": [0.0, 0.02, 0.03],
            }
        )
        assert simplest(table) == "logistic"

    @pytest.mark.slow
    def test_where_there_is_much_to_learn_capacity_grows(self) -> None:
        table = made_of_steps(1000, 2)
        usual = predict_churn(table, BOOSTING.replace(search=False)).summary()
        churn = predict_churn(table, BOOSTING)
        assert churn.summary()["log_loss"] < 0.6 * usual["log_loss"]
        assert "churn.note.searched" in dict(churn.notes)
        assert set(churn.search["folds"]) == {1, 3, 5}
        spoken(churn.notes)

    @pytest.mark.slow
    def test_trees_that_may_grow_are_tried_where_none_learns_at_the_usual_depth(
        self,
    ) -> None:
        table = made_of_steps(1000, 0)
        options = ChurnOptions(candidates=("logistic", "xgboost"), draws=20)
        usual = predict_churn(table, options.replace(search=False))
        assert usual.model.name == "logistic"
        grown = predict_churn(table, options)
        assert grown.model.name == "xgboost"
        assert grown.summary()["log_loss"] < usual.summary()["log_loss"] - 0.1

    @pytest.mark.slow
    def test_the_figure_shown_is_that_of_customers_never_seen(self) -> None:
        """Over ten tables the log-loss shown is not below that of fresh customers."""
        excess = []
        for seed in range(10):
            table = made_of_steps(3200, seed)
            shown = predict_churn(
                table[:1200], ChurnOptions(model="tree", draws=20)
            )
            fresh = table[1200:]
            risk = shown.apply(fresh)["risk"].to_numpy()
            truth = log_loss(fresh["churned"].to_numpy(dtype=float), risk)
            excess.append(shown.summary()["log_loss"] - truth)
        error = np.std(excess, ddof=1) / np.sqrt(len(excess))
        assert np.mean(excess) > -2 * error

    @pytest.mark.slow
    def test_where_all_is_straight_the_usual_settings_of_the_simplest_stand(
        self,
    ) -> None:
        for seed in range(3):
            table, _ = linear(1500, seed)
            churn = predict_churn(
                table,
                ChurnOptions(candidates=("logistic", "tree", "xgboost"), draws=20),
            )
            assert churn.model.name == "logistic"
            assert "churn.note.searched_in_vain" in dict(churn.notes)


class TestEqualRows:
    def test_rows_that_are_equal_or_of_one_customer_belong_together(self) -> None:
        customer = np.array([0, 1, 2, 3, 4])
        equal = np.array([0, 1, 1, 2, 0])
        assert rows_together(customer, equal).tolist() == [0, 1, 1, 2, 0]
        assert rows_together(np.array([0, 0, 1, 1, 2]), equal).tolist() == [0] * 5

    def test_coarse_rows_are_no_customer_written_down_twice(self) -> None:
        coarse = pd.DataFrame({"plan": pd.Categorical(["a", "b"] * 20)})
        assert equal_rows(coarse) is None

    def test_gaps_are_equal_to_gaps(self) -> None:
        table = pd.DataFrame({"x": [1.0, np.nan, np.nan, 2.0]})
        assert equal_rows(table).tolist() == [0, 1, 1, 2]

    def test_they_stay_in_one_fold_and_their_number_is_said(self) -> None:
        table, _ = intricate(400, 0)
        features = [name for name in table if name not in ("customer", "churned")]
        again = int(table.duplicated(features).sum())
        churn = predict_churn(table, ChurnOptions(model="logistic", draws=20))
        assert churn.summary()["equal_rows"] == again > 20
        assert dict(churn.notes)["churn.note.equal_rows"]["count"] == again
        fold = churn.out_of_fold["fold"]
        keys = pd.util.hash_pandas_object(table[features], index=False)
        assert fold.groupby(keys.to_numpy()).nunique().eq(1).all()
        spoken(churn.notes)
