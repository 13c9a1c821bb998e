"""Long work off the script thread: progress, cancel, survives a page change.

A job lives in the process, not in a page: whoever asks for the same workspace and key finds it
again.

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

# Long work takes `progress` and calls it with the share done (0 to 1) and the phrase key of the
# step it is at; the call raises Cancelled when the person has cancelled.
Progress = Callable[[float, str], None]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

WORKERS = 2  # two long pieces of work at once; more only slow one another down on a small machine
KEPT = 64  # finished jobs remembered
KEPT_MINUTES = 30.0
LEFT_SECONDS = 60.0  # until work is dropped whose readers have all gone
_AT_EXIT_SECONDS = 5.0


def no_progress(share: float, step: str) -> None:
    """For callers who do not watch."""


class Job:
    """One piece of long work; its fields may be read, and its methods called, from any thread.

    `name` is what it is called among others that take about as long; one that is `lasting` goes on
    when nobody is there any more. `share` (0 to 1) and `step` (a phrase key) say how far it is.
    `state` is "waiting", "running", "done", "failed" or "cancelled"; `problem` is the AnalysisError
    of a failed job, None where a bug failed it.
    """

    def __init__(
        self,
        workspace_id: str,
        key: str,
        work: Callable[[Progress], Any],
        *,
        name: str = "",
        lasting: bool = False,
    ) -> None:
        self.workspace_id = workspace_id
        self.key = key
        self.name = name
        self.lasting = lasting
        self._asked = time.monotonic()
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
    def age(self) -> float:
        """How long ago it was asked for, in seconds, until its end."""
        return (self._ended or time.monotonic()) - self._asked

    @property
    def result(self) -> Any:
        """What the work returned; what it raised (a bug too, and Cancelled) is raised here.

        RuntimeError while unfinished.
        """
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

        Work that comes to its end without another word is done, not cancelled: what it stored is
        there.
        """
        self._cancel.set()
        with self._lock:
            if self._state == "waiting":
                self._finish("cancelled", raised=Cancelled())

    def _report(self, share: float, step: str) -> None:
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
            result = work(self._report)  # type: ignore[misc]
        except BaseException as problem:  # noqa: BLE001 raised to whoever asks for the result
            raised = problem
        with self._lock:
            if raised is None:
                self.share = 1.0
                self._finish("done", result=result)
            else:
                cancelled = isinstance(raised, Cancelled)
                self._finish("cancelled" if cancelled else "failed", raised=raised)

    def _finish(
        self,
        state: State,
        result: Any = None,
        raised: BaseException | None = None,
    ) -> None:
        self._state, self._result, self._raised = state, result, raised
        self._ended = time.monotonic()
        self._work = None  # what the work holds on to (tables) can go
        self._finished.set()


_lock = threading.RLock()
_jobs: OrderedDict[tuple[str, str], Job] = OrderedDict()
_queue: queue.SimpleQueue[Job] = queue.SimpleQueue()
_workers: list[threading.Thread] = []
_running: set[Job] = set()
_numbers = itertools.count(1)
_visitors: dict[str, set[object]] = {}  # of each workspace, who is there


def start(
    workspace_id: str,
    key: str,
    function: Callable[..., Any],
    *args: Any,
    replace: bool = False,
    name: str = "",
    lasting: bool = False,
) -> Job:
    """Have `function(*args)` done by a worker; with `progress=` where the function takes it.

    One job a workspace and key: while there is one under it (waiting, running, or finished and not
    taken yet), that one is returned and nothing new begins; with `replace` it is cancelled and the
    new one takes its place. `name` and `lasting` as a Job has them.
    """
    takes_progress = _takes_progress(function)

    def work(progress: Progress) -> Any:
        return function(*args, **({"progress": progress} if takes_progress else {}))

    with _lock:
        _forget_old()
        earlier = _jobs.get((workspace_id, key))
        if earlier and not replace:
            return earlier
        if earlier:
            earlier.cancel()
        new = Job(workspace_id, key, work, name=name, lasting=lasting)
        _jobs[(workspace_id, key)] = new
        _jobs.move_to_end((workspace_id, key))
        if len(_workers) < WORKERS:
            name = f"job-worker-{next(_numbers)}"
            worker = threading.Thread(target=_serve, name=name, daemon=True)
            _workers.append(worker)
            worker.start()
        _queue.put(new)
        return new


def _takes_progress(function: Callable[..., Any]) -> bool:
    try:
        return "progress" in inspect.signature(function).parameters
    except ValueError:  # some builtins tell nothing of their arguments
        return False


def job(workspace_id: str, key: str) -> Job | None:
    """The job under that key, if any."""
    with _lock:
        _forget_old()
        return _jobs.get((workspace_id, key))


def jobs(workspace_id: str) -> list[Job]:
    """All jobs of a workspace, oldest first."""
    with _lock:
        _forget_old()
        return [job for (owner, _), job in _jobs.items() if owner == workspace_id]


def ahead_of(job: Job) -> int:
    """How many jobs a waiting one waits behind: those that run, and those asked for before."""
    with _lock:
        return sum(
            other.state == "running"
            or (other.state == "waiting" and other._asked < job._asked)
            for other in _all_jobs()
            if job.state == "waiting"
        )


def come(workspace_id: str, visitor: object) -> None:
    """Somebody is in a workspace: what it asks for is wanted."""
    with _lock:
        _visitors.setdefault(workspace_id, set()).add(visitor)


def leave(
    workspace_id: str, visitor: object, after: float | None = None
) -> threading.Timer:
    """Somebody has gone; after some seconds in which nobody came, work nobody wants is dropped.

    A page that is loaded anew has gone, too, and comes back at once.
    """
    with _lock:
        _visitors.get(workspace_id, set()).discard(visitor)
    timer = threading.Timer(
        LEFT_SECONDS if after is None else after, _drop_unwanted, (workspace_id,)
    )
    timer.daemon = True
    timer.start()
    return timer


def _drop_unwanted(workspace_id: str) -> None:
    with _lock:
        if _visitors.get(workspace_id):
            return
        for job in jobs(workspace_id):
            if not job.lasting and not job.finished:
                drop(job)


def drop(job: Job) -> None:
    """Forget a job; one that still works is cancelled."""
    with _lock:
        if _jobs.get((job.workspace_id, job.key)) is job:
            del _jobs[(job.workspace_id, job.key)]
    job.cancel()


def cancel_all(workspace_id: str, timeout: float = 0.0) -> bool:
    """Cancel and forget all work of a workspace.

    Whether all of it has stopped within `timeout` seconds; waits also for work that had been
    cancelled or replaced before and has not looked up yet.
    """
    with _lock:
        stopping = {job for job in _all_jobs() if job.workspace_id == workspace_id}
    for job in stopping:
        drop(job)
    return _have_stopped(stopping, timeout)


def _all_jobs() -> set[Job]:
    return {*_jobs.values(), *_running}


def _have_stopped(stopping: set[Job], timeout: float) -> bool:
    until = time.monotonic() + timeout
    return all(job.wait(max(0.0, until - time.monotonic())) for job in stopping)


def _forget_old() -> None:
    """Forget what finished long ago, and the oldest finished ones beyond a number."""
    now = time.monotonic()
    finished = [job for job in _jobs.values() if job.finished]
    surplus = max(0, len(finished) - KEPT)
    for index, job in enumerate(finished):
        if index < surplus or now - (job._ended or now) > KEPT_MINUTES * 60:
            del _jobs[(job.workspace_id, job.key)]


def _serve() -> None:
    while True:
        job = _queue.get()
        with _lock:
            _running.add(job)
        job._run()
        with _lock:
            _running.discard(job)
        del job  # or the worker would hold the last result while it waits for the next job


def stop(timeout: float = _AT_EXIT_SECONDS) -> bool:
    """Cancel all work; whether all of it has stopped within `timeout` seconds.

    At the end of the interpreter, too: a worker cut off inside a query could crash it.
    """
    with _lock:
        stopping = _all_jobs()
    for job in stopping:
        job.cancel()
    return _have_stopped(stopping, timeout)


atexit.register(stop)
