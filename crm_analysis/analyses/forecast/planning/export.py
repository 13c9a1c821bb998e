"""A forecast as a table to take away: long (a row a series and date) or wide (dates across)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import FIGURES, Overridden
from crm_analysis.analyses.forecast.planning.reconciliation import Reconciled
from crm_analysis.analyses.forecast.result import Forecast

__all__ = ["long_form", "wide_form"]


def long_form(
    forecast: Forecast,
    *,
    ahead: pd.DataFrame | None = None,
    overridden: Overridden | None = None,
    reconciled: Reconciled | None = None,
    history: bool = False,
) -> pd.DataFrame:
    """The forecast, a row a series and date.

    Out: series, date, kind ("history" or "ahead"), value, lo_80, hi_80, lo_95, hi_95; with `overridden` also model_value and note; with `reconciled` also
    reconciled, reconciled_lo_80, reconciled_hi_80, reconciled_lo_95, reconciled_hi_95. `ahead` (say of a scenario) stands in place of the forecast's own; `history` puts the
    past first, series by series.
    """
    base = (
        overridden.ahead if overridden is not None else forecast.ahead if ahead is None else ahead
    )
    columns = [
        "series",
        "date",
        *FIGURES,
        *(["model_value", "note"] if overridden is not None else []),
    ]
    table = base[[name for name in columns if name in base.columns]].reset_index(drop=True)
    table.insert(2, "kind", "ahead")
    if reconciled is not None:
        theirs = reconciled.ahead[["series", "date", *FIGURES]].rename(
            columns={
                name: "reconciled" if name == "value" else f"reconciled_{name}" for name in FIGURES
            }
        )
        table = table.merge(theirs, on=["series", "date"], how="left")
    if history:
        past = forecast.history[["series", "date", "value"]].assign(kind="history")
        names = list(dict.fromkeys(table["series"]))
        # reindex, not concat, gives the past its empty columns: concat would guess their types.
        pieces = [
            part
            for name in names
            for part in (
                past[past["series"] == name].reindex(columns=table.columns),
                table[table["series"] == name],
            )
        ]
        dtypes = {name: table[name].dtype for name in table.columns}
        table = pd.concat([part.astype(dtypes) for part in pieces if len(part)], ignore_index=True)
        if "note" in table.columns:
            table["note"] = table["note"].fillna("")
    return table


def wide_form(long: pd.DataFrame, figures: tuple[str, ...] = ("value",)) -> pd.DataFrame:
    """A long form with dates across: series, figure (name of the column it came from), then a column a date (ISO text), in the order of the series.

    >>> long = pd.DataFrame({"series": ["a", "a"], "date": pd.to_datetime(["2024-01-01", "2024-02-01"]), "value": [1.0, 2.0]})
    >>> wide_form(long)
      series figure  2024-01-01  2024-02-01
    0      a  value         1.0         2.0
    """
    present = [name for name in figures if name in long.columns]
    days = pd.to_datetime(long["date"]).dt.strftime("%Y-%m-%d").to_numpy(dtype=object)
    columns, across = np.unique(days.astype(str), return_inverse=True)
    rows, names = pd.factorize(long["series"])
    blocks = []
    for name in present:
        grid = np.full((len(names), len(columns)), np.nan)
        grid[rows, across] = long[name].to_numpy(float)
        block = pd.DataFrame(grid, columns=columns.astype(object))
        block.insert(0, "figure", name)
        block.insert(0, "series", np.asarray(names, dtype=object))
        block["__order"] = np.arange(len(names))
        blocks.append(block)
    wide = pd.concat(blocks, ignore_index=True).sort_values(
        "__order", kind="stable", ignore_index=True
    )
    return wide.drop(columns="__order")
