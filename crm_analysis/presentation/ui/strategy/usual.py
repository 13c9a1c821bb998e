"""The plan with the usual settings of its page, for who has not opened it."""

from __future__ import annotations

from crm_analysis.analyses.strategy import (
    Honesty,
    Plan,
    judge_plan,
    plan_actions,
    possible_actions,
)
from crm_analysis.presentation.ui import Answer, loaded, run, table
from crm_analysis.presentation.ui.strategy import HONESTY, campaigns, catalogue
from crm_analysis.presentation.ui.strategy.known import Source, know
from crm_analysis.presentation.ui.strategy.settings import (
    HORIZON,
    USUAL,
    table_of,
    usual_budget,
    usual_options,
)


def usual_plan() -> tuple[Answer[Plan], Answer[Honesty]] | None:
    """The plan and what is to be expected of it; None where no campaign says what an action does.

    Orders and a log of contacts are loaded.
    """
    people = table("customers") if loaded("customers", "customer") else None
    source = Source(
        "transactions", table("transactions"), people, table("contacts")
    )
    known = know(source, HORIZON)
    options = usual_options(source, known)
    effects = None
    if "value" in known.columns:
        outcome = campaigns.usual_outcome(source)
        effects = campaigns.effects(source, known, options.segment, outcome)[0]
    if effects is None:
        return None
    rows = catalogue.kept(campaigns.suggested(source))
    actions = run(catalogue.table_of, rows)
    possible = run(possible_actions, known.people, actions, effects, options)
    offered = run(table_of, possible)
    limits = USUAL.replace(action_capacity=possible.value.capacity)
    budget = usual_budget(offered, limits)
    if budget is not None:
        limits = limits.replace(budget=budget.usual)
    plan = run(plan_actions, offered, limits)
    return plan, run(judge_plan, plan, HONESTY)
