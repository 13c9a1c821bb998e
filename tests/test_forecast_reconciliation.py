"""Forecasts of parts and of totals that add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.forecast import Forecast
from crm_analysis.analyses.forecast.planning.coherence import shrunk_covariance
from crm_analysis.analyses.forecast.planning.reconciliation import (
    ReconcileOptions,
    reconcile,
    with_total,
)
from tests.made_forecasts import (
    FIGURES,
    forecast_of,
    forecast_with_parts,
    names_of,
    refused,
    side_by_side,
)


@pytest.mark.parametrize("method", ["mint", "bottom_up"])
def test_reconciled_forecasts_add_up_and_are_not_negative(method: Any) -> None:
    base = forecast_with_parts()
    result = reconcile(base, options=ReconcileOptions(method=method))
    wide = side_by_side(result.ahead)
    assert np.allclose(
        wide["all"], wide.drop(columns="all").sum(axis=1), rtol=1e-12
    )
    ordered = result.ahead[["lo_95", "lo_80", "value", "hi_80", "hi_95"]].to_numpy()
    assert (ordered >= 0).all()
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert list(result.ahead["series"].unique()) == list(
        base.ahead["series"].unique()
    )
    before = base.ahead.set_index(["series", "date"])
    after = result.ahead.set_index(["series", "date"])
    assert (after["base_value"] == before["value"]).all()
    if method == "mint":
        assert result.weights == "backtest"
        assert result.shrinkage is not None
        assert 0 <= result.shrinkage <= 1
        return
    parts = ["p0", "p1", "p2", "p3"]
    assert np.allclose(after.loc[parts, FIGURES], before.loc[parts, FIGURES])
    assert result.weights == "none"
    assert result.summary()["shrinkage"] is None
    # Errors that go together make the total less sure than errors that cancel.
    width = (after["hi_95"] - after["lo_95"]).loc["all"].mean()
    assert width > 1.1 * np.sqrt(4) * 2 * 1.96 * 9


def mint(base: np.ndarray, sums: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """MinT as the textbook has it."""
    inverse = np.linalg.inv(covariance)
    weights = np.linalg.solve(sums.T @ inverse @ sums, sums.T @ inverse)
    return base @ (sums @ weights).T


@pytest.mark.slow
def test_mint_is_its_textbook_formula_and_that_of_the_package() -> None:
    result = forecast_with_parts(3)
    order = ["all", "p0", "p1", "p2", "p3"]
    errors = side_by_side(result.backtest)[order].to_numpy()
    base = side_by_side(result.ahead)[order].to_numpy()
    sums = np.vstack([np.ones(4), np.eye(4)])
    covariance, _ = shrunk_covariance(errors)
    ours = side_by_side(reconcile(result).ahead)[order].to_numpy()
    assert np.allclose(ours, mint(base, sums, covariance), rtol=1e-9)

    # The package takes errors about their mean, and refuses errors whose mean is zero: hence the 1.
    methods = pytest.importorskip("hierarchicalforecast.methods")
    centred = errors - errors.mean(axis=0)
    insample = {
        "y_insample": 1 + centred.T,
        "y_hat_insample": np.zeros_like(centred.T),
    }
    whole = methods.MinTrace("mint_cov", nonnegative=False)
    theirs = whole.fit_predict(S=sums, y_hat=base.T, **insample)["mean"].T
    assert np.allclose(theirs, mint(base, sums, centred.T @ centred), rtol=1e-6)
    shrunk = methods.MinTrace("mint_shrink", nonnegative=False)
    shrunk.fit(S=sums, y_hat=base.T, **insample)
    mine, shrinkage = shrunk_covariance(centred)
    assert 0 < shrinkage < 1
    assert np.allclose(correlation(shrunk.W), correlation(mine), atol=0.02)


def correlation(covariance: np.ndarray) -> np.ndarray:
    """A covariance on the scale of correlations."""
    deviation = np.sqrt(np.diag(covariance))
    return covariance / np.outer(deviation, deviation)


@pytest.mark.slow
def test_a_total_that_knows_better_moves_its_parts_toward_the_truth() -> None:
    """In the mean over many cases of parts that are noisy and a total that is good."""
    rng = np.random.default_rng(1)
    before, after = [], []
    parts = ["p0", "p1", "p2"]
    for _ in range(15):
        truth = dict(zip(parts, rng.uniform(50, 100, (3, 4)), strict=True))
        errors = {name: rng.normal(0, 15, 60) for name in parts}
        errors["all"] = rng.normal(0, 3, 60)
        noisy = {
            name: np.maximum(truth[name] + rng.normal(0, 15, 4), 0)
            for name in parts
        }
        means = {"all": sum(truth.values()) + rng.normal(0, 3, 4), **noisy}
        past = {name: np.full(24, 10.0) for name in parts} | {
            "all": np.full(24, 30.0)
        }
        result = forecast_of(means, dict.fromkeys(means, 15.0), past, errors)
        ahead = reconcile(result, options=ReconcileOptions(samples=200)).ahead
        for name in parts:
            reconciled = ahead.loc[ahead["series"] == name, "value"].to_numpy()
            before.append(np.mean((means[name] - truth[name]) ** 2))
            after.append(np.mean((reconciled - truth[name]) ** 2))
    assert np.mean(after) < 0.85 * np.mean(before)


@pytest.fixture(scope="module")
def two_levels() -> Forecast:
    """T is A and B, A is a1 and a2, B is b1; solo is in none."""
    rng = np.random.default_rng(0)
    means = {name: rng.uniform(10, 20, 3) for name in ("a1", "a2", "b1")}
    means |= {
        name: np.full(3, mean)
        for name, mean in (("A", 40.0), ("B", 12.0), ("T", 60.0))
    }
    means["solo"] = np.full(3, 1.0)
    past = {name: np.full(24, 5.0) for name in ("a1", "a2", "b1", "B")}
    past |= {"A": np.full(24, 10.0), "T": np.full(24, 15.0)}
    return forecast_of(means, dict.fromkeys(means, 2.0), past)


def test_totals_may_be_parts_of_others(two_levels: Forecast) -> None:
    hierarchy = pd.DataFrame(
        {
            "series": ["a1", "a2", "b1", "A", "B", "T"],
            "parent": ["A", "A", "B", "T", "T", None],
        }
    )
    result = reconcile(two_levels, hierarchy)
    wide = side_by_side(result.ahead)
    assert np.allclose(wide["T"], wide["A"] + wide["B"])
    assert np.allclose(wide["A"], wide["a1"] + wide["a2"])
    assert np.allclose(wide["B"], wide["b1"])
    assert result.weights == "structure"
    assert names_of(result.notes) == ["structure", "not_in_hierarchy"]
    levels = result.totals.set_index("series")["level"].to_dict()
    assert levels == {"T": 2, "A": 1, "B": 1, "a1": 0, "a2": 0, "b1": 0}


@pytest.mark.parametrize(
    ("hierarchy", "key"),
    [
        ({"series": ["a1"], "parent": ["Z"]}, "planning.hierarchy_unknown"),
        (
            {"series": ["A", "T"], "parent": ["T", "A"]},
            "planning.hierarchy_loop",
        ),
        ({"series": ["a1"], "parent": ["T"]}, "planning.parts_do_not_sum"),
        ({"series": ["a1"]}, "data.missing_role"),
        (None, "planning.no_hierarchy"),
    ],
)
def test_hierarchies_that_are_wrong_are_refused(
    two_levels: Forecast, hierarchy: dict[str, Any] | None, key: str
) -> None:
    refused(
        key,
        reconcile,
        two_levels,
        None if hierarchy is None else pd.DataFrame(hierarchy),
    )


def test_the_total_of_the_parts_can_be_made() -> None:
    parts = pd.DataFrame(
        {
            "series": ["a", "b", "a"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01"]),
            "value": [1.0, 2.0, np.nan],
        }
    )
    whole = with_total(parts)
    assert whole["series"].tolist() == ["all", "all", "a", "b", "a"]
    assert whole["value"].iloc[0] == 3
    assert np.isnan(whole["value"].iloc[1])
    assert with_total(whole).equals(whole)
    # A total is of a period not yet over where any part is.
    partial = with_total(parts.assign(partial=[False, True, False]))["partial"]
    assert partial.tolist() == [True, False, False, True, False]
