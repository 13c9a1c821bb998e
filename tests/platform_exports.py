"""Exports of platforms, made as their documentation says, with what is true of each.

One shop's orders are written the way each platform writes them: with what is not paid, failed,
cancelled and given back, with fees and payouts, totals repeated, preambles and footers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

STATES = (
    "paid",
    "unpaid",
    "paid",
    "refunded",
    "paid",
    "cancelled",
    "partly",
    "failed",
)
PAID = ("paid", "partly")
GOODS = (("Tea 500g", "T-1", 12.5), ("Cup", "C-2", 8.0), ("Pot", "P-3", 30.0))


@dataclass(frozen=True)
class Line:
    product: str
    sku: str
    quantity: int
    price: float

    @property
    def total(self) -> float:
        return round(self.quantity * self.price, 2)


@dataclass(frozen=True)
class Order:
    number: int
    buyer: str
    day: datetime
    state: str
    lines: tuple[Line, ...]
    shipping: float = 4.9
    tax: float = 2.0

    @property
    def goods(self) -> float:
        return round(sum(line.total for line in self.lines), 2)

    @property
    def total(self) -> float:
        return round(self.goods + self.shipping + self.tax, 2)

    @property
    def refund(self) -> float:
        """What was given back, of an order that was paid."""
        return {"refunded": self.total, "partly": 5.0}.get(self.state, 0.0)

    @property
    def email(self) -> str:
        return f"{self.buyer.lower()}@shop.test"


@dataclass(frozen=True)
class Export:
    """A file, and what is right: orders that are sales, their money, buyers and days."""

    content: bytes
    orders: int
    money: float
    buyers: int | None
    first: datetime
    last: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


Maker = Callable[[list[Order]], Export]


def shop(count: int, start: str = "2025-11-20") -> list[Order]:
    """Orders of several goods, one every 31 hours, in every state they may be in."""
    begin = datetime.fromisoformat(start) + timedelta(hours=9, minutes=5)
    orders = []
    for number in range(count):
        lines = tuple(
            Line(
                *GOODS[(number + nth) % 3][:2],
                1 + (number + nth) % 3,
                GOODS[(number + nth) % 3][2],
            )
            for nth in range(1 + number % 3)
        )
        state = STATES[number % len(STATES)]
        day = begin + timedelta(hours=31 * number)
        orders.append(Order(1001 + number, f"Ana{number % 7}", day, state, lines))
    return orders


def export(
    content: bytes,
    orders: Iterable[Order],
    money: Callable[[Order], float],
    *,
    states: Sequence[str] = PAID,
    has_buyers: bool = True,
) -> Export:
    sold = [order for order in orders if order.state in states]
    days = [order.day for order in sold]
    buyers = len({order.buyer for order in sold}) if has_buyers else None
    total = round(sum(money(order) for order in sold), 2)
    return Export(content, len(sold), total, buyers, min(days), max(days))


def written(
    rows: Sequence[Mapping[str, Any]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    above: str = "",
    below: str = "",
    quoting: int = csv.QUOTE_MINIMAL,
) -> bytes:
    """Rows as delimited text; the first has every column."""
    out = io.StringIO()
    writer = csv.DictWriter(
        out, list(rows[0]), delimiter=delimiter, restval="", quoting=quoting
    )
    writer.writeheader()
    writer.writerows(rows)
    return (above + out.getvalue() + below).encode(encoding)


def money(value: float) -> str:
    return f"{value:.2f}"


def word_of(words: str) -> Callable[[Order], str]:
    """The status words of the states paid, unpaid, refunded, cancelled, partly, failed."""
    by_state = dict(
        zip(
            ("paid", "unpaid", "refunded", "cancelled", "partly", "failed"),
            words.split("|"),
            strict=True,
        )
    )
    return lambda order: by_state[order.state]


def shopify(orders: list[Order]) -> Export:
    status = word_of("paid|pending|refunded|paid|partially_refunded|voided")
    rows = []
    for order in orders:
        for nth, line in enumerate(order.lines):
            row = {"Name": f"#{order.number}", "Email": order.email}
            first = {
                "Financial Status": status(order),
                "Paid at": "",
                "Fulfillment Status": "fulfilled",
                "Currency": "EUR",
                "Subtotal": money(order.goods),
                "Shipping": money(order.shipping),
                "Taxes": money(order.tax),
                "Total": money(order.total),
                "Discount Code": "",
                "Discount Amount": "0.00",
                "Refunded Amount": money(order.refund),
                "Outstanding Balance": "0.00",
                "Cancelled at": f"{order.day} +0200"
                if order.state == "cancelled"
                else "",
            }
            own = {
                "Created at": f"{order.day} +0200",
                "Lineitem quantity": line.quantity,
                "Lineitem name": line.product,
                "Lineitem price": money(line.price),
                "Lineitem sku": line.sku,
                "Vendor": "House",
                "Lineitem discount": "0.00",
            }
            rows.append(
                row | (first if nth == 0 else dict.fromkeys(first, "")) | own
            )
    return export(written(rows), orders, lambda order: order.total - order.refund)


def squarespace(orders: list[Order]) -> Export:
    """Only the first line of an order has its days, its status and its sums."""
    status = word_of("PAID|PENDING|REFUNDED|PAID|PARTIALLY_REFUNDED|PENDING")
    sent = word_of("FULFILLED|PENDING|FULFILLED|CANCELED|FULFILLED|CANCELED")
    rows = []
    for order in orders:
        for nth, line in enumerate(order.lines):
            row = {"Order ID": f"{order.number:05}", "Email": order.email}
            first = {
                "Financial Status": status(order),
                "Paid at": f"{order.day} -0500",
                "Fulfillment Status": sent(order),
                "Currency": "USD",
                "Subtotal": money(order.goods),
                "Shipping": money(order.shipping),
                "Taxes": money(order.tax),
                "Amount Refunded": money(order.refund),
                "Total": money(order.total),
                "Discount Amount": "0.00",
                "Created at": f"{order.day} -0500",
            }
            own = {
                "Lineitem quantity": line.quantity,
                "Lineitem name": line.product,
                "Lineitem price": money(line.price),
                "Lineitem sku": line.sku,
                "Lineitem variant": "",
                "Channel Type": "web" if nth == 0 else "",
                "Channel Name": "Shop" if nth == 0 else "",
            }
            rows.append(
                row | (first if nth == 0 else dict.fromkeys(first, "")) | own
            )
    return export(written(rows), orders, lambda order: order.total - order.refund)


def woocommerce(orders: list[Order]) -> Export:
    status = word_of("completed|pending|refunded|cancelled|processing|failed")
    rows = [
        {
            "Order Number": order.number,
            "Order Status": status(order),
            "Order Date": f"{order.day:%Y-%m-%d %H:%M}",
            "First Name (Billing)": order.buyer,
            "Email (Billing)": order.email,
            "Country Code (Billing)": "DE",
            "Order Subtotal Amount": money(order.goods),
            "Order Shipping Amount": money(order.shipping),
            "Order Refund Amount": money(order.refund),
            "Order Total Amount": money(order.total),
            "Order Total Tax Amount": money(order.tax),
            "SKU": line.sku,
            "Item #": nth,
            "Item Name": line.product,
            "Quantity (- Refund)": line.quantity,
            "Item Cost": money(line.price),
        }
        for order in orders
        for nth, line in enumerate(order.lines, start=1)
    ]
    return export(written(rows), orders, lambda order: order.total - order.refund)


def woocommerce_analytics(orders: list[Order]) -> Export:
    status = word_of("completed|pending|refunded|cancelled|processing|failed")
    rows = [
        {
            "Date": str(order.day),
            "Order #": order.number,
            "N. Revenue (formatted)": f"€{order.goods:,.2f}",
            "Status": status(order),
            "Customer": order.buyer,
            "Customer type": "returning",
            "Product(s)": ", ".join(
                f"{line.quantity}× {line.product}" for line in order.lines
            ),
            "Items sold": sum(line.quantity for line in order.lines),
            "Coupon(s)": "",
            "N. Revenue": money(order.goods),
            "Attribution": "Direct",
        }
        for order in orders
    ]
    return export(written(rows), orders, lambda order: order.goods)


def magento(orders: list[Order]) -> Export:
    status = word_of("Complete|Pending|Closed|Canceled|Processing|Suspected Fraud")
    rows = [
        {
            "ID": f"{order.number:09d}",
            "Purchase Point": "Main Website\n    Main Store\n        English",
            "Purchase Date": f"{order.day:%b} {order.day.day}, {order.day:%Y %I:%M:%S %p}",
            "Bill-to Name": order.buyer,
            "Ship-to Name": order.buyer,
            "Grand Total (Base)": f"{order.total:.4f}",
            "Grand Total (Purchased)": f"{order.total * 1.1:.4f}",
            "Status": status(order),
            "Customer Email": order.email,
            "Customer Group": "General",
            "Subtotal": f"{order.goods:.4f}",
            "Shipping and Handling": f"{order.shipping:.4f}",
            "Customer Name": order.buyer,
            "Payment Method": "paypal_express",
            "Total Refunded": f"{order.refund:.4f}" if order.refund else "",
        }
        for order in orders
    ]
    return export(written(rows), orders, lambda order: order.total - order.refund)


PRESTASHOP = {
    "en": (
        "ID|Reference|New client|Delivery|Customer|Total|Payment|Status|Date",
        "Payment accepted|Awaiting check payment|Refunded|Canceled|Shipped|Payment error",
    ),
    "fr": (
        "ID|Référence|Nouveau client|Livraison|Client|Total|Paiement|État|Date",
        "Paiement accepté|En attente du paiement par chèque|Remboursé|Annulé|Livré"
        "|Erreur de paiement",
    ),
    "es": (
        "ID|Referencia|Nuevo cliente|Entrega|Cliente|Total|Pago|Estado|Fecha",
        "Pago aceptado|Pago mediante cheque pendiente|Reembolso|Cancelado|Enviado"
        "|Error en el pago",
    ),
    "it": (
        "ID|Riferimento|Nuovo cliente|Consegna|Cliente|Totale|Pagamento|Stato|Data",
        "Pagamento accettato|In attesa di pagamento con assegno|Rimborsato|Annullato"
        "|Consegnato|Errore di pagamento",
    ),
}


def prestashop(orders: list[Order], language: str = "fr") -> Export:
    headings, words = PRESTASHOP[language]
    status = word_of(words)
    rows = []
    for order in orders:
        total = f"{order.total:.2f}".replace(".", ",") + " €"
        if language == "en":
            total = f"€{order.total:,.2f}"
        cells = (
            order.number,
            f"XK{order.number}",
            0,
            "France",
            f"J. {order.buyer.upper()}",
            total,
            "Carte",
            status(order),
            str(order.day),
        )
        rows.append(dict(zip(headings.split("|"), cells, strict=True)))
    return export(written(rows, delimiter=";"), orders, lambda order: order.total)


def bigcommerce(orders: list[Order]) -> Export:
    status = word_of(
        "Completed|Awaiting Payment|Refunded|Cancelled|Partially Refunded|Declined"
    )
    rows = [
        {
            "Order ID": order.number,
            "Customer ID": 0 if order.number % 5 == 0 else order.buyer[-1],
            "Customer Name": order.buyer,
            "Customer Email": order.email,
            "Order Date": f"{order.day:%m/%d/%Y}",
            "Order Status": status(order),
            "Subtotal (inc tax)": money(order.goods),
            "Subtotal (ex tax)": money(order.goods - order.tax),
            "Tax Total": money(order.tax),
            "Shipping Cost (inc tax)": money(order.shipping),
            "Store Credit Redeemed": "0.00",
            "Gift Certificate Amount Redeemed": "10.00"
            if order.number % 3 == 0
            else "0.00",
            "Order Total (inc tax)": money(order.total),
            "Order Total (ex tax)": money(order.total - order.tax),
            "Total Quantity": sum(line.quantity for line in order.lines),
            "Order Currency Code": "USD",
            "Exchange Rate": "1.0000000000",
            "Product Details": " | ".join(
                f"Product ID: {line.sku}, Product Qty: {line.quantity}, Product SKU: {line.sku},"
                f" Product Name: {line.product}, Product Unit Price: {line.price:.2f}"
                for line in order.lines
            ),
            "Refund Amount": money(order.refund),
        }
        for order in orders
    ]
    return export(written(rows), orders, lambda order: order.total - order.refund)
