"""The plan → figures: customers by action, what it is worth beside others, prices, groups."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
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


_GREY = "#8A96A5"


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
    return figure.update_layout(barmode="stack", showlegend=len(present) > 1)


def beside(
    methods: pd.DataFrame, judged: Mapping[str, float | None], language: Language
) -> go.Figure:
    """The profit of the plan and of simpler ones, and first what is to be expected of the plan."""
    names = [
        say(f"strategy.{'worth' if name == 'exact' else 'method'}.{name}", language)
        for name in methods["method"]
    ]
    outside = say("strategy.worth.outside", language)
    rows = pd.DataFrame(
        {
            "name": [
                name if within else f"{name} ({outside})"
                for name, within in zip(names, methods["within"], strict=True)
            ],
            "value": methods["value"].to_numpy(dtype=float),
        }
    )
    rows["lo"] = rows["hi"] = rows["value"]
    if judged["expected"] is not None:
        first = {
            "name": say("strategy.figure.expected", language),
            "value": judged["expected"],
            "lo": judged["lo"],
            "hi": judged["hi"],
        }
        rows = pd.concat([pd.DataFrame([first]), rows], ignore_index=True)
    figure = charts.ranges(
        rows,
        category="name",
        value="value",
        low="lo",
        high="hi",
        x_title=caption("profit", language),
        tick=",.4~r",
    )
    return figure.add_vline(x=0, line_dash="dot", line_width=2, line_color=_GREY)


def draws(values: np.ndarray, language: Language) -> go.Figure:
    """What the plan brings in draws of the effects, a line at nothing."""
    counts, edges = np.histogram(values, bins=20)
    figure = charts.histogram(
        edges.tolist(),
        counts.tolist(),
        x_title=caption("profit", language),
        y_title=caption("draws", language),
    )
    if values.min() < 0 < values.max():
        return charts.mark(
            figure, x=0, text=say("strategy.worth.nothing", language), after=True
        )
    return figure


def used(table: pd.DataFrame, language: Language) -> go.Figure:
    """How far each limit is used: name, amount, used."""
    share = table["used"] / table["amount"]
    return charts.bars(
        table.assign(share=share),
        category="name",
        values=["share"],
        names=[caption("used", language)],
        x_title=caption("used", language),
        horizontal=True,
    )


def why(table: pd.DataFrame, language: Language) -> go.Figure:
    """Profit, what it uses of the limits, and what is left, of each action a customer may get."""
    names = ("profit", "charge", "own_profit")
    figure = charts.bars(
        table.sort_values("own_profit", ascending=False),
        category="action",
        values=list(names),
        names=[caption(name, language) for name in names],
        text=",.2f",
        horizontal=True,
    )
    numbers = table[list(names)].to_numpy(dtype=float)
    low, high = min(float(numbers.min()), 0.0), max(float(numbers.max()), 0.0)
    room = 0.3 * (high - low or 1.0)  # for the numbers beside the bars
    return figure.update_xaxes(range=[low - room if low else 0.0, high + room])


def shares(groups: pd.DataFrame, language: Language) -> go.Figure:
    """The share of each group that is contacted, with its interval."""
    return charts.ranges(
        groups,
        category="group",
        value="share",
        low="lo",
        high="hi",
        x_title=caption("share", language),
        tick=".0%",
    )


def benefit(groups: pd.DataFrame, language: Language) -> go.Figure:
    """What the plan brings of each customer of a group."""
    return charts.bars(
        groups,
        category="group",
        values=["per_customer"],
        names=[caption("per_customer", language)],
        x_title=caption("per_customer", language),
        text=",.2f",
        horizontal=True,
    )
