"""The first minute: the app opens, asks nobody outside, and shows the sample shop."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from crm_analysis.wording import say


@pytest.mark.parametrize(
    ("language", "dark", "narrow"), [("en", False, False), ("zh", True, True)]
)
def test_the_empty_app_opens_with_a_way_to_begin(
    visits: Any, server: Any, language: str, dark: bool, narrow: bool
) -> None:
    visit = visits(server, language=language, dark=dark, narrow=narrow).open()
    expect(visit.page).to_have_title(re.compile(say("frame.product", language)))
    expect(visit.keyed("intake.sample").get_by_role("button")).to_be_visible()
    assert visit.overflow() == 0
    assert not visit.accessibility()


def test_the_language_follows_the_browser_and_can_be_changed(
    visit: Any,
) -> None:
    visit.open()
    visit.says(say("overview.question", "en"))
    visit.pick("frame.language", "中文")
    visit.says(say("overview.question", "zh"))
    visit.again()
    visit.says(say("overview.question", "zh"))


def test_first_request_after_start_may_be_a_deep_link(
    own_server: Any, visits: Any
) -> None:
    own_server.start()
    visit = visits(own_server).open("segments")
    expect(
        visit.page.get_by_test_id("stSidebarNav").get_by_role("link")
    ).not_to_have_count(0)
    visit.says(say("segments.question", "en"))
    expect(visit.keyed("frame.language")).to_be_attached()
    assert "/segments?" in visit.page.url
    assert "does not seem to exist" not in own_server.tail()


def test_the_sample_shop_is_one_click_away_and_survives_a_refresh_and_a_restart(
    own_server: Any, visits: Any
) -> None:
    visit = visits(own_server.start()).open().sample()
    before = visit.go(say("segments.title", "en")).finished().text()
    expect(visit.charts).not_to_have_count(0)
    visit.again().finished().reads(before)
    own_server.kill()
    own_server.start()
    visit.open("segments").finished().reads(before)
    visit.forgive(
        "ERR_CONNECTION|WebSocket|HTTP|console", sure=False
    )  # whether the browser saw the server gone
