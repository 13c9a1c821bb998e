"""Every amount of every page has its currency beside it, in both languages: none is named here.

What grows when all prices grow is money (`tests.amounts`): a new table, picture, sentence or file
without its unit fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crm_analysis.presentation.pages import PAGES
from crm_analysis.screen import PAGES_FOLDER
from crm_analysis.wording import phrases, say
from crm_analysis.workspace import close_workspaces, open_workspace
from tests.amounts import TIMES, seen, shop

_STATES: dict[str, list[dict[str, Any]]] = {
    "segments": [{"segments.source": "customers"}],
    "forecast": [{"forecast.source": "series"}],
    "churn": [{"churn.source": "customers"}, {"churn.source": "transactions"}],
}
# Findings that are soon made.
_REPORTED = ("Changes", "BusinessState", "Tiers", "ValueMovement", "CampaignResult")
_VIEWS = [
    (page.word, state)
    for page in PAGES
    for state in [
        *([{}] if page.word != "churn" else []),
        *_STATES.get(page.word, []),
    ]
]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """The shop of a unit and a height of prices, made when it is first asked for."""
    made: dict[tuple[str, int], str] = {}

    def of(unit: str, times: int) -> str:
        if (unit, times) not in made:
            made[unit, times] = shop(unit, times)
            open_workspace(made[unit, times]).settings["report_findings"] = [
                {"result": name} for name in _REPORTED
            ]
        return made[unit, times]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(tmp_path_factory.mktemp("home")))
        yield of
        close_workspaces()


def _unsaid(
    shops: Any, word: str, state: Any, language: str, unit: str, *signs: str
) -> list[str]:
    """The amounts of a page that have none of the signs beside them, and what went wrong."""
    page = next(page for page in PAGES if page.word == word)
    script = f"pages/{page.script.relative_to(PAGES_FOLDER).as_posix()}"
    tabs = [
        say(key, language) for key in phrases() if key.startswith(f"{word}.tab.")
    ]
    low, high = (
        seen(script, language, shops(unit, times), tabs, **state)
        for times in (1, TIMES)
    )
    assert not low.trouble + high.trouble
    assert len(low.amounts) > 20
    return [
        f"{key}: {amount.title}"
        for key, amount in low.amounts.items()
        if key in high.amounts and amount.without_unit(high.amounts[key], *signs)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("word", "state"), _VIEWS)
@pytest.mark.parametrize(
    ("language", "unit", "sign"),
    [("en", "€", "€"), ("zh", "元", "元")],
    ids=["en", "zh"],
)
def test_every_amount_of_a_page_has_its_currency(
    shops: Any, word: str, state: Any, language: str, unit: str, sign: str
) -> None:
    assert not _unsaid(shops, word, state, language, unit, sign)


@pytest.mark.slow
def test_the_scan_finds_the_amounts_of_a_shop_that_names_no_currency(
    shops: Any,
) -> None:
    assert len(_unsaid(shops, "segments", {}, "en", "", "€", "¥")) > 5
