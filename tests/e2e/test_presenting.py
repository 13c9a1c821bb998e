"""Presenting, in a real browser: keys turn the slides, all can be read, nothing is cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from crm_analysis.wording import say
from tests.e2e.visit import Visit

_SIZES = ((3840, 2160), (1920, 1080), (1280, 720))
_SMALLEST = 20  # pixels of a letter
_PICTURES = "[class*=st-key-present-picture-] .main-svg"
# Texts that are smaller than that, or reach beyond the screen.
_UNREADABLE = """smallest => {
    const bad = [];
    const hidden = '[class*=_page], [class*=_space], style, script';
    for (const element of document.querySelectorAll('[data-testid=stMain] *')) {
        const text = [...element.childNodes].filter(node => node.nodeType === 3)
            .map(node => node.textContent.trim()).join('');
        if (!text || element.closest(hidden)) continue;
        const box = element.getBoundingClientRect();
        if (!box.width) continue;
        const size = parseFloat(getComputedStyle(element).fontSize);
        const slide = element.closest('.st-key-present-slide')?.getBoundingClientRect();
        const end = slide ? slide.bottom : innerHeight;
        const cut = box.left < 0 || box.right > innerWidth + 1 || box.bottom > end + 1;
        if (size < smallest || cut) bad.push([text, size, box.right, box.bottom]);
    }
    return bad;
}"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_slides_are_read_from_the_last_row_at_any_size(
    shop: Callable[..., Visit], language: str
) -> None:
    visit = shop(language, dark=language == "zh").open("report").finished()
    results = ("Changes", "Segments")
    for result in results:
        visit.toggle(f"report.take.{result}").finished()
    page = visit.page
    begin = page.get_by_role("link", name=say("report.present.begin", language))
    address = parse_qs(str(begin.get_attribute("href")).lstrip("?"))
    assert address["w"] == [visit.workspace]
    for width, height in _SIZES:
        page.set_viewport_size({"width": width, "height": height})
        visit.open(present=address["present"][0])
        expect(page.locator(".st-key-present-foot")).to_be_visible()
        _is_readable(page)
        for result in results:
            _press(visit, "ArrowRight")
            expect(page.get_by_role("heading", level=1)).to_have_text(
                say(f"report.recipe.{result}", language)
            )
            _is_readable(page)
            _press(visit, "Space")
            expect(
                page.locator(_PICTURES).filter(visible=True).first
            ).to_be_visible()
            expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
            _is_readable(page)
    _press(visit, "ArrowLeft")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    _press(visit, "Escape")
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible()
    assert "present" not in page.url


def _press(visit: Visit, key: str) -> None:
    with visit.doing():
        visit.page.keyboard.press(key)


def _is_readable(page: Page) -> None:
    found: Any = page.evaluate(_UNREADABLE, _SMALLEST)
    assert not found
