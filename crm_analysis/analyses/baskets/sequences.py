"""What customers buy in their next orders, and after how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.found import Note
from crm_analysis.analyses.baskets.history import History, read_history
from crm_analysis.analyses.baskets.measures import adjust, chi_square, interval, tail
from crm_analysis.analyses.baskets.options import SequenceOptions
from crm_analysis.analyses.baskets.thresholds import least_count, least_joint
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.tables.kinds import require

__all__ = ["Sequences", "find_sequences"]

_READABLE = 2_000
_PORTION = 2_000_000


@dataclass(frozen=True, eq=False)
class Sequences:
    """What follows what.

    sequences : product, then (tuples would be of one product each: plain names), repeat (the same product again), customers (who bought
        `product` and `then` in one of the next orders), opportunities (customers who bought `product` and ordered again),
        usual (customers who bought `then` after any order), support (of all customers who ordered again), confidence, confidence_low,
        confidence_high (exact, 95 %), lift (confidence over what is usual), chi_square, p_value, p_adjusted, gap_median, gap_low, gap_high
        (days to the first such order: median and quartiles; missing without dates); the highest lift first.
    """

    sequences: pd.DataFrame
    customers: int
    support: float
    least: int
    partial: bool
    notes: tuple[Note, ...]
    options: SequenceOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers; `customers` are those who ordered again."""
        gaps = self.sequences["gap_median"]
        return {
            "customers": self.customers,
            "sequences": len(self.sequences),
            "support": self.support,
            "least_count": self.least,
            "median_gap": float(gaps.median()) if len(gaps) and gaps.notna().any() else None,
            "partial": float(self.partial),
        }

    def best(self, sequences: int = 5) -> pd.DataFrame:
        """Above what is usual (lift > 1, corrected p < 5 %), another product than before, the most extra customers first."""
        table = self.sequences[~self.sequences["repeat"] & (self.sequences["lift"] > 1) & (self.sequences["p_adjusted"] < 0.05)]
        extra = table["customers"] * (1 - 1 / table["lift"])
        return table.loc[extra.sort_values(ascending=False, kind="stable").index].head(sequences).reset_index(drop=True)

    def headlines(self, sequences: int = 5) -> tuple[Note, ...]:
        """A sentence for each of the best sequences, as (phrase key, details)."""
        return tuple(
            (
                f"baskets.sequence_headline.{'dated' if pd.notna(row['gap_median']) else 'undated'}",
                {
                    "product": row["product"],
                    "then": row["then"],
                    "confidence": float(row["confidence"]),
                    "lift": float(row["lift"]),
                    "customers": int(row["customers"]),
                    "orders": self.options.next_orders,
                }
                | ({"days": float(row["gap_median"])} if pd.notna(row["gap_median"]) else {}),
            )
            for row in self.best(sequences).to_dict("records")
        )


def find_sequences(transactions: pd.DataFrame, options: SequenceOptions | None = None, *, progress: Progress = no_progress) -> Sequences:
    """For each product, what its buyers buy in the next orders, how often beyond the usual, and how many days later.

    Parameters
    ----------
    transactions : customer, product (or category); order, date.
    options : how many orders ahead, within how many days. A customer counts once for a sequence, however often it occurs.

    Raises
    ------
    AnalysisError : "data.missing_role", "baskets.sequences.one_order_each".

    Notes
    -----
    Pairs of the sequential patterns of Agrawal and Srikant (1995), counted by customers. A customer is a trial for `product` where an
    order with it is followed by another one (within the days asked for); the usual rate is of all customers with a following order.
    """
    options = options or SequenceOptions()
    if options.within_days is not None:
        require(transactions, "date")
    progress(0.0, "baskets.step.baskets")
    history = read_history(transactions, options, options.basket)
    notes: list[Note] = [] if history.dated else [("baskets.offers.undated", {})]
    pairs = _following(history, options)
    if not len(pairs):
        raise AnalysisError("baskets.sequences.one_order_each")
    again = len(np.unique(history.order_customer[pairs[:, 0]]))
    starts, codes = _rows(history)
    first = _count(pairs[:, 0], starts, codes, history)
    later = _count(pairs[:, 1], starts, codes, history)
    sizes = np.diff(starts)
    support, least, partial = _threshold(options, pairs, first, later, again, starts, codes)
    if partial:
        notes.append(("baskets.partial.sequences", {"customers": least}))
    keep_first, keep_later = first >= least, later >= least
    counts, gaps = _join(history, pairs, starts, codes, sizes, keep_first, keep_later, least, progress)
    table = _table(history, counts, gaps, first, later, again, options)
    return Sequences(table, again, support, least, partial, tuple(notes), options)


def _following(history: History, options: SequenceOptions) -> np.ndarray:
    """Pairs of orders of one customer, the second among the next orders and days of the first."""
    found = []
    owner, day = history.order_customer, history.day
    for step in range(1, options.next_orders + 1):
        before = np.flatnonzero(owner[step:] == owner[:-step]) if len(owner) > step else np.empty(0, dtype=np.int64)
        if options.within_days is not None:
            before = before[day[before + step] - day[before] <= options.within_days]
        if not len(before):
            break
        found.append(np.stack([before, before + step], axis=1))
    return np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)


def _rows(history: History) -> tuple[np.ndarray, np.ndarray]:
    """The items of each order, none twice."""
    size = np.int64(len(history.items))
    key = np.unique(history.order.astype(np.int64) * size + history.item)
    starts = np.searchsorted(key, np.arange(len(history.order_customer) + 1) * size)
    return starts, (key % size).astype(np.int64)


def _spread(orders: np.ndarray, starts: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The entries of these orders, one after another: which of `orders`, which item."""
    sizes = starts[orders + 1] - starts[orders]
    total = np.cumsum(sizes)
    where = np.repeat(np.arange(len(orders)), sizes)
    return where, codes[np.arange(total[-1] if len(total) else 0) + np.repeat(starts[orders] - (total - sizes), sizes)]


def _count(orders: np.ndarray, starts: np.ndarray, codes: np.ndarray, history: History) -> np.ndarray:
    """How many customers bought each item in one of these orders."""
    distinct = np.unique(orders)
    where, item = _spread(distinct, starts, codes)
    key = np.unique(history.order_customer[distinct[where]] * np.int64(len(history.items)) + item)
    return np.bincount(key % len(history.items), minlength=len(history.items))


def _threshold(
    options: SequenceOptions, pairs: np.ndarray, first: np.ndarray, later: np.ndarray, again: int, starts: np.ndarray, codes: np.ndarray
) -> tuple[float, int, bool]:
    """The support, the least number of customers, and whether it had to be raised for the work to stay within bounds."""
    least = least_count(options.support, again) if options.support is not None else max(5, least_count(0.005, again))

    def work(count: int) -> int:
        before = np.add.reduceat(np.append(first[codes] >= count, False).astype(np.int64), starts[:-1])
        after = np.add.reduceat(np.append(later[codes] >= count, False).astype(np.int64), starts[:-1])
        return int((before[pairs[:, 0]] * after[pairs[:, 1]]).sum())

    raised = False
    while work(least) > options.max_pairs:
        least, raised = max(least + 1, int(least * 1.3)), True
    if options.support is not None and not raised:
        return options.support, least, False
    return least / again, least, raised and options.support is not None


def _join(
    history: History,
    pairs: np.ndarray,
    starts: np.ndarray,
    codes: np.ndarray,
    sizes: np.ndarray,
    keep_first: np.ndarray,
    keep_later: np.ndarray,
    least: int,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """(product, then, customers) of each frequent sequence, and the days to its first occurrence a customer: (row, days)."""
    size = np.int64(len(history.items))
    owner = history.order_customer[pairs[:, 0]]
    # A customer's pairs stay in one portion, so that a customer is counted once.
    order = np.lexsort((history.day[pairs[:, 1]] - history.day[pairs[:, 0]], owner))
    pairs, owner = pairs[order], owner[order]
    weight = np.cumsum(sizes[pairs[:, 0]] * sizes[pairs[:, 1]])
    heads = np.flatnonzero(np.diff(owner, prepend=-1))
    keys, days = [], []
    begin = 0
    while begin < len(pairs):
        progress(0.1 + 0.8 * begin / len(pairs), "baskets.step.sequences")
        base = weight[begin - 1] if begin else 0
        end = int(np.searchsorted(weight, base + _PORTION, side="right"))
        later_heads = heads[heads > begin]
        stop = later_heads[later_heads <= max(end, begin)]
        end = int(stop[-1]) if len(stop) and end < len(pairs) else int(later_heads[0]) if len(later_heads) and end < len(pairs) else len(pairs)
        part = pairs[begin:end]
        where, then = _spread(part[:, 1], starts, codes)
        kept = keep_later[then]
        where, then = where[kept], then[kept]
        # Each item of the next order meets all items of the order before.
        entry, product = _spread(part[where, 0], starts, codes)
        kept = keep_first[product]
        entry, product = entry[kept], product[kept]
        key = (owner[begin:end][where[entry]] * size + product) * size + then[entry]
        gap = history.day[part[where[entry], 1]] - history.day[part[where[entry], 0]]
        by_gap = np.lexsort((gap, key))
        key, gap = key[by_gap], gap[by_gap]
        distinct = np.flatnonzero(np.diff(key, prepend=-1))
        keys.append(key[distinct] % (size * size))
        days.append(gap[distinct])
        begin = end
    key, gap = np.concatenate(keys), np.concatenate(days)
    distinct, row, count = np.unique(key, return_inverse=True, return_counts=True)
    frequent = count >= least
    number = np.cumsum(frequent) - 1
    kept = frequent[row]
    return np.stack([distinct // size, distinct % size, count], axis=1)[frequent], np.stack([number[row[kept]].astype(float), gap[kept]], axis=1)


def _table(history: History, counts: np.ndarray, gaps: np.ndarray, first: np.ndarray, later: np.ndarray, again: int, options: SequenceOptions) -> pd.DataFrame:
    product, then, both = counts.T
    trials, usual = first[product], later[then]
    sure = (both >= least_joint(options.confidence, trials)) & (options.repeats | (product != then))
    by_row = pd.Series(gaps[:, 1]).groupby(gaps[:, 0])
    low_gap, median_gap, high_gap = (by_row.quantile(share).reindex(np.arange(len(counts), dtype=float)).to_numpy(dtype=float) for share in (0.25, 0.5, 0.75))
    low, high = interval(both, trials)
    chi = chi_square(float(again), trials.astype(float), usual.astype(float), both.astype(float))
    table = pd.DataFrame(
        {
            "product": history.items[product],
            "then": history.items[then],
            "repeat": product == then,
            "customers": both,
            "opportunities": trials,
            "usual": usual,
            "support": both / again,
            "confidence": both / np.maximum(trials, 1),
            "confidence_low": low,
            "confidence_high": high,
            "lift": both * (again / np.maximum(trials, 1)) / np.maximum(usual, 1),
            "chi_square": chi,
            "p_value": tail(chi),
            "gap_median": median_gap,
            "gap_low": low_gap,
            "gap_high": high_gap,
        }
    )[sure]
    table.insert(13, "p_adjusted", adjust(table["p_value"].to_numpy()))
    return table.sort_values(["lift", "customers", "product", "then"], ascending=[False, False, True, True], kind="stable", ignore_index=True)
