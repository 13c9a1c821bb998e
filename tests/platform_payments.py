"""Exports of payments and tills: Etsy, Square, Stripe, PayPal, Toast, Shopee, Lazada."""

from __future__ import annotations

import csv
from typing import Any

from tests.platform_exports import Export, Order, export, money, word_of, written

RECEIVED = (
    "paid",
    "partly",
    "refunded",
)  # where refunds are rows or columns of their own


def etsy_items(orders: list[Order]) -> Export:
    rows = [
        {
            "Sale Date": f"{order.day:%m/%d/%y}",
            "Item Name": line.product,
            "Buyer": f"{order.buyer} (user{order.buyer})",
            "Quantity": line.quantity,
            "Price": money(line.price),
            "Coupon Code": "",
            "Discount Amount": "0.00",
            "Shipping Discount": "0.00",
            "Order Shipping": money(order.shipping),
            "Order Sales Tax": money(order.tax),
            "Item Total": money(line.total),
            "Currency": "USD",
            "Transaction ID": f"{order.number}{nth}",
            "Listing ID": f"77{line.sku[-1]}",
            "Date Paid": f"{order.day:%m/%d/%Y}",
            "Ship Country": "United States",
            "Order ID": order.number,
            "SKU": line.sku,
        }
        for order in orders
        for nth, line in enumerate(order.lines)
        if order.state in RECEIVED
    ]
    return export(written(rows), orders, lambda order: order.goods, states=RECEIVED)


def etsy_orders(orders: list[Order]) -> Export:
    rows = [
        {
            "Sale Date": f"{order.day:%m/%d/%y}",
            "Order ID": order.number,
            "Buyer User ID": f"user{order.buyer}",
            "Full Name": order.buyer,
            "Number of Items": sum(line.quantity for line in order.lines),
            "Currency": "USD",
            "Order Value": money(order.goods),
            "Discount Amount": "0.00",
            "Shipping": money(order.shipping),
            "Sales Tax": money(order.tax),
            "Order Total": f"${order.total:,.2f}",
            "Card Processing Fees": "1.20",
            "Order Net": money(order.total - 1.2),
            "Adjusted Order Total": money(order.total - 5)
            if order.state == "partly"
            else "0.00",
            "Adjusted Card Processing Fees": "0.00",
            "Adjusted Net Order Amount": "0.00",
            "Buyer": order.buyer,
        }
        for order in orders
        if order.state in RECEIVED
    ]
    return export(written(rows), orders, lambda order: order.total, states=RECEIVED)


def _square_rows(orders: list[Order]) -> list[tuple[Order, int]]:
    """Each sale and, of what was given back, each refund (-1)."""
    sold = [order for order in orders if order.state in RECEIVED]
    rows = [(order, 1) for order in sold]
    return rows + [(order, -1) for order in sold if order.state == "refunded"]


def square_items(orders: list[Order]) -> Export:
    rows = []
    for order, sign in _square_rows(orders):
        for line in order.lines:
            mark = "-" if sign < 0 else ""
            rows.append(
                {
                    "Date": f"{order.day:%Y-%m-%d}",
                    "Time": f"{order.day:%H:%M:%S}",
                    "Time Zone": "Eastern Time (US & Canada)",
                    "Category": "None",
                    "Item": line.product,
                    "Qty": f"{sign * line.quantity:.1f}",
                    "Price Point Name": "Regular",
                    "SKU": line.sku,
                    "Modifiers Applied": "",
                    "Gross Sales": f"{mark}${line.total + 1:.2f}",
                    "Discounts": "$1.00" if sign < 0 else "-$1.00",
                    "Net Sales": f"{mark}${line.total:.2f}",
                    "Tax": f"{mark}$0.50",
                    "Transaction ID": f"tx{order.number}",
                    "Payment ID": f"p{order.number}{sign}",
                    "Event Type": "Payment" if sign > 0 else "Refund",
                    "Dining Option": "",
                    "Customer ID": f"CU{order.buyer}",
                    "Customer Name": order.buyer,
                    "Customer Reference ID": "",
                    "Itemization Type": "Physical Good",
                }
            )
    card = rows[0] | {"Item": "Gift Card", "Itemization Type": "Gift Card"}
    rows.append(
        card
        | {"Transaction ID": "tx9", "Gross Sales": "$51.00", "Net Sales": "$50.00"}
    )
    return export(
        written(rows),
        orders,
        lambda order: order.goods if order.state != "refunded" else 0.0,
        states=RECEIVED,
    )


def square_transactions(orders: list[Order]) -> Export:
    rows = []
    for order, sign in _square_rows(orders):
        mark = "-" if sign < 0 else ""
        rows.append(
            {
                "Date": f"{order.day:%m/%d/%Y}",
                "Time": f"{order.day:%I:%M:%S %p}",
                "Time Zone": "Eastern Time (US & Canada)",
                "Gross Sales": f"{mark}${order.goods:.2f}",
                "Discounts": "$0.00",
                "Net Sales": f"{mark}${order.goods:.2f}",
                "Gift Card Sales": "$0.00",
                "Tax": f"{mark}${order.tax:.2f}",
                "Tip": "$3.00" if sign > 0 else "$0.00",
                "Partial Refunds": "$0.00",
                "Total Collected": f"{mark}${order.total:.2f}",
                "Card": f"{mark}${order.total:.2f}",
                "Card Entry Methods": "Tapped",
                "Cash": "$0.00",
                "Square Gift Card": "$0.00",
                "Other Tender": "$0.00",
                "Fees": "-$0.50",
                "Net Total": f"{mark}${order.total - 0.5:.2f}",
                "Transaction ID": f"tx{order.number}",
                "Payment ID": f"p{order.number}{sign}",
                "Staff Name": "Kim",
                "Event Type": "Payment" if sign > 0 else "Refund",
                "Customer ID": f"CU{order.buyer}",
                "Transaction Status": "Complete",
            }
        )
    return export(
        written(rows),
        orders,
        lambda order: order.goods if order.state != "refunded" else 0.0,
        states=RECEIVED,
    )


def stripe(orders: list[Order], comma: bool = False) -> Export:
    status = word_of("Paid|Paid|Refunded|Failed|Paid|Failed")

    def figure(value: float) -> str:
        return money(value).replace(".", ",") if comma else money(value)

    rows = [
        {
            "id": f"ch_{order.number}",
            "Description": "Order",
            "Seller Message": "Payment complete.",
            "Created (UTC)": f"{order.day:%Y-%m-%d %H:%M}",
            "Amount": figure(order.total * 2),
            "Amount Refunded": figure(order.refund * 2),
            "Currency": "usd",
            "Converted Amount": figure(order.total),
            "Converted Amount Refunded": figure(order.refund),
            "Fee": figure(1.1),
            "Tax": figure(0),
            "Converted Currency": "eur",
            "Status": status(order),
            "Statement Descriptor": "TEASHOP",
            "Customer ID": f"cus_{order.buyer}",
            "Customer Email": order.email,
            "Captured": "false"
            if order.state in ("unpaid", "failed", "cancelled")
            else "true",
            "Disputed Amount": "",
            "PaymentIntent ID": f"pi_{order.number}",
        }
        for order in orders
    ]
    return export(written(rows), orders, lambda order: order.total - order.refund)


def stripe_balance(orders: list[Order]) -> Export:
    rows = []
    for order in orders:
        if order.state not in RECEIVED:
            continue
        base = {
            "balance_transaction_id": f"txn_{order.number}",
            "created_utc": str(order.day),
            "available_on_utc": str(order.day),
            "currency": "eur",
            "gross": money(order.total),
            "fee": "1.10",
            "net": money(order.total - 1.1),
            "reporting_category": "charge",
            "source_id": f"ch_{order.number}",
            "charge_id": f"ch_{order.number}",
            "description": "Order",
        }
        rows.append(base)
        if order.refund:
            back = {
                "reporting_category": "refund",
                "source_id": f"re_{order.number}",
            }
            gross = {
                "gross": money(-order.refund),
                "fee": "0",
                "net": money(-order.refund),
            }
            rows.append(
                base
                | back
                | gross
                | {"balance_transaction_id": f"txr_{order.number}"}
            )
    payout = {
        "charge_id": "",
        "source_id": "po_1",
        "gross": "-4000.00",
        "net": "-4000.00",
    }
    rows.append(rows[-1] | payout | {"reporting_category": "payout"})
    rows.append(
        rows[-1] | {"reporting_category": "fee", "gross": "-9.00", "net": "-9.00"}
    )
    return export(
        written(rows),
        orders,
        lambda order: order.total - order.refund,
        states=RECEIVED,
        has_buyers=False,
    )


PAYPAL = {
    "en": "Date|Time|TimeZone|Name|Type|Status|Currency|Gross|Fee|Net|From Email Address"
    "|To Email Address|Transaction ID|Item Title|Sales Tax|Reference Txn ID|Balance"
    "|Balance Impact",
    "de": "Datum|Uhrzeit|Zeitzone|Name|Typ|Status|Währung|Brutto|Gebühr|Netto"
    "|Absender E-Mail-Adresse|Empfänger E-Mail-Adresse|Transaktionscode|Artikelbezeichnung"
    "|Umsatzsteuer|Zugehöriger Transaktionscode|Guthaben|Auswirkung auf Guthaben",
}


def paypal(orders: list[Order], language: str = "en") -> Export:
    """Sales, refunds, the shop's own purchases, withdrawals and a payment in another currency."""
    german = language == "de"
    names = PAYPAL[language].split("|")
    sale, back, away, exchange = (
        (
            "PayPal Express-Zahlung",
            "Rückzahlung",
            "Allgemeine Abbuchung",
            "Allgemeine Währungsumrechnung",
        )
        if german
        else (
            "Express Checkout Payment",
            "Payment Refund",
            "General Withdrawal",
            "General Currency Conversion",
        )
    )
    done, pending = (
        ("Abgeschlossen", "Ausstehend") if german else ("Completed", "Pending")
    )

    def figure(value: float) -> str:
        plain = f"{value:,.2f}"
        return plain.translate(str.maketrans(",.", ".,")) if german else plain

    rows: list[dict[str, Any]] = []

    def row(order: Order, kind: str, gross: float, **cells: str) -> None:
        day = f"{order.day:%d.%m.%Y}" if german else f"{order.day:%m/%d/%Y}"
        own = (order.email, "shop@tea.test")
        sender, to = own if gross > 0 else own[::-1]
        values = [
            day, f"{order.day:%H:%M:%S}", "CET", order.buyer, kind, done, "EUR",
            figure(gross), figure(-0.35), figure(gross - 0.35), sender, to,
            f"TX{order.number}{len(rows)}", "Tea", figure(0), "", figure(5000 + gross),
            ("Haben" if german else "Credit") if gross > 0 else ("Soll" if german else "Debit"),
        ]  # fmt: skip
        made = dict(zip(names, values, strict=True))
        made.update(
            {names[int(number[1:])]: value for number, value in cells.items()}
        )
        rows.append(made)

    for order in orders:
        if order.state in RECEIVED:
            row(order, sale, order.total)
            if order.refund:
                reference = rows[-1][names[12]]
                row(order, back, -order.refund, c15=reference)
        else:
            row(order, sale, order.total, c5=pending)
    row(orders[0], sale, -33.0)  # what the shop bought itself
    row(orders[0], away, -2000.0)
    row(orders[0], exchange, 44.0)
    content = b"\xef\xbb\xbf" + written(rows, quoting=csv.QUOTE_ALL)
    return export(
        content, orders, lambda order: order.total - order.refund, states=RECEIVED
    )


def toast_items(orders: list[Order]) -> Export:
    rows = []
    for order in orders:
        sold = order.state in RECEIVED
        day = f"{order.day.month}/{order.day.day}/{order.day:%y %I:%M %p}"
        for nth, line in enumerate(order.lines):
            rows.append(
                {
                    "Location": "Main St",
                    "Order Id": f"4000{order.number}",
                    "Order #": order.number % 100,
                    "Sent Date": day,
                    "Order Date": day,
                    "Check Id": f"5000{order.number}",
                    "Server": "Kim",
                    "Item Selection Id": f"6000{order.number}{nth}",
                    "Item Id": f"7000{line.sku[-1]}",
                    "Menu Item": line.product,
                    "Menu Subgroup(s)": "",
                    "Menu Group": "Drinks",
                    "Sales Category": "Food",
                    "Gross Price": money(line.total + 1),
                    "Discount": "1.00",
                    "Net Price": money(line.total),
                    "Qty": line.quantity,
                    "Tax": "0.40",
                    "Void?": "false" if sold else "true",
                    "Deferred": "false",
                }
            )
    card = {
        "Menu Item": "Gift card",
        "Deferred": "true",
        "Net Price": "50.00",
        "Void?": "false",
    }
    rows.append(rows[0] | card)
    return export(
        written(rows),
        orders,
        lambda order: order.goods,
        states=RECEIVED,
        has_buyers=False,
    )


def toast_payments(orders: list[Order]) -> Export:
    rows = [
        {
            "Location": "Main St",
            "Payment Id": f"8000{order.number}",
            "Order Id": f"4000{order.number}",
            "Order #": order.number % 100,
            "Paid Date": f"{order.day.month}/{order.day.day}/{order.day:%y %I:%M %p}",
            "Check Id": f"5000{order.number}",
            "Server": "Kim",
            "Amount": money(order.total),
            "Tip": "3.00",
            "Gratuity": "0.00",
            "Total": money(order.total + 3),
            "Amount Tendered": money(order.total + 3),
            "Refund Amount": money(order.refund),
            "Void User": "",
            "Void Date": "" if order.state in RECEIVED else f"{order.day:%m/%d/%y}",
            "Status": "CAPTURED" if order.state in RECEIVED else "VOIDED",
            "Type": "Credit",
        }
        for order in orders
    ]
    return export(
        written(rows),
        orders,
        lambda order: order.total - order.refund,
        states=RECEIVED,
        has_buyers=False,
    )


def shopee(orders: list[Order]) -> Export:
    status = word_of("Completed|Unpaid|Completed|Cancelled|Completed|Cancelled")
    rows = [
        {
            "Order ID": f"25{order.number}ABC",
            "Order Status": status(order),
            "Order Creation Date": f"{order.day:%Y-%m-%d %H:%M}",
            "Order Paid Time": f"{order.day:%Y-%m-%d %H:%M}",
            "Product Name": line.product,
            "Quantity": line.quantity,
            "Original Price": money(line.price * 2),
            "Deal Price": money(line.price),
            "No of product in order": len(order.lines),
            "Seller Voucher": "0.00",
            "Shopee Voucher": "0.00",
            "Buyer Paid Shipping Fee": money(order.shipping),
            "Transaction Fee": "0.80",
            "Commission Fee": "1.20",
            "Grand Total": money(order.total),
            "Username (Buyer)": order.buyer.lower(),
        }
        for order in orders
        for line in order.lines
    ]
    return export(written(rows), orders, lambda order: order.total, states=RECEIVED)


def lazada(orders: list[Order]) -> Export:
    status = word_of("delivered|pending|returned|canceled|confirmed|failed")
    rows = [
        {
            "orderItemId": f"{order.number}{nth}{piece}",
            "orderNumber": f"33{order.number}",
            "createTime": f"{order.day:%d %b %Y %H:%M}",
            "status": status(order),
            "customerName": order.buyer,
            "itemName": line.product,
            "sellerSku": line.sku,
            "lazadaSku": f"LZ{line.sku}",
            "unitPrice": money(line.price + 1),
            "paidPrice": money(line.price),
            "sellerDiscountTotal": "-1.00",
            "shippingFee": money(order.shipping),
        }
        for order in orders
        for nth, line in enumerate(order.lines)
        for piece in range(line.quantity)
    ]
    return export(written(rows), orders, lambda order: order.goods)
