"""Pictures of the app's pages with the sample shop loaded, to look at.

    python -m tests.e2e.look build/look                      every page, in English, by day
    python -m tests.e2e.look build/look --lang zh --dark --narrow --page segments --page data
    python -m tests.e2e.look build/look --file orders.csv    with files of your own instead
    python -m tests.e2e.look build/look --empty              before anything is loaded

Says for each page how long it took and what went wrong behind it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e import chromium
from tests.e2e.server import ROOT, Server
from tests.e2e.visit import Visit


@contextmanager
def started() -> Iterator[tuple[Browser, Server]]:
    """A browser and a server with an empty home, for as long as they are needed."""
    path = chromium.find()
    if path is None:
        sys.exit(chromium.MISSING)
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
    ):
        server = Server(Path(folder))
        with ExitStack() as ends:
            ends.callback(server.stop)
            trouble = ends.enter_context(ExitStack())
            trouble.callback(lambda: print(server.tail(), file=sys.stderr))
            server.start()
            yield (
                playwright.chromium.launch(
                    executable_path=path, args=list(chromium.ARGUMENTS)
                ),
                server,
            )
            trouble.pop_all()


def pages() -> list[str]:
    """The words of all pages, the first page first."""
    return sorted(
        (page.stem for page in (ROOT / "pages").glob("*/*.py")),
        key=lambda word: (word != "overview", word),
    )


def address(word: str) -> str:
    """Where a page is."""
    return "" if word == "overview" else word


def main() -> int:
    """Take the pictures; 1 where something went wrong behind a page."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.e2e.look",
        description="Pictures of the app's pages.",
    )
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--narrow", action="store_true", help="as on a phone")
    parser.add_argument("--width", type=int, help="of the window, in pixels")
    parser.add_argument("--manager", action="store_true", help="as a manager")
    parser.add_argument("--empty", action="store_true", help="load nothing")
    parser.add_argument(
        "--page", action="append", help="only this page (may be said again)"
    )
    parser.add_argument(
        "--file",
        action="append",
        type=Path,
        help="upload this file instead of the sample shop (may be said again)",
    )
    asked = parser.parse_args()
    with started() as (browser, server):
        visit = Visit(
            browser,
            server.url,
            workspace=server.new_workspace(),
            language=asked.lang,
            dark=asked.dark,
            narrow=asked.narrow,
            width=asked.width,
            reader="manager" if asked.manager else "analyst",
        )
        if asked.file:
            visit.open("data").upload(*asked.file)
        else:
            visit.open()
            if not asked.empty:
                begun = time.monotonic()
                visit.sample()
                print(f"sample shop: {time.monotonic() - begun:.1f} s")
        wrong = 0
        for word in asked.page or pages():
            begun = time.monotonic()
            # The workspace may have changed when files were loaded: the browser remembers, the
            # address names it.
            visit.workspace = None
            visit.open(address(word), **_where(visit)).finished()
            took = time.monotonic() - begun
            look = "".join(
                f"_{name}"
                for name in ("dark", "narrow", "manager", "empty")
                if getattr(asked, name)
            )
            look += f"_{asked.width}" if asked.width else ""
            picture = visit.shot(asked.folder / f"{word}_{asked.lang}{look}.png")
            print(f"{picture}: {took:.1f} s", *visit.faults, sep="\n  ")
            wrong += len(visit.faults)
            visit.faults.clear()
        if wrong:
            print(server.tail(40))
    return 1 if wrong else 0


def _where(visit: Visit) -> dict[str, str]:
    """The parameters of the address as they stand now."""
    return dict(
        part.split("=", 1)
        for part in visit.page.url.partition("?")[2].split("&")
        if "=" in part
    )


if __name__ == "__main__":
    sys.exit(main())
