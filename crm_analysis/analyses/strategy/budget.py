"""How to share a budget among channels or segments whose returns diminish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.comparison import (
    Run,
    part_of,
    say_methods,
    table_of,
    timed,
)
from crm_analysis.analyses.strategy.evolution import EvolveOptions, evolve
from crm_analysis.analyses.strategy.figures import (
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.analyses.strategy.water_filling import (
    ResponseCurves,
    fill,
    onto_budget,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob

SearchName = Literal["ga", "pso", "dirichlet"]


@dataclass(frozen=True, kw_only=True)
class AllocateOptions(Options):
    """How much there is, and how it is shared.

    - `total`: the budget, in money; it is spent as far as that brings something.
    - `method`: "exact" by the conditions of optimality; "ga", "pso" and "dirichlet" search.
    - `beside`: methods to run beside it, for the table of methods.
    - `evaluations`, `population`: of each search; `seeds`: so often it runs, from `seed` on.
    """

    total: float = knob(1000.0, low=0.0, high=1e12)
    method: Literal["exact", "ga", "pso", "dirichlet"] = "exact"
    beside: tuple[SearchName, ...] = ()
    evaluations: int = knob(5_000, low=100, high=1_000_000, advanced=True)
    population: int = knob(50, low=4, high=2_000, advanced=True)
    seeds: int = knob(3, low=1, high=50, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class BudgetShares:
    """What each channel gets.

    - `shares`: a row a channel, in the order given.
        - `channel` : its name (`segment`, where these were given)
        - `spend` : money
        - `share` : of what is spent
        - `gain` : what that brings, in the unit of `a`
        - `marginal` : what one more unit of money would bring there
    - `methods`: a row a method: the exact one, the one asked for, those beside.
        - `method` : its name
        - `value` : total gain, the mean over seeds
        - `gap` : how far that is below the optimum, as a share of it
        - `evaluations` : candidates tried in a run; `cpu` : seconds of a run
        - `spread` : the highest value less the lowest, over seeds; NaN of a single run
        - `runs` : seeds
    - `price`: what one more unit of budget brings, at the optimum; 0 where every channel is full.
    - `notes`: what to say of it, a sentence a method among it.
    """

    shares: pd.DataFrame
    methods: pd.DataFrame
    price: float
    notes: tuple[Message, ...]
    options: AllocateOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        gain, bound (the optimum), gap (a share of it), spent (money), price (gain of one more unit
        of money).
        """
        gain = float(self.shares["gain"].sum())
        bound = float(self.methods["value"].iloc[0])
        return {
            "gain": gain,
            "bound": bound,
            "gap": max(0.0, bound - gain) / bound if bound else 0.0,
            "spent": float(self.shares["spend"].sum()),
            "price": self.price,
        }


def allocate_budget(
    channels: pd.DataFrame,
    options: AllocateOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> BudgetShares:
    """The shares of a budget that bring most, where each channel brings a · (1 − exp(−b · spend)).

    At the optimum every channel that gets something, and is not full, brings the same with its
    last unit of money: a · b · exp(−b · spend) is the price of the budget (Karush-Kuhn-Tucker).
    That price is computed, not searched for; searches stand beside it.

    Parameters
    ----------
    channels
        A row a channel: `channel` (or `segment`), `a` (the most it can bring, in money), `b` (how
        soon returns diminish, per unit of money); where known `least` and `most` (money).
    options
        The budget, the method, and which to run beside.
    progress
        Told the share done of each search; raises Cancelled where it is to stop.

    Returns
    -------
    BudgetShares
        `.shares`, `.methods`; summary() gain, bound, gap, spent, price.

    Raises
    ------
    AnalysisError
        "data.missing_role" without names; "strategy.shares.no_column" without a or b;
        "strategy.shares.no_channels", "strategy.shares.repeated", "strategy.shares.not_numbers",
        "strategy.shares.negative", "strategy.shares.crossed" where the table cannot be shared by;
        "strategy.shares.too_little" where the least spends together pass the budget.
    RuntimeError
        A search came out above the optimum, which is a bug.

    Examples
    --------
    >>> channels = pd.DataFrame({"channel": ["x", "y"], "a": [100.0, 100.0], "b": [0.01, 0.01]})
    >>> shares = allocate_budget(channels, AllocateOptions(total=200))
    >>> shares.shares["spend"].tolist(), round(shares.summary()["gain"], 3), round(shares.price, 5)
    ([100.0, 100.0], 126.424, 0.36788)
    """
    options = options or AllocateOptions()
    name, curves = _curves(channels, options.total)
    exact: list[tuple[np.ndarray, float]] = []

    def solve() -> tuple[float, int]:
        exact.append(fill(curves, options.total))
        return curves.gain(exact[0][0]), 1

    runs: dict[str, list[Run]] = {"exact": [timed(solve)]}
    spend, price = exact[0]
    asked = dict.fromkeys((options.method, *options.beside))
    searches = [method for method in asked if method != "exact"]
    for number, method in enumerate(searches):
        made, plans = _search(
            curves, options, method, part_of(progress, number, len(searches))
        )
        runs[method] = made
        if method == options.method:
            spend = plans
    methods = table_of(runs, runs["exact"][0].value)
    spent = spend.sum()
    shares = pd.DataFrame(
        {
            name: channels[name].to_numpy(),
            "spend": spend,
            "share": spend / spent if spent else 0.0,
            "gain": curves.each(spend),
            "marginal": curves.marginal(spend),
        }
    )
    notes = (*_remarks(curves, spend, options), *say_methods(methods))
    return BudgetShares(shares, methods, price, notes, options)


def _search(
    curves: ResponseCurves,
    options: AllocateOptions,
    method: SearchName,
    progress: Progress,
) -> tuple[list[Run], np.ndarray]:
    """A run a seed, and the spends of the first."""
    total = min(options.total, float(curves.most.sum()))
    low, high = np.zeros(len(curves.a)), np.full(len(curves.a), total)
    runs, plans = [], []
    for run in range(options.seeds):

        def search(run: int = run) -> tuple[float, int]:
            settings = EvolveOptions(
                method=method,
                population=options.population,
                evaluations=options.evaluations,
                seed=options.seed + run,
            )
            optimum = evolve(
                lambda spends: -curves.each(spends).sum(axis=1),
                low,
                high,
                settings,
                project=lambda spends: onto_budget(curves, spends, total),
                progress=part_of(progress, run, options.seeds),
            )
            plans.append(optimum.solutions[0])
            return curves.gain(plans[-1]), options.evaluations

        runs.append(timed(search))
    return runs, plans[0]


def _curves(channels: pd.DataFrame, total: float) -> tuple[str, ResponseCurves]:
    """The column of names, and the curves; AnalysisError where there are none."""
    check_table(channels)
    name = next((word for word in ("channel", "segment") if word in channels), None)
    if name is None:
        raise AnalysisError("data.missing_role", role="channel")
    if channels.empty:
        raise AnalysisError("strategy.shares.no_channels")
    check_names(channels, name)
    names = channels[name]
    if names.isna().any() or names.duplicated().any():
        raise AnalysisError("strategy.shares.repeated")
    a, b = (_numbers(channels, column) for column in ("a", "b"))
    least = _numbers(channels, "least", 0.0)
    most = np.minimum(_numbers(channels, "most", np.inf), least + 2 * total + 1)
    crossed = names[least > most].astype(str).tolist()
    if crossed:
        raise AnalysisError("strategy.shares.crossed", names=crossed)
    if least.sum() > total * (1 + 1e-12):
        raise AnalysisError(
            "strategy.shares.too_little", least=float(least.sum()), total=total
        )
    return name, ResponseCurves(a, b, least, most)


def _numbers(
    channels: pd.DataFrame, column: str, missing: float | None = None
) -> np.ndarray:
    """A column as numbers from 0 on; where it may be missing, so may single figures."""
    if column not in channels:
        if missing is None:
            raise AnalysisError("strategy.shares.no_column", column=column)
        return np.full(len(channels), missing)
    values = figures_of(channels[column])
    if missing is not None:
        values = np.where(np.isnan(values), missing, values)
    elif not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise AnalysisError(
            "strategy.shares.not_numbers", column=column, count=count
        )
    if (values < 0).any():
        raise AnalysisError("strategy.shares.negative", column=column)
    return values


def _remarks(
    curves: ResponseCurves, spend: np.ndarray, options: AllocateOptions
) -> list[Message]:
    notes = []
    if not (curves.a * curves.b > 0).any():
        notes.append(Message("strategy.shares.note.nothing_pays", {}))
    left = options.total - float(spend.sum())
    if left > 1e-9 * options.total and not notes:
        notes.append(Message("strategy.shares.note.all_full", {"left": left}))
    return notes
