"""Two segmentations side by side, and who moved between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import day_of, describe_customers
from crm_analysis.analyses.segments.options import SegmentOptions
from crm_analysis.analyses.segments.profile import MONEY, has_money
from crm_analysis.analyses.segments.quality import adjusted_rand
from crm_analysis.analyses.segments.result import Segments, carry
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

__all__ = ["ABSENT", "Comparison", "Movement", "compare", "movement", "movement_between"]

ABSENT = -2  # the segment of customers who are not in the earlier table: they had not bought yet


@dataclass(frozen=True, eq=False)
class Comparison:
    """How two segmentations of the same customers agree.

    `table`: before, after (segments), customers, share (of the segment before), jaccard (customers in both over customers in either).
    `adjusted_rand`: 1 the same division, about 0 as by chance. `common`, `only_first`, `only_second`: customers.
    """

    table: pd.DataFrame
    adjusted_rand: float
    common: int
    only_first: int
    only_second: int

    def wide(self) -> pd.DataFrame:
        """The contingency table: a row a segment of the first, a column a segment of the second."""
        return self.table.pivot_table(
            index="before", columns="after", values="customers", aggfunc="sum", fill_value=0
        )

    def summary(self) -> dict[str, float | None]:
        """adjusted_rand, common, only_first, only_second."""
        return {
            "adjusted_rand": self.adjusted_rand,
            "common": self.common,
            "only_first": self.only_first,
            "only_second": self.only_second,
        }


def compare(first: Segments, second: Segments) -> Comparison:
    """Two runs (k = 4 against 5, this month against last) on the customers they share; AnalysisError where they share none."""
    left = first.customers.drop_duplicates("customer").set_index("customer")["segment"]
    right = second.customers.drop_duplicates("customer").set_index("customer")["segment"]
    common = left.index.intersection(right.index, sort=False)
    if not len(common):
        raise AnalysisError("segments.other_columns")
    before, after = left.loc[common].to_numpy(), right.loc[common].to_numpy()
    table = (
        pd.DataFrame({"before": before, "after": after})
        .value_counts(sort=False)
        .rename("customers")
        .reset_index()
    )
    sizes, others = pd.Series(before).value_counts(), pd.Series(after).value_counts()
    whole, other = table["before"].map(sizes), table["after"].map(others)
    table["share"] = table["customers"] / whole
    table["jaccard"] = table["customers"] / (whole + other - table["customers"])
    table = table.sort_values(["before", "after"], ignore_index=True)
    return Comparison(
        table,
        adjusted_rand(before, after),
        len(common),
        len(left) - len(common),
        len(right) - len(common),
    )


def movement(before: Segments, after: Segments) -> pd.DataFrame:
    """Who went where: `from`, `to` (segments; -2: not a customer yet), `customers`, `revenue` (their money at the later day), and
    `spent` (what they added in between; both missing without money). Customers are matched by their id; those only in `before` are left out.
    """
    old = before.customers.drop_duplicates("customer").set_index("customer")
    new = after.customers.drop_duplicates("customer").set_index("customer")
    flow = pd.DataFrame(
        {
            "from": old["segment"].reindex(new.index).fillna(ABSENT).astype("int64"),
            "to": new["segment"],
        }
    )
    flow["revenue"] = new[MONEY].astype(float) if has_money(new) else np.nan
    flow["spent"] = flow["revenue"] - (
        old[MONEY].astype(float).reindex(new.index).fillna(0.0) if has_money(old) else np.nan
    )
    grouped = flow.groupby(["from", "to"], sort=True)
    return grouped.agg(
        customers=("to", "size"),
        revenue=("revenue", lambda money: money.sum(min_count=1)),
        spent=("spent", lambda money: money.sum(min_count=1)),
    ).reset_index()


@dataclass(frozen=True, eq=False)
class Movement:
    """Segments at two days and the flow between them (see `movement`); `names` say the segments, -2 included."""

    before: Segments
    after: Segments
    flow: pd.DataFrame
    names: Mapping[int, Message]

    def summary(self) -> dict[str, float | None]:
        """Customers (at the later day), new, stayed, moved (in another segment than before)."""
        flow = self.flow
        new = int(flow.loc[flow["from"] == ABSENT, "customers"].sum())
        stayed = int(flow.loc[flow["from"] == flow["to"], "customers"].sum())
        total = int(flow["customers"].sum())
        return {"customers": total, "new": new, "stayed": stayed, "moved": total - new - stayed}


def movement_between(
    table: pd.DataFrame | ibis.Table,
    first: str | dt.date,
    second: str | dt.date,
    options: SegmentOptions | None = None,
    *,
    segments: Segments | None = None,
) -> Movement:
    """Segments of order lines as of two days: found at the first (or as `segments` already has them) and carried unchanged to the
    second, so that a customer moves because of what they did and not because the boundaries did.
    """
    from crm_analysis.analyses.segments import segment

    start, end = day_of(first), day_of(second)
    if start is None or end is None or start >= end:
        raise AnalysisError("segments.two_days")
    early, late = describe_customers(table, start), describe_customers(table, end)
    before = carry(segments, early) if segments is not None else segment(early, options)
    after = carry(before, late)
    names = {ABSENT: Message("segments.name.gone", {}), **before.names, **after.names}
    return Movement(before, after, movement(before, after), names)
