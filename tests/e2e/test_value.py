"""What customers are worth, from a deep link to the file a person takes away."""

import io
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect

from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import say
from tests.amounts import figures_in


def test_from_a_deep_link_to_the_customers_who_fall(shop: Any) -> None:
    visit = shop().open("value").finished()

    # The answer, how wrong it would have been, and the picture of that, before anything is asked.
    visit.says(say("value.question", "en"))
    visit.says("The customers of today are worth")
    visit.says("we would have been")
    held_out = widget_key("value", "holdout")
    chart = visit.draws(held_out).keyed(held_out)
    expect(chart.locator(".legend .traces")).to_have_count(2)
    error = visit.metric("value.figure.error").inner_text()

    # A shorter horizon is worth less, and the hold-out stays what it was: nothing was fitted again.
    worth = _each(visit)
    visit.press_slider(
        widget_key("value", "horizon", "week"), "Home", *["ArrowRight"] * 3
    ).finished()
    assert _each(visit) < worth / 3
    expect(visit.metric("value.figure.error")).to_have_text(error)

    # Cohorts as a heat map, then who falls, taken away as a file.
    visit.tab("value", "cohorts")
    visit.draws(widget_key("value", "cohorts", "retention"))
    visit.tab("value", "movement")
    visit.draws(widget_key("value", "flow"))
    # Nobody's fall is beyond chance: they are named when asked for.
    visit.says(say("value.moves.nobody", "en"))
    visit.toggle("value.moved_by_chance").finished()
    content = visit.download("value.moves.csv").path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    moved = pd.read_csv(io.BytesIO(content))
    assert set(moved[say("value.column.direction", "en")]) == {
        say("value.direction.falling", "en"),
        say("value.direction.gone", "en"),
    }
    assert (moved[say("value.column.change", "en")] <= 0).mean() > 0.9

    assert visit.overflow() == 0
    assert not visit.accessibility()


@pytest.mark.xdist_group("zh")
def test_in_chinese_on_a_phone_each_customer_has_a_value_and_an_interval(
    look: Any,
) -> None:
    visit = look("zh", narrow=True).open("value").finished()
    visit.says("现有客户在未来")
    visit.tab("value", "future")
    people = pd.read_excel(visit.download("value.customers.xlsx").path())
    value, low, high = (
        people[say(f"value.column.{name}", "zh")]
        for name in ("value", "value_lo", "value_hi")
    )
    assert (
        len(people) > 1000 and (low <= high).all() and (low <= value).mean() > 0.95
    )
    assert visit.overflow() == 0


def _each(visit: Any) -> Any:
    return figures_in(visit.metric("value.figure.each").inner_text())[0]
