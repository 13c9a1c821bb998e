"""Waiting for work in the background: how far it is, since when, and how long it took last time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import streamlit as st

from crm_analysis import jobs
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import say, workspace

_PATIENCE_SECONDS = 0.8
_SAID_FROM = 3  # seconds of work from which on it is said how long it takes
_LAST_TIMES, _TIMES_KEPT = "last_times", 60  # a setting of the workspace
UNHURRIED = widget_key("frame", "job", "unhurried")  # begun, and not waited for
_INTERVALS = (
    (5.0, 0.5),
    (30.0, 1.0),
    (120.0, 2.0),
    (float("inf"), 4.0),
)  # up to so many seconds of a job, and between two looks at it


class Pending(Exception):
    """An answer that is not there yet, in a place that does not wait; the work goes on."""

    def __init__(self, job: jobs.Job) -> None:
        super().__init__(repr(job))
        self.job = job


_waits: ContextVar[bool] = ContextVar("waits", default=True)
_place: ContextVar[AbstractContextManager[Any] | None] = ContextVar(
    "place", default=None
)


@contextmanager
def waiting_in(place: AbstractContextManager[Any]) -> Iterator[None]:
    """Inside, what is waited for is shown in that container."""
    before = _place.set(place)
    try:
        yield
    finally:
        _place.reset(before)


@contextmanager
def without_waiting() -> Iterator[None]:
    """Inside, `run` raises Pending where it would stop the page until the answer is there."""
    before = _waits.set(False)
    try:
        yield
    finally:
        _waits.reset(before)


def waits() -> bool:
    """Whether the page stops until an answer is there."""
    return _waits.get()


class Visitor:
    """A tab of a browser that is in a workspace."""

    def __init__(self, workspace_id: str) -> None:
        self.workspace_id = workspace_id


def give_up_unhurried() -> None:
    """Stop what a page that was left had begun without being waited for."""
    job: jobs.Job | None = st.session_state.pop(UNHURRIED, None)
    if job is not None and not job.finished:
        # Forgotten at once: whoever asks the same, here or in another tab, must not wait for it.
        jobs.drop(job)


def wait_for(job: jobs.Job) -> Any:
    """The result of a job; while it is not there, the page shows how far it is and stops."""
    job.wait(_PATIENCE_SECONDS)
    if not _waits.get() and job.state in ("waiting", "running", "cancelled"):
        raise Pending(job)
    if job.state in ("waiting", "running"):
        with _place.get() or nullcontext():
            draw_progress(job)
        st.stop()
    if job.state == "cancelled":
        with _place.get() or nullcontext():
            draw_cancelled(job)
        st.stop()
    _note_time(job)
    return job.take()


def draw_cancelled(job: jobs.Job) -> None:
    """Say that a job was cancelled, and offer it again."""
    st.info(say("frame.cancelled"))
    if st.button(say("frame.again"), key=widget_key("job", "again")):
        jobs.drop(job)
        st.rerun()


def draw_progress(job: jobs.Job) -> None:
    """How far a job is; looking costs it time, so an older one is looked at less often."""
    every = interval(job)

    def draw() -> None:
        if job.state not in ("waiting", "running") or interval(job) != every:
            st.rerun()
        _draw_bar(job)

    st.fragment(draw, run_every=every)()


def interval(job: jobs.Job) -> float:
    """Seconds until the next look at a job."""
    return next(every for until, every in _INTERVALS if job.age < until)


def _draw_bar(job: jobs.Job) -> None:
    st.progress(job.share, text=_how_far(job))
    if st.button(say("frame.cancel"), key=widget_key("job", "cancel")):
        job.cancel()
        job.wait(10)
        st.rerun()


def _how_far(job: jobs.Job) -> str:
    """What a job does now, since when, and how long it took last time."""
    others = jobs.ahead_of(job)
    if others:
        return say("frame.waits", count=others)
    step = say(job.step) if job.step else say("frame.working")
    last = _last_times().get(job.name)
    seconds = round(job.seconds)
    parts = [step]
    if seconds >= _SAID_FROM:
        parts.append(say("frame.so_far", seconds=seconds))
    if last is not None:
        parts.append(say("frame.last_time", seconds=round(last)))
    return " ".join(parts)


def _last_times() -> dict[str, float]:
    """How many seconds work of each name took last time, where more than a few."""
    return dict(workspace().settings.get(_LAST_TIMES) or {})


def _note_time(job: jobs.Job) -> None:
    """Write down how long a job took; of those that took long, the newest."""
    times = _last_times()
    before = times.pop(job.name, None)
    is_long = bool(job.name) and job.state == "done" and job.seconds >= _SAID_FROM
    if is_long:
        times[job.name] = round(job.seconds, 1)
    if is_long or before is not None:
        newest = list(times.items())[-_TIMES_KEPT:]
        workspace().settings[_LAST_TIMES] = dict(newest)


def _go(visitor: Visitor) -> None:
    jobs.leave(visitor.workspace_id, visitor)


@st.cache_resource(
    scope="session",
    show_spinner=False,
    max_entries=8,
    on_release=_go,
)
def be_there(workspace_id: str) -> Visitor:
    """Be in a workspace for as long as the browser's tab is open."""
    visitor = Visitor(workspace_id)
    jobs.come(workspace_id, visitor)
    return visitor
