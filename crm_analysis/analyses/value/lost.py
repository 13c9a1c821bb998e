"""How many customers will never return, as a purchase model has it."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, ndtri

from crm_analysis.analyses.value.fitted import FittedValue
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.ranges import spread_of


def lost_for_good(
    fitted: FittedValue, coverage: float = 0.8
) -> dict[str, float | None]:
    """How many customers of a fit will never return: see `lost_customers`."""
    return lost_customers(fitted.model, coverage)


def lost_customers(
    model: PurchaseModel, coverage: float
) -> dict[str, float | None]:
    """How many customers the model expects never to return, and the interval of that number.

    What moves it: the chance of each customer, and not knowing the parameters. None where the
    model does not know of leaving.

    - lost : the chances of having left, added up
    - lost_lo, lost_hi : bounds that hold the number with probability `coverage`
    """
    if not model.knows_leaving or not len(model.index):
        return dict.fromkeys(("lost", "lost_lo", "lost_hi"))
    alive = model.alive().to_numpy()
    size, lost = len(alive), float((1 - alive).sum())
    rows = model.rows
    weight = np.bincount(rows.position, minlength=len(rows)).astype(float)
    own = float((alive * (1 - alive)).sum())
    unsure = spread_of(
        model, lambda moved: float(weight @ (1 - moved._alive(rows)))
    )
    spread = np.sqrt(own + unsure**2)
    # On the scale of odds, so that no bound lies beyond nobody or everybody.
    share = min(max(lost / size, 1e-9), 1 - 1e-9)
    reach = ndtri((1 + coverage) / 2) * spread / (size * share * (1 - share))
    middle = np.log(share / (1 - share))
    return {
        "lost": lost,
        "lost_lo": float(size * expit(middle - reach)),
        "lost_hi": float(size * expit(middle + reach)),
    }
