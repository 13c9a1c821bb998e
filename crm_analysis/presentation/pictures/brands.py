"""Brands → figures: what is observed beside what their size alone would bring."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation import charts
from crm_analysis.wording import Language, say, say_title

_GREY = "#8A96A5"
# What is measured: the column of what was observed, and of what the model expects.
MEASURES = {
    "penetration": ("penetration", "expected_penetration"),
    "purchases": ("purchases", "expected_purchases"),
}


def observed(brands: pd.DataFrame, measure: str, language: Language) -> go.Figure:
    """Observed and expected, a row a brand, the most bought on top."""
    is_share = measure == "penetration"
    tick = ".1%" if is_share else ".2f"
    figure = charts.bars(
        brands,
        category="brand",
        values=[MEASURES[measure][0]],
        names=[say("strategy.brands.page.observed", language)],
        x_title=say_title(f"strategy.brands.column.{measure}", language),
        text=tick,
        horizontal=True,
    )
    expected = MEASURES[measure][1]
    figure.add_scatter(
        x=brands[expected],
        y=figure.data[0].y,
        mode="markers",
        name=say("strategy.brands.page.expected", language),
        marker={
            "symbol": "line-ns",
            "size": 24,
            "line": {"width": 4, "color": _GREY},
        },
        hovertemplate=f"%{{y}}: %{{x:{tick}}}<extra>%{{fullData.name}}</extra>",
    )
    # Inside the bar, so that the mark does not stand in the number.
    figure.data[0].update(textposition="inside", insidetextanchor="start")
    most = float(brands[[measure, expected]].max().max())
    figure.update_xaxes(range=[0, 1.08 * most])
    return figure.update_layout(showlegend=True)
