"""The hold-out as tables: models side by side, week by week, and by how often customers ordered."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from crm_analysis.analyses.customers import Purchases, as_dates
from crm_analysis.analyses.value.holdout import HoldOut
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS, Unit

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
    columns = [
        "model",
        "log_likelihood",
        "converged",
        "expected",
        "mae",
        "rmse",
        "log_score",
    ]
    table = pd.DataFrame(rows, columns=columns)
    actual = int(holdout.actual.sum())
    table.insert(3, "actual", actual)
    table.insert(5, "error", table["expected"] / max(actual, 1) - 1)
    table["baseline"] = table["model"].isin(["lookalike", "same_again"])
    table["chosen"] = table["model"] == holdout.chosen
    return table


def _errors(gap: np.ndarray) -> tuple[float, float]:
    """Mean absolute, and root of the mean squared error."""
    return np.abs(gap).mean(), np.sqrt((gap**2).mean())


def _by_frequency(holdout: HoldOut) -> pd.DataFrame:
    """Actual and expected orders by frequency class, each also per customer."""
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
    table["actual_each"] = table["actual"] / table["customers"]
    table["expected_each"] = table["expected"] / table["customers"]
    return table


def tracking(
    model: PurchaseModel,
    purchases: Purchases,
    days: np.ndarray,
    unit: Unit,
) -> np.ndarray:
    """Cumulative repeat orders that the model expects by the end of each of `days`.

    Of each customer it knows the first day only.
    """
    start = purchases.start
    new_customers = np.bincount(purchases.first_day - start)
    length = int(days.max() - start) + 1
    knots = np.unique(np.r_[0.0, np.geomspace(1, max(length, 2), 60)])
    expected = np.r_[0.0, model.expected_new(knots[1:] / UNIT_DAYS[unit])]
    curve = (
        PchipInterpolator(knots, expected)(np.arange(length)) * model.orders_per_count
    )
    # New customers of each day, each with the curve from that day on: a convolution.
    size = 1 << int(np.ceil(np.log2(length + len(new_customers))))
    spectrum = np.fft.rfft(new_customers, size) * np.fft.rfft(curve, size)
    total = np.fft.irfft(spectrum, size)[:length]
    return np.maximum(total, 0)[np.asarray(days) - start]


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
        past = tracking(model, holdout.past, back, unit)
    marks = np.linspace(0, holdout.length, 13)
    totals = [
        0.0,
        *(float(model.orders(mark / UNIT_DAYS[unit]).sum()) for mark in marks[1:]),
    ]
    later = at_cut + PchipInterpolator(marks, totals)(ahead - holdout.start)
    table = pd.DataFrame(
        {
            "date": as_dates(ends),
            "part": ["past"] * len(back) + ["ahead"] * len(ahead),
            "actual_cumulative": actual,
            "expected_cumulative": np.r_[past, later],
        }
    )
    table["actual"] = np.diff(actual, prepend=0)
    table["expected"] = np.r_[
        np.diff(past, prepend=0.0), np.diff(later, prepend=at_cut)
    ]
    return table
