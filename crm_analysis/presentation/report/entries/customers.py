"""Findings on customers: which kinds there are, what they are worth, whether they stay."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_analysis.analyses.segments import (
    Segments,
    leading_segment,
    segment_names,
)
from crm_analysis.analyses.value import (
    Cohorts,
    Contracts,
    Drivers,
    Scores,
    Tiers,
    Value,
    ValueMovement,
)
from crm_analysis.presentation.pictures.value import attribute_name, dimension_name
from crm_analysis.presentation.report.entries.value import months_ahead
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import Saying
from crm_analysis.units import use_measure
from crm_analysis.wording import say, unit_of

_EFFECTS = 8  # attributes that are drawn
_PROFILE = (
    "name",
    "size",
    "share_customers",
    "revenue",
    "share_revenue",
    "recency",
    "frequency",
)
_STYLES = {
    "share_customers": "percent",
    "share_revenue": "percent",
    "revenue": "money",
    "recency": "number0",
    "frequency": "number1",
    "customers_share": "percent",
    "value_share": "percent",
    "value": "money",
    "mean": "money",
}


def segments(result: Segments, saying: Saying) -> Finding:
    """Which kinds of customers there are, and which carries most."""
    names = segment_names(result, saying.language)
    profile = result.profile.assign(
        name=[names[int(number)] for number in result.profile["segment"]]
    )
    leading, summary = leading_segment(result), result.summary()
    name = names[int(leading["segment"])]
    has_money = pd.notna(leading.get("share_revenue"))
    details: dict[str, Any] = {
        "segments": summary["segments"],
        "name": name,
        "customers": float(leading["share_customers"]),
    }
    key, share = "size", float(leading["share_customers"])
    if has_money:
        share = details["revenue"] = float(leading["share_revenue"])
        key = "money"
    caveats = saying.caveats(result.notes)
    if (summary["silhouette"] or 0.0) < 0:
        key = "overlap"
        details["silhouette"] = summary["silhouette"]
    by = "share_revenue" if has_money else "share_customers"
    return saying.finding(
        saying.sentence(f"segments.headline_{key}", **details),
        "segments",
        number=saying.number(share, "percent"),
        label=say(f"report.label.{by}", saying.language, name=name),
        count=saying.count(summary["customers"]),
        chart=saying.chart(
            profile,
            "name",
            list(dict.fromkeys(("share_customers", by))),
            style="percent",
            counts="size",
            whole=True,
        ),
        table=saying.table(profile, _PROFILE, _STYLES, counts="size", whole=True),
        caveats=caveats,
        people=int(leading["size"]),
    )


def value(result: Value, saying: Saying) -> Finding:
    """What the customers of today will bring."""
    total = result.summary()
    ahead = {"horizon": result.horizon, "unit": result.unit}
    shared: dict[str, Any] = {
        "count": saying.count(total["customers"]),
        "caveats": saying.caveats([result.headline, *result.notes]),
        "people": int(total["customers"] or 0),
        "table": saying.table(
            result.customers.sort_values(
                result.worth, ascending=False, kind="stable"
            ),
            ["customer", result.worth, "alive", "expected_orders"],
            {"value": "money", "alive": "percent", "expected_orders": "number1"},
            person="customer",
        ),
    }
    months = months_ahead(result, saying)
    if total["equity"] is None:
        return saying.finding(
            saying.sentence(
                "value.equity.orders", orders=total["expected_orders"], **ahead
            ),
            "value",
            number=saying.number(total["expected_orders"], "number0"),
            label=saying.label("expected_orders"),
            chart=saying.chart(
                months, "month", ["expected_orders"], shape="lines", style="number0"
            ),
            **shared,
        )
    return saying.finding(
        saying.sentence("value.equity.plain", equity=total["equity"], **ahead),
        "value",
        number=saying.number(total["equity"], "money"),
        label=saying.label("equity"),
        interval=saying.interval(total["equity_lo"], total["equity_hi"], "money"),
        chart=saying.chart(
            months, "month", ["value"], shape="lines", style="money"
        ),
        **shared,
    )


def tiers(result: Tiers, saying: Saying) -> Finding:
    """How much of the value lies with how few."""
    best = result.tiers.iloc[0]
    summary = result.summary()
    style = "money" if result.measure != "score" else "number"
    is_score = result.measure == "score"
    use_measure(unit_of(result.measure, "value.column.{}"))
    frame = result.tiers.assign(
        tier=[
            say(f"value.tier.{tier}", saying.language)
            for tier in result.tiers["tier"]
        ]
    )
    return saying.finding(
        saying.sentence(
            "value.tier.sentence_score" if is_score else "value.tier.sentence",
            customers=int(best["customers"]),
            share=float(best["customers_share"]),
            value_share=float(best["value_share"]),
            measure=result.measure,
        ),
        "tiers",
        number=saying.number(float(best["value_share"]), "percent"),
        label=saying.label("top_tier"),
        count=saying.count(summary["customers"]),
        chart=saying.chart(
            frame,
            "tier",
            ["customers_share", "value_share"],
            style="percent",
            counts="customers",
            whole=True,
        ),
        table=saying.table(
            frame,
            [
                "tier",
                "customers",
                "customers_share",
                "value",
                "value_share",
                "mean",
            ],
            {**_STYLES, "value": style, "mean": style},
            counts="customers",
            whole=True,
        ),
        people=int(best["customers"]),
    )


def cohorts(result: Cohorts, saying: Saying) -> Finding:
    """How many of those who began together still buy."""
    summary = result.summary()
    frame = result.average[result.average["period"] > 0]
    after = [
        say("report.after", saying.language, period=int(period), every=result.every)
        for period in frame["period"]
    ]
    first = summary["retention_1"]
    return saying.finding(
        saying.sentence("report.cohorts", share=first, every=result.every),
        "cohorts",
        number=saying.number(first, "percent1"),
        label=saying.label("retention"),
        count=saying.count(summary["customers"]),
        chart=saying.chart(
            frame.assign(after=after),
            "after",
            ["retention"],
            shape="lines",
            style="percent",
            counts="customers",
        ),
        table=saying.table(
            frame,
            ["period", "customers", "retention", "cumulative_each"],
            {"retention": "percent1", "cumulative_each": "money"},
            counts="customers",
        ),
        people=int(summary["customers"] or 0),
    )


def movement(result: ValueMovement, saying: Saying) -> Finding:
    """Whether customers become worth more or less."""
    summary = result.summary()
    style = "money" if result.measure == "revenue" else "number"
    use_measure(unit_of(result.measure, "value.column.{}"))
    frame = result.directions.assign(
        direction=[
            say(f"value.direction.{name}", saying.language)
            for name in result.directions["direction"]
        ]
    )
    return saying.finding(
        saying.sentence(
            "report.movement",
            rising=int(summary["rising"] or 0),
            falling=int(summary["falling"] or 0),
            kept=summary["kept_a"],
        ),
        "movement",
        number=saying.number(summary["kept_a"], "percent"),
        label=saying.label("kept_a"),
        count=saying.count(len(result.customers)),
        chart=saying.chart(
            frame,
            "direction",
            ["change"],
            style=style,
            counts="customers",
            whole=True,
        ),
        table=saying.table(
            frame,
            ["direction", "customers", "value_before", "value_now", "change"],
            dict.fromkeys(("value_before", "value_now", "change"), style),
            counts="customers",
            whole=True,
        ),
        people=min(
            (int(n) for n in (summary["rising"], summary["falling"]) if n),
            default=len(result.customers),
        ),
    )


def scores(result: Scores, saying: Saying) -> Finding:
    """What a customer's score is made of."""
    language = saying.language
    weights = result.weights.sort_values("weight", ascending=False, kind="stable")
    frame = weights.assign(
        dimension=[dimension_name(name, language) for name in weights["dimension"]]
    )
    telling = weights.loc[weights["entropy_weight"].idxmax()]
    heaviest = weights.iloc[0]
    return saying.finding(
        saying.sentence(
            "value.score.sentence",
            heaviest=str(heaviest["dimension"]),
            weight=float(heaviest["weight"]),
            telling=str(telling["dimension"]),
            entropy=float(telling["entropy_weight"]),
        ),
        "scores",
        number=saying.number(float(heaviest["weight"]), "percent"),
        label=saying.label("heaviest"),
        count=saying.count(result.summary()["customers"]),
        chart=saying.chart(
            frame, "dimension", ["weight", "entropy_weight"], style="percent"
        ),
        table=saying.table(
            result.customers,
            ["customer", "rank", "score"],
            {"score": "number1"},
            person="customer",
        ),
    )


def drivers(result: Drivers, saying: Saying) -> Finding:
    """What goes with a high value, and how much of it that explains."""
    use_measure(unit_of(result.target, "value.column.{}"))
    best = result.models[result.models["best"]].iloc[0]
    strongest = result.strongest(_EFFECTS)
    frame = strongest.assign(
        attribute=[
            attribute_name(str(name), saying.language)
            for name in strongest["attribute"]
        ]
    )
    explained = max(float(best["r2"]), 0.0)
    key = "explained" if result.beats_baseline else "unexplained"
    return saying.finding(
        saying.sentence(
            f"value.drivers.{key}",
            model=str(best["model"]),
            r2=explained,
            measure=result.target,
        ),
        "drivers",
        number=saying.number(explained, "percent"),
        label=saying.label("explained"),
        count=saying.count(result.customers),
        chart=saying.chart(frame, "attribute", ["weight"], style="percent")
        if result.beats_baseline and len(frame)
        else None,
        caveats=(saying.sentence("value.drivers.help"),),
    )


def contracts(result: Contracts, saying: Saying) -> Finding:
    """What contracts will bring."""
    summary = result.summary()
    has_money = summary["equity"] is not None
    details: dict[str, Any] = {
        name: summary[name] for name in ("horizon", "churned", "customers")
    }
    key, by, style = "renewals", "expected_renewals", "number"
    if has_money:
        key, by, style = "sentence", "equity", "money"
    details["equity" if has_money else "renewals"] = summary[by]
    curve = result.observed_curve
    return saying.finding(
        saying.sentence(f"value.contracts.{key}", **details),
        "contracts",
        number=saying.number(summary[by], style),
        label=saying.label("contracts" if has_money else "renewals"),
        count=saying.count(summary["customers"]),
        chart=saying.chart(
            curve,
            "period",
            ["observed", "retention"],
            shape="lines",
            style="percent",
        ),
        table=saying.table(
            result.customers,
            ["customer", "tenure", "expected_renewals", "value"],
            {"expected_renewals": "number1", "value": "money"},
            person="customer",
        ),
        people=int(summary["customers"] or 0),
    )
