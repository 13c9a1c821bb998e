"""Movement: who rises and who falls, and who should have ordered by now."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import streamlit as st

from crm_analysis.analyses import value as analyses
from crm_analysis.analyses.value import (
    MovementOptions,
    ValueMovement,
    business_state,
)
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    choice_text,
    controls,
    downloads,
    figures,
    language,
    palette,
    plain,
    run,
    said,
    say,
    show_table,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.value import legible, titled
from crm_analysis.units import use_measure
from crm_analysis.wording import unit_of

_DIRECTIONS = ("falling", "gone", "rising", "new", "back", "steady")
_BY_CHANCE = ("falling", "rising", "gone")  # where chance moves customers too
_GAINING = {"rising", "new", "back"}
_KNOBS = ("back_days", "window_days", "measure")


def movement(orders: Answer[pd.DataFrame]) -> None:
    """Value tier now against then."""
    measures: tuple[Literal["revenue", "orders"], ...] = ("orders",)
    if "amount" in orders.value.columns:
        measures = ("revenue", "orders")
    options = controls(
        "value",
        MovementOptions,
        only=(*_KNOBS, "a_share", "b_share"),
        choices={"measure": measures},
        start=MovementOptions(measure=measures[0]),
        places=dict(zip(_KNOBS, st.columns(3, gap="large"), strict=True)),
    )
    asked = run(analyses.movement, orders, options)
    made = asked.value
    with starred(asked):
        _draw_flow(made)
    _draw_customers(asked)
    _draw_overdue(orders)


def _draw_flow(made: ValueMovement) -> None:
    total = made.summary()
    change, kept = total["change"], total["kept_a"]
    if kept is None or change is None:
        answer(
            "value.moves.plain",
            **{name: total[name] for name in ("rising", "falling", "gone")},
        )
    else:
        key = "value.moves.up" if change >= 0 else "value.moves.down"
        answer(key, measure=made.measure, change=abs(change), kept=kept)
    if made.short:
        st.caption(say("value.moves.short", start=made.before[0], end=made.now[1]))
    figures(
        [
            {
                "label": f"value.direction.{name}",
                "value": total[name],
                "help": f"value.direction_help.{name}",
            }
            for name in _DIRECTIONS
        ]
    )
    beyond = "some" if total["beyond_chance"] else "none"
    st.caption(
        say(
            f"value.moves.by_chance.{beyond}",
            rising=total["rising_by_chance"],
            falling=total["falling_by_chance"],
            count=total["beyond_chance"],
        )
    )
    chart(
        pictures.flow(made, language(), palette()),
        key=widget_key("value", "flow"),
        alt=plain("value.moves.alt"),
        height=420,
    )


def _draw_customers(asked: Answer[ValueMovement]) -> None:
    made = asked.value
    use_measure(unit_of(made.measure, "value.column.{}"))
    less = sentences.less_brought(made)
    with starred(asked, "ValueMovement.who"):
        answer(less.key, **less.details)
    picked = remembered(
        st.pills,
        say("value.moves.show"),
        list(_DIRECTIONS),
        selection_mode="multi",
        default=list(sentences.LOSING),
        format_func=choice_text("value.direction.{}"),
        key=widget_key("value", "directions"),
    )
    everyone = remembered(
        st.toggle,
        say("value.moves.everyone"),
        key=widget_key("value", "moved_by_chance"),
    )
    people = made.customers
    if not everyone:
        people = people[
            people["beyond_chance"] | ~people["direction"].isin(_BY_CHANCE)
        ]
    people = people.drop(columns="beyond_chance")
    if picked:
        people = people[people["direction"].isin(picked)]
        if set(picked) <= _GAINING:
            people = people.sort_values("change", ascending=False, kind="stable")
    if people.empty:
        st.caption(say("value.moves.nobody"))
        return
    frame = people.assign(
        tier_before=said(people["tier_before"], "value.tier.{}"),
        tier_now=said(people["tier_now"], "value.tier.{}"),
        direction=said(people["direction"], "value.direction.{}"),
    )
    show_table(
        "value",
        legible(frame),
        key=widget_key("value", "move_table"),
        height=360,
    )
    downloads("value_movement", titled(frame), key=widget_key("value", "moves"))


def _draw_overdue(orders: Answer[pd.DataFrame]) -> None:
    """Who should have ordered by now: what the overview calls value at risk."""
    asked = run(business_state, orders)
    overdue, late = asked.value.at_risk, sentences.overdue(asked.value)
    if late is None:
        return
    with starred(asked, "BusinessState.overdue"):
        answer(late.key, **late.details)
    show_table(
        "value",
        legible(overdue),
        key=widget_key("value", "overdue_table"),
        styles={"usual_gap": "number1"},
        height=300,
    )
    downloads("value_at_risk", titled(overdue), key=widget_key("value", "overdue"))
