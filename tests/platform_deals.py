"""Exports of deals and invoices: HubSpot, Salesforce, Pipedrive, Xero, QuickBooks."""

from __future__ import annotations

import csv

from tests.platform_exports import Export, Order, export, money, word_of, written

WON = ("paid", "partly", "refunded")


def hubspot(orders: list[Order]) -> Export:
    stage = word_of(
        "Closed Won|Appointment Scheduled|Closed Won|Closed Lost|Closed Won|Contract Sent"
    )
    rows = [
        {
            "Record ID": f"98{order.number}",
            "Deal Name": f"Renewal {order.number}",
            "Deal Stage": stage(order),
            "Pipeline": "Sales Pipeline",
            "Amount": money(order.total * 100),
            "Close Date": f"{order.day:%Y-%m-%d}",
            "Deal owner": "Kim",
            "Associated Company": f"{order.buyer} Ltd",
            "Last Activity Date": f"{order.day:%Y-%m-%d}",
            "Create Date": "2025-01-05",
        }
        for order in orders
    ]
    content = written(rows, quoting=csv.QUOTE_ALL)
    return export(content, orders, lambda order: order.total * 100, states=WON)


def salesforce(orders: list[Order]) -> Export:
    stage = word_of(
        "Closed Won|Prospecting|Closed Won|Closed Lost|Closed Won|Negotiation/Review"
    )
    rows = [
        {
            "Opportunity Owner": "Kim",
            "Account Name": f"{order.buyer} Ltd",
            "Opportunity Name": f"Renewal {order.number}",
            "Stage": stage(order),
            "Fiscal Period": "Q4-2025",
            "Amount Currency": "USD",
            "Amount": f"${order.total * 1000:,.0f}",
            "Probability (%)": 100,
            "Age": 12,
            "Close Date": f"{order.day.month}/{order.day.day}/{order.day.year}",
            "Created Date": "1/5/2025",
        }
        for order in orders
    ]
    below = (
        f'\n"Grand Totals ({len(orders)} records)"\n\n'
        '"Confidential Information - Do Not Distribute"\n'
        '"Copyright (c) 2000-2025 salesforce.com, inc. All rights reserved."\n'
    )
    content = written(rows, below=below)
    return export(
        content, orders, lambda order: round(order.total * 1000), states=WON
    )


def pipedrive(orders: list[Order]) -> Export:
    status = word_of("Won|Open|Won|Lost|Won|Deleted")
    rows = [
        {
            "Deal - ID": order.number,
            "Deal - Title": f"Renewal {order.number}",
            "Deal - Value": money(order.total),
            "Deal - Currency of Value": "EUR",
            "Deal - Organization": f"{order.buyer} Ltd",
            "Deal - Contact person": order.buyer,
            "Deal - Stage": "Negotiation",
            "Deal - Status": status(order),
            "Deal - Won time": str(order.day) if order.state in WON else "",
            "Deal - Expected close date": "2030-01-01",
            "Deal - Owner": "Kim",
        }
        for order in orders
    ]
    return export(written(rows), orders, lambda order: order.total, states=WON)


def xero(orders: list[Order]) -> Export:
    status = word_of("PAID|DRAFT|AUTHORISED|VOIDED|PAID|DELETED")
    rows = [
        {
            "ContactName": f"{order.buyer} Ltd",
            "EmailAddress": order.email,
            "POAddressLine1": "1 Road",
            "InvoiceNumber": f"INV-{order.number}",
            "Reference": "",
            "InvoiceDate": f"{order.day:%d %b %Y}",
            "DueDate": f"{order.day:%d %b %Y}",
            "Total": money(order.total),
            "InventoryItemCode": line.sku,
            "Description": line.product,
            "Quantity": f"{line.quantity:.4f}",
            "UnitAmount": f"{line.price:.4f}",
            "LineAmount": money(line.total),
            "AccountCode": "200",
            "TaxType": "20% (VAT on Income)",
            "TaxAmount": "1.00",
            "Currency": "GBP",
            "Status": status(order),
        }
        for order in orders
        for line in order.lines
    ]
    return export(written(rows), orders, lambda order: order.goods, states=WON)


def quickbooks(orders: list[Order]) -> Export:
    """Sales by Customer Detail: the customer alone above its lines, and a total after them."""
    lines = ["Tea Ltd", "Sales by Customer Detail", "November - December 2025", ""]
    names = [
        "",
        "Date",
        "Transaction Type",
        "Num",
        "Product/Service",
        "Memo/Description",
    ]
    lines.append(",".join([*names, "Qty", "Sales Price", "Amount", "Balance"]))
    sold = [order for order in orders if order.state in WON]
    for buyer in sorted({order.buyer for order in sold}):
        lines.append(f"{buyer} Ltd,,,,,,,,,")
        balance = 0.0
        for order in (order for order in sold if order.buyer == buyer):
            day = f"{order.day:%m/%d/%Y}"
            for line in order.lines:
                balance += line.total
                lines.append(
                    f",{day},Invoice,{order.number},Drinks:{line.product},,{line.quantity:.2f},"
                    f'{line.price:.2f},"{line.total:,.2f}","{balance:,.2f}"'
                )
            if order.state == "partly":
                lines.append(
                    f",{day},Credit Memo,{order.number},Drinks:{order.lines[0].product},,-1.00,"
                    f"{order.refund:.2f},-{order.refund:.2f},{balance - order.refund:.2f}"
                )
        lines.append(f'Total for {buyer} Ltd,,,,,,,,"${balance:,.2f}",')
    lines += [
        'TOTAL,,,,,,,,"$9,999.00",',
        "",
        "",
        '"Friday, Nov 28, 2025 08:00 AM GMT - Accrual Basis"',
    ]
    text = "\n".join(lines) + "\n"

    def taken(order: Order) -> float:
        return order.goods - (order.refund if order.state == "partly" else 0)

    return export(text.encode(), orders, taken, states=WON)
