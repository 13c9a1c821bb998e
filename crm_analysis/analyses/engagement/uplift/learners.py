"""Ways to learn the difference a contact makes: one function each, of one registry.

A learner takes features, who was treated, what came of it and whether that is an amount; it gives
a function from features to gains. To add one: a function, an entry in LEARNERS and its phrase.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from crm_analysis.analyses.engagement.uplift.options import LearnerName
from crm_analysis.tables.threads import one_thread

Predict = Callable[[np.ndarray], np.ndarray]


class Task(NamedTuple):
    """What is learnt from: a row a customer."""

    features: np.ndarray
    treated: np.ndarray  # True or False
    outcome: np.ndarray
    is_amount: bool
    seed: int

    def of(self, rows: np.ndarray) -> Task:
        """The same of some of the rows."""
        return self._replace(
            features=self.features[rows],
            treated=self.treated[rows],
            outcome=self.outcome[rows],
        )

    @property
    def share(self) -> float:
        """The share that was treated."""
        return float(self.treated.mean())


class Learner(Protocol):
    """What an entry of LEARNERS is."""

    def __call__(self, task: Task) -> Predict:
        """The gain that a contact brings, as a function of features."""


def response(task: Task) -> Predict:
    """What is expected of those treated: the model that most campaigns are aimed by."""
    with one_thread():
        return _outcome_model(task.of(task.treated))


def _outcome_model(task: Task, weights: np.ndarray | None = None) -> Predict:
    """Logistic regression of a yes or no, ridge regression of an amount, both with L2."""
    from sklearn.linear_model import LogisticRegression

    if task.is_amount:
        return _ridge(task.features, task.outcome, weights)
    if len(np.unique(task.outcome)) < 2:
        constant = float(task.outcome.mean()) if len(task.outcome) else 0.0
        return lambda features: np.full(len(features), constant)
    model = LogisticRegression(solver="newton-cholesky", max_iter=100)
    model.fit(task.features, task.outcome, sample_weight=weights)
    return lambda features: model.predict_proba(features)[:, 1]


def _ridge(
    features: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None
) -> Predict:
    from sklearn.linear_model import Ridge

    return Ridge(1.0).fit(features, target, sample_weight=weights).predict


def _t(task: Task) -> Predict:
    """Two models, one an arm (Künzel, Sekhon, Bickel & Yu 2019)."""
    treated, control = (
        _outcome_model(task.of(task.treated)),
        _outcome_model(task.of(~task.treated)),
    )
    return lambda features: treated(features) - control(features)


def _s(task: Task) -> Predict:
    """One model with the arm and what it changes of each feature (Lo 2002)."""

    def with_arm(features: np.ndarray, arm: np.ndarray) -> np.ndarray:
        column = arm[:, None].astype(float)
        return np.hstack([features, column, features * column])

    model = _outcome_model(
        task._replace(features=with_arm(task.features, task.treated))
    )
    return lambda features: (
        model(with_arm(features, np.ones(len(features))))
        - model(with_arm(features, np.zeros(len(features))))
    )


def _x(task: Task) -> Predict:
    """Each arm's gains imputed by the other's model (Künzel et al. 2019, PNAS 116)."""
    treated, control = task.of(task.treated), task.of(~task.treated)
    of_treated, of_control = _outcome_model(treated), _outcome_model(control)
    from_treated = _ridge(
        treated.features, treated.outcome - of_control(treated.features)
    )
    from_control = _ridge(
        control.features, of_treated(control.features) - control.outcome
    )
    share = task.share
    return lambda features: (
        share * from_control(features) + (1 - share) * from_treated(features)
    )


def _halves(task: Task) -> list[tuple[np.ndarray, np.ndarray]]:
    """(learn, apply) twice, so that no row is seen by the model it is corrected with."""
    first = np.random.default_rng(task.seed).random(len(task.outcome)) < 0.5
    return [(first, ~first), (~first, first)]


def _dr(task: Task) -> Predict:
    """Doubly robust scores, regressed on the features (Kennedy 2023)."""
    gains = np.empty(len(task.outcome))
    share = task.share
    for learn, apply in _halves(task):
        seen, other = task.of(learn), task.of(apply)
        of_treated = _outcome_model(seen.of(seen.treated))(other.features)
        of_control = _outcome_model(seen.of(~seen.treated))(other.features)
        expected = np.where(other.treated, of_treated, of_control)
        weight = np.where(other.treated, 1 / share, -1 / (1 - share))
        gains[apply] = of_treated - of_control + weight * (other.outcome - expected)
    return _ridge(task.features, gains)


def _r(task: Task) -> Predict:
    """Residuals on residuals (Nie & Wager 2021, Biometrika 108)."""
    expected = np.empty(len(task.outcome))
    for learn, apply in _halves(task):
        expected[apply] = _outcome_model(task.of(learn))(task.features[apply])
    residual = task.treated - task.share
    target = (task.outcome - expected) / residual
    return _ridge(task.features, target, residual**2)


def _class(task: Task) -> Predict:
    """Class transformation (Jaskowski & Jaroszewicz 2012), the arms weighed as 50:50."""
    share = task.share
    if task.is_amount:
        sign = np.where(task.treated, 1 / share, -1 / (1 - share))
        return _ridge(task.features, sign * task.outcome)
    weights = np.where(task.treated, 0.5 / share, 0.5 / (1 - share))
    changed = np.where(task.treated, task.outcome, 1 - task.outcome)
    model = _outcome_model(task._replace(outcome=changed), weights)
    return lambda features: 2 * model(features) - 1


def _trees(task: Task) -> Predict:
    """Two forests with large leaves, one an arm."""
    from sklearn.ensemble import RandomForestRegressor

    def forest(part: Task) -> Predict:
        leaf = max(25, len(part.outcome) // 100)
        model = RandomForestRegressor(
            100, min_samples_leaf=leaf, random_state=task.seed, n_jobs=1
        )
        return model.fit(part.features, part.outcome).predict

    treated, control = forest(task.of(task.treated)), forest(task.of(~task.treated))
    return lambda features: treated(features) - control(features)


LEARNERS: dict[LearnerName, Learner] = {
    "t": _t,
    "s": _s,
    "x": _x,
    "dr": _dr,
    "r": _r,
    "class": _class,
    "trees": _trees,
}


def learn(name: LearnerName, task: Task) -> Predict:
    """The gain that a contact brings, learnt by the method of that name, in one thread."""
    with one_thread():
        return LEARNERS[name](task)
