"""What makes a high-value customer: a tree in words, and regressions of value on attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import (
    check_one_row_each,
    customer_features,
)
from crm_analysis.analyses.customers.purchases import (
    calendar_month,
    day_numbers,
    purchase_days,
)
from crm_analysis.analyses.explain import Explanation, Rule, shallow_rules
from crm_analysis.analyses.value.regressions import compare_regressions
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.days import plausible_dates
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

_MINIMUM_CUSTOMERS = 50
_ROWS = 50_000
_MATTERS = (
    0.005  # how much worse the estimate gets without an attribute, as a share
)


@dataclass(frozen=True, kw_only=True)
class DriverOptions(Options):
    """What is explained, from what, and how; `top` is the share of customers called high-value.

    `degree` is of the polynomial; None: whichever fits rows better that are left out.
    """

    target: Literal["revenue", "value", "expected_revenue", "expected_orders"] = (
        "revenue"
    )
    top: float = share(0.2, low=0.02, high=0.5)
    depth: int = knob(3, low=1, high=5)
    degree: int | None = knob(None, low=2, high=3, advanced=True)
    folds: int = knob(5, low=2, high=10, advanced=True)
    leave_out: tuple[str, ...] = knob((), advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Drivers:
    """What goes with a customer's value.

    rules : the tree in words; labels "high", "other".
    models : a row a regression, all on customers not seen in fitting
        model : baseline (always the mean), linear, polynomial, support_vector, forest.
        rmse, rmse_sd, mae, r2, r2_sd : means over folds, and standard deviations.
        best : whether it is the best.
    effects : a row an attribute, the weightiest first
        attribute : name.
        weight, sd : how much worse the best model's rmse is with it shuffled, as a share.
    coefficients : a row a term of the linear model, the largest first
        term : attribute, or attribute and category.
        change : of the target, for one standard deviation or for having the category.
    attributes : names of those used.
    left_out : a row a column that is not
        attribute : name.
        reason : unwanted, or as `customer_features` says it.
    customers : how many there are.
    threshold : value from which a customer is high-value.
    target : what is explained.
    beats_baseline : whether the best is better than always saying the mean, by more than the
        difference's standard error over folds.
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

    @property
    def high_share(self) -> float:
        """The share of all customers that are high-value."""
        return 1 - self.rules.baseline

    def best_rules(self, count: int) -> list[Rule]:
        """The rules that find high-value customers more often than chance would, best first."""
        rules = [
            rule
            for rule in self.rules.for_label("high")
            if rule.purity > self.high_share
        ]
        return sorted(rules, key=lambda rule: -rule.purity * rule.count)[:count]

    def strongest(self, count: int) -> pd.DataFrame:
        """The first of the `effects`, without those that hardly matter."""
        return self.effects[self.effects["weight"] >= _MATTERS].head(count)

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        customers, threshold : how many, and the value from which one is high-value.
        best_rmse, baseline_rmse, best_r2 : of the regressions.
        tree_accuracy, tree_baseline : of the rules.
        """
        models = self.models.set_index("model")
        best = models[models["best"]].iloc[0]
        return {
            "customers": float(self.customers),
            "threshold": self.threshold,
            "best_rmse": float(best["rmse"]),
            "baseline_rmse": float(models["rmse"]["baseline"]),
            "best_r2": float(best["r2"]),
            "tree_accuracy": self.rules.accuracy,
            "tree_baseline": self.rules.baseline,
        }


def first_order_attributes(table: pd.DataFrame) -> pd.DataFrame:
    """What was known of each customer after their first purchase day.

    Nothing later can leak into what explains their value.

    Parameters
    ----------
    table
        Order lines with `customer` and `date`.

    Returns
    -------
    DataFrame
        customer : who.
        days_known : since the first purchase; who came earlier has had more time.
        first_month : 1 to 12.
        first_amount, first_quantity : money and pieces of the first day.
        first_products : distinct products of it.
        first_category, first_channel, country : of its first line.

        Columns whose source the table does not have are not there.

    Raises
    ------
    AnalysisError
        As `purchase_summary`.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2024-03-01", "2024-02-01"])
    >>> lines = pd.DataFrame({"customer": ["a", "a", "b"], "date": days})
    >>> lines["amount"], lines["product"] = [10.0, 20.0, 5.0], ["tea", "cup", "tea"]
    >>> first_order_attributes(lines)[["customer", "days_known", "first_month", "first_amount"]]
      customer  days_known first_month  first_amount
    0        a        60.0           1          10.0
    1        b        29.0           2           5.0
    """
    table = only_sales(table)
    purchases = purchase_days(table)
    days, dated = day_numbers(table["date"])
    position = purchases.labels.get_indexer(table["customer"])
    first_day = np.where(
        position >= 0, purchases.first_day[np.maximum(position, 0)], -1
    )
    lines = table[dated & (position >= 0) & (days == first_day)]
    groups = lines.groupby("customer", sort=True)
    attributes = pd.DataFrame(
        {
            "customer": purchases.labels,
            "days_known": (purchases.until - purchases.first_day).astype(float),
            "first_month": calendar_month(purchases.first_day) % 12 + 1,
        }
    )
    customer = attributes["customer"]
    numbers = {"amount": "sum", "quantity": "sum", "product": "nunique"}
    for column, how in numbers.items():
        if column in lines.columns:
            name = "first_products" if column == "product" else f"first_{column}"
            attributes[name] = customer.map(groups[column].agg(how)).astype(float)
    for column in ("category", "channel", "country"):
        if column in lines.columns:
            name = column if column == "country" else f"first_{column}"
            attributes[name] = customer.map(groups[column].first())
    return attributes


def customer_attributes(table: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """`first_order_attributes` with the columns of a customers table beside them.

    Of a customer with several rows in it the first counts; of columns of the same name those of
    the first order.
    """
    attributes = first_order_attributes(table)
    own = people.drop_duplicates("customer")
    shared = [name for name in attributes.columns if name != "customer"]
    return attributes.merge(
        own.drop(columns=shared, errors="ignore"), on="customer", how="left"
    )


def value_drivers(
    customers: pd.DataFrame,
    attributes: pd.DataFrame,
    options: DriverOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Drivers:
    """What goes with a customer's value.

    Rules of a shallow tree for the high-value ones, and three regressions beside a baseline.

    Parameters
    ----------
    customers
        `customer` and the target: revenue, value, expected_revenue or expected_orders.
    attributes
        `customer` and numbers, flags, dates or categories: a customers table,
        `first_order_attributes`, or both joined. Columns that describe nobody (names, ids,
        constants, the target itself) are left out, and named.
    options
        What is explained, and how.
    progress
        Called with the share done and the step.

    Returns
    -------
    Drivers
        Rules, regressions, effects, coefficients.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customer, "value.no_measure" without the target,
        "value.too_few_customers" with fewer than 50, "value.no_attributes" with none of use,
        "customers.repeated" when a customer has several rows in a table.

    Examples
    --------
    Who first came to the shop spends ten times as much.

    >>> customers = pd.DataFrame({"customer": range(60), "revenue": [10.0, 100.0, 10.0] * 20})
    >>> attributes = pd.DataFrame({"customer": range(60), "channel": ["web", "shop", "web"] * 20})
    >>> drivers = value_drivers(customers, attributes)
    >>> drivers.effects["attribute"].tolist(), drivers.beats_baseline
    (['channel'], True)
    """
    options = options or DriverOptions()
    for table in (customers, attributes):
        require(table, "customer")
        check_one_row_each(table)
    if options.target not in customers.columns:
        raise AnalysisError("value.no_measure", measure=options.target)
    known = customers.loc[
        customers[options.target].notna(), ["customer", options.target]
    ]
    joined = known.merge(
        attributes.drop(columns=[options.target], errors="ignore"),
        on="customer",
        how="inner",
    )
    if len(joined) < _MINIMUM_CUSTOMERS:
        raise AnalysisError(
            "value.too_few_customers",
            count=len(joined),
            minimum=_MINIMUM_CUSTOMERS,
        )
    if len(joined) > _ROWS:
        joined = joined.sample(_ROWS, random_state=options.seed)
    table, left_out = _usable(joined, options)
    if not len(table.columns):
        raise AnalysisError("value.no_attributes")
    target = joined[options.target].to_numpy(float)
    threshold = float(np.quantile(target, 1 - options.top))
    high = target >= threshold
    if high.mean() > 0.6:  # many have just the threshold
        high = target > threshold
    progress(0.0, "value.step.rules")
    rules = shallow_rules(
        table,
        np.where(high, "high", "other"),
        depth=options.depth,
        seed=options.seed,
    )
    regressions = compare_regressions(
        table,
        target,
        folds=options.folds,
        degree=options.degree,
        seed=options.seed,
        progress=progress,
    )
    return Drivers(
        rules,
        regressions.models,
        regressions.effects,
        regressions.coefficients,
        tuple(map(str, table.columns)),
        left_out,
        len(joined),
        threshold,
        options.target,
        regressions.beats_baseline,
    )


def _usable(
    joined: pd.DataFrame, options: DriverOptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The columns that can explain, as numbers and texts, and why the others cannot."""
    judged = customer_features(joined, outcomes=(options.target,), gaps_filled=True)
    judged = judged[judged["column"] != options.target]
    judged.loc[judged["column"].isin(options.leave_out), "reason"] = "unwanted"
    excluded = judged["reason"] != ""
    left_out = judged.loc[excluded, ["column", "reason"]].rename(
        columns={"column": "attribute"}
    )
    table = {}
    for name in judged.loc[~excluded, "column"]:
        column = joined[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            dates = plausible_dates(column)
            table[name] = (dates.max() - dates).dt.days.astype(float)
        elif pd.api.types.is_numeric_dtype(column):
            table[name] = column.astype(float)
        else:
            table[name] = column.astype("object").where(column.notna(), None)
    return pd.DataFrame(table, index=joined.index), left_out.reset_index(drop=True)
