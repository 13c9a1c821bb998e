"""What a list to contact brought: those contacted against those held out of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import plain_ids
from crm_analysis.analyses.engagement.campaign import (
    CampaignResult,
    campaign_result,
)
from crm_analysis.analyses.engagement.campaign_options import CampaignOptions
from crm_analysis.analyses.engagement.plan import detectable_share
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

_FEW = 100  # in a group: a difference of fewer says little


def measure_campaign(
    contact_list: pd.DataFrame, outcomes: pd.DataFrame, *, coverage: float = 0.9
) -> CampaignResult:
    """How many more of those contacted were retained than of those held out.

    The list is a campaign, judged as `campaign_result` judges any: its outcome is who has not
    churned. Everybody counts in the group they were drawn into, reached or not, or the comparison
    would flatter.

    Parameters
    ----------
    contact_list
        As it was drawn: customer, group ("contact", "holdout"); value and cost where known.
    outcomes
        customer, churned, some time later.
    coverage
        Of the intervals.

    Returns
    -------
    CampaignResult
        `.arms` (shares retained), `.campaigns`, `.verdict`; in `summary()` customers_more and,
        where the list has values and costs, profit.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "engagement.no_arm" where the list does not say who was held out;
        "engagement.no_outcome_known" where an arm has no outcome; "engagement.sample_ratio" where
        outcomes are known of one group more than of the other.

    See Also
    --------
    campaign_result : the judge of all campaigns.

    Examples
    --------
    >>> groups = ["contact"] * 200 + ["holdout"] * 200
    >>> contact_list = pd.DataFrame({"customer": range(400), "group": groups})
    >>> churned = [True] * 20 + [False] * 180 + [True] * 40 + [False] * 160
    >>> outcomes = pd.DataFrame({"customer": range(400), "churned": churned})
    >>> result = measure_campaign(contact_list, outcomes, coverage=0.95)
    >>> result.campaigns[["difference", "lo", "hi"]].round(4).to_numpy().tolist()
    [[0.1, 0.03, 0.1699]]
    """
    contacts = _contacts(contact_list, outcomes)
    held, contacted = (
        (contacts["arm"] == arm).sum() for arm in ("holdout", "contact")
    )
    if not held or not contacted:
        raise AnalysisError("engagement.one_arm", arm=str(contacts["arm"].iloc[0]))
    of_contacted = contact_list[contact_list["group"] == "contact"]
    value = None
    if {"value", "cost"} <= set(contact_list.columns):
        value = float(of_contacted["value"].mean())
    options = CampaignOptions(
        outcome="retained",
        value=value,
        split=(float(held), float(contacted)),
        coverage=coverage,
    )
    result = campaign_result(contacts, options=options)
    return replace(
        result, verdict=_verdict(result), notes=_notes(result, contacts["customer"])
    )


def _contacts(contact_list: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """The list as a campaign: customer, arm, retained, cost."""
    require(contact_list, "customer")
    require(outcomes, "customer", "churned")
    if "group" not in contact_list.columns:
        raise AnalysisError("engagement.no_arm", column="group")
    churned = pd.Series(
        outcomes["churned"].to_numpy(dtype=float, na_value=np.nan),
        index=plain_ids(outcomes["customer"]).to_numpy(),
    )
    churned = churned[~churned.index.duplicated(keep="last")]
    customer = plain_ids(contact_list["customer"])
    contacts = pd.DataFrame(
        {
            "customer": customer,
            "arm": contact_list["group"].astype(str),
            "retained": 1 - customer.map(churned).astype(float),
        }
    )
    if "cost" in contact_list.columns:
        contacts["cost"] = contact_list["cost"].astype(float)
    return contacts


def _verdict(result: CampaignResult) -> Message:
    """The difference in points of churn, fewer being more."""
    row = result.campaigns.set_index("measure").loc["customers"]
    details = {
        "points": 100 * float(row["difference"]),
        "low": 100 * float(row["lo"]),
        "high": 100 * float(row["hi"]),
    }
    word = "unclear"
    if row["lo"] > 0 or row["hi"] < 0:
        word = "more" if row["lo"] > 0 else "less"
    else:
        details["detectable"] = 100 * _detectable(result)
    return Message(f"engagement.campaign.experiment.retained_{word}", details)


def _detectable(result: CampaignResult) -> float:
    """The difference that groups of this size show eight times of ten."""
    arms = result.arms
    share = float(arms["responded"].sum() / arms["known"].sum())
    return detectable_share(
        share, arms["known"].to_numpy(), result.options.coverage
    )


def _notes(result: CampaignResult, customers: pd.Series) -> tuple[Message, ...]:
    # A list without costs has none to tell the profit by: that is no news.
    notes = [note for note in result.notes if note.key != "engagement.note.no_cost"]
    repeated = int(customers.duplicated().sum() - customers.isna().sum())
    if repeated > 0:
        notes.append(Message("engagement.note.repeated", {"count": repeated}))
    smallest = int(result.arms["known"].min())
    if smallest < _FEW:
        details = {"count": smallest, "fewest": _FEW}
        notes.append(Message("engagement.note.few", details))
    return tuple(notes)
