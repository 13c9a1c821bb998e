"""What `estimate_value` gives: tables, headline numbers, and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crm_analysis.analyses.value.models.gamma_gamma import GammaGamma
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.suitability import Check
from crm_analysis.messages import Message

__all__ = ["Value"]


@dataclass(frozen=True, eq=False)
class Value:
    """What each customer is worth, and how far to trust it. Times are in `unit`s, money in the table's currency.

    `customers`: customer, frequency, recency, T, monetary, revenue, first_amount, first, last (the history); alive; expected_orders,
    orders_lo, orders_hi; next_order (the day by which half of such customers, if they still are, have ordered again; NaT
    beyond ten years); with amounts also expected_spend (money of an order), expected_revenue, value (discounted margin), value_lo, value_hi.
    `parameters`: model, parameter, value, standard_error. `models`: the hold-out of each model. `holdout`: customer, frequency,
    recency, T, actual, expected, orders_lo, orders_hi (with amounts actual_revenue, expected_revenue). `weekly`, `by_frequency`, `coverage`: as their makers say.
    `season`: the months' multipliers, with `seasonal` saying whether they were used. `curve`: date, expected_orders, value,
    cumulative, by month ahead. `checks`: suitability. `headline`, `notes`: (key, details).
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

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: customers, one_time, alive, expected_orders, expected_revenue, equity with equity_lo and equity_hi (and their parts),
        holdout_actual, holdout_expected, holdout_error, coverage, horizon.
        """
        row = self.models[self.models["chosen"]]
        told = len(row) > 0
        everyone = self.coverage.loc[self.coverage["orders"] == "all", "coverage"]
        money = "value" in self.customers.columns
        return {
            "customers": float(len(self.customers)),
            "one_time": float((self.customers["frequency"] == 0).sum()),
            "alive": float(self.customers["alive"].sum()),
            "expected_orders": float(self.customers["expected_orders"].sum()),
            "expected_revenue": float(self.customers["expected_revenue"].sum()) if money else None,
            **self.equity,
            "holdout_actual": float(row["actual"].iloc[0]) if told else None,
            "holdout_expected": float(row["expected"].iloc[0]) if told else None,
            "holdout_error": float(row["error"].iloc[0]) if told else None,
            "coverage": None if everyone.isna().all() else float(everyone.iloc[0]),
            "horizon": float(self.horizon),
        }
