"""Summaries of purchases: by hand, as pandas has them, and what is no customer."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.analyses.value import (
    fit_bgnbd,
    purchase_chances,
    purchase_summary,
    simulate_purchases,
)
from crm_analysis.errors import AnalysisError


class TestSummary:
    def test_the_summary_is_that_by_hand(self) -> None:
        orders = pd.DataFrame(
            {
                "customer": ["a", "a", "a", "a", "b", None, "c", "a"],
                "date": pd.to_datetime(
                    [
                        "2024-01-01T09",
                        "2024-01-01T18",
                        "2024-01-11",
                        "2024-01-15",
                        "2024-01-08",
                        "2024-01-09",
                        "2024-03-01",
                        "2024-01-12",
                    ],
                    format="ISO8601",
                ),
                "quantity": [1, 1, 1, 2, 1, 1, 1, -1],
                "amount": [10.0, 5.0, 20.0, 30.0, 8.0, 99.0, 7.0, -4.0],
            }
        )
        got = purchase_summary(orders, until="2024-01-31").set_index("customer")
        assert list(got.index) == ["a", "b"]
        assert got.loc["a", ["frequency", "recency", "T"]].tolist() == [
            2,
            2.0,
            30 / 7,
        ]
        assert got.loc["a", "monetary"] == pytest.approx(
            (16 + 30) / 2
        )  # the return of the 12th is netted against the 11th
        assert got.loc["a", ["revenue", "first_amount"]].tolist() == [
            61.0,
            15.0,
        ]
        assert got.loc["b", ["frequency", "recency", "monetary"]].tolist() == [
            0,
            0.0,
            0.0,
        ]
        for until in (
            pd.Timestamp("2024-01-31"),
            pd.Timestamp("2024-01-31").date(),
        ):
            pd.testing.assert_frame_equal(
                purchase_summary(orders, until=until),
                purchase_summary(orders, until="2024-01-31"),
            )
        assert (
            purchase_summary(orders, unit="day").set_index("customer").loc["a", "T"]
            == 60
        )

    def test_a_summary_that_went_through_other_hands_is_fitted_as_it_is(
        self,
    ) -> None:
        """Fits depend on the numbers alone, not on facts that a table may lose on its way."""
        parameters = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
        months = simulate_purchases("bgnbd", parameters, 300, (27.0, 39.0))
        copied = pd.DataFrame(months.to_dict("list"))
        assert fit_bgnbd(copied).parameters == fit_bgnbd(months).parameters

    def test_returns_alone_are_no_customer(self) -> None:
        orders = pd.DataFrame(
            {
                "customer": ["a", "b"],
                "date": pd.to_datetime(["2024-01-01", "2024-01-02"]),
                "amount": [5.0, -5.0],
            }
        )
        assert purchase_summary(orders)["customer"].tolist() == ["a"]
        with pytest.raises(AnalysisError):
            purchase_summary(orders.iloc[1:])

    def test_chances_are_those_by_hand(self) -> None:
        orders = pd.DataFrame(
            {
                "customer": ["a"] * 4 + ["b"],
                "date": pd.to_datetime(
                    [
                        "2024-01-01",
                        "2024-01-09",
                        "2024-01-10",
                        "2024-01-25",
                        "2024-01-20",
                    ]
                ),
            }
        )
        got = purchase_chances(orders, unit="week", until="2024-01-28").set_index(
            "customer"
        )
        assert got.loc["a"].tolist() == [2, 3, 3] and got.loc["b"].tolist() == [
            0,
            0,
            0,
        ]

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from("abc"), st.integers(0, 60), st.integers(-3, 9)
            ),
            min_size=1,
            max_size=40,
        )
    )
    def test_the_summary_of_any_lines_agrees_with_pandas(
        self, lines: list[tuple[str, int, int]]
    ) -> None:
        orders = pd.DataFrame(
            [
                (
                    who,
                    pd.Timestamp("2024-01-01") + pd.Timedelta(days=day),
                    float(money),
                )
                for who, day, money in lines
            ],
            columns=["customer", "date", "amount"],
        )
        bought = orders[orders["amount"] >= 0]
        if bought.empty:
            return
        got = purchase_summary(orders, unit="day", until="2024-03-31").set_index(
            "customer"
        )
        days = bought.groupby("customer")["date"].agg(["nunique", "min", "max"])
        assert got["frequency"].to_dict() == (days["nunique"] - 1).to_dict()
        assert (
            got["recency"].to_dict()
            == ((days["max"] - days["min"]).dt.days.astype(float)).to_dict()
        )
        assert (got["recency"] <= got["T"]).all()
        assert got["revenue"].sum() <= bought["amount"].sum() + 1e-9
