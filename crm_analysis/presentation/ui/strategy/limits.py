"""What limits me: what one more of each limit brings, how far that holds, what one less costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import Plan, round_step, say_prices
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import strategy as pictures
from crm_analysis.presentation.ui import answer, how, language, notes, say
from crm_analysis.presentation.ui.strategy import (
    Planning,
    limit_name,
    listing,
    sources,
    titled_chart,
)

_NOTHING = 1e-6  # of the profit
_PRICED = ("limit", "amount", "used", "above", "below", "from", "to")


def draw(planning: Planning) -> None:
    """A sentence a limit, how far each is used, and the table of prices with their ranges."""
    plan = planning.plan.value
    table = plan.limits
    if table.empty:
        answer("strategy.limits.none")
        sources(planning)
        _say_contacts(planning, plan)
        return
    if not planning.promises_profit:
        answer("strategy.limits.reach")
    else:
        _sentences(planning, plan)
    sources(planning)
    _say_contacts(planning, plan)
    counted = table[(table["kind"] != "group") & (table["amount"] > 0)]
    if len(counted):
        shown = counted.assign(name=[limit_name(row) for row in _rows(counted)])
        titled_chart(
            "strategy.limits.used",
            pictures.used(shown, language()),
            "used",
            110 + 44 * len(shown),
        )
    _prices(planning, plan)
    enough = "strategy.note.contacted_enough"
    notes(note for note in plan.notes if note.key == enough)
    how(
        "strategy.how.limits",
        planning.code(
            "print(plan.limits)",
            "for message in crm.say_prices(plan.limits):",
            "    print(message.sentence())",
        ),
    )


def _sentences(planning: Planning, plan: Plan) -> None:
    """What binds most is the answer; the others are said below it."""
    table = plan.limits
    budget = _next_of_budget(planning, plan)
    others = table[table["kind"] != "budget"] if budget else table
    messages = [*([budget] if budget else []), *say_prices(others)]
    if not messages:
        answer("strategy.limits.fair")
        return
    messages.sort(key=lambda message: message.key.endswith("_free"))
    answer(messages[0].key, **messages[0].details)
    for message in messages[1:]:
        st.markdown("- " + say(message.key, **message.details))


def _next_of_budget(planning: Planning, plan: Plan) -> Message | None:
    """What a round step of budget brings, planned again: its price holds for one customer only.

    None where more budget brings nothing.
    """
    row = plan.limits[plan.limits["kind"] == "budget"]
    if row.empty or float(row["above"].iloc[0]) <= 0:
        return None
    amount = float(row["amount"].iloc[0])
    free = planning.other_plan(budget=None).value
    room = float(free.chosen["cost"].sum()) - amount
    step = round_step(min(max(amount, room / 10), room))
    more = planning.other_plan(budget=amount + step).value
    gain = (more.summary()["profit"] or 0.0) - (plan.summary()["profit"] or 0.0)
    if room <= 0 or gain <= 0:
        return None
    prices = {name: float(row[name].iloc[0]) for name in ("above", "below")}
    details = {"step": step, "gain": gain, "room": room, **prices}
    return Message("strategy.limits.budget", details)


def _say_contacts(planning: Planning, plan: Plan) -> None:
    """What one more contact of each customer would bring, and one less cost: planned again."""
    most, now = planning.limits.contact_limit, plan.summary()["profit"]
    if most is None or now is None:
        return
    more = planning.other_plan(contact_limit=most + 1).value.summary()
    details = {
        "limit": most,
        "more": most + 1,
        "gain": (more["profit"] or 0.0) - now,
    }
    word = "more" if details["gain"] > _NOTHING * max(abs(now), 1.0) else "free"
    st.markdown("- " + say(f"strategy.limits.contacts_{word}", **details))


def _prices(planning: Planning, plan: Plan) -> None:
    table = plan.limits.rename(columns={"lo": "from", "hi": "to"})
    shown = table.assign(limit=[limit_name(row) for row in _rows(table)])
    shown = shown[list(_PRICED)].replace([np.inf, -np.inf], np.nan)
    if not planning.promises_profit:
        shown = shown[["limit", "amount", "used"]]
    st.markdown(f"##### {say('strategy.limits.each')}")
    listing(shown, "limits", styles={})
    if planning.promises_profit:
        st.caption(say("strategy.limits.help"))


def _rows(table: pd.DataFrame) -> list[dict]:
    return table.to_dict("records")
