"""How good the last forecast was, now that the actuals are in: beside seasonal naive made that day, and beside what was set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import FIGURES, Overridden
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.periods import recognise
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

__all__ = ["ForecastScore", "forecast_to_keep", "score_forecast"]

_FORECASTERS = {"final": "value", "model": "model_value", "seasonal_naive": "naive"}


@dataclass(frozen=True, eq=False)
class ForecastScore:
    """`periods`: series, date, step, actual, value (what was planned), model_value, naive, error (planned - actual), absolute_error, percent_error (share of the actual; NaN
    where that is 0), inside_80, inside_95, overridden, note. `scores`: series ("" for all together), forecaster ("final": as planned, "model", "seasonal_naive"), periods, mae, rmse, mase, mape and smape
    (percent), bias (mean error), bias_share (of mean actual), inside_80, inside_95 (of "final"; NaN for others). `added`: series ("" for all), by ("model": over seasonal naive; "hand": over the model, in the
    overridden periods), periods, mae_before, mae_after, added (share of the error taken away; negative: put on). `waiting`: series, date of periods without an actual yet. `notes`: (key, details).
    """

    periods: pd.DataFrame
    scores: pd.DataFrame
    added: pd.DataFrame
    waiting: pd.DataFrame
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """periods, waiting, mae, mase, mape, smape, bias_share (of the plan, all series together), mae_model, mae_naive, inside_80, inside_95, added_by_model, added_by_hand (shares; None: nothing to compare)."""
        everyone = self.scores[self.scores["series"] == ""].set_index("forecaster")
        added = self.added[self.added["series"] == ""].set_index("by")["added"]

        def told(value: Any) -> float | None:
            return None if value is None or not np.isfinite(value) else float(value)

        figures = {
            name: told(everyone.loc["final", name])
            for name in ("mae", "mase", "mape", "smape", "bias_share", "inside_80", "inside_95")
        }
        return {
            "periods": float(len(self.periods)),
            "waiting": float(len(self.waiting)),
            **figures,
            "mae_model": told(everyone.loc["model", "mae"]),
            "mae_naive": told(everyone.loc["seasonal_naive", "mae"]),
            "added_by_model": told(added.get("model")),
            "added_by_hand": told(added.get("hand")),
        }


def forecast_to_keep(forecast: Forecast, overridden: Overridden | None = None) -> pd.DataFrame:
    """All that scoring needs when the actuals arrive, as one table to keep.

    Out: series, date, step (1: the first period ahead), every, made (the last day known then), label (the model), value, lo_80, hi_80, lo_95, hi_95 (as planned), model_value, overridden, note, naive (seasonal naive
    as of then), scale (mean absolute error of in-sample seasonal naive, by which MASE divides; NaN without one).
    """
    table = (forecast.ahead if overridden is None else overridden.ahead).reset_index(drop=True)
    if overridden is None:
        table = table.assign(model_value=table["value"], overridden=False, note="")
    names = table["series"].astype(str)
    seasons = dict(
        zip(
            forecast.series["series"].astype(str),
            forecast.series["season"].astype(int),
            strict=True,
        )
    )
    labels = dict(
        zip(
            forecast.series["series"].astype(str), forecast.series["label"].astype(str), strict=True
        )
    )
    naive, scale, made = np.full(len(table), np.nan), np.full(len(table), np.nan), {}
    past = {
        str(name): part.sort_values("date")
        for name, part in forecast.history.groupby("series", sort=False, observed=True)
    }
    for name, rows in table.groupby(names, sort=False).groups.items():
        values = past[str(name)]["value"].to_numpy(float)
        season = seasons[str(name)]
        naive[rows] = _seasonal_naive(values, season, len(rows))
        scale[rows] = _naive_scale(values, season)
        made[str(name)] = past[str(name)]["date"].iloc[-1]
    kept = table[
        [
            "series",
            "date",
            *(name for name in FIGURES if name in table.columns),
            "model_value",
            "overridden",
            "note",
        ]
    ].copy()
    kept.insert(2, "step", kept.groupby("series", sort=False, observed=True).cumcount() + 1)
    kept.insert(3, "every", forecast.every)
    kept.insert(4, "made", pd.to_datetime(names.map(made)).to_numpy())
    kept.insert(5, "label", names.map(labels).to_numpy())
    return kept.assign(naive=naive, scale=scale)


def score_forecast(kept: pd.DataFrame, demand: pd.DataFrame) -> ForecastScore:
    """What came against what was planned, period by period.

    Errors: MAE, RMSE, MAPE, sMAPE (0 to 200 %), bias, and MASE (Hyndman & Koehler, Int. J. Forecasting 22, 2006), MAE divided by that of seasonal naive on the history
    known then. Forecast value added (Gilliland, The Business Forecasting Deal, 2010): what each step took off the error of the one before. Over all series, MAE and RMSE are of all periods and
    MASE the mean of the series'.

    Parameters
    ----------
    kept
        What `forecast_to_keep` gave.
    demand
        series, date, value with what has come since, by the same period; rows marked `partial` are passed over.

    Raises
    ------
    AnalysisError
        "planning.not_kept": the table is not a kept forecast; "planning.no_actuals": no period of the forecast has an actual yet; the details have `start`.
    """
    lacking = [
        name
        for name in ("series", "date", "value", "model_value", "naive", "every", "scale")
        if name not in kept.columns
    ]
    if lacking:
        raise AnalysisError("planning.not_kept", columns=lacking)
    require(demand, "date", "value")
    notes: list[Message] = []
    came = demand[demand["value"].notna()]
    if "partial" in came.columns:
        partial = came["partial"].eq(True)
        if partial.any():
            notes.append(Message("planning.note.partial", {"count": int(partial.sum())}))
        came = came[~partial]
    grid = recognise(
        pd.to_datetime(kept["date"]), str(kept["every"].iloc[0]) if len(kept) else None
    )
    actual = pd.DataFrame(
        {
            "name": came["series"].astype(str).to_numpy(dtype=object)
            if "series" in came.columns
            else "all",
            "number": grid.number(pd.to_datetime(came["date"]).to_numpy()),
            "actual": came["value"].to_numpy(float),
        }
    )
    actual = actual.groupby(["name", "number"], as_index=False)["actual"].sum()
    both = kept.reset_index(drop=True).assign(
        name=kept["series"].astype(str).to_numpy(dtype=object),
        number=grid.number(pd.to_datetime(kept["date"]).to_numpy()),
    )
    both = both.merge(actual, on=["name", "number"], how="left")
    waiting = both.loc[both["actual"].isna(), ["series", "date"]].reset_index(drop=True)
    known = both[both["actual"].notna()].reset_index(drop=True)
    if known.empty:
        raise AnalysisError(
            "planning.no_actuals", start=str(pd.to_datetime(kept["date"]).min())[:10]
        )
    if len(waiting):
        notes.append(Message("planning.note.waiting", {"count": len(waiting), "known": len(known)}))
    error = known["value"] - known["actual"]
    periods = known[["series", "date", "step", "actual", "value", "model_value", "naive"]].copy()
    periods["error"], periods["absolute_error"] = error, error.abs()
    periods["percent_error"] = np.divide(
        error,
        known["actual"],
        out=np.full(len(known), np.nan),
        where=known["actual"].to_numpy() != 0,
    )
    for level in (80, 95):
        periods[f"inside_{level}"] = (
            known["actual"].between(known[f"lo_{level}"], known[f"hi_{level}"])
            if f"lo_{level}" in known.columns
            else pd.NA
        )
    periods["overridden"], periods["note"] = known["overridden"].astype(bool), known["note"]
    scale = known["scale"].to_numpy(float)
    groups = [
        (str(name), np.asarray(rows))
        for name, rows in periods.groupby("series", sort=False, observed=True).indices.items()
    ]
    scores = [
        _score(periods, scale, name, rows, who) for name, rows in groups for who in _FORECASTERS
    ]
    overall = [_score(periods, scale, "", np.arange(len(periods)), who) for who in _FORECASTERS]
    for row in overall:
        each = [
            other["mase"]
            for other in scores
            if other["forecaster"] == row["forecaster"] and np.isfinite(other["mase"])
        ]
        row["mase"] = float(np.mean(each)) if each else float("nan")
    added = [
        row
        for name, rows in [("", np.arange(len(periods))), *groups]
        for row in _added(periods, name, rows)
    ]
    columns = ["series", "by", "periods", "mae_before", "mae_after", "added"]
    return ForecastScore(
        periods,
        pd.DataFrame(overall + scores),
        pd.DataFrame(added, columns=columns),
        waiting,
        tuple(notes),
    )


def _seasonal_naive(values: np.ndarray, season: int, steps: int) -> np.ndarray:
    """The last figure known of the same season, each step; of no season the last figure known."""
    season = season if season <= len(values) else 1
    last = (
        pd.Series(values).groupby(np.arange(len(values)) % season).last()
    )  # the last that is not missing
    phases = (len(values) + np.arange(steps)) % season
    found = last.reindex(phases).to_numpy(float)
    known = values[np.isfinite(values)]
    return np.where(np.isfinite(found), found, known[-1] if len(known) else 0.0)


def _naive_scale(values: np.ndarray, season: int) -> float:
    lag = season if len(values) > season else 1
    differences = np.abs(values[lag:] - values[:-lag])
    differences = differences[np.isfinite(differences)]
    scale = float(differences.mean()) if len(differences) else float("nan")
    return scale if scale > 0 else float("nan")


def _score(
    periods: pd.DataFrame, scale: np.ndarray, name: str, rows: np.ndarray, who: str
) -> dict[str, Any]:
    actual = periods["actual"].to_numpy(float)[rows]
    planned = periods[_FORECASTERS[who]].to_numpy(float)[rows]
    error = planned - actual
    nonzero = actual != 0
    size = np.abs(planned) + np.abs(actual)
    final = who == "final"
    return {
        "series": name,
        "forecaster": who,
        "periods": len(rows),
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "mase": float((np.abs(error) / scale[rows]).mean()),
        "mape": float(100 * np.abs(error[nonzero] / actual[nonzero]).mean())
        if nonzero.any()
        else float("nan"),
        "smape": float(
            200 * np.divide(np.abs(error), size, out=np.zeros_like(error), where=size > 0).mean()
        ),
        "bias": float(error.mean()),
        "bias_share": float(error.mean() / actual.mean()) if actual.mean() else float("nan"),
        "inside_80": float(periods["inside_80"].to_numpy()[rows].astype(float).mean())
        if final and periods["inside_80"].notna().all()
        else float("nan"),
        "inside_95": float(periods["inside_95"].to_numpy()[rows].astype(float).mean())
        if final and periods["inside_95"].notna().all()
        else float("nan"),
    }


def _added(periods: pd.DataFrame, name: str, rows: np.ndarray) -> list[dict[str, Any]]:
    part = periods.iloc[rows]
    touched = part[part["overridden"]]
    said = []
    for by, before, after, of in (
        ("model", "naive", "model_value", part),
        ("hand", "model_value", "value", touched),
    ):
        if len(of):
            worse, better = (
                float((of[column] - of["actual"]).abs().mean()) for column in (before, after)
            )
            share = 1 - better / worse if worse > 0 else (0.0 if better == 0 else float("nan"))
            said.append(
                {
                    "series": name,
                    "by": by,
                    "periods": len(of),
                    "mae_before": worse,
                    "mae_after": better,
                    "added": share,
                }
            )
    return said
