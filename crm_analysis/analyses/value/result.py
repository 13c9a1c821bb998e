"""What `estimate_value` gives: tables, headline numbers, and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from crm_analysis.analyses.value.models.gamma_gamma import GammaGamma
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.suitability import Check
from crm_analysis.messages import Message

SPREAD_PARTS = ("sd_customers", "sd_parameters", "sd_model")


@dataclass(frozen=True, eq=False)
class Value:
    """What each customer is worth, and how far to trust it.

    Times are in `unit`s, money in the table's currency. Columns of money are there where the orders
    have amounts.

    customers : a row a customer
        customer, frequency, recency, T, monetary, revenue, first_amount, first, last : the
        history, as `purchase_summary` gives it.
        alive : chance that they still are a customer.
        expected_orders, orders_lo, orders_hi : orders within the horizon, and their interval.
        next_order : the day by which half of such customers, if they still are, have ordered
        again; NaT beyond ten years.
        expected_spend : money of an order.
        expected_revenue : money within the horizon.
        value, value_lo, value_hi : discounted margin within the horizon, and its interval.
    parameters : a row a parameter of the models
        model, parameter : names.
        value, standard_error : estimate, and how well it is known.
    holdout : a row a customer known before the hold-out
        customer, frequency, recency, T : the history of then.
        class : frequency as text, "0" to "7+".
        actual, expected, orders_lo, orders_hi : orders that came, expected ones, their interval.
        actual_revenue, expected_revenue : money.
    models : a row a model, and two marks to beat (`baseline`): "lookalike" and "same_again"
        model : name.
        log_likelihood, converged : of the fit.
        actual, expected, error : orders in the hold-out, and the share that expected is off.
        mae, rmse : mean absolute and root mean squared error of a customer's orders.
        log_score : mean logarithm of the probability given to what happened.
        baseline, chosen : flags.
    weekly : a row a week until `date`
        date, part : its last day; "past" (only first days are known) or "ahead" (all the past is).
        actual, expected, actual_cumulative, expected_cumulative : repeat orders of the customers
        known at the cut.
    by_frequency : a row a class of repeat orders before the hold-out
        frequency, customers : class, and how many they are.
        actual, expected, actual_each, expected_each : orders in all, and of each customer.
    coverage : a row a group of repeat orders so far, and "all"
        orders, customers : group, and how many they are.
        level : nominal level used.
        nominal_coverage, coverage : shares of customers inside their interval, without and with
        widening, on the half of the hold-out that did not set it.
    season : a row a calendar month
        month, days : 1 to 12, and days of it seen.
        actual, expected : repeat orders, and those expected without seasons.
        multiplier : orders against a usual month; 1 is like the others.
    curve : a row a month ahead
        date : its last day.
        expected_orders, value, cumulative : orders, discounted margin, and the margin so far.
    seasonal : whether the multipliers were used.
    checks : whether the assumptions hold.
    headline, notes : (key, details).
    model, spend : the fits; spend is None without amounts.
    unit, horizon, until : of time, its number ahead, and the last day known.
    equity : the total, its interval, and the three parts of its spread.
    """

    customers: pd.DataFrame
    parameters: pd.DataFrame
    holdout: pd.DataFrame
    models: pd.DataFrame
    weekly: pd.DataFrame
    by_frequency: pd.DataFrame
    coverage: pd.DataFrame
    season: pd.DataFrame
    seasonal: bool
    curve: pd.DataFrame
    checks: tuple[Check, ...]
    headline: Message
    notes: tuple[Message, ...]
    model: PurchaseModel
    spend: GammaGamma | None
    unit: str
    horizon: int
    until: str
    equity: dict[str, float | None]

    @property
    def worth(self) -> str:
        """The column that says what a customer is worth: value, without amounts orders."""
        return "value" if "value" in self.customers.columns else "expected_orders"

    @property
    def equity_each(self) -> float | None:
        """Value per customer; None without amounts."""
        equity = self.equity["equity"]
        return None if equity is None else equity / max(len(self.customers), 1)

    @property
    def spread_shares(self) -> dict[str, float] | None:
        """The parts of the spread of the equity as shares of it; None where there is none."""
        squares = {name: (self.equity[name] or 0.0) ** 2 for name in SPREAD_PARTS}
        if self.equity["sd_customers"] is None:
            return None
        total = sum(squares.values()) or 1.0
        return {name: square / total for name, square in squares.items()}

    @property
    def tracking_gap(self) -> float | None:
        """How far orders expected by the cut, from first days only, are from what had come."""
        past = self.weekly[self.weekly["part"] == "past"].tail(1)
        if past.empty or past["expected_cumulative"].isna().item():
            return None
        actual = float(past["actual_cumulative"].item())
        return float(past["expected_cumulative"].item()) / actual - 1 if actual else 0.0

    def peak(self) -> dict[str, Any] | None:
        """The strongest month ahead, by `worth`; None with fewer than three months or no worth.

        share, end : its share of the horizon, and its last day.
        first : the share of the next three months.
        """
        worth = self.curve[self.worth]
        total = worth.sum()
        if len(worth) < 3 or total <= 0:
            return None
        best = worth.idxmax()
        return {
            "share": float(worth[best] / total),
            "end": self.curve["date"][best].date().isoformat(),
            "first": float(worth.head(3).sum() / total),
        }

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        customers, one_time, alive : how many there are, bought once, are still customers.
        expected_orders, expected_revenue : within the horizon.
        equity, equity_lo, equity_hi : total value and its interval.
        sd_customers, sd_parameters, sd_model : the parts of its spread.
        holdout_actual, holdout_expected, holdout_error : orders in the hold-out.
        coverage : share of the hold-out's customers inside their interval.
        horizon : units ahead.
        """
        customers = self.customers
        tested = self.models[self.models["chosen"].astype(bool)]
        actual, expected, error = (
            float(tested[name].iloc[0]) if len(tested) else None
            for name in ("actual", "expected", "error")
        )
        covered = self.coverage.loc[self.coverage["orders"] == "all", "coverage"].iloc[
            0
        ]
        revenue = None
        if "expected_revenue" in customers.columns:
            revenue = float(customers["expected_revenue"].sum())
        return {
            "customers": float(len(customers)),
            "one_time": float((customers["frequency"] == 0).sum()),
            "alive": float(customers["alive"].sum()),
            "expected_orders": float(customers["expected_orders"].sum()),
            "expected_revenue": revenue,
            **self.equity,
            "holdout_actual": actual,
            "holdout_expected": expected,
            "holdout_error": error,
            "coverage": None if pd.isna(covered) else float(covered),
            "horizon": float(self.horizon),
        }
