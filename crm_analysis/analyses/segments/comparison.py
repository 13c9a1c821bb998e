"""Two segmentations side by side, and who moved between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import day_of, describe_customers
from crm_analysis.analyses.segments.methods import METHODS
from crm_analysis.analyses.segments.options import MAXIMUM, MINIMUM
from crm_analysis.analyses.segments.quality import adjusted_rand
from crm_analysis.analyses.segments.result import Segments, carry
from crm_analysis.analyses.segments.segmentation import segment
from crm_analysis.analyses.segments.traits import MONEY, has_money
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.options import Options
from crm_analysis.tables.days import range_of

ABSENT = -2  # the segment of customers who had not bought yet
_USUAL = dt.timedelta(days=90)  # before the last day


@dataclass(frozen=True, eq=False)
class SegmentComparison:
    """How two segmentations of the same customers agree.

    `table`, a row a segment of the first and one of the second that share customers:

    - before, after : the segments
    - customers : in both
    - share : of the customers of the segment before
    - jaccard : customers in both over customers in either

    `adjusted_rand`: 1 is the same division, about 0 as by chance. `common`, `only_first`,
    `only_second`: customers.
    """

    table: pd.DataFrame
    adjusted_rand: float
    common: int
    only_first: int
    only_second: int

    def wide(self) -> pd.DataFrame:
        """Customers: a row a segment of the first, a column a segment of the second."""
        return self.table.pivot_table(
            index="before",
            columns="after",
            values="customers",
            aggfunc="sum",
            fill_value=0,
        )

    def summary(self) -> dict[str, float | None]:
        """adjusted_rand, common, only_first, only_second."""
        return {
            "adjusted_rand": self.adjusted_rand,
            "common": self.common,
            "only_first": self.only_first,
            "only_second": self.only_second,
        }


def compare(first: Segments, second: Segments) -> SegmentComparison:
    """Two runs (k = 4 against 5, this month against last) on the customers they share.

    AnalysisError `segments.other_columns` where they share none.
    """
    before = first.customers.set_index("customer")["segment"].rename("before")
    after = second.customers.set_index("customer")["segment"].rename("after")
    both = pd.concat([before, after], axis=1, join="inner")
    if both.empty:
        raise AnalysisError("segments.other_columns")
    table = both.value_counts(sort=False).rename("customers").reset_index()
    in_before = table["before"].map(both["before"].value_counts())
    in_after = table["after"].map(both["after"].value_counts())
    table["share"] = table["customers"] / in_before
    table["jaccard"] = table["customers"] / (
        in_before + in_after - table["customers"]
    )
    return SegmentComparison(
        table=table.sort_values(["before", "after"], ignore_index=True),
        adjusted_rand=adjusted_rand(
            both["before"].to_numpy(), both["after"].to_numpy()
        ),
        common=len(both),
        only_first=len(before) - len(both),
        only_second=len(after) - len(both),
    )


def counts_to_compare(segments: Segments) -> list[int]:
    """The numbers of segments that were tried; of a reopened segmentation, those that may be."""
    if "clusters" not in METHODS[segments.method].SLIDER:
        return []
    tried = [int(clusters) for clusters in segments.quality["clusters"]]
    if len(tried) > 1:
        return tried
    return list(range(MINIMUM, min(MAXIMUM + 1, len(segments.customers))))


@dataclass(frozen=True, eq=False)
class SegmentMovement:
    """Segments at two days and the flow between them (see `movement`).

    `names` say the segments, −2 (not a customer yet) included.
    """

    before: Segments
    after: Segments
    flow: pd.DataFrame
    names: Mapping[int, Message]

    def summary(self) -> dict[str, float | None]:
        """Customers (at the later day), new, stayed, moved (in another segment than before)."""
        flow = self.flow
        total = int(flow["customers"].sum())
        new = int(flow.loc[flow["from"] == ABSENT, "customers"].sum())
        stayed = int(flow.loc[flow["from"] == flow["to"], "customers"].sum())
        return {
            "customers": total,
            "new": new,
            "stayed": stayed,
            "moved": total - new - stayed,
        }


def movement(before: Segments, after: Segments) -> pd.DataFrame:
    """Who went where; customers are matched by their id, those only in `before` left out.

    Returns
    -------
    pandas.DataFrame
        - from, to : segments; −2 is not a customer yet
        - customers
        - revenue : their money at the later day; missing without money
        - spent : what they added in between; missing without money
    """
    old = before.customers.set_index("customer")
    new = after.customers.set_index("customer")
    flow = pd.DataFrame(index=new.index)
    flow["from"] = old["segment"].reindex(new.index).fillna(ABSENT).astype("int64")
    flow["to"] = new["segment"]
    flow["revenue"] = new[MONEY].astype(float) if has_money(new) else np.nan
    earlier = (
        old[MONEY].astype(float).reindex(new.index).fillna(0.0)
        if has_money(old)
        else np.nan
    )
    flow["spent"] = flow["revenue"] - earlier
    grouped = flow.groupby(["from", "to"], sort=True)
    sums = grouped[["revenue", "spent"]].sum(min_count=1)
    sums.insert(0, "customers", grouped.size())
    return sums.reset_index()


def movement_between(
    table: pd.DataFrame | ibis.Table,
    first: str | dt.date,
    second: str | dt.date,
    options: Options | None = None,
    *,
    segments: Segments | None = None,
) -> SegmentMovement:
    """Segments of order lines as of two days, and who moved.

    They are found at the first day (or as `segments` already has them) and carried unchanged to
    the second, so that a customer moves because of what they did, not because the boundaries did.

    Raises
    ------
    AnalysisError
        `segments.two_days` where the second day is not later; as `describe_customers` and
        `segment`.
    """
    start, end = day_of(first), day_of(second)
    if start is None or end is None or start >= end:
        raise AnalysisError("segments.two_days")
    early = describe_customers(table, start, kind="transactions")
    late = describe_customers(table, end, kind="transactions")
    before = (
        carry(segments, early) if segments is not None else segment(early, options)
    )
    after = carry(before, late)
    return SegmentMovement(
        before,
        after,
        movement(before, after),
        {
            ABSENT: Message("segments.name.gone", {}),
            **before.names,
            **after.names,
        },
    )


class ComparedDays(NamedTuple):
    """The record's first and last day, and the one that the last is usually compared with."""

    first: dt.date
    last: dt.date
    usual: dt.date


def days_to_compare(lines: ibis.Table) -> ComparedDays:
    """Ninety days before the last, or the middle of a shorter record.

    >>> dates = pd.to_datetime(["2024-01-01", "2024-12-31"])
    >>> days_to_compare(ibis.memtable(pd.DataFrame({"date": dates}))).usual
    datetime.date(2024, 10, 2)
    """
    first, last = range_of(lines).dates
    return ComparedDays(first, last, max(first + (last - first) / 2, last - _USUAL))
