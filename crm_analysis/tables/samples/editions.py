"""How the sample shop is told in each language: files, names, money, words.

The editions are the same shop told in two places: the countries change with the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from crm_analysis.wording import DEFAULT, Language


@dataclass(frozen=True, kw_only=True)
class Edition:
    """The shop in one language.

    `headers` and `words` translate the English ones; `pounds` is what a pound is worth in its
    money; `stream` is what its comments are drawn from; `named_openings` how often a comment
    without an opening begins with the article.
    """

    language: Language
    files: Mapping[str, str]
    countries: tuple[str, ...]
    first_names: Mapping[str, tuple[str, ...]]
    last_names: tuple[str, ...]
    full_name: str = "{given} {family}"
    pounds: float = 1.0
    price_digits: int = 2
    encoding: str = "utf-8"
    line_end: str = "\n"
    stream: int = 0
    between_sentences: str = " "
    named_openings: float = 0.15
    headers: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def translate(self, column: pd.Series) -> pd.Series:
        """Words of the shop in this language."""
        return column.map(self.words) if self.words else column

    def yes(self, column: pd.Series) -> pd.Series:
        """True and False in this language."""
        return self.translate(column.map({True: "Yes", False: "No"}))

    def price(self, pounds: pd.Series) -> pd.Series:
        """Prices as they stand on a label."""
        return (pounds * self.pounds).round(self.price_digits)

    def name(self, gender: str, given: int, family: int) -> str:
        """The full name of a customer, by numbers drawn at random."""
        first = self.first_names[gender]
        return self.full_name.format(
            given=first[given % len(first)],
            family=self.last_names[family % len(self.last_names)],
        )


def edition_in(language: Language) -> Edition:
    """The edition in a language; the English one where there is none of its own."""
    return EDITIONS.get(language, EDITIONS[DEFAULT])


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in text.split())


_HEADERS_ZH = {
    "Order No": "订单号",
    "Order Date": "下单日期",
    "Customer ID": "客户编号",
    "SKU": "货号",
    "Product": "商品名称",
    "Category": "类别",
    "Quantity": "数量",
    "Unit Price": "单价",
    "Country": "国家",
    "Channel": "渠道",
    "Name": "姓名",
    "Email": "邮箱",
    "Gender": "性别",
    "Age": "年龄",
    "Plan": "会员等级",
    "Contract": "合约",
    "Payment": "支付方式",
    "Newsletter": "订阅通讯",
    "App User": "使用手机应用",
    "Support Calls": "客服来电次数",
    "Late Deliveries": "延迟配送次数",
    "Satisfaction": "满意度",
    "Tenure Months": "入会月数",
    "Total Spend": "累计消费",
    "Churned": "是否流失",
    "Date": "日期",
    "Campaign": "活动",
    "Responded": "是否响应",
    "Cost": "成本",
    "Arm": "实验分组",
    "Unsubscribed": "是否退订",
    "Rating": "评分",
    "Recommend (0-10)": "推荐意愿（0-10）",
    "Comment": "评论内容",
}
_WORDS_ZH = {
    "Web": "网站",
    "App": "手机应用",
    "Store": "门店",
    "Phone": "电话",
    "Email": "邮件",
    "WeChat": "微信",
    "Yes": "是",
    "No": "否",
    "Female": "女",
    "Male": "男",
    "Monthly": "按月",
    "Yearly": "按年",
    "Basic": "基础版",
    "Plus": "进阶版",
    "Premium": "尊享版",
    "Card": "银行卡",
    "PayPal": "支付宝",
    "Bank transfer": "银行转账",
    "Cash on delivery": "货到付款",
    "Spring Tea Week": "春茶周",
    "Summer Sale": "夏季特卖",
    "Autumn Win-back": "秋季召回",
    "Autumn Tasting": "秋季品鉴",
    "treated": "实验组",
    "holdout": "对照组",
    "Holiday Gifts": "节日礼品季",
    "New Year Clearance": "新年清仓",
    "Membership Renewal": "会员续约关怀",
    "Tea": "茶叶",
    "Coffee": "咖啡",
    "Kitchen": "厨具",
    "Baking": "烘焙",
    "Tableware": "餐具",
    "Home": "家居",
    "Outdoor": "户外",
    "Gifts": "礼品",
    "": "",
}
EDITIONS: dict[Language, Edition] = {
    "en": Edition(
        language="en",
        files={
            "orders": "orders.csv",
            "customers": "customers.csv",
            "contacts": "contacts.csv",
            "comments": "comments.csv",
        },
        countries=_names(
            "United_Kingdom Ireland Germany France Netherlands Sweden"
        ),
        first_names={
            "Female": _names(
                "Emma Olivia Amelia Isla Ava Grace Freya Lily Sophie Hannah Clara Marie Julia "
                "Anna Nora Ella Alice Ruby"
            ),
            "Male": _names(
                "Oliver George Harry Noah Jack Leo Arthur Oscar Thomas James Lukas Felix Paul "
                "Louis Hugo Erik Daniel Adam"
            ),
        },
        last_names=_names(
            "Smith Jones Taylor Brown Wilson Evans Walsh Murphy Byrne Müller Schmidt Weber "
            "Martin Dubois Moreau de_Vries Jansen Lindqvist Patel Clarke Hughes Green Baker "
            "Cooper O'Neill Fischer Laurent Bakker Nilsson Khan"
        ),
    ),
    "zh": Edition(
        language="zh",
        files={
            "orders": "订单.csv",
            "customers": "客户.csv",
            "contacts": "联系记录.csv",
            "comments": "评论.csv",
        },
        countries=_names("中国 新加坡 马来西亚 日本 澳大利亚 加拿大"),
        first_names={
            "Female": _names(
                "婷 静怡 雨桐 欣怡 梦洁 丽华 秀英 晓燕 雪梅 佳慧 思琪 玉兰 诗涵 美玲 春燕 若曦 "
                "紫萱 文静"
            ),
            "Male": _names(
                "伟 建国 志强 浩然 子轩 俊杰 明辉 国栋 海涛 文博 宇航 天佑 家豪 立新 永康 晓东 "
                "思远 振华"
            ),
        },
        last_names=_names(
            "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 邓 "
            "冯 韩 曹"
        ),
        full_name="{family}{given}",
        pounds=7.2,  # in yuan, to the tenth, as they stand on a label
        price_digits=1,
        encoding="utf-8-sig",  # with BOM and CRLF, as Excel in China wants it
        line_end="\r\n",
        stream=1,
        between_sentences="",
        named_openings=0.0,
        headers=_HEADERS_ZH,
        words=_WORDS_ZH,
    ),
}
