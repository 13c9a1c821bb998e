"""Demand of customers, segment by segment: from orders and a list of who belongs where to series, and from a forecast to orders a customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.sample_paths import sample_paths
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

__all__ = ["orders_per_customer", "with_segments"]


def with_segments(table: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The transactions with the `segment` of each line's customer, ready for `demand(..., by="segment")`.

    Parameters
    ----------
    table
        Transactions with customer.
    members
        customer, segment: the `customers` of a segmentation, or any such list; of several rows for a customer the last holds.

    Returns
    -------
    pandas.DataFrame
        All lines in their order; `segment` is text, missing for lines whose customer is unknown or in no segment. Segments are as of now: who was lost long ago counts, in the past too, to the segment of the lost.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "planning.no_members": no customer of the transactions is in the list.

    >>> table = pd.DataFrame({"customer": ["a", "b", "a"], "order": ["1", "2", "3"]})
    >>> with_segments(table, pd.DataFrame({"customer": ["a"], "segment": ["loyal"]}))["segment"].fillna("-").tolist()
    ['loyal', '-', 'loyal']
    """
    require(table, "customer")
    require(members, "customer", "segment")
    known = members.dropna(subset=["segment"]).drop_duplicates("customer", keep="last")
    of = pd.Series(
        known["segment"].astype(str).to_numpy(dtype=object),
        index=pd.Index(known["customer"].astype(str).to_numpy(dtype=object)),
        dtype=object,
    )
    customers = (
        table["customer"]
        .astype(object)
        .where(table["customer"].notna(), None)
        .map(lambda each: None if each is None else str(each))
    )
    segment = customers.map(of)
    if segment.isna().all():
        raise AnalysisError("planning.no_members", count=len(known))
    return table.assign(segment=segment.to_numpy(dtype=object))


def orders_per_customer(
    forecast: Forecast,
    members: pd.DataFrame,
    *,
    ahead: pd.DataFrame | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Expected orders of each segment over the whole horizon, and of one of its customers.

    In: a forecast of orders with a series a segment, and customer, segment. Out: segment, customers, expected, lo_80, hi_80, lo_95, hi_95 (of the segment's orders over the
    horizon, from sample paths), per_customer (expected / customers; NaN where the list has none), per_period (expected / periods), share (of all segments), in order of expected orders.
    """
    require(members, "customer", "segment")
    sizes = (
        members.dropna(subset=["segment"])
        .drop_duplicates("customer", keep="last")["segment"]
        .astype(str)
        .value_counts()
    )
    now = forecast.ahead if ahead is None else ahead
    rows = []
    for name, (dates, paths) in sample_paths(forecast, ahead, samples=samples, seed=seed).items():
        expected = float(now.loc[now["series"].astype(str) == name, "value"].sum())
        ends = np.quantile(paths.sum(axis=1), [0.1, 0.9, 0.025, 0.975])
        count = int(sizes.get(name, 0))
        low = np.minimum(ends[[0, 2]], expected)
        high = np.maximum(ends[[1, 3]], expected)
        rows.append(
            (
                name,
                count,
                expected,
                low[0],
                high[0],
                low[1],
                high[1],
                expected / count if count else np.nan,
                expected / len(dates),
            )
        )
    columns = [
        "segment",
        "customers",
        "expected",
        "lo_80",
        "hi_80",
        "lo_95",
        "hi_95",
        "per_customer",
        "per_period",
    ]
    table = pd.DataFrame(rows, columns=columns)
    total = float(table["expected"].sum())
    table["share"] = table["expected"] / total if total else np.nan
    return table.sort_values("expected", ascending=False, kind="stable", ignore_index=True)
