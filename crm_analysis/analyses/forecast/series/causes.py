"""Who or what is behind a high figure: the one order or customer that brought most of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.series.demand import ALL
from crm_analysis.analyses.forecast.series.periods import recognise
from crm_analysis.analyses.forecast.series.selection import (
    DemandOptions,
    lines_of_demand,
)

_COLUMNS = ["series", "date", "role", "name", "product", "brought", "without"]
_MEASURED = {"quantity": "quantity", "revenue": "amount"}
_MOST = 0.5  # of what is odd, from which one order or customer is called the cause


def name_causes(
    marks: pd.DataFrame, lines: pd.DataFrame, options: DemandOptions
) -> pd.DataFrame:
    """The order, or else the customer, that explains each unusually high figure.

    Parameters
    ----------
    marks
        `Anomalies.marks`.
    lines
        The order lines that the demand was counted from.
    options
        How it was counted.

    Returns
    -------
    pandas.DataFrame
        A row a mark of kind "high" of which one order or customer brought at least half of what is
        beyond the expected:

        - series, date : of the mark
        - role, name : "order" or "customer", and which
        - product : the product that it was most of, "" without products
        - brought : units of the demand
        - without : the figure without it

    Examples
    --------
    >>> marks = pd.DataFrame({
    ...     "series": ["all"], "date": [pd.Timestamp("2024-03-01")], "kind": ["high"],
    ...     "value": [120.0], "expected": [20.0],
    ... })
    >>> lines = pd.DataFrame({
    ...     "order": ["1", "2", "3"], "quantity": [10.0, 10.0, 100.0],
    ...     "date": pd.to_datetime(["2024-03-01", "2024-03-02", "2024-03-09"]),
    ... })
    >>> name_causes(marks, lines, DemandOptions())[["role", "name", "without"]].values.tolist()
    [['order', '3', 20.0]]
    """
    column = _MEASURED.get(options.measure, "")
    high = marks[marks["kind"] == "high"]
    if high.empty or column not in lines.columns or options.every == "given":
        return pd.DataFrame(columns=_COLUMNS)
    lines, names = lines_of_demand(lines, options)
    grid = recognise(pd.Series(high["date"]), options.every)
    numbers = grid.number(lines["date"].to_numpy().astype("datetime64[D]"))
    rows = []
    for mark in high.to_dict("records"):
        day = np.array([mark["date"]], dtype="datetime64[D]")
        there = numbers == grid.number(day)[0]
        if mark["series"] != ALL:
            there &= (names == mark["series"]).to_numpy()
        cause = _cause(lines[there], column, mark["value"] - mark["expected"])
        if cause is not None:
            without = mark["value"] - cause["brought"]
            identity = {name: mark[name] for name in ("series", "date")}
            rows.append({**identity, **cause, "without": without})
    return pd.DataFrame(rows, columns=_COLUMNS)


def _cause(
    lines: pd.DataFrame, column: str, excess: float
) -> dict[str, object] | None:
    for role in ("order", "customer"):
        if role not in lines.columns:
            continue
        sums = lines.groupby(role, observed=True)[column].sum()
        if len(sums) and sums.max() >= _MOST * excess:
            name = sums.idxmax()
            own = lines[lines[role] == name]
            product = ""
            if "product" in own.columns:
                product = str(own.loc[own[column].idxmax(), "product"])
            return {
                "role": role,
                "name": str(name),
                "product": product,
                "brought": float(sums.max()),
            }
    return None
