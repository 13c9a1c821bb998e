"""How entries say things: sentences without marks, numbers, intervals, titles, caveats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crm_analysis.messages import Message
from crm_analysis.presentation.report.finding import (
    Chart,
    Finding,
    Line,
    Shape,
    Table,
)
from crm_analysis.wording import Language, has, say, title_of, write_number

POINTS = "points"  # the style of a difference of shares
_CAVEATS = 4
_PEOPLE = (
    "customer",
    "customers",
    "person",
    "names",
)  # details that may name somebody


@dataclass(frozen=True)
class Saying:
    """What an entry says in one language, of the page of one word."""

    language: Language
    word: str

    def sentence(self, key: str, /, **details: Any) -> str:
        """A phrase without the marks by which the page prints words bold, ended by its stop."""
        text = say(key, self.language, **details).replace("**", "").strip()
        stop = say("report.stop", self.language).strip()
        return text if text[-1:] in ".!?。！？" else text + stop

    def message(self, message: Message) -> str:
        """The same of a message."""
        return self.sentence(message[0], **self._named(message[1]))

    def number(self, value: float | None, style: str = "number") -> str:
        """A figure, written; '' where there is none."""
        if value is None or pd.isna(value):
            return ""
        return write_number(float(value), style, self.language)

    def interval(
        self,
        low: float | None,
        high: float | None,
        style: str = "number",
        coverage: float | None = None,
    ) -> str:
        """From where to where the truth lies; '' where that is not known."""
        ends = [self.number(low, style), self.number(high, style)]
        if not all(ends):
            return ""
        key = "report.interval" if coverage is None else "report.interval_at"
        return say(key, self.language, low=ends[0], high=ends[1], coverage=coverage)

    def count(self, number: float | None, what: str = "customers") -> str:
        """Of how many: "n = 1,234 customers"."""
        if number is None:
            return ""
        return say(f"report.count.{what}", self.language, n=int(number))

    def label(self, name: str) -> str:
        """What the number is."""
        return say(f"report.label.{name}", self.language)

    def method(self, name: str) -> str:
        """How it was found."""
        return say(f"report.method.{name}", self.language)

    def caveats(self, notes: Iterable[Message]) -> tuple[str, ...]:
        """The first few remarks of a result; none that names somebody."""
        sayable = [note for note in notes if not _names_somebody(note[1])]
        return tuple(self.message(note) for note in sayable[:_CAVEATS])

    def titles(self, names: Iterable[Any]) -> tuple[str, ...]:
        """What columns are called: as on their page, else by their role or own name."""
        templates = (
            "report.column.{}",
            f"{self.word}.column.{{}}",
            f"{self.word}.measure.{{}}",
            f"{self.word}.measure.{{}}.label",
            f"{self.word}.feature.{{}}",
            "roles.{}",
        )
        titles = (title_of(name, self.language, *templates) for name in names)
        return tuple(title[:1].upper() + title[1:] for title in titles)

    def table(
        self,
        frame: pd.DataFrame,
        names: Sequence[str],
        styles: Mapping[str, str] | None = None,
        *,
        counts: str | Sequence[str] = (),
        person: str = "",
        whole: bool = False,
    ) -> Table | None:
        """The columns of a table that are there and say something; None without a row."""
        names = [
            name
            for name in names
            if name in frame.columns and frame[name].notna().any()
        ]
        if frame.empty or not names:
            return None
        counted = [counts] if isinstance(counts, str) else counts
        written = dict(styles or {})
        points = [name for name in names if written.get(name) == POINTS]
        titles = [
            say("report.in_points", self.language, title=title)
            if name in points
            else title
            for name, title in zip(names, self.titles(names), strict=True)
        ]
        shown = frame[names].reset_index(drop=True)
        return Table(
            shown.assign(**{name: 100 * shown[name] for name in points}),
            tuple(titles),
            {**written, **dict.fromkeys(points, "number1")},
            tuple(name for name in counted if name in names),
            person if person in names else "",
            whole,
        )

    def chart(  # noqa: PLR0913
        self,
        frame: pd.DataFrame,
        category: str,
        values: Sequence[str],
        *,
        shape: Shape = "bars",
        style: str = "number",
        bounds: tuple[str, str] | None = None,
        counts: str = "",
        whole: bool = False,
        most: int = 12,
    ) -> Chart | None:
        """The picture of some columns of a table; None where there is nothing to draw."""
        shown = frame if shape == "lines" else frame.head(most)
        values = [name for name in values if name in shown.columns]
        low, high = bounds or ("", "")
        axis = ""
        if style == POINTS:
            drawn = [*values, *(bounds or ())]
            shown = shown.assign(**{name: 100 * shown[name] for name in drawn})
            style, axis = "number1", say("report.axis_points", self.language)
        lines = tuple(
            Line(
                name=title,
                values=_floats(shown[name]),
                low=_floats(shown[low]) if bounds else (),
                high=_floats(shown[high]) if bounds else (),
            )
            for name, title in zip(values, self.titles(values), strict=True)
        )
        chart = Chart(
            shape,
            tuple(str(name) for name in shown[category]),
            lines,
            axis or (lines[0].name if len(lines) == 1 else ""),
            style,
            _floats(shown[counts]) if counts else (),
            whole,
        )
        return chart if chart.is_drawable() else None

    def ranges(
        self,
        frame: pd.DataFrame,
        category: str,
        value: str,
        style: str,
        *,
        counts: str,
        bounds: tuple[str, str] = ("lo", "hi"),
    ) -> Chart | None:
        """The picture of a column with its interval, a row a category."""
        return self.chart(
            frame,
            category,
            [value],
            shape="ranges",
            style=style,
            bounds=bounds,
            counts=counts,
        )

    def finding(self, sentence: str, method: str, **parts: Any) -> Finding:
        """A finding of this page."""
        return Finding(self.word, sentence, method=self.method(method), **parts)

    def _named(self, details: Mapping[str, Any]) -> dict[str, Any]:
        """Details with their column, if they have one, called as the reader knows it."""
        column = details.get("column")
        if column is None or not has(f"roles.{column}"):
            return dict(details)
        return {**details, "column": say(f"roles.{column}", self.language)}


def _names_somebody(details: Mapping[str, Any]) -> bool:
    return any(
        isinstance(details.get(name), str | list | tuple) for name in _PEOPLE
    )


def _floats(values: pd.Series) -> tuple[float | None, ...]:
    numbers = pd.to_numeric(values, errors="coerce")
    return tuple(None if pd.isna(number) else float(number) for number in numbers)
