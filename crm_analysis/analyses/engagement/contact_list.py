"""Whom it pays to contact: those whose gain is worth more than it costs, within a budget."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.allocation import Limit, Problem, allocate
from crm_analysis.analyses.engagement.assign import hashed
from crm_analysis.analyses.engagement.claims import Claim
from crm_analysis.analyses.engagement.uplift.model import Uplift
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share

_POINTS = 200


@dataclass(frozen=True, kw_only=True)
class ContactListOptions(Options):
    """What a response is worth and what a contact costs.

    - `margin`: of one response; where the outcome is an amount, the share of it that stays.
    - `cost`: of one contact. `budget`: for all. None: no limit.
    - `holdout`: the share of the list left alone, to measure by.
    - `start`: the day the contacts go out (ISO). None: today. `window_days`: how long to wait
      before the result is read.
    """

    margin: float = knob(40.0, low=0.0, high=1e9)
    cost: float = knob(0.5, low=0.0, high=1e6)
    budget: float | None = knob(None, low=0.0, high=1e12)
    holdout: float = share(0.1, high=0.5)
    start: str | None = None
    window_days: int = knob(30, low=1, high=365)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class ContactList:
    """Whom to contact, the highest gains first.

    - `table`: a row a customer of the list; empty where the gate refuses.
        - `rank`, `customer` : 1 is the first; name
        - `gain` : outcomes, or money, that a contact brings
        - `profit` : expected, in money
        - `arm` : "treated" or "holdout"
    - `curve`: profit by how many are contacted.
        - `contacted` : customers
        - `expected` : profit as the model has it
        - `measured` : as the trial had it for as many of the highest gains
        - `at_random` : of as many drawn at random
        - `chosen` : the list's own
    - `threshold`: the gain above which a contact pays.
    - `read_on`: the day to read the result (ISO).
    - `claim`: that of the uplift.
    - `verdict`: in a sentence, or why there is no list.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    threshold: float
    read_on: str
    claim: Claim
    verdict: Message
    options: ContactListOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: listed, treated, holdout, profit and cost (of the treated).

        And the threshold.
        """
        treated = self.table[self.table["arm"] == "treated"]
        return {
            "listed": float(len(self.table)),
            "treated": float(len(treated)),
            "holdout": float(len(self.table) - len(treated)),
            "profit": float(treated["profit"].sum()),
            "cost": self.options.cost * len(treated),
            "threshold": self.threshold,
        }


def whom_to_contact(
    gain: Uplift, options: ContactListOptions | None = None
) -> ContactList:
    """Those whose expected gain times the margin is more than a contact costs.

    Contacts cost the same, so that under a budget the highest gains are the best list there is. A
    random tenth of it is held out, by a hash, so that the next reading is an experiment too.
    Where the gate of the uplift refuses, the list is empty and says why.

    Parameters
    ----------
    gain : Uplift
        The result of `uplift`.
    options : ContactListOptions, optional
        Margin, cost, budget, hold-out.

    Returns
    -------
    ContactList
        `.table` (customer, gain, profit, arm), `.curve`, `.read_on`.

    References
    ----------
    Ascarza (2018), Journal of Marketing Research 55, 80-98: those at risk are not those whom a
    contact changes.

    See Also
    --------
    uplift : where gains are from, and the gate.
    """
    options = options or ContactListOptions()
    threshold = options.cost / options.margin if options.margin else float("inf")
    start = (
        dt.date.fromisoformat(options.start) if options.start else dt.date.today()
    )
    read_on = (start + dt.timedelta(days=options.window_days)).isoformat()
    table = _ranked(gain, options, threshold)
    verdict = gain.verdict
    if gain.evident:
        treated = table["arm"] == "treated"
        details = {
            "listed": len(table),
            "holdout": int((~treated).sum()),
            "profit": float(table.loc[treated, "profit"].sum()),
            "threshold": threshold,
            "cost": options.cost,
            "budget": options.budget or 0.0,
            "date": read_on,
        }
        verdict = Message(f"engagement.list.{_word(gain, table, options)}", details)
    return ContactList(
        table,
        _curve(gain, options, len(table)),
        threshold,
        read_on,
        gain.claim,
        verdict,
        options,
    )


def _word(gain: Uplift, table: pd.DataFrame, options: ContactListOptions) -> str:
    """What is said of the list: of shares and of amounts, and why it may be empty."""
    pays = (gain.customers["gain"] * options.margin > options.cost).any()
    word = "contact"
    if table.empty:
        word = "budget_too_small" if pays else "nobody_pays"
    if not options.margin:
        return "no_margin"
    return f"{word}_amount" if gain.is_amount else word


def _ranked(
    gain: Uplift, options: ContactListOptions, threshold: float
) -> pd.DataFrame:
    customers = gain.customers.sort_values("gain", ascending=False, kind="stable")
    customers = customers[(customers["gain"] > threshold) & gain.evident]
    profit = customers["gain"].to_numpy(dtype=float) * options.margin - options.cost
    limits = []
    if options.budget is not None:
        cost = np.full(len(profit), options.cost)
        limits.append(Limit("budget", options.budget, cost))
    plan = allocate(Problem(np.arange(len(profit)), profit, tuple(limits)))
    chosen = customers[plan.chosen]
    draw = hashed(chosen["customer"], options.seed)
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(chosen) + 1),
            "customer": chosen["customer"].to_numpy(),
            "gain": chosen["gain"].to_numpy(),
            "profit": profit[plan.chosen],
            "arm": np.where(draw < options.holdout, "holdout", "treated"),
        }
    )


def _curve(gain: Uplift, options: ContactListOptions, listed: int) -> pd.DataFrame:
    ordered = np.sort(gain.customers["gain"].to_numpy())[::-1]
    size = len(ordered)
    sizes = np.unique(np.append(np.linspace(0, size, _POINTS + 1).round(), listed))
    sizes = sizes.astype(np.int64)
    expected = np.append(0.0, np.cumsum(ordered))[sizes]
    curve = gain.curve
    # Of the curve as many were treated as in the trial: here all of so many are.
    treated = (gain.customers["arm"] != gain.verdict.details["control"]).mean()
    measured = np.interp(sizes, curve["contacted"], curve["gained"]) / treated
    total = measured[-1]
    spent = options.cost * sizes
    return pd.DataFrame(
        {
            "contacted": sizes,
            "expected": options.margin * expected - spent,
            "measured": options.margin * measured - spent,
            "at_random": options.margin * total * sizes / size - spent,
            "chosen": sizes == listed,
        }
    )
