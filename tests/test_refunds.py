"""Refunds: taken off once, and on the day they were where the file has it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from crm_analysis import clean, guess_roles, read_table
from crm_analysis.tables.cleaning import Cleaned, CleanOptions
from crm_analysis.tables.sales import meaning_of
from tests.raw_tables import shared_engine
from tests.variants import every


def cleaned(text: str, **options: Any) -> Cleaned:
    raw = read_table(
        text.strip().encode(), name="orders.csv", engine=shared_engine()
    )
    return clean(raw, guess_roles(raw), CleanOptions(**options))


def received(result: Cleaned) -> float:
    table = result.table
    return round(float(table[table["is_sale"]]["amount"].sum()), 2)


def by_month(result: Cleaned) -> dict[str, float]:
    table = result.table[result.table["is_sale"]]
    months = pd.to_datetime(table["date"]).dt.strftime("%Y-%m")
    return {
        str(month): float(sum_)
        for month, sum_ in table.groupby(months)["amount"].sum().items()
    }


def asked(result: Cleaned, key: str) -> dict:
    (details,) = [
        question.details
        for question in result.questions
        if question.key == f"cleaning.question.{key}"
    ]
    return dict(details)


_DATED = """
order,day,buyer,state,paid,refund_amount,refunded_at
1,2025-01-14,Ann,paid,50.00,0,
2,2025-01-15,Bob,paid,70.00,20.00,2025-03-02
3,2025-01-16,Cy,refunded,30.00,30.00,2025-02-02
4,2025-01-17,Di,cancelled,90.00,0,
"""
_DATED_ZH = """
订单号,下单时间,买家,订单状态,实付金额,退款金额,退款时间
1,2025-01-14 10:00:00,小王,已完成,50.00,0,
2,2025-01-15 10:00:00,小李,已完成,70.00,20.00,2025-03-02 09:00:00
3,2025-01-16 10:00:00,小赵,退款成功,30.00,30.00,2025-02-02 09:00:00
"""


@pytest.mark.parametrize("text", [_DATED, _DATED_ZH], ids=["en", "zh"])
def test_a_refund_is_a_line_of_its_own_on_its_own_day(text: str) -> None:
    result = cleaned(text)
    assert by_month(result) == {
        "2025-01": 150.0,
        "2025-02": -30.0,
        "2025-03": -20.0,
    }
    back = result.table[result.table["amount"] < 0]
    assert back["is_return"].all()
    assert back["order"].tolist() == ["2", "3"]
    assert asked(result, "refunds_dated")["money"] == 50


def test_the_ledger_of_dated_refunds_adds_up() -> None:
    result = cleaned(_DATED)
    sums = result.summary()
    assert sums["records_in"] == sums["header"] + sums["kept"] == 5
    assert sums["money_read"] == 240
    assert sums["money_kept"] == sums["money_read"] + sums["money_edits"] == 190
    edits = result.changes[result.changes["reason"] == "refund_dated"]
    assert sorted(edits["new"].astype(float)) == [-30, -20]


def test_refunds_that_are_left_out_leave_the_rows_of_the_file_in_their_sums() -> (
    None
):
    sums = cleaned(_DATED, returns="drop").summary()
    assert sums["set_aside"] == 1 and sums["kept"] == 3
    assert sums["money_kept"] == 150


def test_a_refund_of_a_whole_order_is_one_line() -> None:
    result = cleaned("""
order,day,buyer,product,quantity,price,refund_amount,refunded_at
1,2025-01-14,Ann,Tea,2,10.00,12.00,2025-03-02
1,2025-01-14,Ann,Cup,1,30.00,12.00,2025-03-02
2,2025-01-15,Bob,Tea,1,10.00,0,
3,2025-01-15,Cy,Tea,3,10.00,5.00,2025-04-02
3,2025-01-15,Cy,Cup,2,30.00,5.00,2025-04-02
""")
    assert by_month(result) == {"2025-01": 150.0, "2025-03": -12.0, "2025-04": -5.0}


def test_a_status_and_a_day_are_enough_where_no_figure_tells_of_the_refund() -> (
    None
):
    result = cleaned("""
order,day,buyer,status,amount,refund date
1,2025-01-14,Ann,paid,50.00,
2,2025-01-15,Bob,refunded,70.00,2025-03-02
""")
    assert by_month(result) == {"2025-01": 120.0, "2025-03": -70.0}


def test_a_refund_without_a_day_comes_off_its_sale_which_is_said() -> None:
    result = cleaned("""
order,day,buyer,amount,refunded_amount
1,2025-01-14,Ann,50.00,0
2,2025-01-15,Bob,70.00,20.00
""")
    assert by_month(result) == {"2025-01": 100.0}
    assert asked(result, "refunds_undated")["money"] == 20


def test_refunds_stay_with_their_sales_where_the_step_is_undone() -> None:
    result = cleaned(_DATED, undo=("returns",))
    assert by_month(result) == {"2025-01": 100.0}


_BOTH = {
    "status": """
order,day,status,buyer,amount
1,2025-02-14,paid,Ann,50.00
2,2025-02-15,refunded,Bob,70.00
2,2025-02-18,refund,Bob,-70.00
3,2025-02-19,refunded,Cy,20.00
""",
    "status and type": """
order,day,type,status,buyer,amount
1,2025-02-14,sale,paid,Ann,50.00
2,2025-02-15,sale,refunded,Bob,70.00
2,2025-02-18,refund,completed,Bob,-70.00
""",
    "lines": """
order,day,status,buyer,product,quantity,amount
1,2025-02-14,paid,Ann,Tea,5,50.00
2,2025-02-15,refunded,Bob,Tea,2,20.00
2,2025-02-15,refunded,Bob,Cup,5,50.00
2,2025-02-18,refund,Bob,Tea,-2,-20.00
2,2025-02-18,refund,Bob,Cup,-5,-50.00
""",
    "a number of its own": """
order,day,status,buyer,amount
1,2025-02-14,paid,Ann,50.00
2,2025-02-15,refunded,Bob,70.00
3,2025-02-18,refund,Bob,-70.00
""",
    "a column": """
order,day,type,buyer,amount,refunded_amount
1,2025-02-14,sale,Ann,50.00,0
2,2025-02-15,sale,Bob,70.00,70.00
2,2025-02-18,refund,Bob,-70.00,0
""",
    "a column on both rows": """
order,day,type,buyer,amount,refunded_amount
1,2025-02-14,sale,Ann,50.00,0
2,2025-02-15,sale,Bob,70.00,70.00
2,2025-02-18,refund,Bob,-70.00,70.00
""",
    "in Chinese": """
订单号,下单时间,订单状态,买家,金额
1,2025-02-14,已完成,小王,50.00
2,2025-02-15,退款成功,小李,70.00
2,2025-02-18,退款,小李,-70.00
""",
}


@pytest.mark.parametrize("text", _BOTH.values(), ids=_BOTH)
def test_a_refund_is_taken_off_once_however_often_it_is_told(text: str) -> None:
    assert received(cleaned(text)) == 50


def test_a_refund_of_one_order_undoes_no_other() -> None:
    result = cleaned("""
order,day,status,buyer,amount
1,2025-02-14,paid,Bob,70.00
1,2025-02-18,refund,Bob,-70.00
2,2025-02-15,refunded,Bob,70.00
3,2025-02-16,paid,Ann,50.00
""")
    assert received(result) == 50


@pytest.mark.parametrize(
    "word", ["partially_refunded", "部分退款", "teilweise erstattet"]
)
def test_how_much_of_an_order_was_given_back_is_asked(word: str) -> None:
    result = cleaned(f"""
order,day,status,buyer,amount
1,2025-02-14,paid,Ann,50.00
2,2025-02-15,{word},Bob,70.00
""")
    details = asked(result, "status_part_refunded")
    assert (details["values"], details["money"]) == ([word], 70)


def test_a_part_that_a_figure_or_a_row_tells_is_not_asked() -> None:
    result = cleaned("""
order,day,status,buyer,amount,refunded_amount
1,2025-02-14,paid,Ann,50.00,0
2,2025-02-15,partially_refunded,Bob,70.00,20.00
""")
    assert received(result) == 100
    assert not [q for q in result.questions if "part_refunded" in q.key]


_MOVEMENTS = {
    "en": ("Transaction type", "Payment", "Refund", "Fee", "Payout"),
    "zh": ("交易类型", "交易付款", "退款", "服务费", "提现"),
    "de": ("Buchungsart", "Zahlung", "Rückerstattung", "Gebühr", "Auszahlung"),
    "fr": ("Type d'opération", "Paiement", "Remboursement", "Frais", "Virement"),
    "es": ("Tipo de operación", "Cobro", "Reembolso", "Comisión", "Transferencia"),
    "it": ("Tipo operazione", "Incasso", "Rimborso", "Commissione", "Bonifico"),
    "nl": ("Mutatiesoort", "Betaling", "Terugbetaling", "Kosten", "Uitbetaling"),
    "pl": ("Rodzaj operacji", "Płatność", "Zwrot", "Prowizja", "Wypłata"),
    "ja": ("取引種別", "支払い", "返金", "手数料", "振込"),
    "ko": ("거래유형", "결제", "환불", "수수료", "출금"),
}


@pytest.mark.parametrize("sign", ["-", ""], ids=["signed", "positive"])
@pytest.mark.parametrize("language", every(3, _MOVEMENTS))
def test_a_kind_of_movement_says_what_is_a_sale(language: str, sign: str) -> None:
    heading, paid, back, fee, payout = _MOVEMENTS[language]
    result = cleaned(f"""
date,id,{heading},buyer,amount
2025-01-13,T1,{paid},Ann,120.00
2025-01-14,T2,{fee},,{sign}3.60
2025-01-15,T3,{paid},Bob,80.00
2025-01-16,T4,{back},Bob,{sign}30.00
2025-01-17,T5,{payout},,{sign}166.40
2025-01-18,T6,{paid},Cy,10.00
""")
    assert received(result) == 180
    if not sign:
        assert asked(result, "refunds_positive")["money"] == 30


def test_a_movement_that_nobody_knows_is_asked_about() -> None:
    result = cleaned("""
date,id,Transaction type,buyer,amount
2025-01-13,T1,Payment,Ann,120.00
2025-01-14,T2,Fee,,-3.60
2025-01-15,T3,Zorb,Bob,80.00
2025-01-16,T4,Payment,Cy,30.00
""")
    assert asked(result, "status_unknown")["values"] == ["Zorb"]


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("Shipping fee", "no_trade"),
        ("Order refund", "refunded"),
        ("Refund due", "refund_asked"),
        ("order paid", "paid"),
        ("No refund", "open"),
    ],
)
def test_words_of_movements_mean_what_their_last_noun_says(
    word: str, meaning: str
) -> None:
    assert meaning_of(word) == meaning


def test_a_gift_card_that_is_sold_is_asked_about_and_no_sale_meanwhile() -> None:
    text = """
order,day,buyer,product,quantity,price
1,2025-01-14,Ann,Tea,2,10.00
1,2025-01-14,Ann,Gift Card - 50,1,50.00
2,2025-01-15,Bob,Gift card holder,1,5.00
"""
    result = cleaned(text)
    assert received(result) == 25
    details = asked(result, "gift_cards")
    assert (details["values"], details["money"]) == (["Gift Card - 50"], 50)
    counted = (("product", "Gift Card - 50", "paid"),)
    assert received(cleaned(text, statuses=counted)) == 75
