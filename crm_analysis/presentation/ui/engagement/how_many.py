"""How many a test needs, and who is drawn into which arm."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.customers import sent
from crm_analysis.analyses.engagement import (
    ArmOptions,
    TestOptions,
    TestPlan,
    assign_arms,
    attributes_of,
    code,
    plan_test,
)
from crm_analysis.presentation.pictures import engagement as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    column_name,
    controls,
    downloads,
    figures,
    how,
    language,
    plain,
    run,
    say,
    starred,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.engagement import (
    Source,
    cards,
    headline,
    listing,
    titled_chart,
)
from crm_analysis.tables.sales import only_sales

_HIGH = {"per_day": 1e6, "customers": 100_000_000.0}
_HIGH_SHARE = {"baseline": 0.99, "effect": 0.5}
_HIGH_AMOUNT = {"baseline": 1e6, "effect": 1e5, "deviation": 1e6}
_MONTH, _STRATA = 30, 12


def draw(source: Source) -> None:
    """The size of a test by slider, the curve behind it, and the arms drawn and kept."""
    people = _people(source)
    options = _asked(source, people)
    asked = run(plan_test, options)
    plan = asked.value
    with starred(asked):
        _answer(plan)
    titled_chart(
        "engagement.plan.curve",
        pictures.detectable(plan.curve, language(), options.deviation is None),
        "curve",
        380,
    )
    downloads(
        "test_plan", _plan_file(plan), key=widget_key("engagement", "plan", "file")
    )
    with st.expander(say("engagement.plan.each")):
        listing(plan.curve.drop(columns="chosen"), "detectable", height=280)
    how("engagement.how.plan", code("plan_test", options))
    _draw_arms(people, is_share=options.deviation is None)


def _asked(source: Source, people: Answer[pd.DataFrame]) -> TestOptions:
    """What the test is to show: of a share or of an amount, as customers and contacts are now."""
    outcome = switch(
        "engagement.plan.outcome",
        ("share", "amount"),
        "engagement.plan.outcome_{}",
        key=widget_key("engagement", "plan", "outcome"),
    )
    first, second, third = st.columns(3, gap="medium")
    start = TestOptions(
        customers=max(2, len(people.value)),
        per_day=None if source.contacts is None else _per_day(source.contacts),
    )
    if outcome == "share":
        return controls(
            "engagement",
            TestOptions,
            key=widget_key("engagement", "plan"),
            only=(
                *("baseline", "effect", "holdout", "power", "alpha"),
                *("arms", "per_day", "customers"),
            ),
            high=_HIGH | _HIGH_SHARE,
            start=start,
            places={"baseline": first, "effect": second, "holdout": third},
            shares=("baseline", "effect"),
        )
    mean, deviation = 100.0, 100.0
    if source.orders is not None and "amount" in source.orders.value.columns:
        mean, deviation = run(_spent_in_a_month, source.orders).value
    fourth = st.columns(3, gap="medium")[0]
    return controls(
        "engagement",
        TestOptions,
        key=widget_key("engagement", "plan", "amount"),
        only=(
            *("baseline", "effect", "holdout", "deviation", "power"),
            *("alpha", "arms", "per_day", "customers"),
        ),
        high=_HIGH | _HIGH_AMOUNT,
        start=start.replace(
            baseline=mean,
            effect=max(0.01, round(mean / 10, 2)),
            deviation=deviation,
        ),
        places={
            "baseline": first,
            "effect": second,
            "holdout": third,
            "deviation": fourth,
        },
    )


def _per_day(log: Answer[pd.DataFrame]) -> float | None:
    """Customers contacted in a day of the log's last three months."""
    volume = run(_volume, log).value
    return volume if volume >= 0.1 else None


def _volume(log: pd.DataFrame) -> float:
    made = sent(log)
    days = pd.to_datetime(made["date"]).dt.normalize()
    days = days[days > days.max() - pd.Timedelta(days=3 * _MONTH)]
    people = made.loc[days.index, "customer"]
    span = (days.max() - days.min()).days + 1 if len(days) else 1
    return round(float(people.nunique()) / span, 1)


def _spent_in_a_month(orders: pd.DataFrame) -> tuple[float, float]:
    """Mean and standard deviation of what a customer spent within the last month of the orders."""
    sales = only_sales(orders).dropna(subset=["customer", "date"])
    days = pd.to_datetime(sales["date"])
    late = days > days.max() - pd.Timedelta(days=_MONTH)
    spent = sales.loc[late].groupby("customer")["amount"].sum()
    each = spent.reindex(sales["customer"].unique(), fill_value=0.0).astype(float)
    mean, deviation = float(each.mean()), float(each.std())
    if not mean > 0 or not deviation > 0:
        return 100.0, 100.0
    return round(mean, 2), round(deviation, 2)


def _plan_file(plan: TestPlan) -> pd.DataFrame:
    """What was asked for and what it takes, a line each."""
    settings = plan.options.to_dict()
    facts = {f"engagement.knob.{name}.label": settings[name] for name in settings}
    needed = plan.summary()
    for name in ("treated", "holdout", "days", "detectable"):
        facts[f"engagement.figure.{name}"] = needed[name]
    return pd.DataFrame(
        {
            plain("engagement.plan.item"): [plain(key) for key in facts],
            plain("engagement.column.value"): list(facts.values()),
        }
    )


def _people(source: Source) -> Answer[pd.DataFrame]:
    """Each customer once, with what they may be drawn within."""
    for table in (source.customers, source.orders, source.contacts):
        if table is not None and "customer" in table.value.columns:
            return run(_each_once, table)
    return Answer(pd.DataFrame({"customer": []}), "nobody")


def _each_once(table: pd.DataFrame) -> pd.DataFrame:
    people = table.dropna(subset=["customer"]).drop_duplicates("customer")
    strata = [
        name for name in attributes_of(table) if people[name].nunique() <= _STRATA
    ]
    known = people[strata].astype(str)
    return pd.concat([people[["customer"]], known], axis=1).reset_index(drop=True)


def _answer(plan: TestPlan) -> None:
    summary, options = plan.summary(), plan.options
    is_enough = (summary["customers"] or 0) <= (options.customers or 0)
    word = "enough" if is_enough else "too_few"
    if not is_enough and options.deviation is not None:
        word = "too_few_amount"
    answer(
        f"engagement.plan.{word}",
        treated=(summary["treated"] or 0) * options.arms,
        holdout=summary["holdout"],
        customers=summary["customers"],
        there=options.customers or 0,
        detectable=summary["detectable"],
    )
    figures(
        [
            headline("treated", summary["treated"]),
            headline("holdout", summary["holdout"]),
            headline("days", summary["days"], explained=True),
            headline(
                "detectable",
                summary["detectable"],
                "percent1" if options.deviation is None else "number2",
                explained=True,
            ),
        ]
    )


def _draw_arms(people: Answer[pd.DataFrame], *, is_share: bool) -> None:
    if people.value.empty:
        return
    st.markdown(f"##### {say('engagement.plan.draw')}")
    left, right = st.columns(2, gap="medium")
    options = controls(
        "engagement",
        ArmOptions,
        key=widget_key("engagement", "arms"),
        choices={"strata": list(people.value.columns[1:])},
        names={"strata": column_name},
        places={"holdout": left, "seed": right},
    )
    arms = run(assign_arms, people, options).value
    counts = arms["arm"].value_counts()
    st.markdown(
        say(
            "engagement.plan.drawn",
            treated=int(counts.get("treated", 0)),
            holdout=int(counts.get("holdout", 0)),
        )
    )
    shown = arms.assign(arm=[plain(f"engagement.arm.{arm}") for arm in arms["arm"]])
    listing(shown, "test_arms", height=240)
    cards.offer(
        arms,
        "arms",
        seed=options.seed,
        holdout=options.holdout,
        primary="customers" if is_share else "revenue",
    )
