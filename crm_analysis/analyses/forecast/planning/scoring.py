"""A forecast as a table to save, and how good it was once the actuals are in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.accuracy import naive_scale, smape
from crm_analysis.analyses.forecast.planning.overrides import (
    FIGURES,
    Overridden,
)
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.periods import Grid, recognise
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

_FORECASTERS = {
    "final": "value",
    "model": "model_value",
    "seasonal_naive": "naive",
}
_SAVED = (
    "series",
    "date",
    "value",
    "model_value",
    "naive",
    "every",
    "scale",
)
_NAN = float("nan")


@dataclass(frozen=True, eq=False)
class ForecastScore:
    """What came against what was planned.

    Attributes
    ----------
    periods : pandas.DataFrame
        A row a series and period that has come:

        - series : text
        - date : first day of the period
        - step : count of periods ahead, from 1
        - actual : units of demand
        - value, model_value, naive : units as planned, by the model and by seasonal naive
        - error : units, planned less actual
        - absolute_error : units
        - percent_error : error as a share of the actual; NaN where that is 0
        - inside_80, inside_95 : bool, whether the actual lies in the interval
        - overridden : bool
        - note : text

    scores : pandas.DataFrame
        A row a series and forecaster:

        - series : text; "" for all together
        - forecaster : "final" (as planned), "model" or "seasonal_naive"
        - periods : count
        - mae, rmse, bias : units
        - mase : MAE in units of seasonal naive's usual error
        - mape, smape : percent
        - bias_share : bias as a share of the mean actual
        - inside_80, inside_95 : shares of the periods, of "final"; NaN for others

    added : pandas.DataFrame
        What each step took off the error of the one before (forecast value added):

        - series : text; "" for all
        - by : "model" (over seasonal naive) or "hand" (over the model, in overridden periods)
        - periods : count
        - mae_before, mae_after : units
        - added : share of the error taken away; negative: put on

    waiting : pandas.DataFrame
        Periods without an actual yet:

        - series, date : text, first day of the period

    notes : tuple of Message
        What the reader should know.
    made : str
        The last day known when the forecast was made (ISO); "" where it does not say so.
    measure : str
        What is measured, as the demand was asked for; "" where that is not known.
    """

    periods: pd.DataFrame
    scores: pd.DataFrame
    added: pd.DataFrame
    waiting: pd.DataFrame
    notes: tuple[Message, ...]
    made: str = ""
    measure: str = ""

    def summary(self) -> dict[str, float | None]:
        """Figures over all series; None where there is nothing to compare.

        periods, waiting (counts), mae, mae_model, mae_naive (units), mase, mape and smape
        (percent), and as shares bias_share, inside_80, inside_95, added_by_model, added_by_hand.
        """
        # A series may be called "" too; all together come first.
        scores = self.scores.drop_duplicates("forecaster").set_index("forecaster")
        added = self.added.drop_duplicates("by").set_index("by")["added"]
        names = (
            "mae",
            "mase",
            "mape",
            "smape",
            "bias_share",
            "inside_80",
            "inside_95",
        )
        figures = {name: scores.loc["final", name] for name in names}
        figures |= {
            "mae_model": scores.loc["model", "mae"],
            "mae_naive": scores.loc["seasonal_naive", "mae"],
            "added_by_model": added.get("model", _NAN),
            "added_by_hand": added.get("hand", _NAN),
        }
        counts = {
            "periods": float(len(self.periods)),
            "waiting": float(len(self.waiting)),
        }
        return counts | {
            name: float(value) if np.isfinite(value) else None
            for name, value in figures.items()
        }


def forecast_to_keep(
    forecast: Forecast, overridden: Overridden | None = None
) -> pd.DataFrame:
    """All that scoring needs when the actuals arrive, as one table to save.

    Parameters
    ----------
    forecast
        The result.
    overridden
        The same forecast with values set by hand, which are then what was planned.

    Returns
    -------
    pandas.DataFrame
        - series : text
        - date : first day of the period
        - step : count of periods ahead, from 1
        - every : the period
        - made : the last day known then
        - label : the model
        - value, lo_80, hi_80, lo_95, hi_95 : units as planned
        - model_value : units the model expects
        - overridden : bool
        - note : text
        - naive : units by seasonal naive as of then
        - scale : units, mean absolute error of in-sample seasonal naive, by which MASE divides;
          NaN without one

    Examples
    --------
    >>> from crm_analysis import ForecastOptions, forecast
    >>> dates = pd.date_range("2020-01-01", periods=24, freq="MS")
    >>> sales = pd.DataFrame({"date": dates, "value": 30.0})
    >>> options = ForecastOptions(horizon=2, model="seasonal_naive")
    >>> forecast_to_keep(forecast(sales, options))[["date", "step", "value", "model_value"]]
            date  step  value  model_value
    0 2022-01-01     1   30.0         30.0
    1 2022-02-01     2   30.0         30.0
    """
    if overridden is None:
        planned = forecast.ahead.assign(overridden=False, note="")
        planned["model_value"] = planned["value"]
    else:
        planned = overridden.ahead
    planned = planned.reset_index(drop=True)
    names = planned["series"].astype(str)
    facts = forecast.series.assign(series=forecast.series["series"].astype(str))
    facts = facts.set_index("series")
    naive, scale = (
        np.full(len(planned), np.nan),
        np.full(len(planned), np.nan),
    )
    made = {}
    past = {
        str(name): part.sort_values("date")
        for name, part in forecast.history.groupby(
            "series", sort=False, observed=True
        )
    }
    for name, rows in planned.groupby(names, sort=False).groups.items():
        values = past[str(name)]["value"].to_numpy(float)
        season = int(facts.loc[str(name), "season"])
        naive[rows] = _seasonal_naive(values, season, len(rows))
        scale[rows] = naive_scale(values, season)
        made[str(name)] = past[str(name)]["date"].iloc[-1]
    saved = planned[
        [
            "series",
            "date",
            *[name for name in FIGURES if name in planned.columns],
            "model_value",
            "overridden",
            "note",
        ]
    ].copy()
    saved.insert(
        2,
        "step",
        saved.groupby("series", sort=False, observed=True).cumcount() + 1,
    )
    saved.insert(3, "every", forecast.every)
    saved.insert(4, "made", pd.to_datetime(names.map(made)).to_numpy())
    saved.insert(5, "label", names.map(facts["label"].astype(str)).to_numpy())
    return saved.assign(naive=naive, scale=scale)


def has_actuals(saved: pd.DataFrame, demand: pd.DataFrame) -> bool:
    """Whether a period of a saved forecast has come."""
    days = demand.loc[demand["value"].notna(), "date"]
    return bool(len(days)) and pd.to_datetime(saved["date"]).min() <= days.max()


def score_forecast(saved: pd.DataFrame, demand: pd.DataFrame) -> ForecastScore:
    """What came against what was planned, period by period.

    Errors are MAE, RMSE, MAPE, sMAPE (0 to 200 %), bias and MASE: MAE divided by that of seasonal
    naive on the history known then. Over all series, MAE and RMSE are of all periods and MASE the
    mean of the series'. Forecast value added is what each step took off the error of the one
    before.

    Parameters
    ----------
    saved
        What `forecast_to_keep` gave.
    demand
        series, date, value with what has come since, by the same period; rows marked `partial` are
        passed over.

    Returns
    -------
    ForecastScore
        `.periods` that have come, the `.scores` of each forecaster, and the value `.added` by step.

    Raises
    ------
    AnalysisError
        "planning.not_kept": the table is not a saved forecast; "planning.no_actuals": no period of
        the forecast has an actual yet.

    References
    ----------
    Hyndman & Koehler, Another look at measures of forecast accuracy, Int. J. Forecasting 22, 2006;
    Gilliland, The Business Forecasting Deal, 2010.

    Examples
    --------
    >>> from crm_analysis import ForecastOptions, forecast
    >>> dates = pd.date_range("2020-01-01", periods=24, freq="MS")
    >>> sales = pd.DataFrame({"date": dates, "value": 30.0})
    >>> options = ForecastOptions(horizon=2, model="seasonal_naive")
    >>> saved = forecast_to_keep(forecast(sales, options))
    >>> came = pd.DataFrame({"date": pd.to_datetime(["2022-01-01"]), "value": [33.0]})
    >>> score_forecast(saved, came).periods[["date", "actual", "value", "error"]]
            date  actual  value  error
    0 2022-01-01    33.0   30.0   -3.0
    """
    lacking = [name for name in _SAVED if name not in saved.columns]
    if lacking:
        raise AnalysisError("planning.not_kept", columns=lacking)
    require(demand, "date", "value")
    came = demand[demand["value"].notna()]
    counts = {}
    if "partial" in came.columns:
        partial = came["partial"].eq(True)
        came = came[~partial]
        counts["partial"] = {"count": int(partial.sum())}
    every = str(saved["every"].iloc[0]) if len(saved) else None
    both = _with_actuals(
        saved, came, recognise(pd.to_datetime(saved["date"]), every)
    )
    observed = both[both["actual"].notna()].reset_index(drop=True)
    waiting = both.loc[both["actual"].isna(), ["series", "date"]].reset_index(
        drop=True
    )
    if observed.empty:
        raise AnalysisError(
            "planning.no_actuals",
            start=str(pd.to_datetime(saved["date"]).min())[:10],
        )
    counts["waiting"] = {"count": len(waiting), "observed": len(observed)}
    periods = _periods(observed)
    scale = observed["scale"].to_numpy(float)
    by_series = periods.groupby("series", sort=False, observed=True).indices
    groups = [("", np.arange(len(periods)))]
    groups += [(str(name), np.asarray(rows)) for name, rows in by_series.items()]
    scores = pd.DataFrame(
        [
            _score(periods, scale, name, rows, forecaster)
            for name, rows in groups
            for forecaster in _FORECASTERS
        ]
    )
    means = (
        scores[len(_FORECASTERS) :]
        .dropna(subset=["mase"])
        .groupby("forecaster")["mase"]
        .agg(lambda mase: np.mean(mase.to_numpy()))
    )
    together = scores.index < len(_FORECASTERS)
    scores.loc[together, "mase"] = scores.loc[together, "forecaster"].map(means)
    added = [
        row for name, rows in groups for row in _added(periods.iloc[rows], name)
    ]
    columns = [
        "series",
        "by",
        "periods",
        "mae_before",
        "mae_after",
        "added",
    ]
    return ForecastScore(
        periods,
        scores,
        pd.DataFrame(added, columns=columns),
        waiting,
        tuple(
            Message(f"planning.note.{key}", details)
            for key, details in counts.items()
            if details["count"]
        ),
        _made(saved),
    )


def _made(saved: pd.DataFrame) -> str:
    """The last day that was known when a saved forecast was made; "" where that is not in it."""
    days = pd.to_datetime(saved.get("made", pd.Series(dtype="datetime64[ns]")))
    return str(days.max())[:10] if days.notna().any() else ""


def _with_actuals(
    saved: pd.DataFrame, came: pd.DataFrame, grid: Grid
) -> pd.DataFrame:
    """The saved forecast with what came in each period, matched by the period's number."""

    def keyed(table: pd.DataFrame, names: np.ndarray | str) -> pd.DataFrame:
        return table.reset_index(drop=True).assign(
            name=names, number=grid.number(pd.to_datetime(table["date"]).to_numpy())
        )

    names = (
        came["series"].astype(str).to_numpy(dtype=object)
        if "series" in came
        else "all"
    )
    actual = keyed(came[["date", "value"]], names).groupby(
        ["name", "number"], as_index=False
    )
    actual = (
        actual["value"]
        .sum()
        .rename(columns={"value": "actual"})
        .astype({"actual": float})
    )
    return keyed(saved, saved["series"].astype(str).to_numpy(dtype=object)).merge(
        actual, on=["name", "number"], how="left"
    )


def _periods(observed: pd.DataFrame) -> pd.DataFrame:
    periods = observed[
        ["series", "date", "step", "actual", "value", "model_value", "naive"]
    ].copy()
    periods["error"] = observed["value"] - observed["actual"]
    periods["absolute_error"] = periods["error"].abs()
    actual = observed["actual"]
    periods["percent_error"] = periods["error"] / actual.where(actual != 0)
    for level in (80, 95):
        low, high = f"lo_{level}", f"hi_{level}"
        periods[f"inside_{level}"] = (
            actual.between(observed[low], observed[high])
            if low in observed.columns
            else pd.NA
        )
    periods["overridden"] = observed["overridden"].astype(bool)
    periods["note"] = observed["note"]
    return periods


def _seasonal_naive(values: np.ndarray, season: int, steps: int) -> np.ndarray:
    """The last figure known of the same season, each step; of no season the last figure known."""
    season = season if season <= len(values) else 1
    # `last` passes over what is missing.
    last = pd.Series(values).groupby(np.arange(len(values)) % season).last()
    repeated = last.reindex((len(values) + np.arange(steps)) % season).to_numpy(
        float
    )
    finite = values[np.isfinite(values)]
    return np.where(
        np.isfinite(repeated), repeated, finite[-1] if len(finite) else 0.0
    )


def _score(
    periods: pd.DataFrame,
    scale: np.ndarray,
    name: str,
    rows: np.ndarray,
    forecaster: str,
) -> dict[str, Any]:
    """One forecaster's errors in some of the periods; of all together MASE is not yet a mean."""
    actual = periods["actual"].to_numpy(float)[rows]
    planned = periods[_FORECASTERS[forecaster]].to_numpy(float)[rows]
    error = planned - actual
    nonzero = actual != 0
    mape = _NAN
    if nonzero.any():
        mape = float(100 * np.abs(error[nonzero] / actual[nonzero]).mean())
    score = {
        "series": name,
        "forecaster": forecaster,
        "periods": len(rows),
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "mase": float((np.abs(error) / scale[rows]).mean()),
        "mape": mape,
        "smape": smape(actual, planned),
        "bias": float(error.mean()),
        "bias_share": float(error.mean() / actual.mean())
        if actual.mean()
        else _NAN,
    }
    for inside in ("inside_80", "inside_95"):
        score[inside] = _NAN
        if forecaster == "final" and periods[inside].notna().all():
            score[inside] = float(periods[inside].iloc[rows].astype(float).mean())
    return score


def _added(periods: pd.DataFrame, name: str) -> Iterator[dict[str, Any]]:
    """What the model took off the error of seasonal naive, and a person off the model's."""
    steps = (
        ("model", "naive", "model_value", periods),
        (
            "hand",
            "model_value",
            "value",
            periods[periods["overridden"]],
        ),
    )
    for by, before, after, compared in steps:
        if compared.empty:
            continue
        mae_before, mae_after = (
            float((compared[column] - compared["actual"]).abs().mean())
            for column in (before, after)
        )
        added = 0.0 if mae_after == 0 else _NAN
        if mae_before > 0:
            added = 1 - mae_after / mae_before
        yield {
            "series": name,
            "by": by,
            "periods": len(compared),
            "mae_before": mae_before,
            "mae_after": mae_after,
            "added": added,
        }
