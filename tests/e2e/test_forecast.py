"""Demand ahead, from a deep link to the plan a person takes away."""

import io
from typing import Any

import pandas as pd
from playwright.sync_api import expect

from crm_analysis.wording import say


def test_from_a_deep_link_to_a_plan_set_by_hand(visits: Any, server: Any) -> None:
    visit = _shop(visits(server))

    # The answer and the picture of it, before anything is asked.
    visit.says(say("forecast.question", "en"))
    visit.says("Over the next 12 months")
    chart = visit.draws("forecast.ahead").keyed("forecast.ahead")
    expect(chart.get_by_text("95% interval", exact=True)).to_be_visible()
    total = _figure(visit, "forecast.figure.total")

    # A shorter horizon is a smaller sum; the other language says the same.
    visit.press_slider("forecast.horizon.month", *["ArrowLeft"] * 3).finished()
    visit.says("Over the next 9 months")
    shorter = _figure(visit, "forecast.figure.total")
    assert shorter < total
    visit.pick("frame.language", "中文").finished()
    visit.language = "zh"
    visit.says("未来 9 个月的数量")
    assert _figure(visit, "forecast.figure.total") == shorter

    # One period set by hand, with a note; it is there after a refresh and in the file.
    visit.tab("forecast", "planning")
    visit.enter("forecast.override_value", "4321")
    visit.enter("forecast.override_note", "展会")
    visit.click("forecast.save_override").finished()
    visit.again().finished()
    visit.says(say("forecast.tab.planning", "zh"), "1 期为手工设定")
    visit.tab("forecast", "export")
    content = visit.download("forecast.long_file.csv").path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    long = pd.read_csv(io.BytesIO(content))
    mine = long[long[say("forecast.column.note", "zh")] == "展会"]
    assert mine[say("forecast.column.value", "zh")].tolist() == [4321.0]

    assert visit.overflow() == 0
    assert not visit.accessibility()


def test_every_tab_in_the_dark_on_a_phone_has_no_fault(
    visits: Any, server: Any
) -> None:
    visit = _shop(visits(server, dark=True, narrow=True))
    for tab in (
        "ahead",
        "accuracy",
        "anomalies",
        "inventory",
        "planning",
        "export",
    ):
        visit.tab("forecast", tab)
        assert visit.overflow() == 0, tab
        assert not visit.accessibility(), tab


def _shop(visit: Any) -> Any:
    """The sample shop, by a link to the page."""
    shop = visit.open().sample().page.url.partition("?")[2]
    visit.workspace = None  # the link names it
    return visit.open(f"forecast?{shop}").finished()


def _figure(visit: Any, key: Any) -> Any:
    return float(visit.metric(key).inner_text().replace(",", ""))
