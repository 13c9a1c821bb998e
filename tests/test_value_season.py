"""Seasons of orders: time that passes faster in the months with more of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.value import ValueOptions, estimate_value, fit_value
from crm_analysis.analyses.value.season import EVEN_CLOCK, Clock
from tests.test_value import START, shop

SUMMER = [0.3, 0.3, 0.4, 0.6, 0.9, 1.0, 1.0, 0.9, 0.6, 0.4, 0.3, 0.3]

multipliers = st.lists(st.floats(0.1, 5.0), min_size=12, max_size=12).map(np.array)
days = st.integers(-10_000, 40_000)


class TestClock:
    @given(months=multipliers, start=days, length=st.integers(1, 3_000))
    def test_time_runs_on_and_back(
        self, months: np.ndarray, start: int, length: int
    ) -> None:
        clock = Clock(months)
        assert clock.between(start, start + length) > 0
        assert clock.day(clock.at(float(start))) == pytest.approx(start, abs=1e-6)

    @given(months=multipliers, factor=st.floats(0.1, 10.0), day=days)
    def test_only_the_ratio_of_months_counts(
        self, months: np.ndarray, factor: float, day: int
    ) -> None:
        once, again = Clock(months), Clock(months * factor)
        assert once.between(0, day) == pytest.approx(
            again.between(0, day), abs=1e-6
        )

    def test_a_day_lasts_as_long_as_its_month_says(self) -> None:
        months = np.ones(12)
        months[1] = 3.0
        clock = Clock(months)
        january, february = (
            float(clock.between(day, day + 1))
            for day in (19_730, 19_760)  # in January and February of 2024
        )
        assert february / january == pytest.approx(3.0)
        # A year lasts a year: 28.25 days of February thrice, on the average of leap years.
        year = float(clock.between(0, 365.25 * 40)) / (365.25 * 40)
        assert year == pytest.approx(1.0, abs=1e-3)

    def test_without_a_season_time_is_days(self) -> None:
        assert EVEN_CLOCK.between(19_730, 19_737) == 7.0


def _year_ahead(until: int, seed: int) -> tuple[pd.DataFrame, int]:
    """Orders of the first days of a shop with a strong summer, and how many came in the next 365.

    Of the customers known by then, a customer's orders of one day as one.
    """
    orders = shop(700, days=until + 365, seed=seed, leaving=900.0, season=SUMMER)
    cut = START + pd.Timedelta(days=until)
    past, later = orders[orders["date"] < cut], orders[orders["date"] >= cut]
    later = later[later["customer"].isin(past["customer"])]
    return past, len(later.drop_duplicates(["customer", "date"]))


@pytest.mark.slow
class TestTotals:
    def test_a_strong_season_does_not_bend_the_total(self) -> None:
        """Where the record ends makes no difference: after the low months as after the high."""
        errors: dict[str, list[float]] = {"with": [], "without": []}
        for until in (730, 820, 912, 1003):
            for seed in range(3):
                past, came = _year_ahead(until, seed)
                for name, seasonal in (("with", None), ("without", False)):
                    options = ValueOptions(
                        model="pareto_nbd", seasonal=seasonal, intervals=False
                    )
                    total = estimate_value(past, options).summary()[
                        "expected_orders"
                    ]
                    assert total is not None
                    errors[name].append(total / came - 1)
        low, high = np.abs(errors["with"]).mean(), np.abs(errors["without"]).mean()
        assert low < 0.12 < 0.15 < high
        assert abs(np.mean(errors["with"])) < 0.1

    def test_the_weight_of_a_silence_depends_on_its_months(self) -> None:
        """After the low months more customers are thought to be there still than by plain days."""
        past, _ = _year_ahead(820, seed=0)
        alive = {
            seasonal: fit_value(
                past, ValueOptions(model="pareto_nbd", seasonal=seasonal)
            ).model.alive()
            for seasonal in (True, False)
        }
        assert alive[True].sum() > 1.1 * alive[False].sum()
