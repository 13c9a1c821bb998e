"""A campaign as a table one can read and learn from: a row a customer, their arm, before, after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from pandas.api import types

from crm_analysis.analyses.customers import purchase_days
from crm_analysis.analyses.engagement.arms import Arms, read_arms
from crm_analysis.analyses.engagement.brought import outcome_in
from crm_analysis.analyses.engagement.runs import (
    bought_by,
    campaign_runs,
    hold_one_currency,
)
from crm_analysis.errors import AnalysisError

_LEVELS = 12
OUTCOMES = ("bought", "orders", "spent")


@dataclass(frozen=True)
class Trial:
    """A campaign with a hold-out: its name, and how many were contacted and held out."""

    name: str
    treated: int
    holdout: int


def trials_in(contacts: pd.DataFrame) -> list[Trial]:
    """The campaigns that have a hold-out, the largest first."""
    if "arm" not in contacts.columns:
        return []
    rows, stopped = [], []
    for run in campaign_runs(contacts):
        if run.contacts["arm"].nunique() < 2:
            continue
        try:
            arms = _arms(run.contacts)
        except AnalysisError as problem:  # of this campaign, not of the others
            stopped.append(problem)
            continue
        held = int(arms.counts[0])
        rows.append(Trial(run.name, int(arms.counts.sum()) - held, held))
    if stopped and not rows:
        raise stopped[0]
    return sorted(rows, key=lambda trial: -min(trial.treated, trial.holdout))


def campaign_table(
    contacts: pd.DataFrame,
    orders: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    *,
    campaign: str = "",
    window_days: int = 30,
    outcome: str | None = None,
) -> pd.DataFrame:
    """A row a customer of a campaign: their arm, what was known before, what came after.

    Parameters
    ----------
    contacts, orders
        As `campaign_result` takes them; without orders `outcome` says what came of it.
    customers
        Their attributes; of a table as of today only those that hardly change (words, flags) are
        taken, since figures may hold what came after.
    campaign
        Its name, as in the result of `campaign_result`. Empty: the largest with a hold-out.
    window_days
        How long orders count after its last day.
    outcome
        Without orders: the column of the contacts that says what came of it, in every arm.

    Returns
    -------
    pandas.DataFrame
        - customer, arm : names
        - recency (days), frequency (orders), monetary (money) : before the campaign, by the orders
        - the attributes
        - bought (1 or 0), orders, spent (money) : within the window; without orders the outcome
          under its own name, of those of whom it is known

    Raises
    ------
    AnalysisError
        "engagement.no_trial" where no campaign has a hold-out; "engagement.no_orders" without
        orders and outcome; "engagement.no_column", "engagement.of_a_contact" (column).
    """
    names = [trial.name for trial in trials_in(contacts)]
    if not names:
        raise AnalysisError("engagement.no_trial")
    name = campaign or names[0]
    run = next((run for run in campaign_runs(contacts) if run.name == name), None)
    if run is None or name not in names:
        raise AnalysisError("engagement.no_trial")
    arms = _arms(run.contacts)
    if orders is None:
        if outcome is None:
            raise AnalysisError("engagement.no_orders")
        came = pd.DataFrame({outcome: outcome_in(run, arms, outcome)[0]})
        return _with_attributes(arms, pd.DataFrame(), customers, came).dropna(
            subset=[outcome], ignore_index=True
        )
    hold_one_currency(orders)
    who = arms.rows["customer"].reset_index(drop=True)
    end = run.last + window_days
    after = bought_by(purchase_days(orders), who, run.first, end)
    came = pd.DataFrame(
        {
            "bought": (after.orders > 0).astype(int),
            "orders": after.orders,
            "spent": after.revenue,
        }
    )
    return _with_attributes(arms, after.before, customers, came)


def _with_attributes(
    arms: Arms,
    before: pd.DataFrame,
    customers: pd.DataFrame | None,
    came: pd.DataFrame,
) -> pd.DataFrame:
    """A row a customer: name and arm, what orders say from before, attributes, what came of it."""
    table = arms.rows[["customer", "arm"]].reset_index(drop=True)
    table = pd.concat([table, before], axis=1)
    if customers is not None and "customer" in customers.columns:
        attributes = [
            name for name in attributes_of(customers) if name not in came.columns
        ]
        own = customers[["customer", *attributes]].drop_duplicates("customer")
        table = table.merge(own, on="customer", how="left")
    return pd.concat([table, came], axis=1)


def _arms(contacts: pd.DataFrame) -> Arms:
    return read_arms(contacts, "arm", None)


def attributes_of(customers: pd.DataFrame) -> Sequence[str]:
    """The columns of a table of customers that hardly change: a few words, or yes and no."""
    taken = ("customer", "churned", "arm", "outcome")
    return [
        name
        for name in customers.columns
        if name not in taken
        and 2 <= customers[name].nunique() <= _LEVELS
        and (
            types.is_bool_dtype(customers[name])
            or not types.is_numeric_dtype(customers[name])
        )
    ]
