"""Which money of a table of orders was received: several columns, refunds, sums of whole orders."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from crm_analysis import CleanOptions, clean, guess_roles, read_table
from crm_analysis.tables.cleaning import Cleaned
from crm_analysis.tables.roles import Roles
from crm_analysis.tables.sales import SalesRules
from crm_analysis.wording import say
from tests.raw_tables import shared_engine
from tests.variants import every


def cleaned(text: str, options: CleanOptions | None = None) -> Cleaned:
    raw = read_table(text.encode(), name="orders.csv", engine=shared_engine())
    return clean(raw, guess_roles(raw), options)


def sold(found: Cleaned) -> float:
    table = found.table
    return float(table.loc[table["is_sale"], "amount"].sum())


def keys(found: Cleaned) -> list[str]:
    return [key.removeprefix("cleaning.question.") for key, _ in found.questions]


_PAID = """单号,客户,下单日期,应付,总金额,实际支付,退款金额,状态
A1,甲,2024-01-01,50,55,50,0,交易成功
A2,乙,2024-01-02,51,60,51,10,交易成功
A3,甲,2024-01-03,52,52,0,0,等待买家付款
A4,丙,2024-01-04,54,54,54,54,退款成功
A5,丙,2024-01-05,50,50,0,0,交易关闭
"""


def test_money_received_is_what_was_paid_less_what_was_given_back() -> None:
    result = cleaned(_PAID)
    assert result.table["amount"].tolist() == [50, 41, 0, 0, 0]
    assert sold(result) == 91
    assert (
        result.table["实际支付"].sum() == 155
    )  # the file's own figure stays beside it


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_other_columns_of_money_are_offered_with_their_sums(
    language: str,
) -> None:
    ((key, details),) = cleaned(_PAID).questions
    assert details["column"] == "实际支付" and details["less"] == ["退款金额"]
    assert details["sums"] == {"实际支付": 101, "总金额": 115} | {
        name: total for name, total in details["sums"].items() if name == "应付"
    }
    assert details["choices"] == list(details["sums"])
    assert "退款金额" in say(key, language, **details)


@pytest.mark.slow
def test_a_person_takes_another_column_and_leaves_refunds_on() -> None:
    assert sold(cleaned(_PAID, CleanOptions(money="总金额"))) == 105
    assert sold(cleaned(_PAID, CleanOptions(take_off=False))) == 101
    assert keys(cleaned(_PAID, CleanOptions(money="总金额"))) == ["status_unclear"]


@pytest.mark.parametrize(
    ("paid", "refund"),
    every(
        3,
        [
            ("Amount paid", "Refunded amount"),
            ("Paid", "Refund"),
            ("Bezahlt", "Erstattungsbetrag"),
            ("Montant payé", "Montant remboursé"),
            ("Importe pagado", "Reembolso"),
            ("支払金額", "返金額"),
            ("결제금액", "환불금액"),
            ("用户实付", "已退款金额"),
        ],
    ),
)
def test_what_was_paid_is_known_by_its_heading_in_many_languages(
    paid: str, refund: str
) -> None:
    result = cleaned(
        f"order,customer,date,Total,{paid},{refund}\n"
        "1,a,2025-03-01,12.50,12.50,2.50\n2,b,2025-03-02,20.00,15.00,0.00\n"
        "3,a,2025-03-03,30.00,30.00,30.00\n"
    )
    assert sold(result) == 25


def test_what_is_net_of_refunds_already_is_not_lessened_again() -> None:
    result = cleaned(
        "order,date,Order total (- Refund),Refund amount\n1,2025-03-01,10,5\n2,2025-03-02,20,0\n"
    )
    assert sold(result) == 30


@pytest.mark.parametrize(
    "lines", ["1,a,2025-03-02,10,,", "1,a,2025-03-02,10,40.00,8.00"]
)
def test_what_comes_off_an_order_is_shared_by_its_lines(lines: str) -> None:
    result = cleaned(
        "order,customer,date,unit price,quantity,refunded amount\n"
        "1,a,2025-03-02,10,1,8.00\n1,a,2025-03-02,30,1,"
        + ("8.00" if lines.endswith("8.00") else "")
        + "\n2,b,2025-03-03,5,2,0\n"
    )
    assert result.table["amount"].round(6).tolist() == [8, 24, 10]
    assert result.summary()["money_edits"] == pytest.approx(-8)


_TOTALS = """Order no.,Customer,Day,Article,Pieces,Item cost,Order total
501,ana,2025-03-01,Tea,2,10,35
501,ana,2025-03-01,Cup,1,10,35
502,bo,2025-03-02,Tea,1,10,15
503,ana,2025-03-06,Cup,1,10,15
"""


def test_an_orders_total_is_known_from_the_first_order_by_its_heading() -> None:
    result = cleaned(_TOTALS)
    assert sold(result) == 65
    ((key, details),) = result.questions
    assert key == "cleaning.question.order_total_repeated"
    assert (details["column"], details["orders"], details["money"]) == (
        "Order total",
        1,
        35,
    )
    assert sold(cleaned(_TOTALS, CleanOptions(order_totals="as_is"))) == 100


def test_an_orders_total_is_known_by_what_its_lines_come_to() -> None:
    result = cleaned(_TOTALS.replace("Order total", "Betrag").replace(",35", ",30"))
    assert sold(result) == 60 and keys(result) == ["order_total_repeated"]


def test_an_orders_total_of_any_heading_is_known_from_the_second_order() -> None:
    head = "order,date,goods,amount\n1,2025-03-01,Tea,35\n1,2025-03-01,Cup,35\n"
    assert sold(cleaned(head + "2,2025-03-02,Tea,15\n")) == 85
    two = cleaned(head + "2,2025-03-02,Tea,15\n2,2025-03-02,Jam,15\n")
    assert sold(two) == 50 and keys(two) == ["order_total_repeated"]


def test_a_lines_total_is_never_an_orders() -> None:
    result = cleaned(
        "order,date,goods,line total\n1,2025-03-01,Tea,35\n1,2025-03-01,Cup,35\n"
        "2,2025-03-02,Tea,15\n2,2025-03-02,Jam,15\n"
    )
    assert sold(result) == 100


_PRICES = """order,day,article,quantity,item-price,buyer
1,2025-03-01,Tea,2,20.00,a
1,2025-03-01,Cup,1,10.00,a
3,2025-03-03,Tea,3,30.00,b
4,2025-03-04,Cup,1,10.00,b
"""


def test_a_price_that_grows_with_the_pieces_is_the_lines_total() -> None:
    assert sold(cleaned(_PRICES)) == 70
    same = _PRICES.replace("3,30.00", "3,20.00")
    assert sold(cleaned(same)) == 20 * 2 + 10 + 20 * 3 + 10


def test_a_total_price_is_the_lines_total() -> None:
    assert sold(cleaned(_PRICES.replace("item-price", "Total Price"))) == 70


def test_a_price_that_could_be_either_is_asked_about() -> None:
    result = cleaned(_PRICES.replace("3,2025-03-03,Tea", "3,2025-03-03,Jam"))
    ((key, details),) = result.questions
    assert key == "cleaning.question.price_or_total"
    assert (details["column"], details["rows"], details["money"]) == (
        "item-price",
        2,
        80,
    )
    line = CleanOptions(price="line")
    assert (
        sold(cleaned(_PRICES.replace("3,2025-03-03,Tea", "3,2025-03-03,Jam"), line))
        == 70
    )
    surely = _PRICES.replace("3,2025-03-03,Tea", "3,2025-03-03,Jam")
    assert not cleaned(surely.replace("item-price", "unit price")).questions


def test_rules_say_which_columns_make_the_money() -> None:
    raw = read_table(
        b"order,line,qty,each,off,order off,paid by platform\n"
        b"1,a,2,10,2,6,1\n1,b,1,12,0,,0\n2,c,1,5,0,0,0\n",
        name="orders.csv",
    )
    rules = SalesRules(
        money=("qty", "each"),
        minus=("off", "order off"),
        plus=("paid by platform",),
        once_per_order=("order off",),
    )
    columns = {
        "order": "order",
        "product": "line",
        "quantity": "qty",
        "unit_price": "each",
    }
    result = clean(raw, Roles("transactions", columns, sales=rules))
    assert result.table["amount"].sum() == pytest.approx(19 + 12 - 6 + 5)
    assert result.table["amount"].tolist()[2] == 5


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 500), st.integers(0, 300)),
        min_size=1,
        max_size=12,
    )
)
def test_what_comes_off_orders_is_taken_off_once(
    orders: list[tuple[int, int, int]],
) -> None:
    lines = ["order,qty,each,off"]
    for number, (size, price, off) in enumerate(orders):
        lines += [f"{number},1,{price},{off}"] * size
    raw = read_table(
        "\n".join(lines).encode(), name="orders.csv", engine=shared_engine()
    )
    rules = SalesRules(
        money=("qty", "each"), minus=("off",), once_per_order=("off",)
    )
    columns = {"order": "order", "quantity": "qty", "unit_price": "each"}
    roles = Roles("transactions", columns, sales=rules)
    result = clean(raw, roles, CleanOptions(duplicates="keep"))
    expected = sum(max(0, size * price - off) for size, price, off in orders)
    assert result.table["amount"].sum() == pytest.approx(expected)
