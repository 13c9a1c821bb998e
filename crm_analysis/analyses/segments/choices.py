"""What customers are compared by when nobody says: RFM of buyers, else what describes them."""

from __future__ import annotations

import pandas as pd

from crm_analysis.analyses.customers import customer_features

RFM = ("recency", "frequency", "monetary")
_MAXIMUM = 40  # features are enough for a start


def feature_choices(customers: pd.DataFrame) -> pd.DataFrame:
    """Each column but the customer, and whether it is compared unless asked otherwise.

    Returns
    -------
    pandas.DataFrame
        As `customer_features` has it (column, kind, proposed, reason), and two reasons more:
        other (the customers of orders are compared by recency, frequency and monetary), many
        (forty columns come before it).

    Examples
    --------
    >>> buyers = pd.DataFrame({"customer": ["A", "B"], "recency": [3, 90], "frequency": [7, 1]})
    >>> feature_choices(buyers.assign(age=[30, 40]))
          column    kind  proposed reason
    0    recency    flag      True
    1  frequency    flag      True
    2        age    flag     False  other
    """
    rfm = rfm_columns(customers)
    choices = customer_features(customers, gaps_filled=True, drop_repetitions=not rfm)
    if rfm:
        other = choices["proposed"] & ~choices["column"].isin(rfm)
        choices.loc[other, "reason"] = "other"
    choices.loc[choices.index[choices["reason"] == ""][_MAXIMUM:], "reason"] = "many"
    choices["proposed"] = choices["reason"] == ""
    return choices


def rfm_columns(customers: pd.DataFrame) -> list[str]:
    """Recency, frequency and, where there is money, monetary; none where no orders are known.

    >>> rfm_columns(pd.DataFrame({"customer": ["A"], "recency": [3], "frequency": [7]}))
    ['recency', 'frequency']
    """
    numeric = [
        column
        for column in RFM
        if column in customers.columns
        and pd.api.types.is_numeric_dtype(customers[column])
    ]
    return numeric if {"recency", "frequency"} <= set(numeric) else []
