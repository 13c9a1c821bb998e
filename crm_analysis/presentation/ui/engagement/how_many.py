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
    run,
    say,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.engagement import (
    Source,
    listing,
    titled,
    titled_chart,
)

_KIND = "test arms"  # of what is saved in the workspace
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
        "test_plan", titled(plan.curve), key=widget_key("engagement", "plan", "file")
    )
    how("engagement.how.plan", code("plan_test", options))
    _draw_arms(people)


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
            {"label": "engagement.figure.treated", "value": summary["treated"]},
            {"label": "engagement.figure.holdout", "value": summary["holdout"]},
            {
                "label": "engagement.figure.days",
                "value": summary["days"],
                "help": "engagement.figure_help.days",
            },
            {
                "label": "engagement.figure.detectable",
                "value": summary["detectable"],
                "style": "percent1" if options.deviation is None else "number2",
                "help": "engagement.figure_help.detectable",
            },
        ]
    )


def _draw_arms(people: Answer[pd.DataFrame]) -> None:
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
    listing(arms, "test_arms", height=240)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            say("engagement.plan.name"),
            key=widget_key("engagement", "arms_name"),
            max_chars=60,
            width=320,
        ).strip()
        if st.button(
            say("engagement.plan.keep"),
            disabled=not name,
            key=widget_key("engagement", "arms_keep"),
        ):
            workspace().save(_KIND, name, options.to_dict(), {"arms": arms})
            st.toast(say("engagement.plan.kept", name=name))
    for saved in workspace().saved(_KIND):
        day = saved.changed.date().isoformat()
        st.caption(say("engagement.plan.saved", name=saved.name, date=day))
