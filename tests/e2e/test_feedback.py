"""What customers say, in a real browser: from the share to the list of whom we may lose."""

from __future__ import annotations

from typing import Any

import pytest

from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import say
from tests.e2e.visit import read

TABS = ("said", "changed", "aspects", "scores", "leaving")


def test_from_what_they_say_to_the_list_of_whom_we_may_lose(shop: Any) -> None:
    visit = shop().open("feedback").finished()
    visit.says("comments that were read are negative")
    visit.says("Sentiment is learnt from")
    visit.draws("feedback.topics")
    comments = read(visit.download("feedback.comments.file.csv"))
    assert len(comments) == 900
    assert set(comments[say("feedback.column.status")]) >= {"read"}

    visit.tab("feedback", "changed")
    visit.says("In Dec 2025")
    visit.draws("feedback.months_chart")

    visit.tab("feedback", "aspects")
    bars = visit.keyed("feedback.aspects_chart").locator(".bars .point path")
    bars.first.scroll_into_view_if_needed()
    with visit.doing():
        bars.first.click(force=True)
    clauses = read(visit.download("feedback.clauses.file.csv"))
    assert set(clauses[say("feedback.column.sentiment")]) == {"negative"}
    assert clauses[say("feedback.column.aspect")].nunique() == 1
    each = read(visit.download("feedback.aspects_table.file.csv"))
    examples = each[say("feedback.column.negative_clauses")].str.split("\n")
    assert examples.str.len().max() == 3
    shown = set(clauses[say("feedback.column.clause")])
    assert any(shown.issuperset(cell) for cell in examples.dropna())

    visit.tab("feedback", "scores")
    visit.says("NPS is")

    visit.tab("feedback", "leaving")
    visit.says("Delivery complaints", "times as often")
    listed = read(visit.download("feedback.list.file.csv"))
    assert listed[say("feedback.column.customer")].is_unique and len(listed) > 50
    assert visit.overflow() == 0
    assert not visit.accessibility()


def test_comments_without_stars_are_labelled_by_clicks_and_then_counted(
    visits: Any, server: Any
) -> None:
    visit = visits(server, language="zh")
    good, bad = "茶叶很香，送货很快", "杯子碎了，客服态度很差"
    lines = [
        f"{(good if number % 2 else bad)}，第{number}单,网店"
        for number in range(60)
    ]
    content = "\n".join(["评论内容,渠道", *lines]).encode()
    visit.open().open("data").upload(
        {"name": "评论.csv", "mimeType": "text/csv", "buffer": content}
    )
    visit.go(say("feedback.title", "zh")).finished()
    visit.says_no("%")
    card = widget_key("feedback", "card")
    for _ in range(20):
        shown = visit.main.get_by_test_id("stText").inner_text()
        visit.click(f"{card}.{'negative' if '碎' in shown else 'positive'}")
    visit.click(f"{card}.use").finished()
    visit.says("为负面", "%")
    visit.again().finished()
    visit.says("为负面")


@pytest.mark.xdist_group("zh")
def test_in_chinese_on_a_phone_in_the_dark_it_fits(look: Any) -> None:
    visit = look("zh", dark=True, narrow=True).open("feedback").finished()
    for name in TABS:
        visit.tab("feedback", name)
        assert visit.overflow() == 0, name
        assert not visit.accessibility(), name
