"""What makes a high-value customer: a tree in words, and regressions of value on what is known of customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import day_numbers, purchase_days
from crm_analysis.analyses.explain import Explanation, shallow_rules
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.options import Options, knob

__all__ = ["DriverOptions", "Drivers", "first_order_attributes", "value_drivers"]

_LEVELS = 30  # a text column with more values than that, and nearly one a customer, is a name, not an attribute
_ROWS = 50_000


@dataclass(frozen=True, kw_only=True)
class DriverOptions(Options):
    """What is explained, from what, and how."""

    target: Literal["revenue", "value", "expected_revenue", "expected_orders"] = "revenue"
    top: float = knob(
        0.2, low=0.02, high=0.5, step=0.01
    )  # the share of customers called high-value
    depth: int = knob(3, low=1, high=5)
    degree: int = knob(2, low=2, high=3, advanced=True)
    folds: int = knob(5, low=2, high=10, advanced=True)
    leave_out: tuple[str, ...] = knob((), advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Drivers:
    """`rules`: the tree in words (labels "high", "other"). `models`: model (baseline: always the mean; linear, polynomial, forest), rmse, rmse_sd (over folds), mae, r2, r2_sd, best; all on
    customers not seen in fitting. `effects`: attribute, weight (how much worse the best model's rmse is with the attribute shuffled, as a share), sd. `coefficients`: of the linear model:
    term, change (in money, for a usual step: one standard deviation, or having the category). `attributes`: used; `left_out`: attribute, reason.
    `beats_baseline`: whether the best is better than always saying the mean by more than the difference's standard error over folds.
    """

    rules: Explanation
    models: pd.DataFrame
    effects: pd.DataFrame
    coefficients: pd.DataFrame
    attributes: tuple[str, ...]
    left_out: pd.DataFrame
    customers: int
    threshold: float
    target: str
    beats_baseline: bool

    def summary(self) -> dict[str, float | None]:
        """customers, threshold (value from which a customer is high-value), best_rmse, baseline_rmse, best_r2, tree_accuracy, tree_baseline."""
        best = self.models[self.models["best"]].iloc[0]
        return {
            "customers": float(self.customers),
            "threshold": self.threshold,
            "best_rmse": float(best["rmse"]),
            "baseline_rmse": float(
                self.models.loc[self.models["model"] == "baseline", "rmse"].iloc[0]
            ),
            "best_r2": float(best["r2"]),
            "tree_accuracy": self.rules.accuracy,
            "tree_baseline": self.rules.baseline,
        }


def first_order_attributes(table: pd.DataFrame) -> pd.DataFrame:
    """What was known of each customer after their first purchase day: nothing later can leak into what explains their value.

    Table in: order lines. Out: customer; days_known (since the first purchase: who came earlier has had more time); first_month (1–12); first_amount, first_quantity, first_products (distinct), first_category, first_channel,
    country, where the table has the columns.
    """
    bought = purchase_days(table)
    days, dated = day_numbers(table["date"])
    place = pd.Index(bought.labels).get_indexer(table["customer"])
    start = np.where(place >= 0, bought.first_day[np.maximum(place, 0)], -1)
    lines = table[dated & (place >= 0) & (days == start)]
    grouped = lines.groupby("customer", sort=True)
    months = (
        bought.first_day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    )
    out = pd.DataFrame(
        {
            "customer": bought.labels,
            "days_known": (bought.until - bought.first_day).astype(float),
            "first_month": months,
        }
    )
    for name, column, how in (
        ("first_amount", "amount", "sum"),
        ("first_quantity", "quantity", "sum"),
        ("first_products", "product", "nunique"),
    ):
        if column in lines.columns:
            out[name] = out["customer"].map(grouped[column].agg(how)).astype(float)
    for name, column in (
        ("first_category", "category"),
        ("first_channel", "channel"),
        ("country", "country"),
    ):
        if column in lines.columns:
            out[name] = out["customer"].map(grouped[column].first())
    return out


def value_drivers(
    customers: pd.DataFrame,
    attributes: pd.DataFrame,
    options: DriverOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Drivers:
    """What goes with a customer's value: rules of a shallow tree for the high-value ones, and three regressions beside a baseline.

    Table in: `customers` with `customer` and the target (`revenue`, `value`, `expected_revenue` or `expected_orders`), `attributes` with `customer` and numbers,
    flags or categories: a customers table, `first_order_attributes`, or both joined. Names, ids, constants and columns that are the target itself are left
    out, and named. Out: `Drivers`. AnalysisError with fewer than 50 customers or no usable attribute.
    """
    options = options or DriverOptions()
    if options.target not in customers.columns:
        raise AnalysisError("value.no_measure", measure=options.target)
    joined = customers[["customer", options.target]].merge(
        attributes.drop(columns=[options.target], errors="ignore"), on="customer", how="inner"
    )
    joined = joined[joined[options.target].notna()]
    if len(joined) < 50:
        raise AnalysisError("value.too_few_customers", count=len(joined), least=50)
    if len(joined) > _ROWS:
        joined = joined.sample(_ROWS, random_state=options.seed)
    target = joined[options.target].to_numpy(float)
    table, left_out = _usable(
        joined.drop(columns=["customer", options.target]), target, options.leave_out
    )
    if not len(table.columns):
        raise AnalysisError("value.no_attributes")
    threshold = float(np.quantile(target, 1 - options.top))
    high = target >= threshold if (target >= threshold).mean() <= 0.6 else target > threshold
    progress(0.0, "value.step.rules")
    rules = shallow_rules(
        table, np.where(high, "high", "other"), depth=options.depth, seed=options.seed
    )
    models, effects, coefficients, better = _regressions(table, target, options, progress)
    return Drivers(
        rules,
        models,
        effects,
        coefficients,
        tuple(map(str, table.columns)),
        left_out,
        len(joined),
        threshold,
        options.target,
        better,
    )


def _usable(
    table: pd.DataFrame, target: np.ndarray, unwanted: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The columns that can explain, and why the others cannot."""
    keep, out = {}, []
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            column = (column.max() - column).dt.days.astype(float)
        elif pd.api.types.is_bool_dtype(column):
            column = column.astype(float)
        number = pd.api.types.is_numeric_dtype(column)
        distinct = int(column.nunique())
        if name in unwanted:
            out.append((name, "unwanted"))
        elif distinct < 2:
            out.append((name, "constant"))
        elif not number and distinct > max(_LEVELS, 0.1 * len(column)):
            out.append((name, "name"))
        elif (
            number
            and distinct > 20
            and abs(
                np.corrcoef(
                    column.fillna(column.median()).rank(),
                    pd.Series(target, index=column.index).rank(),
                )[0, 1]
            )
            > 0.995
        ):
            out.append((name, "same_as_target"))
        else:
            keep[name] = (
                column.astype(float)
                if number
                else column.astype("object").where(column.notna(), None)
            )
    return pd.DataFrame(keep), pd.DataFrame(out, columns=["attribute", "reason"])


def _regressions(
    table: pd.DataFrame, target: np.ndarray, options: DriverOptions, progress: Progress
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, bool]:
    """Cross-validated regressions beside the mean; the best one's attributes shuffled on customers it has not seen."""
    from sklearn.base import clone
    from sklearn.inspection import permutation_importance
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
    from sklearn.model_selection import KFold
    from threadpoolctl import threadpool_limits

    models = _models(table, options)
    folds = list(KFold(options.folds, shuffle=True, random_state=options.seed).split(table))
    rows, misses = [], {}
    fitted: dict[str, Any] = {}
    with threadpool_limits(1):
        for name, model in models.items():
            rmse, mae, r2 = [], [], []
            fitted[name] = []
            for at, (train, _) in enumerate(folds):
                progress(
                    0.1 + 0.8 * (list(models).index(name) + at / len(folds)) / len(models),
                    "value.step.regressions",
                )
                fitted[name].append(clone(model).fit(table.iloc[train], target[train]))
            for one, (_, test) in zip(fitted[name], folds, strict=True):
                told = one.predict(table.iloc[test])
                rmse.append(root_mean_squared_error(target[test], told))
                mae.append(mean_absolute_error(target[test], told))
                r2.append(r2_score(target[test], told))
            rows.append(
                (
                    name,
                    float(np.mean(rmse)),
                    float(np.std(rmse, ddof=1)),
                    float(np.mean(mae)),
                    float(np.mean(r2)),
                    float(np.std(r2, ddof=1)),
                )
            )
            misses[name] = np.array(rmse)
        best = min(
            (name for name in models if name != "baseline"), key=lambda name: misses[name].mean()
        )
        drops = []
        progress(0.9, "value.step.shuffling")
        for one, (_, test), miss in zip(fitted[best], folds, misses[best], strict=True):
            some = test[:2000]
            shuffled = permutation_importance(
                one,
                table.iloc[some],
                target[some],
                scoring="neg_root_mean_squared_error",
                n_repeats=3,
                random_state=options.seed,
                n_jobs=1,
            )
            drops.append(shuffled.importances_mean / max(float(miss), 1e-12))
        linear = clone(models["linear"]).fit(table, target)
    result = pd.DataFrame(rows, columns=["model", "rmse", "rmse_sd", "mae", "r2", "r2_sd"])
    result["best"] = result["model"] == best
    effects = pd.DataFrame(
        {
            "attribute": [str(name) for name in table.columns],
            "weight": np.mean(drops, axis=0),
            "sd": np.std(drops, axis=0, ddof=1),
        }
    )
    gain = misses["baseline"] - misses[best]
    better = bool(gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)))
    return (
        result,
        effects.sort_values("weight", ascending=False, ignore_index=True),
        _coefficients(linear),
        better,
    )


def _models(table: pd.DataFrame, options: DriverOptions) -> dict[str, Any]:
    """Mean, linear, polynomial, random forest, each with its own preparation inside."""
    from sklearn.compose import make_column_transformer
    from sklearn.dummy import DummyRegressor
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

    numbers = [name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
    texts = [name for name in table.columns if name not in numbers]

    def prepared(*more: Any) -> Any:
        hot = make_pipeline(
            SimpleImputer(strategy="constant", fill_value="?"),
            OneHotEncoder(
                handle_unknown="infrequent_if_exist",
                min_frequency=10,
                max_categories=12,
                sparse_output=False,
            ),
        )
        return make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), *more), numbers),
            (hot, texts),
            verbose_feature_names_out=False,
        )

    alphas = np.logspace(-2, 4, 13)
    return {
        "baseline": DummyRegressor(strategy="mean"),
        "linear": make_pipeline(prepared(StandardScaler()), RidgeCV(alphas)),
        "polynomial": make_pipeline(
            prepared(
                StandardScaler(),
                PolynomialFeatures(options.degree, include_bias=False),
                StandardScaler(),
            ),
            RidgeCV(alphas),
        ),
        "forest": make_pipeline(
            prepared(),
            RandomForestRegressor(
                n_estimators=60,
                min_samples_leaf=5,
                max_features=0.5,
                max_samples=min(1.0, 10_000 / len(table)),
                random_state=options.seed,
                n_jobs=1,
            ),
        ),
    }


def _coefficients(linear: Any) -> pd.DataFrame:
    names = linear[:-1].get_feature_names_out()
    table = pd.DataFrame({"term": [str(name) for name in names], "change": linear[-1].coef_})
    return table.reindex(table["change"].abs().sort_values(ascending=False).index).reset_index(
        drop=True
    )
