"""Tables of many columns are read some columns at a time; each column is read as it would alone."""

from __future__ import annotations

import pytest

from crm_analysis.engine import Engine
from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.quality import describe_quality
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles
from tests.raw_tables import raw_table

COLUMNS = 140  # more than two parts of those looked at together


def test_each_column_of_a_wide_table_is_read_with_its_own_strays() -> None:
    names = [f"measure {number}" for number in range(COLUMNS)]
    rows = [
        [f"C{row}", *(f"{row * (number + 1)}.5" for number in range(COLUMNS))]
        for row in range(100)
    ]
    for number in range(0, COLUMNS, 7):
        rows[5][1 + number] = "broken"
    lines = [["customer id", *names], *rows]
    text = "\n".join(",".join(line) for line in lines)
    raw = read_table(text.encode(), name="measures.csv")
    table = clean(raw, guess_roles(raw)).table
    for number, name in enumerate(names):
        expected = sum(
            row * (number + 1) + 0.5 for row in range(100) if row != 5 or number % 7
        )
        assert table[name].sum() == expected, name


def queries(monkeypatch: pytest.MonkeyPatch, columns: int) -> int:
    """How many queries it takes to clean a table of many columns, and to tell of it."""
    words = ("yes", "no", "yes", "n/a")
    raw = raw_table(
        {
            "customer id": [f"C{row}" for row in range(40)],
            **{
                f"is {number}": [words[row * number % 4] for row in range(40)]
                for number in range(columns)
            },
            **{
                f"measure {number}": [
                    f"{row * number % 7}.5" if row else "broken"
                    for row in range(40)
                ]
                for number in range(columns)
            },
            **{
                f"day {number}": [
                    f"{2001 + row % 20}-0{1 + number % 9}-11" for row in range(40)
                ]
                for number in range(columns)
            },
        }
    )
    asked: list[str] = []
    cursor = Engine.cursor

    def counted(self: Engine, sql: str | None = None) -> object:
        asked.append(sql or "")
        return cursor(self, sql)

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "cursor", counted)
        cleaned = clean(raw, guess_roles(raw))
        for part in ("types", "changed", "changes", "flagged", "flags", "steps"):
            getattr(cleaned, part)
        describe_quality(cleaned)
    return len(asked)


def test_queries_do_not_grow_with_the_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = (queries(monkeypatch, columns) for columns in (2, 7))
    assert many <= few + 4  # of fifteen columns more
