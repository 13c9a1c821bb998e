"""What to order now: levels from the forecast's own distribution, orders in whole packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import sample_paths
from crm_analysis.analyses.forecast.planning.stock_levels import (
    TOLERANCE,
    Timeline,
    day_after,
    days_of_cover,
    demand_between,
    even_normal,
    normal_safety_stock,
    projected_stock,
    sufficient_stock,
    timeline_of,
    whole_packs,
)
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.kinds import require

_PER_SERIES = ("lead_time", "lead_time_sd", "review", "service")
_LATE = 0.05  # risk above what the service level allows, from which an order comes too late
_EMPTY_PERIODS_SHOWN = 2
_PERIODS_SHOWN = 5  # at least
_MIDDLE = (0.1, 0.9)  # of what an order avoids


@dataclass(frozen=True, kw_only=True)
class InventoryOptions(Options):
    """How orders are placed, where the table of stock does not say so for a series itself.

    `lead_time` (mean) and its standard deviation, and `review`, the time from one order to the
    next, are in `unit`s: days, or periods of the forecast. `service` is the chance of no stock-out
    until the next order can arrive. `rule`: order up to the level at each review, or watch all the
    time and order only once stock on hand and on order has fallen to the reorder point. `whole`:
    levels are whole units. `as_of` is the day the stock was counted (ISO); None: the day the
    forecast begins.
    """

    unit: Literal["day", "period"] = "period"
    lead_time: float = knob(1.0, low=0.0, high=1000.0, step=1.0)
    lead_time_sd: float = knob(0.0, low=0.0, high=365.0, step=0.5)
    review: float = knob(1.0, low=0.0, high=1000.0, step=1.0)
    service: float = share(0.95, low=0.5, high=0.999, step=0.005)
    rule: Literal["every_review", "at_reorder_point"] = "every_review"
    whole: bool = knob(True, advanced=True)
    as_of: str | None = knob(None, advanced=True)
    samples: int = knob(2000, low=200, high=20000, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Replenishment:
    """What to order now, series by series, and how sure that makes it.

    Units are those of the demand; times are in `unit`s of the options.

    Attributes
    ----------
    orders : pandas.DataFrame
        A row a series of the stock table:

        - series : text
        - on_hand, on_order : units
        - position : units on hand and on order
        - pack : units
        - minimum : units, of an order
        - lead_time, lead_time_sd, review, service : as used
        - expected_lead : mean demand over the lead time, in units
        - expected_cycle : mean demand over lead time and review, in units
        - reorder_point : units
        - safety_stock : units, reorder_point less expected_lead
        - order_up_to : units, the level an order fills up to
        - need : units short of what the rule asks for
        - packs : count
        - order : units, in whole packs and at least the minimum
        - risk_without, risk_with : chance of a stock-out before the next order can arrive, without
          and with this order
        - risk_before_arrival : chance, the part that no order placed now can help
        - shortage_without, shortage_with : mean units short in that time
        - days_of_cover : days until stock on hand is gone at the expected demand; NaN where
          nothing is expected
        - runs_out : that day; NaT where nothing is expected
        - normal_safety_stock, normal_reorder_point : units by the textbook formula, to explain by:
          z times sqrt(L s2 + d2 sL2)
        - avoided, avoided_lo, avoided_hi : units of demand in that time that would be missed
          without this order and are not with it: the mean, and the middle 80 %
        - order_cost : money; only with `cost` in the stock table
        - price : money a unit; only with `price` in the stock table

    projection : pandas.DataFrame
        Stock of each series at the end of each period: mean and middle 80 %.

        - series : text
        - date : day the period has ended
        - without, without_lo, without_hi : units without the order
        - with_order, with_lo, with_hi : units with the order

    notes : tuple of Message
        What the reader should know.
    unit : str
        "day" or "period".
    """

    orders: pd.DataFrame
    projection: pd.DataFrame
    notes: tuple[Message, ...]
    unit: str

    def summary(self) -> dict[str, float | None]:
        """Counts of series, to_order and at_risk; units, packs, cost and mean shortages.

        `at_risk` are the series whose risk without an order exceeds what their service level
        allows; `cost` is None where the stock table has none.
        """
        orders = self.orders
        at_risk = orders["risk_without"] > 1 - orders["service"] + TOLERANCE
        cost = (
            float(orders["order_cost"].sum())
            if "order_cost" in orders.columns
            else None
        )
        return {
            "series": float(len(orders)),
            "to_order": float((orders["order"] > 0).sum()),
            "units": float(orders["order"].sum()),
            "packs": float(orders["packs"].sum()),
            "cost": cost,
            "at_risk": float(at_risk.sum()),
            "shortage_without": float(orders["shortage_without"].sum()),
            "shortage_with": float(orders["shortage_with"].sum()),
        }

    def projection_of(self, series: str, today: pd.Timestamp) -> pd.DataFrame:
        """The projection of one series with the stock of today before it.

        What stays empty need not be looked at for long: the rows end soon after the stock is gone.
        """
        projection = self.projection[self.projection["series"] == series]
        on_hand = float(
            self.orders.loc[self.orders["series"] == series, "on_hand"].iloc[0]
        )
        first = projection.head(1).assign(
            date=today,
            **dict.fromkeys(projection.columns.drop(["series", "date"]), on_hand),
        )
        whole = pd.concat([first, projection], ignore_index=True)
        empty = np.flatnonzero(whole["with_hi"].to_numpy(float) <= 0)
        if not len(empty):
            return whole
        return whole.head(max(_PERIODS_SHOWN, int(empty[0]) + _EMPTY_PERIODS_SHOWN))


def critical_ratio(shortage_cost: float, holding_cost: float) -> float:
    """The service level at which one more unit costs as much in stock as it saves in shortage.

    Parameters
    ----------
    shortage_cost
        Money lost by a unit too few; at least 0.
    holding_cost
        Money lost by a unit left over at the end of the cycle; at least 0, not both 0.

    References
    ----------
    The newsvendor: Arrow, Harris & Marschak, Optimal inventory policy, Econometrica 19, 1951.

    Examples
    --------
    >>> critical_ratio(9.0, 1.0)
    0.9
    """
    if shortage_cost < 0 or holding_cost < 0 or shortage_cost + holding_cost <= 0:
        costs = f"costs are {shortage_cost!r} and {holding_cost!r}"
        raise ValueError(f"{costs}; they must be at least 0 and not both 0")
    return shortage_cost / (shortage_cost + holding_cost)


def filled_up(stock: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """The stock table as if every series had just been filled up to its level."""
    levels = orders.set_index("series")["order_up_to"]
    return stock.assign(on_hand=levels.reindex(stock["series"]).to_numpy())


def order_urgency(
    order: Mapping[str, Any],
) -> Literal["enough", "late", "in_time"]:
    """Whether a series (a row of `orders`) has enough, or an order placed now comes too late.

    >>> order_urgency({"order": 24.0, "risk_with": 0.3, "service": 0.95})
    'late'
    """
    if not order["order"]:
        return "enough"
    return (
        "late" if order["risk_with"] > 1 - order["service"] + _LATE else "in_time"
    )


def replenish(
    forecast: Forecast,
    stock: pd.DataFrame,
    options: InventoryOptions | None = None,
    *,
    ahead: pd.DataFrame | None = None,
) -> Replenishment:
    """What to order now so that stock lasts until the next order can arrive.

    The levels are quantiles of demand over the lead time (reorder point) and over lead time and
    review (order-up-to level) in sample paths of the forecast: the smallest stock that suffices in
    the share of them that the service level asks for. Trend, season, skew and uncertainty that
    grows with the horizon are therefore in them; a normal formula knows none of these. What is on
    order is taken to arrive within the lead time, and demand that is not met to be lost from
    stock, not from demand.

    Parameters
    ----------
    forecast
        Of demand in units; of anything but quantity a note says that stock must be counted the
        same way.
    stock
        A row a series: series, on_hand (units; below 0: owed to customers) and, if known,
        on_order (units), pack (units, default 1), minimum (units, default 0), cost (money a unit),
        price (money a unit that is sold), and lead_time, lead_time_sd, review, service, which hold
        for that series instead of the options.
    options
        Lead time, review, service and rule for the rest.
    ahead
        The forecast as overridden or under a scenario; the paths move with it. None: as forecast.

    Returns
    -------
    Replenishment
        What to order (`.orders`), and the `.projection` of stock with and without it.

    Raises
    ------
    AnalysisError
        "planning.stock_number": a number of the stock table is missing or impossible;
        "planning.stock_twice": a series has two rows; "planning.no_stock_match": no series of the
        stock table is in the forecast; "planning.horizon_too_short": lead time and review reach
        beyond the forecast.

    References
    ----------
    Silver, Pyke & Thomas, Inventory and Production Management in Supply Chains, 4th ed. 2017,
    ch. 6-7.
    """
    options = options or InventoryOptions()
    table = _checked_stock(stock, options)
    drawn = sample_paths(
        forecast, ahead, samples=options.samples, seed=options.seed
    )
    notes = _unmatched(table["series"].tolist(), list(drawn))
    stocked = table[table["series"].isin(list(drawn))].reset_index(drop=True)
    if stocked.empty:
        raise AnalysisError(
            "planning.no_stock_match",
            series=table["series"].tolist()[:5],
        )
    placed = []
    for position, line in enumerate(stocked.to_dict("records")):
        dates, paths = drawn[line["series"]]
        timeline = timeline_of(dates, forecast.every, options.unit, options.as_of)
        rng = np.random.default_rng([options.seed, position])
        placed.append(_order(line, timeline, np.maximum(paths, 0.0), options, rng))
    rows, projections = zip(*placed, strict=True)
    orders = pd.concat(
        [
            stocked.drop(columns="cost", errors="ignore"),
            pd.DataFrame(rows),
        ],
        axis=1,
    )
    if "cost" in stocked.columns:
        orders["order_cost"] = orders["order"] * stocked["cost"]
    too_late = orders["risk_before_arrival"] > 1 - orders["service"] + TOLERANCE
    if too_late.any():
        late = orders.loc[too_late, "series"].tolist()
        notes.append(_about_series("planning.note.too_late", late))
    if forecast.measure not in ("quantity", ""):
        notes.append(
            Message(
                "planning.note.not_quantity",
                {"measure": forecast.measure},
            )
        )
    return Replenishment(
        orders,
        pd.concat(projections, ignore_index=True),
        tuple(notes),
        options.unit,
    )


def _checked_stock(stock: pd.DataFrame, options: InventoryOptions) -> pd.DataFrame:
    require(stock, "series", "on_hand")
    table = pd.DataFrame(
        {"series": stock["series"].astype(str).to_numpy(dtype=object)}
    )
    duplicated = table["series"].duplicated()
    if duplicated.any():
        raise AnalysisError(
            "planning.stock_twice",
            series=str(table["series"][duplicated].iloc[0]),
        )
    defaults = {
        **{"on_order": 0.0, "pack": 1.0, "minimum": 0.0},
        **{name: getattr(options, name) for name in _PER_SERIES},
    }
    columns = ["on_hand", *defaults]
    columns += [name for name in ("cost", "price") if name in stock.columns]
    for name in columns:
        if name in stock.columns:
            numbers = pd.to_numeric(stock[name], errors="coerce").to_numpy(
                dtype=float, na_value=np.nan
            )
            # An empty cell of an optional column means "as usual"; text that is no number does not.
            empty = stock[name].isna().to_numpy() & (name in defaults)
            table[name] = np.where(empty, defaults.get(name, 0.0), numbers)
        else:
            table[name] = float(defaults[name])
        impossible = ~_possible(name, table[name].to_numpy(float))
        if impossible.any():
            series = str(table["series"][impossible].iloc[0])
            raise AnalysisError("planning.stock_number", column=name, series=series)
    table.insert(3, "position", table["on_hand"] + table["on_order"])
    return table


def _possible(column: str, values: np.ndarray) -> np.ndarray:
    finite = np.isfinite(values)
    if column == "on_hand":
        return finite
    if column == "pack":
        return finite & (values > 0)
    if column == "service":
        return finite & (values > 0) & (values < 1)
    return finite & (values >= 0)


def _unmatched(stocked: list[str], forecast: list[str]) -> list[Message]:
    """What has stock and no forecast, and what has a forecast and no stock."""
    unmatched = {
        "not_forecast": [name for name in stocked if name not in set(forecast)],
        "no_stock": [name for name in forecast if name not in set(stocked)],
    }
    return [
        _about_series(f"planning.note.{key}", names)
        for key, names in unmatched.items()
        if names
    ]


def _about_series(key: str, names: list[str]) -> Message:
    return Message(key, {"count": len(names), "series": names[:5]})


def _order(
    line: dict[str, Any],
    timeline: Timeline,
    paths: np.ndarray,
    options: InventoryOptions,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], pd.DataFrame]:
    lead, spread, review, service = (float(line[name]) for name in _PER_SERIES)
    reach = timeline.now + lead + 2 * spread + review
    too_far = reach > timeline.edges[-1] + TOLERANCE
    if too_far or timeline.counted > timeline.days[-1]:
        raise AnalysisError(
            "planning.horizon_too_short",
            series=line["series"],
            needed=timeline.periods_until(reach),
            horizon=len(timeline.dates) - 1,
        )
    start = np.full(len(paths), timeline.now)
    arrives = start + lead
    if spread:
        arrives = start + np.maximum(
            0.0, lead + spread * even_normal(len(paths), rng)
        )
    lead_demand, cycle_demand = demand_between(
        paths, timeline.edges, start, arrives, arrives + review, rng
    )
    reorder_point = sufficient_stock(lead_demand, service, whole=options.whole)
    order_up_to = sufficient_stock(cycle_demand, service, whole=options.whole)
    every_review = options.rule == "every_review"
    position = float(line["position"])
    due = position < order_up_to if every_review else position <= reorder_point
    need = max(0.0, order_up_to - position) if due else 0.0
    sizes = (np.array([size]) for size in (need, line["pack"], line["minimum"]))
    packs = float(whole_packs(*sizes)[0])
    order = packs * float(line["pack"])
    # Who watches all the time can still order a moment later: the lead time is what must last.
    exposed = cycle_demand if every_review else lead_demand
    short_before = lead_demand > position + TOLERANCE
    short_after = exposed > position + order + TOLERANCE
    shortage_with = np.maximum(lead_demand - position, exposed - position - order)
    missed = np.maximum(exposed - position, 0.0)
    avoided = missed - np.maximum(shortage_with, 0.0)
    avoided_lo, avoided_hi = np.quantile(avoided, _MIDDLE)
    expected_lead = float(lead_demand.mean())
    normal = normal_safety_stock(line, timeline, paths)
    cover = days_of_cover(float(line["on_hand"]), paths.mean(axis=0), timeline)
    row = {
        "expected_lead": expected_lead,
        "expected_cycle": float(cycle_demand.mean()),
        "reorder_point": reorder_point,
        "safety_stock": max(0.0, reorder_point - expected_lead),
        "order_up_to": order_up_to,
        "need": need,
        "packs": packs,
        "order": order,
        "risk_without": float((exposed > position + TOLERANCE).mean()),
        "risk_with": float((short_before | short_after).mean()),
        "risk_before_arrival": float(short_before.mean()),
        "shortage_without": float(missed.mean()),
        "shortage_with": float(np.maximum(shortage_with, 0.0).mean()),
        "avoided": float(avoided.mean()),
        "avoided_lo": float(avoided_lo),
        "avoided_hi": float(avoided_hi),
        "days_of_cover": cover,
        "runs_out": day_after(timeline.dates[0], timeline.counted + cover),
        "normal_safety_stock": normal,
        "normal_reorder_point": normal + expected_lead,
    }
    return row, projected_stock(line, timeline, paths, arrives, order)
