"""The files to fill in are read and understood as they are given out."""

import csv
import io
from typing import Any

import pytest

from crm_analysis.tables.kinds import KINDS
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles
from crm_analysis.tables.templates import template
from crm_analysis.wording import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_understood(kind: Any, language: str) -> None:
    raw = read_table(template(kind, language), name=f"{kind}.csv")
    roles = guess_roles(raw)
    wanted = [role.name for role in KINDS[kind].roles]
    assert roles.kind == kind
    assert dict(roles.columns) == dict(
        zip(wanted, raw.reading.columns, strict=False)
    )
    assert len(raw.table) == 3
    raw.engine.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_template_opens_in_excel(kind: Any, language: str) -> None:
    file = template(kind, language)
    assert file.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    assert len(rows) == 4
    assert len({len(row) for row in rows}) == 1
    assert all(cell.strip() == cell and cell for row in rows for cell in row)
    assert not any(cell[0] in "=+-@" for row in rows for cell in row)


def test_the_amounts_of_the_example_are_quantity_times_price_less_discount() -> (
    None
):
    header, *rows = csv.reader(
        io.StringIO(template("transactions").decode("utf-8-sig"), newline="")
    )
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        assert float(cells["Quantity"]) * float(cells["Unit price"]) - float(
            cells["Discount"]
        ) == pytest.approx(float(cells["Amount"]))


def test_there_is_no_template_of_another_kind() -> None:
    with pytest.raises(KeyError):
        template("weather")
