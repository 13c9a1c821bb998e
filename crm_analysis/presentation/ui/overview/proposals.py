"""What is proposed for this week: each page's own result, as a proposal with its list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from crm_analysis.analyses.engagement import PressureOptions, contact_pressure
from crm_analysis.analyses.feedback import (
    FeedbackOptions,
    feedback_and_value,
    read_feedback,
)
from crm_analysis.analyses.overview import (
    Proposal,
    answer_complaints,
    call_at_risk,
    carry_out_plan,
    decide_question,
    order_stock,
    spare_contacts,
)
from crm_analysis.analyses.value import (
    ValueOptions,
    estimate_from_fit,
    value_ranges,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Job
from crm_analysis.presentation.ui import (
    loaded,
    run,
    table,
    workspace,
)
from crm_analysis.presentation.ui.asking import ask_again
from crm_analysis.presentation.ui.data.questions import (
    WaitingQuestion,
    waiting_questions,
)
from crm_analysis.presentation.ui.feedback import aspect_words
from crm_analysis.presentation.ui.feedback.people import people_of
from crm_analysis.presentation.ui.groups import fit_of_orders, groups_of_orders
from crm_analysis.presentation.ui.handing_on import asked
from crm_analysis.presentation.ui.questions import kinds_of
from crm_analysis.presentation.ui.strategy.usual import usual_plan
from crm_analysis.presentation.ui.waiting import (
    Pending,
    without_waiting,
)

_LOG = ("customer", "date", "channel")


@dataclass(frozen=True)
class Listed:
    """A proposal, the table of whom it is about, and the questions that it is to answer."""

    proposal: Proposal
    whom: pd.DataFrame | None = None
    questions: tuple[WaitingQuestion, ...] = ()

    @property
    def name(self) -> str:
        """What tells it from other proposals, this week and the next."""
        details = self.proposal.details
        about = details.get("what", details.get("column", ""))
        return f"{self.proposal.name} {about}".strip()


def names_customers() -> bool:
    """Whether anything loaded is about customers, of whom something could be proposed."""
    return (
        loaded("transactions", "customer", "date")
        or loaded("contacts", *_LOG)
        or loaded("feedback", "text", "customer")
    )


def gather() -> tuple[list[Listed], Job | None]:
    """The proposals that are known by now, and the work that others wait for."""
    proposals: list[Listed] = []
    for make in (_decide, _call, _spare, _order, _plan, _answer):
        try:
            with without_waiting():
                proposal = make()
        except Pending as pending:
            # One piece of work at a time: the other pages want to go on.
            return proposals, pending.job
        except AnalysisError:  # its page says what is missing
            continue
        if proposal is not None:
            proposals.append(proposal)
    return proposals, None


def _decide() -> Listed | None:
    """The question that most money hangs on; the others are behind the same button."""
    waiting = waiting_questions("overview")
    proposal = decide_question(waiting[0].details) if waiting else None
    return None if proposal is None else Listed(proposal, None, tuple(waiting))


def _order() -> Listed | None:
    """What the stock that was entered asks for, once no orders are newer than it."""
    question = asked().get("Replenishment")
    if question is None:
        return None
    kinds = tuple(kinds_of(question))
    counted = [saved.changed for saved in workspace().saved("forecast-stock")]
    loaded_at = [workspace().load(kind).version.created for kind in kinds]
    if not counted or max(counted) < max(loaded_at):
        return None
    orders = ask_again(question).value.orders
    proposal = order_stock(orders)
    if proposal is None:
        return None
    whom = orders.loc[
        orders["order"] > 0, ["series", "on_hand", "order", "runs_out"]
    ]
    return Listed(proposal, whom)


def _call() -> Listed | None:
    groups = groups_of_orders()
    if groups is None or "amount" not in table("transactions").value.columns:
        return None
    options = ValueOptions()
    fitted = fit_of_orders()
    ranges = run(value_ranges, fitted, options.for_ranges())
    value = run(estimate_from_fit, fitted, options, ranges=ranges).value
    proposal = call_at_risk(
        groups.value, value.customers, coverage=options.coverage
    )
    if proposal is None:
        return None
    whom = groups.value.members("at_risk").head(proposal.count)
    return Listed(proposal, whom[["customer", "value", "risk"]])


def _spare() -> Listed | None:
    if not loaded("contacts", *_LOG):
        return None
    log = table("contacts")
    pressure = run(contact_pressure, log, PressureOptions()).value
    costs = (
        log.value["cost"] if "cost" in log.value.columns else pd.Series(dtype=float)
    )
    known = pd.to_numeric(costs, errors="coerce").dropna()
    cost = float(known.mean()) if len(known) else None
    proposal = spare_contacts(pressure.by_count, cost)
    return None if proposal is None else Listed(proposal)


def _plan() -> Listed | None:
    if not loaded("transactions", "customer", "date") or not loaded(
        "contacts", *_LOG
    ):
        return None
    made = usual_plan()
    if made is None:
        return None
    plan, honesty = made
    proposal = carry_out_plan(
        plan.value.summary(),
        honesty.value.summary(),
        customers=plan.value.chosen["customer"],
        coverage=honesty.value.options.coverage,
    )
    if proposal is None:
        return None
    names = [
        name
        for name in ("customer", "action", "channel", "profit", "cost", "arm")
        if name in plan.value.chosen.columns
    ]
    return Listed(proposal, plan.value.chosen[names])


def _answer() -> Listed | None:
    if not loaded("feedback", "text", "customer"):
        return None
    comments = table("feedback")
    beside: dict[str, Any] = {}
    if loaded("transactions", "customer", "date"):
        beside["orders"] = table("transactions")
    if loaded("customers", "customer"):
        beside["customers"] = table("customers")
    if not beside:
        return None
    options = FeedbackOptions(aspects=aspect_words.kept())
    reading = run(read_feedback, comments, options, **beside)
    people = people_of(beside.get("orders"), beside.get("customers"))
    joined = run(feedback_and_value, reading, people.table, people.options).value
    proposal = answer_complaints(joined.effects, joined.priority, joined.customers)
    if proposal is None:
        return None
    own = joined.customers["customer"].astype(str).isin(proposal.customers)
    names = ["customer", "value_at_risk", "risk", "last_comment", "text"]
    return Listed(proposal, joined.customers.loc[own, names])
