"""Regressions of value on attributes, beside a baseline, on customers they have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, clone

from crm_analysis.jobs import Progress
from crm_analysis.tables.threads import one_thread

_SHUFFLED_ROWS = 2000  # of each fold, that attributes are shuffled in
_SHUFFLES = 3
_ROWS_AT_ONCE = 20_000
_EXACT_ROWS = 3000  # beyond, a machine takes time by the square of the rows
_TERMS = 500  # of a polynomial, beyond which degree 3 is not tried

Folds = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Regressions:
    """Tables as `Drivers` has them."""

    models: pd.DataFrame
    effects: pd.DataFrame
    coefficients: pd.DataFrame
    beats_baseline: bool


def compare_regressions(
    table: pd.DataFrame,
    target: np.ndarray,
    *,
    folds: int,
    degree: int | None,
    seed: int,
    progress: Progress,
) -> Regressions:
    """Cross-validated regressions beside the mean; the best one's attributes are shuffled.

    In customers that it has not seen.
    """
    from sklearn.model_selection import KFold

    models = _models(table, degree, seed)
    parts = list(KFold(folds, shuffle=True, random_state=seed).split(table))
    fits: dict[str, list[Any]] = {name: [] for name in models}
    errors: dict[str, pd.DataFrame] = {}
    with one_thread():
        for number, (name, model) in enumerate(models.items()):
            for fold, (train, _) in enumerate(parts):
                done = (number + fold / len(parts)) / len(models)
                progress(0.1 + 0.8 * done, "value.step.regressions")
                fits[name].append(
                    clone(model).fit(table.iloc[train], target[train])
                )
            errors[name] = _errors(fits[name], parts, table, target)
        rmse = {name: error["rmse"] for name, error in errors.items()}
        best = min(
            (name for name in models if name != "baseline"),
            key=lambda name: rmse[name].mean(),
        )
        progress(0.9, "value.step.shuffling")
        effects = _effects(
            fits[best], parts, table, target, rmse[best].to_numpy(), seed
        )
        linear = clone(models["linear"]).fit(table, target)
    compared = pd.DataFrame(
        [
            (
                name,
                error["rmse"].mean(),
                error["rmse"].std(),
                error["mae"].mean(),
                error["r2"].mean(),
                error["r2"].std(),
            )
            for name, error in errors.items()
        ],
        columns=["model", "rmse", "rmse_sd", "mae", "r2", "r2_sd"],
    )
    compared["best"] = compared["model"] == best
    gain = rmse["baseline"] - rmse[best]
    return Regressions(
        compared,
        effects,
        _coefficients(linear),
        bool(gain.mean() > gain.std() / np.sqrt(len(gain))),
    )


class BestOf(RegressorMixin, BaseEstimator):
    """Of several pipelines that end in a `RidgeCV` the one whose rows, each left out, fit best."""

    def __init__(self, pipelines: tuple[Any, ...]) -> None:
        self.pipelines = pipelines

    def fit(self, table: pd.DataFrame, target: np.ndarray) -> BestOf:
        """Fit all of them to these rows, and keep the best."""
        fits = [clone(pipeline).fit(table, target) for pipeline in self.pipelines]
        self.best_ = max(fits, key=lambda fit: fit[-1].best_score_)
        return self

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        """By the best."""
        return self.best_.predict(table)


def _errors(
    fits: list[Any],
    parts: Folds,
    table: pd.DataFrame,
    target: np.ndarray,
) -> pd.DataFrame:
    from sklearn.metrics import (
        mean_absolute_error,
        r2_score,
        root_mean_squared_error,
    )

    rows = []
    for fit, (_, test) in zip(fits, parts, strict=True):
        actual, predicted = target[test], fit.predict(table.iloc[test])
        rows.append(
            {
                "rmse": root_mean_squared_error(actual, predicted),
                "mae": mean_absolute_error(actual, predicted),
                "r2": r2_score(actual, predicted),
            }
        )
    return pd.DataFrame(rows)


def _effects(
    fits: list[Any],
    parts: Folds,
    table: pd.DataFrame,
    target: np.ndarray,
    errors: np.ndarray,
    seed: int,
) -> pd.DataFrame:
    """How much worse the rmse gets with each attribute shuffled, as a share of `errors`."""
    rng = np.random.default_rng(seed)
    drops = []
    for fit, (_, test), error in zip(fits, parts, errors, strict=True):
        rows = test[:_SHUFFLED_ROWS]
        some, actual = table.iloc[rows], target[rows]
        shuffled = _shuffled_errors(fit, some, actual, rng)
        straight = _root_mean_square(fit.predict(some) - actual)
        drops.append((shuffled - straight) / max(float(error), 1e-12))
    return pd.DataFrame(
        {
            "attribute": [str(name) for name in table.columns],
            "weight": np.mean(drops, axis=0),
            "sd": np.std(drops, axis=0, ddof=1),
        }
    ).sort_values("weight", ascending=False, ignore_index=True)


def _shuffled_errors(
    fit: Any, table: pd.DataFrame, target: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The rmse with each attribute in turn shuffled, the mean of a few times.

    Many copies of the table are predicted at once: a pipeline takes its time for a call.
    """
    count = len(table)
    orders = [rng.permutation(count) for _ in range(_SHUFFLES)]
    at_once = max(1, _ROWS_AT_ONCE // (count * _SHUFFLES))
    names = list(table.columns)
    errors = []
    for start in range(0, len(names), at_once):
        some = names[start : start + at_once]
        copies = len(some) * _SHUFFLES
        columns = {}
        for name in names:
            values = table[name].to_numpy()
            blocks = [values] * copies
            if name in some:
                first = some.index(name) * _SHUFFLES
                blocks[first : first + _SHUFFLES] = [
                    values[order] for order in orders
                ]
            columns[name] = np.concatenate(blocks)
        predicted = fit.predict(pd.DataFrame(columns)).reshape(copies, count)
        by_copy = _root_mean_square(predicted - target)
        errors.append(by_copy.reshape(len(some), _SHUFFLES).mean(axis=1))
    return np.concatenate(errors)


def _root_mean_square(rows: np.ndarray) -> np.ndarray:
    return np.sqrt((rows**2).mean(axis=-1))


def _models(table: pd.DataFrame, degree: int | None, seed: int) -> dict[str, Any]:
    from sklearn.dummy import DummyRegressor
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    alphas = np.logspace(-2, 4, 13)
    numbers = sum(map(pd.api.types.is_numeric_dtype, table.dtypes))
    few_terms = comb(numbers + 3, 3) <= _TERMS
    chosen = (2, 3) if few_terms else (2,)
    degrees = chosen if degree is None else (degree,)
    bent = [
        make_pipeline(
            _prepared(
                table,
                StandardScaler(),
                PolynomialFeatures(power, include_bias=False),
                StandardScaler(),
            ),
            RidgeCV(alphas),
        )
        for power in degrees
    ]
    forest = RandomForestRegressor(
        n_estimators=60,
        min_samples_leaf=5,
        max_features=0.5,
        max_samples=min(1.0, 10_000 / len(table)),
        random_state=seed,
        n_jobs=1,
    )
    return {
        "baseline": DummyRegressor(strategy="mean"),
        "linear": make_pipeline(
            _prepared(table, StandardScaler()), RidgeCV(alphas)
        ),
        "polynomial": BestOf(tuple(bent)),
        "support_vector": _support_vector(table, seed),
        "forest": make_pipeline(_prepared(table), forest),
    }


def _support_vector(table: pd.DataFrame, seed: int) -> Any:
    """A support-vector regression of the standardised target; on many rows by Nyström's points.

    Its width, and how far it may go, are the usual ones for standardised columns.
    """
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR, LinearSVR

    machine = SVR(epsilon=0.05)
    if len(table) > _EXACT_ROWS:
        gamma = 1 / len(table.columns)
        points = Nystroem(gamma=gamma, n_components=200, random_state=seed)
        line = LinearSVR(
            epsilon=0.05, loss="squared_epsilon_insensitive", dual=False
        )
        machine = make_pipeline(points, line)
    return TransformedTargetRegressor(
        make_pipeline(_prepared(table, StandardScaler()), machine),
        transformer=StandardScaler(),
    )


def _prepared(table: pd.DataFrame, *steps: Any) -> Any:
    """Gaps filled, categories as columns of 0 and 1, numbers through some more steps."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    numbers = [
        name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])
    ]
    texts = [name for name in table.columns if name not in numbers]
    categories = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="?"),
        OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            min_frequency=10,
            max_categories=12,
            sparse_output=False,
        ),
    )
    return make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), *steps), numbers),
        (categories, texts),
        verbose_feature_names_out=False,
    )


def _coefficients(linear: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "term": [str(name) for name in linear[:-1].get_feature_names_out()],
            "change": linear[-1].coef_,
        }
    )
    order = table["change"].abs().sort_values(ascending=False).index
    return table.reindex(order).reset_index(drop=True)
