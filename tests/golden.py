"""The answers of every public verb, written down, so that two revisions can be compared.

    python -m tests.golden write OUT.json             run all verbs on this checkout
    python -m tests.golden compare OLD.json NEW.json  print the differences, exit 1 if any
    python -m tests.golden against REV                write REV and this checkout, compare them

The sample shop is always there. With CRM_TEST_DATA naming the folder of real files, Online Retail
and Telco are used too. `--data shop telco` runs only these. Times go to stderr.

Tables are written as digests: numbers as sums and extremes with the first and last rows, text as
its first and last rows with a hash of all. Floats are compared to a relative 1e-9 (`--rtol`),
everything else exactly. What was renamed on purpose is declared in `VERBS` and `RENAMED`.
`against` runs the tests/golden.py of REV where REV has one, else a copy of this one.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import hashlib
import inspect
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial, singledispatch
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

import crm_analysis as crm
from crm_analysis.analyses import (
    churn,
    customers,
    forecast,
    overview,
    segments,
    value,
)
from crm_analysis.analyses.forecast.series.selection import (
    DemandOptions,
    select_demand,
)
from crm_analysis.intake import sample_files
from crm_analysis.tables import appending, filters, linking, quality

ROOT = Path(__file__).parents[1]

# What was renamed on purpose, old to new, in the old answers before they are compared.
# A verb: its name in the lists below, without what is in brackets.
VERBS: dict[str, str] = {
    "best_bound": "best_threshold",
    "demand_of": "select_demand",
    "keep_model": "save_model",
}
# A field, a column, a phrase key or a value of text. "find_rules/partial" renames in the answers
# of that (new) verb only; "keeping.note.*": "note.*" renames all texts that begin so. A text in a
# column of more than FEW_TEXTS different ones, or inside a list in a cell, is not reached.
RENAMED: dict[str, str] = {
    "new_product/asked": "requested",
    "new_product/least": "minimum",
    "reconcile/least": "minimum",
    "score_forecast/known": "observed",
    "expected_sized": "expected_equal_size",
    "p_sized": "p_equal_size",
    "find_rules/least": "minimum_count",
    "find_rules/least_count": "minimum_count",
    "find_rules/shown()": "without_redundant()",
    "find_sequences/least": "minimum_customers",
    "find_sequences/least_count": "minimum_customers",
    "togetherness": "comovement",
    "diagnosed": "fit_diagnostics",
    "forecast.note.known": "forecast.note.covariates",
    "propose_window/bounded": "limited_by",
    "plan_windows/rhythm": "interpurchase_time",
    "plan_windows/bounded": "limited_by",
    "find_target/left": "churned",
    "predict_churn/found": "captured",
    "survival/kept": "survival",
    "readable_tree/place": "position",
    "plan_campaign/kept": "retained",
    "list_to_contact/place": "position",
    "list_to_contact/gone": "dropped",
    "list_to_contact/left_already": "already_churned",
    "measure_campaign/kept": "customers_more",
    "measure_campaign/kept_lo": "customers_more_lo",
    "measure_campaign/kept_hi": "customers_more_hi",
    "measure_campaign/gain": "profit",
    "measure_campaign/gain_lo": "profit_lo",
    "measure_campaign/gain_hi": "profit_hi",
    "segments.do.leaving": "segments.do.more_churn",
    "segments.do.staying": "segments.do.less_churn",
    **{
        f"{verb}/{old}": new
        for verb in (
            "segment",
            "rename",
            "merge",
            "pin",
            "from_dict",
            "movement_between",
        )
        for old, new in (
            ("found", "fitted_labels"),
            ("called", "proposed_names"),
            ("table", "given"),
        )
    },
}
# Parts of old answers that are gone on purpose or of another form, by verb.
DROPPED: dict[str, set[str]] = {
    **{
        verb: {".name", ".unit"}
        for verb in ("fit_bgnbd", "fit_mbgnbd", "fit_pareto_nbd", "fit_bgbb")
    },
    "fit_value": {".per_chance", ".model.name", ".model.unit"},
    "value_ranges": {".money"},
    "estimate_value": {".model.name", ".model.unit"},
    # The reasons are those of customer_features, the one judge of features.
    "value_drivers": {
        ".left_out.#cells.reason.#texts",
        ".left_out.#cells.reason.#order",
    },
    # The name of a segment is in words, its key beside it; what describe_customers left out is
    # in the notes of its summary.
    **{
        verb: {
            ".notes",
            ".options.clips",
            ".adjustments.notes",
            *(
                f".{table}.{part}"
                for table in ("customers", "profile")
                for part in ("#columns", "#cells.name", "#cells.name_key")
            ),
        }
        for verb in ("segment", "rename", "merge", "pin", "from_dict")
    },
    "movement_between": {
        f".{day}.{part}"
        for day in ("before", "after")
        for part in (
            "notes",
            "options.clips",
            "adjustments.notes",
            "customers.#columns",
            "customers.#cells.name",
            "customers.#cells.name_key",
            "profile.#columns",
            "profile.#cells.name",
            "profile.#cells.name_key",
        )
    },
    "apply": {".#columns", ".#cells.name", ".#cells.name_key"},
    "to_dict": {".notes"},
    "describe_customers": {".attrs"},
}

PURCHASE_MODELS: tuple[str, ...] = (
    "BetaGeometric",
    "ModifiedBetaGeometric",
    "BetaGeometricBetaBernoulli",
)
PURCHASE_MODELS += ("ParetoNBD", "LookAlike")
# Fields that hold what is not an answer, by class: fitted models, engines, inner forms. "*": any.
NOT_COMPARED: dict[str, set[str]] = {
    "*": {"engine", "store", "seconds"},
    "RawTable": {"coded", "tidy"},
    "Cleaned": {"columns", "ledger"},
    "Segments": {"encoding", "model"},
    "Rules": {"baskets", "lattice", "pair_frequencies"},
    "Offers": {"verdict"},
    "FittedValue": {"options", "purchases", "holdout"},
    "Churn": {"fold_models"},
    "Value": {"worth", "equity_each", "spread_shares", "tracking_gap"},
    "Ranges": {"options"},
    "Check": {"message"},
    "Remark": {"message"},
    "GammaGamma": {"usable"},
    "ShiftedBetaGeometric": {"usable"},
    "Drivers": {"high_share"},
    "Contracts": {"worth", "observed_curve"},
    "Cohorts": {"has_money"},
    **{name: {"rows", "usable", "orders_per_count"} for name in PURCHASE_MODELS},
}
# Keys of a dict and columns of a table that change from run to run, or with the machine.
NOT_THE_SAME_TWICE = {"seconds", "digest", "versions"}
# Methods of a result that are asked too, where they need no argument.
METHODS: tuple[str, ...] = (
    "summary",
    "headlines",
    "shown",
    "best",
    "confusion",
    "heat_map",
    "matrix",
    "alive",
)
METHODS += ("without_redundant",)
METHODS += ("diagnostics", "leave_out", "unfinished", "total_paths", "expected")

DATA_SETS = ("shop", "people", "zh", "retail", "telco")
FEW_TEXTS = 40  # a column of at most so many different texts is written as these and their order
SHOWN = 5  # rows at the start and at the end of a column
MOST_SHOWN = 6  # differences of one verb


class Data:
    """One data set, and the answers of the verbs so far.

    Parameters
    ----------
    path
        The file that the verbs begin with.
    every
        The period its demand is counted by.
    change
        A feature and a value of it, for what-if questions.
    """

    def __init__(
        self,
        path: Path,
        every: str = "month",
        change: tuple[str, Any] = ("", 0),
    ) -> None:
        self.path, self.every, self.change = path, every, change
        self.answers: dict[str, Any] = {}

    def __getitem__(self, verb: str) -> Any:
        if verb not in self.answers:
            raise LookupError(f"{verb} gave no answer")
        return self.answers[verb]

    def forget(self) -> None:
        """Let go of all answers, which may be large."""
        self.__dict__.clear()

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The cleaned table."""
        return self["clean"].table

    @cached_property
    def some(self) -> pd.DataFrame:
        """The lines of a part of the customers, for verbs that take long."""
        known = self.lines[self.lines["customer"].notna()]
        return known[known["customer"].astype(str).str[-1].isin(list("05"))]

    @cached_property
    def fewer(self) -> pd.DataFrame:
        """At most 800 described customers, spread evenly."""
        people = self["describe_customers"]
        return people.iloc[:: -(-len(people) // 800)].reset_index(drop=True)

    @cached_property
    def goods(self) -> pd.DataFrame:
        """The lines of the products sold most."""
        sold = (
            self.lines.groupby("product")["quantity"].sum().sort_values(kind="stable")
        )
        return self.lines[self.lines["product"].isin(sold.index[-4:])]

    @cached_property
    def midway(self) -> datetime.date:
        """A day on which a part of the orders was yet to come."""
        return self.lines["date"].quantile(0.6).date()

    @cached_property
    def launched(self) -> pd.DataFrame:
        """The lines as if every second product had been launched midway."""
        codes, _ = pd.factorize(self.lines["product"])
        return self.lines[(codes % 2 == 0) | (self.lines["date"].dt.date > self.midway)]

    @cached_property
    def learned(self) -> pd.DataFrame:
        """Demand of the best products without the last periods, which are there to judge by."""
        demand = self["demand (parts)"]
        return demand[demand["date"] < np.sort(demand["date"].unique())[-3]]

    @cached_property
    def scored(self) -> pd.DataFrame:
        """The customers with their risk and a money value, as campaigns want them."""
        people = self["predict_churn"].customers
        return people.assign(worth=20.0 + np.arange(len(people)) % 90)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Made-up outcomes of a campaign: those held out leave more often."""
        listed = self["list_to_contact"].table
        place = np.arange(len(listed))
        left = np.where(listed["group"] == "holdout", place % 2 == 0, place % 5 == 0)
        return listed[["customer"]].assign(churned=left)

    @cached_property
    def anyone(self) -> Any:
        """A customer whose risk is in the middle."""
        people = self["predict_churn"].customers.sort_values("risk", kind="stable")
        return people["customer"].iloc[len(people) // 2]

    def by_hand(self) -> pd.DataFrame:
        """Two values of the forecast, set by hand."""
        rows = self["forecast"].ahead[["series", "date", "value"]].iloc[[0, 4]]
        return rows.assign(value=rows["value"] * 1.5 + 1, note=["fair", ""])

    def stock(self) -> pd.DataFrame:
        """A made-up stock of each series but one."""
        names = self["forecast"].ahead["series"].drop_duplicates().to_numpy()[1:]
        count = np.arange(len(names))
        rows = {
            "series": names,
            "on_hand": 40.0 * count,
            "pack": 6.0 + count,
            "cost": 2.5,
        }
        return pd.DataFrame(rows)


def members(data: Data) -> pd.DataFrame:
    """Which segment each customer is in."""
    return data["segment (kmeans)"].customers[["customer", "segment"]]


def features(data: Data, verb: str) -> pd.DataFrame:
    """The features of an answer, without who and when."""
    return data[verb].drop(
        columns=["customer", "cutoff", "window_end", "churned"], errors="ignore"
    )


def opened(data: Data) -> Any:
    """A kept model, opened from what would be stored."""
    kept = data["save_model"]
    return crm.open_model(kept.model, json.loads(json.dumps(kept.meta)), kept.reference)


def churn_of(data: Data, model: str) -> Any:
    """Churn by one model, of at most 800 customers, with few folds and draws."""
    few = crm.ChurnOptions(model=model, folds=3, repeats=1, draws=20)
    return crm.predict_churn(data.fewer, few)


def ahead_by(data: Data, model: str, **more: Any) -> Any:
    """A forecast of the best products by one model."""
    options = crm.ForecastOptions(horizon=3, model=model, windows=2, paths=200, **more)
    return crm.forecast(data.learned, options, measure="quantity")


Verbs = Sequence[tuple[str, Callable[[Data], Any]]]


def largest_products(data: Data) -> DemandOptions:
    """The demand of the three products sold most."""
    return DemandOptions(by="product", every=data.every, largest=3)


CHURN = crm.ChurnOptions(
    candidates=("naive_bayes", "logistic", "tree", "xgboost"),
    folds=3,
    repeats=1,
    draws=50,
)
MONEY = crm.MoneyOptions(value_column="worth", contact_cost=1, incentive=5, success=0.3)
CLEANING = crm.CleanOptions(
    duplicates="flag",
    case="title",
    outliers="clip",
    outlier_method="robust_z",
    returns="net",
)
FILTER = filters.Filter(start="2011-01-10", end="2026-03-31")
PAIRS = {
    ("revenue", "recency"): 3,
    ("recency", "breadth"): 2,
    ("revenue", "breadth"): 5,
}
SCORED_BY_PAIRS = crm.ScoreOptions(
    method="pairs",
    pairs=("revenue:recency:3", "frequency:recency:2", "recency:breadth:2"),
)

READING: Verbs = [
    ("read_table", lambda data: crm.read_table(data.path)),
    ("guess_roles", lambda data: crm.guess_roles(data["read_table"])),
    ("clean", lambda data: crm.clean(data["read_table"], data["guess_roles"])),
    ("describe_quality", lambda data: quality.describe_quality(data["clean"])),
    ("filter_choices", lambda data: filters.filter_choices(data.lines)),
    ("describe_customers", lambda data: crm.describe_customers(data.lines)),
    (
        "customer_card",
        lambda data: customers.customer_card(
            data.lines, data.lines["customer"].dropna().iloc[0]
        ),
    ),
]

ORDERS: Verbs = [
    ("apply_filter", lambda data: filters.apply_filter(data.lines, FILTER)),
    (
        "describe_customers (then)",
        lambda data: crm.describe_customers(data.lines, data.midway),
    ),
    ("sales", lambda data: overview.sales(data.lines)),
]

SEGMENTS: Verbs = [
    (
        f"segment ({name})",
        lambda data, options=options: crm.segment(data.fewer, options),
    )
    for name, options in {
        "kmeans, 5": crm.KMeansOptions(clusters=5, scale="robust"),
        "minibatch": crm.MiniBatchKMeansOptions(clusters=4),
        "dbscan": crm.DBSCANOptions(),
        "hdbscan": crm.HDBSCANOptions(),
        "mixture": crm.GaussianMixtureOptions(clusters=4),
        "agglomerative": crm.AgglomerativeOptions(clusters=4),
    }.items()
] + [
    ("segment (kmeans)", lambda data: crm.segment(data["describe_customers"])),
    (
        "feature_choices",
        lambda data: segments.feature_choices(data["describe_customers"]),
    ),
    (
        "compare",
        lambda data: segments.compare(
            data["segment (kmeans)"], data["segment (kmeans, 5)"]
        ),
    ),
    (
        "rename",
        lambda data: segments.rename(data["segment (kmeans)"], {0: "regulars"}),
    ),
    ("merge", lambda data: segments.merge(data["segment (kmeans, 5)"], [0, 1])),
    (
        "pin",
        lambda data: segments.pin(
            data["segment (kmeans)"],
            list(data["describe_customers"]["customer"][:3]),
            0,
        ),
    ),
    ("to_dict", lambda data: segments.to_dict(data["merge"])),
    ("from_dict", lambda data: segments.from_dict(data["to_dict"], data.fewer)),
    (
        "apply (segments)",
        lambda data: data["segment (kmeans)"].apply(data["describe_customers"][::3]),
    ),
]

SEGMENTS_OF_ORDERS: Verbs = [
    (
        "segment (rfm)",
        lambda data: crm.segment(data["describe_customers"], crm.RFMOptions()),
    ),
    (
        "movement_between",
        lambda data: segments.movement_between(
            data.lines, data.midway, data.lines["date"].max().date()
        ),
    ),
]

BASKETS: Verbs = [
    ("estimate_rules", lambda data: crm.estimate_rules(data.lines)),
    ("find_rules", lambda data: crm.find_rules(data.lines)),
    (
        "find_rules (apriori)",
        lambda data: crm.find_rules(
            data.goods,
            crm.RuleOptions(algorithm="apriori", support=0.01, confidence=0.05),
        ),
    ),
    (
        "find_rules (closed)",
        lambda data: crm.find_rules(
            data.some,
            crm.RuleOptions(
                basket="customer_day",
                itemsets="closed",
                interval="wilson",
                support=0.04,
            ),
        ),
    ),
    ("pairs", lambda data: data["find_rules"].pairs),
    (
        "offer_bundles",
        lambda data: crm.offer_bundles(data.lines, data["find_rules"]),
    ),
    ("find_sequences", lambda data: crm.find_sequences(data.lines)),
    ("next_products", lambda data: crm.next_products(data.some)),
    (
        "next_products (best)",
        lambda data: crm.next_products(
            data.some, crm.OfferOptions(combine="best", new_only=False)
        ),
    ),
    ("compare_groups", lambda data: crm.compare_groups(data.lines, "country")),
    (
        "compare_groups (segments)",
        lambda data: crm.compare_groups(data.lines, members(data)),
    ),
]

VALUE: Verbs = [
    ("purchase_summary", lambda data: crm.purchase_summary(data.lines)),
    ("purchase_chances", lambda data: crm.purchase_chances(data.lines)),
    ("fit_bgnbd", lambda data: crm.fit_bgnbd(data["purchase_summary"])),
    ("fit_mbgnbd", lambda data: crm.fit_mbgnbd(data["purchase_summary"])),
    (
        "fit_pareto_nbd",
        lambda data: crm.fit_pareto_nbd(data["purchase_summary"]),
    ),
    ("fit_bgbb", lambda data: crm.fit_bgbb(data["purchase_chances"])),
    (
        "fit_gamma_gamma",
        lambda data: crm.fit_gamma_gamma(data["purchase_summary"]),
    ),
    ("expected (bgnbd)", lambda data: data["fit_bgnbd"].expected(26)),
    (
        "at_least (pareto_nbd)",
        lambda data: data["fit_pareto_nbd"].at_least(2, 26),
    ),
    ("expected (bgbb)", lambda data: data["fit_bgbb"].expected(6)),
    ("fit_value", lambda data: crm.fit_value(data.some)),
    ("value_ranges", lambda data: crm.value_ranges(data["fit_value"])),
    ("estimate_value", lambda data: crm.estimate_value(data.lines)),
    (
        "estimate_value (fitted)",
        lambda data: crm.estimate_from_fit(
            data["fit_value"],
            crm.ValueOptions(margin=0.4),
            ranges=data["value_ranges"],
        ),
    ),
    ("business_state", lambda data: crm.business_state(data.lines)),
    (
        "cohorts",
        lambda data: crm.cohorts(
            data.lines, crm.CohortOptions(acquisition_cost=30, margin=0.5)
        ),
    ),
    (
        "cohorts (week)",
        lambda data: crm.cohorts(data.some, crm.CohortOptions(every="week")),
    ),
    ("movement", lambda data: crm.movement(data.lines)),
    (
        "movement (orders)",
        lambda data: crm.movement(
            data.lines,
            crm.MovementOptions(back_days=60, window_days=60, measure="orders"),
        ),
    ),
    ("tiers", lambda data: crm.tiers(data["estimate_value"].customers)),
    (
        "tiers (value)",
        lambda data: crm.tiers(
            data["estimate_value"].customers, crm.TierOptions(measure="value")
        ),
    ),
    ("customer_dimensions", lambda data: crm.customer_dimensions(data.lines)),
    ("rfm_scores", lambda data: crm.rfm_scores(data["customer_dimensions"])),
    ("scores", lambda data: crm.scores(data["customer_dimensions"])),
    (
        "scores (entropy)",
        lambda data: crm.scores(
            data["customer_dimensions"],
            crm.ScoreOptions(method="entropy", scale="range"),
        ),
    ),
    (
        "scores (pairs)",
        lambda data: crm.scores(data["customer_dimensions"], SCORED_BY_PAIRS),
    ),
    ("ahp_weights", lambda data: crm.ahp_weights(PAIRS)),
    (
        "entropy_weights",
        lambda data: crm.entropy_weights(
            data["customer_dimensions"][["frequency", "breadth"]]
        ),
    ),
    (
        "first_order_attributes",
        lambda data: crm.first_order_attributes(data.some),
    ),
    (
        "value_drivers",
        lambda data: crm.value_drivers(
            crm.purchase_summary(data.some),
            data["first_order_attributes"],
            crm.DriverOptions(folds=3),
        ),
    ),
    ("unnamed_sales", lambda data: value.unnamed_sales(data.lines)),
]

FORECAST: Verbs = [
    ("demand", lambda data: crm.demand(data.lines, data.every)),
    (
        "demand (day)",
        lambda data: crm.demand(
            data.lines, "day", measure="revenue", keep_partial=True
        ),
    ),
    (
        "demand (parts)",
        lambda data: crm.demand(data.goods, data.every, by="product"),
    ),
    (
        "demand (segments)",
        lambda data: crm.demand(
            crm.with_segments(data.lines, members(data)),
            data.every,
            "segment",
            "orders",
        ),
    ),
    (
        "select_demand",
        lambda data: select_demand(data.lines, largest_products(data)).table,
    ),
    ("with_segments", lambda data: crm.with_segments(data.some, members(data))),
    ("with_total", lambda data: crm.with_total(data.learned)),
    (
        "forecast",
        lambda data: crm.forecast(
            data["with_total"],
            crm.ForecastOptions(horizon=6, model="theta", country="GB"),
            measure="quantity",
        ),
    ),
    (
        "forecast (auto)",
        lambda data: crm.forecast(
            data["demand"],
            crm.ForecastOptions(horizon=4, windows=2),
            measure="quantity",
        ),
    ),
    (
        "forecast (segments)",
        lambda data: crm.forecast(
            data["demand (segments)"],
            crm.ForecastOptions(horizon=3, model="seasonal_naive"),
            measure="orders",
        ),
    ),
    *(
        (f"forecast ({name})", lambda data, name=name: ahead_by(data, name))
        for name in (
            "drift",
            "ets",
            "damped",
            "mstl",
            "linear",
            "polynomial",
            "svr",
            "sba",
            "tsb",
        )
    ),
    (
        "forecast (arima)",
        lambda data: ahead_by(data, "arima", p=1, constant=True),
    ),
    (
        "forecast (prophet)",
        lambda data: crm.forecast(
            data["demand"],
            crm.ForecastOptions(horizon=2, model="prophet", windows=1, paths=100),
            measure="quantity",
        ),
    ),
    (
        "decompose",
        lambda data: crm.decompose(crm.demand(data.goods, "week", by="product")),
    ),
    (
        "decompose (day)",
        lambda data: crm.decompose(
            data["demand (day)"], crm.DecompositionOptions(season=7)
        ),
    ),
    (
        "find_anomalies",
        lambda data: crm.find_anomalies(crm.demand(data.goods, "week", by="product")),
    ),
    (
        "find_anomalies (day)",
        lambda data: crm.find_anomalies(data["demand (day)"]),
    ),
    (
        "override",
        lambda data: crm.override(data["forecast"].ahead, data.by_hand()),
    ),
    (
        "reconcile",
        lambda data: crm.reconcile(data["forecast"], ahead=data["override"].ahead),
    ),
    (
        "reconcile (bottom_up)",
        lambda data: crm.reconcile(
            data["forecast"], options=crm.ReconcileOptions(method="bottom_up")
        ),
    ),
    (
        "scenario",
        lambda data: crm.scenario(
            data["forecast"].ahead,
            crm.ScenarioOptions(
                growth=0.1, growth_form="gradual", price=0.05, elasticity=-1.5
            ),
        ),
    ),
    (
        "replenish",
        lambda data: crm.replenish(
            data["forecast"],
            data.stock(),
            crm.InventoryOptions(lead_time=2, lead_time_sd=0.3),
        ),
    ),
    (
        "replenish (reorder point)",
        lambda data: crm.replenish(
            data["forecast"],
            data.stock(),
            crm.InventoryOptions(rule="at_reorder_point", service=0.9, whole=False),
            ahead=data["override"].ahead,
        ),
    ),
    (
        "forecast_to_keep",
        lambda data: crm.forecast_to_keep(data["forecast"], data["override"]),
    ),
    (
        "score_forecast",
        lambda data: crm.score_forecast(
            data["forecast_to_keep"], crm.with_total(data["demand (parts)"])
        ),
    ),
    (
        "orders_per_customer",
        lambda data: crm.orders_per_customer(
            data["forecast (segments)"], members(data)
        ),
    ),
    (
        "new_product",
        lambda data: crm.new_product(
            crm.demand(data.launched, data.every, by="product"),
            name="Newcomer",
            options=crm.NewProductOptions(horizon=3, level=0.8),
        ),
    ),
    (
        "long_form",
        lambda data: forecast.long_form(
            data["forecast"],
            overridden=data["override"],
            reconciled=data["reconcile"],
            history=True,
        ),
    ),
    (
        "wide_form",
        lambda data: forecast.wide_form(data["long_form"], ("value", "lo_80")),
    ),
    ("holiday_days", lambda data: forecast.holiday_days("CN", 2024, 2025)),
]

CHURN_OF_ORDERS: Verbs = [
    ("propose_window", lambda data: crm.propose_window(data.lines)),
    ("plan_windows", lambda data: churn.plan_windows(data.lines)),
    (
        "churn_examples",
        lambda data: crm.churn_examples(data.lines, current=True),
    ),
    (
        "churn_examples (30 days)",
        lambda data: crm.churn_examples(
            data.some,
            crm.WindowOptions(
                window_days=30, cutoffs=3, min_orders=2, lookback_days=90
            ),
        ),
    ),
    ("current_customers", lambda data: crm.current_customers(data.lines)),
    (
        "predict_churn",
        lambda data: crm.predict_churn(data["churn_examples"], CHURN),
    ),
    (
        "drift",
        lambda data: crm.drift(
            features(data, "churn_examples"),
            features(data, "current_customers"),
        ),
    ),
    (
        "reasons_for",
        lambda data: crm.reasons_for(
            data["predict_churn"].model,
            data["current_customers"],
            data["predict_churn"].training,
            rows=30,
        ),
    ),
    (
        "survival",
        lambda data: crm.survival(
            data["churn_examples"],
            crm.SurvivalOptions(tenure="tenure", by="country"),
        ),
    ),
]

CHURN_OF_CUSTOMERS: Verbs = [
    ("people", lambda data: overview.people(data.lines)),
    ("find_target", lambda data: churn.find_target(data.lines)),
    ("predict_churn", lambda data: crm.predict_churn(data.lines, CHURN)),
    (
        "drift",
        lambda data: crm.drift(
            data.lines.drop(columns=["customer", "churned"])[:700],
            data.lines.drop(columns=["customer", "churned"])[700:],
        ),
    ),
    (
        "reasons_for",
        lambda data: crm.reasons_for(
            data["predict_churn"].model,
            data.fewer,
            data["predict_churn"].training,
            rows=30,
        ),
    ),
    ("survival", lambda data: crm.survival(data.lines)),
    (
        "survival (groups)",
        lambda data: crm.survival(
            data.lines, crm.SurvivalOptions(by="Contract", groups=3)
        ),
    ),
    ("estimate_contracts", lambda data: crm.estimate_contracts(data.lines)),
    (
        "fit_sbg",
        lambda data: crm.fit_sbg(
            pd.DataFrame(
                {
                    "tenure": data.lines[churn.tenure_column(data.lines)],
                    "churned": data.lines["churned"].astype(bool),
                }
            )
        ),
    ),
]

CHURN_BY_MODEL: Verbs = [
    *(
        (
            f"predict_churn ({name})",
            lambda data, name=name: churn_of(data, name),
        )
        for name in (
            "logistic",
            "forest",
            "hist_gradient_boosting",
            "linear_svm",
            "mlp",
            "stack",
        )
    ),
    (
        "predict_churn (balanced)",
        lambda data: crm.predict_churn(
            data.fewer,
            crm.ChurnOptions(
                model="tree",
                class_weight="balanced",
                calibration="isotonic",
                threshold=0.4,
            ),
        ),
    ),
]

ACTING_ON_CHURN: Verbs = [
    (
        "apply (churn)",
        lambda data: data["predict_churn"].apply(data["predict_churn"].table[::5]),
    ),
    ("fairness", lambda data: data["predict_churn"].fairness(data.change[0])),
    (
        "reasons_of",
        lambda data: crm.reasons_of(data["predict_churn"], rows=40, raising=True),
    ),
    (
        "importance",
        lambda data: crm.importance(data["predict_churn"], repeats=1, rows=500),
    ),
    ("readable_tree", lambda data: crm.readable_tree(data["predict_churn"])),
    (
        "effect",
        lambda data: churn.effect(data["predict_churn"], data.change[0]),
    ),
    (
        "changeable_features",
        lambda data: churn.changeable_features(data["predict_churn"]),
    ),
    (
        "what_if",
        lambda data: crm.what_if(
            data["predict_churn"], data.anyone, dict([data.change])
        ),
    ),
    (
        "best_changes",
        lambda data: crm.best_changes(data["predict_churn"], data.anyone),
    ),
    ("plan_campaign", lambda data: crm.plan_campaign(data.scored, MONEY)),
    (
        "plan_campaign (budget)",
        lambda data: crm.plan_campaign(
            data.scored.drop(columns="churned"),
            crm.MoneyOptions(value=80, budget=300),
        ),
    ),
    (
        "best_threshold",
        lambda data: churn.best_threshold(data["plan_campaign"]),
    ),
    (
        "profit_by_success",
        lambda data: churn.profit_by_success(data["plan_campaign"]),
    ),
    (
        "list_to_contact",
        lambda data: crm.list_to_contact(
            data.scored,
            MONEY,
            crm.RetentionListOptions(holdout=0.2),
            reasons=data["reasons_of"],
            suppressed=list(data.scored["customer"][:9]),
        ),
    ),
    (
        "list_to_contact (again)",
        lambda data: crm.list_to_contact(
            data.scored,
            MONEY.replace(count=40),
            previous=data["list_to_contact"].table[:30],
        ),
    ),
    (
        "measure_campaign",
        lambda data: crm.measure_campaign(data["list_to_contact"].table, data.outcomes),
    ),
    (
        "suggest_actions",
        lambda data: churn.suggest_actions(data["reasons_of"], data.lines),
    ),
    (
        "save_model",
        lambda data: crm.save_model(data["predict_churn"], made="2024-05-01"),
    ),
    ("open_model", opened),
    (
        "apply (kept)",
        lambda data: data["open_model"].apply(data["predict_churn"].table[::5]),
    ),
    (
        "drift (kept)",
        lambda data: data["open_model"].drift(data["predict_churn"].table[::3]),
    ),
]


def shop_file(data: Data, place: int) -> Any:
    """Another table of the shop, read with its roles and cleaned."""
    raw = crm.read_table(sample_files("en")[place][1])
    return crm.clean(raw, crm.guess_roles(raw)).table


SHOP: Verbs = [
    (
        "clean (strict)",
        lambda data: crm.clean(data["read_table"], data["guess_roles"], CLEANING),
    ),
    ("contacts", lambda data: overview.contacts(shop_file(data, 2))),
    ("comments", lambda data: overview.comments(shop_file(data, 3))),
    (
        "customer_dimensions (contacts)",
        lambda data: crm.customer_dimensions(data.lines, shop_file(data, 2)),
    ),
    (
        "find_links",
        lambda data: linking.find_links(
            {name: crm.read_table(path) for name, path in sample_files("en")[:3]}
        ),
    ),
    (
        "with_contacts",
        lambda data: churn.with_contacts(data.scored, shop_file(data, 1)),
    ),
    (
        "value_drivers (customers)",
        lambda data: crm.value_drivers(
            crm.purchase_summary(data.lines),
            shop_file(data, 1),
            crm.DriverOptions(folds=3),
        ),
    ),
]


def day_by_day(data: Data) -> Any:
    """The file of the first months with those of three days put after it."""
    days = sorted(data.path.parent.glob("2011-05-*.csv"))[:3]
    return appending.append(
        [data["read_table"], *map(crm.read_table, days)], data["guess_roles"]
    )


RETAIL: Verbs = [
    ("append", day_by_day),
    (
        "clean (appended)",
        lambda data: crm.clean(data["append"], data["guess_roles"]),
    ),
]

OF_ORDERS = [
    *READING,
    *ORDERS,
    *SEGMENTS,
    *SEGMENTS_OF_ORDERS,
    *BASKETS,
    *VALUE,
]
OF_ORDERS += [*FORECAST, *CHURN_OF_ORDERS, *ACTING_ON_CHURN]
OF_CUSTOMERS = [*READING, *CHURN_OF_CUSTOMERS, *ACTING_ON_CHURN]
TELCO = [*OF_CUSTOMERS, *SEGMENTS, *CHURN_BY_MODEL]


def data_sets() -> dict[str, tuple[Data, Verbs]]:
    """The data sets there are, each with the verbs that fit it."""
    shop, people = (sample_files("en")[place][1] for place in (0, 1))
    recency, contract = ("recency", 5), ("Contract", "Yearly")
    sets: dict[str, tuple[Data, Verbs]] = {
        "shop": (Data(shop, "month", recency), [*OF_ORDERS, *SHOP]),
        "people": (Data(people, change=contract), OF_CUSTOMERS),
        "zh": (
            Data(sample_files("zh")[0][1]),
            [*READING, *ORDERS, *BASKETS[:2]],
        ),
    }
    folder = os.environ.get("CRM_TEST_DATA")
    if not folder:
        print(
            "CRM_TEST_DATA names no folder of real files: the shop only",
            file=sys.stderr,
        )
        return sets
    retail = Path(folder, "online_retail", "december_to_april.csv")
    telco = Path(folder, "telco_churn", "Telco-Customer-Churn.csv")
    sets["retail"] = Data(retail, "week", recency), [*OF_ORDERS, *RETAIL]
    sets["telco"] = Data(telco, change=("Contract", "Two year")), TELCO
    return sets


# Running the verbs


def write(out: Path, wanted: Sequence[str] = ()) -> None:
    """Run the verbs and write their answers as JSON.

    Parameters
    ----------
    out
        The file to write: {"data set/verb": answer}.
    wanted
        Only these data sets; all if empty.
    """
    warnings.simplefilter("ignore")
    duckdb.connect = partial(connect_with_one_thread, duckdb.connect)
    answers: dict[str, Any] = {}
    begin = time.monotonic()
    for name, (data, verbs) in data_sets().items():
        if wanted and name not in wanted:
            continue
        for verb, ask in verbs:
            answers[f"{name}/{verb}"] = answer_of(data, verb, ask, f"{name}/{verb}")
        data.forget()
    out.write_text(json.dumps(answers, ensure_ascii=False, indent=1), encoding="utf-8")
    report(answers, time.monotonic() - begin)


def connect_with_one_thread(
    connect: Callable[..., Any], *words: Any, **more: Any
) -> Any:
    """Connect to DuckDB so that it adds numbers up in one order: several threads round anew."""
    return connect(
        *words,
        **{**more, "config": {**(more.get("config") or {}), "threads": 1}},
    )


def answer_of(data: Data, verb: str, ask: Callable[[Data], Any], label: str) -> Any:
    """The plain answer of a verb, or the text of what it raised; its time goes to stderr."""
    begin = time.monotonic()
    try:
        data.answers[verb] = ask(data)
        answer = plain(data.answers[verb])
    except Exception as problem:  # noqa: BLE001 one verb that fails does not stop the others
        answer = {"error": error_text(problem)}
        print(f"{label}: {answer['error']}", file=sys.stderr)
    print(
        f"{time.monotonic() - begin:7.2f} s  {label}",
        file=sys.stderr,
        flush=True,
    )
    return answer


def error_text(problem: Exception) -> str:
    """What was raised, in words that are the same each time."""
    if isinstance(problem, crm.AnalysisError):
        details = json.dumps(plain(problem.details), ensure_ascii=False, sort_keys=True)
        return f"AnalysisError {problem.key} {details}"
    return f"{type(problem).__name__} {problem}"


def report(answers: Mapping[str, Any], seconds: float) -> None:
    """Say how long it took, how many verbs raised, and which public verbs were not asked."""
    asked = set(map(base_of, answers))
    public = {
        name
        for name in dir(crm)
        if not name.startswith("_") and inspect.isfunction(getattr(crm, name))
    }
    failed = [label for label, answer in answers.items() if is_error(answer)]
    print(
        f"{len(answers)} answers in {seconds:.0f} s; {len(failed)} raised",
        file=sys.stderr,
    )
    print(f"raised: {', '.join(failed) or 'none'}", file=sys.stderr)
    print(
        f"not asked: {', '.join(sorted(public - asked)) or 'none'}",
        file=sys.stderr,
    )


def is_error(answer: Any) -> bool:
    """Whether a verb raised instead of giving an answer."""
    return isinstance(answer, dict) and set(answer) == {"error"}


# Answers as plain JSON values. Keys with # are of digests, so that no renaming touches them.


class _Omitted:
    """What stands for a value that is not compared."""


OMITTED = _Omitted()


@singledispatch
def plain(value: Any) -> Any:
    """A value as JSON can hold it; what is no answer (a model, an engine) is omitted."""
    return fields_of(value) if dataclasses.is_dataclass(value) else OMITTED


@plain.register(type(None))
@plain.register(str)
@plain.register(bool)
@plain.register(int)
@plain.register(float)
def _(value: Any) -> Any:
    return value


@plain.register
def _(value: np.generic) -> Any:
    return plain(value.item())


@plain.register(type(pd.NA))
def _(value: Any) -> Any:
    return None


@plain.register(datetime.date)
@plain.register(np.datetime64)
def _(value: Any) -> Any:
    return None if pd.isna(value) else pd.Timestamp(value).isoformat()


@plain.register
def _(value: datetime.timedelta) -> Any:
    return None if pd.isna(value) else pd.Timedelta(value).total_seconds()


@plain.register
def _(value: Path) -> Any:
    return value.name


@plain.register(tuple)
@plain.register(list)
def _(value: Sequence[Any]) -> Any:
    return [each for each in map(plain, value) if each is not OMITTED]


@plain.register(set)
@plain.register(frozenset)
def _(value: Any) -> Any:
    return sorted(map(text_of, value), key=str)


@plain.register(Mapping)
def _(value: Mapping[Any, Any]) -> Any:
    kept = {
        str(key): plain(each)
        for key, each in value.items()
        if key not in NOT_THE_SAME_TWICE
    }
    return {key: each for key, each in kept.items() if each is not OMITTED}


@plain.register
def _(value: pd.DataFrame) -> Any:
    columns = [
        place for place, name in enumerate(value) if name not in NOT_THE_SAME_TWICE
    ]
    names = [str(value.columns[place]) for place in columns]
    digests = [digest(value.iloc[:, place]) for place in columns]
    index = (
        {}
        if isinstance(value.index, pd.RangeIndex)
        else {"#index": digest(value.index)}
    )
    return {
        "#rows": len(value),
        "#columns": names,
        **index,
        "#cells": dict(zip(names, digests, strict=True)),
    }


@plain.register(pd.Series)
def _(value: pd.Series) -> Any:
    index = (
        {}
        if isinstance(value.index, pd.RangeIndex)
        else {"#index": digest(value.index)}
    )
    return {"#name": str(value.name), **index, "#cells": digest(value)}


@plain.register(pd.Index)
@plain.register(pd.api.extensions.ExtensionArray)
def _(value: Any) -> Any:
    return digest(value)


@plain.register
def _(value: np.ndarray) -> Any:
    return {"#shape": list(value.shape), "#cells": digest(value.ravel())}


def fields_of(value: Any) -> dict[str, Any]:
    """The fields and properties of a result, and what its methods say that need no argument."""
    kind = type(value)
    names = [field.name for field in dataclasses.fields(kind)] + [
        name
        for name, member in inspect.getmembers(kind)
        if isinstance(member, property | cached_property)
    ]
    skipped = NOT_COMPARED["*"] | NOT_COMPARED.get(kind.__name__, set())
    parts = {
        name: plain(getattr(value, name))
        for name in names
        if not name.startswith("_") and name not in skipped
    }
    for name in METHODS:
        if callable(method := getattr(value, name, None)) and needs_nothing(method):
            parts[f"{name}()"] = plain(method())
    return {name: part for name, part in parts.items() if part is not OMITTED}


def needs_nothing(method: Callable[..., Any]) -> bool:
    """Whether a method can be called without arguments."""
    given = inspect.signature(method).parameters.values()
    return all(
        each.default is not each.empty
        or each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        for each in given
    )


def digest(values: Any) -> dict[str, Any]:
    """A column in short: of what kind it is, how many cells are missing, and what is in it."""
    cells = pd.Series(values).reset_index(drop=True)
    kind = (
        cells.dtype.name
        if pd.api.types.is_extension_array_dtype(cells)
        else cells.dtype.kind
    )
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_complex_dtype(
        cells
    ):
        return {
            "#kind": kind,
            **digest_of_numbers(cells.to_numpy(float, na_value=np.nan)),
        }
    return {"#kind": kind, **digest_of_texts([text_of(cell) for cell in cells])}


def digest_of_numbers(values: np.ndarray) -> dict[str, Any]:
    """Numbers in short. `#in_order` weighs each number by its place, so that order counts."""
    known = values[np.isfinite(values)]
    ends = {"#first": values[:SHOWN], "#last": values[-SHOWN:]}
    counts = {
        "#count": len(values),
        "#missing": int(np.isnan(values).sum()),
        "#infinite": int(np.isinf(values).sum()),
    }
    if not len(known):
        return counts
    return {
        **counts,
        "#sum": float(known.sum()),
        "#mean": float(known.mean()),
        "#min": float(known.min()),
        "#max": float(known.max()),
        "#in_order": float((known * np.linspace(1, 2, len(known))).sum()),
        **{
            name: [float(f"{each:.12g}") for each in some]
            for name, some in ends.items()
        },
    }


def digest_of_texts(texts: list[Any]) -> dict[str, Any]:
    """Texts in short: where few differ, these and a hash of their order; else a hash of all."""
    counts = {
        "#count": len(texts),
        "#missing": sum(text is None for text in texts),
    }
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    if len(places) <= FEW_TEXTS:
        return {
            **counts,
            "#texts": list(places),
            "#order": hash_of(places[text] for text in texts),
        }
    return {
        **counts,
        "#first": texts[:SHOWN],
        "#last": texts[-SHOWN:],
        "#hash": hash_of(texts),
    }


def hash_of(values: Any) -> str:
    """A short hash of values in their order."""
    return hashlib.sha256("\x1f".join(map(str, values)).encode()).hexdigest()[:16]


def text_of(cell: Any) -> str | None:
    """A cell as text; numbers in it to ten digits, so that they are the same each time."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, tuple | list | dict | set | frozenset | np.ndarray):
        return json.dumps(rounded(plain(cell)), ensure_ascii=False, sort_keys=True)
    if pd.isna(cell):
        return None
    return str(rounded(plain(cell)))


def rounded(value: Any) -> Any:
    """A plain value with its floats to ten digits."""
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, list):
        return [rounded(each) for each in value]
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return value


# Comparing two files of answers


def compare(old_path: Path, new_path: Path, rtol: float = 1e-9) -> bool:
    """Print what differs between two files of answers.

    Returns
    -------
    bool
        Whether they are the same.
    """
    old, new = (
        json.loads(path.read_text(encoding="utf-8")) for path in (old_path, new_path)
    )
    old = {with_new_name(label): answer for label, answer in old.items()}
    differing = 0
    for label in dict.fromkeys([*old, *new]):
        lines = list(differences_of_verb(label, old, new, rtol))
        differing += bool(lines)
        print(
            *(f"{label}{line}" for line in lines[:MOST_SHOWN]),
            sep="\n",
            end="\n" * bool(lines),
        )
        if len(lines) > MOST_SHOWN:
            print(f"{label}: {len(lines) - MOST_SHOWN} more")
    print(f"{differing} of {len(old)} answers differ")
    return not differing


def with_new_name(label: str) -> str:
    """The label of an old answer under the verb's new name; what is in brackets stays."""
    name, verb = label.split("/", 1)
    base, *variant = verb.split(" ", 1)
    return f"{name}/{' '.join([VERBS.get(base, base), *variant])}"


def base_of(label: str) -> str:
    """The verb of a label such as "shop/find_rules (closed)"."""
    return label.split("/", 1)[1].split(" ")[0]


def differences_of_verb(
    label: str, old: Mapping[str, Any], new: Mapping[str, Any], rtol: float
) -> Iterator[str]:
    """What differs between the two answers of one verb."""
    if label not in old or label not in new:
        yield (
            ": only in the old answers" if label in old else ": only in the new answers"
        )
        return
    verb = base_of(label)
    dropped = DROPPED.get(verb, set())
    for line in differences(renamed(old[label], verb), new[label], rtol):
        place = line.partition(":")[0]
        if not any(
            place == part or place.startswith((f"{part}.", f"{part}["))
            for part in dropped
        ):
            yield line


def renamed(value: Any, verb: str) -> Any:
    """An old answer with the names that were changed on purpose replaced by the new ones."""
    if isinstance(value, str):
        return new_name(value, verb)
    if isinstance(value, list):
        return [renamed(each, verb) for each in value]
    if isinstance(value, dict):
        return {new_name(key, verb): renamed(each, verb) for key, each in value.items()}
    return value


def new_name(text: str, verb: str) -> str:
    """The new name of one old text, if it has one."""
    for key in (f"{verb}/{text}", text):
        if key in RENAMED:
            return RENAMED[key]
    for key, name in RENAMED.items():
        if key.endswith("*") and text.startswith(key[:-1]):
            return name.removesuffix("*") + text[len(key) - 1 :]
    return text


def differences(old: Any, new: Any, rtol: float, place: str = "") -> Iterator[str]:
    """What differs between two plain values, as lines "where: old → new"."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            if key not in old or key not in new:
                yield f"{place}.{key}: only in the {'old' if key in old else 'new'} answer"
            else:
                yield from differences(old[key], new[key], rtol, f"{place}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, rtol, f"{place}[{at}]")
    elif not same(old, new, rtol):
        yield f"{place}: {short(old)} → {short(new)}"


def same(old: Any, new: Any, rtol: float) -> bool:
    """Whether two plain values are the same: floats nearly (1e-12 about 0), others exactly."""
    if isinstance(old, float) and isinstance(new, float):
        both_missing = math.isnan(old) and math.isnan(new)
        return both_missing or math.isclose(old, new, rel_tol=rtol, abs_tol=1e-12)
    return type(old) is type(new) and old == new


def short(value: Any) -> str:
    """A value in at most 80 characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


# The command line


def against(revision: str, wanted: Sequence[str], rtol: float) -> bool:
    """Write the answers of a revision and of this checkout, and compare them."""
    with tempfile.TemporaryDirectory() as folder:
        tree, old, new = (
            Path(folder, name) for name in ("tree", "old.json", "new.json")
        )
        git("worktree", "add", "--detach", str(tree), revision)
        try:
            if not (tree / "tests" / "golden.py").exists():
                shutil.copy(__file__, tree / "tests" / "golden.py")
            write_apart(tree, old, wanted)
        finally:
            git("worktree", "remove", "--force", str(tree))
        write_apart(ROOT, new, wanted)
        return compare(old, new, rtol)


def git(*words: str) -> None:
    """Run git in this checkout."""
    subprocess.run(["git", *words], cwd=ROOT, check=True, stdout=sys.stderr)


def write_apart(tree: Path, out: Path, wanted: Sequence[str]) -> None:
    """Write the answers of a checkout in a process of its own."""
    more = ["--data", *wanted] if wanted else []
    command = [sys.executable, "-m", "tests.golden", "write", str(out), *more]
    subprocess.run(command, cwd=tree, check=True)


def main() -> int:
    """Do what the command line asks; 1 where answers differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("do", choices=["write", "compare", "against"])
    parser.add_argument(
        "what", nargs="+", help="OUT.json, OLD.json NEW.json, or a revision"
    )
    parser.add_argument(
        "--data", nargs="+", default=[], choices=DATA_SETS, help="only these"
    )
    parser.add_argument(
        "--rtol", type=float, default=1e-9, help="how far floats may differ"
    )
    asked = parser.parse_args()
    if len(asked.what) != (2 if asked.do == "compare" else 1):
        parser.error("write takes a file, compare two files, against a revision")
    if asked.do == "write":
        write(Path(asked.what[0]), asked.data)
        return 0
    if asked.do == "compare":
        return 0 if compare(*map(Path, asked.what), rtol=asked.rtol) else 1
    return 0 if against(asked.what[0], asked.data, asked.rtol) else 1


if __name__ == "__main__":
    sys.exit(main())
