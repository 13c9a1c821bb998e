"""Who is leaving, from a deep link to the list a person takes away and the model that is kept."""

import io
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect

from crm_analysis.wording import say
from tests.amounts import figures_in


def test_from_a_deep_link_to_a_list_and_a_model_kept(shop: Any) -> None:
    visit = shop().open("churn").finished()

    # The answer, how sure it is, and who, before anything is asked.
    visit.says(say("churn.question", "en"))
    visit.says("are at risk of leaving")
    visit.says("Tried on customers the model had not seen")
    visit.draws("churn.gain")
    auc = visit.metric("churn.figure.auc").inner_text()

    # An offer that works more often earns more, and no model was fitted for that.
    visit.tab("churn", "campaign")
    profit = _profit(visit)
    visit.press_slider(
        "churn.offer.MoneyOptions.success", *["ArrowRight"] * 5
    ).finished()
    assert _profit(visit) > profit
    expect(visit.metric("churn.figure.auc")).to_have_text(auc)

    # In Chinese the settings stay, and the list to act on is in Chinese too.
    visit.pick("frame.language", "中文").finished()
    visit.language = "zh"
    visit.says(say("churn.question", "zh"))
    visit.tab("churn", "contact_list")
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
    visit.tab("churn", "saved_model")
    visit.enter("churn.keep_name", "spring")
    visit.click("churn.model_keep").finished()
    visit.again().finished()
    visit.tab("churn", "saved_model")
    visit.click("churn.open.spring").finished()
    visit.says(say("churn.saved_model.drift_stable", "zh"))
    assert visit.overflow() == 0
    assert not visit.accessibility()


@pytest.mark.xdist_group("en")
def test_on_a_phone_the_answer_fits(look: Any) -> None:
    visit = look(narrow=True).open("churn").finished()
    visit.says("are at risk of leaving")
    assert visit.overflow() == 0


def _profit(visit: Any) -> float:
    return figures_in(visit.metric("churn.figure.profit").inner_text())[0]
