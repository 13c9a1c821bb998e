"""What own campaigns with a control say: actions, and what each of them changed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import is_control, sent
from crm_analysis.analyses.strategy.figures import (
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.analyses.strategy.inputs.effects import (
    EffectOptions,
    measured_effects,
)
from crm_analysis.analyses.strategy.inputs.joined import spending_tiers
from crm_analysis.errors import AnalysisError

_BY_CHANCE = 0.05  # how often segments that are alike are told apart
SPENDING = "spending"  # tiers by what customers had spent before a campaign


def campaign_effects(
    trials: Mapping[str, pd.DataFrame],
    segment: str | None = None,
    options: EffectOptions | None = None,
) -> pd.DataFrame:
    """What each campaign changed, as the effects of actions called as the campaigns are.

    Parameters
    ----------
    trials : mapping of str to pandas.DataFrame
        By its name, a table of a campaign: customer, arm, the outcome. An arm besides the control
        is the campaign itself, of several each is called "campaign · arm".
    segment : str, optional
        The column to tell effects apart by; "spending": by tiers of the column monetary, what
        customers had spent before the campaign.
    options : EffectOptions, optional
        The columns of arm and outcome.

    Returns
    -------
    pandas.DataFrame
        As `measured_effects` gives it, without the halves: `judge_plan` then parts each estimate
        many times, where the halves are one draw only. A campaign without a clear control or
        outcome is left out, and so are the segments of one where they do not differ by more than
        chance, for then the effect on all is the better estimate of each.

    References
    ----------
    Cochran (1954), Biometrics 10, 101-129, on whether several estimates differ.

    Examples
    --------
    >>> trial = pd.DataFrame({"customer": range(400), "arm": ["treated", "control"] * 200,
    ...     "responded": [1, 0] * 50 + [0, 0] * 150})
    >>> campaign_effects({"Spring": trial})[["action", "effect", "contacted", "control"]]
       action  effect  contacted  control
    0  Spring    0.25        200      200
    """
    options = options or EffectOptions()
    tables = [
        pd.DataFrame(columns=["action", "segment", "effect", "error", "source"])
    ]
    for name, trial in trials.items():
        trial = trial.drop(columns="segment", errors="ignore")
        if segment == SPENDING and "monetary" in trial.columns:
            trial = trial.assign(segment=spending_tiers(trial["monetary"]))
        elif segment is not None and segment in trial.columns:
            trial = trial.assign(segment=trial[segment])
        try:
            effects = measured_effects(trial, options)
        except AnalysisError:
            continue
        effects = effects[_told_apart(effects)]
        arms = effects["action"].nunique()
        called = [
            name if arms == 1 else f"{name} · {arm}" for arm in effects["action"]
        ]
        effects = effects.drop(columns=["effect_a", "effect_b"])
        tables.append(effects.assign(action=called))
    whole = [table for table in tables if len(table)] or tables
    return pd.concat(whole, ignore_index=True)


def arm_trials(customers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The campaigns in a table of customers with arms: each arm besides the control, and that.

    Parameters
    ----------
    customers : pandas.DataFrame
        A row a customer: customer, arm, what came of it.

    Returns
    -------
    dict of str to pandas.DataFrame
        By the arm's name, as `campaign_effects` takes them; empty without one clear control.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": range(6), "responded": [1, 0] * 3,
    ...     "arm": ["Mail", "Call", "No contact"] * 2})
    >>> {name: len(trial) for name, trial in arm_trials(customers).items()}
    {'Call': 4, 'Mail': 4}
    """
    check_table(customers, "customer", "arm")
    check_names(customers, "arm")
    arm = customers["arm"].astype(object)
    names = sorted({str(name) for name in arm.dropna().unique()})
    controls = [name for name in names if is_control(name)]
    if len(controls) != 1:
        return {}
    arm = arm.where(arm.isna(), arm.astype(str))
    return {
        name: customers[arm.isin([name, controls[0]])]
        for name in names
        if name != controls[0]
    }


def _told_apart(effects: pd.DataFrame) -> np.ndarray:
    """The rows of all customers, and those of segments that differ by more than chance."""
    from scipy.stats import chi2

    keep = effects["segment"].isna().to_numpy()
    for action in effects["action"].unique():
        rows = (
            (effects["action"] == action) & effects["segment"].notna()
        ).to_numpy()
        effect, error = effects.loc[rows, ["effect", "error"]].to_numpy(float).T
        if len(effect) < 2:
            continue
        weight = 1 / error**2
        spread = weight @ (effect - weight @ effect / weight.sum()) ** 2
        if chi2.sf(spread, len(effect) - 1) < _BY_CHANCE:
            keep = keep | rows
    return keep


def suggested_actions(logs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A catalogue of actions as past contacts suggest it.

    Parameters
    ----------
    logs : mapping of str to pandas.DataFrame
        By what the action is to be called, the contacts it would repeat: customer, channel; cost
        and arm where known. Rows of those held out do not count.

    Returns
    -------
    pandas.DataFrame
        - `action`, `channel` : names; the channel most of the contacts were made by
        - `cost` : of one customer, in money; 0 where the contacts do not say it

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["a", "a", "b"], "channel": "Email", "cost": 0.1})
    >>> suggested_actions({"Spring": log})
       action channel  cost
    0  Spring   Email  0.15
    """
    rows = []
    for action, log in logs.items():
        check_table(log, "customer", "channel")
        check_names(log, "customer", "channel")
        own = sent(log)
        own = own[own["channel"].notna() & own["customer"].notna()]
        if not len(own):
            continue
        cost = 0.0
        if "cost" in own.columns:
            figures = figures_of(own["cost"])
            total = float(figures[np.isfinite(figures)].sum())
            cost = max(total / own["customer"].nunique(), 0.0)
        rows.append((action, str(own["channel"].mode().iloc[0]), round(cost, 2)))
    return pd.DataFrame(rows, columns=["action", "channel", "cost"])
