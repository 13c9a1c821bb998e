"""Days of the Persian and the Islamic calendar as those of the Gregorian, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

# The Gregorian year less this is the Persian one of its first weeks; two later is still planned.
_PERSIAN_BEHIND, _PLANNED = 622, 2


def _days(condition: str, number: str) -> str:
    """The day of that number since 1 January 1970, as text; NULL where the condition fails."""
    day = f"DATE '1970-01-01' + CAST({number} AS INTEGER)"
    return f"CAST(CASE WHEN {condition} THEN {day} END AS VARCHAR)"


def _persian(year: str, month: str, day: str) -> str:
    """Of the solar years of Iran, whose leap years come by a cycle of 33 (right 1244–1472)."""
    y, m, d = (f"TRY_CAST({part} AS INTEGER)" for part in (year, month, day))
    before = f"least({m} - 1, 6) * 31 + greatest({m} - 7, 0) * 30"
    shifted = f"({y} + 1595)"
    leaps = f"({shifted} // 33) * 8 + ({shifted} % 33 + 3) // 4"
    last = f"CASE WHEN {m} < 7 THEN 31 ELSE 30 END"
    fits = f"{m} BETWEEN 1 AND 12 AND {d} BETWEEN 1 AND {last}"
    return _days(fits, f"365 * {y} + {leaps} + {before} + {d} - 493021")


def _islamic(year: str, month: str, day: str) -> str:
    """Of the lunar years by the table of 30: within a day of what is seen, or decreed."""
    y, m, d = (f"TRY_CAST({part} AS INTEGER)" for part in (year, month, day))
    before = f"(11 * {y} + 3) // 30 + 354 * {y} + 30 * {m} - ({m} - 1) // 2"
    fits = f"{m} BETWEEN 1 AND 12 AND {d} BETWEEN 1 AND 30"
    return _days(fits, f"{before} + {d} - 492533")


CALENDARS: Mapping[str, Callable[[str, str, str], str]] = {
    "persian": _persian,
    "islamic": _islamic,
}


def calendar_of(last_year: int) -> str:
    """The calendar in which years up to this one are past, and nearly of today."""
    this = dt.date.today().year
    return (
        "persian" if last_year <= this - _PERSIAN_BEHIND + _PLANNED else "islamic"
    )
