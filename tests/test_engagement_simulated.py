"""How often readings are right, measured: false wins, coverage, the gate, confounding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.engagement.adjusted import Adjustment
from crm_analysis.analyses.engagement.looks import always_valid, obrien_fleming
from crm_analysis.analyses.inference import means_differ, moments, shares_differ
from crm_analysis.errors import AnalysisError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("kind", ["share", "money"])
def test_a_thousand_tests_of_nothing_win_as_often_as_promised(kind: str) -> None:
    """3.5 to 6.5 %."""
    rng = np.random.default_rng(0)
    wins = 0
    for _ in range(1000):
        arm = rng.random(1000) < 0.5
        bought = rng.random(1000) < 0.1
        if kind == "share":
            first, second = bought[arm], bought[~arm]
            hits = int(first.sum()), int(second.sum())
            estimate = shares_differ(hits, (len(first), len(second)), 0.95)
        else:
            spent = bought * rng.gamma(2, 30, 1000)
            estimate = means_differ(moments(spent[arm]), moments(spent[~arm]), 0.95)
        wins += estimate.p < 0.05
    assert 0.035 <= wins / 1000 <= 0.065


def _looking(looks: int, seed: int = 0, tests: int = 1000) -> np.ndarray:
    """(test, look) → (difference, variance) of tests of nothing that go on."""
    rng = np.random.default_rng(seed)
    size = 100 * looks
    values = rng.normal(size=(tests, 2, size))
    number = 100 * np.arange(1, looks + 1)
    means = np.cumsum(values, axis=2)[:, :, number - 1] / number
    return np.stack(
        [means[:, 1] - means[:, 0], np.broadcast_to(2 / number, (tests, looks))]
    )


def test_twenty_looks_win_too_often_by_themselves_and_not_by_msprt() -> None:
    difference, variance = _looking(20)
    plain = (np.abs(difference) / np.sqrt(variance) > 1.96).any(axis=1).mean()
    assert plain == pytest.approx(0.249, abs=0.04)
    p = np.array(
        [
            [always_valid(d, v, 0.1)[0] for d, v in zip(*pair, strict=True)]
            for pair in zip(difference, variance, strict=True)
        ]
    )
    assert (p.min(axis=1) < 0.05).mean() <= 0.05


def test_five_looks_by_o_brien_and_fleming_win_as_often_as_promised() -> None:
    difference, variance = _looking(5, tests=4000)
    z = np.abs(difference) / np.sqrt(variance)
    edges = np.array([obrien_fleming(0.05, 5, look) for look in range(1, 6)])
    assert (z > edges).any(axis=1).mean() == pytest.approx(0.05, abs=0.012)


def test_permuted_arms_refuse_a_list() -> None:
    """In at least 95 % of trials where no customer differs."""
    refused = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        size = 3000
        table = pd.DataFrame(
            {
                "arm": rng.choice(["mail", "none"], size),
                "recency": rng.integers(1, 12, size),
                "web": rng.integers(0, 2, size),
                "spent": rng.gamma(2, 50, size),
            }
        )
        chance = 0.08 + 0.01 * table["recency"] + 0.05 * table["web"]
        table["visit"] = (rng.random(size) < chance).astype(int)
        options = crm.UpliftOptions(outcome="visit", draws=60, seed=seed)
        refused += not crm.uplift(table, options).evident
    assert refused >= 95


def test_the_same_odds_ratio_for_all_refuses_a_list() -> None:
    """In at least 93 % of trials: the gate's level is 5 %."""
    refused = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        size = 3000
        mailed = rng.random(size) < 0.5
        recency, web = rng.integers(1, 12, size), rng.integers(0, 2, size)
        odds = np.exp(-3 + 0.2 * recency + 0.6 * web + 0.8 * mailed)
        table = pd.DataFrame(
            {
                "arm": np.where(mailed, "mail", "none"),
                "recency": recency,
                "web": web,
                "visit": (rng.random(size) < odds / (1 + odds)).astype(int),
            }
        )
        options = crm.UpliftOptions(outcome="visit", draws=60, seed=seed)
        refused += not crm.uplift(table, options).evident
    assert refused >= 93


def test_a_planted_difference_is_covered_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    covered = {"share": 0, "money": 0}
    for _ in range(2000):
        arm = rng.random(2000) < 0.5
        bought = rng.random(2000) < np.where(arm, 0.15, 0.10)
        hits = int(bought[arm].sum()), int(bought[~arm].sum())
        shares = shares_differ(hits, (int(arm.sum()), int((~arm).sum())), 0.95)
        covered["share"] += shares.lo <= 0.05 <= shares.hi
        spent = bought * rng.gamma(2, 30, 2000)
        money = means_differ(moments(spent[arm]), moments(spent[~arm]), 0.95)
        covered["money"] += money.lo <= 3.0 <= money.hi
    assert all(0.93 <= count / 2000 <= 0.97 for count in covered.values())


def test_what_is_known_is_taken_into_account_with_the_coverage_promised() -> None:
    covered = naive = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(800, 2))
        arm = rng.random(800) < 1 / (1 + np.exp(-0.7 * x[:, 0]))
        y = x @ [1.0, 0.5] + 0.5 * arm + rng.normal(size=800)
        adjustment = Adjustment(x, arm)
        assert adjustment.overlaps
        estimate = adjustment.compare(y).estimate
        covered += estimate.lo <= 0.5 <= estimate.hi
        naive += abs(y[arm].mean() - y[~arm].mean() - 0.5) < 0.1
    assert 0.91 <= covered / 200 <= 0.99
    assert naive < 20


def test_confounded_contacts_are_never_called_an_experiment() -> None:
    for seed in range(100):
        rng = np.random.default_rng(seed)
        size = int(rng.integers(800, 3000))
        history = rng.gamma(2, 100, size)
        keen = history > np.median(history)
        arm = rng.random(size) < np.where(keen, 0.6, 0.4)
        table = pd.DataFrame(
            {
                "arm": np.where(arm, "treated", "control"),
                "history": history,
                "bought": rng.random(size) < np.where(keen, 0.2, 0.1),
            }
        )
        try:
            test = crm.read_test(table, crm.ReadTestOptions(outcomes=("bought",)))
        except AnalysisError as problem:
            assert problem.key == "engagement.sample_ratio"
            continue
        assert test.claim != "experiment"
        assert ".experiment." not in test.verdict.key
