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
from crm_analysis.analyses.churn.models.fitting import Recipe, recipe_of
from crm_analysis.analyses.churn.models.measures import auc, losses
from crm_analysis.analyses.churn.models.search import (
    Search,
    gain_over,
    refined_losses,
    trials_table,
    tuned,
)
from crm_analysis.analyses.churn.options import MODELS, ChurnOptions
from crm_analysis.jobs import Progress

_UNSAMPLED_ROWS = 20_000  # up to which every method is tried on all of them
_STAGES = (
    (6_000, 5),
    (30_000, 3),
)  # beyond: rows of a sample, and how many methods go on from it
_MEMBERS = 3
_CLEARLY = 3.0  # standard errors behind the best at which a method is not tried again
# Of methods that learn alike the first is searched: it takes the least time.
_FAMILIES = (
    ("xgboost", "hist_gradient_boosting"),
    ("logistic", "linear_svm"),
    ("forest",),
    ("rbf_svm",),
    ("mlp",),
    ("tree",),
    ("naive_bayes",),
)
_LEADING = 3
_MINIMUM_TO_SEARCH = 1_000  # rows, below which no gain can be told from chance


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
    - `members`: of the stack. `recipes`: by method its settings.
    - `search`: see `Churn.search`.
    """

    chosen: str
    table: pd.DataFrame
    folds: pd.DataFrame
    fits: dict[str, CrossFit]
    data: TrainingData
    members: tuple[str, ...]
    recipes: dict[str, Recipe]
    search: pd.DataFrame

    def retuned(self, data: TrainingData, folds: int, seed: int) -> Comparison:
        """The same recipes for other rows: what was searched is searched there."""
        fold = data.folds(folds, seed)
        recipes = {
            name: replace(recipe, settings=tuned(recipe, data, fold), by_fold=())
            if recipe.by_fold
            else recipe
            for name, recipe in self.recipes.items()
        }
        return replace(self, fits={}, recipes=recipes)


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
        race = _race(task, names, repeats, _part_of(progress, 0.0, 0.5))
        return _searched(task, race, _part_of(progress, 0.5, 0.5))
    tables = []
    for stage, (rows, survivors) in enumerate(_STAGES):
        last = stage == len(_STAGES) - 1
        racing = (*singles, "stack") if last and "stack" in names else singles
        sample = replace(task, data=task.data.sample(rows, task.options.seed + stage))
        part = _part_of(progress, stage / (len(_STAGES) + 1), 1 / (len(_STAGES) + 1))
        race = _race(sample, racing, 1, part)
        tables.append(race.table)
        ranked = race.table.sort_values("log_loss")["model"]
        singles = tuple(ranked[ranked != "stack"].head(survivors))
    race = _searched(sample, race, _part_of(progress, 2 / 3, 1 / 3))
    table = pd.concat([*tables[:-1], race.table], ignore_index=True)
    table = table.drop_duplicates("model", keep="last", ignore_index=True)
    return replace(race, table=table)


def _part_of(progress: Progress, start: float, width: float) -> Progress:
    return lambda share, step: progress(start + width * share, step)


def _race(
    task: Task, names: tuple[str, ...], repeats: int, progress: Progress
) -> Comparison:
    data, options = task.data, task.options
    running = [name for name in names if name != "stack"]
    members: tuple[str, ...] = ()
    recipes = {name: recipe_of(name, options) for name in running}
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
                recipes[name],
                data,
                fold,
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
    return Comparison(
        _simplest(table),
        table,
        by_fold.drop(columns="seconds"),
        first_fits,
        data,
        members,
        recipes,
        trials_table([]),
    )


def _simplest(table: pd.DataFrame) -> str:
    """The simplest that is as good as the best, and no worse than a logistic regression."""
    as_good = table["gap"] <= table["gap_se"]
    logistic = table.loc[table["model"] == "logistic", "log_loss"]
    if len(logistic):
        as_good &= table["log_loss"] <= logistic.iloc[0]
    names = set(table.loc[as_good | (table["gap"] == 0), "model"])
    return next(name for name in MODELS if name in names)


def _searched(task: Task, race: Comparison, progress: Progress) -> Comparison:
    """The race with the method that gains by other settings than the usual, where one does.

    Its folds' losses are those of settings chosen without each of them.
    """
    options = task.options
    data, fold = race.data, next(iter(race.fits.values())).fold
    if not options.search or options.settings or len(data) < _MINIMUM_TO_SEARCH:
        return race
    best = race.fits[str(race.table["model"].iloc[0])]
    reference = refined_losses(best.scores, data.churned, fold)
    searches, names = [], _leading(race)
    for position, name in enumerate(names):
        share = _part_of(progress, 0.4 * position / len(names), 0.4 / len(names))
        known = race.fits[name].scores
        searches.append(Search(race.recipes[name], data, fold, known))
        searches[-1].climb(_step(share, name))
    first = min(searches, key=lambda search: search.best.loss)
    name = first.recipe.name
    if gain_over(first.best, reference) > 1:
        first.vary()
        winner = first.halve(_step(_part_of(progress, 0.4, 0.2), name))
        if gain_over(winner, reference) > 1:
            recipe = replace(first.recipe, settings=winner.settings)
            race = _retaken(
                task, race, recipe, fold, _step(_part_of(progress, 0.6, 0.4), name)
            )
    return replace(race, search=trials_table(searches))


def _leading(race: Comparison) -> list[str]:
    """The methods to search: those of the families that lead, the quickest of each."""
    order = race.table["model"].tolist()
    ranked = sorted(
        (min(order.index(name) for name in names), names[0])
        for names in [
            tuple(name for name in family if name in race.fits and name in order)
            for family in _FAMILIES
        ]
        if names
    )
    return [name for _, name in ranked[:_LEADING]]


def _step(progress: Progress, name: str) -> ShareDone:
    return lambda share: progress(share, f"churn.step.{name}")


def _retaken(
    task: Task,
    race: Comparison,
    recipe: Recipe,
    fold: np.ndarray,
    progress: ShareDone,
) -> Comparison:
    """The race with other settings of a method, chosen anew without each fold."""
    data, options = race.data, task.options
    by_fold = []
    for k in range(task.folds):
        progress(k / (task.folds + 1))
        others = np.flatnonzero(fold != k)
        by_fold.append(tuned(recipe, data.take(others), fold[others]))
    recipe = replace(recipe, by_fold=tuple(by_fold))
    name = recipe.name
    began = time.perf_counter()
    fits = race.fits | {name: cross_fit(recipe, data, fold, keep_models=True)}
    changed = [name]
    if name in race.members:
        fits["stack"] = _stack(fits, race.members, fold, data.churned)
        changed.append("stack")
    seconds = race.table.set_index("model")["seconds"].to_dict()
    seconds[name] += time.perf_counter() - began
    folds = race.folds[~race.folds["model"].isin(changed)]
    new = [_by_fold(fits[changed_name], 0, data, options) for changed_name in changed]
    folds = pd.concat([folds, *new], ignore_index=True).drop(columns="seconds")
    table = gaps_to_best(folds, task.folds)
    table["seconds"] = table["model"].map(seconds)
    table["sample"] = len(data)
    return replace(
        race,
        chosen=_simplest(table),
        table=table,
        folds=folds,
        fits=fits,
        recipes=race.recipes | {name: recipe},
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
