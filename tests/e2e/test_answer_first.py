"""What is seen before scrolling: the answer and its picture, on laptop and desk screens."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from crm_analysis.wording import say

# Pages whose answer is a picture; the first page begins with what to do.
WORDS = (
    "segments",
    "baskets",
    "value",
    "feedback",
    "forecast",
    "churn",
    "engagement",
    "strategy",
)
SIZES = ({"width": 1440, "height": 900}, {"width": 1920, "height": 1080})
_DRAWN = "[data-testid=stMain] .js-plotly-plot:visible"
_SEEN = 180  # pixels of a picture that say what it shows

_PICTURES = """() => [...document.querySelectorAll('[data-testid=stMain] .js-plotly-plot')]
    .filter(picture => picture.checkVisibility())
    .map(picture => picture.getBoundingClientRect())
    .map(box => [box.top, box.height])"""


def _seen(page: Page) -> float:
    """How much of the first picture is in view, in pixels; of a low one as if it were high."""
    boxes: list[tuple[float, float]] = page.evaluate(_PICTURES)
    top, height = boxes[0]
    size = page.viewport_size
    assert size is not None
    return size["height"] - top + max(_SEEN - height, 0)


@pytest.mark.xdist_group("zh")
@pytest.mark.parametrize("reader", ["manager", "analyst"])
def test_answer_and_picture_are_seen_without_scrolling(
    look: Any, reader: str
) -> None:
    visit = look("zh", width=1440, reader=reader)
    lines = visit.open().finished().page.get_by_test_id("stMetricChart").first
    box = lines.bounding_box()
    assert box["y"] + box["height"] <= SIZES[0]["height"], "the first page's lines"
    for word in WORDS:
        visit.open(word).finished()
        expect(visit.page.locator("h4").first).to_be_visible()
        for size in SIZES:
            visit.page.set_viewport_size(size)
            expect(visit.page.locator(_DRAWN).first).to_be_visible()
            assert _seen(visit.page) >= _SEEN, (word, size)
        visit.page.set_viewport_size(SIZES[0])


@pytest.mark.xdist_group("zh")
def test_settings_are_a_fold_away_and_an_analyst_has_them_in_view(
    look: Any,
) -> None:
    visit = look("zh", reader="manager").open("segments").finished()
    label = say("segments.knob.method.label", "zh")
    method = visit.page.get_by_role("combobox", name=label)
    expect(method).to_be_hidden()
    fold = say("frame.settings.title", "zh")
    visit.page.get_by_text(fold, exact=True).click()
    expect(method).to_be_visible()
    with visit.doing():
        visit.page.get_by_role(
            "radio", name=say("frame.reader.analyst", "zh")
        ).click()
    visit.finished()
    expect(method).to_be_visible()
    expect(visit.metric("segments.summary.silhouette")).to_be_visible()
    assert "reader=analyst" in visit.page.url
    assert not visit.accessibility()
