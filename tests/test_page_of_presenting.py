"""Presenting: one question a screen, turned by a button, its sliders live, nobody named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis.presentation.report.finding import Chart, Line
from crm_analysis.presentation.ui.handing_on import choice_of
from crm_analysis.presentation.ui.report import cover, slides, stage
from crm_analysis.presentation.ui.report.stylesheet import SCREENS
from crm_analysis.wording import say
from crm_analysis.workspace import Workspace, new_workspace
from tests.apps import ROOT, settled
from tests.report_results import shop_in_a_workspace


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with the shop in which somebody's name was planted."""
    with shop_in_a_workspace(tmp_path_factory.mktemp("home")) as made:
        yield made


def _opened(workspace: Workspace, screen: str, language: str = "en") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["w"] = workspace.id
    app.query_params["lang"] = language
    app.query_params["present"] = screen
    return settled(app.run())


def _chosen(workspace: Workspace, *results: str) -> None:
    workspace.settings["report_findings"] = [choice_of(name) for name in results]


def _says(app: AppTest) -> list[str]:
    return [one.value for one in app.markdown]


def test_bars_that_have_no_room_are_counted_at_the_axis() -> None:
    months = tuple(f"month {number}" for number in range(1, 13))
    whole = Chart("bars", months, (Line("money", (1.0,) * 12),), "Money")
    short = slides.shortened(whole)
    assert short.categories == months[:8] == months[: len(short.lines[0].values)]
    assert short.axis == "Money – the first 8 of 12"
    assert slides.shortened(replace(whole, axis="")).axis == "The first 8 of 12"
    few = replace(whole, categories=months[:8])
    assert slides.shortened(few) is few
    lines = replace(whole, shape="lines")
    assert slides.shortened(lines) is lines


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_question_comes_before_its_answer_and_its_picture(
    loaded: Workspace, language: str
) -> None:
    _chosen(loaded, "Changes", "Cohorts")
    app = _opened(loaded, "1", language)
    assert not app.exception
    assert not app.sidebar.children
    assert f"# {say('report.usual_title', language)}" in _says(app)
    question = say("report.recipe.Changes", language)

    app.button(key="present.forward").click().run()
    assert f"# {question}" in _says(app)
    assert not app.get("plotly_chart")
    app.button(key="present.forward_space").click().run()
    assert question in _says(app)
    assert len(app.get("plotly_chart")) == len(SCREENS) and len(app.metric) == 1
    assert say("report.present.place", language, number=1, count=2) in _says(app)

    for _ in range(5):  # the last answer is where it ends
        app.button(key="present.forward_page").click().run()
    assert say("report.recipe.Cohorts", language) in _says(app)
    app.button(key="present.back").click().run()
    assert f"# {say('report.recipe.Cohorts', language)}" in _says(app)


def test_a_slider_moves_the_answer_and_nothing_else(loaded: Workspace) -> None:
    _chosen(loaded, "Segments", "Changes")
    app = _opened(loaded, "1")
    for _ in range(2):
        app.button(key="present.forward").click().run()
    slider = app.slider(key="present.live.1")
    wanted = slider.value + 1
    before = _says(app)
    slider.set_value(wanted).run()
    app = settled(app)
    assert not app.exception
    after = _says(app)
    assert after != before
    assert any(str(wanted) in text for text in after)
    app.button(key="present.forward").click().run()
    app.button(key="present.back").click().run()
    assert _says(app) == after


def test_what_was_loaded_since_changes_no_slide(loaded: Workspace) -> None:
    _chosen(loaded, "Changes")
    app = _opened(loaded, "1")
    for _ in range(2):
        app.button(key="present.forward").click().run()
    before = _says(app)
    loaded.settings["filter"] = {"segment": None, "start": "2030-01-01"}
    try:
        app.button(key="present.back").click().run()
        app.button(key="present.forward").click().run()
        assert _says(app) == before
    finally:
        del loaded.settings["filter"]


def test_the_speaker_sees_the_slide_that_is_on_and_what_comes_next(
    loaded: Workspace,
) -> None:
    _chosen(loaded, "Changes", "Cohorts")
    app = _opened(loaded, "1")
    for _ in range(2):
        app.button(key="present.forward").click().run()
    notes = _opened(loaded, "notes")
    assert not notes.exception
    said = "\n".join(_says(notes))
    assert say("report.method_title", "en") in said
    following = say("report.recipe.Cohorts", "en")
    assert say("report.present.next", "en", what=following) in said
    app.button(key="present.leave").click().run()
    assert "present" not in app.query_params
    notes.run()
    assert [one.value for one in notes.info] == [
        say("report.present.no_slides", "en")
    ]


def test_nobody_is_named_whatever_the_report_says(loaded: Workspace) -> None:
    _chosen(loaded, "Tiers")
    loaded.settings["settings.report"] = {cover.MASKED: False}
    try:
        app = _opened(loaded, "1")
    finally:
        del loaded.settings["settings.report"]
    assert stage.options().mask_names
    masked = say("report.names_masked", "en", smallest=5)
    assert masked in _says(app)


def test_with_nothing_loaded_it_says_what_to_do(
    loaded: Workspace,
) -> None:
    empty = new_workspace("empty")
    app = _opened(empty, "1")
    assert [one.value for one in app.warning] == [
        say("report.present.nothing", "en")
    ]
