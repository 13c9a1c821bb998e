"""What the segments look like: how many, how much of the revenue, and the mean of each number."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.encoding import EncodedColumn

MONEY = "monetary"
MISSING = "_missing"  # the level of customers whose category is not known
_ALSO = (
    "average_order",
    "tenure",
    "gap_mean",
    "products",
    "returns",
    "return_share",
    "quantity",
    "churned",
)


def has_money(customers: pd.DataFrame) -> bool:
    """Whether there is `monetary` as a number: a table of one's own may have words in it."""
    return MONEY in customers.columns and pd.api.types.is_numeric_dtype(
        customers[MONEY]
    )


def profile_of(
    customers: pd.DataFrame, labels: np.ndarray, numbers: list[str]
) -> pd.DataFrame:
    """A row a segment.

    Columns: `segment`, `size`, `share_customers`; with money `revenue` and `share_revenue`
    (missing where the whole is not positive); and the mean of each of the `numbers` under its own
    name, with `_given` behind it where it is one of these.
    """
    values = customers[numbers].astype(float)
    values = values.where(np.isfinite(values))
    grouped = values.groupby(labels)
    sizes = grouped.size()
    profile = pd.DataFrame(
        {
            "segment": sizes.index.astype("int64"),
            "size": sizes.to_numpy(),
            "share_customers": sizes.to_numpy() / len(customers),
        }
    )
    if MONEY in numbers:
        revenue = grouped[MONEY].sum().to_numpy()
        profile["revenue"] = revenue
        profile["share_revenue"] = (
            revenue / revenue.sum() if revenue.sum() > 0 else np.nan
        )
    if not numbers:
        return profile
    means = grouped.mean().reset_index(drop=True)
    own = {"name", "name_key", *profile.columns}
    means = means.rename(
        columns={name: f"{name}_given" for name in numbers if name in own}
    )
    return pd.concat([profile, means], axis=1)


def numeric_columns(
    customers: pd.DataFrame, columns: tuple[EncodedColumn, ...]
) -> list[str]:
    """The numeric columns worth a mean: the features, then what is known beside them."""
    used = [column.name for column in columns if column.kind in ("number", "flag")]
    beside = [
        name
        for name in (MONEY, *_ALSO)
        if name in customers.columns
        and name not in used
        and pd.api.types.is_numeric_dtype(customers[name])
    ]
    return used + beside
