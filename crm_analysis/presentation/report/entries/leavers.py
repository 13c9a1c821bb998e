"""Findings on who may leave, and whom it pays to keep."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn import (
    CampaignPlan,
    Churn,
    RetentionList,
    Survival,
)
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures.churn import (
    feature_name,
    is_from_orders,
)
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import POINTS, Saying
from crm_analysis.wording import say, write_number

_SURE = 0.05  # p of a difference
_EDGES = np.linspace(0.0, 1.0, 11)


def churn(result: Churn, saying: Saying) -> Finding:
    """How many may leave, and how well that is told."""
    people = result.customers[result.customers["actionable"].astype(bool)]
    people = people.sort_values("risk", ascending=False, kind="stable")
    at_risk = people[people["risk"] >= result.threshold]
    summary, confusion = result.summary(), result.confusion()
    if result.verdict == "tells":
        sentence = saying.sentence(
            "churn.headline.table",
            count=len(at_risk),
            customers=len(people),
            threshold=result.threshold,
        )
    else:
        auc = summary["auc"]
        sentence = saying.sentence(
            f"churn.headline.{result.verdict}",
            pairs=round(100 * (0.5 if auc is None else auc)),
            auc=auc,
            rule=summary["one_rule_auc"],
            lift=summary["lift_10"],
            lift_lo=summary["lift_10_lo"],
            lift_hi=summary["lift_10_hi"],
        )
    sure: tuple[str, ...] = ()
    if confusion["precision"] is not None:
        sure = (
            saying.sentence(
                "churn.headline.sure",
                precision=confusion["precision"],
                recall=confusion["recall"],
                base=summary["base_rate"],
            ),
        )
    return saying.finding(
        sentence,
        "churn",
        number=saying.number(float(len(at_risk))),
        label=saying.label("at_risk"),
        count=saying.count(len(people)),
        chart=saying.chart(
            by_risk := _by_risk(people["risk"], saying),
            "risk",
            ["customers"],
            counts="customers",
            whole=True,
        ),
        table=saying.table(
            by_risk, ["risk", "customers"], counts="customers", whole=True
        )
        if at_risk.empty
        else saying.table(
            at_risk, ["customer", "risk"], {"risk": "percent"}, person="customer"
        ),
        caveats=(*sure, *saying.caveats(result.notes)),
        people=len(at_risk) or len(people),
    )


def _by_risk(risk: pd.Series, saying: Saying) -> pd.DataFrame:
    """How many customers have which risk, in tenths."""
    counts = np.histogram(risk.to_numpy(dtype=float), _EDGES)[0]
    ends = [write_number(edge, "percent", saying.language) for edge in _EDGES]
    names = [f"{low}–{high}" for low, high in itertools.pairwise(ends)]
    return pd.DataFrame({"risk": names, "customers": counts})


def campaign_plan(result: CampaignPlan, saying: Saying) -> Finding:
    """Whom it pays to contact."""
    summary = result.summary()
    sizes = result.curve.iloc[
        np.unique(np.linspace(0, len(result.curve) - 1, 24).astype(int))
    ]
    return saying.finding(
        saying.sentence(
            "report.campaign_plan",
            contacted=int(summary["contacted"] or 0),
            customers=int(summary["customers"] or 0),
            profit=summary["profit"],
        ),
        "campaign_plan",
        number=saying.number(summary["profit"], "money"),
        label=saying.label("profit"),
        interval=saying.interval(
            summary["profit_lo"], summary["profit_hi"], "money"
        ),
        count=saying.count(summary["customers"]),
        chart=saying.chart(
            sizes,
            "contacted",
            ["profit", "by_risk", "at_random"],
            shape="lines",
            style="money",
        ),
        table=saying.table(
            result.customers[result.customers["contact"].astype(bool)].sort_values(
                "rank"
            ),
            ["customer", "risk", "value", "expected_profit"],
            {"risk": "percent", "value": "money", "expected_profit": "money"},
            person="customer",
        ),
        caveats=saying.caveats(result.notes),
        people=int(summary["contacted"] or summary["customers"] or 0),
    )


def retention_list(result: RetentionList, saying: Saying) -> Finding:
    """Who is on the list, and what to talk about."""
    summary = result.summary()
    language = saying.language
    frame = result.table.assign(
        action=[
            say(f"retention.action.{name}", language)
            for name in result.table["action"]
        ]
    )
    actions = frame["action"].value_counts().rename_axis("action")
    groups = actions.reset_index(name="customers")
    parts: dict[str, Any] = {
        "number": saying.number(summary["listed"]),
        "label": saying.label("listed"),
    }
    if summary["profit"]:
        parts = {
            "number": saying.number(summary["profit"], "money"),
            "label": saying.label("profit"),
        }
    return saying.finding(
        saying.sentence(
            "report.retention_list",
            listed=int(summary["listed"] or 0),
            contact=int(summary["contact"] or 0),
            holdout=int(summary["holdout"] or 0),
        ),
        "retention_list",
        count=saying.count(summary["listed"]),
        chart=saying.chart(
            groups, "action", ["customers"], counts="customers", whole=True
        ),
        table=saying.table(
            frame,
            ["customer", "risk", "value", "action"],
            {"risk": "percent", "value": "money"},
            person="customer",
        ),
        caveats=saying.caveats(result.notes),
        people=min(
            (
                int(number)
                for number in (summary["contact"], summary["holdout"])
                if number
            ),
            default=0,
        ),
        **parts,
    )


def survival(result: Survival, saying: Saying) -> Finding:
    """How long customers stay, and between which groups that differs most."""
    summary, groups = result.summary(), result.groups
    tenure = feature_name(result.tenure, saying.language, from_orders=False)
    parts: dict[str, Any] = {}
    if len(groups) > 1:
        ranked = groups.sort_values("mean", ascending=False, kind="stable")
        best, worst = ranked.iloc[0], ranked.iloc[-1]
        key = "differs" if (summary["p"] or 0.0) < _SURE else "alike"
        details: dict[str, Any] = {
            "best": str(best["group"]),
            "worst": str(worst["group"]),
            "longer": float(best["mean"]),
            "shorter": float(worst["mean"]),
            "horizon": result.horizon,
        }
        parts["chart"] = saying.chart(
            ranked, "group", ["mean"], style="number1", counts="customers"
        )
        if key == "differs":
            gap = float(best["mean"] - worst["mean"])
            parts["number"] = saying.number(gap, "number1")
            parts["label"] = saying.label("longer")
    else:
        key = "beyond" if summary["median"] is None else "median"
        details = {
            name: summary[name] for name in ("median", "survival", "horizon")
        }
        style = "percent" if key == "beyond" else "number"
        name = "survival" if key == "beyond" else "median"
        parts = {
            "number": saying.number(summary[name], style),
            "label": saying.label("still" if key == "beyond" else "half_left"),
            "chart": saying.chart(
                result.curves, "time", ["survival"], shape="lines", style="percent"
            ),
        }
    return saying.finding(
        saying.sentence(f"churn.survival.{key}", tenure=tenure, **details),
        "survival",
        count=saying.count(summary["customers"]),
        table=saying.table(
            groups,
            ["group", "customers", "churners", "median", "mean"],
            {"median": "number1", "mean": "number1"},
            counts=("customers",),
        ),
        caveats=saying.caveats(result.notes),
        people=int(groups["customers"].min()),
        **parts,
    )


def features(result: tuple[Churn, pd.DataFrame], saying: Saying) -> Finding:
    """What the model goes by most."""
    model, importance = result
    from_orders = is_from_orders(model)
    table = sentences.surest_first(importance)
    sure = int(table["sure"].sum())
    frame = table.assign(
        feature=[
            feature_name(str(name), saying.language, from_orders)
            for name in table["feature"]
        ]
    )
    figures = ["importance", "lo", "hi"]
    return saying.finding(
        saying.message(
            sentences.leading_features(table, saying.language, from_orders)
        ),
        "features",
        number=saying.number(sure),
        label=saying.label("sure_features"),
        count=saying.count(len(model.customers)),
        chart=saying.chart(
            frame,
            "feature",
            ["importance"],
            shape="ranges",
            style=POINTS,
            bounds=("lo", "hi"),
        ),
        table=saying.table(
            frame, ["feature", *figures], dict.fromkeys(figures, POINTS)
        ),
        caveats=(saying.sentence("report.features"),),
    )


def models(result: Churn, saying: Saying) -> Finding:
    """How well the model in use ranks customers beside other models."""
    message = sentences.model_in_use(result)
    frame = result.scores.sort_values("auc", ascending=False, kind="stable")
    chosen = frame[frame["chosen"].astype(bool)]
    frame = frame.assign(
        model=[
            say(f"churn.model.{name}", saying.language) for name in frame["model"]
        ]
    )
    low, high = (
        chosen[name].iloc[0] if len(chosen) else None
        for name in ("auc_lo", "auc_hi")
    )
    figures = ["auc", "auc_lo", "auc_hi"]
    return saying.finding(
        saying.message(message),
        "models",
        number=saying.number(message.details["auc"], "number2"),
        label=saying.label("auc"),
        interval=saying.interval(low, high, "number2"),
        count=saying.count(len(result.customers)),
        chart=saying.chart(
            frame,
            "model",
            ["auc"],
            shape="ranges",
            style="number2",
            bounds=("auc_lo", "auc_hi"),
        ),
        table=saying.table(
            frame, ["model", *figures], dict.fromkeys(figures, "number2")
        ),
        caveats=saying.caveats(result.notes),
    )
