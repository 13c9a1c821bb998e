"""The leading methods' settings, searched: which to search, and what that changes of the choice."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.comparison import (
    Comparison,
    by_fold,
    gaps_to_best,
    judged,
    simplest,
    stack_of,
)
from crm_analysis.analyses.churn.models.evaluation import (
    ShareDone,
    Task,
    cross_fit,
    part_of,
)
from crm_analysis.analyses.churn.models.fitting import Recipe
from crm_analysis.analyses.churn.models.search import (
    Search,
    Trial,
    behind,
    gain_over,
    refined_losses,
    trials_table,
    tuned,
)
from crm_analysis.jobs import Progress

BOOSTING = ("xgboost", "hist_gradient_boosting")
# Of methods that learn alike the first is searched: it takes the least time.
_FAMILIES = (
    BOOSTING,
    ("logistic", "linear_svm"),
    ("forest",),
    ("rbf_svm",),
    ("mlp",),
    ("tree",),
    ("naive_bayes",),
)
_LEADING = 2
_CLEARLY = 3.0  # standard errors behind the best, at which a family does not lead
_RETAKEN = (
    2  # methods whose settings are chosen anew without each fold, at the most
)
_MINIMUM_TO_SEARCH = 1_000  # rows, below which no gain can be told from chance
_WORTH = 0.005  # of the log-loss: a gain below is not worth other settings


def searched(task: Task, race: Comparison, progress: Progress) -> Comparison:
    """The race with the methods that gain by other settings than the usual, where some do.

    Their folds' losses are those of settings chosen without each of them.
    """
    options = task.options
    data, fold = race.data, next(iter(race.fits.values())).fold
    if not options.search or options.settings or len(data) < _MINIMUM_TO_SEARCH:
        return race
    best = race.fits[str(race.table["model"].iloc[0])]
    reference = refined_losses(best.scores, data.churned, fold)
    names = _leading(race)
    searches: list[Search] = []
    climbed: list[Search] = []
    for position, name in enumerate(names):
        share = part_of(progress, 0.4 * position / len(names), 0.4 / len(names))
        measured = race.fits[name].scores
        search = Search(race.recipes[name], data, fold, measured)
        searches.append(search)
        # Boosted trees may be far behind at their usual depth: they are held to themselves first.
        usual = refined_losses(measured, data.churned, fold)
        if not search.gains(usual if name in BOOSTING else reference):
            continue
        search.climb(_step(part_of(share, 0.0, 0.4), name))
        if search.reaches(reference):
            search.vary(_step(part_of(share, 0.4, 0.6), name))
            climbed.append(search)
    ahead = _ahead(climbed, reference)
    for position, search in enumerate(ahead):
        name, width = search.recipe.name, 0.6 / len(ahead)
        share = part_of(progress, 0.4 + position * width, width)
        winner = search.halve(_step(part_of(share, 0.0, 0.3), name))
        if _gains(winner, reference):
            recipe = replace(search.recipe, settings=winner.settings)
            part = _step(part_of(share, 0.3, 0.7), name)
            race = _retaken(task, race, recipe, fold, part)
    return replace(race, search=trials_table(searches))


def _gains(trial: Trial, reference: dict[int, np.ndarray]) -> bool:
    """Whether a trial is better than what is known by more than chance, and enough to matter."""
    before = float(np.mean([reference[k].mean() for k in trial.losses]))
    return gain_over(trial, reference) > 1 and trial.loss < (1 - _WORTH) * before


def _ahead(
    searches: list[Search], reference: dict[int, np.ndarray]
) -> list[Search]:
    """Whose best settings gain, and are as good as the best of all as far as one can tell."""
    if not searches:
        return []
    ranked = sorted(searches, key=lambda search: search.leader.loss)
    first = ranked[0].leader
    return [
        search
        for search in ranked
        if _gains(search.leader, reference) and _as_good(search.leader, first)
    ][:_RETAKEN]


def _as_good(trial: Trial, first: Trial) -> bool:
    """Whether a trial is not behind another beyond chance, on the folds both were judged on."""
    both = [k for k in trial.losses if k in first.losses]
    return behind(trial, first, both) <= 1


def _leading(race: Comparison) -> list[str]:
    """The methods to search: those of the families that lead, the quickest of each.

    Boosted trees are among them wherever they lie: what takes several questions in a row to see is
    not seen at their usual depth, but is when they may grow. The slower of the two libraries is
    searched too where it does best of all.
    """
    table = race.table[race.table["model"].isin(list(race.fits))]
    near = table.loc[table["gap"] <= _CLEARLY * table["gap_se"], "model"]
    families = [
        tuple(name for name in family if name in race.fits) for family in _FAMILIES
    ]
    places = {name: place for place, name in enumerate(near)}
    ranked = sorted(
        (min(places.get(name, len(table)) for name in names), names[0])
        for names in families
        if places.keys() & set(names)
    )
    leading = [name for _, name in ranked[:_LEADING]]
    boosting = families[0][:1]
    best = table["model"].iloc[:1].tolist()
    if families[0][1:] == tuple(best):
        behind_it = table.set_index("model").loc[boosting[0]]
        boosting += (*best,) if behind_it["gap"] > behind_it["gap_se"] else ()
    return [*boosting, *(name for name in leading if name not in boosting)]


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
    settings = []
    for k in range(task.folds):
        progress(k / (task.folds + 1))
        others = np.flatnonzero(fold != k)
        settings.append(tuned(recipe, data.take(others), fold[others]))
    recipe = replace(recipe, by_fold=tuple(settings))
    name = recipe.name
    began = time.perf_counter()
    fits = race.fits | {name: cross_fit(recipe, data, fold, keep_models=True)}
    lost = dict(race.losses)
    changed = [name]
    if name in race.members:
        fits["stack"] = stack_of(fits, race.members, fold, data.churned)
        changed.append("stack")
    seconds = race.table.set_index("model")["seconds"].to_dict()
    seconds[name] += time.perf_counter() - began
    rows = [race.folds[~race.folds["model"].isin(changed)]]
    for changed_name in changed:
        fit = fits[changed_name]
        loss, risk = judged(fit, data, options)
        lost[changed_name] = {0: loss}
        rows.append(by_fold(fit, 0, data, loss, risk))
    folds = pd.concat(rows, ignore_index=True).drop(columns="seconds")
    table = gaps_to_best(lost, data.together)
    table["seconds"] = table["model"].map(seconds)
    table["sample"] = len(data)
    return replace(
        race,
        chosen=simplest(table),
        table=table,
        folds=folds,
        losses=lost,
        fits=fits,
        recipes=race.recipes | {name: recipe},
    )
