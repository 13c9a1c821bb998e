"""Churn → figures and sentences in the reader's language; each answers one question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.churn import Churn
from crm_analysis.presentation import charts
from crm_analysis.wording import Language, has, say

__all__ = [
    "compared",
    "condition_text",
    "effect",
    "fairness",
    "feature_name",
    "gain",
    "importance",
    "precision_recall",
    "reason_text",
    "reason_texts",
    "reliability",
    "risks",
    "roc",
    "scales_of",
]


def _title(column: str, language: Language) -> str:
    text = say(f"churn.column.{column}", language)
    return text[:1].upper() + text[1:]


def _say(key: str, language: Language) -> str:
    return say(f"churn.picture.{key}", language)


def feature_name(name: str, language: Language) -> str:
    """What a column is called: a phrase where there is one, else the file's own name."""
    key = next((key for key in (f"churn.feature.{name}", f"roles.{name}") if has(key)), None)
    return say(key, language) if key else str(name)


def reason_text(row: dict[str, Any], language: Language) -> str:
    """One reason in words: what is the case, and what it adds ("Contract is Monthly: +18 points")."""
    what = say(
        f"keeping.reason.{row['kind']}",
        language,
        feature=feature_name(row["feature"], language),
        value=str(row["value"]),
        number=float(row["number"]) if row["kind"] in ("number", "days") else 0.0,
    )
    return say(f"keeping.reason.{row['direction']}", language, what=what, points=max(1, round(abs(float(row["points"])))))


def reason_texts(reasons: pd.DataFrame, language: Language) -> pd.Series:
    """Each customer's reasons in one line, the strongest first; indexed by customer. What adds less than half a point is left unsaid."""
    telling = reasons[(reasons["points"].abs() >= 0.5)]
    texts = [reason_text(row, language) for row in telling[["kind", "feature", "value", "number", "direction", "points"]].to_dict("records")]
    return pd.Series(texts, index=telling["customer"], dtype=object).groupby(level=0, sort=False).agg(_say("and", language).join)


def scales_of(found: Churn) -> dict[str, str]:
    """How the values of each column are said: "flag" (yes or no), "whole" (numbers without decimals), else ""."""
    scales = {}
    for one in found.model.features:
        column = found.training[one.name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            continue
        known = column.dropna().to_numpy(dtype=float)
        flag = one.kind == "flag" and set(np.unique(known)) <= {0.0, 1.0}
        scales[one.name] = "flag" if flag else "whole" if np.array_equal(known, np.round(known)) else ""
    return scales


def condition_text(row: dict[str, Any], language: Language, scales: Mapping[str, str]) -> str:
    """The condition of a tree's branch in words; a bound between two whole numbers is said as the lower of them, that of a flag as yes or no."""
    op, feature = row["op"], feature_name(row["feature"], language)
    scale = scales.get(row["feature"], "")
    if op in ("above", "at_most"):
        if scale == "flag":
            return say(f"keeping.reason.{'yes' if op == 'above' else 'no'}", language, feature=feature)
        number = float(row["number"])
        return say(f"churn.condition.{op}", language, feature=feature, value=float(np.floor(number)) if scale == "whole" else number)
    key = f"explain.{op}" if op in ("is", "is_not") else f"keeping.condition.{op}"
    return say(key, language, feature=feature, value=row["value"])


def risks(risk: np.ndarray, threshold: float, language: Language) -> go.Figure:
    """How risk is spread over the customers, and from where on a customer counts as at risk."""
    edges = np.linspace(0, 1, 21)
    counts = np.histogram(risk, edges)[0]
    figure = charts.histogram(edges.tolist(), counts.tolist(), x_title=_title("risk", language), y_title=_title("customers", language))
    figure.update_traces(hovertemplate="%{x:.1%}: %{y:,}<extra></extra>").update_xaxes(tickformat=".0%", range=[0, 1])
    return charts.mark(figure, x=threshold, text=_say("threshold", language)).update_layout(annotations=[{"xanchor": "left", "xshift": 6}])


def gain(found: Churn, language: Language) -> go.Figure:
    """How many of those who leave are found among the riskiest customers."""
    curve = found.curves.gain.assign(chance=found.curves.gain["share"])
    figure = charts.lines(
        curve,
        x="share",
        values=["found", "chance"],
        names=[_say("by_model", language), _say("by_chance", language)],
        x_title=_say("share_of_customers", language),
        y_title=_say("share_of_churners", language),
        points=False,
        tick=".0%",
    )
    charts.mark(figure, x=0.1, text="")
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.01]).update_yaxes(range=[0, 1.02])


def importance(table: pd.DataFrame, language: Language, most: int = 12) -> go.Figure:
    """Which columns the ranking needs: how far the AUC falls when one is shuffled."""
    shown = table.head(most)
    frame = shown.assign(name=[feature_name(name, language) for name in shown["feature"]])
    return charts.ranges(frame, category="name", value="importance", low="lo", high="hi", x_title=_say("auc_fall", language), tick=".3f")


def effect(table: pd.DataFrame, feature: str, language: Language) -> go.Figure:
    """How the predicted risk moves with one column."""
    title = feature_name(feature, language)
    if pd.api.types.is_numeric_dtype(table["value"]):
        figure = charts.lines(
            table,
            x="value",
            values=["risk"],
            names=[_title("risk", language)],
            x_title=title,
            y_title=_title("risk", language),
            tick=".0%",
            points=len(table) < 25,
        )
        return figure.update_yaxes(rangemode="tozero")
    frame = table.assign(value=table["value"].astype(str)).sort_values("risk", ascending=False)
    return charts.bars(
        frame, category="value", values=["risk"], names=[_title("risk", language)], horizontal=True, x_title=_title("risk", language)
    ).update_yaxes(type="category")


def compared(scores: pd.DataFrame, measure: str, language: Language) -> go.Figure:
    """How the models do, with their intervals, beside one rule and the base rate."""
    known = scores[scores[f"{measure}_lo"].notna()].sort_values(measure, ascending=measure in ("log_loss", "brier"), kind="stable")
    frame = known.assign(
        name=[say(f"churn.short.{name}", language) + (" ★" if chosen else "") for name, chosen in zip(known["model"], known["chosen"], strict=True)]
    )
    figure = charts.ranges(frame, category="name", value=measure, low=f"{measure}_lo", high=f"{measure}_hi", x_title=_title(measure, language), tick=".2f")
    return figure.update_xaxes(rangemode="normal")


def roc(found: Churn, language: Language) -> go.Figure:
    """Of those who stay, how many are named by mistake for each share of churners found."""
    curve = found.curves.roc.assign(chance=found.curves.roc["false_positive_rate"])
    figure = charts.lines(
        curve,
        x="false_positive_rate",
        values=["true_positive_rate", "chance"],
        names=[_say("by_model", language), _say("by_chance", language)],
        x_title=_say("false_positive_rate", language),
        y_title=_say("true_positive_rate", language),
        points=False,
        tick=".0%",
    )
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.01]).update_yaxes(range=[0, 1.02])


def precision_recall(found: Churn, language: Language) -> go.Figure:
    """Of those named, how many leave, for each share of churners found."""
    base = found.figures["base_rate"]
    curve = found.curves.precision_recall.assign(base=base)
    figure = charts.lines(
        curve,
        x="recall",
        values=["precision", "base"],
        names=[_say("by_model", language), _say("by_chance", language)],
        x_title=_say("true_positive_rate", language),
        y_title=_say("precision", language),
        points=False,
        tick=".0%",
    )
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.01]).update_yaxes(range=[0, 1.02])


def reliability(found: Churn, language: Language) -> go.Figure:
    """Whether a risk of 30 % means that 30 of 100 leave."""
    table = found.curves.reliability
    figure = charts.lines(
        table,
        x="predicted",
        values=["observed"],
        names=[_say("observed", language)],
        x_title=_say("predicted", language),
        y_title=_say("observed", language),
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
    figure.add_scatter(x=[0, top], y=[0, top], mode="lines", line={"dash": "dash", "width": 2}, name=_say("perfect", language), hoverinfo="skip")
    return figure.update_layout(showlegend=True).update_xaxes(tickformat=".0%", range=[0, top]).update_yaxes(range=[0, top])


def fairness(table: pd.DataFrame, language: Language) -> go.Figure:
    """How the model treats the groups: churners found, and stayers named by mistake."""
    frame = table.assign(name=[name or _say("unknown", language) for name in table["group"]])
    return charts.bars(
        frame,
        category="name",
        values=["churn_rate", "caught", "false_alarms"],
        names=[_title("churn_rate", language), _title("caught", language), _title("false_alarms", language)],
        y_title=_say("share", language),
    ).update_xaxes(type="category")
