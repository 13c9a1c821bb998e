"""A table made of several files names them where it says what is loaded."""

from __future__ import annotations

import datetime

import pytest

from crm_analysis.presentation.ui.loading import say_table
from crm_analysis.workspace import TableVersion


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([], "**May** ·"),
        (["June.csv"], "**May and June.csv** ·"),
        (
            [f"{number}.csv" for number in range(5)],
            "**May, 0.csv, 1.csv, 2.csv, and 2 others** ·",
        ),
    ],
)
def test_each_file_of_a_table_is_named_up_to_four(
    others: list[str], said: str
) -> None:
    table = TableVersion(
        1,
        "May",
        "transactions",
        None,
        datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC),
        12,
        "",
        True,
        {"recipe": {"names": ["May.csv", *others]}},
    )
    assert say_table(table).replace("\\", "").startswith(said)
