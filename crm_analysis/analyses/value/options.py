"""What a person may set before customer value is estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob

__all__ = ["ValueOptions"]


@dataclass(frozen=True, kw_only=True)
class ValueOptions(Options):
    """How far to look, with which model, and what money is worth. Lengths are in `unit`s; None: chosen from the data."""

    unit: Literal["day", "week", "month"] = "week"
    horizon: int | None = knob(None, low=1, high=1100)  # a year
    model: Literal["auto", "bgnbd", "mbgnbd", "pareto_nbd", "bgbb"] = "auto"
    margin: float = knob(1.0, low=0.0, high=1.0, step=0.01)  # share of revenue that stays
    discount: float = knob(0.1, low=0.0, high=1.0, step=0.01)  # a year
    coverage: float = knob(0.8, low=0.5, high=0.99, step=0.01)  # of the intervals
    seasonal: bool | None = knob(None)
    holdout: int | None = knob(
        None, low=1, high=1100, advanced=True
    )  # half of the record, at most a year
    spend: Literal["auto", "repeat", "all"] = knob(
        "auto", advanced=True
    )  # the orders that say what an order is worth
    intervals: bool = knob(True, advanced=True)
    until: str | None = knob(None, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
