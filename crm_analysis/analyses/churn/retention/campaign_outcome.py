"""What a campaign brought: those contacted against those held out."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.retention.contact_list import plain_ids
from crm_analysis.analyses.inference import newcombe, wilson
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

__all__ = ["CampaignOutcome", "measure_campaign"]


_FEW = 100  # in a group: a difference of fewer says little


@dataclass(frozen=True, eq=False)
class CampaignOutcome:
    """What a campaign brought. `groups`: group, customers, known (whose outcome is known), churned, rate, lo, hi. `uplift`: how many fewer
    of the contacted left than of the held out (a share), with its interval; `kept`: customers, `gain`: their value less the cost of the offer,
    each with its interval (None where the list has no values). `detectable`: the least true uplift such groups would show 8 times of 10.
    """

    groups: pd.DataFrame
    uplift: tuple[float, float, float]
    kept: tuple[float, float, float]
    gain: tuple[float, float, float] | None
    detectable: float
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: uplift, uplift_lo, uplift_hi, kept, kept_lo, kept_hi, gain, gain_lo, gain_hi, detectable."""
        found: dict[str, float | None] = {}
        for name, values in (
            ("uplift", self.uplift),
            ("kept", self.kept),
            ("gain", self.gain or (None, None, None)),
        ):
            found |= {name: values[0], f"{name}_lo": values[1], f"{name}_hi": values[2]}
        return {**found, "detectable": self.detectable}


def measure_campaign(
    listed: pd.DataFrame, outcomes: pd.DataFrame, *, coverage: float = 0.9
) -> CampaignOutcome:
    """What the contact changed: churn among those contacted against churn among those held out, by the list as it was drawn.

    `listed`: customer, group; value and cost where known. `outcomes`: customer, churned, some time later. Everybody counts in the group they were
    drawn into, reached or not, or the comparison would flatter. Interval of the difference: Newcombe's (Statistics in Medicine 17,
    1998, method 10). AnalysisError where either group has no known outcome.

    >>> listed = pd.DataFrame({"customer": range(400), "group": ["contact"] * 200 + ["holdout"] * 200})
    >>> outcomes = pd.DataFrame({"customer": range(400), "churned": ([True] * 20 + [False] * 180) + ([True] * 40 + [False] * 160)})
    >>> [round(value, 4) for value in measure_campaign(listed, outcomes, coverage=0.95).uplift]
    [0.1, 0.03, 0.1699]
    """
    require(outcomes, "customer", "churned")
    happened = pd.Series(
        outcomes["churned"].to_numpy(dtype=float, na_value=np.nan),
        index=plain_ids(outcomes["customer"]).to_numpy(),
    )
    happened = happened[~happened.index.duplicated(keep="last")]
    outcome = plain_ids(listed["customer"]).map(happened).to_numpy(dtype=float)
    rows: list[tuple[Any, ...]] = []
    counts: dict[str, tuple[int, int]] = {}
    z = NormalDist().inv_cdf(0.5 + coverage / 2)
    for group in ("contact", "holdout"):
        inside = (listed["group"] == group).to_numpy()
        known = inside & ~np.isnan(outcome)
        if not known.any():
            raise AnalysisError("retention.no_outcome", group=group)
        gone, total = int(outcome[known].sum()), int(known.sum())
        low, high = wilson(gone, total, coverage)
        counts[group] = (gone, total)
        rows.append((group, int(inside.sum()), total, gone, gone / total, float(low), float(high)))
    groups = pd.DataFrame(
        rows, columns=["group", "customers", "known", "churned", "rate", "lo", "hi"]
    )
    (gone, many), (lost, few) = counts["contact"], counts["holdout"]
    treated, held = gone / many, lost / few
    uplift = held - treated
    least, most = newcombe(lost, few, gone, many, coverage)
    contacted = listed[listed["group"] == "contact"]
    found = (uplift, least, most)
    kept = tuple(part * len(contacted) for part in found)
    gain = None
    if {"value", "cost"} <= set(listed.columns):
        mean, spent = float(contacted["value"].mean()), float(contacted["cost"].sum())
        gain = tuple(part * mean - spent for part in kept)
    rate = (treated * many + held * few) / (many + few)
    detectable = (z + NormalDist().inv_cdf(0.8)) * float(
        np.sqrt(max(rate * (1 - rate), 1e-12) * (1 / many + 1 / few))
    )
    return CampaignOutcome(
        groups, found, kept, gain, detectable, _judged(groups, found, detectable)
    )  # type: ignore[arg-type]


def _judged(
    groups: pd.DataFrame, uplift: tuple[float, float, float], detectable: float
) -> tuple[Message, ...]:
    told = {"uplift": 100 * uplift[0], "low": 100 * uplift[1], "high": 100 * uplift[2]}
    notes: list[Message] = []
    if uplift[1] > 0:
        notes.append(Message("retention.outcome.worked", told))
    elif uplift[2] < 0:
        notes.append(Message("retention.outcome.harmed", told))
    else:
        notes.append(Message("retention.outcome.unclear", {**told, "detectable": 100 * detectable}))
    lost = (groups["customers"] - groups["known"]).tolist()
    if sum(lost):
        notes.append(
            Message("retention.outcome.unknown", {"contact": int(lost[0]), "holdout": int(lost[1])})
        )
    if int(groups["known"].min()) < _FEW:
        notes.append(
            Message("retention.outcome.few", {"count": int(groups["known"].min()), "least": _FEW})
        )
    return tuple(notes)
