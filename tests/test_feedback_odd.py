"""Odd tables of comments: each is read, or refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm

WITHOUT = crm.FeedbackOptions(meaning=False)
LONG = "送餐 很慢 菜 凉 难吃 米饭 硬 汤 咸"


def checked(
    table: pd.DataFrame, options: crm.FeedbackOptions = WITHOUT
) -> crm.Feedback:
    """What is read of a table, with all that it says, in both languages."""
    read = crm.read_feedback(table, options)
    assert read.comments.index.equals(table.index)
    for message in (*read.notes, read.sentence):
        assert message.sentence("en") and message.sentence("zh")
    assert set(read.summary()) >= {"comments", "read", "negative", "topics"}
    crm.comments_to_label(read)
    return read


ODD = {
    "numbers": {"text": [1, 2.5, np.nan, None, True, pd.NA]},
    "categories": {
        "text": pd.Categorical(["太难吃了 很差", "good food"]),
        "rating": ["1", "5"],
    },
    "nullable": {
        "text": pd.array(["太难吃了 很差", None], dtype="string"),
        "rating": pd.array([1, None], dtype="Int64"),
    },
    "empty": {"text": [""] * 40},
    "one word": {"text": ["hi"]},
    "only repeats": {"text": [LONG] * 300},
    "one short text": {"text": ["味道不错"] * 300},
    "two short texts": {
        "text": ["味道不错", "太难吃了 很差"] * 150,
        "rating": [5, 1] * 150,
    },
    "one text, two labels": {
        "text": ["味道 不错 好"] * 300,
        "rating": [5, 1] * 150,
    },
    "no word twice": {
        "text": [f"aa{row} bb{row} cc{row}" for row in range(250)],
        "rating": [1, 5] * 125,
    },
    "one phrase": {"text": ["apple banana"] * 250},
    "dates": {
        "text": ["太难吃了 很差"] * 4,
        "date": ["2024-01-01", "not", "", None],
    },
    "infinite stars": {
        "text": ["太难吃了 很差"] * 3,
        "rating": [np.inf, -np.inf, 5],
    },
    "formulas": {
        "text": ["=SUM(A1:A9)", "+1 great value", "-bad food", "@home nice"]
    },
    "products": {"text": ["太难吃了 很差"], "product": [None]},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_table_is_read(name: str) -> None:
    table = pd.DataFrame(ODD[name])
    read = checked(table)
    assert read.comments["text"].equals(table["text"])


def test_one_text_again_and_again_is_named() -> None:
    read = checked(pd.DataFrame({"text": ["味道不错"] * 240 + ["太难吃了 很差"]}))
    notes = {note.key: note.details for note in read.notes}
    assert notes["feedback.note.same_text"] == {"count": 240, "comments": 241}
    two = checked(pd.DataFrame(ODD["no word twice"]))
    assert "feedback.note.same_text" not in [note.key for note in two.notes]


def test_hostile_texts_are_read_and_stay_as_they_are(real_data: Path) -> None:
    texts = json.loads(
        (real_data / "blns" / "blns.json").read_text(encoding="utf-8")
    )
    read = checked(pd.DataFrame({"text": texts}))
    assert read.comments["text"].tolist() == texts


def test_endless_texts_are_cut() -> None:
    parts = [
        "😀👍",
        "<",
        "&",
        "但",
        "。",
        "<b",
        "a<b ",
        "http://",
        "不",
        "not ",
        "delivery late ",
    ]
    read = checked(pd.DataFrame({"text": [part * 9000 for part in parts]}))
    cut = {note.key: note.details for note in read.notes}["feedback.note.cut"]
    assert cut == {"count": len(parts)}


def test_a_table_with_one_name_twice_or_one_index_twice_is_read() -> None:
    twice = pd.DataFrame([["太难吃了 很差", "x"]], columns=["text", "text"])
    assert crm.read_feedback(twice, WITHOUT).comments["status"].tolist() == ["read"]
    checked(pd.DataFrame({"text": ["太难吃了 很差", "送餐很快"]}, index=[7, 7]))


def test_customers_with_gaps_and_repeats_are_no_matter() -> None:
    table = pd.DataFrame(
        {"text": ["太难吃了 很差", "送餐很快 很好"] * 5, "customer": [1, None] * 5}
    )
    people = pd.DataFrame(
        {
            "customer": [1, 1, None],
            "segment": ["a", None, "b"],
            "churned": ["yes", None, "no"],
        }
    )
    read = crm.read_feedback(table, WITHOUT, customers=people)
    assert read.summary()["comments"] == 10


def test_few_comments_are_a_table_to_read() -> None:
    read = checked(pd.DataFrame({"text": ["太难吃了，很差"] * 3}))
    assert read.notes[0].key == "feedback.note.few"


@pytest.mark.parametrize(
    ("table", "options", "key"),
    [
        ({"x": ["a"]}, WITHOUT, "data.missing_role"),
        ({"text": []}, WITHOUT, "feedback.no_rows"),
        ({"text": ["a"]}, WITHOUT.replace(label="said"), "feedback.no_column"),
        ({"text": ["a"]}, WITHOUT.replace(mix="said"), "feedback.no_column"),
    ],
)
def test_what_cannot_be_read_is_refused(
    table: dict, options: crm.FeedbackOptions, key: str
) -> None:
    with pytest.raises(crm.AnalysisError) as problem:
        crm.read_feedback(pd.DataFrame(table), options)
    assert problem.value.key == key
    assert problem.value.sentence("zh")
