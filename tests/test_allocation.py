"""The exact plan under limits: by hand, against trying everything, and how fast it is."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings

from crm_analysis.analyses.allocation import (
    Infeasible,
    Limit,
    Problem,
    allocate,
    price_limits,
)
from crm_analysis.analyses.allocation.solver import Program, solve_shares
from tests.plans import best_by_trying, many, problems

COST = np.array([10.0, 20.0, 30.0])
PROFIT = np.array([60.0, 100.0, 120.0])


def by_hand(budget: float) -> Problem:
    return Problem(np.arange(3), PROFIT, (Limit("budget", budget, COST),))


@pytest.mark.parametrize(
    ("budget", "best"), [(49, 180), (50, 220), (51, 220), (60, 280)]
)
def test_the_best_plan_by_hand(budget: float, best: float) -> None:
    plan = allocate(by_hand(budget))
    assert plan.profit == pytest.approx(best)
    assert plan.proven and plan.gap == 0


def test_bound_and_price_by_hand() -> None:
    plan = allocate(by_hand(50))
    assert plan.bound == pytest.approx(240)
    (price,) = price_limits(by_hand(50), plan.priced)
    assert (price.above, price.below) == pytest.approx((4, 4))
    assert (price.low, price.high) == pytest.approx((30, 60))


def test_a_price_can_be_another_upwards_than_downwards() -> None:
    (price,) = price_limits(by_hand(60), allocate(by_hand(60)).priced)
    assert (price.above, price.below) == pytest.approx((0, 4))
    assert price.low == pytest.approx(30) and price.high == np.inf


def test_a_minimum_has_a_price_of_what_it_costs() -> None:
    limits = (Limit("least", 2, 1.0, None, at_least=True),)
    problem = Problem(np.arange(3), np.array([5.0, -1.0, -2.0]), limits)
    plan = allocate(problem)
    (price,) = price_limits(problem, plan.priced)
    assert plan.profit == pytest.approx(4)
    assert (price.above, price.below) == pytest.approx((-2, -1))
    assert (price.low, price.high) == pytest.approx((1, 3))


@settings(max_examples=15)
@given(problems())
def test_up_to_ten_customers_equal_trying_everything(problem: Problem) -> None:
    equals_trying_everything(problem)


@pytest.mark.slow
@settings(max_examples=500)
@given(problems())
def test_up_to_ten_customers_always_equal_trying_everything(
    problem: Problem,
) -> None:
    equals_trying_everything(problem)


def equals_trying_everything(problem: Problem) -> None:
    best = best_by_trying(problem)
    if best is None:
        with pytest.raises(Infeasible):
            allocate(problem)
        return
    plan = allocate(problem)
    assert problem.fits(plan.chosen) and plan.proven
    assert plan.profit == pytest.approx(best, abs=1e-9)
    assert best <= plan.bound + 1e-7
    each = np.bincount(problem.customer[plan.chosen], minlength=1)
    assert each.max(initial=0) <= 1


@settings(max_examples=12)
@given(problems())
@pytest.mark.slow
def test_prices_are_what_a_little_more_brings(problem: Problem) -> None:
    try:
        plan = allocate(problem)
    except Infeasible:
        return
    for index, price in enumerate(price_limits(problem, plan.priced)):
        limit = problem.limits[index]
        assert price.above <= price.below + 1e-6
        assert price.low <= limit.amount <= price.high
        end = min(price.high, limit.amount + 1)
        moved = problem.with_amount(index, limit.sign * end)
        try:
            gained = allocate(moved).bound - plan.bound
        except Infeasible:  # in whole options only
            continue
        expected = price.above * (end - limit.amount)
        assert gained == pytest.approx(expected, abs=1e-4)


def test_limits_that_clash_are_the_smallest_set() -> None:
    calls = Limit("calls", 250, 1.0)
    problem = Problem(
        np.arange(400),
        np.ones(400),
        (
            Limit("budget", 1e6, np.ones(400)),
            calls,
            least := Limit("least", 300, 1.0, None, at_least=True),
            Limit("segment", 20, 1.0, np.arange(50), at_least=True),
        ),
    )
    with pytest.raises(Infeasible) as clash:
        allocate(problem)
    assert clash.value.limits == (calls, least)


def test_limits_that_clash_are_known_among_many_customers() -> None:
    problem = many(20_000, limits=4)
    tight = [*problem.limits[:3], Limit("all", 9_000, 1.0, None, at_least=True)]
    with pytest.raises(Infeasible) as clash:
        allocate(problem.with_limits(tight))
    assert {limit.name for limit in clash.value.limits} == {"budget", "all"}


@pytest.mark.parametrize("limits", [1, 4])
def test_thousands_of_customers_come_close_and_can_be_proven(limits: int) -> None:
    problem = many(4_000, limits)
    plan = allocate(problem)
    proven = allocate(problem, proof=True)
    assert problem.fits(plan.chosen) and plan.gap < 5e-5
    assert proven.proven and problem.fits(proven.chosen)
    assert plan.profit <= proven.profit + 1e-9 <= plan.bound + 2e-9


def test_a_small_problem_is_what_the_solver_alone_would_find() -> None:
    from scipy.optimize import Bounds, LinearConstraint, milp

    problem = many(120, limits=4, seed=3)
    plan = allocate(problem)
    rows = [
        LinearConstraint(problem.matrix(), -np.inf, problem.amounts),
        LinearConstraint(
            (problem.position == np.arange(120)[:, None]).astype(float), -np.inf, 1
        ),
    ]
    alone = milp(
        -problem.profit,
        integrality=np.ones(360),
        bounds=Bounds(0, 1),
        constraints=rows,
        options={"mip_rel_gap": 0.0},
    )
    assert plan.profit == pytest.approx(-alone.fun, rel=1e-9)


def test_a_minimum_that_only_one_plan_holds_has_a_plan_and_a_bound() -> None:
    """Prices that only just suffice there lie far away, or nowhere."""
    problem = many(1_700, limits=0)
    kept = np.random.default_rng(0).random(problem.size)
    most = float(np.maximum.reduceat(kept, problem.starts).sum())
    limit = Limit("kept", most, kept, None, at_least=True)
    plan = allocate(problem.with_limits([limit]))
    assert kept @ plan.chosen >= most * (1 - 1e-9)
    assert plan.gap < 1e-6


def test_customers_who_are_all_alike_share_out_the_limits() -> None:
    count = 6_000
    customer = np.repeat(np.arange(count), 2)
    profit = np.tile([3.0, 5.0], count)
    every = np.arange(2 * count)
    limits = (
        Limit("budget", 4_000, np.tile([1.0, 2.0], count)),
        Limit("mails", 1_000, 1.0, every[::2]),
        Limit("calls", 1_200, 1.0, every[1::2]),
    )
    plan = allocate(Problem(customer, profit, limits))
    assert plan.profit == pytest.approx(3 * 1_000 + 5 * 1_200, rel=1e-5)
    assert plan.gap < 1e-5
    least = Limit("least", 1_500, 1.0, every[:count], at_least=True)
    problem = Problem(customer, profit, (limits[0], limits[2], least))
    plan = allocate(problem)
    assert problem.fits(plan.chosen)
    assert plan.profit == pytest.approx(3 * 4_000) and plan.gap < 1e-5


def test_nothing_to_choose_from_is_a_plan_too() -> None:
    empty = Problem(np.zeros(0, dtype=int), np.zeros(0), ())
    assert allocate(empty).profit == 0
    least = Limit("least", 1, 1.0, None, at_least=True)
    with pytest.raises(Infeasible):
        allocate(empty.with_limits([Limit("x", 1, np.zeros(0)), least]))


@pytest.mark.slow
def test_what_the_solver_prints_stays_off_stdout() -> None:
    program = """
import ctypes, os
from crm_analysis.analyses.allocation.solver import quiet
from tests.plans import many
from crm_analysis.analyses.allocation import allocate
print("before")
with quiet():
    ctypes.CDLL(None).printf(b"chatter of the library\\n")
    os.write(1, b"chatter of the process\\n")
for seed in range(20):
    allocate(many(150, limits=4, seed=seed))
print("after")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["before", "after"]
    assert not done.stderr


@pytest.mark.slow
def test_one_budget_is_bounded_as_by_the_solver() -> None:
    problem = many(10_000)
    program = Program(
        problem.position, problem.profit, problem.matrix(), problem.amounts
    )
    solved = solve_shares(program)
    assert allocate(problem).bound == pytest.approx(solved.bound, rel=1e-9)


@pytest.mark.slow
def test_a_million_customers_under_four_limits() -> None:
    program = """
import resource
from tests.plans import many
from crm_analysis.analyses.allocation import allocate
problem = many(1_000_000, limits=4)
plan = allocate(problem)
print(plan.gap, problem.fits(plan.chosen))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    gap, fits, kilobytes = done.stdout.split()
    assert float(gap) <= 1e-5
    assert fits == "True"
    assert float(kilobytes) < 2e6
