"""What to do this week: up to five proposals of the other pages, and what came of earlier ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st

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
    in_order,
    read_proposal_back,
    spare_contacts,
)
from crm_analysis.analyses.value import (
    ValueOptions,
    estimate_from_fit,
    value_ranges,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Job
from crm_analysis.presentation.pages import page_of, page_path
from crm_analysis.presentation.pictures import feedback as feedback_words
from crm_analysis.presentation.ui import (
    downloads,
    language,
    loaded,
    plain,
    run,
    say,
    show_table,
    table,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.feedback import aspect_words
from crm_analysis.presentation.ui.feedback.people import people_of
from crm_analysis.presentation.ui.groups import fit_of_orders, groups_of_orders
from crm_analysis.presentation.ui.strategy.usual import usual_plan
from crm_analysis.presentation.ui.waiting import (
    Pending,
    draw_cancelled,
    draw_progress,
    without_waiting,
)

Verdict = Literal["done", "later", "useless"]

VERDICTS: tuple[Verdict, ...] = ("done", "later", "useless")
_ICONS = {"done": "check", "later": "schedule", "useless": "close"}
_CARD = 400  # pixels of a proposal, at the least
WORKING = widget_key("overview", "week", "working")
_SETTING = "week"  # of the workspace: what was said of each proposal
_REST_DAYS = {"done": 28, "later": 7}  # until the proposal is proposed again
_LOG = ("customer", "date", "channel")


@dataclass(frozen=True)
class _Listed:
    """A proposal, and the table of whom it is about."""

    proposal: Proposal
    whom: pd.DataFrame | None = None

    @property
    def name(self) -> str:
        """What tells it from other proposals, this week and the next."""
        return (
            f"{self.proposal.name} {self.proposal.details.get('what', '')}".strip()
        )


def draw() -> None:
    """What is proposed, what is still being worked out, and what was said of earlier proposals."""
    everything, unfinished = _gather()
    said = _said()
    resting = {name for name, entry in said.items() if _rests(entry)}
    shown = {
        id(listed.proposal): listed
        for listed in everything
        if listed.name not in resting
    }
    ranked = in_order(listed.proposal for listed in shown.values())
    if ranked or unfinished is not None:
        title = "title" if ranked else "working"
        st.markdown(f"#### {say(f'overview.week.{title}', count=len(ranked))}")
    elif _names_customers():
        st.caption(say("overview.week.nothing"))
    grid = st.grid(min_column_width=_CARD)
    for proposal in ranked:
        with grid:
            _draw_proposal(shown[id(proposal)])
    if unfinished is not None:
        _draw_unfinished(unfinished)
    if said:
        _draw_earlier(said)


def _names_customers() -> bool:
    """Whether anything loaded is about customers, of whom something could be proposed."""
    return (
        loaded("transactions", "customer", "date")
        or loaded("contacts", *_LOG)
        or loaded("feedback", "text", "customer")
    )


def _gather() -> tuple[list[_Listed], Job | None]:
    """The proposals that are known by now, and the work that others wait for."""
    proposals: list[_Listed] = []
    for make in (_call, _spare, _plan, _answer):
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


def _call() -> _Listed | None:
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
    return _Listed(proposal, whom[["customer", "value", "risk"]])


def _spare() -> _Listed | None:
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
    return None if proposal is None else _Listed(proposal)


def _plan() -> _Listed | None:
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
    return _Listed(proposal, plan.value.chosen[names])


def _answer() -> _Listed | None:
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
    return _Listed(proposal, joined.customers.loc[own, names])


def _draw_proposal(listed: _Listed) -> None:
    """What to do and why; its list, its page, and what the reader says of it."""
    proposal = listed.proposal
    facts = _in_words(proposal)
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{say(proposal.sentence.key, **facts)}**")
        st.markdown(say(proposal.reason.key, **facts))
        with st.container(horizontal=True, vertical_alignment="center"):
            if listed.whom is not None:
                with st.popover(say("overview.week.list"), icon=":material/list:"):
                    _draw_list(listed)
            st.page_link(
                page_path(proposal.page),
                label=plain(page_of(proposal.page).title),
                icon=":material/arrow_forward:",
            )
        with st.container(horizontal=True):
            for verdict in VERDICTS:
                st.button(
                    say(f"overview.week.say.{verdict}"),
                    key=widget_key("overview", "week", listed.name, verdict),
                    icon=f":material/{_ICONS[verdict]}:",
                    type="tertiary",
                    on_click=_note,
                    args=(listed, verdict),
                )


def _in_words(proposal: Proposal) -> dict[str, Any]:
    facts = proposal.facts
    if "what" in facts:
        facts["what"] = feedback_words.aspect_name(facts["what"], language())
    return facts


def _draw_list(listed: _Listed) -> None:
    assert listed.whom is not None
    key = widget_key("overview", "week", listed.name, "list")
    show_table(
        "overview",
        listed.whom,
        key=key,
        styles={"risk": "percent"} if "risk" in listed.whom.columns else {},
        height=300,
    )
    downloads(f"this_week_{listed.proposal.name}", listed.whom, key=f"{key}.file")


def _draw_unfinished(job: Job) -> None:
    if job.state == "cancelled":
        draw_cancelled(job)
        return
    with st.container(key=WORKING):
        st.caption(say("overview.week.others"))
        draw_progress(job)


def _said() -> dict[str, dict[str, Any]]:
    """What was said of proposals, by their names."""
    return dict(workspace().settings.get(_SETTING) or {})


def _rests(entry: dict[str, Any]) -> bool:
    """Whether a proposal is not to be proposed again yet."""
    days = _REST_DAYS.get(entry["said"])
    if days is None:
        return True
    since = dt.date.today() - dt.date.fromisoformat(entry["on"])
    return since.days < days


def _note(listed: _Listed, verdict: Verdict) -> None:
    """Write down what was said of a proposal, and what it was about."""
    proposal = listed.proposal
    said = _said()
    said[listed.name] = {
        "said": verdict,
        "on": dt.date.today().isoformat(),
        "proposal": proposal.name,
        "count": proposal.count,
        "money": proposal.money,
        "what": proposal.details.get("what", ""),
        "customers": list(proposal.customers) if verdict == "done" else [],
    }
    workspace().settings[_SETTING] = said


def _draw_earlier(said: dict[str, dict[str, Any]]) -> None:
    """What was said of proposals, what their customers have done since, and a way back."""
    with st.expander(
        say("overview.week.earlier", count=len(said)), icon=":material/history:"
    ):
        for name, entry in sorted(said.items(), key=lambda item: item[1]["on"]):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_say_earlier(entry), width="stretch")
                st.button(
                    say("overview.week.undo"),
                    key=widget_key("overview", "week", name, "undo"),
                    icon=":material/undo:",
                    type="tertiary",
                    on_click=_forget,
                    args=(name,),
                )


def _say_earlier(entry: dict[str, Any]) -> str:
    name = entry["proposal"]
    what = (
        feedback_words.aspect_name(entry["what"], language())
        if entry["what"]
        else ""
    )
    facts = {"count": entry["count"], "on": entry["on"], "what": what}
    sentence = say(f"overview.week.was.{name}", **facts)
    verdict = say(f"overview.week.said.{entry['said']}", **facts)
    parts = [f"{sentence} {verdict}"]
    if entry["customers"] and loaded("transactions", "customer", "date"):
        back = run(
            read_proposal_back,
            table("transactions", every_segment=True),
            entry["customers"],
            entry["on"],
        ).value
        key = "since" if back["days"] > 0 else "not_yet"
        parts.append(say(f"overview.week.{key}", **back))
    return " ".join(parts)


def _forget(name: str) -> None:
    said = _said()
    said.pop(name, None)
    workspace().settings[_SETTING] = said
