"""Long work off the script thread: progress, cancel, survives a page change.

A job lives in the process, not in a page: whoever asks for the same workspace and key finds it again.

>>> def count(last, progress=no_progress):
...     for number in range(last):
...         progress(number / last, "")
...     return last
>>> counting = start("some-workspace", "count", count, 3)
>>> counting.wait(60)
True
>>> counting.state, counting.share, counting.take()
('done', 1.0, 3)
"""

from __future__ import annotations

import atexit
import inspect
import itertools
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

from crm_analysis.errors import AnalysisError, Cancelled

__all__ = ["Job", "Progress", "State", "cancel_all", "drop", "job", "jobs", "no_progress", "start"]

# Long work takes `progress` and calls it with the share done (0 to 1) and the phrase key of the step it is at;
# the call raises Cancelled when the person has cancelled.
Progress = Callable[[float, str], None]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

WORKERS = 2  # two long pieces of work at once; more only slow one another down on a small machine
KEPT = 64  # finished jobs remembered
KEPT_MINUTES = 30.0
_AT_EXIT_SECONDS = 5.0


def no_progress(share: float, step: str) -> None:
    """For callers who do not watch."""


class Job:
    """One piece of long work; its fields may be read, and its methods called, from any thread.

    `share` (0 to 1) and `step` (a phrase key) say how far it is. `state` is "waiting", "running", "done", "failed" or
    "cancelled"; `problem` is the AnalysisError of a failed job, None where a bug failed it.
    """

    def __init__(self, workspace_id: str, key: str, work: Callable[[Progress], Any]) -> None:
        self.workspace_id = workspace_id
        self.key = key
        self.share = 0.0
        self.step = ""
        self._work: Callable[[Progress], Any] | None = work
        self._lock = threading.Lock()
        self._state: State = "waiting"
        self._cancel = threading.Event()
        self._finished = threading.Event()
        self._result: Any = None
        self._raised: BaseException | None = None
        self._started: float | None = None
        self._ended: float | None = None

    def __repr__(self) -> str:
        return f"Job({self.workspace_id!r}, {self.key!r}: {self.state}, {self.share:.0%})"

    @property
    def state(self) -> State:
        """Where the job is; "cancelled" only once the work has really stopped."""
        return self._state

    @property
    def finished(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self._finished.is_set()

    @property
    def problem(self) -> AnalysisError | None:
        """What the reader can mend, where that is why it failed."""
        return self._raised if isinstance(self._raised, AnalysisError) else None

    @property
    def seconds(self) -> float:
        """How long the work has run, or ran; 0 while it waits."""
        if self._started is None:
            return 0.0
        return (self._ended or time.monotonic()) - self._started

    @property
    def result(self) -> Any:
        """What the work returned; what it raised (a bug too, and Cancelled) is raised here. RuntimeError while unfinished."""
        if not self.finished:
            raise RuntimeError(f"{self!r} has not finished; wait() for it")
        if self._raised is not None:
            raise self._raised
        return self._result

    def take(self) -> Any:
        """The result, once: the job is forgotten, so that the same key starts new work."""
        try:
            return self.result
        finally:
            if self.finished:
                drop(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has finished, at most `timeout` seconds; whether it has."""
        return self._finished.wait(timeout)

    def cancel(self) -> None:
        """Ask it to stop: at once while it waits, at its next word of progress while it runs.

        Work that comes to its end without another word is done, not cancelled: what it stored is there.
        """
        self._cancel.set()
        with self._lock:
            if self._state == "waiting":
                self._finish("cancelled", raised=Cancelled())

    def _hear(self, share: float, step: str) -> None:
        if self._cancel.is_set():
            raise Cancelled
        self.share, self.step = max(0.0, min(1.0, float(share))), step

    def _run(self) -> None:
        with self._lock:
            if self._state != "waiting":
                return
            self._state, self._started = "running", time.monotonic()
            work = self._work
        result, raised = None, None
        try:
            result = work(self._hear)  # type: ignore[misc]
        except BaseException as problem:  # noqa: BLE001 kept, and raised again to whoever asks for the result
            raised = problem
        with self._lock:
            if raised is None:
                self.share = 1.0
                self._finish("done", result=result)
            else:
                self._finish(
                    "cancelled" if isinstance(raised, Cancelled) else "failed", raised=raised
                )

    def _finish(
        self, state: State, result: Any = None, raised: BaseException | None = None
    ) -> None:
        self._state, self._result, self._raised, self._ended = (
            state,
            result,
            raised,
            time.monotonic(),
        )
        self._work = None  # what the work holds on to (tables) can go
        self._finished.set()


_lock = threading.RLock()
_known: OrderedDict[tuple[str, str], Job] = OrderedDict()
_line: queue.SimpleQueue[Job] = queue.SimpleQueue()
_workers: list[threading.Thread] = []
_running: set[Job] = set()
_numbers = itertools.count(1)


def start(
    workspace_id: str, key: str, function: Callable[..., Any], *args: Any, replace: bool = False
) -> Job:
    """Have `function(*args)` done by a worker; with `progress=` where the function takes it.

    One job a workspace and key: while one is known under it (waiting, running, or finished and not taken yet), that one is
    returned and nothing new begins; with `replace` it is cancelled and the new one takes its place.
    """
    hears = _takes_progress(function)

    def work(progress: Progress) -> Any:
        return function(*args, **({"progress": progress} if hears else {}))

    with _lock:
        _tidy()
        known = _known.get((workspace_id, key))
        if known and not replace:
            return known
        if known:
            known.cancel()
        new = _known[(workspace_id, key)] = Job(workspace_id, key, work)
        _known.move_to_end((workspace_id, key))
        if len(_workers) < WORKERS:
            worker = threading.Thread(
                target=_serve, name=f"job-worker-{next(_numbers)}", daemon=True
            )
            _workers.append(worker)
            worker.start()
        _line.put(new)
        return new


def _takes_progress(function: Callable[..., Any]) -> bool:
    try:
        return "progress" in inspect.signature(function).parameters
    except ValueError:  # some builtins tell nothing of their arguments
        return False


def job(workspace_id: str, key: str) -> Job | None:
    """The job known under that key, if any."""
    with _lock:
        _tidy()
        return _known.get((workspace_id, key))


def jobs(workspace_id: str) -> list[Job]:
    """All jobs known of a workspace, oldest first."""
    with _lock:
        _tidy()
        return [one for (owner, _), one in _known.items() if owner == workspace_id]


def drop(job: Job) -> None:
    """Forget a job; one that still works is cancelled."""
    with _lock:
        if _known.get((job.workspace_id, job.key)) is job:
            del _known[(job.workspace_id, job.key)]
    job.cancel()


def cancel_all(workspace_id: str, timeout: float = 0.0) -> bool:
    """Cancel and forget all work of a workspace; whether all of it has stopped within `timeout` seconds.

    Waits also for work that had been cancelled or replaced before and has not looked up yet.
    """
    until = time.monotonic() + timeout
    with _lock:
        stopping = {
            one for one in (*_known.values(), *_running) if one.workspace_id == workspace_id
        }
    for one in stopping:
        drop(one)
    return all(one.wait(max(0.0, until - time.monotonic())) for one in stopping)


def _tidy() -> None:
    """Forget what finished long ago, and the oldest finished ones beyond a number."""
    now = time.monotonic()
    finished = [one for one in _known.values() if one.finished]
    surplus = max(0, len(finished) - KEPT)
    for place, one in enumerate(finished):
        if place < surplus or now - (one._ended or now) > KEPT_MINUTES * 60:
            del _known[(one.workspace_id, one.key)]


def _serve() -> None:
    while True:
        one = _line.get()
        with _lock:
            _running.add(one)
        one._run()
        with _lock:
            _running.discard(one)
        del one  # or the worker would hold the last result while it waits for the next job


@atexit.register
def _stop() -> None:
    """Let running work stop by itself before the interpreter goes: a worker cut off inside a query could crash it."""
    with _lock:
        left = {*_known.values(), *_running}
    for one in left:
        one.cancel()
    until = time.monotonic() + _AT_EXIT_SECONDS
    for one in left:
        one.wait(max(0.0, until - time.monotonic()))
