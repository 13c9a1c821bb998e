"""What campaigns brought beyond what would have come anyway: customers, orders, money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, purchase_days, sent
from crm_analysis.analyses.engagement.campaign_options import CampaignOptions
from crm_analysis.analyses.engagement.claims import (
    ADJUSTED,
    DESCRIPTION,
    EXPERIMENT,
    Claim,
)
from crm_analysis.analyses.engagement.judging import Judged, judge
from crm_analysis.analyses.engagement.pooling import Pooled, pool
from crm_analysis.analyses.engagement.runs import (
    Run,
    campaign_runs,
    hold_one_currency,
    undated_runs,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_WORDS: dict[Claim, str] = {
    EXPERIMENT: "experiment",
    ADJUSTED: "adjusted",
    DESCRIPTION: "description",
}
_SAID = {"profit": "profit", "revenue": "revenue", "customers_more": "customers"}
_RANK = (EXPERIMENT, ADJUSTED, DESCRIPTION)
_COLUMNS = [
    *("campaign", "claim", "measure", "customers", "treated", "holdout"),
    *("difference", "lo", "hi", "p", "e_value"),
    *("total", "total_lo", "total_hi"),
]


@dataclass(frozen=True, eq=False)
class CampaignResult:
    """What campaigns brought.

    - `campaigns`: a row a campaign and measure.
        - `campaign`, `claim` : name; what may be claimed of it
        - `measure` : "customers", "orders", "revenue", "margin", "profit", "roi"
        - `customers` : how many were contacted
        - `treated`, `holdout` : the mean of a customer contacted, held out
        - `difference`, `lo`, `hi`, `p` : between them, a customer; NaN where nothing compares
        - `e_value` : of an adjusted comparison, how strongly something unknown would have to go
          with both to explain it; NaN else
        - `total`, `total_lo`, `total_hi` : of all contacted; for "roi" profit over cost
    - `arms`: a row a campaign and arm.
        - `campaign`, `arm` : name; "treated" or "holdout"
        - `customers`, `known` : how many were drawn into it; whose outcome is known
        - `responded`, `rate`, `lo`, `hi` : of these who bought, or had the outcome; share, with
          Wilson's interval
    - `pooled`: of campaigns with the strongest claim; profit where it is known, else revenue, else
      customers.
        - `campaign`, `measure` : names
        - `raw`, `raw_lo`, `raw_hi` : the difference a customer
        - `shrunken`, `shrunken_lo`, `shrunken_hi` : drawn towards what they have in common
    - `common`: measure, mean, lo, hi, between: what these campaigns bring on average a customer
      (random effects), and the standard deviation between them; empty for one campaign.
    - `overlap`: a row a pair of campaigns within each other's window.
        - `campaign`, `other` : names
        - `customers`, `share` : contacted in both; of those contacted in the first
        - `held_out` : held out of one and contacted by the other
    - `checks`: as in `read_test`, with the campaign.
        - `campaign`, `check`, `column`, `value`, `limit`, `p`, `holds`
    - `set_aside`: campaign, customer, arms: in two arms, and left out.
    - `claim`: the strongest any campaign has; what is said over all is of these.
    - `verdict`: in a sentence.
    - `notes`: what the reader should know.
    """

    campaigns: pd.DataFrame
    arms: pd.DataFrame
    pooled: pd.DataFrame
    common: pd.DataFrame
    overlap: pd.DataFrame
    checks: pd.DataFrame
    set_aside: pd.DataFrame
    claim: Claim
    verdict: Message
    notes: tuple[Message, ...]
    totals: dict[str, float | None]
    options: CampaignOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers over the campaigns of the strongest claim.

        campaigns, customers (contacted), cost; customers_more, orders, revenue, margin, profit,
        each with _lo and _hi; roi; None where unknown.
        """
        return dict(self.totals)


def campaign_result(
    contacts: pd.DataFrame,
    orders: pd.DataFrame | None = None,
    options: CampaignOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> CampaignResult:
    """What those contacted bought beyond those held out, campaign by campaign and over all.

    Everybody counts in the arm they were drawn into. Orders count over the same days for both
    arms. A campaign of the same name after a pause of 45 days is a campaign of its own. Without a
    hold-out those contacted are compared with customers who were not, with their recency,
    frequency and money before taken into account, and only where the two overlap.

    Parameters
    ----------
    contacts : pandas.DataFrame
        customer, date; campaign, arm, cost where known. Those held out stand in it too.
    orders : pandas.DataFrame, optional
        customer, date, amount of each order line. Without orders the column of the contacts that
        `options.outcome` names says what came of it, and dates are not needed.
    options : CampaignOptions, optional
        Margin, window, cost, which arm is the control.

    Returns
    -------
    CampaignResult
        `.campaigns` (a row a campaign and measure), `.pooled`, `.claim`, `.verdict`.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "engagement.no_contacts"; "engagement.negative_cost";
        "engagement.outcome_before" where the orders end before the contacts begin;
        "engagement.two_currencies"; "engagement.sample_ratio"; "engagement.two_arms";
        "engagement.no_orders" without orders and outcome; "engagement.of_a_contact" where only
        those contacted can have the outcome; "engagement.no_outcome_known".

    References
    ----------
    Neslin (2002), Sales Promotion; Gordon, Zettelmeyer, Bhargava & Chapsky (2019), Marketing
    Science 38, 193-225, on why contacted and not contacted do not compare.

    Examples
    --------
    >>> names = [f"C{number}" for number in range(400)]
    >>> day = pd.Timestamp("2024-05-01")
    >>> contacts = pd.DataFrame({"customer": names, "date": day, "campaign": "spring",
    ...     "arm": ["treated"] * 200 + ["holdout"] * 200, "cost": 0.5})
    >>> buyers = names[:60] + names[200:230]
    >>> orders = pd.DataFrame({"customer": buyers, "date": pd.Timestamp("2024-05-09"),
    ...     "amount": 20.0})
    >>> result = campaign_result(contacts, orders, CampaignOptions(margin=0.5))
    >>> result.claim, result.summary()["customers_more"], result.summary()["profit"]
    ('experiment', 30.0, 200.0)
    """
    options = options or CampaignOptions()
    if orders is None:
        return _by_column(contacts, options)
    hold_one_currency(orders)
    runs = campaign_runs(contacts, options.campaigns)
    purchases = purchase_days(orders)
    timely = [run for run in runs if run.first <= purchases.until]
    if not timely:
        first, until = (
            str(np.datetime64(day, "D")) for day in (runs[0].first, purchases.until)
        )
        raise AnalysisError("engagement.outcome_before", first=first, until=until)
    judged, notes = _judged(timely, purchases, options, progress)
    late = [run.name for run in runs if run.first > purchases.until]
    if late:
        details = {
            "campaigns": late,
            "until": str(np.datetime64(purchases.until, "D")),
        }
        notes.append(Message("engagement.note.outcome_before", details))
    return _together(judged, timely, purchases, options, notes)


# What stops a campaign, and not the others.
_STOPS = tuple(
    f"engagement.{name}"
    for name in (
        *("sample_ratio", "two_arms", "which_control", "no_such_arm"),
        *("no_outcome_known", "one_arm", "split"),
    )
)


def _judged(
    runs: Sequence[Run],
    purchases: Purchases | None,
    options: CampaignOptions,
    progress: Progress,
) -> tuple[list[Judged], list[Message]]:
    """The campaigns that can be judged, and why others cannot; AnalysisError where none can."""
    judged: list[Judged] = []
    stopped: list[tuple[str, AnalysisError]] = []
    for position, run in enumerate(runs):
        progress(position / len(runs), "engagement.step.campaigns")
        try:
            judged.append(judge(run, purchases, options))
        except AnalysisError as problem:
            if problem.key not in _STOPS:
                raise
            stopped.append((run.name, problem))
    if not judged:
        raise stopped[0][1]
    notes = []
    for name, reason in stopped:
        notes.append(Message("engagement.note.stopped", {"campaign": name}))
        notes.append(Message(reason.key, reason.details))
    return judged, notes


def _by_column(contacts: pd.DataFrame, options: CampaignOptions) -> CampaignResult:
    """What came of campaigns as a column of their own says."""
    if options.outcome is None:
        raise AnalysisError("engagement.no_orders")
    dated = "date" in contacts.columns
    runs = (
        campaign_runs(contacts, options.campaigns)
        if dated
        else undated_runs(contacts)
    )
    judged, notes = _judged(runs, None, options, no_progress)
    return _together(judged, runs if dated else [], None, options, notes)


def _together(
    judged: Sequence[Judged],
    runs: Sequence[Run],
    purchases: Purchases | None,
    options: CampaignOptions,
    stopped: Sequence[Message],
) -> CampaignResult:
    table = pd.DataFrame([row for judgement in judged for row in judgement.rows])[
        _COLUMNS
    ]
    claim = min((judgement.claim for judgement in judged), key=_RANK.index)
    strongest = [judgement for judgement in judged if judgement.claim == claim]
    pooled, common = _pooled(table[table["claim"] == claim], options.coverage)
    totals = _totals(strongest, table[table["claim"] == claim], options.coverage)
    set_aside = pd.concat(
        [judgement.set_aside for judgement in judged], ignore_index=True
    )
    checks = pd.DataFrame(
        [check for judgement in judged for check in judgement.checks]
    )
    arms = pd.DataFrame([row for judgement in judged for row in judgement.arms])
    overlap = _overlap(runs, options)
    notes = [*stopped, *_notes(judged, strongest, purchases, options)]
    notes += _notes_on_strength(table[table["claim"] == claim], options.primary)
    notes += _notes_on_overlap(overlap)
    return CampaignResult(
        table,
        arms,
        pooled,
        common,
        overlap,
        checks,
        set_aside[["campaign", "customer", "arms"]],
        claim,
        _verdict(claim, totals, strongest, options.primary),
        tuple(notes),
        totals,
        options,
    )


def _variance(rows: pd.DataFrame, coverage: float) -> np.ndarray:
    from scipy.special import ndtri

    reach = (rows["hi"] - rows["lo"]).to_numpy() / 2
    return (reach / float(ndtri(0.5 + coverage / 2))) ** 2


def _decided_by(table: pd.DataFrame) -> str:
    measures = set(table["measure"])
    ordered = ("profit", "revenue", "customers")
    return next(measure for measure in ordered if measure in measures)


def _pooled(
    table: pd.DataFrame, coverage: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each campaign alone and drawn together, and what they have in common."""
    measure = _decided_by(table)
    rows = table[(table["measure"] == measure) & table["lo"].notna()]
    rows = rows[rows["hi"] > rows["lo"]]
    columns = ["campaign", "measure", "raw", "raw_lo", "raw_hi"]
    columns += ["shrunken", "shrunken_lo", "shrunken_hi"]
    nothing = pd.DataFrame(columns=["measure", "mean", "lo", "hi", "between"])
    if rows.empty:
        return pd.DataFrame(columns=columns), nothing
    effects = rows["difference"].to_numpy()
    together: Pooled = pool(effects, _variance(rows, coverage), coverage)
    figures = (together.mean, together.lo, together.hi, together.between)
    common = pd.DataFrame([(measure, *figures)], columns=nothing.columns)
    each = pd.DataFrame(
        {
            "campaign": rows["campaign"].to_numpy(),
            "measure": measure,
            "raw": effects,
            "raw_lo": rows["lo"].to_numpy(),
            "raw_hi": rows["hi"].to_numpy(),
            "shrunken": together.shrunken,
            "shrunken_lo": together.shrunken_lo,
            "shrunken_hi": together.shrunken_hi,
        }
    )
    return each, common if len(rows) > 1 else nothing


def _totals(
    judged: Sequence[Judged], table: pd.DataFrame, coverage: float
) -> dict[str, float | None]:
    """What all of the campaigns brought together; their errors are independent."""
    costs = [one.cost for one in judged]
    cost = (
        sum(part for part in costs if part is not None)
        if all(part is not None for part in costs)
        else None
    )
    totals: dict[str, float | None] = {
        "campaigns": float(len(judged)),
        "customers": float(
            table[table["measure"] == "customers"]["customers"].sum()
        ),
        "cost": cost,
    }
    for measure in ("customers", "orders", "revenue", "margin", "profit"):
        rows = table[table["measure"] == measure]
        name = "customers_more" if measure == "customers" else measure
        known = len(rows) == len(judged) and rows["total"].notna().all()
        value = float(rows["total"].sum()) if known else None
        reach = 0.0
        if known:
            reach = float(
                np.sqrt((((rows["total_hi"] - rows["total_lo"]) / 2) ** 2).sum())
            )
        totals |= {
            name: None if value is None else round(value, 9),
            f"{name}_lo": None if value is None else value - reach,
            f"{name}_hi": None if value is None else value + reach,
        }
    profit = totals["profit"]
    totals["roi"] = profit / cost if cost and profit is not None else None
    return totals


def _overlap(runs: Sequence[Run], options: CampaignOptions) -> pd.DataFrame:
    rows = []
    parts = [(set(sent(run.contacts)["customer"]), run) for run in runs]
    for position, (own, run) in enumerate(parts):
        held = set(run.contacts["customer"]) - own
        for others, other in parts[position + 1 :]:
            if other.first > run.last + options.window_days:
                continue
            both = len(own & others)
            torn = len(held & others)
            torn += len((set(other.contacts["customer"]) - others) & own)
            if both or torn:
                share = both / len(own) if own else 0.0
                rows.append((run.name, other.name, both, share, torn))
    columns = ["campaign", "other", "customers", "share", "held_out"]
    return pd.DataFrame(rows, columns=columns)


def _verdict(
    claim: Claim,
    totals: dict[str, float | None],
    judged: Sequence[Judged],
    primary: str | None,
) -> Message:
    ordered = ["profit", "revenue", "customers_more"]
    if primary:
        ordered.insert(0, "customers_more" if primary == "customers" else primary)
    measure = next(
        (name for name in ordered if totals[name] is not None), "revenue"
    )
    customers = int(totals["customers"] or 0)
    if totals[measure] is None:
        share = float(np.average([one.share for one in judged]))
        details: dict[str, Any] = {"share": share, "customers": customers}
        return Message("engagement.campaign.description.bought", details)
    value, low, high = (totals[f"{measure}{end}"] for end in ("", "_lo", "_hi"))
    assert value is not None and low is not None and high is not None
    word = "unclear"
    if low > 0 or high < 0:
        word = "more" if low > 0 else "less"
    details = {
        "value": abs(value) if word == "less" else value,
        "low": low,
        "high": high,
        "customers": customers,
        "campaigns": int(totals["campaigns"] or 0),
    }
    return Message(
        f"engagement.campaign.{_WORDS[claim]}.{_SAID[measure]}_{word}", details
    )


def _notes(
    judged: Sequence[Judged],
    strongest: Sequence[Judged],
    purchases: Purchases | None,
    options: CampaignOptions,
) -> list[Message]:
    messages: list[Message] = []
    for judgement in judged:
        messages += [note for note in judgement.notes if note not in messages]
    if len(strongest) < len(judged):
        others = [
            judgement.run.name
            for judgement in judged
            if judgement.claim != strongest[0].claim
        ]
        messages.append(Message("engagement.note.weaker", {"campaigns": others}))
    running = [
        judgement.run.name
        for judgement in judged
        if purchases is not None
        and judgement.run.last + options.window_days > purchases.until
    ]
    if running:
        messages.append(Message("engagement.note.running", {"campaigns": running}))
    if any(judgement.cost is None for judgement in judged):
        messages.append(Message("engagement.note.no_cost", {}))
    return messages


def _notes_on_strength(table: pd.DataFrame, primary: str | None) -> list[Message]:
    """How strong something unknown would have to be, of the measure that decides."""
    measure = primary or _decided_by(table)
    known = table[(table["measure"] == measure) & table["e_value"].notna()]
    if known.empty:
        return []
    details = {"value": float(known["e_value"].min())}
    return [Message("engagement.note.e_value", details)]


def _notes_on_overlap(overlap: pd.DataFrame) -> list[Message]:
    notes = []
    reached = overlap[overlap["customers"] > 0]
    if len(reached):
        widest = reached.loc[reached["share"].idxmax()]
        details = {
            "pairs": len(reached),
            "campaign": str(widest["campaign"]),
            "other": str(widest["other"]),
            "share": float(widest["share"]),
        }
        notes.append(Message("engagement.note.overlap", details))
    torn = overlap[overlap["held_out"] > 0]
    if len(torn):
        worst = torn.loc[torn["held_out"].idxmax()]
        details = {
            "pairs": len(torn),
            "campaign": str(worst["campaign"]),
            "other": str(worst["other"]),
            "customers": int(worst["held_out"]),
        }
        notes.append(Message("engagement.note.overlap_held_out", details))
    return notes
