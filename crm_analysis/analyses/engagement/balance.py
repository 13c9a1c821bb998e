"""Were the arms alike before: standardised differences, and columns that come from after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from crm_analysis.analyses.engagement.arms import Arms
from crm_analysis.messages import Message

WIDEST = 0.1  # standardised difference of a column from before, in an experiment
_LEVELS = 20
_FEW = 20  # rows apart from the usual value: fewer say nothing about a leak
_SURE = 1e-4  # so improbable by chance that the column is from after the contact
_SLIGHT = 0.02


def imbalance(arms: Arms, columns: Sequence[str]) -> pd.DataFrame:
    """How far each arm was from the control before, column by column.

    - `column`, `arm` : names
    - `value` : the standardised difference; of words the one of the level that differs most
    - `p` : of a difference as large by chance
    """
    rows = []
    for column in columns:
        parts = list(_parts(arms.rows[column]))
        for position, arm in enumerate(arms.names[1:], start=1):
            of_arm, of_control = arms.code == position, arms.code == 0
            differences = [
                _standardised(part, of_arm, of_control) for part in parts
            ]
            value, p = max(differences, key=lambda pair: abs(pair[0]))
            rows.append((column, arm, value, min(1.0, p * len(parts))))
    return pd.DataFrame(rows, columns=["column", "arm", "value", "p"])


def _parts(values: pd.Series) -> Iterable[np.ndarray]:
    """A column as numbers: itself, or a yes or no for each frequent level."""
    if types.is_bool_dtype(values) or types.is_numeric_dtype(values):
        yield values.to_numpy(dtype=float, na_value=np.nan)
        return
    if types.is_datetime64_any_dtype(values):
        yield values.to_numpy("datetime64[s]").astype(float)
        return
    text = values.astype(str)
    for level in text.value_counts().index[:_LEVELS]:
        yield (text == level).to_numpy(dtype=float)


def _standardised(
    values: np.ndarray, arm: np.ndarray, control: np.ndarray
) -> tuple[float, float]:
    from scipy.special import ndtr

    first, second = (values[part] for part in (arm, control))
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    if len(first) < 2 or len(second) < 2:
        return 0.0, 1.0
    variances = float(first.var(ddof=1)), float(second.var(ddof=1))
    difference = float(first.mean() - second.mean())
    spread = float(np.sqrt(sum(variances) / 2))
    if spread == 0:
        return (0.0, 1.0) if difference == 0 else (float("inf"), 0.0)
    error = np.sqrt(variances[0] / len(first) + variances[1] / len(second))
    return difference / spread, float(2 * ndtr(-abs(difference / error)))


def from_after(
    arms: Arms, columns: Sequence[str], outcomes: Sequence[np.ndarray]
) -> dict[str, str]:
    """The columns that can hardly be from before the contact, and why.

    "arm": it differs between the arms as chance would not have it, where most others do not;
    "outcome": wherever it is not its usual value the outcome always, or never, came.
    """
    alarms: dict[str, str] = {}
    differing = imbalance(arms, columns)
    is_sure = (differing["p"] < _SURE) & (differing["value"].abs() > _SLIGHT)
    sure = differing.loc[is_sure, "column"].unique()
    # Where many columns differ the arms were not drawn by chance: that is no leak.
    if 2 * len(sure) <= len(columns):
        alarms |= {str(column): "arm" for column in sure}
    for column in columns:
        if any(_decides(arms.rows[column], outcome) for outcome in outcomes):
            alarms[column] = "outcome"
    return alarms


def _decides(values: pd.Series, outcome: np.ndarray) -> bool:
    """Whether the outcome always or never came where the column has an unusual value."""
    happened = outcome > 0
    base = float(happened.mean()) if len(happened) else 0.0
    if not 0 < base < 0.9:
        return False
    usual = values.mode()
    if usual.empty:
        return False
    unusual = (values != usual.iloc[0]).to_numpy() & values.notna().to_numpy()
    count = int(unusual.sum())
    # So many would have had to come by chance that all of them or none did.
    rare = count >= _FEW and count * base >= 10
    share = float(happened[unusual].mean()) if count else base
    return (count >= _FEW and share == 1.0) or (rare and share == 0.0)


def balance_checks(differing: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of `imbalance` as checks: none may be over the widest difference."""
    return [
        check(
            "balance",
            row["column"],
            row["value"],
            WIDEST,
            row["p"],
            abs(row["value"]) <= WIDEST,
        )
        for row in differing.to_dict("records")
    ]


def notes_on_balance(checks: Sequence[Mapping[str, Any]]) -> list[Message]:
    """In what the arms differ too much to be called alike."""
    apart = [
        str(row["column"])
        for row in checks
        if row["check"] == "balance" and not row["holds"]
    ]
    columns = list(dict.fromkeys(apart))
    if not columns:
        return []
    return [Message("engagement.note.not_alike", {"columns": columns})]


def check(
    name: str, column: str, value: float, limit: float, p: float, holds: bool
) -> dict[str, Any]:
    """A row of the checks a claim rests on."""
    return {
        "check": name,
        "column": str(column),
        "value": value,
        "limit": limit,
        "p": p,
        "holds": bool(holds),
    }
