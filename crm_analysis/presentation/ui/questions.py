"""What an answer answers, as plain JSON: which verb was asked, of which tables, with what settings.

A question can be kept in the workspace and asked again, also of the tables of another month.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options

# {"verb", "given", "named"}, {"table", …}, {"saved", "name", "frame"} or {"part", "of"}.
Question = Mapping[str, Any]

_ASKABLE = ("crm_analysis.analyses.", "crm_analysis.presentation.ui.")


def of_table(kind: str, **fetched: bool) -> Question:
    """The question for a loaded table; `fetched` is how `run.table` fetches it."""
    return {"table": kind, **fetched}


def of_saved(kind: str, name: str, frame: str) -> Question:
    """The question for a frame of what the workspace has saved under a kind and a name."""
    return {"saved": kind, "name": name, "frame": frame}


def of_part(name: str, question: Question | None) -> Question | None:
    """The question for a field of what another question gives."""
    return None if question is None else {"part": name, "of": question}


def of_verb(
    verb: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]
) -> Question | None:
    """The question put to a verb; None where something given cannot be had again."""
    items = [_item(item) for item in (*given, *named.values())]
    if None in items:
        return None
    return {
        "verb": f"{verb.__module__}:{verb.__qualname__}",
        "given": items[: len(given)],
        "named": dict(zip(named, items[len(given) :], strict=True)),
    }


def _item(item: Any) -> dict[str, Any] | None:
    """What is given to a verb: a question or an answer to one, settings, or a plain value."""
    if isinstance(item, Options):
        of = type(item)
        return {
            "options": f"{of.__module__}:{of.__qualname__}",
            "values": item.to_dict(),
        }
    if hasattr(item, "question"):
        return None if item.question is None else {"answer": item.question}
    return {"plain": item}


def is_kept_whole(question: Question | None) -> bool:
    """Whether a question comes back from the workspace as it was."""
    if question is None:
        return False
    try:
        return bool(json.loads(json.dumps(question))) and bool(verb_of(question))
    except (TypeError, ValueError, AnalysisError):
        return False


def identity(question: Question) -> str:
    """A short text that is the same exactly when the question is."""
    text = json.dumps(question, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def verb_of(question: Question) -> Callable[..., Any]:
    """What is asked; AnalysisError("report.page.gone") where there is no such verb any more."""
    while "part" in question:
        question = question["of"]
    verb = _resolved(str(question.get("verb")))
    if not callable(verb) or isinstance(verb, type):
        raise AnalysisError("report.page.gone")
    return verb


def options_of(item: Mapping[str, Any]) -> Options:
    """The settings in what was given to a verb; AnalysisError where they do not hold any more."""
    made = _resolved(str(item["options"]))
    if not isinstance(made, type) or not issubclass(made, Options):
        raise AnalysisError("report.page.gone")
    try:
        return made.from_dict(item["values"])
    except (TypeError, ValueError) as problem:
        raise AnalysisError("report.page.gone") from problem


def _resolved(name: str) -> Any:
    module, _, path = name.partition(":")
    if not module.startswith(_ASKABLE):
        raise AnalysisError("report.page.gone")
    try:
        thing: Any = importlib.import_module(module)
        for part in path.split("."):
            thing = getattr(thing, part)
    except (ImportError, AttributeError) as problem:
        raise AnalysisError("report.page.gone") from problem
    return thing


def kinds_of(question: Question) -> Iterator[str]:
    """The kinds of the tables that a question is about, the first one first."""
    if "table" in question:
        yield question["table"]
    elif "part" in question:
        yield from kinds_of(question["of"])
    elif "saved" not in question:  # what is saved is about no table
        for item in (*question["given"], *question["named"].values()):
            if "answer" in item:
                yield from kinds_of(item["answer"])
