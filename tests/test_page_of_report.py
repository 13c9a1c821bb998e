"""The page of the report: chosen by a star or from the list, ordered, kept by name, masked."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from crm_analysis.presentation.report import ENTRIES
from crm_analysis.presentation.ui.report import preview
from crm_analysis.wording import phrases, say
from crm_analysis.workspace import Workspace
from tests.apps import opened, settled
from tests.report_results import FORMATS, said_in, shop_in_a_workspace

PAGE = "pages/act/report.py"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with the shop in which somebody's name was planted."""
    with shop_in_a_workspace(tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture
def here(loaded: Workspace) -> Workspace:
    """The same without what another test has set."""
    for name in list(loaded.settings):
        if name.startswith(("report", "settings.")):
            del loaded.settings[name]
    return loaded


def _take(app: AppTest, *results: str) -> AppTest:
    for result in results:
        app.checkbox(key=f"report.take.{result}").check().run()
    return settled(app)


def _headings(app: AppTest) -> list[str]:
    """The sentences of the findings, in their order."""
    return [one.value for one in app.markdown if one.value.startswith("#### ")]


def test_every_result_with_an_entry_is_called_something_on_the_page() -> None:
    named = {
        key.removeprefix("report.recipe.")
        for key in phrases()
        if key.startswith("report.recipe.")
    }
    assert named == set(ENTRIES)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_findings_are_chosen_ordered_and_taken_out(
    here: Workspace, language: str
) -> None:
    app = opened(PAGE, language, here.id)
    assert _headings(app) == [f"#### {say('report.page.empty', language)}"]
    app = _take(app, "BusinessState", "Changes", "Cohorts")
    assert not app.exception
    assert not app.warning
    before = _headings(app)
    assert len(before) == len(app.get("plotly_chart")) == 3
    assert len(app.get("download_button")) == len(FORMATS)

    app.button(key="report.up.Changes").click().run()
    assert _headings(app) == [before[1], before[0], before[2]]
    app.button(key="report.out.BusinessState").click().run()
    assert _headings(app) == [before[1], before[2]]
    assert not app.checkbox(key="report.take.BusinessState").value
    assert _headings(opened(PAGE, language, here.id)) == [before[1], before[2]]


@pytest.mark.slow
def test_a_star_keeps_the_settings_of_its_page(here: Workspace) -> None:
    """What is set on the page later does not change what was starred."""
    app = opened("pages/understand/value.py", "en", here.id)
    app.slider(key="value.horizon.week").set_value(20).run()
    app = settled(app)
    (star,) = (one for one in app.button if str(one.key).startswith("star.Value."))
    assert star.label == ":material/star:"
    settled(star.click().run())
    assert app.button(key=star.key).label == "⭐"
    settled(app.slider(key="value.horizon.week").set_value(40).run())
    assert not any(one.label == "⭐" for one in app.button)

    app = opened(PAGE, "en", here.id)
    (heading,) = _headings(app)
    assert "the next 20 weeks" in heading
    app.checkbox(key="report.take.Value").uncheck().run()
    settled(app.checkbox(key="report.take.Value").check().run())
    (heading,) = _headings(app)
    assert "the next 40 weeks" in heading  # as the page stands now


@pytest.mark.slow
def test_a_report_kept_by_name_is_made_again_in_another_session(
    here: Workspace,
) -> None:
    app = _take(opened(PAGE, "zh", here.id), "Cohorts", "BusinessState")
    app.text_input(key="report.title").set_value("月报").run()
    app.text_input(key="report.keep_as").set_value("老板").run()
    settled(app.button(key="report.keep").click().run())
    app.text_input(key="report.title").set_value("").run()
    for name in ("Cohorts", "BusinessState"):
        app.button(key=f"report.out.{name}").click().run()

    app = opened(PAGE, "en", here.id)
    assert _headings(app) == [f"#### {say('report.page.empty', 'en')}"]
    app = settled(app.button(key="report.open.老板").click().run())
    first, *others = _headings(app)
    assert first.startswith("#### Revenue")  # what changed comes first
    assert len(others) == 2
    assert app.text_input(key="report.title").value == "月报"
    settled(app.button(key="report.drop.老板").click().run())
    assert not here.saved("report template")


@pytest.mark.slow
def test_what_cannot_be_asked_any_more_is_said_and_left_out(
    here: Workspace,
) -> None:
    here.settings["report_findings"] = [
        {"result": "Uplift"},
        {
            "result": "Plan",
            "question": {
                "verb": "os:system",
                "given": [{"plain": "true"}],
                "named": {},
            },
        },
        {"result": "Cohorts"},
    ]
    app = opened(PAGE, "en", here.id)
    assert not app.exception
    assert [one.value for one in app.warning] == [say("report.page.gone", "en")] * 2
    assert len(_headings(app)) == 1


@pytest.mark.slow
def test_files_are_named_in_the_language_and_name_nobody(
    here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(
        preview.st,
        "download_button",
        lambda label, **named: given.update({named["file_name"]: named["data"]}),
    )
    here.settings["report_findings"] = [
        {"result": name} for name in ("Changes", "Segments", "Offers", "Tiers")
    ]
    opened(PAGE, "zh", here.id)
    assert [name.rpartition(".")[2] for name in given] == list(FORMATS)
    for name, content in given.items():
        assert re.fullmatch(r"客户报告_\d{8}\.\w+", name)
        said = said_in(name.rpartition(".")[2], content())
        assert "Zelda" not in said
        assert "Person 0" not in said


@pytest.mark.slow
def test_only_a_picture_becomes_the_logo(here: Workspace) -> None:
    app = opened(PAGE, "en", here.id)
    upload = app.get("file_uploader")[0]
    settled(upload.set_value(("logo.png", b"GIF89a", "image/png")).run())
    assert say("report.logo_no_picture", "en") in [one.value for one in app.warning]
    assert not here.saved("report logo")
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(picture, "png")
    upload = app.get("file_uploader")[0]
    settled(upload.set_value(("logo.png", picture.getvalue(), "image/png")).run())
    assert here.saved("report logo")
