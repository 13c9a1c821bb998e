"""Asking again what was asked before: what is in the cache is not computed anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crm_analysis.presentation.ui.questions import Question, options_of, verb_of
from crm_analysis.presentation.ui.run import (
    Answer,
    fingerprint_of,
    remembered_answer,
    run,
    saved_frame,
    table,
    table_fingerprint,
)


def ask_again(question: Question) -> Answer[Any]:
    """The answer of today.

    AnalysisError where a table is not loaded, what was saved is gone, a setting holds no more, or
    what the verb raises.
    """
    if "table" in question:
        fetched = {
            name: value for name, value in question.items() if name != "table"
        }
        return table(question["table"], **fetched)
    if "saved" in question:
        return saved_frame(question["saved"], question["name"], question["frame"])
    if "part" in question:
        return ask_again(question["of"]).part(question["part"])
    # What it was made of need not be there any more where the answer is.
    fingerprint = _fingerprint(question)
    is_there, value = remembered_answer(fingerprint)
    if is_there:
        return Answer(value, fingerprint, question=question)
    given, named = _given(question, ask_again)
    return run(verb_of(question), *given, **named)


def _given(
    question: Question, asked: Callable[[Question], Any]
) -> tuple[list[Any], dict[str, Any]]:
    """What a question gives its verb, questions within it as `asked` makes them."""

    def item(one: Mapping[str, Any]) -> Any:
        if "answer" in one:
            return asked(one["answer"])
        return options_of(one) if "options" in one else one["plain"]

    return [item(one) for one in question["given"]], {
        name: item(one) for name, one in question["named"].items()
    }


def _fingerprint(question: Question) -> str:
    if "table" in question:
        return table_fingerprint(
            question["table"],
            filtered=question["filtered"],
            every_segment=question["every_segment"],
        )
    if "saved" in question:
        return ask_again(question).fingerprint
    if "part" in question:
        return f"{_fingerprint(question['of'])} {question['part']}"
    given, named = _given(
        question,
        lambda inner: Answer(None, _fingerprint(inner)),
    )
    return fingerprint_of(verb_of(question), given, named)
