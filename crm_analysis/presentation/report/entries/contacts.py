"""Findings on contacts: what came back, what worked, whom to contact, when and how often."""

from __future__ import annotations

from crm_analysis.analyses.engagement import (
    BestTime,
    CampaignResult,
    ContactList,
    ContactPressure,
    ContactSummary,
    TestPlan,
    TestReading,
    Uplift,
)
from crm_analysis.presentation.pictures.engagement import weekday
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import POINTS, Saying
from crm_analysis.wording import say

_BEST_HOURS = 10


def contact_summary(result: ContactSummary, saying: Saying) -> Finding:
    """What was sent and what came back."""
    summary, channels = result.summary(), result.channels
    best = channels.loc[channels["rate"].idxmax()]
    return saying.finding(
        saying.sentence(
            "engagement.sent.answer",
            sent=int(summary["sent"] or 0),
            people=int(summary["people"] or 0),
            rate=summary["rate"],
            channel=str(best["channel"]),
            best=float(best["rate"]),
        ),
        "contact_summary",
        number=saying.number(summary["rate"], "percent1"),
        label=saying.label("answered"),
        interval=saying.interval(
            summary["lo"], summary["hi"], "percent1", result.options.coverage
        ),
        count=saying.count(summary["sent"], "contacts"),
        chart=saying.ranges(
            channels, "channel", "rate", "percent1", counts="people"
        ),
        table=saying.table(
            channels,
            ["channel", "people", "sent", "responded", "rate", "cost", "revenue"],
            {"rate": "percent1", "cost": "money", "revenue": "money"},
            counts="people",
        ),
        caveats=(
            saying.sentence("engagement.sent.anyway"),
            *saying.caveats(result.notes),
        ),
        people=int(summary["people"] or 0),
    )


def test_reading(result: TestReading, saying: Saying) -> Finding:
    """Whether it worked."""
    primary = result.effects[result.effects["primary"].astype(bool)].iloc[0]
    outcome = str(primary["outcome"])
    is_share = outcome in result.shares
    mean = "percent1" if is_share else "number2"
    style = POINTS if is_share else "number2"
    same = result.effects[result.effects["outcome"].astype(str) == outcome]
    people = int(result.arms["customers"].sum())
    return saying.finding(
        saying.message(result.verdict),
        "test_reading",
        number=saying.number(primary["difference"], style),
        label=say("report.label.difference", saying.language, outcome=outcome),
        interval=saying.interval(primary["lo"], primary["hi"], style),
        count=saying.count(people),
        chart=saying.chart(
            same,
            "arm",
            ["difference"],
            shape="ranges",
            style=style,
            bounds=("lo", "hi"),
        ),
        table=saying.table(
            result.arms,
            ["arm", "customers", "share", "mean"],
            {"share": "percent", "mean": mean},
            counts="customers",
        ),
        caveats=saying.caveats(result.notes),
        people=int(result.arms["customers"].min()),
    )


def campaign_result(result: CampaignResult, saying: Saying) -> Finding:
    """What campaigns brought."""
    totals = result.totals
    frame = result.campaigns
    measures = ("profit", "revenue", "customers")
    measure = next(
        (
            name
            for name in measures
            if frame.loc[frame["measure"] == name, "difference"].notna().any()
        ),
        "customers",
    )
    shown = frame[frame["measure"] == measure]
    style = "number" if measure == "customers" else "money"
    each = "percent1" if measure == "customers" else "money2"
    gap = POINTS if measure == "customers" else each
    name = "customers_more" if measure == "customers" else measure
    people = int(result.summary()["customers"] or 0)
    return saying.finding(
        saying.message(result.verdict),
        "campaign_result",
        number=saying.number(totals.get(name), style),
        label=saying.label(name) if totals.get(name) is not None else "",
        interval=saying.interval(
            totals.get(f"{name}_lo"),
            totals.get(f"{name}_hi"),
            style,
            result.options.coverage,
        ),
        count=saying.count(people),
        chart=saying.ranges(
            shown, "campaign", "difference", gap, counts="customers"
        ),
        table=saying.table(
            shown,
            [
                "campaign",
                "customers",
                "treated",
                "holdout",
                "difference",
                "total",
            ],
            {
                **dict.fromkeys(("treated", "holdout"), each),
                "difference": gap,
                "total": style,
            },
            counts="customers",
        ),
        caveats=saying.caveats(result.notes),
        people=people,
    )


def uplift(result: Uplift, saying: Saying) -> Finding:
    """Whom a contact changes."""
    summary = result.summary()
    frame = result.quintiles.assign(
        quintile=[
            say("report.fifth", saying.language, number=int(number))
            for number in result.quintiles["quintile"]
        ]
    )
    mean = "number2" if result.is_amount else "percent1"
    style = "number2" if result.is_amount else POINTS
    return saying.finding(
        saying.message(result.verdict),
        "uplift",
        number=saying.number(summary["difference"], style),
        label=saying.label("gain"),
        count=saying.count(summary["customers"]),
        chart=saying.ranges(
            frame, "quintile", "difference", style, counts="customers"
        ),
        table=saying.table(
            frame,
            ["quintile", "customers", "treated", "control", "difference"],
            {"treated": mean, "control": mean, "difference": style},
            counts="customers",
        ),
        caveats=saying.caveats(result.notes),
        people=int(summary["customers"] or 0),
    )


def contact_list(result: ContactList, saying: Saying) -> Finding:
    """Whom to contact."""
    summary = result.summary()
    listed = int(summary["listed"] or 0)
    return saying.finding(
        saying.message(result.verdict),
        "contact_list",
        number=saying.number(summary["profit"], "money") if listed else "",
        label=saying.label("profit") if listed else "",
        count=saying.count(listed) if listed else "",
        chart=saying.chart(
            result.curve.iloc[:: max(1, len(result.curve) // 24)],
            "contacted",
            ["expected", "measured", "at_random"],
            shape="lines",
            style="money",
        ),
        table=saying.table(
            result.table,
            ["customer", "gain", "profit", "arm"],
            {"gain": "number2", "profit": "money2"},
            person="customer",
        ),
        people=min(
            (
                int(number)
                for number in (summary["treated"], summary["holdout"])
                if number
            ),
            default=None,
        ),
    )


def best_time(result: BestTime, saying: Saying) -> Finding:
    """When contacts are answered."""
    summary = result.summary()
    hours = result.hours[result.hours["enough"].astype(bool)]
    hours = hours.sort_values("shrunken", ascending=False, kind="stable")
    frame = hours.head(_BEST_HOURS).assign(
        time=[
            f"{weekday(int(row.weekday), saying.language)} {int(row.hour):02d}:00"
            for row in hours.head(_BEST_HOURS).itertuples()
        ]
    )
    return saying.finding(
        saying.message(result.verdict),
        "best_time",
        number=saying.number(summary["rate"], "percent1"),
        label=saying.label("answered"),
        count=saying.count(summary["sent"], "contacts"),
        chart=saying.chart(
            frame,
            "time",
            ["shrunken"],
            shape="ranges",
            style="percent1",
            bounds=("lo", "hi"),
        ),
        table=saying.table(
            frame,
            ["time", "sent", "responded", "rate", "usual"],
            {"rate": "percent1", "usual": "percent1"},
        ),
        caveats=saying.caveats(result.notes),
    )


def contact_pressure(result: ContactPressure, saying: Saying) -> Finding:
    """Whether more contacts are answered less."""
    summary = result.summary()
    week = result.by_count[result.by_count["window"] == 7]
    frame = week.assign(
        nth=[
            say("report.nth", saying.language, number=int(number))
            for number in week["nth"]
        ]
    )
    return saying.finding(
        saying.message(result.verdict),
        "contact_pressure",
        number=saying.number(summary["last"], "percent1"),
        label=saying.label("last_answered") if summary["last"] is not None else "",
        count=saying.count(float(week["sent"].sum()), "contacts"),
        chart=saying.chart(
            frame, "nth", ["rate", "within"], style="percent1", counts="sent"
        ),
        table=saying.table(
            frame,
            ["nth", "sent", "responded", "rate", "within"],
            {"rate": "percent1", "within": "percent1"},
            counts="sent",
        ),
        caveats=saying.caveats(result.notes),
    )


def test_plan(result: TestPlan, saying: Saying) -> Finding:
    """How many a test needs."""
    summary = result.summary()
    curve = result.curve.iloc[:: max(1, len(result.curve) // 24)]
    style = "percent1" if result.options.deviation is None else "number2"
    return saying.finding(
        saying.sentence(
            "report.test_plan",
            customers=int(summary["customers"] or 0),
            per_arm=int(summary["per_arm"] or 0),
        ),
        "test_plan",
        number=saying.number(summary["customers"]),
        label=saying.label("needed"),
        chart=saying.chart(
            curve, "customers", ["detectable"], shape="lines", style=style
        ),
        table=saying.table(
            curve, ["customers", "detectable", "days"], {"detectable": style}
        ),
    )
