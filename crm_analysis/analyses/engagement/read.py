"""Did it work: the arms of a test compared, and whether that comparison may be called an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.engagement.arms import Arms, hold_ratio, read_arms
from crm_analysis.analyses.engagement.balance import (
    WIDEST,
    balance_checks,
    check,
    from_after,
    imbalance,
    notes_on_balance,
)
from crm_analysis.analyses.engagement.claims import (
    ADJUSTED,
    DESCRIPTION,
    EXPERIMENT,
    Claim,
)
from crm_analysis.analyses.engagement.comparing import BESIDE, ArmComparison
from crm_analysis.analyses.engagement.outcomes import (
    Outcome,
    read_outcome,
)
from crm_analysis.analyses.engagement.read_options import ReadTestOptions
from crm_analysis.analyses.inference import benjamini_hochberg, holm
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_CLAIM_WORDS: dict[Claim, str] = {
    EXPERIMENT: "experiment",
    ADJUSTED: "adjusted",
    DESCRIPTION: "description",
}


@dataclass(frozen=True, eq=False)
class TestReading:
    """What a test showed.

    - `arms`: a row an arm, the control first.
        - `arm`, `customers`, `share` : name, how many, of all
        - `outcome`, `mean`, `known` : of the first outcome its mean; whose outcome is known
    - `effects`: a row an outcome and arm, against the control.
        - `outcome`, `arm`, `primary` : names; whether the decision is made by it
        - `mean`, `control_mean`, `difference` : in the outcome's unit
        - `lo`, `hi`, `p`, `z` : interval, p-value, standard errors from nothing
        - `p_adjusted` : Holm over the primary ones, Benjamini-Hochberg over the rest
        - `relative`, `relative_lo`, `relative_hi` : the difference over the control's mean, with
          Fieller's interval; NaN where that is without end
        - `method` : "newcombe", "exact", "welch", "ratio", "cuped", "aipw"
        - `cut` : the share of the variance that CUPED cut; NaN without
        - `boot_lo`, `boot_hi` : of amounts, the interval by bootstrap
        - `winsor`, `winsor_lo`, `winsor_hi` : of amounts, with the largest percent cut down
        - `e_value` : where arms were not drawn by chance: how strongly something unknown would
          have to go with both to explain it
    - `claim`: "experiment", "adjusted comparison" or "description".
    - `checks`: what that claim rests on.
        - `check`, `column` : "sample_ratio", "balance", "leak", "overlap"; of which column
        - `value`, `limit`, `p`, `holds` : the figure, the one it must keep to, whether it does
    - `set_aside`: customer, arms: who was in two arms and is left out.
    - `shares`: the outcomes that are a yes or no.
    - `ready`: whether the day to read it has come.
    - `verdict`: the primary outcome in a sentence.
    - `notes`: what the reader should know.
    """

    __test__ = False  # pytest takes what begins with Test for a test

    arms: pd.DataFrame
    effects: pd.DataFrame
    claim: Claim
    checks: pd.DataFrame
    set_aside: pd.DataFrame
    shares: tuple[str, ...]
    ready: bool
    verdict: Message
    notes: tuple[Message, ...]
    options: ReadTestOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers of the primary outcome: difference, lo, hi, p, relative, customers."""
        first = self.effects.iloc[0]
        names = ("difference", "lo", "hi", "p", "p_adjusted", "relative")
        figures = {name: _or_none(first[name]) for name in names}
        return {**figures, "customers": float(self.arms["customers"].sum())}


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def read_test(
    table: pd.DataFrame,
    options: ReadTestOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> TestReading:
    """The arms compared, everybody in the arm they were drawn into, whatever they then did.

    Shares by Newcombe's interval (exact under five events), amounts by Welch's and a bootstrap,
    ratios by the delta method. It is called an experiment only where the arms have the sizes they
    were drawn with and were alike before; else what is known is adjusted for, where the arms
    overlap, and else it is described.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a customer: the arm, outcomes, and what was known before. Without a column
        customer its rows are taken as they are.
    options : ReadTestOptions
        Which columns are what, and how it is read.

    Returns
    -------
    TestReading
        `.arms`, `.effects`, `.claim`, `.checks`; a sentence in `.verdict`.

    Raises
    ------
    AnalysisError
        "engagement.no_arm", "engagement.one_arm", "engagement.which_control",
        "engagement.sample_ratio" where the arms are not as they were drawn,
        "engagement.two_arms" where over 1 % are in two, "engagement.no_outcomes",
        "engagement.no_column", "engagement.not_numbers", "engagement.primary".

    References
    ----------
    Kohavi, Tang & Xu (2020), Trustworthy Online Controlled Experiments.

    Examples
    --------
    >>> arm = ["treated"] * 1000 + ["control"] * 1000
    >>> bought = [1] * 120 + [0] * 880 + [1] * 100 + [0] * 900
    >>> table = pd.DataFrame({"arm": arm, "bought": bought})
    >>> test = read_test(table, ReadTestOptions(outcomes=("bought",)))
    >>> figures = test.summary()
    >>> test.claim, round(figures["difference"], 3), round(figures["p"], 4)
    ('experiment', 0.02, 0.1529)
    """
    options = options or ReadTestOptions()
    if not options.outcomes:
        raise AnalysisError("engagement.no_outcomes")
    arms, drawn = _drawn(table, options)
    checks = [hold_ratio(drawn, options.split)]
    outcomes = [read_outcome(arms.rows, name) for name in options.outcomes]
    covariates, balance = _covariates(arms, outcomes, options)
    checks += balance
    claim = _claim(checks, options)
    progress(0.2, "engagement.step.compare")
    reading = ArmComparison(arms, outcomes, covariates, options)
    effects, claim = reading.effects(claim, checks)
    effects = _with_adjusted_p(effects, _primary(options))
    ready = _is_over(options)
    shares = tuple(each.name for each in outcomes if each.kind == "share")
    notes = [
        *arms.notes,
        *reading.notes(),
        *_notes(ready, covariates, checks, options),
        *_notes_on_effects(effects, options),
    ]
    return TestReading(
        _arm_table(reading, outcomes[0]),
        effects,
        claim,
        pd.DataFrame(checks),
        arms.set_aside,
        shares,
        ready,
        _verdict(effects, claim, options, shares),
        tuple(notes),
        options,
    )


def _drawn(table: pd.DataFrame, options: ReadTestOptions) -> tuple[Arms, Arms]:
    """The arms of the customers, and of what was drawn: these, or clusters of them."""
    if not options.cluster:
        arms = read_arms(table, options.arm, options.control)
        return arms, arms
    for column in (options.cluster, options.arm):
        if column not in table.columns:
            key = "no_arm" if column == options.arm else "no_column"
            raise AnalysisError(f"engagement.{key}", column=column)
    each = table[[options.cluster, options.arm]].dropna().drop_duplicates()
    drawn = read_arms(each, options.arm, options.control, unit=options.cluster)
    kept = table[options.cluster].isin(drawn.rows[options.cluster])
    rows = table[kept & table[options.arm].notna()]
    notes = list(drawn.notes)
    if "customer" in rows.columns and rows["customer"].duplicated().any():
        again = rows["customer"].duplicated() & rows["customer"].notna()
        notes.append(
            Message("engagement.note.repeated", {"count": int(again.sum())})
        )
        rows = rows[~again]
    code = rows[options.arm].astype(str).map(drawn.names.index).to_numpy()
    return Arms(drawn.names, code, rows, drawn.set_aside, tuple(notes)), drawn


def _primary(options: ReadTestOptions) -> tuple[str, ...]:
    unknown = [name for name in options.primary if name not in options.outcomes]
    if unknown:
        raise AnalysisError("engagement.primary", column=unknown[0])
    return options.primary or options.outcomes[:1]


def _covariates(
    arms: Arms, outcomes: Sequence[Outcome], options: ReadTestOptions
) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns from before and how the arms differed in them; those from after are told."""
    taken = {options.arm, options.cluster, "customer"}
    taken |= {
        part for name in options.outcomes for part in (name, *name.split("/"))
    }
    columns = options.covariates
    if columns is None:
        columns = tuple(name for name in arms.rows.columns if name not in taken)
    for column in columns:
        if column not in arms.rows.columns:
            raise AnalysisError("engagement.no_column", column=column)
    if not columns:
        return [], []
    alarms = from_after(arms, columns, [outcome.values for outcome in outcomes])
    checks: list[dict[str, Any]] = [
        check("leak", column, np.nan, np.nan, np.nan, False) for column in alarms
    ]
    widest = imbalance(
        arms, [name for name in columns if alarms.get(name) != "outcome"]
    )
    widest = widest.loc[widest["value"].abs().groupby(widest["column"]).idxmax()]
    # What differs a little is from after; what differs much may as well be from before, and then
    # the arms were not drawn by chance.
    apart = set(widest.loc[widest["value"].abs() > WIDEST, "column"])
    before = [name for name in columns if name not in alarms or name in apart]
    widest = widest[widest["column"].isin(before)]
    return before, [*checks, *balance_checks(widest)]


def _claim(checks: Sequence[dict[str, Any]], options: ReadTestOptions) -> Claim:
    alike = all(check["holds"] for check in checks if check["check"] == "balance")
    return EXPERIMENT if options.randomised and alike else ADJUSTED


def _with_adjusted_p(
    effects: pd.DataFrame, primary: tuple[str, ...]
) -> pd.DataFrame:
    is_primary = effects["outcome"].isin(primary).to_numpy()
    adjusted = np.empty(len(effects))
    p_values = effects["p"].fillna(1.0).to_numpy(dtype=float)
    adjusted[is_primary] = holm(p_values[is_primary])
    adjusted[~is_primary] = benjamini_hochberg(p_values[~is_primary])
    effects = effects.assign(primary=is_primary, p_adjusted=adjusted)
    columns = ["outcome", "arm", "primary", "mean", "control_mean", "difference"]
    columns += ["lo", "hi", "p", "p_adjusted", "z", "relative", "relative_lo"]
    columns += ["relative_hi", "method", "cut", *BESIDE, "e_value"]
    return effects[columns].sort_values(
        "primary", ascending=False, kind="stable", ignore_index=True
    )


def _arm_table(reading: ArmComparison, outcome: Outcome) -> pd.DataFrame:
    counts = reading.arms.counts
    rows = []
    for position, arm in enumerate(reading.arms.names):
        part = reading.part(outcome, position)
        count = int(counts[position])
        share = count / int(counts.sum())
        rows.append(
            (arm, count, share, outcome.name, part.moments.mean, len(part.values))
        )
    return pd.DataFrame(
        rows, columns=["arm", "customers", "share", "outcome", "mean", "known"]
    )


def _is_over(options: ReadTestOptions) -> bool:
    if options.looks != "fixed" or not options.read_on or not options.today:
        return True
    return options.today >= options.read_on


def _verdict(
    effects: pd.DataFrame,
    claim: Claim,
    options: ReadTestOptions,
    shares: Sequence[str],
) -> Message:
    """The primary outcome in a sentence; of several arms the one that differs most surely."""
    primary = effects[effects["primary"]]
    best = primary.loc[primary["p_adjusted"].idxmin()]
    details: dict[str, Any] = {
        "arm": str(best["arm"]),
        "outcome": str(best["outcome"]),
        "mean": float(best["mean"]),
        "control": float(best["control_mean"]),
        "difference": float(best["difference"]),
        "low": float(best["lo"]),
        "high": float(best["hi"]),
    }
    word = "unclear"
    if best["p_adjusted"] < 1 - options.coverage:
        word = "more" if best["difference"] > 0 else "less"
    if best["outcome"] in shares:
        word = f"share_{word}"
        details |= {
            "points": 100 * details["difference"],
            "low_points": 100 * details["low"],
            "high_points": 100 * details["high"],
        }
    return Message(f"engagement.verdict.{_CLAIM_WORDS[claim]}.{word}", details)


def _notes_on_effects(
    effects: pd.DataFrame, options: ReadTestOptions
) -> list[Message]:
    """What CUPED cut, and how strong something unknown would have to be."""
    notes = []
    of_each = effects.drop_duplicates("outcome").set_index("outcome")
    if options.before and of_each["cut"].notna().any():
        cuts = of_each["cut"].dropna()
        details: dict[str, Any] = {"column": options.before}
        details |= {
            "outcomes": list(cuts.index),
            "cuts": [f"{100 * cut:.2f}%" for cut in cuts],
        }
        notes.append(Message("engagement.note.cuped", details))
    primary = effects[effects["primary"] & effects["e_value"].notna()]
    if len(primary):
        first = primary.loc[primary["p_adjusted"].idxmin()]
        notes.append(
            Message("engagement.note.e_value", {"value": float(first["e_value"])})
        )
    return notes


def _notes(
    ready: bool,
    covariates: Sequence[str],
    checks: Sequence[dict[str, Any]],
    options: ReadTestOptions,
) -> list[Message]:
    notes = []
    leaks = [check["column"] for check in checks if check["check"] == "leak"]
    if leaks:
        notes.append(Message("engagement.note.leak", {"columns": leaks}))
    if not ready:
        details = {"date": options.read_on}
        notes.append(Message("engagement.note.not_over", details))
    notes += notes_on_balance(checks)
    if not covariates:
        notes.append(Message("engagement.note.no_covariates", {}))
    return notes
