"""What contacts bring, in a real browser: from what came back to the list with its hold-out."""

import io
from typing import Any

import pandas as pd
from playwright.sync_api import expect

from crm_analysis.wording import say


def test_from_what_came_back_to_a_list_with_a_hold_out(visit: Any) -> None:
    visit.open().sample().go(say("engagement.title")).finished()
    assert "contacts reached" in visit.text()
    expect(visit.keyed("engagement.rates").locator(".main-svg").first).to_be_visible()

    tab(visit, "worked")
    assert say("engagement.claim.experiment") in visit.text()
    expect(
        visit.keyed("engagement.campaigns").locator(".main-svg").first
    ).to_be_visible()

    tab(visit, "how_many")
    assert "The test needs" in visit.text()
    drawn = read(visit.download("engagement.test_arms.file.csv"))
    assert len(drawn) > 1000 and drawn.iloc[:, 1].nunique() == 2

    tab(visit, "whom")
    assert "Customers differ in what the contact does" in visit.text()
    listed = read(visit.download("engagement.contact_list.file.csv"))
    assert set(listed[say("roles.arm")]) == {
        say("engagement.arm.treated"),
        say("engagement.arm.holdout"),
    }

    tab(visit, "when")
    expect(visit.keyed("engagement.hours").locator(".main-svg").first).to_be_visible()
    assert visit.overflow() == 0
    assert not visit.accessibility()


def test_in_chinese_on_a_phone_in_the_dark_it_fits(visits: Any, server: Any) -> None:
    visit = visits(server, language="zh", dark=True, narrow=True).open().sample()
    visit.open("engagement").finished()
    for name in ("sent", "worked", "whom", "when"):
        tab(visit, name)
        assert visit.overflow() == 0, name
        assert not visit.accessibility(), name


def tab(visit: Any, name: str) -> None:
    """Open a tab of the page."""
    head = visit.page.get_by_role(
        "tab", name=say(f"engagement.tab.{name}", visit.language), exact=True
    )
    if head.get_attribute("aria-selected") != "true":
        with visit.doing():
            head.dispatch_event("click")  # on a phone it may lie beside what is seen
    visit.finished()


def read(download: Any) -> pd.DataFrame:
    """A CSV file that was handed over."""
    return pd.read_csv(io.BytesIO(download.path().read_bytes()), encoding="utf-8-sig")
