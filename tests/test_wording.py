"""Phrases and numbers in both languages."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm_analysis import privacy, wording
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.units import Amount
from crm_analysis.wording import say, write_number
from crm_analysis.workspace import close_workspaces, new_workspace
from tests.apps import opened


@pytest.mark.parametrize(
    ("value", "style", "english", "chinese"),
    [
        (1234567, "number", "1,234,567", "1,234,567"),
        (1234.5, "number", "1,234", "1,234"),
        (12.345, "number", "12.3", "12.3"),
        (1.2345, "number", "1.23", "1.23"),
        (12.345, "number_full", "12.34", "12.34"),
        (59843, "number", "59,843", "59,843"),
        (9999.7, "number", "10,000", "10,000"),
        (1234.567, "number2", "1,234.57", "1,234.57"),
        (1434000, "short", "1.43M", "143万"),
        (1640000, "short", "1.64M", "164万"),
        (293_400_000, "short", "293M", "2.93亿"),
        (9999.4, "short", "9,999", "9,999"),
        (9999.7, "short", "10K", "1万"),
        (99_996, "money", "100K", "10万"),
        (59843, "money", "59.8K", "5.98万"),
        (59843, "money_full", "59,843", "59,843"),
        (12.5, "money", "12.50", "12.50"),
        (-59843, "measure", "-59.8K", "-5.98万"),
        (0.1234, "percent", "12%", "12%"),
        (0.1234, "percent1", "12.3%", "12.3%"),
        (None, "number", "–", "–"),
        (float("nan"), "percent", "–", "–"),
        (float("inf"), "short", "–", "–"),
    ],
)
def test_numbers_are_written_as_the_language_does(
    value: Any, style: str, english: str, chinese: str
) -> None:
    assert (
        write_number(value, style, "en"),
        write_number(value, style, "zh"),
    ) == (
        english,
        chinese,
    )


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("CNY", "5.98万元"),
        ("EUR", "€5.98万"),
        ("万元", "59,843\xa0万元"),
        ("k€", "59,843\xa0k€"),
        ("kg", "5.98万\xa0kg"),
    ],
)
def test_a_unit_of_thousands_is_not_shortened_once_more(
    unit: str, written: str
) -> None:
    with wording.money_in(unit):
        assert write_number(59843, "money", "zh") == written


QUOTE = wording.phrases()["frame.quote"]
POINTS = wording.phrases()["frame.points"]


@pytest.fixture
def phrase(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Say one made-up phrase."""

    def made(english: str, chinese: str = "", **details: Any) -> str:
        texts = {
            "x.y": {"en": english, "zh": chinese},
            "role.a": {"en": "alpha", "zh": "甲"},
            "frame.quote": QUOTE,
            "frame.points": POINTS,
        }
        monkeypatch.setattr(wording, "phrases_of", lambda word: texts)
        return say("x.y", "zh" if chinese else "en", **details)

    return made


def test_a_phrase_fills_in_its_details(phrase: Any) -> None:
    assert phrase("{n:number} {n:plural:row|rows}", n=1) == "1 row"
    assert phrase("{n:number} {n:plural:row|rows}", n=2000) == "2,000 rows"
    assert phrase("{items:list}", items=["a", "b", "c"]) == "a, b, and c"
    assert phrase("x", "{items:list}", items=["a", "b", "c"]) == "a、b和c"
    assert phrase("{items:either}", items=["a", "b"]) == "a or b"
    assert phrase("x", "由 {n:money} 升至 {n:money} 的", n=59843) == (
        "由 5.98万升至 5.98万的"
    )
    assert phrase("x", "{n:number} 位", n=59843) == "59,843 位"
    assert phrase("x", "{n:points}", n=-0.031) == "-3.1 个百分点"
    assert phrase("{all:list:date}", all=["2024-01-05"]) == "Jan 5, 2024"
    assert phrase("x", "{items:either:role}", items=["a", "b"]) == "甲或b"
    assert phrase("{name:quote}", name="A & B") == "“A & B”"
    assert phrase("x", "{name:quote}", name="甲") == "“甲”"
    assert phrase("{day:date}", day=datetime.date(2024, 1, 5)) == "Jan 5, 2024"
    assert phrase("x", "{day:date}", day="2024-01-05T10:00:00") == "2024年1月5日"
    assert phrase("x", "{day:month}", day="2024-01-05") == "2024年1月"
    assert phrase("{what:phrase:role}", what="a") == "alpha"
    assert phrase("{what:phrase:role}", what="unknown") == "unknown"


def test_text_from_a_file_is_never_read_as_a_template(phrase: Any) -> None:
    assert phrase("{name}", name="{0.__class__}") == "{0.__class__}"


def test_an_error_says_its_sentence_in_either_language() -> None:
    problem = AnalysisError("data.missing_role", role="amount")
    assert "the amount" in str(problem)
    assert "“金额”" in problem.sentence("zh")


def test_lists_may_be_of_phrases(phrase: Any) -> None:
    assert phrase("{all:list:role}", all=["a", "b"]) == "alpha and b"


def test_lists_may_be_of_messages(phrase: Any) -> None:
    message = Message("x.y", {"all": ["b", "c"]})
    assert phrase("({all:list})", all=[message, "d"]) == "((b and c) and d)"


def test_where_marks_are_rendered_only_the_text_from_files_is_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        wording,
        "phrases_of",
        lambda word: {
            "x.y": {"en": "**{name}** {name:quote} {n:number} {what:phrase:role}"},
            "role.a": {"en": "*alpha*"},
            "frame.quote": QUOTE,
            "frame.points": POINTS,
        },
    )
    said = wording.say_marked(
        "x.y",
        "en",
        lambda text: text.replace("*", r"\*"),
        name="a*b",
        n=3,
        what="a",
    )
    assert said == r"**a\*b** “a\*b” 3 *alpha*"


def test_a_unit_that_a_file_wrote_is_no_mark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phrases = {"x.y": {"en": "{first}, all {second} and {n:money}"}}
    monkeypatch.setattr(wording, "phrases_of", lambda word: phrases)
    income = {"first": Amount(47.6, "k$"), "second": Amount(60.5, "k$")}
    with wording.money_in("US$"):
        said = wording.say_marked(
            "x.y", "en", privacy.escape_markdown, n=-3, **income
        )
    assert said.replace("\u00a0", " ") == r"47.6 k\$, all 60.5 k\$ and -3 US\$"


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A folder of phrases with a third language beside the two that every file has."""
    folder = tmp_path / "phrases"
    shutil.copytree(wording._FOLDER, folder)
    (folder / "de").mkdir()
    (folder / "de" / "overview.toml").write_text(
        'title = "Überblick"\n', encoding="utf-8"
    )
    (folder / "de" / "frame.toml").write_text(
        'quote = "„{text}“"\n[workspace]\nnew = "Neuer Arbeitsbereich"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(wording, "_FOLDER", folder)
    cached = (
        *(wording.languages, wording.phrases),
        *(wording.phrases_of, wording._written),
    )
    for function in cached:
        function.cache_clear()
    yield
    monkeypatch.undo()
    for function in cached:
        function.cache_clear()


def test_a_folder_of_phrases_is_a_language(german: Any) -> None:
    assert wording.languages() == ("en", "zh", "de")
    assert wording.language_name("de") == "Deutsch"
    assert say("overview.title", "de") == "Überblick"
    assert say("overview.title", "zh") == "本周要事"
    assert (
        say("frame.cancel", "de") == "Cancel"
    )  # what the folder lacks is said in English
    assert write_number(1234567.5, "short", "de") == "1,23\xa0Mio."
    assert write_number(0.1234, "percent1", "de") == "12,3\xa0%"


def test_a_page_speaks_a_language_that_is_only_a_folder(
    german: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    app = opened("pages/start/overview.py", "de", new_workspace("leer").id)
    close_workspaces()
    assert not app.exception
    assert app.title[0].value == "Überblick"
    (choice,) = (
        widget
        for widget in app.get("button_group")
        if "Deutsch" in str(widget.proto)
    )
    assert "中文" in str(choice.proto)


def test_plural_forms_follow_the_categories_of_the_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = {
        "x.y": {
            "en": "{n:number} {n:plural:file|files}",
            "ru": "{n:number} {n:plural:файл|файла|файлов|файла}",
        }
    }
    monkeypatch.setattr(wording, "phrases_of", lambda word: texts)
    assert [say("x.y", "en", n=n) for n in (0, 1, 2)] == [
        "0 files",
        "1 file",
        "2 files",
    ]
    assert [say("x.y", "ru", n=n) for n in (1, 3, 5)] == [
        "1 файл",
        "3 файла",
        "5 файлов",
    ]
    assert say("x.y", "en", n=1.0) == "1 file"


def test_quotes_are_those_of_the_language(german: Any) -> None:
    problem = AnalysisError("data.missing_role", role="amount")
    assert problem.sentence("de") == problem.sentence("en")
    assert "„A & B“" in wording._Speaker("de", str).format(
        "{name:quote}", name="A & B"
    )
