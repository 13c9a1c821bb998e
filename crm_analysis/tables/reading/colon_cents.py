"""Money with a colon before its cents, as Swedish kronor and öre are written: 12 450:50."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm_analysis.engine import Engine, quoted
from crm_analysis.messages import Message
from crm_analysis.tables.currencies import currency_of_word, unit_of_name
from crm_analysis.tables.measures import measures
from crm_analysis.tables.reading.raw import ReadOptions
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.roles.names import concepts, name_score

_SAMPLE_ROWS = 20_000
_MAXIMUM_VALUES = 2_000  # different ones, looked at of a column
_SPACE = r"[ \x{a0}\x{2009}\x{202f}]"
_FIGURE = rf"\d{{1,3}}(?:(?:{_SPACE}|[.,'’])\d{{3}})+|\d+"
_WORD = r"[^\d\s:]*"
_BEFORE, _AFTER = (
    rf"[-+−(]?{_SPACE}?{_WORD}{_SPACE}?[-−]?",
    rf"{_SPACE}?{_WORD}{_SPACE}?\)?",
)
_CENTS = rf"({_BEFORE}(?:{_FIGURE})):(\d\d)({_AFTER})"
_PARTS = re.compile(_CENTS.replace("\\x{a0}\\x{2009}\\x{202f}", "\xa0\u2009\u202f"))
_WHOLE = re.compile(r"[\s(+−-]*\D{0,5}\d[\d.,'’\s]*(?::[-–—−]{1,2})?[^\d:]{0,8}")
_WITH_DASH = re.compile(r"\d:[-–—−]{1,2}")
_GROUPED = re.compile(r"\d([.,'’\s\xa0\u2009\u202f])\d{3}$")
_LONGEST = 60  # letters looked at of a cell
_FITTING = 0.9  # of the cells of a column that are figures
_MONEY = frozenset({"amount", "price"})
_STRAY = 0.05  # of times that may be typing errors
_FEWEST_LARGE = 3  # different figures that are no hour of a day
_EXAMPLES = 3


@dataclass(frozen=True)
class ColonCents:
    """The table with its colons before cents made decimal marks, and what to say of it."""

    store: str
    columns: tuple[str, ...] = ()
    questions: tuple[Message, ...] = ()


@dataclass(frozen=True)
class _Values:
    """The different cells of a column: those with a colon before two digits, and the others."""

    with_colon: tuple[re.Match[str], ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, values: Iterable[str]) -> _Values:
        matches, others = [], []
        for value in values:
            match = _PARTS.fullmatch(value)
            if match:
                matches.append(match)
            else:
                others.append(value)
        return cls(tuple(matches), tuple(others))

    @property
    def are_figures(self) -> bool:
        """Whether nearly all are figures, with a colon or without."""
        plain = sum(bool(_WHOLE.fullmatch(value)) for value in self.others)
        fitting = len(self.with_colon) + plain
        return fitting >= _FITTING * (len(self.with_colon) + len(self.others))

    @property
    def are_money(self) -> bool:
        """Whether thousands, a currency, a dash for cents, or cents above 59 say so."""
        return (
            any(_WITH_DASH.search(value) for value in self.others)
            or any(self._groups())
            or self._beyond_minutes() > _STRAY * len(self.with_colon)
            or any(map(_has_currency, self.with_colon))
        )

    @property
    def are_hours(self) -> bool:
        """Whether all but a few may be times of a day."""
        large = {match[1] for match in self.with_colon if _figure(match) > 23}
        return len(large) < min(_FEWEST_LARGE, len(self.with_colon))

    @property
    def decimal(self) -> str:
        """The mark that decimals have beside thousands written as these are."""
        if "," in self._groups():
            return "."
        if "." in self._groups():
            return ","
        marked = [value for value in self.others if re.search(r"\.\d\d?\b", value)]
        return "." if marked else ","

    def _beyond_minutes(self) -> int:
        return sum(int(match[2]) > 59 for match in self.with_colon)

    def _groups(self) -> list[str]:
        found = (_GROUPED.search(match[1]) for match in self.with_colon)
        return [group[1] for group in found if group]


def with_decimals(
    engine: Engine, store: str, names: Sequence[str], options: ReadOptions
) -> ColonCents:
    """The table with decimal marks for colons before cents; the same one where there are none.

    A colon may part hours from minutes as well: a column is judged by its heading and by all that
    its cells say, and what they leave open is asked.
    """
    table = quoted(store)
    decimals: dict[int, str] = {}
    questions = []
    for position in _with_colons(engine, table, len(names)):
        cell = f"trim(left(c{position}, {_LONGEST}))"
        sample = f"(FROM {table} LIMIT {_SAMPLE_ROWS})"
        rows = engine.run(
            f"SELECT DISTINCT {cell} FROM {sample} WHERE {cell} <> '' LIMIT {_MAXIMUM_VALUES}"
        )
        values = _Values.of(sorted(value for (value,) in rows))
        if not (values.with_colon and values.are_figures):
            continue
        is_money = values.are_money or _names_money(names[position])
        if not (is_money or values.are_hours):
            questions.append(_ask(names[position], values, options))
            is_money = options.colons == "amounts"
        if is_money and options.colons != "times":
            decimals[position] = values.decimal
    if not decimals:
        return ColonCents(store, questions=tuple(questions))
    cells = [
        f"regexp_replace(c{position}, '^\\s*{_sql(_CENTS)}\\s*$', '\\1{decimals[position]}\\2\\3')"
        f" AS c{position}"
        if position in decimals
        else f"c{position}"
        for position in range(len(names))
    ]
    target = new_name()
    engine.run(
        f"CREATE TABLE {quoted(target)} AS SELECT _source, _line, {', '.join(cells)} FROM {table}"
    )
    columns = tuple(names[position] for position in decimals)
    return ColonCents(target, columns, tuple(questions))


def _with_colons(engine: Engine, table: str, width: int) -> list[int]:
    """The columns in which a sample has a colon between a figure and two digits."""
    pattern = f"^\\s*{_sql(_CENTS)}\\s*$"
    tests = [
        f"bool_or(CASE WHEN contains({cell}, ':')"
        f" THEN regexp_matches({cell}, '{pattern}') ELSE false END)"
        for cell in (f"c{position}" for position in range(width))
    ]
    has = measures(engine, tests, f"(FROM {table} LIMIT {_SAMPLE_ROWS})")
    return [position for position, is_so in enumerate(has) if is_so]


def _sql(pattern: str) -> str:
    return pattern.replace("'", "''")


def _figure(match: re.Match[str]) -> int:
    return int(re.sub(r"\D", "", match[1]) or 0)


def _has_currency(match: re.Match[str]) -> bool:
    words = (re.sub(r"[\d.,'’()+−-]", " ", match[1]), match[3].strip(" )"))
    return any(currency_of_word(word.strip().split("/")[0]) for word in words)


def _names_money(name: str) -> bool:
    """Whether a heading says that a column is money: of an amount, of a currency."""
    unit = unit_of_name(name)
    return (
        bool(unit and unit.currency)
        or bool(_MONEY.intersection(concepts(name)))
        or name_score("amount", name) > 0.9
    )


def _ask(name: str, values: _Values, options: ReadOptions) -> Message:
    """The question whether these are amounts or times."""
    choices = ("times", "amounts")
    details = {
        "column": name,
        "examples": [match[0] for match in values.with_colon[:_EXAMPLES]],
        "choices": list(choices),
        "default": options.colons or "times",
        "sets": {choice: {"colons": choice} for choice in choices},
    }
    return Message("reading.question.colons", details)
