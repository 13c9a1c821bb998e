"""What the evidence did not decide, each question with its answers.

A question stands on the data page for as long as its table does, and in one line on every page
that uses the table until somebody has answered it or said that it is right as assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from crm_analysis.intake import Plan, form_of, forms_like, keep_form, plan_of
from crm_analysis.messages import Message
from crm_analysis.presentation.pages import find_page
from crm_analysis.presentation.ui.currency import units_of
from crm_analysis.presentation.ui.data.remaking import remake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.kinds import loaded_kinds
from crm_analysis.presentation.ui.session import (
    choice_text,
    name_column,
    plain,
    say,
    workspace,
)
from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.tables.roles import with_role
from crm_analysis.tables.sales import Meaning
from crm_analysis.units import units_in
from crm_analysis.workspace import SavedTable

_SETTLED = (
    "settled"  # the workspace's setting: what was said to be right as assumed
)


@dataclass(frozen=True)
class WaitingQuestion:
    """A question of a saved table, by its number there."""

    saved: SavedTable
    number: int
    message: Message

    @property
    def details(self) -> dict[str, Any]:
        """What the question is about, and its choices."""
        return dict(self.message.details)

    @property
    def sentence(self) -> str:
        """The question, its money in the unit of its table."""
        with units_in(units_of(self.saved)):
            return say(self.message.key, **name_column(self.details))

    @property
    def can_be_answered(self) -> bool:
        """Whether there is something to choose or to enter."""
        return (
            bool(self.details.get("choices"))
            or self.details.get("option") == "rates"
        )

    @property
    def name(self) -> str:
        """The same in next month's export, whether it is appended or a table of its own."""
        return self._named(form_of(self._columns))

    @property
    def is_settled(self) -> bool:
        """Whether somebody said that it is right as assumed, of this form or one it grew from."""
        settled = workspace().settings.get(_SETTLED, [])
        if not settled or self.name in settled:
            return bool(settled)
        forms = forms_like(workspace(), self._columns)
        return any(self._named(form) in settled for form in forms)

    def settle(self) -> None:
        """Keep that it is right as assumed."""
        settings = workspace().settings
        settings[_SETTLED] = sorted({*settings.get(_SETTLED, []), self.name})
        keep_form(workspace(), self._columns)

    @property
    def _columns(self) -> list[str]:
        return list(self.saved.recipe["form"]["columns"])

    def _named(self, form: str) -> str:
        about = (self.details.get("column", ""), *self.details.get("words", ()))
        return "|".join(map(str, (form, self.message.key, *about)))

    def widget(self, place: str, field: str) -> str:
        """The key of a widget of this question on a page."""
        version = self.saved.version.version
        return widget_key(place, field, self.number, version)


def draw_questions(plan: Plan, saved: SavedTable) -> None:
    """The open questions of a table; an answer makes it anew."""
    if saved.recipe.get("recalled"):
        _draw_recalled(plan)
    for question in _questions_of(saved):
        with st.container(border=True):
            _draw(plan, question, "data")


def _draw_recalled(plan: Plan) -> None:
    """Say that answers to an earlier file are used, to be asked anew instead."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/history: {say('data.recalled')}")
        if st.button(
            say("data.recalled_undo"),
            key=widget_key("data", "recalled"),
            icon=":material/undo:",
            type="tertiary",
        ):
            read = (ReadOptions(),) * len(plan.read)
            remake(plan, read=read, roles=None, clean=CleanOptions())


def draw_waiting(word: str) -> None:
    """What waits for an answer in the tables of a page: in one line, to be decided in place.

    The question of most money is said; the others are behind the same button.
    """
    waiting = waiting_questions(word)
    if not waiting:
        return
    first, others = waiting[0], len(waiting) - 1
    label = say("data.waiting_more" if others else "data.waiting", others=others)
    with st.container(border=True, key=widget_key("frame", "waiting")):
        line, button = st.columns([5, 1], vertical_alignment="center")
        line.markdown(f":material/help: {first.sentence}")
        with button.popover(label, width="stretch"):
            draw_answers(waiting, "frame")


def draw_answers(questions: Sequence[WaitingQuestion], place: str) -> None:
    """Questions with their answers. `place` keeps the widgets of two pages apart."""
    for question in questions:
        plan = plan_of(workspace(), question.saved.name)
        _draw(plan, question, place)


def waiting_questions(word: str) -> list[WaitingQuestion]:
    """Questions that nobody has settled in the tables that a page uses, most money first."""
    page = find_page(word)
    needed = set(page.needs) if page else set()
    waiting = [
        question
        for kind in loaded_kinds()
        if kind in needed or not needed
        for question in _questions_of(workspace().load(kind))
        if question.can_be_answered and not question.is_settled
    ]
    return sorted(
        waiting, key=lambda question: -abs(question.details.get("money") or 0)
    )


def _questions_of(saved: SavedTable) -> list[WaitingQuestion]:
    return [
        WaitingQuestion(saved, number, message)
        for number, message in enumerate(saved.questions)
    ]


def _draw(plan: Plan, question: WaitingQuestion, place: str) -> None:
    """A question with its answers. `place` keeps the widgets of two pages apart."""
    st.markdown(f":material/help: {question.sentence}")
    if question.details.get("option") == "rates":
        _draw_rates(plan, question, place)
    elif question.can_be_answered:
        with st.container(horizontal=True, vertical_alignment="center"):
            _draw_choices(plan, question, place)
            _draw_settling(question, place)


def _draw_choices(plan: Plan, question: WaitingQuestion, place: str) -> None:
    details = question.details
    choices, assumed = list(details["choices"]), details.get("default")
    answer = st.segmented_control(
        plain("data.answer"),
        choices,
        default=assumed if assumed in choices else None,
        format_func=choice_text("cleaning.answer.{}"),
        key=question.widget(place, "question"),
        label_visibility="collapsed",
    )
    if answer is None or answer == assumed:
        return
    question.settle()
    if "file" in details:
        read = list(plan.read)
        number = details["file"]
        read[number] = read[number].answered(details, answer)
        remake(plan, read=tuple(read), roles=None)
    elif "role" in details and question.saved.roles:
        role = details["role"]
        column = details["column"] if answer == role else None
        remake(plan, roles=with_role(question.saved.roles, role, column))
    else:
        remake(plan, clean=_answered(plan.clean, details, answer))


def _draw_settling(question: WaitingQuestion, place: str) -> None:
    """Say that it is right as assumed, so that no page asks again."""
    if question.is_settled:
        st.caption(say("data.settled"))
        return
    clicked = st.button(
        say("data.settle"),
        key=question.widget(place, "settle"),
        icon=":material/check:",
        type="tertiary",
    )
    if clicked:
        question.settle()
        st.rerun()


def _answered(
    options: CleanOptions, details: dict[str, Any], answer: Any
) -> CleanOptions:
    setting, column = details["option"], details.get("column")
    if setting == "statuses":
        meaning: Meaning = "paid" if answer == "sale" else "not_paid"
        return options.with_statuses(str(column), details["words"], meaning)
    if isinstance(getattr(options, setting), tuple) and column:
        return options.with_column(setting, column, answer)
    return options.replace(**{setting: answer})


def _draw_rates(plan: Plan, question: WaitingQuestion, place: str) -> None:
    """What one unit of each other currency is worth in the main one.

    Nothing is summed across currencies before.
    """
    details = question.details
    main = details["main"]
    form = st.form(question.widget(place, "rates"), border=False)
    with form, st.container(horizontal=True, vertical_alignment="bottom"):
        rates = {
            currency: st.number_input(
                say("data.rate", currency=currency, main=main),
                min_value=0.0,
                value=0.0,
                format="%.6f",
                key=question.widget(place, f"rate_{currency}"),
                width=220,
            )
            for currency in details["others"]
        }
        if st.form_submit_button(say("data.apply")):
            given = tuple(
                (currency, rate) for currency, rate in rates.items() if rate > 0
            )
            remake(plan, clean=plan.clean.replace(currency=main, rates=given))
