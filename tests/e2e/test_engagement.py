"""What contacts bring, in a real browser: from what came back to the list with its hold-out."""

from dataclasses import replace
from typing import Any

import pytest

from crm_analysis.analyses.engagement import read_card
from crm_analysis.wording import say
from tests.e2e.visit import read


def test_from_what_came_back_to_a_list_with_a_hold_out(shop: Any) -> None:
    visit = shop().open("engagement").finished()
    visit.says("contacts reached")
    visit.draws("engagement.rates")

    visit.tab("engagement", "worked")
    visit.says(say("engagement.claim.experiment"))
    visit.draws("engagement.campaigns")

    visit.tab("engagement", "how_many")
    visit.says("The test needs")
    drawn = read(visit.download("engagement.test_arms.file.csv"))
    assert len(drawn) > 1000 and drawn.iloc[:, 1].nunique() == 2
    plan = read(visit.download("engagement.plan.file.csv")).set_index(
        say("engagement.plan.item")
    )
    assert float(plan.loc[say("engagement.figure.treated")].iloc[0]) == 3839
    file = visit.download("engagement.arms.card").path()
    card = read_card(file.read_bytes())
    assert len(card.assignment) == len(drawn) and card.primary == "customers"

    visit.tab("engagement", "whom")
    visit.says("Customers differ in what the contact does")
    listed = read(visit.download("engagement.contact_list.file.csv"))
    assert set(listed[say("engagement.column.arm")]) == {
        say("engagement.arm.treated"),
        say("engagement.arm.holdout"),
    }
    listed_card = read_card(
        visit.download("engagement.list.card").path().read_bytes()
    )
    assert len(listed_card.assignment) == len(listed)

    visit.tab("engagement", "when")
    visit.draws("engagement.hours")
    assert visit.overflow() == 0
    assert not visit.accessibility()


def test_a_card_is_read_back(shop: Any) -> None:
    visit = shop().open("engagement").finished()
    visit.tab("engagement", "how_many")
    card = visit.download("engagement.arms.card").path().read_bytes()
    visit.tab("engagement", "worked")
    visit.page.get_by_text(say("engagement.card.read"), exact=True).click()
    visit.upload(
        {"name": "card.json", "mimeType": "application/json", "buffer": card},
        within="engagement.card_file",
    )
    # The shop's orders end before today, when the test begins.
    visit.says("The orders end on")
    made = replace(read_card(card), start="2025-01-01", read_on="2025-01-31")
    earlier = made.to_json().encode()
    visit.upload(
        {"name": "card.json", "mimeType": "application/json", "buffer": earlier},
        within="engagement.card_file",
    )
    visit.says("customers drawn on")
    visit.upload(
        {"name": "no.json", "mimeType": "application/json", "buffer": b"[]"},
        within="engagement.card_file",
    )
    visit.says(say("engagement.no_card"))


@pytest.mark.xdist_group("zh")
def test_in_chinese_on_a_phone_in_the_dark_it_fits(look: Any) -> None:
    visit = look("zh", dark=True, narrow=True).open("engagement").finished()
    for name in ("sent", "worked", "whom", "when"):
        visit.tab("engagement", name)
        assert visit.overflow() == 0, name
        assert not visit.accessibility(), name
