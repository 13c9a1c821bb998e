"""Made-up tables of customers whose chance of churning is known, from straight to intricate.

Each function gives the table (`customer`, features, `churned`) and every row's chance: no model's
log-loss can be expected to be below that of the chance itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

Made = tuple[pd.DataFrame, np.ndarray]


def linear(count: int, seed: int) -> Made:
    """Twelve numbers and three categories that act straight and each by itself."""
    rng = np.random.default_rng(seed)
    table = _numbers(rng, count, 12)
    weights = np.random.default_rng(1).normal(0, 0.5, 12)
    odds = -1.3 + table.to_numpy() @ weights
    for name, effects in (("plan", (0.8, 0.0, -0.8)), ("town", (0.3, -0.3))):
        level = rng.integers(0, len(effects), count)
        table[name] = [f"{name} {position}" for position in level]
        odds += np.array(effects)[level]
    return _drawn(rng, table, odds)


def interactions(count: int, seed: int) -> Made:
    """Three features of ten count, and only together."""
    rng = np.random.default_rng(seed)
    table = _numbers(rng, count, 10)
    first, second, third = (
        np.sign(table[f"number {number}"]) for number in range(3)
    )
    return _drawn(rng, table, -0.6 + 2.2 * (first * second * third).to_numpy())


def sparse(count: int, seed: int) -> Made:
    """Forty features, of which five count, not all of them straight."""
    rng = np.random.default_rng(seed)
    table = _numbers(rng, count, 40)
    one, two, three, four, five = (table[f"number {number}"] for number in range(5))
    odds = -1.2 + 0.9 * one - 0.8 * two + 1.2 * (three > 0.5) + 0.8 * four * five
    return _drawn(rng, table, odds.to_numpy())


def intricate(count: int, seed: int) -> Made:
    """Nearly certain, by many interactions, with gaps and a tenth of rows that stand there twice.

    A sum of steps in random directions: what a shop writes down of who complains, pays and orders.
    """
    rng = np.random.default_rng(seed)
    features = 16
    values = rng.normal(size=(count, features))
    truth = np.random.default_rng(7)
    odds = np.full(count, -1.6)
    for _ in range(40):
        among = truth.choice(features, 3, replace=False)
        cuts = truth.normal(0, 0.7, 3)
        sign = np.prod(np.where(values[:, among] > cuts, 1.0, -1.0), axis=1)
        odds += truth.normal(0, 0.7) * sign
    odds = 4.0 * odds
    table = pd.DataFrame(values.round(2)).add_prefix("number ")
    for number in range(6):
        table[f"number {number}"] = (
            pd.cut(table[f"number {number}"], 6, labels=False) + 0.0
        )
    for number in range(4, 9):
        table[f"number {number}"] = table[f"number {number}"].mask(
            rng.random(count) < 0.05
        )
    table, chance = _drawn(rng, table, odds)
    twice = rng.random(count) < 0.1
    both = pd.concat([table, table[twice]], ignore_index=True)
    both["customer"] = np.arange(len(both)).astype(str)
    return both, np.append(chance, chance[twice])


MADE: dict[str, Callable[[int, int], Made]] = {
    "linear": linear,
    "interactions": interactions,
    "sparse": sparse,
    "intricate": intricate,
}


def _numbers(rng: np.random.Generator, count: int, columns: int) -> pd.DataFrame:
    values = rng.normal(size=(count, columns))
    return pd.DataFrame(values).add_prefix("number ")


def _drawn(rng: np.random.Generator, table: pd.DataFrame, odds: np.ndarray) -> Made:
    chance = 1 / (1 + np.exp(-odds))
    churned = rng.random(len(table)) < chance
    customer = np.arange(len(table)).astype(str)
    return table.assign(customer=customer, churned=churned), chance
