"""The plan → figures: customers by action, what it is worth beside others, prices, groups."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation import charts
from crm_analysis.wording import Language, say, say_title

SOURCES = ("measured", "assumed", "unknown")
# Assumed is striped too, for who does not see the colour.
_LOOKS = {
    "measured": ("#1A7F5A", ""),
    "assumed": ("#D9822B", "/"),
    "unknown": ("#8A96A5", "."),
}


def caption(name: str, language: Language) -> str:
    """What an axis or a line is called."""
    return say_title(f"strategy.column.{name}", language)


def actions(table: pd.DataFrame, language: Language) -> go.Figure:
    """How many customers get each action, by the source of its effect."""
    wide = table.pivot_table(
        index="action", columns="source", values="customers", aggfunc="sum"
    )
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False).index]
    present = [name for name in SOURCES if name in wide.columns]
    figure = charts.bars(
        wide.reset_index(),
        category="action",
        values=present,
        names=[say(f"strategy.source.{name}", language) for name in present],
        x_title=caption("customers", language),
        text=",.0f",
        horizontal=True,
    )
    for trace, name in zip(figure.data, present, strict=True):
        colour, pattern = _LOOKS[name]
        trace.update(marker={"color": colour, "pattern": {"shape": pattern}})
    return figure.update_layout(barmode="stack", showlegend=True)
