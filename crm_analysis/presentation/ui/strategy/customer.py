"""Why this customer, why not that one: what each action brings them, less what it uses."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import Plan, Why, why_customer
from crm_analysis.presentation.pictures import strategy as pictures
from crm_analysis.presentation.ui import (
    chart,
    how,
    language,
    plain,
    run,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.strategy import Planning, in_words, listing

_OFFERED = 2_000  # customers in a list; others are typed in
_FACTS = ("value", "risk", "contacts", "segment", "group")
_STYLES = {"risk": "percent"}


def draw(planning: Planning) -> None:
    """One customer who is in the plan beside one who is not, each with the reason."""
    plan = planning.plan.value
    names = plan.considered.table["customer"].drop_duplicates()
    is_in = names.isin(plan.chosen["customer"])
    sides = {"chosen": names[is_in], "left": names[~is_in]}
    places = st.columns(sum(len(part) > 0 for part in sides.values()), gap="large")
    shown = [side for side, part in sides.items() if len(part)]
    for side, place in zip(shown, places, strict=True):
        with place:
            _one(
                planning,
                plan,
                side,
                [str(name) for name in sides[side].head(_OFFERED)],
            )
    how(
        "strategy.how.customer",
        planning.code(
            f"why = crm.why_customer(plan, {str(names.iloc[0])!r})",
            "print(why.reason.sentence(), why.table)",
        ),
    )


def _one(planning: Planning, plan: Plan, side: str, offered: list[str]) -> None:
    customer = remembered(
        st.selectbox,
        say(f"strategy.customer.{side}"),
        offered,
        key=widget_key("strategy", "customer", side),
        accept_new_options=True,
        help=say("strategy.customer.help"),
    )
    why = run(why_customer, planning.plan, str(customer)).value
    key, details = _reason(planning, why)
    st.markdown(f"#### {say(key, **details)}")
    if planning.promises_profit:
        chart(
            pictures.why(why.table, language()),
            key=widget_key("strategy", "why", side),
            alt=plain(key, **details),
            height=150 + 70 * len(why.table),
        )
    own = plan.considered.table
    own = own[own["customer"].astype(str) == str(customer)].head(1)
    known = [name for name in _FACTS if name in own.columns]
    if known:
        listing(
            in_words(planning, own[known]),
            f"facts_{side}",
            styles={
                name: style for name, style in _STYLES.items() if name in known
            },
            file=False,
        )
    listing(_charges(plan, why), f"why_{side}", styles={}, file=False)


def _reason(planning: Planning, why: Why) -> tuple[str, dict[str, Any]]:
    """The reason in a sentence; without effects it speaks of reach alone."""
    if (
        planning.promises_profit
        or why.reason.key == "strategy.why.contacted_enough"
    ):
        return why.reason.key, dict(why.reason.details)
    chosen = why.table[why.table["chosen"]]
    if len(chosen):
        row = chosen.iloc[0]
        return "strategy.customer.reached", {
            "action": str(row["action"]),
            "cost": float(row["cost"]),
        }
    return "strategy.customer.not_reached", {"cost": float(why.table["cost"].min())}


def _charges(plan: Plan, why: Why) -> pd.DataFrame:
    """The options of a customer, the charge of each limit under the limit's name."""
    if not plan.considered.promises_profit:
        return why.table[["action", "cost", "allowed", "chosen"]]
    called = {
        row["limit"]: plain(
            "strategy.customer.charge",
            kind=row["kind"],
            subject=row["subject"],
        )
        for row in plan.limits.to_dict("records")
    }
    table = why.table.sort_values("own_profit", ascending=False)
    if len(called) < 2:  # the one charge is the whole
        return table.drop(columns=list(called))
    return table.rename(columns=called)
