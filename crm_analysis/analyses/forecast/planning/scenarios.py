"""What if: growth, a price change under a stated elasticity, a promotion. The forecast times the assumption, never more than that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import FIGURES
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

__all__ = ["Scenario", "ScenarioOptions", "scenario"]


@dataclass(frozen=True, kw_only=True)
class ScenarioOptions(Options):
    """The assumption. All changes are shares (0.1: 10 % more); they hold from `start` on (None: from the first period ahead).

    `growth` of demand, at once or rising evenly to its full size in the last period; `price` change, of which demand follows by
    (1 + price) ** elasticity; `promotion` uplift in the periods that begin on the days `promotion_dates` (ISO dates; a day within a period means that period).
    """

    growth: float = knob(0.0, low=-1.0, high=3.0, step=0.01)
    growth_form: Literal["at_once", "gradual"] = knob("at_once", advanced=True)
    price: float = knob(0.0, low=-0.9, high=3.0, step=0.01)
    elasticity: float = knob(-1.0, low=-5.0, high=0.0, step=0.1)
    promotion: float = knob(0.0, low=-1.0, high=5.0, step=0.05)
    promotion_dates: tuple[str, ...] = ()
    start: str | None = knob(None, advanced=True)


@dataclass(frozen=True, eq=False)
class Scenario:
    """`ahead`: the forecast as it would be, with before_value (as it was) and factor beside. `totals`: series, before, after, change (units), share (of before;
    NaN where that is 0), a row a series. `periods`: date, before, after over all series chosen. `assumption`: (key, details) for a sentence each, empty where nothing is assumed.
    """

    ahead: pd.DataFrame
    totals: pd.DataFrame
    periods: pd.DataFrame
    assumption: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """before, after, change, share (None where before is 0)."""
        before, after = float(self.totals["before"].sum()), float(self.totals["after"].sum())
        return {
            "before": before,
            "after": after,
            "change": after - before,
            "share": after / before - 1 if before else None,
        }


def scenario(
    ahead: pd.DataFrame,
    options: ScenarioOptions | None = None,
    *,
    measure: Literal["quantity", "revenue", "orders", "customers"] = "quantity",
    series: Iterable[str] | None = None,
) -> Scenario:
    """The forecast under an assumption about growth, price or promotion.

    Values and intervals are multiplied by growth x (1 + price) ** elasticity x promotion (constant elasticity of demand; Varian, Intermediate
    Microeconomics, ch. 15). Revenue also gains or loses the price itself: (1 + price) ** (1 + elasticity). The factor is assumed, not learned:
    the intervals say how sure the forecast is, not how sure the assumption.

    Parameters
    ----------
    ahead
        series, date, value, lo_80, hi_80, lo_95, hi_95: of a forecast, or with values set by hand.
    options
        The assumption; as it stands by default nothing changes.
    measure
        What the values are.
    series
        The series it holds for; None: all.

    Raises
    ------
    AnalysisError
        "planning.promotion_outside": no chosen promotion day lies in the periods ahead; "planning.no_series": none of `series` is in the forecast.

    >>> ahead = pd.DataFrame({"series": ["a"], "date": pd.to_datetime(["2024-01-01"]), "value": [100.0], "lo_80": [80.0], "hi_80": [120.0],
    ...                       "lo_95": [70.0], "hi_95": [130.0]})
    >>> scenario(ahead, ScenarioOptions(price=0.25, elasticity=-1.0)).totals[["before", "after"]].values.tolist()
    [[100.0, 80.0]]
    """
    options = options or ScenarioOptions()
    require(ahead, "series", "date", "value")
    table = ahead.reset_index(drop=True).copy()
    dates = pd.to_datetime(table["date"]).to_numpy().astype("datetime64[ns]")
    chosen = (
        np.ones(len(table), dtype=bool)
        if series is None
        else table["series"].astype(str).isin([str(name) for name in series]).to_numpy()
    )
    if not chosen.any():
        raise AnalysisError("planning.no_series")
    factor = np.where(chosen, _factors(dates, options, measure), 1.0)
    table["before_value"] = table["value"]
    for name in FIGURES:
        if name in table.columns:
            table[name] = table[name] * factor
    table["factor"] = factor
    sums = (
        table.assign(after=table["value"])
        .groupby("series", sort=False, observed=True)[["before_value", "after"]]
        .sum()
        .reset_index()
    )
    totals = sums.rename(columns={"before_value": "before"})
    totals["change"] = totals["after"] - totals["before"]
    totals["share"] = np.divide(
        totals["change"],
        totals["before"],
        out=np.full(len(totals), np.nan),
        where=totals["before"].to_numpy() != 0,
    )
    by_date = table[chosen].groupby("date")[["before_value", "value"]].sum().reset_index()
    return Scenario(
        table,
        totals,
        by_date.rename(columns={"before_value": "before", "value": "after"}),
        _assumption(options, measure),
    )


def _factors(dates: np.ndarray, options: ScenarioOptions, measure: str) -> np.ndarray:
    """What each row's value is multiplied by; exactly 1 where nothing is assumed."""
    periods, place = np.unique(dates, return_inverse=True)
    on = (
        np.ones(len(periods), dtype=bool)
        if options.start is None
        else periods >= np.datetime64(options.start, "ns")
    )
    reach = (
        np.cumsum(on) / max(int(on.sum()), 1)
        if options.growth_form == "gradual"
        else np.ones(len(periods))
    )
    by_period = np.where(on, 1.0 + options.growth * reach, 1.0)
    power = options.elasticity + (1.0 if measure == "revenue" else 0.0)
    by_period = by_period * np.where(on, (1.0 + options.price) ** power, 1.0)
    if options.promotion and options.promotion_dates:
        days = np.array(options.promotion_dates, dtype="datetime64[ns]")
        step = (
            periods[-1] - periods[-2]
            if len(periods) > 1
            else np.timedelta64(366, "D").astype("timedelta64[ns]")
        )
        inside = np.searchsorted(periods, days, side="right") - 1
        inside = inside[(inside >= 0) & (days < periods[-1] + step)]
        if not len(inside):
            raise AnalysisError(
                "planning.promotion_outside", start=str(periods[0])[:10], end=str(periods[-1])[:10]
            )
        by_period[np.unique(inside)] *= 1.0 + options.promotion
    return by_period[place]


def _assumption(options: ScenarioOptions, measure: str) -> tuple[Message, ...]:
    said: list[Message] = []
    if options.growth:
        key = (
            "planning.assumption.growth_gradual"
            if options.growth_form == "gradual"
            else "planning.assumption.growth"
        )
        said.append(Message(key, {"growth": options.growth}))
    if options.price:
        effect = (1.0 + options.price) ** options.elasticity - 1.0
        said.append(
            Message(
                "planning.assumption.price",
                {"price": options.price, "elasticity": options.elasticity, "effect": effect},
            )
        )
        if measure == "revenue":
            said.append(
                Message(
                    "planning.assumption.revenue",
                    {"effect": (1.0 + options.price) ** (1.0 + options.elasticity) - 1.0},
                )
            )
    if options.promotion and options.promotion_dates:
        said.append(
            Message(
                "planning.assumption.promotion",
                {"promotion": options.promotion, "count": len(set(options.promotion_dates))},
            )
        )
    if said and options.start:
        said.append(Message("planning.assumption.start", {"date": options.start}))
    return tuple(said)
