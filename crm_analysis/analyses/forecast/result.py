"""What `forecast` gives: tables, headline numbers, and the whole distribution behind them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.distribution import (
    Distribution,
    normal_paths,
    quantiles,
)
from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.messages import Message

_SEED_STEP = 7919  # between the seeds of two series


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """How well one fitted model explains one series.

    Attributes
    ----------
    series, model, label, transform
        The series; the model, as the field writes it; "log" where it was fitted to logarithms.
    parameters
        - parameter : name, of ARIMA
        - value, standard_error : on the scale of the fit
    residuals
        - date : first day of the period
        - residual : one step ahead, on the scale of the fit
    acf, pacf, acf_series, pacf_series
        Of the residuals, and of the series itself as the orders difference it.

        - lag : periods
        - value : correlation
        - band : chance alone stays within ± this 95 times of 100
    figures
        log_likelihood, aic, aicc, bic, sigma2 where the model has them; ljung_box, ljung_box_p,
        ljung_box_lags, observations, mean, converged.
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

    Attributes
    ----------
    history
        A row a series and period.

        - series, date : name and first day of the period
        - value : units of the demand; NaN where nothing is known
        - fitted : one step ahead, units of the demand; NaN where the model has none
        - mark : "", "gap", "left_out", "one_order" or "outlier"
    ahead
        A row a series and period.

        - series, date : name and first day of the period
        - value : units of the demand
        - lo_80, hi_80, lo_95, hi_95 : edges of the central 80 and 95 %, units of the demand
    backtest
        A row a series, model, origin and period. Models are the one asked for (or "auto"), those
        it was combined from, and "seasonal_naive".

        - series, model : names
        - cutoff : last date known
        - date : first day of the period
        - step : periods after the cutoff
        - value, forecast : what came and what was forecast, units of the demand
        - lo_80, hi_80, lo_95, hi_95 : edges of the intervals, units of the demand
    accuracy
        A row a series and model.

        - series, model : names
        - mase : mean absolute error, in units of seasonal naive's in the history
        - smape : percent
        - rmse, mae : units of the demand
        - bias : mean forecast − actual, units of the demand
        - bias_share : bias as a share of mean demand
        - coverage_80, coverage_95 : share of values within the intervals
        - points : periods that were forecast
        - chosen : whether it is what the forecast is made with
    series
        A row a series.

        - series : name
        - model : "auto", or the one fitted instead
        - label : the model as the field writes it
        - parts : models combined
        - every, season, points : period; periods in a season; periods of history
        - first, last : first day of the first and the last period of the history
        - total_history : of the last year, or what there is, units of the demand
        - total_ahead, lo_80, hi_80, lo_95, hi_95 : units of the demand
        - before : the same periods a year before, units of the demand; NaN without such a year
        - ahead_compared : the forecast of those periods, units of the demand
        - change : ahead_compared against before, a share
        - mase, mase_naive, smape, coverage_80, coverage_95 : as in `accuracy`; NaN where unknown
        - transform : "log", "none" or "both"
        - intervals : "conformal", "model", "simulated" or "none"
        - pattern : "smooth", "intermittent", "constant", "zero" or "short"
        - notes : keys
    notes
        Messages, with the series among their details.
    options, every, horizon
        What was asked for; the period; periods ahead.
    measure
        "quantity", "revenue", "orders" or "customers"; "" where it was not said.
    distributions, fit_diagnostics
        By series.
    level_shifts
        The lasting jumps: what was before was moved to the level after them.

        - series, date : name and first day of the first period at the new level
        - share : the jump as a share of the level before
    comovement
        How far the series' errors moved together in the back-test, 0 to 1.
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
    fit_diagnostics: dict[str, Diagnostics] = field(
        repr=False, default_factory=dict
    )
    level_shifts: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    comovement: float = 0.0

    def paths(
        self,
        series: str | None = None,
        count: int | None = None,
        seed: int | None = None,
    ) -> np.ndarray:
        """Ways one series may go on: count × horizon, none negative, in the order of `ahead`.

        The only or first series without a name. Each series is drawn by itself: with one seed for
        all they would be lucky in the same draws.
        """
        name = self._name(series)
        return self.distributions[name].paths(
            count or self.options.paths, self._seed(name, seed)
        )

    def total_paths(
        self, count: int | None = None, seed: int | None = None
    ) -> np.ndarray:
        """Ways the sum of all series may go on.

        Series move together as much as their errors did in the back-test (`comovement`). Of one
        series they are its own, so that its total has one interval wherever it is read.
        """
        count = count or self.options.paths
        if len(self.distributions) == 1:
            return self.paths(count=count, seed=seed)
        total = np.zeros((count, self.horizon))
        persistence = [each.persistence for each in self.distributions.values()]
        common = normal_paths(
            np.random.default_rng([self.options.seed if seed is None else seed, 1]),
            count,
            self.horizon,
            float(np.mean(persistence)) if persistence else 0.0,
        )
        for name, distribution in self.distributions.items():
            own_seed = self._seed(name, seed)
            rng = np.random.default_rng([own_seed, 2])
            own = normal_paths(rng, count, self.horizon, distribution.persistence)
            shocks = (
                np.sqrt(self.comovement) * common
                + np.sqrt(1 - self.comovement) * own
            )
            total += distribution.paths(count, own_seed, shocks)
        return total

    def diagnostics(self, series: str | None = None) -> Diagnostics | None:
        """Residuals, ACF, PACF and, for ARIMA, parameters of the model of a series.

        None where nothing was fitted.
        """
        return self.fit_diagnostics.get(self._name(series))

    def _name(self, series: str | None) -> str:
        return self.series["series"].iloc[0] if series is None else series

    def _seed(self, series: str, seed: int | None) -> int:
        position = list(self.distributions).index(series)
        return (self.options.seed if seed is None else seed) + _SEED_STEP * position

    def summary(self) -> dict[str, float | str | None]:
        """Headline numbers over all series.

        series, horizon, every; total (ahead) with lo_80, hi_80, lo_95, hi_95; before (the same
        periods a year before, of the series that have them), ahead_compared (their total ahead
        over those periods), change (share) with change_lo_80, change_hi_80; direction ("up",
        "down", "level": the 80 % interval includes no change); mase, mase_naive, smape,
        smape_naive (means over the series), coverage_80, coverage_95; better_share (series that
        beat seasonal naive).
        """
        total = float(self.ahead["value"].sum())
        totals = self.total_paths().sum(axis=1)
        chosen = self.accuracy[self.accuracy["chosen"]]
        naive = self.accuracy[self.accuracy["model"] == "seasonal_naive"]
        both = self.series.dropna(subset=["mase", "mase_naive"])
        return {
            "series": float(len(self.series)),
            "horizon": float(self.horizon),
            "every": self.every,
            "total": total,
            **quantiles(totals, total),
            **self._change(total, totals),
            "mase": _mean(chosen["mase"]),
            "mase_naive": _mean(naive["mase"]),
            "smape": _mean(chosen["smape"]),
            "smape_naive": _mean(naive["smape"]),
            "coverage_80": _mean(chosen["coverage_80"]),
            "coverage_95": _mean(chosen["coverage_95"]),
            "better_share": _mean(
                (both["mase"] < both["mase_naive"]).astype(float)
            ),
        }

    def _change(
        self, total: float, totals: np.ndarray
    ) -> dict[str, float | str | None]:
        figures: dict[str, float | str | None] = dict.fromkeys(
            (
                "before",
                "ahead_compared",
                "change",
                "change_lo_80",
                "change_hi_80",
                "direction",
            )
        )
        comparable = self.series[self.series["before"].notna()]
        if comparable.empty:
            return figures
        before = float(comparable["before"].sum())
        compared = float(comparable["ahead_compared"].sum())
        figures |= {"before": before, "ahead_compared": compared}
        if before <= 0:
            return figures
        change = compared / before - 1
        figures["change"] = change
        if len(comparable) == len(self.series) and total > 0:
            low, high = (
                np.quantile(totals, [0.1, 0.9]) / total * (1 + change) - 1
            ).tolist()
            direction = "level"
            if low > 0:
                direction = "up"
            elif high < 0:
                direction = "down"
            figures |= {
                "change_lo_80": low,
                "change_hi_80": high,
                "direction": direction,
            }
        return figures


def _mean(column: pd.Series) -> float | None:
    return float(column.mean()) if column.notna().any() else None
