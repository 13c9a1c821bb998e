"""What actions change: from a campaign with a control, else from a range that was typed in."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import is_control
from crm_analysis.analyses.strategy.figures import (
    check_finite,
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.analyses.strategy.table import check_effects
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob, share

MEASURED, ASSUMED = "measured", "assumed"
_FEWEST = (
    50  # in either arm of a segment; with fewer the effect on all stands for it
)
_COLUMNS = [
    *("action", "segment", "effect", "error", "lo", "hi", "source"),
    *("contacted", "control", "effect_a", "effect_b"),
]


@dataclass(frozen=True, kw_only=True)
class EffectOptions(Options):
    """Where a campaign says what it did.

    - `arm`: the column that says which action a customer got, or none.
    - `control`: the arm left alone. None: found by its name.
    - `outcome`: the column of what came of it: yes or no, or a share.
    - `coverage`: of the intervals.
    """

    arm: str = "arm"
    control: str | None = None
    outcome: str = "responded"
    coverage: float = share(0.9, low=0.5, high=0.99, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


def measured_effects(
    trial: pd.DataFrame, options: EffectOptions | None = None
) -> pd.DataFrame:
    """What each action changed in each segment, in a campaign whose control was drawn by chance.

    Parameters
    ----------
    trial : pandas.DataFrame
        A row a customer: customer, the arm (an action, or the control), the outcome; segment where
        effects are to be told apart by it.
    options : EffectOptions, optional
        The columns, and which arm is the control.

    Returns
    -------
    pandas.DataFrame
        - `action`, `segment` : names; a missing segment is all of them
        - `effect`, `error`, `lo`, `hi` : change of the share with the outcome (0 to 1), its
          standard error, its interval
        - `source` : "measured"
        - `contacted`, `control` : customers in either arm
        - `effect_a`, `effect_b` : the same in either half of the customers, drawn by chance

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.no_trial_column" (column); "strategy.which_control" (arms)
        where no arm, or several, can be the control; "strategy.no_outcome",
        "strategy.outcome_not_share" (column); "strategy.repeated_customers" (count).

    See Also
    --------
    possible_actions : what uses it.

    Examples
    --------
    >>> trial = pd.DataFrame({"customer": range(400), "arm": ["call", "control"] * 200,
    ...     "responded": [1, 0] * 50 + [0, 0] * 150})
    >>> effects = measured_effects(trial)
    >>> effects[["action", "effect", "contacted", "control"]]
      action  effect  contacted  control
    0   call    0.25        200      200
    """
    options = options or EffectOptions()
    check_table(trial, "customer")
    check_names(trial, "customer", options.arm, "segment")
    for column in (options.arm, options.outcome):
        if column not in trial.columns:
            raise AnalysisError("strategy.no_trial_column", column=column)
    outcome = figures_of(trial[options.outcome])
    known = (
        np.isfinite(outcome)
        & trial[options.arm].notna().to_numpy()
        & trial["customer"].notna().to_numpy()
    )
    if not known.any():
        raise AnalysisError("strategy.no_outcome", column=options.outcome)
    trial, outcome = trial[known], outcome[known]
    if outcome.min() < 0 or outcome.max() > 1:
        raise AnalysisError("strategy.outcome_not_share", column=options.outcome)
    repeated = int(trial["customer"].duplicated().sum())
    if repeated:
        raise AnalysisError("strategy.repeated_customers", count=repeated)
    arm = trial[options.arm].astype(str).to_numpy(dtype=object)
    control = _control(sorted(set(arm)), options.control)
    ids = (f"{options.seed}:" + trial["customer"].astype(str)).to_numpy(
        dtype=object
    )
    half = pd.util.hash_array(ids, categorize=False) % 2
    frame = pd.DataFrame({"arm": arm, "outcome": outcome, "half": half})
    frame["segment"] = None
    if "segment" in trial.columns:
        frame["segment"] = trial["segment"].astype(object).to_numpy()
    quantile = NormalDist().inv_cdf(0.5 + options.coverage / 2)
    rows = []
    for action in sorted(set(arm) - {control}):
        both = frame[frame["arm"].isin([action, control])]
        rows.append(_effect(both, action, None, quantile))
        for segment, part in both.groupby("segment", sort=True):
            row = _effect(part, action, str(segment), quantile)
            if min(row[-4], row[-3]) >= _FEWEST:
                rows.append(row)
    return pd.DataFrame(rows, columns=_COLUMNS)


def _control(arms: list[str], given: str | None) -> str:
    named = [arm for arm in arms if (arm == given if given else is_control(arm))]
    if len(named) != 1 or len(arms) < 2:
        raise AnalysisError("strategy.which_control", arms=arms)
    return named[0]


def _effect(
    part: pd.DataFrame, action: str, segment: str | None, quantile: float
) -> tuple:
    effect, error, contacted, control = _difference(part, action)
    low, high = (
        max(effect - quantile * error, -1.0),
        min(effect + quantile * error, 1.0),
    )
    halves = [_difference(part[part["half"] == half], action)[0] for half in (0, 1)]
    return (
        *(action, segment, effect, error, low, high, MEASURED),
        *(contacted, control, *halves),
    )


def _difference(part: pd.DataFrame, action: str) -> tuple[float, float, int, int]:
    """The difference of the shares, its standard error, and the sizes of the arms."""
    treated = part.loc[part["arm"] == action, "outcome"].to_numpy()
    left = part.loc[part["arm"] != action, "outcome"].to_numpy()
    if len(treated) < 2 or len(left) < 2:
        return 0.0, 1.0, len(treated), len(left)
    difference = float(treated.mean() - left.mean())
    # A share of none or all has no variance in the sample: one more of each is added to it.
    variance = sum(
        max(float(arm.var(ddof=1)), 1 / (len(arm) + 2)) / len(arm)
        if np.ptp(arm) == 0
        else float(arm.var(ddof=1)) / len(arm)
        for arm in (treated, left)
    )
    return difference, float(np.sqrt(variance)), len(treated), len(left)


def check_effect_table(effects: pd.DataFrame, coverage: float) -> pd.DataFrame:
    """Effects with a middle and an error each: those measured as they are, ranges by their ends.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.effect_over_one"; "strategy.effect_range" where a range has
        no ends, or the lower one above the higher.
    """
    check_table(effects, "action")
    check_names(effects, "action", "segment", "source")
    numbers = {
        name: figures_of(effects[name])
        if name in effects.columns
        else np.full(len(effects), np.nan)
        for name in ("effect", "error", "lo", "hi", "effect_a", "effect_b")
    }
    effect, low, high = numbers["effect"], numbers["lo"], numbers["hi"]
    for values in (effect, low, high):
        check_effects(values)
    check_finite(effects, "error", "effect_a", "effect_b")
    effect = np.where(np.isnan(effect), (low + high) / 2, effect)
    wrong = (low > high) | np.isnan(effect)
    if wrong.any():
        action = str(effects["action"].to_numpy()[wrong][0])
        raise AnalysisError("strategy.effect_range", action=action)
    low = np.where(np.isnan(low), effect, low)
    high = np.where(np.isnan(high), effect, high)
    quantile = NormalDist().inv_cdf(0.5 + coverage / 2)
    error = np.where(
        np.isnan(numbers["error"]), (high - low) / (2 * quantile), numbers["error"]
    )
    segment = effects.get("segment", pd.Series([None] * len(effects)))
    segment = segment.astype(object).to_numpy()
    source = effects.get("source", pd.Series([ASSUMED] * len(effects)))
    source = source.astype(object)
    checked = pd.DataFrame(
        {
            "action": effects["action"].astype(str).to_numpy(dtype=object),
            "segment": [None if pd.isna(name) else str(name) for name in segment],
            "effect": effect,
            "error": error,
            "lo": low,
            "hi": high,
            "source": source.where(source.notna(), ASSUMED)
            .astype(str)
            .to_numpy(dtype=object),
        }
    )
    for name in ("effect_a", "effect_b"):
        checked[name] = numbers[name]
    return checked
