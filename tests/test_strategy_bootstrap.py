"""The interval of a plan for more customers than can be drawn two hundred times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.strategy import bootstrap
from crm_analysis.analyses.strategy.misses import Estimates


def options(
    customers: int, cells: int | None = None, seed: int = 0
) -> pd.DataFrame:
    """Two options a customer, whose errors are their own, or shared within so many cells."""
    rng = np.random.default_rng(seed)
    count = 2 * customers
    table = pd.DataFrame(
        {
            "customer": np.repeat(np.arange(customers), 2),
            "action": np.tile(["call", "mail"], customers),
            "profit": rng.normal(1, 1, count),
            "cost": rng.uniform(0.5, 1.5, count),
            "error": 0.6,
        }
    )
    if cells is None:
        return table
    cell = np.repeat(np.arange(customers) % cells, 2) * 2 + np.tile(
        [0, 1], customers
    )
    shift = 0.6 * rng.standard_normal(2 * cells)
    return table.assign(cell=cell, profit=table["profit"] + shift[cell])


def both(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, share: float
) -> tuple[crm.Honesty, crm.Honesty]:
    """Drawn of everybody, and where only a share of that many options may be valued."""
    plan = crm.plan_actions(table)
    once = crm.HonestyOptions(splits=1)
    whole = crm.judge_plan(plan, once)
    valued = bootstrap._VALUED * plan.problem.size * 200
    monkeypatch.setattr(bootstrap, "_OPTIONS", int(valued * share))
    return whole, crm.judge_plan(plan, once)


def same(one: np.ndarray, other: np.ndarray, spread: float) -> None:
    """Two sets of 200 draws are of one distribution, as far as so many can tell."""
    assert other.std() == pytest.approx(one.std(), rel=spread)
    assert abs(one.mean() - other.mean()) < 4 * one.std() * np.sqrt(2 / 200)


def test_a_sample_tells_what_all_who_err_together_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, sampled = both(options(1_500, cells=1), monkeypatch, 0.4)
    same(whole.draws, sampled.draws, 0.2)
    (note,) = (n for n in sampled.notes if n.key == "strategy.note.sampled_draws")
    assert note.details == {"sample": 600, "customers": 1_500}
    assert "600" in note.sentence("en") and "600" in note.sentence("zh")
    assert whole.notes == ()


@pytest.mark.parametrize("cells", [None, 60])
def test_who_errs_alone_is_in_every_draw_however_many_there_are(
    cells: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, again = both(options(300, cells), monkeypatch, 0.01)
    assert (whole.draws == again.draws).all()
    assert again.notes == ()


def test_those_who_err_together_and_alone_are_drawn_each_in_their_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = options(1_500, cells=1)
    alone = table["customer"] >= 1_000
    table["cell"] = table["cell"].where(~alone)
    whole, parted = both(table, monkeypatch, 0.4)
    same(whole.draws, parted.draws, 0.2)
    (note,) = parted.notes
    assert note.details == {"sample": 600, "customers": 1_000}


def test_whoever_shares_a_cell_is_in_one_group() -> None:
    customer = np.array([0, 0, 1, 1, 2, 3])
    problem = crm.analyses.allocation.Problem(customer, np.ones(6))
    cell = np.array([0, 1, 1, 2, 3, 4])
    known = Estimates(problem, np.ones(6), np.ones(6), cell)
    assert bootstrap._who_err_together(known).tolist() == [0, 0, 1, 2]
