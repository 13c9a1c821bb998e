"""What customers buy in their next orders, and after how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.history import History, read_history
from crm_analysis.analyses.baskets.measures import SIGNIFICANT
from crm_analysis.analyses.baskets.mining.search import minimum_joint
from crm_analysis.analyses.baskets.options import SequenceOptions
from crm_analysis.analyses.baskets.succession import Occasions, Successions
from crm_analysis.analyses.inference import (
    benjamini_hochberg,
    chi_square_p,
    clopper_pearson,
    fourfold_chi_square,
    hypergeometric_p,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require


@dataclass(frozen=True, eq=False)
class Sequences:
    """What follows what.

    Attributes
    ----------
    sequences : pandas.DataFrame
        A row a succession, the highest lift first.
        product, then : names of what was bought, and of what followed
        repeat : whether it is the same product again
        customers : customers who bought `product` and `then` in one of the next orders
        opportunities : orders with `product` that were followed by another
        followed : those with `then` in one of the next orders
        support : `customers`, as a share of all who ordered again
        confidence : `followed`, as a share of the opportunities
        confidence_low, confidence_high : its 95 % interval
        usual : share of all orders followed by another that have `then` in one of the next
        lift : confidence over usual
        chi_square, p_value : test that `product` makes no difference; the exact test of so many or
            more, where its p-value is greater
        p_adjusted : p-value corrected for all successions of products that frequent
        gap_median, gap_low, gap_high : days to a customer's soonest such order, median and
            quartiles (missing without dates)
    customers : int
        Customers who ordered again.
    orders : int
        Orders that were followed by another.
    support : float
        Share of those customers a succession needs at least.
    minimum_customers : int
        How many that is.
    partial : bool
        Whether the support had to be raised to stay within bounds.
    notes : tuple[Message, ...]
        What the reader should know.
    options : SequenceOptions
        As given.
    """

    sequences: pd.DataFrame
    customers: int
    orders: int
    support: float
    minimum_customers: int
    partial: bool
    notes: tuple[Message, ...]
    options: SequenceOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers."""
        gaps = self.sequences["gap_median"]
        return {
            "customers": self.customers,
            "orders": self.orders,
            "sequences": len(self.sequences),
            "support": self.support,
            "minimum_customers": self.minimum_customers,
            "median_gap": float(gaps.median()) if gaps.notna().any() else None,
            "partial": float(self.partial),
        }

    def best(self, sequences: int = 5) -> pd.DataFrame:
        """Those surely above what is usual, to another product, the most extra orders first.

        Surely: lift above 1 and corrected p-value below 5 %.
        """
        table = self._to_another_product()
        table = table[(table["lift"] > 1) & (table["p_adjusted"] < SIGNIFICANT)]
        extra = table["followed"] - table["opportunities"] * table["usual"]
        order = extra.sort_values(ascending=False, kind="stable").index
        return table.loc[order].head(sequences).reset_index(drop=True)

    def most_common(self, sequences: int = 5) -> pd.DataFrame:
        """Those of the most customers, to another product, whether above what is usual or not."""
        return self._to_another_product().nlargest(sequences, "customers")

    def headlines(self, sequences: int = 5) -> tuple[Message, ...]:
        """A sentence for each of the best sequences."""
        return tuple(
            self._headline(row) for row in self.best(sequences).to_dict("records")
        )

    def _to_another_product(self) -> pd.DataFrame:
        return self.sequences[~self.sequences["repeat"]]

    def _headline(self, row: dict) -> Message:
        details = {
            "product": str(row["product"]),
            "then": str(row["then"]),
            "confidence": float(row["confidence"]),
            "usual": float(row["usual"]),
            "lift": float(row["lift"]),
            "customers": int(row["customers"]),
            "orders": self.options.next_orders,
        }
        if pd.isna(row["gap_median"]):
            return Message("baskets.sequence_headline.undated", details)
        days = round(float(row["gap_median"]))
        if not days:
            return Message("baskets.sequence_headline.same_day", details)
        return Message("baskets.sequence_headline.dated", details | {"days": days})


def find_sequences(
    transactions: pd.DataFrame,
    options: SequenceOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Sequences:
    """For each product what is in the next orders of those who bought it.

    How often beyond the usual, and how many days later.

    Parameters
    ----------
    transactions : pandas.DataFrame
        A row an order line: customer, product (or category); order, date.
    options : SequenceOptions, optional
        How many orders ahead, within how many days; support counts a customer once for a sequence,
        however often it occurs.

    Returns
    -------
    Sequences

    Raises
    ------
    AnalysisError
        "data.missing_role", "baskets.no_lines", "baskets.sequences.one_order_each".

    Notes
    -----
    Pairs of sequential patterns. A trial is an order that is followed by another one (within the
    days asked for), a hit one with `then` among the next orders; the usual rate is that of all
    trials, so that a lift of 1 means: it makes no difference that `product` was bought. One
    customer's orders are no independent trials: the chi-square is divided by the design effect of
    customers as clusters, and the interval is that of so many fewer trials.

    References
    ----------
    Agrawal and Srikant (1995), Mining sequential patterns, ICDE.
    Rao and Scott (1981), Journal of the American Statistical Association 76, 221-230.
    Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Examples
    --------
    Each of six customers buys tea, and a week later a cup.

    >>> days = pd.to_datetime(["2024-03-01", "2024-03-08"] * 6)
    >>> orders = pd.DataFrame({
    ...     "customer": sorted([*"ABCDEF"] * 2), "order": range(12),
    ...     "date": days, "product": ["tea", "cup"] * 6,
    ... })
    >>> sequences = find_sequences(orders).sequences
    >>> sequences[["product", "then", "customers", "confidence", "gap_median"]]
      product then  customers  confidence  gap_median
    0     tea  cup          6         1.0         7.0
    """
    options = options or SequenceOptions()
    if options.within_days is not None:
        require(transactions, "date")
    progress(0.0, "baskets.step.baskets")
    history = read_history(transactions, options, options.basket)
    notes: list[Message] = []
    if not history.dated:
        notes.append(Message("baskets.offers.undated", {}))
    occasions = Occasions(history, options)
    if not occasions.orders:
        raise AnalysisError("baskets.sequences.one_order_each")
    support, minimum, raised = occasions.threshold(options)
    if raised:
        notes.append(Message("baskets.partial.sequences", {"customers": minimum}))
    successions = occasions.count(minimum, progress)
    return Sequences(
        sequences=_table(history, occasions, successions, options),
        customers=occasions.customers,
        orders=occasions.orders,
        support=support,
        minimum_customers=minimum,
        partial=raised,
        notes=tuple(notes),
        options=options,
    )


def _table(
    history: History,
    occasions: Occasions,
    successions: Successions,
    options: SequenceOptions,
) -> pd.DataFrame:
    product, then, hits = (
        successions.product,
        successions.then,
        successions.followed,
    )
    trials, usual = occasions.bought[product], successions.usual[then]
    size = float(occasions.orders)
    gaps = pd.Series(successions.days).groupby(successions.row)
    gap_low, gap_median, gap_high = (
        gaps.quantile(share).reindex(np.arange(len(product))).to_numpy(dtype=float)
        for share in (0.25, 0.5, 0.75)
    )
    worth = 1 / _design_effect(
        hits, trials, successions, occasions.squares[product]
    )
    low, high = clopper_pearson(hits * worth, trials * worth)
    plain = _chi_square(size, trials, usual, hits)
    # Among so many orders the two would meet as often as the sizes of the next orders explain.
    meeting = trials * usual / successions.expected
    at_equal_size = _chi_square(meeting, trials, usual, hits)
    table = pd.DataFrame(
        {
            "product": history.items[product],
            "then": history.items[then],
            "repeat": product == then,
            "customers": successions.customers,
            "opportunities": trials,
            "followed": hits,
            "support": successions.customers / occasions.customers,
            "confidence": hits / np.maximum(trials, 1),
            "confidence_low": low,
            "confidence_high": high,
            "usual": usual / size,
            "lift": hits * (size / np.maximum(trials, 1)) / np.maximum(usual, 1),
            "chi_square": plain * worth,
            # Of few, chi-square makes too much; of dependent ones, the exact test does.
            "p_value": np.maximum(
                chi_square_p(at_equal_size * worth),
                hypergeometric_p(meeting, trials, usual, hits),
            ),
            "gap_median": gap_median,
            "gap_low": gap_low,
            "gap_high": gap_high,
        }
    )
    confident = hits >= minimum_joint(options.confidence, trials)
    table = table[confident & (options.repeats | (product != then))]
    table.insert(
        14,
        "p_adjusted",
        benjamini_hochberg(table["p_value"].to_numpy(), successions.possible),
    )
    return table.sort_values(
        ["lift", "customers", "product", "then"],
        ascending=[False, False, True, True],
        kind="stable",
        ignore_index=True,
    )


def _chi_square(
    total: float | np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    both: np.ndarray,
) -> np.ndarray:
    counts = (values.astype(float) for values in (first, second, both))
    return fourfold_chi_square(total, *counts)


def _design_effect(
    hits: np.ndarray,
    trials: np.ndarray,
    successions: Successions,
    trial_squares: np.ndarray,
) -> np.ndarray:
    """How many times the variance of hits / trials is that of independent trials; 1 at least.

    Customers are the clusters; `trial_squares` sums their squared trials.
    """
    share = hits / np.maximum(trials, 1)
    independent = trials * share * (1 - share)
    clustered = (
        successions.squares
        - 2 * share * successions.products
        + share**2 * trial_squares
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.where(
            independent > 0,
            clustered / independent,
            trial_squares / trials,
        )
    return np.maximum(np.nan_to_num(effect, nan=1.0), 1.0)
