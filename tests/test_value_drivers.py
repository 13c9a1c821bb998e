"""What makes a high-value customer: planted effects, noise, the sample shop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from crm_analysis.analyses.value import (
    DriverOptions,
    first_order_attributes,
    purchase_summary,
    value_drivers,
)
from crm_analysis.analyses.value.regressions import _models
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import has
from tests.value_orders import order_lines, sample_orders


def planted_effects(
    customers: int = 600, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers' revenue, and attributes of which plan and age make it."""
    rng = np.random.default_rng(seed)
    attributes = pd.DataFrame(
        {
            "customer": range(customers),
            "age": rng.integers(18, 80, customers),
            "plan": rng.choice(["basic", "gold"], customers),
            "noise": rng.normal(size=customers),
        }
    )
    attributes["name"] = [f"Name {who}" for who in range(customers)]
    attributes["same"] = 1
    value = (
        20
        + 100 * (attributes["plan"] == "gold")
        + 50 * (attributes["age"] > 50)
        + rng.normal(0, 10, customers)
    )
    return pd.DataFrame(
        {"customer": range(customers), "revenue": value}
    ), attributes.assign(copy=value * 2)


@pytest.mark.parametrize("power", [2, 3])
def test_the_degree_is_that_of_what_was_planted(power: int) -> None:
    numbers = np.random.default_rng(0).normal(size=(300, 2))
    table = pd.DataFrame(numbers, columns=["age", "visits"])
    target = table["age"].to_numpy() ** power
    fit = _models(table, None, 0)["polynomial"].fit(table, target)
    powers = fit.best_[0].transformers_[0][1].named_steps["polynomialfeatures"]
    assert powers.degree == power


@pytest.mark.parametrize("rows", [400, 3500])
def test_a_support_vector_regression_follows_what_bends(rows: int) -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {"age": rng.uniform(-3, 3, rows), "plan": rng.choice(["a", "b"], rows)}
    )
    target = 1000 + 300 * np.sin(table["age"]) + 200 * (table["plan"] == "b")
    fit = _models(table, None, 0)["support_vector"].fit(table, target.to_numpy())
    assert r2_score(target, fit.predict(table)) > 0.95


@pytest.mark.slow
def test_what_was_planted_is_found() -> None:
    got = value_drivers(*planted_effects(), DriverOptions(depth=2))
    assert got.left_out.set_index("attribute")["reason"].to_dict() == {
        "name": "id",
        "same": "constant",
        "copy": "same_as_outcome",
    }
    assert (
        got.effects["attribute"].tolist()[:2] == ["plan", "age"]
        and got.effects.set_index("attribute").loc["noise", "weight"] < 0.02
    )
    models = got.models.set_index("model")
    assert (
        got.beats_baseline
        and models.loc["forest", "r2"] > 0.9
        and models.loc["linear", "r2"] > 0.8
        and abs(models.loc["baseline", "r2"]) < 0.05
    )
    best = got.rules.for_label("high")[0]
    assert {condition.feature for condition in best.conditions} == {
        "plan",
        "age",
    } and best.coverage == 1


@pytest.mark.slow
def test_noise_does_not_beat_the_baseline() -> None:
    value, attributes = planted_effects()
    rng = np.random.default_rng(5)
    got = value_drivers(
        value.assign(revenue=rng.gamma(2, 50, len(value))),
        attributes[["customer", "age", "noise"]],
    )
    assert not got.beats_baseline


@pytest.mark.slow
def test_first_orders_explain_the_sample_shop() -> None:
    shop = sample_orders()
    got = value_drivers(
        purchase_summary(shop),
        first_order_attributes(shop),
        DriverOptions(folds=3),
    )
    assert (
        "first_amount" in got.attributes
        and len(got.models) == 5
        and got.rules.rules
    )
    for reason in got.left_out["reason"]:
        assert has(f"value.left_out.{reason}")


def test_only_the_first_order_is_an_attribute() -> None:
    attributes = first_order_attributes(
        order_lines(
            ("a", "2024-01-05", 10),
            ("a", "2024-01-05", 3),
            ("a", "2024-02-05", 500),
        )
    )
    assert (
        attributes["first_amount"].tolist() == [13.0]
        and attributes["first_month"].tolist() == [1]
        and attributes["days_known"].tolist() == [31.0]
    )


def test_few_customers_and_no_attributes_are_refused() -> None:
    value, attributes = planted_effects(30)
    with pytest.raises(AnalysisError):
        value_drivers(value, attributes)
    value, attributes = planted_effects(80)
    with pytest.raises(AnalysisError):
        value_drivers(value, attributes[["customer", "name"]])


def test_a_customer_with_several_rows_of_attributes_is_refused() -> None:
    value, attributes = planted_effects(60)
    with pytest.raises(AnalysisError, match="2 rows repeat a customer"):
        value_drivers(value, pd.concat([attributes, attributes.head(2)]))
