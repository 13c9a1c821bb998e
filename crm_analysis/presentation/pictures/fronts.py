"""Fronts and methods → figures: what can be had together, and what each search is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.wording import Language, say

_SEARCHED = "#D9822B"
_GREY = "#8A96A5"
_POINTS_UP_TO = 60
_SYMBOLS = {"nsga2": "diamond-open", "spea2": "triangle-up-open"}


def aim_name(name: str, language: Language) -> str:
    """What an aim is called at an axis, with its unit."""
    return as_title(f"strategy.objective.{name}", language)


def method_name(name: str, language: Language) -> str:
    """What a method is called at the beginning of a line."""
    return as_title(f"strategy.method.{name}", language)


def front(  # noqa: PLR0913
    points: pd.DataFrame,
    aims: Sequence[str],
    language: Language,
    *,
    picked: int,
    searched: Sequence[tuple[str, pd.DataFrame]] = (),
    present: tuple[float, float] | None = None,
    budget: float | None = None,
) -> go.Figure:
    """The first aim over the second; a third one is said by colour.

    `picked` is the point looked at, `present` what the plan comes to, `budget` its limit.
    """
    up, along = aims[:2]
    curve = points.sort_values(along, kind="stable")
    exact = method_name("exact", language)
    figure = charts.lines(
        curve,
        x=along,
        values=[up],
        names=[exact],
        x_title=aim_name(along, language),
        y_title=aim_name(up, language),
        points=len(curve) <= _POINTS_UP_TO,
        tick=",.4~r",
    )
    line = figure.data[0]
    line.customdata = curve[["point"]].astype(str).to_numpy()
    line.hovertemplate = f"%{{x:,.4~r}} → %{{y:,.4~r}}<extra>{exact}</extra>"
    # A click selects markers only, never a point of a bare line.
    line.update(mode="lines+markers", marker={"size": 4})
    if not curve["supported"].all():
        # Filled: the best by some weighting of the aims.
        open_or_not = curve["supported"].map({True: "circle", False: "circle-open"})
        line.marker.update(symbol=open_or_not.tolist(), size=7)
    if len(aims) > 2:
        third = aim_name(aims[2], language)
        line.update(mode="markers")
        line.marker.update(
            size=12,
            color=curve[aims[2]],
            showscale=True,
            colorbar={"title": {"text": third, "side": "right"}, "thickness": 14},
        )
        line.update(text=curve[aims[2]].map("{:,.4g}".format))
        line.hovertemplate = (
            f"%{{x:,.4~r}} → %{{y:,.4~r}}<br>{third}: %{{text}}<extra></extra>"
        )
    for name, found in searched:
        _dots(
            figure,
            found[[along, up]],
            method_name(name, language),
            {"symbol": _SYMBOLS[name], "size": 8, "color": _SEARCHED},
        )
    if present is not None:
        _dots(
            figure,
            pd.DataFrame([present[::-1]]),
            say("strategy.what_if.present", language),
            {"symbol": "star", "size": 17, "color": _GREY},
        )
    chosen = points.loc[points["point"] == picked, [along, up]]
    _dots(
        figure,
        chosen,
        say("strategy.what_if.picked", language),
        {"symbol": "circle-open", "size": 19, "line": {"width": 4}},
    )
    if along == "cost":
        _mark_money(figure, curve, up, budget, language)
    return figure.update_layout(showlegend=True).update_xaxes(tickformat=",.4~r")


def _mark_money(
    figure: go.Figure,
    curve: pd.DataFrame,
    up: str,
    budget: float | None,
    language: Language,
) -> None:
    """The present budget, and from where on an additional unit brings nothing."""
    top, lowest = float(curve["cost"].iloc[-1]), float(curve[up].min())
    charts.mark(figure, x=top)
    figure.add_annotation(
        x=top,
        y=lowest,
        text=say("strategy.what_if.no_longer", language),
        showarrow=False,
        xanchor="right",
        xshift=-6,
        yanchor="bottom",
        font_size=15,
    )
    if budget is not None and budget < top:
        text = say("strategy.what_if.budget", language)
        charts.mark(figure, x=budget, text=text, after=budget < top / 4)


def _dots(
    figure: go.Figure, table: pd.DataFrame, name: str, marker: dict[str, Any]
) -> None:
    figure.add_scatter(
        x=table.iloc[:, 0],
        y=table.iloc[:, 1],
        mode="markers",
        name=charts.safe(name),
        marker=marker,
        hovertemplate=f"%{{x:,.4~r}} → %{{y:,.4~r}}<extra>{charts.safe(name)}</extra>",
    )


def methods(table: pd.DataFrame, title: str, language: Language) -> go.Figure:
    """How far each method is below the best, the nearest on top."""
    shown = table[table["gap"].notna()].sort_values("gap", kind="stable")
    names = [method_name(name, language) for name in shown["method"]]
    figure = charts.bars(
        shown.assign(name=names),
        category="name",
        values=["gap"],
        names=[title],
        x_title=title,
        text=".1%",
        horizontal=True,
    )
    most = float(shown["gap"].max()) if len(shown) else 0.0
    return figure.update_xaxes(range=[0, 1.25 * most or 0.01])


def shares(
    table: pd.DataFrame, by: str, titles: tuple[str, str], language: Language
) -> go.Figure:
    """What each channel gets, and what that brings."""
    spend, gain = titles
    return charts.bars(
        table.sort_values("spend", ascending=False, kind="stable"),
        category=by,
        values=["spend", "gain"],
        names=[spend, gain],
        text=",.4~r",
        horizontal=True,
    )


def cells(table: pd.DataFrame, title: str) -> go.Figure:
    """The worth of a customer of each cell with its interval, the best on top."""
    order = table["worth"].sort_values(ascending=False, kind="stable").index
    return charts.ranges(
        table.loc[order],
        category="cell",
        value="worth",
        low="lo",
        high="hi",
        x_title=title,
    ).update_xaxes(rangemode="normal")
