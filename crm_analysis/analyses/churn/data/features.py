"""Which columns tell of customers, and how they are read: no ids, constants, names or free text; dates as ages."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError

__all__ = ["Feature", "choose_features", "prepare"]

_ID_NAME = re.compile(
    r"(^|[_\W\d])(id|ids|no|nr|num|number|key|code|index|row|sl|serial|uuid|guid|phone|mobile|zip|postcode|postal)($|[_\W\d])|编号|号码|序号|代码|电话|手机|邮编"
)
_LONG = 40.0  # mean length at which text is prose
_NOT_FEATURES = ("customer", "cutoff", "churned")


@dataclass(frozen=True)
class Feature:
    """One column as a feature. `kind`: number, flag, category, or date, which becomes the days from it to `origin` (ISO) or to the cut-off."""

    name: str
    kind: str
    origin: str = ""


def choose_features(
    table: pd.DataFrame,
    target: str,
    only: tuple[str, ...] | None = None,
    leave_out: tuple[str, ...] = (),
) -> tuple[tuple[Feature, ...], pd.DataFrame]:
    """The features of a table of customers, and a row a column on why: name, kind, used, reason.

    `reason` is "" for what is used, else id, constant, empty, distinct (nearly a value a customer), prose, target, asked (left out on
    request, or not among those asked for). AnalysisError `churn.unknown_feature` where a column asked for is not there, `churn.no_features`
    where none is left.
    """
    for name in (*(only or ()), *leave_out):
        if name not in table.columns:
            raise AnalysisError("churn.unknown_feature", column=name)
    rows = []
    chosen: list[Feature] = []
    latest = _latest(table)
    for column in table.columns:
        name = str(column)
        if name in _NOT_FEATURES and name != target:
            continue
        if name.startswith("_"):
            continue
        kind, reason = _judge(table[column], name)
        if name == target:
            reason = "target"
        elif name in leave_out or (only is not None and name not in only):
            reason = "asked"
        elif only is not None and reason in ("id", "distinct") and kind != "text":
            reason = ""  # asked for by name
        rows.append((name, kind, reason == "", reason))
        if not reason:
            chosen.append(Feature(name, kind, latest if kind == "date" else ""))
    found = pd.DataFrame(rows, columns=["name", "kind", "used", "reason"])
    if not chosen:
        raise AnalysisError("churn.no_features")
    return tuple(chosen), found


def prepare(table: pd.DataFrame, features: tuple[Feature, ...]) -> pd.DataFrame:
    """The features of these customers as models read them: numbers, flags and ages (days) as float, categories as category of text.

    AnalysisError `churn.missing_columns` (columns) where the table lacks some; their order, other columns, and levels never seen do not matter.
    """
    missing = [one.name for one in features if one.name not in table.columns]
    if missing:
        raise AnalysisError("churn.missing_columns", columns=missing, count=len(missing))
    latest = _latest(table)
    return pd.DataFrame(
        {one.name: _read(table, one, latest) for one in features}, index=table.index
    )


def _read(table: pd.DataFrame, one: Feature, latest: str) -> pd.Series:
    column = table[one.name]
    if one.kind == "category":
        return _levels(column)
    if one.kind == "date":
        dates = pd.to_datetime(column, errors="coerce")
        dates = dates.dt.tz_localize(None) if dates.dt.tz is not None else dates
        until = (
            table["cutoff"] if "cutoff" in table.columns else pd.Timestamp(max(one.origin, latest))
        )  # later rows are looked at later
        return ((until - dates) / pd.Timedelta(days=1)).astype(float)
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
    else:
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return pd.Series(np.where(np.abs(numbers) < 1e30, numbers, np.nan), index=table.index)


def _levels(column: pd.Series) -> pd.Series:
    """Text, or whatever it is, as levels; blank is missing."""
    texts = column.astype("object").where(column.notna(), None)
    codes, found = pd.factorize(texts, sort=False)
    names = [str(value).strip() for value in found]
    distinct = sorted({name for name in names if name})
    place = {name: at for at, name in enumerate(distinct)}
    of_code = np.array([*(place.get(name, -1) for name in names), -1], dtype=np.int64)
    return pd.Series(
        pd.Categorical.from_codes(of_code[codes], categories=pd.Index(distinct, dtype=object)),
        index=column.index,
    )


def _latest(table: pd.DataFrame) -> str:
    days = [
        table[name].max()
        for name in table.columns
        if name != "cutoff" and pd.api.types.is_datetime64_any_dtype(table[name])
    ]
    known = [pd.Timestamp(day).tz_localize(None) for day in days if pd.notna(day)]
    return max(known).isoformat() if known else ""


def _judge(column: pd.Series, name: str) -> tuple[str, str]:
    """The kind of a column, and why it is no feature ("" where it is)."""
    known = column.dropna()
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date", "empty" if known.empty else "constant" if known.nunique() == 1 and len(
            known
        ) == len(column) else ""
    numeric = pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)
    if not numeric:
        known = known.astype(str).str.strip()
        known = known[known != ""]
    distinct = known.nunique()
    kind = ("flag" if distinct <= 2 else "number") if numeric else "category"
    if not distinct:
        return kind, "empty"
    if distinct == 1 and len(known) == len(column):
        return kind, "constant"
    if numeric:
        return kind, "id" if distinct > 20 and _counts_rows(known, name, distinct) else ""
    if distinct > 20 and distinct > 0.9 * len(known):
        return "text", "id" if known.str.len().max() <= _LONG else "prose"
    if distinct > 20 and float(known.iloc[:5000].str.len().mean()) > _LONG:
        return "text", "prose"
    return (kind, "") if distinct <= max(50, 0.1 * len(known)) else ("text", "distinct")


def _counts_rows(known: pd.Series, name: str, distinct: int) -> bool:
    """Whole numbers, nearly all different, that are named like an id or run on by one: a number of the row, not a quantity."""
    values = known.to_numpy(dtype=float)
    if distinct < 0.9 * len(known) or not np.array_equal(values, np.round(values)):
        return False
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    runs_on = (
        np.median(np.diff(np.sort(values))) == 1
        and distinct == len(known)
        and values.max() - values.min() < 1.05 * len(values)
    )
    return bool(_ID_NAME.search(words)) or bool(runs_on)
