"""Whom a plan is about, what each is worth, and how it would have done."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def people_at_risk(churn: Churn, contacts: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row a customer: `Churn.customers` with the latest of all that the table says of them.

    `contacts`: a table of customers to take the columns from by which they are reached.
    """
    keys = [name for name in ("customer", "cutoff") if name in churn.customers.columns]
    known = churn.table.drop(
        columns=["churned", "risk", "actionable", "window_end"], errors="ignore"
    ).drop_duplicates(keys, keep="last")
    people = churn.customers.merge(known, on=keys, how="left", validate="many_to_one")
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
