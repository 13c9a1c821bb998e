"""A readable tree as a picture that is read from left to right, and as rules."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go

from crm_analysis.presentation.charts import safe
from crm_analysis.presentation.pictures.churn import caption, condition_text
from crm_analysis.wording import Language, say

_LINE = "rgba(128,140,158,0.55)"
_LONG = 66  # letters of a condition in all, and in a line
_WIDE = 22


def tree(
    nodes: pd.DataFrame,
    language: Language,
    scales: Mapping[str, str],
    from_orders: bool,
    ink: str | None = None,
) -> go.Figure:
    """Questions from left to right; at each branch its condition and the share that churned.

    The more churned, the larger and darker.
    """
    table = nodes.set_index("node")
    figure = go.Figure()
    for one in table[table["parent"] >= 0].itertuples():
        above = table.loc[one.parent]
        figure.add_scatter(
            x=[above["depth"], above["depth"], one.depth],
            y=[above["position"], one.position, one.position],
            mode="lines",
            line={"color": _LINE, "width": 2},
            hoverinfo="skip",
        )
    names = [
        caption("everybody", language)
        if row["parent"] < 0
        else condition_text(row, language, scales, from_orders)
        for row in nodes.to_dict("records")
    ]
    rates = [
        say(
            "churn.picture.rate_of",
            language,
            rate=float(rate),
            customers=int(count),
        )
        for rate, count in zip(nodes["rate"], nodes["customers"], strict=True)
    ]
    figure.add_scatter(
        x=nodes["depth"],
        y=nodes["position"],
        mode="markers+text",
        marker={
            "size": 14 + 26 * nodes["rate"],
            "color": nodes["rate"],
            "colorscale": [
                (0.0, "#8FB8DE"),
                (0.5, "#E9B872"),
                (1.0, "#B8450F"),
            ],
            "cmin": 0,
            "cmax": max(0.5, float(nodes["rate"].max())),
            "line": {"width": 1, "color": _LINE},
        },
        text=[
            f"{_wrapped(name)}<br><b>{rate}</b>"
            for name, rate in zip(names, rates, strict=True)
        ],
        customdata=[[safe(name)] for name in names],
        textposition="middle right",
        textfont={"size": 14, "color": ink},
        hovertemplate="%{customdata[0]}<extra></extra>",
        cliponaxis=False,
    )
    deepest = int(nodes["depth"].max())
    figure.update_layout(
        showlegend=False, margin={"l": 8, "r": 8, "t": 16, "b": 8}, font_size=15
    )
    figure.update_xaxes(visible=False, range=[-0.12, deepest + 1.05])
    figure.update_yaxes(visible=False, autorange="reversed")
    return figure


def _wrapped(text: str) -> str:
    """The condition in lines short enough to stand between two branches.

    What is cut of a long name is its middle, for the bound at its end tells twins apart.
    """
    whole = (
        text
        if len(text) <= _LONG
        else f"{text[: _LONG // 2]}… {text[-_LONG // 2 :]}"
    )
    return "<br>".join(safe(line) for line in wrap(whole, _WIDE)) or safe(text)


def rules(
    table: pd.DataFrame,
    language: Language,
    scales: Mapping[str, str],
    from_orders: bool,
) -> pd.DataFrame:
    """The leaves in words: rule, rate, customers, share (of those who left), riskiest first."""
    rows = []
    for _, group in table.groupby("rule", sort=True):
        text = say("explain.and", language).join(
            condition_text(row, language, scales, from_orders)
            for row in group.to_dict("records")
        )
        first = group.iloc[0]
        rows.append(
            (
                text,
                float(first["rate"]),
                int(first["customers"]),
                float(first["share"]),
            )
        )
    return pd.DataFrame(rows, columns=["rule", "rate", "customers", "share"])
