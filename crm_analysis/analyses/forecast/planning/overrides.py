"""What a person knows better: values of a forecast set by hand, each with a note, and taken back without a trace."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

__all__ = [
    "FIGURES",
    "NOTHING",
    "Overridden",
    "override",
    "overrides_from_records",
    "overrides_to_records",
]

NOTHING = 1e-9  # demand so small that its multiples mean nothing
FIGURES = ("value", "lo_80", "hi_80", "lo_95", "hi_95")


@dataclass(frozen=True, eq=False)
class Overridden:
    """A forecast with values set by hand.

    `ahead`: the forecast's own columns, with `value` and the intervals as they now stand; model_value, model_lo_80, model_hi_80, model_lo_95,
    model_hi_95 (what the model said), overridden (bool), note (text, "" where none). `applied` and `unmatched`: series, date, value, note of the
    overrides that met a period of the forecast and of those that did not (a period gone by, a series no longer there). `notes`: (key, details).
    """

    ahead: pd.DataFrame
    applied: pd.DataFrame
    unmatched: pd.DataFrame
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Overridden (periods), unmatched, model_total, total (over the whole forecast), change (share of the model's total; None where that is 0)."""
        model, now = float(self.ahead["model_value"].sum()), float(self.ahead["value"].sum())
        return {
            "overridden": float(self.ahead["overridden"].sum()),
            "unmatched": float(len(self.unmatched)),
            "model_total": model,
            "total": now,
            "change": now / model - 1 if model else None,
        }


def override(
    ahead: pd.DataFrame, overrides: pd.DataFrame, *, intervals: Literal["scale", "shift"] = "scale"
) -> Overridden:
    """The forecast with a person's values in place of the model's, which stay beside.

    Parameters
    ----------
    ahead
        series, date, value, lo_80, hi_80, lo_95, hi_95: the `ahead` of a forecast, or of an earlier `override`, which is undone first: what
        comes out depends on the model's values and these overrides only, and with no overrides it is the model's.
    overrides
        series, date, value (at least 0) and, if there is one, note. Of several for one period the last holds.
    intervals
        How the intervals follow: "scale" keeps their width relative to the value (both ends times new / old; where the model's value is 0,
        shifted), "shift" keeps their width in units (both ends plus new - old). No end falls below 0.

    Raises
    ------
    AnalysisError
        "planning.override_value": a value is missing, below 0 or infinite.

    >>> ahead = pd.DataFrame({"series": ["a"], "date": pd.to_datetime(["2024-01-01"]), "value": [10.0], "lo_80": [8.0], "hi_80": [12.0],
    ...                       "lo_95": [6.0], "hi_95": [14.0]})
    >>> ours = pd.DataFrame({"series": ["a"], "date": ["2024-01-01"], "value": [20.0], "note": ["fair in town"]})
    >>> override(ahead, ours).ahead[["value", "lo_80", "hi_80", "model_value", "note"]].to_dict("records")
    [{'value': 20.0, 'lo_80': 16.0, 'hi_80': 24.0, 'model_value': 10.0, 'note': 'fair in town'}]
    """
    wanted = _checked(overrides)
    table = _as_modelled(ahead)
    columns = [*(name for name in FIGURES if name in table.columns)]
    for name in columns:
        table[f"model_{name}"] = table[name]
    at = pd.MultiIndex.from_arrays([table["series"].astype(str), _days(table["date"])])
    keys = pd.MultiIndex.from_arrays([wanted["series"], _days(wanted["date"])])
    place = keys.get_indexer(at) if len(wanted) else np.full(len(table), -1)
    hit = place >= 0
    new = wanted["value"].to_numpy(float)[place[hit]] if hit.any() else np.empty(0)
    old = table["value"].to_numpy(float)[hit]
    for name in columns:
        figures = table[name].to_numpy(float, copy=True)
        figures[hit] = new if name == "value" else _follow(figures[hit], old, new, intervals)
        table[name] = figures
    notes = np.full(len(table), "", dtype=object)
    if hit.any():
        notes[hit] = wanted["note"].to_numpy(dtype=object)[place[hit]]
    table["overridden"], table["note"] = hit, notes
    met = np.zeros(len(wanted), dtype=bool)
    met[place[hit]] = True
    unmatched = wanted[~met].reset_index(drop=True)
    said: list[Message] = []
    if len(unmatched):
        said.append(
            Message(
                "planning.note.override_unmatched",
                {"count": len(unmatched), "series": sorted(set(unmatched["series"]))[:5]},
            )
        )
    return Overridden(table, wanted[met].reset_index(drop=True), unmatched, tuple(said))


def overrides_to_records(overrides: pd.DataFrame) -> list[dict[str, Any]]:
    """Overrides as plain JSON values (ISO dates), as a workspace keeps them.

    >>> overrides_to_records(pd.DataFrame({"series": ["a"], "date": pd.to_datetime(["2024-01-01"]), "value": [20], "note": ["fair"]}))
    [{'series': 'a', 'date': '2024-01-01', 'value': 20.0, 'note': 'fair'}]
    """
    table = _checked(overrides)
    dates = table["date"].dt.strftime("%Y-%m-%d").tolist()
    return [
        {"series": series, "date": date, "value": float(value), "note": note}
        for series, date, value, note in zip(
            table["series"].tolist(),
            dates,
            table["value"].tolist(),
            table["note"].tolist(),
            strict=True,
        )
    ]


def overrides_from_records(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The frame of overrides (series, date, value, note) from what `overrides_to_records` gave; empty from nothing."""
    rows = [(row["series"], row["date"], row["value"], row.get("note", "")) for row in records]
    return _checked(pd.DataFrame(rows, columns=["series", "date", "value", "note"]))


def _checked(overrides: pd.DataFrame) -> pd.DataFrame:
    """One row a series and date, the last; names and notes text, dates days, values numbers that can be demand."""
    require(overrides, "series", "date", "value")
    note = (
        overrides["note"] if "note" in overrides.columns else pd.Series("", index=overrides.index)
    )
    table = pd.DataFrame(
        {
            "series": overrides["series"].astype(str).to_numpy(dtype=object),
            "date": _days(overrides["date"]),
            "value": pd.to_numeric(overrides["value"], errors="coerce").to_numpy(
                dtype=float, na_value=math.nan
            ),
            "note": note.astype(object).where(note.notna(), "").astype(str).to_numpy(dtype=object),
        }
    )
    wrong = (
        ~(np.isfinite(table["value"].to_numpy()) & (table["value"].to_numpy() >= 0))
        | table["date"].isna().to_numpy()
    )
    if wrong.any():
        raise AnalysisError(
            "planning.override_value",
            series=str(table["series"][wrong].iloc[0]),
            count=int(wrong.sum()),
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
    return pd.to_datetime(dates).to_numpy().astype("datetime64[D]").astype("datetime64[ns]")


def _follow(bound: np.ndarray, old: np.ndarray, new: np.ndarray, intervals: str) -> np.ndarray:
    shifted = bound + (new - old)
    if intervals == "shift":
        return np.maximum(shifted, 0.0)
    there = old > NOTHING
    scaled = bound * np.divide(new, old, out=np.ones_like(new), where=there)
    return np.maximum(np.where(there, scaled, shifted), 0.0)
