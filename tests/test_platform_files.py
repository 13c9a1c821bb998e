"""Small files made from what is published of platforms' exports, their sums taken by hand.

They stand in tests/exports.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_analysis import clean, guess_roles, read_table
from tests.raw_tables import shared_engine
from tests.variants import every

EXPORTS = Path(__file__).parent / "exports"

# What the sales of a file come to, and the name of the file.
FILES: dict[str, tuple[float, str]] = {
    "eBay transactions, a roll-up above its items": (
        35,
        "ebay_transactions_roll_up",
    ),
    "Etsy statement": (20, "etsy_statement"),
    "PayPal in German, with own purchases": (100, "paypal_de_own_purchases"),
    "Stripe balance, a dispute": (20, "stripe_balance_dispute"),
    "Xero invoices, a credit note": (130, "xero_credit_note"),
    "QuickBooks, customers above their lines": (1900, "quickbooks_customers_above"),
    "有赞商品明细": (80, "youzan_items"),
    "Lazada items": (45, "lazada_items"),
    "Square transactions, a gift card": (10, "square_gift_card"),
    "a bank in French": (200, "bank_fr"),
    "微信小店": (98, "wechat_shop"),
    "Shopify transactions": (70, "shopify_transactions"),
    "Shopify payouts": (40, "shopify_payouts"),
    "Shopify orders, a gift card sold": (20, "shopify_gift_card"),
    "eBay orders in German, one unpaid": (136.99, "ebay_orders_de_unpaid"),
    "Etsy payments": (45, "etsy_payments"),
    "淘宝明细": (130, "taobao_items"),
    "微信小店，部分退款": (89, "wechat_shop_part_refund"),
    "支付宝账单": (170, "alipay_statement"),
    "invoices and their payments": (150, "invoices_and_payments"),
    "WooCommerce, refunds as rows": (60, "woocommerce_refund_rows"),
    "收银流水": (30, "till_zh"),
    "BigCommerce, products in one cell": (145, "bigcommerce_products_in_cell"),
    "PayPal, a payment turned into the home currency": (
        144.5,
        "paypal_currency_conversion",
    ),
    "Amazon payments in French": (20, "amazon_payments_fr"),
    "Amazon settlement, a refund and a fee": (60, "amazon_settlement"),
    "Lightspeed, a receipt voided on its first line": (19.8, "lightspeed_register"),
    "美团外卖": (75, "meituan_orders"),
    "美团团购券": (254, "meituan_vouchers"),
}


@pytest.mark.parametrize("name", every(3, FILES))
def test_the_sales_of_a_small_file_come_to_what_they_are_by_hand(name: str) -> None:
    right, file = FILES[name]
    raw = read_table(
        (EXPORTS / f"{file}.csv").read_bytes(),
        name="export.csv",
        engine=shared_engine(),
    )
    table = clean(raw, guess_roles(raw)).table
    assert table[table["is_sale"]]["amount"].sum() == pytest.approx(
        right, abs=0.005
    )


# The kind of a file of people or campaigns, and its column of customers.
CONTACTS: dict[str, tuple[str, str]] = {
    "hubspot_contacts": ("customers", "Record ID"),
    "mailchimp_audience": ("customers", "Email Address"),
    "klaviyo_profiles": ("customers", "Email"),
    "klaviyo_campaigns": ("series", ""),
    "klaviyo_campaigns_reports": ("series", ""),
    "mailchimp_campaigns": ("series", ""),
    "douyin_settlement": ("transactions", ""),
}


@pytest.mark.parametrize("name", every(2, CONTACTS))
def test_exports_of_people_and_campaigns_are_no_orders(name: str) -> None:
    kind, customer = CONTACTS[name]
    raw = read_table(
        (EXPORTS / f"{name}.csv").read_bytes(),
        name="export.csv",
        engine=shared_engine(),
    )
    roles = guess_roles(raw)
    assert name.startswith(str(roles.preset)) and roles.kind == kind
    assert roles.columns.get("customer", "") == customer
    table = clean(raw, roles).table
    assert len(table) == 2 and "amount" not in table


# Of a file of contacts: its rows, customers, opened, clicked, unsubscribed by hand, and its times.
SENT: dict[str, tuple[int, int, dict[str, int], set[str]]] = {
    "mailchimp_activity": (4, 4, {"opened": 3, "clicked": 2}, set()),
    "mailchimp_activity_counts": (4, 4, {"opened": 3, "clicked": 2}, set()),
    "mailchimp_recipients": (4, 4, {"opened": 2}, {"2024-05-01 15:30"}),
    "hubspot_email": (
        4,
        4,
        {"opened": 2, "clicked": 1, "unsubscribed": 1},
        {"2024-05-01 09:15"},
    ),
    "klaviyo_received": (
        4,
        3,
        {"opened": 2, "clicked": 1},
        {"2024-05-01 09:15", "2024-05-08 17:45"},
    ),
    "aliyun_sms": (
        4,
        3,
        {"clicked": 1, "unsubscribed": 1},
        {"2024-05-01 09:15", "2024-05-15 18:30"},
    ),
    "wecom_messages": (
        4,
        3,
        {},
        {
            "2024-05-01 01:15",
            "2024-05-01 01:16",
            "2024-05-01 02:30",
            "2024-05-15 10:00",
        },
    ),
    "aliyun_sms_log": (
        4,
        3,
        {},
        {"2024-05-01 09:15", "2024-05-15 18:30"},
    ),
    "wecom_messages_platform": (
        4,
        3,
        {},
        {
            "2024-05-01 01:15",
            "2024-05-01 01:16",
            "2024-05-01 02:30",
            "2024-05-15 10:00",
        },
    ),
    "wecom_messages_zh": (
        4,
        3,
        {},
        {
            "2024-05-01 09:15",
            "2024-05-01 09:16",
            "2024-05-01 10:30",
            "2024-05-15 18:00",
        },
    ),
}


@pytest.mark.parametrize("name", every(2, SENT))
def test_exports_of_messages_sent_are_contacts_with_their_times(name: str) -> None:
    rows, customers, counts, times = SENT[name]
    raw = read_table((EXPORTS / f"{name}.csv").read_bytes(), name="export.csv")
    roles = guess_roles(raw)
    assert name.startswith(str(roles.preset)) and roles.kind == "contacts"
    table = clean(raw, roles).table
    assert (len(table), table["customer"].nunique()) == (rows, customers)
    assert table["channel"].nunique() == 1
    assert {flag: int(table[flag].sum()) for flag in counts} == counts
    if times:
        assert set(table["date"].dt.strftime("%Y-%m-%d %H:%M")) == times


# Of a file of reviews: its customers (0: it does not say), the sum of its ratings, its goods, and
# how its first and last comment begin.
REVIEWS: dict[str, tuple[int, float | None, int, str, str]] = {
    "amazon_reviews.tsv": (3, 12, 2, "Lovely\nPours", "Thin\nThin after"),
    "amazon_fine_reviews.csv": (3, 12, 2, "Good tea\nThe tea", "Stale\nIt tastes"),
    "amazon_core_reviews.csv": (3, 12, 2, "The tea is fresh", "It tastes"),
    "taobao_reviews.csv": (3, None, 3, "茶叶很新鲜", "蒸包子"),
    "tmall_reviews.csv": (3, None, 4, "物流很快", "第二次"),
    "jd_reviews.csv": (3, 14, 2, "水壶烧水", "磨得"),
    "dianping_reviews.csv": (3, 12, 2, "茶点很好吃", "等位"),
    "google_play_reviews.csv": (0, 12, 1, "Ordering is", "My voucher"),
    "trustpilot_reviews.csv": (3, 12, 2, "Quick\nThe parcel", "Late\nThis time"),
    "judgeme_reviews.csv": (3, 12, 2, "Lovely\nPours", "Thin\nThin after"),
}


@pytest.mark.parametrize("file", every(2, REVIEWS))
def test_exports_of_reviews_are_feedback_with_what_was_written(file: str) -> None:
    customers, stars, goods, first, last = REVIEWS[file]
    raw = read_table((EXPORTS / file).read_bytes(), name=file)
    roles = guess_roles(raw)
    assert (roles.preset, roles.kind) == (file.split(".")[0], "feedback")
    table = clean(raw, roles).table
    assert len(table) == 4 and table["date"].notna().all()
    assert ("customer" in table) == bool(customers)
    if customers:
        assert table["customer"].nunique() == customers
    if stars is not None:
        assert table["rating"].sum() == stars
    assert table["product"].nunique() == goods
    assert table["text"].iloc[0].startswith(first)
    assert table["text"].iloc[3].startswith(last)
    assert not table["text"].str.contains("sorry|抱歉").any()
