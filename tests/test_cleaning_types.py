"""Numbers, codes, dates and flags are told from the whole column and read as they are meant."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd
import pytest

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning import CleanOptions, clean
from tests.cleaned_columns import DATES, missing, read
from tests.raw_tables import raw_table, roles
from tests.variants import every


@pytest.mark.parametrize(
    ("written", "meant"),
    every(
        2,
        [
            (["1,234.5", "(2,000.25)", "7"], [1234.5, -2000.25, 7]),
            (["1.234,5", "-2.000,25", "7"], [1234.5, -2000.25, 7]),
            (["1 234,5", "2 000,25", "7"], [1234.5, 2000.25, 7]),
            (["12,34,567.5", "1,00,000", "99"], [1234567.5, 100000, 99]),
            (["1'234.50", "10'000.00", "3"], [1234.5, 10000, 3]),
            (["$1,234.50", "-$5.25", "$7"], [1234.5, -5.25, 7]),
            (["1.234,50 €", "5,25 €", "7 €"], [1234.5, 5.25, 7]),
            (["￥1,234.50", "¥5.25", "7元"], [1234.5, 5.25, 7]),
            (["１２３．５", "４５", "６"], [123.5, 45, 6]),
            (["12%", "7.5%", "100%"], [0.12, 0.075, 1]),
            (["5-", "12.5-", "3"], [-5, -12.5, 3]),
            (["−5", "12.5", "3"], [-5, 12.5, 3]),
            (["12 kg", "7.5 kg", "3 kg"], [12, 7.5, 3]),
            (["1.5万", "2万", "300"], [15000, 20000, 300]),
            (["1.5K", "2M", "300"], [1500, 2000000, 300]),
            (["1.2E+05", "9.3448e-05", "3"], [120000, 9.3448e-05, 3]),
            (["USD 5.25", "USD 1,000.00", "USD 7"], [5.25, 1000, 7]),
            (
                ["$1,234.50", "$(12.00)", "$ (7.10)", "($3.00)"],
                [1234.5, -12, -7.1, -3],
            ),
            (["¥1,234", "￥12", "¥ 100"], [1234, 12, 100]),
            (["1,234 元", "12 元", "100 元"], [1234, 12, 100]),
            (["1 234,50 ₽", "12,00 руб.", "7,10 ₽"], [1234.5, 12, 7.1]),
            (["+5", "6", "7"], [5, 6, 7]),
            ([" 5 ", "6\u00a0", "7"], [5, 6, 7]),
        ],
    ),
)
def test_numbers_are_read_however_they_are_written(
    written: list[Any], meant: list[Any]
) -> None:
    _, values, kind = read(written)
    assert kind in ("number", "money")
    assert values == pytest.approx(meant)


def test_nothing_in_an_accounting_format_is_missing_and_in_the_ledger() -> None:
    result, values, kind = read(["$12.50", " $-   ", "$ -", "$(7.00)"])
    assert (
        kind == "money"
        and [values[0], values[3]] == [12.5, -7]
        and missing(values[1])
        and missing(values[2])
    )
    assert result.changes["reason"].tolist() == ["missing_word"] * 2


@pytest.mark.parametrize(
    "written",
    [
        ["3-4", "5-6"],
        ["1,23,4", "5,6,7"],
        ["--5", "6"],
        ["(5", "6)"],
        ["5 apples", "6 pears"],
        ["inf", "1"],
        ["1_000", "2"],
        ["0x10", "12"],
    ],
)
def test_what_is_no_number_stays_text(written: list[Any]) -> None:
    _, values, kind = read(written)
    assert kind not in ("number", "money")
    assert values == written


@pytest.mark.parametrize(
    "written",
    [
        ["007", "012"],
        ["123456789012345678", "123456789012345679"],
        ["12E5", "1234"],
        ["NA", "Null", "DE"],
        ["13812345678", "13912345678"],
        ["0", "00", "1"],
    ],
)
def test_codes_survive_as_text(written: list[Any]) -> None:
    _, values, kind = read(written)
    assert kind in ("id", "text", "category")
    assert values == written


@pytest.mark.slow
def test_a_code_far_down_is_found_though_the_sample_misses_it() -> None:
    rows = 240_000
    written = [str(1000 + i % 9000) for i in range(rows)]
    written[rows - 7] = "0042"
    _, values, kind = read(written, name="number")
    assert kind == "id"
    assert values[rows - 7] == "0042"


@pytest.mark.slow
def test_one_word_far_down_is_missing_and_in_the_ledger() -> None:
    rows = 240_000
    written = [str(i % 900) + ".5" for i in range(rows)]
    written[rows - 3] = "N/A"
    result, values, kind = read(written)
    assert kind == "number"
    assert missing(values[rows - 3])
    assert result.changes[["line", "column", "reason", "old"]].values.tolist() == [
        [rows - 1, "x", "missing_word", "N/A"]
    ]


@pytest.mark.slow
def test_a_decimal_comma_far_down_decides_the_column() -> None:
    rows = 240_000
    written = [f"{1 + i % 9},{i % 1000:03d}" for i in range(rows)]
    written[rows - 2] = "1,5"
    result, values, _ = read(written)
    assert values[rows - 2] == 1.5
    assert values[:2] == pytest.approx([1.0, 2.001])
    assert result.detail("x")["decimal"] == ","


def test_both_decimal_marks_in_one_column_lose_nothing() -> None:
    """As where a month that another machine wrote is appended."""
    result, values, _ = read(["1.50", "2.25", "1,234", "3.75", "7,10", "1.234,50"])
    assert values == [1.5, 2.25, 1234, 3.75, 7.1, 1234.5]
    ((key, details),) = result.questions
    assert (
        key == "cleaning.question.mixed_decimal_marks" and details["default"] == "."
    )
    _, values, _ = read(
        ["1.50", "2.25", "7,10", "3,4"],
        role="value",
        kind="series",
        decimal=(("x", "."),),
    )
    assert values[:2] == [1.5, 2.25] and missing(values[2]) and missing(values[3])


def test_lines_below_the_one_that_names_their_order_are_no_copies() -> None:
    """As in a report with merged cells: only the first line of an order names it."""
    table = {
        "order": ["1", "", "2", "", "2"],
        "customer": ["a", "", "b", "", "b"],
        "product": ["tea", "cup", "tea", "cup", "tea"],
        "amount": ["5", "2", "5", "2", "5"],
    }
    given = roles(
        "transactions",
        order="order",
        customer="customer",
        product="product",
        amount="amount",
    )
    result = clean(raw_table(table), given)
    assert (
        result.summary()["duplicates"] == 1 and result.table["amount"].sum() == 14
    )
    filled = clean(
        raw_table(table),
        given,
        CleanOptions(missing=(("order", "forward"), ("customer", "forward"))),
    )
    assert filled.table["order"].tolist() == [
        "1",
        "1",
        "2",
        "2",
    ] and filled.table["customer"].tolist() == ["a", "a", "b", "b"]


def test_sentences_that_come_again_keep_their_full_width_marks() -> None:
    said = ["很好！下次还来（推荐）；快", "质量还行，１００分！", "一般。"]
    _, values, kind = read(said * 20)
    assert kind == "category" and values[:3] == said
    _, values, _ = read(["杯子（大）", "茶：绿", "ＵＳＢ"] * 20)
    assert values[:3] == ["杯子(大)", "茶:绿", "USB"]


def test_an_undecided_decimal_mark_is_asked_and_answered() -> None:
    result, values, _ = read(["1,234", "2,345", "3,456"])
    assert values == [1234, 2345, 3456]
    (key, details) = result.questions[0]
    assert key == "cleaning.question.decimal_unclear" and details["default"] == "."
    _, values, _ = read(["1,234", "2,345", "3,456"], decimal=(("x", ","),))
    assert values == pytest.approx([1.234, 2.345, 3.456])


def test_ids_lose_the_decimal_that_a_spreadsheet_gave_them() -> None:
    result, values, _ = read(["17850.0", "13047.0", "", "12583"], role="customer")
    assert (
        values[:2] == ["17850", "13047"]
        and missing(values[2])
        and values[3] == "12583"
    )
    assert result.summary()["cells_changed"] == 2
    _, values, _ = read(["17850.0", "13047.0"], role="customer", undo=("ids",))
    assert values == ["17850.0", "13047.0"]
    _, values, _ = read(["1.0", "1.5"], role="customer")
    assert values == ["1.0", "1.5"]


@pytest.mark.parametrize(("written", "meant"), every(3, DATES))
@pytest.mark.parametrize(
    "role", [None, pytest.param("date", marks=pytest.mark.slow)]
)
def test_dates_are_read_however_they_are_written(
    written: Any, meant: Any, role: str | None
) -> None:
    _, values, kind = read(written, role=role, kind="series")
    assert kind == "date"
    assert values == [pd.Timestamp(text) for text in meant]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["20240105", "20241231"], ["2024-01-05", "2024-12-31"]),
        (["45296", "45297.5"], ["2024-01-05", "2024-01-06 12:00"]),
        (["1704412800", "1704499200"], ["2024-01-05", "2024-01-06"]),
        (["1704412800000", "1704499200000"], ["2024-01-05", "2024-01-06"]),
        (["1991", "1992"], ["1991-01-01", "1992-01-01"]),
        (["202401", "202412"], ["2024-01-01", "2024-12-01"]),
    ],
)
def test_numbers_are_dates_where_the_role_says_so(
    written: list[Any], meant: list[Any]
) -> None:
    _, values, _ = read(written, role="date", kind="series")
    assert values == [pd.Timestamp(text) for text in meant]


def test_an_undecided_order_of_day_and_month_is_asked_and_answered() -> None:
    written = ["08/03/18", "07/02/18", "05/09/18"]
    result, values, _ = read(written, role="date", kind="series")
    assert [key for key, _ in result.questions] == [
        "cleaning.question.date_order_unclear"
    ]
    assert result.questions[0][1]["default"] == "day_first" and values[
        0
    ] == pd.Timestamp("2018-03-08")
    result, values, _ = read(
        written,
        role="date",
        kind="series",
        date_order=(("date", "month_first"),),
    )
    assert values[0] == pd.Timestamp("2018-08-03") and not result.questions


def test_the_order_of_the_file_can_decide_the_order_of_day_and_month() -> None:
    days = [
        datetime.date(2023, month, day)
        for month in range(1, 13)
        for day in range(1, 13)
    ]
    result, values, _ = read(
        [f"{day:%m/%d/%Y}" for day in days], role="date", kind="series"
    )
    assert values == [pd.Timestamp(day) for day in days]
    assert result.detail("date")["why"] == "file_order" and not result.questions


def test_a_day_that_does_not_exist_is_missing_and_in_the_ledger() -> None:
    result, values, _ = read(
        ["28/02/2011", "31/02/2011", "0000-00-00", "NULL", "15/03/2011"],
        role="date",
        kind="series",
    )
    assert [missing(value) for value in values] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert dict(
        zip(result.changes["old"], result.changes["reason"], strict=True)
    ) == {
        "31/02/2011": "impossible_date",
        "0000-00-00": "impossible_date",
        "NULL": "missing_word",
    }


def test_dates_of_both_orders_in_one_column_are_asked() -> None:
    result, values, _ = read(
        ["13/02/2011", "14/02/2011", "02/15/2011"], role="date", kind="series"
    )
    assert values == [pd.Timestamp(f"2011-02-{day}") for day in (13, 14, 15)]
    assert result.questions[0][0] == "cleaning.question.date_order_mixed"


def test_a_spreadsheets_half_of_a_column_is_decided_by_a_month_column() -> None:
    months = ["January", "February", "March", "April"]
    texts = [f"{m:02d}/{d}/15" for m in range(1, 5) for d in range(13, 28)] + [
        f"{m:02d}-{d:02d}-15" for m in range(1, 5) for d in range(5, 13)
    ]
    names = [months[m - 1] for m in range(1, 5) for _ in range(13, 28)] + [
        months[m - 1] for m in range(1, 5) for _ in range(5, 13)
    ]
    result = clean(
        raw_table({"Date": texts, "Month": names}), roles("series", date="Date")
    )
    assert (result.table["date"].dt.month_name() == result.table["Month"]).all()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["Yes", "No", ""], [True, False, None]),
        (["1", "0", "1"], [True, False, True]),
        (
            ["Attrited Customer", "Existing Customer", "Existing Customer"],
            [True, False, False],
        ),
        (["Churned", "Stayed", "Joined"], [True, False, False]),
        (["是", "否", "否"], [True, False, False]),
        (["已流失", "在网", "在网"], [True, False, False]),
    ],
)
def test_churn_is_recognised_in_words(written: list[Any], meant: list[Any]) -> None:
    result, values, kind = read(written, role="churned")
    assert kind == "flag" and not result.questions
    assert [None if missing(value) else bool(value) for value in values] == meant


def test_an_unclear_flag_is_asked_and_answered() -> None:
    result, values, _ = read(["A", "A", "B"], role="churned")
    assert result.questions[0][
        0
    ] == "cleaning.question.which_positive" and values == [
        False,
        False,
        True,
    ]
    result, values, _ = read(
        ["A", "A", "B"], role="churned", positive=(("churned", "A"),)
    )
    assert values == [True, True, False] and not result.questions


@pytest.mark.parametrize(
    ("kind", "role", "values", "key"),
    [
        (
            "transactions",
            "quantity",
            ["red", "blue", "3"],
            "cleaning.not_numbers",
        ),
        (
            "transactions",
            "date",
            ["red", "blue", "green"],
            "cleaning.not_dates",
        ),
        (
            "customers",
            "churned",
            [f"v{i}" for i in range(40)],
            "cleaning.not_a_flag",
        ),
    ],
)
def test_a_column_that_cannot_fill_its_role_is_the_readers_to_mend(
    kind: str, role: str, values: Any, key: str
) -> None:
    with pytest.raises(AnalysisError) as caught:
        read(values, role=role, kind=kind)
    assert caught.value.key == key
    assert "x" in caught.value.sentence("en") and "x" in caught.value.sentence("zh")
