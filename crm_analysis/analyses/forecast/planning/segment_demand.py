"""Demand of customers, segment by segment: orders to series, a forecast to orders a customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.distribution import quantiles
from crm_analysis.analyses.forecast.options import Every
from crm_analysis.analyses.forecast.planning.sample_paths import sample_paths
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.demand import demand
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require


def with_segments(table: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The transactions with the `segment` of each line's customer, for `demand(by="segment")`.

    Parameters
    ----------
    table
        Transactions with customer.
    members
        customer, segment: the `customers` of a segmentation, or any such list; of several rows for
        a customer the last holds.

    Returns
    -------
    pandas.DataFrame
        All lines in their order; `segment` is text, missing for lines whose customer is unknown or
        in no segment. Segments are as of now: who was lost long ago counts, in the past too, to
        the segment of the lost.

    Raises
    ------
    AnalysisError
        "data.missing_role"; "planning.no_members": no customer of the transactions is in the list.

    Examples
    --------
    >>> table = pd.DataFrame({"customer": ["a", "b", "a"], "order": ["1", "2", "3"]})
    >>> members = pd.DataFrame({"customer": ["a"], "segment": ["loyal"]})
    >>> with_segments(table, members)["segment"].fillna("-").tolist()
    ['loyal', '-', 'loyal']
    """
    require(table, "customer")
    segment_of = _segment_of(members)
    customers = table["customer"].astype(object)
    customers = customers.where(customers.isna(), customers.astype(str))
    segment = customers.map(segment_of)
    if segment.isna().all():
        raise AnalysisError("planning.no_members", count=len(segment_of))
    return table.assign(segment=segment.to_numpy(dtype=object))


def orders_by_segment(
    table: pd.DataFrame,
    members: pd.DataFrame,
    every: Every = "month",
) -> pd.DataFrame:
    """The orders of each segment by period: `demand` of the transactions `with_segments`."""
    lines = with_segments(table, members)
    return demand(
        lines[lines["segment"].notna()],
        every,
        by="segment",
        measure="orders",
    )


def orders_per_customer(
    forecast: Forecast,
    members: pd.DataFrame,
    *,
    ahead: pd.DataFrame | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Expected orders of each segment over the whole horizon, and of one of its customers.

    Parameters
    ----------
    forecast
        Of orders, with a series a segment.
    members
        customer, segment; of several rows for a customer the last holds.
    ahead
        The forecast as overridden; None: as forecast.
    samples, seed
        Of the sample paths that the intervals are read from.

    Returns
    -------
    pandas.DataFrame
        In order of expected orders:

        - segment : text
        - customers : count of the list's
        - expected : orders over the horizon
        - lo_80, hi_80, lo_95, hi_95 : ends of its intervals, in orders
        - per_customer : orders a customer; NaN where the list has none
        - per_period : orders a period
        - share : of all segments' orders

    Raises
    ------
    AnalysisError
        "data.missing_role"; "planning.no_series": `ahead` has none of the forecast's segments.

    Examples
    --------
    >>> from crm_analysis import ForecastOptions, forecast
    >>> dates = [*pd.date_range("2020-01-01", periods=24, freq="MS")] * 2
    >>> orders = pd.DataFrame({"series": ["new"] * 24 + ["loyal"] * 24, "date": dates})
    >>> orders["value"] = [10.0] * 24 + [30.0] * 24
    >>> options = ForecastOptions(horizon=2, model="seasonal_naive")
    >>> ahead = forecast(orders, options, measure="orders")
    >>> members = pd.DataFrame({"customer": ["a", "b", "c"], "segment": ["loyal", "loyal", "new"]})
    >>> table = orders_per_customer(ahead, members)
    >>> table[["segment", "customers", "expected", "per_customer", "share"]]
      segment  customers  expected  per_customer  share
    0   loyal          2      60.0          30.0   0.75
    1     new          1      20.0          20.0   0.25
    """
    sizes = _segment_of(members).value_counts()
    planned = forecast.ahead if ahead is None else ahead
    rows = []
    for name, (dates, paths) in sample_paths(
        forecast, ahead, samples=samples, seed=seed
    ).items():
        expected = float(
            planned.loc[planned["series"].astype(str) == name, "value"].sum()
        )
        customers = int(sizes.get(name, 0))
        rows.append(
            {
                "segment": name,
                "customers": customers,
                "expected": expected,
                **quantiles(paths.sum(axis=1), expected),
                "per_customer": expected / customers if customers else np.nan,
                "per_period": expected / len(dates),
            }
        )
    if not rows:
        raise AnalysisError("planning.no_series")
    table = pd.DataFrame(rows)
    total = float(table["expected"].sum())
    table["share"] = table["expected"] / total if total else np.nan
    return table.sort_values(
        "expected",
        ascending=False,
        kind="stable",
        ignore_index=True,
    )


def _segment_of(members: pd.DataFrame) -> pd.Series:
    require(members, "customer", "segment")
    listed = members.dropna(subset=["segment"])[["customer", "segment"]].astype(str)
    listed = listed.drop_duplicates("customer", keep="last")
    return pd.Series(
        listed["segment"].to_numpy(dtype=object),
        index=pd.Index(listed["customer"], dtype=object),
    )
