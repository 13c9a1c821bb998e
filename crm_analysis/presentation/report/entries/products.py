"""Findings on products: what is bought together, and how much will be wanted."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_analysis.analyses.baskets import (
    Bundles,
    Differences,
    Offers,
    Rules,
    Sequences,
)
from crm_analysis.analyses.forecast import (
    Anomalies,
    Decomposition,
    Forecast,
    Replenishment,
)
from crm_analysis.analyses.forecast.verdicts import (
    headline_kind,
    outlook,
    season_kind,
    short_history,
)
from crm_analysis.presentation.pictures.forecast import period_name
from crm_analysis.presentation.report.finding import Chart, Finding, Line
from crm_analysis.presentation.report.saying import Saying
from crm_analysis.units import current_units, use_measure
from crm_analysis.wording import say

_HISTORY = 36  # periods before the forecast that a picture shows
_RULES = 10


def rules(result: Rules, saying: Saying) -> Finding:
    """The strongest link between products."""
    best = result.best(_RULES)
    shared: dict[str, Any] = {
        "count": saying.count(result.summary()["baskets"], "baskets"),
        "caveats": saying.caveats(result.notes),
    }
    if not len(best):
        key = "nothing_sure" if len(result.rules) else "no_rules"
        return saying.finding(
            saying.sentence(f"baskets.answer.{key}"),
            "rules",
            number=saying.number(0.0),
            label=saying.label("sure_links"),
            **shared,
        )
    strongest = best.iloc[0]
    times = float(strongest["count"] / strongest["expected"])
    frame = best.assign(
        link=[
            f"{' + '.join(row.antecedent)} → {' + '.join(row.consequent)}"
            for row in best.itertuples()
        ],
        extra=best["count"] - best["expected"],
    ).sort_values("extra", ascending=False, kind="stable")
    return saying.finding(
        saying.sentence(
            "baskets.answer.strongest",
            antecedent=list(strongest["antecedent"]),
            consequent=list(strongest["consequent"]),
            times=times,
            count=int(strongest["count"]),
        ),
        "rules",
        number=saying.number(times, "number1"),
        label=saying.label("times_chance"),
        chart=saying.chart(frame, "link", ["extra"], style="number0"),
        table=saying.table(
            frame,
            ["link", "count", "confidence", "lift"],
            {"confidence": "percent", "lift": "number1"},
        ),
        **shared,
    )


def bundles(result: Bundles, saying: Saying) -> Finding:
    """Which products are worth offering together."""
    if result.bundles.empty:
        return saying.finding(
            saying.sentence("report.no_bundles"),
            "bundles",
            caveats=saying.caveats(result.notes),
        )
    frame = result.bundles.assign(
        bundle=[" + ".join(items) for items in result.bundles["items"]]
    )
    best = frame.iloc[0]
    has_money = pd.notna(best["at_stake"])
    by = "at_stake" if has_money else "count"
    style = "money" if has_money else "number"
    return saying.finding(
        saying.sentence(
            f"report.bundles.{by}",
            items=list(best["items"]),
            stake=float(best[by]),
        ),
        "bundles",
        number=saying.number(float(best[by]), style),
        label=saying.label(by),
        chart=saying.chart(frame, "bundle", [by], style=style),
        table=saying.table(
            frame,
            ["bundle", "count", "lift", "price", "at_stake"],
            {"lift": "number1", "price": "money2", "at_stake": "money"},
        ),
        caveats=saying.caveats(result.notes),
    )


def offers(result: Offers, saying: Saying) -> Finding:
    """What to offer next, and how often that is right."""
    people = int(result.customers["customer"].nunique())
    by_rule = (
        float((result.customers["reason"] == "rule").mean()) if people else 0.0
    )
    frame = result.products
    quality = result.quality.set_index("method") if len(result.quality) else None
    parts: dict[str, Any] = {}
    if quality is not None and "rules" in quality.index:
        row = quality.loc["rules"]
        parts = {
            "number": saying.number(float(row["hit_rate"]), "percent"),
            "label": saying.label("hit_rate"),
            "interval": saying.interval(
                row["hit_rate_low"], row["hit_rate_high"], "percent", 0.95
            ),
        }
    key = "customers" if by_rule else "no_rules"
    return saying.finding(
        saying.sentence(f"baskets.offered.{key}", customers=people, share=by_rule),
        "offers",
        count=saying.count(people),
        chart=saying.chart(frame, "product", ["customers"], counts="customers"),
        table=saying.table(
            frame,
            ["product", "customers", "mean_confidence"],
            {"mean_confidence": "percent"},
            counts="customers",
        ),
        caveats=saying.caveats(result.notes),
        people=people,
        **parts,
    )


def sequences(result: Sequences, saying: Saying) -> Finding:
    """What is bought after what."""
    shared: dict[str, Any] = {
        "count": saying.count(result.customers),
        "caveats": saying.caveats(result.notes),
        "people": result.customers,
    }
    if result.sequences.empty:
        return saying.finding(
            saying.sentence("report.no_sequences"), "sequences", **shared
        )
    frame = result.sequences.assign(
        link=[
            f"{row.product} → {row.then}" for row in result.sequences.itertuples()
        ]
    )
    best = frame.iloc[0]
    return saying.finding(
        saying.sentence(
            "report.sequences",
            product=str(best["product"]),
            then=str(best["then"]),
            share=float(best["confidence"]),
            times=float(best["lift"]),
        ),
        "sequences",
        number=saying.number(float(best["confidence"]), "percent"),
        label=saying.label("follows"),
        interval=saying.interval(
            best["confidence_low"], best["confidence_high"], "percent", 0.95
        ),
        chart=saying.chart(
            frame, "link", ["lift"], style="number1", counts="customers"
        ),
        table=saying.table(
            frame,
            ["link", "customers", "confidence", "lift", "gap_median"],
            {"confidence": "percent", "lift": "number1", "gap_median": "number0"},
            counts="customers",
        ),
        **shared,
    )


def forecast(result: Forecast, saying: Saying) -> Finding:
    """How much will be wanted, and how sure that is; of several series the largest is drawn."""
    if result.measure == "revenue":
        use_measure(current_units().money)
    outlooks = outlook(result, result.ahead)
    shown = outlooks.sort_values("total", ascending=False, kind="stable").iloc[0]
    row = {
        **result.series.set_index("series").loc[shown["series"]].to_dict(),
        **shown.to_dict(),
    }
    details: dict[str, Any] = {
        "horizon": result.horizon,
        "unit": result.every if result.horizon == 1 else f"{result.every}s",
        "measure": result.measure or "value",
        "total": row["total"],
        "low": row["lo_80"],
        "high": row["hi_80"],
        "points": int(row["points"]),
    }
    if row["direction"] is not None:
        details |= {"change": abs(row["change"]), "signed": row["change"]}
    short = short_history(result)
    warnings = () if short is None else (short,)
    table = outlooks if len(outlooks) > 1 else result.ahead
    columns = ["series", "total", "lo_80", "hi_80"]
    if len(outlooks) == 1:
        columns = ["date", "value", "lo_80", "hi_80"]
    return saying.finding(
        saying.sentence(
            f"forecast.headline.{headline_kind(result, row)}", **details
        ),
        "forecast",
        number=saying.number(row["total"], "measure"),
        label=saying.label("total_ahead"),
        interval=saying.interval(row["lo_80"], row["hi_80"], "measure", 0.8),
        count=saying.count(int(row["points"]), "periods"),
        chart=_ahead(result, str(shown["series"]), saying),
        table=saying.table(table, columns, dict.fromkeys(columns[1:], "measure")),
        caveats=saying.caveats([*warnings, *result.notes]),
    )


def _ahead(result: Forecast, series: str, saying: Saying) -> Chart | None:
    past = result.history[result.history["series"].astype(str) == series]
    ahead = result.ahead[result.ahead["series"].astype(str) == series]
    past = past.tail(_HISTORY)
    days = [*past["date"], *ahead["date"]]
    form = (
        "report.month"
        if result.every in ("month", "quarter", "half", "year")
        else "report.day"
    )
    name = "month" if form.endswith("month") else "day"
    last = float(past["value"].iloc[-1]) if len(past) else None

    def after(column: str) -> tuple[float | None, ...]:
        blank: list[float | None] = [None] * (len(past) - 1)
        return (*blank, last, *(float(value) for value in ahead[column]))

    titles = [
        say(f"report.ahead.{part}", saying.language)
        for part in ("past", "expected", "low", "high")
    ]
    values = tuple(
        None if pd.isna(value) else float(value) for value in past["value"]
    )
    lines = (
        Line(titles[0], (*values, *([None] * len(ahead)))),
        Line(titles[1], after("value")),
        Line(titles[2], after("lo_80")),
        Line(titles[3], after("hi_80")),
    )
    chart = Chart(
        "lines",
        tuple(say(form, saying.language, **{name: day.date()}) for day in days),
        lines if len(past) else lines[1:],
        "",
        "measure",
    )
    return chart if chart.is_drawable() else None


def replenishment(result: Replenishment, saying: Saying) -> Finding:
    """What to order now."""
    summary = result.summary()
    frame = result.orders.sort_values("order", ascending=False, kind="stable")
    return saying.finding(
        saying.sentence(
            "report.replenishment",
            to_order=int(summary["to_order"] or 0),
            series=int(summary["series"] or 0),
            units=summary["units"],
        ),
        "replenishment",
        number=saying.number(summary["units"], "number0"),
        label=saying.label("to_order"),
        chart=saying.chart(frame, "series", ["order"], style="number0"),
        table=saying.table(
            frame,
            [
                "series",
                "position",
                "reorder_point",
                "order",
                "risk_without",
                "risk_with",
            ],
            {
                "position": "number0",
                "reorder_point": "number0",
                "order": "number0",
                "risk_without": "percent",
                "risk_with": "percent",
            },
        ),
        caveats=saying.caveats(result.notes),
    )


def differences(result: Differences, saying: Saying) -> Finding:
    """Which rules differ between groups; the surest one is drawn."""
    summary = result.summary()
    sure = int(summary["different"] or 0)
    parts: dict[str, Any] = {}
    if len(result.rules):
        first = result.rules.iloc[0]
        own = result.groups[result.groups["rule"] == first["rule"]]
        frame = result.rules.assign(
            link=[
                f"{' + '.join(row.antecedent)} → {' + '.join(row.consequent)}"
                for row in result.rules.itertuples()
            ]
        )
        parts = {
            "chart": saying.ranges(
                own,
                "group",
                "confidence",
                "percent",
                counts="antecedent_count",
                bounds=("confidence_low", "confidence_high"),
            ),
            "table": saying.table(
                frame,
                [
                    "link",
                    "highest",
                    "highest_confidence",
                    "lowest",
                    "lowest_confidence",
                ],
                dict.fromkeys(
                    ("highest_confidence", "lowest_confidence"), "percent"
                ),
            ),
            "caveats": (
                saying.sentence(
                    "baskets.differ.rule",
                    antecedent=list(first["antecedent"]),
                    consequent=list(first["consequent"]),
                    highest=str(first["highest"]),
                    lowest=str(first["lowest"]),
                    high=float(first["highest_confidence"]),
                    low=float(first["lowest_confidence"]),
                ),
                *saying.caveats(result.notes),
            ),
        }
    return saying.finding(
        saying.sentence(f"baskets.differ.{'some' if sure else 'none'}", **summary),
        "differences",
        number=saying.number(float(sure)),
        label=saying.label("different"),
        count=saying.count(float(result.sizes["baskets"].sum()), "baskets"),
        **parts,
    )


def decomposition(result: Decomposition, saying: Saying) -> Finding:
    """How strong the season of the first series is, and when it is high and low."""
    strength = result.strength.iloc[0]
    kind = season_kind(strength.to_dict())
    details: dict[str, Any] = {}
    parts: dict[str, Any] = {}
    if kind != "unseen":
        for name in ("peak", "trough"):
            details[name] = period_name(
                int(strength[name]), result.every, saying.language, wide=True
            )
        details["trend"] = float(strength["trend_strength"])
        details["season"] = float(strength["season_strength"])
        parts = {
            "number": saying.number(details["season"], "percent"),
            "label": saying.label("season"),
        }
    own = result.parts[result.parts["series"] == strength["series"]].tail(_HISTORY)
    days = [
        say("report.day", saying.language, day=day.date()) for day in own["date"]
    ]
    return saying.finding(
        saying.sentence(f"forecast.season.{kind}", **details),
        "decomposition",
        count=saying.count(int(strength["points"]), "periods"),
        chart=saying.chart(
            own.assign(day=days), "day", ["value", "trend"], shape="lines"
        ),
        caveats=saying.caveats(result.notes),
        **parts,
    )


def anomalies(result: Anomalies, saying: Saying) -> Finding:
    """What stands out of the record, the figures furthest from what was expected first."""
    marks = result.marks.assign(
        day=[
            say("report.day", saying.language, day=day.date())
            for day in result.marks["date"]
        ],
        kind=[
            say(f"planning.kind.{kind}", saying.language)
            for kind in result.marks["kind"]
        ],
        away=(result.marks["value"] - result.marks["expected"]).abs(),
    ).sort_values("away", ascending=False, kind="stable")
    parts: dict[str, Any] = {
        "number": saying.number(float(len(marks))),
        "label": saying.label("stand_out"),
    }
    if marks.empty:
        return saying.finding(
            saying.sentence("forecast.anomalies.none"), "anomalies", **parts
        )
    first = marks.iloc[0]
    details: dict[str, Any] = {
        "marks": len(marks),
        "series": int(marks["series"].nunique()),
    }
    key = "some"
    if pd.notna(first["away"]):
        key = "furthest"
        details |= {"day": first["date"].date().isoformat()}
        details |= {name: float(first[name]) for name in ("value", "expected")}
    names = ["day", "kind", "value", "expected"]
    if details["series"] > 1:
        names = ["series", *names]
    figures = dict.fromkeys(("value", "expected"), "measure")
    return saying.finding(
        saying.sentence(f"report.anomalies.{key}", **details),
        "anomalies",
        chart=saying.chart(
            marks.dropna(subset=["away"]),
            "day",
            ["value", "expected"],
            style="measure",
        ),
        table=saying.table(marks, names, figures),
        **parts,
    )
