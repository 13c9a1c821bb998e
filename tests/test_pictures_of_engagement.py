"""What is drawn of contacts: what stands beside what, and what is grey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.presentation import charts
from crm_analysis.presentation.pictures import engagement as pictures
from crm_analysis.wording import LANGUAGES, Language


def names(figure: object) -> list[str]:
    return [trace.name for trace in figure.data]  # type: ignore[attr-defined]


def test_hours_with_under_thirty_contacts_are_grey_with_their_number() -> None:
    table = pd.DataFrame(
        {
            "weekday": [1, 1, 2],
            "hour": [9, 10, 9],
            "sent": [40, 29, 30],
            "lift": [0.25, 0.9, -0.1],
        }
    )
    coloured, grey = pictures.hours(table, "en").data
    assert list(grey.x) == ["Monday", "Tuesday"] and list(grey.y) == [
        "9:00",
        "10:00",
    ]
    assert np.isnan(np.array(coloured.z, dtype=float)[1, 0])
    assert np.array(grey.text)[1, 0] == "(29)"
    assert np.array(coloured.text)[0].tolist() == ["+25%", "-10%"]
    shown = ~np.isnan(np.array(grey.z, dtype=float))
    assert shown.sum() == 1 and shown[1, 0]


def amounts() -> crm.TestReading:
    rng = np.random.default_rng(0)
    arm = rng.permutation(np.repeat(["treated", "control"], 500))
    bought = rng.random(1000) < 0.3
    table = pd.DataFrame(
        {"arm": arm, "bought": bought, "spent": bought * rng.gamma(2, 20, 1000)}
    )
    return crm.read_test(table, crm.ReadTestOptions(outcomes=("bought", "spent")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_amounts_the_bootstrap_and_the_winsorised_line_stand_beside(
    language: Language,
) -> None:
    effects = amounts().effects
    figure = pictures.effects(effects, language, quiet=False)
    main, bootstrap, cut_down = figure.data
    assert len(main.y) == 2 and list(bootstrap.y) == list(cut_down.y) == [main.y[1]]
    spent = effects.set_index("outcome").loc["spent"]
    base = spent["control_mean"]
    assert bootstrap.customdata[0].tolist() == pytest.approx(
        [spent["boot_lo"] / base, spent["boot_hi"] / base]
    )
    assert cut_down.x[0] == pytest.approx(spent["winsor"] / base)
    assert len(set(names(figure))) == 3


def test_before_its_day_a_test_is_drawn_in_grey() -> None:
    effects = amounts().effects
    quiet = pictures.effects(effects, "en", quiet=True)
    loud = pictures.effects(effects, "en", quiet=False)
    assert {trace.marker.color for trace in quiet.data} == {"#8A96A5"}
    assert {trace.marker.color for trace in loud.data} == {None}


def test_campaigns_of_different_claims_have_their_own_signs() -> None:
    table = pd.DataFrame(
        {
            "campaign": ["spring", "autumn"],
            "claim": ["experiment", "adjusted comparison"],
            "difference": [1.0, 2.0],
            "lo": [0.0, 1.0],
            "hi": [2.0, 3.0],
        }
    )
    figure = pictures.campaigns(table, "revenue", "en")
    assert names(figure) == ["experiment", "adjusted comparison"]
    assert len({trace.marker.symbol for trace in figure.data}) == 2
    alone = pictures.campaigns(table.head(1), "revenue", "en")
    assert not alone.layout.showlegend


def test_what_campaigns_have_in_common_ends_their_picture() -> None:
    table = pd.DataFrame(
        {
            "campaign": ["a", "b"],
            "measure": "profit",
            "raw": [1.0, 3.0],
            "raw_lo": [0.0, 2.0],
            "raw_hi": [2.0, 4.0],
            "shrunken": [1.5, 2.5],
            "shrunken_lo": [1.0, 2.0],
            "shrunken_hi": [2.0, 3.0],
        }
    )
    common = pd.DataFrame(
        {"measure": ["profit"], "mean": [2.0], "lo": [1.0], "hi": [3.0]}
    )
    figure = pictures.pooled(table, common, "en")
    assert [len(trace.x) for trace in figure.data] == [2, 2, 1]
    assert figure.data[-1].x[0] == 2.0
    assert figure.layout.yaxis.categoryarray[-1] == "All together"


def test_long_names_beside_a_range_are_broken_in_any_script() -> None:
    long = "Membership Renewal Reminder 2026-05"
    chinese = "二〇二六年会员续费提醒与春季新品上市活动"
    table = pd.DataFrame({"name": [long, chinese], "x": 1.0, "lo": 0.0, "hi": 2.0})
    (trace,) = charts.ranges(
        table, category="name", value="x", low="lo", high="hi", x_title=""
    ).data
    for label, text in zip(trace.y, (long, chinese), strict=True):
        lines = label.split("<br>")
        assert len(lines) > 1
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        wide = 2 if text == chinese else 1
        assert max(len(line) for line in lines) * wide <= 24
