"""The hold-out: models fitted to the past as it stood, against what then happened.

The model that is used is chosen by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from crm_analysis.analyses.customers import Purchases, as_dates
from crm_analysis.analyses.value.models import fit_model
from crm_analysis.analyses.value.models.lookalike import fit_lookalike
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import (
    UNIT_DAYS,
    Unit,
    summarise,
)
from crm_analysis.analyses.value.season import EVEN_CLOCK, Clock

_MONTH_DAYS = 30.4375


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
    clock : the time in which the models were fitted.
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
    clock: Clock

    @property
    def length(self) -> int:
        """Days held out."""
        return self.end - self.start

    def time_ahead(self, unit: Unit) -> float:
        """The models' units from `start` to `end`."""
        return float(self.clock.between(self.start, self.end)) / UNIT_DAYS[unit]

    @property
    def winner(self) -> ModelTrial:
        """The trial of the chosen model."""
        return self.trials[self.chosen]

    @property
    def error(self) -> float:
        """How far the chosen model's total was from what happened, as a share."""
        return (
            float(self.winner.expected.sum()) / max(float(self.actual.sum()), 1.0)
            - 1
        )


def hold_out(
    purchases: Purchases,
    unit: Unit,
    days: int,
    names: tuple[str, ...],
    seed: int,
    clock: Clock = EVEN_CLOCK,
) -> HoldOut:
    """Fit models to the purchases before the last `days`, and choose among those of use.

    They are fitted in the time of `clock`, which may know nothing of those days.

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
    length = float(clock.between(start, purchases.until)) / UNIT_DAYS[unit]
    timed = summary if clock.even else summarise(past, unit, clock)
    models: list[PurchaseModel] = [
        fit_model(name, past, timed, unit, seed, clock) for name in names
    ]
    half = past.span / UNIT_DAYS[unit] / 2
    models.append(fit_lookalike(past, timed, min(length, half), unit, clock))
    trials = {
        model.name: ModelTrial(
            model, model.orders(length), *chances_of(model, length, actual)
        )
        for model in models
    }
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
        clock=clock,
    )


def _choose(trials: dict[str, ModelTrial], actual: np.ndarray) -> str:
    if not trials:
        return "lookalike"
    squares = {
        name: (trial.expected - actual) ** 2 for name, trial in trials.items()
    }
    best = min(squares, key=lambda name: float(squares[name].mean()))
    near = []
    for name, square in squares.items():
        behind = square - squares[best]
        if behind.mean() <= behind.std() / np.sqrt(len(behind)):
            near.append(name)
    total = float(actual.sum())
    return min(
        near, key=lambda name: abs(float(trials[name].expected.sum()) - total)
    )


def chances_of(
    model: PurchaseModel, length: float, actual: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """P(N < actual) and P(N ≤ actual) of each customer under the model."""
    rows = model.rows
    width = int(actual.max()) + 1 if len(actual) else 1
    pairs, position = np.unique(rows.position * width + actual, return_inverse=True)
    row, orders = pairs // width, pairs % width
    part, t = rows.take(row), np.full(len(row), length)
    alive = model._staying(rows)[row]
    more = alive * model._at_least(part, orders + 1, t)
    so_many = alive * model._at_least(part, np.maximum(orders, 1), t)
    so_many[orders == 0] = 1.0
    return (
        np.clip(1 - so_many, 0, 1)[position],
        np.clip(1 - more, 0, 1)[position],
    )


_CLASSES = np.array(["0", "1", "2", "3", "4", "5", "6", "7+"], dtype=object)
_EMPTY = {
    "models": "model actual expected error mae rmse log_score converged baseline chosen",
    "weekly": "date part actual expected actual_cumulative expected_cumulative",
    "by_frequency": "frequency customers actual expected actual_each expected_each",
}


def holdout_tables(
    holdout: HoldOut | None, purchases: Purchases, unit: Unit
) -> dict[str, pd.DataFrame]:
    """`models`, `weekly` and `by_frequency` as `Value` has them; empty without a hold-out."""
    if holdout is None:
        return {
            name: pd.DataFrame(columns=columns.split())
            for name, columns in _EMPTY.items()
        }
    return {
        "models": _models(holdout),
        "weekly": _weekly(holdout, purchases, unit),
        "by_frequency": _by_frequency(holdout),
    }


def frequency_class(frequency: np.ndarray | pd.Series) -> np.ndarray:
    """Repeat orders as text: "0", "1", …, "6", "7+"."""
    return _CLASSES[np.minimum(np.asarray(frequency, dtype=np.int64), 7)]


def _models(holdout: HoldOut) -> pd.DataFrame:
    """A row a model; the last two are marks to beat: look-alike, and "the same again"."""
    rows = []
    for name, trial in holdout.trials.items():
        model = trial.model
        errors = _errors(trial.expected - holdout.actual)
        total, score = trial.expected.sum(), trial.log_score.mean()
        rows.append(
            (name, model.log_likelihood, model.converged, total, *errors, score)
        )
    errors = _errors(holdout.before - holdout.actual)
    rows.append(
        (
            "same_again",
            np.nan,
            True,
            float(holdout.before.sum()),
            *errors,
            np.nan,
        )
    )
    table = pd.DataFrame(
        rows,
        columns=[
            "model",
            "log_likelihood",
            "converged",
            "expected",
            "mae",
            "rmse",
            "log_score",
        ],
    )
    actual = int(holdout.actual.sum())
    table.insert(3, "actual", actual)
    table.insert(5, "error", table["expected"] / max(actual, 1) - 1)
    return table.assign(
        baseline=table["model"].isin(["lookalike", "same_again"]),
        chosen=table["model"] == holdout.chosen,
    )


def _errors(gap: np.ndarray) -> tuple[float, float]:
    return np.abs(gap).mean(), np.sqrt((gap**2).mean())


def _by_frequency(holdout: HoldOut) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "frequency": frequency_class(holdout.summary["frequency"]),
            "actual": holdout.actual,
            "expected": holdout.winner.expected,
        }
    )
    groups = frame.groupby("frequency", sort=True)
    table = groups.agg(
        customers=("actual", "size"),
        actual=("actual", "sum"),
        expected=("expected", "sum"),
    ).reset_index()
    return table.assign(
        actual_each=table["actual"] / table["customers"],
        expected_each=table["expected"] / table["customers"],
    )


def tracking(
    model: PurchaseModel,
    purchases: Purchases,
    days: np.ndarray,
    unit: Unit,
    clock: Clock = EVEN_CLOCK,
) -> np.ndarray:
    """Cumulative repeat orders that the model expects by the end of each of `days`.

    Of each customer it knows the first day only. `clock` is that of the model.
    """
    start = float(clock.at(purchases.start))
    new_customers = np.bincount(
        np.rint(clock.at(purchases.first_day) - start).astype(int)
    )
    ends = clock.at(days) - start
    length = int(np.ceil(ends.max())) + 1
    knots = np.unique(np.r_[0.0, np.geomspace(1, max(length, 2), 60)])
    expected = np.r_[0.0, model.expected_new(knots[1:] / UNIT_DAYS[unit])]
    curve = (
        PchipInterpolator(knots, expected)(np.arange(length))
        * model.orders_per_count
    )
    # New customers of each day, each with the curve from that day on: a convolution.
    size = 1 << int(np.ceil(np.log2(length + len(new_customers))))
    spectrum = np.fft.rfft(new_customers, size) * np.fft.rfft(curve, size)
    total = np.fft.irfft(spectrum, size)[:length]
    return np.interp(ends, np.arange(length), np.maximum(total, 0))


def orders_by(
    model: PurchaseModel, clock: Clock, start: int, days: np.ndarray, unit: Unit
) -> np.ndarray:
    """Orders in all that the model expects from `start` to the end of each of `days`."""
    ahead = clock.between(start, days)
    marks = np.linspace(0, ahead.max(), 13)
    totals = [
        float(model.orders(mark / UNIT_DAYS[unit]).sum()) for mark in marks[1:]
    ]
    return PchipInterpolator(marks, [0.0, *totals])(ahead)


def orders_by_month(holdout: HoldOut, clock: Clock, unit: Unit) -> np.ndarray:
    """Orders expected in each month of the hold-out, with `clock` for the time ahead."""
    ends = _month_ends(holdout)
    expected = orders_by(holdout.winner.model, clock, holdout.start, ends, unit)
    return np.diff(expected, prepend=0.0)


def actual_by_month(holdout: HoldOut, purchases: Purchases) -> np.ndarray:
    """Orders that came in each month of the hold-out, of the customers known before it."""
    is_customer = purchases.first_day <= holdout.start
    later = (purchases.day > holdout.start) & is_customer[purchases.customer]
    bounds = np.r_[holdout.start, _month_ends(holdout)] + 0.5
    return np.histogram(purchases.day[later], bins=bounds)[0]


def _month_ends(holdout: HoldOut) -> np.ndarray:
    ends = np.arange(holdout.start + _MONTH_DAYS, holdout.end, _MONTH_DAYS)
    return np.unique(np.r_[ends, holdout.end])


def _weekly(holdout: HoldOut, purchases: Purchases, unit: Unit) -> pd.DataFrame:
    """Repeat orders of the customers known at the cut, by weeks that end on `date`."""
    model = holdout.winner.model
    known = purchases.first_day <= holdout.start
    days = np.sort(purchases.day[purchases.repeated & known[purchases.customer]])
    back = np.arange(holdout.start, purchases.start, -7)[::-1]
    ahead = np.append(np.arange(holdout.start + 7, holdout.end, 7), holdout.end)
    ends = np.r_[back, ahead]
    actual = np.searchsorted(days, ends, side="right")
    at_cut = int(np.searchsorted(days, holdout.start, side="right"))
    past = np.full(len(back), np.nan)
    if model.knows_new_customers and len(back):
        past = tracking(model, holdout.past, back, unit, holdout.clock)
    later = at_cut + orders_by(model, holdout.clock, holdout.start, ahead, unit)
    steps = np.diff(past, prepend=0.0), np.diff(later, prepend=at_cut)
    return pd.DataFrame(
        {
            "date": as_dates(ends),
            "part": ["past"] * len(back) + ["ahead"] * len(ahead),
            "actual_cumulative": actual,
            "expected_cumulative": np.r_[past, later],
            "actual": np.diff(actual, prepend=0),
            "expected": np.concatenate(steps),
        }
    )
