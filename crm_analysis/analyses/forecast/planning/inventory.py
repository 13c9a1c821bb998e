"""What to order now: reorder point, safety stock and order-up-to level from the forecast's own distribution, in whole packs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.lead_time import demand_between
from crm_analysis.analyses.forecast.planning.sample_paths import period_edges, sample_paths
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

__all__ = ["InventoryOptions", "Replenishment", "critical_ratio", "replenish", "whole_packs"]

_PER_SERIES = ("lead_time", "lead_time_sd", "review", "service")
_DEFAULTS = {"on_order": 0.0, "pack": 1.0, "minimum": 0.0}


@dataclass(frozen=True, kw_only=True)
class InventoryOptions(Options):
    """How orders are placed, where the table of stock does not say so for a series itself.

    `lead_time` (mean) and its standard deviation, and `review`, the time from one order to the next, in `unit`s: days, or periods of the
    forecast. `service`: the chance of no stock-out until the next order can arrive. `rule`: at each review order up to the level
    ("every_review"), or watch all the time and order only once stock on hand and on order has fallen to the reorder point. `whole`: levels are whole units.
    `as_of`: the day the stock was counted (ISO), None: the day the forecast begins.
    """

    unit: Literal["day", "period"] = "period"
    lead_time: float = knob(1.0, low=0.0, high=1000.0, step=1.0)
    lead_time_sd: float = knob(0.0, low=0.0, high=365.0, step=0.5)
    review: float = knob(1.0, low=0.0, high=1000.0, step=1.0)
    service: float = knob(0.95, low=0.5, high=0.999, step=0.005)
    rule: Literal["every_review", "at_reorder_point"] = "every_review"
    whole: bool = knob(True, advanced=True)
    as_of: str | None = knob(None, advanced=True)
    samples: int = knob(2000, low=200, high=20000, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Replenishment:
    """What to order now, series by series, and how sure that makes it. Units are those of the demand.

    `orders`: series; on_hand, on_order, position (their sum), pack, minimum, lead_time, lead_time_sd, review, service (as used);
    expected_lead, expected_cycle (mean demand over the lead time, and over lead time and review); reorder_point, safety_stock
    (reorder_point less expected_lead), order_up_to; need (units short of what the rule asks for), packs, order (units, whole packs, at
    least the minimum); risk_without and risk_with (chance of a stock-out before the next order can arrive, without and with this order),
    risk_before_arrival (the part no order placed now can help); shortage_without, shortage_with (mean units short in that time);
    days_of_cover and runs_out (until stock on hand is gone at the expected demand; NaN and NaT where nothing is expected);
    normal_safety_stock, normal_reorder_point (the textbook formula, to explain by: z times sqrt(L s2 + d2 sL2)). With `cost` in the stock table: order_cost.
    `projection`: series, date (the end of a period), without, without_lo, without_hi, with_order, with_lo, with_hi: stock then, mean and middle 80 %.
    `notes`: (key, details).
    """

    orders: pd.DataFrame
    projection: pd.DataFrame
    notes: tuple[Message, ...]
    unit: str

    def summary(self) -> dict[str, float | None]:
        """series, to_order (series with an order), units, packs, cost (None without costs), at_risk (series whose risk without an order exceeds what
        their service level allows), shortage_without, shortage_with.
        """
        orders = self.orders
        return {
            "series": float(len(orders)),
            "to_order": float((orders["order"] > 0).sum()),
            "units": float(orders["order"].sum()),
            "packs": float(orders["packs"].sum()),
            "cost": float(orders["order_cost"].sum()) if "order_cost" in orders.columns else None,
            "at_risk": float((orders["risk_without"] > 1 - orders["service"] + 1e-9).sum()),
            "shortage_without": float(orders["shortage_without"].sum()),
            "shortage_with": float(orders["shortage_with"].sum()),
        }


def critical_ratio(shortage_cost: float, holding_cost: float) -> float:
    """The service level at which one more unit costs as much in stock as it saves in shortage (newsvendor; Arrow, Harris & Marschak 1951).

    `shortage_cost`: lost by a unit too few; `holding_cost`: by a unit left over at the end of the cycle. Both at least 0, not both 0 (ValueError).

    >>> critical_ratio(9.0, 1.0)
    0.9
    """
    if shortage_cost < 0 or holding_cost < 0 or shortage_cost + holding_cost <= 0:
        raise ValueError(
            f"costs are {shortage_cost!r} and {holding_cost!r}; they must be at least 0 and not both 0"
        )
    return shortage_cost / (shortage_cost + holding_cost)


def whole_packs(need: np.ndarray, pack: np.ndarray, minimum: np.ndarray) -> np.ndarray:
    """The fewest packs that hold the need and the minimum order; 0 where nothing is needed.

    >>> whole_packs(np.array([0.0, 1.0, 25.0]), np.array([12.0, 12.0, 12.0]), np.array([24.0, 24.0, 24.0])).tolist()
    [0.0, 2.0, 3.0]
    """
    wanted = np.where(need > 0, np.maximum(need, minimum), 0.0)
    packs = np.ceil(wanted / pack)
    packs = np.where(
        (packs > 0) & ((packs - 1) * pack >= wanted), packs - 1, packs
    )  # 0.3 / 0.1 is a little more than 3
    return np.where(packs * pack < wanted, packs + 1, packs)


def replenish(
    forecast: Forecast,
    stock: pd.DataFrame,
    options: InventoryOptions | None = None,
    *,
    ahead: pd.DataFrame | None = None,
) -> Replenishment:
    """What to order now so that stock lasts until the next order can arrive, at the service level asked for.

    The levels are quantiles of demand over the lead time (reorder point) and over lead time and review (order-up-to level) in sample paths of the
    forecast: the smallest stock that suffices in that share of them (Silver, Pyke & Thomas, Inventory and Production Management in Supply Chains,
    4th ed. 2017, ch. 6-7). Trend, season, skew and uncertainty that grows with the horizon are therefore in them; a normal formula knows none of these. What is on order is taken to
    arrive within the lead time, and demand that is not met to be lost from stock, not from demand.

    Parameters
    ----------
    forecast
        What `forecast` gave, of demand in units; of anything but quantity a note says that stock must be counted the same way.
    stock
        A row a series: series, on_hand (below 0: owed to customers); if known on_order, pack (units, default 1), minimum (units, default 0), cost (of a unit), and
        lead_time, lead_time_sd, review, service, which hold for that series instead of the options.
    options
        Lead time, review, service and rule for the rest.
    ahead
        The forecast as overridden or under a scenario; the paths move with it. None: as forecast.

    Raises
    ------
    AnalysisError
        "planning.stock_number": a number of the stock table is missing or impossible; "planning.stock_twice": a series has two rows;
        "planning.no_stock_match": no series of the stock table is in the forecast; "planning.horizon_too_short": lead time and review reach beyond the forecast.
    """
    options = options or InventoryOptions()
    table = _stock(stock, options)
    drawn = sample_paths(forecast, ahead, samples=options.samples, seed=options.seed)
    notes: list[Message] = []
    absent = [name for name in table["series"] if name not in drawn]
    if absent:
        notes.append(
            Message("planning.note.not_forecast", {"count": len(absent), "series": absent[:5]})
        )
    known = set(table["series"])
    without = [name for name in drawn if name not in known]
    if without:
        notes.append(
            Message("planning.note.no_stock", {"count": len(without), "series": without[:5]})
        )
    table = table[table["series"].isin(list(drawn))].reset_index(drop=True)
    if table.empty:
        raise AnalysisError("planning.no_stock_match", series=absent[:5])
    rows, projections = [], []
    for place, line in enumerate(table.to_dict("records")):
        dates, paths = drawn[line["series"]]
        row, projection = _one(
            line,
            dates,
            np.maximum(paths, 0.0),
            forecast,
            options,
            np.random.default_rng([options.seed, place]),
        )
        rows.append(row)
        projections.append(projection)
    orders = pd.concat([table.drop(columns="cost", errors="ignore"), pd.DataFrame(rows)], axis=1)
    if "cost" in table.columns:
        orders["order_cost"] = orders["order"] * table["cost"]
    if (orders["risk_before_arrival"] > 1 - orders["service"] + 1e-9).any():
        late = orders[orders["risk_before_arrival"] > 1 - orders["service"] + 1e-9]
        notes.append(
            Message(
                "planning.note.too_late",
                {"count": len(late), "series": late["series"].tolist()[:5]},
            )
        )
    if forecast.measure not in ("quantity", ""):
        notes.append(Message("planning.note.not_quantity", {"measure": forecast.measure}))
    return Replenishment(
        orders, pd.concat(projections, ignore_index=True), tuple(notes), options.unit
    )


def _stock(stock: pd.DataFrame, options: InventoryOptions) -> pd.DataFrame:
    """The stock table with every number there and possible."""
    require(stock, "series", "on_hand")
    table = pd.DataFrame({"series": stock["series"].astype(str).to_numpy(dtype=object)})
    double = table["series"].duplicated()
    if double.any():
        raise AnalysisError("planning.stock_twice", series=str(table["series"][double].iloc[0]))
    defaults = {**_DEFAULTS, **{name: getattr(options, name) for name in _PER_SERIES}}
    for name in ("on_hand", *defaults, *(["cost"] if "cost" in stock.columns else [])):
        if name in stock.columns:
            given = pd.to_numeric(stock[name], errors="coerce").to_numpy(
                dtype=float, na_value=np.nan
            )
            # An empty cell of an optional column means "as usual"; text that is no number does not.
            empty = stock[name].isna().to_numpy() & (name in defaults)
            table[name] = np.where(empty, defaults.get(name, 0.0), given)
        else:
            table[name] = float(defaults[name])
        values = table[name].to_numpy(float)
        wrong = ~np.isfinite(values)
        if name == "pack":
            wrong |= values <= 0
        elif name == "service":
            wrong |= (values <= 0) | (values >= 1)
        elif name != "on_hand":
            wrong |= values < 0
        if wrong.any():
            raise AnalysisError(
                "planning.stock_number", column=name, series=str(table["series"][wrong].iloc[0])
            )
    table.insert(3, "position", table["on_hand"] + table["on_order"])
    return table


def _one(
    line: dict[str, Any],
    dates: np.ndarray,
    paths: np.ndarray,
    forecast: Forecast,
    options: InventoryOptions,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], pd.DataFrame]:
    days = period_edges(dates, forecast.every)
    day_edges = (days - days[0]) / np.timedelta64(1, "D")
    edges = day_edges if options.unit == "day" else np.arange(len(days), dtype=float)
    counted = (
        0.0
        if options.as_of is None
        else max(
            0.0,
            float(
                (np.datetime64(options.as_of, "D") - days[0].astype("datetime64[D]"))
                / np.timedelta64(1, "D")
            ),
        )
    )
    now = float(np.interp(counted, day_edges, edges))
    lead, spread, review, service = (float(line[name]) for name in _PER_SERIES)
    reach = now + lead + 2 * spread + review
    if reach > edges[-1] + 1e-9 or counted > day_edges[-1]:
        needed = (
            int(np.ceil(np.interp(reach, edges, np.arange(len(edges)))))
            if reach <= edges[-1]
            else int(np.ceil(reach / (edges[-1] / (len(edges) - 1))))
        )
        raise AnalysisError(
            "planning.horizon_too_short", series=line["series"], needed=needed, horizon=len(dates)
        )
    draws = len(paths)
    start = np.full(draws, now)
    arrives = (
        start + np.maximum(0.0, lead + spread * _even_normal(draws, rng))
        if spread
        else start + lead
    )
    lead_demand, cycle_demand = demand_between(paths, edges, start, arrives, arrives + review, rng)
    point, up_to = (
        float(np.quantile(each, service, method="inverted_cdf"))
        for each in (lead_demand, cycle_demand)
    )
    if options.whole:
        point, up_to = (float(np.ceil(level - 1e-9)) for level in (point, up_to))
    position, expected = float(line["position"]), float(lead_demand.mean())
    due = position < up_to if options.rule == "every_review" else position <= point
    need = max(0.0, up_to - position) if due else 0.0
    packs = float(
        whole_packs(np.array([need]), np.array([line["pack"]]), np.array([line["minimum"]]))[0]
    )
    order = packs * float(line["pack"])
    # Who watches all the time can still order a moment later: what must last is the lead time only.
    unhelped = lead_demand > position + 1e-9
    exposed = cycle_demand if options.rule == "every_review" else lead_demand
    cover = _cover(float(line["on_hand"]), paths.mean(axis=0), day_edges, counted)
    normal = _normal(paths, edges, now, lead, spread, service)
    row = {
        "expected_lead": expected,
        "expected_cycle": float(cycle_demand.mean()),
        "reorder_point": point,
        "safety_stock": max(0.0, point - expected),
        "order_up_to": up_to,
        "need": need,
        "packs": packs,
        "order": order,
        "risk_without": float((exposed > position + 1e-9).mean()),
        "risk_with": float((unhelped | (exposed > position + order + 1e-9)).mean()),
        "risk_before_arrival": float(unhelped.mean()),
        "shortage_without": float(np.maximum(exposed - position, 0.0).mean()),
        "shortage_with": float(
            np.maximum(np.maximum(lead_demand - position, exposed - position - order), 0.0).mean()
        ),
        "days_of_cover": cover,
        "runs_out": pd.NaT if not np.isfinite(cover) else _day_after(days[0], counted + cover),
        "normal_safety_stock": normal,
        "normal_reorder_point": normal + expected,
    }
    return row, _projection(line, days, paths, edges, now, arrives, order)


def _even_normal(draws: int, rng: np.random.Generator) -> np.ndarray:
    """Normal draws one in each slice of equal probability: the lead time's spread without the noise of drawing it."""
    from scipy.special import ndtri

    return ndtri((rng.permutation(draws) + 0.5) / draws)


def _normal(
    paths: np.ndarray, edges: np.ndarray, now: float, lead: float, spread: float, service: float
) -> float:
    """Z sqrt(sum of the periods' variances over the lead time + (mean demand a unit of time)^2 x variance of the lead time)."""
    from scipy.special import ndtri

    share = np.clip(
        (np.minimum(edges[1:], now + lead) - np.maximum(edges[:-1], now)) / np.diff(edges), 0.0, 1.0
    )
    over = share.sum() or 1.0
    rate = float(
        (
            paths.mean(axis=0) * (share if share.any() else np.r_[1.0, np.zeros(len(share) - 1)])
        ).sum()
        / over
        / np.diff(edges).mean()
    )
    return float(
        max(0.0, ndtri(service))
        * np.sqrt(float((paths.var(axis=0) * share).sum()) + rate**2 * spread**2)
    )


def _cover(on_hand: float, mean: np.ndarray, day_edges: np.ndarray, counted: float) -> float:
    """Days until the mean demand has used up the stock; beyond the horizon at its mean rate."""
    total, length = float(mean.sum()), float(day_edges[-1])
    if total <= 0:
        return float("nan")
    sold = np.r_[0.0, np.cumsum(mean)]
    goal = max(on_hand, 0.0) + float(np.interp(counted, day_edges, sold))
    if goal >= total:
        return length + (goal - total) / (total / length) - counted
    place = int(np.searchsorted(sold, goal, side="right")) - 1
    inside = (goal - sold[place]) / (sold[place + 1] - sold[place])
    return float(day_edges[place] + inside * (day_edges[place + 1] - day_edges[place]) - counted)


def _day_after(start: np.datetime64, days: float) -> pd.Timestamp:
    return pd.NaT if days > 36500 else pd.Timestamp(start) + pd.Timedelta(days=int(days))


def _projection(
    line: dict[str, Any],
    days: np.ndarray,
    paths: np.ndarray,
    edges: np.ndarray,
    now: float,
    arrives: np.ndarray,
    order: float,
) -> pd.DataFrame:
    """Stock at the end of each period: what is on order, and this order, are in it once the lead time is over."""
    passed = np.clip((now - edges[:-1]) / np.diff(edges), 0.0, 1.0)
    sold = np.cumsum(paths * (1.0 - passed), axis=1)
    here = arrives[:, None] <= edges[None, 1:] + 1e-9
    columns: dict[str, Any] = {"series": line["series"], "date": days[1:]}
    for name, extra in (("without", 0.0), ("with", order)):
        level = np.maximum(
            float(line["on_hand"]) + (float(line["on_order"]) + extra) * here - sold, 0.0
        )
        columns["with_order" if name == "with" else name] = level.mean(axis=0)
        columns[f"{name}_lo"], columns[f"{name}_hi"] = np.quantile(level, [0.1, 0.9], axis=0)
    return pd.DataFrame(columns)[
        [
            "series",
            "date",
            "without",
            "without_lo",
            "without_hi",
            "with_order",
            "with_lo",
            "with_hi",
        ]
    ]
