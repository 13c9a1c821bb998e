"""Headers as shops, tills, CRMs and teaching sets write them.

With the roles a careful person would give.

One block a file: a name and a kind, then `header = values > role`; a role followed by "?" may be
proposed or not. What the values look like is said by the words that `made_column` knows. Chinese
and English files of the same sort stand together.
"""

from __future__ import annotations

import random

import pandas as pd

ROWS = 240

HEADERS = """
shopify orders: transactions
Name = hash > order; Email = email > customer; Financial Status = status; Paid at = datetime
Fulfillment Status = status; Currency = currency > currency; Subtotal = ordertotal
Shipping = fee; Taxes = fee; Total = ordertotal > amount?; Discount Code = coupon
Discount Amount = off > discount; Shipping Method = group; Created at = datetime > date
Lineitem quantity = qty > quantity; Lineitem name = product > product
Lineitem price = price > unit_price; Lineitem sku = code > product_code
Lineitem requires shipping = truth
Billing Name = person; Billing Country = country > country; Vendor = group; Id = long

woocommerce orders: transactions
Order Number = order > order; Order Status = status; Order Date = datetime > date
Customer Note = blank; First Name (Billing) = first; Last Name (Billing) = last
Email (Billing) = email > customer; Country Code (Billing) = country > country
Payment Method Title = group; Order Total Amount = ordertotal > amount?; SKU = code > product_code
Item Name = product > product; Quantity = qty > quantity; Item Cost = price > unit_price|cost
Coupon Code = coupon; Discount Amount = off > discount

amazon order report: transactions
amazon-order-id = order > order; merchant-order-id = order; purchase-date = datetime > date
last-updated-date = datetime; order-status = status; fulfillment-channel = group
sales-channel = group > channel; ship-service-level = group; product-name = product > product
sku = code > product_code; asin = code; quantity = qty > quantity; currency = currency > currency
item-price = amount > amount|unit_price; item-tax = fee; shipping-price = fee
buyer-email = email > customer; ship-city = city; ship-country = country > country

square items: transactions
Date = dmy > date; Time = clock; Time Zone = group; Category = group > category
Item = product > product; Qty = qty > quantity; Price Point Name = group
SKU = code > product_code
Gross Sales = money; Discounts = moneyoff > discount; Net Sales = money > amount; Tax = fee
Transaction ID = order > order; Payment ID = order; Device Name = group; Notes = blank
Location = city > country?; Customer ID = customer > customer; Customer Name = person

tableau superstore: transactions
Row ID = row; Order ID = order > order; Order Date = mdy > date; Ship Date = mdy
Ship Mode = group; Customer ID = customer > customer; Customer Name = person; Segment = group
Country/Region = country > country; City = city; State = city; Postal Code = zip; Region = group
Product ID = code > product_code; Category = group > category; Sub-Category = group2
Product Name = product > product; Sales = decimal > amount; Quantity = qty > quantity
Discount = rate > discount; Profit = decimal

超市订单: transactions
行 ID = row; 订单 ID = order > order; 订单日期 = ymd > date; 发货日期 = ymd; 邮寄方式 = 组
客户 ID = customer > customer; 客户名称 = 姓名; 细分 = 组; 城市 = 城市; 省/自治区 = 城市
国家 = 国家 > country
产品 ID = code > product_code; 类别 = 组 > category; 子类别 = 组2; 产品名称 = 商品 > product
销售额 = decimal > amount; 数量 = qty > quantity; 折扣 = rate > discount; 利润 = decimal

online retail ii: transactions
Invoice = order > order; StockCode = code > product_code; Description = product > product
Quantity = qty > quantity; InvoiceDate = datetime > date; Price = price > unit_price
Customer ID = customer > customer; Country = country > country

bakery: transactions
TransactionNo = order > order; Items = product > product; DateTime = datetime > date
Daypart = group; DayType = group

grocery members: transactions
Member_number = customer > customer; Date = dmy > date; itemDescription = product > product

supermarket sales: transactions
Invoice ID = order1 > order; Branch = letter; City = city > country?; Customer type = group
Gender = gender; Product line = group > category|product; Unit price = price > unit_price
Quantity = qty > quantity; Tax 5% = fee; Total = taxed > amount; Date = mdy > date; Time = clock
Payment = group; cogs = amount > cost|amount; gross margin percentage = same
gross income = decimal; Rating = decimal

retail sales: transactions
Transaction ID = row > order; Date = ymd > date; Customer ID = customer > customer
Gender = gender; Age = age; Product Category = group > category|product; Quantity = qty > quantity
Price per Unit = price > unit_price; Total Amount = amount > amount

istanbul malls: transactions
invoice_no = order1 > order; customer_id = customer > customer; gender = gender; age = age
category = group > category; quantity = qty > quantity; price = price > unit_price|amount
payment_method = group; invoice_date = dmy > date; shopping_mall = city

web shop events: transactions
event_time = utc > date; event_type = group; product_id = code > product|product_code
category_id = code2; category_code = group2 > category?; brand = group; price = price > unit_price
user_id = customer > customer; user_session = hex

olist items: transactions
order_id = order > order; order_item_id = small; product_id = hex > product|product_code
seller_id = code; shipping_limit_date = datetime > date?; price = price > unit_price
freight_value = fee

olist orders: transactions
order_id = order1 > order; customer_id = customer > customer; order_status = status
order_purchase_timestamp = datetime > date; order_approved_at = datetime
order_delivered_customer_date = datetime
order_estimated_delivery_date = ymd

erp sales lines: transactions
DocNo = order > order; DocDate = compact > date; CustNo = customer > customer; CustName = company
ItemCode = code > product_code; ItemDesc = product > product; Qty = qty > quantity
UnitPrice = price > unit_price; LineTotal = amount > amount; CurrCode = currency > currency
SalesRep = person

sap export: transactions
Sales Document = order > order; Sold-To Party = customer > customer
Material = code > product|product_code; Material Description = product > product
Billing Date = dotted > date; Order Quantity = qty > quantity
Net Value = amount > amount; Document Currency = currency > currency
Ship Cntry = country > country?

sample sales data: transactions
ORDERNUMBER = order > order; QUANTITYORDERED = qty > quantity; PRICEEACH = price > unit_price
ORDERLINENUMBER = small; SALES = amount > amount; ORDERDATE = mdytime > date; STATUS = status
QTR_ID = small; MONTH_ID = small; YEAR_ID = year; PRODUCTLINE = group > category; MSRP = price
PRODUCTCODE = code > product|product_code; CUSTOMERNAME = company > customer; PHONE = phone
COUNTRY = country > country
DEALSIZE = group

german shop: transactions
Bestellnummer = order > order; Kundennummer = customer > customer; Bestelldatum = dotted > date
Artikelnummer = code > product_code; Artikelbezeichnung = product > product
Menge = qty > quantity
Einzelpreis = commaprice > unit_price; Gesamtbetrag = commamoney > amount; Land = country > country

spanish shop: transactions
pedido = order > order; cliente = customer > customer; fecha = dmy > date
producto = product > product; cantidad = qty > quantity; precio = price > unit_price
importe = amount > amount

one line an order: transactions
order_id = order1 > order; user_id = customer > customer; order_date = ymd > date
order_amount = money > amount; payment_channel = group > channel?

ids and dates: transactions
cust_id = customer > customer; purchase_dt = ymd > date; spend = decimal > amount

black friday: transactions
User_ID = customer > customer; Product_ID = code > product|product_code; Gender = gender
Age = ages; Occupation = small; City_Category = letter; Product_Category_1 = small > category?
Purchase = whole > amount

dunnhumby: transactions
household_key = customer > customer; BASKET_ID = order > order; DAY = small
PRODUCT_ID = code > product|product_code; QUANTITY = qty > quantity
SALES_VALUE = decimal > amount; STORE_ID = small; RETAIL_DISC = off > discount
TRANS_TIME = hhmm; WEEK_NO = small; COUPON_DISC = off > discount?

hubspot deals: transactions
Record ID = row > order?|customer?; Deal Name = company > order?; Deal Stage = status
Close Date = ymd > date; Pipeline = group; Amount = money > amount
Associated Company = company > customer; Create Date = ymd > date?

淘宝订单: transactions
订单编号 = order > order; 买家会员名 = customer > customer; 买家支付宝账号 = phone
买家应付货款 = decimal; 买家应付邮费 = fee; 总金额 = ordertotal > amount?
买家实际支付金额 = ordertotal > amount?; 订单状态 = 状态
买家留言 = blank; 收货人姓名 = 姓名; 收货地址 = 地址; 运送方式 = 组; 联系手机 = phone
订单创建时间 = datetime > date; 订单付款时间 = datetime; 宝贝标题 = 商品 > product
宝贝种类 = small; 物流单号 = long
订单备注 = blank; 宝贝总数量 = qty > quantity; 店铺名称 = same

京东订单: transactions
订单号 = order > order; 商品ID = code > product_code; 商品名称 = 商品 > product
订购数量 = qty > quantity; 支付方式 = 组; 下单时间 = datetime > date; 京东价 = price > unit_price
订单金额 = ordertotal > amount?
订单状态 = 状态; 订单类型 = 组; 下单帐号 = customer > customer; 客户姓名 = 姓名; 客户地址 = 地址
联系电话 = phone; 付款确认时间 = datetime

有赞订单: transactions
订单号 = order > order; 订单状态 = 状态; 买家昵称 = customer > customer; 收货人/提货人 = 姓名
商品名称 = 商品 > product; 商品规格 = 组; 商品编码 = code > product_code
商品数量 = qty > quantity; 商品单价 = price > unit_price
商品实际成交金额 = amount > amount; 下单时间 = datetime > date; 交易成功时间 = datetime
归属店铺 = 组; 订单来源 = 组 > channel

美团外卖: transactions
订单编号 = order > order; 下单时间 = datetime > date; 门店名称 = 组; 顾客ID = customer > customer
菜品名称 = 商品 > product; 菜品分类 = 组 > category; 数量 = qty > quantity
单价（元） = price > unit_price; 小计 = amount > amount
配送费 = fee; 配送方式 = 组

药店销售: transactions
购药时间 = ymd > date; 社保卡号 = customer > customer; 商品编码 = code > product_code
商品名称 = 商品 > product; 销售数量 = qty > quantity; 应收金额 = amount > amount?
实收金额 = amount > amount?

进销存: transactions
单据日期 = ymd > date; 单据编号 = order > order; 客户编码 = customer > customer; 客户名称 = 公司
存货编码 = code > product_code; 存货名称 = 商品 > product; 规格型号 = 组; 计量单位 = 组
数量 = qty > quantity
含税单价 = price > unit_price; 价税合计 = amount > amount; 币种 = currency > currency; 业务员 = 姓名

会员消费: transactions
会员卡号 = customer > customer; 消费日期 = 年月日 > date; 消费金额 = decimal > amount; 门店 = 组

购物篮: transactions
小票号 = order > order; 商品 = 商品 > product

用户行为: transactions
用户ID = customer > customer; 商品ID = code > product|product_code; 商品类目 = code2 > category?
行为类型 = group; 时间 = datetime > date

繁體訂單: transactions
訂單編號 = order > order; 客戶編號 = customer > customer; 訂購日期 = ymd > date
產品名稱 = 商品 > product; 數量 = qty > quantity; 單價 = price > unit_price
金額 = amount > amount

日本の注文: transactions
注文番号 = order > order; 顧客ID = customer > customer; 注文日 = ymd > date
商品名 = 商品 > product; 数量 = qty > quantity; 単価 = price > unit_price; 金額 = amount > amount

salesforce contacts: customers
Contact ID = unique > customer; First Name = first; Last Name = last; Title = group
Account Name = company; Email = email1; Phone = phone; Mailing City = city; Lead Source = group
Created Date = ymd

hubspot contacts: customers
Record ID = unique > customer; First Name = first; Last Name = last; Email = email1
Phone Number = phone; Contact owner = person; Lead Status = status; Create Date = ymd
Last Activity Date = ymd

shop customers: customers
CustomerID = unique > customer; Churn = bit > churned; Tenure = small
PreferredLoginDevice = group; CityTier = small; WarehouseToHome = small; Gender = gender
SatisfactionScore = rating; MaritalStatus = group
Complain = bit; OrderCount = small; CashbackAmount = decimal

telecom: customers
state = letter; account length = small; area code = small; phone number = phone1 > customer
international plan = yes; voice mail plan = yes; total day minutes = decimal
customer service calls = small; churn = truth > churned

telecom with status: customers
Customer ID = unique > customer; Gender = gender; Age = age; City = city; Tenure in Months = small
Contract = group; Monthly Charge = decimal; Total Charges = decimal
Customer Status = stayed > churned; Churn Reason = group

bank: customers
RowNumber = row; CustomerId = unique > customer; Surname = last; CreditScore = whole
Geography = country; Gender = gender; Age = age; Tenure = small; Balance = decimal
Exited = bit > churned

subscriptions: customers
customerid = unique > customer; age = age; gender = gender; subscription_type = group
monthly_fee = decimal; last_login_days = small; is_churned = bit > churned

airline members: customers
MEMBER_NO = unique > customer; FFP_DATE = ymd; FIRST_FLIGHT_DATE = ymd; GENDER = gender
FFP_TIER = small; WORK_CITY = city; AGE = age; LOAD_TIME = ymd; FLIGHT_COUNT = small
SUM_YR_1 = whole; LAST_TO_END = small; avg_discount = decimal

客户表: customers
客户编号 = unique > customer; 姓名 = 姓名; 性别 = 性别; 年龄 = age; 城市 = 城市; 注册日期 = ymd
会员等级 = 组; 累计消费金额 = decimal; 是否流失 = 是否 > churned

电信用户: customers
用户ID = unique > customer; 性别 = 性别; 在网时长 = small; 套餐类型 = 组; 月租费 = decimal
流失 = bit > churned

会员档案: customers
会员号 = unique > customer; 会员姓名 = 姓名; 手机号 = phone; 生日 = ymd; 入会日期 = ymd; 等级 = 组
积分 = whole

contact log: contacts
Customer ID = customer > customer; Contact Date = ymd > date; Channel = channel > channel
Campaign = campaign > campaign; Responded = yes > responded; Cost = decimal > cost
Satisfaction = rating > satisfaction

email sends: contacts
subscriber_id = customer > customer; sent_at = datetime > date
campaign_name = campaign > campaign; medium = channel > channel; opened = bit > responded?
clicked = bit > responded?

help desk tickets: contacts
Ticket ID = unique; Requester = person > customer; Requester email = email > customer?
Status = status; Priority = group; Channel = channel > channel; Created at = datetime > date
Satisfaction Score = rating > satisfaction; Assignee = person

call centre: contacts
Call ID = unique; Agent = person; Date = ymd > date; Time = clock; Topic = group
Answered (Y/N) = yes > responded?; Resolved = yes > responded?; Speed of answer in seconds = small
Satisfaction rating = rating > satisfaction

uplift test: customers
treatment = bit > arm; f0 = decimal; f1 = decimal; conversion = bit > outcome?
visit = bit > outcome?; exposure = bit

联系记录: contacts
客户编号 = customer > customer; 联系日期 = ymd > date; 联系渠道 = 渠道 > channel
营销活动 = 活动 > campaign; 是否响应 = 是否 > responded; 成本 = decimal > cost
满意度 = rating > satisfaction

短信触达: contacts
会员ID = customer > customer; 发送时间 = datetime > date; 渠道 = 渠道 > channel
活动名称 = 活动 > campaign; 是否转化 = bit > responded

amazon reviews: feedback
Id = row; ProductId = code > product; UserId = customer > customer; ProfileName = person
HelpfulnessNumerator = small; Score = rating > rating; Time = epoch > date?; Summary = phrase
Text = sentence > text

clothing reviews: feedback
Clothing ID = code > product?; Age = age; Title = phrase; Review Text = sentence > text
Rating = rating > rating; Recommended IND = bit; Positive Feedback Count = small
Division Name = group

olist reviews: feedback
review_id = hex; order_id = order1; review_score = rating > rating; review_comment_title = phrase
review_comment_message = sentence > text; review_creation_date = datetime > date

film reviews: feedback
review = sentence > text; sentiment = posneg > rating?

survey answers: feedback
Respondent ID = unique > customer; Submitted at = datetime > date; Channel = channel > channel
NPS Score = rating > rating; Comments = sentence > text

app store: feedback
userName = person > customer?; score = rating > rating; content = sentence > text
at = datetime > date; reviewCreatedVersion = version

商品评论: feedback
用户名 = customer > customer; 商品名称 = 商品 > product; 评分 = rating > rating
评价内容 = 句子 > text; 评论时间 = datetime > date

点评: feedback
cat = 组 > product?; label = bit > rating?; review = 句子 > text

满意度调查: feedback
客户ID = unique > customer; 渠道 = 渠道 > channel; 打分 = rating > rating; 意见反馈 = 句子 > text
提交时间 = datetime > date

rossmann: series
Store = storeid > series; DayOfWeek = small; Date = daily > date; Sales = whole > value
Customers = whole; Open = bit; Promo = bit; StateHoliday = bit; SchoolHoliday = bit

item demand: series
date = daily > date; store = storeid > series?; item = same > series?; sales = whole > value

nixtla long form: series
unique_id = storeid > series; ds = daily > date; y = decimal > value

daily visitors: series
日期 = 每日 > date; 客流量 = whole > value

门店日销售: series
统计日期 = daily > date; 门店 = 店 > series; 销售额 = decimal > value

energy: series
Month = monthly > date; Demand (MWh) = decimal > value

etsy sold items: transactions
Sale Date = mdy > date; Item Name = product > product; Buyer = person > customer
Quantity = qty > quantity; Price = price > unit_price; Coupon Code = coupon
Discount Amount = off > discount
Shipping Discount = fee; Order Shipping = fee; Item Total = amount > amount
Currency = currency > currency; Transaction ID = long; Listing ID = code > product_code
Date Paid = mdy; Date Shipped = mdy
Ship Country = country > country; Order ID = order > order; Variations = group; SKU = blank

ebay orders: transactions
Sales Record Number = row; Order Number = order > order; Buyer Username = customer > customer
Buyer Name = person; Buyer Email = email; Item Number = code > product_code
Item Title = product > product; Custom Label = group
Quantity = qty > quantity; Sold For = price > unit_price?|amount?
Total Price = ordertotal > amount?; Sale Date = ymd > date; Paid On Date = ymd
Ship To Country = country > country

stripe payments: transactions
id = hex > order?; Created date (UTC) = datetime > date; Amount = money > amount
Amount Refunded = fee; Currency = currency > currency; Description = same; Fee = fee
Status = status; Customer ID = customer > customer; Customer Email = email

lightspeed till: transactions
Receipt Number = order > order; Sale Date = datetime > date; Customer Code = customer > customer
Customer Name = person; Product = product > product; SKU = code > product_code
Units Sold = qty > quantity
Unit Retail = price > unit_price?; Revenue = amount > amount; Register = group; Sold By = person
Outlet = group; Cost of Goods = decimal > cost

xero invoices: transactions
ContactName = company > customer; EmailAddress = email; InvoiceNumber = order > order
Reference = blank; InvoiceDate = dmy > date; DueDate = dmy; Description = product > product
Quantity = qty > quantity; UnitAmount = price > unit_price
LineAmount = amount > amount; TaxAmount = fee; Currency = currency > currency; Status = status

magento: transactions
increment_id = order > order?; created_at = datetime > date; customer_email = email > customer
base_grand_total = ordertotal > amount?; sku = code > product_code; name = product > product
qty_ordered = qty > quantity; price = price > unit_price
row_total = amount > amount?; discount_amount = off > discount

restaurant bills: transactions
bill_no = order > order; table = small; waiter = person; opened = datetime > date?
dish = product > product; portions = qty > quantity; price = price > unit_price
sum = amount > amount

adventure works: transactions
OrderDate = mdy > date; StockDate = mdy; OrderNumber = order > order
ProductKey = code > product|product_code; CustomerKey = customer > customer; TerritoryKey = small
OrderLineItem = small; OrderQuantity = qty > quantity

wholesale ledger: transactions
Invoice Dt = compact > date; Invoice # = order > order; Client = company > customer
Part No = code > product|product_code; Part Description = product > product; Pcs = qty > quantity
Rate = price > unit_price?; Net Amt = amount > amount; GST = fee

pharmacy loyalty: transactions
LoyaltyCardNumber = customer > customer; TxnDate = ymd > date; TXN_ID = order > order
PROD_NAME = product > product; PROD_QTY = qty > quantity; TOT_SALES = amount > amount
STORE_NBR = small; PROD_NBR = code > product_code

french invoices: transactions
Numéro de facture = order > order; Date de facture = dmy > date; Code client = customer > customer
Désignation = product > product; Quantité = qty > quantity
Prix unitaire = commaprice > unit_price; Montant HT = commamoney > amount
Pays = country > country

brazilian shop: transactions
id_pedido = order > order; id_cliente = customer > customer; data_compra = ymd > date
produto = product > product; quantidade = qty > quantity; preco_unitario = price > unit_price
valor_total = amount > amount

拼多多订单: transactions
商品 = 商品 > product; 订单号 = order > order; 订单状态 = 状态; 商品总价(元) = amount > amount
商家实收金额(元) = amount > amount; 商品数量(件) = qty > quantity; 收货人 = 姓名 > customer?
手机 = phone; 省 = 城市 > country?; 支付时间 = datetime > date?; 订单成交时间 = datetime > date
商品规格 = 组
样式ID = code; 商品id = code > product_code; 快递单号 = long

抖店: transactions
主订单编号 = order > order; 子订单编号 = long; 选购商品 = 商品 > product; 商品规格 = 组
商品数量 = qty > quantity; 商品ID = code > product_code; 商品单价 = price > unit_price
订单应付金额 = ordertotal > amount?; 订单提交时间 = datetime > date; 达人昵称 = 姓名
流量来源 = 组 > channel?

收银流水: transactions
流水单号 = order > order; 营业日期 = ymd > date; 会员编号 = customer > customer
品名 = 商品 > product; 条码 = code > product_code; 销售数量 = qty > quantity
零售价 = price > unit_price; 实收金额 = amount > amount; 折扣金额 = off > discount; 收银员 = 姓名

采购明细: transactions
客户代码 = customer > customer; 订货日期 = ymd > date; 物料名称 = 商品 > product
物料号 = code > product_code; 订单数量 = qty > quantity; 不含税单价 = price > unit_price
金额（不含税） = amount > amount; 币别 = currency > currency

汽车销售: transactions
交易流水号 = order1 > order; 购车日期 = ymd > date; 客户名 = 姓名 > customer
车型 = 商品 > product?; 成交价 = whole > unit_price?|amount?; 销售顾问 = 姓名

maintenance plan churn: customers
ClientID = unique > customer; Age_Years = age; Plan = group; MonthsActive = small
MonthlySpend = decimal; SupportTickets = small; Attrited = yes > churned

insurance: customers
policy_id = unique > customer?; insured_age = age; insured_sex = gender; premium = decimal
tenure_months = small; lapsed = bit > churned

gym members: customers
Member ID = unique > customer; Gender = gender; Join Date = ymd; Membership Type = group
Visits per week = small; Cancelled = yes > churned?

wholesale customers: customers
Channel = small; Region = small; Fresh = whole; Milk = whole; Grocery = whole; Frozen = whole
Detergents_Paper = whole; Delicassen = whole

loan clients: customers
SK_ID_CURR = unique > customer; TARGET = bit > outcome?; CODE_GENDER = gender; CNT_CHILDREN = small
AMT_INCOME_TOTAL = whole; AMT_CREDIT = whole; NAME_EDUCATION_TYPE = group; DAYS_BIRTH = whole

银行客户: customers
客户号 = unique > customer; 年龄 = age; 性别 = 性别; 学历 = 组; 资产余额 = decimal
信用评分 = whole; 持有产品数 = small; 是否活跃 = 是否; 是否已流失 = 是否 > churned

宽带用户: customers
用户编号 = unique > customer; 入网月份 = ymd; 套餐 = 组; 月均流量 = decimal; 投诉次数 = small
离网标志 = bit > churned

push campaigns: contacts
user_id = customer > customer; sent_time = datetime > date; channel = channel > channel
message_title = campaign > campaign; delivered = yes; converted = yes > responded

crm activities: contacts
Contact = person > customer; Activity Date = ymd > date; Activity Type = channel > channel
Campaign Name = campaign > campaign; Response = yes > responded; Owner = person

电话回访: contacts
客户姓名 = 姓名 > customer; 回访日期 = ymd > date; 回访方式 = 渠道 > channel
满意程度 = rating > satisfaction; 回访人 = 姓名

tripadvisor: feedback
Hotel_Name = company > product?; Review_Date = mdy > date; Reviewer_Nationality = country
Reviewer_Score = rating > rating; Review = sentence > text

trustpilot: feedback
Consumer = person > customer; Stars = rating > rating; Review Title = phrase
Review Body = sentence > text; Published = datetime > date; Source = group > channel?

tweets: feedback
tweet_id = unique; airline_sentiment = posneg > rating?; airline = group > product?
name = customer > customer?; text = sentence > text; tweet_created = datetime > date
tweet_location = city

豆瓣短评: feedback
电影名 = 商品 > product; 用户 = customer > customer; 星级 = rating > rating; 短评 = 句子 > text
日期 = ymd > date

投诉工单: feedback
工单号 = unique; 客户号 = customer > customer; 投诉时间 = datetime > date; 投诉内容 = 句子 > text
受理渠道 = 渠道 > channel

power load: series
timestamp = daily > date; zone = storeid > series; load_mw = decimal > value

store visits: series
Week Ending = 每日 > date; Visits = whole > value

product demand: series
Product_Code = storeid > series; Warehouse = same; Date = daily > date; Order_Demand = whole > value

月度销售: series
月份 = monthly > date; 销售量 = whole > value

分店营业额: series
日期 = daily > date; 店铺编号 = storeid > series; 营业额 = decimal > value
"""

_PRODUCTS = [
    "Red mug",
    "Blue teapot",
    "Paper lantern",
    "Oak shelf",
    "Wool scarf large",
    "Garden light",
    "Steel bottle 1L",
    "Cotton bag",
    "Desk lamp",
    "Picture frame",
]
_商品 = [
    "纯棉毛巾",
    "不锈钢保温杯",
    "儿童书包",
    "无线鼠标",
    "陶瓷碗套装",
    "洗发水",
    "牛肉面",
    "宫保鸡丁",
    "酸奶",
    "苹果",
]
_SENTENCE = (
    "the delivery was late but service friendly and I would buy again because quality is good"
    " price fair box damaged driver kind"
)
_WORDS = _SENTENCE.split()
_句 = [
    "味道很好，下次还来",
    "送餐太慢了，凉了才到",
    "包装精美，质量不错",
    "客服态度一般，不太满意",
    "性价比高，推荐购买",
    "和描述不符，有点失望",
]


def made_column(kind: str, rng: random.Random, lines: list[dict]) -> list[str]:
    """A column of text of the given sort; `lines` holds what several columns must agree on."""
    n = len(lines)

    def pick(*options: str) -> list[str]:
        return [rng.choice(options) for _ in range(n)]

    def stamp(line: dict, form: str) -> str:
        return form.format(
            y=line["y"],
            m=line["m"],
            d=line["d"],
            y2=line["y"] % 100,
            H=line["H"],
            M=line["M"],
        )

    dates = {
        "ymd": "{y}-{m:02d}-{d:02d}", "dmy": "{d:02d}/{m:02d}/{y}", "mdy": "{m}/{d}/{y}",
            "dotted": "{d:02d}.{m:02d}.{y}", "compact": "{y}{m:02d}{d:02d}",
                "年月日": "{y}年{m}月{d}日",
        "datetime": "{y}-{m:02d}-{d:02d} {H:02d}:{M:02d}:00",
            "utc": "{y}-{m:02d}-{d:02d} {H:02d}:{M:02d}:00 UTC", "mdytime": "{m}/{d}/{y} 0:00",
                "clock": "{H:02d}:{M:02d}", "hhmm": "{H:02d}{M:02d}", "year": "{y}",
    }  # fmt: skip
    if kind in dates:
        return [stamp(line, dates[kind]) for line in lines]
    from_lines = {
        "order": lambda line: line["order"], "hash": lambda line: f"#{line['order']}",
            "customer": lambda line: line["customer"],
                "email": lambda line: f"{line['customer'].lower()}@mail.com",
        "qty": lambda line: str(line["qty"]), "price": lambda line: f"{line['price']:.2f}",
            "amount": lambda line: f"{line['qty'] * line['price']:.2f}",
        "money": lambda line: f"${line['qty'] * line['price']:,.2f}",
            "taxed": lambda line: f"{line['qty'] * line['price'] * 1.05:.4f}",
                "ordertotal": lambda line: f"{line['total']:.2f}",
        "commaprice": lambda line: f"{line['price']:.2f}".replace(".", ","),
            "commamoney": lambda line: f"{line['qty'] * line['price']:.2f}".replace(".", ","),
        "product": lambda line: _PRODUCTS[line["item"]], "商品": lambda line: _商品[line["item"]],
            "code": lambda line: f"SKU-{1000 + 37 * line['item']}",
                "code2": lambda line: f"{205 + line['item'] % 4}",
    }  # fmt: skip
    if kind in from_lines:
        return [from_lines[kind](line) for line in lines]
    numbered = {
        "row": lambda i: str(i + 1), "unique": lambda i: f"{15_600_000 + i * 37 % 9973}",
            "order1": lambda i: f"{536_000 + i}",
                "long": lambda i: f"{4_500_000_000_123 + i * 7919}",
        "email1": lambda i: f"user{i}@mail.com", "phone1": lambda i: f"{382 + i % 500}-{4000 + i}",
            "hex": lambda i: f"{(i * 2654435761) % 2**32:08x}{i:04x}",
        "storeid": lambda i: str(i % 4 + 1), "店": lambda i: "东西南北"[i % 4] + "店",
            "daily": lambda i: str(pd.Timestamp("2024-01-01").date() + pd.Timedelta(days=i // 4)),
                "每日": lambda i: str((pd.Timestamp("2024-01-01") + pd.Timedelta(days=i)).date()),
        "monthly": lambda i: f"{2000 + i // 12}-{i % 12 + 1:02d}",
            "epoch": lambda i: str(1_303_862_400 + i * 86_400),
    }  # fmt: skip
    if kind in numbered:
        return [numbered[kind](i) for i in range(n)]
    if kind == "sentence":
        return [" ".join(rng.choices(_WORDS, k=rng.randint(8, 25))) for _ in range(n)]
    if kind == "phrase":
        return [" ".join(rng.choices(_WORDS, k=rng.randint(2, 4))) for _ in range(n)]
    if kind == "句子":
        return [
            "，".join(rng.sample(_句, 2))
            + "。" * rng.randint(1, 3)
            + str(rng.randint(1, 99))
            for _ in range(n)
        ]
    drawn = {
        "decimal": lambda: f"{rng.lognormvariate(4, 1):.2f}",
        "whole": lambda: str(rng.randint(300, 9000)),
        "small": lambda: str(rng.randint(1, 30)),
        "fee": lambda: f"{rng.choice([0, 2.5, 4.99, 6.4, 3.17])}",
        "off": lambda: rng.choice(["0.00", "0.00", "5.00", "2.50"]),
        "moneyoff": lambda: rng.choice(["$0.00", "-$1.25", "-$2.00"]),
        "rate": lambda: rng.choice(["0", "0.1", "0.2", "0.15"]),
        "age": lambda: str(rng.randint(18, 80)),
        "zip": lambda: f"{rng.randint(10_000, 99_999)}",
        "phone": lambda: f"13{rng.randint(100_000_000, 999_999_999)}",
        "rating": lambda: str(rng.randint(1, 5)),
        "version": lambda: (
            f"{rng.randint(1, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}"
        ),
        "person": lambda: (
            f"{rng.choice(['Ann', 'Bob', 'Eva', 'Max', 'Ida'])}"
            f" {rng.choice(['Lee', 'Kim', 'Roy', 'Fox', 'Hall', 'Ng'])}"
        ),
        "company": lambda: (
            f"{rng.choice(['Acme', 'North', 'Blue', 'Delta', 'Orbit', 'Pine'])}"
            f" {rng.choice(['Ltd', 'Inc', 'GmbH', 'Trading'])} {rng.randint(1, 9)}"
        ),
        "姓名": lambda: rng.choice("王李张刘陈杨") + rng.choice("伟芳娜敏静强磊"),
        "公司": lambda: (
            rng.choice(["华为", "长江", "远大", "金星"])
            + rng.choice(["贸易", "科技", "食品"])
            + "有限公司"
        ),
        "地址": lambda: (
            f"{rng.choice(['上海市', '北京市', '杭州市'])}"
            f"{rng.choice(['人民路', '解放路'])}{rng.randint(1, 999)}号"
        ),
    }
    if kind in drawn:
        return [drawn[kind]() for _ in range(n)]
    choices = {
        "group": ("Standard", "Express", "Premium"), "group2": ("Chairs", "Phones", "Paper",
            "Binders", "Art"), "组": ("标准", "高级", "普通"), "组2": ("椅子", "电话", "纸张",
                "书架"),
        "status": ("paid", "pending", "fulfilled"), "状态": ("交易成功", "已付款", "已发货"),
            "currency": ("USD", "USD", "EUR"), "country": ("France", "Germany", "United Kingdom",
                "Spain"), "国家": ("中国", "日本"),
        "city": ("Berlin", "Paris", "Leeds", "Lyon", "Madrid"), "城市": ("上海", "北京", "杭州",
            "成都"), "letter": ("A", "B", "C"), "gender": ("Male", "Female"), "性别": ("男", "女"),
        "yes": ("Yes", "No", "No"), "是否": ("是", "否", "否"), "bit": ("0", "1", "0"),
            "truth": ("True", "False"), "same": ("4.76",), "blank": ("",), "coupon": ("", "",
                "WELCOME10"),
        "channel": ("Email", "Phone", "Web", "Chat"), "渠道": ("短信", "电话", "微信"),
            "campaign": ("Spring sale", "Win-back", "New arrivals"), "活动": ("双十一", "会员日",
                "春季促销"),
        "posneg": ("positive", "negative"), "stayed": ("Stayed", "Churned", "Joined", "Stayed"),
            "first": ("Ann", "Bob", "Eva", "Max", "Ida", "Tom"), "last": ("Lee", "Kim", "Roy",
                "Fox", "Hall"), "ages": ("0-17", "26-35", "36-45", "55+"),
    }  # fmt: skip
    return pick(*choices[kind])


def made_lines(rng: random.Random, rows: int = ROWS) -> list[dict]:
    """Order lines: an order has one customer and one moment, and one to four lines."""
    lines: list[dict] = []
    order = 536_365
    while len(lines) < rows:
        order += rng.randint(1, 3)
        head = {
            "order": str(order),
            "customer": f"C{rng.randint(100, 160)}",
            "y": rng.choice([2022, 2023]),
            "m": rng.randint(1, 12),
            "d": rng.randint(1, 28),
            "H": rng.randint(8, 21),
            "M": rng.randint(0, 59),
        }
        some = [
            {
                **head,
                "item": item,
                "qty": rng.choice([1, 1, 2, 3, 4, 6, 12]),
                "price": round(2.35 + 3.4 * item, 2),
            }
            for item in rng.sample(range(10), rng.randint(1, 4))
        ]
        total = sum(line["qty"] * line["price"] for line in some) + 4.99
        lines += [{**line, "total": total} for line in some]
    return lines[:rows]


def header_sets() -> list[
    tuple[str, str, pd.DataFrame, dict[str, set[str]], dict[str, set[str]]]
]:
    """(name, kind, the file as text, {role: columns that are right}, {role.

    Columns that may be proposed}).
    """
    sets = []
    for block in HEADERS.strip().split("\n\n"):
        head, *rest = block.splitlines()
        name, kind = (part.strip() for part in head.split(":"))
        rng = random.Random(name)
        lines = made_lines(rng)
        columns: dict[str, list[str]] = {}
        expected: dict[str, set[str]] = {}
        allowed: dict[str, set[str]] = {}
        for entry in ";".join(rest).split(";"):
            left, _, roles = entry.partition(" > ")
            header, _, values = left.partition(" = ")
            columns[header.strip()] = made_column(values.strip(), rng, lines)
            options = [one.strip() for one in roles.split("|") if one.strip()]
            for option in options:
                allowed.setdefault(option.rstrip("?"), set()).add(header.strip())
            if len(options) == 1 and not options[0].endswith("?"):
                expected.setdefault(options[0], set()).add(header.strip())
        sets.append((name, kind, pd.DataFrame(columns), expected, allowed))
    return sets
