"""How much will come out: itemsets counted before a search, and the support that suits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.encoding import (
    Baskets,
    gather_baskets,
)
from crm_analysis.analyses.baskets.mining.search import MiningLimits, minimum_count
from crm_analysis.analyses.baskets.options import RuleOptions
from crm_analysis.jobs import Progress, no_progress

_LADDER = (
    0.5,
    0.2,
    0.1,
    0.05,
    0.02,
    0.01,
    0.005,
    0.002,
    0.001,
    0.0005,
    0.0002,
    0.0001,
)
_SAMPLE = 50_000
_MAX_ITEMSETS = 20_000  # counted in an estimate
_READABLE = 2_000  # itemsets a person can still look through
_SECONDS = 0.7


@dataclass(frozen=True, eq=False)
class RuleEstimate:
    """What a search would bring.

    Attributes
    ----------
    baskets, items, lines : int
        How many there are; a line is an item in a basket.
    sizes : pandas.DataFrame
        size : items in a basket
        baskets : baskets of this size
    ladder : pandas.DataFrame
        A row for each support looked at, the highest first.
        support : share of baskets that must hold a set
        count : baskets that is
        items : items that many baskets hold
        itemsets : sets that many baskets hold (missing: not counted)
        exact : whether all baskets were counted, not a sample
        more : whether there are more than `itemsets`
    proposed : float
        The lowest support of the ladder that leaves at most 2,000 itemsets and asks for at least
        ten baskets (fewer where there are fewer than 200).
    left_out : Mapping[str, int]
        Lines that do not count, by reason.
    """

    baskets: int
    items: int
    lines: int
    sizes: pd.DataFrame
    ladder: pd.DataFrame
    proposed: float
    left_out: Mapping[str, int]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers."""
        largest = int(self.sizes["size"].max()) if len(self.sizes) else 0
        return {
            "baskets": self.baskets,
            "items": self.items,
            "lines": self.lines,
            "mean_size": self.lines / self.baskets if self.baskets else None,
            "largest": largest,
            "proposed": self.proposed,
            **{
                f"left_out_{reason}": count
                for reason, count in self.left_out.items()
            },
        }


def estimate_rules(
    transactions: pd.DataFrame,
    options: RuleOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> RuleEstimate:
    """How many items and itemsets each support would leave, and a support that suits the data.

    It takes seconds at most.

    Parameters
    ----------
    transactions : pandas.DataFrame
        A row an order line: order, product (or what `options.basket` and `options.level` need).
    options : RuleOptions, optional
        Where `support` is set, it is a row of the ladder, too.

    Returns
    -------
    RuleEstimate

    Raises
    ------
    AnalysisError
        "data.missing_role", "baskets.no_lines".

    Examples
    --------
    >>> orders = pd.DataFrame({
    ...     "order": [1, 1, 2, 2, 3, 4],
    ...     "product": ["tea", "milk", "tea", "milk", "tea", "jam"],
    ... })
    >>> estimate_rules(orders).summary()["proposed"]
    0.5
    """
    options = options or RuleOptions()
    progress(0.0, "baskets.step.baskets")
    baskets = gather_baskets(transactions, options)
    ladder = _climb(baskets, options.support, options.max_length, progress)
    sizes, counts = np.unique(baskets.sizes, return_counts=True)
    return RuleEstimate(
        baskets=len(baskets),
        items=len(baskets.names),
        lines=len(baskets.codes),
        sizes=pd.DataFrame({"size": sizes, "baskets": counts}),
        ladder=ladder,
        proposed=_choose(ladder, len(baskets)),
        left_out=baskets.left_out,
    )


def propose_support(
    baskets: Baskets,
    max_length: int | None = None,
    progress: Progress = no_progress,
) -> float:
    """The support that `estimate_rules` proposes, without a count of what the others bring.

    A lower support leaves all the sets of a higher one, so the lowest that is readable is sought
    by halves; most often it is the lowest that asks for enough baskets.
    """
    counted = _sampled(baskets)
    supports = [
        support
        for support in sorted(_LADDER)
        if minimum_count(support, len(baskets)) >= _enough(len(baskets))
        and _is_counted(support, baskets, counted)
    ]
    low, high, asked = 0, len(supports), 0
    while low < high:
        progress(0.1 + 0.9 * low / len(supports), "baskets.step.estimate")
        minimum = minimum_count(supports[asked], len(counted))
        if mine(counted, minimum, _limits(max_length, _READABLE)).complete:
            high = asked
        else:
            low = asked + 1
        asked = (low + high) // 2
    return supports[low] if low < len(supports) else _LADDER[0]


def _climb(
    baskets: Baskets,
    extra: float | None,
    max_length: int | None,
    progress: Progress,
) -> pd.DataFrame:
    """Down the ladder (with an `extra` step) until the itemsets are too many to count.

    A sample of the baskets stands for many.
    """
    size, counted = len(baskets), _sampled(baskets)
    steps = {*_LADDER} if extra is None else {*_LADDER, extra}
    limits = _limits(max_length, _MAX_ITEMSETS)
    rows: list[tuple] = []
    itemsets, more = np.nan, False
    for number, support in enumerate(sorted(steps, reverse=True)):
        count = minimum_count(support, size)
        if count < 2 and support != extra:
            continue
        items = int((baskets.counts >= count).sum())
        if more or not _is_counted(support, baskets, counted):
            rows.append((support, count, items, itemsets, False, True))
            continue
        progress(0.1 + 0.9 * number / len(steps), "baskets.step.estimate")
        mined = mine(counted, minimum_count(support, len(counted)), limits)
        itemsets, more = float(len(mined)), not mined.complete
        exact = counted is baskets and mined.complete
        rows.append((support, count, items, itemsets, exact, more))
    return pd.DataFrame(
        rows,
        columns=[
            "support",
            "count",
            "items",
            "itemsets",
            "exact",
            "more",
        ],
    )


def _sampled(baskets: Baskets) -> Baskets:
    """The baskets in which sets are counted."""
    size = len(baskets)
    if size <= _SAMPLE:
        return baskets
    random = np.random.default_rng(0)
    return baskets.take(np.sort(random.choice(size, _SAMPLE, replace=False)))


def _is_counted(support: float, baskets: Baskets, counted: Baskets) -> bool:
    """Whether sets are counted at this support.

    Below some ten baskets of a sample, chance makes sets frequent that are not.
    """
    return counted is baskets or minimum_count(support, len(counted)) >= 10


def _limits(max_length: int | None, itemsets: int) -> MiningLimits:
    # Of computing, not of waiting: a busy machine proposes the same support.
    return MiningLimits(
        max_length=max_length,
        itemsets=itemsets,
        seconds=_SECONDS,
        clock=time.thread_time,
    )


def _enough(size: int) -> int:
    """The baskets that a proposed support asks for at least."""
    return min(10, max(2, size // 20))


def _choose(ladder: pd.DataFrame, size: int) -> float:
    readable = (ladder["itemsets"] <= _READABLE) & ~ladder["more"]
    enough = ladder["count"] >= _enough(size)
    fits = readable & enough & ladder["support"].isin(_LADDER)
    return float(ladder.loc[fits, "support"].min()) if fits.any() else _LADDER[0]
