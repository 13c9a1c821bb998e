"""One table of customers of what several tables know, and tiers by what customers spent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import plain_ids
from crm_analysis.analyses.strategy.figures import check_names, check_table

TIERS = ("high", "middle", "low")


def join_customers(customers: pd.DataFrame, *others: pd.DataFrame) -> pd.DataFrame:
    """The customers of the first table, with what the others know of them.

    Parameters
    ----------
    customers : pandas.DataFrame
        customer, and what is known of each; the first row of each customer counts.
    others : pandas.DataFrame
        The same; a column that is there already is not taken again.

    Returns
    -------
    pandas.DataFrame
        A row a customer of the first table, with the columns of all; missing where one does not
        know the customer.

    Raises
    ------
    AnalysisError
        "data.missing_role" where a table has no customer.

    Examples
    --------
    >>> value = pd.DataFrame({"customer": ["a", "b"], "value": [10.0, 20.0]})
    >>> risk = pd.DataFrame({"customer": ["b", "c"], "risk": [0.5, 0.1]})
    >>> join_customers(value, risk)
      customer  value  risk
    0        a   10.0   NaN
    1        b   20.0   0.5
    """
    check_table(customers, "customer")
    check_names(customers, "customer")
    joined = customers.dropna(subset=["customer"]).drop_duplicates("customer")
    joined = joined.reset_index(drop=True)
    ids = plain_ids(joined["customer"])
    for other in others:
        check_table(other, "customer")
        check_names(other, "customer")
        known = other.dropna(subset=["customer"]).drop_duplicates("customer")
        known = known.set_index(plain_ids(known["customer"]).to_numpy())
        known = known.loc[~known.index.duplicated()]
        fresh = [name for name in known.columns if name not in joined.columns]
        columns = known[fresh].reindex(ids.to_numpy()).reset_index(drop=True)
        joined = pd.concat([joined, columns], axis=1)
    return joined


def spending_tiers(
    spent: pd.Series, high: float = 0.2, middle: float = 0.3
) -> np.ndarray:
    """The tier of each customer by what they have spent so far: "high", "middle" or "low".

    Parameters
    ----------
    spent : pandas.Series
        Money, a row a customer; what is missing counts as nothing.
    high, middle : float
        Shares of the customers in these tiers; who spent the same is in the same tier.

    Returns
    -------
    numpy.ndarray
        Texts, in the order of the rows.

    Examples
    --------
    >>> spending_tiers(pd.Series([900.0, 20.0, 100.0, 10.0, 10.0])).tolist()
    ['high', 'middle', 'middle', 'low', 'low']
    """
    ahead = spent.fillna(0.0).rank(ascending=False, method="min") - 1
    share = ahead.to_numpy() / max(len(spent), 1)
    edges = np.array([high, high + middle]) - 1e-9
    number = np.searchsorted(edges, share, side="right")
    return np.array(TIERS, dtype=object)[number]
