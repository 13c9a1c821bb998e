"""Forecasts beside the models they are combined from, each alone: how far off on real series, and how long it takes.

Accuracy: the real series that CRM_TEST_DATA names (months, weeks and days), each held out at up to four ends; mean sMAPE and MASE of "auto" beside AutoARIMA, AutoETS,
Theta, CES (statsforecast, as they come) and Prophet (as it comes), and seasonal naive. Speed: seconds for the same series, and beside a search over 36 ARIMA orders with
statsmodels. The figures of accuracy are in the notes; the seconds are CPU seconds of one process.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.measure import Row
from crm_analysis.analyses.forecast import ForecastOptions, demand, forecast
from crm_analysis.analyses.forecast.backtesting.accuracy import naive_scale, smape

ENDS = 4
LATEST = {"month": 120, "week": 200, "day": 400}
HORIZON = {"month": 12, "week": 13, "day": 28}
SEARCHED = 4  # series that statsmodels searches orders for

_COLD = """
import time
start = time.perf_counter()
import pandas as pd
from crm_analysis.analyses.forecast import ForecastOptions, forecast
loaded = time.perf_counter()
table = pd.DataFrame({"date": pd.date_range("2015-01-01", periods=100, freq="MS"), "value": [100 + 7 * (n % 12) + n + n * n % 11 for n in range(100)]})
forecast(table)
first = time.perf_counter()
forecast(table)
print(loaded - start, first - loaded, time.perf_counter() - first)
"""


class Case(NamedTuple):
    """One series up to one of its ends, and what came."""

    every: str
    dates: pd.DatetimeIndex
    known: np.ndarray
    came: np.ndarray
    season: int


def series(folder: Path) -> Iterator[tuple[str, str, pd.Series]]:
    """Name, period and values by date of every real series."""
    small = folder / "fpp_small_series"
    yield "air", "month", _dated(pd.read_csv(folder / "airpassengers" / "AirPassengers.csv"))
    for name in ("a10", "debitcards", "elecequip", "wineind"):
        yield name, "month", _dated(pd.read_csv(small / f"{name}.csv"))
    shampoo = pd.read_csv(small / "ShampooSales.csv")
    yield "shampoo", "month", _dated(shampoo.assign(Time=shampoo["Time"] + "-01"))
    retail = pd.read_csv(small / "australian_capital_retail.csv")
    for name in retail.columns[1:]:
        yield (
            name,
            "month",
            pd.Series(
                retail[name].to_numpy(float), pd.to_datetime(retail["month"], format="%d-%m-%Y")
            ),
        )
    walmart = pd.read_csv(folder / "walmart_weekly" / "walmart.csv")
    walmart["Date"] = pd.to_datetime(walmart["Date"], format="%d-%m-%y")
    for name, part in walmart[walmart["Store"] % 3 == 0].groupby("Store"):
        yield (
            f"store {name}",
            "week",
            pd.Series(part["Weekly_Sales"].to_numpy(float), pd.DatetimeIndex(part["Date"])),
        )
    pizza = pd.read_csv(folder / "pizza_place" / "order_details.csv").merge(
        pd.read_csv(folder / "pizza_place" / "orders.csv"), on="order_id"
    )
    pizza = pizza.merge(pd.read_csv(folder / "pizza_place" / "pizzas.csv"), on="pizza_id").merge(
        pd.read_csv(folder / "pizza_place" / "pizza_types.csv", encoding="cp1252"),
        on="pizza_type_id",
    )
    days = demand(pizza.assign(date=pd.to_datetime(pizza["date"])), every="day", by="category")
    for name, part in days.groupby("series"):
        yield (
            f"pizza {name}",
            "day",
            pd.Series(part["value"].to_numpy(float), pd.DatetimeIndex(part["date"])).interpolate(),
        )


def _dated(table: pd.DataFrame) -> pd.Series:
    table = table.dropna()
    return pd.Series(
        table.iloc[:, 1].to_numpy(float), pd.DatetimeIndex(pd.to_datetime(table.iloc[:, 0]))
    )


def cases(folder: Path) -> list[Case]:
    """Each series at up to four ends, a horizon apart."""
    found = []
    for _, every, values in series(folder):
        horizon, season = HORIZON[every], {"month": 12, "week": 52, "day": 7}[every]
        for back in range(ENDS):
            end = len(values) - horizon * (back + 1)
            if end < max(24, 2 * season):
                break
            known = values.iloc[max(0, end - LATEST[every]) : end]
            found.append(
                Case(
                    every,
                    pd.DatetimeIndex(known.index),
                    known.to_numpy(),
                    values.to_numpy()[end : end + horizon],
                    season,
                )
            )
    return found


def ours(case: Case, **options: object) -> np.ndarray:
    """What "auto" says, back-test and all."""
    table = pd.DataFrame({"date": case.dates, "value": case.known})
    return (
        forecast(table, ForecastOptions(horizon=len(case.came), **options))
        .ahead["value"]
        .to_numpy()
    )  # type: ignore[arg-type]


def alone(name: str) -> Callable[[Case], np.ndarray]:
    """A model of statsforecast as it comes."""

    def say(case: Case) -> np.ndarray:
        from statsforecast import models

        season = (
            case.season if case.season <= 24 or name in ("AutoTheta", "SeasonalNaive") else 1
        )  # the others take minutes, or fail, at 52
        return np.asarray(
            getattr(models, name)(season_length=season).forecast(case.known, len(case.came))["mean"]
        )

    return say


def prophet(case: Case) -> np.ndarray:
    """Prophet as it comes."""
    import cmdstanpy
    from prophet import Prophet

    logging.getLogger("prophet").setLevel(logging.CRITICAL)
    table = pd.DataFrame({"ds": case.dates, "y": case.known})
    step = {"month": "MS", "week": "7D", "day": "D"}[case.every]
    later = pd.date_range(case.dates[-1], periods=len(case.came) + 1, freq=step)[1:]
    with cmdstanpy.disable_logging():
        model = Prophet(uncertainty_samples=0).fit(table, seed=1)
    return model.predict(pd.DataFrame({"ds": later}))["yhat"].to_numpy()


def searched(case: Case) -> np.ndarray:
    """The best of 36 ARIMA orders by AIC, statsmodels."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    best, least = None, np.inf
    for p, q, seasonal_p, seasonal_q in product(range(3), range(3), range(2), range(2)):
        try:
            got = SARIMAX(
                case.known, order=(p, 1, q), seasonal_order=(seasonal_p, 1, seasonal_q, case.season)
            ).fit(disp=0)
        except (ValueError, np.linalg.LinAlgError):
            continue
        if got.aic < least:
            best, least = got, got.aic
    assert best is not None
    return np.asarray(best.forecast(len(case.came)))


def judged(say: Callable[[Case], np.ndarray], tried: list[Case]) -> tuple[float, float, float]:
    """Mean sMAPE, mean MASE, CPU seconds."""
    errors, scaled = [], []
    start = time.process_time()
    told = [np.maximum(say(case), 0) for case in tried]
    seconds = time.process_time() - start
    for case, got in zip(tried, told, strict=True):
        errors.append(smape(case.came, got))
        scaled.append(
            float(np.mean(np.abs(case.came - got))) / naive_scale(case.known, case.season)
        )
    return float(np.mean(errors)), float(np.mean(scaled)), seconds


def main() -> list[Row]:
    """A row a peer and the speed of many series."""
    warnings.simplefilter("ignore")
    folder = os.environ.get("CRM_TEST_DATA")
    rows = [_cold()]
    if not folder:
        return [
            *rows,
            Row("accuracy on real series", 0.0, note="CRM_TEST_DATA names no folder of real files"),
        ]
    tried = cases(Path(folder))
    ours(tried[0])
    error, scaled, seconds = judged(ours, tried)
    rows.append(
        Row(
            f"auto with back-test, {len(tried)} real series",
            seconds,
            note=f"sMAPE {error:.2f}, MASE {scaled:.3f}; {1000 * seconds / len(tried):.0f} s for 1,000",
        )
    )
    peers = {
        name: alone(name)
        for name in ("AutoARIMA", "AutoETS", "AutoTheta", "AutoCES", "SeasonalNaive")
    } | {"Prophet": prophet}
    for name, say in peers.items():
        their_error, their_scaled, their_seconds = judged(say, tried)
        verdict = (
            "auto is closer in both"
            if error < their_error and scaled < their_scaled
            else "NOT BEATEN"
        )
        rows.append(
            Row(
                f"beside {name}",
                seconds,
                name,
                their_seconds,
                note=f"sMAPE {their_error:.2f}, MASE {their_scaled:.3f}: {verdict}",
            )
        )
    few = [case for case in tried if case.every == "month"][: SEARCHED * ENDS : ENDS]
    their_error, their_scaled, their_seconds = judged(searched, few)
    for what, say in (
        ("", lambda case: ours(case, windows=0)),
        (" with a back-test of 4 windows", ours),
    ):
        error, scaled, seconds = judged(say, few)
        note = f"sMAPE {error:.2f} and {their_error:.2f}, MASE {scaled:.3f} and {their_scaled:.3f}"
        rows.append(
            Row(
                f"a forecast{what} beside a search over 36 orders, {len(few)} monthly series",
                seconds,
                "statsmodels",
                their_seconds,
                note=note,
            )
        )
    return rows


def _cold() -> Row:
    """The first forecast of a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", _COLD],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    loaded, first, second = (float(word) for word in done.stdout.split())
    return Row(
        "first forecast of a fresh process, by the clock",
        first,
        note=f"imports before it {loaded:.1f} s; the second takes {second:.2f} s: nothing is compiled",
    )
