"""What a person may set before a forecast is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from crm_analysis.analyses.forecast.models.registry import REGISTRY
from crm_analysis.options import Options, knob

Every = Literal["day", "week", "month", "quarter", "year"]
Measure = Literal["quantity", "revenue", "orders", "customers"]
EVERY: tuple[str, ...] = get_args(Every)
MEASURES: tuple[str, ...] = get_args(Measure)
MODELS: tuple[str, ...] = ("auto", *REGISTRY)
if TYPE_CHECKING:
    ModelName = str
else:
    ModelName = Literal[MODELS]


@dataclass(frozen=True, kw_only=True)
class ForecastOptions(Options):
    """How far ahead, with which model, and what is known beforehand. None: chosen from the data.

    Attributes
    ----------
    horizon, season, step
        Counted in periods; `step` lies between the origins of the back-test, which has `windows`.
    model
        "auto" (several are combined), or a name of the registry of models.
    transform
        Whether models are fitted to logarithms.
    p, d, q, P, D, Q, constant
        Orders of model "arima"; `constant` is a mean (d + D = 0) or a drift (d + D = 1).
    degree
        Of the trend in model "polynomial".
    country
        A two-letter code of package `holidays`; "" for none.
    events
        (name, first day, last day); past and future ones of one name are one effect.
    left_out
        Days (ISO), or (series, day), not to be learnt from: stock-outs, one-off bulk orders.
    leave_out_outliers
        Whether values that stand far apart are not learnt from either.
    leave_out_large_orders
        Whether periods are not learnt from that are odd for a single order or customer only.
    level_shifts
        Whether what was before a lasting jump is moved to the level after it.
    every
        The period.
    intervals
        "auto": the models' own spread as the back-test corrects it; "conformal": quantiles of the
        back-test's errors where there are enough; "model": the models' own spread.
    thorough
        AutoETS and AutoARIMA too among what auto combines: twenty times the time, half a percent
        closer.
    paths, seed
        Sample paths that totals are read from, and the seed they are drawn with.
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
    constant: bool = knob(False, advanced=True)
    degree: int = knob(2, low=1, high=4, advanced=True)
    country: str = knob("")
    events: tuple[tuple[str, str, str], ...] = knob(())
    left_out: tuple[str | tuple[str, str], ...] = knob(())
    leave_out_outliers: bool = knob(False)
    leave_out_large_orders: bool = knob(True, advanced=True)
    level_shifts: bool = knob(True, advanced=True)
    every: Literal["day", "week", "month", "quarter", "year"] | None = knob(
        None, advanced=True
    )
    windows: int = knob(4, low=0, high=24, advanced=True)
    step: int | None = knob(None, low=1, high=365, advanced=True)
    intervals: Literal["auto", "conformal", "model"] = knob("auto", advanced=True)
    thorough: bool = knob(False, advanced=True)
    paths: int = knob(1000, low=100, high=10_000, step=100, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
