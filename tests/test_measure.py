"""The benchmarks' own scales: time, memory, and a table that says what it should."""

import sys
import time
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmarks.measure import Row, apart, table, timed


@pytest.fixture(autouse=True)
def _a_main_module_that_can_be_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new process runs the main module of the one it comes from.

    And a page opened in a test before leaves its own script there.
    """
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def _rest(seconds: Any) -> str:
    time.sleep(seconds)
    return "rested"


def _fill(megabytes: Any) -> Any:
    return int(np.ones(megabytes * 1_000_000, dtype=np.uint8).sum())


def _fall() -> None:
    raise LookupError("fell")


def test_time_is_that_of_the_fastest_run() -> None:
    measured = timed(_rest, 0.05, runs=3)
    assert measured.result == "rested" and 0.05 <= measured.seconds < 0.2


@pytest.mark.slow
def test_memory_is_what_the_work_took_and_not_what_was_there() -> None:
    ballast = np.ones(300_000_000, dtype=np.uint8)
    small, large = apart(_fill, 20), apart(_fill, 200)
    assert ballast.size and small.result == 20_000_000 and small.memory < 90
    assert 190 < large.memory < 290


@pytest.mark.slow
def test_what_goes_wrong_in_the_other_process_rises_here() -> None:
    with pytest.raises(LookupError, match="fell"):
        apart(_fall)


def test_the_table_says_how_many_times_faster() -> None:
    text = table(
        [
            Row("rules", 0.5, "mlxtend", 10.0, 120.4, None, "same sets"),
            Row("alone", 2000.0),
        ]
    )
    assert (
        "20" in text.splitlines()[1].split()
        and "same sets" in text
        and "120" in text
    )
    assert text.splitlines()[2].split() == [
        "alone",
        "2,000",
        "–",
        "–",
        "–",
        "–",
    ]
