"""The vocabulary of figures.

What they show, that text from files is harmless, that large ones are drawn by WebGL.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.presentation import charts, networks, points
from crm_analysis.presentation.pictures import feedback, overview

POINTS = pd.DataFrame(
    {"x": [1.0, 2.0], "y": [3.0, 4.0], "z": [0.0, 1.0], "id": ["a", "<b>b</b>"]}
)


def test_points_are_a_trace_a_group_with_its_own_symbol_and_ids() -> None:
    figure = points.scatter(
        [("One", POINTS), ("Two", POINTS)],
        x="x",
        y="y",
        x_title="Days",
        y_title="Money",
        hover="id",
        custom="id",
    )
    assert [trace.name for trace in figure.data] == ["One", "Two"]
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    assert figure.data[0].customdata[1][0] == "<b>b</b>"
    assert figure.data[0].text[1] == "&lt;b&gt;b&lt;/b&gt;"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (
        "Days",
        "Money",
    )


def test_many_points_are_drawn_by_webgl() -> None:
    many = pd.concat([POINTS] * 1_500)
    assert (
        points.scatter([("a", POINTS)], x="x", y="y", x_title="", y_title="")
        .data[0]
        .type
        == "scatter"
    )
    assert (
        points.scatter([("a", many)], x="x", y="y", x_title="", y_title="")
        .data[0]
        .type
        == "scattergl"
    )


def test_a_mark_stands_at_a_date_or_at_a_height() -> None:
    frame = pd.DataFrame(
        {"day": pd.date_range("2024-01-01", periods=3), "n": [1, 2, 3]}
    )
    figure = charts.lines(
        frame, x="day", values=["n"], names=["n"], x_title="", y_title=""
    )
    charts.mark(figure, x="2024-01-02", text="<b>")
    charts.mark(figure, y=2.5)
    assert [(line.x0, line.y0) for line in figure.layout.shapes] == [
        ("2024-01-02", 0),
        (0, 2.5),
    ]
    assert [note.text for note in figure.layout.annotations] == ["&lt;b&gt;"]


def test_names_from_a_file_cannot_carry_html() -> None:
    frame = pd.DataFrame({"segment": ["<a href='x'>y</a>"], "share": [1.0]})
    figure = charts.bars(
        frame, category="segment", values=["share"], names=["<i>share</i>"]
    )
    assert "<a" not in figure.data[0].x[0]
    assert figure.data[0].name == "&lt;i&gt;share&lt;/i&gt;"
    moves = charts.flow(
        pd.DataFrame({"a": ["<b>"], "b": ["c"], "n": [1]}),
        before="a",
        after="b",
        value="n",
        before_title="A",
        after_title="B",
    )
    assert moves.data[0].node.label == ("&lt;b&gt;", "c")


def test_a_flow_counts_each_state_once_on_each_side() -> None:
    moves = pd.DataFrame(
        {"a": ["x", "x", "y"], "b": ["x", "y", "y"], "n": [5, 2, 3]}
    )
    figure = charts.flow(
        moves,
        before="a",
        after="b",
        value="n",
        before_title="June",
        after_title="July",
    )
    assert figure.data[0].node.label == ("x", "y", "x", "y")
    assert list(
        zip(
            figure.data[0].link.source,
            figure.data[0].link.target,
            figure.data[0].link.value,
            strict=True,
        )
    ) == [(0, 2, 5), (0, 3, 2), (1, 3, 3)]


def test_a_heat_map_with_a_centre_reaches_as_far_to_both_sides() -> None:
    figure = charts.heat(pd.DataFrame([[0.5, 1.0], [1.2, 3.0]]), centre=1.0)
    assert figure.data[0].zmax - 1.0 == pytest.approx(1.0 - figure.data[0].zmin)


def test_bars_with_their_own_colours_are_a_trace_each() -> None:
    frame = pd.DataFrame({"segment": ["a", "b"], "share": [0.4, 0.6]})
    assert (
        len(
            charts.bars(
                frame,
                category="segment",
                values=["share"],
                names=["Share"],
                each_own_colour=True,
            ).data
        )
        == 2
    )


def test_a_long_name_beside_a_bar_takes_several_lines() -> None:
    frame = pd.DataFrame(
        {
            "name": ["Low Total_Trans_Ct, low Total_Trans_Amt", "<b>x</b>"],
            "share": [0.4, 0.6],
        }
    )
    drawn = charts.bars(
        frame,
        category="name",
        values=["share"],
        names=["share"],
        horizontal=True,
    )
    assert list(drawn.data[0].y) == [
        "Low Total_Trans_Ct, low<br>Total_Trans_Amt",
        "&lt;b&gt;x&lt;/b&gt;",
    ]


def test_chinese_charts_carry_their_words_with_them() -> None:
    assert "locales" not in charts.config("en")
    assert charts.config("zh")["locales"]["zh"]["dictionary"]["Zoom in"] == "放大"
    assert charts.config("zh")["locales"]["zh"]["format"]["month"] == "%Y年%-m月"


def test_the_app_is_private_by_configuration_and_its_palette_is_whole() -> None:
    config = tomllib.loads(
        (Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text(
            encoding="utf-8"
        )
    )
    assert config["server"]["address"] == "localhost"
    assert "localhost" in config["server"]["allowedHosts"]
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
    for mode in ("light", "dark"):
        assert len(set(config["theme"][mode]["chartCategoricalColors"])) == 10
        assert len(config["theme"][mode]["chartSequentialColors"]) == 10


def test_a_range_reaches_from_its_low_to_its_high_end() -> None:
    frame = pd.DataFrame(
        {
            "group": ["<b>x</b>", "y"],
            "share": [0.3, 0.5],
            "low": [0.1, 0.5],
            "high": [0.6, 0.9],
        }
    )
    drawn = charts.ranges(
        frame,
        category="group",
        value="share",
        low="low",
        high="high",
        x_title="Share",
    ).data[0]
    assert list(drawn.x + drawn.error_x.array) == pytest.approx([0.6, 0.9])
    assert list(drawn.x - drawn.error_x.arrayminus) == pytest.approx([0.1, 0.5])
    assert drawn.y[0] == "&lt;b&gt;x&lt;/b&gt;"


@given(
    links=st.sets(
        st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(
            lambda pair: pair[0] < pair[1]
        ),
        min_size=1,
        max_size=25,
    )
)
def test_what_is_joined_by_lines_is_one_group(links: Any) -> None:
    ends = np.array(sorted(links))
    group = networks.components(15, ends)
    assert (group[ends[:, 0]] == group[ends[:, 1]]).all()
    assert len(set(group)) >= 15 - len(links)
    sizes = np.bincount(group)
    assert (np.diff(sizes) <= 0).all(), "the largest group comes first"


@pytest.mark.parametrize("seed", range(4))
def test_names_in_a_network_do_not_cover_one_another(seed: int) -> None:
    random = np.random.default_rng(seed)
    ends = np.array(
        [[0, other] for other in range(1, 8)]
        + [[8, 9], [9, 10], [11, 12], [13, 14]]
    )
    widths = random.uniform(60, 180, size=15)
    place, high = networks.layout(
        ends, random.uniform(0.5, 1.5, len(ends)), widths, seed=seed
    )
    assert (place[:, 0] - widths / 2 >= -1).all() and (
        place[:, 0] + widths / 2 <= 761
    ).all()
    assert (place[:, 1] >= -1).all() and (place[:, 1] <= high + 1).all()
    wide = (widths[:, None] + widths[None]) / 2 - np.abs(
        place[:, None, 0] - place[None, :, 0]
    )
    tall = np.abs(place[:, None, 1] - place[None, :, 1])
    covered = (wide > 1) & (tall < 48) & ~np.eye(15, dtype=bool)
    assert not covered.any()


def test_a_network_has_a_colour_a_group_and_harmless_names() -> None:
    nodes = pd.DataFrame(
        {
            "label": ["tea", "<b>milk</b>", "jam", "bread"],
            "name": list("abcd"),
            "size": [0.5, 0.1, 0.2, 0.2],
            "hover": [""] * 4,
        }
    )
    links = pd.DataFrame(
        {
            "a": [0, 2],
            "b": [1, 3],
            "weight": [3.0, 1.0],
            "hover": ["tea + milk", "jam + bread"],
        }
    )
    figure = networks.network(nodes, links, ink="#123456")
    named = [trace for trace in figure.data if trace.mode == "markers+text"]
    assert [list(trace.text) for trace in named] == [
        ["tea", "&lt;b&gt;milk&lt;/b&gt;"],
        ["jam", "bread"],
    ]
    assert named[0].marker.size[0] > named[0].marker.size[1]
    assert named[0].textfont.color == "#123456"
    thickness = {
        trace.line.width
        for trace in figure.data
        if trace.mode == "lines" and trace.x is not None and len(trace.x)
    }
    assert len(thickness) == 2


def test_a_name_stands_where_no_line_runs_through_it() -> None:
    points = np.array([[400.0, 0.0], [400.0, 100.0], [200.0, 50.0]])
    ends = np.array([[0, 1], [0, 2], [1, 2]])
    letters, radii = np.full(3, 60.0), np.full(3, 10.0)
    assert networks.places(points, ends, letters, radii) == [
        "top center",  # its lines go down
        "bottom center",
        "bottom center",  # its lines go off to the right, over its name's head
    ]
    at_the_edge = np.array([[5.0, 0.0], [755.0, 0.0]])
    beside = networks.places(
        at_the_edge, np.array([[0, 1]]), letters[:2], radii[:2]
    )
    assert beside == ["middle right", "middle left"]


def test_of_many_groups_each_is_named_where_it_lies_and_no_name_covers_another() -> (
    None
):
    groups = [
        (f"<g{number}>", pd.DataFrame({"x": [0.0, 10.0], "y": [number / 100, 5.0]}))
        for number in range(7)
    ]
    figure = points.scatter(groups, x="x", y="y", x_title="", y_title="")
    assert not figure.layout.showlegend
    names = [one.text for one in figure.layout.annotations]
    assert sorted(names) == [f"&lt;g{number}&gt;" for number in range(7)]
    heights = sorted(one.y for one in figure.layout.annotations)
    assert min(np.diff(heights)) >= 0.29  # of a picture five high
    few = points.scatter(groups[:6], x="x", y="y", x_title="", y_title="")
    assert few.layout.showlegend and not few.layout.annotations


def test_a_state_has_the_colour_of_its_place_in_an_order_that_is_given() -> None:
    moves = pd.DataFrame({"a": ["two"], "b": ["one"], "n": [3]})
    figure = charts.flow(
        moves,
        before="a",
        after="b",
        value="n",
        before_title="",
        after_title="",
        palette=["red", "blue"],
        order=["one", "two"],
    )
    assert list(figure.data[0].node.color) == ["blue", "red"]


def test_numbers_at_both_ends_of_bars_have_room_and_the_longer_side_has_more() -> (
    None
):
    changes = SimpleNamespace(
        drivers=pd.DataFrame(
            {"driver": ["orders", "customers"], "contribution": [900.0, -100.0]}
        )
    )
    low, high = overview.drivers(cast(Any, changes), "en").layout.xaxis.range
    assert low == pytest.approx(-700) and high == pytest.approx(1200)
    gains = SimpleNamespace(drivers=changes.drivers.head(1))
    assert overview.drivers(cast(Any, gains), "zh").layout.xaxis.range[0] == 0


def test_two_sides_of_words_are_named_at_their_axis_and_in_no_legend() -> None:
    table = pd.DataFrame(
        {
            "word": ["slow", "fast"],
            "side": ["negative", "positive"],
            "z": [4.0, 3.0],
            "count": [9, 8],
            "count_other": [1, 1],
        }
    )
    figure = feedback.words(table, ("negative", "positive"), "en")
    title = figure.layout.xaxis.title.text
    assert title == "← “Positive” · “Negative” →"
    assert not figure.layout.showlegend and not figure.layout.xaxis.showticklabels
