"""What past campaigns say: the actions they suggest, and what those with a control changed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crm_analysis.analyses.engagement import campaign_table, is_control, trials_in
from crm_analysis.analyses.engagement.runs import campaign_runs
from crm_analysis.analyses.strategy import (
    EffectOptions,
    campaign_effects,
    suggested_actions,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import Answer, run
from crm_analysis.presentation.ui.strategy.known import Known, Source, loading_of

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


def suggested(source: Source) -> pd.DataFrame:
    """The catalogue before anyone has edited it."""
    if source.contacts is None:
        return pd.DataFrame(_USUAL, columns=["action", "channel", "cost"])
    return run(_suggested, source.contacts, names(source)).value


def effects(
    source: Source, known: Known, segment: str | None
) -> tuple[Answer[pd.DataFrame] | None, list[str]]:
    """What the campaigns changed in each segment, and the Python that measures it."""
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
