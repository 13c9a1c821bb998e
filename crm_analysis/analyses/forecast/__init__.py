"""How much will be wanted, of what, when, and how sure that is.

Demand from orders (`series`), the models (`models`), their back-test (`backtesting`), and what to
do about a forecast (`planning`).
"""

from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.forecasting import forecast
from crm_analysis.analyses.forecast.options import (
    EVERY,
    MEASURES,
    MODELS,
    ForecastOptions,
)
from crm_analysis.analyses.forecast.planning.forms import long_form, wide_form
from crm_analysis.analyses.forecast.planning.inventory import (
    InventoryOptions,
    Replenishment,
    replenish,
)
from crm_analysis.analyses.forecast.planning.new_product import (
    NewProduct,
    NewProductOptions,
    new_product,
    orders_per_customer,
    with_segments,
)
from crm_analysis.analyses.forecast.planning.overrides import (
    Overridden,
    override,
)
from crm_analysis.analyses.forecast.planning.reconciliation import (
    Reconciled,
    ReconcileOptions,
    reconcile,
    with_total,
)
from crm_analysis.analyses.forecast.planning.scenarios import (
    Scenario,
    ScenarioOptions,
    scenario,
)
from crm_analysis.analyses.forecast.planning.scoring import (
    ForecastScore,
    forecast_to_keep,
    score_forecast,
)
from crm_analysis.analyses.forecast.result import Diagnostics, Forecast
from crm_analysis.analyses.forecast.script import code
from crm_analysis.analyses.forecast.series.anomalies import (
    Anomalies,
    AnomalyOptions,
    find_anomalies,
)
from crm_analysis.analyses.forecast.series.causes import name_causes
from crm_analysis.analyses.forecast.series.covariates import (
    countries,
    holiday_days,
)
from crm_analysis.analyses.forecast.series.decomposition import (
    Decomposition,
    DecompositionOptions,
    decompose,
)
from crm_analysis.analyses.forecast.series.demand import (
    Demand,
    demand,
    measure_demand,
)
from crm_analysis.analyses.forecast.series.selection import (
    DemandOptions,
    select_demand,
)
from crm_analysis.analyses.forecast.warming import warm_up

__all__ = [
    "EVERY",
    "MEASURES",
    "MODELS",
    "Anomalies",
    "AnomalyOptions",
    "Decomposition",
    "DecompositionOptions",
    "Demand",
    "DemandOptions",
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
    "measure_demand",
    "name_causes",
    "new_product",
    "orders_per_customer",
    "override",
    "reconcile",
    "replenish",
    "scenario",
    "score_forecast",
    "select_demand",
    "warm_up",
    "wide_form",
    "with_segments",
    "with_total",
]
