"""Which model is chosen, what it falls back to, seasons, and what does not suit a model."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.customers import purchase_days
from crm_analysis.analyses.value import (
    MODELS,
    ModelEntry,
    Value,
    ValueOptions,
    estimate_value,
    simulate_purchases,
)
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import summarise
from crm_analysis.analyses.value.suitability import check_purchases
from crm_analysis.errors import AnalysisError
from tests.value_shops import START, shop, spoken


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Orders of 400 simulated customers."""
    return shop()


@pytest.fixture(scope="module")
def value(orders: pd.DataFrame) -> Value:
    """What they are worth at a margin of 40 %."""
    return estimate_value(orders, ValueOptions(unit="week", margin=0.4))


class TestSeason:
    @pytest.mark.slow
    def test_planted_season_is_found_and_used(self) -> None:
        weights = [0.35] * 10 + [1.0, 1.0]
        got = estimate_value(
            shop(900, days=1095, seed=1, leaving=900.0, season=weights),
            ValueOptions(holdout=52),
        )
        months = got.season.set_index("month")["multiplier"]
        assert months[[11, 12]].min() > 1.4 > 1.0 > months[list(range(2, 10))].max()
        assert got.seasonal
        without = estimate_value(
            shop(900, days=1095, seed=1, leaving=900.0, season=weights),
            ValueOptions(holdout=52, seasonal=False, intervals=False),
        )
        ratio = (
            got.curve["expected_orders"] / without.curve["expected_orders"]
        ).to_numpy()
        assert (
            not without.seasonal
            and ratio[-2:].min() > 1.4
            and ratio[2:9].max() < 0.95
        )

    def test_no_season_is_not_invented(self, value: Value) -> None:
        assert (
            not value.seasonal or value.season["multiplier"].between(0.7, 1.3).all()
        )


class TestFallback:
    def test_few_customers_get_an_honest_simple_answer(self) -> None:
        rows = [
            ("a", "2024-01-01"),
            ("a", "2024-02-01"),
            ("b", "2024-01-15"),
            ("c", "2024-03-01"),
        ]
        got = estimate_value(
            pd.DataFrame(rows, columns=["customer", "date"]).assign(
                date=lambda table: pd.to_datetime(table["date"]), amount=10.0
            )
        )
        assert got.model.name == "lookalike" and len(got.customers) == 3
        keys = [key for key, _ in got.notes]
        assert (
            "value.note.fallback_few" in keys
            and "value.note.no_holdout" in keys
            and got.headline[0] == "value.headline.none"
        )
        assert (
            np.isfinite(got.customers["expected_orders"]).all()
            and (got.customers["expected_orders"] >= 0).all()
        )
        assert got.summary()["holdout_error"] is None

    @pytest.mark.slow
    def test_a_fit_that_fails_says_so(
        self, orders: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def failing(entry: ModelEntry) -> ModelEntry:
            def fit(summary: pd.DataFrame, seed: int) -> PurchaseModel:
                return replace(entry.fit(summary, seed=seed), converged=False)

            return replace(entry, fit=fit)

        for name, entry in MODELS.items():
            monkeypatch.setitem(MODELS, name, failing(entry))
        got = estimate_value(orders)
        assert got.model.name == "lookalike"
        keys = [key for key, _ in got.notes]
        assert "value.note.failed" in keys and "value.note.fallback" in keys
        assert got.models.set_index("model").loc["lookalike", "chosen"]
        assert got.customers["orders_hi"].max() > 0
        [spoken(key, details) for key, details in got.notes]

    @pytest.mark.parametrize(
        "amounts", [[0.0] * 6, [5.0] * 6, [-1.0, 5, 5, 5, 5, 5]]
    )
    def test_odd_money_gives_finite_values(self, amounts: list[float]) -> None:
        table = pd.DataFrame(
            {
                "customer": list("aabbcc"),
                "date": pd.date_range("2024-01-01", periods=6, freq="20D"),
                "amount": amounts,
            }
        )
        got = estimate_value(table)
        assert (
            np.isfinite(got.customers["value"]).all()
            and (got.customers["value"] >= 0).all()
        )

    def test_one_day_and_nothing_bought_are_refused(self) -> None:
        with pytest.raises(AnalysisError) as one:
            estimate_value(
                pd.DataFrame(
                    {"customer": ["a"], "date": pd.to_datetime(["2024-01-01"])}
                )
            )
        assert one.value.key == "value.one_day"
        with pytest.raises(AnalysisError):
            estimate_value(
                pd.DataFrame(
                    {"customer": [None], "date": pd.to_datetime(["2024-01-01"])}
                )
            )
        with pytest.raises(AnalysisError):
            estimate_value(pd.DataFrame({"customer": ["a"]}))


class TestSuitability:
    @staticmethod
    def failing(table: pd.DataFrame, horizon: float = 365.0) -> set[str]:
        bought = purchase_days(table)
        return {
            check.name
            for check in check_purchases(bought, summarise(bought, "week"), horizon)
            if check.level == "warn"
        }

    def test_what_fits_is_not_blamed(self, orders: pd.DataFrame) -> None:
        assert not self.failing(orders) & {
            "contractual",
            "regular",
            "spend_frequency",
            "concentration",
            "length",
            "repeaters",
        }

    def test_contracts_are_warned_of(self) -> None:
        rows = [
            (who, START + pd.DateOffset(months=month), 9.0)
            for who in range(100)
            for month in range(12)
        ]
        assert "contractual" in self.failing(
            pd.DataFrame(rows, columns=["customer", "date", "amount"])
        )

    def test_regular_buyers_are_warned_of(self) -> None:
        assert "regular" in self.failing(shop(200, gap=20))

    def test_a_short_record_is_warned_of(self, orders: pd.DataFrame) -> None:
        assert "length" in self.failing(orders[orders["date"] < "2023-03-01"])

    def test_spend_that_goes_with_frequency_is_warned_of(
        self, orders: pd.DataFrame
    ) -> None:
        count = orders.groupby("customer")["date"].transform("size")
        assert "spend_frequency" in self.failing(
            orders.assign(amount=orders["amount"] * count)
        )

    def test_one_large_customer_is_warned_of(self, orders: pd.DataFrame) -> None:
        large = orders.assign(
            amount=np.where(
                orders["customer"] == orders["customer"].iloc[0],
                1_000_000.0,
                orders["amount"],
            )
        )
        assert "concentration" in self.failing(large)

    def test_a_record_that_begins_in_the_middle_is_warned_of(self) -> None:
        table = shop(900, days=730, seed=2, coming=730)
        assert "beginning" in self.failing(
            table[table["date"] >= START + pd.Timedelta(days=250)]
        )


class TestChoice:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("name", "parameters"),
        [
            ("bgnbd", {"r": 0.8, "alpha": 8.0, "a": 0.8, "b": 2.5}),
            ("pareto_nbd", {"r": 0.8, "alpha": 8.0, "s": 0.6, "beta": 11.0}),
        ],
    )
    def test_simulated_bases_are_foretold(
        self, name: str, parameters: dict[str, float]
    ) -> None:
        """The chosen model's total within 10 % on customers who behave as a model says."""
        rng = np.random.default_rng(0)
        rows = []
        table = simulate_purchases(name, parameters, 1500, 78.0, 7)
        for who, x, last in zip(
            table["customer"], table["frequency"], table["recency"], strict=True
        ):
            moments = np.sort(
                np.r_[
                    0.0,
                    rng.uniform(0, last, max(x - 1, 0)),
                    [last] if x else [],
                ]
            )
            rows += [
                (f"{who}", START + pd.Timedelta(days=round(7 * moment)))
                for moment in moments
            ]
        got = estimate_value(
            pd.DataFrame(rows, columns=["customer", "date"]),
            ValueOptions(
                holdout=26,
                intervals=False,
                until=str((START + dt.timedelta(days=546)).date()),
            ),
        )
        assert abs(got.summary()["holdout_error"]) < 0.1
