"""Why a customer gets what they get, and which groups are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.inference import wilson
from crm_analysis.analyses.strategy.plan import Plan
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message


@dataclass(frozen=True, eq=False)
class Why:
    """Why a customer gets an action, or none.

    - `table`: a row an action they could get.
        - `action` : name
        - `profit`, `cost` : expected, in money
        - `charge` : what it uses of the limits, at their prices
        - one column a limit, named as in `Plan.limits`: its part of the charge
        - `own_profit` : profit less charge; the plan gives what is largest, if it is above 0
        - `allowed`, `chosen` : within the limit of contacts; in the plan
    - `reason`: in a sentence.
    """

    table: pd.DataFrame
    reason: Message


def why_customer(plan: Plan, customer: object) -> Why:
    """Why a customer gets what the plan gives them, or nothing.

    Parameters
    ----------
    plan : Plan
        As `plan_actions` made it.
    customer : object
        Their name, as in the table of options.

    Returns
    -------
    Why
        The `.table` of their options with profit, charges and what is left; the `.reason`.

    Raises
    ------
    AnalysisError
        "strategy.no_such_customer".

    Examples
    --------
    >>> from crm_analysis import PlanOptions, plan_actions
    >>> options_table = pd.DataFrame({"customer": list("abc"), "action": "call",
    ...     "profit": [60.0, 100.0, 120.0], "cost": [10.0, 20.0, 30.0]})
    >>> plan = plan_actions(options_table, PlanOptions(budget=50))
    >>> why_customer(plan, "b").table[["action", "profit", "charge", "own_profit", "chosen"]]
      action  profit  charge  own_profit  chosen
    0   call   100.0    80.0        20.0    True
    """
    table = plan.considered.table
    names = table["customer"]
    here = np.flatnonzero((names == customer).to_numpy())
    if not len(here):
        here = np.flatnonzero((names.astype(str) == str(customer)).to_numpy())
    if not len(here):
        raise AnalysisError("strategy.no_such_customer", customer=str(customer))
    place = np.full(len(table), -1)
    place[plan.rows] = np.arange(len(plan.rows))
    options = place[here]
    allowed = options >= 0
    own = table.iloc[here]
    rows = pd.DataFrame(
        {
            "action": own["action"].to_numpy(),
            "profit": own["profit"].to_numpy() if "profit" in own else np.nan,
            "cost": own["cost"].to_numpy(),
        }
    )
    charge = np.zeros(len(here))
    prices = plan.allocation.priced.prices
    parts = {}
    for limit, price in zip(plan.problem.limits, prices, strict=True):
        use = limit.sign * price * limit.dense(plan.problem.size)
        parts[limit.name] = np.where(allowed, use[options], 0.0)
        charge += parts[limit.name]
    rows = rows.assign(charge=charge, **parts)
    gain = plan.considered.profit[here]
    rows["own_profit"] = gain - charge
    rows["allowed"] = allowed
    rows["chosen"] = allowed & plan.allocation.chosen[options]
    return Why(rows, _reason(rows))


def _reason(rows: pd.DataFrame) -> Message:
    chosen = rows[rows["chosen"]]
    best = rows.loc[rows["own_profit"].idxmax()]
    details = {
        "action": str(best["action"]),
        "profit": float(best["profit"]),
        "charge": float(best["charge"]),
        "own": float(best["own_profit"]),
    }
    if len(chosen):
        row = chosen.iloc[0]
        details |= {
            "action": str(row["action"]),
            "profit": float(row["profit"]),
            "charge": float(row["charge"]),
            "own": float(row["own_profit"]),
        }
        return Message("strategy.why.chosen", details)
    if not rows["allowed"].any():
        return Message("strategy.why.contacted_enough", {})
    if not (rows["profit"] > 0).any() and rows["profit"].notna().any():
        return Message("strategy.why.does_not_pay", details)
    word = "outbid" if best["own_profit"] < 0 else "tie"
    return Message(f"strategy.why.{word}", details)


def left_out(plan: Plan, by: str = "group", coverage: float = 0.95) -> pd.DataFrame:
    """How many of each group are contacted, and what they have of it.

    Parameters
    ----------
    plan : Plan
        As `plan_actions` made it.
    by : str
        The column of the table of options that says the group.
    coverage : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        - `group` : its name; customers of none are ""
        - `customers`, `contacted` : how many
        - `share`, `lo`, `hi` : of the customers who are contacted, with Wilson's interval
        - `profit`, `per_customer` : expected, in money, of the group and of each of its customers
        - `ratio` : the share to that of all others; NaN where there are none

    Raises
    ------
    AnalysisError
        "strategy.no_column" (column).

    Examples
    --------
    >>> from crm_analysis import plan_actions
    >>> options_table = pd.DataFrame({"customer": list("abcd"), "action": "call", "cost": 1.0,
    ...     "profit": [5.0, -1.0, 5.0, 5.0], "group": ["x", "x", "y", "y"]})
    >>> left_out(plan_actions(options_table))[["group", "contacted", "share", "ratio"]]
      group  contacted  share  ratio
    0     x          1    0.5    0.5
    1     y          2    1.0    2.0
    """
    table = plan.considered.table
    if by not in table.columns:
        raise AnalysisError("strategy.no_column", column=by)
    first = np.flatnonzero(np.diff(plan.considered.customer, prepend=-1))
    names = table[by].astype(object)
    names = names.where(names.notna(), "").astype(str)
    size = names.iloc[first].value_counts().sort_index()
    chosen = plan.rows[plan.allocation.chosen]
    picked = names.iloc[chosen]
    contacted = picked.value_counts().reindex(size.index, fill_value=0)
    profit = pd.Series(0.0, index=size.index)
    if plan.considered.promises_profit:
        gained = table["profit"].iloc[chosen].groupby(picked).sum()
        profit = gained.reindex(size.index, fill_value=0.0)
    low, high = wilson(contacted.to_numpy(), size.to_numpy(), coverage)
    share = contacted / size
    with np.errstate(divide="ignore", invalid="ignore"):
        others = (contacted.sum() - contacted) / (size.sum() - size)
        ratio = share.to_numpy() / others.to_numpy()
    return pd.DataFrame(
        {
            "group": size.index.to_numpy(dtype=object),
            "customers": size.to_numpy(),
            "contacted": contacted.to_numpy(),
            "share": share.to_numpy(),
            "lo": low,
            "hi": high,
            "profit": profit.to_numpy(),
            "per_customer": (profit / size).to_numpy(),
            "ratio": ratio,
        }
    )
