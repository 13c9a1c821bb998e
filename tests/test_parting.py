"""Tables whose records are several rows: a column a period, a column a product of yes and no."""

from __future__ import annotations

import pytest

import crm_analysis as crm
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.tables.reading.periods import period_of
from tests.raw_tables import shared_engine


def cleaned(
    text: str, name: str = "table.csv", options: ReadOptions | None = None
) -> crm.Cleaned:
    """A text read, understood and cleaned."""
    raw = crm.read_table(text.encode(), options, name=name, engine=shared_engine())
    return crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())


def asked(result: crm.Cleaned) -> dict[str, dict]:
    """The details of what is asked of the reading, by the end of its key."""
    return {
        key.removeprefix("reading.question."): details
        for key, details in result.questions
        if key.startswith("reading.")
    }


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("Jan 2025", "2025-01-01"),
        ("März 24", "2024-03-01"),
        ("2024年11月", "2024-11-01"),
        ("202402", "2024-02-01"),
        ("2024년 1월", "2024-01-01"),
        ("Q3 2024", "2024-07-01"),
        ("2024年第二季度", "2024-04-01"),
        ("2024-W05", "2024-01-29"),
        ("FY2023", "2023-01-01"),
        ("Sales Jan 2025", "2025-01-01"),
        ("2024年1月销量", "2024-01-01"),
    ],
)
def test_headings_that_are_periods_begin_on_a_day(name: str, date: str) -> None:
    period = period_of(name)
    assert period and period.date == date


@pytest.mark.parametrize(
    "name", ["Product", "Item 1", "Marketing", "Q5", "order date"]
)
def test_other_headings_are_no_periods(name: str) -> None:
    assert period_of(name) is None


def test_months_with_years_become_a_series_of_each_product() -> None:
    text = (
        "Product,Jan 2025,Feb 2025,Mar 2025\nTea,10,20,30\nCup,1,2,3\nPot,5,5,5\n"
    )
    result = cleaned(text)
    assert result.kind == "series"
    assert result.table["value"].sum() == 81
    assert result.table["date"].dt.month.tolist() == [1, 2, 3] * 3
    assert asked(result)["periods"]["default"] == "periods"
    whole = cleaned(text, options=ReadOptions(shape="columns"))
    assert list(
        crm.read_table(text.encode(), ReadOptions(shape="columns")).table
    ) == [
        "Product",
        "Jan 2025",
        "Feb 2025",
        "Mar 2025",
    ]
    assert asked(whole)["periods"]["default"] == "columns"


MONTHS = "门店,城市,1月,2月,3月,4月,合计\n门店1,杭州,11,12,13,14,50\n门店2,上海,21,22,23,24,90\n"


def test_the_year_of_months_is_asked_and_totals_are_left_out() -> None:
    result = cleaned(MONTHS)
    assert result.kind == "series"
    assert result.table["value"].sum() == 140
    assert set(result.table["series"]) == {"门店1", "门店2"}
    question = asked(result)["year"]
    year = question["default"]
    assert set(result.table["date"].dt.year) == {year}
    other = cleaned(MONTHS, options=ReadOptions().answered(question, year - 1))
    assert set(other.table["date"].dt.year) == {year - 1}
    assert "year" not in asked(other)


def test_a_title_may_say_the_year() -> None:
    result = cleaned(MONTHS, name="2023年销售.csv")
    assert set(result.table["date"].dt.year) == {2023}
    assert "year" not in asked(result)


def test_months_may_go_on_into_the_next_year() -> None:
    raw = crm.read_table("店,2023年11月,12月,1月\n甲,1,2,3\n乙,4,5,6\n".encode())
    assert raw.table["date"].tolist()[:3] == [
        "2023-11-01",
        "2023-12-01",
        "2024-01-01",
    ]


def test_two_measures_a_month_become_two_columns() -> None:
    raw = crm.read_table(
        b"item,Jan 2024 Sales,Jan 2024 Units,Feb 2024 Sales,Feb 2024 Units,"
        b"Mar 2024 Sales,Mar 2024 Units\nTea,10,1,20,2,30,3\nCup,1,1,2,2,3,3\n"
    )
    assert raw.reading.columns == ("item", "date", "sales", "units")
    assert raw.reading.rows == 6


def test_answers_to_four_questions_are_no_quarters() -> None:
    raw = crm.read_table(
        b"respondent,Q1,Q2,Q3,Q4\n1,5,4,3,5\n2,5,4,2,5\n3,1,4,3,5\n"
    )
    assert raw.reading.layout == "delimited"


def test_empty_months_are_no_rows_and_every_record_is_accounted_for() -> None:
    raw = crm.read_table(b"store,2024-01,2024-02,2024-03\nA,1,,3\nB,,,\nC,4,5,6\n")
    assert raw.reading.rows == 5
    assert raw.reading.records == 4 == sum(raw.reading.counts.values())
    assert raw.reading.counts["blank"] == 1


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("1", "0"),
        ("TRUE", "FALSE"),
        ("yes", "no"),
        ("t", "?"),
        ("是", "否"),
        ("✓", ""),
    ],
)
def test_columns_of_yes_and_no_become_baskets(yes: str, no: str) -> None:
    rows = ["110", "110", "011", "100", "111", "010", "110", "101", "110", "001"]
    lines = [
        ",".join([str(number), *(yes if sign == "1" else no for sign in row)])
        for number, row in enumerate(rows, start=1)
    ]
    result = cleaned("\n".join(["order,Tea,Cup,Pot", *lines]))
    baskets = result.table.groupby("order")["product"].agg(frozenset)
    assert baskets["1"] == {"Tea", "Cup"} and baskets["5"] == {"Tea", "Cup", "Pot"}
    assert len(baskets) == 10 and len(result.table) == 18
    assert asked(result)["baskets"]["choices"] == ["baskets", "columns"]


def test_equal_baskets_stay_without_an_id() -> None:
    result = cleaned("milk,bread,eggs\n1,0,1\n1,1,0\n1,0,1\n0,0,1\n1,0,1\n")
    assert result.table.groupby("order").ngroups == 5
    assert len(result.table) == 9


def test_traits_that_half_of_all_have_stay_columns_and_are_asked() -> None:
    names = [f"trait {number}" for number in range(30)]
    words = ("yes", "no", "no")
    lines = [
        [f"C{row}", *(words[(row + number) % 3] for number in range(30))]
        for row in range(30)
    ]
    text = "\n".join(map(",".join, [["customer id", *names], *lines]))
    result = cleaned(text)
    assert len(result.table) == 30 and "trait 7" in result.table
    assert asked(result)["baskets"]["default"] == "columns"


def test_baskets_have_their_customer_and_day() -> None:
    result = cleaned(
        "客户,日期,牛奶,面包,鸡蛋\nA,2024-01-01,是,否,是\n"
        "B,2024-01-02,是,是,否\nA,2024-01-23,否,是,是\n"
    )
    assert result.table["customer"].tolist() == ["A", "A", "B", "B", "A", "A"]
    assert result.table["product"].tolist()[:2] == ["牛奶", "鸡蛋"]


@pytest.mark.parametrize(
    "text",
    [
        "customer,date,opened,clicked,unsubscribed\nA,2024-01-01,1,0,0\nB,2024-01-02,1,1,0\n",
        "id,age,gender,partner,phone,paperless,churn\n1,20,M,Yes,No,Yes,No\n2,30,F,Yes,No,No,Yes\n",
        "member,x1,x2,x3,responded\n1,1,0,1,1\n2,0,0,1,0\n3,1,1,1,0\n",
    ],
)
def test_flags_of_people_are_no_baskets(text: str) -> None:
    assert crm.read_table(text.encode()).reading.layout == "delimited"
