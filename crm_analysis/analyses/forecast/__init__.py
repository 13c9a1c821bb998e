"""How much will be wanted, of what, when, and how sure is that: demand from orders, forecasts with their back-test."""

from crm_analysis.analyses.forecast.demand import demand
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.forecasting import forecast
from crm_analysis.analyses.forecast.options import EVERY, INTERMITTENT, MODELS, REGRESSIONS, ForecastOptions
from crm_analysis.analyses.forecast.result import Diagnostics, Forecast
from crm_analysis.analyses.forecast.script import code

__all__ = ["EVERY", "INTERMITTENT", "MODELS", "REGRESSIONS", "Diagnostics", "Distribution", "Forecast", "ForecastOptions", "code", "demand", "forecast"]
