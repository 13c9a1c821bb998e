"""How many a test needs, and who is drawn into which arm."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.engagement import (
    ArmOptions,
    TestOptions,
    TestPlan,
    assign_arms,
    code,
    plan_test,
)
from crm_analysis.presentation.pictures import engagement as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    controls,
    downloads,
    figures,
    how,
    language,
    plain,
    run,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.engagement import (
    Source,
    cards,
    headline,
    listing,
    titled_chart,
)

_HIGH = {
    "baseline": 0.99,
    "effect": 0.5,
    "deviation": 1e6,
    "per_day": 1e6,
    "customers": 100_000_000.0,
}


def draw(source: Source) -> None:
    """The size of a test by slider, the curve behind it, and the arms drawn and kept."""
    first, second, third = st.columns(3, gap="medium")
    people = _people(source)
    options = controls(
        "engagement",
        TestOptions,
        key=widget_key("engagement", "plan"),
        high=_HIGH,
        start=TestOptions(customers=max(2, len(people.value))),
        places={"baseline": first, "effect": second, "holdout": third},
    )
    plan = run(plan_test, options).value
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
    """Each customer once."""
    for table in (source.customers, source.orders, source.contacts):
        if table is not None and "customer" in table.value.columns:
            return run(_each_once, table)
    return Answer(pd.DataFrame({"customer": []}), "nobody")


def _each_once(table: pd.DataFrame) -> pd.DataFrame:
    return table[["customer"]].dropna().drop_duplicates(ignore_index=True)


def _answer(plan: TestPlan) -> None:
    summary, options = plan.summary(), plan.options
    is_enough = (summary["customers"] or 0) <= (options.customers or 0)
    answer(
        f"engagement.plan.{'enough' if is_enough else 'too_few'}",
        treated=summary["treated"],
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
