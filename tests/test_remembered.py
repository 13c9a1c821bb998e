"""Settings of every page: kept over sessions and restarts, let go of where they no longer fit."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from crm_analysis.presentation import pages
from crm_analysis.presentation.ui import remembered as settings
from crm_analysis.wording import say
from crm_analysis.workspace import close_workspaces, new_workspace, open_workspace
from tests.apps import ROOT, opened, settled
from tests.shops import shops

# A setting of each page that has some: its page, kind of widget, key, and a value that is not the
# default.
CHANGED = {
    "segments": ("selectbox", "segments.method", "rfm"),
    "baskets": ("select_slider", "baskets.product.RuleOptions.max_length", 3),
    "value": ("slider", "value.horizon.week", 26),
    "forecast": ("slider", "forecast.horizon.month", 6),
    "churn": ("selectbox", "churn.worth.table", "Age"),
    "engagement": ("slider", "engagement.sent.ContactOptions.window_days", 21),
    "feedback": ("select_slider", "feedback.FeedbackOptions.topics", 3),
    "strategy": ("slider", "strategy.horizon", 60),
    "report": ("toggle", "report.masked", False),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A home of workspaces for this module, with the sample shop loaded in either language."""
    with shops(tmp_path_factory) as made:
        yield made


def _page(word: str) -> str:
    return pages.page_path(word).relative_to(ROOT).as_posix()


def _widget(app: AppTest, kind: str, key: str) -> Any:
    (widget,) = (one for one in app.get(kind) if one.key == key)
    return widget


@pytest.mark.slow
@pytest.mark.parametrize("word", CHANGED)
def test_a_setting_survives_a_restart_and_goes_back_to_its_default(
    home: Any, word: str
) -> None:
    kind, key, chosen = CHANGED[word]
    app = opened(_page(word), "en", home["en"])
    default = _widget(app, kind, key).value
    assert default != chosen
    settled(_widget(app, kind, key).set_value(chosen).run())
    close_workspaces()

    again = opened(_page(word), "zh", home["en"], reader="manager")
    assert not again.exception
    assert _widget(again, kind, key).value == chosen
    assert set(again.query_params) == {"w", "lang"}

    settled(_widget(again, "button", "frame.settings.defaults").click().run())
    assert not again.exception
    assert _widget(again, kind, key).value == default
    close_workspaces()
    assert (
        _widget(opened(_page(word), "en", home["en"]), kind, key).value == default
    )


@pytest.mark.slow
def test_every_page_with_settings_leads_back_to_the_defaults(home: Any) -> None:
    without = {"overview", "data"}  # which have none but what is decided of a table
    assert {page.word for page in pages.PAGES} == {*CHANGED, *without}
    for word in without:
        tab = {"data.tabs": say("data.tab.cleaning", "en")}
        app = opened(_page(word), "en", home["en"], **tab)
        assert not [
            one for one in app.button if one.key == "frame.settings.defaults"
        ]


@pytest.mark.slow
def test_settings_are_of_one_workspace(home: Any) -> None:
    app = opened(_page("forecast"), "en", home["en"])
    settled(_widget(app, "slider", "forecast.horizon.month").set_value(5).run())
    other = opened(_page("forecast"), "en", home["zh"])
    assert _widget(other, "slider", "forecast.horizon.month").value == 12
    settings_of = open_workspace(home["en"]).settings
    assert settings_of.pop("settings.forecast") == {"forecast.horizon.month": 5}


def _drawn() -> None:
    import datetime

    import streamlit as st

    from crm_analysis.presentation.ui.remembered import draw_back, remembered

    bounds = st.session_state["bounds"]
    remembered(st.slider, "a", 0, bounds["high"], 3, key="part.slider")
    remembered(st.number_input, "b", 0.0, 9.5, key="part.number")
    remembered(st.toggle, "c", key="part.toggle")
    remembered(st.text_input, "d", key="part.text", max_chars=bounds["high"])
    day = datetime.date(2024, 1, bounds["high"])
    remembered(st.date_input, "e", day, max_value=day, key="part.day")
    remembered(st.selectbox, "f", bounds["columns"], index=None, key="part.one")
    remembered(st.select_slider, "g", [None, 1, 2.5], key="part.steps")
    remembered(st.pills, "h", [0, 1], default=1, key="part.pill")
    remembered(st.multiselect, "i", bounds["columns"], key="part.several")
    draw_back("part")


WIDE = {"high": 20, "columns": ["age", "city", "income"]}
NARROW = {"high": 4, "columns": ["city"]}
CHOSEN = {
    "part.slider": 15,
    "part.number": 2.5,
    "part.toggle": True,
    "part.text": "any thing",
    "part.day": datetime.date(2024, 1, 9),
    "part.one": "age",
    "part.steps": 2.5,
    "part.pill": 0,
    "part.several": ["income", "city"],
}


def _session(workspace: str, bounds: dict[str, Any], **state: Any) -> AppTest:
    app = AppTest.from_function(_drawn)
    app.session_state["language"] = "en"
    app.session_state["workspace"] = workspace
    app.session_state["bounds"] = bounds
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def _values(app: AppTest) -> dict[str, Any]:
    assert not app.exception
    return {key: app.session_state[key] for key in CHOSEN}


def test_a_stored_setting_that_no_longer_fits_gives_way_and_returns_with_its_column(
    home: Any,
) -> None:
    workspace = new_workspace("fitting").id
    _session(workspace, WIDE, **CHOSEN)
    assert _values(_session(workspace, WIDE)) == CHOSEN

    still = ("part.number", "part.toggle", "part.steps", "part.pill")
    narrow = _values(_session(workspace, NARROW))
    assert {key: narrow[key] for key in still} == {
        key: CHOSEN[key] for key in still
    }
    assert narrow["part.slider"] == 3
    assert narrow["part.text"] == ""
    assert narrow["part.day"] == datetime.date(2024, 1, 4)
    assert narrow["part.one"] is None
    assert narrow["part.several"] == []

    assert _values(_session(workspace, WIDE)) == CHOSEN


def test_what_no_longer_fits_gives_way_while_the_page_is_open(home: Any) -> None:
    app = _session(new_workspace("open").id, WIDE, **CHOSEN)
    app.session_state["bounds"] = NARROW
    narrow = _values(app.run())
    assert (narrow["part.slider"], narrow["part.one"]) == (3, None)
    assert narrow["part.number"] == CHOSEN["part.number"]


def test_nonsense_in_the_store_is_passed_over(home: Any) -> None:
    workspace = new_workspace("nonsense")
    usual = _values(_session(workspace.id, WIDE))
    for value in ("x" * 99, True, 1e9, -1, None, {}, [3]):
        workspace.settings["settings.part"] = dict.fromkeys(CHOSEN, value)
        result = _values(_session(workspace.id, WIDE))
        off = {key for key in CHOSEN if result[key] != usual[key]}
        # a toggle may be on, and of pills none chosen
        may_be = "part.toggle" if value is True else ""
        assert off <= {"part.pill" if value is None else may_be}


def test_going_back_holds_for_what_is_drawn_later_and_only_for_its_page(
    home: Any,
) -> None:
    workspace = new_workspace("back")
    workspace.settings["settings.other"] = {"other.slider": 7}
    app = _session(workspace.id, WIDE, **CHOSEN)
    usual = _values(_session(new_workspace("usual").id, WIDE))
    app.button[0].click().run()
    assert _values(app) == usual
    assert "settings.part" not in workspace.settings
    assert workspace.settings["settings.other"] == {"other.slider": 7}
    assert _values(_session(workspace.id, WIDE)) == usual


def test_each_kind_of_widget_that_can_be_remembered_is_one_of_streamlit() -> None:
    assert all(hasattr(st, widget) for widget in settings._FITTING)
