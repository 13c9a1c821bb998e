"""Long work off the script thread: progress, cancel, survives a page change."""

from __future__ import annotations

from collections.abc import Callable

# Long work takes `progress` and calls it with the share done (0 to 1) and the phrase key of the step it is at;
# the call raises Cancelled when the person has cancelled.
Progress = Callable[[float, str], None]


def no_progress(share: float, step: str) -> None:
    """For callers who do not watch."""
