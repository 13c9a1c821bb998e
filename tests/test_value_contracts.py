"""The value of contracts: simulated ones, Telco."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.value import ContractOptions, estimate_contracts
from crm_analysis.errors import AnalysisError


def test_simulated_contracts_are_found() -> None:
    """Renewal chances from a known beta; half of the contracts still running when looked at."""
    rng = np.random.default_rng(0)
    lasts = rng.geometric(rng.beta(0.7, 3.8, 8000))
    seen = rng.integers(1, 25, 8000)
    frame = pd.DataFrame(
        {
            "customer": range(8000),
            "Tenure": np.minimum(lasts, seen),
            "churned": lasts <= seen,
            "MonthlyCharges": 10.0,
        }
    )
    got = estimate_contracts(frame, ContractOptions(discount=0.0, margin=0.5))
    for name, value in (("alpha", 0.7), ("beta", 3.8)):
        assert (
            abs(got.model.parameters[name] - value)
            <= 3 * got.model.standard_errors[name]
        )
    assert got.error is not None and got.error < 0.03
    assert (
        got.customers.loc[got.customers["churned"], "expected_renewals"] == 0
    ).all()
    assert got.customers["value"].to_numpy() == pytest.approx(
        (got.customers["expected_renewals"] * 5).to_numpy()
    )
    # A contract that ends with period n is renewed n − 1 times; those still held after `seen`
    # were renewed into more periods.
    renewed = np.clip(lasts - 1 - seen, 0, 12)[lasts > seen]
    assert got.customers["expected_renewals"].sum() == pytest.approx(
        renewed.sum(), rel=0.03
    )


def test_the_contracts_of_telco_are_fitted_closely(real_data: Path) -> None:
    frame = pd.read_csv(
        real_data / "telco_churn" / "Telco-Customer-Churn.csv"
    ).rename(columns={"customerID": "customer"})
    got = estimate_contracts(frame.assign(churned=frame["Churn"] == "Yes"))
    assert (
        got.model.converged
        and got.error < 0.03
        and 0 < got.summary()["equity"] < frame["MonthlyCharges"].sum() * 12
    )


def test_a_table_without_tenure_is_refused() -> None:
    with pytest.raises(AnalysisError, match="held"):
        estimate_contracts(pd.DataFrame({"customer": ["a"], "churned": [True]}))


def test_a_payment_column_that_is_not_there_is_refused() -> None:
    frame = pd.DataFrame(
        {"customer": ["a", "b"], "churned": [True, False], "tenure": [2, 3]}
    )
    with pytest.raises(AnalysisError, match="No column is called “fee”"):
        estimate_contracts(frame, ContractOptions(payment="fee"))
