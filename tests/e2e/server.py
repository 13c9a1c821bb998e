"""The app as a person starts it, for tests.

On a free port, in a process group of its own, with a home that goes away.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from unittest import mock

from crm_analysis.workspace import home

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0


class Server:
    """A running app. `url` is where; `log` what it wrote.

    It can be stopped, killed and started again on the same home.
    """

    def __init__(self, folder: Path, script: Path = ROOT / "app.py") -> None:
        self.home = folder / "home"
        self.log = folder / "server.log"
        self.script = script
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    def start(self) -> Server:
        """Start, and wait until the app answers."""
        settings = {
            "server.port": self.port,
            "server.headless": "true",
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": "false",
            "logger.enableRich": "false",
        }
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(self.script),
            *(f"--{name}={value}" for name, value in settings.items()),
        ]
        environment = {
            **os.environ,
            "CRM_HOME": str(self.home),
            "OMP_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
        }
        self._output = self.log.open("ab")
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the app did not start:\n{self.tail()}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """End it as a person does with Ctrl-C; it has ten seconds."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def tail(self, lines: int = 60) -> str:
        """The end of its log."""
        return "\n".join(
            self.log.read_text(encoding="utf-8", errors="replace").splitlines()[
                -lines:
            ]
        )

    def new_workspace(self, name: str = "Test") -> str:
        """The id of a new, empty workspace in its home."""
        with self.at_home():
            return home.make(name)

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Workspaces here are those of this app; a running one owns what it has opened."""
        with mock.patch.dict(os.environ, {"CRM_HOME": str(self.home)}):
            yield

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"{self.url}/_stcore/health", timeout=5
            ) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _end(self, how: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        try:
            os.killpg(process.pid, how)
            process.wait(10)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._process = None
        if self._output:
            self._output.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
