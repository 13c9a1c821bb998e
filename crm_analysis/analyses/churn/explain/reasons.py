"""Why a customer is at risk: which model speaks of them, and the columns that add most to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.explain.contributions import (
    Contributions,
    contributions_to_risk,
    rows_explained,
)
from crm_analysis.analyses.churn.models.fitting import RiskModel
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.jobs import Progress, no_progress

COLUMNS = (
    "customer",
    "rank",
    "feature",
    "kind",
    "value",
    "number",
    "points",
    "direction",
    "base",
    "risk",
)
_CHUNK_ROWS = 20_000


def reasons_of(
    churn: Churn,
    customers: Iterable[object] | None = None,
    *,
    count: int = 3,
    rows: int | None = None,
    raising: bool = False,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """The strongest reasons of the customers that a model was learnt from.

    Each customer is explained by the model that had not seen them, so base + Σ points is the
    out-of-fold risk that the result shows; who has no outcome yet, by the model itself.

    Parameters
    ----------
    churn
        The result.
    customers
        Only these. None: the `rows` likeliest to churn, those who are still customers first.
    count
        Reasons a customer.
    rows
        How many customers. None: as many as take some seconds.
    raising
        Only reasons that raise the risk.
    progress
        Hears the share done and the phrase key of the step.

    Returns
    -------
    DataFrame
        A row a reason; of a customer the strongest first.

        - `customer` : name
        - `rank` : 1 for the strongest
        - `feature` : the column
        - `kind` : "number", "days", "yes", "no", "category", "missing": which phrase says it
        - `value` : text; "" where missing
        - `number` : the same as a number; NaN for categories
        - `points` : percentage points of risk, up or down
        - `direction` : "up" or "down"
        - `base`, `risk` : the usual risk, and this customer's (0 to 1)

    Examples
    --------
    Of the monthly contracts three in four have left, of the yearly ones one in four.

    >>> from crm_analysis import ChurnOptions, predict_churn
    >>> customers = pd.DataFrame({"customer": range(120), "contract": ["monthly", "yearly"] * 60})
    >>> customers["churned"] = [False, True, True, False, True, False, True, False] * 15
    >>> churn = predict_churn(customers, ChurnOptions(model="logistic"))
    >>> reasons_of(churn, [2, 3])[["customer", "feature", "value", "direction"]]
       customer   feature    value direction
    0         2  contract  monthly        up
    1         3  contract   yearly      down
    """
    table = churn.customers
    if customers is None:
        risk, actionable = table["risk"], table["actionable"].astype(bool)
        likeliest = np.lexsort((-risk.to_numpy(), ~actionable.to_numpy()))
        wanted = likeliest[: rows_explained(churn.model) if rows is None else rows]
    else:
        wanted = np.flatnonzero(table["customer"].isin(list(customers)).to_numpy())
    fold, row = locate(churn, table.iloc[wanted])
    training_fold = churn.out_of_fold["fold"].to_numpy()
    settings = _Settings(count, raising, churn.options.seed)
    parts = []
    folds = np.unique(fold)
    for done, k in enumerate(folds):
        progress(done / len(folds), "retention.step.reasons")
        inside = fold == k
        model = churn.model if k < 0 else churn.fold_models[k]
        features = features_of(churn, k, row[inside])
        background = churn.training.loc[training_fold != k, model.columns]
        names = table["customer"].iloc[wanted[inside]]
        parts.append(_in_chunks(model, features, background, names, settings))
    return _in_order(parts, table["customer"].iloc[wanted])


def reasons_for(  # noqa: PLR0913
    model: RiskModel,
    new: pd.DataFrame,
    background: pd.DataFrame,
    *,
    count: int = 3,
    rows: int | None = None,
    raising: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """The strongest reasons of customers a model is applied to, the `rows` likeliest to churn.

    Parameters
    ----------
    model
        `Churn.model`, or that of a saved one.
    new
        The table it is applied to.
    background
        Prepared features to compare with: `Churn.training`, or the `reference` of a saved model.
    count, rows, raising
        As in `reasons_of`.
    seed
        Of what is drawn.

    Returns
    -------
    DataFrame
        A row a reason; of a customer the strongest first.

        - `customer` : name, or the number of the row where there is none
        - `rank` : 1 for the strongest
        - `feature` : the column
        - `kind` : "number", "days", "yes", "no", "category", "missing": which phrase says it
        - `value` : text; "" where missing
        - `number` : the same as a number; NaN for categories
        - `points` : percentage points of risk, up or down
        - `direction` : "up" or "down"
        - `base`, `risk` : the usual risk, and this customer's (0 to 1)

    Raises
    ------
    AnalysisError
        `churn.missing_columns` (columns, count) where `new` lacks columns of the model.

    Examples
    --------
    Of the monthly contracts three in four have left, of the yearly ones one in four.

    >>> from crm_analysis import ChurnOptions, predict_churn
    >>> customers = pd.DataFrame({"customer": range(120), "contract": ["monthly", "yearly"] * 60})
    >>> customers["churned"] = [False, True, True, False, True, False, True, False] * 15
    >>> churn = predict_churn(customers, ChurnOptions(model="logistic"))
    >>> newcomers = pd.DataFrame({"customer": ["Ann"], "contract": ["monthly"]})
    >>> reasons = reasons_for(churn.model, newcomers, churn.training)
    >>> reasons[["customer", "feature", "value", "direction"]]
      customer   feature    value direction
    0      Ann  contract  monthly        up
    """
    features = model.prepare(new)
    order = np.argsort(-model.predict(features), kind="stable")
    wanted = order[: rows_explained(model) if rows is None else rows]
    names = (
        new["customer"].iloc[wanted]
        if "customer" in new.columns
        else pd.Series(wanted)
    )
    settings = _Settings(count, raising, seed)
    return _in_order(
        [_in_chunks(model, features.iloc[wanted], background, names, settings)],
        names,
    )


def strongest_reasons(
    contributions: Contributions,
    features: pd.DataFrame,
    customers: Iterable[object],
    kinds: dict[str, str] | None = None,
    count: int = 3,
    *,
    raising: bool = False,
) -> pd.DataFrame:
    """The `count` strongest reasons of each customer, a row a reason.

    Parameters
    ----------
    contributions
        Of each feature to each customer's risk.
    features
        Prepared features of the same customers.
    customers
        Their names.
    kinds
        The kind of each feature, as `Feature.kind`.
    count
        Reasons a customer. What adds nothing is no reason.
    raising
        Only reasons that raise the risk.

    Returns
    -------
    DataFrame
        - `customer` : name
        - `rank` : 1 for the strongest
        - `feature` : the column
        - `kind` : "number", "days", "yes", "no", "category", "missing": which phrase says it
        - `value` : text; "" where missing
        - `number` : the same as a number; NaN for categories
        - `points` : percentage points of risk, up or down
        - `direction` : "up" or "down"
        - `base`, `risk` : 0 to 1
    """
    points = contributions.points.to_numpy()
    names = contributions.points.columns.to_numpy(dtype=object)
    count = min(count, len(names))
    strength = points if raising else np.abs(points)
    position = np.argsort(-strength, axis=1, kind="stable")[:, :count].ravel()
    rows = np.repeat(np.arange(len(points)), count)
    kind = np.full(len(position), "missing", dtype=object)
    value = np.full(len(position), "", dtype=object)
    number = np.full(len(position), np.nan)
    for index, name in enumerate(names):
        here = np.flatnonzero(position == index)
        if len(here):
            kind[here], value[here], number[here] = _cells(
                features[name].iloc[rows[here]], (kinds or {}).get(name, "")
            )
    table = pd.DataFrame(
        {
            "customer": pd.Series(list(customers))[rows].to_numpy(),
            "rank": np.tile(np.arange(1, count + 1), len(points)),
            "feature": names[position],
            "kind": kind,
            "value": value,
            "number": number,
            "points": points[rows, position],
            "direction": np.where(points[rows, position] > 0, "up", "down"),
            "base": contributions.base[rows],
            "risk": contributions.risk[rows],
        }
    )
    return table[strength[rows, position] > 1e-9].reset_index(drop=True)


def _cells(
    column: pd.Series, kind: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The cells of a column as a reader would say them: kind, value, number."""
    missing = column.isna().to_numpy()
    if isinstance(column.dtype, pd.CategoricalDtype):
        texts = column.astype(object).map(str, na_action="ignore")
        kinds = np.where(missing, "missing", "category")
        return kinds, np.where(missing, "", texts), np.full(len(column), np.nan)
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    kinds = np.full(
        len(numbers), "days" if kind == "date" else "number", dtype=object
    )
    if kind == "flag":
        kinds[numbers == 1], kinds[numbers == 0] = "yes", "no"
    kinds[missing] = "missing"
    texts = np.array([f"{number:.6g}" for number in numbers], dtype=object)
    return kinds, np.where(missing, "", texts), numbers


@dataclass(frozen=True)
class _Settings:
    count: int
    raising: bool
    seed: int


def _in_chunks(
    model: RiskModel,
    features: pd.DataFrame,
    background: pd.DataFrame,
    customers: pd.Series,
    settings: _Settings,
) -> pd.DataFrame:
    kinds = {feature.name: feature.kind for feature in model.features}
    parts = []
    for start in range(0, len(features), _CHUNK_ROWS):
        rows = slice(start, start + _CHUNK_ROWS)
        part = features.iloc[rows]
        parts.append(
            strongest_reasons(
                contributions_to_risk(model, part, background, seed=settings.seed),
                part,
                customers.iloc[rows],
                kinds,
                settings.count,
                raising=settings.raising,
            )
        )
    return (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=list(COLUMNS))
    )


def _in_order(parts: list[pd.DataFrame], customers: pd.Series) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    position = pd.Series(np.arange(len(customers)), index=customers.to_numpy())
    position = position[~position.index.duplicated()]
    customer = table["customer"].map(position).to_numpy()
    return table.iloc[np.lexsort((table["rank"].to_numpy(), customer))].reset_index(
        drop=True
    )


def locate(churn: Churn, customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """For rows of `churn.customers` which model had not seen them, and where their features are.

    The fold of that model and the row in `churn.training`; for those with no known outcome −1,
    which is the model itself, and the row in `churn.table`.
    """
    keys = ["customer"]
    if "cutoff" in customers.columns and "cutoff" in churn.out_of_fold.columns:
        keys.append("cutoff")
    wanted = customers[keys].reset_index(drop=True)
    row = _last_row(churn.out_of_fold, keys, wanted)
    unknown = row < 0
    fold = churn.out_of_fold["fold"].to_numpy()[np.maximum(row, 0)].astype(np.int64)
    fold[unknown] = -1
    if unknown.any():
        row = np.where(unknown, _last_row(churn.table, keys, wanted), row)
    return fold, row


def features_of(churn: Churn, fold: int, row: np.ndarray) -> pd.DataFrame:
    """The prepared features of rows found by `locate`, all of one fold."""
    columns = churn.model.columns
    if fold >= 0:
        return churn.training[columns].iloc[row]
    table = churn.table
    # Ages are counted to the latest date of the whole table, so the rows that hold it come along.
    latest = [
        int(table[name].to_numpy().argmax())
        for name in table.columns
        if pd.api.types.is_datetime64_dtype(table[name])
        and table[name].notna().all()
    ]
    prepared = churn.model.prepare(table.iloc[[*row.tolist(), *latest]]).iloc[
        : len(row)
    ]
    for name in columns:  # the categories of the training rows, besides their own
        if isinstance(prepared[name].dtype, pd.CategoricalDtype):
            own, known = (
                prepared[name].cat.categories,
                churn.training[name].cat.categories,
            )
            categories = known.union(own, sort=False)
            prepared = prepared.assign(
                **{name: prepared[name].cat.set_categories(categories)}
            )
    return prepared[columns]


def _last_row(
    table: pd.DataFrame, keys: list[str], wanted: pd.DataFrame
) -> np.ndarray:
    """The last row of a table for each row wanted; −1 where there is none."""
    rows = np.flatnonzero(table["customer"].isin(wanted["customer"]).to_numpy())
    last = (
        table[keys].iloc[rows].assign(_row=rows).drop_duplicates(keys, keep="last")
    )
    matched = wanted.merge(last, on=keys, how="left", validate="many_to_one")
    return matched["_row"].fillna(-1).to_numpy(dtype=np.int64)
