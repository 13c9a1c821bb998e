"""Every page opened in both languages: empty, and with the sample shop."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.presentation import pages
from crm_analysis.wording import Language, say
from crm_analysis.workspace import (
    close_workspaces,
    new_workspace,
    open_workspace,
)
from tests.apps import ROOT, opened, settled
from tests.shops import shops

PAGES = [page.script.relative_to(ROOT).as_posix() for page in pages.PAGES]

_BEGIN_THEMSELVES = ("overview", "data", "report")  # without a table


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A home of workspaces for this module, with the sample shop loaded in either language."""
    with shops(tmp_path_factory) as made:
        yield made


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_an_empty_workspace_says_how_to_begin(
    home: Any, page: str, language: str
) -> None:
    app = opened(page, language, new_workspace("empty").id)
    assert not app.exception
    word = Path(page).stem
    assert app.title[0].value == say(f"{word}.title", language)
    assert any(button.key == "intake.sample" for button in app.button)
    if word not in _BEGIN_THEMSELVES:  # what would stand there is said
        shown = "\n".join(text.value for text in app.markdown)
        for part in ("picture", "answer", "list"):
            assert say(f"intake.shows.{word}.{part}", language) in shown


@pytest.mark.parametrize("fault", ["gone", "damaged"])
def test_a_workspace_that_is_lost_under_the_app_leaves_the_others(
    home: Any, fault: str
) -> None:
    lost, other = new_workspace("lost"), new_workspace("other")
    app = opened("pages/start/overview.py", "zh", lost.id)
    if fault == "gone":
        shutil.rmtree(lost.folder)
        sentence = say("workspace.unknown", "zh")
    else:
        close_workspaces()
        (lost.folder / "workspace.duckdb").write_bytes(b"nothing" * 9000)
        sentence = say("workspace.damaged", "zh", file="…")[:12]
    app.run()
    assert not app.exception
    assert app.warning[0].value.startswith(sentence)
    offered = {button.key: button for button in app.button}
    assert f"frame.instead.{other.id}" in offered
    offered[f"frame.instead.{other.id}"].click().run()
    assert not app.exception
    assert app.session_state["workspace"] == other.id
    assert app.title


@pytest.fixture(scope="module")
def answers(home: Any) -> Any:
    """A workspace that holds contacts of nobody known, which no page works with."""
    made = new_workspace("answers")
    lines = "\n".join(
        f"{('phone', 'mail')[number % 2]},{('yes', 'no', 'no')[number % 3]},{20 + number % 40}"
        for number in range(60)
    )
    intake.take_in(
        made,
        [
            made.keep_file(
                f"channel,responded,age\n{lines}\n".encode(), "answers.csv"
            )
        ],
    )
    assert [table.kind for table in made.tables()] == ["contacts"]
    return made.id


@pytest.mark.parametrize(
    ("word", "language", "sentence"),
    [
        (
            "segments",
            "en",
            "This page works with orders or customers; what is loaded was read as contacts.",
        ),
        ("baskets", "zh", "此页需要订单数据，而已载入的文件被读作联系记录。"),
        (
            "forecast",
            "en",
            "This page works with orders or demand figures; what is loaded was read as contacts.",
        ),
    ],
)
def test_a_file_that_a_page_cannot_use_is_named_with_what_to_do(
    answers: Any, word: str, language: str, sentence: str
) -> None:
    app = opened(
        next(page for page in PAGES if Path(page).stem == word),
        language,
        answers,
    )
    assert not app.exception
    (told,) = app.info
    assert told.value.startswith(sentence)
    assert (
        "A row of this table" if language == "en" else "每一行代表"
    ) in told.value
    assert not any(link.proto.page == "churn" for link in app.get("page_link"))
    assert app.get("page_link")


@pytest.fixture(scope="module")
def comments(home: Any) -> Any:
    """A workspace that holds comments alone."""
    made = new_workspace("comments")
    lines = "\n".join(
        f"{number},The tea came late and cold on day {number},{1 + number % 5}"
        for number in range(60)
    )
    intake.take_in(
        made,
        [
            made.keep_file(
                f"id,review text,rating\n{lines}\n".encode(), "reviews.csv"
            )
        ],
    )
    assert [table.kind for table in made.tables()] == ["feedback"]
    return made.id


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "There is no page that works with comments yet"),
        ("zh", "目前还没有分析评论的页面"),
    ],
)
def test_a_file_that_no_page_can_use_is_named_with_what_to_do(
    comments: Any, language: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tuple(page for page in pages.PAGES if page.word != "feedback")
    monkeypatch.setattr(
        pages, "PAGES", others
    )  # as before there was one for comments
    app = opened("pages/start/overview.py", language, comments)
    assert not app.exception
    (told,) = app.info
    assert told.value.startswith(sentence)
    (button,) = (
        one
        for one in app.button
        if one.proto.type == "primary" and one.key != "frame.workspace.delete"
    )
    assert button.key == "overview.look_at_data"  # and not the sample shop
    assert settled(button.click().run()).title[0].value == say(
        "data.title", language
    )


# Those that compute for seconds are shown with smaller shops by the tests of their own.
LONG = ("segments", "value", "feedback", "churn", "strategy")


@pytest.mark.parametrize(
    "language", ["en", pytest.param("zh", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow)
        if Path(page).stem in LONG
        else page
        for page in PAGES
    ],
)
def test_a_page_shows_the_sample_shop(home: Any, page: str, language: str) -> None:
    app = opened(page, language, home[language])
    assert not app.exception
    assert not app.warning
    assert app.title[0].value == say(f"{Path(page).stem}.title", language)
    assert app.metric


def test_the_language_is_switched_and_kept_across_pages(home: Any) -> None:
    app = opened("pages/start/overview.py", "en", home["en"])
    app.button_group[0].set_value("zh").run()
    assert app.title[0].value == "本周要事"
    app.switch_page("pages/understand/segments.py").run()
    assert settled(app).title[0].value == "客户细分"
    assert app.query_params["lang"] == "zh"


def test_an_unknown_workspace_in_a_link_opens_another_and_says_so(
    home: Any,
) -> None:
    app = opened("pages/start/overview.py", "en", "../../etc")
    assert not app.exception
    assert "no such workspace" in app.toast[0].value


@pytest.mark.slow
def test_the_samples_are_one_click_away(home: Any) -> None:
    empty = new_workspace("mine")
    app = opened("pages/start/overview.py", "en", empty.id)
    next(
        button for button in app.button if button.key == "intake.sample"
    ).click().run()
    settled(app)
    assert not app.exception
    assert {one.kind for one in open_workspace(empty.id).tables()} == {
        "transactions",
        "customers",
        "contacts",
        "feedback",
    }
    assert app.metric


@pytest.mark.slow
def test_a_workspace_that_another_process_has_open_gets_a_sentence_and_a_way_on(
    home: Any,
) -> None:
    taken = new_workspace("taken")
    close_workspaces()
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, taken.id],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as hold:
        try:
            assert hold.stdout and hold.stdout.readline().strip() == "open"
            app = opened("pages/start/overview.py", "en", taken.id)
            assert not app.exception
            assert "another running copy" in app.warning[0].value
            next(
                button for button in app.button if button.key == "frame.instead.new"
            ).click().run()
            assert app.title[0].value == "This week"
        finally:
            hold.kill()


_HOLD = """
import sys, time
from crm_analysis.workspace import open_workspace
open_workspace(sys.argv[1])
print("open", flush=True)
time.sleep(120)
"""


def with_file(content: Any, name: str) -> Any:
    """A new workspace with this file in it."""
    made = new_workspace(name)
    intake.take_in(made, [made.keep_file(content, name)])
    return made


@pytest.mark.slow
def test_segments_without_money_say_nothing_of_what_they_bring(
    home: Any,
) -> None:
    people = "\n".join(
        f"C{number},{20 + number % 50},{(number % 2) * 60 + number % 7}"
        for number in range(80)
    )
    made = with_file(f"customer_id,age,visits\n{people}\n".encode(), "people.csv")
    app = opened("pages/understand/segments.py", "en", made.id)
    assert not app.exception
    headings = [one.value for one in app.markdown]
    assert (
        f"##### {say('segments.sizes_title', 'en')}" in headings
        and f"##### {say('segments.shares_title', 'en')}" not in headings
    )


@pytest.mark.slow
def test_the_data_page_names_what_cleaning_added_and_writes_whole_numbers_as_such(
    home: Any,
) -> None:
    lines = "\n".join(
        f"R{number},2024-01-{1 + number % 28:02d},tea,"
        f"{900 if number == 50 else 20 + number * 7 % 41}"
        for number in range(200)
    )
    made = with_file(
        f"order_id,date,product,amount\n{lines}\n".encode(), "till.csv"
    )
    app = opened("pages/start/data.py", "zh", made.id)
    app.session_state["data.tabs"] = say("data.tab.quality", "zh")
    shown = settled(app.run()).dataframe[0].value
    added = {
        say("quality.computed", "zh", name=say(f"roles.{name}", "zh"))
        for name in ("is_return", "is_product")
    }
    assert added <= set(shown["column"])
    assert (
        shown.loc[shown["column"] == say("roles.amount", "zh"), "top"]
        .item()
        .startswith("20 (5) · 21 (5) · ")
    )
    app.session_state["data.tabs"] = say("data.tab.ledger", "zh")
    odd = next(
        table.value
        for table in settled(app.run()).dataframe
        if "value" in table.value.columns
    )
    assert odd["value"].tolist() == ["900"]


def test_the_overview_of_orders_that_name_no_customer_says_what_is_missing(
    home: Any,
) -> None:
    lines = "\n".join(
        f"R{number // 2},{('tea', 'jam', 'milk')[number % 3]},{2 + number % 5}"
        for number in range(90)
    )
    made = with_file(
        f"order_id,product,quantity\n{lines}\n".encode(), "counter.csv"
    )
    app = opened("pages/start/overview.py", "en", made.id)
    assert not app.exception
    assert "no column is the customer or date" in app.info[0].value
    assert app.info[0].value.endswith("Works with your file as it is: Baskets.")
    assert [link.proto.page for link in app.get("page_link")] == [
        "data",
        "baskets",
    ]
    assert {one.label: one.value for one in app.metric} == {
        "Items": "360",
        "Orders": "45",
        "Per order": "8",
    }
    details = {
        "column": "product",
        "name": "tea",
        "share": 1 / 3,
        "measure": "quantity",
    }
    assert f"##### {say('overview.sales.part_even', 'en', **details)}" in [
        one.value for one in app.markdown
    ]


def test_of_many_values_that_have_the_same_none_brings_most(home: Any) -> None:
    lines = "\n".join(f"R{number},item {number % 40},1" for number in range(120))
    made = with_file(
        f"order_id,product,quantity\n{lines}\n".encode(), "counter.csv"
    )
    app = opened("pages/start/overview.py", "en", made.id)
    titles = [text.value for text in app.markdown if "By product" in text.value]
    assert len(titles) == 1 and "about the same everywhere" in titles[0]


def test_a_change_that_is_written_as_none_is_neither_good_nor_bad() -> None:
    def drawn() -> None:
        from crm_analysis.presentation.ui.blocks import figures

        figures(
            [
                {"label": "overview.month", "value": 5000, "delta": delta}
                for delta in (0.0004, -0.0004, 0.04)
            ]
        )

    app = AppTest.from_function(drawn).run()
    assert not app.exception
    still, back, up = (one.proto for one in app.metric)
    assert (still.delta, back.delta, up.delta) == ("0%", "0%", "4%")
    assert still.color == back.color != up.color
    assert still.direction == back.direction != up.direction


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_unsure_encoding_is_a_warning_by_the_rows(
    home: Any, language: Language
) -> None:
    lines = "".join(f"{number};Soppressà;{number}.5\n" for number in range(3))
    made = with_file(f"id;name;amount\n{lines}".encode("cp1252"), "few.csv")
    tab = say("data.tab.reading", language)
    app = opened("pages/start/data.py", language, made.id, **{"data.tabs": tab})
    shown = settled(app)
    (warning,) = [box.value for box in shown.warning if "cp1252" in box.value]
    assert not any(warning in text.value for text in shown.markdown)
