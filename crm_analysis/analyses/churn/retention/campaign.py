"""Whom it pays to keep: what contacting each customer is expected to earn, how many to contact, and how sure that is.

For a customer with risk p of leaving and value V if kept, an offer that costs c to make and δ where it is taken, that wins over
a share γ of those who would leave and is taken by a share ψ of those who would have stayed anyway:

    expected profit = p·γ·(V − δ) − (1 − p)·ψ·δ − c

(Neslin, Gupta, Kamakura, Lu & Mason, Journal of Marketing Research 43, 2006; the sum and the maximum over a ranked list: Verbeke,
Dejaeger, Martens, Hur & Baesens, European Journal of Operational Research 218, 2012, and Verbraken, Verbeke & Baesens, IEEE TKDE
25, 2013), for each customer with their own value: ranking by profit, not by risk (Lemmens & Gupta, Marketing Science 39, 2020).
All of it is arithmetic on risks that are there: no model is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

__all__ = [
    "CampaignPlan",
    "MoneyOptions",
    "break_even_risk",
    "expected_cost",
    "expected_profit",
    "order_to_contact",
    "plan_campaign",
    "profit_by_success",
]


_POINTS = 200
_GROUPS = 2000
_RESAMPLES = 400


@dataclass(frozen=True, kw_only=True)
class MoneyOptions(Options):
    """What a customer is worth, what the offer costs and how often it works. Money is in the currency of the table.

    `value_column` names a column with each customer's own value (over the time for which keeping them counts); without it everybody
    is worth `value`. `margin` is the share of the value that stays. `count` and `budget` limit the campaign; None: no limit.
    """

    value: float = knob(100.0, low=0.0, high=1e9)
    value_column: str | None = None
    margin: float = knob(1.0, low=0.0, high=1.0, step=0.01)
    contact_cost: float = knob(1.0, low=0.0, high=1e6)
    incentive: float = knob(10.0, low=0.0, high=1e6)  # what the offer costs where it is taken
    success: float = knob(
        0.3, low=0.0, high=1.0, step=0.01
    )  # share of those about to leave whom the offer keeps
    take_up: float = knob(
        1.0, low=0.0, high=1.0, step=0.01, advanced=True
    )  # share of those who would have stayed who take it all the same
    count: int | None = knob(None, low=1, high=100_000_000)
    budget: float | None = knob(None, low=0.0, high=1e12)
    coverage: float = knob(0.9, low=0.5, high=0.99, step=0.01, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class CampaignPlan:
    """Whom to contact, and what that earns.

    `customers`: in the order of the table, customer, risk, value (margin of a customer kept), cost (expected), expected_profit,
    break_even (the risk above which contacting pays; NaN where it never does), rank (1: first to contact), contact (flag).
    `curve`: contacted, share, cost, profit (expected), realised (with the labels known; else NaN), profit_lo, profit_hi, by_risk (the
    same number ranked by risk alone), at_random, risk (of the last one contacted). `notes`: (key, details). `basis` says what the
    interval is from: "outcomes" (a bootstrap over customers whose outcome is known) or "risks" (chance alone, if the risks are right).
    """

    customers: pd.DataFrame
    curve: pd.DataFrame
    options: MoneyOptions
    basis: str
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: customers, contacted, share, profit with profit_lo and profit_hi, realised, cost, kept (customers the offer is
        expected to keep), return (profit per money spent), threshold (the least risk contacted), profit_by_risk, profit_of_all,
        break_even_success (how often the offer must work for this list to pay).
        """
        chosen = self.customers[self.customers["contact"]]
        at = self.curve[self.curve["contacted"] == len(chosen)].iloc[0]
        told = self.options
        risk, value = chosen["risk"].to_numpy(dtype=float), chosen["value"].to_numpy(dtype=float)
        gain = float((risk * (value - told.incentive)).sum())
        fixed = float((told.contact_cost + told.incentive * told.take_up * (1 - risk)).sum())
        return {
            "customers": float(len(self.customers)),
            "contacted": float(len(chosen)),
            "share": float(len(chosen) / len(self.customers)),
            "profit": float(at["profit"]),
            "profit_lo": float(at["profit_lo"]),
            "profit_hi": float(at["profit_hi"]),
            "realised": None if np.isnan(at["realised"]) else float(at["realised"]),
            "cost": float(at["cost"]),
            "kept": float(risk.sum() * told.success),
            "return": float(at["profit"] / at["cost"]) if at["cost"] > 0 else None,
            "threshold": float(risk.min()) if len(chosen) else None,
            "profit_by_risk": float(at["by_risk"]),
            "profit_of_all": float(self.customers["expected_profit"].sum()),
            "break_even_success": fixed / gain if gain > 0 else None,
        }


def expected_profit(
    risk: np.ndarray, value: np.ndarray | float, options: MoneyOptions
) -> np.ndarray:
    """What contacting each customer is expected to earn: p·γ·(V − δ) − (1 − p)·ψ·δ − c.

    >>> offer = MoneyOptions(contact_cost=1, incentive=10, success=0.5, take_up=1)
    >>> expected_profit(np.array([0.0, 0.5, 1.0]), 110.0, offer).tolist()
    [-11.0, 19.0, 49.0]
    """
    return risk * options.success * np.asarray(value, dtype=float) - expected_cost(risk, options)


def expected_cost(risk: np.ndarray, options: MoneyOptions) -> np.ndarray:
    """What contacting each customer is expected to cost: c + δ·(p·γ + (1 − p)·ψ)."""
    return options.contact_cost + options.incentive * (
        risk * options.success + (1 - risk) * options.take_up
    )


def break_even_risk(value: np.ndarray | float, options: MoneyOptions) -> np.ndarray:
    """The risk above which contacting a customer of such a value pays; NaN where it never does.

    >>> break_even_risk(np.array([110.0, 11.0]), MoneyOptions(contact_cost=1, incentive=10, success=0.5, take_up=1)).round(4).tolist()
    [0.1833, nan]
    """
    spent = options.contact_cost + options.incentive * options.take_up
    slope = (
        options.success * (np.asarray(value, dtype=float) - options.incentive)
        + options.incentive * options.take_up
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        risk = np.where(slope > 0, spent / slope, np.nan)
    return np.where(risk < 1, risk, np.nan)


def order_to_contact(
    profit: np.ndarray, cost: np.ndarray, options: MoneyOptions
) -> tuple[np.ndarray, int]:
    """The customers' positions, best first, and how many of them to contact within the limits of the options.

    By profit; under a budget by profit per cost, which is the best choice where all cost the same, and otherwise within one customer's
    profit of the best (Dantzig's rule for the knapsack problem, Operations Research 5, 1957). Nobody is contacted at a loss.
    """
    if options.budget is None:
        order = np.argsort(-profit, kind="stable")
        number = int((profit > 0).sum())
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(
                cost > 0,
                profit / np.where(cost > 0, cost, 1),
                np.where(profit > 0, np.inf, -np.inf),
            )
        order = np.argsort(-ratio, kind="stable")
        spent = np.cumsum(cost[order])
        number = min(
            int((profit > 0).sum()),
            int(np.searchsorted(spent, options.budget * (1 + 1e-12), side="right")),
        )
    return order, number if options.count is None else min(number, options.count)


def plan_campaign(customers: pd.DataFrame, options: MoneyOptions | None = None) -> CampaignPlan:
    """The profit of contacting each customer, and the number of customers at which the whole is largest.

    `customers`: customer, risk (0 to 1; out of fold where the customers are those the model learned from, or the profit is too
    good to be true), the value column if one is named, and churned where it is known. With `churned` the interval comes from a
    bootstrap over customers with the ranking held fixed, without it from the chance in who leaves and who takes the offer. A
    missing value is taken at the median, and a note says so. AnalysisError where the value column is missing or has no numbers.

    >>> customers = pd.DataFrame({"customer": ["a", "b", "c"], "risk": [0.9, 0.5, 0.1], "worth": [50.0, 500.0, 500.0]})
    >>> plan = plan_campaign(customers, MoneyOptions(value_column="worth", contact_cost=5, incentive=20, success=0.3, take_up=0.5))
    >>> plan.customers[["customer", "expected_profit", "rank", "contact"]].round(2).to_dict("list")
    {'customer': ['a', 'b', 'c'], 'expected_profit': [2.1, 62.0, 0.4], 'rank': [2, 1, 3], 'contact': [True, True, True]}
    >>> plan_campaign(customers, plan.options.replace(count=1)).customers["contact"].tolist()
    [False, True, False]
    """
    told = options or MoneyOptions()
    require(customers, "customer")
    risk = risks_of(customers)
    value, unknown = _values(customers, told)
    profit, cost = expected_profit(risk, value, told), expected_cost(risk, told)
    order, number = order_to_contact(profit, cost, told)
    rank = np.empty(len(risk), dtype=np.int64)
    rank[order] = np.arange(1, len(risk) + 1)
    table = pd.DataFrame(
        {
            "customer": customers["customer"].reset_index(drop=True),
            "risk": risk,
            "value": value,
            "cost": cost,
            "expected_profit": profit,
            "break_even": break_even_risk(value, told),
            "rank": rank,
            "contact": rank <= number,
        }
    )
    truth = _outcomes(customers)
    curve = _curve(risk, value, profit, cost, order, number, truth, told)
    return CampaignPlan(
        table,
        curve,
        told,
        "risks" if truth is None else "outcomes",
        _notes(profit, cost, order, number, unknown, told),
    )


def profit_by_success(plan: CampaignPlan, points: int = 21) -> pd.DataFrame:
    """How the plan hangs on how often the offer works: success (0 to 1, and the plan's own), contacted, cost, profit, chosen (the plan's own).

    Each row is the best list at that success, within the same limits.
    """
    risk, value = (
        plan.customers["risk"].to_numpy(dtype=float),
        plan.customers["value"].to_numpy(dtype=float),
    )
    rows = []
    for success in np.union1d(np.linspace(0, 1, points).round(4), [plan.options.success]):
        told = plan.options.replace(success=float(success))
        profit, cost = expected_profit(risk, value, told), expected_cost(risk, told)
        if told.count is None and told.budget is None:  # everybody who pays: no order is needed
            chosen = np.flatnonzero(profit > 0)
        else:
            paying = np.flatnonzero(profit > 0)
            order, number = order_to_contact(profit[paying], cost[paying], told)
            chosen = paying[order[:number]]
        rows.append(
            (
                float(success),
                len(chosen),
                float(cost[chosen].sum()),
                float(profit[chosen].sum()),
                bool(success == plan.options.success),
            )
        )
    return pd.DataFrame(rows, columns=["success", "contacted", "cost", "profit", "chosen"])


def risks_of(customers: pd.DataFrame) -> np.ndarray:
    """The column of risks as numbers from 0 to 1; ValueError for anything else, AnalysisError without customers."""
    if not len(customers):
        raise AnalysisError("retention.no_customers")
    risk = customers["risk"].to_numpy(dtype=float, na_value=np.nan)
    if not ((risk >= 0) & (risk <= 1)).all():
        raise ValueError("risk must be from 0 to 1 for every customer")
    return risk


def _values(customers: pd.DataFrame, options: MoneyOptions) -> tuple[np.ndarray, int]:
    if options.value_column is None:
        return np.full(len(customers), options.value * options.margin), 0
    if options.value_column not in customers.columns:
        raise AnalysisError("retention.no_value_column", column=options.value_column)
    column = pd.to_numeric(customers[options.value_column], errors="coerce").to_numpy(
        dtype=float, na_value=np.nan
    )
    known = np.isfinite(column)
    if not known.any():
        raise AnalysisError("retention.value_not_numbers", column=options.value_column)
    if known.all():
        return column * options.margin, 0
    return np.where(known, column, np.median(column[known])) * options.margin, int((~known).sum())


def _outcomes(customers: pd.DataFrame) -> np.ndarray | None:
    """1 where the customer left, 0 where not; None where that is not known of everybody."""
    if "churned" not in customers.columns or customers["churned"].isna().any():
        return None
    return customers["churned"].to_numpy(dtype=float)


def _curve(
    risk: np.ndarray,
    value: np.ndarray,
    profit: np.ndarray,
    cost: np.ndarray,
    order: np.ndarray,
    number: int,
    truth: np.ndarray | None,
    options: MoneyOptions,
) -> pd.DataFrame:
    total = len(risk)
    at = np.unique(
        np.append(np.linspace(0, total, min(total, _POINTS) + 1).round().astype(np.int64), number)
    )
    cell = np.searchsorted(
        at, np.arange(1, total + 1)
    )  # the first point of the curve that includes the customer of each rank

    def summed(values: np.ndarray) -> np.ndarray:
        return np.cumsum(np.bincount(cell, values, minlength=len(at)))

    expected = summed(profit[order])
    realised = np.full(len(at), np.nan)
    if truth is not None:
        happened = expected_profit(truth, value, options)[order]
        realised = summed(happened)
        low, high = _bootstrap(happened, cell, len(at), options)
    else:
        kept, taken = risk * options.success, (1 - risk) * options.take_up
        spread = (
            kept * (value - options.incentive) ** 2
            + taken * options.incentive**2
            - (profit + options.contact_cost) ** 2
        )
        reach = NormalDist().inv_cdf(0.5 + options.coverage / 2) * np.sqrt(
            np.maximum(summed(spread[order]), 0)
        )
        low, high = expected - reach, expected + reach
    last = np.where(at > 0, risk[order][np.maximum(at - 1, 0)], np.nan)
    return pd.DataFrame(
        {
            "contacted": at,
            "share": at / total,
            "cost": summed(cost[order]),
            "profit": expected,
            "realised": realised,
            "profit_lo": low,
            "profit_hi": high,
            "by_risk": summed(profit[np.argsort(-risk)]),
            "at_random": at / total * profit.sum(),
            "risk": last,
        }
    )


def _bootstrap(
    happened: np.ndarray, cell: np.ndarray, points: int, options: MoneyOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile intervals of the cumulative sum at each point: customers drawn anew with replacement, in random groups where they are many
    (a group's sum is as good a draw as a customer's, and two thousand of them are enough).
    """
    rng = np.random.default_rng(options.seed)
    groups = min(len(happened), _GROUPS)
    group = rng.permutation(len(happened)) % groups
    sums = np.bincount(group * points + cell, happened, minlength=groups * points).reshape(
        groups, points
    )
    drawn = rng.multinomial(groups, np.full(groups, 1 / groups), size=_RESAMPLES).astype(float)
    with threadpool_limits(1):
        totals = np.cumsum(drawn @ sums, axis=1)
    tail = (1 - options.coverage) / 2
    low, high = np.quantile(totals, [tail, 1 - tail], axis=0)
    return low, high


def _notes(
    profit: np.ndarray,
    cost: np.ndarray,
    order: np.ndarray,
    number: int,
    unknown: int,
    options: MoneyOptions,
) -> tuple[Message, ...]:
    notes: list[Message] = []
    paying = int((profit > 0).sum())
    if not paying:
        notes.append(Message("retention.note.nobody_pays", {"success": options.success}))
    elif options.count is not None and paying < options.count:
        notes.append(
            Message("retention.note.fewer_pay", {"count": paying, "wanted": options.count})
        )
    if (
        options.budget is not None
        and number < paying
        and (options.count is None or number < options.count)
    ):
        following = order[number]
        left = options.budget - float(cost[order[:number]].sum())
        gap = max(left, 0.0) * float(profit[following] / cost[following])
        if number == 0:
            notes.append(
                Message(
                    "retention.note.budget_too_small",
                    {"budget": options.budget, "cost": float(cost[following])},
                )
            )
        elif np.ptp(cost[profit > 0]) > 1e-9 * cost.max():
            notes.append(Message("retention.note.budget_greedy", {"gap": gap}))
    if unknown:
        notes.append(
            Message(
                "retention.note.value_unknown", {"count": unknown, "column": options.value_column}
            )
        )
    return tuple(notes)
