"""Cases that differ in words alone: some are tried at once, all of them among the slow tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def every(step: int, cases: Iterable[Any]) -> list[Any]:
    """The cases for a parameter, or several; all but each `step`-th of them are slow."""
    return [
        case
        if place % step == 0
        else pytest.param(
            *(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow
        )
        for place, case in enumerate(cases)
    ]
