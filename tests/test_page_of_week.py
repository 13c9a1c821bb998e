"""The first screen of the sample shop: what to do, kept when answered; the groups of all pages."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.jobs import Job, Progress, no_progress
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.overview import proposals
from crm_analysis.presentation.ui.run import run
from crm_analysis.presentation.ui.waiting import UNHURRIED
from crm_analysis.wording import LANGUAGES, Language, say
from crm_analysis.workspace import new_workspace, open_workspace
from tests import apps
from tests.shops import shops, workspaces_of

OVERVIEW = "pages/start/overview.py"
NAMES = ("call", "plan", "answer delivery", "spare")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with shops(tmp_path_factory) as workspaces:
        yield workspaces


def opened(page: str, language: Language, workspace: str) -> AppTest:
    app = apps.opened(page, language, workspace)
    for _ in range(60):  # each piece of work that ends begins another
        if not app.get("progress"):
            break
        app.run()
    assert not app.exception
    return app


def proposed(app: AppTest, verdict: str = "done") -> list[str]:
    """The names of the proposals on the screen of which this can be said, in their order."""
    keys = [button.key or "" for button in app.button]
    pattern = re.compile(rf"overview\.week\.(.+)\.{verdict}$")
    return [match.group(1) for key in keys if (match := pattern.match(key))]


def press(app: AppTest, name: str, verdict: str) -> AppTest:
    key = widget_key("overview", "week", name, verdict)
    app.button(key=key).click().run()
    return apps.settled(app)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_four_things_are_to_do_and_what_is_said_of_them_is_kept(
    made: dict[str, str], language: Language
) -> None:
    app = opened(OVERVIEW, language, made[language])
    assert proposed(app) == list(NAMES)
    assert say("overview.week.title", language, count=4) in app.markdown[1].value
    press(app, "call", "done")
    press(app, "spare", "useless")
    again = opened(OVERVIEW, language, made[language])
    assert proposed(again) == ["plan", "answer delivery"]
    earlier = [text.value for text in again.markdown if " " in text.value]
    assert any(say("overview.week.not_yet", language) in text for text in earlier)
    press(again, "call", "undo")
    press(again, "spare", "undo")
    assert proposed(again) == list(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_file_did_not_say_is_decided_on_the_first_screen(
    made: dict[str, str], language: Language
) -> None:
    orders = pd.DataFrame(
        {
            "order_id": [f"O{number}" for number in range(60)],
            "customer_id": [f"C{number % 12}" for number in range(60)],
            "date": pd.date_range("2025-01-01", periods=60, freq="5D").astype(str),
            "amount": 20.0,
            "status": ["paid", "paid", "zorp"] * 20,
        }
    )
    shop = new_workspace("shop")
    content = io.BytesIO(orders.to_csv(index=False).encode())
    intake.take_in(shop, [shop.keep_file(content, "orders.csv")])
    app = opened(OVERVIEW, language, shop.id)
    assert "decide status" in proposed(app, "later")
    title = say("overview.week.decide", language, money=400.0)
    cards = [text for text in (one.value for one in app.markdown) if title in text]
    assert len(cards) == 1
    assert not any("frame.waiting" in str(one.key) for one in app.main)
    choices = [group for group in app.button_group if "question" in str(group.key)]
    choices[0].set_value("no_sale").run()
    app = apps.settled(app)
    assert not any("decide" in name for name in proposed(app, "later"))
    sales = open_workspace(shop.id).load("transactions").table
    assert sales["is_sale"].sum() == 40


SIZES = r"\*\*([\d,]+) active, ([\d,]+) at risk, ([\d,]+) lost\*\*; ([\d,]+) are the best"
BEST = r"[\d,]+ are among the ([\d,]+) best"
SAYS_ALL = ("start/overview", "understand/value")


def captions(page: str, workspace: str) -> str:
    app = opened(f"pages/{page}.py", "en", workspace)
    return "\n".join(one.value for one in app.caption)


def agree(workspace: str, pages: tuple[str, ...]) -> bool:
    """Whether all groups have one size on the two pages that say it, and the best on others."""
    sizes = [re.findall(SIZES, captions(page, workspace)) for page in SAYS_ALL]
    best = [re.findall(BEST, captions(page, workspace)) for page in pages]
    return sizes[0] == sizes[1] and best == [[sizes[0][0][3]]] * len(pages)


@pytest.mark.slow
def test_groups_have_one_size_on_all_pages(made: dict[str, str]) -> None:
    pages = ("understand/segments", "predict/churn", "act/strategy")
    assert agree(made["en"], pages)


@pytest.mark.slow
def test_groups_of_a_real_shop_have_one_size_on_all_pages(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = real_data / "online_retail" / "december_to_april.csv"
    tables = {"shop": lambda: pd.read_csv(file, dtype=str)}
    with workspaces_of(tmp_path_factory, tables) as workspaces:
        pages = ("understand/segments", "predict/churn")
        assert agree(workspaces["shop"].id, pages)


def _until_stopped(progress: Progress = no_progress) -> str:
    """Work without an end; how often it has begun is counted."""
    _BEGUN.append(1)
    while True:
        progress(0.5, "")
        time.sleep(0.01)


_BEGUN: list[int] = []


def begun(app: AppTest) -> Job:
    """The work that goes on behind the page, once all that it waits for is drawn."""
    for _ in range(60):
        if UNHURRIED in app.session_state:
            break
        app.run()
    job: Job = app.session_state[UNHURRIED]
    return job


def test_what_was_begun_here_is_given_up_when_the_page_is_left(
    made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "_call", lambda: run(_until_stopped))
    app = apps.AppTest.from_file(str(apps.ROOT / "app.py"), default_timeout=120)
    app.query_params["w"] = made["zh"]
    job = begun(app.run())
    assert job.state == "running"
    app.switch_page("pages/start/data.py").run()
    assert job.wait(10) and job.state == "cancelled"
    begun(app.switch_page(OVERVIEW).run())
    assert not app.exception and len(_BEGUN) == 2
    assert not any(one.value == say("frame.cancelled", "zh") for one in app.info)
    app.switch_page("pages/start/data.py").run()
    other = apps.AppTest.from_file(str(apps.ROOT / "app.py"), default_timeout=120)
    other.query_params["w"] = made["zh"]
    begun(other.run())
    assert len(_BEGUN) == 3
    assert not any(one.value == say("frame.cancelled", "zh") for one in other.info)
    other.switch_page("pages/start/data.py").run()
