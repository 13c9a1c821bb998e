"""What a column's name says: the chain of concepts in it, and how well that fits each role."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from crm_analysis.tables.roles.words import COMPOUND, CONCEPTS, SIMPLIFIED, UNITS

__all__ = ["Rule", "concepts", "name_score", "normal_name"]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(\[{<]([^)\]}>]*)[)\]}>]")
_PIECES = re.compile(r"[a-z]+|[\u3040-\u30ff\u3400-\u9fff]+|#")
_HAN = re.compile(r"[\u3400-\u9fff]")
# "Total (inc tax)", "Price excl. VAT": what a sum includes does not change what it is.
_TAXED = re.compile(
    r"\b(?:incl?|excl?|including|excluding|inclusive of|with|without|before|after|net of)\b[.\s_-]*(?:sales[\s_-]*)?(?:tax(?:es)?|vat|gst|mwst)\b"
)
# "Bill-to name" is no bill, "Sold-to party" is who bought.
_PARTY = re.compile(r"\b(bill|invoice|sold)[\s_-]*to\b")
# Questions of a survey, which stand as they were asked.
_LIKELY = re.compile(r"how likely|likelihood|recommend|推荐")
_SATISFIED = re.compile(
    r"how (?:satisfied|happy|would you rate)|rate your|满意|评价.*(?:几分|打分)"
)
_OPEN = re.compile(
    r"^(?:\W*\d+\W*)?(?:q\d+\W*)?(?:why|what (?:could|can|would|did|do|made)|please|any |do you have|is there any|tell us|how (?:can|could)|anything|in your own words)|reason for|为什么|为何|原因|建议|请(?:您)?(?:说|写|描述|谈|告诉)"
)
_LONGEST = max(len(word) for word in [*CONCEPTS, *COMPOUND])


def normal_name(name: str) -> str:
    """A column name without case, width, spaces, underscores and hyphens: what two files' columns are matched by.

    >>> normal_name("Customer_ID ") == normal_name("customer id")
    True
    """
    return re.sub(r"[\s_\-.]+", "", unicodedata.normalize("NFKC", name).casefold())


@lru_cache(maxsize=4096)
def concepts(name: str) -> tuple[str, ...]:
    """The concepts of a column name, in order; words not known stand as "?".

    >>> concepts("Customer ID"), concepts("custNo"), concepts("客户编号")
    (('customer', 'id'), ('customer', 'number'), ('customer', 'id'))
    >>> concepts("Annual Income (k$)"), concepts("商品单价（元）")
    (('?', 'person'), ('product', 'unit', 'price'))
    """
    text = _plain(unicodedata.normalize("NFKC", name).translate(SIMPLIFIED))
    if asked := _question(text.lower()):
        return asked
    text = _BRACKETS.sub(lambda found: " " if _is_unit(found[1]) else f" {found[1]} ", text)
    text = _CAMEL.sub(" ", text).lower()
    text = _PARTY.sub(
        lambda found: " customer " if found[1] == "sold" else " billing ", _TAXED.sub(" ", text)
    )
    pieces = _PIECES.findall(text)
    joined = "".join(pieces)
    if joined in COMPOUND:
        return COMPOUND[joined]
    if len(pieces) > 1 and joined in CONCEPTS and len(joined) > 5:
        return (CONCEPTS[joined],)
    if len(pieces) > 1 and pieces[-1] in UNITS and not _HAN.match(pieces[-1]):
        pieces = pieces[:-1]
    found: list[str] = []
    for piece in pieces:
        found += _piece(piece)
    found = [one for one in found if one != "the"]
    return tuple(
        one
        for place, one in enumerate(found)
        if not (one == "address" and place and found[place - 1] == "email")
    )


def _question(text: str) -> tuple[str, ...]:
    """What the answers to a survey's question are: a score or free words; nothing where the name is no question."""
    words = len(text.split())
    if not (
        text.endswith("?")
        or words >= 6
        or (_HAN.search(text) and len(text) >= 9 and re.search("您|你|请", text))
    ):
        return ()
    if _LIKELY.search(text) and not _OPEN.search(text):
        return ("score",)
    if _SATISFIED.search(text) and not _OPEN.search(text):
        return ("satisfaction", "score")
    return ("review", "text") if _OPEN.search(text) else ()


def _plain(text: str) -> str:
    """Latin letters without their accents; other scripts as they are."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize(
        "NFC", "".join(one for one in parts if not "\u0300" <= one <= "\u036f")
    )


def _is_unit(text: str) -> bool:
    words = re.findall(r"[^\s/,;、]+", text.lower())
    return bool(words) and all(
        word in UNITS or re.fullmatch(r"[\d.\-–~至]+", word) or _currency(word) for word in words
    )


def _currency(word: str) -> bool:
    return all(unicodedata.category(letter) == "Sc" or letter in "km" for letter in word)


def _known(word: str) -> tuple[str, ...] | None:
    if word in COMPOUND:
        return COMPOUND[word]
    if word in CONCEPTS:
        return (CONCEPTS[word],)
    return None


def _piece(piece: str) -> tuple[str, ...]:
    """A run of letters or of Chinese characters as concepts: as a whole, else cut into known words (fewest left over, then fewest words)."""
    if piece == "#":
        return ("number",)
    whole = _known(piece)
    if whole:
        return whole
    if piece.endswith("s") and (whole := _known(piece[:-1])):
        return whole
    return _cut(piece)


def _cut(piece: str) -> tuple[str, ...]:
    han = bool(_HAN.search(piece))
    # best[i]: (characters not understood, words, chain) for the first i characters
    best: list[tuple[int, int, tuple[str, ...]]] = [(0, 0, ())]
    for end in range(1, len(piece) + 1):
        options = []
        lost, words, chain = best[end - 1]
        options.append((lost + 1, words, chain if chain and chain[-1] == "?" else (*chain, "?")))
        for start in range(max(0, end - _LONGEST), end):
            word = piece[start:end]
            # inside a run of letters, two-letter words are trusted at the ends only ("orderid", "custno")
            if (
                not han
                and len(word) < 4
                and not (
                    word in ("id", "no", "qty", "num", "amt", "sku")
                    and end == len(piece)
                    and start > 2
                )
            ):
                continue
            meaning = _known(word)
            if meaning:
                lost, words, chain = best[start]
                options.append((lost, words + 1, (*chain, *meaning)))
        best.append(min(options, key=lambda option: (option[0], option[1])))
    lost, _, chain = best[-1]
    if not han and lost > len(piece) / 2:
        return ("?",)
    return chain


@dataclass(frozen=True)
class Rule:
    """How the concepts of a name fit a role: the best of `scores` whose concepts are all there and where nothing else known is but `besides`."""

    scores: tuple[tuple[frozenset[str], float], ...]
    besides: frozenset[str]

    def score(self, chain: tuple[str, ...]) -> float:
        """From 0 (says nothing of the role, or something else) to 1."""
        known = frozenset(chain) - {"?"}
        strangers = min(chain.count("?"), 3)
        best = 0.0
        for wanted, score in self.scores:
            if wanted <= known and known - wanted <= self.besides:
                # words beside the wanted ones make a name a little less sure
                best = max(
                    best,
                    score
                    * (0.88 if score > 0.8 else 0.75) ** strangers
                    * 0.985 ** len(known - wanted),
                )
        return best


def _rule(besides: str, **levels: str) -> Rule:
    scores = []
    for level, names in levels.items():
        scores += [(frozenset(one.split("+")), int(level[1:]) / 100) for one in names.split()]
    return Rule(tuple(scores), frozenset(besides.split()))


_DATE_BESIDES = "date time billing order purchase create pay product at sales spend contact review line unique period register text message call ticket"

RULES: dict[str, Rule] = {
    "customer": _rule(
        "unique id number code reference create billing",
        _97="level+card+number level+card+id level+card",
        _100="customer+id customer+number customer+code customer+card customer+card+id",
        _96="customer customer+account",
        _84="account+id account+number account contact+customer+id contact+id",
        _80="card+id lead+id contact+customer",
        _76="company+id company+number company+code account+name",
        _68="customer+name contact+name card",
        _73="review+account review+customer review+customer+account",
        _66="email review+email review+customer+email email+billing email+customer email+recipient email+contact customer+contact+email account+email",
        _62="phone phone+customer recipient contact phone+recipient phone+contact customer+billing company+name company recipient+name lead",
        _50="id lead+name ship+customer",
    ),
    "order": _rule(
        "customer unique id number code reference",
        _100="order+id order+number order+code order+id+number",
        _97="sales+order sales+order+id sales+order+number",
        _93="order sales+id sales+number purchase+id purchase+number purchase+order ticket+order",
        _90="order+reference order+name",
        _72="order+sub+id ticket+id ticket+number ticket",
        _56="pay+id pay+reference",
        _45="id",
    ),
    "date": _rule(
        _DATE_BESIDES,
        _100="date order+date create+date purchase+date sales+date order+create+date",
        _92="create order+create order+at create+at date+time order+purchase+date contact+date review+date call+date",
        _84="pay+date order+pay+date period contact+at review+at date+month date+year date+week date+period year+month pay+at",
        _74="month quarter week",
        _70="time order+time day+date",
        _62="year at end+date ship+date day",
        _50="customer+date refund+date due+date update+date text",
    ),
    "product": _rule(
        "line sales description name title unique purchase method",
        _100="product+name product+title product+description",
        _95="product stock+name line+product line+name purchase+product product+purchase",
        _90="product+id+name sku+name order+product+name order+product",
        _78="product+many",
        _76="description model+name",
        _40="name title model",
        _32="brand+name",
    ),
    "product_code": _rule(
        "sales unique id code number reference stock model purchase",
        _100="product+id product+code product+number product+sku sku sku+id sku+code stock+code product+reference line+product+sku line+product+code order+product+sku",
        _55="model+id model+number model model+code",
        _40="code id number",
    ),
    "quantity": _rule(
        "order line product sales total purchase refund count unit pay create weight price many actual of respond",
        _100="quantity product+quantity order+quantity",
        _90="quantity+sales quantity+unit",
        _75="product+count unit+count product+many",
        _55="count unit product+number number order+product+many",
    ),
    "unit_price": _rule(
        "product order line sales actual pay average unit net gross register",
        _100="unit+price unit+product+price",
        _92="price product+price sales+price line+price",
        _66="unit+amount unit+value unit+sales",
        _56="product+amount product+value",
        _45="price+list product+list+price unit+rate",
    ),
    "amount": _rule(
        "line product sales total pay customer actual net purchase price weekly spend value amount",
        _100="amount total+amount sales+amount line+total revenue sales+revenue product+amount+total net+sales purchase+amount spend+amount total+sales order+amount order+total+amount",
        _97="total+price total+revenue net+amount pay+amount actual+amount actual+pay actual+pay+amount net+revenue product+total net+total order+actual+pay order+pay+amount order+total order+actual+amount",
        _95="sales total order+value total+value line+amount sales+value net+value",
        _86="gross+sales gross+amount gross+revenue receivable+amount purchase+value line+sales+total order+revenue",
        _80="spend total+spend gross+total",
        _70="subtotal order+subtotal receivable pay+total order+price subtotal+amount order+receivable+amount",
        _60="purchase pay value order+pay line+price product+amount product+sales purchase+price quantity+amount",
        _45="gross average+order+value",
    ),
    "discount": _rule(
        "order product line total amount rate price sales unit customer pay coupon value store",
        _95="discount discount+amount discount+rate",
        _80="coupon+amount coupon+discount",
        _45="coupon",
    ),
    "cost": _rule(
        "product order line total amount sales unit price contact campaign purchase value message",
        _97="cost cost+total cost+amount cost+sales",
        _86="cost+product cost+order cost+contact cost+campaign cost+message",
        _80="charge",
        _72="cost+unit",
        _60="spend",
    ),
    "currency": _rule(
        "order code pay amount price sales id type name", _98="currency", _90="currency+code"
    ),
    "category": _rule(
        "product name group unique",
        _97="category product+category category+name product+category+name",
        _88="product+type product+group product+category+type product+line+category",
        _60="category+sub sub+category+name product+sub+category product+brand",
        _52="brand brand+name group",
        _48="type category+code category+id product+category+id id+category+code",
    ),
    "country": _rule(
        "customer order sales name ship billing recipient code store id pay account",
        _98="country country+name country+region",
        _80="region region+name country+code",
        _62="country+id region+city region+city+country",
        _54="city",
    ),
    "channel": _rule(
        "sales order contact type customer method campaign message marketing source purchase communication lead create",
        _99="channel channel+name sales+channel channel+source",
        _78="order+source source contact+method contact+type call+method call+channel message+method lead+source",
        _62="contact method+order",
        _74="call+type call+category",
        _58="source+type",
    ),
    "churned": _rule(
        "customer flag status unique value code type sentiment account category",
        _100="churn flag+churn churn+customer churn+flag churn+sentiment",
        _60="status+customer end+flag",
    ),
    "campaign": _rule(
        "name id code contact type sent title channel message email group customer description label",
        _98="campaign campaign+name campaign+title campaign+id campaign+code",
        _70="message message+name message+title group+campaign",
        _55="text+title text+name",
        _50="group",
    ),
    "responded": _rule(
        "customer flag contact campaign message email status value order purchase sales type unique total",
        _98="respond flag+respond respond+campaign respond+customer respond+flag respond+contact",
        _72="flag+purchase purchase+flag purchase+customer flag+order sales+respond",
        _60="value+respond value purchase revenue",
    ),
    "satisfaction": _rule(
        "customer score rating contact value grade level overall total review pay",
        _99="satisfaction satisfaction+score satisfaction+rating",
        _72="rating score rating+customer score+customer score+contact",
    ),
    "text": _rule(
        "review text customer order product message contact description note",
        _100="review+text review text",
        _92="review+message message+text contact+text review+description",
        _70="description message note contact+note call+note call+text",
        _46="summary title review+title review+summary",
    ),
    "rating": _rule(
        "review customer product score rating total value overall level text order store",
        _99="rating rating+review review+score rating+score",
        _82="score satisfaction score+total review+rating+score satisfaction+score",
        _55="sentiment value review+value review+sentiment level",
    ),
    "value": _rule(
        "total sales week month day quarter value unit order amount product daily net store actual purchase count many",
        _98="value sales quantity amount revenue total+sales week+sales",
        _90="count customer+many order+many order+count order+amount quantity+sales customer+count total quantity+product sales+amount total+amount total+value",
        _70="price spend product+many rate average+price balance weight product+count profit unit",
    ),
    "series": _rule(
        "store id name number product code sku unique series category region country type group reference description title channel company sub",
        _98="series store store+id store+number store+name store+code series+id id+unique unique+series",
        _86="product sku product+id product+name product+code region country city category channel brand company",
        _62="group type id name code",
    ),
}


def name_score(role: str, name: str) -> float:
    """How well a column's name fits a role, 0 to 1.

    >>> name_score("customer", "Customer ID"), name_score("customer", "Customer Type"), name_score("order", "订单编号")
    (1.0, 0.0, 1.0)
    """
    return min(1.0, RULES[role].score(concepts(name)))
