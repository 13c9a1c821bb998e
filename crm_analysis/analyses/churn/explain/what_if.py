"""What if: the risk of one customer with other values, and the single change that lowers it most.

It is what the model says of a customer who is like that, not a promise that making them so would
keep them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import Feature
from crm_analysis.analyses.churn.explain.reasons import (
    features_of,
    locate,
    reasons_of,
)
from crm_analysis.analyses.churn.models.fitting import RiskModel
from crm_analysis.analyses.churn.result import Churn
from crm_analysis.analyses.churn.retention.actions import words_of
from crm_analysis.errors import AnalysisError

_COMMON = (
    0.01  # share of customers that must have a value for it to count as possible
)
_POINTS = 19
_SAMPLE_ROWS = 20_000
_MINIMUM_ALIKE = 30
_EXPECTED = 5  # customers who would have both values by chance
_CHANGEABLE = (
    "feature",
    "kind",
    "whole",
    "low",
    "high",
    "middle",
    "values",
    "actionable",
)
_CHANGES = (
    "feature",
    "kind",
    "value_before",
    "value",
    "number_before",
    "number",
    "risk",
    "points",
)
# What a business cannot change: who the customer is, where, how long they have been one, and what
# has already happened.
_GIVEN = re.compile(
    r"(^|_)(age|gender|sex|senior|birth\w*|dob|dependents?|children|partner|married|marital\w*"
    r"|family|race|ethnic\w*|nationality|religion|country|region|state|city|area|geography|zip"
    r"|postcode|education\w*|degree|occupation|job|profession|income\w*|salary|estimatedsalary"
    r"|estimated|credit_?score|score|tenure|seniority|vintage|months_on_book|book|joined|signup"
    r"|first|last|since|total\w*|recency|frequency|overdue|gap|history|trend|recent|before|ago"
    r"|monetary|trans|chng|lifetime|avg_utilization)(_|$)"
    r"|年龄|性别|生日|出生|婚|家庭|子女|老人|国家|地区|省|城市|区域|学历|教育|职业|收入|薪|信用分"
    r"|在网|入网|客龄|首次|最近|累计|总"
)
_REASONS = 5
_CHANGES_SHOWN = 3
_FEATURES = 6


@dataclass(frozen=True, eq=False)
class WhatIf:
    """One customer with other values.

    - `before`, `after`: the risk (0 to 1).
    - `points`: the difference in percentage points.
    - `changes`: what was changed.
    - `features`: the customer's, after the changes (a row).
    """

    before: float
    after: float
    points: float
    changes: dict[str, Any]
    features: pd.DataFrame


def customer_features(
    churn: Churn, customer: object
) -> tuple[RiskModel, pd.DataFrame]:
    """The model that speaks of a customer, and their prepared features (one row).

    It is the one that had not seen them, where they were learnt from. AnalysisError
    `retention.no_such_customer`.
    """
    listed = churn.customers[churn.customers["customer"] == customer].head(1)
    if listed.empty:
        raise AnalysisError("retention.no_such_customer", customer=str(customer))
    folds, rows = locate(churn, listed)
    fold = int(folds[0])
    model = churn.fold_models[fold] if fold >= 0 else churn.model
    return model, features_of(churn, fold, rows).reset_index(drop=True)


def what_if(churn: Churn, customer: object, changes: Mapping[str, Any]) -> WhatIf:
    """The risk of one customer with some features changed.

    Parameters
    ----------
    churn
        The result.
    customer
        Their name.
    changes
        Feature → value: numbers as numbers, categories as text, None for not known.

    Returns
    -------
    WhatIf
        `.before` and `.after` (risks, 0 to 1), `.points` (percentage points), `.features`.

    Raises
    ------
    AnalysisError
        `retention.no_such_customer`, `retention.no_column` where the model has no such feature,
        `retention.not_a_number`.

    Examples
    --------
    Of the monthly contracts three in four have left, of the yearly ones one in four.

    >>> from crm_analysis import ChurnOptions, predict_churn
    >>> customers = pd.DataFrame({"customer": range(120), "contract": ["monthly", "yearly"] * 60})
    >>> customers["churned"] = [False, True, True, False, True, False, True, False] * 15
    >>> churn = predict_churn(customers, ChurnOptions(model="logistic"))
    >>> changed = what_if(churn, 2, {"contract": "yearly"})
    >>> changed.before > 0.6, changed.after < 0.4, changed.points < 0
    (True, True, True)
    """
    model, features = customer_features(churn, customer)
    changed = features
    for name, value in changes.items():
        if name not in features.columns:
            raise AnalysisError("retention.no_column", column=name)
        changed = changed.assign(**{name: _as_column(features[name], [value])})
    before, after = (float(model.predict(row)[0]) for row in (features, changed))
    return WhatIf(before, after, 100 * (after - before), dict(changes), changed)


def changeable_features(
    churn: Churn, *, locked: tuple[str, ...] = (), free: tuple[str, ...] = ()
) -> pd.DataFrame:
    """What a screen may offer to change.

    Actionable is what a business can change, judged by the name: not age, sex, place, tenure, nor
    what already happened.

    Parameters
    ----------
    churn
        The result.
    locked, free
        Features that are not actionable, that are, whatever their names say.

    Returns
    -------
    DataFrame
        - `feature` : name
        - `kind` : "number", "days", "flag" or "category"
        - `whole` : numbers without decimals
        - `low`, `middle`, `high` : 5 %, half and 95 % of the customers have at most so much
        - `values` : a tuple of the categories that at least 1 % have, most frequent first
        - `actionable` : True or False
    """
    # From order lines: the numbers are what customers have done, which nobody can undo.
    from_orders = "cutoff" in churn.customers.columns
    rows = []
    for feature in churn.model.features:
        undone = feature.kind == "date" or (
            from_orders and feature.kind != "category"
        )
        given = undone or bool(_GIVEN.search(words_of(feature.name).strip("_")))
        able = feature.name in free or (feature.name not in locked and not given)
        rows.append(
            _changeable(feature, churn.training[feature.name].dropna(), able)
        )
    return pd.DataFrame(rows, columns=list(_CHANGEABLE))


def _changeable(feature: Feature, column: pd.Series, able: bool) -> tuple[Any, ...]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        shares = column.astype(object).value_counts(normalize=True)
        values = tuple(str(value) for value in shares.index[shares >= _COMMON])
        return (
            feature.name,
            "category",
            False,
            np.nan,
            np.nan,
            np.nan,
            values,
            able and len(values) > 1,
        )
    numbers = column.to_numpy(dtype=float)
    low = middle = high = np.nan
    if len(numbers):
        low, middle, high = np.quantile(numbers, [0.05, 0.5, 0.95])
        if feature.kind == "flag":
            low, high = numbers.min(), numbers.max()
    return (
        feature.name,
        {"date": "days", "flag": "flag"}.get(feature.kind, "number"),
        bool((numbers == np.round(numbers)).all()),
        low,
        high,
        middle,
        (),
        bool(able and low < high),
    )


def best_changes(
    churn: Churn,
    customer: object,
    *,
    locked: tuple[str, ...] = (),
    free: tuple[str, ...] = (),
) -> pd.DataFrame:
    """The single changes that lower the risk of one customer most, one a feature, the best first.

    Only features that are actionable (`changeable_features`), values seen among customers, and
    changes that lower the risk. A value that never goes together with another of the customer's,
    though it should by chance (no internet, but streaming), is not tried; nor is a number outside
    what customers of the same category have.

    Parameters
    ----------
    churn
        The result.
    customer
        Their name.
    locked, free
        As in `changeable_features`.

    Returns
    -------
    DataFrame
        - `feature`, `kind` : name, as in `changeable_features`
        - `value_before`, `value` : text
        - `number_before`, `number` : NaN for categories
        - `risk` : after the change (0 to 1)
        - `points` : the change of risk in percentage points, below zero

    Raises
    ------
    AnalysisError
        `retention.no_such_customer`.

    Examples
    --------
    Of the monthly contracts three in four have left, of the yearly ones one in four.

    >>> from crm_analysis import ChurnOptions, predict_churn
    >>> customers = pd.DataFrame({"customer": range(120), "contract": ["monthly", "yearly"] * 60})
    >>> customers["churned"] = [False, True, True, False, True, False, True, False] * 15
    >>> churn = predict_churn(customers, ChurnOptions(model="logistic"))
    >>> best_changes(churn, 2)[["feature", "value_before", "value"]]
        feature value_before   value
    0  contract      monthly  yearly
    """
    model, features = customer_features(churn, customer)
    changeable = changeable_features(churn, locked=locked, free=free)
    others = churn.training[list(features.columns)]
    if len(others) > _SAMPLE_ROWS:
        others = others.sample(_SAMPLE_ROWS, random_state=0)
    own = features.iloc[0]
    # Who has the customer's value of each category that is known of them.
    alike = {
        name: (others[name].astype(object) == own[name]).to_numpy()
        for name in features.select_dtypes("category").columns
        if pd.notna(own[name])
    }
    candidates: dict[str, list[Any]] = {}
    pieces = []
    changeable = changeable[changeable["actionable"]].set_index(
        "feature", drop=False
    )
    for change in changeable.itertuples():
        name = str(change.feature)
        values = _possible(
            others[name],
            _candidates(others[name], change),
            str(change.kind),
            {
                category: rows
                for category, rows in alike.items()
                if category != name
            },
        )
        if values:
            candidates[name] = values
            piece = pd.concat([features] * len(values), ignore_index=True)
            pieces.append(
                piece.assign(**{name: _as_column(features[name], values)})
            )
    if not pieces:
        return pd.DataFrame(columns=list(_CHANGES))
    risks = model.predict(
        pd.concat(pieces, ignore_index=True).astype(features.dtypes.to_dict())
    )
    risk_before = float(model.predict(features)[0])
    rows = []
    for name, values in candidates.items():
        tried_risks, risks = risks[: len(values)], risks[len(values) :]
        kind = changeable.at[name, "kind"]
        before, after, risk = (
            features[name].iloc[0],
            values[tried_risks.argmin()],
            tried_risks.min(),
        )
        texts, numbers = (
            (_text(before), _text(after)),
            (_number(before, kind), _number(after, kind)),
        )
        rows.append(
            (name, kind, *texts, *numbers, risk, 100 * (risk - risk_before))
        )
    table = pd.DataFrame(rows, columns=list(_CHANGES))
    table = table.sort_values("risk", kind="stable")
    return table[table["points"] < -1e-6].reset_index(drop=True)


def _candidates(column: pd.Series, change: Any) -> list[Any]:
    if change.kind == "category":
        return list(change.values)
    if change.kind == "flag":
        return sorted(column.dropna().unique().tolist())
    levels = np.linspace(0.05, 0.95, _POINTS)
    return np.unique(
        np.quantile(column.dropna().to_numpy(dtype=float), levels, method="nearest")
    ).tolist()


def _possible(
    column: pd.Series,
    values: list[Any],
    kind: str,
    alike: dict[str, np.ndarray],
) -> list[Any]:
    """The values that go together with what else is known of the customer."""
    if kind == "number":
        for same in alike.values():
            numbers = column[same].dropna().to_numpy(dtype=float)
            if len(numbers) >= _MINIMUM_ALIKE:
                low, high = np.quantile(numbers, [0.01, 0.99])
                values = [value for value in values if low <= value <= high]
        return values
    cells = column.astype(object).to_numpy()
    possible = []
    for value in values:
        having = cells == value
        never = [same.sum() for same in alike.values() if not (having & same).any()]
        if not any(
            having.sum() * count / len(cells) >= _EXPECTED for count in never
        ):
            possible.append(value)
    return possible


def _as_column(like: pd.Series, values: list[Any]) -> Any:
    """Values as a column of the same type; a category never seen is kept and read as a rare one."""
    if isinstance(like.dtype, pd.CategoricalDtype):
        texts = [None if value is None else str(value) for value in values]
        known = like.cat.categories
        new = dict.fromkeys(
            text for text in texts if text is not None and text not in known
        )
        return pd.Categorical(
            texts, categories=known.append(pd.Index(new, dtype=object))
        )
    numbers = pd.to_numeric(
        pd.Series(values, dtype=object), errors="coerce"
    ).astype(float)
    for value, number in zip(values, numbers, strict=True):
        if value is not None and np.isnan(number):
            raise AnalysisError(
                "retention.not_a_number",
                column=str(like.name),
                value=str(value),
            )
    return numbers.to_numpy()


def _text(value: Any) -> str:
    if pd.isna(value):
        return ""
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)


def _number(value: Any, kind: str) -> float:
    return np.nan if kind == "category" or value is None else float(value)


@dataclass(frozen=True, eq=False)
class RiskCard:
    """The risk of one customer and what it hangs on.

    - `risk`: from 0 to 1.
    - `reasons`: the five strongest, as `reasons_of` gives them.
    - `changes`: the three best single changes, as `best_changes` gives them.
    - `features`: the up to six that a business can change, as `changeable_features` gives them,
      those among the reasons first.
    - `values`: what the customer has of these features now.
    """

    risk: float
    reasons: pd.DataFrame
    changes: pd.DataFrame
    features: pd.DataFrame
    values: dict[str, Any]


def risk_card(churn: Churn, customer: object) -> RiskCard:
    """The card of a customer. AnalysisError `retention.no_such_customer`."""
    model, row = customer_features(churn, customer)
    reasons = reasons_of(churn, [customer], count=_REASONS)
    features = changeable_features(churn)
    features = features[features["actionable"]].set_index("feature")
    among_reasons = [name for name in reasons["feature"] if name in features.index]
    others = [name for name in features.index if name not in among_reasons]
    names = [*among_reasons, *others][:_FEATURES]
    return RiskCard(
        float(model.predict(row)[0]),
        reasons,
        best_changes(churn, customer).head(_CHANGES_SHOWN),
        features.loc[names].reset_index(),
        {name: row[name].iloc[0] for name in names},
    )
