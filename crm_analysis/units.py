"""What the figures on screen are in: the unit of money, of what is measured, of columns.

A page says once what its table is in; all that is written from there on has the unit with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Units:
    """The units of a page's table: a currency's ISO code or sign, or a unit as a file writes it.

    `money` is that of amounts, `measure` that of the figures a page looks at (demand, a value), and
    `columns` has those of the table's own columns by name. None, or no entry, where it is not
    known.
    """

    money: str | None = None
    measure: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def of(self, what: str) -> str | None:
        """The unit of "money" or "measure"; None of anything else."""
        return {"money": self.money, "measure": self.measure}.get(what)


@dataclass(frozen=True)
class Amount:
    """A figure in a unit of its own, for the details of a phrase."""

    value: float | None
    unit: str


_MARKS = re.compile(r"[\\`*\[\]<>$~|#{}!&_]")  # what Markdown reads
_UNITS: ContextVar[Units] = ContextVar("units", default=Units())  # noqa: B039


def current_units() -> Units:
    """The units that hold now."""
    return _UNITS.get()


@contextmanager
def units_in(units: Units) -> Iterator[None]:
    """Write figures in these units for as long as this lasts."""
    before = _UNITS.set(units)
    try:
        yield
    finally:
        _UNITS.reset(before)


def use_units(units: Units) -> None:
    """Write figures in these units from now to the end of the `units_in` that is open."""
    _UNITS.set(units)


def use_measure(unit: str | None) -> None:
    """Write what is measured in this unit, likewise."""
    use_units(replace(current_units(), measure=unit))


def use_demand(measure: str) -> None:
    """Write what is measured in the unit of demand of this kind: revenue is money."""
    units = current_units()
    is_money = measure == "revenue"
    use_measure(units.money if is_money else units.columns.get(measure))


def escape_unit(figure: str, escape: Callable[[str], str]) -> str:
    """A figure whose unit, a file's own word as k$, sets no formula and no emphasis."""
    return _MARKS.sub(lambda mark: escape(mark[0]), figure)
