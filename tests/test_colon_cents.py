"""Money with a colon before its cents (kronor and öre) beside times, which have one as well."""

from __future__ import annotations

import pytest

import crm_analysis as crm
from crm_analysis.tables.reading import ReadOptions, load


def file_of(heading: str, cells: list[str]) -> bytes:
    lines = [f"order;kund;datum;{heading}"]
    lines += [
        f"{order};K{order % 3};2024-03-{order % 28 + 1:02d};{cell}"
        for order, cell in enumerate(cells, start=1)
    ]
    return "\n".join(lines).encode()


def figures(
    heading: str, cells: list[str], options: ReadOptions | None = None
) -> list[float]:
    """The figures of the column with this heading, whatever it is called once it is clean."""
    raw = crm.read_table(file_of(heading, cells), options, name="export.csv")
    result = crm.clean(raw, crm.guess_roles(raw))
    column = next(own.name for own in result.columns if own.source == heading)
    return result.table[column].tolist()


@pytest.mark.parametrize(
    ("heading", "cells", "amounts"),
    [
        (
            "belopp",
            ["12 450:50", "12\u202f450:-", "85:-", "20:25", "7:50"],
            [12450.5, 12450, 85, 20.25, 7.5],
        ),
        ("kolumn", ["1.234:50", "85:-", "99:00"], [1234.5, 85, 99]),
        ("kolumn", ["1,234:50", "85:95", "99:00"], [1234.5, 85.95, 99]),
        ("kolumn", ["450:50 kr", "1:00 kr", "-9:25 kr"], [450.5, 1, -9.25]),
        ("Pris (kr)", ["12:50", "9:45", "23:30"], [12.5, 9.45, 23.3]),
        ("summa", ["12:50", "9:45", "23:30"], [12.5, 9.45, 23.3]),
    ],
)
def test_a_colon_before_cents_is_a_decimal_mark(
    heading: str, cells: list[str], amounts: list[float]
) -> None:
    assert figures(heading, cells) == amounts
    notes = {
        note.key: note.details
        for note in crm.read_table(file_of(heading, cells)).reading.notes
    }
    assert notes["reading.note_colons"]["columns"] == [heading]


@pytest.mark.parametrize("is_large", [False, True])
def test_it_is_one_in_large_files_too(
    monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    monkeypatch.setattr(load, "FAST_FROM", 0 if is_large else 1 << 20)
    cells, amounts = ["1 250:50", "85:00"] * 400, [1250.5, 85.0] * 400
    assert figures("belopp", cells) == amounts


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("tid", ["14:30", "12:45", "9:05", "23:59"]),
        ("kolumn", ["14:30", "12:45", "9:05", "24:00"]),
        ("kolumn", ["2:30 PM", "12:45 PM", "9:05 AM"]),
        ("kolumn", ["14:30:10", "12:45:00", "9:05:59"]),
        ("kolumn", ["14:30 Uhr", "12:45 Uhr", "9:05 Uhr"]),
        ("kolumn", ["2024-01-05 14:30", "2024-01-06 12:45"]),
        ("match", ["Hem 2:10", "see 5:15 for more", "none"]),
    ],
)
def test_times_stay_as_they_are(heading: str, cells: list[str]) -> None:
    raw = crm.read_table(file_of(heading, cells), name="export.csv")
    assert raw.table[heading].tolist() == cells
    assert not raw.reading.questions


def test_what_may_be_either_is_asked() -> None:
    cells = ["120:25", "45:10", "31:45", "9:30"]
    raw = crm.read_table(file_of("kolumn", cells), name="export.csv")
    assert raw.table["kolumn"].tolist() == cells
    (question,) = raw.reading.questions
    assert question.key == "reading.question.colons"
    assert question.details["column"] == "kolumn"
    options = ReadOptions().answered(question.details, "amounts")
    assert figures("kolumn", cells, options) == [120.25, 45.1, 31.45, 9.3]
