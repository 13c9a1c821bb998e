"""The settings of the page as widgets, and what is made of them: the options of the plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.strategy import (
    SPENDING,
    ActionOptions,
    PlanOptions,
    PossibleActions,
    plan_actions,
    possible_actions,
)
from crm_analysis.presentation.ui import (
    Answer,
    controls,
    run,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.strategy import Planning, campaigns, catalogue
from crm_analysis.presentation.ui.strategy.known import (
    Known,
    Source,
    know,
    segment_title,
    spent_in,
)

HORIZON = 90  # days
USUAL = PlanOptions(contact_limit=2, holdout=0.1)
_HORIZON_KEY = widget_key("strategy", "horizon")
_MOST_CONTACTS = 30.0
_STEPS = 50  # of the budget's slider, about
_EFFECTS = ("action", "effect_lo", "effect_hi")


def plan(source: Source) -> Planning:
    """The settings drawn, and all that the tabs need, each computed once."""
    first = st.columns(4, gap="medium")
    more = st.expander(say("strategy.page.more"), icon=":material/tune:")
    with more:
        grid = st.columns(4, gap="medium")
        with grid[0]:
            horizon = _horizon(source)
        with grid[1].container():
            known = know(source, horizon)
            outcome = campaigns.ask_outcome(source)
    options = _action_options(source, known, grid[2], first[1])
    limits = _limits(source, options, grid[3], first)
    suggested = campaigns.suggested(source)
    rows = catalogue.kept(suggested)
    actions = run(catalogue.table_of, rows)
    effects, python = _effects(source, known, options, actions.value, outcome)
    with more:
        catalogue.edit(
            suggested,
            _channels(actions.value),
            _values(known.people.value, options.segment),
        )
    possible = run(possible_actions, known.people, actions, effects, options)
    table = run(table_of, possible)
    amounts = catalogue.kept_amounts(
        _values(table.value, "channel"), _values(table.value, "segment")
    )
    limits = limits.replace(
        capacity=tuple(amounts["channel"]),
        minimum=tuple(amounts["segment"]),
        action_capacity=possible.value.capacity,
    )
    limits = limits.replace(budget=_budget(table, limits, first[0]))
    named = "effects" if effects is not None else "None"
    return Planning(
        source,
        known.people,
        actions.value,
        effects,
        possible,
        table,
        options,
        limits,
        (
            *known.python,
            *python,
            *_frame("actions", actions.value.dropna(axis=1, how="all")),
            f"possible = crm.possible_actions(people, actions, {named}, crm.{options.in_python()})",
            "table = possible.table",
            f"limits = crm.{limits.in_python()}",
        ),
        (*known.remarks, *possible.value.notes),
    )


def _horizon(source: Source) -> int:
    """How many days of value count; of a table of customers its column says that."""
    if source.orders is None:
        return HORIZON
    return remembered(
        st.slider,
        say("strategy.knob.horizon.label"),
        30,
        365,
        HORIZON,
        5,
        key=_HORIZON_KEY,
        help=say("strategy.knob.horizon.help"),
    )


def _action_options(
    source: Source, known: Known, place: Any, first: Any
) -> ActionOptions:
    """The margin, by what effects are told apart, and the groups to look after."""
    attributes, segments = source.attributes(), _segments(source, known)
    start = usual_options(source, known)
    if not segments:
        return controls(
            "strategy",
            ActionOptions,
            only=("margin",),
            start=start,
            places={"margin": first},
        )
    # Named now: a widget may ask outside the session.
    titles = {name: segment_title(name) for name in [*segments, *attributes]}
    return controls(
        "strategy",
        ActionOptions,
        only=("margin", "segment", *(("group",) if attributes else ())),
        choices={"segment": segments, "group": attributes},
        names={"segment": titles.__getitem__, "group": titles.__getitem__},
        start=start,
        places={"margin": first, "segment": place, "group": place},
    )


def usual_options(source: Source, known: Known) -> ActionOptions:
    """Which segments tell effects apart, and the groups to look after, until somebody chooses."""
    segments = _segments(source, known)
    usual = segments[0] if segments else "segment"
    groups = [name for name in source.attributes() if name != usual]
    group = groups[0] if groups else None
    return ActionOptions(segment=usual, group=group).replace(**known.columns)


def _segments(source: Source, known: Known) -> list[str]:
    spending = [SPENDING] if spent_in(known.people.value) else []
    return [*spending, *source.attributes()]


def _limits(
    source: Source, options: ActionOptions, place: Any, first: Sequence[Any]
) -> PlanOptions:
    names = ["holdout"]
    if source.contacts is not None:
        names.append("contact_limit")
    if options.group is not None:
        names.append("fairness")
    return controls(
        "strategy",
        PlanOptions,
        only=names,
        high={"contact_limit": _MOST_CONTACTS},
        start=USUAL
        if source.contacts is not None
        else USUAL.replace(contact_limit=None),
        places={"holdout": first[3], "contact_limit": first[2], "fairness": place},
    )


def _effects(
    source: Source,
    known: Known,
    options: ActionOptions,
    actions: pd.DataFrame,
    outcome: str | None,
) -> tuple[Answer[pd.DataFrame] | None, list[str]]:
    """Effects measured, and where a range was typed in assumed; None where there are none."""
    if "value" not in known.columns:
        return None, []
    measured, python = campaigns.effects(source, known, options.segment, outcome)
    typed = actions.loc[
        actions["action"].notna()
        & actions[["effect_lo", "effect_hi"]].notna().any(axis=1),
        list(_EFFECTS),
    ]
    assumed = typed.set_axis(["action", "lo", "hi"], axis=1)
    if measured is None and not len(assumed):
        return None, []
    effects = run(_together, assumed.to_numpy().tolist(), measured)
    if not len(assumed):
        return effects, python
    python = [*python, *_frame("assumed", assumed)]
    both = "assumed"
    if measured is not None:
        python.append("from pandas import concat")
        both = "concat([effects, assumed])"
    return effects, [*python, f"effects = {both}"]


def _together(
    assumed: list[list[Any]], measured: pd.DataFrame | None
) -> pd.DataFrame:
    typed = pd.DataFrame(assumed, columns=["action", "lo", "hi"]).assign(
        source="assumed"
    )
    if measured is None:
        return typed
    return (
        pd.concat([measured, typed], ignore_index=True) if len(typed) else measured
    )


def table_of(possible: PossibleActions) -> pd.DataFrame:
    """Its table, as a question of its own."""
    return possible.table


def _channels(actions: pd.DataFrame) -> list[str]:
    channels = actions["channel"].where(
        actions["channel"].notna(), actions["action"]
    )
    return sorted(set(channels.dropna().astype(str)))


def _values(table: pd.DataFrame, column: str) -> list[str]:
    if column not in table.columns:
        return []
    return sorted(set(table[column].dropna().astype(str)))


@dataclass(frozen=True)
class Budget:
    """A slider's way: up to what everything that pays would cost, at half of it at first."""

    top: float
    usual: float
    step: float


def usual_budget(table: Answer[pd.DataFrame], limits: PlanOptions) -> Budget | None:
    """The budgets to choose from; None where nothing pays."""
    free = run(plan_actions, table, PlanOptions(contact_limit=limits.contact_limit))
    most = free.value.summary()["cost"] or 0.0
    if most <= 0:
        return None
    step = 10.0 ** math.floor(math.log10(most / _STEPS))
    step *= next(
        times for times in (1, 2, 5, 10) if most / (step * times) <= 2 * _STEPS
    )
    steps = math.ceil(most / step - 1e-9)
    return Budget(
        top=round(steps * step, 10),
        usual=round(max(steps // 2, 1) * step, 10),
        step=round(step, 10),
    )


def _budget(
    table: Answer[pd.DataFrame], limits: PlanOptions, place: Any
) -> float | None:
    budget = usual_budget(table, limits)
    if budget is None:
        return None
    with place:
        return remembered(
            st.slider,
            say("strategy.knob.budget.label"),
            0.0,
            budget.top,
            budget.usual,
            budget.step,
            key=widget_key("strategy", "budget"),
            help=say("strategy.knob.budget.help"),
        )


def _frame(name: str, table: pd.DataFrame) -> list[str]:
    """A small table as Python."""
    rows = table.astype(object).where(table.notna(), None).to_numpy().tolist()
    return [
        "from pandas import DataFrame",
        f"{name} = DataFrame({rows!r}, columns={list(table.columns)!r})",
    ]
