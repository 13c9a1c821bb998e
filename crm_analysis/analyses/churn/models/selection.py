"""Which method: repeated cross-validation on the same folds.

The simplest is taken that is as good as the best as far as one can tell.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import TrainingData
from crm_analysis.analyses.churn.models.evaluation import (
    CrossFit,
    ShareDone,
    Task,
    cross_calibrated,
    cross_fit,
    stacked,
)
from crm_analysis.analyses.churn.models.measures import auc, losses
from crm_analysis.analyses.churn.options import MODELS, ChurnOptions
from crm_analysis.jobs import Progress

_UNSAMPLED_ROWS = 20_000  # up to which every method is tried on all of them
_STAGES = (
    (6_000, 5),
    (30_000, 3),
)  # beyond: rows of a sample, and how many methods go on from it
_MEMBERS = 3
_CLEARLY = 3.0  # standard errors behind the best at which a method is not tried again


@dataclass(frozen=True, eq=False)
class Comparison:
    """How methods do on the same folds.

    - `chosen`: the simplest as good as the best.
    - `table`: a row a method, the best first.
        - `model`, `log_loss` : method, mean over folds (nats)
        - `gap`, `gap_se` : log-loss over the best's, and its standard error over paired folds
        - `seconds`, `sample` : what it took, rows it was tried on
    - `folds`: `model`, `repeat`, `fold`, `rows`, `auc`, `log_loss`.
    - `fits`: the first division's, on `data`.
    - `members`: of the stack.
    """

    chosen: str
    table: pd.DataFrame
    folds: pd.DataFrame
    fits: dict[str, CrossFit]
    data: TrainingData
    members: tuple[str, ...]


def comparison_calibration(options: ChurnOptions) -> str:
    """How scores become risks while methods are compared.

    By Platt's curve where the chosen one's calibration is yet to be decided.
    """
    return "platt" if options.calibration == "auto" else options.calibration


def compare(task: Task, names: tuple[str, ...], progress: Progress) -> Comparison:
    """Cross-validate the methods and choose.

    The one-standard-error rule (Breiman et al. 1984), on paired differences with the variance for
    overlapping training sets (Nadeau & Bengio 2003). A stack of the best three is tried too. Large
    tables are raced: all methods on a sample, the best on a larger one.
    """
    names = tuple(name for name in MODELS if name in names)
    singles = tuple(name for name in names if name != "stack")
    if len(task.data) <= _UNSAMPLED_ROWS:
        repeats = task.options.repeats or (1 if len(singles) == 1 else 2)
        return _race(task, names, repeats, progress)
    tables = []
    for stage, (rows, survivors) in enumerate(_STAGES):
        last = stage == len(_STAGES) - 1
        racing = (*singles, "stack") if last and "stack" in names else singles
        sample = replace(task, data=task.data.sample(rows, task.options.seed + stage))
        race = _race(sample, racing, 1, _stage_progress(progress, stage))
        tables.append(race.table)
        ranked = race.table.sort_values("log_loss")["model"]
        singles = tuple(ranked[ranked != "stack"].head(survivors))
    table = pd.concat(tables, ignore_index=True)
    table = table.drop_duplicates("model", keep="last", ignore_index=True)
    return replace(race, table=table)


def _stage_progress(progress: Progress, stage: int) -> Progress:
    return lambda share, step: progress((stage + share) / len(_STAGES), step)


def _race(
    task: Task, names: tuple[str, ...], repeats: int, progress: Progress
) -> Comparison:
    data, options = task.data, task.options
    running = [name for name in names if name != "stack"]
    members: tuple[str, ...] = ()
    first_fits: dict[str, CrossFit] = {}
    rows: list[pd.DataFrame] = []
    for repeat in range(repeats):
        fold = data.folds(task.folds, options.seed + 1000 * repeat)
        fits = {}
        for position, name in enumerate(running):
            start, width = (
                (repeat + position / len(running)) / repeats,
                1 / len(running) / repeats,
            )
            fits[name] = cross_fit(
                name,
                data,
                fold,
                options.class_weight,
                options.seed,
                keep_models=repeat == 0,
                progress=_part(progress, start, width, f"churn.step.{name}"),
            )
        rows += [_by_fold(fits[name], repeat, data, options) for name in running]
        if repeat == 0 and "stack" in names:
            members = tuple(
                pd.concat(rows)
                .groupby("model")["log_loss"]
                .mean()
                .drop("naive_bayes", errors="ignore")
                .sort_values(kind="stable")
                .index[:_MEMBERS]
            )
        if len(members) >= 2:
            fits["stack"] = _stack(fits, members, fold, data.churned)
            rows.append(_by_fold(fits["stack"], repeat, data, options))
        if repeat == 0:
            first_fits = fits
            gaps = gaps_to_best(pd.concat(rows, ignore_index=True), task.folds)
            behind = set(gaps.loc[gaps["gap"] > _CLEARLY * gaps["gap_se"], "model"])
            running = [
                name for name in running if name not in behind or name in members
            ]
    by_fold = pd.concat(rows, ignore_index=True)
    table = gaps_to_best(by_fold, task.folds)
    table["seconds"] = table["model"].map(by_fold.groupby("model")["seconds"].sum())
    table["sample"] = len(data)
    as_good = set(table.loc[table["gap"] <= table["gap_se"], "model"])
    return Comparison(
        next(name for name in MODELS if name in as_good),
        table,
        by_fold.drop(columns="seconds"),
        first_fits,
        data,
        members,
    )


def _part(progress: Progress, start: float, width: float, step: str) -> ShareDone:
    return lambda share: progress(start + width * share, step)


def _stack(
    fits: dict[str, CrossFit],
    members: tuple[str, ...],
    fold: np.ndarray,
    churned: np.ndarray,
) -> CrossFit:
    began = time.perf_counter()
    scores = stacked({name: fits[name].scores for name in members}, fold, churned)
    seconds = time.perf_counter() - began + sum(fits[name].seconds for name in members)
    return CrossFit("stack", fold, scores, seconds)


def _by_fold(
    fit: CrossFit, repeat: int, data: TrainingData, options: ChurnOptions
) -> pd.DataFrame:
    churned, fold = data.churned, fit.fold
    risk = cross_calibrated(
        fit.scores, fold, churned, comparison_calibration(options), options.seed
    )
    loss = losses(churned, risk)
    folds = range(int(fold.max()) + 1)
    areas = [auc(churned[fold == k], risk[fold == k]) for k in folds]
    return pd.DataFrame(
        {
            "model": fit.name,
            "repeat": repeat,
            "fold": folds,
            "rows": [int((fold == k).sum()) for k in folds],
            "auc": [np.nan if area is None else area for area in areas],
            "log_loss": [float(loss[fold == k].mean()) for k in folds],
            "seconds": fit.seconds / len(folds),
        }
    )


def gaps_to_best(by_fold: pd.DataFrame, folds: int) -> pd.DataFrame:
    """How far each method is behind the best on the folds both have seen.

    Columns: model, log_loss, gap, gap_se; the best first.
    """
    wide = by_fold.pivot(index=["repeat", "fold"], columns="model", values="log_loss")
    complete = wide.dropna()
    best = str((complete if len(complete) else wide).mean().idxmin())
    rows = []
    for name in wide.columns:
        gap = (wide[name] - wide[best]).dropna()
        deviation = float(gap.std(ddof=1)) if len(gap) > 1 else 0.0
        error = deviation * float(np.sqrt(1 / len(gap) + 1 / (folds - 1)))
        rows.append((str(name), float(wide[name].mean()), float(gap.mean()), error))
    return pd.DataFrame(
        rows, columns=["model", "log_loss", "gap", "gap_se"]
    ).sort_values("gap", kind="stable", ignore_index=True)
