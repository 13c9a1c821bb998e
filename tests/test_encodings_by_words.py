"""Encodings are judged by what the decoded words are, however few different ones there are."""

from __future__ import annotations

import pytest

import crm_analysis as crm

# Two headings, and the one word that comes again and again under the first.
FILES = [
    ("gbk", "渠道", "金额", "微信"),
    ("gbk", "回复", "编号", "√"),
    ("gbk", "商品", "件数", "猫粮"),
    ("gbk", "地区", "业绩", "华东"),
    ("gbk", "产品", "数量", "苹果"),
    ("cp950", "管道", "金額", "微信"),
    ("cp950", "產品", "數量", "蘋果"),
    ("cp932", "店舗", "売上", "渋谷"),
    ("cp932", "商品", "個数", "りんご"),
    ("euc_jp", "状態", "注文番号", "発送済み"),
    ("cp949", "상품", "수량", "사과"),
    ("cp949", "월", "수량", "1"),
    ("cp874", "ช่องทาง", "จำนวนเงิน", "ออนไลน์"),
    ("cp1251", "Канал", "Сумма", "Онлайн"),
    ("koi8_r", "Город", "Сумма", "Москва"),
    ("cp1253", "Κανάλι", "Ποσό", "Διαδίκτυο"),
    ("cp1250", "Příjmení", "Věk", "Dvořák"),
    ("cp1254", "Müşteri", "Tutar", "İstanbul"),
    ("cp1252", "Société", "Montant", "été"),
]


@pytest.mark.parametrize(("encoding", "first", "second", "word"), FILES)
@pytest.mark.parametrize("rows", [1, 60])
def test_a_few_words_tell_the_encoding(
    encoding: str, first: str, second: str, word: str, rows: int
) -> None:
    lines = [f"{first},{second}", *(f"{word},{number}.5" for number in range(rows))]
    raw = crm.read_table("\n".join(lines).encode(encoding), name="few.csv")
    assert raw.reading.columns == (first, second)
    assert raw.table[first].tolist() == [word] * rows


def test_two_encodings_that_are_near_each_other_are_said() -> None:
    raw = crm.read_table("id;name\n1;Soppress\u00e0\n2;x\n".encode("cp1252"))
    notes = dict(raw.reading.notes)
    assert "reading.note_encoding_unsure" in notes
    assert notes["reading.note_encoding_unsure"]["others"]


def test_full_width_punctuation_of_comments_stays_as_written() -> None:
    comments = [
        "味道很好，下次再买！（推荐）",
        "包装破损；客服：没回复。",
        "一般般～",
    ]
    rows = [f"2024-01-{day},C{day},{text}" for day, text in enumerate(comments, 14)]
    text = "\n".join(["评论时间,用户,评论内容", *rows])
    raw = crm.read_table(text.encode("gbk"), name="comments.csv")
    table = crm.clean(raw, crm.guess_roles(raw)).table
    assert table["text"].tolist() == comments
