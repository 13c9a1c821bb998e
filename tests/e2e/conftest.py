"""The browser tests.

One server and one browser for all, a window and an empty workspace for each.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from crm_analysis.workspace import open_workspace
from tests.e2e import chromium
from tests.e2e.server import Server
from tests.e2e.visit import Visit
from tests.shops import stocked

SHOTS = Path(__file__).parent / "shots"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test, which a busy machine may take long over."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("e2e")
            item.add_marker(pytest.mark.timeout(1200))


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
def server(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The one server most tests share; the very first deep link of one is a test of its own."""
    started = Server(tmp_path_factory.mktemp("app")).start()
    Visit(browser, started.url, workspace=started.new_workspace()).open().close()
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


@pytest.fixture(scope="session")
def stock(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """Makes workspaces of the shared server that hold the sample shop in a language."""

    def make(language: str) -> str:
        with server.at_home():
            identifier, _ = stocked(tmp_path_factory, language)
            shop = open_workspace(identifier)
            shop.settings["sample"] = True
            shop.close()
        return identifier

    return make


@pytest.fixture(scope="session")
def looked_at(stock: Callable[[str], str]) -> Callable[[str], str]:
    """The one workspace with the sample shop in a language that many tests look at."""
    return functools.cache(stock)


@pytest.fixture
def shop(
    visits: Callable[..., Visit], server: Server, stock: Callable[[str], str]
) -> Callable[..., Visit]:
    """Makes visits like `visits`, each in a sample shop of its own, as if just loaded."""

    def visit(language: str = "en", **options: Any) -> Visit:
        return visits(
            server, workspace=stock(language), language=language, **options
        )

    return visit


@pytest.fixture
def look(
    visits: Callable[..., Visit], server: Server, looked_at: Callable[[str], str]
) -> Callable[..., Visit]:
    """Makes visits to the one sample shop that tests share: to look at pages, not to set anything.

    What one such test has had computed the next finds there. Mark it with `xdist_group` and the
    language, so that those of a language run in one process.
    """

    def visit(language: str = "en", **options: Any) -> Visit:
        return visits(
            server, workspace=looked_at(language), language=language, **options
        )

    return visit


@pytest.fixture
def visit(visits: Callable[..., Visit], server: Server) -> Visit:
    """A visit in English, by day, on a wide screen, in an empty workspace of its own.

    `visit.open()` begins it.
    """
    return visits(server)
