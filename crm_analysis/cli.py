"""The command `crm-analysis`: the app without a checkout."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from crm_analysis.screen import APP


def main(arguments: Sequence[str] | None = None) -> None:
    """Open the app in a browser on this machine; the process becomes the server.

    Parameters
    ----------
    arguments
        What stands after the command's name; as typed where None.
    """
    parser = argparse.ArgumentParser(
        prog="crm-analysis",
        description="Open the customer-analytics app in a browser, on this machine only.",
    )
    parser.add_argument(
        "--port", type=int, help="the port to serve on (8501, or the next free)"
    )
    parser.add_argument(
        "--headless", action="store_true", help="open no browser window"
    )
    options = parser.parse_args(arguments)
    command = [sys.executable, "-m", "streamlit", "run", str(APP)]
    if options.port is not None:
        command += ["--server.port", str(options.port)]
    if options.headless:
        command += ["--server.headless", "true"]
    os.execv(sys.executable, command)
