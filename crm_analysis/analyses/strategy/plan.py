"""Who gets which action, so that the plan earns most within its limits, and what each costs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from crm_analysis.analyses.allocation import (
    Allocation,
    Infeasible,
    PriceOfLimit,
    Problem,
    allocate,
    price_limits,
)
from crm_analysis.analyses.strategy.beside import Setting, methods_beside
from crm_analysis.analyses.strategy.held_out import held_out
from crm_analysis.analyses.strategy.limits import NamedLimit, clash, limits_of
from crm_analysis.analyses.strategy.options import PlanOptions
from crm_analysis.analyses.strategy.table import OptionTable, check_options
from crm_analysis.messages import Message

_FEW = 100


@dataclass(frozen=True, eq=False)
class Plan:
    """Who gets which action.

    - `chosen`: the rows of the options table that were chosen, in its order.
        - `customer`, `action`, `profit`, `cost` : as given, and what else the table has
        - `own_profit` : profit less what the option uses of the limits, at their prices
        - `arm` : "treated" or "holdout"
    - `limits`: a row a limit.
        - `limit` : its name; `kind`, `subject` : what it is of
        - `amount`, `used` : in its own unit (money, contacts)
        - `price` : profit that one more brings (0 or less for a minimum): that of `above`
        - `lo`, `hi` : the amounts down and up to which the prices hold
        - `above`, `below` : what one more brings, what one less costs
    - `options`: as given.
    - `notes`: what to say of it.
    """

    chosen: pd.DataFrame
    limits: pd.DataFrame
    options: PlanOptions
    notes: tuple[Message, ...]
    considered: OptionTable
    rows: np.ndarray
    problem: Problem
    allocation: Allocation
    seconds: float

    @cached_property
    def methods(self) -> pd.DataFrame:
        """The plan beside simpler ones, a row each.

        - `method` : "exact"; "greedy" (most profit per cost first), "top_value" (the most valuable
          customers first), "random" (the mean of many), "everyone", "nothing"
        - `value` : profit, NaN where none is promised; `cost` : money; `customers` : contacted
        - `within` : whether it holds all limits
        - `gap` : how far it is short of the best, as a share of the bound; NaN where it does not
          hold the limits
        - `evaluations`, `cpu` : plans tried; seconds
        - `spread` : the highest value less the lowest, over draws; NaN where there is one only
        """
        setting = Setting(self.options.draws, self.options.seed, self.seconds)
        return methods_beside(
            self.considered, self.rows, self.problem, self.allocation, setting
        )

    def summary(self) -> dict[str, float | None]:
        """Headline numbers; money in the currency of the table.

        profit, bound (what the prices of the limits alone prove), gap (what the best plan could
        earn more, as a share of the bound: 0 where the plan is proven best), cost, customers,
        contacted, share, holdout (customers), proven (1 or 0). Profit and bound are None where no
        profit is promised.
        """
        allocation, promised = self.allocation, self.considered.promises_profit
        contacted, customers = len(self.chosen), self.considered.customers
        return {
            "profit": allocation.profit if promised else None,
            "bound": allocation.bound if promised else None,
            "gap": allocation.gap,
            "cost": float(self.chosen["cost"].sum()),
            "customers": float(customers),
            "contacted": float(contacted),
            "share": contacted / customers if customers else 0.0,
            "holdout": float((self.chosen["arm"] == "holdout").sum()),
            "proven": float(allocation.proven),
        }


def plan_actions(
    options_table: pd.DataFrame, options: PlanOptions | None = None
) -> Plan:
    """The plan that earns most within the limits: at most one action a customer.

    Parameters
    ----------
    options_table : pandas.DataFrame
        A row a customer and action that the customer may get.

        - `customer`, `action` : names
        - `profit` : expected, in money; NaN where not known. Without any the plan reaches as many
          customers as it can, and promises no profit
        - `cost` : expected, in money
        - `channel`, `group`, `segment` : names, for the limits on them
        - `points` : of fatigue; `contacts` : of the customer in the last days
        - `value` : of the customer, in money; `kept` : customers the action is expected to keep
    options : PlanOptions, optional
        The limits. What is not given does not limit.

    Returns
    -------
    Plan
        `.chosen`, the `.limits` with their prices, `.methods` beside; summary() profit, bound, gap.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.infeasible" (limits) and "strategy.out_of_reach" where
        limits clash; "strategy.unknown_cost", "strategy.negative_cost" (count) and others where
        the table cannot be planned with.

    References
    ----------
    Sinha and Zoltners (1979), Operations Research 27, 503-515.

    Examples
    --------
    >>> options_table = pd.DataFrame({"customer": list("abc"), "action": "call",
    ...     "profit": [60.0, 100.0, 120.0], "cost": [10.0, 20.0, 30.0]})
    >>> plan = plan_actions(options_table, PlanOptions(budget=50))
    >>> plan.chosen[["customer", "action", "profit"]]
      customer action  profit
    0        b   call   100.0
    1        c   call   120.0
    >>> plan.limits[["limit", "price", "lo", "hi"]]
        limit  price    lo    hi
    0  budget    4.0  30.0  60.0
    """
    options = options or PlanOptions()
    began = time.process_time()
    considered = check_options(options_table)
    named = limits_of(considered, options)
    problem = Problem(
        considered.customer,
        considered.profit,
        tuple(name.limit for name in named),
    )
    rows = considered.within_contacts(options.contact_limit)
    if len(rows) < len(considered):
        problem = problem.of_options(rows)
        named = [
            replace(name, limit=limit)
            for name, limit in zip(named, problem.limits, strict=True)
        ]
    try:
        allocation = allocate(
            problem, proof=options.proof or None, seconds=options.seconds
        )
    except Infeasible as clashing:
        raise clash(named, clashing.limits, problem) from None
    prices = price_limits(problem, allocation.priced)
    chosen = _chosen(considered, rows, allocation, options)
    seconds = time.process_time() - began
    return Plan(
        chosen,
        _limit_table(named, prices, allocation.chosen),
        options,
        (*considered.notes, *_notes(considered, rows, chosen, options)),
        considered,
        rows,
        problem,
        allocation,
        seconds,
    )


def _chosen(
    considered: OptionTable,
    rows: np.ndarray,
    allocation: Allocation,
    options: PlanOptions,
) -> pd.DataFrame:
    picked = np.flatnonzero(allocation.chosen)
    table = considered.part(rows[picked])
    if not considered.promises_profit:
        table = table.assign(profit=np.nan)
    table = table.assign(
        own_profit=allocation.priced.own[picked], arm=held_out(table, options)
    )
    return table.sort_values("row", kind="stable", ignore_index=True).drop(
        columns="row"
    )


def _limit_table(
    named: list[NamedLimit], prices: tuple[PriceOfLimit, ...], chosen: np.ndarray
) -> pd.DataFrame:
    rows = [
        (
            *(name.limit.name, name.kind, name.subject),
            *(float(name.limit.amount), name.limit.used(chosen)),
            # No price is -0.
            *(price.above + 0.0, price.low, price.high),
            *(price.above + 0.0, price.below + 0.0),
        )
        for name, price in zip(named, prices, strict=True)
    ]
    return pd.DataFrame(
        rows,
        columns=[
            *("limit", "kind", "subject", "amount", "used"),
            *("price", "lo", "hi", "above", "below"),
        ],
    )


def _notes(
    considered: OptionTable,
    rows: np.ndarray,
    chosen: pd.DataFrame,
    options: PlanOptions,
) -> list[Message]:
    notes = []
    if len(rows) < len(considered):
        allowed = np.count_nonzero(np.diff(considered.customer[rows], prepend=-1))
        every = np.count_nonzero(np.diff(considered.customer, prepend=-1))
        count = int(every - allowed)
        details = {"count": count, "limit": options.contact_limit}
        notes.append(Message("strategy.note.contacted_enough", details))
    if considered.promises_profit and not (considered.profit > 0).any():
        notes.append(Message("strategy.note.nothing_pays", {}))
    elif not len(chosen):
        word = "nobody" if options.fairness is None else "nobody_fair"
        notes.append(Message(f"strategy.note.{word}", {}))
    nil = [name for name, most in options.capacity if most == 0]
    if nil:
        notes.append(Message("strategy.note.no_capacity", {"channels": nil}))
    held = int((chosen["arm"] == "holdout").sum())
    if options.holdout and len(chosen) and held < _FEW:
        details = {"count": held, "fewest": _FEW}
        notes.append(Message("strategy.note.small_holdout", details))
    return notes
