"""What to do this week: up to five proposals of the other pages, and what came of earlier ones."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import streamlit as st

from crm_analysis.analyses.overview import (
    Proposal,
    in_order,
    read_proposal_back,
)
from crm_analysis.jobs import Job
from crm_analysis.messages import Message
from crm_analysis.presentation.pages import page_of, page_path
from crm_analysis.presentation.pictures import feedback as feedback_words
from crm_analysis.presentation.ui import (
    card_grid,
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
from crm_analysis.presentation.ui.data.questions import (
    WaitingQuestion,
    draw_answers,
    draw_waiting,
)
from crm_analysis.presentation.ui.forecast.words import series_names
from crm_analysis.presentation.ui.overview.proposals import (
    Listed,
    gather,
    names_customers,
)
from crm_analysis.presentation.ui.stars import unbroken
from crm_analysis.presentation.ui.waiting import draw_cancelled, draw_progress

Verdict = Literal["done", "later", "useless"]

VERDICTS: tuple[Verdict, ...] = ("done", "later", "useless")
_ICONS = {"done": "check", "later": "schedule", "useless": "close"}
_CARD = 330  # pixels of a proposal, at the least
WORKING = widget_key("overview", "week", "working")
_SETTING = "week"  # of the workspace: what was said of each proposal
_LATER = 7  # days until what was put off is proposed again


def draw() -> None:
    """What is proposed, what is still being worked out, and what was said of earlier proposals."""
    everything, unfinished = gather()
    said = _said()
    shown = {
        id(listed.proposal): listed
        for listed in everything
        if not _rests(listed, said)
    }
    ranked = in_order(listed.proposal for listed in shown.values())
    _draw_title(len(ranked), unfinished)
    if not any(proposal.name == "decide" for proposal in ranked):
        draw_waiting("overview")
    grid = card_grid(len(ranked), _CARD)
    for proposal in ranked:
        with grid:
            _draw_proposal(shown[id(proposal)])
    if unfinished is not None:
        _draw_unfinished(unfinished)
    if said:
        _draw_earlier(said)


def _draw_title(count: int, unfinished: Job | None) -> None:
    if count or unfinished is not None:
        title = "title" if count else "working"
        st.markdown(f"#### {say(f'overview.week.{title}', count=count)}")
    elif names_customers():
        st.caption(say("overview.week.nothing"))


def _draw_proposal(listed: Listed) -> None:
    """What to do and why; its list, its page, and what the reader says of it."""
    proposal = listed.proposal
    facts = _in_words(proposal)
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{unbroken(say(proposal.sentence.key, **facts))}**")
        if listed.questions:
            st.markdown(listed.questions[0].sentence)
        else:
            st.markdown(unbroken(say(proposal.reason.key, **facts)))
        with st.container(horizontal=True, vertical_alignment="center"):
            if listed.questions:
                _draw_deciding(listed.questions)
            if listed.whom is not None:
                with st.popover(say("overview.week.list"), icon=":material/list:"):
                    _draw_list(listed)
            st.page_link(
                page_path(proposal.page),
                label=plain(page_of(proposal.page).title),
                icon=":material/arrow_forward:",
            )
            with st.popover(say("overview.week.say.title"), type="tertiary"):
                _draw_verdicts(listed)


def _draw_verdicts(listed: Listed) -> None:
    # A question is done once it is answered, and then not there any more.
    for verdict in VERDICTS[1:] if listed.questions else VERDICTS:
        st.button(
            say(f"overview.week.say.{verdict}"),
            key=widget_key("overview", "week", listed.name, verdict),
            icon=f":material/{_ICONS[verdict]}:",
            type="tertiary",
            on_click=_note,
            args=(listed, verdict),
        )


def _draw_deciding(questions: tuple[WaitingQuestion, ...]) -> None:
    others = len(questions) - 1
    label = say("data.waiting_more" if others else "data.waiting", others=others)
    with st.popover(label, icon=":material/help:"):
        draw_answers(questions, "frame")


def _in_words(proposal: Proposal) -> dict[str, Any]:
    facts = proposal.facts
    if "what" in facts:
        facts["what"] = feedback_words.aspect_name(facts["what"], language())
    if "series" in facts:
        names = series_names(
            name for name in facts["series"] if isinstance(name, str)
        )
        facts["series"] = [
            name if isinstance(name, Message) else names[name]
            for name in facts["series"]
        ]
    return facts


def _draw_list(listed: Listed) -> None:
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


def _rests(listed: Listed, said: dict[str, dict[str, Any]]) -> bool:
    """Whether a proposal is not to be proposed again yet."""
    entry = said.get(listed.name)
    if entry is None:
        return False
    days = {"done": listed.proposal.rest, "later": _LATER}.get(entry["said"])
    if days is None:
        return True
    since = dt.date.today() - dt.date.fromisoformat(entry["on"])
    return since.days < days


def _note(listed: Listed, verdict: Verdict) -> None:
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
        "about": _about(proposal),
        "customers": list(proposal.customers) if verdict == "done" else [],
    }
    workspace().settings[_SETTING] = said


def _about(proposal: Proposal) -> str:
    """The product that a proposal names first; '' where it names none."""
    details = proposal.details
    return str(details["series"][0]) if "series" in details else ""


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
    about = entry.get("about", "")
    facts = {
        "count": entry["count"],
        "on": entry["on"],
        "what": what,
        "about": about,
    }
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
