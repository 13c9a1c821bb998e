"""Churn → figures and sentences in the reader's language; each answers one question."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.churn import Churn
from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import as_title
from crm_analysis.units import Amount, Units, current_units, units_in
from crm_analysis.wording import (
    Language,
    amount_of,
    has,
    say,
    title_of,
    write_number,
)

_QUIET = "#A9B3BF"
_DASHED = "6px,5px"  # short enough for a legend's key to show more than one dash
_EDGE = 28  # pixels: room for half of the last tick's text
_FIFTH = 0.2  # of a share: from one tick to the next
_SEARCHED = 0.1  # of the customers: how far down the sentence above the gain looks
_WRAPPED = 24  # letters of a name in a line


def column_title(column: str, language: Language) -> str:
    """What a result's column is called at an axis."""
    return as_title(f"churn.column.{column}", language)


def caption(key: str, language: Language) -> str:
    """A text within a picture."""
    return say(f"churn.picture.{key}", language)


def feature_name(name: str, language: Language, from_orders: bool) -> str:
    """What a column is called: a phrase where there is one, else the file's own name.

    `from_orders`: it is one of those computed from orders, not a column that a table of customers
    came with, whose "tenure" may be in months.
    """
    keys = [template.format(name) for template in feature_phrases(from_orders)]
    return next((say(key, language) for key in keys if has(key)), str(name))


def feature_phrases(from_orders: bool) -> tuple[str, ...]:
    """The keys of the phrases that may name a column, with a place for it; see `feature_name`."""
    return ("churn.feature.{}", "roles.{}") if from_orders else ("roles.{}",)


def is_from_orders(churn: Churn) -> bool:
    """Whether what the model reads was computed from orders."""
    return "cutoff" in churn.training.columns


def reason_text(row: dict[str, Any], language: Language, from_orders: bool) -> str:
    """One reason in words: what is the case, what it adds ("Contract is Monthly: +18 points")."""
    return say(
        f"retention.reason.{row['direction']}",
        language,
        what=say(
            f"retention.reason.{row['kind']}",
            language,
            feature=feature_name(row["feature"], language, from_orders),
            value=str(row["value"]),
            number=_number(row, from_orders),
        ),
        points=max(1, round(abs(float(row["points"])))),
    )


def _number(row: dict[str, Any], from_orders: bool) -> float | Amount | None:
    """The figure that a reason is about, in the unit of its column."""
    if row["kind"] not in ("number", "days"):
        return 0.0
    templates = feature_phrases(from_orders)
    return amount_of(row["feature"], float(row["number"]), *templates)


def reason_texts(
    reasons: pd.DataFrame,
    language: Language,
    from_orders: bool,
    maximum: int | None = None,
    units: Units | None = None,
) -> pd.Series:
    """Each customer's reasons in one line, the strongest first, at most so many, by customer.

    What adds less than half a point is left unsaid. `units` are said where the texts are made away
    from the page.
    """
    telling = reasons[(reasons["points"].abs() >= 0.5)]
    telling = (
        telling
        if maximum is None
        else telling.groupby("customer", sort=False).head(maximum)
    )
    rows = telling[["kind", "feature", "value", "number", "direction", "points"]]
    with units_in(units or current_units()):
        texts = [
            reason_text(row, language, from_orders)
            for row in rows.to_dict("records")
        ]
    return (
        pd.Series(texts, index=telling["customer"], dtype=object)
        .groupby(level=0, sort=False)
        .agg(caption("and", language).join)
    )


def scales_of(churn: Churn) -> dict[str, str]:
    """How the values of each column are said.

    "flag" (yes or no), "whole" (numbers without decimals), else "".
    """
    scales = {}
    for feature in churn.model.features:
        column = churn.training[feature.name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            continue
        values = column.dropna().to_numpy(dtype=float)
        if feature.kind == "flag" and set(np.unique(values)) <= {0.0, 1.0}:
            scales[feature.name] = "flag"
        else:
            scales[feature.name] = (
                "whole" if np.array_equal(values, np.round(values)) else ""
            )
    return scales


def condition_text(
    row: dict[str, Any],
    language: Language,
    scales: Mapping[str, str],
    from_orders: bool,
) -> str:
    """The condition of a tree's branch in words.

    A threshold between two whole numbers is said as the lower of them, that of a flag as yes or no.
    """
    op, feature = row["op"], feature_name(row["feature"], language, from_orders)
    scale = scales.get(row["feature"], "")
    if op in ("above", "at_most"):
        if scale == "flag":
            return say(
                f"retention.reason.{'yes' if op == 'above' else 'no'}",
                language,
                feature=feature,
            )
        number = float(row["number"])
        return say(
            f"churn.condition.{op}",
            language,
            feature=feature,
            value=amount_of(
                row["feature"],
                float(np.floor(number)) if scale == "whole" else number,
                *feature_phrases(from_orders),
            ),
        )
    key = f"explain.{op}" if op in ("is", "is_not") else f"retention.condition.{op}"
    return say(key, language, feature=feature, value=row["value"])


def risks(risk: np.ndarray, threshold: float, language: Language) -> go.Figure:
    """How risk is spread over the customers, and from where on a customer counts as at risk."""
    edges = np.linspace(0, 1, 21)
    figure = charts.histogram(
        edges.tolist(),
        np.histogram(risk, edges)[0].tolist(),
        x_title=column_title("risk", language),
        y_title=column_title("customers", language),
    )
    figure.update_traces(
        hovertemplate="%{x:.1%}: %{y:,}<extra></extra>"
    ).update_xaxes(tickformat=".0%", range=[0, 1], dtick=_FIFTH)
    charts.mark(figure, x=threshold, text=caption("threshold", language))
    # Above the bars, not over them.
    side = "left" if threshold < 0.5 else "right"
    figure.layout.annotations[-1].update(
        y=1, yanchor="bottom", xanchor=side, xshift=0
    )
    return figure.update_layout(margin_t=34, margin_r=_EDGE)


def gain(churn: Churn, language: Language) -> go.Figure:
    """How many of those who leave are found among the riskiest customers."""
    curve = churn.curves.gain
    figure = _beside_chance(
        curve["share"],
        curve["captured"],
        curve["share"],
        ("share_of_customers", "share_of_churners"),
        language,
    )
    tenth = write_number(_SEARCHED, "percent", language)
    return charts.mark(figure, x=_SEARCHED, text=tenth, after=True)


def importance(
    table: pd.DataFrame,
    language: Language,
    from_orders: bool,
    maximum: int = 12,
) -> go.Figure:
    """Which columns the ranking needs: how far the AUC falls when one is shuffled."""
    shown = table.head(maximum)
    frame = shown.assign(
        name=[
            feature_name(name, language, from_orders) for name in shown["feature"]
        ]
    )
    sure = frame["lo"] > 0
    given: dict[str, Any] = {
        "category": "name",
        "value": "importance",
        "low": "lo",
        "high": "hi",
        "x_title": caption("auc_fall", language),
        "tick": ".2f",
    }
    figure = charts.ranges(frame[sure], **given)
    # What may be nothing stands back.
    for trace in charts.ranges(frame[~sure], **given).data:
        figure.add_trace(trace.update(marker_color=_QUIET, error_x_color=_QUIET))
    names = [charts.safe(name) for name in frame["name"]]
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=names,
        tickmode="array",
        tickvals=names,
        ticktext=["<br>".join(wrap(name, _WRAPPED)) for name in names],
    )
    return figure.update_xaxes(nticks=4, tickangle=0).update_layout(
        showlegend=False
    )


def effect(
    table: pd.DataFrame, feature: str, language: Language, from_orders: bool
) -> go.Figure:
    """How the predicted risk moves with one column."""
    title = title_of(feature, language, *feature_phrases(from_orders))
    if pd.api.types.is_numeric_dtype(table["value"]):
        return charts.lines(
            table,
            x="value",
            values=["risk"],
            names=[column_title("risk", language)],
            x_title=title,
            y_title=column_title("risk", language),
            tick=".0%",
            points=len(table) < 25,
        ).update_yaxes(rangemode="tozero")
    return charts.bars(
        table.assign(value=table["value"].astype(str)).sort_values(
            "risk", ascending=False
        ),
        category="value",
        values=["risk"],
        names=[column_title("risk", language)],
        horizontal=True,
        x_title=column_title("risk", language),
    ).update_yaxes(type="category")


def compared(scores: pd.DataFrame, measure: str, language: Language) -> go.Figure:
    """How the models do, with their intervals, beside one rule and the base rate."""
    compared = scores[scores[f"{measure}_lo"].notna()].sort_values(
        measure, ascending=measure in ("log_loss", "brier"), kind="stable"
    )
    return charts.ranges(
        compared.assign(
            name=[
                say(f"churn.short.{name}", language) + (" ★" if chosen else "")
                for name, chosen in zip(
                    compared["model"], compared["chosen"], strict=True
                )
            ]
        ),
        category="name",
        value=measure,
        low=f"{measure}_lo",
        high=f"{measure}_hi",
        x_title=column_title(measure, language),
        tick=".2f",
    ).update_xaxes(rangemode="normal")


def search(tried: pd.DataFrame, language: Language) -> go.Figure:
    """The log-loss of each setting tried, and how sure its difference from the best is.

    What learns least is on top.
    """
    tried = tried.sort_values("capacity", kind="stable")
    settings = pd.DataFrame(tried["settings"].tolist(), index=tried.index)
    varied = [name for name in settings if settings[name].nunique(dropna=False) > 1]
    names = [
        " · ".join(_setting(name, row[name], language) for name in varied)
        for _, row in settings.iterrows()
    ]
    return charts.ranges(
        tried.assign(
            name=names,
            low=tried["log_loss"] - tried["log_loss_se"],
            high=tried["log_loss"] + tried["log_loss_se"],
        ),
        category="name",
        value="log_loss",
        low="low",
        high="high",
        x_title=column_title("log_loss", language),
        y_title=say("churn.learning.axis", language),
        tick=".3f",
    ).update_xaxes(rangemode="normal")


def _setting(name: str, value: Any, language: Language) -> str:
    number = "–" if pd.isna(value) else f"{value:g}"
    return f"{say(f'churn.setting.{name}', language)} {number}"


def roc(churn: Churn, language: Language) -> go.Figure:
    """Of those who stay, how many are named by mistake for each share of churners found."""
    curve = churn.curves.roc
    false = curve["false_positive_rate"]
    return _beside_chance(
        false,
        curve["true_positive_rate"],
        false,
        ("false_positive_rate", "true_positive_rate"),
        language,
    )


def precision_recall(churn: Churn, language: Language) -> go.Figure:
    """Of those named, how many leave, for each share of churners found."""
    curve = churn.curves.precision_recall
    return _beside_chance(
        curve["recall"],
        curve["precision"],
        churn.figures["base_rate"],
        ("true_positive_rate", "precision"),
        language,
    )


def _beside_chance(
    x: pd.Series,
    model: pd.Series,
    chance: pd.Series | float | None,
    axes: tuple[str, str],
    language: Language,
) -> go.Figure:
    """A share against a share: what the model does, and what drawing customers at random would."""
    figure = charts.lines(
        pd.DataFrame({"x": x, "model": model, "chance": chance}),
        x="x",
        values=["model", "chance"],
        names=[caption("by_model", language), caption("by_chance", language)],
        x_title=caption(axes[0], language),
        y_title=caption(axes[1], language),
        points=False,
        tick=".0%",
    )
    figure.data[1].line.dash = _DASHED
    return (
        figure.update_xaxes(tickformat=".0%", range=[0, 1.01], dtick=_FIFTH)
        .update_yaxes(range=[0, 1.02])
        .update_layout(margin_r=_EDGE)
    )


def reliability(churn: Churn, language: Language) -> go.Figure:
    """Whether a risk of 30 % means that 30 of 100 leave."""
    table = churn.curves.reliability
    figure = charts.lines(
        table,
        x="predicted",
        values=["observed"],
        names=[caption("observed", language)],
        x_title=caption("predicted", language),
        y_title=caption("observed", language),
        tick=".0%",
    )
    figure.update_traces(
        error_y={
            "type": "data",
            "symmetric": False,
            "array": table["observed_hi"] - table["observed"],
            "arrayminus": table["observed"] - table["observed_lo"],
            "thickness": 2,
        }
    )
    top = 1.05 * float(max(table["observed_hi"].max(), table["predicted"].max()))
    figure.add_scatter(
        x=[0, top],
        y=[0, top],
        mode="lines",
        line={"dash": _DASHED, "width": 2},
        name=caption("perfect", language),
        hoverinfo="skip",
    )
    return (
        figure.update_layout(showlegend=True)
        .update_xaxes(tickformat=".0%", range=[0, top])
        .update_yaxes(range=[0, top])
    )


def fairness(table: pd.DataFrame, language: Language) -> go.Figure:
    """How the model treats the groups: churners found, and stayers named by mistake."""
    return charts.bars(
        table.assign(
            name=[name or caption("unknown", language) for name in table["group"]]
        ),
        category="name",
        values=["churn_rate", "caught", "false_alarms"],
        names=[
            column_title("churn_rate", language),
            column_title("caught", language),
            column_title("false_alarms", language),
        ],
        y_title=caption("share", language),
    ).update_xaxes(type="category")
