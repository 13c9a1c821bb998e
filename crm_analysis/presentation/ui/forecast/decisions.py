"""What a person decided about the forecast and the workspace keeps: holidays, events, what is left out, values by hand, stock, kept forecasts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import (
    overrides_from_records,
    overrides_to_records,
)
from crm_analysis.analyses.forecast.series.selection import DemandOptions
from crm_analysis.presentation.ui.session import workspace
from crm_analysis.workspace import Saved

_COUNTRY, _EVENTS, _LEFT_OUT = "forecast-country", "forecast-events", "forecast-left_out"
_OVERRIDES, _STOCK, _FORECAST = "forecast-overrides", "forecast-stock", "forecast-kept"
_MOST_KEPT = 24


def country() -> str:
    """Whose public holidays are known beforehand ("" for nobody's)."""
    return str(workspace().settings.get(_COUNTRY) or "")


def keep_country(code: str) -> None:
    """Remember whose holidays count."""
    workspace().settings[_COUNTRY] = code


def events() -> tuple[tuple[str, str, str], ...]:
    """Events of the past and to come: name, first day, last day."""
    return tuple(
        (str(name), str(first), str(last))
        for name, first, last in workspace().settings.get(_EVENTS) or ()
    )


def keep_events(rows: Iterable[tuple[str, str, str]]) -> None:
    """Remember the events."""
    workspace().settings[_EVENTS] = [list(row) for row in rows]


def left_out(what: DemandOptions) -> tuple[tuple[str, str], ...]:
    """(series, day) that is not to be learnt from."""
    mine = (workspace().settings.get(_LEFT_OUT) or {}).get(what.saved_name) or ()
    return tuple((str(series), str(day)) for series, day in mine)


def keep_left_out(what: DemandOptions, days: Iterable[tuple[str, str]]) -> None:
    """Remember what is left out of these series."""
    everything = dict(workspace().settings.get(_LEFT_OUT) or {})
    everything[what.saved_name] = [list(one) for one in sorted(set(days))]
    workspace().settings[_LEFT_OUT] = everything


def overrides(what: DemandOptions) -> pd.DataFrame:
    """Values set by hand: series, date, value, note."""
    saved = workspace().saved_one(_OVERRIDES, what.saved_name)
    return overrides_from_records(saved.payload["records"] if saved else ())


def keep_overrides(what: DemandOptions, table: pd.DataFrame) -> None:
    """Keep values set by hand; none take what was kept back."""
    if table.empty:
        workspace().forget(_OVERRIDES, what.saved_name)
    else:
        workspace().save(_OVERRIDES, what.saved_name, {"records": overrides_to_records(table)})


def stock(what: DemandOptions) -> pd.DataFrame:
    """What is known of the stock: series, on_hand, on_order, pack, minimum."""
    saved = workspace().saved_one(_STOCK, what.by)
    return saved.frame("stock") if saved else pd.DataFrame({"series": pd.Series(dtype=object)})


def keep_stock(what: DemandOptions, table: pd.DataFrame) -> None:
    """Keep what is known of the stock; rows of series that are not in `table` stay."""
    before = stock(what)
    rest = before[~before["series"].isin(table["series"])]
    workspace().save(
        _STOCK,
        what.by,
        {},
        {"stock": table if rest.empty else pd.concat([rest, table], ignore_index=True)},
    )


def keep_forecast(what: DemandOptions, table: pd.DataFrame, details: dict[str, Any]) -> None:
    """Keep a forecast, to be scored when the actuals arrive; only the newest of these series stay."""
    name = f"{what.saved_name} {details['made']} {len(table)}"
    workspace().save(_FORECAST, name, {"place": what.saved_name, **details}, {"kept": table})
    for old in kept_forecasts(what)[:-_MOST_KEPT]:
        workspace().forget(_FORECAST, old.name)


def kept_forecasts(what: DemandOptions) -> list[Saved]:
    """The forecasts kept of these series, the newest last."""
    return [
        one for one in workspace().saved(_FORECAST) if one.payload.get("place") == what.saved_name
    ]
