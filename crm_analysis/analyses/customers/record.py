"""Whether a record is long enough to say who stays away: one judgement for every page."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.purchases import Purchases
from crm_analysis.messages import Message

_MINIMUM_DAYS, _ENOUGH_DAYS = 28, 60
_GAPS = 8  # of the usual ones: who has not come within some of them stays away


def short_record(orders: Purchases | pd.DataFrame) -> Message | None:
    """What to say of a record too short to tell who stays away and who will come back.

    A record is long enough from 60 days on, or from 28 where customers come so often that it
    covers eight of their usual gaps.

    Parameters
    ----------
    orders
        Purchase days, or the customers that `describe_customers` gives.

    Returns
    -------
    Message or None
        `customers.record_too_short` with the days it has and needs; None where it is long enough,
        or where the table does not say how long it is.

    Examples
    --------
    >>> week = pd.DataFrame({"tenure": [7, 3], "gap_mean": [2.0, None]})
    >>> short_record(week).details
    {'days': 7, 'needed': 28}
    """
    if isinstance(orders, pd.DataFrame):
        if not {"tenure", "gap_mean"} <= set(orders.columns):
            return None
        days = int(orders["tenure"].max())  # up to the day after the last
        gaps = orders["gap_mean"].dropna().to_numpy(float)
    else:
        days, gaps = orders.span + 1, orders.gaps
    needed = _ENOUGH_DAYS
    if len(gaps):
        usual = _GAPS * float(np.median(gaps))
        needed = int(np.clip(np.ceil(usual), _MINIMUM_DAYS, _ENOUGH_DAYS))
    if days >= needed:
        return None
    return Message("customers.record_too_short", {"days": days, "needed": needed})
