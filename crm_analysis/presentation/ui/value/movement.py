"""Movement: who rises and who falls, and who should have ordered by now."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import Movement, MovementOptions, business_state
from crm_analysis.analyses.value import movement as between
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, figures, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import choice_text, language, palette, plain, said, say
from crm_analysis.presentation.ui.value import legible, titled

_DIRECTIONS = ("falling", "gone", "rising", "new", "back", "steady")


def movement(orders: Answer[pd.DataFrame]) -> None:
    """Value tier now against then."""
    places = st.columns(3, gap="large")
    knobs = ("back_days", "window_days", "measure")
    money = "amount" in orders.value.columns
    options = controls(
        "value",
        MovementOptions,
        key="value-movement",
        only=(*knobs, "a_share", "b_share"),
        choices={"measure": ("revenue", "orders") if money else ("orders",)},
        start=MovementOptions(measure="revenue" if money else "orders"),
        places=dict(zip(knobs, places, strict=True)),
    )
    found = run(between, orders, options).value
    _draw_flow(found)
    _draw_customers(found)
    _draw_overdue(orders)


def _draw_flow(found: Movement) -> None:
    told = found.summary()
    if told["kept_a"] is None or told["change"] is None:
        answer(
            "value.moves.plain", rising=told["rising"], falling=told["falling"], gone=told["gone"]
        )
    else:
        kind = "up" if told["change"] >= 0 else "down"
        answer(
            f"value.moves.{kind}",
            measure=found.measure,
            change=abs(told["change"]),
            kept=told["kept_a"],
        )
    if found.short:
        st.caption(say("value.moves.short", start=found.before[0], end=found.now[1]))
    counts = found.directions.set_index("direction")
    figures(
        [
            {
                "label": f"value.direction.{name}",
                "value": float(counts["customers"].get(name, 0)),
                "help": f"value.direction_help.{name}",
            }
            for name in _DIRECTIONS
        ]
    )
    chart(
        pictures.flow(found, language(), palette()),
        key="value_flow",
        alt=plain("value.moves.alt"),
        height=420,
    )


def _draw_customers(found: Movement) -> None:
    lost = found.directions.loc[
        found.directions["direction"].isin(["falling", "gone"]), "change"
    ].sum()
    answer("value.moves.who", value=abs(float(lost)), measure=found.measure)
    picked = st.pills(
        say("value.moves.show"),
        list(_DIRECTIONS),
        selection_mode="multi",
        default=["falling", "gone"],
        format_func=choice_text("value.direction.{}"),
        key="value-directions",
        persist_state="session",
    )
    people = (
        found.customers[found.customers["direction"].isin(picked)] if picked else found.customers
    )
    if picked and set(picked) <= {"rising", "new", "back"}:
        people = people.sort_values("change", ascending=False, kind="stable")
    frame = people.assign(
        tier_before=said(people["tier_before"], "value.tier.{}"),
        tier_now=said(people["tier_now"], "value.tier.{}"),
        direction=said(people["direction"], "value.direction.{}"),
    )
    show_table("value", legible(frame), key="value_moves", height=360)
    downloads("value_movement", titled(frame), key="value_moves_file")


def _draw_overdue(orders: Answer[pd.DataFrame]) -> None:
    """Who should have ordered by now: what the overview calls value at risk."""
    state = run(business_state, orders).value
    overdue = state.at_risk
    if overdue.empty:
        return
    if "revenue_year" in overdue.columns:
        answer(
            "value.moves.overdue",
            count=len(overdue),
            value=float(overdue["revenue_year"].clip(lower=0).sum()),
        )
    else:
        answer("value.moves.overdue_orders", count=len(overdue))
    show_table(
        "value", legible(overdue), key="value_overdue", styles={"usual_gap": "number1"}, height=300
    )
    downloads("value_at_risk", titled(overdue), key="value_overdue_file")
