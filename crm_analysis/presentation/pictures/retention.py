"""Whom it pays to keep, how long customers stay, what a campaign brought → figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.churn.retention.campaign import CampaignPlan
from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures.churn import (
    caption,
    column_title,
    feature_name,
)
from crm_analysis.wording import Language, say, write_number

_FEW = 20  # at risk: a chance of fewer is noise
_SPANS = 12  # in the picture of when they leave


def profit(plan: CampaignPlan, language: Language) -> go.Figure:
    """What a campaign earns by how many are contacted, best first; the band is the interval."""
    curve = plan.curve
    figure = charts.lines(
        curve,
        x="contacted",
        values=["profit", "by_risk", "at_random"],
        names=[
            caption("by_profit", language),
            caption("by_risk", language),
            caption("at_random", language),
        ],
        x_title=caption("contacted", language),
        y_title=column_title("expected_profit", language),
        points=False,
    )
    _band(figure, curve["contacted"], curve["profit_lo"], curve["profit_hi"])
    number = int(plan.customers["contact"].sum())
    figure.add_scatter(
        x=[number],
        y=[float(curve.loc[curve["contacted"] == number, "profit"].iloc[0])],
        mode="markers",
        marker={"size": 14, "symbol": "star"},
        name=caption("best", language),
        hovertemplate="%{x:,}: %{y:,.0f}<extra></extra>",
    )
    return charts.mark(figure, y=0.0)


def _band(figure: go.Figure, x: pd.Series, low: pd.Series, high: pd.Series) -> None:
    """An interval behind the lines, in the quiet grey."""
    figure.add_scatter(
        x=[*x, *x[::-1]],
        y=[*high, *low[::-1]],
        fill="toself",
        fillcolor="rgba(128,140,158,0.22)",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def profit_by_success(table: pd.DataFrame, language: Language) -> go.Figure:
    """How the profit hangs on how often the offer works."""
    figure = charts.lines(
        table,
        x="success",
        values=["profit"],
        names=[column_title("expected_profit", language)],
        x_title=say("churn.knob.success.label", language),
        y_title=column_title("expected_profit", language),
        points=False,
    )
    now = float(table.loc[table["chosen"], "success"].iloc[0])
    return (
        charts.mark(figure, x=now, text=caption("as_set", language))
        .update_xaxes(tickformat=".0%", range=[0, 1])
        .update_yaxes(rangemode="tozero")
    )


def confusion(confusion: dict[str, float | None], language: Language) -> go.Figure:
    """Named and not, churned and stayed: how many of each, and their share of these."""
    churners = (confusion["caught"] or 0.0) + (confusion["missed"] or 0.0)
    stayers = (confusion["false_alarms"] or 0.0) + (confusion["spared"] or 0.0)
    counts = np.array(
        [
            [confusion["caught"], confusion["missed"]],
            [confusion["false_alarms"], confusion["spared"]],
        ],
        dtype=float,
    )
    share = counts / np.array([[max(churners, 1)], [max(stayers, 1)]])
    names = ["caught", "missed"], ["false_alarms", "spared"]

    def text(name: str, count: float, share: float) -> str:
        number = write_number(count, "number", language)
        percent = write_number(share, "percent", language)
        return f"<b>{number}</b><br>{caption(name, language)}<br>{percent}"

    texts = [
        [text(*cell) for cell in zip(*row, strict=True)]
        for row in zip(names, counts, share, strict=True)
    ]
    rows = [caption("left", language), caption("stayed", language)]
    columns = [caption("named", language), caption("not_named", language)]
    return charts.heat(
        pd.DataFrame(
            share * np.array([[1, -1], [-1, 1]]), index=rows, columns=columns
        ),
        texts=pd.DataFrame(texts, index=rows, columns=columns),
        centre=0.0,
    ).update_xaxes(side="top")


def steps_of(curves: pd.DataFrame, title: str, language: Language) -> go.Figure:
    """How many are still customers after a time: a Kaplan-Meier curve a group."""
    groups = list(dict.fromkeys(curves["group"]))
    wide = curves.pivot_table(index="time", columns="group", values="survival")
    wide = wide.reindex(columns=groups).ffill().reset_index()
    last = curves.groupby("group")["time"].max()
    for name in groups:
        wide.loc[wide["time"] > last[name], name] = np.nan
    figure = charts.lines(
        wide,
        x="time",
        values=groups,
        names=[
            caption("all", language) if name == "all" else name for name in groups
        ],
        x_title=title,
        y_title=caption("still_customers", language),
        points=False,
        tick=".0%",
    )
    figure.update_traces(line_shape="hv")
    if len(groups) == 1:
        curve = curves[curves["group"] == groups[0]]
        low, high = (
            pd.Series(np.repeat(curve[end].to_numpy(), 2)[:-1])
            for end in ("lo", "hi")
        )
        _band(
            figure, pd.Series(np.repeat(curve["time"].to_numpy(), 2)[1:]), low, high
        )
    return figure.update_yaxes(range=[0, 1.03])


def hazard(table: pd.DataFrame, title: str, language: Language) -> go.Figure:
    """When they churn: of those still there at the start of a span, the share that churns in it."""
    spans = table[table["at_risk"] >= _FEW]
    edges = np.unique(
        np.linspace(0, len(np.unique(spans["start"])), _SPANS + 1)
        .round()
        .astype(int)
    )[:-1]
    starts = np.unique(spans["start"])[edges] if len(spans) else np.array([0.0])
    span = starts[
        np.maximum(np.searchsorted(starts, spans["start"], side="right") - 1, 0)
    ]
    # The mean chance in a span of several: who left, over all the spans they were there for.
    sums = (
        spans.assign(span=span)
        .groupby(["group", "span"], sort=False)[["churned", "at_risk"]]
        .sum()
        .reset_index()
    )
    return _by_group(
        sums.assign(hazard=sums["churned"] / sums["at_risk"]),
        "span",
        "hazard",
        title,
        language,
    )


def remaining(table: pd.DataFrame, title: str, language: Language) -> go.Figure:
    """How much longer half of those who have been customers for so long will stay."""
    return _by_group(
        table[table["remaining"].notna()],
        "tenure",
        "remaining",
        title,
        language,
        tick=",.0f",
    )


def _by_group(
    table: pd.DataFrame,
    x: str,
    value: str,
    x_title: str,
    language: Language,
    tick: str = ".1%",
) -> go.Figure:
    groups = list(dict.fromkeys(table["group"]))
    wide = table.pivot_table(index=x, columns="group", values=value)
    wide = wide.reindex(columns=groups).reset_index()
    return charts.lines(
        wide,
        x=x,
        values=groups,
        names=[
            caption("all", language) if name == "all" else name for name in groups
        ],
        x_title=x_title,
        y_title=caption(value, language),
        points=len(wide) <= _SPANS + 1,
        tick=tick,
    ).update_yaxes(rangemode="tozero")


def drift(
    table: pd.DataFrame,
    language: Language,
    from_orders: bool,
    maximum: int = 12,
) -> go.Figure:
    """Which columns have moved away from what the model learnt."""
    shown = table.head(maximum)
    return (
        charts.bars(
            shown.assign(
                name=[
                    feature_name(name, language, from_orders)
                    if name != "risk"
                    else column_title("risk", language)
                    for name in shown["feature"]
                ]
            ),
            category="name",
            values=["index"],
            names=[caption("drift", language)],
            horizontal=True,
            text=".2f",
            x_title=caption("drift", language),
        )
        .add_vline(x=0.1, line_dash="dot", line_color="#8A96A5")
        .add_vline(x=0.25, line_dash="dash", line_color="#8A96A5")
    )


def campaign(groups: pd.DataFrame, language: Language) -> go.Figure:
    """How many left of those contacted, and of those held out."""
    return charts.ranges(
        groups.assign(
            name=[
                say(f"retention.group.{name}", language) for name in groups["group"]
            ]
        ),
        category="name",
        value="churn_rate",
        low="churn_rate_lo",
        high="churn_rate_hi",
        x_title=column_title("churn_rate", language),
        tick=".0%",
    )
