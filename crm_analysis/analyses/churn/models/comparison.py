"""How methods do on the same folds: each row's loss, and how far each is behind the best."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import TrainingData
from crm_analysis.analyses.churn.models.evaluation import (
    CrossFit,
    cross_calibrated,
    stacked,
)
from crm_analysis.analyses.churn.models.fitting import Recipe
from crm_analysis.analyses.churn.models.measures import auc, losses
from crm_analysis.analyses.churn.models.search import tuned
from crm_analysis.analyses.churn.options import MODELS, ChurnOptions

# By method and division into folds, the loss of each row.
RowLosses = Mapping[str, Mapping[int, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Comparison:
    """How methods do on the same folds.

    - `chosen`: the simplest as good as the best.
    - `table`: a row a method, the best first.
        - `model`, `log_loss` : method, mean over folds (nats)
        - `gap`, `gap_se` : log-loss over the best's, and its standard error over paired rows
        - `seconds`, `sample` : what it took, rows it was tried on
    - `folds`: `model`, `repeat`, `fold`, `rows`, `auc`, `log_loss`.
    - `losses`: each row of `data`'s.
    - `fits`: the first division's, on `data`.
    - `members`: of the stack. `recipes`: by method its settings.
    - `search`: see `Churn.search`.
    """

    chosen: str
    table: pd.DataFrame
    folds: pd.DataFrame
    losses: RowLosses
    fits: dict[str, CrossFit]
    data: TrainingData
    members: tuple[str, ...]
    recipes: dict[str, Recipe]
    search: pd.DataFrame

    def singles(self, name: str) -> tuple[str, ...]:
        """The methods that one is made of: itself, or a stack's members."""
        return self.members if name == "stack" else (name,)

    def searched(self, name: str) -> tuple[str, ...]:
        """Those of them whose settings were chosen by a search."""
        return tuple(
            single for single in self.singles(name) if self.recipes[single].by_fold
        )

    def retuned(
        self, name: str, data: TrainingData, folds: int, seed: int
    ) -> Comparison:
        """The recipes of a method for other rows: what was searched is searched there."""
        fold = data.folds(folds, seed)
        recipes = dict(self.recipes)
        for single in self.searched(name):
            recipe = recipes[single]
            settings = tuned(recipe, data, fold)
            recipes[single] = replace(recipe, settings=settings, by_fold=())
        return replace(self, fits={}, recipes=recipes)


def comparison_calibration(options: ChurnOptions) -> str:
    """How scores become risks while methods are compared.

    By Platt's curve where the chosen one's calibration is yet to be decided.
    """
    return "platt" if options.calibration == "auto" else options.calibration


def simplest(table: pd.DataFrame) -> str:
    """The simplest that is as good as the best, and no worse than a logistic regression."""
    as_good = table["gap"] <= table["gap_se"]
    logistic = table.loc[table["model"] == "logistic", "log_loss"]
    if len(logistic):
        as_good &= table["log_loss"] <= logistic.iloc[0]
    names = set(table.loc[as_good | (table["gap"] == 0), "model"])
    return next(name for name in MODELS if name in names)


def stack_of(
    fits: dict[str, CrossFit],
    members: tuple[str, ...],
    fold: np.ndarray,
    churned: np.ndarray,
) -> CrossFit:
    """The stack of some methods, on the folds they were fitted on."""
    began = time.perf_counter()
    scores = stacked({name: fits[name].scores for name in members}, fold, churned)
    seconds = (
        time.perf_counter() - began + sum(fits[name].seconds for name in members)
    )
    return CrossFit("stack", fold, scores, seconds)


def judged(
    fit: CrossFit, data: TrainingData, options: ChurnOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Each row's loss, and its risk, as methods are compared."""
    risk = cross_calibrated(
        fit.scores,
        fit.fold,
        data.churned,
        comparison_calibration(options),
        options.seed,
    )
    return losses(data.churned, risk), risk


def by_fold(
    fit: CrossFit,
    repeat: int,
    data: TrainingData,
    loss: np.ndarray,
    risk: np.ndarray,
) -> pd.DataFrame:
    """A row a fold: see `Comparison.folds`."""
    churned, fold = data.churned, fit.fold
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


def gaps_to_best(lost: RowLosses, together: np.ndarray) -> pd.DataFrame:
    """How far each method is behind the best, on the divisions into folds both have seen.

    The standard error is that of paired differences of rows, of which those `together` count once.
    By the deviation of a few folds it would be noise where a method learns much in some of them.
    Columns: model, log_loss, gap, gap_se; the best first.
    """
    tried = {name: by_division for name, by_division in lost.items() if by_division}
    common = set.intersection(*(set(by_division) for by_division in tried.values()))

    def mean(name: str, divisions: set[int]) -> np.ndarray:
        return np.mean([tried[name][division] for division in divisions], axis=0)

    best = min(sorted(tried), key=lambda name: float(mean(name, common).mean()))
    rows = []
    for name in sorted(tried):
        both = set(tried[name]) & set(tried[best])
        gap = mean(name, both) - mean(best, both)
        sums = np.bincount(together, weights=gap - gap.mean())
        error = float(np.sqrt((sums**2).sum())) / len(gap)
        log_loss = float(mean(name, set(tried[name])).mean())
        rows.append((name, log_loss, float(gap.mean()), error))
    return pd.DataFrame(
        rows, columns=["model", "log_loss", "gap", "gap_se"]
    ).sort_values("gap", kind="stable", ignore_index=True)
