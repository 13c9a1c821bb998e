"""Demand ahead, from a deep link to the plan a person takes away."""

import io
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect

from crm_analysis.wording import say
from tests.amounts import figures_in


def test_from_a_deep_link_to_a_plan_set_by_hand(shop: Any) -> None:
    visit = shop().open("forecast").finished()

    # The answer and the picture of it, before anything is asked.
    visit.says(say("forecast.question", "en"))
    visit.says("Over the next 12 months")
    chart = visit.draws("forecast.ahead").keyed("forecast.ahead")
    expect(chart.get_by_text("80% and 95% interval", exact=True)).to_be_visible()
    total = _figure(visit, "forecast.figure.total")

    # A shorter horizon is a smaller sum; the other language says the same.
    visit.press_slider("forecast.horizon.month", *["ArrowLeft"] * 3).finished()
    visit.says("Over the next 9 months")
    shorter = _figure(visit, "forecast.figure.total")
    assert shorter < total
    visit.pick("frame.language", "中文").finished()
    visit.language = "zh"
    visit.says("未来 9 个月的数量")
    assert _figure(visit, "forecast.figure.total") == pytest.approx(shorter)

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


@pytest.mark.xdist_group("en")
def test_every_tab_in_the_dark_on_a_phone_has_no_fault(look: Any) -> None:
    visit = look(dark=True, narrow=True).open("forecast").finished()
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


def _figure(visit: Any, key: Any) -> Any:
    return figures_in(visit.metric(key).inner_text())[0]
