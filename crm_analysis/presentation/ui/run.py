"""Fetching tables and running analyses: the only cache.

And the only place where an analysis meets a workspace.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import pandas as pd
import streamlit as st

from crm_analysis import intake, jobs
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options
from crm_analysis.presentation.ui.questions import (
    Question,
    of_part,
    of_saved,
    of_table,
    of_verb,
)
from crm_analysis.presentation.ui.session import workspace
from crm_analysis.presentation.ui.waiting import UNHURRIED, wait_for, waits
from crm_analysis.tables.filters import Calendar, Filter, apply_filter
from crm_analysis.tables.script import Loading
from crm_analysis.workspace import Saved, SavedTable

Value = TypeVar("Value")

_ENTRIES = 96
_RAWS = 2


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """A value and the exact fingerprint of all that it was made from.

    `origin` is the fingerprint it had before changes by hand, `question` what it answers; None
    where that cannot be asked again.
    """

    value: Value
    fingerprint: str
    origin: str = ""
    question: Question | None = None

    def part(self, name: str) -> Answer[Any]:
        """A field of the value, as an answer of its own."""
        return Answer(
            getattr(self.value, name),
            f"{self.fingerprint} {name}",
            question=of_part(name, self.question),
        )


class _Cache:
    """The newest results, keyed by workspace and fingerprint; bounded, and shared by threads."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._lock = threading.Lock()
        self._newest: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def get(self, key: tuple[str, str]) -> tuple[bool, Any]:
        with self._lock:
            if key not in self._newest:
                return False, None
            self._newest.move_to_end(key)
            return True, self._newest[key]

    def put(self, key: tuple[str, str], value: Any) -> None:
        with self._lock:
            self._newest[key] = value
            self._newest.move_to_end(key)
            while len(self._newest) > self._entries:
                self._newest.popitem(last=False)

    def forget(self, workspace_id: str) -> None:
        with self._lock:
            for key in [key for key in self._newest if key[0] == workspace_id]:
                del self._newest[key]


# Raw tables are large and looked at one at a time, so they have a small place of their own.
_caches = {"results": _Cache(_ENTRIES), "raw": _Cache(_RAWS)}


def forget(workspace_id: str) -> None:
    """Drop what was computed for a workspace: it was deleted."""
    for cache in _caches.values():
        cache.forget(workspace_id)


def current_filter(*, every_segment: bool = False) -> Filter:
    """The filter that holds on every page of this workspace.

    With `every_segment`, as the page of segments has it, without the segment it handed over.
    """
    chosen = Filter.from_dict(workspace().settings.get("filter") or {})
    return chosen.replace(segment=None, members=()) if every_segment else chosen


def current_calendar() -> Calendar:
    """The fiscal year and the week of this workspace."""
    return Calendar.from_dict(workspace().settings.get("calendar") or {})


def table(
    kind: str,
    *,
    lazy: bool = False,
    filtered: bool = True,
    every_segment: bool = False,
) -> Answer[Any]:
    """The loaded table of a kind with the workspace's filter applied.

    `lazy` gives an Ibis table, for sums over large tables; `every_segment` leaves out the segment
    that was handed to the filter. Raises AnalysisError("workspace.no_table") where none is loaded.
    """
    saved = workspace().load(kind)
    chosen, fingerprint = _filter_of(saved, filtered, every_segment)
    question = of_table(
        kind, lazy=lazy, filtered=filtered, every_segment=every_segment
    )
    if lazy:
        expression = apply_filter(saved.expression, chosen)
        return Answer(expression, fingerprint, question=question)
    made = _compute(lambda: apply_filter(saved.table, chosen), fingerprint)
    return replace(made, question=question)


def earlier_table(version: int) -> Answer[Any]:
    """An earlier version of a table, by its number, with the workspace's filter applied."""
    saved = workspace().load(version)
    chosen, fingerprint = _filter_of(saved, filtered=True, every_segment=False)
    return _compute(lambda: apply_filter(saved.table, chosen), fingerprint)


def _filter_of(
    saved: SavedTable, filtered: bool, every_segment: bool
) -> tuple[Filter, str]:
    """The filter of a table as it is fetched, and the fingerprint of what is left."""
    chosen = current_filter(every_segment=every_segment) if filtered else Filter()
    return chosen, _digest("table", saved.fingerprint, chosen.fingerprint())


def saved_frame(kind: str, name: str, frame: str) -> Answer[pd.DataFrame]:
    """A frame of what the workspace has saved under a kind and a name.

    Raises AnalysisError("report.page.gone") where that is there no more.
    """
    saved = workspace().saved_one(kind, name)
    if saved is None or frame not in saved.frames:
        raise AnalysisError("report.page.gone")
    fingerprint, question = f"{saved.owner} {frame}", of_saved(kind, name, frame)
    return Answer(saved.frame(frame), fingerprint, question=question)


def table_fingerprint(kind: str, *, filtered: bool, every_segment: bool) -> str:
    """The fingerprint that `table` gives what it fetches."""
    return _filter_of(workspace().load(kind), filtered, every_segment)[1]


def in_python(
    kind: str, called: str = "", *, every_segment: bool = False
) -> Loading:
    """The same table as Python: the files as read and cleaned here, and the filter.

    The names of a second table begin with `called`.
    """
    return intake.in_python(
        intake.plan_of(workspace(), workspace().load(kind).name),
        current_filter(every_segment=every_segment),
        called,
    )


def saved_in_python(saved: Saved) -> list[str]:
    """Python that fetches what was saved in this workspace, as `saved`."""
    return [
        "from crm_analysis.workspace import open_workspace",
        "# Close the app first: one process owns a workspace.",
        f"workspace = open_workspace({workspace().id!r})",
        f"saved = workspace.saved_one({saved.kind!r}, {saved.name!r})",
    ]


def run(
    verb: Callable[..., Value],
    *given: Any,
    store: str = "results",
    **named: Any,
) -> Answer[Value]:
    """The answer of `verb` to tables (Answers), options and plain values; computed once a question.

    Work that takes longer than a moment goes on in the background, with a progress bar and a
    cancel button in its place.
    """
    fingerprint = fingerprint_of(verb, given, named)
    values = [_value(item) for item in given]
    named_values = {name: _value(item) for name, item in named.items()}
    takes_progress = "progress" in inspect.signature(verb).parameters

    def work(progress: jobs.Progress = jobs.no_progress) -> Value:
        if takes_progress:
            return verb(*values, **named_values, progress=progress)
        return verb(*values, **named_values)

    made = _compute(work, fingerprint, store, _called(verb, given))
    return replace(made, question=of_verb(verb, given, named))


def together(*given: Answer[Any] | str) -> Answer[tuple[Any, ...]]:
    """Several answers, and what they are looked at for, as one that is asked again as they are."""
    return run(_as_tuple, *given)


def _as_tuple(*values: Any) -> tuple[Any, ...]:
    return values


def fingerprint_of(
    verb: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]
) -> str:
    """The fingerprint of a verb's answer, which is known before the answer is."""
    identities = [_identity(item) for item in given]
    identities += [
        f"{name}={_identity(item)}" for name, item in sorted(named.items())
    ]
    return _digest(f"{verb.__module__}.{verb.__qualname__}", *identities)


def _called(verb: Callable[..., Any], given: Sequence[Any]) -> str:
    """A name for all questions that take about as long: the verb, and the methods chosen."""
    methods = [
        f"{name}={value}"
        for item in given
        if isinstance(item, Options)
        for name, value in item.to_dict().items()
        if isinstance(value, str | bool)
    ]
    return " ".join((f"{verb.__module__}.{verb.__qualname__}", *methods))


def remembered_answer(fingerprint: str) -> tuple[bool, Any]:
    """Whether this workspace has the answer of that fingerprint already, and which it is."""
    return _caches["results"].get((workspace().id, fingerprint))


def _compute(
    work: Callable[..., Any],
    fingerprint: str,
    store: str = "results",
    name: str = "table",
) -> Answer[Any]:
    key, cache = (workspace().id, fingerprint), _caches[store]
    is_there, value = cache.get(key)
    if not is_there:
        value = wait_for(_started(key, work, name))
        cache.put(key, value)
    return Answer(value, fingerprint)


def _started(key: tuple[str, str], work: Callable[..., Any], name: str) -> jobs.Job:
    """The job of a question; one that was given up when its page was left begins anew."""
    job = jobs.start(*key, work, name=name)
    if not waits():
        st.session_state[UNHURRIED] = job
    return job


def _value(item: Any) -> Any:
    return item.value if isinstance(item, Answer) else item


def _identity(item: Any) -> str:
    if isinstance(item, Answer):
        return item.fingerprint
    if isinstance(item, Options):
        return item.fingerprint()
    return json.dumps(item, sort_keys=True, default=str)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
