"""What each channel or segment would bring for how much: curves to share a budget by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.table import check_options
from crm_analysis.errors import AnalysisError

# Half of what is spent brings so much of all: nearly in proportion, and nearly all at once.
_LEAST, _MOST = 0.505, 0.995


def response_curves(
    options_table: pd.DataFrame, by: str = "channel"
) -> pd.DataFrame:
    """Returns that diminish, by channel or segment, as the options of a plan have them.

    The customers of a channel are contacted one after the other, who brings most for the money
    first, each with the best option there; the curve a · (1 − exp(−b · spend)) has what all of
    them bring, and what half of the money brings.

    Parameters
    ----------
    options_table : pandas.DataFrame
        As `plan_actions` takes it. Where no profit is promised, customers count.
    by : str
        "channel" or "segment".

    Returns
    -------
    pandas.DataFrame
        A row a channel that costs and brings something, as `allocate_budget` takes it.

        - `channel` or `segment` : its name
        - `a` : the most it can bring, before costs: money, or customers
        - `b` : how soon its returns diminish, per unit of money

    Raises
    ------
    AnalysisError
        As `plan_actions`; "strategy.no_column" without a column of that name.

    Examples
    --------
    >>> options_table = pd.DataFrame({"customer": list("abc"), "action": "call",
    ...     "profit": [60.0, 20.0, 10.0], "cost": [10.0, 10.0, 20.0], "channel": "phone"})
    >>> response_curves(options_table).round(3)
      channel        a     b
    0   phone  142.857  0.06
    """
    considered = check_options(options_table)
    names = considered.channel if by == "channel" else considered.text(by)
    if names is None:
        raise AnalysisError("strategy.no_column", column=by)
    gain = considered.profit + considered.cost
    if not considered.promises_profit:
        gain = np.ones(len(considered))
    frame = pd.DataFrame(
        {
            "name": names,
            "customer": considered.customer,
            "gain": gain,
            "cost": considered.cost,
            "net": considered.profit,
        }
    )
    frame = frame[frame["name"].notna() & (frame["cost"] > 0) & (frame["net"] > 0)]
    best = frame.sort_values("net", ascending=False, kind="stable")
    best = best.drop_duplicates(["name", "customer"])
    rows = [
        (str(name), *_curve(part["gain"].to_numpy(), part["cost"].to_numpy()))
        for name, part in best.groupby("name", sort=True)
    ]
    return pd.DataFrame(rows, columns=[by, "a", "b"])


def _curve(gain: np.ndarray, cost: np.ndarray) -> tuple[float, float]:
    """The curve through what all of it brings, and through what half of the cost brings."""
    order = np.argsort(-gain / cost, kind="stable")
    spent, brought = np.cumsum(cost[order]), np.cumsum(gain[order])
    whole, total = float(spent[-1]), float(brought[-1])
    half = np.interp(whole / 2, np.append(0.0, spent), np.append(0.0, brought))
    share = float(np.clip(half / total, _LEAST, _MOST))
    b = -2 / whole * float(np.log(1 / share - 1))
    return total / float(-np.expm1(-b * whole)), b
