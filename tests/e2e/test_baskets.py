"""Products bought together in a real browser: from the estimate to the files."""

import io
from typing import Any

import pandas as pd
import pytest

from crm_analysis.wording import say


def test_from_the_sample_shop_to_an_offer(visit: Any) -> None:
    visit.open().sample().go(say("baskets.title")).finished()
    page = visit.page
    assert page.get_by_test_id("stPlotlyChart").count()
    assert "At a support of 0.2%" in visit.text()
    (rules, sure), (sets,) = (
        [
            int(part.replace(",", ""))
            for part in metric(visit, f"baskets.summary.{name}").split(" / ")
        ]
        for name in ("rules", "itemsets")
    )
    assert 0 < sure <= rules

    tab(visit, "rules")
    file = read(visit.download("baskets.rules.file.csv"))
    assert len(file) == rules, "the file has the redundant rules too"
    assert file["redundant"].any() and {
        "zhang",
        "p_adjusted",
        "confidence_low",
    } <= set(file.columns)
    visit.pick("baskets.view", say("baskets.view.flow"))
    assert "The widest stream" in visit.text()

    tab(visit, "itemsets")
    assert len(read(visit.download("baskets.itemsets.file.csv"))) == sets

    visit.choose("baskets.support", "1%: 96 sets").finished()
    assert metric(visit, "baskets.summary.itemsets") == "96"

    tab(visit, "offers")
    offers = read(visit.download("baskets.next_best_products.file.csv"))
    assert (offers.groupby("customer").size() == 5).all()
    quality = read(visit.download("baskets.offer_quality.file.csv"))
    assert list(quality["method"]) == ["rules", "best_sellers", "item_cosine"]
    visit.enter("baskets.customer", str(offers["customer"].iloc[0])).finished()

    for other in ("bundles", "groups", "sequences", "frequencies"):
        tab(visit, other)
        assert page.get_by_test_id("stPlotlyChart").count(), other
    visit.again().finished()
    assert metric(visit, "baskets.summary.rules") == f"{rules:,} / {sure:,}", (
        "a refresh begins anew with what is proposed"
    )


@pytest.mark.parametrize(
    ("language", "dark", "narrow"), [("en", False, False), ("zh", True, True)]
)
def test_the_page_fits_and_can_be_read_by_all(
    visits: Any, server: Any, language: str, dark: bool, narrow: bool
) -> None:
    visit = visits(server, language=language, dark=dark, narrow=narrow).open().sample()
    visit.open("baskets").finished()
    for name in ("glance", "rules", "frequencies", "offers", "sequences"):
        tab(visit, name)
        assert visit.overflow() == 0, name
        assert not visit.accessibility(), name


def tab(visit: Any, name: str) -> None:
    """Open a tab of the page."""
    head = visit.page.get_by_role(
        "tab", name=say(f"baskets.tab.{name}", visit.language), exact=True
    )
    if head.get_attribute("aria-selected") != "true":
        with visit.doing():
            head.dispatch_event("click")  # on a phone it may lie beside what is seen
    visit.finished()


def metric(visit: Any, label: str) -> str:
    """The figure under a label."""
    return (
        visit.page.get_by_test_id("stMetric")
        .filter(has_text=say(label, visit.language))
        .first.get_by_test_id("stMetricValue")
        .inner_text()
    )


def read(download: Any) -> pd.DataFrame:
    """A CSV file that was handed over."""
    content = download.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return pd.read_csv(
        io.BytesIO(content), encoding="utf-8-sig", dtype={"customer": str}
    )
