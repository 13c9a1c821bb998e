"""Products bought together in a real browser: from the estimate to the files."""

from typing import Any

import pytest
from playwright.sync_api import expect

from crm_analysis.wording import say
from tests.e2e.visit import read


def test_from_the_sample_shop_to_an_offer(shop: Any) -> None:
    visit = shop().open("baskets").finished()
    expect(visit.charts).not_to_have_count(0)
    visit.says("At a support of 0.2%")
    rules, sure, sets = (
        int(visit.metric(f"baskets.summary.{name}").inner_text().replace(",", ""))
        for name in ("rules", "sure_rules", "itemsets")
    )
    assert 0 < sure <= rules

    visit.tab("baskets", "rules")
    file = read(visit.download("baskets.rules.file.csv"))
    assert len(file) == rules, "the file has the redundant rules too"
    assert file["redundant"].any() and {
        "zhang",
        "p_adjusted",
        "confidence_low",
    } <= set(file.columns)
    visit.pick("baskets.view", say("baskets.view.flow"))
    visit.says("The widest stream")

    visit.tab("baskets", "itemsets")
    assert len(read(visit.download("baskets.itemsets.file.csv"))) == sets

    visit.choose("baskets.support", "1%: 96 sets").finished()
    expect(visit.metric("baskets.summary.itemsets")).to_have_text("96")

    visit.tab("baskets", "offers")
    offers = read(visit.download("baskets.next_best_products.file.csv"))
    assert (offers.groupby("customer").size() == 5).all()
    quality = read(visit.download("baskets.offer_quality.file.csv"))
    assert list(quality["method"]) == ["rules", "best_sellers", "item_cosine"]
    visit.enter("baskets.customer", str(offers["customer"].iloc[0])).finished()

    for other in ("bundles", "groups", "sequences", "frequencies"):
        visit.tab("baskets", other)
        expect(visit.charts, other).not_to_have_count(0)
    visit.again().finished()
    expect(
        visit.metric("baskets.summary.itemsets"), "a refresh keeps settings"
    ).to_have_text("96")
    visit.click("frame.settings.defaults").finished()
    expect(visit.metric("baskets.summary.rules")).to_have_text(f"{rules:,}")
    expect(visit.metric("baskets.summary.sure_rules")).to_have_text(f"{sure:,}")


@pytest.mark.parametrize(
    ("language", "dark", "narrow"),
    [
        pytest.param("en", False, False, marks=pytest.mark.xdist_group("en")),
        pytest.param("zh", True, True, marks=pytest.mark.xdist_group("zh")),
    ],
)
def test_the_page_fits_and_can_be_read_by_all(
    look: Any, language: str, dark: bool, narrow: bool
) -> None:
    visit = look(language, dark=dark, narrow=narrow).open("baskets").finished()
    for name in ("glance", "rules", "frequencies", "offers", "sequences"):
        visit.tab("baskets", name)
        assert visit.overflow() == 0, name
        assert not visit.accessibility(), name
