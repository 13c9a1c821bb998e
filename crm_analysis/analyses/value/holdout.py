"""The hold-out: models fitted to the past as it stood, against what then happened.

The model that is used is chosen by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases
from crm_analysis.analyses.value.models import fit_model
from crm_analysis.analyses.value.models.lookalike import fit_lookalike
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import (
    UNIT_DAYS,
    Unit,
    summarise,
)


@dataclass(frozen=True, eq=False)
class ModelTrial:
    """One model's hold-out, by customer.

    expected : orders expected. below, up_to : P(N < actual) and P(N ≤ actual).
    """

    model: PurchaseModel
    expected: np.ndarray
    below: np.ndarray
    up_to: np.ndarray

    @property
    def usable(self) -> bool:
        """Whether the fit can be used, and what it expects are numbers."""
        return self.model.usable and bool(np.isfinite(self.expected).all())

    @property
    def log_score(self) -> np.ndarray:
        """Logarithm of the probability given to what happened; higher is better."""
        return np.log(np.maximum(self.up_to - self.below, 1e-12))


@dataclass(frozen=True, eq=False)
class HoldOut:
    """All trials, the name of the chosen one, and what happened.

    start, end : the last day that the models knew, and the last of the record.
    past : the purchases until `start`.
    summary : the same as a row a customer, as `purchase_summary` gives it
        customer, first, last : who, dates of the first and the last purchase.
        frequency : repeat purchase days.
        recency, T : `unit`s from the first purchase to the last, and to `start`.
        monetary, revenue, first_amount : money a repeat purchase day, of all, of the first.
    actual, actual_money : what these customers then ordered, and paid (None without amounts).
    before : what they had ordered in as many days until `start`.
    """

    start: int
    end: int
    past: Purchases
    summary: pd.DataFrame
    actual: np.ndarray
    actual_money: np.ndarray | None
    before: np.ndarray
    trials: dict[str, ModelTrial]
    chosen: str

    @property
    def length(self) -> int:
        """Days held out."""
        return self.end - self.start

    @property
    def winner(self) -> ModelTrial:
        """The trial of the chosen model."""
        return self.trials[self.chosen]

    @property
    def error(self) -> float:
        """How far the chosen model's total was from what happened, as a share."""
        return (
            float(self.winner.expected.sum()) / max(float(self.actual.sum()), 1.0) - 1
        )


def hold_out(
    purchases: Purchases,
    unit: Unit,
    days: int,
    names: tuple[str, ...],
    seed: int,
) -> HoldOut:
    """Fit models to the purchases before the last `days`, and choose among those of use.

    The choice: by the squared error of each customer's orders; among models within one standard
    error (paired by customer) of the best, the one whose total comes nearest, since totals are what
    the money hangs on. Where none can be used: the look-alike estimate.
    """
    start = purchases.until - days
    past = purchases.before(start)
    known = purchases.first_day <= start
    later = purchases.day > start
    actual = purchases.count(later)[known]
    money = None if purchases.money is None else purchases.revenue(later)[known]
    summary = summarise(past, unit)
    length = days / UNIT_DAYS[unit]
    models: list[PurchaseModel] = [
        fit_model(name, past, summary, unit, seed) for name in names
    ]
    models.append(
        fit_lookalike(past, min(length, past.span / UNIT_DAYS[unit] / 2), unit)
    )
    trials = {model.name: _try(model, length, actual) for model in models}
    return HoldOut(
        start,
        purchases.until,
        past,
        summary,
        actual,
        money,
        before=purchases.count(purchases.within(start - days, start))[known],
        trials=trials,
        chosen=_choose(
            {name: trials[name] for name in names if trials[name].usable},
            actual,
        ),
    )


def _choose(trials: dict[str, ModelTrial], actual: np.ndarray) -> str:
    if not trials:
        return "lookalike"
    squares = {name: (trial.expected - actual) ** 2 for name, trial in trials.items()}
    best = min(squares, key=lambda name: float(squares[name].mean()))
    near = []
    for name, square in squares.items():
        behind = square - squares[best]
        if behind.mean() <= behind.std() / np.sqrt(len(behind)):
            near.append(name)
    total = float(actual.sum())
    return min(near, key=lambda name: abs(float(trials[name].expected.sum()) - total))


def _try(model: PurchaseModel, length: float, actual: np.ndarray) -> ModelTrial:
    below, up_to = _chances_of(model, length, actual)
    return ModelTrial(
        model,
        model.orders(length),
        below,
        up_to,
    )


def _chances_of(
    model: PurchaseModel, length: float, actual: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """P(N < actual) and P(N ≤ actual) of each customer under the model."""
    rows = model.rows
    alive = model._alive(rows)
    below, up_to = np.empty(len(actual)), np.empty(len(actual))
    for n in np.unique(actual):
        customers = np.flatnonzero(actual == n)
        distinct, position = np.unique(rows.position[customers], return_inverse=True)
        part, t = rows.take(distinct), np.full(len(distinct), length)
        more = alive[distinct] * model._at_least(part, int(n) + 1, t)
        so_many = np.ones(len(distinct))
        if n > 0:
            so_many = alive[distinct] * model._at_least(part, int(n), t)
        below[customers], up_to[customers] = (
            (1 - so_many)[position],
            (1 - more)[position],
        )
    return np.clip(below, 0, 1), np.clip(up_to, 0, 1)
