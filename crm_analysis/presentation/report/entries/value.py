"""Further findings on the value of customers: from whom it comes, when, how long they stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.value import (
    BusinessState,
    Cohorts,
    Contracts,
    Value,
    ValueMovement,
)
from crm_analysis.presentation import sentences
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.saying import Saying
from crm_analysis.units import use_measure
from crm_analysis.wording import say, unit_of

_TENTHS = 10
_MONTHS = 36
_POINTS = 36  # of a curve


def ahead(result: Value, saying: Saying) -> Finding:
    """When value will come."""
    message = sentences.strongest_month(result)
    worth, style = _worth_of(result)
    months = months_ahead(result, saying)
    details = dict(message.details) if message else {}
    sentence = "report.nothing_more"
    return saying.finding(
        saying.message(message) if message else saying.sentence(sentence),
        "ahead",
        number=saying.number(details.get("first"), "percent"),
        label=saying.label("first_months"),
        count=saying.count(len(result.customers)),
        chart=saying.chart(months, "month", [worth], most=_MONTHS, style=style),
        table=saying.table(months, ["month", worth], {worth: style}),
        people=len(result.customers),
    )


def months_ahead(result: Value, saying: Saying) -> pd.DataFrame:
    """The curve of the estimate with its months written."""
    # A month of the estimate ends within one of the calendar: it is called by its middle.
    begins = result.curve["date"].shift(1).fillna(pd.Timestamp(result.until))
    middle = begins + (result.curve["date"] - begins) / 2
    return result.curve.assign(
        month=[
            say("report.month", saying.language, month=day.date()) for day in middle
        ]
    )


def _worth_of(result: Value) -> tuple[str, str]:
    """The column that says what customers are worth, and how it is written."""
    return result.worth, "money" if result.worth == "value" else "number1"


def people(result: Value, saying: Saying) -> Finding:
    """From how few of the customers value will come."""
    message = sentences.top_customers(result)
    worth, style = _worth_of(result)
    ranked = result.customers.sort_values(worth, ascending=False, kind="stable")
    ends = [part[-1] + 1 for part in _parts(len(ranked))]
    total = max(float(ranked[worth].sum()), 1e-12)
    tenths = pd.DataFrame(
        {
            "top": [
                say(
                    "report.top",
                    saying.language,
                    share=end / max(len(ranked), 1),
                )
                for end in ends
            ],
            "cumulative_share": ranked[worth]
            .cumsum()
            .to_numpy()[np.array(ends) - 1]
            / total,
            "customers": np.diff([0, *ends]),
        }
    )
    return saying.finding(
        saying.message(message),
        "people",
        number=saying.number(message.details["share"], "percent"),
        label=saying.label("top_tenth"),
        count=saying.count(len(ranked)),
        chart=saying.chart(
            tenths,
            "top",
            ["cumulative_share"],
            style="percent",
            counts="customers",
            whole=True,
        ),
        table=saying.table(
            ranked,
            ["customer", worth, "alive", "expected_orders"],
            {"alive": "percent", "expected_orders": "number1", worth: style},
            person="customer",
        ),
        people=int(message.details["top"]),
    )


def _parts(size: int) -> list[np.ndarray]:
    """The places of so many customers in ten parts, the first as the sentence has it."""
    top = max(1, size // _TENTHS)
    rest = np.array_split(np.arange(top, size), _TENTHS - 1)
    return [np.arange(top), *(part for part in rest if len(part))]


def rfm(result: pd.DataFrame, saying: Saying) -> Finding:
    """How many customers are the best in everything, and how many have gone quiet."""
    message = sentences.best_and_quiet(result)
    grid = result.groupby(["r", "f"]).size().rename("customers").reset_index()
    lately = result.groupby("r").size().rename("customers").reset_index()
    lately["recency"] = [
        say("report.recency", saying.language, score=int(score))
        for score in lately["r"]
    ]
    few = [int(n) for n in message.details.values() if n]
    return saying.finding(
        saying.message(message),
        "rfm",
        number=saying.number(message.details["best"]),
        label=saying.label("best_scores"),
        count=saying.count(len(result)),
        chart=saying.chart(
            lately.iloc[::-1],
            "recency",
            ["customers"],
            counts="customers",
            whole=True,
        ),
        table=saying.table(
            grid.iloc[::-1], ["r", "f", "customers"], counts="customers", whole=True
        ),
        caveats=(saying.sentence("report.rfm"),),
        people=min(few, default=len(result)),
    )


def who_moved(result: ValueMovement, saying: Saying) -> Finding:
    """How much less those bring who fall or are gone."""
    use_measure(unit_of(result.measure, "value.column.{}"))
    style = "money" if result.measure == "revenue" else "number"
    losing = result.directions["direction"].isin(sentences.LOSING)
    message = sentences.less_brought(result)
    frame = result.directions[losing].assign(
        direction=[
            say(f"value.direction.{name}", saying.language)
            for name in result.directions.loc[losing, "direction"]
        ]
    )
    figures = ["value_before", "value_now"]
    return saying.finding(
        saying.message(message),
        "movement",
        number=saying.number(message.details["value"], "measure"),
        label=saying.label("less_brought"),
        count=saying.count(len(result.customers)),
        chart=saying.chart(
            frame, "direction", figures, style=style, counts="customers"
        ),
        table=saying.table(
            frame,
            ["direction", "customers", *figures, "change"],
            dict.fromkeys((*figures, "change"), style),
            counts="customers",
        ),
        people=int(frame["customers"].sum()),
    )


def overdue(result: BusinessState, saying: Saying) -> Finding:
    """Who should have ordered by now."""
    message = sentences.overdue(result)
    if message is None:
        return saying.finding(saying.sentence("report.nothing_more"), "overdue")
    months = result.months.assign(
        month=[
            say("report.month", saying.language, month=month.date())
            for month in result.months["month"]
        ]
    )
    value = message.details.get("value")
    parts: dict[str, Any] = {
        "number": saying.number(message.details["count"]),
        "label": saying.label("overdue"),
    }
    if value is not None:
        parts = {
            "number": saying.number(value, "money"),
            "label": say("value.measure.value_at_risk", saying.language),
            "chart": saying.chart(
                months, "month", ["value_at_risk"], shape="lines", style="money"
            ),
        }
    return saying.finding(
        saying.message(message),
        "overdue",
        count=saying.count(len(result.at_risk)),
        table=saying.table(
            result.at_risk,
            ["customer", "silent_days", "usual_gap", "revenue_year", "orders_year"],
            {"usual_gap": "number1", "revenue_year": "money"},
            person="customer",
        ),
        people=len(result.at_risk),
        **parts,
    )


def lifetime(result: Cohorts, saying: Saying) -> Finding:
    """How long customers stay."""
    message = sentences.lifetime(result)
    curve = result.survival
    places = np.linspace(0, len(curve) - 1, min(_POINTS, len(curve)))
    curve = curve.iloc[np.unique(places.astype(int))]
    shown = curve.rename(columns={"day": "days_since", "share": "not_lost"})
    customers = int(result.summary()["customers"] or 0)
    return saying.finding(
        saying.message(message),
        "lifetime",
        number=saying.number(message.details["days"]),
        label=saying.label("lifetime"),
        count=saying.count(customers),
        chart=saying.chart(
            shown, "days_since", ["not_lost"], shape="lines", style="percent"
        ),
        people=customers,
    )


def later(result: Cohorts, saying: Saying) -> Finding:
    """How many of those who began together order many periods on."""
    message = sentences.later_retention(result)
    if message is None:
        return saying.finding(saying.sentence("report.nothing_more"), "cohorts")
    return saying.finding(
        saying.message(message),
        "cohorts",
        number=saying.number(message.details["retention"], "percent"),
        label=saying.label("retention"),
        **_by_age(result, "retention", "percent", saying),
    )


def payback(result: Cohorts, saying: Saying) -> Finding:
    """When a new customer has paid back their cost, or what they have brought."""
    message = sentences.payback(result)
    value, periods = (message.details.get(name) for name in ("value", "periods"))
    number = saying.number(periods)
    label = saying.label("paid_back") if number else ""
    if value is not None:
        number, label = saying.number(value, "money"), saying.label("earned")
    return saying.finding(
        saying.message(message),
        "payback",
        number=number,
        label=label,
        **_by_age(result, "margin_each", "money", saying),
    )


def _by_age(
    result: Cohorts, column: str, style: str, saying: Saying
) -> dict[str, Any]:
    """The picture and the table of a column by the age of a cohort."""
    frame = result.average[result.average["period"] > 0]
    after = [
        say("report.after", saying.language, period=int(period), every=result.every)
        for period in frame["period"]
    ]
    customers = int(result.summary()["customers"] or 0)
    return {
        "count": saying.count(customers),
        "chart": saying.chart(
            frame.assign(after=after),
            "after",
            [column],
            shape="lines",
            style=style,
            counts="customers",
        ),
        "table": saying.table(
            frame,
            ["period", "customers", column],
            {column: style},
            counts="customers",
        ),
        "people": customers,
    }


def renewal(result: Contracts, saying: Saying) -> Finding:
    """Whether contracts are renewed more the longer they run."""
    message, curve = sentences.renewal(result), result.observed_curve
    customers = int(result.summary()["customers"] or 0)
    return saying.finding(
        saying.message(message),
        "contracts",
        number=saying.number(message.details["late"], "percent1"),
        label=saying.label("renewed"),
        count=saying.count(customers),
        chart=saying.chart(
            curve,
            "period",
            ["observed", "retention"],
            shape="lines",
            style="percent",
        ),
        table=saying.table(
            curve,
            ["period", "observed", "retention"],
            dict.fromkeys(("observed", "retention"), "percent1"),
        ),
        people=customers,
    )
