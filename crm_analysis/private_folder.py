"""A folder of a process's own under the system's temporary one."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from shutil import rmtree

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_PREFIX = "crm_analysis_"
_YOUNG_SECONDS = 60  # a folder so young may not have its lock yet


class PrivateFolder:
    """A folder of an engine's own. What a killed process leaves of them, a later one removes.

    A lock on a file inside says that its process lives: a number of a process would not tell, where
    several containers share the disk.
    """

    def __init__(self) -> None:
        _remove_orphans()
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._alive = (self.path / ".alive").open("w")
        if fcntl:
            fcntl.flock(self._alive, fcntl.LOCK_EX)

    def cleanup(self) -> None:
        """Remove the folder with all that is in it."""
        self._alive.close()
        rmtree(self.path, ignore_errors=True)


@cache  # once a process
def _remove_orphans() -> None:
    if not fcntl:
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another's folder, or one that goes just now
            if time.time() - folder.stat().st_mtime <= _YOUNG_SECONDS:
                continue
            with (folder / ".alive").open("r+") as alive:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
                rmtree(folder, ignore_errors=True)
