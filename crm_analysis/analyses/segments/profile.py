"""What the segments look like: how many, how much of the revenue, and where each differs from all customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.features import Feature

__all__ = ["MISSING", "MONEY", "has_money", "profile_of", "traits_of"]

MONEY = "monetary"
MISSING = (
    "_missing"  # the level of customers of whom the category is not known; `segments.level` says it
)
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
    """Whether there is `monetary` as a number: a table of one's own may have scores in words under that name."""
    return MONEY in customers.columns and pd.api.types.is_numeric_dtype(customers[MONEY])


def profile_of(customers: pd.DataFrame, labels: np.ndarray, numbers: list[str]) -> pd.DataFrame:
    """A row a segment: `segment`, `size`, `share_customers`, then `revenue`, `share_revenue` where there is `monetary` (the share is
    missing where the whole is not positive), and the mean of each numeric column under its own name (with `_given` behind it where
    it is one of these names).
    """
    values = customers[numbers].astype(float)
    values = values.where(np.isfinite(values))
    grouped = values.groupby(labels)
    sizes = grouped.size()
    found = pd.DataFrame(
        {
            "segment": sizes.index.astype("int64"),
            "size": sizes.to_numpy(),
            "share_customers": sizes.to_numpy() / len(customers),
        }
    )
    if MONEY in numbers:
        revenue = grouped[MONEY].sum().to_numpy()
        found["revenue"] = revenue
        found["share_revenue"] = revenue / revenue.sum() if revenue.sum() > 0 else np.nan
    if not numbers:
        return found
    means = grouped.mean().reset_index(drop=True)
    taken = {"name", *found.columns}
    return pd.concat(
        [found, means.rename(columns={name: f"{name}_given" for name in numbers if name in taken})],
        axis=1,
    )


def numeric_columns(customers: pd.DataFrame, features: tuple[Feature, ...]) -> list[str]:
    """The numeric columns worth a mean: the features, then what is known beside them."""
    used = [one.name for one in features if one.kind in ("number", "flag")]
    also = [
        name
        for name in (MONEY, *_ALSO)
        if name in customers.columns
        and name not in used
        and pd.api.types.is_numeric_dtype(customers[name])
    ]
    return used + also


def traits_of(
    customers: pd.DataFrame,
    readable: pd.DataFrame,
    features: tuple[Feature, ...],
    labels: np.ndarray,
) -> pd.DataFrame:
    """A row for each segment and feature, and for each level of a category.

    `segment`, `feature`, `level` ("" for numbers, "_missing" for a category that is not known), `kind` (number, date, category, or flag:
    0 or 1), `latest` (of a date; "" otherwise), `used` (whether it made the segments), `mean`, `median` (levels: the share that
    has it), `overall` (the mean of all), `index` (mean over overall, 100 is like everyone; missing where overall is not
    positive), `difference` (standard deviations from the mean of all, on the scale used for comparing). Dates are days before the latest.
    """
    parts = []
    groups = np.unique(labels)
    for one in features:
        if one.kind == "category":
            for level in one.levels:
                has_it = (readable[one.name] == level).to_numpy(dtype=float)
                parts.append(
                    _trait(one.name, level or MISSING, has_it, labels, groups, used=True).assign(
                        kind="category"
                    )
                )
        else:
            values = readable[one.name].to_numpy(dtype=float)
            kind = (
                "number" if one.kind == "flag" and not np.isin(values, (0, 1)).all() else one.kind
            )
            parts.append(
                _trait(one.name, "", values, labels, groups, used=True, log=one.log).assign(
                    kind=kind, latest=one.origin
                )
            )
    for name in numeric_columns(customers, features):
        if name not in readable.columns:
            parts.append(
                _trait(
                    name,
                    "",
                    customers[name].astype(float).replace([np.inf, -np.inf], np.nan).to_numpy(),
                    labels,
                    groups,
                    used=False,
                )
            )
    return pd.concat(parts, ignore_index=True).sort_values(
        "segment", kind="stable", ignore_index=True
    )


def _trait(
    name: str,
    level: str,
    values: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray,
    *,
    used: bool,
    log: bool = False,
) -> pd.DataFrame:
    column = pd.Series(values).groupby(labels)
    means = column.mean().reindex(groups).to_numpy()
    medians = means if level else column.median().reindex(groups).to_numpy()
    known = values[np.isfinite(values)]
    overall = float(known.mean()) if known.size else np.nan
    compared = np.sign(values) * np.log1p(np.abs(values)) if log else values
    centre, spread = (
        np.nanmean(compared) if known.size else np.nan,
        np.nanstd(compared) if known.size else np.nan,
    )
    shifts = pd.Series(compared).groupby(labels).mean().reindex(groups).to_numpy() - centre
    return pd.DataFrame(
        {
            "segment": groups.astype("int64"),
            "feature": name,
            "level": level,
            "kind": "number",
            "latest": "",
            "used": used,
            "mean": means,
            "median": medians,
            "overall": overall,
            "index": means / overall * 100 if overall > 0 else np.nan,
            "difference": shifts / spread if spread > 0 else 0.0,
        }
    )
