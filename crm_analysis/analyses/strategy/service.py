"""Which customer gets which level of service: the account manager, the hot line, the standard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.fairness import fairness_costs
from crm_analysis.analyses.strategy.figures import check_shares, check_table
from crm_analysis.analyses.strategy.inputs import (
    ActionOptions,
    actions_of,
    check_actions,
    people_of,
)
from crm_analysis.analyses.strategy.options import PlanOptions
from crm_analysis.analyses.strategy.plan import Plan, plan_actions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share

TIERS, BANDS = ("high", "middle", "low"), ("high", "middle", "low")


@dataclass(frozen=True, kw_only=True)
class ServiceOptions(Options):
    """Who belongs to which tier, and what limits the service.

    - `margin`: the share of value that stays.
    - `budget`: of all levels. None: no limit.
    - `high`, `middle`: shares of the customers, the most valuable first, in these tiers; the rest
      is low. A column tier goes before.
    - `risk_high`, `risk_middle`: the risks from which on a customer is in these bands.
    - `group`: the column of groups to be treated fairly. `fairness`: as `PlanOptions` has it.
    """

    margin: float = share(0.3)
    budget: float | None = knob(None, low=0.0, high=1e12)
    high: float = share(0.2, step=0.05)
    middle: float = share(0.3, step=0.05)
    risk_high: float = share(0.5, step=0.05)
    risk_middle: float = share(0.2, step=0.05)
    group: str | None = None
    fairness: float | None = share(None, step=0.05)


@dataclass(frozen=True, eq=False)
class ServicePlan:
    """Who gets which level.

    - `customers`: a row a customer.
        - `customer`, `tier`, `band` : name, tier of value, band of risk
        - `value`, `risk` : in money, 0 to 1
        - `level` : the service they get
        - `profit`, `cost` : of the level, expected, in money
    - `tiers`: `tier`, `band`, `level`, `customers` : how many.
    - `fairness`: what each rule costs, as `fairness_costs` gives it; empty without a group.
    - `plan`: the levels beyond the standard, with the prices of their capacities.
    - `notes`: what to say of it.
    """

    customers: pd.DataFrame
    tiers: pd.DataFrame
    fairness: pd.DataFrame
    plan: Plan
    options: ServiceOptions
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: customers, raised (above the standard), profit, bound, gap, cost."""
        facts = self.plan.summary()
        return {
            "customers": float(len(self.customers)),
            "raised": facts["contacted"],
            **{name: facts[name] for name in ("profit", "bound", "gap", "cost")},
        }


def service_levels(
    customers: pd.DataFrame,
    levels: pd.DataFrame,
    options: ServiceOptions | None = None,
) -> ServicePlan:
    """The level of service of each customer that brings most, within the capacity of each level.

    A level keeps a share of those who would leave: profit = margin · keeps · risk · value − cost.

    Parameters
    ----------
    customers : pandas.DataFrame
        customer, value, risk; tier and a group where known.
    levels : pandas.DataFrame
        A row a level: level, cost (of a customer, in money), keeps (the share of those about to
        leave whom it keeps, 0 to 1); capacity (customers), eligible (tiers). The one that costs
        and keeps nothing is the standard, which everybody else gets.
    options : ServiceOptions, optional
        Margin, budget, tiers, fairness.

    Returns
    -------
    ServicePlan
        `.customers` with their level, `.tiers`, `.fairness` and what each rule costs.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.no_value" (column), "strategy.no_risk";
        "strategy.no_standard"; "strategy.action_number" (action, column).

    See Also
    --------
    plan_actions : the plan behind it.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": list("abc"), "value": [900.0, 500.0, 100.0],
    ...     "risk": [0.5, 0.5, 0.5]})
    >>> levels = pd.DataFrame({"level": ["manager", "standard"], "cost": [20.0, 0.0],
    ...     "keeps": [0.4, 0.0], "capacity": [1, None]})
    >>> service_levels(customers, levels).customers[["customer", "tier", "level", "profit"]]
      customer    tier     level  profit
    0        a    high   manager    34.0
    1        b  middle  standard     0.0
    2        c     low  standard     0.0
    """
    options = options or ServiceOptions()
    check_table(levels, "level", "cost", "keeps")
    named = ActionOptions(margin=options.margin, group=options.group)
    people, notes = people_of(customers, named, needs_value=True)
    check_shares(customers, named.risk)
    if "risk" not in people.columns:
        raise AnalysisError("strategy.no_risk")
    people = people.assign(
        tier=_tiers(customers, people, options), band=_bands(people, options)
    )
    checked = check_actions(
        levels.rename(columns={"level": "action", "keeps": "redeemed"})
    )
    catalogue = actions_of(checked)
    plain = [row for row in catalogue if row.cost == 0 and row.redeemed == 0]
    if len(plain) != 1:
        raise AnalysisError("strategy.no_standard")
    raised = [row for row in catalogue if row is not plain[0]]
    parts = []
    for row in raised:
        part = people
        if row.eligible:
            part = people[people["tier"].isin(row.eligible)]
        kept = row.redeemed * part["risk"]
        profit = options.margin * kept * part["value"] - row.cost
        parts.append(
            part.assign(action=row.action, profit=profit, cost=row.cost, kept=kept)
        )
    if not sum(len(part) for part in parts):
        raise AnalysisError("strategy.no_options")
    table = pd.concat(parts, ignore_index=True)
    capacity = tuple(
        (row.action, row.capacity)
        for row in raised
        if np.isfinite(row.capacity) and (table["action"] == row.action).any()
    )
    limits = PlanOptions(budget=options.budget, action_capacity=capacity)
    plan = plan_actions(table, limits.replace(fairness=options.fairness))
    given = plan.chosen.set_index("customer")
    result = people[["customer", "tier", "band", "value", "risk"]].copy()
    level = result["customer"].map(given["action"])
    result["level"] = level.where(level.notna(), plain[0].action)
    for name in ("profit", "cost"):
        result[name] = result["customer"].map(given[name]).fillna(0.0).astype(float)
    fairness = pd.DataFrame()
    if options.group is not None:
        fairness = fairness_costs(table, limits)
    tiers = result.groupby(["tier", "band", "level"], sort=True).size()
    return ServicePlan(
        result,
        tiers.rename("customers").reset_index(),
        fairness,
        plan,
        options,
        (*notes, *plan.notes),
    )


def _tiers(
    customers: pd.DataFrame, people: pd.DataFrame, options: ServiceOptions
) -> np.ndarray:
    """The tier the table says, else by the rank of the value; equal values are in one tier."""
    if "tier" in customers.columns:
        named = customers.loc[customers["customer"].notna(), "tier"]
        return named.astype(str).to_numpy(dtype=object)
    ahead = people["value"].rank(ascending=False, method="min") - 1
    share = ahead.to_numpy() / len(people)
    edges = np.array([options.high, options.high + options.middle])
    number = np.searchsorted(edges, share, side="right")
    return np.array(TIERS, dtype=object)[number]


def _bands(people: pd.DataFrame, options: ServiceOptions) -> np.ndarray:
    risk = people["risk"].to_numpy(dtype=float)
    low = np.where(risk >= options.risk_middle, BANDS[1], BANDS[2])
    return np.where(risk >= options.risk_high, BANDS[0], low).astype(object)
