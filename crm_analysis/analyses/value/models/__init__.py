"""The models: how often customers order and leave, how long contracts last, what an order is worth.

To add a purchase model: a file with its class (a `PurchaseModel`) and its fit, an entry in MODELS,
its name in `ValueOptions.model`, and the phrases `value.model.<name>` and
`value.knob.model.<name>`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from crm_analysis.analyses.customers import Purchases
from crm_analysis.analyses.value.models.bgbb import fit_bgbb
from crm_analysis.analyses.value.models.bgnbd import fit_bgnbd, fit_mbgnbd
from crm_analysis.analyses.value.models.pareto_nbd import fit_pareto_nbd
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import Unit, chances
from crm_analysis.analyses.value.season import EVEN_CLOCK, Clock

__all__ = ["MODELS", "ModelEntry", "fit_model", "models_named"]


@dataclass(frozen=True)
class ModelEntry:
    """How a purchase model is fitted.

    fit : takes a summary and a seed.
    of_chances : whether the summary is of chances taken, not of orders.
    automatic : whether the model takes part in the choice by the hold-out.
    """

    fit: Callable[..., PurchaseModel]
    of_chances: bool = False
    automatic: bool = True


MODELS = {
    "bgnbd": ModelEntry(fit_bgnbd),
    "mbgnbd": ModelEntry(fit_mbgnbd),
    "pareto_nbd": ModelEntry(fit_pareto_nbd),
    "bgbb": ModelEntry(fit_bgbb, of_chances=True, automatic=False),
}


def models_named(name: str) -> tuple[str, ...]:
    """The models that a choice stands for: "auto" is all that take part in it."""
    if name != "auto":
        return (name,)
    return tuple(name for name, entry in MODELS.items() if entry.automatic)


def fit_model(
    name: str,
    purchases: Purchases,
    summary: pd.DataFrame,
    unit: Unit,
    seed: int,
    clock: Clock = EVEN_CLOCK,
) -> PurchaseModel:
    """A model by its name, fitted to purchases; `summary` is theirs, in the time of `clock`."""
    entry = MODELS[name]
    if not entry.of_chances:
        return entry.fit(summary, seed=seed)
    taken = chances(purchases, unit, clock)
    model = entry.fit(taken, seed=seed)
    return replace(
        model,
        orders_per_count=(
            float(summary["frequency"].sum())
            / max(float(taken["frequency"].sum()), 1)
        ),
    )
