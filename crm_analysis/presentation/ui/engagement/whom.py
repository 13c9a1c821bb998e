"""Whom to contact: who differs, the gate, profit by how many, the list with its hold-out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from crm_analysis.analyses.engagement import (
    OUTCOMES,
    ContactList,
    ContactListOptions,
    Uplift,
    UpliftOptions,
    campaign_table,
    code,
    figures_in,
    is_control,
    likely_outcomes,
    trials_in,
    uplift,
    whom_to_contact,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import engagement as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    column_name,
    controls,
    figures,
    how,
    in_python,
    language,
    notes,
    plain,
    run,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.engagement import (
    Source,
    badge,
    cards,
    headline,
    listing,
    planned_split,
    titled_chart,
)
from crm_analysis.presentation.ui.engagement.worked import outcomes_in
from crm_analysis.presentation.ui.groups import GroupsLine
from crm_analysis.presentation.ui.remembered import remembered

_MONEY = {"margin": 1e6, "cost": 1e5, "budget": 1e9}


def draw(source: Source) -> None:
    """A campaign, what is known of its customers, and whom a contact changes."""
    table, loading, options = _asked(source)
    gain = run(uplift, table, options)
    badge(gain.value.claim)
    with starred(gain):
        answer(gain.value.verdict.key, **gain.value.verdict.details)
    notes(gain.value.notes)
    _figures(gain.value)
    left, right = st.columns([3, 2], gap="large")
    with left:
        titled_chart(
            "engagement.whom.curve",
            pictures.qini(gain.value.curve, language()),
            "qini",
        )
    with right:
        titled_chart(
            "engagement.whom.quintiles",
            pictures.quintiles(gain.value, language()),
            "quintiles",
        )
    _draw_list(gain)
    _tables(gain.value)
    how(
        "engagement.how.whom",
        code("uplift", options, before=loading, given=["table"]),
    )


def _asked(source: Source) -> tuple[Answer[pd.DataFrame], list[str], UpliftOptions]:
    """The table to learn from, the lines that make it, and the options chosen."""
    if source.contacts is None:
        people = source.arms()
        lines, name = in_python("customers")
        loading = [*lines, f"table = {name}"]
        return people, loading, _options(people.value, ())
    log, orders = source.contacts, source.orders
    offered = [] if orders is not None else outcomes_in(log.value)
    trials = [trial.name for trial in run(trials_in, log).value]
    if not trials:
        raise AnalysisError("engagement.no_trial")
    campaign = remembered(
        st.selectbox,
        say("engagement.whom.campaign"),
        trials,
        key=widget_key("engagement", "trial"),
    )
    own = _own_outcome(offered) if offered else None
    table = run(
        campaign_table,
        log,
        orders,
        source.customers,
        campaign=campaign,
        outcome=own,
    )
    loading = _lines(source, campaign, own)
    outcomes = OUTCOMES if own is None else (own,)
    return table, loading, _options(table.value, outcomes)


def _own_outcome(offered: Sequence[str]) -> str:
    """Without orders: the column of the log that says what came of it."""
    return remembered(
        st.selectbox,
        say("engagement.knob.outcome.label"),
        offered,
        format_func=column_name,
        key=widget_key("engagement", "whom", "own"),
    )


def _lines(source: Source, campaign: str, own: str | None) -> list[str]:
    """The Python that makes the table of a campaign."""
    loading, name = in_python("contacts")
    lines, given = list(loading), [name]
    if source.orders is not None:
        loading, name = in_python("transactions", "orders_")
        lines, given = [*lines, *loading], [*given, name]
    if source.customers is not None:
        loading, name = in_python("customers", "people_")
        lines = [*lines, *loading]
        given.append(name if source.orders is not None else f"customers={name}")
    outcome = "" if own is None else f", outcome={own!r}"
    return [
        *lines,
        "from crm_analysis.analyses.engagement import campaign_table",
        f"table = campaign_table({', '.join(given)}, campaign={campaign!r}{outcome})",
    ]


def _options(table: pd.DataFrame, outcomes: tuple[str, ...]) -> UpliftOptions:
    numbers = figures_in(table)
    offered = [name for name in outcomes if name != "orders"] or numbers
    outcomes = outcomes or likely_outcomes(table)
    arms = sorted(table["arm"].dropna().astype(str).unique())
    first, second, third = st.columns(3, gap="medium")
    several = len(arms) > 2
    others = [name for name in arms if not is_control(name)] or arms
    chosen = controls(
        "engagement",
        UpliftOptions,
        key=widget_key("engagement", "uplift", ",".join(arms)),
        only=(
            *("outcome", "learner", "outcomes", "features", "control"),
            *(["treated"] if several else []),
        ),
        choices={
            "outcome": offered,
            "outcomes": numbers,
            "features": [
                name for name in table.columns if name not in ("customer", "arm")
            ],
            "treated": others,
            "control": arms,
        },
        start=UpliftOptions(
            outcome=outcomes[0],
            outcomes=outcomes,
            treated=others[-1] if several else None,
        ),
        names={"features": column_name, "outcomes": column_name},
        places={"outcome": first, "learner": second, "treated": third},
    )
    if len(arms) != 2:
        return chosen
    return chosen.replace(split=planned_split(len(arms), "uplift"))


def _figures(gain: Uplift) -> None:
    summary = gain.summary()
    figures(
        [
            headline("customers", summary["customers"]),
            headline(
                "difference",
                summary["difference"],
                "number2" if gain.is_amount else "percent1",
            ),
            headline("qini", summary["qini"], "number2", explained=True),
            {
                "label": "engagement.figure.over_response",
                "value": summary["over_response"],
                "style": "number2",
                "help": "engagement.figure_help.over_response",
                "help_details": {
                    "low": summary["over_response_lo"],
                    "high": summary["over_response_hi"],
                },
            },
        ]
    )


def _draw_list(gain: Answer[Uplift]) -> None:
    if not gain.value.evident:
        return
    first, second, third = st.columns(3, gap="medium")
    start = ContactListOptions(start=dt.date.today().isoformat())
    if gain.value.is_amount:
        start = start.replace(margin=0.3)
    options = controls(
        "engagement",
        ContactListOptions,
        key=widget_key("engagement", "list", gain.value.options.outcome),
        only=("margin", "cost", "budget", "holdout", "window_days"),
        high=_MONEY,
        start=start,
        places={"margin": first, "cost": second, "holdout": third},
    )
    with starred(run(whom_to_contact, gain, options)) as chosen:
        answer(chosen.verdict.key, **chosen.verdict.details)
    groups = GroupsLine()
    _list(chosen, is_amount=gain.value.is_amount)
    if len(chosen.table):
        groups.say_overlap(chosen.table["customer"])


def _list(chosen: ContactList, *, is_amount: bool) -> None:
    titled_chart(
        "engagement.whom.profit",
        pictures.list_profit(chosen.curve, language()),
        "list_profit",
    )
    if len(chosen.table):
        arms = [plain(f"engagement.arm.{arm}") for arm in chosen.table["arm"]]
        listing(
            chosen.table.assign(arm=arms), "contact_list", shares=(), height=320
        )
        cards.offer(
            chosen.table[["customer", "arm"]],
            "list",
            seed=chosen.options.seed,
            holdout=chosen.options.holdout,
            read_on=chosen.read_on,
            primary="revenue" if is_amount else "customers",
        )


def _tables(gain: Uplift) -> None:
    with st.expander(say("engagement.whom.each")):
        names = [
            plain(f"engagement.method.{name}") for name in gain.scores["method"]
        ]
        listing(gain.scores.assign(method=names), "rankings", shares=())
        listing(gain.quintiles, "quintiles_table", shares=())
        listing(gain.customers, "gains", shares=(), height=280)
        if len(gain.set_aside):
            listing(gain.set_aside, "set_aside_of_uplift")
