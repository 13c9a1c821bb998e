"""Figures in sentences and on tiles follow one rule a quantity, in both languages.

The rule stands in `crm_analysis.wording`. What is judged here is what a page says of the sample
shop, whatever phrases it is made of: a new sentence with a figure of another kind fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis.presentation.pages import PAGES
from crm_analysis.screen import PAGES_FOLDER
from crm_analysis.wording import write_number
from tests.apps import opened
from tests.shops import shops

_HAN = "[\u4e00-\u9fff]"
_ACCOUNTS = ("data",)  # what adds up there has every digit
_OWN_DAYS = (
    "engagement",
    "strategy",
)  # campaigns of the sample are named by their month
_FAULTS = {
    "a day or month as a code": r"\b(19|20)\d\d-\d\d\b",
    "half-width signs in Chinese": rf"{_HAN} ?[,;:?!()] ?{_HAN}",
    "a gap in Chinese": rf"{_HAN} {_HAN}",
}
_FIGURE = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d万亿KMB])"
)
_LARGE = 10_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The sample shop in either language."""
    with shops(tmp_path_factory) as made:
        yield made


def _said(app: AppTest) -> list[str]:
    """Sentences and tiles, without what is code."""
    texts = [
        element.value
        for kind in (app.title, app.markdown, app.caption, app.info, app.warning)
        for element in kind
    ]
    texts += [
        f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric
    ]
    return [re.sub(r"`[^`]*`|:\S+?:|\\|\*\*", "", text) for text in texts]


def _faults(texts: list[str], word: str, language: str) -> list[str]:
    together = "\n".join(texts)
    faults = [
        f"{name}: {match[0]}"
        for name, pattern in _FAULTS.items()
        if not (name.startswith("a day") and word in _OWN_DAYS)
        for match in re.finditer(pattern, together)
    ]
    if language == "zh":
        faults += re.findall(r"\d[KMB]\b", together)
    for figure in set(_FIGURE.findall(together)):
        value = float(figure.replace(",", ""))
        digits = figure.replace(",", "").lstrip("0.").replace(".", "")
        is_cents = value < 100 and re.search(r"\.\d\d$", figure)
        is_long = "." in figure and len(digits) > 3 and not is_cents
        if is_long and word not in _ACCOUNTS:
            faults.append(f"too many digits: {figure}")
        shortened = write_number(value, "short", language)
        if value >= _LARGE and shortened in together:
            faults.append(f"two roundings: {figure} and {shortened}")
    return faults


def _shares_as_fractions(app: AppTest) -> list[str]:
    return [
        slider.label
        for slider in app.slider
        if isinstance(slider.max, float)
        and 0 <= slider.min < slider.max <= 1
        and slider.proto.format != "percent"
    ]


def test_the_faults_are_seen() -> None:
    for fault in (
        "在 2025-12 最高",
        "客户,订单",
        "客户 订单",
        "12.345",
        "€59,843 · €59.8K",
    ):
        assert _faults([fault], "value", "en"), fault
    assert _faults(["收入 3.5M"], "value", "zh")
    assert not _faults(["59,843 位客户，71%，2025年12月，2.4万元"], "value", "zh")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("word", [page.word for page in PAGES])
def test_a_page_writes_each_quantity_by_its_rule(
    home: Any, word: str, language: str
) -> None:
    page = next(page for page in PAGES if page.word == word)
    script = f"pages/{page.script.relative_to(PAGES_FOLDER).as_posix()}"
    app = opened(script, language, home[language])
    assert not app.exception
    assert not _faults(_said(app), word, language)
    assert not _shares_as_fractions(app)
