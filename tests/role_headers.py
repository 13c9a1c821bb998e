"""Headers as shops, tills, CRMs and teaching sets write them.

With the roles a careful person would give.

The file exports/headers.txt has one block for each file: a name and a kind, then
`header = values > role`; a role followed by "?" may be proposed or not. What the values look like
is said by the words that `made_column` knows. Chinese and English files of the same sort stand
together.
"""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd

ROWS = 240

HEADERS = (Path(__file__).parent / "exports" / "headers.txt").read_text(
    encoding="utf-8"
)

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
        return [
            " ".join(rng.choices(_WORDS, k=rng.randint(8, 25))) for _ in range(n)
        ]
    if kind == "phrase":
        return [
            " ".join(rng.choices(_WORDS, k=rng.randint(2, 4))) for _ in range(n)
        ]
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
