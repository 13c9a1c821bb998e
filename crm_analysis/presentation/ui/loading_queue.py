"""Work on a workspace's tables, one after the other, whoever asked for it.

Two tabs may upload at once: what the second brings waits for the first, and each tab is told what
came of its own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crm_analysis import jobs
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress
from crm_analysis.messages import Message

_JOB = "intake"


@dataclass(eq=False)
class Entry:
    """One piece of work, and what came of it: messages, or what the reader can mend."""

    work: Callable[..., list[Message]]
    given: tuple[Any, ...]
    messages: list[Message] = field(default_factory=list)
    problem: AnalysisError | None = None

    def do(self, progress: Progress) -> None:
        """Do it; what the reader can mend is kept for who asked."""
        try:
            self.messages = self.work(*self.given, progress=progress)
        except AnalysisError as problem:
            self.problem = problem

    def story(self) -> list[Message]:
        """What there is to tell, none of what was cancelled; raises what can be mended."""
        if self.problem is not None:
            raise self.problem
        return self.messages


class _Queue:
    """What waits to be done to the tables of one workspace."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self._lock = threading.Lock()
        self._is_open = False

    def join(self, workspace_id: str, entry: Entry) -> None:
        """Have it done after what waits already."""
        with self._lock:
            job = jobs.job(workspace_id, _JOB)
            if job is None or job.finished:
                # What was cancelled before it began is not begun by who comes later.
                self._give_up()
            self._waiting.append(entry)
            if not self._is_open:
                self._is_open = True
                jobs.start(
                    workspace_id, _JOB, self._work_off, replace=True, lasting=True
                )

    def _work_off(self, progress: Progress = jobs.no_progress) -> None:
        try:
            while entry := self._next():
                entry.do(progress)
        except BaseException:  # cancelled, or a bug
            with self._lock:
                self._give_up()
            raise

    def _next(self) -> Entry | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._is_open = False
            return None

    def _give_up(self) -> None:
        self._waiting.clear()
        self._is_open = False


_queues: dict[str, _Queue] = {}
_lock = threading.Lock()


def join(
    workspace_id: str, work: Callable[..., list[Message]], *given: Any
) -> Entry:
    """Have work done on the tables of a workspace, after what was asked for before.

    `work` takes `progress` and returns what there is to tell.
    """
    entry = Entry(work, given)
    with _lock:
        waiting = _queues.setdefault(workspace_id, _Queue())
    waiting.join(workspace_id, entry)
    return entry


def job_of(workspace_id: str) -> jobs.Job | None:
    """The work that goes on, or has ended and nobody has looked."""
    return jobs.job(workspace_id, _JOB)
