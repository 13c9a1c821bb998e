"""Tables of many columns are read some columns at a time; each column is read as it would alone."""

from __future__ import annotations

from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles

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
