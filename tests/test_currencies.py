"""Figures as the world writes them: currencies, thousands, sides of an account, units."""

from __future__ import annotations

import re
from typing import Any

import pytest
from babel import Locale, localedata
from hypothesis import HealthCheck, given, settings, strategies as st

from crm_analysis import CleanOptions, clean, guess_roles, read_table
from crm_analysis.tables.cleaning import Cleaned
from crm_analysis.tables.currencies import (
    CURRENCIES,
    currency_of_word,
    read_word,
    unit_of_name,
)
from tests.raw_tables import shared_engine
from tests.variants import every


def orders(
    cells: list[str], heading: str = "amount", options: CleanOptions | None = None
) -> Cleaned:
    """A file of orders with these amounts, loaded as a person would load it."""
    lines = "".join(
        f'{100 + row};K{row % 3};2025-0{1 + row % 9}-1{row % 8};"{cell}"\n'
        for row, cell in enumerate(cells)
    )
    text = f"order_id;customer;date;{heading}\n{lines}"
    raw = read_table(text.encode(), name="orders.csv", engine=shared_engine())
    return clean(raw, guess_roles(raw), options or CleanOptions())


def asked(cleaned: Cleaned) -> dict[str, dict[str, Any]]:
    """The questions of a table by the last part of their key."""
    return {key.split(".")[-1]: dict(details) for key, details in cleaned.questions}


@pytest.mark.parametrize(
    ("cells", "meant", "currency"),
    every(
        2,
        [
            (["1200", "99 Kč", "1 250,50 Kč"], [1200, 99, 1250.5], "CZK"),
            (["₦1,200.00", "₦85.00", "₦20.00"], [1200, 85, 20], "NGN"),
            (["1'200.-", "85.-", "Fr. 12'450.50"], [1200, 85, 12450.5], "CHF"),
            (["CHF 5.-", "CHF 12.50", "-3.-"], [5, 12.5, -3], "CHF"),
            (["￥1.50", "￥2.50", "￥３０"], [1.5, 2.5, 30], "¥"),
            (["85,- €", "1.200,- €", "12,50 €"], [85, 1200, 12.5], "€"),
            (["85:-", "1 200:-", "45:-"], [85, 1200, 45], None),
            (["1200€50", "12€05", "3€99"], [1200.5, 12.05, 3.99], "€"),
            (["500/-", "Rs. 1,200/-", "75/-"], [500, 1200, 75], "Rs"),
            (["GH₵ 12.00", "GHS 5", "GH₵1,300"], [12, 5, 1300], "GHS"),
            (["RM 12", "RM 1,250.50", "RM9"], [12, 1250.5, 9], "MYR"),
            (["R150", "R99", "R12"], [150, 99, 12], "ZAR"),
            (["S/ 30.50", "S/.12", "S/ 7"], [30.5, 12, 7], "PEN"),
            (["Q 100", "Q 25.50", "Q7"], [100, 25.5, 7], "GTQ"),
            (["Tk 500", "Tk. 1,200", "৳৮৫.৫০"], [500, 1200, 85.5], "BDT"),
            (["₩12,000", "₩1,500", "₩9,000"], [12000, 1500, 9000], "KRW"),
            (["US $6.50", "US$ 5", "$7"], [6.5, 5, 7], "$"),
            (["12 kr", "15,50 kr.", "9 kr"], [12, 15.5, 9], "kr"),
            (["١٢٣٫٥", "٨٥", "١٬٢٣٤٫٥"], [123.5, 85, 1234.5], None),
            (["۱۲۳", "۸۵", "۷"], [123, 85, 7], None),
            (["१२३.५०", "₹८५", "₹७"], [123.5, 85, 7], "INR"),
            (["฿๑๒๓.๕๐", "๘๕", "๗"], [123.5, 85, 7], "THB"),
            (["(1,234.50)", "85.00-", "12.00"], [-1234.5, -85, 12], None),
        ],
    ),
)
def test_an_amount_is_read_with_any_currency(
    cells: list[str], meant: list[float], currency: str | None
) -> None:
    cleaned = orders(cells)
    assert cleaned.table["amount"].tolist() == meant
    assert cleaned.currency == currency and not cleaned.questions
    assert cleaned.units.get("amount") == currency


@pytest.mark.parametrize("written", ["Xyz {}", "{} Xyz"])
def test_a_word_that_nobody_knows_is_a_unit_before_as_after(written: str) -> None:
    cleaned = orders([written.format(figure) for figure in ("12", "15", "1,300")])
    assert cleaned.table["amount"].tolist() == [12, 15, 1300]
    assert cleaned.units["amount"] == "Xyz" and not cleaned.questions


@pytest.mark.parametrize(
    ("cells", "meant"),
    every(
        2,
        [
            (["1.5w", "1.2w", "300"], [15_000, 12_000, 300]),
            (["2W", "1.5万", "3千"], [20_000, 15_000, 3_000]),
            (["3亿", "2万", "5"], [3e8, 20_000, 5]),
            (["1.2k", "300", "15K"], [1_200, 300, 15_000]),
            (["3 mn", "2bn", "1.5M"], [3e6, 2e9, 1.5e6]),
            (["12 T€", "3,5 T€", "1,2 Mio. €"], [12_000, 3_500, 1.2e6]),
            (["2 lakh", "1.5 crore", "50000"], [200_000, 1.5e7, 50_000]),
            (["₹12 Cr", "₹85 Cr", "₹3 lakh"], [1.2e8, 8.5e8, 300_000]),
            (["15 тыс. руб.", "3 млн ₽", "7 руб."], [15_000, 3e6, 7]),
            (["3 kö", "4 kö", "5 kö"], [3, 4, 5]),
            (["3 kg", "4 kg", "5 kg"], [3, 4, 5]),
        ],
    ),
)
def test_a_word_multiplies_only_where_it_stands_whole(
    cells: list[str], meant: list[float]
) -> None:
    assert orders(cells).table["amount"].tolist() == meant


@pytest.mark.parametrize("cell", ["1e400", "9" * 400, "-1e99"])
def test_a_figure_without_end_is_a_cell_that_cannot_be_read(cell: str) -> None:
    cleaned = orders([cell, "12", "13", "14.5", "15"])
    assert cleaned.table["amount"].isna().tolist() == [True] + [False] * 4
    assert cleaned.summary()["money_read"] == 54.5
    assert cleaned.changes[["old", "reason"]].values.tolist() == [
        [cell, "not_a_number"]
    ]
    (question,) = cleaned.questions
    (example,) = question.details["examples"]
    assert len(example) <= 40 and cell.startswith(example.removesuffix("…"))


@pytest.mark.parametrize(
    ("cells", "meant", "default"),
    [
        (["85.00 CR", "12.00 DR", "13.00 DR"], [-85, 12, 13], "credit"),
        (["85.00 Cr.", "12.00 Cr.", "13.00 Dr."], [85, 12, -13], "debit"),
        (["85.00", "12.00", "13.00 CR"], [85, 12, -13], "credit"),
    ],
)
def test_the_side_of_an_account_is_asked(
    cells: list[str], meant: list[float], default: str
) -> None:
    cleaned = orders(cells)
    question = asked(cleaned)["two_sides"]
    assert cleaned.table["amount"].tolist() == meant
    assert question["column"] == "amount" and question["default"] == default
    answer = CleanOptions(negative=(("amount", "neither"),))
    again = orders(cells, options=answer)
    assert (again.table["amount"] > 0).all() and not again.questions


@pytest.mark.parametrize(
    ("heading", "cells", "total"),
    [
        ("amount", ["Rp 12.000", "Rp 150.000", "Rp 7.500"], 169_500),
        ("amount (IDR)", ["12.000", "150.000", "7.500"], 169_500),
        ("amount", ["COP 15.000", "COP 9.000"], 24_000),
        ("amount", ["12.990 Ft", "4.990 Ft"], 17_980),
        ("amount", ["12.000 ₫", "150.000 ₫", "7.500 ₫"], 169_500),
    ],
)
def test_money_without_cents_groups_its_thousands(
    heading: str, cells: list[str], total: float
) -> None:
    cleaned = orders(cells, heading)
    assert cleaned.table["amount"].sum() == total and not asked(cleaned)


@pytest.mark.parametrize(
    ("heading", "cells", "total"),
    [
        ("amount", ["12.000", "150.000", "7.500"], 169_500),
        ("amount", ["12,000 €", "150,000 €", "7,500 €"], 169_500),
        ("amount", ["KWD 12.000", "KWD 150.000", "KWD 7.500"], 169.5),
        ("amount", ["12.000", "1500", "12345"], 13_857),
        ("price", ["1.459", "1.519", "1.399"], 4.377),
        ("price", ["50.000", "75.000", "12.500"], 137_500),
    ],
)
def test_three_digits_behind_each_mark_are_thousands_of_money_and_asked(
    heading: str, cells: list[str], total: float
) -> None:
    cleaned = orders(cells, heading)
    assert cleaned.table["amount"].sum() == pytest.approx(total)
    assert "decimal_unclear" in asked(cleaned)


def test_an_account_with_one_side_has_no_sign() -> None:
    cleaned = orders(["85.00 CR", "12.00 CR", "13.00 CR"])
    assert (
        cleaned.table["amount"].tolist() == [85, 12, 13] and not cleaned.questions
    )


@pytest.mark.slow
def test_several_currencies_are_named_with_their_counts() -> None:
    question = asked(orders(["€5.00", "$3.00", "€7.00"]))["several_currencies"]
    assert question["column"] == "amount"
    assert question["counts"] == ["€: 2", "$: 1"]


@pytest.mark.parametrize(
    ("heading", "unit"),
    every(
        3,
        [
            ("金额(元)", "¥"),
            ("销售额（万元）", "万元"),
            ("Revenue k€", "k€"),
            ("Amount (in thousands)", "in thousands"),
            ("Sales ($000)", "$000"),
            ("Betrag in T€", "T€"),
            ("Total (₦)", "NGN"),
            ("total_usd", "$"),
            ("Tutar (bin TL)", "bin TL"),
            ("Ventas (miles de €)", "miles de €"),
            ("Penjualan (juta Rp)", "juta Rp"),
            ("Fatturato (migliaia di euro)", "migliaia di euro"),
            ("Liikevaihto (tuhatta euroa)", "tuhatta euroa"),
            ("Doanh thu (triệu đồng)", "triệu đồng"),
            ("Amount", None),
        ],
    ),
)
def test_the_unit_of_a_heading_is_kept(heading: str, unit: str | None) -> None:
    cleaned = orders(["12.5", "3", "100", "7"], heading)
    assert cleaned.table["amount"].tolist() == [12.5, 3, 100, 7]
    assert cleaned.units.get("amount") == unit


# Of each language that dates are read in: what figures are multiplied by, and their currency.
UNITS = """
€ 1e3: Fatturato (migliaia di euro); Tuhatta euroa; CA (en milliers d'euros); CA (k€);
    Umsatz (Tausend Euro); Umsatz in Tsd. €; Umsatz (in 1.000 €); Myynti, 1000 euroa;
    Ventas en miles de euros; Omzet (duizenden euro's); Πωλήσεις (χιλ. ευρώ); Tržby (tis. eur)
€ 1e6: Umsatz (Mio. EUR); Liikevaihto (miljoonaa euroa); Omzet (miljoen euro)
VND 1e3: Doanh thu (nghìn đồng)
VND 1e6: Doanh thu (triệu đồng); Đơn vị: triệu đồng
VND 1e9: Doanh thu (tỷ đồng)
CZK 1e3: Tržby (v tisících Kč); Tržby (tisíc korun)
PLN 1e3: Przychody (w tysiącach złotych); Przychody (tys. zł)
kr 1e3: Omsättning (tusental kronor); Omsetning (i tusen kroner); Salg (tusinder kr.)
HUF 1e6: Bevétel (millió Ft); Bevétel (millió forint)
RON 1e3: Vânzări (mii lei)
TRY 1e6: Ciro (milyon lira)
RUB 1e3: Выручка (тыс. руб.); Выручка (в тысячах рублей)
UAH 1e3: Виторг (тис. грн)
IDR 1e6: Penjualan (jutaan rupiah)
THB 1e3: ยอดขาย (พันบาท)
BRL 1e3: Vendas (milhares de reais)
$ 1e6: Ventas (millones de dólares)
$ 1e4: 销售额（万美元）
JPY 1e6: 売上（百万円）
KRW 1e3: 매출 (천원)
"""


def test_headings_say_thousands_and_millions_in_each_language() -> None:
    for line in UNITS.replace("\n    ", " ").strip().splitlines():
        said, _, names = line.partition(": ")
        currency, times = said.split()
        for name in names.split("; "):
            unit = unit_of_name(name)
            assert unit, name
            assert (unit.currency, unit.times) == (currency, float(times)), name


def test_a_thousand_said_by_heading_and_cell_counts_once() -> None:
    cleaned = orders(["12.5万", "3万", "100"], "金额（万元）")
    assert cleaned.table["amount"].tolist() == [12.5, 3, 100]
    assert cleaned.units["amount"] == "万元"


def test_a_line_of_units_gives_the_unit() -> None:
    text = "月份,销售额\n,万元\n" + "".join(
        f"2024-{m:02d},{m}.5\n" for m in range(1, 13)
    )
    raw = read_table(text.encode(), name="months.csv", engine=shared_engine())
    assert "万元" in clean(raw, guess_roles(raw)).units.values()


def test_one_value_in_a_currency_column_is_the_unit() -> None:
    text = "order_id,customer,date,amount,currency\n" + "".join(
        f"{row},K{row % 3},2025-01-0{row},{row}.5,NGN\n" for row in range(1, 9)
    )
    raw = read_table(text.encode(), name="orders.csv", engine=shared_engine())
    assert clean(raw, guess_roles(raw)).units["amount"] == "NGN"


@pytest.mark.parametrize(
    "codes",
    [
        ["A4", "A5", "B12", "C3", "A7"],
        ["R 12", "R 15", "R 7", "R 9", "R 3"],
        ["PEN10", "PEN12", "PEN20", "PEN31", "PEN4"],
        ["12E5", "13E6", "14E1", "15E2", "16E3"],
        ["v1.2", "v1.3", "v2.0", "v2.1", "v3.0"],
        ["Q1", "Q2", "Q3", "Q4", "Q5"],
    ],
)
def test_codes_are_not_figures(codes: list[str]) -> None:
    text = "customer,code,city\n" + "".join(
        f"K{row},{code},Rome\n" for row, code in enumerate(codes)
    )
    raw = read_table(text.encode(), name="customers.csv", engine=shared_engine())
    kinds = clean(raw, guess_roles(raw)).types.set_index("source")["type"]
    assert kinds["code"] in ("text", "id", "category")


@pytest.mark.parametrize(
    "name",
    ["Le montant", "ALL ORDERS", "Try amount", "单元", "Weight (kg)", "Size M"],
)
def test_a_heading_that_holds_a_word_says_no_currency(name: str) -> None:
    assert unit_of_name(name) is None


@pytest.mark.slow
@given(
    st.sampled_from(sorted(sign for sign in CURRENCIES if len(sign) > 1)),
    st.integers(1, 10**6),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
def test_every_currency_is_read_before_and_after(
    sign: str, cents: int, before: bool, apart: bool
) -> None:
    figure, space = f"{cents / 100:.2f}", " " if apart else ""
    cell = f"{sign}{space}{figure}" if before else f"{figure}{space}{sign}"
    cleaned = orders([cell, "1.25", "2.50"])
    assert cleaned.table["amount"].iloc[0] == cents / 100
    assert cleaned.currency == CURRENCIES[sign]


@given(st.characters(categories=["Ll", "Lu", "Lo"]), st.sampled_from("kKmMwW"))
def test_no_letter_follows_a_word_that_multiplies(letter: str, word: str) -> None:
    read = read_word(word + letter)
    is_word = (
        read.times == 1 or currency_of_word(letter) or read_word(letter).times > 1
    )
    assert is_word or (word + letter).lower() in ("mm", "mn", "md")


@pytest.mark.parametrize("word", ["KG", "ML", "MG", "KL", "LEK", "kg", "KP"])
def test_a_weight_in_capitals_is_no_thousand_of_a_currency(word: str) -> None:
    assert read_word(word).times == 1 and not read_word(word).currency


@pytest.mark.parametrize(
    ("word", "currency"),
    [("KD", "KWD"), ("BD", "BHD"), ("JD", "JOD"), ("Lek", "ALL")],
)
def test_a_currency_that_begins_like_a_thousand_is_whole(
    word: str, currency: str
) -> None:
    assert read_word(word).times == 1
    cleaned = orders([f"{word} 85.25", f"3.50 {word}", f"12.40 {word}"])
    assert cleaned.table["amount"].sum() == pytest.approx(101.15)
    assert cleaned.currency == currency


@pytest.mark.slow
def test_every_sign_of_cldr_is_a_currency() -> None:
    unknown = set()
    for name in localedata.locale_identifiers():
        for code, symbol in Locale.parse(name).currency_symbols.items():
            bare = (
                re.sub("[\u200b\u200e\u200f]", "", symbol)
                .strip()
                .replace("￥", "¥")
            )
            if code in CURRENCIES and bare and not currency_of_word(bare):
                unknown.add(bare)
    assert unknown <= {"T$"}  # rather a thousand dollars than a Tongan one
