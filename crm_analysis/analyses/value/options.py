"""What a person may set before customer value is estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob, share

_AFTER_RANGES = ("margin", "discount")
_AFTER_FIT = (*_AFTER_RANGES, "horizon", "coverage", "intervals")


@dataclass(frozen=True, kw_only=True)
class ValueOptions(Options):
    """How far to look, with which model, and what money is worth.

    Lengths are in `unit`s. None: chosen from the data; a horizon of a year, a hold-out of half of
    the record, at most a year. `margin` is the share of revenue that stays, `discount` is a year's,
    `coverage` that of the intervals, `spend` the orders that say what an order is worth.
    """

    unit: Literal["day", "week", "month"] = "week"
    horizon: int | None = knob(None, low=1, high=1100)
    model: Literal["auto", "bgnbd", "mbgnbd", "pareto_nbd", "bgbb"] = "auto"
    margin: float = share(1.0)
    discount: float = share(0.1)
    coverage: float = share(0.8, low=0.5, high=0.99)
    seasonal: bool | None = knob(None)
    holdout: int | None = knob(None, low=1, high=1100, advanced=True)
    spend: Literal["auto", "repeat", "all"] = knob("auto", advanced=True)
    intervals: bool = knob(True, advanced=True)
    until: str | None = knob(None, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)

    def for_fit(self) -> ValueOptions:
        """These settings with those that `fit_value` does not depend on at their defaults."""
        return self._reset(_AFTER_FIT)

    def for_ranges(self) -> ValueOptions:
        """These settings with those that `value_ranges` does not depend on at their defaults."""
        return self._reset(_AFTER_RANGES)

    def _reset(self, names: tuple[str, ...]) -> ValueOptions:
        return self.replace(
            **{
                knob.name: knob.default
                for knob in self.knobs()
                if knob.name in names
            }
        )
