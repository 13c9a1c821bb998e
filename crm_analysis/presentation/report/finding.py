"""A finding: what all four files, and the page, are made of; already in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from crm_analysis.units import Units

Shape = Literal["bars", "lines", "ranges"]


@dataclass(frozen=True)
class Line:
    """The values of a chart that belong together: a bar a category, or a line over them.

    `low` and `high` are the interval of each value, of a chart of ranges.
    """

    name: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Chart:
    """What a picture is drawn from, by whichever program.

    `axis` names the values, `style` is how they are written, as `wording.write_number` takes it.
    `people` are how many people each category is of, where it is of people; `whole` says that the
    categories part all of them.
    """

    shape: Shape
    categories: tuple[str, ...]
    lines: tuple[Line, ...]
    axis: str
    style: str = "number"
    people: tuple[float | None, ...] = ()
    whole: bool = False

    def is_drawable(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.categories) and any(
            value is not None for line in self.lines for value in line.values
        )


@dataclass(frozen=True, eq=False)
class Table:
    """Rows behind a finding, with the titles of the columns and how their numbers are written.

    `counts` are the columns that say how many people a row is of, `person` the one that names a
    single person. `whole` says that the rows part all people, so that one alone could be worked
    out from the others.
    """

    frame: pd.DataFrame
    titles: tuple[str, ...]
    styles: dict[str, str] = field(default_factory=dict)
    counts: tuple[str, ...] = ()
    person: str = ""
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that was found out.

    Attributes
    ----------
    word
        The page it is from.
    sentence
        The answer; it is the title.
    number, label
        The figure, written, and what it is; '' where there is none.
    interval, count
        How sure that is, and of how many; '' where that is not known.
    chart, table
        What it looks like, and the rows behind it.
    method, caveats
        How it was found, and what to keep in mind.
    counted
        Further caveats that count people, each with the fewest that it speaks of.
    people
        The fewest people that the sentence and the number speak of; None where of none.
    units
        What its figures are in.
    """

    word: str
    sentence: str
    number: str = ""
    label: str = ""
    interval: str = ""
    count: str = ""
    chart: Chart | None = None
    table: Table | None = None
    method: str = ""
    caveats: tuple[str, ...] = ()
    counted: tuple[tuple[str, int], ...] = ()
    people: int | None = None
    units: Units = field(default_factory=Units)
