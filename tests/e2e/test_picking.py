"""A box drawn on the map lists who is in it, and a row of that list rings its point."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from crm_analysis.wording import say
from tests.e2e.visit import Visit

MAP, LIST = "segments.map", "segments.picked.table"


@pytest.mark.xdist_group("en")
def test_a_box_filters_the_list_and_a_row_rings_its_point(
    look: Callable[..., Visit],
) -> None:
    visit = look("en", reader="manager").open("segments").finished().draws(MAP)
    picture = visit.keyed(MAP)
    expect(picture.locator(".scatterlayer .trace")).not_to_have_count(0)
    traces = picture.locator(".scatterlayer .trace").count()
    area = picture.locator(".nsewdrag").first
    area.scroll_into_view_if_needed()
    room = area.bounding_box()
    assert room is not None
    x, y = room["x"] + room["width"] / 4, room["y"] + room["height"] / 4
    with visit.doing():
        visit.page.mouse.move(x, y)
        visit.page.mouse.down()
        visit.page.mouse.move(
            x + room["width"] / 2, y + room["height"] / 2, steps=8
        )
        visit.page.mouse.up()
    visit.says(say("segments.picked.clear"))
    title = visit.page.get_by_role("heading").filter(
        has_text=say("segments.picked.title", count=2).split("2 ")[1]
    )
    expect(title).to_be_visible()
    runs = visit.wire.runs

    table = visit.main.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    room = table.bounding_box()
    assert room is not None
    with visit.doing():
        visit.page.mouse.click(room["x"] + 16, room["y"] + 52)
    expect(picture.locator(".scatterlayer .trace")).to_have_count(traces + 1)
    said = title.inner_text()
    visit.says(say("segments.bought"))  # the card of the row
    assert visit.wire.runs == runs  # parts of the page alone were drawn again

    visit.click("segments.picked.clear")
    visit.says_no(said)
    expect(picture.locator(".scatterlayer .trace")).to_have_count(traces)
