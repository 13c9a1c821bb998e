"""What models read: the columns that describe customers, rows to learn from, and their folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import customer_features
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import plausible_dates

KEYS = (
    "customer",
    "cutoff",
    "window_end",
    "churned",
)  # columns of examples that are no features
_LARGEST = 1e30  # what is larger is no quantity but an error


@dataclass(frozen=True)
class Feature:
    """One column as a feature.

    `kind`: "number", "flag", "category", or "date", which becomes the days from it to `origin`
    (ISO) or to the row's cut-off.
    """

    name: str
    kind: str
    origin: str = ""


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers: yes and no are none, though pandas counts them among them."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(
        column
    )


def choose_features(
    table: pd.DataFrame,
    target: str,
    only: tuple[str, ...] | None = None,
    leave_out: tuple[str, ...] = (),
) -> tuple[tuple[Feature, ...], pd.DataFrame]:
    """The features of a table of customers, and a row a column on why.

    - `name`, `kind` : the column and what `customer_features` takes it for
    - `used` : whether it is a feature
    - `reason` : why not, as `customer_features` says, or "asked": left out on request, or not among
      those asked for

    AnalysisError `churn.unknown_feature` where a column asked for is not there, `churn.no_features`
    where none is left.
    """
    for name in (*(only or ()), *leave_out):
        if name not in table.columns:
            raise AnalysisError("churn.unknown_feature", column=name)
    keys = [name for name in KEYS if name in table.columns and name != target]
    choices = customer_features(
        table.drop(columns=keys), outcomes=(target,)
    ).rename(columns={"column": "name", "proposed": "used"})
    refused = choices["name"].isin(leave_out)
    if only is not None:
        requested = choices["name"].isin(only)
        numbers_rows = choices["reason"].eq("id") & choices["kind"].ne("text")
        choices.loc[requested & numbers_rows, "reason"] = ""
        refused |= ~requested
    choices.loc[refused & choices["reason"].ne("outcome"), "reason"] = "asked"
    choices["used"] = choices["reason"] == ""
    latest = _latest_date(table)
    used = choices[choices["used"]]
    features = tuple(
        Feature(name, kind, latest if kind == "date" else "")
        for name, kind in zip(used["name"], used["kind"], strict=True)
    )
    if not features:
        raise AnalysisError("churn.no_features")
    return features, choices


def prepare(table: pd.DataFrame, features: tuple[Feature, ...]) -> pd.DataFrame:
    """The features as models read them: numbers, flags and ages (days) as float, else categories.

    The order of columns, other columns, and levels never seen do not matter. AnalysisError
    `churn.missing_columns` (columns) where the table lacks some.
    """
    missing = [
        feature.name for feature in features if feature.name not in table.columns
    ]
    if missing:
        raise AnalysisError(
            "churn.missing_columns", columns=missing, count=len(missing)
        )
    latest = _latest_date(table)
    columns = {
        feature.name: _prepared(table, feature, latest) for feature in features
    }
    return pd.DataFrame(columns, index=table.index)


def _prepared(table: pd.DataFrame, feature: Feature, latest: str) -> pd.Series:
    column = table[feature.name]
    if feature.kind == "category":
        return _categories(column)
    if feature.kind == "date":
        dates = plausible_dates(column)
        if "cutoff" in table.columns:
            until = table["cutoff"]  # later rows are looked at later
        else:
            until = pd.Timestamp(max(feature.origin, latest))
        return ((until - dates) / pd.Timedelta(days=1)).astype(float)
    if not pd.api.types.is_numeric_dtype(column):
        column = pd.to_numeric(column, errors="coerce")
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    return pd.Series(
        np.where(np.abs(numbers) < _LARGEST, numbers, np.nan), index=table.index
    )


def _categories(column: pd.Series) -> pd.Series:
    """Text, or whatever it is, as categories in the order of the alphabet; blank is missing."""
    codes, values = pd.factorize(
        column.astype("object").where(column.notna(), None), sort=False
    )
    levels = [str(value).strip() for value in values]
    categories = pd.Index(
        sorted({level for level in levels if level}), dtype=object
    )
    position = np.append(categories.get_indexer(pd.Index(levels, dtype=object)), -1)
    return pd.Series(
        pd.Categorical.from_codes(position[codes], categories=categories),
        index=column.index,
    )


def _latest_date(table: pd.DataFrame) -> str:
    """The latest day in any column of dates (ISO); "" without one."""
    dates = [
        plausible_dates(table[name]).max()
        for name in table.columns
        if name not in KEYS and pd.api.types.is_datetime64_any_dtype(table[name])
    ]
    known = [date for date in dates if not pd.isna(date)]
    return max(known).isoformat() if known else ""


def equal_rows(features: pd.DataFrame) -> np.ndarray | None:
    """For each row which of the different rows it is (0, 1, …); None where rows are too coarse.

    Where features are so few or so coarse that most rows have an equal, that two are equal does
    not say that they are one customer written down twice.
    """
    digest = pd.util.hash_pandas_object(features, index=False)
    row, different = pd.factorize(digest)
    return row if 2 * len(different) > len(features) else None


def rows_together(customer: np.ndarray, equal: np.ndarray | None) -> np.ndarray:
    """Which rows belong together (0, 1, …): of one customer, or equal, or so through others.

    >>> rows_together(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])).tolist()
    [0, 0, 0, 1]
    """
    if equal is None or len(np.unique(equal)) == len(equal):
        return customer
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    customers = int(customer.max()) + 1
    size = customers + int(equal.max()) + 1
    links = coo_array(
        (np.ones(len(customer)), (customer, customers + equal)), shape=(size, size)
    )
    group = connected_components(links, directed=False)[1][customer]
    return np.unique(group, return_inverse=True)[1]


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Prepared features, whether each row churned (1.0, 0.0), and whose row it is (0, 1, …).

    `together`: which rows stay in one fold (0, 1, …): those of a customer, and rows that are equal.
    """

    features: pd.DataFrame
    churned: np.ndarray
    customer: np.ndarray
    together: np.ndarray

    def __len__(self) -> int:
        return len(self.churned)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.customer.max()) + 1

    def take(self, rows: np.ndarray) -> TrainingData:
        """Some of the rows."""
        return TrainingData(
            self.features.iloc[rows],
            self.churned[rows],
            np.unique(self.customer[rows], return_inverse=True)[1],
            np.unique(self.together[rows], return_inverse=True)[1],
        )

    def sample(self, rows: int, seed: int) -> TrainingData:
        """About so many rows, by lot; what belongs together is drawn together."""
        groups = int(self.together.max()) + 1
        drawn = np.random.default_rng(seed).random(groups) < rows / len(self)
        return self.take(np.flatnonzero(drawn[self.together]))

    def folds(self, folds: int, seed: int) -> np.ndarray:
        """A fold for each row."""
        return assign_folds(self.churned, self.together, folds, seed)


def assign_folds(
    churned: np.ndarray, customer: np.ndarray, folds: int, seed: int
) -> np.ndarray:
    """A fold (0 … folds − 1) for each row.

    `customer` counts 0, 1, … and decides, so that nobody is on both sides of a split. Customers are
    shuffled and dealt out in the order of how many of their rows churned, and how many they have.

    >>> churned, customer = np.array([1, 0, 1, 0, 0, 0]), np.array([0, 0, 1, 2, 3, 3])
    >>> assign_folds(churned, customer, folds=2, seed=0).tolist()
    [1, 1, 0, 0, 1, 1]
    """
    count = int(customer.max()) + 1
    churned_rows = np.bincount(customer, weights=churned, minlength=count)
    dice = np.random.default_rng(seed).random(count)
    order = np.lexsort((dice, np.bincount(customer, minlength=count), churned_rows))
    fold = np.empty(count, dtype=np.int64)
    fold[order] = np.arange(count) % folds
    # Which fold begins is chance too, or the first would always have the rest.
    return np.random.default_rng(seed + 1).permutation(folds)[fold][customer]
