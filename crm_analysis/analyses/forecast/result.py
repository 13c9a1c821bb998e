"""What `forecast` gives: tables, headline numbers, and the whole distribution behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.distribution import Distribution, normal_paths
from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.messages import Message

__all__ = ["Diagnostics", "Forecast"]


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """How well one fitted model explains one series.

    `parameters`: parameter, value, standard_error (ARIMA). `residuals`: date, residual (one step ahead, on the scale of the fit). `acf`
    and `pacf`: lag, value, band (± twice this is chance), of the residuals; `acf_series` and `pacf_series` the same of the series itself, as
    the orders difference it. `figures`: log_likelihood, aic, aicc, bic, sigma2, ljung_box, ljung_box_p, ljung_box_lags, observations, where the model has them.
    """

    series: str
    model: str
    label: str
    transform: str
    parameters: pd.DataFrame
    residuals: pd.DataFrame
    acf: pd.DataFrame
    pacf: pd.DataFrame
    acf_series: pd.DataFrame
    pacf_series: pd.DataFrame
    figures: dict[str, float]


@dataclass(frozen=True, eq=False)
class Forecast:
    """Demand ahead, and how sure that is.

    `history`: series, date, value (NaN where nothing is known), fitted (one step ahead; NaN where the model has none), mark ("", "gap",
    "left_out", "outlier").
    `ahead`: series, date, value, lo_80, hi_80, lo_95, hi_95.
    `backtest`: series, model, cutoff (last date known), date, step, value, forecast, lo_80, hi_80, lo_95, hi_95; models are the one asked
    for (or "auto"), those it was combined from, and "seasonal_naive".
    `accuracy`: a row a series and model: series, model, mase, smape (percent), rmse, mae, bias (mean forecast − actual), bias_share (of mean demand),
    coverage_80, coverage_95 (shares), points, chosen.
    `series`: a row a series: series, model ("auto" or the one fitted instead), label (how it is written), parts (models combined), every,
    season, points, first, last, total_history (the last year, or what there is), total_ahead, lo_80, hi_80, lo_95, hi_95 (of the total), change
    (share, against the same periods a year before; None where there is no such year), mase, mase_naive, smape, coverage_80, coverage_95,
    transform ("log", "none"), intervals ("conformal", "model", "simulated", "none"), pattern ("smooth", "intermittent", "constant", "zero", "short"), notes
    (keys), before (the same periods a year before; None), ahead_compared (total ahead over the periods that `before` has).
    `measure`: "quantity", "revenue", "orders", "customers", or "" where the table does not say.
    `notes`: (key, details), with `series` among the details where it is of one series. `distributions`: by series.
    """

    history: pd.DataFrame
    ahead: pd.DataFrame
    backtest: pd.DataFrame
    accuracy: pd.DataFrame
    series: pd.DataFrame
    notes: tuple[Message, ...]
    options: ForecastOptions
    every: str
    horizon: int
    measure: str = ""
    distributions: dict[str, Distribution] = field(repr=False, default_factory=dict)
    diagnosed: dict[str, Diagnostics] = field(repr=False, default_factory=dict)
    togetherness: float = 0.0

    def paths(
        self, series: str | None = None, count: int | None = None, seed: int | None = None
    ) -> np.ndarray:
        """Ways one series (the only or first one without a name) may go on: an array count × horizon, none negative, in the order of `ahead`'s dates.

        Each series is drawn by itself: with one seed for all they would be lucky in the same draws.
        """
        name = self.series["series"].iloc[0] if series is None else series
        return self.distributions[name].paths(count or self.options.paths, self._seed(name, seed))

    def total_paths(self, count: int | None = None, seed: int | None = None) -> np.ndarray:
        """Ways the sum of all series may go on; series move together as much as their errors did in the back-test (`togetherness`, 0 to 1)."""
        count = count or self.options.paths
        steps = self.horizon
        total = np.zeros((count, steps))
        persistence = (
            float(np.mean([one.persistence for one in self.distributions.values()]))
            if self.distributions
            else 0.0
        )
        common = normal_paths(
            np.random.default_rng([self.options.seed if seed is None else seed, 1]),
            count,
            steps,
            persistence,
        )
        for name, one in self.distributions.items():
            own_seed = self._seed(name, seed)
            own = normal_paths(np.random.default_rng([own_seed, 2]), count, steps, one.persistence)
            shocks = np.sqrt(self.togetherness) * common + np.sqrt(1 - self.togetherness) * own
            total += one.paths(count, own_seed, shocks)
        return total

    def _seed(self, series: str, seed: int | None) -> int:
        """The seed of one series' draws."""
        return (self.options.seed if seed is None else seed) + 7919 * self._places[series]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.distributions)}

    def diagnostics(self, series: str | None = None) -> Diagnostics | None:
        """Residuals, ACF, PACF and, for ARIMA, parameters of the model of a series; None where nothing was fitted."""
        name = self.series["series"].iloc[0] if series is None else series
        return self.diagnosed.get(name)

    def summary(self) -> dict[str, float | str | None]:
        """Headline numbers over all series: series, horizon, total (ahead), lo_80, hi_80, lo_95, hi_95 of it; before (the same periods a year
        before, of the series that have them), ahead_compared (their total ahead over those periods), change (share); mase, mase_naive, smape, smape_naive
        (means over the series), coverage_80, coverage_95; direction ("up", "down", "level": the 80 % interval includes no change), better_share
        (series that beat seasonal naive).
        """
        total = self.total_paths().sum(axis=1)
        lo_95, lo_80, hi_80, hi_95 = (
            float(value) for value in np.quantile(total, [0.025, 0.1, 0.9, 0.975])
        )
        middle = float(self.ahead["value"].sum())
        known = self.series[self.series["before"].notna()]
        before, compared = float(known["before"].sum()), float(known["ahead_compared"].sum())
        change = compared / before - 1 if len(known) and before > 0 else None
        whole = len(known) == len(self.series) and change is not None and middle > 0
        low, high = (
            (lo_80 / middle * (1 + change) - 1, hi_80 / middle * (1 + change) - 1)
            if whole and change is not None
            else (None, None)
        )
        direction = (
            None
            if low is None or high is None
            else "up"
            if low > 0
            else "down"
            if high < 0
            else "level"
        )
        chosen = self.accuracy[self.accuracy["chosen"]]
        naive = self.accuracy[self.accuracy["model"] == "seasonal_naive"]
        both = self.series.dropna(subset=["mase", "mase_naive"])
        return {
            "series": float(len(self.series)),
            "horizon": float(self.horizon),
            "every": self.every,
            "total": middle,
            "lo_80": min(lo_80, middle),
            "hi_80": max(hi_80, middle),
            "lo_95": min(lo_95, middle),
            "hi_95": max(hi_95, middle),
            "before": before if len(known) else None,
            "ahead_compared": compared if len(known) else None,
            "change": change,
            "change_lo_80": low,
            "change_hi_80": high,
            "direction": direction,
            "mase": _mean(chosen["mase"]),
            "mase_naive": _mean(naive["mase"]),
            "smape": _mean(chosen["smape"]),
            "smape_naive": _mean(naive["smape"]),
            "coverage_80": _mean(chosen["coverage_80"]),
            "coverage_95": _mean(chosen["coverage_95"]),
            "better_share": float((both["mase"] < both["mase_naive"]).mean())
            if len(both)
            else None,
        }


def _mean(column: pd.Series) -> float | None:
    return float(column.mean()) if column.notna().any() else None
