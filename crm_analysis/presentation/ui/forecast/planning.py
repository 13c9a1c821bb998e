"""The tab of the plan: what if, values by hand, how good the last forecast was, new products."""

from __future__ import annotations

import streamlit as st

from crm_analysis.presentation.ui.forecast import View
from crm_analysis.presentation.ui.forecast.new_product import draw_new_product
from crm_analysis.presentation.ui.forecast.overrides import draw_overrides
from crm_analysis.presentation.ui.forecast.scenarios import draw_scenario
from crm_analysis.presentation.ui.forecast.scoring import draw_score
from crm_analysis.presentation.ui.forecast.segment_demand import draw_segments


def planning(view: View) -> None:
    """From the forecast to the plan."""
    draws = [draw_scenario, draw_overrides, draw_score]
    if view.kind == "transactions":
        draws += [draw_new_product, draw_segments]
    for position, draw in enumerate(draws):
        if position:
            st.divider()
        draw(view)
