"""What a plan will really bring: chosen by one half of what is known, valued by the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.allocation import Problem, allocate
from crm_analysis.analyses.strategy.bootstrap import draw_misses
from crm_analysis.analyses.strategy.figures import check_figures, figures_of
from crm_analysis.analyses.strategy.misses import MOST, Estimates, of_all
from crm_analysis.analyses.strategy.plan import Plan
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob, share

_ASSUMED = "assumed"


@dataclass(frozen=True, kw_only=True)
class HonestyOptions(Options):
    """How a promise is checked.

    - `draws`: of the effects, for the interval.
    - `splits`: into two halves, where the table has no halves of a campaign.
    - `coverage`: of the interval.
    """

    draws: int = knob(200, low=20, high=10_000)
    splits: int = knob(4, low=1, high=100, advanced=True)
    coverage: float = share(0.9, low=0.5, high=0.99)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Honesty:
    """What a plan promises, and what is to be expected of it.

    - `draws`: the profit of each draw, in money; empty where errors are unknown.
    - `sources`: a row a source of effects: `source` ("measured", "assumed", "unknown"), `contacted`
      customers, `profit` of them, in money, `share` of all profit promised.
    - `tests`: a row an action whose effect is not measured: what a test has to find.
        - `action`, `source` : name; "assumed" or "unknown"
        - `customers` : who could get it
        - `baseline` : the share of them expected to leave; NaN where not known
        - `effect` : the smallest change that pays, as `plan_test` takes it; NaN where not known
    - `notes`: what to say of it.
    """

    draws: np.ndarray
    sources: pd.DataFrame
    tests: pd.DataFrame
    promised: float | None
    expected: float | None
    options: HonestyOptions
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers, in money.

        promised (by the plan), expected (cross-fit) with lo and hi, ratio (promised to expected),
        chance_of_loss, assumed (the share of the promise that rests on assumptions). None where
        errors are unknown.
        """
        names = ("lo", "hi", "ratio", "chance_of_loss")
        facts: dict[str, float | None] = dict.fromkeys(names)
        if self.expected is not None and self.promised is not None:
            tail = (1 - self.options.coverage) / 2
            low, high = np.quantile(self.draws, [tail, 1 - tail])
            positive = self.expected > 0
            facts = {
                "lo": float(low),
                "hi": float(high),
                "ratio": self.promised / self.expected if positive else None,
                "chance_of_loss": float((self.draws < 0).mean()),
            }
        assumed = self.sources.loc[self.sources["source"] == _ASSUMED, "share"]
        return {
            "promised": self.promised,
            "expected": self.expected,
            **facts,
            "assumed": float(assumed.sum()),
        }


def judge_plan(
    plan: Plan,
    options: HonestyOptions | None = None,
    progress: Progress = no_progress,
) -> Honesty:
    """What is to be expected of a plan that was chosen by uncertain effects.

    Who is chosen for a high estimate has been lucky, on average, so that a plan promises too much.
    So plans are chosen by one half of what is known and valued by the other, both ways: by the two
    halves of a campaign's customers where the table has them (profit_a, profit_b), else by two
    halves made of each estimate and its error, as if its sample had been parted. A plan by half is
    a little worse than one by all: how much, plans by four fifths valued by the last fifth tell,
    and that is given back. For the interval all of it is done again to estimates drawn around those
    there are, one error for all options of a cell, at the prices of the plan's limits: by how much
    it then misses what its plan brings is how far the truth may lie from what is expected. Of more
    than about 22,000 options a sample is drawn of customers whose errors are shared by many, each
    of whom counts as many times as it stands for; a note says so.

    Parameters
    ----------
    plan : Plan
        Made of a table with error (standard error of the profit, in money), and cell where options
        share one; source.
    options : HonestyOptions, optional
        Draws, splits, coverage.
    progress : callable, optional
        Told how far it is.

    Returns
    -------
    Honesty
        summary() promised, expected, lo, hi, chance_of_loss; `.sources`, `.tests`.

    References
    ----------
    Smith and Winkler (2006), Management Science 52, 311-322, on the optimizer's curse;
    Chernozhukov et al. (2018), The Econometrics Journal 21, C1-C68, on cross-fitting; Leiner, Duan,
    Wasserman and Ramdas (2023), Journal of the American Statistical Association, on parting one
    estimate in two.

    Examples
    --------
    >>> from crm_analysis import plan_actions
    >>> options_table = pd.DataFrame({"customer": range(200), "action": "call", "cost": 1.0,
    ...     "profit": np.random.default_rng(0).normal(0, 10, 200), "error": 10.0})
    >>> facts = judge_plan(plan_actions(options_table)).summary()
    >>> facts["promised"] > 700, abs(facts["expected"]) < 200
    (True, True)

    Notes
    -----
    Of 100 made plans each, by errors of 0.3, 0.6 and 1.0 of the spread of true profits, the
    interval of 90 % held what the plan really brought in

    - 91, 86 and 91 where each option errs on its own
    - 92, 94 and 92 where options of an action and segment err together
    - 90, 89 and 90 where they do, and halves of the campaign are known

    and promised profit was 1.05, 1.18 and 1.46 times the true one, expected 1.00, 0.99 and 0.98.
    """
    options = options or HonestyOptions()
    considered, rows = plan.considered, plan.rows
    check_figures(considered.given, "error", "profit_a", "profit_b")
    table = considered.part(rows)
    sources, tests = _sources(plan), _tests(table)
    notes = []
    if len(tests):
        details = {"actions": tests["action"].tolist()}
        notes.append(Message("strategy.note.test_needed", details))
    if not considered.promises_profit:
        return Honesty(
            np.zeros(0), sources, tests, None, None, options, tuple(notes)
        )
    promised = plan.allocation.profit
    error = np.abs(considered.number("error")[rows])
    halves = _halves(table)
    if not error.any() and halves is None:
        notes.append(Message("strategy.note.no_error", {}))
        return Honesty(
            np.zeros(0), sources, tests, promised, None, options, tuple(notes)
        )
    rng = np.random.default_rng(options.seed)
    cell = _cells(table)
    values = []
    splits = options.splits if halves is None or error[~halves[2]].any() else 1
    for split in range(splits):
        progress(split / splits, "strategy.step.cross_fit")
        noise = error * rng.standard_normal(int(cell.max(initial=-1)) + 1)[cell]
        if halves is None:
            by_half = _parted(plan.problem, noise, 1.0)
            by_most = _parted(plan.problem, noise, MOST)
            values.append(of_all(by_half, by_most))
            continue
        first, second = plan.problem.profit + noise, plan.problem.profit - noise
        first = np.where(halves[2], halves[0], first)
        second = np.where(halves[2], halves[1], second)
        values.append(_both_ways(plan.problem, (first, second), (second, first)))
    # To do nothing brings nothing, whatever the effects are.
    expected, draws = 0.0, np.zeros(options.draws)
    if plan.allocation.chosen.any():
        expected = float(np.mean(values))
        drawn = draw_misses(
            Estimates(plan.problem, plan.allocation.priced.own, error, cell),
            options.draws,
            len(values),
            rng,
            by_halves=halves is not None,
            progress=progress,
        )
        draws = expected - drawn.draws
        notes.extend([drawn.note] if drawn.note else [])
    return Honesty(draws, sources, tests, promised, expected, options, tuple(notes))


def _parted(problem: Problem, noise: np.ndarray, variance: float) -> float:
    """What plans by one part of the estimates are worth by the other, independent one.

    Choosing errs by so much more variance than all estimates do: 1 is by half of what is known.
    """
    more, less = np.sqrt(variance) * noise, noise / np.sqrt(variance)
    profit = problem.profit
    return _both_ways(
        problem, (profit + more, profit - less), (profit - more, profit + less)
    )


def _both_ways(
    problem: Problem,
    one: tuple[np.ndarray, np.ndarray],
    other: tuple[np.ndarray, np.ndarray],
) -> float:
    return (_valued(problem, *one) + _valued(problem, *other)) / 2


def _valued(problem: Problem, by: np.ndarray, value: np.ndarray) -> float:
    """What the plan that one half makes is worth by the other."""
    return float(value @ allocate(problem.with_profit(by), proof=False).chosen)


def _halves(
    table: pd.DataFrame,
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The profit by either half of a campaign, and of which options it is known."""
    if not {"profit_a", "profit_b"} <= set(table.columns):
        return None
    first, second = (figures_of(table[name]) for name in ("profit_a", "profit_b"))
    known = np.isfinite(first) & np.isfinite(second)
    return (first, second, known) if known.any() else None


def _cells(table: pd.DataFrame) -> np.ndarray:
    """A number for each set of options that share an error; an option without a cell is its own."""
    own = np.arange(len(table))
    if "cell" not in table.columns:
        return own
    code, names = pd.factorize(table["cell"])
    return np.where(code < 0, len(names) + own, code)


def _sources(plan: Plan) -> pd.DataFrame:
    chosen = plan.chosen
    source = pd.Series("unknown", index=chosen.index)
    if "source" in chosen.columns:
        given = chosen["source"].astype(object)
        source = given.where(given.notna(), "unknown").astype(str)
    groups = chosen["profit"].groupby(source, sort=True)
    table = groups.agg(contacted="size", profit="sum").reset_index(names="source")
    total = float(table["profit"].abs().sum())
    table["share"] = table["profit"].abs() / total if total else 0.0
    return table


def _tests(table: pd.DataFrame) -> pd.DataFrame:
    """The actions whose effect is not measured, and the smallest effect that pays."""
    columns = ["action", "source", "customers", "baseline", "effect"]
    if "source" not in table.columns:
        return pd.DataFrame(columns=columns)
    lacking = table[table["source"].astype(object) != "measured"]
    rows = []
    for action, part in lacking.groupby("action", sort=True, observed=True):
        known = part["source"].notna().any()
        risk = float(part["risk"].mean()) if "risk" in part else np.nan
        worth = float(part["worth"].sum()) if "worth" in part else 0.0
        effect = float(part["cost"].sum()) / worth if worth > 0 else np.nan
        source = _ASSUMED if known else "unknown"
        rows.append((action, source, len(part), risk, effect))
    return pd.DataFrame(rows, columns=columns)
