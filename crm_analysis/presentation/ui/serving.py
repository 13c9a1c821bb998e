"""The server's own beginning and end: pages known before the first visit, nothing left running."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import streamlit as st
from streamlit import cli_util
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.server import server_util

from crm_analysis import jobs
from crm_analysis.workspace import close_workspaces

_JOBS_SECONDS = 1.0  # for jobs to stop by themselves
_END_SECONDS = 3.0  # then whatever still hangs ends with the process


@asynccontextmanager
async def serving(_app: Any) -> AsyncIterator[None]:
    """What holds while the app is served."""
    # A folder called `pages` beside the script makes the first run of a process one of Streamlit's
    # older kind, in which no page but the first exists: a link to another would end there.
    PagesManager.uses_pages_directory = False
    os.umask(0o077)  # what the app writes down is its owner's alone
    _end_in_time()
    asyncio.get_running_loop().call_soon(_say_where)
    yield
    await asyncio.to_thread(_stop)


def _end_in_time() -> None:
    """Let the server end soon after it was asked to, whatever still works."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            _before(number)


def _before(number: signal.Signals) -> None:
    """Stop jobs as soon as a signal comes, and then do what was done on it."""
    earlier = signal.getsignal(number)

    def end(received: int, where: FrameType | None) -> None:
        threading.Thread(target=_end, args=(received,), daemon=True).start()
        if callable(earlier):
            earlier(received, where)

    signal.signal(number, end)


def _end(number: int) -> None:
    jobs.stop(0)
    time.sleep(_END_SECONDS)
    # What was saved is on disk: a process that is cut off here loses nothing.
    os._exit(128 + number)


def _stop() -> None:
    jobs.stop(_JOBS_SECONDS)
    close_workspaces()


def _say_where() -> None:
    """Print the app's address, and open it where somebody sits at the machine.

    Streamlit's own greeting is switched off, for it offers developers' tools to whoever comes.
    """
    address = server_util.get_url(st.get_option("browser.serverAddress"))
    cli_util.print_to_cli(f"\n  → {address}\n")
    if not st.get_option("server.headless"):
        cli_util.open_browser(address)
