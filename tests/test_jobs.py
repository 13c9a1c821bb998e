"""Jobs: states, cancelling, one a key, bounded memory, and races."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from crm_analysis import jobs
from crm_analysis.errors import AnalysisError, Cancelled
from crm_analysis.jobs import Progress


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    for one in ("w", "other"):
        assert jobs.cancel_all(one, timeout=10)


class Gate:
    """Work that goes on only when it is let, and says so when it has begun."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self, value: object = "ready", *, progress: Progress) -> object:
        self.begun.set()
        while not self.open.wait(0.005):
            progress(0.5, "frame.working")
        return value


def busy(count: int = jobs.WORKERS) -> list[Gate]:
    """Occupy that many workers."""
    gates = [Gate() for _ in range(count)]
    for place, gate in enumerate(gates):
        jobs.start("other", f"busy {place}", gate)
    assert all(gate.begun.wait(10) for gate in gates)
    return gates


def test_a_job_goes_from_waiting_over_running_to_done() -> None:
    gates = busy()
    gate = Gate()
    job = jobs.start("w", "k", gate, 42)
    assert (job.state, job.share, job.step, job.seconds, job.finished) == (
        "waiting",
        0,
        "",
        0,
        False,
    )
    with pytest.raises(RuntimeError, match="has not finished"):
        job.take()
    gates[0].open.set()
    assert gate.begun.wait(10)
    assert not job.wait(0.05)
    assert (job.state, job.share, job.step) == ("running", 0.5, "frame.working")
    assert job.seconds > 0
    assert jobs.job("w", "k") is job
    assert jobs.jobs("w") == [job]
    gate.open.set()
    assert job.wait(10)
    assert (job.state, job.share, job.result, job.problem) == (
        "done",
        1.0,
        42,
        None,
    )
    ended = job.seconds
    time.sleep(0.01)
    assert job.seconds == ended
    assert job.take() == 42
    assert jobs.job("w", "k") is None


def test_work_without_a_progress_argument_is_called_without_one() -> None:
    assert jobs.start("w", "plain", max, 3, 5).wait(10)
    job = jobs.job("w", "plain")
    assert job is not None and job.take() == 5


def test_what_the_reader_can_mend_is_the_problem_of_a_failed_job() -> None:
    def fail() -> None:
        raise AnalysisError("data.missing_role", role="customer")

    job = jobs.start("w", "k", fail)
    assert job.wait(10)
    assert job.state == "failed"
    assert job.problem is not None and job.problem.key == "data.missing_role"
    with pytest.raises(AnalysisError):
        job.take()
    assert jobs.job("w", "k") is None


def test_a_bug_rises_to_whoever_asks_and_the_worker_lives_on() -> None:
    def bug() -> object:
        return dict[str, str]()["missing"]

    for _ in range(2 * jobs.WORKERS):
        job = jobs.start("w", "k", bug)
        assert job.wait(10)
        assert (job.state, job.problem) == ("failed", None)
        with pytest.raises(KeyError, match="missing"):
            job.take()
    assert jobs.start("w", "k", max, 1, 2).wait(10)


def test_cancelling_a_waiting_job_is_immediate_and_it_never_runs() -> None:
    gates = busy()
    ran: list[int] = []
    job = jobs.start("w", "k", ran.append, 1)
    job.cancel()
    assert job.state == "cancelled"
    with pytest.raises(Cancelled):
        job.take()
    for gate in gates:
        gate.open.set()
    assert jobs.start("w", "after", max, 1, 2).wait(10)
    assert ran == []


def test_cancelling_a_running_job_stops_it_at_its_next_word() -> None:
    gate = Gate()
    job = jobs.start("w", "k", gate)
    assert gate.begun.wait(10)
    job.cancel()
    assert job.wait(10)
    assert job.state == "cancelled"
    assert jobs.start("w", "k", max, 1, 2) is job, (
        "a cancelled job stays known until it is dropped"
    )
    jobs.drop(job)
    assert jobs.job("w", "k") is None


def test_work_that_ends_without_another_word_is_done_although_cancelled() -> None:
    begun, finish = threading.Event(), threading.Event()

    def deaf() -> str:
        begun.set()
        finish.wait(10)
        return "stored"

    job = jobs.start("w", "k", deaf)
    assert begun.wait(10)
    job.cancel()
    assert job.state == "running"
    finish.set()
    assert job.wait(10)
    assert (job.state, job.result) == ("done", "stored")


def test_cancel_after_the_end_changes_nothing() -> None:
    job = jobs.start("w", "k", max, 1, 2)
    assert job.wait(10)
    job.cancel()
    assert (job.state, job.result) == ("done", 2)


def test_a_second_start_joins_the_first_and_replace_supersedes_it() -> None:
    gate = Gate()
    first = jobs.start("w", "k", gate)
    assert gate.begun.wait(10)
    assert jobs.start("w", "k", max, 1, 2) is first
    assert jobs.start("other", "k", max, 1, 2) is not first
    second = jobs.start("w", "k", max, 3, 4, replace=True)
    assert second is not first
    assert first.wait(10)
    assert second.wait(10)
    assert (first.state, second.state) == ("cancelled", "done")
    with pytest.raises(Cancelled):
        first.take()  # an old page that still holds it must not forget the new one
    assert jobs.job("w", "k") is second


def test_cancel_all_stops_one_workspace_and_waits_for_replaced_work_too() -> None:
    gate, later, foreign = Gate(), Gate(), Gate()
    old = jobs.start("w", "k", gate)
    other = jobs.start("other", "k", foreign)
    assert gate.begun.wait(10)
    assert foreign.begun.wait(10)
    new = jobs.start("w", "k", later, replace=True)
    assert jobs.cancel_all("w", timeout=10)
    assert [one.state for one in (old, new, other)] == [
        "cancelled",
        "cancelled",
        "running",
    ]
    assert jobs.jobs("w") == []


def test_cancel_all_says_when_work_does_not_stop_in_time() -> None:
    finish = threading.Event()
    begun = threading.Event()

    def deaf() -> None:
        begun.set()
        finish.wait(10)

    jobs.start("w", "deaf", deaf)
    assert begun.wait(10)
    assert not jobs.cancel_all("w", timeout=0.05)
    finish.set()


def test_finished_jobs_are_forgotten_by_number_and_by_age(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "KEPT", 3)
    for number in range(6):
        assert jobs.start("w", str(number), max, number, 0).wait(10)
    assert [one.key for one in jobs.jobs("w")] == ["3", "4", "5"]
    monkeypatch.setattr(jobs, "KEPT_MINUTES", 0.0)
    time.sleep(0.01)
    assert jobs.jobs("w") == []


def test_a_taken_result_is_not_held_anywhere() -> None:
    class Big:
        pass

    job = jobs.start("w", "k", Big)
    assert job.wait(10)
    seen = weakref.ref(job.take())
    del job
    jobs.start("w", "after", max, 1, 2).wait(10)
    gc.collect()
    assert seen() is None


def test_the_input_of_finished_work_is_let_go() -> None:
    class Big:
        pass

    big = Big()
    seen = weakref.ref(big)
    job = jobs.start("w", "k", lambda one: 1, big)
    assert job.wait(10)
    del big
    gc.collect()
    assert seen() is None
    assert job.take() == 1


def test_many_threads_ask_for_the_same_work_and_it_is_done_once() -> None:
    runs, result = [], []
    go = threading.Barrier(16)

    def work() -> str:
        runs.append(1)
        time.sleep(0.02)
        return "answer"

    def ask() -> None:
        go.wait()
        job = jobs.start("w", "same", work)
        assert job.wait(10)
        result.append(job.result)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(runs), result) == (1, ["answer"] * 16)


def test_starts_cancels_and_replacements_at_random_from_many_threads_all_end() -> (
    None
):
    started, lock = [], threading.Lock()

    def work(key: str, *, progress: Progress) -> str:
        for step in range(20):
            progress(step / 20, key)
        return key

    def stir(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(150):
            key = dice.choice("abc")
            job = jobs.start("w", key, work, key, replace=dice.random() < 0.3)
            with lock:
                started.append(job)
            if dice.random() < 0.3:
                job.cancel()
            if dice.random() < 0.3:
                jobs.drop(job)
            if job.finished and job.state == "done":
                assert job.take() == key

    threads = [threading.Thread(target=stir, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(job.wait(10) for job in started)
    assert {job.state for job in started} <= {"done", "cancelled"}
    assert all(job.result == job.key for job in started if job.state == "done")
    assert len(jobs.jobs("w")) <= 3


def test_the_process_ends_at_once_while_a_job_runs() -> None:
    code = """
import time
from crm_analysis import jobs
def long(progress):
    while True:
        progress(0, "")
        time.sleep(.01)
jobs.start("w", "k", long)
jobs.start("w", "l", long)
jobs.start("w", "m", long)
time.sleep(.1)
"""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], timeout=60, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - began < 30


def test_an_older_job_is_looked_at_less_often() -> None:
    from crm_analysis.presentation.ui.waiting import interval

    job = jobs.Job("workspace", "question", lambda progress: None)
    looks = []
    for seconds in (0.0, 10.0, 60.0, 3_600.0):
        job._asked, job._ended = 1_000.0, 1_000.0 + seconds
        looks.append(interval(job))
    assert looks == sorted(set(looks))


def test_a_waiting_job_knows_how_many_it_waits_behind() -> None:
    gates = busy()
    first, second = (jobs.start("w", key, len, "") for key in ("a", "b"))
    assert (jobs.ahead_of(first), jobs.ahead_of(second)) == (2, 3)
    jobs.drop(first)
    assert jobs.ahead_of(second) == 2
    for gate in gates:
        gate.open.set()
    assert second.wait(10)
    assert jobs.ahead_of(second) == 0


def test_a_job_that_waits_is_looked_at_less_often_too() -> None:
    from crm_analysis.presentation.ui.waiting import interval

    gates = busy()
    job = jobs.start("w", "k", len, "")
    soon = interval(job)
    job._asked -= 600
    assert (job.seconds, interval(job) > soon) == (0, True)
    for gate in gates:
        gate.open.set()


def test_work_is_dropped_once_its_last_reader_has_gone_for_good() -> None:
    gate, lasting = Gate(), Gate()
    jobs.come("w", "tab"), jobs.come("w", "other tab")
    job = jobs.start("w", "k", gate)
    kept = jobs.start("w", "reading", lasting, lasting=True)
    jobs.leave("w", "other tab", after=0).join(10)
    assert not job.wait(0.05)  # one is still there
    timer = jobs.leave("w", "tab", after=0.05)
    jobs.come("w", "tab loaded anew")
    timer.join(10)
    assert jobs.job("w", "k") is job
    jobs.leave("w", "tab loaded anew", after=0).join(10)
    assert job.wait(10)
    assert (job.state, jobs.job("w", "k"), kept.state) == (
        "cancelled",
        None,
        "running",
    )
    lasting.open.set()
    assert kept.wait(10)
