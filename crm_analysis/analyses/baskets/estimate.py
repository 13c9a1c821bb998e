"""How much will come out: counts and an estimate of the itemsets before a search, and the support that suits the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.encoding import Baskets, code_lines, find_items, gather
from crm_analysis.analyses.baskets.mining.thresholds import least_count
from crm_analysis.analyses.baskets.options import BasketOptions, RuleOptions
from crm_analysis.jobs import Progress, no_progress

__all__ = ["RuleEstimate", "collect", "estimate_rules", "propose_support"]

_LADDER = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
_SAMPLE = 50_000
_MANY = 20_000  # itemsets counted in an estimate, at most
_READABLE = 2_000  # itemsets a person can still look through
_SECONDS = 0.7


@dataclass(frozen=True, eq=False)
class RuleEstimate:
    """What a search would bring. `ladder`: support, count, items, itemsets, exact (False: from a sample), more (True: "more than").

    `sizes`: items in a basket, baskets. `proposed` is the least support of the ladder that leaves at most 2,000 itemsets and
    asks for at least ten baskets (fewer where there are fewer than 200).
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
            **{f"left_out_{reason}": count for reason, count in self.left_out.items()},
        }


def collect(transactions: pd.DataFrame, options: BasketOptions) -> Baskets:
    """The baskets of a table, the items of `options.exclude` not counted."""
    lines = code_lines(transactions, options)
    excluded, _ = find_items(lines.names, options.exclude, options.names)
    return gather(lines, excluded)


def estimate_rules(
    transactions: pd.DataFrame,
    options: RuleOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> RuleEstimate:
    """How many items and itemsets each support would leave, and a support that suits the data; takes seconds at most.

    Parameters
    ----------
    transactions : order, product (or what `options.basket` and `options.level` need).
    options : where `support` is set, it is a row of the ladder, too.

    >>> orders = pd.DataFrame({"order": [1, 1, 2, 2, 3, 4], "product": ["tea", "milk", "tea", "milk", "tea", "jam"]})
    >>> estimate_rules(orders).summary()["proposed"]
    0.5
    """
    options = options or RuleOptions()
    progress(0.0, "baskets.step.baskets")
    baskets = collect(transactions, options)
    ladder = _climb(baskets, options.support, options.max_length, progress)
    sizes, many = np.unique(baskets.sizes, return_counts=True)
    return RuleEstimate(
        baskets=len(baskets),
        items=len(baskets.names),
        lines=len(baskets.codes),
        sizes=pd.DataFrame({"size": sizes, "baskets": many}),
        ladder=ladder,
        proposed=_choose(ladder, len(baskets)),
        left_out=baskets.left_out,
    )


def propose_support(
    baskets: Baskets, max_length: int | None = None, progress: Progress = no_progress
) -> float:
    """The support that `estimate_rules` proposes."""
    return _choose(_climb(baskets, None, max_length, progress), len(baskets))


def _climb(
    baskets: Baskets, asked: float | None, max_length: int | None, progress: Progress
) -> pd.DataFrame:
    """Down the ladder until the itemsets are too many to count; a sample of the baskets stands for many."""
    size = len(baskets)
    part = _sample(baskets) if size > _SAMPLE else baskets
    steps = sorted({*_LADDER, *([asked] if asked is not None else [])}, reverse=True)
    rows: list[tuple] = []
    over = False
    for place, support in enumerate(steps):
        count = least_count(support, size)
        if count < 2 and support != asked:
            continue
        items = int((baskets.counts >= count).sum())
        # Below some ten baskets of the sample, chance makes sets frequent that are not.
        least = least_count(support, len(part))
        if over or (part is not baskets and least < 10):
            rows.append((support, count, items, np.nan if not rows else rows[-1][3], False, True))
            continue
        progress(0.1 + 0.9 * place / len(steps), "baskets.step.estimate")
        mined = mine(
            part, least, max_length=max_length, limit=_MANY, seconds=_SECONDS, progress=no_progress
        )
        over = not mined.complete
        rows.append((support, count, items, float(len(mined)), part is baskets and not over, over))
    return pd.DataFrame(rows, columns=["support", "count", "items", "itemsets", "exact", "more"])


def _sample(baskets: Baskets) -> Baskets:
    chosen = np.sort(np.random.default_rng(0).choice(len(baskets), _SAMPLE, replace=False))
    sizes = baskets.sizes[chosen]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    codes = baskets.codes[
        np.arange(starts[-1]) + np.repeat(baskets.starts[chosen] - starts[:-1], sizes)
    ]
    return Baskets(
        baskets.names,
        np.bincount(codes, minlength=len(baskets.names)),
        starts,
        codes,
        baskets.keys[chosen],
        {},
    )


def _choose(ladder: pd.DataFrame, size: int) -> float:
    enough = min(10, max(2, size // 20))
    fits = ladder[
        (ladder["itemsets"] <= _READABLE)
        & ~ladder["more"]
        & (ladder["count"] >= enough)
        & ladder["support"].isin(_LADDER)
    ]
    return float(fits["support"].min()) if len(fits) else 0.5
