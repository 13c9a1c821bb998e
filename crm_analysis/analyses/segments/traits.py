"""In what each segment differs from all customers.

How many they are, how much of the revenue, the mean of each number, and which differences tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

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


_NOTABLE = (
    0.25  # standard deviations from everybody's mean that make a trait worth a name
)
_COMMON = 0.4  # of a segment have a level that it is named after
_SAME = 0.8  # correlation from which two traits say the same of a customer
_FROM_ORDERS = frozenset(
    {
        "recency",
        "frequency",
        "monetary",
        "average_order",
        "tenure",
        "gap_mean",
        "gap_std",
        "products",
        "returns",
        "return_share",
        "quantity",
    }
)


def phrase_name(feature: str, customers: pd.DataFrame) -> str:
    """Where the phrase of a feature is looked up: under its name, or `own_` and its name.

    The latter is the reader's own column that only sounds like one computed from orders, which
    always come with recency and frequency: another's tenure may be in months.
    """
    computed = {"recency", "frequency"} <= set(customers.columns)
    return feature if computed or feature not in _FROM_ORDERS else f"own_{feature}"


def traits_of(
    customers: pd.DataFrame,
    readable: pd.DataFrame,
    columns: tuple[EncodedColumn, ...],
    labels: np.ndarray,
) -> pd.DataFrame:
    """A row for each segment and feature, and for each level of a category.

    - segment, feature
    - level : "" for numbers, "_missing" for a category that is not known
    - kind : number, date, category, or flag (0 or 1)
    - latest : of a date, from which its age is counted; "" otherwise
    - used : whether it made the segments
    - mean, median : of levels the share that has it; dates are days before the latest
    - overall : the mean of all
    - index : mean over overall, 100 is like everyone; missing where overall is not positive
    - difference : standard deviations from the mean of all, on the scale used for comparing
    """
    parts = []
    for column in columns:
        values = readable[column.name]
        if column.kind == "category":
            for level in column.levels:
                has_level = (values == level).to_numpy(dtype=float)
                part = _compared(has_level, labels, is_level=True)
                part = part.assign(
                    feature=column.name, level=level or MISSING, kind="category"
                )
                parts.append(part)
            continue
        numbers = values.to_numpy(dtype=float)
        part = _compared(numbers, labels, log=column.log)
        in_words = column.kind != "flag" or np.isin(numbers, (0, 1)).all()
        kind = column.kind if in_words else "number"
        parts.append(
            part.assign(feature=column.name, kind=kind, latest=column.origin)
        )
    for name in numeric_columns(customers, columns):
        if name not in readable.columns:
            numbers = (
                customers[name]
                .astype(float)
                .replace([np.inf, -np.inf], np.nan)
                .to_numpy()
            )
            parts.append(
                _compared(numbers, labels).assign(feature=name, used=False)
            )
    return pd.concat(parts, ignore_index=True).sort_values(
        "segment", kind="stable", ignore_index=True
    )


def _compared(
    values: np.ndarray,
    labels: np.ndarray,
    *,
    is_level: bool = False,
    log: bool = False,
) -> pd.DataFrame:
    groups = np.unique(labels)
    grouped = pd.Series(values).groupby(labels)
    means = grouped.mean().reindex(groups).to_numpy()
    medians = means if is_level else grouped.median().reindex(groups).to_numpy()
    known = values[np.isfinite(values)]
    overall = float(known.mean()) if known.size else np.nan
    scaled = np.sign(values) * np.log1p(np.abs(values)) if log else values
    centre = np.nanmean(scaled) if known.size else np.nan
    spread = np.nanstd(scaled) if known.size else np.nan
    shifts = (
        pd.Series(scaled).groupby(labels).mean().reindex(groups).to_numpy() - centre
    )
    return pd.DataFrame(
        {
            "segment": groups.astype("int64"),
            "feature": "",
            "level": "",
            "kind": "number",
            "latest": "",
            "used": True,
            "mean": means,
            "median": medians,
            "overall": overall,
            "index": means / overall * 100 if overall > 0 else np.nan,
            "difference": shifts / spread if spread > 0 else 0.0,
        }
    )


@dataclass(frozen=True)
class Trait:
    """In what and how a segment differs.

    `how`: in a number high or low, in a date early or late, in a category or a flag by the `level`
    it is. `mean` is its own and `overall` that of all: numbers, days (ISO dates), or the shares
    that have the level. `size` is in standard deviations.
    """

    feature: str
    how: Literal["high", "low", "early", "late", "is"]
    level: str
    size: float
    mean: float | str
    overall: float | str

    @property
    def kind(self) -> Literal["date", "number", "level"]:
        """What the trait is about."""
        if self.level:
            return "level"
        return "date" if self.how in ("early", "late") else "number"


def telling_traits(traits: pd.DataFrame, label: int) -> list[Trait]:
    """The traits in which a segment differs most, strongest first, one for each feature.

    A rarer level is no trait. Nor is what is high on the log scale used for comparing and yet no
    higher on average, as a few very large values may have it.
    """
    own = traits[(traits["segment"] == label) & traits["used"]]
    own = own[own["difference"].abs() >= _NOTABLE]
    more_of_level = (own["level"] != "") & (own["difference"] > 0)
    same_direction = (own["mean"] - own["overall"]) * own["difference"] > 0
    own = own[more_of_level | ((own["level"] == "") & same_direction)]
    own = own.sort_values("difference", key=np.abs, ascending=False, kind="stable")
    telling: dict[str, Trait] = {}
    for row in own.to_dict("records"):
        trait = _trait(row)
        if not trait.level or float(trait.mean) >= _COMMON:
            telling.setdefault(trait.feature, trait)
    return list(telling.values())


def nearest_trait(traits: pd.DataFrame, label: int) -> Trait | None:
    """The number in which a segment differs most, however little that is."""
    own = traits[(traits["segment"] == label) & traits["used"]]
    own = own[own["kind"].isin(("number", "date"))]
    return (
        _trait(own.loc[own["difference"].abs().idxmax()].to_dict())
        if len(own)
        else None
    )


def _trait(row: Mapping[Any, Any]) -> Trait:
    more, size = row["difference"] > 0, abs(float(row["difference"]))
    feature, level, mean, overall = (
        row["feature"],
        row["level"],
        row["mean"],
        row["overall"],
    )
    if level:
        return Trait(feature, "is", level, size, mean, overall)
    if row["kind"] == "flag" and more:
        return Trait(feature, "is", "_yes", size, mean, overall)
    if row["kind"] == "flag":
        return Trait(feature, "is", "_no", size, 1 - mean, 1 - overall)
    if row["kind"] == "date":  # in days before the latest: more of them is earlier
        day, usual = (_day_before(row["latest"], age) for age in (mean, overall))
        return Trait(feature, "early" if more else "late", "", size, day, usual)
    return Trait(feature, "high" if more else "low", "", size, mean, overall)


def _day_before(latest: str, days: float) -> str:
    return (
        (pd.Timestamp(latest) - pd.Timedelta(days=round(days))).date().isoformat()
    )


def distinct_traits(traits: list[Trait], customers: pd.DataFrame) -> list[Trait]:
    """The traits without those that repeat a stronger one: without internet, no online backup."""
    distinct: list[Trait] = []
    taken: list[pd.Series] = []
    for trait in traits:
        marks = _marks(trait, customers)
        if marks is None:
            distinct.append(trait)
        elif all(abs(_correlation(marks, other)) < _SAME for other in taken):
            distinct.append(trait)
            taken.append(marks)
    return distinct


def _marks(trait: Trait, customers: pd.DataFrame) -> pd.Series | None:
    """Each customer's number, or 1 where the level is theirs and 0 elsewhere."""
    name = trait.feature
    if name not in customers.columns:
        name = name.removeprefix("own_")
    if name not in customers.columns:
        return None
    if trait.kind == "number":
        return pd.to_numeric(customers[name], errors="coerce").astype(float)
    if trait.kind == "level" and trait.level not in ("_yes", "_no", MISSING):
        return customers[name].astype(str).eq(trait.level).astype(float)
    return None


def _correlation(first: pd.Series, second: pd.Series) -> float:
    if first.nunique() < 2 or second.nunique() < 2:
        return 0.0
    return float(first.corr(second, method="spearman"))
