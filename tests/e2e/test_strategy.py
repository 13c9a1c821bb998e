"""The plan, in a real browser: from the budget to the reason, the list and its file."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import say
from tests.e2e.visit import read

TABS = ("todo", "worth", "limits", "customer", "left_out")


def test_from_the_budget_to_why_a_customer_and_the_list(shop: Any) -> None:
    visit = shop().open("strategy").finished()
    picture = visit.keyed("strategy.actions_chart").locator(".main-svg").first
    expect(picture).to_be_visible()
    assert picture.bounding_box()["y"] < 800  # above the fold
    before = read(visit.download("strategy.list.file.csv"))

    visit.press_slider(widget_key("strategy", "budget"), "ArrowLeft").finished()
    listed = read(visit.download("strategy.list.file.csv"))
    assert listed[say("strategy.column.customer")].is_unique
    assert 0 < len(listed) < len(before)
    assert set(listed[say("strategy.column.arm")]) == {
        say("strategy.arm.treated"),
        say("strategy.arm.holdout"),
    }

    visit.tab("strategy", "limits")
    visit.says("The next", "of budget bring")
    visit.tab("strategy", "what_if")
    files = "strategy.what_if.list.file.csv"
    at_present = read(visit.download(files))
    front = visit.page.locator("[class*='st-key-strategy-what_if-point']")
    curve = front.locator(".scatterlayer .js-line").first
    box = curve.bounding_box()
    assert box is not None
    # A fifth of the way to the right, where most of the profit is there already.
    there = {"x": 0.21 * box["width"], "y": 0.215 * box["height"]}
    curve.hover(position=there, force=True)
    expect(front.locator(".hoverlayer .hovertext").first).to_be_visible()
    curve.click(position=there, force=True)
    listed_there = say("strategy.what_if.list", customers=len(at_present))
    expect(visit.page.get_by_text(listed_there)).to_have_count(0)
    assert len(read(visit.download(files))) < len(at_present)

    visit.tab("strategy", "customer")
    visit.says("is left.")
    assert visit.overflow() == 0
    assert not visit.accessibility()


@pytest.mark.xdist_group("zh")
def test_in_chinese_on_a_phone_in_the_dark_it_fits(look: Any) -> None:
    visit = look("zh", dark=True, narrow=True).open("strategy").finished()
    for name in TABS:
        visit.tab("strategy", name)
        assert visit.overflow() == 0, name
        assert not visit.accessibility(), name
