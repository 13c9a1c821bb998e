"""A forecast as it now stands: values set by hand, taken back without a trace; its paths."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.periods import recognise
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

NEGLIGIBLE = 1e-9  # demand so small that its multiples mean nothing
FIGURES = ("value", "lo_80", "hi_80", "lo_95", "hi_95")


@dataclass(frozen=True, eq=False)
class Overridden:
    """A forecast with values set by hand.

    Attributes
    ----------
    ahead : pandas.DataFrame
        The forecast, a row a series and date, with its own columns and

        - value : units of demand as they now stand
        - lo_80, hi_80, lo_95, hi_95 : ends of the intervals as they now stand, in units
        - model_value : units the model expects
        - model_lo_80, model_hi_80, model_lo_95, model_hi_95 : the model's intervals, in units
        - overridden : bool, whether the value was set by hand
        - note : text, why; "" where nobody said

    applied, unmatched : pandas.DataFrame
        The overrides that met a period of the forecast, and those that did not: a period gone by,
        a series no longer there.

        - series : text
        - date : first day of the period
        - value : units
        - note : text

    notes : tuple of Message
        What the reader should know.
    """

    ahead: pd.DataFrame
    applied: pd.DataFrame
    unmatched: pd.DataFrame
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Overridden and unmatched (counts), model_total, total (units), change (share or None)."""
        model_total = float(self.ahead["model_value"].sum())
        total = float(self.ahead["value"].sum())
        return {
            "overridden": float(self.ahead["overridden"].sum()),
            "unmatched": float(len(self.unmatched)),
            "model_total": model_total,
            "total": total,
            "change": total / model_total - 1 if model_total else None,
        }


def override(
    ahead: pd.DataFrame,
    overrides: pd.DataFrame,
    *,
    intervals: Literal["scale", "shift"] = "scale",
) -> Overridden:
    """Put a person's values in place of the model's, which stay beside them.

    Parameters
    ----------
    ahead
        series, date, value, lo_80, hi_80, lo_95, hi_95: the `ahead` of a forecast, or of an
        earlier `override`, which is undone first: what comes out depends on the model's values
        and these overrides only, and without overrides it is the model's.
    overrides
        series, date, value (units, at least 0), maybe note. Of several for a period the last holds.
    intervals
        How the intervals follow. "scale" keeps their width relative to the value: both ends times
        new / old, or shifted where the model's value is 0. "shift" keeps their width in units.
        No end falls below 0.

    Returns
    -------
    Overridden
        The forecast `.ahead` with the model's values beside; overrides `.applied` and `.unmatched`.

    Raises
    ------
    AnalysisError
        "planning.override_value": a value is missing, below 0 or infinite.

    Examples
    --------
    >>> ahead = pd.DataFrame({
    ...     "series": ["a"], "date": pd.to_datetime(["2024-01-01"]),
    ...     "value": [10.0], "lo_80": [8.0], "hi_80": [12.0], "lo_95": [6.0], "hi_95": [14.0],
    ... })
    >>> by_hand = pd.DataFrame({"series": ["a"], "date": ["2024-01-01"], "value": [20.0]})
    >>> override(ahead, by_hand).ahead[["value", "lo_80", "hi_80", "model_value"]]
       value  lo_80  hi_80  model_value
    0   20.0   16.0   24.0         10.0
    """
    entered = _checked(overrides)
    table = _as_modelled(ahead)
    figures = [name for name in FIGURES if name in table.columns]
    for name in figures:
        table[f"model_{name}"] = table[name]
    periods = pd.MultiIndex.from_arrays(
        [table["series"].astype(str), _days(table["date"])]
    )
    keys = pd.MultiIndex.from_arrays([entered["series"], entered["date"]])
    position = (
        keys.get_indexer(periods) if len(entered) else np.full(len(table), -1)
    )
    overridden = position >= 0
    rows = position[overridden]
    old = table["value"].to_numpy(float)[overridden]
    new = entered["value"].to_numpy(float)[rows]
    for name in figures:
        column = table[name].to_numpy(float, copy=True)
        column[overridden] = new
        if name != "value":
            column[overridden] = moved(
                table[name].to_numpy(float)[overridden], old, new, intervals
            )
        table[name] = column
    notes = np.full(len(table), "", dtype=object)
    notes[overridden] = entered["note"].to_numpy(dtype=object)[rows]
    table["overridden"], table["note"] = overridden, notes
    matched = np.isin(np.arange(len(entered)), rows)
    unmatched = entered[~matched].reset_index(drop=True)
    series = sorted(set(unmatched["series"]))[:5]
    note = Message(
        "planning.note.override_unmatched",
        {"count": len(unmatched), "series": series},
    )
    return Overridden(
        table,
        entered[matched].reset_index(drop=True),
        unmatched,
        (note,) if series else (),
    )


def overrides_to_records(overrides: pd.DataFrame) -> list[dict[str, Any]]:
    """Overrides as plain JSON values (ISO dates), as a workspace saves them.

    >>> overrides = pd.DataFrame({"series": ["a"], "date": ["2024-01-01"], "value": [20]})
    >>> overrides_to_records(overrides)
    [{'series': 'a', 'date': '2024-01-01', 'value': 20.0, 'note': ''}]
    """
    table = _checked(overrides)
    return table.assign(date=table["date"].dt.strftime("%Y-%m-%d")).to_dict(
        "records"
    )


def overrides_from_records(
    records: Iterable[Mapping[str, Any]],
) -> pd.DataFrame:
    """The table of overrides (series, date, value, note) that `overrides_to_records` was given."""
    return _checked(
        pd.DataFrame(
            [
                (row["series"], row["date"], row["value"], row.get("note", ""))
                for row in records
            ],
            columns=["series", "date", "value", "note"],
        )
    )


def replace_overrides(
    overrides: pd.DataFrame, series: str, edited: pd.DataFrame
) -> pd.DataFrame:
    """The overrides with the periods of one series as a person has just edited them.

    `edited`: date, value (units; missing: as the model has it), note. What was set for other
    series and for other periods stays.

    >>> day = ["2024-01-01"]
    >>> overrides = pd.DataFrame({"series": ["a", "b"], "date": day * 2, "value": [1, 2]})
    >>> as_modelled = pd.DataFrame({"date": day, "value": [None], "note": [None]})
    >>> replace_overrides(overrides, "a", as_modelled)["series"].tolist()
    ['b']
    """
    table = _checked(overrides)
    others = table[
        (table["series"] != series) | ~table["date"].isin(_days(edited["date"]))
    ]
    records = overrides_to_records(others) + overrides_to_records(
        edited.dropna(subset=["value"]).assign(series=series)
    )
    return overrides_from_records(records)


def _checked(overrides: pd.DataFrame) -> pd.DataFrame:
    """One row a series and date, the last; names and notes text, dates days, values numbers."""
    require(overrides, "series", "date", "value")
    note = overrides.get(
        "note", pd.Series("", index=overrides.index, dtype=object)
    ).astype(object)
    note = note.where(note.notna(), "").astype(str)
    value = pd.to_numeric(overrides["value"], errors="coerce")
    table = pd.DataFrame(
        {
            "series": overrides["series"].astype(str).to_numpy(dtype=object),
            "date": _days(overrides["date"]),
            "value": value.to_numpy(dtype=float, na_value=math.nan),
            "note": note.to_numpy(dtype=object),
        }
    )
    possible = (
        np.isfinite(table["value"]) & (table["value"] >= 0) & table["date"].notna()
    )
    if not possible.all():
        wrong = table.loc[~possible, "series"]
        raise AnalysisError(
            "planning.override_value",
            series=str(wrong.iloc[0]),
            count=len(wrong),
        )
    return table.drop_duplicates(["series", "date"], keep="last", ignore_index=True)


def _as_modelled(ahead: pd.DataFrame) -> pd.DataFrame:
    """A copy of the forecast as the model made it: an earlier override is undone."""
    require(ahead, "series", "date", "value")
    table = ahead.reset_index(drop=True).copy()
    for name in FIGURES:
        if f"model_{name}" in table.columns:
            table[name] = table.pop(f"model_{name}")
    return table.drop(columns=["overridden", "note"], errors="ignore")


def _days(dates: pd.Series) -> np.ndarray:
    return (
        pd.to_datetime(dates)
        .to_numpy()
        .astype("datetime64[D]")
        .astype("datetime64[ns]")
    )


def moved(
    figures: np.ndarray, old: np.ndarray, new: np.ndarray, how: str = "scale"
) -> np.ndarray:
    """Figures around values (ends of intervals, paths) after these went from old to new.

    Multiplied by new / old (`how` "scale", where the old value is not 0) or moved by the
    difference; never below 0.
    """
    shifted = figures + (new - old)
    if how == "scale":
        positive = old > NEGLIGIBLE
        ratio = np.divide(new, old, out=np.ones_like(new), where=positive)
        shifted = np.where(positive, figures * ratio, shifted)
    return np.maximum(shifted, 0.0)


def sample_paths(
    forecast: Forecast,
    ahead: pd.DataFrame | None = None,
    *,
    samples: int = 1000,
    seed: int = 0,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Of each series its dates (datetime64[ns], ascending) and samples x periods of demand.

    Demand is at least 0, and series are drawn apart. `ahead` is the same forecast with other
    values (overridden, under a scenario): the paths of a period are multiplied by new / old value,
    or moved by the difference where the old one is 0. Series and periods that `ahead` lacks are
    left out.
    """
    modelled = _by_series(forecast.ahead)
    planned = modelled if ahead is None else _by_series(ahead)
    drawn = {}
    for series, (dates, values) in modelled.items():
        if series not in planned:
            continue
        paths = forecast.paths(series, samples, seed)
        if ahead is not None:
            planned_dates, planned_values = planned[series]
            shared = np.isin(dates, planned_dates)
            dates, old = dates[shared], values[shared]
            new = planned_values[np.searchsorted(planned_dates, dates)]
            paths = moved(paths[:, shared], old, new)
        drawn[series] = (dates, paths)
    return drawn


def _by_series(ahead: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    require(ahead, "series", "date", "value")
    parts = {}
    for name, part in ahead.groupby("series", sort=False, observed=True):
        part = part.sort_values("date")
        parts[str(name)] = (
            pd.to_datetime(part["date"]).to_numpy().astype("datetime64[ns]"),
            part["value"].to_numpy(float),
        )
    return parts


def period_edges(dates: np.ndarray, every: str | None = None) -> np.ndarray:
    """Where the periods dated by `dates` begin, and where the last ends (datetime64[ns]).

    Months are as long as they are.

    >>> month_ends = np.array(["2024-01-31", "2024-02-29"], dtype="datetime64[ns]")
    >>> period_edges(month_ends, "month").astype("datetime64[D]").astype(str).tolist()
    ['2024-01-01', '2024-02-01', '2024-03-01']
    """
    grid = recognise(dates, every).by_first_days
    numbers = grid.number(dates)
    return grid.dates(np.append(numbers, numbers[-1] + 1))
