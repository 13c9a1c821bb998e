"""The server's end: nothing that runs, whatever it is, holds it up."""

import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.server import ROOT, Server

# Three that look up from nothing: a loop, a query, and a query in a thread that is waited for.
STUBBORN = """

from crm_analysis import jobs
from crm_analysis.engine import Engine

FOREVER = "SELECT max(hash(a.range + b.range)) FROM range(1000000000) a, range(1000000000) b"


def loop():
    while True:
        sum(range(1_000_000))


if __name__ != "__main__":
    engine = Engine()
    jobs.start("some", "loop", loop)
    jobs.start("some", "query", engine.run, FOREVER)
    engine.submit(engine.run, FOREVER)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs SIGTERM")
def test_a_server_ends_within_five_seconds_whatever_runs(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text((ROOT / "app.py").read_text(encoding="utf-8") + STUBBORN)
    server = Server(tmp_path, script).start()
    process = server._process
    assert process is not None
    try:
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        assert time.monotonic() - began < 5
    finally:
        server.kill()


@pytest.mark.slow
def test_a_server_answers_its_own_pages_alone(tmp_path: Path) -> None:
    server = Server(tmp_path).start()
    try:
        assert server.url in server.tail()  # whoever starts it is told where it is
        assert "Streamlit" not in server.tail()
        with urllib.request.urlopen(f"{server.url}/segments") as page:
            assert (
                "frame-ancestors 'self'" in page.headers["content-security-policy"]
            )
        foreign = urllib.request.Request(
            server.url, headers={"Origin": "http://evil.example"}
        )
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(foreign)
    finally:
        server.stop()
