"""Whom to keep: money, reasons, what-if, the list to act on, what it brought, models kept.

And drift.
"""

import io
import itertools
import json
import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.churn import (
    Churn,
    ChurnOptions,
    MoneyOptions,
    RetentionListOptions,
    RiskModel,
    Stack,
    best_changes,
    break_even_risk,
    changeable_features,
    contact_columns,
    customer_features,
    drift,
    drift_from_training,
    effect,
    expected_profit,
    importance,
    list_to_contact,
    measure_campaign,
    open_model,
    plan_campaign,
    predict_churn,
    profit_by_success,
    readable_tree,
    reasons_for,
    reasons_of,
    save_model,
    suggest_actions,
    what_if,
)
from crm_analysis.analyses.churn.data.features import choose_features, prepare
from crm_analysis.analyses.churn.explain.contributions import (
    Contributions,
    contributions_to_risk,
    contributions_to_score,
)
from crm_analysis.analyses.churn.explain.effects import local_effects
from crm_analysis.analyses.churn.explain.reasons import (
    COLUMNS,
    strongest_reasons,
)
from crm_analysis.analyses.churn.models.calibration import (
    Calibrator,
    calibrate,
    expit,
)
from crm_analysis.analyses.churn.models.drift import stability_index
from crm_analysis.analyses.churn.models.fitting import fit, log_odds, recipe_of
from crm_analysis.analyses.churn.models.method import through_link
from crm_analysis.analyses.churn.models.saved_model import fingerprint_of
from crm_analysis.errors import AnalysisError
from crm_analysis.workspace import close_workspaces, open_workspace


def _made(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """Customers whose contract, fee, tenure and support decide.

    A number and a category have gaps.
    """
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "customer": [f"C{at:04d}" for at in range(rows)],
            "email": [f"c{at}@example.org" for at in range(rows)],
            "contract": rng.choice(
                ["month", "year", "two years"], rows, p=[0.5, 0.3, 0.2]
            ),
            "fee": rng.normal(60, 20, rows).round(2),
            "tenure": rng.integers(1, 60, rows),
            "support": rng.choice([0, 1], rows),
            "internet": rng.choice(["fibre", "none"], rows),
            "age": rng.integers(18, 80, rows),
        }
    )
    table["streaming"] = np.where(
        table["internet"] == "none",
        "no internet",
        rng.choice(["yes", "no"], rows),
    )
    odds = (
        -2.5
        + 2.2 * (table["contract"] == "month")
        + 0.04 * (table["fee"] - 60)
        - 0.04 * (table["tenure"] - 30)
        + 0.8 * (table["support"] == 0)
    )
    table["churned"] = rng.random(rows) < expit(odds.to_numpy())
    table.loc[rng.choice(rows, 30, replace=False), "fee"] = np.nan
    table.loc[rng.choice(rows, 40, replace=False), "contract"] = None
    return table


TABLE = _made()
FEATURES, _ = choose_features(TABLE, "churned")
PREPARED = prepare(TABLE, FEATURES)
LEFT = TABLE["churned"].to_numpy(dtype=float)
FIRST = np.arange(len(TABLE)) < 400
NAMES = (
    "logistic",
    "linear_svm",
    "naive_bayes",
    "tree",
    "forest",
    "hist_gradient_boosting",
    "xgboost",
    "mlp",
    "rbf_svm",
    "stack",
)


@pytest.fixture(scope="module")
def models() -> dict[str, RiskModel]:
    made = {}
    for name in NAMES[:-1]:
        pipeline = fit(recipe_of(name, ChurnOptions()), PREPARED[FIRST], LEFT[FIRST])
        made[name] = RiskModel(
            name,
            FEATURES,
            pipeline,
            calibrate(
                log_odds(name, pipeline, PREPARED[~FIRST]),
                LEFT[~FIRST],
                "platt",
            ),
        )
    parts = [made[name] for name in ("logistic", "xgboost", "mlp")]
    stack = Stack(
        [one.name for one in parts],
        [one.pipeline for one in parts],
        [one.calibrator for one in parts],
    )
    made["stack"] = RiskModel(
        "stack",
        FEATURES,
        stack,
        calibrate(log_odds("stack", stack, PREPARED[~FIRST]), LEFT[~FIRST], "platt"),
    )
    return made


@pytest.fixture(scope="module")
def churn() -> Churn:
    return predict_churn(TABLE, ChurnOptions(model="logistic", draws=20))


# Money


def test_profit_and_break_even_by_hand() -> None:
    offer = MoneyOptions(contact_cost=2, incentive=20, success=0.25, take_up=0.5)
    # p = .4, V = 300: .4 · .25 · (300 − 20) − .6 · .5 · 20 − 2 = 28 − 6 − 2
    assert expected_profit(np.array([0.4]), 300.0, offer)[0] == pytest.approx(20)
    # Σ costs 2 + 10 = 12; slope .25 · 280 + 10 = 80.
    assert break_even_risk(300.0, offer) == pytest.approx(12 / 80)


@given(
    st.floats(0, 1),
    st.floats(0, 5000),
    st.floats(0, 50),
    st.floats(0, 200),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_contacting_pays_exactly_above_the_break_even_risk(
    risk: float,
    value: float,
    contact: float,
    incentive: float,
    success: float,
    take_up: float,
) -> None:
    offer = MoneyOptions(
        contact_cost=contact,
        incentive=incentive,
        success=success,
        take_up=take_up,
    )
    profit = float(expected_profit(np.array([risk]), value, offer)[0])
    edge = float(break_even_risk(value, offer))
    if math.isnan(edge):
        assert profit <= 1e-6
    elif abs(risk - edge) > 1e-6:
        assert (profit > -1e-9) if risk > edge else (profit < 1e-9)


def _people(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "customer": np.arange(count),
            "risk": rng.beta(1, 4, count),
            "worth": rng.gamma(2, 100, count),
        }
    )
    return table.assign(churned=rng.random(count) < table["risk"])


@given(st.integers(1, 9), st.integers(0, 1000), st.integers(1, 6))
def test_no_other_list_of_so_many_earns_more(
    count: int, seed: int, wanted: int
) -> None:
    people = _people(count, seed)
    options = MoneyOptions(value_column="worth", count=wanted)
    plan = plan_campaign(people, options)
    profit = plan.customers["expected_profit"].to_numpy()
    best = max(
        profit[list(some)].sum()
        for size in range(min(wanted, count) + 1)
        for some in itertools.combinations(range(count), size)
    )
    assert (
        plan.summary()["profit"] == pytest.approx(best, abs=1e-9)
        and plan.summary()["contacted"] <= wanted
    )


@given(st.integers(1, 9), st.integers(0, 1000), st.floats(0, 60))
def test_a_budget_is_kept_and_what_it_misses_is_said(
    count: int, seed: int, budget: float
) -> None:
    plan = plan_campaign(
        _people(count, seed), MoneyOptions(value_column="worth", budget=budget)
    )
    table = plan.customers
    profit, cost = table["expected_profit"].to_numpy(), table["cost"].to_numpy()
    assert cost[table["contact"]].sum() <= budget * (1 + 1e-9)
    sets = [
        list(some)
        for size in range(count + 1)
        for some in itertools.combinations(range(count), size)
    ]
    best = max(profit[some].sum() for some in sets if cost[some].sum() <= budget)
    notes = dict(plan.notes)
    found = plan.summary()["profit"]
    if "retention.note.budget_greedy" in notes:
        assert best <= found + notes["retention.note.budget_greedy"]["gap"] + 1e-6
    elif "retention.note.budget_too_small" not in notes:
        assert found == pytest.approx(best, abs=1e-6)


def test_with_equal_costs_a_budget_is_spent_in_the_best_way() -> None:
    people = _people(8, 3)
    options = MoneyOptions(
        value_column="worth", budget=3.5, incentive=0, contact_cost=1
    )
    plan = plan_campaign(people, options)
    best = plan.customers["expected_profit"].nlargest(3)
    assert (
        plan.summary()["contacted"] == 3
        and plan.summary()["profit"] == pytest.approx(best.sum())
        and not plan.notes
    )


def test_the_curve_adds_up() -> None:
    plan = plan_campaign(_people(1000), MoneyOptions(value_column="worth"))
    curve, table = plan.curve, plan.customers
    assert (
        curve["contacted"].iloc[0] == 0
        and curve["contacted"].iloc[-1] == 1000
        and curve["profit"].iloc[0] == 0
    )
    for name in ("profit", "by_risk", "at_random"):
        assert curve[name].iloc[-1] == pytest.approx(table["expected_profit"].sum())
    assert (
        curve["profit"].max()
        == pytest.approx(plan.summary()["profit"])
        == pytest.approx(table.loc[table["contact"], "expected_profit"].sum())
    )
    assert (curve["profit"] >= curve["by_risk"] - 1e-9).all() and (
        curve["profit"] >= curve["at_random"] - 1e-9
    ).all()
    happened = expected_profit(
        _people(1000)["churned"].to_numpy(dtype=float),
        table["value"].to_numpy(),
        plan.options,
    )
    assert plan.summary()["realised"] == pytest.approx(happened[table["contact"]].sum())
    assert (
        table["contact"] == (table["risk"] > table["break_even"])
    ).all()  # with its own value each has its own threshold


@pytest.mark.parametrize("count", [800, 6000])
def test_the_interval_of_the_outcomes_is_as_wide_as_theory_says(
    count: int,
) -> None:
    people = _people(count)
    plan = plan_campaign(people, MoneyOptions(value_column="worth", coverage=0.9))
    happened = (
        expected_profit(
            people["churned"].to_numpy(dtype=float),
            plan.customers["value"].to_numpy(),
            plan.options,
        )
        * plan.customers["contact"]
    )
    width = 2 * 1.645 * np.sqrt(count) * happened.std()
    found = plan.summary()
    assert plan.basis == "outcomes" and found["profit_hi"] - found[
        "profit_lo"
    ] == pytest.approx(width, rel=0.15)
    assert found["profit_lo"] < found["realised"] < found["profit_hi"]


def test_the_interval_of_the_risks_covers_what_chance_does() -> None:
    people = _people(500).drop(columns="churned")
    plan = plan_campaign(people, MoneyOptions(value_column="worth", coverage=0.9))
    assert plan.basis == "risks" and plan.summary()["realised"] is None
    told, table = plan.options, plan.customers[plan.customers["contact"]]
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        left = rng.random(len(table)) < table["risk"]
        taken = np.where(
            left,
            rng.random(len(table)) < told.success,
            rng.random(len(table)) < told.take_up,
        )
        earned = (
            taken * (left * table["value"] - told.incentive) - told.contact_cost
        ).sum()
        inside += plan.summary()["profit_lo"] <= earned <= plan.summary()["profit_hi"]
    assert 0.86 <= inside / 400 <= 0.94


def test_the_plan_breaks_even_where_it_says() -> None:
    plan = plan_campaign(_people(300), MoneyOptions(value_column="worth"))
    chosen = plan.customers[plan.customers["contact"]]
    at = plan.options.replace(success=plan.summary()["break_even_success"])
    assert expected_profit(
        chosen["risk"].to_numpy(), chosen["value"].to_numpy(), at
    ).sum() == pytest.approx(0, abs=1e-6)


def test_more_success_never_earns_less() -> None:
    plan = plan_campaign(
        _people(300), MoneyOptions(value_column="worth", incentive=30, count=50)
    )
    table = profit_by_success(plan)
    assert table["contacted"].max() <= 50 and table["profit"].iloc[0] == 0
    assert (np.diff(table["profit"]) >= -1e-9).all()
    assert table.loc[table["chosen"], "profit"].tolist() == pytest.approx(
        [plan.summary()["profit"]]
    )


def test_one_value_for_everybody_makes_it_a_threshold_of_risk() -> None:
    plan = plan_campaign(_people(200), MoneyOptions(value=200))
    table = plan.customers
    assert (
        table["contact"]
        == (table["risk"] > float(break_even_risk(200.0, plan.options)))
    ).all()
    assert plan.curve["profit"].to_numpy() == pytest.approx(
        plan.curve["by_risk"].to_numpy()
    )


def test_money_trouble_is_said() -> None:
    people = _people(5)
    with pytest.raises(AnalysisError, match="no column “x”"):
        plan_campaign(people, MoneyOptions(value_column="x"))
    with pytest.raises(AnalysisError, match="no numbers"):
        plan_campaign(people.assign(x="a"), MoneyOptions(value_column="x"))
    with pytest.raises(AnalysisError, match="no customers"):
        plan_campaign(people.iloc[:0])
    with pytest.raises(ValueError, match="from 0 to 1"):
        plan_campaign(people.assign(risk=2.0))
    with pytest.raises(AnalysisError, match="no column risk"):
        plan_campaign(people.drop(columns="risk"))
    with pytest.raises(AnalysisError, match="2 rows repeat customers"):
        plan_campaign(pd.concat([people, people[:2]]))
    poor = plan_campaign(people, MoneyOptions(value=1.0, contact_cost=10))
    assert (
        poor.summary()["contacted"] == 0
        and poor.notes[0][0] == "retention.note.nobody_pays"
    )
    gap = plan_campaign(
        people.assign(worth=[100.0, np.nan, 300.0, 200.0, 400.0]),
        MoneyOptions(value_column="worth", margin=0.5),
    )
    assert gap.customers["value"].tolist() == [
        50,
        125,
        150,
        100,
        200,
    ] and gap.notes == (
        ("retention.note.value_unknown", {"count": 1, "column": "worth"}),
    )


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
def test_base_and_points_give_the_risk(models: dict[str, RiskModel], name: str) -> None:
    model = models[name]
    rows = PREPARED.iloc[:25]
    found = contributions_to_risk(model, rows, PREPARED[FIRST])
    assert list(found.points.columns) == [
        one.name for one in FEATURES
    ]  # the reader's columns, not their levels
    assert 100 * found.base + found.points.sum(axis=1).to_numpy() == pytest.approx(
        100 * model.predict(rows), abs=1e-7
    )


def _shapley(value: Any, count: int) -> Any:
    """Shapley's formula itself, over all sets of columns."""
    found = np.zeros(count)
    for at in range(count):
        others = [other for other in range(count) if other != at]
        for size in range(count):
            for some in itertools.combinations(others, size):
                weight = (
                    math.factorial(size)
                    * math.factorial(count - size - 1)
                    / math.factorial(count)
                )
                found[at] += weight * (value({*some, at}) - value(set(some)))
    return found


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
                for at, column in enumerate(chosen)
                if at in known
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
    table = pd.DataFrame({"flag": [1.0] * 40 + [0.0] * 60, "noise": [1.0, 2.0] * 50})
    left = np.array(
        [1.0] * 30 + [0.0] * 10 + [1.0] * 6 + [0.0] * 54
    )  # 75 % and 10 %, 36 % in all
    stump = fit(recipe_of("one_rule", ChurnOptions()), table, left)
    features = choose_features(table.assign(churned=left), "churned")[0]
    model = RiskModel("tree", features, stump, Calibrator("none"))
    found = contributions_to_risk(model, table.iloc[[0, 99]], table)
    assert found.base == pytest.approx([0.36, 0.36]) and found.risk == pytest.approx(
        [0.75, 0.1]
    )
    assert found.points.to_numpy() == pytest.approx(
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
    found = churn.reasons
    assert list(found.columns) == list(COLUMNS) and found["customer"].nunique() == len(
        TABLE
    )
    assert found.groupby("customer").size().max() == 3
    shown = churn.customers.set_index("customer")["risk"]
    assert found["risk"].to_numpy() == pytest.approx(
        shown.reindex(found["customer"]).to_numpy(), abs=1e-9
    )
    strength = found.groupby("customer")["points"].apply(
        lambda points: (np.diff(points.abs()) <= 1e-12).all()
    )
    assert (
        strength.all() and ((found["points"] > 0) == (found["direction"] == "up")).all()
    )
    cells = TABLE.set_index("customer")
    for row in found.head(60).itertuples():
        cell = cells.loc[row.customer, row.feature]
        if pd.isna(cell):
            assert row.kind == "missing" and row.value == "" and np.isnan(row.number)
        elif row.feature == "contract":
            assert row.kind == "category" and row.value == cell
        elif row.feature == "support":
            assert row.kind == ("yes" if cell else "no")
        elif row.kind == "number":
            assert row.number == cell
    # What was planted is what is told: a monthly contract drives the riskiest.
    riskiest = found[
        found["customer"].isin(churn.customers.nlargest(50, "risk")["customer"])
        & (found["direction"] == "up")
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
    new = _made(50, seed=9).drop(columns="churned")
    found = reasons_for(churn.model, new[new.columns[::-1]], churn.training, rows=5)
    risk = churn.apply(new).set_index("customer")["risk"]
    assert set(found["customer"]) == set(risk.nlargest(5).index)
    assert found["risk"].to_numpy() == pytest.approx(
        risk.reindex(found["customer"]).to_numpy()
    )


@pytest.mark.slow
def test_reasons_of_those_whose_outcome_is_not_known_yet() -> None:
    """They are explained by the model itself, ages counted to the same day as when it predicted.

    Dates make the days matter.
    """
    rng = np.random.default_rng(5)
    table = _made().assign(
        joined=pd.Timestamp("2024-06-30")
        - pd.to_timedelta(rng.integers(0, 900, 600), unit="D")
    )
    table["churned"] = table["churned"].astype("boolean").where(np.arange(600) < 500)
    found = predict_churn(table, ChurnOptions(model="logistic", draws=20))
    why = reasons_of(found)
    assert why["customer"].nunique() == 600
    shown = found.customers.set_index("customer")["risk"]
    assert why["risk"].to_numpy() == pytest.approx(
        shown.reindex(why["customer"]).to_numpy(), abs=1e-9
    )
    for who in ("C0003", "C0550"):
        assert what_if(found, who, {}).before == pytest.approx(shown[who])
        assert reasons_of(found, [who])["risk"].iloc[0] == pytest.approx(shown[who])
    assert (
        found.fairness("contract")["customers"].sum() == 500
    )  # of those whose outcome is known


def test_reasons_of_nobody(churn: Churn) -> None:
    assert reasons_of(churn, []).empty and list(reasons_of(churn, []).columns) == list(
        COLUMNS
    )


def test_what_adds_nothing_is_no_reason() -> None:
    explained = Contributions(
        pd.DataFrame({"a": [5.0, 0.0], "b": [0.0, 0.0]}),
        np.array([0.1, 0.1]),
        np.array([0.15, 0.1]),
        True,
    )
    found = strongest_reasons(
        explained, pd.DataFrame({"a": [1.5, 2.5], "b": [1.0, 2.0]}), ["x", "y"]
    )
    assert found[
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

    found = local_effects(Line(), churn.training, "tenure", 10)
    assert np.diff(found["risk"]) / np.diff(found["value"]) == pytest.approx(0.005)
    assert found["rows"].sum() == len(churn.training)
    assert np.average(found["risk"], weights=found["rows"]) == pytest.approx(
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
    assert rules.groupby("rule")["customers"].first().sum() == 600 and rules.groupby(
        "rule"
    )["share"].first().sum() == pytest.approx(1)
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
    found = what_if(churn, "C0007", {"contract": "two years", "fee": 30})
    shown = churn.customers.set_index("customer").loc["C0007", "risk"]
    assert found.before == pytest.approx(shown) and found.after < found.before
    assert found.points == pytest.approx(100 * (found.after - found.before))
    assert (
        model.predict(found.features)[0] == found.after
        and row["fee"].iloc[0] == TABLE["fee"][7]
    )
    assert what_if(churn, "C0007", {}).points == 0
    assert 0 < what_if(churn, "C0007", {"contract": "never seen"}).after < 1
    assert 0 < what_if(churn, "C0007", {"contract": None, "fee": None}).after < 1


def test_the_best_change_is_the_best_of_all_that_are_possible(
    churn: Churn,
) -> None:
    who = churn.customers.nlargest(1, "risk")["customer"].item()
    found = best_changes(churn, who)
    assert "contract" in set(found["feature"]) and not {"age", "tenure"} & set(
        found["feature"]
    )
    assert found["points"].is_monotonic_increasing and (found["points"] < 0).all()
    best = found[found["feature"] == "contract"].iloc[0]
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
    table = changeable_features(dated, free=("fee",)).set_index("feature")["actionable"]
    assert table["contract"] and table["fee"] and not table["support"]


def test_what_if_trouble_is_said(churn: Churn) -> None:
    for arguments, words in (
        (("nobody", {}), "no customer “nobody”"),
        (("C0001", {"x": 1}), "no column “x”"),
        (("C0001", {"fee": "dear"}), "“dear” is not a number"),
    ):
        with pytest.raises(AnalysisError, match=words):
            what_if(churn, *arguments)


# The list


def _scored(churn: Churn) -> pd.DataFrame:
    return churn.customers.merge(TABLE.drop(columns="churned"), on="customer")


MONEY = MoneyOptions(value_column="fee", incentive=2)


def test_the_list_leaves_out_whom_it_should(churn: Churn) -> None:
    table = _scored(churn)
    staying = table.loc[~table["churned"].astype(bool), "customer"]
    stopped = staying.head(10).tolist()
    found = list_to_contact(
        table,
        MONEY,
        suppressed=[f" {one} " for one in stopped],
        reasons=churn.reasons,
    )
    listed = found.table
    assert not set(listed["customer"]) & set(stopped) and set(
        listed["customer"]
    ) <= set(staying)
    assert found.suppressed == 10 and found.already_churned == int(LEFT.sum())
    assert (listed["expected_profit"] > 0).all() and listed[
        "expected_profit"
    ].is_monotonic_decreasing
    assert (
        listed["position"].tolist() == list(range(1, len(listed) + 1))
        and "email" in listed.columns
    )
    assert (
        set(found.reasons["customer"]) <= set(listed["customer"])
        and listed["action"]
        .isin(["contract", "price", "service", "welcome", "talk", "usage"])
        .all()
    )
    assert (
        listed["touch"].eq("personal").sum() == math.ceil(0.2 * len(listed))
        and listed["touch"].iloc[0] == "personal"
    )


def test_the_hold_out_is_random_alike_and_repeatable() -> None:
    people = _people(4000).drop(columns="churned")
    found = list_to_contact(
        people,
        MoneyOptions(value_column="worth"),
        RetentionListOptions(holdout=0.15),
    )
    groups = found.table.groupby("group")["risk"]
    assert groups.size()["holdout"] / len(found.table) == pytest.approx(0.15, abs=0.005)
    spread = found.table["risk"].std() / np.sqrt(groups.size()["holdout"])
    assert (
        abs(groups.mean()["holdout"] - groups.mean()["contact"]) < spread / 2
    )  # nearer than without blocks of like risk
    again = list_to_contact(
        people,
        MoneyOptions(value_column="worth"),
        RetentionListOptions(holdout=0.15),
    )
    pd.testing.assert_frame_equal(found.table, again.table)
    other = list_to_contact(
        people,
        MoneyOptions(value_column="worth"),
        RetentionListOptions(holdout=0.15, seed=1),
    )
    held = [
        set(one.table.loc[one.table["group"] == "holdout", "customer"])
        for one in (found, other)
    ]
    assert len(held[0] & held[1]) < 0.4 * len(held[0])


@pytest.mark.slow
def test_everybody_is_as_likely_to_be_held_out() -> None:
    people = _people(50).drop(columns="churned")
    times = np.zeros(50)
    for seed in range(150):
        table = list_to_contact(
            people,
            MoneyOptions(value=1e6),
            RetentionListOptions(holdout=0.2, seed=seed),
        ).table
        times[table.loc[table["group"] == "holdout", "customer"]] += 1
    assert (
        times.sum() == 1500 and times.min() > 12 and times.max() < 50
    )  # 30 each, give or take 5


@pytest.mark.slow
@given(st.integers(0, 500), st.floats(0, 0.5))
def test_the_share_held_out_is_the_share_asked_for(seed: int, share: float) -> None:
    people = _people(77, seed).assign(risk=0.5).drop(columns="churned")
    held = (
        list_to_contact(
            people,
            MoneyOptions(value=1e6),
            RetentionListOptions(holdout=share, seed=seed),
        )
        .table["group"]
        .eq("holdout")
    )
    assert len(held) == 77 and math.floor(share * 77) <= held.sum() <= math.ceil(
        share * 77
    )


def test_limits_hold_for_those_contacted() -> None:
    people = _people(500).drop(columns="churned")
    found = list_to_contact(
        people,
        MoneyOptions(value_column="worth", count=40),
        RetentionListOptions(holdout=0.2),
    )
    assert found.summary()["contact"] == 40 and found.summary()["holdout"] == 10
    found = list_to_contact(
        people,
        MoneyOptions(value_column="worth", budget=300),
        RetentionListOptions(holdout=0.2),
    )
    assert 285 < found.summary()["cost"] <= 300 and found.summary()["holdout"] > 0


def test_the_list_of_before_marks_who_is_new() -> None:
    people = _people(60).drop(columns="churned")
    before = list_to_contact(
        people,
        MoneyOptions(value_column="worth", count=10),
        RetentionListOptions(holdout=0),
    ).table
    later = people.assign(
        risk=people["risk"].where(people["customer"] != before["customer"][0], 0.0),
        customer=people["customer"].astype(float),
    )
    found = list_to_contact(
        later,
        MoneyOptions(value_column="worth", count=10),
        RetentionListOptions(holdout=0),
        previous=before,
    )
    assert (
        found.dropped == (str(before["customer"][0]),) and found.table["new"].sum() == 1
    )  # 17 and 17.0 are one customer
    stayed = found.table[~found.table["new"]]
    assert (
        stayed["risk_before"].to_numpy() == pytest.approx(stayed["risk"].to_numpy())
        and found.table.loc[found.table["new"], "risk_before"].isna().all()
    )


def test_of_several_rows_of_a_customer_the_last_cutoff_counts() -> None:
    people = pd.DataFrame(
        {
            "customer": ["a", "a", "b"],
            "cutoff": pd.to_datetime(["2024-03-01", "2024-01-01", "2024-03-01"]),
            "risk": [0.4, 0.9, 0.5],
        }
    )
    found = list_to_contact(
        people, MoneyOptions(value=1000), RetentionListOptions(holdout=0)
    )
    assert found.table.set_index("customer")["risk"].to_dict() == {
        "b": 0.5,
        "a": 0.4,
    }
    with pytest.raises(AnalysisError, match="Nobody is left to contact"):
        list_to_contact(people, suppressed=["a", "b"])


def test_contact_columns_reach_people() -> None:
    table = pd.DataFrame(
        {
            "customer": range(30),
            "PhoneService": ["yes", "no"] * 15,
            "Phone": range(30),
            "lastName": range(30),
            "邮箱": range(30),
            "phoneme": range(30),
        }
    )
    assert contact_columns(table) == ["Phone", "lastName", "邮箱"]


def test_actions_follow_the_strongest_reason_that_is_a_topic() -> None:
    why = pd.DataFrame(
        [
            ("a", 1, "tenure", 9.0),
            ("a", 2, "MonthlyCharges", 8.0),
            ("b", 1, "tenure", 9.0),
            ("c", 1, "Contract", -9.0),
            ("c", 2, "TechSupport", 1.0),
            ("d", 1, "距上次购买天数", 3.0),
        ],
        columns=["customer", "rank", "feature", "points"],
    )
    assert suggest_actions(why).set_index("customer")["action"].to_dict() == {
        "a": "price",
        "b": "welcome",
        "c": "service",
        "d": "winback",
    }


def test_only_who_is_new_is_helped_to_get_started() -> None:
    people = pd.DataFrame(
        {
            "customer": list("abcdef"),
            "tenure": [30.0, 583.0, 560.0, 520.0, 600.0, 20.0],
        }
    )
    rows = [
        ("a", 1, "tenure", 9.0, 30.0),
        ("b", 1, "tenure", 28.0, 583.0),
        ("b", 2, "recency", 4.0, 80.0),
        ("c", 1, "tenure", 9.0, 560.0),
    ]
    why = pd.DataFrame(
        rows, columns=["customer", "rank", "feature", "points", "number"]
    )
    assert suggest_actions(why, people).set_index("customer")["action"].to_dict() == {
        "a": "welcome",
        "b": "winback",
        "c": "talk",
    }
    found = list_to_contact(
        people.assign(risk=0.9),
        MoneyOptions(value=1000),
        RetentionListOptions(holdout=0),
        reasons=why,
    )
    assert found.table.set_index("customer")["action"].loc[
        ["a", "b", "c"]
    ].tolist() == [
        "welcome",
        "winback",
        "talk",
    ]
    # A date counts as the days before the latest, here and in the reasons.
    dates = people.assign(
        first_day=pd.Timestamp("2024-06-30")
        - pd.to_timedelta(people["tenure"], unit="D")
    ).drop(columns="tenure")
    days = why.replace({"feature": {"tenure": "first_day"}}).assign(
        number=[10.0, 563.0, 80.0, 540.0]
    )
    assert suggest_actions(days, dates).set_index("customer")["action"].to_dict() == {
        "a": "welcome",
        "b": "winback",
        "c": "talk",
    }


def test_reasons_that_raise_are_told_alone(churn: Churn) -> None:
    whole, up = (
        reasons_of(churn, rows=50, count=99),
        reasons_of(churn, rows=50, raising=True),
    )
    assert (up["points"] > 0).all() and up.groupby("customer").size().max() == 3
    best = (
        whole[whole["points"] > 0]
        .sort_values("points", ascending=False, kind="stable")
        .groupby("customer")["points"]
        .first()
    )
    assert up[up["rank"] == 1].set_index("customer")[
        "points"
    ].to_dict() == pytest.approx(best.to_dict())


# What it brought


def _campaign(
    contacted: int, left_contacted: int, held: int, left_held: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    listed = pd.DataFrame(
        {
            "customer": range(contacted + held),
            "group": ["contact"] * contacted + ["holdout"] * held,
        }
    )
    churned = (
        [True] * left_contacted
        + [False] * (contacted - left_contacted)
        + [True] * left_held
        + [False] * (held - left_held)
    )
    return listed, pd.DataFrame(
        {
            "customer": [str(at) for at in range(contacted + held)],
            "churned": churned,
        }
    )


def test_uplift_by_hand_and_as_statsmodels_has_it() -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    listed, outcomes = _campaign(900, 90, 100, 20)
    found = measure_campaign(
        listed.assign(value=50.0, cost=1.0), outcomes, coverage=0.95
    )
    assert found.groups[
        ["customers", "known", "churned", "rate"]
    ].to_numpy().tolist() == [
        [900, 900, 90, 0.1],
        [100, 100, 20, 0.2],
    ]
    low, high = confint_proportions_2indep(
        20, 100, 90, 900, method="newcomb", compare="diff"
    )
    assert found.uplift == pytest.approx((0.1, low, high), abs=1e-9)
    assert found.retained[0] == pytest.approx(90) and found.gain[0] == pytest.approx(
        90 * 50 - 900
    )
    assert found.notes[0][0] == "retention.outcome.worked"


def test_uplift_that_chance_may_have_made_is_said_so() -> None:
    listed, outcomes = _campaign(90, 10, 10, 2)
    found = measure_campaign(listed, outcomes)
    assert (
        [key for key, _ in found.notes]
        == ["retention.outcome.unclear", "retention.outcome.few"]
        and found.detectable > 0.2
        and found.gain is None
    )
    with pytest.raises(AnalysisError, match="no column group"):
        measure_campaign(listed[["customer"]], outcomes)
    listed, outcomes = _campaign(500, 200, 500, 100)
    assert measure_campaign(listed, outcomes).notes[0][0] == "retention.outcome.harmed"


def test_unknown_outcomes_are_counted_not_guessed() -> None:
    listed, outcomes = _campaign(200, 20, 200, 40)
    found = measure_campaign(listed, outcomes.iloc[10:])
    assert (
        found.groups["known"].tolist() == [190, 200]
        and ("retention.outcome.unknown", {"contact": 10, "holdout": 0}) in found.notes
    )
    with pytest.raises(AnalysisError, match="hold-out group no outcome"):
        measure_campaign(listed, outcomes.iloc[:200])


def test_the_interval_of_uplift_covers_the_truth() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(100):
        listed, outcomes = _campaign(
            400, int(rng.binomial(400, 0.15)), 80, int(rng.binomial(80, 0.2))
        )
        low, high = measure_campaign(listed, outcomes, coverage=0.9).uplift[1:]
        inside += low <= 0.05 <= high
    assert 0.84 <= inside / 100 <= 0.96


# Drift


def test_the_stability_index_by_hand() -> None:
    before, now = np.array([300.0, 700.0]), np.array([400.0, 600.0])
    p, q = (before + 0.5) / 1001, (now + 0.5) / 1001
    assert stability_index(before, now) == pytest.approx(sum((q - p) * np.log(q / p)))
    # Without the half rows: (.4 − .3) ln(4/3) + (.6 − .7) ln(6/7) = .0442
    assert stability_index(before * 1e6, now * 1e6) == pytest.approx(
        0.1 * math.log(4 / 3) - 0.1 * math.log(6 / 7), abs=1e-6
    )


@given(
    st.lists(st.integers(0, 500), min_size=2, max_size=8),
    st.lists(st.integers(0, 500), min_size=8, max_size=8),
)
def test_the_index_is_never_below_zero_and_the_same_both_ways(
    before: list[int], now: list[int]
) -> None:
    one, two = np.array(before) + 1, np.array(now[: len(before)]) + 1
    assert stability_index(one, two) >= -1e-12
    assert stability_index(one, two) == pytest.approx(stability_index(two, one))
    assert stability_index(one, one) == pytest.approx(0, abs=1e-12)


def test_the_same_customers_have_not_drifted_whatever_the_order_of_columns() -> None:
    found = drift(
        PREPARED,
        PREPARED[PREPARED.columns[::-1]],
        risk_before=LEFT,
        risk_now=LEFT,
    )
    assert (
        found.features["index"].to_numpy() == pytest.approx(0, abs=1e-9)
        and found.level == "stable"
    )
    assert (
        not found.missing
        and not found.extra
        and not len(found.unseen)
        and found.score["index"] == pytest.approx(0, abs=1e-9)
    )


def test_chance_alone_is_seldom_called_drift() -> None:
    """Tables of 60 customers have an index far above .1 by chance."""
    rng = np.random.default_rng(0)
    before = pd.DataFrame(
        {"a": rng.normal(size=2000), "b": rng.choice(list("abcdefgh"), 2000)}
    )
    found = [
        drift(
            before,
            pd.DataFrame(
                {
                    "a": rng.normal(size=60),
                    "b": rng.choice(list("abcdefgh"), 60),
                }
            ),
        ).features
        for _ in range(60)
    ]
    table = pd.concat(found)
    assert (table["index"] > 0.1).mean() > 0.3 and (
        table["level"] != "stable"
    ).mean() < 0.12


def test_what_drifted_is_named_and_what_is_new_is_counted() -> None:
    new = PREPARED.assign(
        fee=PREPARED["fee"] * 1.6,
        contract=PREPARED["contract"]
        .astype(object)
        .where(PREPARED["contract"] != "month", "week"),
    )
    found = drift(PREPARED, new.drop(columns="age"))
    table = found.features.set_index("feature")
    assert (
        table.loc[["fee", "contract"], "level"].tolist() == ["different", "different"]
        and table.loc["tenure", "level"] == "stable"
    )
    weeks = int((TABLE["contract"] == "month").sum())
    assert (
        found.unseen.to_dict("records")
        == [{"feature": "contract", "value": "week", "rows": weeks}]
        and table.loc["contract", "unseen"] == weeks
    )
    assert (
        found.missing == ("age",)
        and found.level == "different"
        and table.loc["fee", "p"] < 1e-6
        and table.loc["tenure", "p"] == pytest.approx(1)
    )
    assert {
        "retention.drift.missing",
        "retention.drift.different",
        "retention.drift.unseen",
    } == {key for key, _ in found.notes}
    gaps = (
        drift(
            PREPARED,
            PREPARED.assign(
                tenure=np.where(np.arange(600) < 300, np.nan, PREPARED["tenure"])
            ),
        )
        .features.set_index("feature")
        .loc["tenure"]
    )
    assert (
        gaps["level"] == "different"
        and gaps["missing_now"] == 0.5
        and gaps["missing_before"] == 0
    )


def test_a_moderate_shift_is_called_a_shift() -> None:
    rng = np.random.default_rng(0)
    found = drift(
        pd.DataFrame({"a": rng.normal(size=5000)}),
        pd.DataFrame({"a": rng.normal(0.4, 1, size=5000)}),
    )
    assert (
        found.features["level"].tolist() == ["shifted"]
        and 0.1 < found.features["index"].item() < 0.25
    )


# Keeping


@pytest.mark.slow
def test_a_kept_model_gives_the_same_risks(
    churn: Churn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    kept = save_model(churn, made="2024-05-01")
    workspace = open_workspace(name="models")
    try:
        workspace.save(
            "churn",
            "telco",
            kept.meta,
            {"reference": kept.reference},
            {"model": kept.model},
        )
        saved = workspace.saved_one("churn", "telco")
        found = open_model(
            saved.binary("model"), saved.payload, saved.frame("reference")
        )
    finally:
        close_workspaces()
    new = _made(80, seed=4)
    assert (
        found.apply(new[new.columns[::-1]])["risk"].tolist()
        == churn.apply(new)["risk"].tolist()
    )
    assert (
        found.meta["made"] == "2024-05-01"
        and found.meta["scores"]["auc"] == churn.summary()["auc"]
        and found.meta["fingerprint"] == fingerprint_of(churn.training)
    )
    assert "customer" not in found.reference.columns
    assert found.drift(new).level == "stable" and found.drift(
        new.drop(columns="fee")
    ).missing == ("fee",)
    assert (
        drift_from_training(churn.model, kept.reference, new.assign(fee=500.0)).score[
            "level"
        ]
        == "different"
    )
    pd.testing.assert_frame_equal(
        reasons_for(found.model, new, found.reference, rows=3),
        reasons_for(churn.model, new, churn.training, rows=3),
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_model_can_be_kept(
    models: dict[str, RiskModel], churn: Churn, name: str
) -> None:
    kept = save_model(replace(churn, model=models[name]))
    found = open_model(kept.model, json.loads(json.dumps(kept.meta)), kept.reference)
    assert (
        found.model.predict(PREPARED).tolist()
        == models[name].predict(PREPARED).tolist()
    )


class Stranger:
    def __init__(self) -> None:
        self.what = "else"


def _changed(kept: Any, content: Any) -> Any:
    import hashlib

    return (
        content,
        {**kept.meta, "digest": hashlib.sha256(content).hexdigest()},
        kept.reference,
    )


def test_what_is_no_model_of_ours_is_refused(churn: Churn) -> None:
    import pickle

    from skops import io

    kept = save_model(churn)
    with pytest.raises(AnalysisError, match="Stranger"):
        open_model(
            *_changed(
                kept,
                io.dumps(
                    {
                        "pipeline": Stranger(),
                        "calibrator": churn.model.calibrator,
                    }
                ),
            )
        )
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(kept.model[:-10] + b"0123456789", kept.meta, kept.reference)
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(*_changed(kept, pickle.dumps({"pipeline": 1})))
    with pytest.raises(AnalysisError, match="not a churn model"):
        open_model(kept.model, {**kept.meta, "version": 99}, kept.reference)
    with pytest.raises(AnalysisError, match="not a churn model"):
        open_model(*_changed(kept, io.dumps([1, 2])))
    with pytest.raises(AnalysisError, match="other risks"):
        open_model(
            kept.model,
            {**kept.meta, "check": [0.5] * len(kept.meta["check"])},
            kept.reference,
        )


def test_a_tree_that_leads_astray_is_refused(
    models: dict[str, RiskModel], churn: Churn
) -> None:
    from skops import io

    model = models["tree"]
    kept = save_model(replace(churn, model=model))
    pipeline = io.loads(kept.model, trusted=io.get_untrusted_types(data=kept.model))[
        "pipeline"
    ]
    pipeline["model"].tree_.children_left[0] = 1_000_000
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(
            *_changed(
                kept,
                io.dumps({"pipeline": pipeline, "calibrator": model.calibrator}),
            )
        )


def test_a_tree_under_another_methods_name_is_refused(
    models: dict, churn: Churn
) -> None:
    """Whatever the name says, no tree is followed that was not looked at."""
    saved = save_model(replace(churn, model=models["tree"]))
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(saved.model, {**saved.meta, "name": "logistic"}, saved.reference)
    with pytest.raises(AnalysisError, match="damaged"):
        open_model(saved.model, {**saved.meta, "name": "unheard of"}, saved.reference)


@pytest.mark.parametrize("name", ["naive_bayes", "stack"])
def test_a_model_saved_before_its_classes_moved_is_opened(
    models: dict, churn: Churn, name: str
) -> None:
    saved = save_model(replace(churn, model=models[name]))
    before = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved.model)) as now,
        zipfile.ZipFile(before, "w") as archive,
    ):
        for part in now.namelist():
            content = now.read(part)
            if part == "schema.json":
                content = content.replace(
                    b"churn.models.calibration", b"churn.calibration"
                )
                content = content.replace(b"churn.models.encoding", b"churn.encoding")
                content = content.replace(b"churn.models.fitting", b"churn.models")
            archive.writestr(part, content)
    assert b"churn.calibration" in before.getvalue()
    opened = open_model(*_changed(saved, before.getvalue()))
    assert (
        opened.model.predict(PREPARED).tolist()
        == models[name].predict(PREPARED).tolist()
    )


def test_fingerprints_tell_tables_apart() -> None:
    assert (
        fingerprint_of(TABLE)
        == fingerprint_of(TABLE.copy())
        == fingerprint_of(TABLE.astype({"contract": "category"}))
    )
    assert fingerprint_of(TABLE) != fingerprint_of(TABLE.iloc[::-1]) and fingerprint_of(
        TABLE
    ) != fingerprint_of(TABLE.assign(age=TABLE["age"] + 1))


@pytest.mark.slow
def test_telco_from_risk_to_list(real_data: Path) -> None:
    table = pd.read_csv(real_data / "telco_churn" / "Telco-Customer-Churn.csv").rename(
        columns={"customerID": "customer"}
    )
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    found = predict_churn(table, ChurnOptions(model="logistic", draws=20))
    scored = found.customers.merge(table.drop(columns="Churn"), on="customer")
    plan = plan_campaign(
        scored,
        MoneyOptions(value_column="MonthlyCharges", margin=1.0, incentive=5),
    )
    told = plan.summary()
    # Risks are honest: what the list would have earned is near what was expected of it, and each
    # one's own value is worth knowing.
    assert (
        told["profit_lo"] < told["profit"] < told["profit_hi"]
        and told["profit"] > told["profit_by_risk"]
    )
    listed = list_to_contact(
        scored, plan.options.replace(count=100), reasons=found.reasons
    )
    assert listed.summary()["contact"] == 100 and listed.already_churned == 1869
    why = listed.reasons[listed.reasons["rank"] == 1]
    assert (
        why["feature"]
        .isin(
            [
                "Contract",
                "tenure",
                "InternetService",
                "MonthlyCharges",
                "TotalCharges",
            ]
        )
        .mean()
        > 0.9
    )
