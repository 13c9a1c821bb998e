"""The report, in a real browser: a star on a page, the report, its file with the network off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from crm_analysis.wording import say


def test_from_a_star_to_a_file_that_asks_nobody(
    shop: Any, browser: Browser, tmp_path: Path
) -> None:
    visit = shop().open("baskets").finished()
    star = visit.page.locator("[class*=st-key-star-Rules] button").first
    figure = visit.metric("baskets.summary.baskets")
    before = figure.bounding_box()["y"]
    with visit.doing():
        star.click()
    expect(star).to_contain_text("⭐")
    assert figure.bounding_box()["y"] == before

    visit.go(say("report.title", "en")).finished()
    picture = visit.page.locator("[class*=st-key-report-chart-Rules] .main-svg")
    expect(picture.first).to_be_visible()
    visit.pick("frame.language", "中文")
    visit.finished().says(say("report.recipe.Rules", "zh"))
    assert visit.overflow() == 0
    assert not visit.accessibility()
    download = visit.download("report.download.html")
    assert re.fullmatch(r"客户报告_\d{8}\.html", download.suggested_filename)
    download.save_as(tmp_path / "report.html")
    for has_scripts in (True, False):
        _reads_alone(browser, tmp_path / "report.html", has_scripts=has_scripts)


def _reads_alone(browser: Browser, file: Path, *, has_scripts: bool) -> None:
    """The file, without a network, says all and draws its picture, with scripts or without."""
    context = browser.new_context(offline=True, java_script_enabled=has_scripts)
    asked: list[str] = []
    problems: list[object] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda problem: problems.append(problem.error))
    page = context.new_page()
    page.goto(file.as_uri())
    expect(page.locator("h1")).to_have_text(say("report.usual_title", "zh"))
    drawn = ".chart .main-svg" if has_scripts else ".chart > svg rect"
    expect(page.locator(drawn).first).to_be_visible()
    expect(page.locator("summary").first).to_have_text(
        say("report.method_title", "zh")
    )
    assert asked == [file.as_uri()]
    assert not problems
    context.close()
