"""Data quality: each column as it is, each planted problem found.

Nothing found where nothing is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import crm_analysis as crm
from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.quality import describe_quality
from crm_analysis.wording import LANGUAGES, say
from tests.raw_tables import raw_table, roles


def quality(columns: Any, kind: str = "customers", **given: Any) -> Any:
    return describe_quality(clean(raw_table(columns), roles(kind, **given)))


def found(result: Any) -> set[tuple[str, str | None]]:
    for problem in result.problems:
        assert all(
            say(problem.key, language, **problem.details) for language in LANGUAGES
        )
    return {
        (problem.key.rsplit(".", 1)[1], problem.column)
        for problem in result.problems
    }


GOOD = {
    "id": [f"C{i}" for i in range(60)],
    "age": [str(20 + (i * 7) % 50) for i in range(60)],
    "city": [["Rome", "Paris", "Oslo"][i % 3] for i in range(60)],
    "since": [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(60)],
}


def test_a_good_table_has_no_problems() -> None:
    assert found(quality(GOOD, customer="id")) == set()


@pytest.mark.parametrize(
    ("problem", "column", "values"),
    [
        ("empty", "p", [""] * 60),
        ("mostly_missing", "p", ["1.5" if i < 20 else "" for i in range(60)]),
        (
            "some_missing",
            "p",
            [str(i * 3 % 37) if i % 10 else "" for i in range(60)],
        ),
        ("constant", "p", ["7"] * 60),
        ("near_unique", "p", [str(i + 1) for i in range(60)]),
        (
            "outliers",
            "p",
            [str(10 + i % 20) if i else "5000" for i in range(60)],
        ),
        (
            "stand_in",
            "p",
            [str(10 + i % 20) if i % 12 else "999" for i in range(60)],
        ),
        (
            "stand_in",
            "p",
            [str(10 + i % 20) if i % 12 else "-1" for i in range(60)],
        ),
        (
            "future_dates",
            "p",
            [f"2024-01-{1 + i % 28:02d}" if i else "2999-01-01" for i in range(60)],
        ),
        (
            "encoding_damage",
            "p",
            ["M\ufffdnchen" if i % 9 == 0 else f"town {i % 4}" for i in range(60)],
        ),
        (
            "mixed_types",
            "p",
            ["red" if i % 12 == 0 else str(i % 5) for i in range(60)],
        ),
        ("spellings", "p", [["red", "Red", "blue"][i % 3] for i in range(60)]),
    ],
)
def test_a_planted_problem_is_found(problem: str, column: str, values: Any) -> None:
    assert (problem, column) in found(
        quality({**GOOD, column: values}, customer="id")
    )


@pytest.mark.slow
def test_rounded_ids_copies_and_tiny_tables_are_found() -> None:
    ids = [f"{i + 1}.23457E+17" for i in range(5)] * 12
    assert ("ids_rounded", "customer") in found(
        quality({"id": ids, "n": [str(i) for i in range(60)]}, customer="id")
    )
    twice = {name: [*values, *values[:5]] for name, values in GOOD.items()}
    assert ("duplicates", None) in found(quality(twice, customer="id"))
    assert ("few_rows", None) in found(
        quality({name: values[:3] for name, values in GOOD.items()}, customer="id")
    )
    assert ("no_rows", None) in found(
        quality({name: [] for name in GOOD}, customer="id")
    )


def test_columns_are_described_by_hand_checked_figures() -> None:
    rows = quality(
        {
            "id": ["a", "b", "c", "d"],
            "x": ["1", "2", "", "5"],
            "day": ["2024-01-01", "2024-01-11", "", "2024-01-21"],
        },
        customer="id",
    ).columns.set_index("column")
    x, day = rows.loc["x"], rows.loc["day"]
    assert (
        x["missing"],
        x["missing_share"],
        x["distinct"],
        x["min"],
        x["max"],
        x["median"],
    ) == (
        1,
        0.25,
        3,
        1,
        5,
        2,
    )
    assert x["mean"] == pytest.approx(8 / 3) and (x["low"], x["high"]) == (1, 5)
    assert (
        x["bins"][0] == 1
        and x["bins"][5] == 1
        and x["bins"][19] == 1
        and sum(x["bins"]) == 3
    )
    assert (
        day["first"].startswith("2024-01-01")
        and day["last"].startswith("2024-01-21")
        and sum(day["bins"]) == 3
    )
    assert (
        rows.loc["customer", "role"] == "customer"
        and rows.loc["customer", "type"] == "id"
    )


def test_bins_are_numpys() -> None:
    values = np.random.default_rng(0).normal(50, 9, 500).round(3)
    bins = (
        quality(
            {
                "id": [str(i) for i in range(500)],
                "x": [str(value) for value in values],
            },
            customer="id",
        )
        .columns.set_index("column")
        .loc["x", "bins"]
    )
    assert bins == np.histogram(values, bins=20)[0].tolist()


@pytest.mark.slow
def test_known_answers(real_data: Path) -> None:
    def of(name: str) -> Any:
        raw = crm.read_table(real_data / name)
        return found(describe_quality(clean(raw, crm.guess_roles(raw))))

    campaign = of("marketing_campaign/marketing_campaign.csv")
    assert {
        ("constant", "Z_CostContact"),
        ("constant", "Z_Revenue"),
        ("outliers", "Income"),
    } <= campaign
    assert ("near_unique", "RowNumber") in of("bank_churn/Churn_Modelling.csv")
    assert ("stand_in", "pdays") in of("bank_marketing/bank.csv")


def test_bounds_are_told_only_on_the_side_where_something_lies_beyond_them() -> (
    None
):
    high = quality(
        {**GOOD, "p": [str(10 + i % 20) if i else "5000" for i in range(60)]},
        customer="id",
    )
    (one,) = [
        problem for problem in high.problems if problem.key.endswith("outliers")
    ]
    assert one.key == "quality.above.outliers" and not {"low", "min"} & set(
        one.details
    )
    for language in LANGUAGES:
        assert "-" not in say(one.key, language, **one.details)
    both = quality(
        {
            **GOOD,
            "p": [
                str(10 + i % 20) if i > 1 else ["5000", "-5000"][i]
                for i in range(60)
            ],
        },
        customer="id",
    )
    assert {
        problem.key for problem in both.problems if problem.key.endswith("outliers")
    } == {"quality.problem.outliers"}


def test_the_amount_and_the_column_it_was_read_from_are_told_once() -> None:
    orders = {
        "no": [f"A{i}" for i in range(60)],
        "item": [["tea", "jam"][i % 2] for i in range(60)],
        "pieces": [str(1 + i % 3) for i in range(60)],
        "price": [str(2 + i % 5) for i in range(60)],
        "sum": [str((1 + i % 3) * (2 + i % 5)) for i in range(60)],
    }
    told = describe_quality(
        clean(
            raw_table(orders),
            roles(
                "transactions",
                order="no",
                product="item",
                quantity="pieces",
                unit_price="price",
                amount="sum",
            ),
        )
    )
    columns = told.columns.set_index("column")
    assert "amount" in columns.index and "sum" not in columns.index
    assert (
        set(columns.index[columns["computed"].astype(bool)])
        <= {"is_sale", "is_return", "is_product"}
        and not columns.loc["amount", "computed"]
    )


def test_years_are_written_as_years() -> None:
    from crm_analysis.presentation.ui.data.quality import _figure

    assert (
        _figure(2015.0, 2011.0, 2016.0) == "2015"
        and _figure(None, 1.0, 2.0) is None
    )
    assert (
        _figure(2015.0, 5.0, 90000.0) == "2,015"
        and _figure(2015.5, 1999.5, 2050.0) == "2,016"
    )
