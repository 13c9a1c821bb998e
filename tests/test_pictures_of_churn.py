"""The pictures of churn: the tree, what counts, the confusion, curves, and names of features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.churn import (
    Churn,
    ChurnOptions,
    predict_churn,
    readable_tree,
)
from crm_analysis.analyses.churn.data.history import COLUMNS
from crm_analysis.presentation.pictures import churn as pictures, retention, trees
from crm_analysis.wording import LANGUAGES, Language, say
from tests.churn_pages import people

# Pictures


@pytest.fixture(scope="module")
def found() -> Churn:
    frame = (
        people()
        .drop(columns="closing_reason")
        .rename(columns={"customer_id": "customer"})
        .assign(churned=lambda table: table["churned"] == "yes")
    )
    return predict_churn(frame, ChurnOptions(model="logistic"))


def test_the_tree_has_a_branch_for_every_node_but_the_first(
    found: Churn,
) -> None:
    tree = readable_tree(found, depth=2)
    figure = trees.tree(tree.nodes, "en", pictures.scales_of(found), False)
    assert len(figure.data) == len(tree.nodes)  # a line each, and the points
    assert len(figure.data[-1].x) == len(tree.nodes)
    assert figure.data[-1].text[0].startswith("all customers")


@pytest.mark.parametrize("language", LANGUAGES)
def test_conditions_and_reasons_are_said_plainly(language: Language) -> None:
    row = {"op": "above", "feature": "calls", "number": 2.5, "value": "2.5"}
    assert pictures.condition_text(
        row, language, {"calls": "whole"}, False
    ).endswith("2")
    assert "2.5" in pictures.condition_text(row, language, {}, False)
    flag = pictures.condition_text(
        row | {"number": 0.5}, language, {"calls": "flag"}, False
    )
    assert flag == say("retention.reason.yes", language, feature="calls")
    reason = {
        "kind": "category",
        "feature": "plan",
        "value": "A",
        "number": np.nan,
        "direction": "down",
        "points": -4.4,
    }
    assert "4" in pictures.reason_text(
        reason, language, False
    ) and "A" in pictures.reason_text(reason, language, False)


def test_what_counts_is_in_one_order_and_what_may_be_nothing_is_grey() -> None:
    told = pd.DataFrame(
        {
            "feature": ["a", "b", "c"],
            "importance": [0.02, 0.05, 0.01],
            "lo": [0.01, -0.02, -0.01],
            "hi": [0.03, 0.12, 0.03],
        }
    )
    figure = pictures.importance(told, "en", False)
    assert list(figure.layout.yaxis.categoryarray) == ["a", "b", "c"]
    assert [list(trace.y) for trace in figure.data] == [["a"], ["b", "c"]]
    assert (
        figure.data[0].marker.color is None
        and figure.data[1].marker.color
        == figure.data[1].error_x.color
        == pictures._QUIET
    )


def test_branches_that_differ_in_their_bound_only_can_be_told_apart() -> None:
    long = "purchases to expect in a window of the kind that is meant {}"
    low, high = (
        trees._wrapped(long.format(end)) for end in ("at most 1.38", "above 1.38")
    )
    assert low != high and low.replace("<br>", " ").endswith("at most 1.38")
    assert max(len(line) for line in low.split("<br>")) <= trees._WIDE


def test_the_confusion_sets_right_and_wrong_apart(found: Churn) -> None:
    drawn = retention.confusion(found.confusion(0.3), "en").data[0]
    assert [np.sign(value) for row in drawn.z for value in row] == [
        1,
        -1,
        -1,
        1,
    ]


def test_every_curve_starts_and_ends_where_it_must(found: Churn) -> None:
    for figure in (pictures.gain(found, "en"), pictures.roc(found, "en")):
        assert (figure.data[0].x[0], figure.data[0].y[0]) == (0, 0)
        assert (figure.data[0].x[-1], figure.data[0].y[-1]) == pytest.approx((1, 1))


def test_how_far_down_the_riskiest_are_looked_for_is_said_at_its_line(
    found: Churn,
) -> None:
    (note,) = pictures.gain(found, "en").layout.annotations
    assert note.text == "10%" and note.x == 0.1 and note.xanchor == "left"


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_known_of_a_history_has_a_name_a_reader_knows(
    language: Language,
) -> None:
    assert not [
        name
        for name in COLUMNS
        if pictures.feature_name(name, language, from_orders=True) == name
        and (language == "zh" or "_" in name)
    ]


def test_a_column_that_a_table_came_with_keeps_its_name() -> None:
    assert (
        pictures.feature_name("tenure", "en", from_orders=False) == "tenure"
    )  # in months, perhaps
    assert "days" in pictures.feature_name("tenure", "en", from_orders=True)
