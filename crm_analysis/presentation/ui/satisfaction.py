"""How content and loyal customers are, for the pages that show it beside other things."""

from __future__ import annotations

import pandas as pd

from crm_analysis.analyses.feedback import (
    LoyaltyOptions,
    SurveyOptions,
    customer_satisfaction,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.kinds import loaded
from crm_analysis.presentation.ui.remembered import last_chosen
from crm_analysis.presentation.ui.run import Answer, run, table

_SCORES = ("csat", "rating", "nps")


def satisfaction_measures() -> Answer[pd.DataFrame] | None:
    """Satisfaction and loyalty by customer, with the weights chosen on the page of comments.

    None where no comments with scores and customers are loaded.
    """
    if not any(loaded("feedback", "customer", score) for score in _SCORES):
        return None
    orders = customers = None
    if loaded("transactions", "customer", "date"):
        orders = table("transactions", every_segment=True)
    if loaded("customers", "customer"):
        customers = table("customers", every_segment=True)
    feedback = table("feedback", every_segment=True)
    return run(_measures, feedback, orders, loyalty_options(), customers)


def loyalty_options() -> LoyaltyOptions:
    """The options of loyalty as they were last chosen on the page of comments."""
    scales = _last_chosen(SurveyOptions)
    names = LoyaltyOptions().scales
    scales = {
        name: value
        for name, value in scales.items()
        if name.removesuffix("_scale") in names
    }
    return LoyaltyOptions.from_dict(_last_chosen(LoyaltyOptions) | scales)


def _last_chosen(options: type[Options]) -> dict[str, object]:
    return {
        knob.name: last_chosen(
            widget_key("feedback", options.__name__, knob.name), knob.default
        )
        for knob in options.knobs()
        if not knob.advanced
    }


def _measures(
    feedback: pd.DataFrame,
    orders: pd.DataFrame | None,
    options: LoyaltyOptions,
    customers: pd.DataFrame | None,
) -> pd.DataFrame:
    """The measures; none where the scores say nothing, which the page of comments explains."""
    try:
        return customer_satisfaction(feedback, orders, options, customers).customers
    except AnalysisError:
        return pd.DataFrame(columns=["customer", "satisfaction", "loyalty"])
