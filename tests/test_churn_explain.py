"""Why: reasons that add up to the score, importance, effects, the tree, and what-if."""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.churn import (
    Churn,
    ChurnOptions,
    RiskModel,
    best_changes,
    changeable_features,
    customer_features,
    effect,
    importance,
    predict_churn,
    readable_tree,
    reasons_for,
    reasons_of,
    what_if,
)
from crm_analysis.analyses.churn.data.features import choose_features
from crm_analysis.analyses.churn.explain.contributions import (
    Contributions,
    contributions_to_risk,
    contributions_to_score,
)
from crm_analysis.analyses.churn.explain.effects import local_effects
from crm_analysis.analyses.churn.explain.reasons import COLUMNS, strongest_reasons
from crm_analysis.analyses.churn.models.calibration import Calibrator, expit
from crm_analysis.analyses.churn.models.fitting import fit, log_odds, recipe_of
from crm_analysis.analyses.churn.models.method import through_link
from crm_analysis.errors import AnalysisError
from tests.churn_people import (
    FEATURES,
    FIRST,
    LEFT,
    NAMES,
    PREPARED,
    TABLE,
    churn_of_people,
    made,
    models_of_each_kind,
)


@pytest.fixture(scope="module")
def models() -> dict[str, RiskModel]:
    return models_of_each_kind()


@pytest.fixture(scope="module")
def churn() -> Churn:
    return churn_of_people()


# Reasons


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_the_columns_add_and_the_base_give_the_score(
    models: dict[str, RiskModel], name: str
) -> None:
    model = models[name]
    rows = PREPARED.iloc[:25]
    shares, base, exact = contributions_to_score(
        model.name, model.pipeline, rows, PREPARED[FIRST], 0
    )
    assert shares.shape == (25, len(FEATURES)) and exact == (
        name not in ("mlp", "rbf_svm", "stack")
    )
    assert base + shares.sum(axis=1) == pytest.approx(
        model.scores(rows), abs=2e-5 if name in ("xgboost", "stack") else 1e-7
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_base_and_points_give_the_risk(
    models: dict[str, RiskModel], name: str
) -> None:
    model = models[name]
    rows = PREPARED.iloc[:25]
    result = contributions_to_risk(model, rows, PREPARED[FIRST])
    assert list(result.points.columns) == [
        one.name for one in FEATURES
    ]  # the reader's columns, not their levels
    assert 100 * result.base + result.points.sum(
        axis=1
    ).to_numpy() == pytest.approx(100 * model.predict(rows), abs=1e-7)


def _shapley(value: Any, count: int) -> Any:
    """Shapley's formula itself, over all sets of columns."""
    result = np.zeros(count)
    for number in range(count):
        others = [other for other in range(count) if other != number]
        for size in range(count):
            for some in itertools.combinations(others, size):
                weight = (
                    math.factorial(size)
                    * math.factorial(count - size - 1)
                    / math.factorial(count)
                )
                result[number] += weight * (
                    value({*some, number}) - value(set(some))
                )
    return result


@pytest.mark.parametrize(
    ("name", "columns"),
    [("logistic", 4), ("naive_bayes", 4), ("mlp", 2), ("rbf_svm", 2)],
)
def test_shares_are_shapleys(name: str, columns: int) -> None:
    """With two columns the orders drawn, each with its reverse, are all there are."""
    chosen = ["contract", "fee", "support", "tenure"][:columns]
    features, background = PREPARED[chosen], PREPARED[chosen].iloc[400:430]
    pipeline = fit(recipe_of(name, ChurnOptions()), features[FIRST], LEFT[FIRST])
    shares, base, _ = contributions_to_score(
        name, pipeline, features.iloc[:3], background, 0
    )

    def value(known: Any, row: Any) -> Any:
        mixed = background.assign(
            **{
                column: features[column].iloc[[row] * len(background)].array
                for number, column in enumerate(chosen)
                if number in known
            }
        )
        return float(log_odds(name, pipeline, mixed).mean())

    assert base == pytest.approx(value(set(), 0))
    for row in range(3):
        assert shares[row] == pytest.approx(
            _shapley(lambda known, row=row: value(known, row), columns),
            abs=1e-8,
        )


def test_a_stump_done_by_hand() -> None:
    table = pd.DataFrame(
        {"flag": [1.0] * 40 + [0.0] * 60, "noise": [1.0, 2.0] * 50}
    )
    churned = np.array(
        [1.0] * 30 + [0.0] * 10 + [1.0] * 6 + [0.0] * 54
    )  # 75 % and 10 %, 36 % in all
    stump = fit(recipe_of("one_rule", ChurnOptions()), table, churned)
    features = choose_features(table.assign(churned=churned), "churned")[0]
    model = RiskModel("tree", features, stump, Calibrator("none"))
    result = contributions_to_risk(model, table.iloc[[0, 99]], table)
    assert result.base == pytest.approx(
        [0.36, 0.36]
    ) and result.risk == pytest.approx([0.75, 0.1])
    assert result.points.to_numpy() == pytest.approx(
        np.array([[39, 0], [-26, 0]]), abs=1e-6
    )


def test_where_contributions_cancel_out_they_are_still_told() -> None:
    shares = np.array([[0.5, -0.5], [2.0, 1.0]])
    points, base, risk = through_link(expit, shares, 0.0, np.array([0.0, 3.0]))
    assert base == 0.5 and risk[0] == 0.5
    assert points[0] == pytest.approx(
        [0.125, -0.125], rel=1e-4
    )  # the slope of the logistic curve at a half is a quarter
    assert points[1] == pytest.approx(
        np.array([2, 1]) / 3 * (expit(np.array([3.0]))[0] - 0.5)
    )


def test_reasons_are_of_the_risk_that_is_shown(churn: Churn) -> None:
    result = churn.reasons
    assert list(result.columns) == list(COLUMNS) and result[
        "customer"
    ].nunique() == len(TABLE)
    assert result.groupby("customer").size().max() == 3
    shown = churn.customers.set_index("customer")["risk"]
    assert result["risk"].to_numpy() == pytest.approx(
        shown.reindex(result["customer"]).to_numpy(), abs=1e-9
    )
    strength = result.groupby("customer")["points"].apply(
        lambda points: (np.diff(points.abs()) <= 1e-12).all()
    )
    assert (
        strength.all()
        and ((result["points"] > 0) == (result["direction"] == "up")).all()
    )
    cells = TABLE.set_index("customer")
    for row in result.head(60).itertuples():
        cell = cells.loc[row.customer, row.feature]
        if pd.isna(cell):
            assert (
                row.kind == "missing" and row.value == "" and np.isnan(row.number)
            )
        elif row.feature == "contract":
            assert row.kind == "category" and row.value == cell
        elif row.feature == "support":
            assert row.kind == ("yes" if cell else "no")
        elif row.kind == "number":
            assert row.number == cell
    # What was planted is what is told: a monthly contract drives the riskiest.
    riskiest = result[
        result["customer"].isin(churn.customers.nlargest(50, "risk")["customer"])
        & (result["direction"] == "up")
    ]
    assert riskiest["feature"].value_counts().index[0] in (
        "contract",
        "tenure",
        "fee",
    )


def test_reasons_of_some_customers_and_of_new_ones(churn: Churn) -> None:
    some = reasons_of(churn, ["C0005", "C0003"], count=2)
    whole = churn.reasons
    same = whole[
        whole["customer"].isin(["C0005", "C0003"]) & (whole["rank"] <= 2)
    ].sort_values(["customer", "rank"])
    assert set(some["customer"]) == {"C0005", "C0003"}
    pd.testing.assert_frame_equal(
        some.sort_values(["customer", "rank"]).reset_index(drop=True),
        same.reset_index(drop=True),
    )
    new = made(50, seed=9).drop(columns="churned")
    result = reasons_for(
        churn.model, new[new.columns[::-1]], churn.training, rows=5
    )
    risk = churn.apply(new).set_index("customer")["risk"]
    assert set(result["customer"]) == set(risk.nlargest(5).index)
    assert result["risk"].to_numpy() == pytest.approx(
        risk.reindex(result["customer"]).to_numpy()
    )


@pytest.mark.slow
def test_reasons_of_those_whose_outcome_is_not_known_yet() -> None:
    """They are explained by the model itself, ages counted to the same day as when it predicted.

    Dates make the days matter.
    """
    rng = np.random.default_rng(5)
    table = made().assign(
        joined=pd.Timestamp("2024-06-30")
        - pd.to_timedelta(rng.integers(0, 900, 600), unit="D")
    )
    table["churned"] = (
        table["churned"].astype("boolean").where(np.arange(600) < 500)
    )
    result = predict_churn(table, ChurnOptions(model="logistic", draws=20))
    why = reasons_of(result)
    assert why["customer"].nunique() == 600
    shown = result.customers.set_index("customer")["risk"]
    assert why["risk"].to_numpy() == pytest.approx(
        shown.reindex(why["customer"]).to_numpy(), abs=1e-9
    )
    for who in ("C0003", "C0550"):
        assert what_if(result, who, {}).before == pytest.approx(shown[who])
        assert reasons_of(result, [who])["risk"].iloc[0] == pytest.approx(
            shown[who]
        )
    assert (
        result.fairness("contract")["customers"].sum() == 500
    )  # of those whose outcome is known


def test_reasons_of_nobody(churn: Churn) -> None:
    assert reasons_of(churn, []).empty and list(
        reasons_of(churn, []).columns
    ) == list(COLUMNS)


def test_what_adds_nothing_is_no_reason() -> None:
    explained = Contributions(
        pd.DataFrame({"a": [5.0, 0.0], "b": [0.0, 0.0]}),
        np.array([0.1, 0.1]),
        np.array([0.15, 0.1]),
        True,
    )
    result = strongest_reasons(
        explained, pd.DataFrame({"a": [1.5, 2.5], "b": [1.0, 2.0]}), ["x", "y"]
    )
    assert result[
        ["customer", "feature", "kind", "value", "points"]
    ].to_numpy().tolist() == [["x", "a", "number", "1.5", 5.0]]


# What the model goes by


@pytest.mark.slow
def test_importance_names_what_was_planted(churn: Churn) -> None:
    table = importance(churn)
    assert set(table["feature"].head(3)) == {"contract", "tenure", "fee"}
    assert table.loc[table["feature"] == "age", "importance"].abs().item() < 0.01
    assert (table["importance"].diff().dropna() <= 0).all() and (
        table["lo"] <= table["importance"]
    ).all()
    pd.testing.assert_frame_equal(
        importance(churn, repeats=1, rows=60),
        importance(churn, repeats=1, rows=60),
    )


@pytest.mark.parametrize("method", ["partial", "local"])
def test_effects_go_the_way_that_was_planted(churn: Churn, method: str) -> None:
    fee, tenure = (
        effect(churn, "fee", method=method),
        effect(churn, "tenure", method=method),
    )
    assert (
        fee["risk"].iloc[-1] > fee["risk"].iloc[0] + 0.1
        and tenure["risk"].iloc[-1] < tenure["risk"].iloc[0] - 0.1
    )
    contract = effect(churn, "contract", method=method).set_index("value")["risk"]
    assert contract["month"] > contract["year"] + 0.1
    with pytest.raises(AnalysisError, match="no column “x”"):
        effect(churn, "x")


def test_local_effects_of_a_straight_line_are_its_slope(churn: Churn) -> None:
    """Accumulated local effects of a sum are each part's own curve, whatever goes together."""

    class Line:
        def predict(self, table: Any) -> Any:
            return (
                0.2
                + 0.005 * table["tenure"].to_numpy()
                + 0.001 * table["age"].to_numpy()
            )

    result = local_effects(Line(), churn.training, "tenure", 10)
    assert np.diff(result["risk"]) / np.diff(result["value"]) == pytest.approx(
        0.005
    )
    assert result["rows"].sum() == len(churn.training)
    assert np.average(result["risk"], weights=result["rows"]) == pytest.approx(
        Line().predict(churn.training).mean(), abs=0.02
    )


def test_the_tree_counts_its_customers(churn: Churn) -> None:
    tree = readable_tree(churn)
    nodes, rules = tree.nodes, tree.rules
    assert nodes.iloc[0][["parent", "customers", "churned"]].tolist() == [
        -1,
        600,
        int(LEFT.sum()),
    ]
    for node in nodes[~nodes["leaf"]].itertuples():
        below = nodes[nodes["parent"] == node.node]
        assert (
            len(below) == 2
            and below["customers"].sum() == node.customers
            and below["churned"].sum() == node.churned
        )
    assert nodes["depth"].max() <= 3 and sorted(
        nodes.loc[nodes["leaf"], "position"]
    ) == list(range(nodes["leaf"].sum()))
    assert rules.groupby("rule")[
        "customers"
    ].first().sum() == 600 and rules.groupby("rule")[
        "share"
    ].first().sum() == pytest.approx(1)
    assert 0.6 < tree.auc < 0.95
    # A rule holds for as many customers as it says.
    checks = {
        "above": lambda c, r: c > r.number,
        "at_most": lambda c, r: c <= r.number,
        "is": lambda c, r: c == r.value,
        "is_not": lambda c, r: c != r.value,
    }
    checks |= {
        "is_missing": lambda c, r: c.isna(),
        "is_known": lambda c, r: c.notna(),
    }
    for _, rule in rules[~rules["feature"].isin(["fee"])].groupby("rule"):
        if "fee" not in set(
            rules.loc[rules["rule"] == rule["rule"].iloc[0], "feature"]
        ):  # which side a gap falls the rule does not say
            here = np.logical_and.reduce(
                [
                    checks[one.op](TABLE[one.feature], one).to_numpy(dtype=bool)
                    for one in rule.itertuples()
                ]
            )
            assert (
                here.sum() == rule["customers"].iloc[0]
                and TABLE["churned"][here].sum() == rule["churned"].iloc[0]
            )


# What if


def test_what_if_is_what_the_model_says(churn: Churn) -> None:
    model, row = customer_features(churn, "C0007")
    result = what_if(churn, "C0007", {"contract": "two years", "fee": 30})
    shown = churn.customers.set_index("customer").loc["C0007", "risk"]
    assert result.before == pytest.approx(shown) and result.after < result.before
    assert result.points == pytest.approx(100 * (result.after - result.before))
    assert (
        model.predict(result.features)[0] == result.after
        and row["fee"].iloc[0] == TABLE["fee"][7]
    )
    assert what_if(churn, "C0007", {}).points == 0
    assert 0 < what_if(churn, "C0007", {"contract": "never seen"}).after < 1
    assert 0 < what_if(churn, "C0007", {"contract": None, "fee": None}).after < 1


def test_the_best_change_is_the_best_of_all_that_are_possible(
    churn: Churn,
) -> None:
    who = churn.customers.nlargest(1, "risk")["customer"].item()
    result = best_changes(churn, who)
    assert "contract" in set(result["feature"]) and not {"age", "tenure"} & set(
        result["feature"]
    )
    assert result["points"].is_monotonic_increasing and (result["points"] < 0).all()
    best = result[result["feature"] == "contract"].iloc[0]
    tried = [
        what_if(churn, who, {"contract": value}).after
        for value in ("month", "year", "two years")
    ]
    assert best["risk"] == pytest.approx(min(tried))
    assert "contract" not in set(
        best_changes(churn, who, locked=("contract",))["feature"]
    )
    assert set(best_changes(churn, who, free=("tenure",))["feature"]) >= {"tenure"}


def test_what_never_goes_together_is_not_proposed(churn: Churn) -> None:
    offline = TABLE.loc[TABLE["internet"] == "none", "customer"].head(8)
    for who in offline:
        assert not {"streaming", "internet"} & set(
            best_changes(churn, who)["feature"]
        )  # each would contradict the other


def test_what_can_be_changed(churn: Churn) -> None:
    table = changeable_features(churn).set_index("feature")
    assert (
        table.loc[["contract", "fee", "support"], "actionable"].all()
        and not table.loc[["age", "tenure"], "actionable"].any()
    )
    assert (
        table.loc["contract", "values"] == ("month", "year", "two years")
        and table.loc["tenure", "whole"]
        and not table.loc["fee", "whole"]
    )
    assert table.loc["support", ["kind", "low", "high"]].tolist() == [
        "flag",
        0,
        1,
    ]


def test_what_customers_have_done_cannot_be_changed(churn: Churn) -> None:
    dated = replace(
        churn,
        customers=churn.customers.assign(cutoff=pd.Timestamp("2024-01-01")),
    )
    table = changeable_features(dated, free=("fee",)).set_index("feature")[
        "actionable"
    ]
    assert table["contract"] and table["fee"] and not table["support"]


def test_what_if_trouble_is_said(churn: Churn) -> None:
    for arguments, words in (
        (("nobody", {}), "no customer “nobody”"),
        (("C0001", {"x": 1}), "no column “x”"),
        (("C0001", {"fee": "dear"}), "“dear” is not a number"),
    ):
        with pytest.raises(AnalysisError, match=words):
            what_if(churn, *arguments)
