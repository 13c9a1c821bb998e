"""Figures in sentences and on tiles follow one rule a quantity (`tests.figures_said`).

Pages whose own tests open every tab are judged there: the loaded shop is computed once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crm_analysis.presentation.pages import PAGES
from crm_analysis.screen import PAGES_FOLDER
from tests.apps import opened
from tests.figures_said import faults, faults_of_texts
from tests.shops import shops

_JUDGED_THERE = ("churn", "engagement", "feedback", "strategy")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The sample shop in either language."""
    with shops(tmp_path_factory) as made:
        yield made


def test_the_faults_are_seen() -> None:
    for fault in (
        "在 2025-12 最高",
        "客户,订单",
        "客户 订单",
        "12.345",
        "€59,843 · €59.8K",
    ):
        assert faults_of_texts([fault], "value", "en"), fault
    assert faults_of_texts(["收入 3.5M"], "value", "zh")
    assert not faults_of_texts(
        ["59,843 位客户，71%，2025年12月，2.4万元"], "value", "zh"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "word", [page.word for page in PAGES if page.word not in _JUDGED_THERE]
)
def test_a_page_writes_each_quantity_by_its_rule(home: Any, word: str) -> None:
    page = next(page for page in PAGES if page.word == word)
    script = f"pages/{page.script.relative_to(PAGES_FOLDER).as_posix()}"
    app = opened(script, "zh", home["zh"])
    assert not app.exception
    assert not faults(app, word, "zh")
