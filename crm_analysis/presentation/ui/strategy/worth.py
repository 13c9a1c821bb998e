"""What is it worth: beside nothing, everyone, chance, the most valuable; what to expect of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from crm_analysis.analyses.engagement import TestOptions, plan_test
from crm_analysis.analyses.strategy import Honesty
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pages import page_path
from crm_analysis.presentation.pictures import strategy as pictures
from crm_analysis.presentation.ui import (
    answer,
    figures,
    how,
    language,
    notes,
    run,
    said,
    say,
    starred,
    together,
)
from crm_analysis.presentation.ui.strategy import (
    HONESTY,
    Planning,
    headline,
    listing,
    sources,
    titled_chart,
)

_BASELINE = 0.1  # who buys without a contact, where nothing says it


def draw(planning: Planning) -> None:
    """The plan beside simpler ones, what to expect of it, and the test that would tell."""
    plan, honesty = planning.plan.value, planning.honesty.value
    if planning.promises_profit:
        _profit(planning)
    else:
        answer("strategy.worth.no_profit")
    sources(planning)
    with st.expander(
        say("strategy.worth.each"), expanded=not planning.promises_profit
    ):
        shown = plan.methods.drop(columns=["evaluations", "cpu"])
        if not planning.promises_profit:
            shown = shown.drop(columns=["value", "gap", "spread"])
        shown = shown.rename(columns={"value": "profit"})
        listing(
            shown.assign(method=said(shown["method"], "strategy.method.{}")),
            "methods",
            styles={"gap": "percent"} if "gap" in shown.columns else {},
        )
    _tests(planning, honesty)
    notes(note for note in honesty.notes if note.key != "strategy.note.test_needed")
    how(
        "strategy.how.worth",
        planning.code(
            f"honesty = crm.judge_plan(plan, crm.{HONESTY.in_python()})",
            "print(plan.methods, honesty.summary(), honesty.tests)",
        ),
    )


def _profit(planning: Planning) -> None:
    both = together(planning.plan, planning.honesty)
    plan, honesty = both.value
    judged, worth = honesty.summary(), sentences.worth(plan, honesty)
    with starred(both, "Plan.worth"):
        answer(worth.key, **worth.details)
    left, right = st.columns([3, 2], gap="large")
    with left:
        titled_chart(
            "strategy.worth.beside",
            pictures.beside(plan.methods, judged, language()),
            "beside",
            340,
        )
    with right:
        if len(honesty.draws) and np.ptp(honesty.draws) > 0:
            titled_chart(
                "strategy.worth.draws",
                pictures.draws(honesty.draws, language()),
                "draws",
                340,
            )
    items = [
        headline("promised", judged["promised"], explained=True),
        headline("expected", judged["expected"], explained=True),
        headline("ratio", judged["ratio"], "number2", explained=True),
        headline(
            "chance_of_loss", judged["chance_of_loss"], "percent", explained=True
        ),
        headline("assumed", judged["assumed"], "percent", explained=True),
        headline("gap", plan.summary()["gap"], "percent1", explained=True),
    ]
    figures([item for item in items if item["value"] is not None])


def _tests(planning: Planning, honesty: Honesty) -> None:
    """The test that is needed to know better, and the way to plan it."""
    if honesty.tests.empty:
        return
    st.markdown(f"##### {say('strategy.worth.tests')}")
    rows = honesty.tests.copy()
    rows["needed"] = [
        _needed(baseline, effect)
        for baseline, effect in zip(rows["baseline"], rows["effect"], strict=True)
    ]
    rows["source"] = said(rows["source"], "strategy.source.{}")
    for row in rows.to_dict("records"):
        word = "test" if np.isfinite(row["needed"]) else "test_unknown"
        st.markdown("- " + say(f"strategy.worth.{word}", **row))
    listing(
        rows.drop(columns="baseline").dropna(axis=1, how="all"),
        "tests",
        styles={"effect": "percent"} if rows["effect"].notna().any() else {},
    )
    st.page_link(
        page_path("engagement"),
        label=say("strategy.worth.to_test"),
        icon=":material/arrow_forward:",
    )


def _needed(baseline: float, effect: float) -> float:
    """The customers a test needs that finds the smallest effect that pays."""
    baseline = baseline if 0 < baseline < 1 else _BASELINE
    if not 0 < effect < 1 - baseline:
        return np.nan
    plan = run(plan_test, TestOptions(baseline=baseline, effect=max(effect, 1e-4)))
    return float(plan.value.summary()["customers"] or np.nan)
