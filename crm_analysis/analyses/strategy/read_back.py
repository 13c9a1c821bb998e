"""After the campaign: what the plan promised against what those held out show it brought."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import plain_ids
from crm_analysis.analyses.strategy.figures import (
    check_figures,
    check_finite,
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options, share

_FEW = 30


@dataclass(frozen=True, kw_only=True)
class ReadBackOptions(Options):
    """How outcomes become money.

    - `margin`: the share of the amount that stays.
    - `coverage`: of the intervals.
    """

    margin: float = share(0.3)
    coverage: float = share(0.9, low=0.5, high=0.99, advanced=True)


@dataclass(frozen=True, eq=False)
class ReadBack:
    """Promised against measured.

    - `actions`: a row an action, and one of all ("").
        - `action` : name
        - `treated`, `holdout` : customers
        - `promised` : profit of those treated, in money
        - `measured`, `lo`, `hi` : the same by the difference to those held out, less the cost; NaN
          where fewer than two were held out
        - `verdict` : "kept" (the promise lies within the interval), "short", "more", "unknown"
    - `verdict`: of all, in a sentence.
    - `notes`: what to say of it.
    """

    actions: pd.DataFrame
    verdict: Message
    options: ReadBackOptions
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers, in money: promised, measured, lo, hi; treated, holdout (customers)."""
        row = self.actions.iloc[-1]
        names = ("promised", "measured", "lo", "hi", "treated", "holdout")
        values = {name: float(row[name]) for name in names}
        return {
            name: value if np.isfinite(value) else None
            for name, value in values.items()
        }


def read_back(
    chosen: pd.DataFrame,
    outcomes: pd.DataFrame,
    options: ReadBackOptions | None = None,
) -> ReadBack:
    """What a plan brought, by those of it who were left alone.

    Parameters
    ----------
    chosen : pandas.DataFrame
        The plan's list as it was set down: customer, action, profit, cost, arm ("treated",
        "holdout").
    outcomes : pandas.DataFrame
        customer, amount: money that came of each since. Who is not in it brought nothing.
    options : ReadBackOptions, optional
        The margin.

    Returns
    -------
    ReadBack
        `.actions` with promised and measured profit, `.verdict`.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.no_plan" (column) where the list is not a plan's;
        "strategy.no_holdout" where nobody was held out.

    References
    ----------
    Neyman (1923), on the variance of a difference between arms drawn by chance.

    Examples
    --------
    >>> chosen = pd.DataFrame({"customer": range(8), "action": "call", "profit": 2.0, "cost": 1.0,
    ...     "arm": ["treated"] * 4 + ["holdout"] * 4})
    >>> outcomes = pd.DataFrame({"customer": range(4), "amount": [10.0, 10.0, 20.0, 20.0]})
    >>> result = read_back(chosen, outcomes, ReadBackOptions(margin=0.2))
    >>> result.actions[["action", "promised", "measured", "verdict"]].tail(1)
      action  promised  measured verdict
    1              8.0       8.0    kept
    """
    options = options or ReadBackOptions()
    for column in ("customer", "action", "profit", "cost", "arm"):
        if column not in chosen.columns:
            raise AnalysisError("strategy.no_plan", column=column)
    check_table(chosen)
    check_names(chosen, "customer", "action", "arm")
    check_table(outcomes, "customer", "amount")
    check_names(outcomes, "customer")
    for table, columns in ((chosen, ("profit", "cost")), (outcomes, ("amount",))):
        check_figures(table, *columns)
        check_finite(table, *columns)
    amount = pd.Series(np.nan_to_num(figures_of(outcomes["amount"])))
    total = amount.groupby(plain_ids(outcomes["customer"]).to_numpy()).sum()
    brought = plain_ids(chosen["customer"]).map(total).fillna(0.0)
    frame = pd.DataFrame(
        {
            "action": chosen["action"].astype(str).to_numpy(),
            "profit": figures_of(chosen["profit"]),
            "cost": figures_of(chosen["cost"]),
            "held": (chosen["arm"].astype(str) == "holdout").to_numpy(),
            "brought": brought.to_numpy(dtype=float),
        }
    )
    if not frame["held"].any() or frame["held"].all():
        raise AnalysisError("strategy.no_holdout")
    quantile = NormalDist().inv_cdf(0.5 + options.coverage / 2)
    rows = [
        (action, *_read(part, options.margin, quantile))
        for action, part in frame.groupby("action", sort=True)
    ]
    rows.append(("", *_read(frame, options.margin, quantile)))
    actions = pd.DataFrame(
        rows,
        columns=[
            *("action", "treated", "holdout", "promised"),
            *("measured", "lo", "hi", "verdict"),
        ],
    )
    last = actions.iloc[-1]
    details = {
        name: float(last[name]) for name in ("promised", "measured", "lo", "hi")
    }
    verdict = Message(f"strategy.read_back.{last['verdict']}", details)
    notes = []
    held = int(frame["held"].sum())
    if held < _FEW:
        note = {"count": held, "fewest": _FEW}
        notes.append(Message("strategy.note.small_holdout", note))
    return ReadBack(actions, verdict, options, tuple(notes))


def _read(
    part: pd.DataFrame, margin: float, quantile: float
) -> tuple[int, int, float, float, float, float, str]:
    """Sizes, promised and measured profit with its interval, and what to call that."""
    treated, held = part[~part["held"]], part[part["held"]]
    sizes = len(treated), len(held)
    promised = float(treated["profit"].sum())
    if min(sizes) < 2:
        return (*sizes, promised, np.nan, np.nan, np.nan, "unknown")
    gain = treated["brought"].mean() - held["brought"].mean()
    error = np.sqrt(
        treated["brought"].var() / sizes[0] + held["brought"].var() / sizes[1]
    )
    worth = margin * sizes[0]
    measured = float(gain * worth - treated["cost"].sum())
    reach = float(quantile * error * worth)
    low, high = measured - reach, measured + reach
    verdict = "kept"
    if promised > high:
        verdict = "short"
    elif promised < low:
        verdict = "more"
    return (*sizes, promised, measured, low, high, verdict)
