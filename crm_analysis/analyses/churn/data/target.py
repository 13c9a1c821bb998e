"""Who left: the column that says so, and its value that means so."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError

__all__ = ["Target", "find_target"]

_NAME = re.compile(
    r"churn|attrit|exited|^exit$|defect|lapsed|^left$|has_?left|流失|离网|退订|注销|已离开",
    re.IGNORECASE,
)
_MOST_VALUES = 12
_LEFT = {
    *(
        "1",
        "1.0",
        "yes",
        "y",
        "true",
        "t",
        "churned",
        "churn",
        "attrited",
        "attrited customer",
        "attrition",
        "left",
        "leaver",
        "lost",
        "exited",
        "exit",
    ),
    *(
        "cancelled",
        "canceled",
        "closed",
        "gone",
        "departed",
        "terminated",
        "inactive",
        "lapsed",
        "unsubscribed",
        "defected",
    ),
    *(
        "是",
        "流失",
        "已流失",
        "离网",
        "已离网",
        "注销",
        "已注销",
        "退订",
        "已退订",
        "离开",
        "已离开",
    ),
}
_STAYED = {
    *(
        "0",
        "0.0",
        "no",
        "n",
        "false",
        "f",
        "existing customer",
        "existing",
        "active",
        "retained",
        "stayed",
        "current",
        "open",
        "loyal",
        "not churned",
    ),
    *(
        "non-churn",
        "joined",
        "new",
        "否",
        "未流失",
        "在网",
        "留存",
        "正常",
        "活跃",
        "非流失",
        "续订",
        "未离开",
    ),
}


@dataclass(frozen=True, eq=False)
class Target:
    """The column `name`, its value(s) `positive` that mean leaving, and `left`: 1.0, 0.0 or NaN (not known) for each row."""

    name: str
    positive: str
    left: np.ndarray


def find_target(
    table: pd.DataFrame, target: str | None = None, positive: str | None = None
) -> Target:
    """The column that says who left: the one asked for, `churned`, or one by its name and values.

    Raises
    ------
    AnalysisError
        `churn.no_target` (columns that could be it), `churn.unknown_target`, `churn.which_value` (the values to choose from),
        `churn.not_a_target` (too many values), `churn.no_such_value`.

    >>> find_target(pd.DataFrame({"customer": ["A", "B", "C"], "Attrition_Flag": ["Existing Customer", "Attrited Customer", None]})).left
    array([ 0.,  1., nan])
    """
    if target is not None and target not in table.columns:
        raise AnalysisError("churn.unknown_target", column=target)
    name = target or _named(table)
    column = table[name]
    known = column.dropna()
    values = known.value_counts()
    if len(values) > _MOST_VALUES:
        raise AnalysisError("churn.not_a_target", column=name, count=len(values))
    texts = {value: _text(value) for value in values.index}
    if positive is not None:
        meant = {value for value, text in texts.items() if text == _text(positive)}
        if not meant:
            raise AnalysisError(
                "churn.no_such_value",
                column=name,
                value=positive,
                values=[str(value) for value in values.index],
            )
    else:
        meant = _meant(name, values, texts)
    left = np.where(column.isna(), np.nan, column.isin(list(meant)).to_numpy(dtype=float))
    return Target(name, positive or ", ".join(sorted(_written(value) for value in meant)), left)


def _named(table: pd.DataFrame) -> str:
    if "churned" in table.columns:
        return "churned"
    likely = [
        str(name)
        for name in table.columns
        if name != "customer" and _NAME.search(str(name)) and table[name].nunique() <= _MOST_VALUES
    ]
    plain = [name for name in likely if table[name].nunique() == 2]
    if plain or likely:
        return (plain or likely)[0]
    two = [str(name) for name in table.columns if name != "customer" and table[name].nunique() == 2]
    raise AnalysisError("churn.no_target", columns=two[:8])


def _meant(name: str, values: pd.Series, texts: dict[object, str]) -> set[object]:
    """The values that mean leaving; asked where they do not say so."""
    left = {value for value, text in texts.items() if text in _LEFT}
    open_ = {value for value, text in texts.items() if text not in _LEFT and text not in _STAYED}
    if left and (not open_ or len(values) == 2):
        return left
    if not left and (not open_ or len(values) <= 1):  # all stayed, or nothing is said of leaving
        return set()
    if (
        not left and len(open_) == 1 and len(values) == 2
    ):  # one word for staying, one that is unknown
        return open_
    raise AnalysisError(
        "churn.which_value", column=name, values=[_written(value) for value in values.index]
    )


def _written(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "True" if value else "False"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(value: object) -> str:
    return _written(value).strip().lower()
