"""The verbs of value and of forecasts."""

from __future__ import annotations

import crm_analysis as crm
from crm_analysis.analyses import forecast, value
from crm_analysis.analyses.forecast.series.selection import select_demand
from tests.golden.data import Verbs, ahead_by, largest_products, members
from tests.golden.verbs import PAIRS, SCORED_BY_PAIRS

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
        lambda data: crm.find_anomalies(
            crm.demand(data.goods, "week", by="product")
        ),
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
