"""What a person decided about the forecast, as the workspace saves it.

Holidays, events, what is left out, values by hand, stock, and forecasts to be scored later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import (
    overrides_from_records,
    overrides_to_records,
)
from crm_analysis.analyses.forecast.series.selection import DemandOptions
from crm_analysis.presentation.ui import workspace
from crm_analysis.workspace import Saved

_COUNTRY, _EVENTS, _LEFT_OUT = (
    "forecast-country",
    "forecast-events",
    "forecast-left_out",
)
_OVERRIDES, _STOCK, _FORECAST = (
    "forecast-overrides",
    "forecast-stock",
    "forecast-kept",
)
_MAXIMUM_SAVED = 24  # forecasts of the same series


def country() -> str:
    """Whose public holidays are known beforehand ("" for nobody's)."""
    return str(workspace().settings.get(_COUNTRY) or "")


def save_country(code: str) -> None:
    """Remember whose holidays count."""
    workspace().settings[_COUNTRY] = code


def events() -> tuple[tuple[str, str, str], ...]:
    """Events of the past and to come: name, first day, last day."""
    saved = workspace().settings.get(_EVENTS) or ()
    return tuple((str(name), str(first), str(last)) for name, first, last in saved)


def save_events(rows: Iterable[tuple[str, str, str]]) -> None:
    """Remember the events."""
    workspace().settings[_EVENTS] = [list(row) for row in rows]


def left_out(selection: DemandOptions) -> tuple[tuple[str, str], ...]:
    """(series, day) that is not to be learnt from."""
    saved = workspace().settings.get(_LEFT_OUT) or {}
    return tuple(
        (str(series), str(day))
        for series, day in saved.get(selection.saved_name) or ()
    )


def save_left_out(
    selection: DemandOptions, days: Iterable[tuple[str, str]]
) -> None:
    """Remember what is left out of these series."""
    saved = dict(workspace().settings.get(_LEFT_OUT) or {})
    saved[selection.saved_name] = [list(day) for day in sorted(set(days))]
    workspace().settings[_LEFT_OUT] = saved


def overrides(selection: DemandOptions) -> pd.DataFrame:
    """Values set by hand: series, date, value, note."""
    saved = workspace().saved_one(_OVERRIDES, selection.saved_name)
    return overrides_from_records(saved.payload["records"] if saved else ())


def save_overrides(selection: DemandOptions, table: pd.DataFrame) -> None:
    """Save values set by hand; an empty table takes back what was saved."""
    if table.empty:
        workspace().forget(_OVERRIDES, selection.saved_name)
        return
    workspace().save(
        _OVERRIDES, selection.saved_name, {"records": overrides_to_records(table)}
    )


def stock(selection: DemandOptions) -> pd.DataFrame:
    """What is known of the stock: series, on_hand, on_order, pack, minimum, cost."""
    saved = workspace().saved_one(_STOCK, selection.by)
    return (
        saved.frame("stock")
        if saved
        else pd.DataFrame({"series": pd.Series(dtype=object)})
    )


def save_stock(selection: DemandOptions, table: pd.DataFrame) -> None:
    """Save what is known of the stock; rows of series that are not in `table` stay."""
    before = stock(selection)
    others = before[~before["series"].isin(table["series"])]
    if len(others):
        table = pd.concat([others, table], ignore_index=True)
    workspace().save(_STOCK, selection.by, {}, {"stock": table})


def save_forecast(
    selection: DemandOptions,
    table: pd.DataFrame,
    details: dict[str, Any],
) -> None:
    """Save a forecast, to be scored when the actuals arrive; only the newest of them stay."""
    workspace().save(
        _FORECAST,
        f"{selection.saved_name} {details['made']} {len(table)}",
        {"place": selection.saved_name, **details},
        {"kept": table},
    )
    for old in saved_forecasts(selection)[:-_MAXIMUM_SAVED]:
        workspace().forget(_FORECAST, old.name)


def saved_forecasts(selection: DemandOptions) -> list[Saved]:
    """The forecasts saved of these series, the newest last."""
    return [
        saved
        for saved in workspace().saved(_FORECAST)
        if saved.payload.get("place") == selection.saved_name
    ]
