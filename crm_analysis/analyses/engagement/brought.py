"""What customers of a campaign did after it: as orders say, or a column of the campaign itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases
from crm_analysis.analyses.engagement.arms import Arms
from crm_analysis.analyses.engagement.campaign_options import CampaignOptions
from crm_analysis.analyses.engagement.outcomes import is_share, numbers
from crm_analysis.analyses.engagement.runs import Run, bought_by
from crm_analysis.errors import AnalysisError

# Only who was contacted can do these: they compare with nobody.
_OF_A_CONTACT = ("opened", "clicked", "unsubscribed")


@dataclass(frozen=True, eq=False)
class Brought:
    """What each customer of a campaign did, and was like before.

    - `measures`: "customers" (1 or 0), and "orders", "revenue", "margin", "profit" where known: a
      figure a customer; NaN where theirs is not known.
    - `cost`: of each customer's contacts; None where unknown. The hold-out costs nothing.
    - `before`: what was known before; without columns where nothing was.
    """

    measures: dict[str, np.ndarray]
    cost: np.ndarray | None
    before: pd.DataFrame

    @property
    def known(self) -> np.ndarray:
        """Whose outcome is known."""
        return ~np.isnan(self.measures["customers"])


def brought_by(
    run: Run, arms: Arms, purchases: Purchases | None, options: CampaignOptions
) -> Brought:
    """What came of a run: from the orders, or without them from the column of the options."""
    cost = _costs(run, arms, options)
    if purchases is None:
        return Brought(_in_column(run, arms, cost, options), cost, _nothing(arms))
    customers = arms.rows["customer"]
    end = run.last + options.window_days
    bought = bought_by(purchases, customers, run.first, end)
    measures = {
        "customers": (bought.orders > 0).astype(float),
        "orders": bought.orders,
        "revenue": bought.revenue,
    }
    measures |= _money(bought.revenue, cost, options)
    return Brought(measures, cost, bought.before)


def _nothing(arms: Arms) -> pd.DataFrame:
    return pd.DataFrame(index=range(len(arms.code)))


def _in_column(
    run: Run, arms: Arms, cost: np.ndarray | None, options: CampaignOptions
) -> dict[str, np.ndarray]:
    """What came of it as a column of the log says, in the measures of a campaign."""
    outcome, is_yes_or_no = outcome_in(run, arms, str(options.outcome))
    if not is_yes_or_no:
        happened = np.where(np.isnan(outcome), np.nan, outcome > 0)
        measures = {"customers": happened, "revenue": outcome}
        return measures | _money(outcome, cost, options)
    measures = {"customers": outcome}
    if cost is not None and options.value is not None:
        measures["profit"] = options.value * outcome - cost
    return measures


def outcome_in(run: Run, arms: Arms, column: str) -> tuple[np.ndarray, bool]:
    """What a column of the log says came of each customer, and whether it is a yes or no.

    A yes in any of a customer's rows is one; amounts of several rows are added.
    """
    if column not in run.contacts.columns:
        raise AnalysisError("engagement.no_column", column=column)
    if column in _OF_A_CONTACT:
        raise AnalysisError("engagement.of_a_contact", column=column)
    values = pd.Series(numbers(run.contacts[column], column))
    of_each = values.groupby(run.contacts["customer"].to_numpy())
    is_yes_or_no = is_share(values.to_numpy())
    each = of_each.max() if is_yes_or_no else of_each.sum(min_count=1)
    return arms.rows["customer"].map(each).to_numpy(dtype=float), is_yes_or_no


def _money(
    revenue: np.ndarray, cost: np.ndarray | None, options: CampaignOptions
) -> dict[str, np.ndarray]:
    margin = options.margin * revenue
    return (
        {"margin": margin}
        if cost is None
        else {"margin": margin, "profit": margin - cost}
    )


def _costs(run: Run, arms: Arms, options: CampaignOptions) -> np.ndarray | None:
    """What each customer's contacts cost; None where that is not known. The hold-out costs none."""
    if "cost" in run.contacts.columns and run.contacts["cost"].notna().any():
        costs = run.contacts["cost"].astype(float).groupby(run.contacts["customer"])
        each = (
            arms.rows["customer"].map(costs.sum()).fillna(0.0).to_numpy(dtype=float)
        )
    elif options.cost is not None:
        counts = run.contacts["customer"].value_counts()
        each = arms.rows["customer"].map(counts).fillna(0).to_numpy() * options.cost
    else:
        return None
    return np.where(arms.code > 0, each, 0.0)
