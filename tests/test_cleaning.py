"""Cleaning of texts, missing values, outliers, impossible values and names that collide."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning import CleanOptions, clean
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles
from tests.cleaned_columns import missing, read
from tests.raw_tables import coded_table, raw_table, roles

CUSTOMERS = roles("customers")


def test_texts_are_tidied_by_kind_and_comments_are_not() -> None:
    table = {
        "customer": [" A1 ", "B2", "C3"],
        "city": ["New  York", " Paris", "ＲＯＭＥ　１"],
        "text": [" so  good ", "bad", "ｏｋ"],
    }
    result = clean(
        raw_table(table), roles("feedback", customer="customer", text="text")
    )
    assert result.table["customer"].tolist() == ["A1", "B2", "C3"]
    assert result.table["city"].tolist() == ["New York", "Paris", "ROME 1"]
    assert result.table["text"].tolist() == [" so  good ", "bad", "ｏｋ"]
    assert result.summary()["cells_changed"] == 4
    result = clean(
        raw_table(table),
        roles("feedback", text="text"),
        CleanOptions(case="lower", merge=(("city", "rome 1", "rome"),)),
    )
    assert result.table["city"].tolist() == ["new york", "paris", "rome"]
    assert (
        clean(
            raw_table(table),
            roles("feedback", text="text"),
            CleanOptions(undo=("text",)),
        )
        .table["city"]
        .tolist()
        == table["city"]
    )


def test_spelling_variants_are_suggested_and_merged() -> None:
    cities = ["New York"] * 5 + [
        "new york",
        "New-York",
        "Newyork",
        "Boston",
        "Bostn",
        "Room 1",
        "Room 2",
    ]
    result = clean(
        raw_table({"city": cities, "n": [str(i) for i in range(len(cities))]}),
        CUSTOMERS,
    )
    groups = {
        group.keep: {name for name, _ in group.merge}
        for group in crm_variants(result)
    }
    assert groups == {
        "New York": {"new york", "New-York", "Newyork"},
        "Boston": {"Bostn"},
    }
    merge = tuple(
        pair for group in crm_variants(result) for pair in group.as_merge("city")
    )
    merged = clean(
        raw_table({"city": cities, "n": [str(i) for i in range(len(cities))]}),
        CUSTOMERS,
        CleanOptions(merge=merge),
    )
    assert merged.table["city"].value_counts().to_dict() == {
        "New York": 8,
        "Boston": 2,
        "Room 1": 1,
        "Room 2": 1,
    }
    assert merged.changes["step"].tolist() == ["merge"] * 4


def crm_variants(found: Any) -> Any:
    from crm_analysis.tables.cleaning import suggest_variants

    return suggest_variants(found, "city")


def filled(method: Any, values: Any, *rest: Any, **options: Any) -> Any:
    result, got, _ = read(values, missing=(("x", method, *rest),), **options)
    return result, got


@pytest.mark.slow
def test_missing_values_are_filled_as_asked_and_only_then() -> None:
    values = ["1.5", "", "4.5", "", "3.0", "3.0"]
    assert [missing(one) for one in read(values)[1]] == [
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    assert filled("mean", values)[1] == [1.5, 3.0, 4.5, 3.0, 3, 3]
    assert filled("median", values)[1] == [1.5, 3.0, 4.5, 3.0, 3, 3]
    assert filled("mode", values)[1] == [1.5, 3.0, 4.5, 3.0, 3, 3]
    assert filled("constant", values, "9.5")[1] == [1.5, 9.5, 4.5, 9.5, 3, 3]
    assert filled("forward", values)[1] == [1.5, 1.5, 4.5, 4.5, 3, 3]
    assert filled("interpolate", values)[1] == [1.5, 3.0, 4.5, 3.75, 3, 3]
    assert len(filled("drop", values)[1]) == 4
    result, drawn = filled("random", values)
    assert set(drawn) <= {1.5, 4.5, 3.0} and filled("random", values)[1] == drawn
    assert (
        result.changes["reason"].tolist() == ["random", "random"]
        and result.summary()["cells_changed"] == 2
    )
    with pytest.raises(AnalysisError, match="x"):
        filled("constant", values, "nine")


def test_neighbours_fill_from_the_most_alike_rows() -> None:
    table = {
        "a": [str(i / 2) for i in range(60)],
        "b": [str(i) if i != 30 else "" for i in range(60)],
    }
    result = clean(
        raw_table(table),
        CUSTOMERS,
        CleanOptions(missing=(("b", "neighbours"),), neighbours=4),
    )
    assert result.table["b"].iloc[30] == 30


def test_gaps_in_a_series_are_filled_along_its_time() -> None:
    table = {
        "date": ["2024-01-01", "2024-01-11", "2024-01-05"],
        "value": ["0", "10", ""],
    }
    result = clean(
        raw_table(table),
        roles("series", date="date", value="value"),
        CleanOptions(missing=(("value", "interpolate"),)),
    )
    assert result.table["value"].tolist() == [0, 10, 4]


@pytest.mark.slow
def test_outliers_are_flagged_clipped_or_set_aside() -> None:
    values = [str(10 + i % 20) for i in range(100)] + ["500"]
    assert read(values)[0].flags[["line", "reason", "value"]].values.tolist() == [
        [102, "outlier", "500.0"]
    ]
    result, got, _ = read(values, outliers="clip")
    assert max(got) == pytest.approx(24.0 + 3 * 10 + 0.0, abs=1) and result.changes[
        "reason"
    ].tolist() == ["clipped"]
    assert max(read(values, outliers="set_aside")[1]) == 29
    assert 102 in read(values, outlier_method="robust_z")[0].flags["line"].tolist()
    assert (
        102
        in read(values, outlier_method="isolation_forest")[0].flags["line"].tolist()
    )
    assert read(values, outliers="ignore")[0].flags.empty
    with pytest.raises(AnalysisError):
        read(values, outliers="clip", outlier_method="isolation_forest")


def test_impossible_values_are_flagged() -> None:
    table = {
        "Age": ["130", "40", "-2"],
        "Birth_Year": ["1893", "1980", "1990"],
        "price": ["-1", "2", "3"],
        "when": ["2014-01-01", "2014-05-01", "2999-01-01"],
    }
    result = clean(raw_table(table), CUSTOMERS)
    assert set(
        map(tuple, result.flags[["line", "column", "reason"]].values.tolist())
    ) == {
        (2, "Age", "age"),
        (4, "Age", "age"),
        (2, "Birth_Year", "birth_year"),
        (2, "price", "negative_price"),
        (4, "when", "future_date"),
    }
    result = clean(raw_table(table), CUSTOMERS, CleanOptions(impossible="missing"))
    assert (
        result.table["Age"].isna().tolist() == [True, False, True]
        and result.flags.empty
    )
    assert (
        len(
            clean(
                raw_table(table),
                CUSTOMERS,
                CleanOptions(impossible="set_aside"),
            ).table
        )
        == 1
    )


def test_names_that_collide_stay_apart() -> None:
    table = {
        "amount": ["1", "2"],
        "Amount": ["3", "4"],
        "is_return": ["x", "y"],
        "_line": ["a", "b"],
        "qty": ["2", "3"],
        "price": ["5", "7"],
        "": ["e", "f"],
    }
    result = clean(
        raw_table(table),
        roles("transactions", quantity="qty", unit_price="price"),
    )
    names = [name.lower() for name in result.table.columns]
    assert len(set(names)) == len(names) == len(table) + 4 and {
        "quantity",
        "unit_price",
        "amount",
        "is_return",
        "is_product",
    } <= set(names)
    assert result.table["amount"].tolist() == [10, 21]


def test_nothing_at_all_is_an_empty_table() -> None:
    result = clean(raw_table({"a": [], "b": []}), CUSTOMERS)
    assert (
        len(result.table) == 0
        and result.summary()["kept"] == 0
        and result.changes.empty
        and result.flags.empty
    )


def test_options_refuse_what_they_do_not_know() -> None:
    for wrong in (
        {"undo": ("typing",)},
        {"missing": (("x", "guess"),)},
        {"decimal": (("x", ";"),)},
        {"date_order": (("x", "ymd"),)},
    ):
        with pytest.raises(ValueError, match="CleanOptions"):
            CleanOptions(**wrong)
    options = CleanOptions(
        missing=(("x", "constant", "1"),),
        put_back=((0, 5), 7),
        rates=(("EUR", 1.1),),
    )
    assert CleanOptions.from_dict(options.to_dict()) == options


def test_what_cells_look_like_is_gathered_once_a_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from crm_analysis.tables.cleaning import gathering

    looked = []
    original = gathering._gathered
    monkeypatch.setattr(
        gathering,
        "_gathered",
        lambda held: (looked.append(held()), original(held))[1],
    )
    raw = raw_table(
        {
            "day": ["01/02/2024", "03/04/2024", "25/04/2024"],
            "n": ["1,5", "2,5", "3,5"],
        }
    )
    guess_roles(raw)
    first = clean(raw, CUSTOMERS)
    again = clean(raw, CUSTOMERS, CleanOptions(decimal=(("n", "."),)))
    assert looked == [raw]
    assert (
        first.table["n"].tolist()[:2] == [1.5, 2.5] != again.table["n"].tolist()[:2]
    )
    pd.testing.assert_frame_equal(clean(raw, CUSTOMERS).table, first.table)
    assert looked == [raw]


@pytest.mark.parametrize(
    ("cells", "tidy"),
    [
        (["a", "b-1", ""], True),
        (["a b", "c"], True),
        (["a  b", "c"], False),
        ([" a", "c"], False),
        (["é", "c"], False),
    ],
)
@pytest.mark.parametrize("plain", [(), ("x",)])
def test_tidy_columns_are_told(
    cells: list[Any], tidy: bool, plain: tuple[Any, ...]
) -> None:
    from crm_analysis.tables.cleaning.text import is_tidy

    raw = coded_table({"n": ["1"] * len(cells), "x": cells}, plain)
    assert is_tidy(raw, 1) == tidy
    sliced = dataclasses.replace(
        raw, coded=dataclasses.replace(raw.coded, rows=raw.coded.rows.slice(1))
    )
    assert is_tidy(sliced, 1) == (tidy or (bool(plain) and cells[1] == "c"))


@pytest.mark.parametrize("table", [pd.DataFrame({"id": ["1"]}), "orders.csv"])
def test_a_frame_that_did_not_come_through_read_table_is_refused(
    table: object,
) -> None:
    with pytest.raises(
        TypeError, match="clean takes a table as read_table gives it"
    ):
        clean(table, roles("customers", customer="id"))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("ＡＢ１２", "AB12"),
        ("茶　杯", "茶 杯"),
        ("“茶杯”", "“茶杯”"),
        ("￥５", "¥5"),
    ],
)
def test_full_width_forms_in_chinese_become_half_width(
    cell: str, expected: str
) -> None:
    raw = raw_table({"order": ["1", "2"], "product": [cell, "茶杯"]})
    cleaned = clean(raw, roles("transactions", order="order", product="product"))
    assert cleaned.table["product"].tolist() == [expected, "茶杯"]


def test_outliers_of_a_column_of_few_values_are_set_aside_too() -> None:
    rows = [f"o{number},{1 + number % 3}" for number in range(40)] + ["o99,5000"]
    raw = read_table("\n".join(["order,quantity", *rows]).encode(), name="few.csv")
    cleaned = clean(raw, guess_roles(raw), CleanOptions(outliers="set_aside"))
    assert cleaned.table["quantity"].max() == 3
    assert len(cleaned.set_aside) == 1
