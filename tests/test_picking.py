"""Picture and list that follow each other, and what can be done with a group from where it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import jobs
from crm_analysis.analyses.segments import (
    DBSCANOptions,
    RFMOptions,
    projection,
    segment,
)
from crm_analysis.presentation import points
from crm_analysis.presentation.ui import picking
from crm_analysis.presentation.ui.run import forget
from crm_analysis.wording import say
from tests.apps import opened, settled
from tests.shops import workspaces_of

PAGE = "pages/understand/segments.py"
MAP = "segments.map"


def _people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:03d}" for number in range(120)],
            "age": rng.choice([25, 60], 120) + rng.normal(0, 2, 120).round(1),
            "spend": rng.gamma(2, 50, 120).round(2),
        }
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with workspaces_of(tmp_path_factory, {"people": _people}) as made:
        yield made["people"]
        forget(made["people"].id)


def page(home: Any, **state: object) -> AppTest:
    return opened(PAGE, "en", home.id, **state)


def figure(app: AppTest) -> Any:
    """The map as it was last drawn."""
    return json.loads(app.get("plotly_chart")[0].proto.spec)


def listed(app: AppTest) -> list[str]:
    return app.dataframe[0].value["Customer"].tolist()


@pytest.mark.slow
def test_a_group_is_listed_lit_made_the_filter_and_planned_for(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(home)
    assert not app.dataframe
    begun: list[str] = []
    start = jobs.start
    monkeypatch.setattr(
        jobs, "start", lambda *given: begun.append(given[1]) or start(*given)
    )
    app.button(key="segments.group.0.see").click().run()
    people = listed(app)
    marked = [trace["selectedpoints"] for trace in figure(app)["data"]]
    assert 0 < len(people) < 120
    assert [len(points) for points in marked] == [len(people), 0, 0, 0]

    # A row selected lights its point, without a model fitted anew.
    app.session_state[f"{MAP}.picked"]["lit"] = people[3]
    app.run()
    ring = figure(app)["data"][-1]
    assert (ring["marker"]["symbol"], ring["hovertemplate"][:4]) == (
        "circle-open",
        people[3],
    )
    assert listed(app) == people
    assert not begun

    app.button(key="segments.picked.filter").click().run()
    handed = home.settings["filter"]
    assert handed["members"] == people
    app.button(key="segments.picked.clear").click().run()
    assert not app.dataframe
    assert "selectedpoints" not in figure(app)["data"][0]
    app.button(key="filter.clear").click().run()
    app.button(key="segments.group.1.plan").click().run()
    assert home.settings["filter"]["members"]
    assert settled(app).title[0].value == say("strategy.title", "en")
    home.settings["filter"] = {}


@pytest.mark.parametrize("options", [RFMOptions(), DBSCANOptions()])
def test_who_is_not_drawn_has_a_place_on_the_map_too(
    options: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    people = pd.DataFrame(
        {
            "customer": [f"C{number}" for number in range(200)],
            "recency": rng.integers(1, 300, 200),
            "frequency": rng.integers(1, 30, 200),
            "monetary": rng.gamma(2, 80, 200),
            "city": rng.choice(["a", "b", ""], 200),
        }
    )
    whole = segment(people, options).places.set_index("customer")
    monkeypatch.setattr(projection, "_POINTS", 60)
    few = segment(people, options)
    assert len(few.map) <= 60
    drawn = few.map.set_index("customer")[["x", "y"]]
    everybody = few.places.set_index("customer")
    pd.testing.assert_frame_equal(everybody.loc[drawn.index, ["x", "y"]], drawn)
    pd.testing.assert_frame_equal(everybody, whole)


def test_a_box_on_a_sample_picks_all_who_lie_in_it() -> None:
    places = pd.DataFrame(
        {
            "customer": list("abcde"),
            "segment": [0, 0, 1, 0, 1],
            "x": [1.0, 2.0, 2.0, 9.0, 2.5],
            "y": [1.0, 2.0, 2.0, 2.0, 2.5],
        }
    )
    box = [{"x": [3.0, 0.0], "y": [0.0, 3.0]}]
    assert picking._within(box, ["a", "c"], places) == ["a", "b", "c", "e"]
    # The other segment is not in view: the reader has turned it off in the legend.
    assert picking._within(box, ["a"], places) == ["a", "b"]


def test_points_that_stand_out_are_those_of_the_ids() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0], "id": ["a", "b"]})
    drawn = points.scatter(
        [("One", frame), ("Two", frame.assign(id=["c", "d"]))],
        x="x",
        y="y",
        x_title="",
        y_title="",
        custom="id",
    )
    assert points.pick_out(drawn, []).data[0].selectedpoints is None
    points.pick_out(drawn, ["b", "z"])
    assert [trace.selectedpoints for trace in drawn.data] == [(1,), ()]
    points.ring(drawn, 1.0, 1.0, "<b>a</b>")
    assert drawn.data[-1].hovertemplate.startswith("&lt;b&gt;a")
