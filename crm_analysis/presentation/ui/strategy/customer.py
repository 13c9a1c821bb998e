"""Why this customer, why not that one: what each action brings them, less what it uses."""

from __future__ import annotations

from collections.abc import Mapping
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
from crm_analysis.presentation.ui.strategy import (
    Planning,
    in_words,
    listing,
    sources,
)

_OFFERED = 2_000  # customers in a list; others are typed in
_FACTS = ("value", "risk", "contacts", "segment", "group")
_STYLES = {"risk": "percent"}


def draw(planning: Planning) -> None:
    """One customer who is in the plan beside one who is not, each with the reason."""
    plan = planning.plan.value
    names = plan.considered.table["customer"].drop_duplicates()
    is_in = names.isin(plan.chosen["customer"])
    sides = {"chosen": names[is_in], "left": names[~is_in]}
    shown = [side for side, part in sides.items() if len(part)]
    sources(planning)
    asked = {}
    for side, place in zip(shown, st.columns(len(shown), gap="large"), strict=True):
        offered = [str(name) for name in sides[side].head(_OFFERED)]
        with place:
            customer, why = _one(planning, side, offered)
        asked[customer] = why
    _tables(planning, plan, asked)
    how(
        "strategy.how.customer",
        planning.code(
            f"why = crm.why_customer(plan, {str(names.iloc[0])!r})",
            "print(why.reason.sentence(), why.table)",
        ),
    )


def _one(planning: Planning, side: str, offered: list[str]) -> tuple[str, Why]:
    customer = str(
        remembered(
            st.selectbox,
            say(f"strategy.customer.{side}"),
            offered,
            key=widget_key("strategy", "customer", side),
            accept_new_options=True,
            help=say("strategy.customer.help"),
        )
    )
    why = run(why_customer, planning.plan, customer).value
    key, details = _reason(planning, why)
    st.markdown(f"#### {say(key, **details)}")
    if planning.promises_profit:
        chart(
            pictures.why(why.table, language()),
            key=widget_key("strategy", "why", side),
            alt=plain(key, **details),
            height=150 + 70 * len(why.table),
        )
    return customer, why


def _tables(planning: Planning, plan: Plan, asked: Mapping[str, Why]) -> None:
    """What is known of these customers, and what each of their actions brings and uses."""
    own = plan.considered.table
    own = own.assign(customer=own["customer"].astype(str))
    known = own[own["customer"].isin(asked)].drop_duplicates("customer")
    facts = [name for name in _FACTS if name in own.columns]
    if facts:
        listing(
            in_words(planning, known[["customer", *facts]]),
            "customer_facts",
            styles={name: _STYLES[name] for name in facts if name in _STYLES},
            file=False,
        )
    source = own.set_index(["customer", "action"])["source"]
    charges = [
        _charges(plan, why).assign(
            customer=customer,
            source=[source[customer, action] for action in why.table["action"]],
        )
        for customer, why in asked.items()
    ]
    table = in_words(planning, pd.concat(charges, ignore_index=True))
    first = ["customer", "action", "source"]
    table = table[[*first, *(name for name in table.columns if name not in first)]]
    listing(table, "customer_why", styles={}, file=False)


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
