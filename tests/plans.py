"""Cases of plans whose best answer is known: by hand, by trying everything, or made large."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from crm_analysis.analyses.allocation import Limit, Problem

BY_HAND = pd.DataFrame(
    {
        "customer": list("abc"),
        "action": "call",
        "profit": [60.0, 100.0, 120.0],
        "cost": [10.0, 20.0, 30.0],
    }
)


def best_by_trying(problem: Problem) -> float | None:
    """The best profit of all plans there are; None where none holds the limits."""
    ways: list[list[int]] = [
        [-1, *np.flatnonzero(problem.customer == customer)]
        for customer in np.unique(problem.customer)
    ]
    best = None
    for way in product(*ways):
        chosen = np.zeros(problem.size, dtype=bool)
        chosen[[option for option in way if option >= 0]] = True
        if problem.fits(chosen):
            profit = problem.earned(chosen)
            best = profit if best is None else max(best, profit)
    return best


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to ten customers with one or two options each, under up to four limits of all kinds."""
    sizes = draw(st.lists(st.integers(1, 2), min_size=1, max_size=10))
    customer = np.repeat(np.arange(len(sizes)), sizes)
    count = len(customer)

    def numbers(low: float, high: float) -> np.ndarray:
        whole = st.integers(int(low), int(high)).map(float)
        cents = st.integers(int(low * 100), int(high * 100)).map(lambda n: n / 100)
        kind = draw(st.sampled_from([whole, cents]))
        return np.array(draw(st.lists(kind, min_size=count, max_size=count)))

    def rows() -> np.ndarray:
        flags = draw(st.lists(st.booleans(), min_size=count, max_size=count))
        return np.flatnonzero(flags)

    limits = []
    if draw(st.booleans()):
        limits.append(Limit("budget", draw(st.integers(0, 120)), numbers(0, 40)))
    if draw(st.booleans()):
        limits.append(Limit("calls", draw(st.integers(0, 5)), 1.0, rows()))
    if draw(st.booleans()):
        limits.append(Limit("fair", 0.0, numbers(-3, 3)))
    if draw(st.booleans()):
        least = draw(st.integers(0, 4))
        limits.append(Limit("least", least, 1.0, rows(), at_least=True))
    return Problem(customer, numbers(-30, 100), tuple(limits))


def many(
    customers: int, limits: int = 1, seed: int = 0, share: float = 0.1
) -> Problem:
    """A made campaign of three offers; a budget, two capacities and a minimum of a segment."""
    rng = np.random.default_rng(seed)
    value = rng.gamma(1.2, 100, customers)
    cost, profit = np.empty((customers, 3)), np.empty((customers, 3))
    for offer in range(3):
        cost[:, offer] = (1 + 3 * offer) * (1 + rng.random(customers) / 2)
        won = rng.beta(2, 30, customers) * (1 + 0.6 * offer)
        profit[:, offer] = value * won - cost[:, offer]
    segment = np.repeat(rng.integers(0, 5, customers), 3)
    every = np.arange(3 * customers)
    inside = np.flatnonzero(segment == 4)
    limits_there = (
        Limit("budget", share * customers * 3, cost.ravel()),
        Limit("visits", 0.01 * customers, 1.0, every[2::3]),
        Limit("calls", 0.02 * customers, 1.0, every[1::3]),
        Limit("segment", 0.1 * customers, 1.0, inside, at_least=True),
    )
    return Problem(
        np.repeat(np.arange(customers), 3), profit.ravel(), limits_there[:limits]
    )


def options_of(problem: Problem) -> pd.DataFrame:
    """The options of a made campaign as a table: customer, action, profit, cost."""
    offers = np.array(["mail", "call", "visit"], dtype=object)
    return pd.DataFrame(
        {
            "customer": problem.customer,
            "action": offers[np.arange(problem.size) % 3],
            "profit": problem.profit,
            "cost": problem.limits[0].use,
        }
    )
