"""Which method: repeated cross-validation on the same folds.

The simplest is taken that is as good as the best as far as one can tell.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.comparison import (
    Comparison,
    RowLosses,
    by_fold,
    gaps_to_best,
    judged,
    simplest,
    stack_of,
)
from crm_analysis.analyses.churn.models.evaluation import (
    CrossFit,
    ShareDone,
    Task,
    cross_fit,
    part_of,
)
from crm_analysis.analyses.churn.models.fitting import recipe_of
from crm_analysis.analyses.churn.models.search import trials_table
from crm_analysis.analyses.churn.models.tuning import BOOSTING, searched
from crm_analysis.analyses.churn.options import MODELS
from crm_analysis.jobs import Progress

_UNSAMPLED_ROWS = 20_000  # up to which every method is tried on all of them
_STAGES = (
    (6_000, 5),
    (30_000, 3),
)  # beyond: rows of a sample, and how many methods go on from it
_MEMBERS = 3
_CLEARLY = (
    3.0  # standard errors behind the best at which a method is not tried again
)
_NEAR = (
    0.3  # standard errors from the line at which a method is as good as the best
)


def compare(task: Task, names: tuple[str, ...], progress: Progress) -> Comparison:
    """Cross-validate the methods and choose.

    The one-standard-error rule (Breiman et al. 1984), on paired differences of rows. A stack of the
    best three is tried too. Large tables are raced: all methods on a sample, the best on a larger
    one.
    """
    names = tuple(name for name in MODELS if name in names)
    singles = tuple(name for name in names if name != "stack")
    if len(task.data) <= _UNSAMPLED_ROWS:
        race = _race(task, names, part_of(progress, 0.0, 0.5))
        return searched(task, race, part_of(progress, 0.5, 0.5))
    tables = []
    for stage, (rows, survivors) in enumerate(_STAGES):
        last = stage == len(_STAGES) - 1
        racing = (*singles, "stack") if last and "stack" in names else singles
        sample = replace(
            task, data=task.data.sample(rows, task.options.seed + stage)
        )
        part = part_of(progress, stage / (len(_STAGES) + 1), 1 / (len(_STAGES) + 1))
        race = _race(sample, racing, part, divisions=1)
        tables.append(race.table)
        ranked = race.table.sort_values("log_loss")["model"]
        singles = _going_on(tuple(ranked[ranked != "stack"]), survivors)
    race = searched(sample, race, part_of(progress, 2 / 3, 1 / 3))
    table = pd.concat([*tables[:-1], race.table], ignore_index=True)
    table = table.drop_duplicates("model", keep="last", ignore_index=True)
    return replace(race, table=table)


def _going_on(ranked: tuple[str, ...], survivors: int) -> tuple[str, ...]:
    """The best, and boosted trees even so, which grow where there is more to learn."""
    best, boosting = (
        ranked[:survivors],
        [name for name in ranked if name in BOOSTING],
    )
    return (
        best if not boosting or set(boosting) & set(best) else (*best, boosting[0])
    )


def _race(
    task: Task,
    names: tuple[str, ...],
    progress: Progress,
    divisions: int | None = None,
) -> Comparison:
    """Each method on one division into folds; on a second where the first does not decide."""
    data, options = task.data, task.options
    asked = divisions or options.repeats
    repeats = asked or 2
    running = [name for name in names if name != "stack"]
    members: tuple[str, ...] = ()
    recipes = {name: recipe_of(name, options) for name in running}
    first_fits: dict[str, CrossFit] = {}
    rows: list[pd.DataFrame] = []
    lost: dict[str, dict[int, np.ndarray]] = {name: {} for name in names}
    for repeat in range(repeats):
        fold = data.folds(task.folds, options.seed + 1000 * repeat)
        fits = {}
        for position, name in enumerate(running):
            start, width = (
                (repeat + position / len(running)) / repeats,
                1 / len(running) / repeats,
            )
            fits[name] = cross_fit(
                recipes[name],
                data,
                fold,
                keep_models=repeat == 0,
                progress=_part(progress, start, width, f"churn.step.{name}"),
            )
        for name in running:
            lost[name][repeat], risk = judged(fits[name], data, options)
            rows.append(by_fold(fits[name], repeat, data, lost[name][repeat], risk))
        if repeat == 0 and "stack" in names:
            members = _members(lost)
        if len(members) >= 2:
            stack = fits["stack"] = stack_of(fits, members, fold, data.churned)
            lost["stack"][repeat], risk = judged(stack, data, options)
            rows.append(by_fold(stack, repeat, data, lost["stack"][repeat], risk))
        if repeat == 0:
            first_fits = fits
            gaps = gaps_to_best(lost, data.together)
            behind = set(gaps.loc[gaps["gap"] > _CLEARLY * gaps["gap_se"], "model"])
            running = [
                name for name in running if name not in behind or name in members
            ]
            if asked is None and _decided(gaps):
                break
    folds = pd.concat(rows, ignore_index=True)
    table = gaps_to_best(lost, data.together)
    table["seconds"] = table["model"].map(folds.groupby("model")["seconds"].sum())
    table["sample"] = len(data)
    return Comparison(
        simplest(table),
        table,
        folds.drop(columns="seconds"),
        lost,
        first_fits,
        data,
        members,
        recipes,
        trials_table([]),
    )


def _decided(gaps: pd.DataFrame) -> bool:
    """Whether no method lies near the line up to which the simplest is taken."""
    beyond = gaps["gap"] - gaps["gap_se"]
    return bool((beyond.abs() >= _NEAR * gaps["gap_se"]).all())


def _part(progress: Progress, start: float, width: float, step: str) -> ShareDone:
    return lambda share: progress(start + width * share, step)


def _members(lost: RowLosses) -> tuple[str, ...]:
    """The methods that a stack is made of: those that do best, but for naive Bayes."""
    means = {
        name: float(by_division[0].mean())
        for name, by_division in lost.items()
        if by_division and name != "naive_bayes"
    }
    return tuple(sorted(means, key=lambda name: means[name])[:_MEMBERS])
