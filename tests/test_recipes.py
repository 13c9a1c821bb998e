"""CONTRIBUTING's recipe for a page, followed from the outside; the others stand with their rooms.

A language: test_wording. A method: test_segments and test_forecast_models. A role: test_roles.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crm_analysis import intake, wording
from crm_analysis.presentation import pages
from crm_analysis.workspace import close_workspaces, new_workspace
from tests.apps import opened

_SCRIPT = """
import streamlit as st
from crm_analysis.presentation import ui

ui.heading("loyalty")
st.text(f"{len(ui.table('transactions').value)} lines")
"""
_PHRASES = """
title = { en = "Loyalty", zh = "忠诚度" }
question = { en = "Who stays with us?", zh = "谁会一直光顾？" }
"""


def _forget_phrases() -> None:
    for function in (wording.phrases, wording.phrases_of, wording._written):
        function.cache_clear()


@pytest.fixture
def loyalty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pages.Page:
    """A page made by the recipe: a script, an entry, its phrases."""
    script = tmp_path / "pages" / "understand" / "loyalty.py"
    script.parent.mkdir(parents=True)
    script.write_text(_SCRIPT, encoding="utf-8")
    phrases = tmp_path / "phrases"
    shutil.copytree(wording._FOLDER, phrases)
    (phrases / "loyalty.toml").write_text(_PHRASES, encoding="utf-8")
    needs = {"transactions": (frozenset({"customer", "date"}),)}
    page = pages.Page(
        "loyalty",
        "understand",
        ":material/favorite:",
        needs,
        folder=tmp_path / "pages",
    )
    monkeypatch.setattr(pages, "PAGES", (*pages.PAGES, page))
    monkeypatch.setattr(wording, "_FOLDER", phrases)
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    _forget_phrases()
    yield page
    close_workspaces()
    monkeypatch.undo()
    _forget_phrases()


def test_a_page_is_a_script_an_entry_and_its_phrases(
    loyalty: pages.Page,
) -> None:
    shop = new_workspace("shop")
    empty = opened(str(loyalty.script), "zh", shop.id)
    assert not empty.exception
    assert empty.title[0].value == "忠诚度"
    assert any(button.key == "intake.sample" for button in empty.button)

    name, path = intake.sample_files("en")[0]
    intake.take_in(shop, [shop.keep_file(path, name)])
    app = opened(str(loyalty.script), "en", shop.id)
    assert not app.exception
    assert (app.title[0].value, app.markdown[0].value) == (
        "Loyalty",
        "Who stays with us?",
    )
    assert app.text[0].value == "21992 lines"
    overview = opened("pages/start/overview.py", "en", shop.id)
    assert "loyalty" in [link.proto.page for link in overview.get("page_link")]
