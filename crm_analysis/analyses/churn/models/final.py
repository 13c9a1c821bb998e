"""The chosen model: its honest out-of-fold risks, and itself fitted to everybody."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from crm_analysis.analyses.churn.data.features import Feature
from crm_analysis.analyses.churn.models.calibration import Calibrator, calibrate, logit
from crm_analysis.analyses.churn.models.estimators import Stack, fit
from crm_analysis.analyses.churn.models.evaluation import (
    Examples,
    Held,
    cross_calibrated,
    cross_fit,
    nested_risk,
    pair_scores,
    stacked,
)
from crm_analysis.analyses.churn.models.risk_model import RiskModel
from crm_analysis.analyses.churn.options import ChurnOptions

__all__ = ["Finished", "finish"]

_NESTED = 20_000  # rows beyond which two numbers from the other folds' labels can no longer be told from nested ones


@dataclass(frozen=True, eq=False)
class Finished:
    """The model on everybody, the models without each fold, and every row's risk out of fold."""

    model: RiskModel
    fold_models: tuple[RiskModel, ...]
    risk: np.ndarray
    fold: np.ndarray
    nested: bool
    seconds: float


def finish(
    name: str,
    members: tuple[str, ...],
    examples: Examples,
    features: tuple[Feature, ...],
    held: dict[str, Held],
    options: ChurnOptions,
    folds: int,
    hear: Callable[[float], None],
    *,
    nested: bool = True,
) -> Finished:
    """Out-of-fold risks with calibration nested in each fold (on larger tables: from the other folds), then the fit of all rows, calibrated by the held-out scores."""
    began = time.perf_counter()
    singles = members if name == "stack" else (name,)
    steps = 3 * len(singles)
    fold = next(
        (held[one].fold for one in singles if one in held and len(held[one].fold) == len(examples)),
        examples.folds(folds, options.seed),
    )
    nested = nested and len(examples) <= _NESTED
    whole: dict[str, Held] = {}
    pairs: dict[str, np.ndarray] = {}
    fitted: dict[str, Any] = {}
    for at, one in enumerate(singles):
        known = held.get(one)
        if known is None or len(known.fold) != len(examples) or not known.fitted:
            known = cross_fit(
                one,
                examples,
                fold,
                options.class_weight,
                options.seed,
                keep=True,
                hear=_within(hear, 3 * at / steps, 1 / steps),
            )
        whole[one] = known
        if nested and options.calibration != "none" and folds > 2:
            pairs[one] = pair_scores(
                one,
                examples,
                fold,
                options.class_weight,
                options.seed,
                hear=_within(hear, (3 * at + 1) / steps, 1 / steps),
            )
        hear((3 * at + 2) / steps)
        fitted[one] = fit(
            one,
            examples.features,
            examples.left,
            class_weight=options.class_weight,
            seed=options.seed,
        )
    if name == "stack":
        return _finish_stack(name, whole, pairs, fitted, examples, features, fold, options, began)
    own = whole[name]
    if pairs:
        risk, calibrators = nested_risk(
            own.scores, pairs[name], fold, examples.left, options.calibration, options.seed
        )
    else:
        risk = cross_calibrated(own, examples.left, options.calibration, options.seed)
        calibrators = [
            calibrate(
                own.scores[fold != at], examples.left[fold != at], options.calibration, options.seed
            )
            for at in range(folds)
        ]
    by_fold = tuple(
        RiskModel(name, features, pipeline, calibrator)
        for pipeline, calibrator in zip(own.fitted, calibrators, strict=True)
    )
    model = RiskModel(
        name,
        features,
        fitted[name],
        calibrate(own.scores, examples.left, options.calibration, options.seed),
    )
    return Finished(model, by_fold, risk, fold, bool(pairs), time.perf_counter() - began)


def _within(hear: Callable[[float], None], start: float, width: float) -> Callable[[float], None]:
    return lambda share: hear(start + width * share)


def _finish_stack(
    name: str,
    whole: dict[str, Held],
    pairs: dict[str, np.ndarray],
    fitted: dict[str, Any],
    examples: Examples,
    features: tuple[Feature, ...],
    fold: np.ndarray,
    options: ChurnOptions,
    began: float,
) -> Finished:
    left, names = examples.left, list(whole)
    folds = int(fold.max()) + 1
    risk = np.empty(len(left))
    by_fold = []
    for at in range(folds):
        inside = fold == at
        inner = {
            one: pairs[one][~inside, at] if pairs else whole[one].scores[~inside] for one in names
        }
        platts = {one: calibrate(inner[one], left[~inside], "platt") for one in names}
        blend = stacked(inner, fold[~inside], left[~inside]) if folds > 2 else _mean(inner, platts)
        own = calibrate(blend, left[~inside], options.calibration, options.seed)
        stack = Stack(
            names, [whole[one].fitted[at] for one in names], [platts[one] for one in names]
        )
        risk[inside] = own(_mean({one: whole[one].scores[inside] for one in names}, platts))
        by_fold.append(RiskModel(name, features, stack, own))
    scores = {one: whole[one].scores for one in names}
    last = calibrate(stacked(scores, fold, left), left, options.calibration, options.seed)
    stack = Stack(
        names,
        [fitted[one] for one in names],
        [calibrate(scores[one], left, "platt") for one in names],
    )
    return Finished(
        RiskModel(name, features, stack, last),
        tuple(by_fold),
        risk,
        fold,
        bool(pairs),
        time.perf_counter() - began,
    )


def _mean(scores: dict[str, np.ndarray], platts: dict[str, Calibrator]) -> np.ndarray:
    return np.mean([logit(platts[one](scores[one])) for one in scores], axis=0)
