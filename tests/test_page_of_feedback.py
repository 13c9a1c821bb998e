"""The page of comments: every tab in both languages, what each rung may say, and odd texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis.analyses.feedback.card import card_key, with_labels
from crm_analysis.analyses.feedback.worth import with_value
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import LANGUAGES, Language, say
from crm_analysis.workspace import Workspace, open_workspace
from tests import apps
from tests.apps import opened, settled
from tests.shops import shops, workspaces_of

PAGE = "pages/understand/feedback.py"
CHARTS = {"said": 2, "changed": 2, "aspects": 1, "scores": 2, "leaving": 2}
BAD = (
    "The parcel came late and the cup was broken",
    "Rude answer, awful stale tea",
)
GOOD = ("Lovely tea and quick delivery", "Great cup, friendly service, fair price")
HOSTILE = (
    "=1+1 is what the late delivery cost",
    "# A heading about the broken cup",
    "**bold** words about the stale tea",
    "[a link](http://example.com) to bad quality",
    "<script>alert(1)</script> the parcel was late",
    ":red[danger] $x^2$ great taste",
    "@SUM(A1) rude staff",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with shops(tmp_path_factory) as made:
        yield made


def _texts(count: int) -> list[str]:
    """Good and bad comments in turn, no two alike."""
    return [
        f"{(GOOD if number % 2 else BAD)[number // 2 % 2]}, order {number}"
        for number in range(count)
    ]


def unlabelled() -> pd.DataFrame:
    """Comments with days and no stars."""
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(80), unit="D")
    return pd.DataFrame({"comment": _texts(80), "date": days.strftime("%Y-%m-%d")})


def few() -> pd.DataFrame:
    return pd.DataFrame({"comment": _texts(12), "rating": [1, 5] * 6})


def hostile() -> pd.DataFrame:
    """Comments as attackers and careless people write them, with stars."""
    texts = [f"{text} number {number}" for number in range(40) for text in HOSTILE]
    return pd.DataFrame(
        {
            "comment": texts,
            "rating": [(1, 5, 2, 4)[number % 4] for number in range(len(texts))],
        }
    )


def scores() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer": [f"C{number % 80}" for number in range(100)],
            "date": ["2024-03-01"] * 100,
            "nps": [10] * 50 + [8] * 30 + [3] * 20,
        }
    )


def nothing() -> pd.DataFrame:
    """Templates of a platform alone."""
    return pd.DataFrame(
        {"评论内容": ["此用户没有填写评价。"] * 40, "评分": [5, 1] * 20}
    )


def many() -> pd.DataFrame:
    """More comments without stars than the model reads unasked."""
    return pd.DataFrame(
        {"comment": _texts(2_040), "channel": ["Web", "App"] * 1_020}
    )


TABLES = {
    "many": many,
    "unlabelled": unlabelled,
    "few": few,
    "hostile": hostile,
    "scores": scores,
    "nothing": nothing,
}


@pytest.fixture(scope="module")
def small(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Workspace]]:
    with workspaces_of(tmp_path_factory, TABLES) as made:
        yield made


on_tab = partial(apps.on_tab, "feedback")


def written(app: AppTest) -> list[str]:
    """All that the page says in markdown."""
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.metric]
    return [str(element.value) for element in elements]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_shows_the_sample_shop(
    home: dict[str, str], language: Language
) -> None:
    app = opened(PAGE, language, home[language])
    said = apps.every_tab_stands(app, "feedback", CHARTS, language)
    results = ("Feedback", "Feedback.aspects", "Feedback.changed")
    apps.is_said_in_the_report(said, home[language], *results, language=language)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_stories_planted_in_the_sample_are_told(
    home: dict[str, str], language: Language
) -> None:
    app = on_tab(opened(PAGE, language, home[language]), "leaving", language)
    sentence = next(line for line in written(app) if line.startswith("####"))
    assert say("feedback.aspect.delivery", language) in sentence
    ratio, low, high = map(float, re.findall(r"\d\.\d", sentence)[-3:])
    assert 1.2 < low < ratio < high < 3
    adjusted = say(
        "feedback.joined.line.adjusted", language, ratio=1.3, low=1.1, high=1.6
    )
    assert any(line.startswith(adjusted.split("1.3")[0]) for line in written(app))
    people = next(one.value for one in app.dataframe if "risk" in one.value.columns)
    assert people["risk"].nunique() > len(people) / 2
    on_tab(app, "changed", language)
    month = {"en": "In Dec 2025 ", "zh": "2025年12月的"}[language]
    assert month in next(line for line in written(app) if line.startswith("####"))


@pytest.mark.slow
def test_without_labels_no_share_is_said_until_a_card_is_labelled(
    small: dict[str, Workspace],
) -> None:
    app = opened(PAGE, "en", small["unlabelled"].id)
    for tab in ("said", "changed", "aspects"):
        on_tab(app, tab)
        assert not app.exception
        assert not [text for text in written(app) if "%" in text], tab
        columns = {name for one in app.dataframe for name in one.value.columns}
        assert not columns & {"share", "share_negative", "lo", "hi"}, tab
    on_tab(app, "said")
    for _ in range(21):
        (comment,) = app.text
        side = (
            "negative"
            if "broken" in comment.value or "Rude" in comment.value
            else "positive"
        )
        app.button(key=widget_key("feedback", "card", side)).click().run()
    settled(app.button(key=widget_key("feedback", "card", "use")).click().run())
    assert not app.exception
    assert any("are negative" in text and "%" in text for text in written(app))
    (saved,) = open_workspace(small["unlabelled"].id).saved("comment labels")
    assert len(saved.payload["used"]) == 21
    again = opened(PAGE, "en", small["unlabelled"].id)
    assert any("are negative" in text for text in written(again))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_few_comments_are_a_table_to_read(
    small: dict[str, Workspace], language: Language
) -> None:
    app = opened(PAGE, language, small["few"].id)
    assert not app.exception and not app.get("plotly_chart")
    assert app.dataframe[0].value["text"].tolist() == few()["comment"].tolist()
    for tab in ("changed", "aspects"):
        on_tab(app, tab, language)
        assert not app.exception and not app.get("plotly_chart"), tab


@pytest.mark.slow
def test_under_two_hundred_comments_there_are_words_and_no_topics(
    small: dict[str, Workspace],
) -> None:
    app = opened(PAGE, "en", small["unlabelled"].id)
    assert say("feedback.said.keywords_only", "en") in [
        each.value for each in app.info
    ]
    assert not any("topic" in one.value.columns for one in app.dataframe)


@pytest.mark.parametrize("language", LANGUAGES)
def test_templates_alone_are_counted_and_nothing_is_claimed(
    small: dict[str, Workspace], language: Language
) -> None:
    app = opened(PAGE, language, small["nothing"].id)
    assert not app.exception and not app.get("plotly_chart")
    assert any("40" in text for text in written(app))


@pytest.mark.slow
def test_comments_stand_as_plain_text(small: dict[str, Workspace]) -> None:
    app = opened(PAGE, "en", small["hostile"].id)
    for tab in ("said", "aspects"):
        on_tab(app, tab)
        assert not app.exception
        for text in written(app):
            assert not any(raw in text for raw in HOSTILE), text
            assert "<script" not in text and "](http" not in text
    on_tab(app, "said")
    shown = next(one.value for one in app.dataframe if "text" in one.value.columns)
    assert set(hostile()["comment"]) == set(shown["text"])


@pytest.mark.slow
def test_naughty_strings_are_shown_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, real_data: Path
) -> None:
    strings = real_data / "blns" / "blns.txt"
    lines = [
        line
        for line in strings.read_text("utf-8", errors="replace").split("\n")
        if line.strip() and not line.startswith("#") and line.isprintable()
    ]

    def naughty() -> pd.DataFrame:
        texts = [f"{line} bad tea and late delivery" for line in lines]
        return pd.DataFrame(
            {
                "comment": texts,
                "rating": [1, 5] * (len(texts) // 2) + [3] * (len(texts) % 2),
            }
        )

    with workspaces_of(tmp_path_factory, {"naughty": naughty}) as made:
        app = opened(PAGE, "en", made["naughty"].id)
        for tab in ("said", "aspects"):
            on_tab(app, tab)
            assert not app.exception
            for text in written(app):
                assert (
                    "<script" not in text.lower() and "onerror=" not in text.lower()
                )


def test_scores_without_comments_are_read_alone(
    small: dict[str, Workspace],
) -> None:
    app = opened(PAGE, "en", small["scores"].id)
    assert not app.exception
    assert say("feedback.page.no_text", "en") in [each.value for each in app.info]
    assert any("NPS is 30.0 (1" in text for text in written(app))
    assert next(each.value for each in app.metric) == "30.0"


@pytest.mark.slow
def test_without_customers_the_page_says_what_ids_would_unlock(
    small: dict[str, Workspace],
) -> None:
    app = on_tab(opened(PAGE, "en", small["unlabelled"].id), "leaving")
    assert not app.exception
    (toggle,) = [each.value for each in app.warning]
    assert "column of customer ids" in toggle and "80" in toggle


@pytest.mark.slow
def test_over_two_thousand_comments_the_model_is_asked_for_first(
    small: dict[str, Workspace],
) -> None:
    app = opened(PAGE, "en", small["many"].id)
    assert not app.exception
    toggle = app.toggle(key=widget_key("feedback", "meaning"))
    assert (
        toggle.value is False
        and "2,040" in toggle.label
        and "2 minutes" in toggle.label
    )
    assert any("list of words, which is weak" in text for text in written(app))


@pytest.mark.slow
def test_aspects_as_they_were_edited_are_read(small: dict[str, Workspace]) -> None:
    workspace = open_workspace(small["unlabelled"].id)
    workspace.settings["settings.feedback"] = {
        widget_key("feedback", "aspects"): [
            ["Cups", "cup cups 杯"],
            ["service", "answer"],
        ]
    }
    app = on_tab(opened(PAGE, "en", workspace.id), "aspects")
    table = next(
        one.value for one in app.dataframe if "comments" in one.value.columns
    )
    assert table["aspect"].tolist() == ["Cups", "Service"]
    back = app.button(key=widget_key("feedback", "aspects", "back"))
    settled(back.click().run())
    assert "settings.feedback" not in workspace.settings or not workspace.settings[
        "settings.feedback"
    ].get(widget_key("feedback", "aspects"))


def test_labels_are_found_again_by_the_text() -> None:
    table = pd.DataFrame({"text": ["a", "b", " a "], "label": ["positive", "", ""]})
    labels = {card_key("a"): "negative"}
    assert with_labels(table, labels)["label"].tolist() == [
        "negative",
        "",
        "negative",
    ]
    assert with_labels(table, {})["label"].tolist() == table["label"].tolist()


def test_value_is_joined_by_customer_and_missing_where_not_known() -> None:
    people = pd.DataFrame({"customer": ["x", "y", "x"]})
    value = pd.DataFrame({"customer": ["x", "z"], "value": [2.0, 9.0]})
    worth = with_value(people, value)["expected_value"]
    assert worth.iloc[[0, 2]].tolist() == [2.0, 2.0] and np.isnan(worth.iloc[1])
