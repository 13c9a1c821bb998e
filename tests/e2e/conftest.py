"""The browser tests.

One server and one browser for all, a window and an empty workspace for each.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from tests.e2e import chromium
from tests.e2e.server import Server
from tests.e2e.visit import Visit

SHOTS = Path(__file__).parent / "shots"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("e2e")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Any:
    """Let a fixture know how its test went."""
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


_failed = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser; without it the tests are skipped on a desk and fail in CI."""
    path = chromium.find()
    if path is None:
        (pytest.fail if chromium.in_ci() else pytest.skip)(chromium.MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=list(chromium.ARGUMENTS)
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The one server most tests share."""
    started = Server(tmp_path_factory.mktemp("app")).start()
    yield started
    started.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, not started yet: to restart, to kill, to be the first to ask."""
    made = Server(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def visits(
    browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Visit]]:
    """Makes visits: `visits(server, language="zh", dark=True, narrow=True)`.

    Each in a new empty workspace unless one is named.

    After the test each is asked for its faults; where the test failed, a picture of each is in
    tests/e2e/shots.
    """
    made: list[Visit] = []
    servers: set[Server] = set()

    def visit(
        server: Server, *, workspace: str | None = "", **options: Any
    ) -> Visit:
        servers.add(server)
        made.append(
            Visit(
                browser,
                server.url,
                workspace=server.new_workspace() if workspace == "" else workspace,
                **options,
            )
        )
        return made[-1]

    yield visit
    faults = [fault for one in made for fault in one.faults]
    for number, one in enumerate(made):
        if request.node.stash.get(_failed, False) or faults:
            name = re.sub(r"[^\w.-]+", "_", request.node.name)
            with contextlib.suppress(Error):  # the page may be what failed
                one.shot(SHOTS / f"{name}{f'_{number}' if number else ''}.png")
        one.close()
    if request.node.stash.get(_failed, False) or faults:
        print(*(one.tail(30) for one in servers), sep="\n")
    assert not faults, "\n".join(faults)


@pytest.fixture
def visit(visits: Callable[..., Visit], server: Server) -> Visit:
    """A visit in English, by day, on a wide screen, in an empty workspace of its own.

    `visit.open()` begins it.
    """
    return visits(server)
