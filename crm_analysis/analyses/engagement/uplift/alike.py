"""The test as it would have been had the contact changed everybody alike: what a gate must beat.

A contact that raises everybody's odds, or amounts, in the same proportion gains most where most
respond anyway. A ranking by response then scores too, though nobody differs in what it does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crm_analysis.analyses.engagement.uplift.learners import Task
from crm_analysis.tables.threads import one_thread

# Who was treated (1 or 0) and what came of it, drawn anew.
Draw = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


def alike(task: Task) -> Draw:
    """Trials like this one in which the contact changes everybody in the same proportion."""
    return _amounts_alike(task) if task.is_amount else _odds_alike(task)


def _odds_alike(task: Task) -> Draw:
    """The same arms; outcomes of a logistic model in which the arm has one odds ratio for all."""
    from sklearn.linear_model import LogisticRegression

    code = task.treated.astype(np.int64)
    if len(np.unique(task.outcome)) < 2:
        return lambda rng: (code, task.outcome)
    columns = np.column_stack([task.features, task.treated])
    model = LogisticRegression(solver="newton-cholesky", max_iter=100)
    with one_thread():
        chance = model.fit(columns, task.outcome).predict_proba(columns)[:, 1]
    return lambda rng: (code, (rng.random(len(chance)) < chance).astype(float))


def _amounts_alike(task: Task) -> Draw:
    """The arms drawn anew, the amounts of those then treated raised as they were on the whole."""
    code = task.treated.astype(np.int64)
    treated = float(task.outcome[task.treated].mean())
    control = float(task.outcome[~task.treated].mean())
    ratio = treated / control if treated > 0 and control > 0 else 1.0
    untouched = np.where(task.treated, task.outcome / ratio, task.outcome)

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        drawn = rng.permutation(code)
        return drawn, untouched * np.where(drawn > 0, ratio, 1.0)

    return draw
