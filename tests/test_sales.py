"""What counts as a sale: statuses, flags, order-level columns, several money columns."""

from __future__ import annotations

import json

import pytest

from crm_analysis import (
    CleanOptions,
    clean,
    describe_customers,
    guess_roles,
    intake,
    read_table,
)
from crm_analysis.analyses.forecast.series.demand import measure_demand
from crm_analysis.tables.cleaning import Cleaned
from crm_analysis.tables.roles import Roles, with_role
from crm_analysis.tables.sales import (
    MEANINGS,
    SalesRules,
    is_unclear,
    meaning_of,
    only_sales,
)
from crm_analysis.wording import say
from crm_analysis.workspace import new_workspace, open_workspace
from tests.apps import opened
from tests.raw_tables import shared_engine
from tests.shops import shops

_RULES = SalesRules(
    statuses=("Financial Status",),
    meanings={"on-hold": "not_paid"},
    excluded={"Void?": ("true",)},
    carried=("Financial Status", "Email"),
    money=("Lineitem quantity", "Lineitem price"),
    minus=("Refunded Amount",),
    once_per_order=("Refunded Amount",),
)


def test_rules_of_sales_survive_being_stored_with_the_roles() -> None:
    roles = Roles("transactions", {"order": "Name"}, sales=_RULES)
    stored = json.loads(json.dumps(roles.to_dict()))
    assert Roles.from_dict(stored) == roles
    assert Roles.from_dict({**stored, "sales": None}).sales is None


def test_a_person_who_says_what_the_money_is_outdoes_the_rules() -> None:
    roles = Roles("transactions", {"order": "Name"}, sales=_RULES)
    assert with_role(roles, "customer", "Email").sales == _RULES
    changed = with_role(roles, "amount", "Total").sales
    assert changed is not None and changed.money == ()
    assert changed.excluded == _RULES.excluded


def test_a_meaning_that_no_status_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no status means"):
        SalesRules(meanings={"done": "finished"})


def cleaned(
    text: str, options: CleanOptions | None = None, name: str = "a.csv"
) -> Cleaned:
    raw = read_table(text.encode(), name=name, engine=shared_engine())
    return clean(raw, guess_roles(raw), options)


def sold(found: Cleaned) -> float:
    table = found.table
    return float(table.loc[table["is_sale"], "amount"].sum())


# The words that a reviewer tried, and their siblings: what each must count as.
_WORDS = {
    "paid": "Paid|payment accepted|processing|wc-processing|已付款|买家已付款，等待卖家发货|待发货"
    "|bezahlt|Zahlung eingegangen|Paiement accepté|pagado|Pagamento accettato|betaald|opłacone"
    "|pago|zaplaceno|ödendi|Оплачен|betald|支払い済み|결제완료|succeeded|Closed Won|已支付"
    "|plaćeno|Плаћено|v obdelavi|Платена|مدفوع|שולם|भुगतान किया गया",
    "shipped": "Shipped|fulfilled|Delivered|complete|wc-completed|交易成功|已发货，待签收|已完成"
    "|卖家已发货，等待买家确认|versandt|Livré|Entregado|Spedito|verzonden|Wysłane|Entregue|doručeno"
    "|Teslim edildi|Доставлен|levererad|発送済み|배송완료|已出貨"
    "|Završeno|isporučeno|Испоручено|zaključeno|Доставена|تم الشحن|נשלח",
    "not_paid": "unpaid|pending payment|uncaptured|draft|abandoned|authorized|wc-checkout-draft"
    "|等待买家付款|待付款|未付款|未支付|Awaiting Payment|Zahlung ausstehend|En attente de paiement"
    "|pendiente de pago|In attesa di pagamento|onbetaald|Oczekuje na płatność|čeká na platbu"
    "|Ödeme bekleniyor|Ожидает оплаты|obetald|入金待ち|입금대기|Requires Capture|not paid"
    "|nije plaćeno|Čeka na plaćanje|ni plačano|не е платена|غير مدفوع|לא שולם",
    "failed": "failed|wc-failed|declined|refused|expired|Lost|denied|Payment error|支付失败"
    "|fehlgeschlagen|Erreur de paiement|rechazado|fallito|mislukt|Błąd płatności|recusado"
    "|zamítnuto|başarısız|Отклонен|misslyckades|決済エラー|결제실패|Suspected Fraud"
    "|Neuspjelo|Неуспешно|Spodletelo|Отхвърлена|فشل|נכשל",
    "cancelled": "cancelled|Canceled|voided|wc-cancelled|已取消|storniert|annulé|annulée|cancelado"
    "|annullato|geannuleerd|Anulowane|zrušeno|İptal edildi|Отменён|avbruten|キャンセル済み|주문취소"
    "|(删除)等待出库|已关闭|訂單取消"
    "|Otkazano|Отказано|Preklicano|Анулирана|ملغي|בוטל|रद्द",
    "refunded": "refunded|wc-refunded|退款成功|已发货，退款成功|未发货，退款成功|已退款"
    "|同意退款,退款成功"
    "|erstattet|remboursé|reembolsado|rimborsato|terugbetaald|zwrócone|Reembolsada|vráceno"
    "|iade edildi|Возврат|återbetald|返金済み|환불완료|Shipped - Returned to Seller"
    "|Povrat novca|Refundirano|Враћено|Vrnjeno|Върната|مسترد|הוחזר",
    "charged_back": "charged back|chargeback|disputed|Dispute lost|拒付|Rücklastschrift"
    "|contracargo",
    "partly_refunded": "partially_refunded|Partially Refunded|部分退款|teilweise erstattet"
    "|Djelomično vraćeno|delno vrnjeno|delvist refunderet",
    "refund_asked": "退款中|售后处理中|Refund requested|待退款审核",
    "open": "unfulfilled|unshipped|无售后或售后取消|退款失败|Refund declined|同意退款,退款失败",
    "no_trade": "payout|Service Fee|Transfer|Subtotal|提现|Auszahlung|Test order",
}


@pytest.mark.parametrize(
    ("meaning", "word"),
    [
        (meaning, word)
        for meaning, words in _WORDS.items()
        for word in words.split("|")
    ],
)
def test_a_status_means_what_its_platform_means(meaning: str, word: str) -> None:
    assert meaning_of(word) == meaning
    assert meaning_of(f"  {word.upper()} ") == meaning


@pytest.mark.parametrize(
    "word", ["Purple", "not completed", "order lost in customs", "未完成"]
)
def test_a_status_that_nobody_knows_is_not_taken_for_another(word: str) -> None:
    assert meaning_of(word) is None


@pytest.mark.parametrize(
    "word", ["pending", "wc-on-hold", "交易关闭", "Closed", "暂停"]
)
def test_a_status_that_platforms_use_differently_is_unclear(word: str) -> None:
    assert is_unclear(word) and meaning_of(word) is not None


_WOO = """order_id,date,customer,status,amount
1,2025-03-01,C1,wc-completed,35
2,2025-03-02,C2,wc-refunded,15
3,2025-03-03,C3,wc-failed,25
4,2025-03-04,C3,wc-cancelled,25
5,2025-03-05,C4,wc-pending,25
6,2025-03-06,C1,wc-processing,15
"""


def test_orders_that_were_not_paid_are_kept_and_not_counted() -> None:
    result = cleaned(_WOO)
    assert sold(result) == 50 and result.table["amount"].sum() == 140
    assert result.summary()["rows_not_sales"] == 4
    assert result.summary()["money_not_sales"] == 90
    assert result.unsold.set_index("reason")["money"].to_dict() == {
        "cancelled": 25,
        "failed": 25,
        "not_paid": 25,
        "refunded": 15,
    }
    customers = describe_customers(result.table)
    assert customers["monetary"].sum() == 50
    assert (
        measure_demand(result.table, "day", measure="orders").table["value"].sum()
        == 2
    )


def test_a_status_shows_its_rows_its_money_and_what_it_counts_as() -> None:
    result = cleaned(_WOO)
    words = result.statuses.set_index("status")
    assert words.loc[
        "wc-pending", ["column", "meaning", "decided_by"]
    ].tolist() == [
        "status",
        "not_paid",
        "unclear",
    ]
    assert words["rows"].sum() == 6 and words["money"].sum() == 140
    ((key, details),) = result.questions
    assert key == "cleaning.question.status_unclear"
    assert details["column"] == "status" and details["values"] == ["wc-pending"]
    assert (details["rows"], details["money"], details["default"]) == (
        1,
        25,
        "no_sale",
    )


def test_a_person_says_what_a_status_counts_as() -> None:
    options = CleanOptions().with_statuses("status", ["wc-pending"], "paid")
    result = cleaned(_WOO, options)
    assert sold(result) == 75 and not result.questions
    assert (
        CleanOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options
    )


def test_a_status_that_nobody_knows_counts_until_it_is_answered() -> None:
    result = cleaned(_WOO.replace("wc-failed", "purple"))
    assert sold(result) == 75
    unknown = [
        about for key, about in result.questions if key.endswith("status_unknown")
    ]
    assert [(about["values"], about["money"]) for about in unknown] == [
        (["purple"], 25)
    ]
    options = CleanOptions().with_statuses("status", ["purple"], "failed")
    assert sold(cleaned(_WOO.replace("wc-failed", "purple"), options)) == 50


_FIRST_LINES = """Order,Buyer,State of payment,Currency,Day,Goods,Pieces,Unit price
1001,ana,paid,EUR,2025-03-01,Mug,2,10.00
1001,,,,2025-03-01,Poster,1,30.00
1002,bo,refunded,EUR,2025-03-02,Mug,1,10.00
1002,,,,2025-03-02,Poster,1,30.00
1003,cy,paid,EUR,2025-03-03,Mug,2,10.00
"""


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("status", "A1 B2 C3"),
        ("订单状态", "补发 预售 换货"),
        ("Order Status", "Oak Elm Fir"),
    ],
)
def test_of_a_status_column_with_no_known_word_all_are_asked(
    heading: str, words: str
) -> None:
    known = words.split()
    rows = [f"{n},2025-01-{14 + n},C{n % 3},{known[n % 3]},10" for n in range(9)]
    found = cleaned("\n".join([f"order,date,customer,{heading},amount", *rows]))
    (asked,) = (
        details
        for key, details in found.questions
        if key == "cleaning.question.status_unknown"
    )
    assert (asked["words"], asked["rows"], sold(found)) == (sorted(known), 9, 90)


def test_what_stands_on_an_orders_first_line_holds_for_its_other_lines() -> None:
    result = cleaned(_FIRST_LINES)
    assert result.table["customer"].tolist() == ["ana", "ana", "bo", "bo", "cy"]
    assert result.table["is_sale"].tolist() == [True, True, False, False, True]
    assert result.table["is_return"].tolist() == [False, False, True, True, False]
    assert sold(result) == 70
    filled = result.changes[result.changes["reason"] == "order_level"]
    assert len(filled) == 6 and set(filled["line"]) == {3, 5}
    assert sold(cleaned(_FIRST_LINES, CleanOptions(undo=("carried",)))) == 100
    dropped = cleaned(_FIRST_LINES, CleanOptions(returns="drop"))
    assert dropped.table["amount"].sum() == 70


def test_flags_and_dates_say_what_is_no_sale() -> None:
    result = cleaned(
        "order,date,amount,Void?,Captured,Cancelled at\n"
        "1,2025-03-01,1,false,true,\n2,2025-03-02,2,true,true,\n"
        "3,2025-03-03,4,false,false,\n4,2025-03-04,8,false,true,2025-03-05\n"
    )
    assert sold(result) == 1
    assert result.table["Captured"].notna().all()


def test_a_cancellation_on_an_orders_first_line_cancels_its_other_lines() -> None:
    result = cleaned(
        "order,customer,paid how,currency,date,item,price,Cancelled at\n"
        "1,a,card,EUR,2025-03-14,Mug,10,\n1,,,,2025-03-14,Tea,30,\n"
        "2,b,card,EUR,2025-03-15,Mug,10,2025-03-16\n2,,,,2025-03-15,Tea,30,\n"
    )
    assert result.table["is_sale"].tolist() == [True, True, False, False]


def test_an_order_that_is_neither_paid_nor_sent_is_no_sale() -> None:
    result = cleaned(
        "注文番号,注文日,顧客,支払い状況,発送状況,金額\n1,2025-03-14,佐藤,支払い済み,発送済み,1\n"
        "2,2025-03-15,鈴木,入金待ち,未発送,2\n3,2025-03-16,佐藤,返金済み,発送済み,4\n"
        "4,2025-03-17,田中,支払い済み,未発送,8\n"
    )
    assert result.table["is_sale"].tolist() == [True, False, False, True]


def test_of_deals_those_that_are_won_are_sales() -> None:
    result = cleaned(
        "Deal,Company,Stage,Amount,Closed on\nd1,ACME,Closed Won,1,2025-03-14\n"
        "d2,Bolt,Closed Lost,2,2025-03-15\nd3,ACME,Qualified,4,2025-06-16\n"
        "d4,Core,Negotiation,8,2025-07-17\n"
    )
    assert result.table["is_sale"].tolist() == [True, False, False, False]


def test_a_status_of_the_money_and_one_of_what_came_after_are_both_read() -> None:
    result = cleaned(
        "订单号,下单时间,金额,订单状态,售后状态\n1,2025-03-01,1,已签收,无售后或售后取消\n"
        "2,2025-03-02,2,已签收,退款成功\n3,2025-03-03,4,待支付,无售后或售后取消\n"
        "4,2025-03-04,8,已发货，待签收,退款中\n"
    )
    assert result.table["is_sale"].tolist() == [True, False, False, True]


def test_what_was_not_paid_and_yet_sent_is_a_sale() -> None:
    result = cleaned(
        "order,date,amount,Payment status,Fulfillment status\n1,2025-03-01,1,paid,unfulfilled\n"
        "2,2025-03-02,2,unpaid,unfulfilled\n3,2025-03-03,4,unpaid,shipped\n"
    )
    assert result.table["is_sale"].tolist() == [True, False, True]


def test_rows_of_refunds_that_are_negative_are_netted() -> None:
    result = cleaned(
        "order,date,type,amount\n1,2025-03-01,Sale,10\n2,2025-03-02,Refund,-4\n"
        "3,2025-03-03,Sale,7\n4,2025-03-04,Payout,-13\n5,2025-03-05,Fee,-1\n"
    )
    assert sold(result) == 13
    assert result.table["is_return"].tolist() == [False, True, False, True, True]


def test_a_state_of_a_country_or_a_customer_is_no_status() -> None:
    result = cleaned(
        "order,date,amount,Customer status,State\n1,2025-03-01,1,cancelled,WA\n"
        "2,2025-03-02,2,active,CA\n3,2025-03-03,4,active,OR\n"
    )
    assert result.table["is_sale"].all() and result.statuses.empty


def test_a_table_without_statuses_is_all_sales() -> None:
    result = cleaned("order,date,amount\n1,2025-03-01,1\n2,2025-03-02,2\n")
    assert result.table["is_sale"].all() and not result.questions
    assert "rows_not_sales" not in result.summary()
    assert only_sales(result.table) is result.table


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_data_page_shows_each_status_and_what_it_counts_as(
    tmp_path_factory: pytest.TempPathFactory, language: str
) -> None:
    with shops(tmp_path_factory):
        made = new_workspace("statuses")
        intake.take_in(made, [made.keep_file(_WOO.encode(), "woo.csv")])
        saved = open_workspace(made.id).load("transactions")
        assert (
            saved.statuses["rows"].sum() == 6 and saved.unsold["money"].sum() == 90
        )
        app = opened("pages/start/data.py", language, made.id)
        assert not app.exception
        sentence = say("ledger.no_sales_money", language, rows=4, money=90.0)
        assert any(sentence == text.value for text in app.markdown)
        words = {
            say(f"cleaning.meaning.{meaning}", language) for meaning in MEANINGS
        }
        (table,) = (
            frame.value
            for frame in app.dataframe
            if "decided_by" in frame.value.columns
        )
        assert set(table["meaning"]) <= words
