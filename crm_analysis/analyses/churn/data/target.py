"""Who churned: the column that says so, and its value that means so."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError

_NAME = re.compile(
    r"churn|attrit|exited|^exit$|defect|lapsed|^left$|has_?left|流失|离网|退订|注销|已离开",
    re.IGNORECASE,
)
_MAXIMUM_VALUES = 12
_CHURNED = re.compile(
    r"1|1\.0|yes|y|true|t|churned|churn|attrited|attrited customer|attrition|left|leaver|lost"
    r"|exited|exit|cancelled|canceled|closed|gone|departed|terminated|inactive|lapsed"
    r"|unsubscribed|defected"
    r"|是|流失|已流失|离网|已离网|注销|已注销|退订|已退订|离开|已离开"
)
_STAYED = re.compile(
    r"0|0\.0|no|n|false|f|existing customer|existing|active|retained|stayed|current|open|loyal"
    r"|not churned|non-churn|joined|new|否|未流失|在网|留存|正常|活跃|非流失|续订|未离开"
)


@dataclass(frozen=True, eq=False)
class Target:
    """Which column says who churned, and what it says of each row.

    - `name`: the column.
    - `positive`: its value or values that mean churned, as text.
    - `churned`: 1.0 (churned), 0.0 (stayed) or NaN (not known) for each row of the table.
    """

    name: str
    positive: str
    churned: np.ndarray


def find_target(
    table: pd.DataFrame, target: str | None = None, positive: str | None = None
) -> Target:
    """The column that says who churned: the one asked for, `churned`, or one by name and values.

    Parameters
    ----------
    table
        A row a customer (or an example).
    target
        The column; None: found.
    positive
        Its value that means churned; None: found where the values say so.

    Raises
    ------
    AnalysisError
        `churn.no_target` (columns that could be it), `churn.unknown_target`,
        `churn.which_value` (the values to choose from), `churn.not_a_target` (too many values),
        `churn.no_such_value`.

    Examples
    --------
    >>> flags = ["Existing Customer", "Attrited Customer", None]
    >>> find_target(pd.DataFrame({"customer": ["A", "B", "C"], "Attrition_Flag": flags})).churned
    array([ 0.,  1., nan])
    """
    if target is not None and target not in table.columns:
        raise AnalysisError("churn.unknown_target", column=target)
    name = target or _column_by_name(table)
    column = table[name]
    counts = column.dropna().value_counts()
    if len(counts) > _MAXIMUM_VALUES:
        raise AnalysisError("churn.not_a_target", column=name, count=len(counts))
    values = list(counts.index)
    if positive is None:
        positives = _values_that_mean_churned(name, values)
    else:
        positives = [value for value in values if _plain(value) == _plain(positive)]
        if not positives:
            raise AnalysisError(
                "churn.no_such_value",
                column=name,
                value=positive,
                values=[str(value) for value in values],
            )
    return Target(
        name,
        positive or ", ".join(sorted(map(_written, positives))),
        np.where(
            column.isna(), np.nan, column.isin(positives).to_numpy(dtype=float)
        ),
    )


def _column_by_name(table: pd.DataFrame) -> str:
    if "churned" in table.columns:
        return "churned"
    distinct = {
        str(name): table[name].nunique()
        for name in table.columns
        if name != "customer"
    }
    likely = [
        name
        for name, count in distinct.items()
        if _NAME.search(name) and count <= _MAXIMUM_VALUES
    ]
    binary = [name for name in likely if distinct[name] == 2]
    if likely:
        return (binary or likely)[0]
    binary = [name for name, count in distinct.items() if count == 2]
    raise AnalysisError("churn.no_target", columns=binary[:8])


def _values_that_mean_churned(name: str, values: list[object]) -> list[object]:
    """The values that mean churned; asked where they do not say so."""
    churned = [value for value in values if _CHURNED.fullmatch(_plain(value))]
    stayed = [value for value in values if _STAYED.fullmatch(_plain(value))]
    unclear = [value for value in values if value not in churned + stayed]
    if churned and (not unclear or len(values) == 2):
        return churned
    if not churned and (not unclear or len(values) <= 1):
        return []  # all stayed, or nothing is said of churn
    if not churned and len(unclear) == 1 and len(values) == 2:
        return unclear  # one word for staying, so the other means churned
    raise AnalysisError(
        "churn.which_value", column=name, values=list(map(_written, values))
    )


def _written(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "True" if value else "False"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _plain(value: object) -> str:
    return _written(value).strip().lower()
