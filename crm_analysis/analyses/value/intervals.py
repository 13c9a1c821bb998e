"""How far a customer may fall from what is expected: the model's own spread, widened until the hold-out agrees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.holdout import Trial
from crm_analysis.analyses.value.models.fitting import Rows
from crm_analysis.analyses.value.models.gamma_gamma import GammaGamma
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel

__all__ = ["Levels", "calibrate", "draw_money", "order_quantiles", "parameter_spread"]

_GROUPS = ((0, 0), (1, 3), (4, np.inf))  # orders so far: one-time, some, many
_LIMIT = 100_000  # orders nobody makes: where the loops end whatever the parameters
_CHUNK = 10_000


@dataclass(frozen=True, eq=False)
class Levels:
    """Nominal level that covers as promised, by group of orders so far; `table` says how that was measured."""

    levels: tuple[float, ...]
    table: pd.DataFrame

    def of(self, frequency: np.ndarray) -> np.ndarray:
        """The level of each customer."""
        answer = np.empty(len(frequency))
        for (low, high), level in zip(_GROUPS, self.levels, strict=True):
            answer[(frequency >= low) & (frequency <= high)] = level
        return answer


def calibrate(trial: Trial | None, frequency: np.ndarray, target: float, seed: int) -> Levels:
    """Split conformal: half the hold-out's customers say which level reaches `target`, the other half measure it.

    A customer needs the level at which the central interval just reaches what they did. Levels are only ever raised: with counts
    that are mostly zero an interval covers more than it says, and narrowing it would take from those who do order.
    Source: Vovk, Gammerman & Shafer (2005); Lei et al., JASA 113 (2018).
    """
    names = ("0", "1–3", "4+")
    empty = pd.DataFrame(
        {
            "orders": [*names, "all"],
            "customers": 0,
            "level": target,
            "nominal_coverage": np.nan,
            "coverage": np.nan,
        }
    )
    if trial is None:
        return Levels((target,) * 3, empty)
    need = np.maximum(1 - 2 * trial.high, 2 * trial.low - 1)
    half = np.random.default_rng(seed).random(len(need)) < 0.5
    levels, rows, reached = [], [], np.zeros(len(need), dtype=bool)
    for (low, high), name in zip(_GROUPS, names, strict=True):
        inside = (frequency >= low) & (frequency <= high)
        learn, check = np.sort(need[inside & half]), need[inside & ~half]
        rank = int(np.ceil(target * (len(learn) + 1)))
        level = (
            float(np.clip(learn[rank - 1], target, 0.999))
            if len(learn) >= 20 and rank <= len(learn)
            else target
        )
        levels.append(level)
        reached |= inside & (need <= level)
        rows.append(
            (name, int(inside.sum()), level, _share(check <= target), _share(check <= level))
        )
    rows.append(("all", len(need), np.nan, _share(need[~half] <= target), _share(reached[~half])))
    return Levels(tuple(levels), pd.DataFrame(rows, columns=list(empty.columns)))


def _share(claims: np.ndarray) -> float:
    return float(claims.mean()) if len(claims) else float("nan")


def _tails(
    model: PurchaseModel, rows: Rows, t: float, floor: np.ndarray | float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For n = 1, 2, …: the rows whose P(N ≥ n) is above `floor`, and it."""
    tails: list[tuple[np.ndarray, np.ndarray]] = []
    alive = model._alive(rows)
    going = np.arange(len(rows))
    floor = np.broadcast_to(floor, len(rows))
    for n in range(1, _LIMIT):
        part = Rows(
            rows.x[going], rows.t_x[going], rows.T[going], rows.weight[going], np.arange(len(going))
        )
        tail = alive[going] * model._at_least(part, n, np.full(len(going), t))
        above = tail > floor[going]
        going = going[above]
        if not len(going):
            break
        tails.append((going, tail[above]))
    return tails


def order_quantiles(
    model: PurchaseModel, t: float, levels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Central interval of the number of orders in the next t, of each customer, at each one's level; exact by the model."""
    rows = model.rows
    level = np.zeros(len(rows))
    level[rows.position] = levels
    low, high = np.zeros(len(rows)), np.zeros(len(rows))
    for going, tail in _tails(model, rows, t, (1 - level) / 2):
        high[going] += 1
        low[going] += tail > (1 + level[going]) / 2
    return low[rows.position], high[rows.position]


def draw_money(
    model: PurchaseModel, spend: GammaGamma, t: float, levels: np.ndarray, *, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Central interval and variance of the money of the next t's orders, by customer.

    Orders: the model's distribution at evenly spaced chances. Money of n orders: p n over the customer's own gamma, whose scale is
    drawn from what their orders say of it (a beta prime). Worked through in chunks: memory does not grow with the customers.
    """
    rng = np.random.default_rng(seed)
    rows = model.rows
    p, q, gamma = spend.parameters.values()
    grid = (np.arange(draws) + 0.5) / draws
    low, high, variance = (np.zeros(len(rows.position)) for _ in range(3))
    order = np.argsort(rows.position, kind="stable")
    for begin in range(0, len(order), _CHUNK):
        who = order[begin : begin + _CHUNK]
        which, where = np.unique(rows.position[who], return_inverse=True)
        part = Rows(
            rows.x[which], rows.t_x[which], rows.T[which], rows.weight[which], np.arange(len(which))
        )
        counts = np.zeros((len(which), draws), dtype=np.int32)
        for going, tail in _tails(model, part, t, 0.5 / draws):
            counts[going] += grid < tail[:, None]
        mine = counts[where]
        ordering = mine > 0
        shape = q + p * spend.frequency[who]
        scale = gamma + np.maximum(np.nan_to_num(spend.monetary[who]), 0) * spend.frequency[who]
        customer = np.nonzero(ordering)[0]
        money = np.zeros(mine.shape)
        money[ordering] = (
            scale[customer]
            * rng.standard_gamma(p * mine[ordering])
            / rng.standard_gamma(shape[customer])
        )
        money.sort(axis=1)
        variance[who] = money.var(axis=1)
        ends = levels[who]
        each = np.arange(len(who))
        low[who] = money[each, np.clip(np.floor((1 - ends) / 2 * draws), 0, draws - 1).astype(int)]
        high[who] = money[
            each, np.clip(np.ceil((1 + ends) / 2 * draws) - 1, 0, draws - 1).astype(int)
        ]
    return low, high, variance


def parameter_spread(model: PurchaseModel, t: float, worth: np.ndarray) -> float:
    """Standard error, from not knowing the parameters, of the total of `worth` × expected orders of each customer."""
    known = np.isfinite(np.diag(model.covariance))  # what the data do not bound is held where it is
    if model.name == "lookalike" or not known.any():
        return 0.0
    slopes = []
    names = list(model.parameters)
    total = np.bincount(model.rows.position, weights=worth, minlength=len(model.rows))
    each = Rows(
        model.rows.x, model.rows.t_x, model.rows.T, model.rows.weight, np.arange(len(model.rows))
    )
    for name in names:
        sides = []
        for step in (-1e-3, 1e-3):
            moved = replace(
                model,
                parameters={**model.parameters, name: model.parameters[name] * float(np.exp(step))},
            )
            sides.append(float(total @ moved._expected(each, np.full(len(each), t))))
        slopes.append((sides[1] - sides[0]) / 2e-3)
    gradient = np.array(slopes)[known]
    return float(np.sqrt(max(gradient @ model.covariance[np.ix_(known, known)] @ gradient, 0.0)))
