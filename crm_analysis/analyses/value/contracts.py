"""Contracts: how long each customer will stay, from who has left after how many periods; for subscriptions in a customers table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.models.sbg import ShiftedBetaGeometric, fit_sbg
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob
from crm_analysis.tables.kinds import require

__all__ = ["ContractOptions", "Contracts", "estimate_contracts"]

_TENURE = (
    "tenure",
    "tenure months",
    "tenure_months",
    "months",
    "periods",
    "renewals",
    "在网时长",
    "在网月数",
    "合同期数",
    "入会月数",
)
_PAYMENT = (
    "monthlycharges",
    "monthly_charges",
    "monthly charges",
    "payment",
    "fee",
    "price",
    "月费",
    "月租",
)
_MANY = 30  # contracts at risk below which an observed retention is more noise than number


@dataclass(frozen=True, kw_only=True)
class ContractOptions(Options):
    """Which columns say how long and how much; None: known by their names. Lengths are in the contracts' own periods."""

    tenure: str | None = knob(None)
    payment: str | None = knob(None)
    horizon: int = knob(12, low=1, high=120)
    periods_a_year: int = knob(12, low=1, high=365)
    margin: float = knob(1.0, low=0.0, high=1.0, step=0.01)
    discount: float = knob(0.1, low=0.0, high=1.0, step=0.01)


@dataclass(frozen=True, eq=False)
class Contracts:
    """`customers`: customer, tenure, churned, expected_renewals (within the horizon; 0 once ended), and with a payment column payment, value (discounted margin). `curve`: period,
    at_risk, observed (share of those who renewed), retention and survival (by the model). `error`: mean absolute gap of observed and model retention where at least
    30 were at risk.
    """

    customers: pd.DataFrame
    curve: pd.DataFrame
    model: ShiftedBetaGeometric
    error: float | None
    horizon: int

    def summary(self) -> dict[str, float | None]:
        """customers, churned, expected_renewals, equity, retention_error, horizon."""
        return {
            "customers": float(len(self.customers)),
            "churned": float(self.customers["churned"].sum()),
            "expected_renewals": float(self.customers["expected_renewals"].sum()),
            "equity": float(self.customers["value"].sum())
            if "value" in self.customers.columns
            else None,
            "retention_error": self.error,
            "horizon": float(self.horizon),
        }


def estimate_contracts(
    customers: pd.DataFrame, options: ContractOptions | None = None
) -> Contracts:
    """What each contract will bring over a horizon, by a shifted beta-geometric model of its renewals.

    Table in: `customer`, `churned`, a column with the periods held (tenure) and, for money, one with the payment of a period. Rows without
    tenure or churned are left out. Out: `Contracts`. AnalysisError when a column is missing or no contract has ended.
    """
    options = options or ContractOptions()
    require(customers, "customer", "churned")
    tenure = options.tenure or _named(customers, _TENURE)
    if tenure is None or tenure not in customers.columns:
        raise AnalysisError("value.no_tenure")
    payment = options.payment or _named(customers.select_dtypes("number"), _PAYMENT)
    held = pd.to_numeric(customers[tenure], errors="coerce")
    known = held.notna() & customers["churned"].notna() & (held >= 0)
    table = pd.DataFrame(
        {
            "customer": customers.loc[known, "customer"],
            "tenure": np.floor(held[known]),
            "churned": customers.loc[known, "churned"].astype(bool),
        }
    ).reset_index(drop=True)
    model = fit_sbg(table)
    rate = (1 + options.discount) ** (1 / options.periods_a_year) - 1
    table["expected_renewals"] = model.expected(options.horizon)
    if payment is not None and payment in customers.columns:
        table["payment"] = (
            pd.to_numeric(customers.loc[known, payment], errors="coerce").fillna(0.0).to_numpy()
        )
        table["value"] = model.expected(options.horizon, rate) * table["payment"] * options.margin
    curve = _curve(table, model)
    seen = curve[curve["at_risk"] >= _MANY]
    error = float((seen["observed"] - seen["retention"]).abs().mean()) if len(seen) else None
    return Contracts(table, curve, model, error, options.horizon)


def _named(table: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    spelled = {str(name).strip().lower(): str(name) for name in table.columns}
    return next((spelled[name] for name in names if name in spelled), None)


def _curve(table: pd.DataFrame, model: ShiftedBetaGeometric) -> pd.DataFrame:
    """Observed retention of those who reached each renewal, beside the model's."""
    held = table["tenure"].to_numpy(dtype=np.int64)
    last = int(held.max())
    periods = np.arange(1, last + 1)
    ended = np.bincount(held[table["churned"].to_numpy()], minlength=last + 1)[1:]
    at_risk = np.bincount(held, minlength=last + 1)[::-1].cumsum()[::-1][1:]
    observed = 1 - ended / np.maximum(at_risk, 1)
    return pd.DataFrame(
        {
            "period": periods,
            "at_risk": at_risk,
            "observed": observed,
            "retention": model.retention(periods),
            "survival": model.survival(periods),
        }
    )
