"""How the benchmarks measure.

Seconds by the best of some runs, memory by the peak of a process of its own.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One comparison: our seconds and the peer's.

    `ratio` says how many times faster we are, `memory` is our peak in MB, `peer_memory` the peer's.
    """

    name: str
    ours: float
    peer: str = ""
    theirs: float | None = None
    memory: float | None = None
    peer_memory: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The peer's time over ours: above one, we are faster."""
        return self.theirs / self.ours if self.theirs and self.ours else None


class Measured(NamedTuple):
    """What came out, in how many seconds, and with how many MB beyond those at the start.

    Memory is measured in a process of its own only.
    """

    result: Any
    seconds: float
    memory: float | None = None


def timed(work: Callable[..., Any], *args: Any, runs: int = 1) -> Measured:
    """The result of `work(*args)` and the seconds of its fastest run."""
    best, result = float("inf"), None
    for _ in range(runs):
        began = time.perf_counter()
        result = work(*args)
        best = min(best, time.perf_counter() - began)
    return Measured(result, best)


def apart(work: Callable[..., Any], *args: Any, runs: int = 1) -> Measured:
    """As `timed`, in a new process, with its peak memory.

    `work` is a function of a module; its result must be small and picklable.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_apart, args=(sender, work, args, runs))
    child.start()
    sender.close()
    try:
        answer = receiver.recv()
    except EOFError:
        answer = RuntimeError(
            f"{work.__name__} ended without an answer;"
            " where memory was short, the system ends it so"
        )
    child.join()
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _apart(sender: Any, work: Callable[..., Any], args: tuple, runs: int) -> None:
    try:
        before = _memory("VmRSS", forget_peak=True)
        measured = timed(work, *args, runs=runs)
        sender.send(measured._replace(memory=max(0.0, _memory("VmHWM") - before)))
    except BaseException as problem:  # noqa: BLE001 the parent raises it
        sender.send(problem)


def _memory(mark: str, forget_peak: bool = False) -> float:
    """Resident memory of this process in MB: as it is ("VmRSS") or at its highest ("VmHWM").

    Where there is no /proc, the highest either way.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    if forget_peak:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
    line = next(
        line for line in status.read_text().splitlines() if line.startswith(mark)
    )
    return int(line.split()[1]) * 1024 / 1e6


def rows_of(name: str) -> list[Row]:
    """The rows of one benchmark."""
    return [
        row if isinstance(row, Row) else Row(*row)
        for row in importlib.import_module(f"benchmarks.{name}").main()
    ]


def table(rows: list[Row]) -> str:
    """Rows as a table to read."""
    lines = [
        (
            "",
            "ours s",
            "peer",
            "peer s",
            "times faster",
            "ours MB",
            "peer MB",
            "",
        )
    ]
    for row in rows:
        seconds = (
            _number(row.ours),
            row.peer,
            _number(row.theirs),
            _number(row.ratio),
        )
        lines.append(
            (
                row.name,
                *seconds,
                _whole(row.memory),
                _whole(row.peer_memory),
                row.note,
            )
        )
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    texts = (0, 2, 7)  # columns of text, which begin at the left
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in texts else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"
