"""What if: the risk of one customer with other values, and the single change that lowers it most.

It is what the model says of a customer who is like that, not a promise that making them so would keep them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.explain.customer_rows import features_at, locate
from crm_analysis.errors import AnalysisError

if TYPE_CHECKING:
    from crm_analysis.analyses.churn.models.risk_model import RiskModel
    from crm_analysis.analyses.churn.result import Churn

__all__ = ["WhatIf", "best_changes", "changeable_features", "customer_features", "what_if"]

_COMMON = 0.01  # share of customers that must have a value for it to count as possible
_POINTS = 19
_LOOKED_AT = 20_000
_ENOUGH = 30
_EXPECTED = 5  # customers who would have both values by chance
# What a business cannot change: who the customer is, where, how long they have been one, and what has already happened.
_GIVEN = re.compile(
    r"(^|_)(age|gender|sex|senior|birth\w*|dob|dependents?|children|partner|married|marital\w*|family|race|ethnic\w*|nationality|religion|country|region|state|city|area|geography|zip|postcode"
    r"|education\w*|degree|occupation|job|profession|income\w*|salary|estimatedsalary|estimated|credit_?score|score|tenure|seniority|vintage|months_on_book|book|joined|signup|first|last|since"
    r"|total\w*|recency|frequency|overdue|gap|history|trend|recent|before|ago|monetary|trans|chng|lifetime|avg_utilization)(_|$)"
    r"|年龄|性别|生日|出生|婚|家庭|子女|老人|国家|地区|省|城市|区域|学历|教育|职业|收入|薪|信用分|在网|入网|客龄|首次|最近|累计|总"
)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The risk `before` and `after` (0 to 1), the difference in percentage `points`, the `changes` made, and the customer's `features` after them (a row)."""

    before: float
    after: float
    points: float
    changes: dict[str, Any]
    features: pd.DataFrame


def customer_features(churn: Churn, customer: object) -> tuple[RiskModel, pd.DataFrame]:
    """The model that speaks of a customer (the one that had not seen them, where they were learnt from) and their prepared features, one row.

    AnalysisError `retention.no_such_customer`.
    """
    listed = churn.customers[churn.customers["customer"] == customer].head(1)
    if listed.empty:
        raise AnalysisError("retention.no_such_customer", customer=str(customer))
    fold, place = locate(churn, listed)
    model = churn.fold_models[fold[0]] if fold[0] >= 0 else churn.model
    return model, features_at(churn, int(fold[0]), place).reset_index(drop=True)


def what_if(churn: Churn, customer: object, changes: Mapping[str, Any]) -> WhatIf:
    """The risk of one customer with some features changed; numbers as numbers, categories as text, None for not known.

    AnalysisError `retention.no_such_customer`, `retention.no_column` where the model has no such feature, `retention.not_a_number`.
    """
    model, row = customer_features(churn, customer)
    changed = row
    for name, value in changes.items():
        if name not in row.columns:
            raise AnalysisError("retention.no_column", column=name)
        changed = changed.assign(**{name: _as(row[name], [value])})
    before, after = (float(model.predict(one)[0]) for one in (row, changed))
    return WhatIf(before, after, 100 * (after - before), dict(changes), changed)


def changeable_features(
    churn: Churn, *, locked: tuple[str, ...] = (), free: tuple[str, ...] = ()
) -> pd.DataFrame:
    """What a screen may offer to change: feature, kind ("number", "days", "flag", "category"), whole (numbers without decimals), low, high (5 % and
    95 % of the customers), middle (median), values (a tuple of the categories of at least 1 % of them, most frequent first), actionable.

    Actionable is what a business can change, judged by the name: not age, sex, place, tenure, nor what already happened; `locked` and
    `free` overrule.
    """
    rows = []
    dated = (
        "cutoff" in churn.customers.columns
    )  # from order lines: the numbers are what customers have done, which nobody can undo
    for one in churn.model.features:
        column = churn.training[one.name]
        known = column.dropna()
        given = (
            one.kind == "date"
            or (dated and one.kind != "category")
            or bool(_GIVEN.search(_words(one.name)))
        )
        able = one.name in free or (one.name not in locked and not given)
        if isinstance(column.dtype, pd.CategoricalDtype):
            shares = known.astype(object).value_counts(normalize=True)
            values = tuple(str(value) for value in shares.index[shares >= _COMMON])
            rows.append(
                (
                    one.name,
                    "category",
                    False,
                    np.nan,
                    np.nan,
                    np.nan,
                    values,
                    bool(able and len(values) > 1),
                )
            )
            continue
        numbers = known.to_numpy(dtype=float)
        low, middle, high = (
            np.quantile(numbers, [0.05, 0.5, 0.95]) if len(numbers) else (np.nan,) * 3
        )
        if one.kind == "flag":
            low, high = (numbers.min(), numbers.max()) if len(numbers) else (np.nan, np.nan)
        kind = {"date": "days", "flag": "flag"}.get(one.kind, "number")
        rows.append(
            (
                one.name,
                kind,
                bool((numbers == np.round(numbers)).all()),
                low,
                high,
                middle,
                (),
                bool(able and low < high),
            )
        )
    return pd.DataFrame(
        rows, columns=["feature", "kind", "whole", "low", "high", "middle", "values", "actionable"]
    )


def best_changes(
    churn: Churn, customer: object, *, locked: tuple[str, ...] = (), free: tuple[str, ...] = ()
) -> pd.DataFrame:
    """The single changes that lower the risk of one customer most: for each feature the best of the values seen among customers.

    Out: feature, kind, value_before, value (text), number_before, number (NaN for categories), risk (after the change), points (the change of risk in
    percentage points, below zero), best first; only features that are actionable (`changeable_features`) and changes that lower the risk.
    A value that never goes together with another of the customer's, though it should by chance (no internet, but streaming), is not tried; nor
    is a number outside what customers of the same category have.
    """
    model, row = customer_features(churn, customer)
    able = changeable_features(churn, locked=locked, free=free)
    seen = churn.training[list(row.columns)]
    seen = seen.sample(_LOOKED_AT, random_state=0) if len(seen) > _LOOKED_AT else seen
    alike = {
        name: (seen[name].astype(object) == row[name].iloc[0]).to_numpy()
        for name in row.columns
        if isinstance(row[name].dtype, pd.CategoricalDtype) and pd.notna(row[name].iloc[0])
    }
    pieces = []
    for one in able[able["actionable"]].itertuples():
        values = _possible(
            seen[one.feature],
            _candidates(seen[one.feature], one),
            one.kind,
            {name: same for name, same in alike.items() if name != one.feature},
        )
        if not values:
            continue
        pieces.append(
            pd.concat([row] * len(values), ignore_index=True).assign(
                **{str(one.feature): _as(row[one.feature], values)},
                _feature=one.feature,
                _kind=one.kind,
            )
        )
    columns = [
        "feature",
        "kind",
        "value_before",
        "value",
        "number_before",
        "number",
        "risk",
        "points",
    ]
    if not pieces:
        return pd.DataFrame(columns=columns)
    tried = pd.concat(pieces, ignore_index=True)
    now = float(model.predict(row)[0])
    tried["_risk"] = model.predict(tried[list(row.columns)].astype(row.dtypes.to_dict()))
    best = tried.sort_values("_risk", kind="stable").drop_duplicates("_feature")
    found = []
    for at, change in zip(
        best.index, best[["_feature", "_kind", "_risk"]].itertuples(index=False), strict=True
    ):
        feature, kind, risk = change
        before, after = row[feature].iloc[0], tried[feature].loc[at]
        found.append(
            (
                feature,
                kind,
                _text(before),
                _text(after),
                _number(before, kind),
                _number(after, kind),
                risk,
                100 * (risk - now),
            )
        )
    table = pd.DataFrame(found, columns=columns)
    return table[table["points"] < -1e-6].reset_index(drop=True)


def _candidates(column: pd.Series, one: Any) -> list[Any]:
    if one.kind == "category":
        return list(one.values)
    if one.kind == "flag":
        return sorted(column.dropna().unique().tolist())
    return np.unique(
        np.quantile(
            column.dropna().to_numpy(dtype=float),
            np.linspace(0.05, 0.95, _POINTS),
            method="nearest",
        )
    ).tolist()


def _possible(
    column: pd.Series, values: list[Any], kind: str, alike: dict[str, np.ndarray]
) -> list[Any]:
    """The values that go together with what else is known of the customer; `alike`: who has the customer's value of each category."""
    cells = column.astype(object).to_numpy()
    if kind == "number":
        for same in alike.values():
            numbers = column.to_numpy(dtype=float)[same & column.notna().to_numpy()]
            if len(numbers) >= _ENOUGH:
                low, high = np.quantile(numbers, [0.01, 0.99])
                values = [value for value in values if low <= value <= high]
        return values
    found = []
    for value in values:
        having = cells == value
        apart = (same for same in alike.values() if not (having & same).any())
        if not any(having.sum() * same.sum() / len(cells) >= _EXPECTED for same in apart):
            found.append(value)
    return found


def _as(like: pd.Series, values: list[Any]) -> Any:
    """Values as a column of the same type; a category never seen is kept and read as a rare one."""
    if isinstance(like.dtype, pd.CategoricalDtype):
        strange = [
            str(value)
            for value in values
            if value is not None and str(value) not in like.cat.categories
        ]
        texts = [None if value is None else str(value) for value in values]
        return pd.Categorical(
            texts,
            categories=like.cat.categories.append(pd.Index(dict.fromkeys(strange), dtype=object)),
        )
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").astype(float)
    wrong = [
        value
        for value, number in zip(values, numbers, strict=True)
        if value is not None and np.isnan(number)
    ]
    if wrong:
        raise AnalysisError("retention.not_a_number", column=str(like.name), value=str(wrong[0]))
    return numbers.to_numpy()


def _words(name: str) -> str:
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()).strip("_")


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return ""
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)


def _number(value: Any, kind: str) -> float:
    return np.nan if kind == "category" or value is None else float(value)
