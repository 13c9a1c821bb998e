"""Who is leaving, from a deep link to the list a person takes away and the model that is kept."""

import io
from typing import Any

import pandas as pd
from playwright.sync_api import expect

from crm_analysis.wording import say


def test_from_a_deep_link_to_a_list_and_a_model_kept(
    visits: Any, server: Any
) -> None:
    shop = visits(server).open().sample()
    link = shop.page.url.partition("?")[2]
    shop.workspace = None  # the link names it
    visit = shop.open(f"churn?{link}").finished()

    # The answer, how sure it is, and who, before anything is asked.
    assert say("churn.question", "en") in visit.text()
    assert "are at risk of leaving" in visit.text()
    assert "Tried on customers the model had not seen" in visit.text()
    expect(visit.keyed("churn.gain").locator(".main-svg").first).to_be_visible()
    auc = _figure(visit, "churn.figure.auc")

    # An offer that works more often earns more, and no model was fitted for that.
    _tab(visit, "campaign")
    profit = float(_figure(visit, "churn.figure.profit").replace(",", ""))
    visit.press_slider(
        "churn.offer.MoneyOptions.success", *["ArrowRight"] * 5
    ).finished()
    assert float(_figure(visit, "churn.figure.profit").replace(",", "")) > profit
    assert _figure(visit, "churn.figure.auc") == auc

    # In Chinese the settings stay, and the list to act on is in Chinese too.
    with visit.doing():
        visit.page.get_by_text("中文", exact=True).click()
    visit.language = "zh"
    visit.finished()
    assert say("churn.question", "zh") in visit.text()
    _tab(visit, "contact_list")
    content = visit.download("churn.list_file.csv").path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    listed = pd.read_csv(io.BytesIO(content))
    assert set(listed[say("churn.column.group", "zh")]) == {
        say("retention.group.contact", "zh"),
        say("retention.group.holdout", "zh"),
    }
    assert {"Name", "Email"} <= set(listed.columns) and listed[
        say("churn.column.reasons", "zh")
    ].notna().all()

    # The model is kept, found again after F5, and applied.
    _tab(visit, "saved_model")
    visit.enter("churn.keep_name", "spring")
    visit.click("churn.model_keep").finished()
    visit.again().finished()
    _tab(visit, "saved_model")
    visit.click("churn.open.spring").finished()
    assert say("churn.saved_model.drift_stable", "zh") in visit.text()
    assert visit.overflow() == 0
    assert not visit.accessibility()


def test_on_a_phone_the_answer_fits(visits: Any, server: Any) -> None:
    visit = visits(server, narrow=True).open().sample()
    link = visit.page.url.partition("?")[2]
    visit.workspace = None
    visit.open(f"churn?{link}").finished()
    assert "are at risk of leaving" in visit.text()
    assert visit.overflow() == 0


def _figure(visit: Any, label: Any) -> Any:
    cards = visit.page.get_by_test_id("stMetric").filter(
        has_text=say(label, visit.language)
    )
    return cards.first.get_by_test_id("stMetricValue").inner_text()


def _tab(visit: Any, name: str) -> None:
    with visit.doing():
        visit.page.get_by_role(
            "tab", name=say(f"churn.tab.{name}", visit.language), exact=True
        ).click()
    visit.finished()
