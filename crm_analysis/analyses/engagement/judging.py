"""One campaign judged: its arms, what they bought, and what may be claimed of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases
from crm_analysis.analyses.engagement.adjusted import Adjustment
from crm_analysis.analyses.engagement.arms import Arms, hold_ratio, read_arms
from crm_analysis.analyses.engagement.balance import WIDEST, check, imbalance
from crm_analysis.analyses.engagement.claims import (
    ADJUSTED,
    DESCRIPTION,
    EXPERIMENT,
    Claim,
)
from crm_analysis.analyses.engagement.encoding import learn_encoding
from crm_analysis.analyses.engagement.estimates import (
    Estimate,
    means_differ,
    moments,
    shares_differ,
)
from crm_analysis.analyses.engagement.runs import Bought, Run, bought_by
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob


@dataclass(frozen=True, kw_only=True)
class CampaignOptions(Options):
    """What counts as having come of a campaign.

    - `margin`: the share of revenue that stays.
    - `window_days`: orders count from a campaign's first day until so long after its last one,
      for those contacted and those held out alike.
    - `cost`: of a contact, where the table has none. None: unknown.
    - `control`: the arm left alone. None: found by its name. `split`: the shares the arms were
      drawn with, the control first. None: equal, or the usual hold-out.
    - `campaigns`: only these. Empty: all.
    """

    margin: float = knob(0.3, low=0.0, high=1.0, step=0.01)
    window_days: int = knob(30, low=1, high=365)
    cost: float | None = knob(None, low=0.0, high=1e6)
    control: str | None = None
    split: tuple[float, ...] | None = None
    campaigns: tuple[str, ...] = ()
    coverage: float = knob(0.95, low=0.5, high=0.999, step=0.01, advanced=True)


@dataclass(frozen=True, eq=False)
class Judged:
    """A run of a campaign, what may be claimed of it, and its rows and checks."""

    run: Run
    claim: Claim
    rows: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    set_aside: pd.DataFrame
    cost: float | None
    share: float  # of those contacted who bought
    notes: tuple[Message, ...]


def judge(run: Run, purchases: Purchases, options: CampaignOptions) -> Judged:
    """What a campaign brought, compared as strongly as its arms allow."""
    arms, stated = _arms_of(run, purchases, options)
    customers = arms.rows["customer"]
    end = run.last + options.window_days
    bought = bought_by(purchases, customers, run.first, end)
    checks, claim = [], ADJUSTED
    if stated:
        checks.append(hold_ratio(arms, options.split))
    alike = Arms(arms.names, arms.code, bought.before, arms.set_aside, ())
    if len(arms.names) > 1 and (arms.counts[:2] > 1).all():
        checks += _balance(alike)
        is_alike = all(check["holds"] for check in checks)
        claim = EXPERIMENT if stated and is_alike else ADJUSTED
    else:
        claim = DESCRIPTION
    cost = _costs(run, arms, options)
    measures = _measures(bought, cost, options)
    treated = arms.code > 0
    features = learn_encoding(bought.before, list(bought.before)).numbers(bought.before)
    adjustment = Adjustment(features, treated)
    if claim == ADJUSTED and not adjustment.overlaps:
        claim = DESCRIPTION
    rows = []
    for measure, values in measures.items():
        estimate = None
        if claim == EXPERIMENT:
            estimate = _compare(values, treated, options.coverage)
        elif claim == ADJUSTED:
            estimate = adjustment.compare(values, options.coverage).estimate
        rows.append(_row(measure, values, treated, estimate))
    total_cost = None if cost is None else float(cost[treated].sum())
    if total_cost and rows[-1]["measure"] == "profit":
        rows.append(_return(rows[-1], total_cost))
    return Judged(
        run,
        claim,
        [row | {"campaign": run.name, "claim": claim} for row in rows],
        [check | {"campaign": run.name} for check in checks],
        arms.set_aside.assign(campaign=run.name),
        total_cost,
        float((bought.orders[treated] > 0).mean()) if treated.any() else 0.0,
        # Several contacts of one campaign are usual in a log.
        tuple(note for note in arms.notes if note.key != "engagement.note.repeated"),
    )


def _arms_of(
    run: Run, purchases: Purchases, options: CampaignOptions
) -> tuple[Arms, bool]:
    """The arms of a campaign, and whether they were stated.

    Without a hold-out: those contacted, and the customers so far who were not.
    """
    if "arm" in run.contacts.columns and run.contacts["arm"].nunique() > 1:
        return read_arms(run.contacts, "arm", options.control), True
    contacted = run.contacts["customer"].drop_duplicates()
    early = purchases.labels[np.unique(purchases.customer[purchases.day < run.first])]
    others = early[~early.isin(contacted)]
    code = np.repeat([1, 0], [len(contacted), len(others)])
    rows = pd.DataFrame({"customer": [*contacted, *others]})
    nobody = pd.DataFrame(columns=["customer", "arms"])
    return Arms(("not contacted", "contacted"), code, rows, nobody, ()), False


def _balance(arms: Arms) -> list[dict[str, Any]]:
    both = Arms(arms.names[:2], np.minimum(arms.code, 1), arms.rows, arms.set_aside, ())
    return [
        check(
            "balance",
            row["column"],
            row["value"],
            WIDEST,
            row["p"],
            abs(row["value"]) <= WIDEST,
        )
        for row in imbalance(both, list(arms.rows.columns)).to_dict("records")
    ]


def _costs(run: Run, arms: Arms, options: CampaignOptions) -> np.ndarray | None:
    """What each customer's contacts cost; None where that is not known. The hold-out costs none."""
    if "cost" in run.contacts.columns and run.contacts["cost"].notna().any():
        costs = run.contacts["cost"].astype(float).groupby(run.contacts["customer"])
        each = arms.rows["customer"].map(costs.sum()).fillna(0.0).to_numpy(dtype=float)
    elif options.cost is not None:
        counts = run.contacts["customer"].value_counts()
        each = arms.rows["customer"].map(counts).fillna(0).to_numpy() * options.cost
    else:
        return None
    return np.where(arms.code > 0, each, 0.0)


def _measures(
    bought: Bought, cost: np.ndarray | None, options: CampaignOptions
) -> dict[str, np.ndarray]:
    margin = options.margin * bought.revenue
    measures = {
        "customers": (bought.orders > 0).astype(float),
        "orders": bought.orders,
        "revenue": bought.revenue,
        "margin": margin,
    }
    return measures if cost is None else {**measures, "profit": margin - cost}


def _compare(values: np.ndarray, treated: np.ndarray, coverage: float) -> Estimate:
    first, second = values[treated], values[~treated]
    if set(np.unique(values)) <= {0.0, 1.0}:
        hits = int(first.sum()), int(second.sum())
        return shares_differ(hits, (len(first), len(second)), coverage)
    return means_differ(moments(first), moments(second), coverage)


def _row(
    measure: str, values: np.ndarray, treated: np.ndarray, estimate: Estimate | None
) -> dict[str, Any]:
    count = int(treated.sum())
    others = values[~treated]
    row: dict[str, Any] = {
        "measure": measure,
        "customers": count,
        "treated": float(values[treated].mean()) if count else np.nan,
        "holdout": float(others.mean()) if len(others) else np.nan,
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


def _return(profit: dict[str, Any], cost: float) -> dict[str, Any]:
    """Profit over what was spent."""
    totals = {name: profit[name] / cost for name in ("total", "total_lo", "total_hi")}
    means = dict.fromkeys(("treated", "holdout"), float("nan"))
    names = ("difference", "lo", "hi")
    return (
        profit
        | {"measure": "roi"}
        | means
        | totals
        | dict(zip(names, totals.values(), strict=True))
    )
