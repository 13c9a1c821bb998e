"""What should I do: a list an action, what is expected of it, and who is held out."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import Honesty, Plan
from crm_analysis.presentation.pictures import strategy as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    figures,
    how,
    language,
    name_to_keep,
    notes,
    plain,
    say,
    starred,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.groups import GroupsLine
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.strategy import (
    Planning,
    headline,
    in_words,
    listing,
    proof,
    sources,
)

KEPT = "plan"  # of what is saved in the workspace
_EMPTY = (
    "strategy.note.nothing_pays",
    "strategy.note.nobody",
    "strategy.note.nobody_fair",
)
_LISTED = (
    *("customer", "action", "channel", "segment", "group", "value", "risk"),
    *("profit", "profit_lo", "profit_hi", "cost", "source", "arm"),
)
_SET_DOWN = ("customer", "action", "segment", "profit", "cost", "arm")
_EVERY = ""


def draw(planning: Planning) -> None:
    """The plan in a sentence and a picture, then the lists to take along."""
    plan = planning.plan.value
    honesty = planning.honesty.value
    key, details = _sentence(planning, plan, honesty)
    with starred(planning.plan):
        answer(key, **details)
    sources(planning)
    groups = GroupsLine()
    if len(plan.chosen):
        by_action = _by_action(plan)
        chart(
            pictures.actions(by_action, language()),
            key=widget_key("strategy", "actions_chart"),
            alt=plain(key, **details),
            height=110 + 44 * by_action["action"].nunique(),
        )
        _figures(planning, plan, honesty)
        _lists(planning, plan)
    proven = [proof(plan)] if planning.promises_profit else []
    notes([*planning.remarks, *plan.notes, *proven])
    how("strategy.how.todo", planning.code("print(plan.chosen)"))
    if len(plan.chosen):
        groups.say_overlap(plan.chosen["customer"])


def _sentence(planning: Planning, plan: Plan, honesty: Honesty) -> tuple[str, dict]:
    empty = [note for note in plan.notes if note.key in _EMPTY]
    if empty or not len(plan.chosen):
        return (empty[0].key if empty else "strategy.note.nobody"), {}
    facts = plan.summary()
    details = {name: facts[name] for name in ("contacted", "customers", "cost")}
    if not planning.promises_profit:
        return "strategy.todo.reach", details
    judged = honesty.summary()
    if judged["expected"] is None:
        return "strategy.todo.promised", {**details, "profit": facts["profit"]}
    details |= {name: judged[name] for name in ("expected", "lo", "hi")}
    word = "expected" if (judged["lo"] or 0.0) > 0 else "doubtful"
    return f"strategy.todo.{word}", details


def _by_action(plan: Plan) -> pd.DataFrame:
    source = plan.chosen["source"].fillna("unknown").astype(str)
    counted = plan.chosen.assign(source=source).groupby(["action", "source"])
    return counted.size().rename("customers").reset_index()


def _figures(planning: Planning, plan: Plan, honesty: Honesty) -> None:
    facts, judged = plan.summary(), honesty.summary()
    items = [
        headline("holdout", facts["holdout"], explained=True)
        | {"help_details": {"cost": _held_cost(plan)}},
        headline("cost", facts["cost"]),
    ]
    if planning.promises_profit:
        items.append(headline("promised", judged["promised"], explained=True))
    if judged["chance_of_loss"] is not None:
        items.append(
            headline(
                "chance_of_loss",
                judged["chance_of_loss"],
                "percent",
                explained=True,
            )
        )
    figures(items)


def _held_cost(plan: Plan) -> float:
    """What is not spent on those left alone."""
    held = plan.chosen["arm"] == "holdout"
    return float(plan.chosen.loc[held, "cost"].sum())


def _lists(planning: Planning, plan: Plan) -> None:
    """The customers of one action or all, the file, and the plan set down to be read back."""
    counts = plan.chosen["action"].value_counts()
    st.markdown(f"##### {say('strategy.todo.lists')}")
    texts = {_EVERY: plain("strategy.todo.every", count=len(plan.chosen))}
    texts |= {
        name: plain("strategy.todo.one", action=name, count=int(count))
        for name, count in counts.items()
    }
    chosen = remembered(
        st.selectbox,
        say("strategy.column.action"),
        list(texts),
        format_func=texts.__getitem__,
        key=widget_key("strategy", "list_of"),
    )
    columns = [name for name in _LISTED if name in plan.chosen.columns]
    whole = plan.chosen[columns].dropna(axis=1, how="all")
    shown = whole if chosen == _EVERY else whole[whole["action"] == chosen]
    listing(
        in_words(planning, shown),
        "list",
        styles={"risk": "percent"} if "risk" in shown.columns else {},
        height=320,
    )
    keys = widget_key("strategy", "keep", "name"), widget_key("strategy", "keep")
    if name := name_to_keep("strategy.todo.name", "strategy.todo.keep", keys):
        kept = [column for column in _SET_DOWN if column in plan.chosen.columns]
        facts = {
            "date": dt.date.today().isoformat(),
            "margin": planning.action_options.margin,
        }
        workspace().save(KEPT, name, facts, {"chosen": plan.chosen[kept]})
        st.toast(say("strategy.todo.kept", name=name))
    st.caption(say("strategy.todo.keep_help"))
