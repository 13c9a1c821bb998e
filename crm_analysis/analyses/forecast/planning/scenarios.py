"""What if: growth, a price change under a stated elasticity, a promotion; arithmetic only."""

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


@dataclass(frozen=True, kw_only=True)
class ScenarioOptions(Options):
    """The assumption. Changes are shares (0.1: 10 % more) from `start` on (None: from the first).

    `growth` of demand comes at once or rises evenly to its full size in the last period. Demand
    follows the `price` change by (1 + price) ** elasticity. The `promotion` lifts the periods that
    hold the days `promotion_dates` (ISO).
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
    """A forecast under an assumption.

    Attributes
    ----------
    ahead : pandas.DataFrame
        The forecast as it would be, with its own columns (units of demand) and

        - before_value : units, as it was
        - factor : what value and intervals were multiplied by

    totals : pandas.DataFrame
        A row a series, over all dates:

        - series : text
        - before, after, change : units
        - share : change as a share of before; NaN where that is 0

    periods : pandas.DataFrame
        The series it holds for, together:

        - date : first day of the period
        - before, after : units

    assumption : tuple of Message
        A sentence for each assumption; empty where nothing is assumed.
    measure : str
        What the values are.
    """

    ahead: pd.DataFrame
    totals: pd.DataFrame
    periods: pd.DataFrame
    assumption: tuple[Message, ...]
    measure: str = "quantity"

    @property
    def direction(self) -> Literal["up", "down"]:
        """Whether the assumption brings more (or as much), or less."""
        return "up" if (self.summary()["change"] or 0.0) >= 0 else "down"

    def summary(self) -> dict[str, float | None]:
        """Before, after and change (units), share (of before; None where that is 0)."""
        before, after = (
            float(self.totals["before"].sum()),
            float(self.totals["after"].sum()),
        )
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
    """Apply an assumption about growth, price or promotion to a forecast.

    Values and intervals are multiplied by growth x (1 + price) ** elasticity x promotion: a
    constant elasticity of demand. Revenue also gains or loses the price itself:
    (1 + price) ** (1 + elasticity). The factor is assumed, not learned: the intervals say how sure
    the forecast is, not how sure the assumption.

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

    Returns
    -------
    Scenario
        The forecast `.ahead`, `.totals` by series and `.periods` for all, before and after.

    Raises
    ------
    AnalysisError
        "planning.promotion_outside": no promotion day lies in the periods ahead;
        "planning.no_series": none of `series` is in the forecast.

    References
    ----------
    Varian, Intermediate Microeconomics, 9th ed. 2014, ch. 15.

    Examples
    --------
    >>> ahead = pd.DataFrame(
    ...     {"series": ["a"], "date": pd.to_datetime(["2024-01-01"]), "value": [100.0]}
    ... )
    >>> scenario(ahead, ScenarioOptions(price=0.25, elasticity=-1.0)).totals
      series  before  after  change  share
    0      a   100.0   80.0   -20.0   -0.2
    """
    options = options or ScenarioOptions()
    require(ahead, "series", "date", "value")
    table = ahead.reset_index(drop=True).copy()
    chosen = np.ones(len(table), dtype=bool)
    if series is not None:
        chosen = (
            table["series"]
            .astype(str)
            .isin([str(name) for name in series])
            .to_numpy()
        )
    if not chosen.any():
        raise AnalysisError("planning.no_series")
    dates = pd.to_datetime(table["date"]).to_numpy().astype("datetime64[ns]")
    factor = np.where(chosen, _factors(dates, options, measure), 1.0)
    table["before_value"] = table["value"]
    for name in FIGURES:
        if name in table.columns:
            table[name] = table[name] * factor
    table["factor"] = factor
    figures = table[["series", "date"]].assign(
        before=table["before_value"], after=table["value"]
    )
    by_series = figures.groupby("series", sort=False, observed=True)
    totals = by_series[["before", "after"]].sum().reset_index()
    totals["change"] = totals["after"] - totals["before"]
    totals["share"] = totals["change"] / totals["before"].where(
        totals["before"] != 0
    )
    periods = (
        figures[chosen].groupby("date")[["before", "after"]].sum().reset_index()
    )
    return Scenario(table, totals, periods, _assumption(options, measure), measure)


def _factors(
    dates: np.ndarray, options: ScenarioOptions, measure: str
) -> np.ndarray:
    """What each row's value is multiplied by; exactly 1 where nothing is assumed."""
    periods, position = np.unique(dates, return_inverse=True)
    assumed = np.ones(len(periods), dtype=bool)
    if options.start is not None:
        assumed = periods >= np.datetime64(options.start, "ns")
    growth = np.full(len(periods), options.growth)
    if options.growth_form == "gradual":
        growth = options.growth * (np.cumsum(assumed) / max(int(assumed.sum()), 1))
    power = options.elasticity + (1.0 if measure == "revenue" else 0.0)
    factors = np.where(assumed, 1.0 + growth, 1.0)
    factors = factors * np.where(assumed, (1.0 + options.price) ** power, 1.0)
    if options.promotion and options.promotion_dates:
        factors[_promoted(periods, options.promotion_dates)] *= (
            1.0 + options.promotion
        )
    return factors[position]


def _promoted(periods: np.ndarray, promotion_dates: tuple[str, ...]) -> np.ndarray:
    """The positions of the periods that hold the days of a promotion."""
    days = np.array(promotion_dates, dtype="datetime64[ns]")
    length = np.timedelta64(366, "D").astype("timedelta64[ns]")
    if len(periods) > 1:
        length = periods[-1] - periods[-2]
    inside = np.searchsorted(periods, days, side="right") - 1
    inside = inside[(inside >= 0) & (days < periods[-1] + length)]
    if not len(inside):
        start, end = str(periods[0])[:10], str(periods[-1])[:10]
        raise AnalysisError("planning.promotion_outside", start=start, end=end)
    return np.unique(inside)


def _assumption(options: ScenarioOptions, measure: str) -> tuple[Message, ...]:
    messages = []

    def assume(name: str, **details: object) -> None:
        messages.append(Message(f"planning.assumption.{name}", details))

    if options.growth:
        assume(
            "growth_gradual" if (options.growth_form == "gradual") else "growth",
            growth=options.growth,
        )
    if options.price:
        price, elasticity = options.price, options.elasticity
        assume(
            "price",
            price=price,
            elasticity=elasticity,
            effect=(1.0 + price) ** elasticity - 1.0,
        )
        if measure == "revenue":
            assume(
                "revenue",
                effect=(1.0 + price) ** (1.0 + elasticity) - 1.0,
            )
    if options.promotion and options.promotion_dates:
        days = len(set(options.promotion_dates))
        assume("promotion", promotion=options.promotion, count=days)
    if messages and options.start:
        assume("start", date=options.start)
    return tuple(messages)
