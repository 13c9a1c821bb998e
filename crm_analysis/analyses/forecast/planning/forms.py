"""A forecast as a table to take away: a row a series and date, or with dates across."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import (
    FIGURES,
    Overridden,
)
from crm_analysis.analyses.forecast.planning.reconciliation import Reconciled
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.tables.kinds import require


def long_form(
    forecast: Forecast,
    *,
    ahead: pd.DataFrame | None = None,
    overridden: Overridden | None = None,
    reconciled: Reconciled | None = None,
    history: bool = False,
) -> pd.DataFrame:
    """The forecast, a row a series and date.

    Parameters
    ----------
    forecast
        What `forecast` gave.
    ahead
        What stands in place of the forecast's own values, say of a scenario.
    overridden, reconciled
        What was set by hand, and made to add up.
    history
        Whether the past comes first, series by series.

    Returns
    -------
    pandas.DataFrame
        - series : text
        - date : first day of the period
        - kind : "history" or "ahead"
        - value, lo_80, hi_80, lo_95, hi_95 : units of demand
        - model_value, note : units and text; only with `overridden`
        - reconciled, reconciled_lo_80, reconciled_hi_80, reconciled_lo_95, reconciled_hi_95 :
          units; only with `reconciled`
    """
    planned = forecast.ahead if ahead is None else ahead
    columns = ["series", "date", *FIGURES]
    if overridden is not None:
        planned = overridden.ahead
        columns += ["model_value", "note"]
    require(planned, "series", "date", "value")
    table = planned[
        [name for name in columns if name in planned.columns]
    ].reset_index(drop=True)
    table.insert(2, "kind", "ahead")
    if reconciled is not None:
        agreed = reconciled.ahead[["series", "date", *FIGURES]].rename(
            columns={name: f"reconciled_{name}" for name in FIGURES}
            | {"value": "reconciled"}
        )
        table = table.merge(agreed, on=["series", "date"], how="left")
    return _after_history(table, forecast.history) if history else table


def _after_history(table: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    past = history[["series", "date", "value"]].assign(kind="history")
    # reindex, not concat, gives the past its empty columns: concat would guess their types.
    past = past.reindex(columns=table.columns).astype(table.dtypes.to_dict())
    parts = []
    for name in pd.unique(table["series"]):
        parts += [
            past[past["series"] == name],
            table[table["series"] == name],
        ]
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True)
    if "note" in whole.columns:
        whole["note"] = whole["note"].fillna("")
    return whole


def wide_form(
    long: pd.DataFrame, figures: tuple[str, ...] = ("value",)
) -> pd.DataFrame:
    """A long form with dates across: a row a series and figure, a column (ISO text) a date.

    Parameters
    ----------
    long
        series, date and some of the `figures`.
    figures
        Its columns that are wanted; those it lacks are passed over.

    Returns
    -------
    pandas.DataFrame
        In the order of the series:

        - series : text
        - figure : name of the column it came from
        - a column a date, in the units of the figure

    Examples
    --------
    >>> dates = pd.to_datetime(["2024-01-01", "2024-02-01"])
    >>> wide_form(pd.DataFrame({"series": ["a", "a"], "date": dates, "value": [1.0, 2.0]}))
      series figure  2024-01-01  2024-02-01
    0      a  value         1.0         2.0
    """
    require(long, "series", "date")
    present = [name for name in figures if name in long.columns]
    if not present:
        raise ValueError(
            f"the long form has none of the figures {', '.join(figures)}"
        )
    columns, across = np.unique(
        pd.to_datetime(long["date"]).dt.strftime("%Y-%m-%d").to_numpy(dtype=str),
        return_inverse=True,
    )
    rows, names = pd.factorize(long["series"])
    grid = np.full((len(names), len(present), len(columns)), np.nan)
    for position, name in enumerate(present):
        grid[rows, position, across] = long[name].to_numpy(float)
    wide = pd.DataFrame(
        grid.reshape(-1, len(columns)),
        columns=columns.astype(object),
    )
    wide.insert(
        0,
        "figure",
        np.tile(np.array(present, dtype=object), len(names)),
    )
    wide.insert(
        0,
        "series",
        np.repeat(np.asarray(names, dtype=object), len(present)),
    )
    return wide
