"""Work is dropped with the last tab that waits for it."""

import time
from pathlib import Path
from typing import Any

from tests.e2e.server import ROOT, Server

# Work of a workspace that says, as often as it can be stopped, that it goes on.
BEATING = """

import time
from pathlib import Path

from crm_analysis import jobs


def beat(progress):
    while True:
        progress(0.5, "")
        Path({beats!r}).write_text(str(time.monotonic()))
        time.sleep(0.05)


if __name__ != "__main__":
    jobs.LEFT_SECONDS = 0.5
    jobs.start({workspace!r}, "beat", beat)
"""


def test_work_ends_with_the_last_tab_of_its_workspace(
    tmp_path: Path, visits: Any
) -> None:
    beats, script = tmp_path / "beats", tmp_path / "app.py"
    server = Server(tmp_path, script)
    workspace = server.new_workspace()
    frame = (ROOT / "app.py").read_text(encoding="utf-8")
    script.write_text(frame + BEATING.format(beats=str(beats), workspace=workspace))
    server.start()
    try:
        one, other = (visits(server, workspace=workspace).open() for _ in range(2))
        one.close()
        time.sleep(1.5)
        assert _goes_on(beats)
        began = time.monotonic()
        other.close()
        while _goes_on(beats):
            assert time.monotonic() - began < 30
    finally:
        server.stop()


def _goes_on(beats: Path) -> bool:
    before = beats.read_text()
    time.sleep(1)
    return beats.read_text() != before
