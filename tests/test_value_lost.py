"""Who never returns: as many as the model says, within its interval; and what is said of a base."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from crm_analysis import fit_bgnbd, fit_pareto_nbd
from crm_analysis.analyses.value import (
    ValueOptions,
    business_state,
    estimate_from_fit,
    fit_value,
    lost_for_good,
)
from crm_analysis.analyses.value.lost import lost_customers
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.wording import LANGUAGES, say
from tests.test_value_business import shop_without_leavers
from tests.value_orders import sample_orders

CUSTOMERS, SEEDS = 1500, 20


def _bought(rng: np.random.Generator, rate: float, until: float) -> np.ndarray:
    times = np.cumsum(rng.exponential(1 / rate, 64))
    return times[times <= until]


def _by_drop_out(rng: np.random.Generator, until: float) -> tuple[np.ndarray, bool]:
    """BG/NBD: after each purchase a customer leaves with a chance of their own."""
    times = _bought(rng, rng.gamma(0.7, 1 / 5.0), until)
    leaves = rng.random(len(times)) < rng.beta(0.6, 2.5)
    if not leaves.any():
        return times, False
    return times[: int(np.argmax(leaves)) + 1], True


def _by_lifetime(rng: np.random.Generator, until: float) -> tuple[np.ndarray, bool]:
    """Pareto/NBD: a customer leaves after a lifetime of their own."""
    life = rng.exponential(1 / rng.gamma(0.8, 1 / 15.0))
    return _bought(rng, rng.gamma(0.7, 1 / 5.0), min(until, life)), life < until


Shop = Callable[[np.random.Generator, float], tuple[np.ndarray, bool]]


def _shop(draw: Shop, seed: int) -> tuple[pd.DataFrame, int]:
    """The purchase summary of a shop, and how many have left for good."""
    rng = np.random.default_rng(seed)
    rows, left = [], 0
    for number in range(CUSTOMERS):
        until = rng.uniform(30, 60)
        times, gone = draw(rng, until)
        left += gone
        last = times[-1] if len(times) else 0.0
        rows.append((f"c{number}", len(times), last, until, np.nan))
    columns = ["customer", "frequency", "recency", "T", "monetary"]
    return pd.DataFrame(rows, columns=columns), left


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "fit"), [(_by_drop_out, fit_bgnbd), (_by_lifetime, fit_pareto_nbd)]
)
def test_the_interval_holds_as_many_as_have_left_as_often_as_it_says(
    draw: Shop, fit: Callable[[pd.DataFrame], PurchaseModel]
) -> None:
    held = 0
    for seed in range(SEEDS):
        summary, left = _shop(draw, seed)
        lost = lost_customers(fit(summary), 0.8)
        assert lost["lost_lo"] < lost["lost"] < lost["lost_hi"]
        held += lost["lost_lo"] <= left <= lost["lost_hi"]
    assert 13 <= held <= SEEDS  # 80 % of 20 is 16; fewer than 13 is beyond chance


def test_lost_are_the_chances_of_having_left_added_up() -> None:
    table = shop_without_leavers(0, leaving=0.4)
    options = ValueOptions(model="mbgnbd", intervals=False)
    value = estimate_from_fit(fit_value(table, options), options)
    total = value.summary()
    assert total["lost"] == pytest.approx((1 - value.customers["alive"]).sum())
    assert total["lost"] + total["alive"] == pytest.approx(total["customers"])
    assert (
        0 < total["lost_lo"] < total["lost"] < total["lost_hi"] < total["customers"]
    )
    details = {name: total[name] for name in ("lost_lo", "lost_hi")}
    for language in LANGUAGES:
        sentence = say("value.figure_help.lost", language, coverage=0.8, **details)
        assert "80%" in sentence
    fitted = fit_value(table, options)
    for name, figure in lost_for_good(fitted, options.coverage).items():
        assert figure == pytest.approx(total[name])
    few = table[table["customer"].isin(["c1", "c2", "c3"])]
    unknown = estimate_from_fit(fit_value(few), ValueOptions())
    assert unknown.model.name == "lookalike"  # which knows of a window alone
    assert unknown.summary()["lost"] is None


def _shuffled(orders: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same orders on the same days, dealt out anew among the customers."""
    rng = np.random.default_rng(seed)
    keys = (
        orders["order"] if "order" in orders.columns else orders.index.to_series()
    )
    owners = orders["customer"].groupby(keys.to_numpy()).first()
    dealt = dict(zip(owners.index, rng.permutation(owners.to_numpy()), strict=True))
    return orders.assign(customer=keys.map(dealt))


@pytest.mark.slow
def test_a_shuffled_shop_is_not_told_that_its_base_shrinks() -> None:
    def says_so(orders: pd.DataFrame) -> bool:
        keys = {remark.key for remark in business_state(orders).remarks}
        return "value.remark.shrinking" in keys

    sample = sample_orders()
    shops = [_shuffled(sample, seed) for seed in range(20)]
    assert sum(map(says_so, shops)) <= 2  # two standard errors leave 5 %
    steady = [_shuffled(shop_without_leavers(seed), seed) for seed in range(20)]
    assert sum(map(says_so, steady)) <= 2


@pytest.mark.slow
def test_in_a_shuffled_shop_too_every_period_adds_up() -> None:
    for seed in range(5):
        state = business_state(_shuffled(sample_orders(), seed))
        table, months = state.flows, state.months
        came = table["before"] + table["new"] + table["returned"]
        assert (came - table["lost"]).tolist() == table["active"].tolist()
        assert table["before"].tolist()[:-1] == table["active"].tolist()[1:]
        flows = months["new"] + months["returned"] - months["lost"]
        assert months["active"].diff()[1:].tolist() == flows[1:].tolist()
