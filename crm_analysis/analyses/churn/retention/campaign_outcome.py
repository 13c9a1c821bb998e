"""What a campaign brought: those contacted against those held out."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.retention.contact_list import plain_ids
from crm_analysis.analyses.inference import newcombe, wilson
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

_FEW = 100  # in a group: a difference of fewer says little
_POWER = 0.8

Interval = tuple[float, float, float]  # the figure, its lower and its upper bound


@dataclass(frozen=True, eq=False)
class CampaignOutcome:
    """What a campaign brought.

    - `groups`: a row for "contact" and "holdout".
        - `group`, `customers` : name, how many were drawn into it
        - `known` : whose outcome is known
        - `churned`, `rate`, `lo`, `hi` : of these how many churned; share, with Wilson's interval
    - `uplift`: how many fewer of the contacted churned than of the held out (a share), with its
      interval.
    - `retained`: customers, with its interval.
    - `gain`: their value less the cost of the offer, in money, with its interval; None where the
      list has no values.
    - `detectable`: the least true uplift (a share) that such groups would show 8 times of 10.
    - `notes`: what to say of it.
    """

    groups: pd.DataFrame
    uplift: Interval
    retained: Interval
    gain: Interval | None
    detectable: float
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: uplift, retained, gain, each with _lo and _hi; detectable."""
        figures: dict[str, float | None] = {}
        for name, interval in {
            "uplift": self.uplift,
            "retained": self.retained,
            "gain": self.gain,
        }.items():
            value, lo, hi = interval or (None, None, None)
            figures |= {name: value, f"{name}_lo": lo, f"{name}_hi": hi}
        return {**figures, "detectable": self.detectable}


def measure_campaign(
    contact_list: pd.DataFrame, outcomes: pd.DataFrame, *, coverage: float = 0.9
) -> CampaignOutcome:
    """What the contact changed: churn among those contacted against churn among those held out.

    Everybody counts in the group they were drawn into, reached or not, or the comparison would
    flatter. The interval of the difference is Newcombe's.

    Parameters
    ----------
    contact_list
        As it was drawn: customer, group; value and cost where known.
    outcomes
        customer, churned, some time later.
    coverage
        Of the intervals.

    Returns
    -------
    CampaignOutcome
        Rates of the two `.groups`; `.uplift` (a share), `.retained` (customers) and `.gain`
        (money), each as (estimate, low, high).

    Raises
    ------
    AnalysisError
        `data.missing_role`, `retention.no_groups` where the list does not say who was held out,
        `retention.no_outcome` (group) where nobody's outcome is known.

    Examples
    --------
    >>> groups = ["contact"] * 200 + ["holdout"] * 200
    >>> contact_list = pd.DataFrame({"customer": range(400), "group": groups})
    >>> churned = [True] * 20 + [False] * 180 + [True] * 40 + [False] * 160
    >>> outcomes = pd.DataFrame({"customer": range(400), "churned": churned})
    >>> outcome = measure_campaign(contact_list, outcomes, coverage=0.95)
    >>> [round(value, 4) for value in outcome.uplift]
    [0.1, 0.03, 0.1699]
    """
    require(contact_list, "customer")
    require(outcomes, "customer", "churned")
    if "group" not in contact_list.columns:
        raise AnalysisError("retention.no_groups")
    happened = pd.Series(
        outcomes["churned"].to_numpy(dtype=float, na_value=np.nan),
        index=plain_ids(outcomes["customer"]).to_numpy(),
    )
    happened = happened[~happened.index.duplicated(keep="last")]
    churned = plain_ids(contact_list["customer"]).map(happened).to_numpy(dtype=float)
    rows = []
    for name in ("contact", "holdout"):
        inside = (contact_list["group"] == name).to_numpy()
        known = churned[inside & ~np.isnan(churned)]
        if not len(known):
            raise AnalysisError("retention.no_outcome", group=name)
        hits, total = int(known.sum()), len(known)
        lo, hi = wilson(hits, total, coverage)
        rows.append(
            (
                name,
                int(inside.sum()),
                total,
                hits,
                hits / total,
                float(lo),
                float(hi),
            )
        )
    groups = pd.DataFrame(
        rows, columns=["group", "customers", "known", "churned", "rate", "lo", "hi"]
    )
    uplift = _uplift(groups, coverage)
    contacted = contact_list[contact_list["group"] == "contact"]
    retained = _scaled(uplift, len(contacted))
    gain = None
    if {"value", "cost"} <= set(contact_list.columns):
        value, cost = (
            float(contacted["value"].mean()),
            float(contacted["cost"].sum()),
        )
        gain = _scaled(retained, value, -cost)
    detectable = _detectable(groups, coverage)
    return CampaignOutcome(
        groups, uplift, retained, gain, detectable, _notes(groups, uplift, detectable)
    )


def _uplift(groups: pd.DataFrame, coverage: float) -> Interval:
    contact, holdout = groups.to_dict("records")
    lo, hi = newcombe(
        holdout["churned"],
        holdout["known"],
        contact["churned"],
        contact["known"],
        coverage,
    )
    return holdout["rate"] - contact["rate"], lo, hi


def _scaled(interval: Interval, factor: float, offset: float = 0.0) -> Interval:
    value, lo, hi = (part * factor + offset for part in interval)
    return value, lo, hi


def _detectable(groups: pd.DataFrame, coverage: float) -> float:
    """The uplift that a test of two shares finds with a power of 0.8."""
    rate = groups["churned"].sum() / groups["known"].sum()
    variance = max(rate * (1 - rate), 1e-12) * (1 / groups["known"]).sum()
    quantiles = NormalDist().inv_cdf(0.5 + coverage / 2) + NormalDist().inv_cdf(_POWER)
    return quantiles * float(np.sqrt(variance))


def _notes(
    groups: pd.DataFrame, uplift: Interval, detectable: float
) -> tuple[Message, ...]:
    value, lo, hi = uplift
    details = {"uplift": 100 * value, "low": 100 * lo, "high": 100 * hi}
    facts: dict[str, dict[str, float]] = {}
    if lo > 0:
        facts["worked"] = details
    elif hi < 0:
        facts["harmed"] = details
    else:
        facts["unclear"] = {**details, "detectable": 100 * detectable}
    contact, holdout = (groups["customers"] - groups["known"]).tolist()
    if contact + holdout:
        facts["unknown"] = {"contact": int(contact), "holdout": int(holdout)}
    smallest = int(groups["known"].min())
    if smallest < _FEW:
        facts["few"] = {"count": smallest, "least": _FEW}
    return tuple(
        Message(f"retention.outcome.{key}", details) for key, details in facts.items()
    )
