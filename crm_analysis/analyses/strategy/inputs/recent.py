"""How often customers were contacted lately."""

from __future__ import annotations

import pandas as pd

from crm_analysis.analyses.customers import as_day, day_numbers, sent
from crm_analysis.analyses.strategy.figures import (
    check_dates,
    check_names,
    check_table,
)


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
    check_table(contacts, "customer", "date")
    check_names(contacts, "customer")
    check_dates(contacts, "date")
    made = sent(contacts)
    made = made[made["customer"].notna()]
    day, dated = day_numbers(made["date"])
    last = day[dated].max(initial=0) if until is None else as_day(until)
    recent = dated & (day > last - days) & (day <= last)
    counted = pd.Series(recent.astype(int)).groupby(
        made["customer"].to_numpy(dtype=object), sort=True
    )
    counted = counted.sum()
    return counted.rename("contacts").rename_axis("customer").reset_index()
