"""Whom a plan is about, what each is worth, from which risk on it pays, how it would have done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.result import Churn
from crm_analysis.analyses.churn.retention.campaign import (
    CampaignPlan,
    MoneyOptions,
    plan_campaign,
)
from crm_analysis.analyses.churn.retention.contact_list import with_contacts

_MONEY = re.compile(
    r"spend|spent|monetary|revenue|amount|value|charge|bill|turnover|sales|balance|premium|fee"
    r"|消费|金额|收入|价值|费|账单|余额",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"month|recurring|subscription|premium|balance|(?<![a-z])mrr|(?<![a-z])arr(?![a-z])"
    r"|月|保费|余额|订阅",
    re.IGNORECASE,
)
_PAST = re.compile(r"total|lifetime|cumul|to_?date|累计|总", re.IGNORECASE)
_TOTAL = re.compile(r"total|lifetime|annual|monetary|累计|总|年", re.IGNORECASE)
_MAXIMUM_ROWS = 4000  # customers drawn from: more do not move the interval
_DRAWS = 200


def people_at_risk(
    churn: Churn, contacts: pd.DataFrame | None = None
) -> pd.DataFrame:
    """A row a customer: `Churn.customers` with the latest of all that the table says of them.

    `contacts`: a table of customers to take the columns from by which they are reached.
    """
    keys = [
        name for name in ("customer", "cutoff") if name in churn.customers.columns
    ]
    known = churn.table.drop(
        columns=["churned", "risk", "actionable", "window_end"], errors="ignore"
    ).drop_duplicates(keys, keep="last")
    people = churn.customers.merge(
        known, on=keys, how="left", validate="many_to_one"
    )
    people = people.drop(columns=["cutoff"], errors="ignore")
    return people if contacts is None else with_contacts(people, contacts)


def customers_at_risk(people: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Those of `people_at_risk` who are still customers and have at least this risk.

    The riskiest first.
    """
    return people[
        people["actionable"].astype(bool) & (people["risk"] >= threshold)
    ].sort_values("risk", ascending=False, kind="stable", ignore_index=True)


def still_customers(people: pd.DataFrame) -> pd.DataFrame:
    """Those of `people_at_risk` who are still customers, without what is known of the others."""
    actionable = people[people["actionable"].astype(bool)]
    return actionable.drop(columns=["churned", "actionable"]).reset_index(drop=True)


def worth_column(columns: Sequence[str]) -> str | None:
    """Of columns of numbers the one that says what is lost with a customer, by its name.

    What they bring now (a month's charge, a premium, a balance) comes before what they brought so
    far, which is next to nothing for the new ones, however much they will bring.

    >>> worth_column(["age", "TotalCharges", "MonthlyCharges"])
    'MonthlyCharges'
    """
    money = [name for name in columns if _MONEY.search(name)]
    now = [name for name in money if _RATE.search(name) and not _PAST.search(name)]
    total = [name for name in money if _TOTAL.search(name)]
    return next(iter([*now, *total, *money]), None)


def plan_in_hindsight(churn: Churn, options: MoneyOptions) -> CampaignPlan:
    """The same offer, without its limits, to customers whose outcome is known.

    With out-of-fold risks and what each was worth then: what it would have earned among them.
    """
    known = churn.out_of_fold[["customer", "risk", "churned"]]
    if options.value_column is not None:
        value = churn.table.loc[churn.labelled, options.value_column].to_numpy()
        known = known.assign(**{options.value_column: value})
    known = known.drop_duplicates("customer", keep="last")
    return plan_campaign(known, options.replace(count=None, budget=None))


@dataclass(frozen=True)
class RiskThreshold:
    """The risk from which on everybody is contacted.

    - `risk`: the least that is contacted (0 to 1); None where contacting nobody is best.
    - `low`, `high`: the range it has over samples of customers.
    - `profit`: expected, in money.
    - `contacted`: how many.
    """

    risk: float | None
    low: float | None
    high: float | None
    profit: float
    contacted: int


def best_threshold(plan: CampaignPlan) -> RiskThreshold:
    """The one threshold on the risk that earns most, everybody above it being contacted.

    Its interval is from customers drawn with replacement, with the coverage of the plan's options.

    >>> import pandas as pd
    >>> from crm_analysis.analyses.churn import MoneyOptions, plan_campaign
    >>> customers = pd.DataFrame({"customer": range(200), "risk": [0.9, 0.6, 0.3, 0.1] * 50})
    >>> money = MoneyOptions(value=100, contact_cost=1, incentive=10, success=0.3)
    >>> best_threshold(plan_campaign(customers, money)).risk
    0.3
    """
    table = plan.customers.sort_values("risk", ascending=False, kind="stable")
    risk = table["risk"].to_numpy(dtype=float)
    profit = table["expected_profit"].to_numpy(dtype=float)
    earned = np.cumsum(profit)
    ends = _ends(risk)
    best = int(ends[np.argmax(earned[ends])])
    if earned[best] <= 0:
        return RiskThreshold(None, None, None, 0.0, 0)
    rng = np.random.default_rng(plan.options.seed)
    sample = np.arange(len(risk))
    if len(risk) > _MAXIMUM_ROWS:
        sample = np.sort(rng.choice(len(risk), _MAXIMUM_ROWS, replace=False))
    ends = _ends(risk[sample])
    drawn = rng.multinomial(
        len(sample), np.full(len(sample), 1 / len(sample)), size=_DRAWS
    )
    totals = np.cumsum(drawn * profit[sample], axis=1)[:, ends]
    thresholds = risk[sample][ends[np.argmax(totals, axis=1)]]
    tail = (1 - plan.options.coverage) / 2
    low, high = np.quantile(thresholds, [tail, 1 - tail])
    return RiskThreshold(
        float(risk[best]),
        float(low),
        float(high),
        float(earned[best]),
        best + 1,
    )


def _ends(risk: np.ndarray) -> np.ndarray:
    """The last of each risk: customers of one risk are contacted together."""
    return np.flatnonzero(np.append(np.diff(risk) != 0, True))
