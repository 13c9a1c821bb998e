"""Satisfaction and loyalty on the pages of value and of segments, where comments are loaded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import LANGUAGES, say
from crm_analysis.workspace import Workspace, close_workspaces, new_workspace
from tests import apps

pytestmark = pytest.mark.slow


def orders() -> pd.DataFrame:
    """Sixty customers with some orders each, over a year."""
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        rng.integers(0, 365, 400), unit="D"
    )
    return pd.DataFrame(
        {
            "Customer ID": [
                f"C{number:03d}" for number in rng.integers(0, 60, 400)
            ],
            "Order No": np.arange(400),
            "Order Date": days.strftime("%Y-%m-%d"),
            "Amount": rng.gamma(2, 20, 400).round(2),
        }
    )


def comments(customer: str = "C") -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "Customer ID": [f"{customer}{number:03d}" for number in range(50)],
            "Date": "2024-12-01",
            "Comment": [
                f"The delivery took {number} days, so so" for number in range(50)
            ],
            "NPS": rng.integers(0, 11, 50),
            "CSAT": rng.integers(1, 6, 50),
        }
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(tmp_path_factory.mktemp("home")))
        made = new_workspace("both")
        for name, table in (("orders", orders()), ("comments", comments())):
            file = made.keep_file(table.to_csv(index=False).encode(), f"{name}.csv")
            intake.take_in(made, [file])
        yield made
        close_workspaces()


def test_the_files_are_taken_in_as_orders_and_comments(shop: Workspace) -> None:
    assert {table.kind for table in shop.tables()} == {"transactions", "feedback"}
    assert {"nps", "csat", "customer"} <= set(shop.load("feedback").table.columns)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_value_score_weighs_satisfaction_and_loyalty(
    shop: Workspace, language: str
) -> None:
    state = {widget_key("value", "tabs"): say("value.tab.scores", language)}
    app = apps.opened("pages/understand/value.py", language, shop.id, **state)
    assert not app.exception
    weights = {slider.key for slider in app.slider}
    for name in ("satisfaction", "loyalty"):
        assert widget_key("value", "ScoreOptions", f"weight_{name}") in weights
    app.slider(key=widget_key("value", "ScoreOptions", "weight_loyalty")).set_value(
        9.0
    )
    assert not apps.settled(app.run()).exception
    said = "\n".join(block.value for block in app.markdown)
    assert say("value.dimension.loyalty", language) in said


def _card(language: str) -> None:
    """The script of a card: what a person sees who has chosen a customer."""
    import pandas as pd

    from crm_analysis.analyses.customers import customer_card
    from crm_analysis.presentation.ui.segments import members

    lines = pd.DataFrame({"customer": ["a", "a"], "order": ["1", "2"]})
    lines["date"] = pd.to_datetime(["2024-01-01", "2024-01-11"])
    measures = pd.DataFrame({"customer": ["a"], "satisfaction": [71.0]})
    measures["loyalty"] = 64.0
    measures["repeat_rate"] = 0.5
    members._draw_card(customer_card(lines, "a", measures=measures))


def test_the_card_shows_both_and_what_loyalty_is_made_of(
    shop: Workspace,
) -> None:
    app = AppTest.from_function(_card, args=("en",), default_timeout=60)
    app.query_params["w"] = shop.id
    app.run()
    assert not app.exception
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown[say("segments.card.satisfaction", "en")] == "71"
    assert shown[say("segments.card.loyalty", "en")] == "64"
    assert any("repeat purchases 50%" in caption.value for caption in app.caption)
