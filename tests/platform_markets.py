"""Exports of market places: Amazon and eBay, orders and payments."""

from __future__ import annotations

import csv
from typing import Any

from tests.platform_exports import Export, Order, export, money, word_of, written


def amazon_orders(orders: list[Order]) -> Export:
    rows = []
    for order in orders:
        status = word_of("Shipped|Pending|Shipped|Cancelled|Shipped|Cancelled")(
            order
        )
        for line in order.lines:
            priced = status == "Shipped"
            rows.append(
                {
                    "amazon-order-id": f"111-{order.number}",
                    "merchant-order-id": "",
                    "purchase-date": f"{order.day:%Y-%m-%dT%H:%M:%S}+00:00",
                    "order-status": status,
                    "fulfillment-channel": "Amazon",
                    "sales-channel": "Amazon.com",
                    "product-name": line.product,
                    "sku": line.sku,
                    "asin": f"B00{line.sku}",
                    "item-status": status if priced else "",
                    "quantity": line.quantity if priced else 0,
                    "currency": "USD" if priced else "",
                    "item-price": money(line.total) if priced else "",
                    "item-tax": money(1) if priced else "",
                    "shipping-price": money(order.shipping) if priced else "",
                    "ship-country": "US",
                }
            )
        if order.state == "partly":  # an item of a shipped order that was cancelled
            rows.append(rows[-1] | {"item-status": "Cancelled", "sku": "X-9"})
    return export(
        written(rows, delimiter="\t"),
        orders,
        lambda order: order.goods,
        states=("paid", "partly", "refunded"),
        has_buyers=False,
    )


def amazon_payments(orders: list[Order]) -> Export:
    above = (
        '"Includes Amazon Marketplace, Fulfillment by Amazon (FBA), and Amazon Webstore"\n'
        '"All amounts in USD, unless specified"\n"Definitions:"\n'
        '"Sales tax collected: Includes sales tax collected from buyers."\n'
        '"Selling fees: Includes variable closing fees and referral fees."\n'
        '"Other transaction fees: Includes shipping chargebacks."\n"Other: Includes non-order."\n'
    )
    zeros = dict.fromkeys(
        (
            "product sales",
            "product sales tax",
            "shipping credits",
            "promotional rebates",
            "selling fees",
            "fba fees",
            "other transaction fees",
            "other",
        ),
        "0",
    )
    rows = []
    sold = [
        order for order in orders if order.state in ("paid", "partly", "refunded")
    ]
    for order in sold:
        zone = f"{order.day:%b} {order.day.day}, {order.day:%Y %I:%M:%S %p} PST"
        base = {
            "date/time": zone,
            "settlement id": "98765",
            "type": "Order",
            "order id": f"111-{order.number}",
            "sku": "T-1",
            "description": "Tea 500g",
            "quantity": 1,
            "marketplace": "amazon.com",
        }
        figures = zeros | {
            "product sales": f"{order.goods * 100:,.2f}",
            "selling fees": "-3.10",
        }
        rows.append(base | figures | {"total": f"{order.goods * 100 - 3.1:,.2f}"})
        if order.refund:
            figures = zeros | {
                "product sales": money(-order.refund),
                "selling fees": "1.00",
            }
            rows.append(
                base
                | {"type": "Refund"}
                | figures
                | {"total": money(1 - order.refund)}
            )
    last = rows[-1] | zeros | {"order id": "", "sku": "", "quantity": ""}
    rows.append(
        last | {"type": "Service Fee", "other": "-39.99", "total": "-39.99"}
    )
    rows.append(last | {"type": "Transfer", "other": "0", "total": "-5,000.00"})
    return export(
        written(rows, above=above, quoting=csv.QUOTE_ALL),
        orders,
        lambda order: order.goods * 100 - order.refund,
        states=("paid", "partly", "refunded"),
        has_buyers=False,
    )


def ebay_orders(orders: list[Order]) -> Export:
    empty = dict.fromkeys(
        (
            "Sales Record Number",
            "Order Number",
            "Buyer Username",
            "Buyer Name",
            "Buyer Email",
            "Item Number",
            "Item Title",
            "Custom Label",
            "Sold Via Promoted Listings",
            "Quantity",
            "Sold For",
            "Shipping And Handling",
            "eBay Collected Tax",
            "Total Price",
            "Payment Method",
            "Sale Date",
            "Paid On Date",
            "Transaction ID",
        ),
        "",
    )
    rows: list[dict[str, Any]] = []
    for order in orders:
        paid = order.state in ("paid", "partly", "refunded")
        head = empty | {
            "Sales Record Number": order.number,
            "Order Number": f"05-{order.number}-11" if paid else "",
            "Buyer Username": order.buyer.lower(),
            "Buyer Name": "John Doe",
            "Buyer Email": order.email,
            "Quantity": sum(line.quantity for line in order.lines),
            "Sold For": f"${order.goods:,.2f}",
            "Shipping And Handling": f"${order.shipping:.2f}",
            "eBay Collected Tax": f"${order.tax:.2f}",
            "Total Price": f"${order.total:,.2f}",
            "Sale Date": f"{order.day:%b-%d-%y}",
            "Paid On Date": f"{order.day:%b-%d-%y}" if paid else "",
        }
        items = [
            {
                "Item Number": f"2555{line.sku[-1]}",
                "Item Title": line.product,
                "Custom Label": line.sku,
                "Quantity": line.quantity,
                "Sold For": f"${line.price:,.2f}",
                "Transaction ID": f"{order.number}{nth}",
            }
            for nth, line in enumerate(order.lines)
        ]
        if len(items) == 1:
            rows.append(head | items[0])
            continue
        rows.append(head)
        same = {
            name: head[name] for name in ("Sales Record Number", "Order Number")
        }
        rows += [empty | same | item for item in items]
    commas = "," * (len(empty) - 1) + "\n"
    body = written(rows).decode().split("\n", 1)
    count = len(orders)
    text = (
        "\ufeff"
        + commas
        + body[0]
        + "\n"
        + commas
        + body[1]
        + f'\n{count},"record(s) downloaded,"," from  Nov-20-25,00:00:00"," to  Dec-31-25"\n'
        + "Seller ID : teashop\n"
    )
    return export(
        text.encode(),
        orders,
        lambda order: order.goods + order.shipping,
        states=("paid", "partly", "refunded"),
    )


def ebay_transactions(orders: list[Order]) -> Export:
    empty = dict.fromkeys(
        (
            "Transaction creation date",
            "Type",
            "Order number",
            "Legacy order ID",
            "Buyer username",
            "Buyer name",
            "Net amount",
            "Payout currency",
            "Payout date",
            "Payout ID",
            "Payout method",
            "Payout status",
            "Reason for hold",
            "Item ID",
            "Transaction ID",
            "Item title",
            "Custom label",
            "Quantity",
            "Item subtotal",
            "Shipping and handling",
            "Final Value Fee - fixed",
            "Final Value Fee - variable",
            "Gross transaction amount",
            "Transaction currency",
            "Exchange rate",
            "Reference ID",
            "Description",
        ),
        "--",
    )
    rows: list[dict[str, Any]] = []
    for order in orders:
        if order.state not in ("paid", "partly", "refunded"):
            continue
        head = empty | {
            "Transaction creation date": f"{order.day.day} {order.day:%b %Y}",
            "Type": "Order",
            "Order number": f"05-{order.number}",
            "Buyer username": order.buyer.lower(),
            "Net amount": money(order.goods - 2),
            "Gross transaction amount": money(order.goods),
            "Payout currency": "GBP",
            "Transaction currency": "GBP",
        }
        items = [
            {
                "Item ID": f"2555{line.sku[-1]}",
                "Transaction ID": f"{order.number}{nth}",
                "Item title": line.product,
                "Quantity": line.quantity,
                "Item subtotal": money(line.total),
                "Final Value Fee - variable": "-1.20",
            }
            for nth, line in enumerate(order.lines)
        ]
        if len(items) == 1:
            rows.append(head | items[0])
        else:
            rows.append(head)
            own = {"Net amount": "--", "Gross transaction amount": "--"}
            rows += [head | own | item for item in items]
        if order.refund:
            back = {
                "Type": "Refund",
                "Gross transaction amount": money(-order.refund),
            }
            rows.append(head | back | {"Net amount": money(-order.refund)})
    payout = empty | {
        "Transaction creation date": rows[-1]["Transaction creation date"]
    }
    rows.append(
        payout
        | {"Type": "Payout", "Net amount": "-900.00", "Payout currency": "GBP"}
    )
    rows.append(
        payout
        | {"Type": "Other fee", "Net amount": "-12.00", "Payout currency": "GBP"}
    )
    above = "Transaction report\n\nSeller,teashop\nLegal name,Tea Ltd\n\nStart date,1 Nov\n\n\n"
    return export(
        written(rows, above=above),
        orders,
        lambda order: order.goods - order.refund,
        states=("paid", "partly", "refunded"),
    )
