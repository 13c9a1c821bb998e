"""Customers with what they are expected to bring, to join comments to."""

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
