"""Forecasts beside the models they are combined from: how far off, and how long it takes.

Accuracy: the real series that CRM_TEST_DATA names (months, weeks and days), each held out at up to
four ends; mean sMAPE and MASE of "auto" beside AutoARIMA, AutoETS, Theta, CES (statsforecast, as
they come) and Prophet (as it comes), and seasonal naive. Speed: seconds for the same series, and
beside a search over 36 ARIMA orders with statsmodels. The figures of accuracy are in the notes; the
seconds are CPU seconds of one process.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.measure import Row
from crm_analysis.analyses.forecast import ForecastOptions, demand, forecast
from crm_analysis.analyses.forecast.backtesting.accuracy import (
    naive_scale,
    smape,
)

ENDS = 4
LATEST = {"month": 120, "week": 200, "day": 400}
HORIZON = {"month": 12, "week": 13, "day": 28}
SEASON = {"month": 12, "week": 52, "day": 7}
SEARCHED = 4  # series that statsmodels searches orders for

_COLD = """
import time
start = time.perf_counter()
import pandas as pd
from crm_analysis.analyses.forecast import ForecastOptions, forecast
loaded = time.perf_counter()
dates = pd.date_range("2015-01-01", periods=100, freq="MS")
values = [100 + 7 * (n % 12) + n + n * n % 11 for n in range(100)]
table = pd.DataFrame({"date": dates, "value": values})
forecast(table)
first = time.perf_counter()
forecast(table)
print(loaded - start, first - loaded, time.perf_counter() - first)
"""


class Case(NamedTuple):
    """One series up to one of its ends, and what came."""

    every: str
    dates: pd.DatetimeIndex
    history: np.ndarray
    actual: np.ndarray
    season: int


Forecaster = Callable[[Case], np.ndarray]


def series(folder: Path) -> Iterator[tuple[str, pd.Series]]:
    """Period and values by date of every real series."""
    small = folder / "fpp_small_series"
    yield (
        "month",
        _dated(pd.read_csv(folder / "airpassengers" / "AirPassengers.csv")),
    )
    for name in ("a10", "debitcards", "elecequip", "wineind"):
        yield "month", _dated(pd.read_csv(small / f"{name}.csv"))
    shampoo = pd.read_csv(small / "ShampooSales.csv")
    yield "month", _dated(shampoo.assign(Time=shampoo["Time"] + "-01"))
    retail = pd.read_csv(small / "australian_capital_retail.csv")
    months = pd.to_datetime(retail["month"], format="%d-%m-%Y")
    for name in retail.columns[1:]:
        yield "month", pd.Series(retail[name].to_numpy(float), months)
    walmart = pd.read_csv(folder / "walmart_weekly" / "walmart.csv")
    walmart["Date"] = pd.to_datetime(walmart["Date"], format="%d-%m-%y")
    for _, part in walmart[walmart["Store"] % 3 == 0].groupby("Store"):
        values = part["Weekly_Sales"].to_numpy(float)
        yield "week", pd.Series(values, pd.DatetimeIndex(part["Date"]))
    days = demand(_pizzas(folder / "pizza_place"), every="day", by="category")
    for _, part in days.groupby("series"):
        values = part["value"].to_numpy(float)
        yield (
            "day",
            pd.Series(values, pd.DatetimeIndex(part["date"])).interpolate(),
        )


def _pizzas(folder: Path) -> pd.DataFrame:
    """The order lines of a pizzeria, with date and category."""
    lines = pd.read_csv(folder / "order_details.csv")
    lines = lines.merge(pd.read_csv(folder / "orders.csv"), on="order_id")
    lines = lines.merge(pd.read_csv(folder / "pizzas.csv"), on="pizza_id")
    types = pd.read_csv(folder / "pizza_types.csv", encoding="cp1252")
    lines = lines.merge(types, on="pizza_type_id")
    return lines.assign(date=pd.to_datetime(lines["date"]))


def _dated(table: pd.DataFrame) -> pd.Series:
    table = table.dropna()
    dates = pd.DatetimeIndex(pd.to_datetime(table.iloc[:, 0]))
    return pd.Series(table.iloc[:, 1].to_numpy(float), dates)


def cases(folder: Path) -> list[Case]:
    """Each series at up to four ends, a horizon apart."""
    held_out = []
    for every, values in series(folder):
        horizon, season = HORIZON[every], SEASON[every]
        for back in range(ENDS):
            end = len(values) - horizon * (back + 1)
            if end < max(24, 2 * season):
                break
            history = values.iloc[max(0, end - LATEST[every]) : end]
            actual = values.to_numpy()[end : end + horizon]
            dates = pd.DatetimeIndex(history.index)
            held_out.append(Case(every, dates, history.to_numpy(), actual, season))
    return held_out


def ours(case: Case, **options: Any) -> np.ndarray:
    """What "auto" says, back-test and all."""
    table = pd.DataFrame({"date": case.dates, "value": case.history})
    result = forecast(table, ForecastOptions(horizon=len(case.actual), **options))
    return result.ahead["value"].to_numpy()


def alone(name: str) -> Forecaster:
    """A model of statsforecast as it comes."""

    def answer(case: Case) -> np.ndarray:
        from statsforecast import models

        # The others take minutes, or fail, at 52.
        any_season = name in ("AutoTheta", "SeasonalNaive")
        season = case.season if case.season <= 24 or any_season else 1
        model = getattr(models, name)(season_length=season)
        return np.asarray(model.forecast(case.history, len(case.actual))["mean"])

    return answer


def prophet(case: Case) -> np.ndarray:
    """Prophet as it comes."""
    import cmdstanpy
    from prophet import Prophet

    logging.getLogger("prophet").setLevel(logging.CRITICAL)
    table = pd.DataFrame({"ds": case.dates, "y": case.history})
    step = {"month": "MS", "week": "7D", "day": "D"}[case.every]
    ahead = pd.date_range(case.dates[-1], periods=len(case.actual) + 1, freq=step)[
        1:
    ]
    with cmdstanpy.disable_logging():
        model = Prophet(uncertainty_samples=0).fit(table, seed=1)
    return model.predict(pd.DataFrame({"ds": ahead}))["yhat"].to_numpy()


def searched(case: Case) -> np.ndarray:
    """The best of 36 ARIMA orders by AIC, statsmodels."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    fits = []
    for p, q, seasonal_p, seasonal_q in product(
        range(3), range(3), range(2), range(2)
    ):
        seasonal_order = (seasonal_p, 1, seasonal_q, case.season)
        try:
            model = SARIMAX(
                case.history, order=(p, 1, q), seasonal_order=seasonal_order
            )
            fits.append(model.fit(disp=0))
        except (ValueError, np.linalg.LinAlgError):
            continue
    best = min(fits, key=lambda fit: fit.aic)
    return np.asarray(best.forecast(len(case.actual)))


def judged(
    forecaster: Forecaster, held_out: list[Case]
) -> tuple[float, float, float]:
    """Mean sMAPE, mean MASE, CPU seconds."""
    start = time.process_time()
    answers = [np.maximum(forecaster(case), 0) for case in held_out]
    seconds = time.process_time() - start
    pairs = list(zip(held_out, answers, strict=True))
    errors = [smape(case.actual, answer) for case, answer in pairs]
    scaled = [
        float(np.mean(np.abs(case.actual - answer)))
        / naive_scale(case.history, case.season)
        for case, answer in pairs
    ]
    return float(np.mean(errors)), float(np.mean(scaled)), seconds


def main() -> list[Row]:
    """A row a peer and the speed of many series."""
    warnings.simplefilter("ignore")
    folder = os.environ.get("CRM_TEST_DATA")
    if not folder:
        note = "CRM_TEST_DATA names no folder of real files"
        return [_cold(), Row("accuracy on real series", 0.0, note=note)]
    held_out = cases(Path(folder))
    few = [case for case in held_out if case.every == "month"][
        : SEARCHED * ENDS : ENDS
    ]
    ours(held_out[0])
    return [_cold(), *_beside_peers(held_out), *_beside_search(few)]


def _beside_peers(held_out: list[Case]) -> Iterator[Row]:
    """Accuracy and time of "auto", and beside each model alone."""
    error, scaled, seconds = judged(ours, held_out)
    each = 1000 * seconds / len(held_out)
    note = f"sMAPE {error:.2f}, MASE {scaled:.3f}; {each:.0f} s for 1,000"
    yield Row(
        f"auto with back-test, {len(held_out)} real series", seconds, note=note
    )
    names = ("AutoARIMA", "AutoETS", "AutoTheta", "AutoCES", "SeasonalNaive")
    peers = {**{name: alone(name) for name in names}, "Prophet": prophet}
    for name, forecaster in peers.items():
        their_error, their_scaled, their_seconds = judged(forecaster, held_out)
        closer = error < their_error and scaled < their_scaled
        verdict = "auto is closer in both" if closer else "NOT BEATEN"
        note = f"sMAPE {their_error:.2f}, MASE {their_scaled:.3f}: {verdict}"
        yield Row(f"beside {name}", seconds, name, their_seconds, note=note)


def _beside_search(few: list[Case]) -> Iterator[Row]:
    """Accuracy and time of "auto" beside a search over ARIMA orders."""
    their_error, their_scaled, their_seconds = judged(searched, few)
    forecasters: dict[str, Forecaster] = {
        "": partial(ours, windows=0),
        " with a back-test of 4 windows": ours,
    }
    for words, forecaster in forecasters.items():
        error, scaled, seconds = judged(forecaster, few)
        title = f"a forecast{words} beside a search over 36 orders, {len(few)} monthly series"
        note = f"sMAPE {error:.2f} and {their_error:.2f}, MASE {scaled:.3f} and {their_scaled:.3f}"
        yield Row(title, seconds, "statsmodels", their_seconds, note=note)


def _cold() -> Row:
    """The first forecast of a fresh process."""
    process = subprocess.run(
        [sys.executable, "-c", _COLD],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    loaded, first, second = (float(word) for word in process.stdout.split())
    note = f"imports before it {loaded:.1f} s; the second takes {second:.2f} s: nothing is compiled"
    return Row("first forecast of a fresh process, by the clock", first, note=note)
