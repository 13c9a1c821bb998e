"""What it costs to be fair: the same plan under stricter and stricter rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.options import PlanOptions
from crm_analysis.analyses.strategy.people import left_out
from crm_analysis.analyses.strategy.plan import plan_actions
from crm_analysis.errors import AnalysisError

TOLERANCES = (0.5, 0.2, 0.1, 0.05)


def fairness_costs(
    options_table: pd.DataFrame,
    options: PlanOptions | None = None,
    tolerances: Sequence[float] = TOLERANCES,
) -> pd.DataFrame:
    """The profit given up so that each group's contacted share is near that of the others.

    Parameters
    ----------
    options_table : pandas.DataFrame
        As `plan_actions` takes it, with group.
    options : PlanOptions, optional
        The other limits.
    tolerances : sequence of float
        How far a group's share may lie below that of the others, as a share of theirs.

    Returns
    -------
    pandas.DataFrame
        - `tolerance` : NaN is no rule
        - `profit`, `cost_of_rule` : in money, the latter against no rule; NaN where no plan holds
          it, or no profit is promised
        - `contacted` : customers
        - `least_ratio` : of the group furthest behind: its share to that of the others

    Raises
    ------
    AnalysisError
        As `plan_actions`; "strategy.no_group_column", "strategy.one_group".

    Examples
    --------
    >>> options_table = pd.DataFrame({"customer": list("abcd"), "action": "call", "cost": 1.0,
    ...     "profit": [1.0, 2.0, 5.0, 6.0], "group": ["x", "x", "y", "y"]})
    >>> fairness_costs(options_table, PlanOptions(budget=2), (0.0,))
       tolerance  profit  cost_of_rule  contacted  least_ratio
    0        NaN    11.0           0.0          2          0.0
    1        0.0     8.0           3.0          2          1.0
    """
    options = options or PlanOptions()
    rows = []
    free = np.nan
    for tolerance in (None, *tolerances):
        try:
            plan = plan_actions(options_table, options.replace(fairness=tolerance))
        except AnalysisError as error:
            if tolerance is None or error.key not in (
                "strategy.infeasible",
                "strategy.out_of_reach",
            ):
                raise
            rows.append((tolerance, np.nan, np.nan, 0, np.nan))
            continue
        promised = plan.considered.promises_profit
        profit = plan.allocation.profit if promised else np.nan
        free = profit if tolerance is None else free
        groups = left_out(plan)
        behind = float(groups["ratio"].min()) if len(plan.chosen) else np.nan
        name = np.nan if tolerance is None else tolerance
        rows.append((name, profit, free - profit, len(plan.chosen), behind))
    return pd.DataFrame(
        rows,
        columns=["tolerance", "profit", "cost_of_rule", "contacted", "least_ratio"],
    )
