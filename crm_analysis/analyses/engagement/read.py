"""Did it work: the arms of a test compared, and whether that comparison may be called an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.engagement.adjusted import Adjustment
from crm_analysis.analyses.engagement.arms import Arms, hold_ratio, read_arms
from crm_analysis.analyses.engagement.balance import WIDEST, from_after, imbalance
from crm_analysis.analyses.engagement.claims import (
    ADJUSTED,
    DESCRIPTION,
    EXPERIMENT,
    Claim,
)
from crm_analysis.analyses.engagement.encoding import learn_encoding
from crm_analysis.analyses.engagement.estimates import (
    Estimate,
    Moments,
    adjusted_by,
    bootstrap_difference,
    means_differ,
    moments,
    no_events_bound,
    relative_lift,
    shares_differ,
    winsorised,
)
from crm_analysis.analyses.engagement.looks import (
    always_valid,
    obrien_fleming,
    obrien_fleming_p,
)
from crm_analysis.analyses.engagement.outcomes import (
    Outcome,
    clustered,
    numbers,
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
_TUNED = 0.1  # standard deviations: the effects that mSPRT is tuned for, unless said


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
    unit = options.cluster or "customer"
    if options.cluster and options.cluster not in table.columns:
        raise AnalysisError("engagement.no_column", column=options.cluster)
    arms = _clusters(table, options) if options.cluster else None
    arms = arms or read_arms(table, options.arm, options.control)
    checks = [] if unit != "customer" else [hold_ratio(arms, options.split)]
    outcomes = [read_outcome(arms.rows, name) for name in options.outcomes]
    covariates, balance = _covariates(arms, outcomes, options)
    checks += balance
    claim = _claim(checks, options)
    progress(0.2, "engagement.step.compare")
    reading = _Reading(arms, outcomes, covariates, options)
    effects, claim = reading.effects(claim, checks)
    effects = _with_adjusted_p(effects, _primary(options))
    ready = _is_over(options)
    notes = [*arms.notes, *reading.notes(), *_notes(ready, covariates, options)]
    return TestReading(
        _arm_table(arms, outcomes[0]),
        effects,
        claim,
        pd.DataFrame(checks),
        arms.set_aside,
        ready,
        _verdict(effects, claim, options, len(arms.code)),
        tuple(notes),
        options,
    )


def _clusters(table: pd.DataFrame, options: ReadTestOptions) -> Arms:
    """The arms of all customers of clusters that were in one arm as a whole."""
    each = table[[options.cluster, options.arm]].dropna().drop_duplicates()
    drawn = read_arms(each, options.arm, options.control, unit=str(options.cluster))
    kept = table[options.cluster].isin(drawn.rows[options.cluster])
    rows = table[kept & table[options.arm].notna()]
    code = rows[options.arm].astype(str).map(drawn.names.index).to_numpy()
    return Arms(drawn.names, code, rows, drawn.set_aside, drawn.notes)


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
    taken |= {part for name in options.outcomes for part in (name, *name.split("/"))}
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
        _check("leak", column, np.nan, np.nan, np.nan, False) for column in alarms
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
    for row in widest.to_dict("records"):
        holds = abs(row["value"]) <= WIDEST
        checks.append(
            _check("balance", row["column"], row["value"], WIDEST, row["p"], holds)
        )
    return before, checks


def _check(
    check: str, column: str, value: float, limit: float, p: float, holds: bool
) -> dict[str, Any]:
    return {
        "check": check,
        "column": str(column),
        "value": value,
        "limit": limit,
        "p": p,
        "holds": bool(holds),
    }


def _claim(checks: Sequence[dict[str, Any]], options: ReadTestOptions) -> Claim:
    alike = all(check["holds"] for check in checks if check["check"] == "balance")
    return EXPERIMENT if options.randomised and alike else ADJUSTED


class _Reading:
    """The comparison of each outcome between each arm and the control."""

    def __init__(
        self,
        arms: Arms,
        outcomes: Sequence[Outcome],
        covariates: Sequence[str],
        options: ReadTestOptions,
    ) -> None:
        self.arms, self.outcomes, self.options = arms, outcomes, options
        self.covariates = covariates
        self._notes: list[Message] = []

    def notes(self) -> list[Message]:
        """What was seen on the way."""
        return self._notes

    def effects(
        self, claim: Claim, checks: list[dict[str, Any]]
    ) -> tuple[pd.DataFrame, Claim]:
        """A row an outcome and arm, and the claim, which is weaker where arms do not overlap."""
        code, outcomes = self.arms.code, list(self.outcomes)
        cuts: dict[str, float] = {}
        if self.options.before:
            outcomes, cuts = self._less_before(outcomes)
        if self.options.cluster:
            code, outcomes = self._by_cluster(outcomes)
        features = None
        if claim == ADJUSTED and self.covariates and not self.options.cluster:
            encoder = learn_encoding(self.arms.rows, self.covariates)
            features = encoder.numbers(self.arms.rows)
        rows, overlaps = [], features is not None
        for raw, outcome in zip(self.outcomes, outcomes, strict=True):
            control = outcome.of(code == 0)
            for position, arm in enumerate(self.arms.names[1:], start=1):
                row = self._compare(raw, outcome.of(code == position), control)
                row |= {"arm": arm, "cut": cuts.get(raw.name, np.nan)}
                row |= self._amounts(raw, position)
                if raw.name in cuts:
                    row |= self._raw_means(raw, position) | {"method": "cuped"}
                if features is not None and raw.kind != "ratio":
                    overlap = self._adjust(row, raw, features, position)
                    overlaps = overlaps and overlap is not None
                rows.append(row)
        if claim == ADJUSTED:
            claim = ADJUSTED if overlaps else DESCRIPTION
            checks.append(_check("overlap", "", np.nan, np.nan, np.nan, overlaps))
        return pd.DataFrame(rows), claim

    def _less_before(
        self, outcomes: Sequence[Outcome]
    ) -> tuple[list[Outcome], dict[str, float]]:
        before = self.options.before
        if before not in self.covariates:
            key = "no_column" if before not in self.arms.rows.columns else "from_after"
            raise AnalysisError(f"engagement.{key}", column=before)
        known = numbers(self.arms.rows[before], str(before))
        known = np.where(np.isnan(known), np.nanmean(known), known)
        adjusted, cuts = [], {}
        for outcome in outcomes:
            if outcome.base is not None or np.isnan(outcome.values).any():
                adjusted.append(outcome)
                continue
            values, cut = adjusted_by(outcome.values, known)
            adjusted.append(Outcome(outcome.name, "mean", values))
            cuts[outcome.name] = cut
        return adjusted, cuts

    def _by_cluster(
        self, outcomes: Sequence[Outcome]
    ) -> tuple[np.ndarray, list[Outcome]]:
        cluster, names = pd.factorize(self.arms.rows[self.options.cluster])
        code = np.zeros(len(names), dtype=np.int64)
        code[cluster] = self.arms.code
        return code, [clustered(outcome, cluster) for outcome in outcomes]

    def _raw_means(self, raw: Outcome, position: int) -> dict[str, float]:
        treated, control = (raw.of(self.arms.code == code) for code in (position, 0))
        return {"mean": treated.moments.mean, "control_mean": control.moments.mean}

    def _compare(
        self, raw: Outcome, treated: Outcome, control: Outcome
    ) -> dict[str, Any]:
        coverage = self.options.coverage
        first, second = treated.moments, control.moments
        if min(first.size, second.size) < 2:
            raise AnalysisError("engagement.no_outcome_known", column=raw.name)
        estimate = means_differ(first, second, coverage)
        row: dict[str, Any] = {"outcome": raw.name}
        if treated.kind == "share":
            hits = int(treated.values.sum()), int(control.values.sum())
            estimate = shares_differ(hits, (first.size, second.size), coverage)
            if not min(hits):
                empty = second.size if not hits[1] else first.size
                bound = no_events_bound(empty)
                details = {"column": raw.name, "count": empty, "bound": bound}
                self._notes.append(Message("engagement.note.no_events", details))
        elif treated.kind == "ratio":
            estimate = estimate._replace(method="ratio")
        row |= {"mean": first.mean, "control_mean": second.mean}
        row |= _estimate(self._looked_at(estimate, first, second))
        lift = relative_lift(first, second, coverage)
        row |= dict(zip(("relative", "relative_lo", "relative_hi"), lift, strict=True))
        return row

    def _amounts(self, raw: Outcome, position: int) -> dict[str, float]:
        """Of amounts the two readings beside: by bootstrap, and with the largest cut down."""
        figures = dict.fromkeys(_BESIDE, float("nan")) | {"e_value": float("nan")}
        if raw.kind != "mean" or self.options.cluster:
            return figures
        coverage = self.options.coverage
        treated, control = (
            raw.of(self.arms.code == code).values for code in (position, 0)
        )
        low, high = bootstrap_difference(treated, control, coverage, self.options.seed)
        both = winsorised(np.concatenate([treated, control]))
        first, second = moments(both[: len(treated)]), moments(both[len(treated) :])
        beside = means_differ(first, second, coverage)
        values = (low, high, beside.difference, beside.lo, beside.hi)
        return figures | dict(zip(_BESIDE, values, strict=True))

    def _looked_at(
        self, estimate: Estimate, treated: Moments, control: Moments
    ) -> Estimate:
        """The estimate as wide as looking early makes it."""
        from scipy.special import ndtri

        options = self.options
        if options.looks == "fixed" or not np.isfinite(estimate.z):
            return estimate
        variance = treated.variance + control.variance
        alpha = 1 - options.coverage
        if options.looks == "msprt":
            deviation = float(np.sqrt(control.variance * control.size))
            mixture = options.smallest or _TUNED * deviation
            p, low, high = always_valid(
                estimate.difference, variance, mixture, options.coverage
            )
            return estimate._replace(p=p, lo=low, hi=high)
        looks, look = options.planned_looks, min(options.look, options.planned_looks)
        wanted = obrien_fleming(alpha, looks, look)
        scale = wanted / float(ndtri(1 - alpha / 2))
        return estimate._replace(
            p=obrien_fleming_p(estimate.z, looks, look),
            lo=estimate.difference + scale * (estimate.lo - estimate.difference),
            hi=estimate.difference + scale * (estimate.hi - estimate.difference),
        )

    def _adjust(
        self,
        row: dict[str, Any],
        outcome: Outcome,
        features: np.ndarray,
        position: int,
    ) -> float | None:
        """The row as it is with what is known taken into account; None without overlap."""
        compared = np.isin(self.arms.code, (0, position)) & ~np.isnan(outcome.values)
        treated = self.arms.code[compared] == position
        adjustment = Adjustment(features[compared], treated)
        if not adjustment.overlaps:
            return None
        values = outcome.values[compared]
        comparison = adjustment.compare(values, self.options.coverage)
        row |= _estimate(comparison.estimate)
        lift = (
            comparison.treated / comparison.control - 1 if comparison.control else 0.0
        )
        row |= {
            "relative": lift,
            "relative_lo": float("nan"),
            "relative_hi": float("nan"),
            "e_value": comparison.e_value,
        }
        row |= dict.fromkeys(_BESIDE, float("nan"))
        return adjustment.overlap


_BESIDE = ("boot_lo", "boot_hi", "winsor", "winsor_lo", "winsor_hi")


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return estimate._asdict()


def _with_adjusted_p(effects: pd.DataFrame, primary: tuple[str, ...]) -> pd.DataFrame:
    is_primary = effects["outcome"].isin(primary).to_numpy()
    adjusted = np.empty(len(effects))
    p_values = effects["p"].fillna(1.0).to_numpy(dtype=float)
    adjusted[is_primary] = holm(p_values[is_primary])
    adjusted[~is_primary] = benjamini_hochberg(p_values[~is_primary])
    effects = effects.assign(primary=is_primary, p_adjusted=adjusted)
    columns = ["outcome", "arm", "primary", "mean", "control_mean", "difference"]
    columns += ["lo", "hi", "p", "p_adjusted", "z", "relative", "relative_lo"]
    columns += ["relative_hi", "method", "cut", *_BESIDE, "e_value"]
    return effects[columns].sort_values(
        "primary", ascending=False, kind="stable", ignore_index=True
    )


def _arm_table(arms: Arms, outcome: Outcome) -> pd.DataFrame:
    rows = []
    for position, arm in enumerate(arms.names):
        members = arms.code == position
        of_arm = outcome.of(members)
        count = int(members.sum())
        share = count / len(arms.code)
        rows.append(
            (arm, count, share, outcome.name, of_arm.moments.mean, len(of_arm.values))
        )
    return pd.DataFrame(
        rows, columns=["arm", "customers", "share", "outcome", "mean", "known"]
    )


def _is_over(options: ReadTestOptions) -> bool:
    if options.looks != "fixed" or not options.read_on or not options.today:
        return True
    return options.today >= options.read_on


def _verdict(
    effects: pd.DataFrame, claim: Claim, options: ReadTestOptions, customers: int
) -> Message:
    """The primary outcome in a sentence; of several arms the one that differs most surely."""
    primary = effects[effects["primary"]]
    best = primary.loc[primary["p_adjusted"].idxmin()]
    details = {
        "arm": str(best["arm"]),
        "outcome": str(best["outcome"]),
        "mean": float(best["mean"]),
        "control": float(best["control_mean"]),
        "difference": float(best["difference"]),
        "low": float(best["lo"]),
        "high": float(best["hi"]),
        "customers": customers,
    }
    word = "unclear"
    if best["p_adjusted"] < 1 - options.coverage:
        word = "more" if best["difference"] > 0 else "less"
    return Message(f"engagement.verdict.{_CLAIM_WORDS[claim]}.{word}", details)


def _notes(
    ready: bool, covariates: Sequence[str], options: ReadTestOptions
) -> list[Message]:
    notes = []
    if not ready:
        details = {"date": options.read_on}
        notes.append(Message("engagement.note.not_over", details))
    if not covariates:
        notes.append(Message("engagement.note.no_covariates", {}))
    return notes
