"""Two segmentations side by side."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crm_analysis.analyses.segments.methods import METHODS
from crm_analysis.analyses.segments.options import MAXIMUM, MINIMUM
from crm_analysis.analyses.segments.quality import adjusted_rand
from crm_analysis.analyses.segments.result import Segments
from crm_analysis.errors import AnalysisError


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
    table["jaccard"] = table["customers"] / (in_before + in_after - table["customers"])
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
