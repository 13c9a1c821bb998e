"""Cleaning: types by the whole column, money, rows.

Known answers on real files and laws on made ones.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import crm_analysis as crm
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning import CleanOptions, clean, numbers
from crm_analysis.tables.cleaning.sql import literal
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles
from tests.raw_tables import coded_table, raw_table, roles

CUSTOMERS = roles("customers")
BLANKS = " \t\r\n　\u00a0\u2007\u202f\u2009\u200a\ufeff"
law = settings(deadline=None, suppress_health_check=list(HealthCheck))
tries = pytest.mark.parametrize("tries", [10, pytest.param(25, marks=pytest.mark.slow)])


def read(
    values: Any,
    name: str = "x",
    role: Any = None,
    kind: str = "customers",
    **options: Any,
) -> Any:
    """One column cleaned: its values and its type."""
    found = clean(
        raw_table({name: values, "key": [f"k{i}" for i in range(len(values))]}),
        roles(kind, **({role: name} if role else {})),
        CleanOptions(**options),
    )
    return (
        found,
        found.table[role or name].tolist(),
        found.types.set_index("column").loc[role or name, "type"],
    )


def missing(value: Any) -> bool:
    return bool(pd.isna(value))


@pytest.mark.parametrize(
    ("written", "meant"),
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
)
def test_numbers_are_read_however_they_are_written(
    written: list[Any], meant: list[Any]
) -> None:
    _, values, kind = read(written)
    assert kind in ("number", "money")
    assert values == pytest.approx(meant)


def test_nothing_in_an_accounting_format_is_missing_and_in_the_ledger() -> None:
    found, values, kind = read(["$12.50", " $-   ", "$ -", "$(7.00)"])
    assert (
        kind == "money"
        and [values[0], values[3]] == [12.5, -7]
        and missing(values[1])
        and missing(values[2])
    )
    assert found.changes["reason"].tolist() == ["missing_word"] * 2


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
    found, values, kind = read(written)
    assert kind == "number"
    assert missing(values[rows - 3])
    assert found.changes[["line", "column", "reason", "old"]].values.tolist() == [
        [rows - 1, "x", "missing_word", "N/A"]
    ]


@pytest.mark.slow
def test_a_decimal_comma_far_down_decides_the_column() -> None:
    rows = 240_000
    written = [f"{1 + i % 9},{i % 1000:03d}" for i in range(rows)]
    written[rows - 2] = "1,5"
    found, values, _ = read(written)
    assert values[rows - 2] == 1.5
    assert values[:2] == pytest.approx([1.0, 2.001])
    assert found.detail("x")["decimal"] == ","


def test_both_decimal_marks_in_one_column_lose_nothing() -> None:
    """As where a month that another machine wrote is appended."""
    found, values, _ = read(["1.50", "2.25", "1,234", "3.75", "7,10", "1.234,50"])
    assert values == [1.5, 2.25, 1234, 3.75, 7.1, 1234.5]
    ((key, details),) = found.questions
    assert key == "cleaning.question.mixed_decimal_marks" and details["default"] == "."
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
    found = clean(raw_table(table), given)
    assert found.summary()["duplicates"] == 1 and found.table["amount"].sum() == 14
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


def test_an_undecided_decimal_mark_is_asked_and_answered() -> None:
    found, values, _ = read(["1,234", "2,345", "3,456"])
    assert values == [1234, 2345, 3456]
    (key, details) = found.questions[0]
    assert key == "cleaning.question.decimal_unclear" and details["default"] == "."
    _, values, _ = read(["1,234", "2,345", "3,456"], decimal=(("x", ","),))
    assert values == pytest.approx([1.234, 2.345, 3.456])


def test_ids_lose_the_decimal_that_a_spreadsheet_gave_them() -> None:
    found, values, _ = read(["17850.0", "13047.0", "", "12583"], role="customer")
    assert (
        values[:2] == ["17850", "13047"] and missing(values[2]) and values[3] == "12583"
    )
    assert found.summary()["cells_changed"] == 2
    _, values, _ = read(["17850.0", "13047.0"], role="customer", undo=("ids",))
    assert values == ["17850.0", "13047.0"]
    _, values, _ = read(["1.0", "1.5"], role="customer")
    assert values == ["1.0", "1.5"]


DATES = [
    (["2024-01-05", "2024-12-31"], ["2024-01-05", "2024-12-31"]),
    (
        ["2024-01-05 10:20:30", "2024-12-31 00:00:00"],
        ["2024-01-05 10:20:30", "2024-12-31"],
    ),
    (
        ["2024-01-05T10:20:30Z", "2024-12-31T01:02:03.5+08:00"],
        ["2024-01-05 10:20:30", "2024-12-31 01:02:03.5"],
    ),
    (["5/1/2024", "31/12/2024"], ["2024-01-05", "2024-12-31"]),
    (["1/5/2024", "12/31/2024"], ["2024-01-05", "2024-12-31"]),
    (["05-01-24", "31-12-24"], ["2024-01-05", "2024-12-31"]),
    (
        ["5.1.2024 9:05", "31.12.2024 23:59"],
        ["2024-01-05 09:05", "2024-12-31 23:59"],
    ),
    (
        ["1/5/2024 9:05 AM", "12/31/2024 11:59 PM"],
        ["2024-01-05 09:05", "2024-12-31 23:59"],
    ),
    (["2024年1月5日", "2024年12月31日"], ["2024-01-05", "2024-12-31"]),
    (
        ["2024年1月5日 下午3:04", "2024年12月31日 上午10:00"],
        ["2024-01-05 15:04", "2024-12-31 10:00"],
    ),
    (["5 January 2024", "31 Dec 2024"], ["2024-01-05", "2024-12-31"]),
    (["Jan 5, 2024", "December 31, 2024"], ["2024-01-05", "2024-12-31"]),
    (["Jan-24", "Dec-24"], ["2024-01-01", "2024-12-01"]),
    (["1991 Jul", "1992 Aug"], ["1991-07-01", "1992-08-01"]),
    (["2024-01", "2024-12"], ["2024-01-01", "2024-12-01"]),
    (["1970 Q1", "1970 Q3"], ["1970-01-01", "1970-07-01"]),
    (
        ["2024/1/5", "2024-12-31", "20 Feb 2024"],
        ["2024-01-05", "2024-12-31", "2024-02-20"],
    ),
    (
        ["Jan 5, 2024 3:04:05 PM PST", "Jul 1, 2024 12:30:00 AM PDT"],
        ["2024-01-05 15:04:05", "2024-07-01 00:30"],
    ),
    (
        ["Jan 5, 2024 at 3:04 PM", "Dec 31, 2024 at 9:00 AM"],
        ["2024-01-05 15:04", "2024-12-31 09:00"],
    ),
    (
        ["Fri, 05 Jan 2024 15:04:05 GMT", "Tue, 31 Dec 2024 00:00:00 +0100"],
        ["2024-01-05 15:04:05", "2024-12-31"],
    ),
    (
        ["Fri Jan 05 15:04:05 2024", "Tue Dec 31 00:00:00 +0000 2024"],
        ["2024-01-05 15:04:05", "2024-12-31"],
    ),
    (
        [
            "Fri Jan 05 2024 15:04:05 GMT+0800 (China Standard Time)",
            "Tue Dec 31 2024 00:00:00 GMT+0800 (China Standard Time)",
        ],
        ["2024-01-05 15:04:05", "2024-12-31"],
    ),
    (
        ["2024-01-05 15:04:05+00", "2024-12-31 00:00:00+00"],
        ["2024-01-05 15:04:05", "2024-12-31"],
    ),
    (
        [
            "2024-01-05T15:04:05+01:00[Europe/Paris]",
            "2024-12-31T00:00:00+01:00[Europe/Paris]",
        ],
        ["2024-01-05 15:04:05", "2024-12-31"],
    ),
    (
        ["05.01.2024, 15:04:05", "31.12.2024, 00:00:00"],
        ["2024-01-05 15:04:05", "2024-12-31"],
    ),
    (
        ["05/01/2024 15.04", "31/12/2024 09.30"],
        ["2024-01-05 15:04", "2024-12-31 09:30"],
    ),
    (["Fri 05/01/2024", "Tue 31/12/2024"], ["2024-01-05", "2024-12-31"]),
    (
        ["2024 年 1 月 5 日", "2024 年 12 月 31 日"],
        ["2024-01-05", "2024-12-31"],
    ),
    (
        ["２０２４／０１／０５ １５：０４", "２０２４／１２／３１ ００：００"],
        ["2024-01-05 15:04", "2024-12-31"],
    ),
    (["5. März 2024", "31. Dezember 2024"], ["2024-03-05", "2024-12-31"]),
    (
        ["5 juin 2024", "1 juillet 2024", "31 décembre 2024"],
        ["2024-06-05", "2024-07-01", "2024-12-31"],
    ),
    (
        ["5 de mayo de 2024", "31 de diciembre de 2024"],
        ["2024-05-05", "2024-12-31"],
    ),
    (["2024M01", "2024M12"], ["2024-01-01", "2024-12-01"]),
]


@pytest.mark.parametrize(("written", "meant"), DATES)
@pytest.mark.parametrize("role", [None, "date"])
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
    found, values, _ = read(written, role="date", kind="series")
    assert [key for key, _ in found.questions] == [
        "cleaning.question.date_order_unclear"
    ]
    assert found.questions[0][1]["default"] == "day_first" and values[
        0
    ] == pd.Timestamp("2018-03-08")
    found, values, _ = read(
        written,
        role="date",
        kind="series",
        date_order=(("date", "month_first"),),
    )
    assert values[0] == pd.Timestamp("2018-08-03") and not found.questions


def test_the_order_of_the_file_can_decide_the_order_of_day_and_month() -> None:
    days = [
        datetime.date(2023, month, day)
        for month in range(1, 13)
        for day in range(1, 13)
    ]
    found, values, _ = read(
        [f"{day:%m/%d/%Y}" for day in days], role="date", kind="series"
    )
    assert values == [pd.Timestamp(day) for day in days]
    assert found.detail("date")["why"] == "file_order" and not found.questions


def test_a_day_that_does_not_exist_is_missing_and_in_the_ledger() -> None:
    found, values, _ = read(
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
    assert dict(zip(found.changes["old"], found.changes["reason"], strict=True)) == {
        "31/02/2011": "impossible_date",
        "0000-00-00": "impossible_date",
        "NULL": "missing_word",
    }


def test_dates_of_both_orders_in_one_column_are_asked() -> None:
    found, values, _ = read(
        ["13/02/2011", "14/02/2011", "02/15/2011"], role="date", kind="series"
    )
    assert values == [pd.Timestamp(f"2011-02-{day}") for day in (13, 14, 15)]
    assert found.questions[0][0] == "cleaning.question.date_order_mixed"


def test_a_spreadsheets_half_of_a_column_is_decided_by_a_month_column() -> None:
    months = ["January", "February", "March", "April"]
    texts = [f"{m:02d}/{d}/15" for m in range(1, 5) for d in range(13, 28)] + [
        f"{m:02d}-{d:02d}-15" for m in range(1, 5) for d in range(5, 13)
    ]
    names = [months[m - 1] for m in range(1, 5) for _ in range(13, 28)] + [
        months[m - 1] for m in range(1, 5) for _ in range(5, 13)
    ]
    found = clean(
        raw_table({"Date": texts, "Month": names}), roles("series", date="Date")
    )
    assert (found.table["date"].dt.month_name() == found.table["Month"]).all()


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
    found, values, kind = read(written, role="churned")
    assert kind == "flag" and not found.questions
    assert [None if missing(value) else bool(value) for value in values] == meant


def test_an_unclear_flag_is_asked_and_answered() -> None:
    found, values, _ = read(["A", "A", "B"], role="churned")
    assert found.questions[0][0] == "cleaning.question.which_positive" and values == [
        False,
        False,
        True,
    ]
    found, values, _ = read(
        ["A", "A", "B"], role="churned", positive=(("churned", "A"),)
    )
    assert values == [True, True, False] and not found.questions


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


ORDER = {
    "order": ["1", "1", "2"],
    "sku": ["a", "b", "a"],
    "qty": ["2", "1", "-1"],
    "price": ["5.0", "3.0", "5.0"],
}
ORDER_ROLES = {
    "order": "order",
    "product": "sku",
    "quantity": "qty",
    "unit_price": "price",
}


def test_amount_is_quantity_times_price_and_returns_are_marked() -> None:
    found = clean(raw_table(ORDER), roles("transactions", **ORDER_ROLES))
    assert found.table["amount"].tolist() == [10, 3, -5]
    assert found.table["is_return"].tolist() == [False, False, True]
    assert found.table.columns.tolist() == [
        "order",
        "product",
        "quantity",
        "unit_price",
        "amount",
        "is_sale",
        "is_return",
        "is_product",
    ]


def test_a_given_amount_confirms_a_discount() -> None:
    table = {
        **ORDER,
        "off": ["0.1", "0", "0.5"],
        "total": ["9.0", "3.0", "-2.5"],
    }
    found = clean(
        raw_table(table),
        roles("transactions", **ORDER_ROLES, discount="off", amount="total"),
    )
    assert found.table["amount"].tolist() == [9, 3, -2.5] and "total" in found.table
    found = clean(
        raw_table({key: table[key] for key in (*ORDER, "off")}),
        roles("transactions", **ORDER_ROLES, discount="off"),
    )
    assert found.table["amount"].tolist() == [10, 3, -5]
    assert found.questions[0][0] == "cleaning.question.discount_unclear"
    found = clean(
        raw_table({key: table[key] for key in (*ORDER, "off")}),
        roles("transactions", **ORDER_ROLES, discount="off"),
        CleanOptions(discount="rate"),
    )
    assert found.table["amount"].tolist() == [9, 3, -2.5]


def totals() -> Any:
    orders = [str(i // 3) for i in range(30)]
    return {
        "order": orders,
        "sku": [f"p{i % 3}" for i in range(30)],
        "total": [f"{10 * (int(order) + 1)}" for order in orders],
    }


def test_an_order_total_on_every_line_is_not_summed_twice() -> None:
    found = clean(
        raw_table(totals()),
        roles("transactions", order="order", product="sku", amount="total"),
    )
    assert found.table["amount"].sum() == pytest.approx(
        sum(10 * (i + 1) for i in range(10))
    )
    assert found.questions[0][0] == "cleaning.question.order_total_repeated"
    sums = found.summary()
    assert sums["money_read"] == pytest.approx(3 * 550) and sums[
        "money_edits"
    ] == pytest.approx(-2 * 550)
    assert len(found.changes) == 30 and found.table.index.is_monotonic_increasing
    found = clean(
        raw_table(totals()),
        roles("transactions", order="order", product="sku", amount="total"),
        CleanOptions(order_totals="as_is"),
    )
    assert found.table["amount"].sum() == pytest.approx(3 * 550)


@pytest.mark.parametrize(
    ("price", "currency"),
    [
        ("£2.50", "£"),
        ("2.50 EUR", "€"),
        ("EUR 2.50", "€"),
        ("€ 2,50", "€"),
        ("R$ 2,50", "BRL"),
        ("2.50", None),
    ],
)
def test_the_currency_is_kept(price: str, currency: str | None) -> None:
    lines = "".join(
        f'{i},2024-01-{i % 28 + 1:02d},C{i % 7},Tea,{i % 3 + 1},"{price}"\n'
        for i in range(60)
    )
    raw = read_table(
        (
            "Order No,Order Date,Customer ID,Product,Quantity,Unit Price\n" + lines
        ).encode(),
        name="orders.csv",
    )
    found = clean(raw, guess_roles(raw))
    assert found.currency == currency and (found.table["unit_price"] == 2.5).all()


@pytest.mark.slow
def test_several_currencies_are_not_summed_without_a_rate() -> None:
    table = {
        "order": ["1", "2", "3", "4"],
        "product": ["a", "b", "c", "d"],
        "amount": ["$10.00", "$5.50", "€8.00", "$1.00"],
    }
    given_roles = roles(
        "transactions", order="order", product="product", amount="amount"
    )
    found = clean(raw_table(table), given_roles)
    assert found.currency == "$" and found.table["amount"].tolist() == [
        10,
        5.5,
        1,
    ]
    assert found.questions[0][
        0
    ] == "cleaning.question.several_currencies" and found.set_aside[
        "reason"
    ].tolist() == ["other_currency"]
    found = clean(raw_table(table), given_roles, CleanOptions(rates=(("EUR", 1.25),)))
    assert found.table["amount"].tolist() == [10, 5.5, 10, 1] and not found.questions
    assert found.changes[["old", "new", "reason"]].values.tolist() == [
        ["8.0", "10.0", "converted"]
    ]


def test_lines_that_are_no_product_are_marked_and_can_go() -> None:
    names = [
        "POSTAGE",
        "Manual",
        "运费",
        "优惠券",
        "优惠装洗发水",
        "BANK CHARGES",
        "Red mug",
        "Manual drill",
        "TEST PRODUCT",
        "Adjust bad debt",
        "Postal scale",
    ]
    table = {
        "order": [str(i) for i in range(len(names))],
        "product": names,
        "amount": ["1.5"] * len(names),
    }
    given_roles = roles(
        "transactions", order="order", product="product", amount="amount"
    )
    found = clean(raw_table(table), given_roles)
    kept = found.table.loc[found.table["is_product"], "product"].tolist()
    assert kept == ["优惠装洗发水", "Red mug", "Manual drill", "Postal scale"]
    found = clean(raw_table(table), given_roles, CleanOptions(no_product="set_aside"))
    assert (
        found.table["product"].tolist() == kept
        and found.summary()["set_aside"] == len(names) - 4
    )


def test_cancelled_orders_are_returns() -> None:
    table = {
        "order": ["536365", "C536379", "536380"],
        "product": ["a", "b", "c"],
        "amount": ["5", "-2", "1"],
        "Status": ["done", "done", "已退款"],
    }
    found = clean(
        raw_table(table),
        roles("transactions", order="order", product="product", amount="amount"),
    )
    assert found.table["is_return"].tolist() == [False, True, True]
    assert found.table["is_sale"].tolist() == [True, True, False]
    assert not found.questions


@pytest.mark.parametrize("role", [None, "category"])
def test_a_type_of_refund_is_taken_off_and_a_cancelled_line_is_no_sale(
    role: str | None,
) -> None:
    """Whatever role the column has, and though all figures are positive: it is said."""
    table = {
        "order": ["1", "2", "3", "4"],
        "product": ["a", "b", "c", "d"],
        "quantity": ["3"] * 4,
        "price": ["1.5", "2", "4", "8"],
    }
    table["Type"] = ["Sale", "Refund", "Sale", "Cancelled"]
    given = {
        "order": "order",
        "product": "product",
        "quantity": "quantity",
        "unit_price": "price",
    } | ({role: "Type"} if role else {})
    found = clean(raw_table(table), roles("transactions", **given))
    assert found.table["is_return"].tolist() == [False, True, False, True]
    assert found.table["amount"].tolist() == [4.5, -6, 12, 24]
    assert found.table["is_sale"].tolist() == [True, True, True, False]
    assert found.summary()["money_not_sales"] == 24
    (question,) = found.questions
    assert question.key == "cleaning.question.refunds_positive"
    assert question.details["values"] == ["Refund"]
    assert question.details["money"] == 6
    found = clean(
        raw_table(table),
        roles("transactions", **given),
        CleanOptions(returns="drop"),
    )
    assert found.table["amount"].sum() == 16.5


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Payment Type", ["Credit", "Credit", "PayPal"]),
        ("Type", ["Credit", "Debit", "Cash"]),
        ("Tender type", ["Void", "Credit", "Gift"]),
    ],
)
def test_ways_to_pay_are_no_returns(name: str, values: list[Any]) -> None:
    table = {
        "order": ["1", "2", "3"],
        "product": ["a", "b", "c"],
        "amount": ["5", "2", "1"],
        name: values,
    }
    found = clean(
        raw_table(table),
        roles("transactions", order="order", product="product", amount="amount"),
    )
    assert not found.table["is_return"].any() and not found.questions
    table = {
        "order": ["1", "2"],
        "product": ["a", "b"],
        "amount": ["5", "2"],
        "Payment status": ["paid", "refunded"],
    }
    found = clean(
        raw_table(table),
        roles("transactions", order="order", product="product", amount="amount"),
    )
    assert found.table["is_return"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "currency"),
    [
        ("Amount (EUR)", "€"),
        ("amount_usd", "$"),
        ("金额（元）", "¥"),
        ("Total £", "£"),
        ("Amount in CHF", "CHF"),
        ("Amount", None),
        ("Try amount", None),
    ],
)
def test_the_currency_in_a_heading_is_kept(name: str, currency: str | None) -> None:
    assert (
        clean(
            raw_table({"order": ["1", "2"], name: ["5", "2"]}),
            roles("transactions", order="order", amount=name),
        ).currency
        == currency
    )


def test_customers_are_left_out_by_id_and_pattern() -> None:
    table = {
        "customer": ["A1", "TEST7", "b2", ""],
        "date": ["2024-01-01"] * 4,
        "amount": ["1", "2", "3", "4"],
    }
    found = clean(
        raw_table(table),
        roles("transactions", customer="customer", date="date", amount="amount"),
        CleanOptions(leave_out=("test*", "B2")),
    )
    assert found.table["amount"].tolist() == [1, 4]


def test_returns_are_netted_against_the_latest_purchase() -> None:
    table = {
        "customer": ["A", "A", "A", "B", "A"],
        "date": [
            "2024-01-01",
            "2024-02-01",
            "2024-02-05",
            "2024-02-05",
            "2024-03-01",
        ],
        "product": ["mug"] * 5,
        "quantity": ["5", "3", "-4", "-2", "7"],
        "price": ["2"] * 5,
    }
    given_roles = roles(
        "transactions",
        customer="customer",
        date="date",
        product="product",
        quantity="quantity",
        unit_price="price",
    )
    found = clean(raw_table(table), given_roles, CleanOptions(returns="net"))
    assert found.table[["customer", "quantity", "amount"]].values.tolist() == [
        ["A", 4, 8],
        ["B", -2, -4],
        ["A", 7, 14],
    ]
    assert found.summary()["money_kept"] == found.summary()["money_read"] == 18
    found = clean(raw_table(table), given_roles, CleanOptions(returns="drop"))
    assert found.table["quantity"].tolist() == [5, 3, 7]


def test_texts_are_tidied_by_kind_and_comments_are_not() -> None:
    table = {
        "customer": [" A1 ", "B2", "C3"],
        "city": ["New  York", " Paris", "ＲＯＭＥ　１"],
        "text": [" so  good ", "bad", "ｏｋ"],
    }
    found = clean(raw_table(table), roles("feedback", customer="customer", text="text"))
    assert found.table["customer"].tolist() == ["A1", "B2", "C3"]
    assert found.table["city"].tolist() == ["New York", "Paris", "ROME 1"]
    assert found.table["text"].tolist() == [" so  good ", "bad", "ｏｋ"]
    assert found.summary()["cells_changed"] == 4
    found = clean(
        raw_table(table),
        roles("feedback", text="text"),
        CleanOptions(case="lower", merge=(("city", "rome 1", "rome"),)),
    )
    assert found.table["city"].tolist() == ["new york", "paris", "rome"]
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
    found = clean(
        raw_table({"city": cities, "n": [str(i) for i in range(len(cities))]}),
        CUSTOMERS,
    )
    groups = {
        group.keep: {name for name, _ in group.merge} for group in crm_variants(found)
    }
    assert groups == {
        "New York": {"new york", "New-York", "Newyork"},
        "Boston": {"Bostn"},
    }
    merge = tuple(
        pair for group in crm_variants(found) for pair in group.as_merge("city")
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
    found, got, _ = read(values, missing=(("x", method, *rest),), **options)
    return found, got


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
    found, drawn = filled("random", values)
    assert set(drawn) <= {1.5, 4.5, 3.0} and filled("random", values)[1] == drawn
    assert (
        found.changes["reason"].tolist() == ["random", "random"]
        and found.summary()["cells_changed"] == 2
    )
    with pytest.raises(AnalysisError, match="x"):
        filled("constant", values, "nine")


def test_neighbours_fill_from_the_most_alike_rows() -> None:
    table = {
        "a": [str(i / 2) for i in range(60)],
        "b": [str(i) if i != 30 else "" for i in range(60)],
    }
    found = clean(
        raw_table(table),
        CUSTOMERS,
        CleanOptions(missing=(("b", "neighbours"),), neighbours=4),
    )
    assert found.table["b"].iloc[30] == 30


def test_gaps_in_a_series_are_filled_along_its_time() -> None:
    table = {
        "date": ["2024-01-01", "2024-01-11", "2024-01-05"],
        "value": ["0", "10", ""],
    }
    found = clean(
        raw_table(table),
        roles("series", date="date", value="value"),
        CleanOptions(missing=(("value", "interpolate"),)),
    )
    assert found.table["value"].tolist() == [0, 10, 4]


@pytest.mark.slow
def test_outliers_are_flagged_clipped_or_set_aside() -> None:
    values = [str(10 + i % 20) for i in range(100)] + ["500"]
    assert read(values)[0].flags[["line", "reason", "value"]].values.tolist() == [
        [102, "outlier", "500.0"]
    ]
    found, got, _ = read(values, outliers="clip")
    assert max(got) == pytest.approx(24.0 + 3 * 10 + 0.0, abs=1) and found.changes[
        "reason"
    ].tolist() == ["clipped"]
    assert max(read(values, outliers="set_aside")[1]) == 29
    assert 102 in read(values, outlier_method="robust_z")[0].flags["line"].tolist()
    assert (
        102 in read(values, outlier_method="isolation_forest")[0].flags["line"].tolist()
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
    found = clean(raw_table(table), CUSTOMERS)
    assert set(
        map(tuple, found.flags[["line", "column", "reason"]].values.tolist())
    ) == {
        (2, "Age", "age"),
        (4, "Age", "age"),
        (2, "Birth_Year", "birth_year"),
        (2, "price", "negative_price"),
        (4, "when", "future_date"),
    }
    found = clean(raw_table(table), CUSTOMERS, CleanOptions(impossible="missing"))
    assert (
        found.table["Age"].isna().tolist() == [True, False, True] and found.flags.empty
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
    found = clean(
        raw_table(table),
        roles("transactions", quantity="qty", unit_price="price"),
    )
    names = [name.lower() for name in found.table.columns]
    assert len(set(names)) == len(names) == len(table) + 4 and {
        "quantity",
        "unit_price",
        "amount",
        "is_return",
        "is_product",
    } <= set(names)
    assert found.table["amount"].tolist() == [10, 21]


def test_nothing_at_all_is_an_empty_table() -> None:
    found = clean(raw_table({"a": [], "b": []}), CUSTOMERS)
    assert (
        len(found.table) == 0
        and found.summary()["kept"] == 0
        and found.changes.empty
        and found.flags.empty
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


def written(number: float, style: str) -> str:
    whole = f"{abs(number):,.2f}"
    text = {
        "us": whole,
        "eu": whole.replace(",", "_").replace(".", ",").replace("_", "."),
        "space": whole.replace(",", " ").replace(".", ","),
        "swiss": whole.replace(",", "'"),
    }[style]
    return ("-" if number < 0 else "") + text


@pytest.mark.slow
@tries
def test_law_numbers_come_back_however_a_country_writes_them(
    tries: Any,
) -> None:
    @settings(law, max_examples=tries)
    @given(
        st.lists(
            st.integers(-(10**9), 10**9).map(lambda n: n / 100),
            min_size=1,
            max_size=30,
        ),
        st.sampled_from(["us", "eu", "space", "swiss"]),
    )
    def holds(numbers: Any, style: Any) -> None:
        _, values, kind = read([written(number, style) for number in numbers])
        assert kind == "number"
        assert values == pytest.approx(numbers)

    holds()


@pytest.mark.slow
@tries
def test_law_dates_come_back_however_they_are_written(tries: Any) -> None:
    @settings(law, max_examples=tries)
    @given(
        st.lists(
            st.dates(datetime.date(1971, 1, 1), datetime.date(2068, 12, 31)),
            min_size=1,
            max_size=30,
        ),
        st.sampled_from(
            [
                "%Y-%m-%d",
                "%d.%m.%Y",
                "%m/%d/%Y",
                "%Y年%m月%d日",
                "%d %B %Y",
                "%b %d, %Y",
                "%Y%m%d",
                "%d-%m-%y",
            ]
        ),
    )
    def holds(days: Any, form: Any) -> None:
        order = "month_first" if form.startswith("%m") else "day_first"
        _, values, kind = read(
            [day.strftime(form) for day in days],
            role="date",
            kind="series",
            date_order=(("*", order),),
        )
        assert kind == "date"
        assert values == [pd.Timestamp(day) for day in days]

    holds()


@pytest.mark.slow
@tries
def test_law_no_text_is_lost_or_invented(tries: Any) -> None:
    @settings(law, max_examples=tries)
    @given(
        st.lists(
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
                max_size=12,
            ),
            min_size=1,
            max_size=20,
        )
    )
    def holds(texts: Any) -> None:
        found = clean(
            raw_table({"text": texts, "n": [str(i) for i in range(len(texts))]}),
            roles("feedback", text="text"),
        )
        kept = found.table["text"].to_dict()
        for line, before in enumerate(texts, start=2):
            assert (
                kept.get(line, "") == before
                if before.strip(BLANKS)
                else missing(kept.get(line))
            )
        assert len(kept) + len(found.set_aside) == len(texts)

    holds()


def test_cleaning_what_was_cleaned_changes_nothing() -> None:
    found = clean(
        raw_table({**ORDER, "name": [" a ", "b", "Ｃ"]}),
        roles("transactions", **ORDER_ROLES),
    )
    computed = ["amount", "is_sale", "is_return", "is_product"]
    frame = found.table.drop(columns=computed)
    again = clean(
        raw_table(
            {
                name: ["" if missing(value) else str(value) for value in frame[name]]
                for name in frame
            }
        ),
        roles("transactions", **{role: role for role in ORDER_ROLES}),
    )
    pd.testing.assert_frame_equal(again.table, found.table)
    assert again.summary()["cells_changed"] == 0


@pytest.mark.slow
def test_known_answer_online_retail(real_data: Path) -> None:
    folder = real_data / "online_retail"
    raws = [crm.read_table(folder / "december_to_april.csv")]
    frames = [
        raws[0].table,
        *(crm.read_table(path).table for path in sorted(folder.glob("2011-05-*.csv"))),
    ]
    both = pd.concat(frames, ignore_index=True)
    raw = raw_table({name: both[name].fillna("").tolist() for name in both.columns})
    given_roles = crm.guess_roles(raws[0])
    as_read = clean(raw, given_roles, CleanOptions(duplicates="keep"))
    table = as_read.table
    assert (
        len(table),
        table["customer"].nunique(),
        table["order"].nunique(),
    ) == (
        209_029,
        2_767,
        10_783,
    )
    assert math.isclose(table["amount"].sum(), 3_706_827.64, abs_tol=0.01)
    found = clean(raw, given_roles)
    assert len(found.table) == 207_282 and math.isclose(
        found.table["amount"].sum(), 3_698_674.50, abs_tol=0.01
    )
    assert (
        found.table.index.is_monotonic_increasing
        and found.summary()["duplicates"] == 1_747
    )
    assert not found.table["customer"].dropna().str.contains(".", regex=False).any()


def real(path: Path, **options: Any) -> Any:
    raw = crm.read_table(path)
    return clean(raw, crm.guess_roles(raw), CleanOptions(**options))


@pytest.mark.slow
def test_known_answers_customers_files(real_data: Path) -> None:
    found = real(real_data / "marketing_campaign" / "marketing_campaign.csv")
    assert (
        found.table["Dt_Customer"].max() == pd.Timestamp("2014-06-29")
        and found.detail("Dt_Customer")["order"] == "day_first"
    )
    flags = found.flags
    assert sorted(
        flags.loc[flags["reason"] == "birth_year", "value"].astype(float)
    ) == [
        1893,
        1899,
        1900,
    ]
    assert "666666.0" in flags.loc[flags["column"] == "Income", "value"].tolist()
    found = real(real_data / "telco_churn" / "Telco-Customer-Churn.csv")
    assert (
        found.table["TotalCharges"].isna().sum() == 11
        and found.table["churned"].sum() == 1_869
        and found.summary()["cells_changed"] == 0
    )
    found = real(real_data / "credit_card_churners" / "BankChurners.csv")
    assert found.table["churned"].sum() == 1_627


@pytest.mark.slow
def test_known_answers_mixed_dates(real_data: Path) -> None:
    found = real(real_data / "bike_sales_34k" / "Sales+data.csv")
    assert (
        found.table["date"].dt.month_name() == found.table["Month"]
    ).all() and not found.questions
    found = real(real_data / "walmart_weekly" / "walmart.csv")
    assert found.table["date"].nunique() == 143 and set(
        found.table["date"].dt.day_name()
    ) == {"Friday"}


def test_what_cells_look_like_is_gathered_once_a_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from crm_analysis.tables.cleaning import evidence

    looked = []
    original = evidence._gathered
    monkeypatch.setattr(
        evidence,
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
    assert first.table["n"].tolist()[:2] == [1.5, 2.5] != again.table["n"].tolist()[:2]
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


@pytest.mark.slow
@given(
    st.lists(
        st.text("0123456789.,-+%$ kK()eE'", min_size=1, max_size=12),
        min_size=1,
        max_size=30,
    )
)
@settings(deadline=None)
def test_a_number_of_digits_and_marks_is_taken_apart_as_by_the_pattern(
    texts: Any,
) -> None:
    names = ", ".join(map(literal, numbers._NAMES))
    with_pattern = f"regexp_extract(t, {literal(numbers._WHOLE)}, [{names}])"
    found = duckdb.execute(
        f"SELECT {numbers.parts('t')}, {with_pattern} FROM (SELECT unnest(?) AS t)",
        [[text.strip() for text in texts]],
    ).fetchall()
    assert all(quick == slow for quick, slow in found)


@pytest.mark.parametrize("table", [pd.DataFrame({"id": ["1"]}), "orders.csv"])
def test_a_frame_that_did_not_come_through_read_table_is_refused(
    table: object,
) -> None:
    with pytest.raises(TypeError, match="clean takes a table as read_table gives it"):
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
