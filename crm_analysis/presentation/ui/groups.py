"""Best, active, at risk and lost: the groups of customers, the same on every page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
import streamlit as st

from crm_analysis.analyses.customers import (
    CustomerGroups,
    GroupOptions,
    customer_groups,
)
from crm_analysis.analyses.value import (
    FittedValue,
    Value,
    ValueOptions,
    estimate_from_fit,
    fit_value,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.blocks import downloads, show_table, titled
from crm_analysis.presentation.ui.doors import doors
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.kinds import loaded
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.session import choice_text, plain, say

# Whatever the page of value tries; without intervals, which the groups do not ask for.
_MODEL = ValueOptions(intervals=False)
_OPTIONS = GroupOptions()


def groups_of_orders() -> Answer[CustomerGroups] | None:
    """The groups; None without orders that say who bought when, or where they say too little."""
    if not loaded("transactions", "customer", "date"):
        return None
    try:
        value = value_of_orders()
    except AnalysisError:  # the page of value says what is missing
        return None
    if value.value.lost["lost"] is None:
        return None
    handed = run(_handed, value)
    return run(customer_groups, handed, _OPTIONS)


def value_of_orders() -> Answer[Value]:
    """What customers are worth in the year ahead and whether they still are any, for all pages."""
    return run(estimate_from_fit, fit_of_orders(), _MODEL)


def fit_of_orders() -> Answer[FittedValue]:
    """The model of purchases, with its usual settings."""
    orders = table("transactions", every_segment=True)
    return run(fit_value, orders, _MODEL.for_fit())


def _handed(value: Value) -> pd.DataFrame:
    customers = value.customers
    return pd.DataFrame(
        {
            "customer": customers["customer"],
            "value": customers[value.worth],
            "risk": (1 - customers["alive"]).clip(0, 1),
        }
    )


def _draw_onward(groups: CustomerGroups) -> None:
    """Who is of each group, and where that leads; listed once it is asked for."""
    key = widget_key("customers", "groups")
    fold = st.popover(
        say("customers.groups.see"),
        icon=":material/groups:",
        key=key,
        on_change="rerun",
    )
    if not fold.open:
        return
    with fold:
        group = st.segmented_control(
            say("customers.groups.which"),
            list(groups.groups["group"]),
            format_func=choice_text("customers.groups.name.{}"),
            default="best",
            key=f"{key}.which",
            required=True,
            label_visibility="collapsed",
        )
        people = groups.members(group)[["customer", "value", "risk"]]
        show_table(
            "overview",
            people,
            key=f"{key}.list",
            styles={"risk": "percent"},
            height=300,
        )
        downloads(
            f"customers_{group}", titled(people, "overview"), key=f"{key}.file"
        )
        doors(plain(f"customers.groups.name.{group}"), people["customer"], key=key)


class GroupsLine:
    """The place of a line under a headline: filled last, for it may wait for a fit."""

    def __init__(self) -> None:
        self._place = st.container()

    def say_all(self) -> None:
        """How many customers are of each group."""
        groups = groups_of_orders()
        if groups is not None:
            self._say("all", groups.value.summary())
            with self._place:
                _draw_onward(groups.value)

    def say_overlap(self, customers: Iterable[object]) -> None:
        """How a group of the page's own lies across the groups of all pages."""
        groups = groups_of_orders()
        if groups is None:
            return
        overlap = groups.value.overlap(customers)
        if overlap["unknown"] < overlap["customers"]:
            all_best = groups.value.summary()["best"]
            self._say("overlap", {**overlap, "all_best": all_best})

    def _say(self, which: str, numbers: Mapping[str, float | None]) -> None:
        self._place.caption(
            say(f"customers.groups.{which}", **numbers),
            help=say("customers.groups.help", **_OPTIONS.to_dict()),
        )
