"""Which model: repeated cross-validation on the same folds, and the simplest that is as good as the best as far as one can tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.evaluation import (
    Examples,
    Held,
    cross_calibrated,
    cross_fit,
    stacked,
)
from crm_analysis.analyses.churn.models.measures import auc, losses
from crm_analysis.analyses.churn.options import MODELS, ChurnOptions
from crm_analysis.jobs import Progress

__all__ = ["Comparison", "comparable", "compare", "default_repeats"]

_WHOLE = 20_000  # rows up to which every model is tried on all of them
_STAGES = ((6_000, 5), (30_000, 3))  # beyond: rows of a sample, and how many models go on from it
_MEMBERS = 3
_CLEARLY = 3.0  # standard errors behind the best at which a model is not tried again


@dataclass(frozen=True, eq=False)
class Comparison:
    """`folds`: model, repeat, fold, rows, auc, log_loss; `table`: model, gap, gap_se, seconds, sample; `held`: the first division's scores on `examples`; `members` of the stack."""

    chosen: str
    table: pd.DataFrame
    folds: pd.DataFrame
    held: dict[str, Held]
    examples: Examples
    members: tuple[str, ...]


def default_repeats(rows: int, models: int, options: ChurnOptions) -> int:
    """How often customers are divided anew: once where there is nothing to compare."""
    return options.repeats or (1 if rows > _WHOLE or models == 1 else 2)


def comparable(options: ChurnOptions) -> str:
    """How scores become risks while models are compared: by Platt's curve where the chosen one's calibration is yet to be decided."""
    return "platt" if options.calibration == "auto" else options.calibration


def compare(
    examples: Examples,
    names: tuple[str, ...],
    options: ChurnOptions,
    folds: int,
    progress: Progress,
) -> Comparison:
    """Cross-validate the models and choose (the one-standard-error rule: Breiman et al. 1984, on paired differences with the variance for overlapping
    training sets: Nadeau & Bengio 2003). A stack of the best three is tried too. Large tables are raced: all models on a sample, the best on a larger one.
    """
    singles = tuple(name for name in MODELS if name in names and name != "stack")
    if len(examples) <= _WHOLE:
        return _race(
            examples,
            singles,
            "stack" in names,
            options,
            folds,
            default_repeats(len(examples), len(singles), options),
            progress,
        )
    early = []
    left_in = singles
    for at, (rows, kept) in enumerate(_STAGES):
        sample = _sample(examples, rows, options.seed + at)
        last = at == len(_STAGES) - 1
        part = _race(
            sample, left_in, last and "stack" in names, options, folds, 1, _stage(progress, at)
        )
        early.append(part.table)
        left_in = tuple(
            part.table[part.table["model"] != "stack"].sort_values("log_loss")["model"].head(kept)
        )
    return replace(
        part,
        table=pd.concat(early, ignore_index=True).drop_duplicates(
            "model", keep="last", ignore_index=True
        ),
    )


def _sample(examples: Examples, rows: int, seed: int) -> Examples:
    """About so many rows: customers by lot, each with all their examples."""
    people = int(examples.customer.max()) + 1
    kept = np.random.default_rng(seed).random(people) < rows / len(examples)
    return examples.take(np.flatnonzero(kept[examples.customer]))


def _race(
    examples: Examples,
    singles: tuple[str, ...],
    stack: bool,
    options: ChurnOptions,
    folds: int,
    repeats: int,
    progress: Progress,
) -> Comparison:
    held: dict[str, Held] = {}
    rows: list[pd.DataFrame] = []
    running = list(singles)
    members: tuple[str, ...] = ()
    for repeat in range(repeats):
        fold = examples.folds(folds, options.seed + 1000 * repeat)
        scores: dict[str, np.ndarray] = {}
        for at, name in enumerate(running):
            hear = _within(
                progress,
                (repeat + at / len(running)) / repeats,
                1 / len(running) / repeats,
                f"churn.step.{name}",
            )
            one = cross_fit(
                name,
                examples,
                fold,
                options.class_weight,
                options.seed,
                keep=repeat == 0,
                hear=hear,
            )
            if repeat == 0:
                held[name] = one
            scores[name] = one.scores
            rows.append(
                _by_fold(
                    name,
                    repeat,
                    examples.left,
                    cross_calibrated(one, examples.left, comparable(options), options.seed),
                    fold,
                    one.seconds,
                )
            )
        if repeat == 0:
            order = (
                pd.concat(rows).groupby("model")["log_loss"].mean().sort_values(kind="stable").index
            )
            members = (
                tuple(name for name in order if name != "naive_bayes")[:_MEMBERS] if stack else ()
            )
        if len(members) >= 2:
            began = time.perf_counter()
            total = Held(
                "stack",
                fold,
                stacked({name: scores[name] for name in members}, fold, examples.left),
                0.0,
            )
            seconds = (
                time.perf_counter()
                - began
                + sum(
                    row["seconds"].sum()
                    for row in rows
                    if row["model"].iloc[0] in members and row["repeat"].iloc[0] == repeat
                )
            )
            rows.append(
                _by_fold(
                    "stack",
                    repeat,
                    examples.left,
                    cross_calibrated(total, examples.left, comparable(options), options.seed),
                    fold,
                    seconds,
                )
            )
            if repeat == 0:
                held["stack"] = total
        if repeat == 0:
            gaps = _gaps(pd.concat(rows, ignore_index=True), folds)
            far = set(gaps.loc[gaps["gap"] > _CLEARLY * gaps["gap_se"], "model"])
            running = [name for name in running if name not in far or name in members]
    by_fold = pd.concat(rows, ignore_index=True)
    table = _gaps(by_fold, folds)
    table["seconds"] = table["model"].map(by_fold.groupby("model")["seconds"].sum())
    table["sample"] = len(examples)
    chosen = next(
        name for name in MODELS if name in set(table.loc[table["gap"] <= table["gap_se"], "model"])
    )
    return Comparison(chosen, table, by_fold.drop(columns="seconds"), held, examples, members)


def _stage(progress: Progress, at: int) -> Progress:
    return lambda share, step: progress((at + share) / len(_STAGES), step)


def _within(progress: Progress, start: float, width: float, step: str) -> Callable[[float], None]:
    return lambda share: progress(start + width * share, step)


def _by_fold(
    name: str, repeat: int, left: np.ndarray, risk: np.ndarray, fold: np.ndarray, seconds: float
) -> pd.DataFrame:
    loss = losses(left, risk)
    parts = [fold == at for at in range(int(fold.max()) + 1)]
    return pd.DataFrame(
        {
            "model": name,
            "repeat": repeat,
            "fold": range(len(parts)),
            "rows": [int(inside.sum()) for inside in parts],
            "auc": [
                np.nan if (area := auc(left[inside], risk[inside])) is None else area
                for inside in parts
            ],
            "log_loss": [float(loss[inside].mean()) for inside in parts],
            "seconds": seconds / len(parts),
        }
    )


def _gaps(by_fold: pd.DataFrame, folds: int) -> pd.DataFrame:
    """How far each model is behind the best on the folds both have seen: model, log_loss, gap, gap_se."""
    wide = by_fold.pivot(index=["repeat", "fold"], columns="model", values="log_loss")
    best = wide.dropna().mean() if len(wide.dropna()) else wide.mean()
    first = str(best.idxmin())
    rows = []
    for name in wide.columns:
        off = (wide[name] - wide[first]).dropna()
        spread = float(off.std(ddof=1)) if len(off) > 1 else 0.0
        rows.append(
            (
                str(name),
                float(wide[name].mean()),
                float(off.mean()),
                spread * float(np.sqrt(1 / len(off) + 1 / (folds - 1))),
            )
        )
    return pd.DataFrame(rows, columns=["model", "log_loss", "gap", "gap_se"]).sort_values(
        "gap", kind="stable", ignore_index=True
    )
