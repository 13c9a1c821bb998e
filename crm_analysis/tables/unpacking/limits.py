"""What a process that reads one file may take of the machine."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # Windows, where there are no such limits
    resource = None  # type: ignore[assignment]

_MOST_BYTES = 2 << 30
_SHARE = 0.25  # of the machine's memory, where that is less
_UNKNOWN = 8 << 30  # memory of a machine that does not say
_SECONDS, _SECONDS_A_MB = 10.0, 10.0  # a sheet of 1 MB is read in two
_OUTPUT = 4 << 30
_OF_CONTAINER = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_FIRST_TO_GO = Path("/proc/self/oom_score_adj")


@dataclass(frozen=True)
class Limits:
    """Bytes of memory, seconds of computing, bytes written to one file."""

    memory: int
    seconds: float
    output: int = _OUTPUT


def limits_of(size: int) -> Limits:
    """The limits for a file of `size` bytes.

    CRM_FILE_MEMORY_MB sets another limit of memory than a quarter of the machine's, at most 2 GB.
    """
    seconds = _SECONDS + _SECONDS_A_MB * size / (1 << 20)
    chosen = os.environ.get("CRM_FILE_MEMORY_MB", "")
    if chosen.isdecimal() and int(chosen):
        return Limits(int(chosen) << 20, seconds)
    return Limits(int(min(_MOST_BYTES, _SHARE * _memory())), seconds)


def _memory() -> int:
    """The bytes of memory of this machine, or of the container it is."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN
    for path in _OF_CONTAINER:
        with suppress(OSError, ValueError):  # "max" where it has no limit
            memory = min(memory, int(path.read_text()))
    return memory


def keep_to(limits: Limits) -> None:
    """Hold this process to limits, where the system can."""
    if not resource:
        return
    with suppress(
        OSError
    ):  # where memory runs out all the same, no other process goes
        _FIRST_TO_GO.write_text("1000")
    seconds = int(limits.seconds) + 1
    for kind, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.output),
    ):
        hard = resource.getrlimit(kind)[1]
        lowered = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with suppress(
            OSError, ValueError
        ):  # a limit that this system does not know
            resource.setrlimit(kind, (lowered, hard))
