"""The hold-out: models fitted to the past as it stood, held against what then happened; the winner is chosen by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from crm_analysis.analyses.customers import Purchases, as_dates
from crm_analysis.analyses.value.models.bgbb import fit_bgbb
from crm_analysis.analyses.value.models.bgnbd import fit_bgnbd, fit_mbgnbd
from crm_analysis.analyses.value.models.lookalike import fit_lookalike
from crm_analysis.analyses.value.models.pareto_nbd import fit_pareto_nbd
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS, Unit, chances, summarise

__all__ = [
    "FREQUENCY_CLASSES",
    "Trial",
    "fit_model",
    "fit_to",
    "frequency_class",
    "hold_out",
    "tracking",
]

_FITS: dict[str, Callable[..., PurchaseModel]] = {
    "bgnbd": fit_bgnbd,
    "mbgnbd": fit_mbgnbd,
    "pareto_nbd": fit_pareto_nbd,
}
AUTOMATIC = tuple(_FITS)
FREQUENCY_CLASSES = ("0", "1", "2", "3", "4", "5", "6", "7+")


def fit_model(
    name: str, bought: Purchases, summary: pd.DataFrame, unit: Unit, seed: int
) -> tuple[PurchaseModel, float]:
    """A model by its name, and the orders that one of what it counts stands for (BG/BB counts chances taken, not orders)."""
    if name == "bgbb":
        taken = chances(bought, unit)
        return fit_bgbb(taken, unit=unit, seed=seed), float(summary["frequency"].sum()) / max(
            float(taken["frequency"].sum()), 1.0
        )
    return _FITS[name](summary, unit=unit, seed=seed), 1.0


def fit_to(model: PurchaseModel) -> bool:
    """Whether a fit can be used: it ended at a maximum and its numbers are numbers."""
    return model.converged and bool(np.isfinite(model.log_likelihood))


@dataclass(frozen=True, eq=False)
class Trial:
    """One model's hold-out. `low`, `high`: P(N < actual) and P(N ≤ actual) of each customer."""

    name: str
    model: PurchaseModel
    per_chance: float
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def log_score(self) -> np.ndarray:
        """Logarithm of the probability given to what happened, by customer; higher is better."""
        return np.log(np.maximum(self.high - self.low, 1e-12))


@dataclass(frozen=True, eq=False)
class HoldOut:
    """All trials, the name of the chosen one, and what happened."""

    start: int
    end: int
    past: Purchases
    summary: pd.DataFrame
    actual: np.ndarray
    actual_money: np.ndarray | None
    before: np.ndarray
    trials: dict[str, Trial]
    chosen: str

    @property
    def length(self) -> int:
        """Days held out."""
        return self.end - self.start


def frequency_class(frequency: np.ndarray | pd.Series) -> np.ndarray:
    """ "0", "1", …, "6", "7+"."""
    return np.array(FREQUENCY_CLASSES, dtype=object)[
        np.minimum(np.asarray(frequency, dtype=np.int64), 7)
    ]


def hold_out(
    bought: Purchases, unit: Unit, days: int, names: tuple[str, ...], seed: int
) -> HoldOut:
    """Fit `names` to the purchases before the last `days`, and choose among those whose fit can be used.

    The choice: by the squared error of each customer's orders; among models within one standard error (paired by customer) of
    the best, the one whose total comes nearest, since totals are what the money hangs on. Where none can be used: the
    look-alike estimate.
    """
    start = bought.until - days
    past = bought.before(start)
    known = bought.first_day <= start
    later = bought.day > start
    actual = np.bincount(bought.customer[later], minlength=len(known))[known]
    money = (
        None
        if bought.money is None
        else np.bincount(bought.customer[later], weights=bought.money[later], minlength=len(known))[
            known
        ]
    )
    window = (bought.day > start - days) & (bought.day <= start)
    before = np.bincount(bought.customer[window], minlength=len(known))[known]
    summary = summarise(past, unit)
    length = days / UNIT_DAYS[unit]
    trials = {}
    for name in (*names, "lookalike"):
        model: PurchaseModel
        if name == "lookalike":
            model, per_chance = (
                fit_lookalike(past, min(length, past.span / UNIT_DAYS[unit] / 2), unit),
                1.0,
            )
        else:
            model, per_chance = fit_model(name, past, summary, unit, seed)
        trials[name] = _try(name, model, per_chance, length, actual)
    usable = [
        name
        for name in names
        if fit_to(trials[name].model) and np.isfinite(trials[name].expected).all()
    ]
    return HoldOut(
        start,
        bought.until,
        past,
        summary,
        actual,
        money,
        before,
        trials,
        _choose(trials, usable, actual),
    )


def _choose(trials: dict[str, Trial], usable: list[str], actual: np.ndarray) -> str:
    if not usable:
        return "lookalike"
    squares = {name: (trials[name].expected - actual) ** 2 for name in usable}
    best = min(usable, key=lambda name: float(squares[name].mean()))
    near = []
    for name in usable:
        behind = squares[name] - squares[best]
        if behind.mean() <= behind.std() / np.sqrt(len(behind)):
            near.append(name)
    return min(near, key=lambda name: abs(float(trials[name].expected.sum()) - float(actual.sum())))


def _try(
    name: str, model: PurchaseModel, per_chance: float, length: float, actual: np.ndarray
) -> Trial:
    expected = model.expected(length).to_numpy() * per_chance
    low, high = reached(model, length, actual)
    return Trial(name, model, per_chance, expected, low, high)


def reached(
    model: PurchaseModel, length: float, actual: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """P(N < actual) and P(N ≤ actual) of each customer under the model."""
    rows = model.rows
    alive = model._alive(rows)
    low, high = np.empty(len(actual)), np.empty(len(actual))
    for n in np.unique(actual):
        who = np.flatnonzero(actual == n)
        which, where = np.unique(rows.position[who], return_inverse=True)
        part = type(rows)(
            rows.x[which], rows.t_x[which], rows.T[which], rows.weight[which], np.arange(len(which))
        )
        t = np.full(len(which), length)
        tail = alive[which] * model._at_least(part, int(n) + 1, t)
        here = np.ones(len(which)) if n == 0 else alive[which] * model._at_least(part, int(n), t)
        low[who], high[who] = (1 - here)[where], (1 - tail)[where]
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def model_table(held: HoldOut) -> pd.DataFrame:
    """A row a model: how it did on the hold-out. The last two rows are marks to beat: look-alike, and "the same again"."""
    rows = []
    for name, trial in held.trials.items():
        gap = trial.expected - held.actual
        rows.append(
            (
                name,
                trial.model.log_likelihood,
                trial.model.converged,
                trial.expected.sum(),
                np.abs(gap).mean(),
                np.sqrt((gap**2).mean()),
                trial.log_score.mean(),
            )
        )
    again = held.before - held.actual
    rows.append(
        (
            "same_again",
            np.nan,
            True,
            float(held.before.sum()),
            np.abs(again).mean(),
            np.sqrt((again**2).mean()),
            np.nan,
        )
    )
    table = pd.DataFrame(
        rows,
        columns=["model", "log_likelihood", "converged", "expected", "mae", "rmse", "log_score"],
    )
    table.insert(3, "actual", int(held.actual.sum()))
    table.insert(5, "error", table["expected"] / max(int(held.actual.sum()), 1) - 1)
    table["baseline"] = table["model"].isin(["lookalike", "same_again"])
    table["chosen"] = table["model"] == held.chosen
    return table


def class_table(held: HoldOut) -> pd.DataFrame:
    """A row a frequency class (orders before the hold-out): customers, actual and expected orders, each also per customer."""
    frame = pd.DataFrame(
        {
            "frequency": frequency_class(held.summary["frequency"]),
            "actual": held.actual,
            "expected": held.trials[held.chosen].expected,
        }
    )
    table = (
        frame.groupby("frequency", sort=True)
        .agg(customers=("actual", "size"), actual=("actual", "sum"), expected=("expected", "sum"))
        .reset_index()
    )
    table["actual_each"], table["expected_each"] = (
        table["actual"] / table["customers"],
        table["expected"] / table["customers"],
    )
    return table


def tracking(
    model: PurchaseModel, per_chance: float, bought: Purchases, days: np.ndarray, unit: Unit
) -> np.ndarray:
    """Cumulative repeat orders that the model expects by the end of each of `days`, of customers known only by their first day."""
    start = int(bought.day.min())
    newcomers = np.bincount(bought.first_day - start)
    length = int(days.max() - start) + 1
    knots = np.unique(np.r_[0.0, np.geomspace(1, max(length, 2), 60)])
    curve = (
        PchipInterpolator(knots, np.r_[0.0, model.expected_new(knots[1:] / UNIT_DAYS[unit])])(
            np.arange(length)
        )
        * per_chance
    )
    size = 1 << int(np.ceil(np.log2(length + len(newcomers))))
    total = np.fft.irfft(np.fft.rfft(newcomers, size) * np.fft.rfft(curve, size), size)[:length]
    return np.maximum(total, 0)[np.asarray(days) - start]


def weekly_table(held: HoldOut, bought: Purchases, unit: Unit) -> pd.DataFrame:
    """A row a week of 7 days, ending on `date`: repeat orders of the customers known at the cut, actual and expected, each
    and cumulative; `part` is "past" (expected knows only first days) or "ahead" (expected knows the past).
    """
    trial = held.trials[held.chosen]
    known = bought.first_day <= held.start
    repeat = np.ones(len(bought.day), dtype=bool)
    repeat[bought.first[:-1]] = False
    days = np.sort(bought.day[repeat & known[bought.customer]])
    start = int(bought.day.min())
    back = np.arange(held.start, start, -7)[::-1]
    ahead = np.append(np.arange(held.start + 7, held.end, 7), held.end)
    ends = np.r_[back, ahead]
    actual = np.searchsorted(days, ends, side="right")
    at_cut = int(np.searchsorted(days, held.start, side="right"))
    if trial.name in ("lookalike", "bgbb"):
        past = np.full(len(back), np.nan)
    else:
        past = (
            tracking(trial.model, trial.per_chance, held.past, back, unit)
            if len(back)
            else np.zeros(0)
        )
    marks = np.linspace(0, held.length, 13)
    totals = [0.0] + [
        float(trial.model.expected(mark / UNIT_DAYS[unit]).sum()) * trial.per_chance
        for mark in marks[1:]
    ]
    later = at_cut + PchipInterpolator(marks, totals)(ahead - held.start)
    expected = np.r_[past, later]
    table = pd.DataFrame(
        {
            "date": as_dates(ends),
            "part": ["past"] * len(back) + ["ahead"] * len(ahead),
            "actual_cumulative": actual,
            "expected_cumulative": expected,
        }
    )
    table["actual"] = np.diff(actual, prepend=0)
    table["expected"] = np.r_[np.diff(past, prepend=0.0), np.diff(later, prepend=at_cut)]
    return table
