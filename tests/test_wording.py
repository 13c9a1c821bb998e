"""Phrases and numbers in both languages."""

from __future__ import annotations

import datetime

import pytest

from crm_analysis import wording
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import say, write_number


@pytest.mark.parametrize(
    ("value", "style", "english", "chinese"),
    [
        (1234567, "number", "1,234,567", "1,234,567"),
        (1234.5, "number", "1,234", "1,234"),
        (12.345, "number", "12.34", "12.34"),
        (1234.567, "number2", "1,234.57", "1,234.57"),
        (1434000, "short", "1.4M", "143.4万"),
        (0.1234, "percent", "12%", "12%"),
        (0.1234, "percent1", "12.3%", "12.3%"),
        (None, "number", "–", "–"),
        (float("nan"), "percent", "–", "–"),
        (float("inf"), "short", "–", "–"),
    ],
)
def test_numbers_are_written_as_the_language_does(value, style, english, chinese):
    assert (write_number(value, style, "en"), write_number(value, style, "zh")) == (
        english,
        chinese,
    )


@pytest.fixture
def phrase(monkeypatch):
    """Say one made-up phrase."""

    def made(english: str, chinese: str = "", **details) -> str:
        monkeypatch.setattr(
            wording,
            "phrases",
            lambda: {"x.y": {"en": english, "zh": chinese}, "role.a": {"en": "alpha", "zh": "甲"}},
        )
        return say("x.y", "zh" if chinese else "en", **details)

    return made


def test_a_phrase_fills_in_its_details(phrase):
    assert phrase("{n:number} {n:plural:row|rows}", n=1) == "1 row"
    assert phrase("{n:number} {n:plural:row|rows}", n=2000) == "2,000 rows"
    assert phrase("{items:list}", items=["a", "b", "c"]) == "a, b, and c"
    assert phrase("x", "{items:list}", items=["a", "b", "c"]) == "a、b和c"
    assert phrase("{items:either}", items=["a", "b"]) == "a or b"
    assert phrase("x", "{items:either:role}", items=["a", "b"]) == "甲或b"
    assert phrase("{name:quote}", name="A & B") == "“A & B”"
    assert phrase("x", "{name:quote}", name="甲") == "「甲」"
    assert phrase("{day:date}", day=datetime.date(2024, 1, 5)) == "Jan 5, 2024"
    assert phrase("x", "{day:date}", day="2024-01-05T10:00:00") == "2024年1月5日"
    assert phrase("x", "{day:month}", day="2024-01-05") == "2024年1月"
    assert phrase("{what:phrase:role}", what="a") == "alpha"
    assert phrase("{what:phrase:role}", what="unknown") == "unknown"


def test_text_from_a_file_is_never_read_as_a_template(phrase):
    assert phrase("{name}", name="{0.__class__}") == "{0.__class__}"


def test_an_error_says_its_sentence_in_either_language():
    problem = AnalysisError("data.missing_role", role="amount")
    assert "the amount" in str(problem)
    assert "“金额”" in problem.sentence("zh")


def test_lists_may_be_of_phrases(phrase):
    assert phrase("{all:list:role}", all=["a", "b"]) == "alpha and b"


def test_where_marks_are_rendered_only_the_text_from_files_is_escaped(monkeypatch):
    monkeypatch.setattr(
        wording,
        "phrases",
        lambda: {
            "x.y": {"en": "**{name}** {name:quote} {n:number} {what:phrase:role}"},
            "role.a": {"en": "*alpha*"},
        },
    )
    said = wording.say_marked(
        "x.y", "en", lambda text: text.replace("*", r"\*"), name="a*b", n=3, what="a"
    )
    assert said == r"**a\*b** “a\*b” 3 *alpha*"
