"""How often customers were contacted lately."""

from __future__ import annotations

import pandas as pd

from crm_analysis.analyses.customers import sent
from crm_analysis.tables.kinds import require


def recent_contacts(
    contacts: pd.DataFrame, days: int = 30, until: str | None = None
) -> pd.DataFrame:
    """How often each customer was contacted in the last days.

    Parameters
    ----------
    contacts : pandas.DataFrame
        customer, date; rows of a hold-out (column arm) do not count.
    days : int
        How far back.
    until : str, optional
        The day it is counted back from (ISO). None: the last contact.

    Returns
    -------
    pandas.DataFrame
        - `customer`, `contacts` : name, how many

    Examples
    --------
    >>> log = pd.DataFrame({"customer": ["a", "a", "b"],
    ...     "date": pd.to_datetime(["2024-05-01", "2024-05-20", "2024-03-01"])})
    >>> recent_contacts(log)
      customer  contacts
    0        a         2
    1        b         0
    """
    require(contacts, "customer", "date")
    made = sent(contacts)
    made = made[made["customer"].notna()]
    date = pd.to_datetime(made["date"])
    last = date.max() if until is None else pd.Timestamp(until)
    recent = (date > last - pd.Timedelta(days=days)) & (date <= last)
    counted = recent.astype(int).groupby(made["customer"], sort=True).sum()
    return counted.rename("contacts").rename_axis("customer").reset_index()
