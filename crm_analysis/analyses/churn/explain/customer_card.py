"""One customer at a glance: the risk, its reasons, what would lower it most, what may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from crm_analysis.analyses.churn.explain.reasons import reasons_of
from crm_analysis.analyses.churn.explain.what_if import (
    best_changes,
    changeable_features,
    customer_features,
)
from crm_analysis.analyses.churn.result import Churn

_REASONS = 5
_CHANGES = 3
_FEATURES = 6


@dataclass(frozen=True, eq=False)
class RiskCard:
    """The risk of one customer and what it hangs on.

    - `risk`: from 0 to 1.
    - `reasons`: the five strongest, as `reasons_of` gives them.
    - `changes`: the three best single changes, as `best_changes` gives them.
    - `features`: the up to six that a business can change, as `changeable_features` gives them,
      those among the reasons first.
    - `values`: what the customer has of these features now.
    """

    risk: float
    reasons: pd.DataFrame
    changes: pd.DataFrame
    features: pd.DataFrame
    values: dict[str, Any]


def risk_card(churn: Churn, customer: object) -> RiskCard:
    """The card of a customer. AnalysisError `retention.no_such_customer`."""
    model, row = customer_features(churn, customer)
    reasons = reasons_of(churn, [customer], count=_REASONS)
    features = changeable_features(churn)
    features = features[features["actionable"]].set_index("feature")
    among_reasons = [name for name in reasons["feature"] if name in features.index]
    others = [name for name in features.index if name not in among_reasons]
    names = [*among_reasons, *others][:_FEATURES]
    return RiskCard(
        float(model.predict(row)[0]),
        reasons,
        best_changes(churn, customer).head(_CHANGES),
        features.loc[names].reset_index(),
        {name: row[name].iloc[0] for name in names},
    )
