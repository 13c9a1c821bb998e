"""Figures with thousands in a file of commas, without quotes: joined and said, or set aside."""

from __future__ import annotations

import pytest

from crm_analysis import clean, guess_roles, read_table
from crm_analysis.tables.reading import load
from crm_analysis.tables.reading.records import Dialect, split_records
from crm_analysis.tables.reading.thousands import joined_thousands
from tests.raw_tables import shared_engine
from tests.variants import every

WRITTEN = {
    "all": (["2,000.50", "1,250.00", "3,100.25"], [2000.5, 1250.0, 3100.25]),
    "some": (["2,000.50", "250.00", "3,100.25"], [2000.5, 250.0, 3100.25]),
    "millions": (["1,234,567.50", "250.00", "3,100"], [1234567.5, 250.0, 3100.0]),
    "signs": (["$2,000.50", "$250.00", "$-3,100"], [2000.5, 250.0, -3100.0]),
}


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("is_large", every(2, [False, True]))
def test_figures_that_their_comma_cut_are_joined(
    form: str, is_large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "FAST_FROM", 0 if is_large else 1 << 20)
    written, meant = WRITTEN[form]
    lines = [
        f"N{nth},2024-01-0{nth + 1},{cell},new" for nth, cell in enumerate(written)
    ]
    text = "\n".join(["order,date,total,state", *lines, ""])
    raw = read_table(text.encode(), name="f.csv", engine=shared_engine())
    cleaned = clean(raw, guess_roles(raw))
    column = next(own.name for own in cleaned.columns if own.source == "total")
    assert cleaned.table[column].tolist() == meant
    assert "reading.note_thousands" in [note.key for note in raw.reading.notes]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,200,300\n2,300,400\n",  # a figure in either of two columns
        "a,b\n1,20,3\n2,30,4\n",  # no thousands
        "a,b,c\n1,2,345\n1,2,345\n",  # the header's width
    ],
)
def test_what_may_be_no_thousands_is_left(text: str) -> None:
    records = list(split_records(text.splitlines(keepends=True), Dialect(",", '"')))
    assert joined_thousands(records, ",") == (records, 0)
