"""Customers with what they are expected to bring and their risk, to join comments to."""

from __future__ import annotations

import pandas as pd

EXPECTED = "expected_value"


def with_value(customers: pd.DataFrame, value: pd.DataFrame) -> pd.DataFrame:
    """Customers, a row each or several, with the expected value of each.

    Parameters
    ----------
    customers
        customer, and what else is known, as `churn_examples` gives it.
    value
        customer, value; as `estimate_value` gives them.

    Returns
    -------
    pandas.DataFrame
        `customers` with `expected_value`, missing where it is not known.

    Examples
    --------
    >>> people = pd.DataFrame({"customer": ["a", "b", "a"]})
    >>> value = pd.DataFrame({"customer": ["a"], "value": [12.5]})
    >>> with_value(people, value)["expected_value"].tolist()
    [12.5, nan, 12.5]
    """
    by_customer = value.drop_duplicates("customer").set_index("customer")["value"]
    worth = customers["customer"].map(by_customer).astype("float64")
    return customers.assign(**{EXPECTED: worth})


def with_risk(customers: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """Customers, a row each or several, with the risk of those of whom it is not known yet.

    Parameters
    ----------
    customers
        customer, churned, as `churn_examples` gives them with the customers of the last day.
    predicted
        customer, risk; as `predict_churn` gives them.

    Returns
    -------
    pandas.DataFrame
        `customers` with `risk`, missing where it is known who left.

    Examples
    --------
    >>> people = pd.DataFrame({"customer": ["a", "b", "a"], "churned": [False, True, None]})
    >>> risk = pd.DataFrame({"customer": ["a", "b"], "risk": [0.25, 0.75]})
    >>> with_risk(people, risk)["risk"].tolist()
    [nan, nan, 0.25]
    """
    by_customer = predicted.drop_duplicates("customer").set_index("customer")[
        "risk"
    ]
    risk = customers["customer"].map(by_customer).astype("float64")
    return customers.assign(risk=risk.where(customers["churned"].isna()))
