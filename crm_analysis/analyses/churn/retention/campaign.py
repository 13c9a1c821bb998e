"""Whom it pays to keep: what contacting each customer is expected to earn, and how sure that is.

For a customer with risk p of churning and value V if retained, an offer that costs c to make and δ
where it is taken, that wins over a share γ of those who would churn and is taken by a share ψ of
those who would have stayed anyway:

    expected profit = p·γ·(V − δ) − (1 − p)·ψ·δ − c

(Neslin, Gupta, Kamakura, Lu & Mason, Journal of Marketing Research 43, 2006; the sum and the
maximum over a ranked list: Verbeke, Dejaeger, Martens, Hur & Baesens, European Journal of
Operational Research 218, 2012, and Verbraken, Verbeke & Baesens, IEEE TKDE 25, 2013), for each
customer with their own value: ranking by profit, not by risk (Lemmens & Gupta, Marketing Science
39, 2020). All of it is arithmetic on risks that are there: no model is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.allocation import Limit, Problem, allocate
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.kinds import require
from crm_analysis.tables.threads import one_thread

_POINTS = 200
_GROUPS = 2000
_RESAMPLES = 400
_SECONDS = 5.0  # for proving a list best
_ROUNDING = 1 + 1e-12  # a budget is not missed by a rounding error


@dataclass(frozen=True, kw_only=True)
class MoneyOptions(Options):
    """What a customer is worth, what the offer costs and how often it works.

    Money is in the currency of the table.

    - `value_column`: each customer's own value, over the time for which retaining them counts;
      without it everybody is worth `value`.
    - `margin`: the share of the value that stays.
    - `contact_cost`: of contacting a customer; `incentive`: what the offer costs where it is taken.
    - `success`: the share of those about to churn whom the offer keeps; `take_up`: of those who
      would have stayed, who take it all the same.
    - `count`, `budget`: limit the campaign, in customers and in money. None: no limit.
    - `coverage`: of the intervals.
    """

    value: float = knob(100.0, low=0.0, high=1e9)
    value_column: str | None = None
    margin: float = share(1.0)
    contact_cost: float = knob(1.0, low=0.0, high=1e6)
    incentive: float = knob(10.0, low=0.0, high=1e6)
    success: float = share(0.3)
    take_up: float = share(1.0, advanced=True)
    count: int | None = knob(None, low=1, high=100_000_000)
    budget: float | None = knob(None, low=0.0, high=1e12)
    coverage: float = share(0.9, low=0.5, high=0.99, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class CampaignPlan:
    """Whom to contact, and what that earns.

    - `customers`: in the order of the table.
        - `customer` : name
        - `risk` : 0 to 1
        - `value` : margin of a customer retained, in money
        - `cost`, `expected_profit` : of contacting them, in money
        - `break_even` : the risk above which contacting pays; NaN where it never does
        - `rank` : 1 is the first to contact
        - `contact` : True or False
    - `curve`: a row a size of the campaign.
        - `contacted`, `share` : customers, of all of them
        - `cost`, `profit` : expected, in money
        - `realised` : profit with the outcomes known; else NaN
        - `profit_lo`, `profit_hi` : interval
        - `by_risk`, `at_random` : profit of as many ranked by risk alone, drawn at random
        - `risk` : of the last one contacted
    - `basis`: what the interval is from: "outcomes" (a bootstrap over customers whose outcome is
      known) or "risks" (chance alone, if the risks are right).
    - `notes`: what to say of it.
    """

    customers: pd.DataFrame
    curve: pd.DataFrame
    options: MoneyOptions
    basis: Literal["outcomes", "risks"]
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers; money in the currency of the table.

        customers, contacted, share, profit with profit_lo and profit_hi, realised, cost, retained
        (customers the offer is expected to keep), return (profit per money spent), threshold (the
        least risk contacted), profit_by_risk, profit_of_all, break_even_success (how often the
        offer must work for this list to pay).
        """
        chosen = self.customers[self.customers["contact"]]
        point = self.curve[self.curve["contacted"] == len(chosen)].iloc[0]
        options = self.options
        risk, value = (
            chosen["risk"].to_numpy(dtype=float),
            chosen["value"].to_numpy(dtype=float),
        )
        gain = float((risk * (value - options.incentive)).sum())
        given_away = options.incentive * options.take_up * (1 - risk)
        fixed = float((options.contact_cost + given_away).sum())
        return {
            "customers": float(len(self.customers)),
            "contacted": float(len(chosen)),
            "share": float(len(chosen) / len(self.customers)),
            "profit": float(point["profit"]),
            "profit_lo": float(point["profit_lo"]),
            "profit_hi": float(point["profit_hi"]),
            "realised": None
            if np.isnan(point["realised"])
            else float(point["realised"]),
            "cost": float(point["cost"]),
            "retained": float(risk.sum() * options.success),
            "return": float(point["profit"] / point["cost"])
            if point["cost"] > 0
            else None,
            "threshold": float(risk.min()) if len(chosen) else None,
            "profit_by_risk": float(point["by_risk"]),
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
    return risk * options.success * np.asarray(value, dtype=float) - expected_cost(
        risk, options
    )


def expected_cost(risk: np.ndarray, options: MoneyOptions) -> np.ndarray:
    """What contacting each customer is expected to cost: c + δ·(p·γ + (1 − p)·ψ)."""
    taken = risk * options.success + (1 - risk) * options.take_up
    return options.contact_cost + options.incentive * taken


def break_even_risk(value: np.ndarray | float, options: MoneyOptions) -> np.ndarray:
    """The risk above which contacting a customer of such a value pays; NaN where it never does.

    >>> offer = MoneyOptions(contact_cost=1, incentive=10, success=0.5, take_up=1)
    >>> break_even_risk(np.array([110.0, 11.0]), offer).round(4).tolist()
    [0.1833, nan]
    """
    given_away = options.incentive * options.take_up
    margin = np.asarray(value, dtype=float) - options.incentive
    slope = options.success * margin + given_away
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        risk = np.where(
            slope > 0, (options.contact_cost + given_away) / slope, np.nan
        )
    return np.where(risk < 1, risk, np.nan)


def order_to_contact(
    profit: np.ndarray,
    cost: np.ndarray,
    options: MoneyOptions,
    proof: bool | None = None,
) -> tuple[np.ndarray, int]:
    """The customers' positions, best first, and how many to contact within the options' limits.

    By profit; under a budget the most profitable of all lists that it pays for, those with the most
    profit per cost first. Nobody is contacted at a loss. `proof`: as `allocate` takes it.
    """
    count = int((profit > 0).sum())
    if options.budget is None:
        order = np.argsort(-profit, kind="stable")
        return order, count if options.count is None else min(count, options.count)
    limits = [Limit("budget", options.budget, cost)]
    if options.count is not None:
        limits.append(Limit("count", options.count))
    problem = Problem(np.arange(len(profit)), profit, tuple(limits))
    plan = allocate(problem, proof=proof, seconds=_SECONDS)
    free = np.where(profit > 0, np.inf, -np.inf)
    bargain = np.divide(profit, cost, out=free, where=cost > 0)
    return np.lexsort((-bargain, ~plan.chosen)), int(plan.chosen.sum())


def affordable(cost: np.ndarray, budget: float) -> int:
    """How many of them, from the first on, a budget pays for."""
    return int(np.searchsorted(np.cumsum(cost), budget * _ROUNDING, side="right"))


@dataclass(frozen=True, eq=False)
class _Offer:
    """What an offer to each customer is expected to bring."""

    risk: np.ndarray
    value: np.ndarray
    options: MoneyOptions

    @cached_property
    def profit(self) -> np.ndarray:
        return expected_profit(self.risk, self.value, self.options)

    @cached_property
    def cost(self) -> np.ndarray:
        return expected_cost(self.risk, self.options)

    @cached_property
    def _order_and_count(self) -> tuple[np.ndarray, int]:
        return order_to_contact(self.profit, self.cost, self.options)

    @property
    def order(self) -> np.ndarray:
        return self._order_and_count[0]

    @property
    def count(self) -> int:
        return self._order_and_count[1]


def plan_campaign(
    customers: pd.DataFrame, options: MoneyOptions | None = None
) -> CampaignPlan:
    """The profit of contacting each customer, and the number at which the whole is largest.

    Parameters
    ----------
    customers
        One row each: customer, risk (0 to 1; out of fold where the customers are those the model
        learned from, or the profit is too good to be true), the value column if one is named, and
        churned where it is known. With `churned` the interval comes from a bootstrap over customers
        with the ranking held fixed, without it from the chance in who churns and who takes the
        offer. A missing value is taken at the median, and a note says so.
    options
        The money.

    Returns
    -------
    CampaignPlan
        The `.customers` with the profit of contacting each, and the `.curve` of profit by size.

    Raises
    ------
    AnalysisError
        `data.missing_role`, `retention.no_customers`, `retention.no_risk`,
        `retention.repeated_customers` (count), `retention.no_value_column`,
        `retention.value_not_numbers`.
    ValueError
        A risk is not from 0 to 1.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": list("abc"), "risk": [0.9, 0.5, 0.1]})
    >>> customers["worth"] = [50.0, 500.0, 500.0]
    >>> money = MoneyOptions(
    ...     value_column="worth", contact_cost=5, incentive=20, success=0.3, take_up=0.5
    ... )
    >>> plan = plan_campaign(customers, money)
    >>> plan.customers[["customer", "expected_profit", "rank", "contact"]]
      customer  expected_profit  rank  contact
    0        a              2.1     2     True
    1        b             62.0     1     True
    2        c              0.4     3     True
    >>> plan_campaign(customers, money.replace(count=1)).customers["contact"].tolist()
    [False, True, False]
    """
    options = options or MoneyOptions()
    require(customers, "customer")
    risk = _risks(customers)
    value, unknown = _values(customers, options)
    offer = _Offer(risk, value, options)
    rank = np.empty(len(risk), dtype=np.int64)
    rank[offer.order] = np.arange(1, len(risk) + 1)
    table = pd.DataFrame(
        {
            "customer": customers["customer"].reset_index(drop=True),
            "risk": risk,
            "value": value,
            "cost": offer.cost,
            "expected_profit": offer.profit,
            "break_even": break_even_risk(value, options),
            "rank": rank,
            "contact": rank <= offer.count,
        }
    )
    churned = _outcomes(customers)
    basis: Literal["outcomes", "risks"] = "risks" if churned is None else "outcomes"
    return CampaignPlan(
        table, _curve(offer, churned), options, basis, _notes(offer, unknown)
    )


def profit_by_success(plan: CampaignPlan, points: int = 21) -> pd.DataFrame:
    """How the plan hangs on how often the offer works: the best list at each success.

    Within the same limits.

    - `success` : 0 to 1, `points` of them and the plan's own
    - `contacted` : customers
    - `cost`, `profit` : expected, in money
    - `chosen` : the plan's own
    """
    risk = plan.customers["risk"].to_numpy(dtype=float)
    value = plan.customers["value"].to_numpy(dtype=float)
    limited = plan.options.count is not None or plan.options.budget is not None
    rows = []
    for success in np.union1d(
        np.linspace(0, 1, points).round(4), [plan.options.success]
    ):
        offer = _Offer(risk, value, plan.options.replace(success=float(success)))
        chosen = np.flatnonzero(offer.profit > 0)
        if limited:
            order, count = order_to_contact(
                offer.profit[chosen], offer.cost[chosen], offer.options, proof=False
            )
            chosen = chosen[order[:count]]
        rows.append(
            (
                float(success),
                len(chosen),
                float(offer.cost[chosen].sum()),
                float(offer.profit[chosen].sum()),
                bool(success == plan.options.success),
            )
        )
    return pd.DataFrame(
        rows, columns=["success", "contacted", "cost", "profit", "chosen"]
    )


def _risks(customers: pd.DataFrame) -> np.ndarray:
    if not len(customers):
        raise AnalysisError("retention.no_customers")
    if "risk" not in customers.columns:
        raise AnalysisError("retention.no_risk")
    repeated = int(customers["customer"].duplicated().sum())
    if repeated:
        raise AnalysisError("retention.repeated_customers", count=repeated)
    risk = pd.to_numeric(customers["risk"], errors="coerce").to_numpy(
        float, na_value=np.nan
    )
    if not ((risk >= 0) & (risk <= 1)).all():
        raise ValueError("risk must be from 0 to 1 for every customer")
    return risk


def _values(
    customers: pd.DataFrame, options: MoneyOptions
) -> tuple[np.ndarray, int]:
    """What each customer retained is worth, and of how many that is not known."""
    name = options.value_column
    if name is None:
        return np.full(len(customers), options.value * options.margin), 0
    if name not in customers.columns:
        raise AnalysisError("retention.no_value_column", column=name)
    value = pd.to_numeric(customers[name], errors="coerce").to_numpy(
        float, na_value=np.nan
    )
    known = np.isfinite(value)
    if not known.any():
        raise AnalysisError("retention.value_not_numbers", column=name)
    value = np.where(known, value, np.median(value[known]))
    return value * options.margin, int((~known).sum())


def _outcomes(customers: pd.DataFrame) -> np.ndarray | None:
    """1 where the customer churned, 0 where not; None where that is not known of everybody."""
    if "churned" not in customers.columns or customers["churned"].isna().any():
        return None
    return customers["churned"].to_numpy(dtype=float)


def _curve(offer: _Offer, churned: np.ndarray | None) -> pd.DataFrame:
    total, order = len(offer.risk), offer.order
    sizes = np.linspace(0, total, min(total, _POINTS) + 1).round().astype(np.int64)
    contacted = np.unique(np.append(sizes, offer.count))
    # The first point of the curve that includes the customer of each rank.
    point = np.searchsorted(contacted, np.arange(1, total + 1))

    def summed(values: np.ndarray) -> np.ndarray:
        return np.cumsum(np.bincount(point, values, minlength=len(contacted)))

    expected = summed(offer.profit[order])
    realised = np.full(len(contacted), np.nan)
    if churned is None:
        quantile = NormalDist().inv_cdf(0.5 + offer.options.coverage / 2)
        variance = np.maximum(summed(_variance(offer)[order]), 0)
        low, high = (
            expected + sign * quantile * np.sqrt(variance) for sign in (-1, 1)
        )
    else:
        happened = expected_profit(churned, offer.value, offer.options)[order]
        realised = summed(happened)
        low, high = _bootstrap(happened, point, len(contacted), offer.options)
    return pd.DataFrame(
        {
            "contacted": contacted,
            "share": contacted / total,
            "cost": summed(offer.cost[order]),
            "profit": expected,
            "realised": realised,
            "profit_lo": low,
            "profit_hi": high,
            "by_risk": summed(offer.profit[np.argsort(-offer.risk)]),
            "at_random": contacted / total * offer.profit.sum(),
            "risk": np.where(
                contacted > 0,
                offer.risk[order][np.maximum(contacted - 1, 0)],
                np.nan,
            ),
        }
    )


def _variance(offer: _Offer) -> np.ndarray:
    """Of each customer's profit, by the chance in who churns and who takes the offer."""
    options = offer.options
    retained, taken = (
        offer.risk * options.success,
        (1 - offer.risk) * options.take_up,
    )
    squares = (
        retained * (offer.value - options.incentive) ** 2
        + taken * options.incentive**2
    )
    return squares - (offer.profit + options.contact_cost) ** 2


def _bootstrap(
    happened: np.ndarray, point: np.ndarray, points: int, options: MoneyOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile intervals of the cumulative sum at each point.

    Customers are drawn anew with replacement, in random groups where they are many: a group's sum
    is as good a draw as a customer's, and two thousand of them are enough.
    """
    rng = np.random.default_rng(options.seed)
    groups = min(len(happened), _GROUPS)
    group = rng.permutation(len(happened)) % groups
    sums = np.bincount(group * points + point, happened, minlength=groups * points)
    drawn = rng.multinomial(
        groups, np.full(groups, 1 / groups), size=_RESAMPLES
    ).astype(float)
    with one_thread():
        totals = np.cumsum(drawn @ sums.reshape(groups, points), axis=1)
    tail = (1 - options.coverage) / 2
    low, high = np.quantile(totals, [tail, 1 - tail], axis=0)
    return low, high


def _notes(offer: _Offer, unknown: int) -> tuple[Message, ...]:
    options = offer.options
    facts: dict[str, dict[str, Any]] = {}
    paying = int((offer.profit > 0).sum())
    if not paying:
        facts["nobody_pays"] = {"success": options.success}
    elif options.count is not None and paying < options.count:
        facts["fewer_pay"] = {"count": paying, "wanted": options.count}
    if options.budget is not None and paying and not offer.count:
        cheapest = float(offer.cost[offer.profit > 0].min())
        facts["budget_too_small"] = {"budget": options.budget, "cost": cheapest}
    if unknown:
        facts["value_unknown"] = {"count": unknown, "column": options.value_column}
    return tuple(
        Message(f"retention.note.{key}", details) for key, details in facts.items()
    )
