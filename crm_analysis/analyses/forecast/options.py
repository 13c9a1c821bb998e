"""What a person may set before a forecast is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from crm_analysis.options import Options, knob

__all__ = [
    "EVERY",
    "INTERMITTENT",
    "MEASURES",
    "MODELS",
    "REGRESSIONS",
    "Every",
    "ForecastOptions",
    "Measure",
    "ModelName",
]

Every = Literal["day", "week", "month", "quarter", "year"]
Measure = Literal["quantity", "revenue", "orders", "customers"]
ModelName = Literal[
    "auto",
    "naive",
    "drift",
    "seasonal_naive",
    "mean",
    "theta",
    "ces",
    "ets",
    "holt_winters",
    "damped",
    "auto_arima",
    "arima",
    "mstl",
    "prophet",
    "linear",
    "polynomial",
    "svr",
    "random_forest",
    "gradient_boosting",
    "croston",
    "sba",
    "tsb",
    "adida",
    "imapa",
]
EVERY: tuple[str, ...] = get_args(Every)
MEASURES: tuple[str, ...] = get_args(Measure)
MODELS: tuple[str, ...] = get_args(ModelName)
REGRESSIONS: tuple[str, ...] = ("linear", "polynomial", "svr", "random_forest", "gradient_boosting")
INTERMITTENT: tuple[str, ...] = ("croston", "sba", "tsb", "adida", "imapa")


@dataclass(frozen=True, kw_only=True)
class ForecastOptions(Options):
    """How far ahead, with which model, and what is known beforehand. None: chosen from the data.

    `horizon`, `season` and `step` are counted in periods. `p` to `Q` are the orders of model "arima" only. `country` is a two-letter code
    of package `holidays` ("" for none). `events` are (name, first day, last day), past and future ones of one name being one effect.
    `left_out` are days (ISO), or (series, day), that are not to be learnt from: stock-outs, one-off bulk orders.
    """

    horizon: int | None = knob(None, low=1, high=1100)
    model: ModelName = "auto"
    transform: Literal["auto", "log", "none"] = "auto"
    season: int | None = knob(None, low=1, high=400, advanced=True)
    p: int = knob(0, low=0, high=5)
    d: int = knob(1, low=0, high=2)
    q: int = knob(1, low=0, high=5)
    P: int = knob(0, low=0, high=2)
    D: int = knob(1, low=0, high=1)
    Q: int = knob(1, low=0, high=2)
    constant: bool = knob(
        False, advanced=True
    )  # a mean (d + D = 0) or a drift (d + D = 1) in model "arima"
    degree: int = knob(2, low=1, high=4, advanced=True)  # of the trend in model "polynomial"
    country: str = knob("")
    events: tuple[tuple[str, str, str], ...] = knob(())
    left_out: tuple[str | tuple[str, str], ...] = knob(())
    leave_out_outliers: bool = knob(False)
    every: Literal["day", "week", "month", "quarter", "year"] | None = knob(None, advanced=True)
    windows: int = knob(4, low=0, high=24, advanced=True)  # of the rolling-origin back-test
    step: int | None = knob(None, low=1, high=365, advanced=True)  # periods between its origins
    intervals: Literal["auto", "conformal", "model"] = knob("auto", advanced=True)
    thorough: bool = knob(
        False, advanced=True
    )  # AutoETS and AutoARIMA too among what auto combines: twenty times the time, half a percent closer
    paths: int = knob(1000, low=100, high=10_000, step=100, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
