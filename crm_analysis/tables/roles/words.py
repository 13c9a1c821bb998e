"""The words that column names are made of, as concepts, by language.

A name is read as a chain of concepts, so "Cust_No", "customerNumber" and "客户编号" all read
customer + what numbers it. The words of roles stand in roles.toml; here are those that tell
one name from another beside them. Further languages stand in headings.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from crm_analysis.tables.kinds import ROLES
from crm_analysis.wording import Language, languages

# A concept, or several joined by +, and after the colon the words that stand for it. English has
# the commonest words of other European languages, of pinyin, and the fields of SAP beside it.
_WORDS: dict[Language, str] = {
    "en": """
lead: lead prospect record associated related
contact: contact contacted
call: activity activities communication interaction interactions call calls touch touchpoint
call: outreach reach conversation chat called phoned
ticket: ticket tickets
billing: billing billto
reason: reason cause
message: sms push newsletter mailing messaged texted
recipient: recipient receiver consignee
account: account acct username login nickname screenname openid unionid handle author
card: card kaart
purchase: purchase compra achat kauf
line: line detail details
serial: row rownumber index idx sl sno srno serial unnamed seq rownum sequence
model: model variation variant
variant: style size color colour spec specification option modifier point
edition: version
stock: stock inventory onhand
description: description desc descr libelle descripcion beschreibung bezeichnung designation
name: name nm naam nombre nom fullname mingcheng
first: given forename
title: title subject headline
id: id ids key identifier uuid guid ident nummer
code: code cd kode codigo bianhao bianma
number: number no nr nbr num numero nro
reference: reference ref
time: time hour minute tod clock heure uhrzeit timeofday
year: year yr yyyy fy año jahr annee
month: month mon mth yearmonth ym mes monat mois
quarter: quarter qtr
week: week wk weekly weekending
day: day daily days weekday dow
period: period
create: created create creation placed ordered posted submitted event recorded bought sold
create: booked issued published sent made entered occurred posting
pay: paid pay payment payments settlement settled
ship: ship shipping shipped shipment delivery deliver delivered dispatch dispatched
ship: fulfilled fulfillment freight carrier postage logistics handling
due: due expiry expire expires expiration expected estimated estimate required promised
due: limit deadline approved valid scheduled
update: updated modified update last latest edited refreshed recent changed
birth: birth birthday dob born birthdate
register: register registered registration joined join signup enrolled enrollment since
register: first started start open opened_on acquired onboarding ffp
end: end ended closed close cancelled canceled cancel completed complete
refund: return returned returns refund refunded refunds
unit: unit each per single ea unitario unitaire stück stueck einzel
count: count cnt times frequency ct freq
list: list original compare regular msrp recommended suggested retail before
total: total grand overall ttl extended ext totale gesamt
subtotal: subtotal
sales: sales sale sls ventas vente verkauf umsatz
revenue: revenue turnover gmv proceeds takings rev
net: net
gross: gross
actual: actual actually
receivable: receivable payable
spend: spend spent expenditure spending
fee: fee fees charge charges commission tip gratuity surcharge toll
tax: tax taxes vat gst hst iva duty
profit: profit margin earnings ebit
coupon: coupon vouchercode
rate: rate ratio pct percent percentage share
balance: balance credit debit loan deposit mortgage
group: group segment tier cohort cluster
type: type kind
sub: sub sub_category subcat subclass child second third
brand: brand marque marca
region: region area territory market location geography geo state province county district
region: zone provincia prefecture
city: city town ciudad stadt ville
address: address street zip postal postcode latitude longitude lat lon lng zipcode addr plz
address: ip fips geohash
source: source platform origin utm referrer referer terminal
method: method mode service means
email: email mail e_mail emailaddress emailed mailed
phone: phone mobile tel telephone cell msisdn cellphone whatsapp
status: status stage flag priority financial stato
score: score points grade marks point_score
review: review reviews comment comments feedback opinion opinions complaint complaints tweet
review: verbatim testimonial critique reviewtext kommentar commentaire comentario
note: note notes remark remarks memo annotation
summary: summary abstract pros cons
sentiment: sentiment label polarity emotion labels
store: store shop branch outlet warehouse site restaurant mall depot location_id tienda
store: filiale magasin stores
employee: employee staff agent salesperson rep seller vendor supplier operator cashier
employee: manager merchant owner assignee salesman clerk waiter courier driver publisher
company: company organisation organization firm business tenant enterprise gongsi
device: device browser os operatingsystem operating session
age: age ages
person: gender sex income education marital occupation job tenure salary dependents
person: dependent children kids kid teen income_category surname marriage senior partner
person: hobby
level: level vip grade_level loyalty
flag: is has was flg
average: avg average mean median
max: max maximum min minimum highest lowest
many: buyers visitors sessions
holiday: holiday temperature fuel cpi unemployment weather promo2
url: url link image img photo picture website http
weight: weight height length width duration distance
recency: recency recence
other: default housing previous pdays poutcome
the: of the for in and to from by a an our your tbl col column field de la le du des del der
the: die das local gmt utc iso
unique: unique distinct master main primary own
at: at on
contact+many: contacts
purchase+many: purchases
line+product: lineitem
product+sku: stockcode
sub+category: subcategory
order+many: orders transactions invoices
customer+many: customers users clients members passengers
respond+many: visits
product+many: products items
customer+number: clientnum custno kunnr kunag
order+date: orderdate audat
unit+price: priceeach
quantity+unit: kwh mwh gwh
unit+cost: unitcost
product+description: itemdescription arktx maktx
birth+date: dateofbirth
product+category: productline productlines
order+line+number: orderlineitem
customer+card: loyaltycard
customer+card+id: loyaltycardnumber
customer+id: customerkey
order+number: vbeln
line+number: posnr
billing+date: fkdat
create+date: erdat
product+code: matnr
order+quantity: kwmeng
net+amount: netwr
net+price: netpr
""",
    "zh": """
lead: 线索 潜客
contact: 联系
call: 沟通 触达 接触 通话 来电 呼叫 回访 拜访 外呼 跟进
ticket: 工单
reason: 原因 理由
message: 短信 推送 群发
recipient: 收货人 收件人 收货 提货人
account: 账号 账户 帐号 帐户 昵称 会员名 用户名 旺旺 用户昵称 会员昵称 网名 作者
card: 卡 会员卡 社保卡 身份证 就诊卡
purchase: 购买 选购 采购 购物 购药
spend: 消费 花费 消费金额 消费额
line: 行项 明细
serial: 序号 行号 行 顺序 流水序号
model: 型号 款式
variant: 规格 颜色 尺码 尺寸 口味 属性
stock: 库存 存货
description: 描述 说明
name: 名称 名 姓名 名字
title: 标题 题目 主题
id: 番号 編号 编号 号 号码 代号 id号
code: 编码 代码 码
time: 时段 小时
year: 年 年份 年度
month: 月 月份 年月
quarter: 季度 季
week: 周 星期 周次
day: 天 工作日
period: 期间 周期 时期 统计期
create: 创建 下单 生成 提交 拍下 开单 成交 发生 订购 订货 开立 发表 发布 录入 销售时 点单
create: 预订 发送 登记 记录 评论时 支付时
pay: 付款 支付 结账 付 结算
ship: 发货 配送 物流 送达 快递 邮寄 运送 邮费 送货 运单 出库 确认收货
due: 到期 预计 截止 要求 有效
update: 更新 修改 最近 最后 上次 末次
birth: 出生 生日 出生日期
register: 注册 加入 入会 首次 开卡 开户 入网 首单 建档
end: 结束 取消 关闭 完成 完结
refund: 退货 退款 退回 售后
count: 次数 笔数 人数 频次 频率 单量 订单量 客流 客流量
list: 原价 吊牌价 标价 市场价 原 建议 折前 优惠前 券前
total: 总 合计 总计 全部 累计
subtotal: 小计
sales: 销售 销售额 营业额 流水额 成交额 交易额 售卖 营业 营业收入 销售收入 交易金额
revenue: 收入 营收 入账
net: 净 净额 折后 优惠后 券后 满减后
gross: 毛额
actual: 实际 实收 实 实得
receivable: 应收 应付 应
fee: 费 手续费 服务费 佣金 小费 配送费 打包费 包装费
charge: 费用
tax: 税 税额 税费 税率
profit: 利润 毛利 盈利 毛利率 利润率 净利
coupon: 优惠券 红包 卡券 代金券
rate: 率 比例 占比
balance: 余额 贷款 存款 额度
group: 组 分组 分群 人群 细分 层级
type: 性质
sub: 子 二级 三级 小类 子类别 子类 细类 小
brand: 品牌 牌子
region: 地区 区域 大区 省份 省 州 地域 省市 所在地 省市区 市场区域 自治区 区
city: 城市 市 县
address: 地址 邮编 门牌 经度 纬度 街道 楼
source: 来源 平台 终端 端
method: 方式 方法
email: 邮箱 电子邮件 邮件 email地址
phone: 电话 手机 手机号 联系方式 固话 手机号码 联系电话
status: 状态 阶段 优先级 标记
score: 得分 分数 分值 打分
review: 评论 评价 留言 反馈 意见 评语 点评 投诉 建议内容 评论区 弹幕 微博 吐槽 短评 长评
review: 影评 书评 追评
note: 备注 附言 说明备注
summary: 摘要
sentiment: 情感 情绪 标签 情感倾向 好评
store: 门店 店铺 商店 店 分店 网点 餐厅 仓库 商场 商户 商家 酒店 餐馆 归属店铺
employee: 员工 销售员 业务员 店员 收银员 卖家 供应商 客服 导购 经手人 坐席 服务员 操作员
employee: 负责人 达人 主播 博主 推广员 骑手 厂商 商家名 经办人
company: 公司 企业 单位 机构
device: 设备 浏览器 会话
age: 年龄 年龄段
person: 性别 学历 婚姻 职业 工资 薪资 收入水平 在网时长 子女 民族 姓 年收入 教育程度 教育
person: 婚姻状况
level: 等级 级别 会员等级
flag: 是否 有无 是不是 否
average: 平均
max: 最大 最小 最高 最低
holiday: 节假日 气温 天气
url: 链接 图片 网址
weight: 重量 体积 时长 距离
the: 的 本 之 该 及 与 含税 不含税 税前 税后
contact+customer: 联系人
card+id: 卡号
sub+order: 子订单
pay+amount: 收款
order+count: 订单数
ship+fee: 运费
unit+price: 单价
total+price: 总价
order+id: 单号 订单号 流水号 小票号 交易号
ship+id: 物流单号 快递单号 运单号
order+reference: 商户单号
product+name: 品名 菜名 书名
actual+pay: 实付
actual+pay+amount: 实付款
actual+amount: 实收款
receivable+amount: 应付款 应收款
pay+date: 付款时间
average+order+value: 客单价
customer+card+id: 会员卡号
""",
}

# What a name carries in brackets, or at its end, without changing what the column is.
_UNITS: dict[Language, str] = {
    "en": """
usd eur gbp cny rmb jpy hkd twd krw inr aud cad chf sek nok dkk sgd thb brl mxn try pln czk
huf k m bn mn thousand thousands million kg g lb lbs oz cm mm km ml pct inr_lakh incl excl
inc ex $ € £ ¥ ￥ ₹ k$ m$ % yyyy mm dd hh
""",
    "zh": """
元 万元 千元 亿元 人民币 美元 欧元 英镑 港币 日元 个 件 份 分 千克 公斤 克 次 岁 含税 不含税
必填 选填
""",
}
UNITS = frozenset(" ".join(_UNITS.values()).split())

# The characters of traditional Chinese (and Japanese) names that matter here.
_TRADITIONAL = (
    "訂單號戶數價額類國區貨購買會員編碼時間評論幣顧產銷總計費應實賣場動響滿標題內備註聯繫電話郵"
    "營業門鋪優種稱帳賬歲別級絡來現訊単価値県"
)
_SIMPLE = (
    "订单号户数价额类国区货购买会员编码时间评论币顾产销总计费应实卖场动响满标题内备注联系电话邮"
    "营业门铺优种称账账岁别级络来现讯单价值县"
)
SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLE)


# Letters of which no accent can be taken: ø is no o with a stroke to Unicode.
_PLAIN = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"}
    | {"Ł": "L", "Ø": "O", "Đ": "D", "Æ": "AE", "Œ": "OE"}
)
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f"
_MARKS = r"\u0591-\u05c7\u0610-\u065f\u0900-\u0963"
_PIECES = re.compile(
    rf"[a-z]+|[{_UNSPACED}]+|#|(?:(?![a-z{_UNSPACED}])[^\W\d_]|[{_MARKS}])+"
)
UNSPACED = re.compile(f"[{_UNSPACED}]")


def pieces_of(text: str) -> list[str]:
    """The runs of letters of one script in a text without accents, in lower case.

    >>> pieces_of("order_no 2"), pieces_of("Кол-во"), pieces_of("주문 번호")
    (['order', 'no'], ['кол', 'во'], ['주문', '번호'])
    """
    return _PIECES.findall(text.lower())


def without_accents(text: str) -> str:
    """Letters without their accents; other signs as they are."""
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFD", text.translate(_PLAIN))
    plain = "".join(
        letter for letter in letters if not "\u0300" <= letter <= "\u036f"
    )
    return unicodedata.normalize("NFC", plain)


@dataclass(frozen=True)
class Vocabulary:
    """The chain of concepts of each word in any language, and the length of the longest word.

    A word may be several, with a space between each.
    """

    meanings: dict[str, tuple[str, ...]]
    longest: int


@cache
def vocabulary() -> Vocabulary:
    """The words of all languages, those of the roles among them; a later language adds to them."""
    meanings: dict[str, tuple[str, ...]] = {}
    for language in languages():
        for concepts, words in _words(language):
            for word in words.split():
                meanings.setdefault(_plain(word), tuple(concepts.split("+")))
    for concepts, words in _further_words():
        for word in words.split(","):
            meanings.setdefault(_plain(word), tuple(concepts.split("+")))
    return Vocabulary(meanings, max(map(len, meanings)))


def _plain(word: str) -> str:
    """A word as names have it: without accents and signs, in simple Chinese characters."""
    normal = unicodedata.normalize("NFKC", word).translate(SIMPLIFIED)
    return " ".join(pieces_of(without_accents(normal))) or word.strip().lower()


def _further_words() -> Iterator[tuple[str, str]]:
    """The words of headings.toml."""
    file = resources.files("crm_analysis.tables.roles").joinpath("headings.toml")
    for words in tomllib.loads(file.read_text(encoding="utf-8")).values():
        yield from words.items()


def _words(language: Language) -> Iterator[tuple[str, str]]:
    """Concepts, and the words that stand for them."""
    for role in ROLES.values():
        yield role.concept or role.name, role.words().get(language, "")
    for line in _WORDS.get(language, "").strip().splitlines():
        concepts, _, words = line.partition(":")
        yield concepts, words
