"""Findings on the business as a whole: how it stands, and what changed."""

from __future__ import annotations

from crm_analysis.analyses.overview import Changes
from crm_analysis.analyses.value import BusinessState
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import Saying
from crm_analysis.wording import names_money, say

_STATE = ("active", "new", "returned", "lost")


def changes(result: Changes, saying: Saying) -> Finding:
    """What changed, and which driver did how much of it."""
    language, summary = saying.language, result.summary()
    drivers = result.drivers.assign(
        driver=[
            say(f"report.driver.{name}", language)
            for name in result.drivers["driver"]
        ]
    )
    segments = result.segments.assign(
        segment=[
            say(f"report.came.{name}", language)
            for name in result.segments["segment"]
        ]
    )
    corrected = int(summary["corrected"] or 0)
    remarks: tuple[str, ...] = ()
    if corrected:
        remarks = (
            saying.sentence(
                "report.corrected",
                orders=corrected,
                money=summary["corrected_money"],
            ),
        )
    sums = {
        name: int(summary[name] or 0)
        for name in (
            "customers_before",
            "new",
            "returned",
            "lapsed",
            "customers_after",
        )
    }
    return saying.finding(
        saying.message(result.sentence),
        "changes",
        number=saying.number(result.change, "money"),
        label=saying.label("change"),
        count=saying.count(result.customers_after),
        chart=saying.chart(drivers, "driver", ["contribution"], style="money"),
        table=saying.table(
            segments,
            ["segment", "customers", "before", "after", "contribution"],
            dict.fromkeys(("before", "after", "contribution"), "money"),
            counts="customers",
            whole=True,
        ),
        caveats=remarks,
        counted=(
            (
                saying.sentence("report.came_and_went", **sums),
                min((number for number in sums.values() if number), default=0),
            ),
        ),
        people=result.customers_after,
    )


def business_state(result: BusinessState, saying: Saying) -> Finding:
    """How the business stands against the period before."""
    language = saying.language
    remark = result.remarks[0] if result.remarks else None
    revenue = result["revenue"]
    key = "revenue" if revenue.value is not None else "active"
    measure = result[key]
    style = "money" if names_money(f"value.measure.{key}") else "number"
    details = {} if remark is None else dict(remark.details)
    for name in ("value", "top_value"):
        if name in details:
            details[name] = saying.number(details[name], "money")
    sentence = (
        saying.sentence("report.nothing_more")
        if remark is None
        else saying.sentence(remark.key, **details)
    )
    start, end = result.period
    months = result.months.assign(
        month=[
            say("report.month", language, month=month.date())
            for month in result.months["month"]
        ]
    )
    whole = months[months["finished"].astype(bool)]
    return saying.finding(
        sentence,
        "business_state",
        number=saying.number(measure.value, style),
        label=say(f"value.measure.{key}", language),
        count=saying.count(result["customers"].value),
        chart=saying.chart(whole, "month", [key], shape="lines", style=style),
        table=saying.table(
            months.iloc[::-1],
            ["month", *_STATE, "revenue"],
            {"revenue": "money"},
            counts=_STATE,
        ),
        caveats=(saying.sentence("report.period", start=start, end=end),),
        people=min(
            int(number)
            for number in (
                result["customers"].value,
                *(details.get(name) for name in ("count", "customers", "top")),
            )
            if isinstance(number, int | float)
        ),
    )
