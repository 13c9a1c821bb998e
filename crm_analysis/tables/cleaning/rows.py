"""Which lines are returns, which are no product, and whose lines are left out everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.sql import either, literal, one_of

_NO_PRODUCT = "|".join(
    (
        r"(dotcom )?postage.*|p ?& ?p|bank charges?|manual|manual"
        r" (adjustment|entry).*|discounts?|carriage.*|amazon fees?|adjust(ment)?s?( .*)?|cruk"
        r" commission.*",
        r"samples?|(express |standard |free |local |international )?(shipping|delivery)("
        r" .*)?|freight.*|(handling|service|packag(e|ing)|processing|transaction|card|credit"
        r" card|late|booking|bank) (fee|charge)s?",
        r"fees?|charges?|rounding.*|tips?|gratuity|(sales )?tax|vat|deposits?|refunds?|credit"
        r" notes?.*|bad debts?.*|write[- ]?offs?|test|test (product|item|order).*|this is a"
        r" test.*|surcharge.*",
        r"(运费|邮费|快递费|配送费|物流费|包装费|打包费|餐盒费|手续费|服务费|税费|小费|押金"
        r"|保证金|安装费|邮资)(.{0,4})",
        r"(优惠|优惠券|折扣|满减|红包|抵扣|代金券|立减|返现)(券|金额|金)?|(补)?(运费)?差价(补拍)?.*"
        r"|补拍.*|测试|测试(商品|产品|订单|数据).*|调账.*|坏账.*|手工(调整|录入).*",
        r"versandkosten|frais de port|gastos de env[ií]o|spese di spedizione|porto",
    )
)
_NO_PRODUCT_CODES = (
    "POST",
    "DOT",
    "BANK CHARGES",
    "AMAZONFEE",
    "CRUK",
    "C2",
    "ADJUST",
    "ADJUST2",
    "TEST",
    "TEST001",
    "TEST002",
    "SHIPPING",
    "DELIVERY",
    "FREIGHT",
    "POSTAGE",
    "FEE",
    "TAX",
)
_GIFT_CARD = (
    r"(e-?)?(gift|store credit) ?(card|certificate|voucher)s?( ?[-–—:/(].*| \W?\d.*)?"
    r"|(digital|physical|virtual) gift ?cards?.*|geschenk(gutschein|karte)e?n?.*"
    r"|(carte|bon|chèque)s? cadeaux?.*|(tarjeta|cheque)s? (de )?regalo.*"
    r"|(buon[oi]|carta) regalo.*|cadeau(bon|kaart).*|(cartão|vale)[- ]presente.*"
    r"|(电子)?(礼品|储值|购物|充值|预付)卡.*|ギフトカード.*|기프트 ?카드.*"
)
_LIMIT = 5_000


def no_product(draft: Draft, more: Sequence[str]) -> str:
    """SQL over the typed row.

    Whether a line is no product (postage, charges, adjustments, tests), found among the distinct
    names.
    """
    product, code = draft.role("product"), draft.role("product_code")
    conditions = []
    if product:
        words = "|".join([_NO_PRODUCT, *(pattern(word) for word in more)])
        names = [
            name
            for name in odd_products(draft)
            if re.fullmatch(words, _plain(name))
        ]
        conditions.append(_is_among('"product"', names))
    if code:
        given = "|".join(
            [
                *(re.escape(code.lower()) for code in _NO_PRODUCT_CODES),
                *(pattern(word) for word in more),
            ]
        )
        codes = _distinct(
            draft, code, f"regexp_full_match(lower(trim(v)), {literal(given)})"
        )
        conditions.append(_is_among('"product_code"', codes))
    return f"coalesce({either(*conditions)}, false)" if conditions else "false"


def gift_cards(draft: Draft) -> list[str]:
    """The names of products that are gift cards."""
    return [
        name
        for name in odd_products(draft)
        if re.fullmatch(_GIFT_CARD, _plain(name))
    ]


def odd_products(draft: Draft) -> list[str]:
    """The names of products that are charges, tests, gift cards, or named by a person as such.

    Sought once.
    """
    product = draft.role("product")
    if draft.odd_products is None and product:
        more = map(pattern, draft.options.no_product_words)
        words = literal("|".join([_NO_PRODUCT, _GIFT_CARD, *more]))
        test = f"regexp_full_match(lower(trim(v)), {words})"
        draft.odd_products = _distinct(draft, product, test)
    return draft.odd_products or []


def _plain(name: str) -> str:
    return name.strip().lower()


def _distinct(draft: Draft, column: ColumnReading, condition: str) -> list[str]:
    # The value of a text follows from its cell alone; materialised, or DuckDB would look at every
    # row before it takes the distinct ones.
    words = draft.raw.words(column.position)
    cells = (
        f"WITH cells AS MATERIALIZED (SELECT DISTINCT {column.cell}"
        f" FROM {draft.base if words is None else 'given'})"
    )
    sql = (
        f"{cells}, names AS MATERIALIZED (SELECT DISTINCT {column.value} AS v FROM cells)"
        f" SELECT v FROM names WHERE v IS NOT NULL AND {condition} ORDER BY v LIMIT {_LIMIT}"
    )
    return (
        draft.engine.over(None if words is None else {column.cell: words}, sql)
        .column("v")
        .to_pylist()
    )


def _is_among(name: str, values: Sequence[str]) -> str:
    """Whether a text is one of some.

    A short list is looked through, a long one is quicker as a pattern.
    """
    return (
        one_of(name, values)
        if len(values) <= 20
        else f"regexp_full_match({name}, {literal('|'.join(map(re.escape, values)))})"
    )


def pattern(word: str) -> str:
    """A word with `*` for anything, as a pattern in lower case."""
    return ".*".join(re.escape(part) for part in word.strip().lower().split("*"))


def returned(draft: Draft, amount: bool, undone: str) -> tuple[str, str]:
    """SQL over the typed row: whether a line is a return or cancellation.

    And whether the file's own words say so: the order's number, or a status (`undone`).
    """
    signs, words = [], [undone] if undone != "coalesce(false, false)" else []
    if draft.role("quantity"):
        signs.append('"quantity" < 0')
    if amount:
        signs.append('"amount" < 0')
    if draft.role("order") and draft.role("order").type == "id":  # type: ignore[union-attr]
        words.append(
            "CASE WHEN \"order\" LIKE 'C%' OR \"order\" LIKE 'c%'"
            " THEN regexp_full_match(\"order\", '[Cc][0-9]{4,}') END"
        )
    said = f"coalesce({either(*words)}, false)"
    return f"(coalesce({either(*signs)}, false) OR {said})", said


def leave_out_customers(draft: Draft) -> None:
    """Lines of the customers named in the options (ids, or patterns with `*`) go aside."""
    customer = draft.role("customer")
    if customer and draft.options.leave_out:
        names = "|".join(pattern(customer) for customer in draft.options.leave_out)
        draft.leave_out(
            "customers",
            "left_out",
            f"coalesce(regexp_full_match(lower({customer.value}), {literal(names)}), false)",
        )
