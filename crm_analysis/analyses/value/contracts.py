"""Contracts: how long each customer will stay, from who has left after how many periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.models.sbg import ShiftedBetaGeometric, fit_sbg
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob, share
from crm_analysis.tables.kinds import require

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
    """Which columns say how long and how much; None: known by their names.

    Lengths are in the contracts' own periods.
    """

    tenure: str | None = knob(None)
    payment: str | None = knob(None)
    horizon: int = knob(12, low=1, high=120)
    periods_a_year: int = knob(12, low=1, high=365)
    margin: float = share(1.0)
    discount: float = share(0.1)


@dataclass(frozen=True, eq=False)
class Contracts:
    """What contracts will bring.

    customers : a row a contract
        customer, tenure, churned : who, whole periods held, and whether it has ended.
        expected_renewals : within the horizon; 0 once ended.
        payment, value : money of a period, and discounted margin within the horizon; there where a
        column says the payment.
    curve : a row a period
        period, at_risk : number of the renewal, and contracts that reached it.
        observed : share of those that renewed.
        retention, survival : by the model.
    model : the fit.
    error : mean absolute gap of observed and model retention where at least 30 were at risk.
    horizon : periods ahead.
    """

    customers: pd.DataFrame
    curve: pd.DataFrame
    model: ShiftedBetaGeometric
    error: float | None
    horizon: int

    @property
    def worth(self) -> str:
        """The column that says what a contract is worth: value, without payments renewals."""
        return "value" if "value" in self.customers.columns else "expected_renewals"

    @property
    def observed_curve(self) -> pd.DataFrame:
        """The curve where enough were at risk; all of it where that is too short."""
        observed = self.curve[self.curve["at_risk"] >= _MANY]
        return observed if len(observed) > 2 else self.curve

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        customers, churned : contracts, and those ended.
        expected_renewals, equity : renewals and value within the horizon.
        retention_error, horizon : as the fields.
        """
        equity = (
            float(self.customers[self.worth].sum())
            if self.worth == "value"
            else None
        )
        return {
            "customers": float(len(self.customers)),
            "churned": float(self.customers["churned"].sum()),
            "expected_renewals": float(self.customers["expected_renewals"].sum()),
            "equity": equity,
            "retention_error": self.error,
            "horizon": float(self.horizon),
        }


def estimate_contracts(
    customers: pd.DataFrame, options: ContractOptions | None = None
) -> Contracts:
    """What each contract will bring over a horizon, by a model of its renewals.

    Parameters
    ----------
    customers
        A row a contract: `customer`, `churned`, a column with the periods held (tenure) and, for
        money, one with the payment of a period. Rows without tenure or churned are left out.
    options
        Which columns these are, how far to look, and what money is worth.

    Returns
    -------
    Contracts
        Customers and the curve of renewals.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customer or churned, "value.no_tenure" without a tenure,
        "value.no_payment" where there is no such column, "value.no_ended_contracts" when none has
        ended.

    References
    ----------
    Fader & Hardie, "How to project customer retention", J. of Interactive Marketing 21 (2007).
    """
    options = options or ContractOptions()
    require(customers, "customer", "churned")
    tenure = options.tenure or _named(customers, _TENURE)
    if tenure is None or tenure not in customers.columns:
        raise AnalysisError("value.no_tenure")
    payment = options.payment or _named(customers.select_dtypes("number"), _PAYMENT)
    if payment is not None and payment not in customers.columns:
        raise AnalysisError("value.no_payment", column=payment)
    held = pd.to_numeric(customers[tenure], errors="coerce")
    known = held.notna() & customers["churned"].notna() & (held >= 0)
    contracts = customers[known].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "customer": contracts["customer"],
            "tenure": np.floor(held[known]).reset_index(drop=True),
            "churned": contracts["churned"].astype(bool),
        }
    )
    model = fit_sbg(table)
    table["expected_renewals"] = model.expected(options.horizon)
    if payment is not None:
        discount = (1 + options.discount) ** (1 / options.periods_a_year) - 1
        table["payment"] = pd.to_numeric(
            contracts[payment], errors="coerce"
        ).fillna(0.0)
        renewals = model.expected(options.horizon, discount)
        table["value"] = renewals * table["payment"] * options.margin
    curve = _curve(table, model)
    observed = curve[curve["at_risk"] >= _MANY]
    error = None
    if len(observed):
        error = float((observed["observed"] - observed["retention"]).abs().mean())
    return Contracts(
        table,
        curve,
        model,
        error,
        options.horizon,
    )


def _named(table: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    spelled = {str(name).strip().lower(): str(name) for name in table.columns}
    return next((spelled[name] for name in names if name in spelled), None)


def _curve(table: pd.DataFrame, model: ShiftedBetaGeometric) -> pd.DataFrame:
    held = table["tenure"].to_numpy(dtype=np.int64)
    longest = int(held.max())
    periods = np.arange(1, longest + 1)
    ended = np.bincount(held[table["churned"].to_numpy()], minlength=longest + 1)[
        1:
    ]
    at_risk = np.bincount(held, minlength=longest + 1)[::-1].cumsum()[::-1][1:]
    return pd.DataFrame(
        {
            "period": periods,
            "at_risk": at_risk,
            "observed": 1 - ended / np.maximum(at_risk, 1),
            "retention": model.retention(periods),
            "survival": model.survival(periods),
        }
    )
