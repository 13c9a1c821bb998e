"""Functions whose fronts are known, and pymoo's search of them as a peer.

ZDT: Zitzler, Deb & Thiele, Evolutionary Computation 8 (2000). DTLZ2: Deb, Thiele, Laumanns &
Zitzler (2002).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from crm_analysis import EvolveOptions, evolve
from crm_analysis.analyses.strategy.evolution import hypervolume

EVALUATIONS = 25_000
SEEDS = (0, 1, 2)
POPULATION = 100


class Problem(NamedTuple):
    """A function to minimise, its box, how many objectives, and the hypervolumes to be reached."""

    function: Callable[[np.ndarray], np.ndarray]
    low: np.ndarray
    high: np.ndarray
    objectives: int
    marks: dict[str, float]


class Search(NamedTuple):
    """The hypervolume a search reached, below 1.1 of each objective, and its CPU seconds."""

    hypervolume: float
    cpu: float


def _unit(variables: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(variables), np.ones(variables)


def _zdt(
    x: np.ndarray, shape: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    g = 1 + 9 * x[:, 1:].mean(axis=1)
    return np.column_stack([x[:, 0], g * shape(x[:, 0], g)])


def zdt1(x: np.ndarray) -> np.ndarray:
    return _zdt(x, lambda f, g: 1 - np.sqrt(f / g))


def zdt2(x: np.ndarray) -> np.ndarray:
    return _zdt(x, lambda f, g: 1 - (f / g) ** 2)


def zdt3(x: np.ndarray) -> np.ndarray:
    return _zdt(x, lambda f, g: 1 - np.sqrt(f / g) - f / g * np.sin(10 * np.pi * f))


def zdt4(x: np.ndarray) -> np.ndarray:
    rest = x[:, 1:]
    waves = (rest**2 - 10 * np.cos(4 * np.pi * rest)).sum(axis=1)
    g = 1 + 10 * rest.shape[1] + waves
    return np.column_stack([x[:, 0], g * (1 - np.sqrt(x[:, 0] / g))])


def zdt6(x: np.ndarray) -> np.ndarray:
    f = 1 - np.exp(-4 * x[:, 0]) * np.sin(6 * np.pi * x[:, 0]) ** 6
    g = 1 + 9 * x[:, 1:].mean(axis=1) ** 0.25
    return np.column_stack([f, g * (1 - (f / g) ** 2)])


def dtlz2(x: np.ndarray) -> np.ndarray:
    far = 1 + ((x[:, 2:] - 0.5) ** 2).sum(axis=1, keepdims=True)
    first, second = x[:, 0] * np.pi / 2, x[:, 1] * np.pi / 2
    across = np.cos(first)
    return far * np.column_stack(
        [across * np.cos(second), across * np.sin(second), np.sin(first)]
    )


_AROUND = (np.r_[0.0, np.full(9, -5.0)], np.r_[1.0, np.full(9, 5.0)])
PROBLEMS = {
    "ZDT1": Problem(zdt1, *_unit(30), 2, {"nsga2": 0.868, "spea2": 0.868}),
    "ZDT2": Problem(zdt2, *_unit(30), 2, {"nsga2": 0.535, "spea2": 0.535}),
    "ZDT3": Problem(zdt3, *_unit(30), 2, {"nsga2": 1.326, "spea2": 1.326}),
    "ZDT4": Problem(zdt4, *_AROUND, 2, {"nsga2": 0.863, "spea2": 0.863}),
    "ZDT6": Problem(zdt6, *_unit(10), 2, {"nsga2": 0.490, "spea2": 0.490}),
    "DTLZ2": Problem(dtlz2, *_unit(12), 3, {"nsga2": 0.70, "spea2": 0.73}),
}


def ours(problem: Problem, method: str, seed: int) -> Search:
    """What `evolve` reaches."""
    options = EvolveOptions(
        method=method, population=POPULATION, evaluations=EVALUATIONS, seed=seed
    )
    began = time.process_time()
    result = evolve(problem.function, problem.low, problem.high, options)
    return Search(_covered(result.objectives), time.process_time() - began)


def of_pymoo(problem: Problem, method: str, seed: int) -> Search:
    """What pymoo reaches with its own settings."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.algorithms.moo.spea2 import SPEA2
    from pymoo.core.problem import Problem as OfPymoo
    from pymoo.optimize import minimize

    class Asked(OfPymoo):
        def _evaluate(
            self, x: np.ndarray, out: dict, *_: object, **__: object
        ) -> None:
            out["F"] = problem.function(x)

    asked = Asked(
        n_var=len(problem.low),
        n_obj=problem.objectives,
        xl=problem.low,
        xu=problem.high,
    )
    way = {"nsga2": NSGA2, "spea2": SPEA2}[method](pop_size=POPULATION)
    began = time.process_time()
    result = minimize(asked, way, ("n_eval", EVALUATIONS), seed=seed)
    return Search(_covered(result.F), time.process_time() - began)


def _covered(objectives: np.ndarray) -> float:
    return hypervolume(objectives, np.full(objectives.shape[1], 1.1))


# What pymoo 0.6.2 covers with seeds 0, 1 and 2 (python -m benchmarks strategy runs them all again).
OF_PYMOO = {
    ("ZDT1", "nsga2"): (0.8698, 0.8697, 0.8699),
    ("ZDT1", "spea2"): (0.8706, 0.8705, 0.8703),
    ("ZDT2", "nsga2"): (0.5366, 0.5363, 0.5364),
    ("ZDT2", "spea2"): (0.5369, 0.5370, 0.5365),
    ("ZDT3", "nsga2"): (1.3275, 1.3277, 1.3273),
    ("ZDT3", "spea2"): (1.3276, 1.3278, 1.3280),
    ("ZDT4", "nsga2"): (0.8689, 0.8647, 0.8684),
    ("ZDT4", "spea2"): (0.8684, 0.8638, 0.8654),
    ("ZDT6", "nsga2"): (0.4958, 0.4945, 0.4932),
    ("ZDT6", "spea2"): (0.4951, 0.4927, 0.4947),
    ("DTLZ2", "nsga2"): (0.7065, 0.7112, 0.7068),
    ("DTLZ2", "spea2"): (0.7345, 0.7348, 0.7393),
}
