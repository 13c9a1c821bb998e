"""What customers buy in their next orders, and after how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.history import History, read_history
from crm_analysis.analyses.baskets.mining.thresholds import least_joint
from crm_analysis.analyses.baskets.options import SequenceOptions
from crm_analysis.analyses.baskets.succession import Occasions, Successions
from crm_analysis.analyses.inference import (
    benjamini_hochberg,
    chi_square_p,
    clopper_pearson,
    fourfold_chi_square,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

__all__ = ["Sequences", "find_sequences"]


@dataclass(frozen=True, eq=False)
class Sequences:
    """What follows what.

    sequences : product, then (plain names), repeat (the same product again), customers (who bought `product` and `then` in one of the next
        orders), opportunities (orders with `product` that were followed by another), followed (those with `then` in one of the next),
        support (`customers` of all who ordered again), confidence (`followed` of the opportunities), confidence_low, confidence_high (95 %),
        usual (of all orders that were followed by another, the share with `then` in one of the next), lift (confidence over usual),
        chi_square, p_value, p_adjusted, gap_median, gap_low, gap_high (days to a customer's soonest such order: median and quartiles;
        missing without dates); the highest lift first.
    customers, orders : who ordered again, and orders that were followed by another.
    """

    sequences: pd.DataFrame
    customers: int
    orders: int
    support: float
    least: int
    partial: bool
    notes: tuple[Message, ...]
    options: SequenceOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers; `customers` are those who ordered again, `orders` those that were followed by another."""
        gaps = self.sequences["gap_median"]
        return {
            "customers": self.customers,
            "orders": self.orders,
            "sequences": len(self.sequences),
            "support": self.support,
            "least_count": self.least,
            "median_gap": float(gaps.median()) if len(gaps) and gaps.notna().any() else None,
            "partial": float(self.partial),
        }

    def best(self, sequences: int = 5) -> pd.DataFrame:
        """Above what is usual (lift > 1, corrected p < 5 %), another product than before, the most extra orders first."""
        table = self.sequences[
            ~self.sequences["repeat"]
            & (self.sequences["lift"] > 1)
            & (self.sequences["p_adjusted"] < 0.05)
        ]
        extra = table["followed"] - table["opportunities"] * table["usual"]
        return (
            table.loc[extra.sort_values(ascending=False, kind="stable").index]
            .head(sequences)
            .reset_index(drop=True)
        )

    def headlines(self, sequences: int = 5) -> tuple[Message, ...]:
        """A sentence for each of the best sequences, as (phrase key, details)."""
        return tuple(self._headline(row) for row in self.best(sequences).to_dict("records"))

    def _headline(self, row: dict) -> Message:
        said = {name: str(row[name]) for name in ("product", "then")} | {
            name: float(row[name]) for name in ("confidence", "usual", "lift")
        }
        said |= {"customers": int(row["customers"]), "orders": self.options.next_orders}
        if pd.isna(row["gap_median"]):
            return Message("baskets.sequence_headline.undated", said)
        days = round(float(row["gap_median"]))
        return (
            Message("baskets.sequence_headline.dated", said | {"days": days})
            if days
            else Message("baskets.sequence_headline.same_day", said)
        )


def find_sequences(
    transactions: pd.DataFrame,
    options: SequenceOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Sequences:
    """For each product, what is in the next orders of those who bought it, how often beyond the usual, and how many days later.

    Parameters
    ----------
    transactions : customer, product (or category); order, date.
    options : how many orders ahead, within how many days; support counts a customer once for a sequence, however often it occurs.

    Raises
    ------
    AnalysisError : "data.missing_role", "baskets.sequences.one_order_each".

    Notes
    -----
    Pairs of the sequential patterns of Agrawal and Srikant (1995). A trial is an order that is followed by another one (within the days
    asked for), a hit one with `then` among the next orders; the usual rate is that of all trials, so that a lift of 1 means: it makes no
    difference that `product` was bought. One customer's orders are no independent trials: the chi-square is divided by the design
    effect of customers as clusters (Rao and Scott 1981), and the interval is that of so many fewer trials (Korn and Graubard 1998).
    """
    options = options or SequenceOptions()
    if options.within_days is not None:
        require(transactions, "date")
    progress(0.0, "baskets.step.baskets")
    history = read_history(transactions, options, options.basket)
    notes: list[Message] = [] if history.dated else [Message("baskets.offers.undated", {})]
    occasions = Occasions(history, options)
    if not occasions.orders:
        raise AnalysisError("baskets.sequences.one_order_each")
    support, least, partial = occasions.threshold(options)
    if partial:
        notes.append(Message("baskets.partial.sequences", {"customers": least}))
    table = _table(history, occasions, occasions.count(least, progress), options)
    return Sequences(
        table, occasions.customers, occasions.orders, support, least, partial, tuple(notes), options
    )


def _table(
    history: History, occasions: Occasions, found: Successions, options: SequenceOptions
) -> pd.DataFrame:
    product, then, hits = found.product, found.then, found.followed
    trials, usual = occasions.bought[product], found.usual[then]
    sure = (hits >= least_joint(options.confidence, trials)) & (options.repeats | (product != then))
    by_row = pd.Series(found.days).groupby(found.row)
    low_gap, median_gap, high_gap = (
        by_row.quantile(share).reindex(np.arange(len(product))).to_numpy(dtype=float)
        for share in (0.25, 0.5, 0.75)
    )
    size = float(occasions.orders)
    worth = 1 / _design_effect(
        hits, trials, found.squares, found.products, occasions.squares[product]
    )
    low, high = clopper_pearson(hits * worth, trials * worth)
    chi = (
        fourfold_chi_square(size, trials.astype(float), usual.astype(float), hits.astype(float))
        * worth
    )
    table = pd.DataFrame(
        {
            "product": history.items[product],
            "then": history.items[then],
            "repeat": product == then,
            "customers": found.customers,
            "opportunities": trials,
            "followed": hits,
            "support": found.customers / occasions.customers,
            "confidence": hits / np.maximum(trials, 1),
            "confidence_low": low,
            "confidence_high": high,
            "usual": usual / size,
            "lift": hits * (size / np.maximum(trials, 1)) / np.maximum(usual, 1),
            "chi_square": chi,
            "p_value": chi_square_p(chi),
            "gap_median": median_gap,
            "gap_low": low_gap,
            "gap_high": high_gap,
        }
    )[sure]
    table.insert(14, "p_adjusted", benjamini_hochberg(table["p_value"].to_numpy()))
    return table.sort_values(
        ["lift", "customers", "product", "then"],
        ascending=[False, False, True, True],
        kind="stable",
        ignore_index=True,
    )


def _design_effect(
    hits: np.ndarray,
    trials: np.ndarray,
    squares: np.ndarray,
    products: np.ndarray,
    trial_squares: np.ndarray,
) -> np.ndarray:
    """How many times the variance of the share hits / trials is that of independent trials, customers being the clusters; 1 at least."""
    share = hits / np.maximum(trials, 1)
    spread = trials * share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.where(
            spread > 0,
            (squares - 2 * share * products + share**2 * trial_squares) / spread,
            trial_squares / trials,
        )
    return np.maximum(np.nan_to_num(effect, nan=1.0), 1.0)
