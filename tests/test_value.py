"""The whole estimate: hold-out, calibration, money, and the result it gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.value import (
    Value,
    ValueOptions,
    estimate_from_fit,
    estimate_value,
    fit_value,
    value_ranges,
)
from crm_analysis.analyses.value.holdout import ModelTrial
from crm_analysis.analyses.value.models.lookalike import LookAlike
from crm_analysis.analyses.value.ranges import calibrate
from tests.value_orders import cdnow_orders
from tests.value_shops import START, shop, spoken


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Orders of 400 simulated customers."""
    return shop()


@pytest.fixture(scope="module")
def value(orders: pd.DataFrame) -> Value:
    """What they are worth at a margin of 40 %."""
    return estimate_value(orders, ValueOptions(unit="week", margin=0.4))


@pytest.fixture(scope="module")
def cdnow_value(real_data: Path) -> Value:
    """CDNOW, with the hold-out of the papers."""
    return estimate_value(cdnow_orders(real_data), ValueOptions(holdout=39))


class TestCDNOW:
    def test_a_hold_out_of_39_weeks_is_as_published(
        self, cdnow_value: Value
    ) -> None:
        models = cdnow_value.models.set_index("model")
        assert set(models["actual"]) == {1882}
        assert models.loc["bgnbd", "expected"] == pytest.approx(1653, abs=1)
        assert abs(models.loc["bgnbd", "error"]) <= 0.125
        chosen = models[models["chosen"]].iloc[0]
        assert abs(chosen["error"]) < abs(models.loc["bgnbd", "error"])
        assert (
            chosen["rmse"] < models.loc["lookalike", "rmse"]
            and chosen["rmse"] < models.loc["same_again", "rmse"]
        )
        assert (
            cdnow_value.headline[0] == "value.headline.low"
            and cdnow_value.headline[1]["end"] == "1998-06-30"
        )

    def test_tables_of_the_hold_out_agree(self, cdnow_value: Value) -> None:
        total = cdnow_value.summary()
        assert (
            cdnow_value.holdout["actual"].sum()
            == cdnow_value.by_frequency["actual"].sum()
            == total["holdout_actual"]
            == 1882
        )
        for table in (cdnow_value.holdout, cdnow_value.by_frequency):
            assert table["expected"].sum() == pytest.approx(
                total["holdout_expected"], rel=1e-9
            )
        weekly = cdnow_value.weekly
        assert len(weekly) == 38 + 1 + 39 or len(weekly) == 39 + 39
        ahead = weekly[weekly["part"] == "ahead"]
        assert ahead["actual"].sum() == 1882 and len(ahead) == 39
        assert ahead["expected"].sum() == pytest.approx(
            total["holdout_expected"], rel=1e-3
        )
        assert (
            weekly["actual_cumulative"].iloc[-1]
            == 1882 + weekly.loc[weekly["part"] == "past", "actual"].sum()
        )
        past = weekly[weekly["part"] == "past"]
        assert past["expected_cumulative"].iloc[-1] == pytest.approx(
            past["actual_cumulative"].iloc[-1], rel=0.03
        )
        assert cdnow_value.by_frequency["customers"].tolist() == [
            1411,
            439,
            214,
            100,
            62,
            38,
            29,
            64,
        ]

    def test_intervals_cover_as_promised(self, cdnow_value: Value) -> None:
        everyone = cdnow_value.coverage.set_index("orders").loc["all"]
        assert everyone["coverage"] >= 0.8
        inside = (
            cdnow_value.holdout["actual"] >= cdnow_value.holdout["orders_lo"]
        ) & (cdnow_value.holdout["actual"] <= cdnow_value.holdout["orders_hi"])
        assert inside.mean() >= 0.8

    def test_one_time_buyers_are_kept(
        self, cdnow_value: Value, real_data: Path
    ) -> None:
        assert (
            len(cdnow_value.customers)
            == cdnow_orders(real_data)["customer"].nunique()
            == 2357
        )
        once = cdnow_value.customers[cdnow_value.customers["frequency"] == 0]
        assert (
            len(once) > 1000
            and (once["expected_orders"] > 0).all()
            and (once["value"] > 0).all()
        )

    def test_the_choice_is_the_readers(self, real_data: Path) -> None:
        got = estimate_value(
            cdnow_orders(real_data),
            ValueOptions(
                holdout=39, model="bgnbd", intervals=False, until="1998-06-30"
            ),
        )
        assert got.model.name == "bgnbd" and got.summary()[
            "holdout_expected"
        ] == pytest.approx(1653.4, abs=0.5)
        assert got.parameters["model"].unique().tolist() == [
            "bgnbd",
            "gamma_gamma",
        ]

    @pytest.mark.slow
    def test_orders_without_amounts_are_expected_without_money(
        self, real_data: Path
    ) -> None:
        table = pd.read_csv(
            real_data
            / "example_transactions_lifetimes"
            / "example_transactions.csv"
        ).rename(columns={"id": "customer"})
        got = estimate_value(table.assign(date=pd.to_datetime(table["date"])))
        assert (
            "value" not in got.customers
            and got.spend is None
            and got.summary()["equity"] is None
        )
        assert ("value.note.no_amount", {}) in got.notes
        assert abs(got.summary()["holdout_error"]) < 0.15

    @pytest.mark.slow
    def test_online_retail_is_foretold_with_its_returns(
        self, real_data: Path
    ) -> None:
        parts = [
            pd.read_csv(path, dtype=str)
            for path in sorted((real_data / "online_retail").glob("*.csv"))
        ]
        lines = pd.concat(parts, ignore_index=True)
        table = pd.DataFrame(
            {
                "customer": lines["CustomerID"],
                "date": pd.to_datetime(lines["InvoiceDate"], format="mixed"),
                "quantity": lines["Quantity"].astype(float),
            }
        )
        table["amount"] = table["quantity"] * lines["UnitPrice"].astype(float)
        got = estimate_value(table, ValueOptions(horizon=13))
        assert abs(got.summary()["holdout_error"]) < 0.1
        assert (
            got.summary()["equity_lo"]
            < got.summary()["equity"]
            < got.summary()["equity_hi"]
        )
        assert any(key == "value.note.returns" for key, _ in got.notes) and any(
            key == "value.note.left_out" for key, _ in got.notes
        )
        [spoken(key, details) for key, details in got.notes]


class TestResult:
    def test_customers_have_all_their_columns(
        self, value: Value, orders: pd.DataFrame
    ) -> None:
        wanted = "customer frequency recency T monetary revenue first last alive next_order "
        wanted += (
            "expected_orders orders_lo orders_hi expected_spend expected_revenue "
        )
        wanted += "value value_lo value_hi"
        assert set(wanted.split()) <= set(value.customers.columns)
        assert len(value.customers) == orders["customer"].nunique()
        assert value.unit == "week" and value.horizon == 52
        assert value.customers["alive"].between(0, 1).all()
        assert value.customers["next_order"].dropna().min() > orders["date"].max()

    def test_money_adds_up(self, value: Value) -> None:
        customers = value.customers
        assert customers["expected_revenue"].to_numpy() == pytest.approx(
            (customers["expected_orders"] * customers["expected_spend"]).to_numpy()
        )
        assert (
            customers["value"] <= 0.4 * customers["expected_revenue"] + 1e-9
        ).all()
        assert (
            customers["value"].sum()
            >= 0.4 * customers["expected_revenue"].sum() / 1.1
        )
        total = value.summary()
        assert (
            total["equity"]
            == pytest.approx(customers["value"].sum())
            == pytest.approx(value.curve["cumulative"].iloc[-1])
        )
        assert value.curve["expected_orders"].sum() == pytest.approx(
            total["expected_orders"]
        )
        assert total["equity_lo"] < total["equity"] < total["equity_hi"]
        assert (
            (customers["orders_lo"] <= customers["orders_hi"])
            & (customers["value_lo"] <= customers["value_hi"])
        ).all()

    @pytest.mark.slow
    def test_without_discount_or_margin_value_is_revenue(
        self, orders: pd.DataFrame
    ) -> None:
        plain = estimate_value(
            orders, ValueOptions(discount=0.0, intervals=False)
        ).customers
        assert plain["value"].to_numpy() == pytest.approx(
            plain["expected_revenue"].to_numpy()
        )

    @pytest.mark.slow
    def test_what_is_fitted_once_serves_every_horizon_margin_and_coverage(
        self, orders: pd.DataFrame
    ) -> None:
        fitted = fit_value(orders, ValueOptions())
        for settings in (
            {"horizon": 13},
            {"margin": 0.4, "discount": 0.0},
            {"coverage": 0.5},
        ):
            options = ValueOptions(**settings)
            ranges = value_ranges(fitted, options.for_ranges())
            again, whole = (
                estimate_from_fit(fitted, options, ranges=ranges),
                estimate_value(orders, options),
            )
            for name in (
                "customers",
                "holdout",
                "models",
                "weekly",
                "coverage",
                "curve",
            ):
                pd.testing.assert_frame_equal(
                    getattr(again, name), getattr(whole, name)
                )
            assert (
                again.summary() == whole.summary()
                and again.checks == whole.checks
                and again.notes == whole.notes
            )
        with pytest.raises(ValueError, match="no answer"):
            estimate_from_fit(fitted, ValueOptions(unit="month"))
        with pytest.raises(ValueError, match="no answer"):
            estimate_from_fit(fitted, ValueOptions(horizon=4), ranges=ranges)

    def test_a_longer_horizon_is_worth_more(self, orders: pd.DataFrame) -> None:
        short, long = (
            estimate_value(
                orders,
                ValueOptions(horizon=horizon, holdout=26, intervals=False),
            ).customers
            for horizon in (13, 52)
        )
        assert (long["value"] >= short["value"]).all() and long[
            "value"
        ].sum() > 2 * short["value"].sum()

    @pytest.mark.slow
    def test_the_unit_changes_nothing_but_the_unit(
        self, orders: pd.DataFrame
    ) -> None:
        weeks, days = (
            estimate_value(
                orders,
                ValueOptions(
                    unit=unit,
                    horizon=h,
                    holdout=n,
                    model="bgnbd",
                    intervals=False,
                ),
            )
            for unit, h, n in (("week", 52, 26), ("day", 364, 182))
        )
        assert days.customers["expected_orders"].to_numpy() == pytest.approx(
            weeks.customers["expected_orders"].to_numpy(), rel=1e-5
        )
        assert days.model.parameters["alpha"] == pytest.approx(
            7 * weeks.model.parameters["alpha"], rel=1e-4
        )
        assert days.summary()["holdout_expected"] == pytest.approx(
            weeks.summary()["holdout_expected"], rel=1e-5
        )

    def test_nothing_after_until_is_known(self, orders: pd.DataFrame) -> None:
        early = orders[orders["date"] <= "2024-03-31"]
        one, two = (
            estimate_value(orders, ValueOptions(until="2024-03-31")),
            estimate_value(early, ValueOptions(until="2024-03-31")),
        )
        pd.testing.assert_frame_equal(one.customers, two.customers)
        assert one.until == "2024-03-31"

    @pytest.mark.slow
    def test_the_same_seed_gives_the_same_answer(
        self, orders: pd.DataFrame, value: Value
    ) -> None:
        again = estimate_value(orders, ValueOptions(unit="week", margin=0.4))
        pd.testing.assert_frame_equal(again.customers, value.customers)

    def test_everything_that_is_said_is_there_in_both_languages(
        self, value: Value
    ) -> None:
        spoken(*value.headline)
        for key, details in value.notes:
            spoken(key, details)
        for check in value.checks:
            spoken(*check.message)


class TestCalibration:
    @pytest.mark.slow
    @pytest.mark.parametrize("target", [0.8, 0.95])
    def test_intervals_cover_what_then_happens(self, target: float) -> None:
        """The interval given today, against the orders of the year that follows."""
        full = shop(1200, days=1000, seed=3)
        cut = START + pd.Timedelta(days=700)
        got = estimate_value(
            full[full["date"] <= cut],
            ValueOptions(horizon=40, coverage=target, until=str(cut.date())),
        )
        later = full[
            (full["date"] > cut) & (full["date"] <= cut + pd.Timedelta(days=280))
        ]
        actual = (
            got.customers["customer"]
            .map(later.groupby("customer")["date"].nunique())
            .fillna(0)
        )
        inside = (actual >= got.customers["orders_lo"]) & (
            actual <= got.customers["orders_hi"]
        )
        assert inside.mean() >= target - 0.03
        money = (
            got.customers["customer"]
            .map(later.groupby("customer")["amount"].sum())
            .fillna(0)
        )
        factor = 1.1 ** (0.5 * 280 / 365)
        covered = (money >= got.customers["value_lo"] * 0.999) & (
            money <= got.customers["value_hi"] * factor * 1.001
        )
        assert covered.mean() >= target - 0.05
        assert (
            got.summary()["equity_lo"]
            <= money.sum()
            <= got.summary()["equity_hi"] * factor
        )

    @pytest.mark.slow
    def test_intervals_are_narrower_where_the_model_holds_more_than_asked(
        self,
    ) -> None:
        """On the hold-out's other half, and in the weeks that follow; six shops."""
        shown, held, nominal = [], [], []
        for seed in range(6):
            full = shop(700, days=900, seed=seed)
            cut = START + pd.Timedelta(days=700)
            got = estimate_value(
                full[full["date"] <= cut],
                ValueOptions(horizon=26, model="bgnbd", until=str(cut.date())),
            )
            later = full[
                (full["date"] > cut)
                & (full["date"] <= cut + pd.Timedelta(days=182))
            ]
            count = later.groupby("customer")["date"].nunique()
            actual = got.customers["customer"].map(count).fillna(0)
            held.append(
                actual.between(
                    got.customers["orders_lo"], got.customers["orders_hi"]
                ).mean()
            )
            everyone = got.coverage.set_index("orders").loc["all"]
            shown.append(everyone["coverage"])
            nominal.append(everyone["nominal_coverage"])
        assert 0.78 <= np.mean(shown) < np.mean(nominal) - 0.02
        assert np.mean(held) >= 0.78

    def test_too_narrow_a_model_is_widened(self) -> None:
        rng = np.random.default_rng(0)
        need = rng.uniform(
            0.3, 1.0, 4000
        )  # what happens lies far out in the model's distribution
        below = (1 - need) / 2
        trial = ModelTrial(LookAlike.__new__(LookAlike), need, below - 1e-9, below)
        levels = calibrate(trial, np.zeros(4000), 0.8, seed=1)
        assert levels.levels[0] == pytest.approx(0.86, abs=0.02)
        row = levels.table.set_index("orders").loc["0"]
        assert row["nominal_coverage"] == pytest.approx(0.71, abs=0.03) and row[
            "coverage"
        ] == pytest.approx(0.8, abs=0.03)
