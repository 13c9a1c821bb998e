"""What is handed on: the findings chosen for the report, kept in the workspace in their order.

A choice is a question with its settings, or the name of a recipe, which follows its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crm_analysis.presentation.ui.questions import Question, identity
from crm_analysis.presentation.ui.session import workspace

_CHOSEN, _ASKED = "report_findings", "report_asked"  # settings of the workspace

# {"result": the name of an entry of the report}, and {"question"} where chosen with settings.
Choice = Mapping[str, Any]


def choice_of(result: str, question: Question | None = None) -> Choice:
    """A choice of the results of a type: of one question, else of what its page asks."""
    return {"result": result} | ({"question": question} if question else {})


def name_of(choice: Choice) -> str:
    """A short name of a choice, for the keys of widgets."""
    if "question" not in choice:
        return str(choice["result"])
    return f"{choice['result']}.{identity(choice['question'])}"


def chosen() -> list[Choice]:
    """The findings of the report, in their order."""
    return list(workspace().settings.get(_CHOSEN) or ())


def choose(choices: Iterable[Choice]) -> None:
    """Make these the findings of the report, each once."""
    once = {name_of(choice): choice for choice in choices}
    workspace().settings[_CHOSEN] = list(once.values())


def is_chosen(result: str, question: Question) -> bool:
    """Whether the answer to a question, which its page shows now, is in the report."""
    return any(_is_of(choice, result, question) for choice in chosen())


def turn(result: str, question: Question) -> None:
    """Put the answer to a question into the report; where it is there, take it out."""
    others = [choice for choice in chosen() if not _is_of(choice, result, question)]
    is_new = len(others) == len(chosen())
    choose([*others, *([choice_of(result, question)] if is_new else [])])


def _is_of(choice: Choice, result: str, question: Question) -> bool:
    same = choice.get("question") in (None, question)
    return same and choice["result"] == result


def asked() -> dict[str, Question]:
    """What the pages asked last, by the name of the entry."""
    return dict(workspace().settings.get(_ASKED) or {})


def note_asked(result: str, question: Question) -> None:
    """Write down what a page asks now."""
    before = asked()
    if before.get(result) != question:
        workspace().settings[_ASKED] = before | {result: question}
