"""How much will be wanted, of what, when, and how sure is that: demand from orders, forecasts with their back-test, and what to do about them."""

from crm_analysis.analyses.forecast.anomalies import Anomalies, AnomalyOptions, find_anomalies
from crm_analysis.analyses.forecast.decomposition import (
    Decomposition,
    DecompositionOptions,
    decompose,
)
from crm_analysis.analyses.forecast.demand import demand
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.forecasting import forecast
from crm_analysis.analyses.forecast.forms import long_form, wide_form
from crm_analysis.analyses.forecast.inventory import InventoryOptions, Replenishment, replenish
from crm_analysis.analyses.forecast.known import countries, holiday_days
from crm_analysis.analyses.forecast.newproduct import NewProduct, NewProductOptions, new_product
from crm_analysis.analyses.forecast.options import (
    EVERY,
    INTERMITTENT,
    MODELS,
    REGRESSIONS,
    ForecastOptions,
)
from crm_analysis.analyses.forecast.overrides import Overridden, override
from crm_analysis.analyses.forecast.reconcile import (
    Reconciled,
    ReconcileOptions,
    reconcile,
    with_total,
)
from crm_analysis.analyses.forecast.result import Diagnostics, Forecast
from crm_analysis.analyses.forecast.scenarios import Scenario, ScenarioOptions, scenario
from crm_analysis.analyses.forecast.scoring import ForecastScore, forecast_to_keep, score_forecast
from crm_analysis.analyses.forecast.script import code
from crm_analysis.analyses.forecast.segmentdemand import orders_per_customer, with_segments
from crm_analysis.analyses.forecast.warming import warm_up

__all__ = [
    "EVERY",
    "INTERMITTENT",
    "MODELS",
    "REGRESSIONS",
    "Anomalies",
    "AnomalyOptions",
    "Decomposition",
    "DecompositionOptions",
    "Diagnostics",
    "Distribution",
    "Forecast",
    "ForecastOptions",
    "ForecastScore",
    "InventoryOptions",
    "NewProduct",
    "NewProductOptions",
    "Overridden",
    "ReconcileOptions",
    "Reconciled",
    "Replenishment",
    "Scenario",
    "ScenarioOptions",
    "code",
    "countries",
    "decompose",
    "demand",
    "find_anomalies",
    "forecast",
    "forecast_to_keep",
    "holiday_days",
    "long_form",
    "new_product",
    "orders_per_customer",
    "override",
    "reconcile",
    "replenish",
    "scenario",
    "score_forecast",
    "warm_up",
    "wide_form",
    "with_segments",
    "with_total",
]
