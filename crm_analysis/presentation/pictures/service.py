"""Levels of service, and what fairness costs → figures; promised beside measured."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation import charts
from crm_analysis.wording import Language, say, say_title

_GREY = "#8A96A5"


def tier_name(tier: object, language: Language) -> str:
    """What a tier of value is called: one of ours, or as the table has it."""
    known = ("high", "middle", "low")
    return (
        say(f"strategy.service.tier.{tier}", language)
        if tier in known
        else str(tier)
    )


def band_name(band: str, language: Language) -> str:
    """What a band of risk is called."""
    return say(f"strategy.service.band.{band}", language)


def levels(
    tiers: pd.DataFrame, order: Sequence[str], language: Language
) -> go.Figure:
    """How many of each tier and band get each level, a row a tier and band."""
    ranked = {"high": 0, "middle": 1, "low": 2}
    wide = tiers.pivot_table(
        index=["tier", "band"],
        columns="level",
        values="customers",
        aggfunc="sum",
        fill_value=0,
    )
    keys = sorted(
        wide.index,
        key=lambda pair: (
            ranked.get(pair[0], 3),
            str(pair[0]),
            ranked.get(pair[1], 3),
        ),
    )
    wide = wide.loc[keys]
    names = [
        f"{tier_name(tier, language)} · {band_name(band, language)}"
        for tier, band in keys
    ]
    present = [name for name in order if name in wide.columns]
    figure = charts.bars(
        wide.reset_index(drop=True).assign(name=names),
        category="name",
        values=present,
        names=present,
        x_title=say_title("strategy.service.column.customers", language),
        text=None,
        horizontal=True,
    )
    figure.data[-1].marker.color = _GREY  # the standard, which most get
    return figure.update_layout(barmode="stack", showlegend=True)


def fairness(costs: pd.DataFrame, language: Language) -> go.Figure:
    """What each rule of fairness costs, the strictest at the bottom."""
    shown = costs[costs["tolerance"].notna() & costs["cost_of_rule"].notna()]
    names = [
        say("strategy.service.rule", language, tolerance=float(tolerance))
        for tolerance in shown["tolerance"]
    ]
    title = say_title("strategy.service.column.cost_of_rule", language)
    figure = charts.bars(
        shown.assign(name=names),
        category="name",
        values=["cost_of_rule"],
        names=[title],
        x_title=title,
        text=",.3~r",
        horizontal=True,
    )
    most = float(shown["cost_of_rule"].max()) if len(shown) else 0.0
    return figure.update_xaxes(range=[0, 1.2 * most or 1.0])


def read_back(actions: pd.DataFrame, language: Language) -> go.Figure:
    """Measured with its interval beside promised, a row an action, all of them first."""
    title = say_title("strategy.read_back.column.profit", language)
    parts = []
    for name in ("measured", "promised"):
        part = actions[["name", name, "lo", "hi"]].rename(columns={name: "value"})
        if name == "promised":
            part = part.assign(lo=part["value"], hi=part["value"])
        label = say(f"strategy.read_back.page.{name}", language)
        parts.append(part[part["value"].notna()].assign(group=label))
    figure = charts.ranges(
        pd.concat(parts, ignore_index=True),
        category="name",
        value="value",
        low="lo",
        high="hi",
        x_title=title,
        group="group",
    )
    figure.update_xaxes(rangemode="normal")
    return figure.add_vline(x=0, line_dash="dot", line_width=2, line_color=_GREY)
