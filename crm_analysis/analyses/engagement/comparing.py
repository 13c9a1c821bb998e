"""The arms of a test compared, outcome by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.engagement.adjusted import (
    OVERLAP,
    Adjustment,
    overlap_check,
)
from crm_analysis.analyses.engagement.arms import Arms
from crm_analysis.analyses.engagement.claims import ADJUSTED, DESCRIPTION, Claim
from crm_analysis.analyses.engagement.encoding import learn_encoding
from crm_analysis.analyses.engagement.estimates import (
    Resampling,
    adjusted_by,
    bootstrap_difference,
    no_events_bound,
    relative_lift,
    winsorised,
)
from crm_analysis.analyses.engagement.looks import (
    always_valid,
    obrien_fleming,
    obrien_fleming_p,
)
from crm_analysis.analyses.engagement.outcomes import Outcome, clustered, numbers
from crm_analysis.analyses.engagement.read_options import ReadTestOptions
from crm_analysis.analyses.inference import (
    Estimate,
    Moments,
    means_differ,
    moments,
    shares_differ,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

_TUNED = (
    0.1  # standard deviations: the effects that mSPRT is tuned for, unless said
)
# Of amounts: the readings beside the one that counts.
BESIDE = ("boot_lo", "boot_hi", "winsor", "winsor_lo", "winsor_hi")


class ArmComparison:
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
        self._parts: dict[tuple[str, int], Outcome] = {}
        self._draws: dict[tuple[int, int], Resampling] = {}

    def notes(self) -> list[Message]:
        """What was seen on the way."""
        return self._notes

    def part(self, outcome: Outcome, position: int) -> Outcome:
        """The outcome of one arm."""
        key = outcome.name, position
        if key not in self._parts:
            self._parts[key] = outcome.of(self.arms.code == position)
        return self._parts[key]

    def _means(self, values: np.ndarray, position: int) -> np.ndarray:
        key = position, len(values)
        if key not in self._draws:
            seed = self.options.seed + position
            self._draws[key] = Resampling(len(values), seed)
        return self._draws[key].means(values)

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
        rows: list[dict[str, Any]] = []
        overlaps: list[float] = []
        for raw, outcome in zip(self.outcomes, outcomes, strict=True):
            for position, arm in enumerate(self.arms.names[1:], start=1):
                both = [
                    self.part(raw, arm_code)
                    if outcome is raw
                    else outcome.of(code == arm_code)
                    for arm_code in (position, 0)
                ]
                row = self._compare(raw, *both)
                row |= {"arm": arm, "cut": cuts.get(raw.name, np.nan)}
                row |= self._amounts(raw, position)
                if raw.name in cuts:
                    row |= self._raw_means(raw, position) | {"method": "cuped"}
                if features is not None and raw.kind != "ratio":
                    overlaps.append(self._adjust(row, raw, features, position))
                rows.append(row)
        if claim == ADJUSTED:
            overlap = min(overlaps, default=0.0)
            claim = ADJUSTED if overlap >= OVERLAP else DESCRIPTION
            checks.append(overlap_check(overlap))
        return pd.DataFrame(rows), claim

    def _less_before(
        self, outcomes: Sequence[Outcome]
    ) -> tuple[list[Outcome], dict[str, float]]:
        before = self.options.before
        if before not in self.covariates:
            key = (
                "no_column"
                if before not in self.arms.rows.columns
                else "from_after"
            )
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
        treated, control = (self.part(raw, code) for code in (position, 0))
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
        row |= self._looked_at(estimate, first, second)._asdict()
        lift = relative_lift(first, second, coverage)
        row |= dict(
            zip(("relative", "relative_lo", "relative_hi"), lift, strict=True)
        )
        return row

    def _amounts(self, raw: Outcome, position: int) -> dict[str, float]:
        """Of amounts the two readings beside: by bootstrap, and with the largest cut down."""
        figures = dict.fromkeys(BESIDE, float("nan")) | {"e_value": float("nan")}
        if raw.kind != "mean" or self.options.cluster:
            return figures
        coverage = self.options.coverage
        treated, control = (self.part(raw, code).values for code in (position, 0))
        low, high = bootstrap_difference(
            self._means(treated, position), self._means(control, 0), coverage
        )
        both = winsorised(np.concatenate([treated, control]))
        first, second = moments(both[: len(treated)]), moments(both[len(treated) :])
        beside = means_differ(first, second, coverage)
        values = (low, high, beside.difference, beside.lo, beside.hi)
        return figures | dict(zip(BESIDE, values, strict=True))

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
        looks, look = (
            options.planned_looks,
            min(options.look, options.planned_looks),
        )
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
    ) -> float:
        """The overlap; where it is enough the row has what is known taken into account."""
        compared = np.isin(self.arms.code, (0, position)) & ~np.isnan(
            outcome.values
        )
        treated = self.arms.code[compared] == position
        adjustment = Adjustment(features[compared], treated)
        if not adjustment.overlaps:
            return adjustment.overlap
        values = outcome.values[compared]
        comparison = adjustment.compare(values, self.options.coverage)
        row |= comparison.estimate._asdict()
        lift = (
            comparison.treated / comparison.control - 1
            if comparison.control
            else 0.0
        )
        row |= {
            "relative": lift,
            "relative_lo": float("nan"),
            "relative_hi": float("nan"),
            "e_value": comparison.e_value,
        }
        row |= dict.fromkeys(BESIDE, float("nan"))
        return adjustment.overlap
