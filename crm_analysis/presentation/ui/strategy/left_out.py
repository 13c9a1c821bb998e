"""Who is left out: contact and benefit by group, and what each rule of fairness costs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import fairness_costs, left_out
from crm_analysis.presentation.pictures import strategy as pictures
from crm_analysis.presentation.ui import (
    answer,
    how,
    language,
    plain,
    run,
    say,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.strategy import (
    Planning,
    in_words,
    listing,
    sources,
    titled_chart,
)
from crm_analysis.presentation.ui.strategy.known import segment_title

_SHARES = ("share", "lo", "hi")
_EVEN = (
    0.8  # a ratio to the others from which on a group is not said to be left out
)


def draw(planning: Planning) -> None:
    """The group furthest behind in a sentence, shares with their intervals, what fairness costs."""
    offered = [
        name
        for name in ("group", "segment")
        if name in planning.table.value.columns
    ]
    if not offered:
        st.info(say("strategy.left_out.no_groups"), icon=":material/info:")
        return
    by = offered[0]
    if len(offered) > 1:
        by = switch(
            "strategy.left_out.by",
            offered,
            "strategy.left_out.by_{}",
            key=widget_key("strategy", "left_out", "by"),
        )
    groups = run(left_out, planning.plan, by).value
    groups = _called(planning, groups, by)
    _answer(planning, groups, by)
    sources(planning)
    left, right = st.columns(2, gap="large")
    with left:
        titled_chart(
            "strategy.left_out.shares",
            pictures.shares(groups, language()),
            "shares",
            120 + 46 * len(groups),
        )
    if planning.promises_profit:
        with right:
            titled_chart(
                "strategy.left_out.benefit",
                pictures.benefit(groups, language()),
                "benefit",
                120 + 46 * len(groups),
            )
    shown = groups
    if not planning.promises_profit:
        shown = groups.drop(columns=["profit", "per_customer"])
    listing(
        shown,
        "groups",
        styles=dict.fromkeys(_SHARES, "percent"),
    )
    if by == "group" and len(groups) > 1:
        _fairness(planning)
    how(
        "strategy.how.left_out",
        planning.code(
            f"print(crm.left_out(plan, {by!r}))",
            *(
                ("print(crm.fairness_costs(table, limits))",)
                if by == "group"
                else ()
            ),
        ),
    )


def _called(planning: Planning, groups: pd.DataFrame, by: str) -> pd.DataFrame:
    """The groups in words."""
    if by == "segment":
        words = in_words(
            planning, groups[["group"]].rename(columns={"group": "segment"})
        )
        groups = groups.assign(group=words["segment"])
    unknown = plain("strategy.source.unknown")
    return groups.assign(group=groups["group"].replace("", unknown))


def _answer(planning: Planning, groups: pd.DataFrame, by: str) -> None:
    options = planning.action_options
    column = segment_title(
        (options.group or "") if by == "group" else options.segment
    )
    if groups["contacted"].sum() == 0 or len(groups) < 2:
        answer("strategy.left_out.nobody", column=column)
        return
    behind = groups.loc[groups["ratio"].idxmin()]
    word = "even" if behind["ratio"] >= _EVEN else "behind"
    answer(
        f"strategy.left_out.{word}",
        column=column,
        group=str(behind["group"]),
        share=float(behind["share"]),
        ratio=float(behind["ratio"]),
    )


def _fairness(planning: Planning) -> None:
    """The profit given up so that shares are near one another."""
    costs = run(fairness_costs, planning.table, planning.limits).value
    shown = costs.rename(columns={"least_ratio": "ratio"})
    if not planning.promises_profit:
        shown = shown.drop(columns=["profit", "cost_of_rule"])
    st.markdown(f"##### {say('strategy.left_out.costs')}")
    rule = [
        plain("strategy.left_out.no_rule")
        if pd.isna(tolerance)
        else plain("strategy.left_out.rule", tolerance=tolerance)
        for tolerance in shown["tolerance"]
    ]
    listing(shown.assign(tolerance=rule), "fairness", styles={"ratio": "percent"})
