"""Small files made from what is published of platforms' exports, their sums taken by hand."""

# ruff: noqa: E501  (exports have long lines)

from __future__ import annotations

import pytest

from crm_analysis import clean, guess_roles, read_table

FILES: dict[str, tuple[float, str]] = {
    "eBay transactions, a roll-up above its items": (
        35,
        r""""Transaction report"
"Seller","shop"
"Start date","1 Sep 2026"
"End date","30 Sep 2026"

Transaction creation date,Type,Order number,Legacy order ID,Buyer username,Buyer name,Net amount,Payout currency,Payout date,Payout ID,Item ID,Transaction ID,Item title,Custom label,Quantity,Item subtotal,Shipping and handling,Final Value Fee - fixed,Final Value Fee - variable,Gross transaction amount,Transaction currency,Reference ID,Description
1 Sep 2026,Order,01-1,--,annx,Ann,27.00,GBP,3 Sep 2026,1,9001,71,Tea,--,1,30.00,0.00,-0.30,-2.70,30.00,GBP,--,--
2 Sep 2026,Order,01-2,--,bobx,Bob,13.50,GBP,3 Sep 2026,1,--,--,--,--,2,15.00,0.00,-0.30,-1.20,15.00,GBP,--,--
2 Sep 2026,Order,01-2,--,bobx,Bob,--,GBP,3 Sep 2026,1,9002,72,Cup,--,1,10.00,0.00,--,--,--,GBP,--,--
2 Sep 2026,Order,01-2,--,bobx,Bob,--,GBP,3 Sep 2026,1,9001,73,Tea,--,1,5.00,0.00,--,--,--,GBP,--,--
4 Sep 2026,Refund,01-2,--,bobx,Bob,-9.00,GBP,5 Sep 2026,2,--,--,--,--,--,--,--,0.30,0.70,-10.00,GBP,--,--
5 Sep 2026,Payout,--,--,--,--,-40.50,GBP,--,1,--,--,--,--,--,--,--,--,--,-40.50,GBP,--,--
6 Sep 2026,Other fee,--,--,--,--,-5.00,GBP,--,2,--,--,--,--,--,--,--,--,--,-5.00,GBP,--,Ad fee
6 Sep 2026,Hold,01-1,--,annx,Ann,-27.00,GBP,--,2,--,--,--,--,--,--,--,--,--,-27.00,GBP,--,--
""",
    ),
    "Etsy statement": (
        20,
        r"""Date,Type,Title,Info,Currency,Amount,Fees & Taxes,Net,Tax Details
"August 1, 2025",Sale,Payment for Order #3001,Order #3001,USD,$20.00,--,$20.00,--
"August 1, 2025",Fee,Transaction fee: Tea,Order #3001,USD,--,-$1.30,-$1.30,--
"August 2, 2025",Sale,Payment for Order #3002,Order #3002,USD,$10.00,--,$10.00,--
"August 2, 2025",Marketing,Etsy Ads,,USD,--,-$1.17,-$1.17,--
"August 3, 2025",Refund,Refund for Order #3002,Order #3002,USD,-$10.00,--,-$10.00,--
"August 5, 2025",Deposit,$17.53 sent to your bank account,,USD,--,--,--,--
""",
    ),
    "PayPal in German, with own purchases": (
        100,
        r""""Datum","Uhrzeit","Zeitzone","Name","Typ","Status","Währung","Brutto","Gebühr","Netto","Absender E-Mail-Adresse","Empfänger E-Mail-Adresse","Transaktionscode","Zugehöriger Transaktionscode","Guthaben","Auswirkung auf Guthaben"
"18.06.2025","10:00:00","CEST","Ann","PayPal Express-Zahlung","Abgeschlossen","EUR","119,00","-3,00","116,00","a@x.de","shop@x.de","T1","","116,00","Haben"
"19.06.2025","10:00:00","CEST","Ann","Rückzahlung","Abgeschlossen","EUR","-19,00","0,00","-19,00","shop@x.de","a@x.de","T2","T1","97,00","Soll"
"20.06.2025","10:00:00","CEST","","Allgemeine Abbuchung","Abgeschlossen","EUR","-97,00","0,00","-97,00","shop@x.de","","T3","","0,00","Soll"
"21.06.2025","10:00:00","CEST","Papier GmbH","PayPal Express-Zahlung","Abgeschlossen","EUR","-1.234,56","0,00","-1.234,56","shop@x.de","p@p.de","T4","","-1.234,56","Soll"
"22.06.2025","10:00:00","CEST","Bob","Website-Zahlung","Ausstehend","EUR","50,00","0,00","50,00","b@x.de","shop@x.de","T5","","-1.234,56","Memo"
""",
    ),
    "Stripe balance, a dispute": (
        20,
        r"""balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,charge_id,description,automatic_payout_id
txn_1,2026-06-05 20:38:34,2026-06-07 00:00:00,usd,100.00,3.20,96.80,charge,ch_1,ch_1,Sub,po_1
txn_2,2026-06-06 20:38:34,2026-06-07 00:00:00,usd,-30.00,0.00,-30.00,refund,re_1,ch_1,Sub,po_1
txn_3,2026-06-06 20:38:34,2026-06-07 00:00:00,usd,-66.80,0.00,-66.80,payout,po_1,,Payout,po_1
txn_4,2026-06-07 20:38:34,2026-06-09 00:00:00,usd,-50.00,15.00,-65.00,dispute,dp_1,ch_0,Chargeback,po_2
txn_5,2026-06-08 20:38:34,2026-06-09 00:00:00,usd,-2.00,0.00,-2.00,fee,fee_1,,Radar,po_2
""",
    ),
    "Xero invoices, a credit note": (
        130,
        r"""ContactName,EmailAddress,InvoiceNumber,Reference,InvoiceDate,DueDate,Total,TaxTotal,InvoiceAmountPaid,InvoiceAmountDue,InventoryItemCode,Description,Quantity,UnitAmount,Discount,LineAmount,AccountCode,TaxType,TaxAmount,Currency,Type,Status
Acme,a@x.com,INV-1,,15 Jul 2026,30 Jul 2026,165.00,15.00,165.00,0.00,T,Tea,10,10.00,,100.00,200,GST,10.00,AUD,Sales invoice,Paid
Acme,a@x.com,INV-1,,15 Jul 2026,30 Jul 2026,165.00,15.00,165.00,0.00,C,Cup,5,10.00,,50.00,200,GST,5.00,AUD,Sales invoice,Paid
Beta,b@x.com,INV-2,,16 Jul 2026,30 Jul 2026,77.00,7.00,0.00,77.00,T,Tea,7,10.00,,70.00,200,GST,7.00,AUD,Sales invoice,Voided
Beta,b@x.com,INV-3,,17 Jul 2026,30 Jul 2026,77.00,7.00,0.00,77.00,T,Tea,7,10.00,,70.00,200,GST,7.00,AUD,Sales invoice,Draft
Acme,a@x.com,CN-1,,18 Jul 2026,30 Jul 2026,-22.00,-2.00,-22.00,0.00,T,Tea,-2,10.00,,-20.00,200,GST,-2.00,AUD,Sales credit note,Paid
""",
    ),
    "QuickBooks, customers above their lines": (
        1900,
        r"""Sales by Customer Detail,,,,,,,,
My Company,,,,,,,,
"January - March, 2024",,,,,,,,

,Date,Transaction Type,Num,Product/Service,Memo/Description,Qty,Sales Price,Amount,Balance
Acme,,,,,,,,,
,01/15/2024,Invoice,1001,Design:Logo,Logo,1,"2,000.00","2,000.00","2,000.00"
,02/15/2024,Credit Memo,1003,Design:Logo,Logo,-1,500.00,(500.00),"1,500.00"
Total for Acme,,,,,,,,"$1,500.00",
Beta,,,,,,,,,
,01/16/2024,Sales Receipt,1002,Design:Card,Card,4,100.00,400.00,400.00
Total for Beta,,,,,,,,$400.00,
TOTAL,,,,,,,,"$1,900.00",

"Monday, Apr 01, 2024 10:00:00 AM GMT-7 - Accrual Basis",,,,,,,,
""",
    ),
    "有赞商品明细": (
        80,
        r"""订单号,外部订单号,订单商品状态,交易成功时间,商品名称,商品类型,商品规格,商品编码,商品单价,商品优惠后价格,商品数量,商品金额小计,店铺优惠（分摊）,商品实际成交金额,收货人/提货人,收货人手机号/提货人手机号,商品发货状态,商品退款状态,商品已退款金额
E1,,交易完成,2024-05-01 13:22:01,茶,实物,红,T,50,45,2,100,10,90,王,13800000001,已发货,部分退款,30
E2,,交易关闭,,杯,实物,白,C,20,20,1,20,0,20,李,13800000002,未发货,,0
E3,,已发货,2024-05-03 13:22:01,杯,实物,白,C,20,20,1,20,0,20,赵,13800000003,已发货,退款失败,0
E4,,待付款,,杯,实物,白,C,20,20,1,20,0,20,赵,13800000003,未发货,,0
""",
    ),
    "Lazada items": (
        45,
        r"""orderItemId,orderNumber,createTime,deliveredDate,status,customerName,itemName,sellerSku,lazadaSku,unitPrice,paidPrice,sellerDiscountTotal,shippingFee
1,L1,05 Jun 2025 10:00,07 Jun 2025 10:00,delivered,Ann,Tea,T,LT,20.00,18.00,-2.00,3.00
2,L1,05 Jun 2025 10:00,07 Jun 2025 10:00,shipped,Ann,Cup,C,LC,27.00,27.00,0.00,0.00
3,L2,06 Jun 2025 10:00,,canceled,Bob,Cup,C,LC,27.00,27.00,0.00,0.00
4,L3,06 Jun 2025 10:00,09 Jun 2025 10:00,returned,Cy,Cup,C,LC,27.00,27.00,0.00,0.00
5,L4,06 Jun 2025 10:00,,failed,Cy,Cup,C,LC,27.00,27.00,0.00,0.00
""",
    ),
    "Square transactions, a gift card": (
        10,
        r"""Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,Partial Refunds,Total Collected,Source,Card,Card Entry Methods,Cash,Fees,Net Total,Transaction ID,Payment ID,Description,Event Type,Customer ID,Customer Name,Transaction Status
07/18/2026,12:59:30,Eastern Time (US & Canada),$10.00,$0.00,$0.00,$10.00,$0.00,$1.00,$2.00,$0.00,$13.00,POS,$13.00,Chip,$0.00,-$0.40,$12.60,t1,p1,Tea x 1,Payment,c1,Ann,Complete
07/19/2026,12:59:30,Eastern Time (US & Canada),$0.00,$0.00,$0.00,$0.00,$50.00,$0.00,$0.00,$0.00,$50.00,POS,$50.00,Chip,$0.00,-$1.40,$48.60,t2,p2,Gift Card x 1,Payment,c2,Bob,Complete
07/20/2026,12:59:30,Eastern Time (US & Canada),$20.00,$0.00,$0.00,$20.00,$0.00,$2.00,$0.00,$0.00,$22.00,POS,$22.00,Chip,$0.00,-$0.60,$21.40,t3,p3,Cup x 1,Payment,c2,Bob,Complete
07/21/2026,12:59:30,Eastern Time (US & Canada),-$20.00,$0.00,$0.00,-$20.00,$0.00,-$2.00,$0.00,$0.00,-$22.00,POS,-$22.00,Chip,$0.00,$0.00,-$22.00,t3,p4,Cup x 1,Refund,c2,Bob,Complete
""",
    ),
    "a bank in French": (
        200,
        r"""Date;Réf;Type d'opération;Client;Montant
13/01/2025;T1;Paiement;Ann;120,00
14/01/2025;T2;Frais;;-3,60
15/01/2025;T3;Paiement;Bob;80,00
16/01/2025;T4;Virement;;-196,40
""",
    ),
    "微信小店": (
        98,
        r"""订单号,下单时间,订单状态,商品名称,商品数量,商品实际价格(单件),商品实际价格(总共),订单实际支付金额,商品已退款金额,商品售后,商品发货
W1,2024-05-01 13:22:01,已完成,茶,2,44,88,88,20,部分退款,已发货
W2,2024-05-02 13:22:01,已取消,茶,1,44,44,44,0,,未发货
W3,2024-05-03 13:22:01,待发货,杯,1,30,30,30,0,,未发货
W4,2024-05-04 13:22:01,待付款,杯,1,30,30,0,0,,未发货
""",
    ),
    "Shopify transactions": (
        70,
        r"""Order,Name,Kind,Gateway,Created At,Status,Amount,Currency
1,#1001,sale,shopify_payments,2024-05-01 09:58:12 +0000,success,50.00,EUR
2,#1001,refund,shopify_payments,2024-05-03 09:58:12 +0000,success,10.00,EUR
3,#1002,sale,shopify_payments,2024-05-04 09:58:12 +0000,failure,30.00,EUR
4,#1002,sale,shopify_payments,2024-05-04 10:58:12 +0000,success,30.00,EUR
5,#1003,authorization,shopify_payments,2024-05-05 10:58:12 +0000,success,70.00,EUR
6,#1003,void,shopify_payments,2024-05-05 11:58:12 +0000,success,70.00,EUR
""",
    ),
    "Shopify payouts": (
        40,
        r"""Transaction Date,Type,Order,Card Brand,Payout Status,Payout Date,Amount,Fee,Net,Currency
2024-05-01 09:58:12 +0000,charge,#1001,visa,paid,2024-05-03,50.00,1.75,48.25,EUR
2024-05-02 09:58:12 +0000,refund,#1001,visa,paid,2024-05-03,-10.00,0.00,-10.00,EUR
2024-05-02 10:58:12 +0000,adjustment,,,paid,2024-05-03,-2.00,0.00,-2.00,EUR
2024-05-03 09:58:12 +0000,payout,,,paid,2024-05-03,-36.25,0.00,-36.25,EUR
""",
    ),
    "Shopify orders, a gift card sold": (
        20,
        r"""Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Cancelled at,Refunded Amount,Outstanding Balance
#1001,a@x.com,paid,2024-05-01 09:58:12 +0000,fulfilled,EUR,70.00,0.00,0.00,70.00,0.00,2024-05-01 09:58:12 +0000,2,Tea,10.00,T,,0.00,0.00
#1001,a@x.com,,,,,,,,,,2024-05-01 09:58:12 +0000,1,Gift Card - 50,50.00,,,,
""",
    ),
    "eBay orders in German, one unpaid": (
        136.99,
        r"""Verkaufsprotokollnummer;Bestellnummer;Nutzername des Käufers;Name des Käufers;Artikelnummer;Artikelbezeichnung;Anzahl;Verkauft für;Verpackung und Versand;Gesamtbetrag;Verkauft am;Zahlungsdatum
1;01-1;annx;Ann;9001;Tee;1;116,99 €;0,00 €;116,99 €;10-Dez-25;10-Dez-25
2;01-2;bobx;Bob;9002;Tasse;2;10,00 €;0,00 €;20,00 €;11-Dez-25;11-Dez-25
3;--;cyx;Cy;9001;Tee;1;116,99 €;0,00 €;116,99 €;12-Dez-25;--
""",
    ),
    "Etsy payments": (
        45,
        r"""Payment ID,Buyer Username,Buyer,Order ID,Gross Amount,Fees,Net Amount,Posted Gross,Posted Fees,Posted Net,Adjusted Gross,Adjusted Fees,Adjusted Net,Currency,Listing Amount,Listing Currency,Exchange Rate,Refund Amount,Order Date,Status
1,annx,Ann,3001,25.00,1.00,24.00,25.00,1.00,24.00,0.00,0.00,0.00,USD,25.00,USD,1,0.00,08/14/25,Shipped
2,bobx,Bob,3002,30.00,1.00,29.00,30.00,1.00,29.00,20.00,0.90,19.10,USD,30.00,USD,1,10.00,08/16/25,Shipped
""",
    ),
    "淘宝明细": (
        130,
        r"""订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码
="1001",外套,50.00,2,,红,,,交易成功,A
="1002",外套,50.00,1,,红,,,等待买家付款,A
="1003",帽子,30.00,1,,白,,,买家已付款，等待卖家发货,B
="1004",帽子,30.00,1,,白,,,交易关闭,B
""",
    ),
    "微信小店，部分退款": (
        89,
        r"""订单号,订单下单时间,订单状态,商品名称,商品数量,订单实际收款金额,商品已退款金额,商品售后
W1,2024-05-01 13:22:01,已完成,茶,2,99,10,退款成功
W2,2024-05-02 13:22:01,已取消,茶,1,44,0,
""",
    ),
    "支付宝账单": (
        170,
        r"""支付宝交易记录明细查询
账号:[shop@x.com]
起始日期:[2025-01-01 00:00:00]    终止日期:[2025-01-31 00:00:00]
---------------------------------交易记录明细列表------------------------------------
交易号,商家订单号,交易创建时间,付款时间,最近修改时间,交易来源地,类型,交易对方,商品名称,金额（元）,收/支,交易状态,服务费（元）,成功退款（元）,备注,资金状态
2025011322001,T1,2025-01-13 10:00:00,2025-01-13 10:00:05,2025-01-13 10:00:05,其他,即时到账交易,小王,茶,120.00,收入,交易成功,0.00,0.00,,已收入
2025011422001,T2,2025-01-14 10:00:00,2025-01-14 10:00:05,2025-01-14 10:00:05,其他,即时到账交易,小李,茶,80.00,收入,交易成功,0.00,30.00,,已收入
2025011522001,T3,2025-01-15 10:00:00,,2025-01-15 10:00:05,其他,即时到账交易,小赵,茶,60.00,收入,交易关闭,0.00,0.00,,
2025011622001,T4,2025-01-16 10:00:00,2025-01-16 10:00:05,2025-01-16 10:00:05,其他,即时到账交易,供应商,纸,500.00,支出,交易成功,0.00,0.00,,已支出
""",
    ),
    "invoices and their payments": (
        150,
        r"""Date,Number,Transaction type,Customer,Amount
2025-01-13,I1,Invoice,Ann,100.00
2025-01-14,P1,Payment,Ann,100.00
2025-01-15,I2,Invoice,Bob,50.00
2025-01-16,P2,Payment,Bob,50.00
""",
    ),
    "WooCommerce, refunds as rows": (
        60,
        r"""Order ID,Date,Type,Status,Customer Email,Total
1,2025-02-14,shop_order,wc-completed,a@x.com,50.00
2,2025-02-15,shop_order,wc-completed,b@x.com,30.00
3,2025-02-18,shop_order_refund,wc-completed,a@x.com,-20.00
""",
    ),
    "收银流水": (
        30,
        r"""流水号,时间,交易类型,会员,商品,数量,金额
1,2025-02-14 10:00:00,销售,小王,茶,3,30.00
2,2025-02-14 11:00:00,销售,小李,杯,1,20.00
3,2025-02-15 11:00:00,退货,小李,杯,1,20.00
4,2025-02-15 12:00:00,充值,小李,,1,500.00
""",
    ),
    "BigCommerce, products in one cell": (
        145,
        r"""
Order ID,Customer ID,Customer Name,Customer Email,Order Date,Order Status,Subtotal (inc tax),Subtotal (ex tax),Tax Total,Shipping Cost (inc tax),Order Total (inc tax),Order Total (ex tax),Payment Method,Total Quantity,Total Shipped,Order Currency Code,Exchange Rate,Product Details,Refund Amount
100,5,Ann,a@x.com,01/25/2024,Completed,90,80,10,10,100.00,90.00,Card,2,2,USD,1,"Product ID: 1, Product Qty: 2, Product SKU: T, Product Name: Tea, Product Unit Price: 45.00",0.00
101,0,,b@x.com,01/26/2024,Partially Refunded,55,50,5,5,60.00,55.00,Card,1,1,USD,1,"Product ID: 2, Product Qty: 1, Product SKU: C, Product Name: Cup, Product Unit Price: 25.00 | Product ID: 1, Product Qty: 1, Product SKU: T, Product Name: Tea, Product Unit Price: 30.00",15.00
102,6,Cy,c@x.com,01/27/2024,Awaiting Payment,30,25,5,5,35.00,30.00,Card,1,0,USD,1,"Product ID: 2, Product Qty: 1, Product SKU: C, Product Name: Cup, Product Unit Price: 30.00",0.00
103,6,Cy,c@x.com,01/28/2024,Declined,30,25,5,5,35.00,30.00,Card,1,0,USD,1,"Product ID: 2, Product Qty: 1, Product SKU: C, Product Name: Cup, Product Unit Price: 30.00",0.00
104,7,Di,d@x.com,01/29/2024,Refunded,30,25,5,5,35.00,30.00,Card,1,0,USD,1,"Product ID: 2, Product Qty: 1, Product SKU: C, Product Name: Cup, Product Unit Price: 30.00",35.00
""",
    ),
    "PayPal, a payment turned into the home currency": (
        144.5,
        r"""
"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address","Transaction ID","Reference Txn ID","Balance","Balance Impact"
"06/18/2025","10:00:00","CET","Ann","Express Checkout Payment","Completed","EUR","100.00","-3.00","97.00","a@x.de","shop@x.de","T1","","97.00","Credit"
"06/19/2025","10:00:00","CET","Bob","Express Checkout Payment","Completed","USD","50.00","-2.00","48.00","b@x.com","shop@x.de","T2","","48.00","Credit"
"06/19/2025","10:00:00","CET","","General Currency Conversion","Completed","USD","-48.00","0.00","-48.00","shop@x.de","","T3","T2","0.00","Debit"
"06/19/2025","10:00:00","CET","","General Currency Conversion","Completed","EUR","44.50","0.00","44.50","","shop@x.de","T4","T2","141.50","Credit"
""",
    ),
    "Amazon payments in French": (
        20,
        r""""Inclut les transactions"
"Tous les montants sont en EUR"
"date/heure","numéro de versement","type","numéro de la commande","sku","description","quantité","Marketplace","ventes de produits","crédits d'expédition","Rabais promotionnels","frais de vente","Frais Expédié par Amazon","autres frais de transaction","autre","total"
"1 juil. 2026 08:31:35 UTC","123","Commande","111-1","T","Thé","2","amazon.fr","40,00","0","0","-6,00","-5,00","0","0","29,00"
"2 juil. 2026 08:31:35 UTC","123","Remboursement","111-1","T","Thé","1","amazon.fr","-20,00","0","0","3,00","0","0","0","-17,00"
"3 juil. 2026 08:31:35 UTC","123","Transfert","","","Vers le compte","","amazon.fr","0","0","0","0","0","0","-1 694,07","-1 694,07"
""",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_the_sales_of_a_small_file_come_to_what_they_are_by_hand(name: str) -> None:
    right, text = FILES[name]
    raw = read_table(text.encode(), name="export.csv")
    table = clean(raw, guess_roles(raw)).table
    assert table[table["is_sale"]]["amount"].sum() == pytest.approx(right, abs=0.005)


CONTACTS: dict[str, tuple[str, str, str]] = {
    "hubspot_contacts": (
        "customers",
        "Record ID",
        """
"Record ID","First Name","Last Name","Email","Phone Number","Contact owner","Lifecycle Stage","Lead Status","Country/Region","Last Activity Date","Create Date"
"1","Ann","A","a@x.com","","Zed","customer","OPEN","US","2024-05-01","2024-01-01"
"2","Bob","B","b@x.com","","Zed","lead","NEW","DE","2024-05-02","2024-01-02"
""",
    ),
    "mailchimp_audience": (
        "customers",
        "Email Address",
        """
Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES
a@x.com,Ann,A,2,,,2016-04-18 13:51:14,1.2.3.4,,,,,,us,ny,2016-04-18 13:51:14,1,e1,
b@x.com,Bob,B,3,,,2016-04-19 13:51:14,1.2.3.4,,,,,,us,ny,2016-04-18 13:51:14,2,e2,
""",
    ),
    "klaviyo_profiles": (
        "customers",
        "Email",
        """
Email,Klaviyo ID,First Name,Last Name,City,State / Region,Country,Zip Code,Source,Email Marketing Consent,Date Added,Historic Customer Lifetime Value
a@x.com,K1,Ann,A,Berlin,BE,DE,10115,Form,SUBSCRIBED,2024-01-05 10:00:00,120.50
b@x.com,K2,Bob,B,Kyoto,KY,JP,6000000,Form,NEVER_SUBSCRIBED,2024-02-05 10:00:00,0
""",
    ),
    "klaviyo_campaigns": (
        "series",
        "",
        """
Campaign Name,Tags,Subject,List,Send Time,Send Weekday,Total Recipients,Unique Placed Order,Placed Order Rate,Revenue,Unique Opens,Open Rate,Total Opens,Unique Clicks,Click Rate,Total Clicks,Unsubscribes,Spam Complaints,Successful Deliveries,Bounces,Bounce Rate,Campaign ID,Campaign Channel
Spring,,Hi,Main,2024-05-01 10:00,Wednesday,1000,10,1.0%,500.00,300,30.0%,400,50,5.0%,60,1,0,990,10,1.0%,c1,email
Summer,,Hi,Main,2024-06-01 10:00,Saturday,1200,12,1.0%,700.00,300,30.0%,400,50,5.0%,60,1,0,1190,10,1.0%,c2,email
""",
    ),
    "mailchimp_campaigns": (
        "series",
        "",
        """
Title,Subject,List,Send Date,Send Weekday,Total Recipients,Successful Deliveries,Soft Bounces,Hard Bounces,Total Bounces,Times Forwarded,Unique Opens,Open Rate,Total Opens,Unique Clicks,Click Rate,Total Clicks,Unsubscribes,Abuse Complaints,Unique Id
Spring,Hi,Main,"May 01, 2024 10:00 am",Wednesday,1000,990,5,5,10,0,300,30.30%,400,50,5.05%,60,1,0,u1
Summer,Hi,Main,"Jun 01, 2024 10:00 am",Saturday,1200,1190,5,5,10,0,300,25.21%,400,50,4.20%,60,1,0,u2
""",
    ),
    "douyin_settlement": (
        "transactions",
        "",
        """
动账时间,动账流水号,动账方向,动账金额,动账场景,订单号,订单实付应结,订单退款,平台服务费
2024-05-03 10:00:00,F1,入账,47.50,货款结算入账,6901,50.00,0.00,-2.50
2024-05-05 10:00:00,F3,出账,-27.50,提现,,0,0,0
""",
    ),
}


@pytest.mark.parametrize("name", CONTACTS)
def test_exports_of_people_and_campaigns_are_no_orders(name: str) -> None:
    kind, customer, text = CONTACTS[name]
    raw = read_table(text.strip().encode(), name="export.csv")
    roles = guess_roles(raw)
    assert (roles.preset, roles.kind) == (name, kind)
    assert roles.columns.get("customer", "") == customer
    table = clean(raw, roles).table
    assert len(table) == 2 and "amount" not in table
