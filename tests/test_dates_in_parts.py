"""Dates whose year and month stand in columns of their own."""

from __future__ import annotations

import pytest

import crm_analysis as crm
from tests.raw_tables import shared_engine


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("region,month,year,tonnes,price", "{g},{m},{y},{v},5"),
        ("地区,年,月,销量（吨）,最低价", "{g},{y}年,{m}月,{v},5"),
        ("Region,Jahr,Monat,Tonnen,Preis", "{g},{y},{name},{v},5"),
    ],
)
def test_year_and_month_in_columns_of_their_own_are_one_date(
    header: str, row: str
) -> None:
    names = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
    rows = [
        row.format(g=region, m=month, y=year, v=100 + month, name=name)
        for year in (2021, 2022)
        for month, name in enumerate(names.split(), start=1)
        for region in ("N", "S")
    ]
    raw = crm.read_table(
        "\n".join([header, *rows]).encode(), engine=shared_engine()
    )
    table = crm.clean(raw, crm.guess_roles(raw)).table
    assert table["date"].dt.strftime("%Y-%m").nunique() == 24
    assert table["value"].sum() == 4 * sum(100 + month for month in range(1, 13))
    assert "reading.note_dates_joined" in [note.key for note in raw.reading.notes]


@pytest.mark.parametrize(
    "lines",
    [
        "year,month,date,value\n2024,1,2024-02-03,5\n2024,2,2024-03-04,6",
        "year,month,paid,value\n2024,1,2024-02-03,5\n2024,2,2024-03-04,6",
        "year,month,value\n2024,1,5\n2024,13,6",
    ],
)
def test_years_and_months_stay_beside_a_date_or_what_is_no_month(
    lines: str,
) -> None:
    raw = crm.read_table(lines.encode(), engine=shared_engine())
    assert list(raw.reading.columns) == lines.split("\n")[0].split(",")
