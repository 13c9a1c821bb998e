"""What spreadsheets leave in exports: cells held as text, totals amid the rows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

import crm_analysis as crm
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.tables.reading.total_names import total_name
from tests.raw_tables import shared_engine


def cleaned(
    text: str, name: str = "table.csv", encoding: str = "utf-8"
) -> crm.Cleaned:
    """A text read, understood and cleaned unasked."""
    raw = crm.read_table(text.encode(encoding), name=name, engine=shared_engine())
    return crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())


def notes(raw: crm.RawTable) -> list[str]:
    """The keys of what is said of a file."""
    return [key.removeprefix("reading.note_") for key, _ in raw.reading.notes]


ORDERS = (
    ("0012", "0071", "10.50"),
    ("0013", "0072", "20.00"),
    ("0014", "0071", "30"),
)


@pytest.mark.parametrize(
    ("marked", "is_said"),
    [
        ('="{}"', True),
        ('"=""{}"""', True),
        ("'{}", True),
        ("{}\t", False),
        ('"\t{}"', False),
    ],
)
def test_ids_and_figures_lose_what_held_them_as_text(
    marked: str, is_said: bool
) -> None:
    lines = [
        f"{marked.format(order)},2025-01-{day},{marked.format(customer)},{marked.format(amount)}"
        for (order, customer, amount), day in zip(
            ORDERS, ("05", "16", "27"), strict=True
        )
    ]
    text = "\n".join(["id,date,customer,amount", *lines])
    table = cleaned(text).table
    assert table["customer"].tolist() == ["0071", "0072", "0071"]
    assert table["order"].tolist() == ["0012", "0013", "0014"]
    assert table["amount"].tolist() == [10.5, 20.0, 30.0]
    assert ("markers" in notes(crm.read_table(text.encode()))) == is_said


def test_headings_and_figures_with_thousands_come_out_of_their_formulas() -> None:
    table = cleaned(
        '="Order ID",="Customer",="Date",="Total"\n'
        '="0012",="0071",="2025-01-05",="1,210.50"\n'
        '="0013",="0072",="2025-01-16",="20.00"\n'
        '="0014",="0071",="2025-01-27",="30.00"\n'
    ).table
    assert table["order"].tolist() == ["0012", "0013", "0014"]
    assert table["amount"].sum() == 1260.5


def test_an_apostrophe_that_belongs_to_a_name_stays() -> None:
    raw = crm.read_table(b"id,product\n1,'Tis tea\n2,Cup\n3,Pot\n4,Jam\n")
    assert raw.table["product"].tolist() == ["'Tis tea", "Cup", "Pot", "Jam"]


@pytest.mark.slow
def test_large_files_lose_their_markers_as_small_ones_do() -> None:
    rows = "".join(
        f'="{number:07}",="{number % 300:05}",2024-{number % 12 + 1:02}-15,="{number % 90}.50"\n'
        for number in range(60_000)
    )
    table = cleaned(f"id,customer,date,amount\n{rows}").table
    assert table["customer"].iloc[7] == "00007"
    assert table["amount"].sum() == sum(
        number % 90 + 0.5 for number in range(60_000)
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("合计", "word"),
        ("Grand Total:", "word"),
        ("2023年合计", "period"),
        ("Q1 2022 total", "period"),
        ("Total 2022", "period"),
        ("一季度小计", "period"),
        ("Summe 2023", "period"),
        ("Итого за 2023", "period"),
        ("Total for Ann Lee", "group"),
        ("华东小计", "group"),
        ("North subtotal", "group"),
        ("Total Wine Inc", None),
        ("设计", None),
        ("2023", None),
    ],
)
def test_totals_are_known_by_their_names(name: str, kind: str | None) -> None:
    assert total_name([name, "120"]) == kind


MONTHS = "\n".join(f"2022年{month}月,{100 + month}" for month in range(1, 13))


def test_totals_of_years_amid_the_months_are_set_aside() -> None:
    again = MONTHS.replace("2022", "2023")
    years = f"月份,销售额\n{MONTHS}\n2022年合计,1278\n{again}\n2023年合计,1278\n"
    raw = crm.read_table(years.encode("gbk"), name="months.csv")
    assert raw.reading.rows == 24
    assert raw.set_aside["line"].tolist() == [14, 27]
    assert set(raw.set_aside["reason"]) == {"total"}
    assert not raw.reading.questions


def test_totals_of_groups_are_set_aside_where_they_are_sums() -> None:
    raw = crm.read_table(
        b"region,month,amount\nNorth,2024-01,10\nNorth,2024-02,20\nNorth subtotal,,30\n"
        b"South,2024-01,5\nSouth,2024-02,6\nSouth subtotal,,11\nGrand Total,,41\n"
    )
    assert raw.set_aside["line"].tolist() == [4, 7, 8]
    inner = (
        "区域,门店,金额\n华东,甲,10\n华东,乙,20\n华东,小计,30\n"
        "华南,丙,5\n华南,丁,7\n华南,小计,12\n"
    )
    assert crm.read_table(inner.encode()).set_aside["line"].tolist() == [4, 7]


def test_a_product_named_total_is_a_product() -> None:
    table = cleaned(
        "product,amount\nColgate Total,10\nSoap,20\nColgate Total,12\nTea,6\nJam,5\n"
    ).table
    assert table["amount"].sum() == 53


def test_a_total_that_is_no_sum_is_asked_about_and_can_be_put_back() -> None:
    text = b"month,amount\n2024-01,10\n2024-02,20\nQ1 2024 total,31\n2024-04,5\n2024-05,6\n"
    raw = crm.read_table(text)
    cleaned = crm.clean(raw, crm.guess_roles(raw))
    (question,) = [
        details
        for key, details in cleaned.questions
        if key.endswith("total_differs")
    ]
    assert question["lines"] == [4] and question["default"] == "set_aside"
    again = crm.read_table(text, ReadOptions().answered(question, "rows"))
    assert again.reading.rows == 5 and not again.reading.questions


@pytest.mark.slow
def test_large_files_lose_their_totals_as_small_ones_do() -> None:
    text = ["store,day,amount"]
    for store in range(300):
        text += [f"S{store},day {day},{day % 10}.5" for day in range(600)]
        text.append(
            f"S{store} subtotal,,{sum(day % 10 + 0.5 for day in range(600))}"
        )
    raw = crm.read_table("\n".join(text).encode())
    assert raw.reading.rows == 300 * 600
    assert raw.set_aside["reason"].tolist() == ["total"] * 300


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(1, 999), min_size=2, max_size=6),
        min_size=2,
        max_size=6,
    ),
    st.sampled_from([("{} 合计", "总计"), ("{} total", "Grand total")]),
)
def test_what_is_left_of_any_table_with_totals_sums_to_its_lines(
    groups: list[list[int]], names: tuple[str, str]
) -> None:
    lines = ["day,amount"]
    for number, figures in enumerate(groups):
        month = f"2023-{number + 1:02}"
        lines += [
            f"{month}-{day:02},{figure}" for day, figure in enumerate(figures, 1)
        ]
        lines.append(f"{names[0].format(month)},{sum(figures)}")
    lines.append(f"{names[1]},{sum(map(sum, groups))}")
    raw = crm.read_table("\n".join(lines).encode())
    assert raw.table["amount"].astype(int).sum() == sum(map(sum, groups))
    assert raw.reading.rows == sum(map(len, groups))
