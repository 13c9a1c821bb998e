"""The words that column names are made of, as concepts: English with its abbreviations, Chinese, and the commonest of other languages.

A concept stands before the colon, its words after it. A name is read as a chain of concepts, so "Cust_No", "customerNumber"
and "客户编号" all read customer + id-like. A word may stand for several concepts ("单价" is unit + price): see `COMPOUND`.
"""

from __future__ import annotations

__all__ = ["COMPOUND", "CONCEPTS", "SIMPLIFIED", "UNITS"]

_WORDS = """
customer: customer cust client clnt user usr buyer shopper consumer member mbr subscriber guest visitor purchaser patron household payer requester cliente kunde kunden
customer: klient kehu huiyuan yonghu uid custid userid passenger respondent reviewer reviewerid borrower policyholder profileid party kunden
customer: 客户 顾客 会员 用户 买家 消费者 买方 客人 订户 买受人 购买人 购买者 付款人 付款方 投保人 患者 病人 乘客 旅客 评论者 评价者 咨询人 来访者 客
lead: lead prospect record associated related | 线索 潜客
contact: contact contacts contacted | 联系 联系人
call: activity activities communication interaction interactions call calls touch touchpoint outreach reach conversation chat | 沟通 触达 接触 通话 来电 呼叫 回访 拜访 外呼 跟进
ticket: ticket tickets | 工单
billing: billing billto
reason: reason cause | 原因 理由
message: sms push newsletter mailing | 短信 推送 群发
recipient: recipient receiver consignee | 收货人 收件人 收货 提货人
account: account acct username login nickname screenname openid unionid handle author | 账号 账户 帐号 帐户 昵称 会员名 用户名 旺旺 用户昵称 会员昵称 网名 作者
card: card kaart | 卡号 卡 会员卡 社保卡 身份证 就诊卡
order: order invoice inv transaction transact trans txn tran trx receipt bill basket cart pedido commande bestellung auftrag rechnung factura dingdan check cheque bestell auftrags rechnungs
order: document doc voucher opportunity deal booking reservation transactie ordine fattura encomenda bon orden venta facture
order: 订单 单据 发票 小票 交易 流水 账单 购物篮 购物车 票据 销售单 出库单 水单 凭证 主订单 合同 开票 注文 受注
purchase: purchase purchases compra achat kauf | 购买 选购 采购 购物 购药 消费
line: line lineitem detail details | 行项 明细 子订单
serial: row rownumber index idx sl sno srno serial unnamed seq rownum sequence | 序号 行号 行 顺序 流水序号
product: product prod item article artikel good goods merchandise dish menu produkt produit producto produto shangpin articulo material prodotto listing
product: movie film book song game app course hotel | 电影 影片 歌曲 游戏 课程 图书
product: 商品 产品 货品 宝贝 物品 菜品 货物 物料 药品 单品 品项 菜 菜式 餐品 图书 品
model: model variation variant | 型号 款式
variant: style size color colour spec specification option modifier point | 规格 颜色 尺码 尺寸 口味 属性
sku: sku asin upc ean barcode isbn gtin plu stockcode mpn nsn itemcode | 货号 条码 条形码 款号 sku码
stock: stock inventory onhand | 库存 存货
description: description desc descr libelle descripcion beschreibung bezeichnung designation | 描述 说明
name: name nm naam nombre nom fullname | 名称 名 姓名 名字 mingcheng
first: given forename | 名
title: title subject headline | 标题 题目 主题
id: id ids key identifier uuid guid ident nummer | 番号 編号 编号 号 号码 代号 id号
code: code cd kode codigo | 编码 代码 码 bianhao bianma
number: number no nr nbr num numero nro
reference: reference ref
date: date dt datetime timestamp ts datum data fecha riqi shijian dates | 日期 时间 日 时刻 年月日 营业日 交易日 日子
time: time hour minute tod clock heure uhrzeit timeofday | 时段 小时
year: year yr yyyy fy año jahr annee | 年 年份 年度
month: month mon mth yearmonth ym mes monat mois | 月 月份 年月
quarter: quarter qtr | 季度 季
week: week wk weekly weekending | 周 星期 周次
day: day daily days weekday dow | 天 工作日
period: period | 期间 周期 时期 统计期
create: created create creation placed ordered posted submitted event recorded bought sold booked issued published sent made entered occurred posting
create: 创建 下单 生成 提交 拍下 开单 成交 发生 订购 订货 开立 发表 发布 录入 销售时 点单 预订 发送 登记 记录 评论时 支付时
pay: paid pay payment payments settlement settled | 付款 支付 结账 付 结算 收款
ship: ship shipping shipped shipment delivery deliver delivered dispatch dispatched fulfilled fulfillment freight carrier postage logistics handling
ship: 发货 配送 物流 送达 快递 邮寄 运送 邮费 送货 运单 出库 确认收货
due: due expiry expire expires expiration expected estimated estimate required promised limit deadline approved valid scheduled | 到期 预计 截止 要求 有效
update: updated modified update last latest edited refreshed recent changed | 更新 修改 最近 最后 上次 末次
birth: birth birthday dob born birthdate | 出生 生日 出生日期
register: register registered registration joined join signup enrolled enrollment since first started start open opened_on acquired onboarding ffp
register: 注册 加入 入会 首次 开卡 开户 入网 首单 建档
end: end ended closed close cancelled canceled cancel completed complete | 结束 取消 关闭 完成 完结
refund: return returned returns refund refunded refunds | 退货 退款 退回 售后
quantity: quantity qty quant units unités pieces pcs qte quantite cantidad menge quantidade anzahl qnty qtty shuliang antal volume portions portion servings
quantity: 数量 件数 销量 份数 瓶数 盒数 购买量 订购量 销售量 订量 采购量 出货量 数目 总数 件 数
unit: unit each per single ea unitario unitaire stück stueck einzel
count: count cnt times frequency ct freq | 次数 笔数 人数 频次 频率 单量 订单量 订单数 客流 客流量
price: price preis prix precio preco prijs danjia mrp prezzo pricing | 价格 售价 价 均价 价钱 定价 卖价
list: list original compare regular msrp recommended suggested retail before | 原价 吊牌价 标价 市场价 原 建议 折前 优惠前 券前
amount: amount amt montant betrag importe jine money valor sum | 金额 款 钱 货款 总额 额 款项 价款 价税 总价款 money
value: value val measure demand actuals target observation obs y close | 数值 值 需求 需求量 实际值 观测值 指标值 数据
total: total grand overall ttl extended ext totale gesamt | 总 合计 总计 全部 累计
subtotal: subtotal | 小计
sales: sales sale sls ventas vente verkauf umsatz | 销售 销售额 营业额 流水额 成交额 交易额 售卖 营业 营业收入 销售收入 交易金额
revenue: revenue turnover gmv proceeds takings rev | 收入 营收 入账
net: net | 净 净额 折后 优惠后 券后 满减后
gross: gross | 毛额
actual: actual actually | 实际 实收 实 实得
receivable: receivable payable | 应收 应付 应
spend: spend spent expenditure spending | 花费 消费金额 消费额
cost: cost cogs costs coste cout kosten | 成本 进价 采购价 进货价
fee: fee fees charge charges commission tip gratuity surcharge toll | 费 手续费 运费 服务费 佣金 小费 配送费 打包费 包装费
charge: | 费用
tax: tax taxes vat gst hst iva duty | 税 税额 税费 税率
profit: profit margin earnings ebit | 利润 毛利 盈利 毛利率 利润率 净利
discount: discount discounts disc rebate markdown rabatt remise descuento desconto | 折扣 优惠 折让 减免 满减 让利 折 立减 折扣率
coupon: coupon vouchercode | 优惠券 红包 卡券 代金券
rate: rate ratio pct percent percentage share | 率 比例 占比
balance: balance credit debit loan deposit mortgage | 余额 贷款 存款 额度
category: category cat categoria kategorie categorie department dept family class genre catégorie warengruppe leixing
category: 类别 品类 分类 类目 种类 大类 类型 类 科目 中类 部类
group: group segment tier cohort cluster | 组 分组 分群 人群 细分 层级
type: type kind | 性质
sub: sub subcategory sub_category subcat subclass child second third | 子 二级 三级 小类 子类别 子类 细类 小
brand: brand marque marca | 品牌 牌子
country: country nation land pays pais país countrycode | 国家 国 国别 国籍
region: region area territory market location geography geo state province county district zone provincia prefecture | 地区 区域 大区 省份 省 州 地域 省市 所在地 省市区 市场区域 自治区 区
city: city town ciudad stadt ville | 城市 市 县
address: address street zip postal postcode latitude longitude lat lon lng zipcode addr plz ip fips geohash | 地址 邮编 门牌 经度 纬度 街道 楼
channel: channel medium touchpoint kanal canal qudao via | 渠道 途径 通路 方式渠道
source: source platform origin utm referrer referer terminal | 来源 平台 终端 端
method: method mode service carrier means | 方式 方法
email: email mail e_mail emailaddress | 邮箱 电子邮件 邮件 email地址
phone: phone mobile tel telephone cell msisdn cellphone whatsapp | 电话 手机 手机号 联系方式 固话 手机号码 联系电话
currency: currency curr ccy devise wahrung waehrung moneda | 币种 货币 币别 货币单位
status: status stage flag priority financial stato | 状态 阶段 优先级 标记
churn: churn churned exited attrition attrited attrite exit lapsed lapse left churner defected quit leave | 流失 离网 退订 注销 已离开 离开
campaign: campaign promotion promo treatment offer experiment campagne kampagne campaigns | 活动 促销 营销 推广 策略 实验组 营销计划
respond: response respond responded responds converted conversion convert click clicked open opened subscribed subscribe accepted accept purchased reply replied outcome
respond: visit visited exposure buy redeemed | 响应 转化 点击 打开 回复 回应 反应 订阅 接受 结果 应答 接通 是否购买 下单否 核销 到访
satisfaction: satisfaction csat nps satisfied satisfactory | 满意度 满意 满意程度
score: score points grade marks point_score | 得分 分数 分值 打分
rating: rating star stars rated ratings reviewscore rate_score overall_rating | 评分 星级 评星 评级 星数 评价星级 评价得分
review: review reviews comment comments feedback opinion opinions complaint complaints tweet verbatim testimonial critique reviewtext kommentar commentaire comentario
review: 评论 评价 留言 反馈 意见 评语 点评 投诉 建议内容 评论区 弹幕 微博 吐槽 短评 长评 影评 书评 追评
text: text content contents message body sentence utterance post transcript texto freetext | 内容 正文 文本 文字 详情 原文 话术
note: note notes remark remarks memo annotation | 备注 附言 说明备注
summary: summary abstract pros cons | 摘要
sentiment: sentiment label polarity emotion labels | 情感 情绪 标签 情感倾向 好评
store: store shop branch outlet warehouse site restaurant mall depot location_id tienda filiale magasin stores | 门店 店铺 商店 店 分店 网点 餐厅 仓库 商场 商户 商家 酒店 餐馆 归属店铺
employee: employee staff agent salesperson rep seller vendor supplier operator cashier manager merchant owner assignee salesman clerk waiter courier driver publisher
employee: 员工 销售员 业务员 店员 收银员 卖家 供应商 客服 导购 经手人 坐席 服务员 操作员 负责人 达人 主播 博主 推广员 骑手 厂商 商家名 经办人
company: company organisation organization firm business tenant enterprise gongsi | 公司 企业 单位 机构
series: series panel entity | 序列 系列 序列名
device: device browser os operatingsystem operating session | 设备 浏览器 会话
age: age ages | 年龄 年龄段
person: gender sex income education marital occupation job tenure salary dependents dependent children kids kid teen income_category surname marriage senior partner hobby
person: 性别 学历 婚姻 职业 工资 薪资 收入水平 在网时长 子女 民族 姓 年收入 教育程度 教育 婚姻状况
level: level tier vip grade_level loyalty | 等级 级别 会员等级
flag: is has was | 是否 有无 是不是 否
average: avg average mean median | 平均
max: max maximum min minimum highest lowest | 最大 最小 最高 最低
many: orders transactions invoices customers users clients buyers members visitors visits products items sessions
holiday: holiday temperature fuel cpi unemployment weather promo2 | 节假日 气温 天气
url: url link image img photo picture website http | 链接 图片 网址
weight: weight height length width duration distance | 重量 体积 时长 距离
recency: recency recence
other: default housing previous pdays poutcome
the: of the for in and to from by a an our your tbl col column field de la le du des del der die das local gmt utc iso
the: 的 本 之 该 及 与 含税 不含税 税前 税后
unique: unique distinct master main primary own
at: at
"""

# Words that stand for several concepts at once.
COMPOUND: dict[str, tuple[str, ...]] = {
    "单价": ("unit", "price"),
    "总价": ("total", "price"),
    "单号": ("order", "id"),
    "订单号": ("order", "id"),
    "流水号": ("order", "id"),
    "小票号": ("order", "id"),
    "交易号": ("order", "id"),
    "物流单号": ("ship", "id"),
    "快递单号": ("ship", "id"),
    "运单号": ("ship", "id"),
    "商户单号": ("order", "reference"),
    "品名": ("product", "name"),
    "菜名": ("product", "name"),
    "书名": ("product", "name"),
    "子订单": ("sub", "order"),
    "卡号": ("card", "id"),
    "手机号": ("phone",),
    "实付": ("actual", "pay"),
    "实付款": ("actual", "pay", "amount"),
    "实收款": ("actual", "amount"),
    "应付款": ("receivable", "amount"),
    "应收款": ("receivable", "amount"),
    "收款": ("pay", "amount"),
    "付款时间": ("pay", "date"),
    "运费": ("ship", "fee"),
    "消费": ("spend",),
    "消费者": ("customer",),
    "订单数": ("order", "count"),
    "客单价": ("average", "order", "value"),
    "联系人": ("contact", "customer"),
    "会员卡号": ("customer", "card", "id"),
    "创建": ("create",),
    "subtotal": ("subtotal",),
    "clientnum": ("customer", "number"),
    "custno": ("customer", "number"),
    "lineitem": ("line", "product"),
    "orderdate": ("order", "date"),
    "priceeach": ("unit", "price"),
    "subcategory": ("sub", "category"),
    "unitcost": ("unit", "cost"),
    "stockcode": ("product", "sku"),
    "itemdescription": ("product", "description"),
    "dateofbirth": ("birth", "date"),
    "orders": ("order", "many"),
    "transactions": ("order", "many"),
    "invoices": ("order", "many"),
    "customers": ("customer", "many"),
    "users": ("customer", "many"),
    "clients": ("customer", "many"),
    "members": ("customer", "many"),
    "products": ("product", "many"),
    "items": ("product", "many"),
    "passengers": ("customer", "many"),
    "purchases": ("purchase", "many"),
    "visits": ("respond", "many"),
    "contacts": ("contact", "many"),
    "payments": ("pay",),
    "requester": ("customer",),
    "productline": ("product", "category"),
    "productlines": ("product", "category"),
    "orderlineitem": ("order", "line", "number"),
    "loyaltycard": ("customer", "card"),
    "loyaltycardnumber": ("customer", "card", "id"),
    "customerkey": ("customer", "id"),
    # the field names of SAP's billing documents and orders
    "vbeln": ("order", "number"),
    "posnr": ("line", "number"),
    "kunnr": ("customer", "number"),
    "kunag": ("customer", "number"),
    "fkdat": ("billing", "date"),
    "audat": ("order", "date"),
    "erdat": ("create", "date"),
    "matnr": ("product", "code"),
    "arktx": ("product", "description"),
    "maktx": ("product", "description"),
    "fkimg": ("quantity",),
    "kwmeng": ("order", "quantity"),
    "netwr": ("net", "amount"),
    "netpr": ("net", "price"),
    "waerk": ("currency",),
    "matkl": ("category",),
}

# What a name carries in brackets, or at its end, without changing what the column is.
_UNITS = (
    "usd eur gbp cny rmb jpy hkd twd krw inr aud cad chf sek nok dkk sgd thb brl mxn try pln czk huf k m bn mn thousand thousands million kg g lb lbs oz cm mm km ml pct "
    "inr_lakh incl excl inc ex $ € £ ¥ ￥ ₹ k$ m$ % 元 万元 千元 亿元 人民币 美元 欧元 英镑 港币 日元 个 件 份 分 千克 公斤 克 次 岁 含税 不含税 必填 选填 yyyy mm dd hh"
)
UNITS = frozenset(_UNITS.split())

# The characters of traditional Chinese (and Japanese) names that matter here.
SIMPLIFIED = str.maketrans(
    "訂單號戶數價額類國區貨購買會員編碼時間評論幣顧產銷總計費應實賣場動響滿標題內備註聯繫電話郵箱渠營業門鋪優惠種稱帳賬歲別級絡來現訊單単顧客価値値額數量區県",
    "订单号户数价额类国区货购买会员编码时间评论币顾产销总计费应实卖场动响满标题内备注联系电话邮箱渠营业门铺优惠种称账账岁别级络来现讯单单顾客价值值额数量区县",
)


def _read(lines: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines.strip().splitlines():
        concept, _, words = line.partition(":")
        for word in words.replace("|", " ").split():
            found.setdefault(word, concept.strip())
    return found


CONCEPTS: dict[str, str] = _read(_WORDS)
