"""What each column of a customer adds to the risk, in percentage points.

Each score (log-odds, or the distance from a margin) is divided among the columns by Shapley values:
exactly where the method knows how (`Method.contributions`), else by drawing orders of the columns,
each with its reverse (Mitchell, Cooper, Frank & Holmes, JMLR 23, 2022). What a category's levels
and the sign of a gap contribute is summed back to the reader's own column. From the score to the
risk the contributions are stretched by the slope of the line between the base and the customer,
which is what the integral along that line gives each of them (Aumann & Shapley 1974; Sundararajan,
Taly & Yan 2017). So base + Σ points = risk, exactly, for every customer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.calibration import Calibrator, logit
from crm_analysis.analyses.churn.models.fitting import RiskModel, Stack, log_odds
from crm_analysis.analyses.churn.models.method import through_link
from crm_analysis.analyses.churn.models.methods import METHODS
from crm_analysis.tables.threads import one_thread

_BACKGROUND_ROWS = 40
_ORDERS = 5


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each feature adds to each customer's risk.

    - `points`: a row a customer, a column a feature, in percentage points of risk.
    - `base`: the risk where all columns say what they say of the average customer (0 to 1).
    - `risk`: of each customer (0 to 1); 100·base + Σ points = 100·risk.
    - `exact`: not estimated by drawing.
    """

    points: pd.DataFrame
    base: np.ndarray
    risk: np.ndarray
    exact: bool


def contributions_to_risk(
    model: RiskModel,
    features: pd.DataFrame,
    background: pd.DataFrame,
    *,
    seed: int = 0,
) -> Contributions:
    """What each feature adds to each customer's risk.

    `features`: prepared features of the customers to explain; `background`: those of customers to
    compare with (the training rows).
    """
    columns = model.columns
    features, background = features[columns], background[columns]
    with one_thread():
        shares, base, exact = contributions_to_score(
            model.name, model.pipeline, features, background, seed
        )
    points, start, risk = through_link(
        model.calibrator, shares, base, model.scores(features)
    )
    table = pd.DataFrame(100 * points, columns=columns, index=features.index)
    return Contributions(table, np.full(len(features), start), risk, exact)


def rows_explained(model: RiskModel) -> int:
    """For how many customers reasons are worked out unasked: as many as take some seconds."""
    if isinstance(model.pipeline, Stack):
        return min(METHODS[name].rows_explained for name in model.pipeline.names)
    return METHODS[model.name].rows_explained


def contributions_to_score(
    name: str,
    pipeline: Any,
    features: pd.DataFrame,
    background: pd.DataFrame,
    seed: int,
) -> tuple[np.ndarray, float, bool]:
    """What each feature adds to the score, the score without any of them, whether that is exact."""
    if isinstance(pipeline, Stack):
        return _of_stack(pipeline, features, background, seed)
    owner = _owners(pipeline["encode"].columns_, list(features.columns))
    exactly = METHODS[name].contributions
    if exactly is not None:
        return *exactly(pipeline, features, background, owner), True
    transform = pipeline["encode"].transform
    shares, base = _drawn(
        lambda matrix: METHODS[name].score(pipeline["model"], matrix),
        transform(features),
        transform(background),
        owner,
        seed,
    )
    return shares, base, False


def _of_stack(
    stack: Stack, features: pd.DataFrame, background: pd.DataFrame, seed: int
) -> tuple[np.ndarray, float, bool]:
    """The mean of the members' contributions to their calibrated log-odds."""
    all_shares, bases, all_exact = [], [], True
    for name, member, calibrator in zip(
        stack.names, stack.members, stack.calibrators, strict=True
    ):
        shares, base, exact = contributions_to_score(
            name, member, features, background, seed
        )
        shares, base, _ = through_link(
            _log_odds_by(calibrator), shares, base, log_odds(name, member, features)
        )
        all_shares.append(shares)
        bases.append(base)
        all_exact &= exact
    return np.mean(all_shares, axis=0), float(np.mean(bases)), all_exact


def _log_odds_by(calibrator: Calibrator) -> Callable[[np.ndarray], np.ndarray]:
    return lambda scores: logit(calibrator(scores))


def _owners(columns: list[tuple[str, str]], features: list[str]) -> np.ndarray:
    """Which feature each column of the matrix belongs to, as ones: columns × features."""
    position = {name: index for index, name in enumerate(features)}
    owner = np.zeros((len(columns), len(features)))
    owner[np.arange(len(owner)), [position[name] for name, _ in columns]] = 1.0
    return owner


def _drawn(
    score: Callable[[np.ndarray], np.ndarray],
    matrix: np.ndarray,
    background: np.ndarray,
    owner: np.ndarray,
    seed: int,
) -> tuple[np.ndarray, float]:
    """Shapley values of any score, by orders drawn at random.

    Columns of a customer replace those of the background one after another; all columns of the
    matrix that belong to one feature go together, every order is walked both ways. The sum is
    exact, its parts are estimates.
    """
    rng = np.random.default_rng(seed)
    if len(background) > _BACKGROUND_ROWS:
        rows = rng.choice(len(background), _BACKGROUND_ROWS, replace=False)
        background = background[np.sort(rows)]
    features = owner.shape[1]
    base = float(score(background).mean())
    drawn = [rng.permutation(features) for _ in range(_ORDERS)]
    orders = [
        order for permutation in drawn for order in (permutation, permutation[::-1])
    ]
    # Which features are the customer's after each step: order × step × feature.
    replaced = np.tril(np.ones((features + 1, features)), k=-1)
    steps = np.stack([replaced[:, np.argsort(order)] for order in orders])
    masks = (steps.reshape(-1, features) @ owner.T) > 0
    shares = np.zeros((len(matrix), features))
    for position, row in enumerate(matrix):
        mixed = np.where(masks[:, None, :], row, background).reshape(
            -1, matrix.shape[1]
        )
        walks = (
            score(mixed)
            .reshape(len(orders), features + 1, len(background))
            .mean(axis=2)
        )
        for order, walk in zip(orders, walks, strict=True):
            shares[position, order] += np.diff(walk)
    return shares / len(orders), base
