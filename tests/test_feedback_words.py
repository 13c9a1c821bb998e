"""Texts to words: one form, the language, the cuts, negations, and what is set aside."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.feedback.language import languages
from crm_analysis.analyses.feedback.plain_text import LONGEST, plain_texts
from crm_analysis.analyses.feedback.words import BREAK, tokens


def plain(text: str) -> str:
    return plain_texts([text]).texts[0]


def statuses(*texts: object, **columns: object) -> list[str]:
    table = pd.DataFrame({"text": list(texts), **columns})
    return crm.read_feedback(table).comments["status"].tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢＣ　１２３！", "ABC 123!"),
        ("good&nbsp;<b>bold</b><br>line", "good bold \nline"),
        ("see https://a.example/x?y=1，很好", "see ,很好"),
        ("www.shop.example is slow", "is slow"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("太好吃了！！！！！！", "太好吃了!!!"),
        ("10000000 yes", "10000000 yes"),
        ("赞👍👍👍👍👍", "赞👍👍👍"),
        ("\u200b\ufeffhidden\x00", "hidden"),
        ("half \ud800 pair", "half pair"),
    ],
)
def test_a_text_has_one_form(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.slow
def test_traditional_characters_are_simplified_for_the_analysis_only() -> None:
    table = pd.DataFrame({"text": ["這個東西太難吃了，服務態度不好"]})
    read = crm.read_feedback(table)
    assert "难吃" in "".join(crm.words(table["text"][0]))
    assert read.comments["text"].tolist() == table["text"].tolist()
    assert set(read.clauses["sentiment"]) == {"negative"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("送餐很快", "zh"),
        ("iPhone 用着很好，电池也耐用", "zh"),
        ("Works great", "en"),
        ("Delivery 很慢 and cold", "mixed"),
        ("Sehr gutes Produkt und schnelle Lieferung", "other"),
        ("Excelente, lo unico es que no esta en español.", "other"),
        ("Très bon produit, je recommande", "other"),
        ("とても美味しいです", "other"),
        ("배송이 빨라요", "other"),
        ("Очень хорошо", "other"),
        ("👍👍", "none"),
        ("10/10", "none"),
        ("", "none"),
    ],
)
def test_the_language_is_told(text: str, language: str) -> None:
    assert languages([plain(text)]) == [language]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not good", ["not good"]),
        ("It isn't very good", ["it", "is", "not good"]),
        ("I won’t buy, never again", ["i", "not buy", "not again"]),
        ("不好吃", ["不好吃"]),
        ("好吃不贵", ["好吃", "不贵"]),
        ("不是很好吃", ["不好吃"]),
        ("没有送水", ["没送水"]),
        ("不，很好", ["不", "很", "好"]),
        ("不 ", ["不"]),
        ("wi-fi at café 3.5", ["wi", "fi", "at", "café"]),
        ("", []),
    ],
)
def test_a_negation_is_one_word_with_the_next(
    text: str, expected: list[str]
) -> None:
    assert crm.words(text) == expected


_ODD = (
    *(
        "態度不好",
        "不貴！！！！好吃",
        "ＡＢＣ很 １２３ 好",
        "不錯，下次还来……",
        "没。没有，不 ",
        "café 不好",
    ),
    *(
        "a\x1cb 不好",
        "好\r\n吃",
        "好\u3000吃\t的",
        "吃\u200b饭",
        "e\u0301 好",
        "½ 好吃",
        "不〇好",
        "☕️好喝👍🏽",
    ),
    *(
        "<b>不</b>好吃",
        "https://x.cn 很好",
        "www.x.cn很好",
        "R&amp;B 不好",
        "I'm 不高兴",
        "哈哈哈哈哈哈",
        "。。。。",
    ),
    *(
        "İstanbul 不好",
        "가나 不好",
        "か\u3099 好",
        "5a景区4s店",
        "no... not good!!!",
        "",
        "\n",
        "不\n好",
    ),
)


@pytest.mark.parametrize("text", _ODD)
def test_texts_in_plain_form_have_the_words_of_any_text(text: str) -> None:
    for written in (text, f"味道{text}味道", text * 5):
        whole = [token for token in tokens([plain(written)])[0] if token != BREAK]
        assert crm.words(written) == whole, written


_BITS = [
    *"，。！？（～“—…·.,!?:(*\"'’<&/_-+#%@ \n\t\r\u30003５①½℃Ａ",
    *"béİ\u212a\u200b👍🏽啊啊啊吃不没無別個",
    *[
        "没有",
        "不是",
        "很",
        "not",
        "n't",
        "very",
        "3.5",
        "100%",
        "...",
        "--",
        "http://",
        "www.",
    ],
    *["<b>", "&amp;", "好吃", "5a景区", "c++", "T恤", "⋯"],
]


def test_texts_of_any_signs_have_the_words_of_their_plain_form() -> None:
    rng = np.random.default_rng(0)
    for _ in range(1_500):
        text = "".join(rng.choice(_BITS, rng.integers(1, 12)))
        whole = [token for token in tokens([plain(text)])[0] if token != BREAK]
        assert crm.words(text) == whole, text


@pytest.mark.slow
def test_reviews_have_the_same_words_one_by_one_and_all_at_once(
    real_data: Path,
) -> None:
    table = pd.read_csv(real_data / "zh_waimai_10k" / "waimai_10k.csv")
    texts = table["review"].astype(str).tolist()[::3]
    together = tokens(plain_texts(texts).texts)
    for text, run in zip(texts, together, strict=True):
        assert crm.words(text) == [token for token in run if token != BREAK]


def test_a_mark_ends_a_clause_and_what_a_negation_reaches() -> None:
    assert tokens(["no, good"])[0] == ["no", BREAK, "good"]


def test_the_products_names_are_words() -> None:
    name = "云南小粒咖啡"
    assert name not in crm.words(f"我买了{name}")
    assert name in crm.words(f"我买了{name}", [name, "", float("nan")])


def test_what_nobody_wrote_is_set_aside_and_kept_in_totals() -> None:
    long = "delivery was late again and the soup cold and far too salty to eat"
    texts = [
        "此用户没有填写评价。",
        "N/A",
        "好吃",
        long,
        long + "!",
        "",
        None,
        "Sehr gut und schnell",
    ]
    result = statuses(*texts)
    expected = [
        "template",
        "template",
        "too_short",
        "read",
        "repeat",
        "empty",
        "empty",
    ]
    assert result == [*expected, "not_read"]


@pytest.mark.parametrize(
    "text",
    [
        "此用户未填写评价内容",
        "該用戶沒有填寫評價！",
        "买家未及时做出评价，系统默认好评！",
        "评价方未及时做出评价,系统默认好评!",
        "This customer left no written review.",
        "no comments",
    ],
)
def test_templates_of_platforms_are_known(text: str) -> None:
    assert statuses(text) == ["template"]


def test_what_a_customer_wrote_of_a_template_is_none() -> None:
    text = "商家求好评，结果系统默认好评，菜很难吃"
    assert statuses(text, "The customer service did not answer") == ["read", "read"]


def test_columns_of_the_file_with_our_names_are_kept() -> None:
    table = pd.DataFrame(
        {"text": ["太难吃了，很差"], "topic": ["food"], "language": ["zh"]}
    )
    row = crm.read_feedback(table).comments.iloc[0]
    assert (row["topic_given"], row["language_given"]) == ("food", "zh")
    assert (row["topic"], row["language"]) == ("", "zh")


def test_short_texts_that_several_customers_write_are_no_repeats() -> None:
    assert statuses("味道不错", "味道不错") == ["read", "read"]
    assert statuses("味道不错", "味道不错", customer=["a", "a"]) == [
        "read",
        "repeat",
    ]


def test_a_third_language_is_never_neutral() -> None:
    read = crm.read_feedback(
        pd.DataFrame({"text": ["Très bon produit avec une belle couleur"]})
    )
    row = read.comments.iloc[0]
    assert (row["status"], row["sentiment"]) == ("not_read", "")
    assert np.isnan(row["negative"])
    assert "feedback.note.status.not_read" in [note.key for note in read.notes]


def test_a_long_comment_is_cut_and_garbled_ones_are_named() -> None:
    texts = [
        "slow delivery and cold food " * 2200,
        "è¿™å®¶å¾ˆå¥½åƒ",
        "这家店的菜很好吃",
    ]
    read = crm.read_feedback(pd.DataFrame({"text": texts}))
    notes = {note.key: note.details for note in read.notes}
    assert len(plain(texts[0])) <= LONGEST
    assert notes["feedback.note.cut"] == {"count": 1}
    assert notes["feedback.note.mojibake"] == {"count": 1}


@pytest.mark.slow
def test_chinese_is_cut_as_jieba_cuts_it(real_data: Path) -> None:
    import rjieba

    with warnings.catch_warnings():
        # jieba's own source has escapes that Python warns of, once, when it is first compiled.
        warnings.simplefilter("ignore")
        import jieba

    table = pd.read_csv(real_data / "zh_waimai_10k" / "waimai_10k.csv")
    texts = table["review"].astype(str).tolist()
    jieba.setLogLevel(60)
    same = sum(rjieba.cut(text) == jieba.lcut(text) for text in texts)
    assert same >= 0.999 * len(texts)
