"""The next customers of a test: shared by the chance of each cell to be the best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis import AnalysisError, CellOptions, share_cells


def _cells(*bought: int, of: int = 100) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cell": [f"cell {number}" for number in range(len(bought))],
            "bought": bought,
            "nothing": [of - count for count in bought],
        }
    )


def test_shares_of_outcomes_are_those_by_hand() -> None:
    cells = pd.DataFrame(
        {"cell": ["all"], "buy": [3], "click": [2], "nothing": [1]}
    )
    shares = share_cells(cells).outcomes["share"]
    np.testing.assert_allclose(shares, [4 / 9, 3 / 9, 2 / 9])


def test_the_chance_of_being_best_is_that_by_hand() -> None:
    cells = pd.DataFrame({"cell": ["A", "B"], "yes": [1, 0], "no": [0, 0]})
    result = share_cells(cells, CellOptions(customers=90))
    np.testing.assert_allclose(result.cells["best"], [2 / 3, 1 / 3], atol=1e-6)
    assert result.cells["next"].tolist() == [60, 30]
    assert result.summary()["best"] == pytest.approx(2 / 3, abs=1e-6)


def test_the_integral_and_draws_agree() -> None:
    cells = _cells(12, 15, 9, 14)
    by_integral = share_cells(cells).cells
    halves = cells.assign(silent=cells["nothing"] // 2)
    halves["nothing"] -= halves["silent"]
    # Worth a little more than nothing: no Beta any more, and no difference to speak of.
    options = CellOptions(worth=(1.0, 0.0, 1e-9), draws=200_000, prior=0.5)
    by_draws = share_cells(halves, options).cells
    options = CellOptions(worth=(1.0, 0.0, 0.0), prior=0.5)
    same_prior = share_cells(halves, options).cells
    np.testing.assert_allclose(by_draws["best"], same_prior["best"], atol=0.005)
    assert by_integral["best"].sum() == pytest.approx(1.0)
    assert by_integral["best"].idxmax() == 1


def test_the_least_of_a_bad_outcome_is_the_best() -> None:
    complaints = CellOptions(outcomes=("bought", "nothing"), worth=(-1.0, 0.0))
    result = share_cells(_cells(2, 30), complaints)
    assert result.cells["best"].iloc[0] > 0.99


def test_worths_weigh_the_outcomes() -> None:
    cells = pd.DataFrame(
        {"arm": ["A", "B"], "large": [5, 40], "small": [60, 0], "nothing": [35, 60]}
    )
    by_count = share_cells(cells, CellOptions(worth=(1.0, 1.0, 0.0)))
    by_money = share_cells(cells, CellOptions(worth=(100.0, 10.0, 0.0)))
    assert by_count.cells["best"].idxmax() == 0
    assert by_money.cells["best"].idxmax() == 1
    cells = by_money.cells
    assert (
        cells["worth"].between(cells["lo"], cells["hi"], inclusive="neither").all()
    )


def test_equal_cells_share_alike() -> None:
    result = share_cells(_cells(10, 10, 10), CellOptions(customers=100))
    np.testing.assert_allclose(result.cells["best"], 1 / 3)
    assert sorted(result.cells["next"]) == [33, 33, 34]
    alike = share_cells(_cells(1, 50), CellOptions(worth=(1.0, 1.0)))
    np.testing.assert_allclose(alike.cells["best"], 0.5)


@pytest.mark.parametrize("floor", [0.0, 0.1, 0.25])
def test_next_customers_add_up_and_no_cell_falls_below_the_floor(
    floor: float,
) -> None:
    options = CellOptions(customers=1_001, floor=floor)
    shared = share_cells(_cells(2, 30, 10, 4), options).cells["next"]
    assert shared.sum() == 1_001
    assert (shared >= np.floor(floor * 1_001)).all()


def test_the_better_a_cell_did_the_more_it_gets() -> None:
    result = share_cells(_cells(5, 9, 13)).cells
    assert result["next"].is_monotonic_increasing
    assert result["loss"].is_monotonic_decreasing


def test_large_tests_are_decided() -> None:
    result = share_cells(_cells(100_000, 120_000, of=1_000_000))
    assert result.cells["best"].tolist() == pytest.approx([0.0, 1.0])
    assert result.cells["next"].tolist() == [0, 1_000]


def test_small_cells_and_the_leader_are_named() -> None:
    result = share_cells(_cells(1, 3, of=10))
    best, few = (note.sentence() for note in result.notes)
    assert "cell 1" in best and "20" in few
    assert all(note.sentence("zh") for note in result.notes)


def test_the_same_seed_gives_the_same_answer() -> None:
    cells = _cells(3, 4).assign(clicked=[2, 5])
    once, again, other = (
        share_cells(cells, CellOptions(worth=(3.0, 0.0, 1.0), seed=seed)).cells[
            "best"
        ]
        for seed in (1, 1, 2)
    )
    assert once.tolist() == again.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("cells", "options", "key"),
    [
        (_cells(1, 2).drop(columns="cell"), {}, "no_column"),
        (_cells(1, 2), {"outcomes": ("bought", "gone")}, "no_column"),
        (_cells(), {}, "no_cells"),
        (_cells(1, 2).assign(cell="same"), {}, "repeated"),
        (_cells(1, 2).drop(columns="nothing"), {}, "one_outcome"),
        (_cells(1, 2), {"outcomes": ("bought", "bought")}, "one_outcome"),
        (_cells(-1, 2), {}, "counts"),
        (_cells(1, 2).assign(bought=[np.nan, 1]), {}, "counts"),
        (_cells(1, 2), {"worth": (1.0,)}, "worth"),
        (_cells(1, 2), {"worth": (1.0, float("nan"))}, "worth"),
        (_cells(1, 2, 3), {"floor": 0.4}, "floor"),
    ],
)
def test_what_cannot_be_shared_by_is_said(
    cells: pd.DataFrame, options: dict[str, Any], key: str
) -> None:
    with pytest.raises(AnalysisError) as refused:
        share_cells(cells, CellOptions(**options))
    assert refused.value.key == f"strategy.cells.{key}"
    assert refused.value.sentence("en") and refused.value.sentence("zh")
