"""What past campaigns say: the actions they suggest, and what those with a control changed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from crm_analysis.analyses.engagement import (
    campaign_table,
    figures_in,
    is_control,
    trials_in,
)
from crm_analysis.analyses.engagement.runs import campaign_runs
from crm_analysis.analyses.strategy import (
    EffectOptions,
    arm_trials,
    campaign_effects,
    suggested_actions,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import (
    Answer,
    column_name,
    run,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.strategy.known import (
    Known,
    Source,
    loading_of,
    outcomes_of,
)

_ACTIONS = 5  # campaigns that are proposed as actions, the largest first
_WINDOW = 30  # days that orders count after a campaign
_RESPONSE = "responded"
# Without a log there are still letters and calls; what these cost is asked.
_USUAL = (("Email", "Email", 0.1), ("Phone", "Phone", 3.0))


def names(source: Source) -> list[str]:
    """The campaigns with a control, whose effect can be measured."""
    if source.contacts is None:
        return []
    return run(_names, source.contacts).value


def arms(source: Source) -> list[str]:
    """The arms of the customers themselves, where one of them was left alone."""
    if source.customers is None or "arm" not in source.customers.value.columns:
        return []
    return run(_arms, source.customers).value


def usual_outcome(source: Source) -> str | None:
    """The column of customers with arms that says what came of it, until somebody chooses."""
    shares = _shares(source)
    if source.customers is None or not shares:
        return None
    likely = [
        name for name in outcomes_of(source.customers.value) if name in shares
    ]
    # Of several steps towards a purchase the last one is what customers are worth by.
    return (likely or shares)[-1]


def _shares(source: Source) -> list[str]:
    """The columns of customers with arms that hold yes and no, or shares."""
    if source.customers is None or not arms(source):
        return []
    people = source.customers.value
    return [
        name
        for name in figures_in(people)
        if name != "churned"  # of which less is better
        and people[name].notna().any()
        and people[name].dropna().between(0, 1).all()
    ]


def ask_outcome(source: Source) -> str | None:
    """The column of customers with arms that says what came of it; None without arms or one."""
    shares, usual = _shares(source), usual_outcome(source)
    if usual is None:
        return None
    return remembered(
        st.selectbox,
        say("strategy.knob.outcome.label"),
        shares,
        index=shares.index(usual),
        format_func=column_name,
        key=widget_key("strategy", "outcome"),
        help=say("strategy.knob.outcome.help"),
    )


def suggested(source: Source) -> pd.DataFrame:
    """The catalogue before anyone has edited it."""
    rows: list[tuple] = [(arm, None, 0.0) for arm in arms(source)]
    if source.contacts is not None:
        of_log = run(_suggested, source.contacts, names(source)).value
        rows = [*of_log.itertuples(index=False, name=None), *rows]
    elif not rows:
        rows = list(_USUAL)
    return pd.DataFrame(rows, columns=["action", "channel", "cost"])


def effects(
    source: Source, known: Known, segment: str | None, outcome: str | None = None
) -> tuple[Answer[pd.DataFrame] | None, list[str]]:
    """What the campaigns changed in each segment, and the Python that measures it.

    `outcome`: of customers with arms the column that says what came of it.
    """
    of_log, python = _effects_of_log(source, known, segment)
    if outcome is None or source.customers is None:
        return of_log, python
    of_arms = run(_effects_of_arms, source.customers, outcome, segment)
    if not len(of_arms.value):
        return of_log, python
    lines, people = loading_of(known, "customers")
    options = EffectOptions(outcome=outcome)
    of_customers = [
        *lines,
        "from crm_analysis.analyses.strategy import arm_trials, campaign_effects",
        f"trials = arm_trials({people})",
        f"effects = campaign_effects(trials, {segment!r}, crm.{options.in_python()})",
    ]
    if of_log is None:
        return of_arms, of_customers
    both = [
        "from pandas import concat",
        "of_log = effects",
        *of_customers,
        "effects = concat([of_log, effects], ignore_index=True)",
    ]
    return run(_both, of_log, of_arms), [*python, *both]


def _effects_of_log(
    source: Source, known: Known, segment: str | None
) -> tuple[Answer[pd.DataFrame] | None, list[str]]:
    called = names(source)
    if source.contacts is None or not called:
        return None, []
    effects = run(
        _effects, source.contacts, source.orders, source.customers, called, segment
    )
    if not len(effects.value):
        return None, []
    lines, log = loading_of(known, "contacts")
    python, given = list(lines), [log]
    if source.orders is not None:
        given.append(known.tables["transactions"])
    if source.customers is not None:
        lines, people = loading_of(known, "customers")
        python += lines
        given.append(f"customers={people}")
    outcome = "" if source.orders is not None else f", outcome={_RESPONSE!r}"
    options = EffectOptions(outcome=_outcome(source.orders))
    python += [
        "from crm_analysis.analyses.engagement import campaign_table",
        "from crm_analysis.analyses.strategy import campaign_effects",
        "trials = {",
        *(
            f"    {name!r}: campaign_table({', '.join(given)}, campaign={name!r}{outcome}),"
            for name in called
        ),
        "}",
        f"effects = campaign_effects(trials, {segment!r}, crm.{options.in_python()})",
    ]
    return effects, python


def _outcome(orders: object) -> str:
    return _RESPONSE if orders is None else "bought"


def _arms(customers: pd.DataFrame) -> list[str]:
    return list(arm_trials(customers))


def _effects_of_arms(
    customers: pd.DataFrame, outcome: str, segment: str | None
) -> pd.DataFrame:
    options = EffectOptions(outcome=outcome)
    return campaign_effects(arm_trials(customers), segment, options)


def _both(of_log: pd.DataFrame, of_arms: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([of_log, of_arms], ignore_index=True)


def _names(contacts: pd.DataFrame) -> list[str]:
    try:
        return [trial.name for trial in trials_in(contacts)]
    except AnalysisError:  # the page of contacts says what is wrong with them
        return []


def _suggested(contacts: pd.DataFrame, trials: Sequence[str]) -> pd.DataFrame:
    made = contacts.dropna(subset=["channel"])
    by_channel = {
        str(name): log for name, log in made.groupby("channel", sort=True)
    }
    if not trials:
        return suggested_actions(by_channel)
    logs = {}
    runs = {run.name: run.contacts for run in campaign_runs(contacts)}
    for name in trials[:_ACTIONS]:
        rows = runs[name]
        arms = [
            arm
            for arm in rows["arm"].dropna().astype(str).unique()
            if not is_control(arm)
        ]
        if len(arms) < 2:
            logs[name] = rows
        else:
            logs |= {
                f"{name} · {arm}": rows[rows["arm"].astype(str) == arm]
                for arm in arms
            }
    return suggested_actions(logs)


def _effects(
    contacts: pd.DataFrame,
    orders: pd.DataFrame | None,
    customers: pd.DataFrame | None,
    called: Sequence[str],
    segment: str | None,
) -> pd.DataFrame:
    trials = {}
    outcome = None if orders is not None else _RESPONSE
    for name in called:
        try:
            trials[name] = campaign_table(
                contacts,
                orders,
                customers,
                campaign=name,
                window_days=_WINDOW,
                outcome=outcome,
            )
        except (
            AnalysisError
        ):  # of this campaign: it stays an action without an effect
            continue
    return campaign_effects(
        trials, segment, EffectOptions(outcome=_outcome(orders))
    )
