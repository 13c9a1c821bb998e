"""RFM from a table that has it: which of its columns are recency, frequency and monetary."""

from __future__ import annotations

import pandas as pd

from crm_analysis.analyses.customers import check_one_row_each
from crm_analysis.analyses.segments.scaling import RFM, rfm_columns
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import plausible_dates
from crm_analysis.tables.roles.called import columns_called


def ready_rfm(
    customers: pd.DataFrame,
    *,
    recency: str | None = None,
    frequency: str | None = None,
    monetary: str | None = None,
) -> pd.DataFrame:
    """Customers with `recency`, `frequency` and `monetary`, from columns that say them.

    Parameters
    ----------
    customers
        A row a customer, with `customer`.
    recency
        The column of the days since the last order, or of its date: then the days before the
        latest date of the column. None: found by its name.
    frequency
        The column of the number of orders. None: found by its name.
    monetary
        The column of the money in all. None: found by its name, and done without where there is
        none.

    Returns
    -------
    pandas.DataFrame
        The same rows, those columns under these names; another column that has one of the names
        has `_given` behind it.

    Raises
    ------
    AnalysisError
        `segments.missing_feature` for a column that is not there, `segments.rfm_not_told` where
        nothing is called recency or frequency, `segments.rfm_no_numbers` for one that holds no
        numbers, `customers.repeated` for several rows a customer.

    Examples
    --------
    >>> ready = pd.DataFrame({"customer": ["A", "B"], "R": [3, 90], "Orders": [7, 1]})
    >>> ready_rfm(ready, recency="R")
      customer  recency  frequency
    0        A      3.0        7.0
    1        B     90.0        1.0
    """
    check_one_row_each(customers)
    asked = {"recency": recency, "frequency": frequency, "monetary": monetary}
    by_name = columns_called_rfm(customers)
    columns = {name: asked[name] or by_name.get(name) for name in RFM}
    for name in RFM:
        column = columns[name]
        if column is not None and column not in customers.columns:
            raise AnalysisError("segments.missing_feature", feature=column)
        if column is None and name != "monetary":
            raise AnalysisError("segments.rfm_not_told", name=name)
    chosen = {
        name: column for name, column in columns.items() if column is not None
    }
    figures = {name: _figures(customers[chosen[name]], name) for name in chosen}
    own = customers.drop(columns=list(chosen.values()))
    own = own.rename(
        columns={name: f"{name}_given" for name in RFM if name in own.columns}
    )
    at = list(own.columns).index("customer") + 1
    for position, (name, values) in enumerate(figures.items()):
        own.insert(at + position, name, values)
    return own


def columns_called_rfm(customers: pd.DataFrame) -> dict[str, str]:
    """The columns that are called recency, frequency or monetary, in any language.

    >>> columns_called_rfm(pd.DataFrame(columns=["customer", "Recency (days)", "消费频率"]))
    {'recency': 'Recency (days)', 'frequency': '消费频率'}
    """
    called = {name: columns_called(customers.columns, name) for name in RFM}
    return {name: matches[0] for name, matches in called.items() if matches}


def could_be_rfm(customers: pd.DataFrame) -> list[str]:
    """The columns that RFM could come from, numbers and dates; none where it is there already."""
    if rfm_columns(customers):
        return []
    return [
        str(name)
        for name in customers.columns
        if name != "customer" and _is_number_or_date(customers[name])
    ]


def _is_number_or_date(values: pd.Series) -> bool:
    is_number = pd.api.types.is_numeric_dtype(values)
    is_flag = pd.api.types.is_bool_dtype(values)
    return (is_number and not is_flag) or pd.api.types.is_datetime64_any_dtype(
        values
    )


def _figures(values: pd.Series, name: str) -> pd.Series:
    """A column as numbers; of dates the days before the latest, where they say recency."""
    if name == "recency" and pd.api.types.is_datetime64_any_dtype(values):
        days = plausible_dates(values)
        return (days.max() - days).dt.days.astype(float)
    is_flag = pd.api.types.is_bool_dtype(values)
    if is_flag or not pd.api.types.is_numeric_dtype(values):
        raise AnalysisError(
            "segments.rfm_no_numbers", column=values.name, name=name
        )
    return values.astype(float)
