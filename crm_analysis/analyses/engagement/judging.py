"""One campaign judged: its arms, what they brought, and what may be claimed of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import (
    Purchases,
    day_numbers,
    is_control,
)
from crm_analysis.analyses.engagement.adjusted import Adjustment, overlap_check
from crm_analysis.analyses.engagement.arms import Arms, hold_ratio, read_arms
from crm_analysis.analyses.engagement.balance import (
    balance_checks,
    check,
    imbalance,
    notes_on_balance,
)
from crm_analysis.analyses.engagement.brought import Brought, brought_by
from crm_analysis.analyses.engagement.campaign_options import CampaignOptions
from crm_analysis.analyses.engagement.claims import (
    ADJUSTED,
    DESCRIPTION,
    EXPERIMENT,
    Claim,
)
from crm_analysis.analyses.engagement.encoding import learn_encoding
from crm_analysis.analyses.engagement.estimates import (
    arms_differ,
    no_events_bound,
)
from crm_analysis.analyses.engagement.outcomes import is_share
from crm_analysis.analyses.engagement.runs import Run
from crm_analysis.analyses.inference import Estimate, wilson
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

_LATEST = 7.0  # days from the first contact until customers are held out of it


@dataclass(frozen=True, eq=False)
class Judged:
    """A run of a campaign, what may be claimed of it, and its rows, arms and checks."""

    run: Run
    claim: Claim
    rows: list[dict[str, Any]]
    arms: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    set_aside: pd.DataFrame
    cost: float | None
    share: float  # of those contacted who bought
    notes: tuple[Message, ...]


def judge(
    run: Run, purchases: Purchases | None, options: CampaignOptions
) -> Judged:
    """What a campaign brought, compared as strongly as its arms allow."""
    arms, stated = _arms_of(run, purchases, options)
    brought = brought_by(run, arms, purchases, options)
    checks = _checks(run, arms, brought, options, stated=stated)
    claim = _claim(arms, stated, checks)
    treated, has_outcome = arms.code > 0, brought.known
    adjustment = None
    if claim == ADJUSTED:
        features = learn_encoding(brought.before, list(brought.before))
        adjustment = Adjustment(features.numbers(brought.before), treated)
        claim = ADJUSTED if adjustment.overlaps else DESCRIPTION
        checks.append(overlap_check(adjustment.overlap))
    rows = []
    for measure, values in brought.measures.items():
        estimate, strength = None, float("nan")
        if claim == EXPERIMENT:
            estimate = _compare(
                values[has_outcome], treated[has_outcome], options.coverage
            )
        elif claim == ADJUSTED and adjustment is not None:
            comparison = adjustment.compare(values, options.coverage)
            estimate, strength = comparison.estimate, comparison.e_value
        row = _row(measure, values, treated, estimate)
        rows.append(row | {"e_value": strength})
    cost = None if brought.cost is None else float(brought.cost[treated].sum())
    if cost and rows[-1]["measure"] == "profit":
        rows.append(_return(rows[-1], cost))
    did = brought.measures["customers"][treated & has_outcome]
    return Judged(
        run,
        claim,
        [row | {"campaign": run.name, "claim": claim} for row in rows],
        _arm_rows(run.name, brought, treated, options.coverage),
        [row | {"campaign": run.name} for row in checks],
        arms.set_aside.assign(campaign=run.name),
        cost,
        float(did.mean()) if len(did) else 0.0,
        (
            *_notes_on_arms(arms),
            *_notes_on_unknown(treated, has_outcome),
            *_notes_on_none(brought, treated),
            *_notes_on_claim(run.name, checks, stated=stated),
        ),
    )


def _arms_of(
    run: Run, purchases: Purchases | None, options: CampaignOptions
) -> tuple[Arms, bool]:
    """The arms of a campaign, and whether they were stated.

    Without a hold-out: those contacted, and the customers so far who were not.
    """
    if "arm" in run.contacts.columns and run.contacts["arm"].nunique() > 1:
        return read_arms(run.contacts, "arm", options.control), True
    if "arm" in run.contacts.columns:
        names = run.contacts["arm"].dropna().astype(str).unique()
        if len(names) and all(map(is_control, names)):
            raise AnalysisError("engagement.one_arm", arm=str(names[0]))
    contacted = run.contacts["customer"].drop_duplicates()
    others = pd.Index([])
    if purchases is not None:
        early = np.unique(purchases.customer[purchases.day < run.first])
        others = purchases.labels[early]
        others = others[~others.isin(contacted)]
    code = np.repeat([1, 0], [len(contacted), len(others)])
    rows = pd.DataFrame({"customer": [*contacted, *others]})
    nobody = pd.DataFrame(columns=["customer", "arms"])
    return Arms(("not contacted", "contacted"), code, rows, nobody, ()), False


def _checks(
    run: Run,
    arms: Arms,
    brought: Brought,
    options: CampaignOptions,
    *,
    stated: bool,
) -> list[dict[str, Any]]:
    """Whether the arms have the sizes they were drawn with and were alike before."""
    checks = []
    if stated:
        checks.append(hold_ratio(arms, options.split))
        checks += _clock(run, arms)
    has_outcome = brought.known
    if not has_outcome.all():
        sizes = np.bincount(arms.code[has_outcome], minlength=len(arms.names))
        if sizes.min() < 2:
            raise AnalysisError(
                "engagement.no_outcome_known", column=str(options.outcome)
            )
        of_known = Arms(
            arms.names,
            arms.code[has_outcome],
            arms.rows[has_outcome],
            arms.set_aside,
            (),
        )
        drawn = tuple(float(count) for count in arms.counts)
        checks.append(hold_ratio(of_known, drawn, name="known"))
    if (arms.counts[:2] > 1).all():
        both = np.minimum(arms.code, 1)
        alike = Arms(arms.names[:2], both, brought.before, arms.set_aside, ())
        checks += balance_checks(imbalance(alike, list(brought.before)))
    return checks


def _clock(run: Run, arms: Arms) -> list[dict[str, Any]]:
    """Whether the hold-out was drawn when the contacts began: outcomes count from that day on."""
    if "date" not in run.contacts.columns:
        return []
    days, dated = day_numbers(run.contacts["date"])
    held = (run.contacts["arm"].astype(str) == arms.names[0]).to_numpy()
    if not (dated & held).any():
        return []
    late = float(days[dated & held].min() - run.first)
    nothing = float("nan")
    return [check("clock", "", late, _LATEST, nothing, late <= _LATEST)]


def _claim(arms: Arms, stated: bool, checks: list[dict[str, Any]]) -> Claim:
    """What the arms allow to claim, before it is seen whether they overlap."""
    if not (arms.counts[:2] > 1).all():
        return DESCRIPTION
    is_alike = all(row["holds"] for row in checks)
    return EXPERIMENT if stated and is_alike else ADJUSTED


def _compare(values: np.ndarray, treated: np.ndarray, coverage: float) -> Estimate:
    first, second = values[treated], values[~treated]
    return arms_differ(first, second, coverage, is_amount=not is_share(values))


def _row(
    measure: str, values: np.ndarray, treated: np.ndarray, estimate: Estimate | None
) -> dict[str, Any]:
    count = int(treated.sum())
    row: dict[str, Any] = {
        "measure": measure,
        "customers": count,
        "treated": _mean(values[treated]),
        "holdout": _mean(values[~treated]),
    }
    names = ("difference", "lo", "hi", "p")
    if estimate is None:
        return row | dict.fromkeys(
            (*names, "total", "total_lo", "total_hi"), float("nan")
        )
    row |= {name: getattr(estimate, name) for name in names}
    return row | {
        "total": count * estimate.difference,
        "total_lo": count * estimate.lo,
        "total_hi": count * estimate.hi,
    }


def _mean(values: np.ndarray) -> float:
    observed = values[~np.isnan(values)]
    return float(observed.mean()) if len(observed) else float("nan")


def _return(profit: dict[str, Any], cost: float) -> dict[str, Any]:
    """Profit over what was spent."""
    totals = {
        name: profit[name] / cost for name in ("total", "total_lo", "total_hi")
    }
    means = dict.fromkeys(("treated", "holdout"), float("nan"))
    names = ("difference", "lo", "hi")
    return (
        profit
        | {"measure": "roi"}
        | means
        | totals
        | dict(zip(names, totals.values(), strict=True))
    )


def _arm_rows(
    name: str, brought: Brought, treated: np.ndarray, coverage: float
) -> list[dict[str, Any]]:
    rows = []
    did = brought.measures["customers"]
    for arm, inside in (("treated", treated), ("holdout", ~treated)):
        values = did[inside & brought.known]
        hits, count = int(values.sum()), len(values)
        low, high = wilson(hits, count, coverage) if count else (np.nan, np.nan)
        rows.append(
            {
                "campaign": name,
                "arm": arm,
                "customers": int(inside.sum()),
                "known": count,
                "responded": hits,
                "rate": _mean(values),
                "lo": float(low),
                "hi": float(high),
            }
        )
    return rows


def _notes_on_arms(arms: Arms) -> list[Message]:
    # Several contacts of one campaign are usual in a log.
    return [note for note in arms.notes if note.key != "engagement.note.repeated"]


def _notes_on_claim(
    name: str, checks: list[dict[str, Any]], *, stated: bool
) -> list[Message]:
    """Why arms that were stated are no experiment."""
    notes = [
        Message("engagement.note.clock", {"campaign": name, "days": row["value"]})
        for row in checks
        if row["check"] == "clock" and not row["holds"]
    ]
    return [*notes, *(notes_on_balance(checks) if stated else [])]


def _notes_on_none(brought: Brought, treated: np.ndarray) -> list[Message]:
    """What is possible of an arm in which nobody bought (3/n)."""
    did = brought.measures["customers"]
    parts = [did[part & brought.known] for part in (treated, ~treated)]
    if not all(len(part) for part in parts):
        return []
    notes = []
    for word, part in zip(("treated", "holdout"), parts, strict=True):
        if not part.any():
            details = {"count": len(part), "bound": no_events_bound(len(part))}
            notes.append(Message(f"engagement.note.none_bought_{word}", details))
    return notes


def _notes_on_unknown(treated: np.ndarray, known: np.ndarray) -> list[Message]:
    if known.all():
        return []
    details = {
        "treated": int((treated & ~known).sum()),
        "holdout": int((~treated & ~known).sum()),
    }
    return [Message("engagement.note.unknown", details)]
