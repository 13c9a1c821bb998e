"""Methods beside the exact optimum: what each reached, how short that is, and what it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.jobs import Progress
from crm_analysis.messages import Message

_ROUNDING = 1e-9  # of the bound: sums in another order differ by so much


@dataclass(frozen=True)
class Run:
    """What a method reached once: the value, the candidates it tried, its CPU seconds."""

    value: float
    evaluations: int
    cpu: float


def timed(search: Callable[[], tuple[float, int]]) -> Run:
    """One run of a search that gives its value and how many candidates it tried."""
    began = time.process_time()
    value, evaluations = search()
    return Run(value, evaluations, time.process_time() - began)


def part_of(progress: Progress, number: int, count: int) -> Progress:
    """Progress of one of so many searches, as progress of all."""
    return lambda share, step: progress((number + share) / count, step)


def table_of(runs: Mapping[str, Sequence[Run]], bound: float) -> pd.DataFrame:
    """A row a method.

    Parameters
    ----------
    runs
        By method, a run a seed; values to be as large as can be, in one unit.
    bound
        What no method can pass, in the same unit.

    Returns
    -------
    pandas.DataFrame
        - `method` : its name
        - `value` : the mean over seeds
        - `gap` : how far that is below the bound, as a share of it
        - `evaluations` : candidates tried in a run
        - `cpu` : seconds of a run
        - `spread` : the highest value less the lowest, over seeds; NaN of a single run
        - `runs` : seeds

    Raises
    ------
    RuntimeError
        A value above the bound: one of the two is wrong.

    Examples
    --------
    >>> runs = {"exact": [Run(220.0, 1, 0.01)], "ga": [Run(160.0, 900, 0.5), Run(180.0, 900, 0.5)]}
    >>> table_of(runs, 220.0)[["method", "value", "gap", "spread"]].round(3)
      method  value    gap  spread
    0  exact  220.0  0.000     NaN
    1     ga  170.0  0.227    20.0
    """
    rows = []
    for method, made in runs.items():
        values = np.array([run.value for run in made])
        if values.max() > bound + _ROUNDING * max(abs(bound), 1.0):
            raise RuntimeError(
                f"{method} gives {values.max()}, above the bound of {bound}"
            )
        value = float(values.mean())
        rows.append(
            {
                "method": method,
                "value": value,
                "gap": max(0.0, bound - value) / abs(bound) if bound else 0.0,
                "evaluations": round(np.mean([run.evaluations for run in made])),
                "cpu": float(np.mean([run.cpu for run in made])),
                "spread": float(np.ptp(values)) if len(made) > 1 else np.nan,
                "runs": len(made),
            }
        )
    return pd.DataFrame(rows)


def say_methods(methods: pd.DataFrame) -> tuple[Message, ...]:
    """A sentence a row: what a method is short of, and after how many seconds.

    >>> methods = table_of({"ga": [Run(72.0, 900, 0.5)]}, 100.0)
    >>> print(say_methods(methods)[0].sentence())
    The genetic algorithm is 28.0% short after 0.50 s.
    """
    return tuple(
        Message(
            _sentence(row.method, row.gap),
            {"method": row.method, "gap": row.gap, "seconds": row.cpu},
        )
        for row in methods.itertuples()
    )


def _sentence(method: str, gap: float) -> str:
    if method == "exact":
        return "strategy.methods.exact"
    if np.isnan(gap):
        return "strategy.methods.outside"
    close = gap < 0.0005
    return "strategy.methods.close" if close else "strategy.methods.short"
