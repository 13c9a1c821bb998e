"""Which products are bought together: table and settings in, itemsets and rules out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.chance import possible_rules, significance
from crm_analysis.analyses.baskets.diversity import diverse
from crm_analysis.analyses.baskets.estimate import propose_support
from crm_analysis.analyses.baskets.frequencies import (
    PairFrequencies,
    Probabilities,
    item_table,
    joint_counts,
    pair_frequencies,
    probabilities,
)
from crm_analysis.analyses.baskets.measures import SIGNIFICANT, measure
from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.encoding import (
    Baskets,
    gather_baskets,
)
from crm_analysis.analyses.baskets.mining.generation import (
    SplitLimits,
    Splits,
    split,
)
from crm_analysis.analyses.baskets.mining.items import find_items
from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.mlxtend import mine_with_mlxtend
from crm_analysis.analyses.baskets.mining.search import (
    Mined,
    MiningLimits,
    minimum_count,
)
from crm_analysis.analyses.baskets.options import RuleOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_ENOUGH_TO_LINK = 5  # baskets of a pair that is shown as a link


@dataclass(frozen=True, eq=False)
class Rules:
    """What is bought together.

    Attributes
    ----------
    itemsets : pandas.DataFrame
        A row a set: all frequent ones, or the closed or maximal ones.
        items : tuple of names, alphabetical
        length : number of items
        count, support : baskets that hold all of them, and their share
    rules : pandas.DataFrame
        A row a rule, the highest lift first.
        antecedent, consequent : tuples of names
        length : number of items on both sides
        antecedent_count, consequent_count, count : baskets that hold the one side, the other, both
        antecedent_support, consequent_support, support : the same as shares of all baskets
        confidence : share of the antecedent's baskets that hold the consequent too
        confidence_low, confidence_high : its interval, at `options.interval_level`
        lift : how many times likelier the consequent is beside the antecedent
        leverage : share of baskets beyond chance
        conviction : how many times oftener the rule would fail by chance
        zhang : leverage over the most it could be, from -1 to 1
        jaccard : baskets with both sides as a share of those with either
        kulczynski : mean of the confidences in both directions
        expected : baskets that would hold both by chance
        chi_square : statistic of the test that the sides are independent
        expected_equal_size : baskets that would hold both by chance, given how many products each
            basket holds
        p_value : probability of so many or more (Fisher's exact test, at that expectation; of two
            products also among baskets with equally many others)
        p_adjusted : p-value corrected for all rules of its length that could have been found
        redundant : whether a rule with a part of the antecedent is at least as confident
    items : pandas.DataFrame
        item : name
        count, support : baskets that hold it, and their share
        line_share : count as a share of all items of all baskets, N(I) / Σ N
    partial : bool
        Whether a limit ended the search, `notes` say which; what is there is exact, and every part
        of a set is there with it.
    notes : tuple[Message, ...]
        What the reader should know.
    support : float
        The support used, as a share of all baskets.
    minimum_count : int
        How many baskets that is.
    options : RuleOptions
        As given.
    baskets : Baskets
        The baskets, coded.
    lattice : Lattice
        The frequent sets with the way to their subsets.
    """

    itemsets: pd.DataFrame
    rules: pd.DataFrame
    items: pd.DataFrame
    partial: bool
    notes: tuple[Message, ...]
    support: float
    minimum_count: int
    options: RuleOptions
    baskets: Baskets
    lattice: Lattice

    @cached_property
    def pair_frequencies(self) -> PairFrequencies:
        """How often each two frequent items are in a basket together."""
        return pair_frequencies(self.baskets, self._most_bought())

    @property
    def pairs(self) -> pd.DataFrame:
        """P(I, J) of every two frequent items, a row a pair; see `PairFrequencies`.

        - item_a, item_b : names, in alphabetical order
        - count : baskets that hold both
        - support, support_a, support_b : share of baskets that hold both, the one, the other
        - expected : baskets that would hold both by chance
        - lift : count over expected
        - leverage : share of baskets beyond chance
        - chi_square : statistic of the test that they are independent
        - expected_equal_size : baskets expected given how many products each basket holds
        - p_value, p_adjusted : probability of so many or more by chance; corrected for all pairs
        - p_apart : corrected p-value that there are fewer
        - apart : whether there are significantly fewer than both expectations
        """
        return self.pair_frequencies.table

    def probabilities(
        self, by: Literal["baskets", "lines"] = "baskets"
    ) -> Probabilities:
        """P(I), P(I, J) and their difference, by baskets or by lines; see `Probabilities`.

        Raises ValueError for another `by`.
        """
        return probabilities(self.baskets, self.items, self.pairs, by)

    @property
    def apart(self) -> pd.DataFrame:
        """Products that avoid each other.

        The pairs bought together significantly less than chance, and less than the sizes of the
        baskets explain:

        - item_a, item_b, count, support, support_a, support_b, lift, leverage, chi_square :
          as in `pairs`
        - p_adjusted : corrected p-value that there are fewer
        - expected : baskets that the sizes of the baskets let expect
        - missing : how many baskets fewer there are
        """
        table = self.pairs[self.pairs["apart"]]
        table = table.assign(
            expected=table["expected_equal_size"],
            missing=table["expected_equal_size"] - table["count"],
            p_adjusted=table["p_apart"],
        )
        only_here = ["apart", "expected_equal_size", "p_value", "p_apart"]
        return table.drop(columns=only_here).reset_index(drop=True)

    def links(self, by: str = "leverage", maximum: int = 30) -> pd.DataFrame:
        """The pairs surely bought together more than chance, the strongest `by` that first.

        By leverage or lift. Surely: lift above 1, corrected p-value below 5 %; and five baskets
        at least.
        """
        pairs = self.pairs
        enough = pairs["count"] >= max(self.minimum_count, _ENOUGH_TO_LINK)
        return (
            pairs[_is_sure(pairs) & enough]
            .sort_values([by, "count"], ascending=False, kind="stable")
            .head(maximum)
        )

    def matrix(
        self,
        items: int = 25,
        measure: Literal["support", "count", "confidence", "lift"] = "support",
    ) -> pd.DataFrame:
        """A square of the most bought items, a row and a column each.

        "support" is P(I, J) with P(I) on the diagonal, "count" the baskets, "confidence" P(column |
        row), "lift" how many times likelier together than by chance.
        """
        chosen = self._most_bought()[:items]
        joint = joint_counts(self.baskets, chosen).astype(float)
        alone, size = np.diag(joint).copy(), float(len(self.baskets))
        with np.errstate(divide="ignore", invalid="ignore"):
            values = {
                "support": joint / size,
                "count": joint,
                "confidence": joint / alone[:, None],
                "lift": joint * size / np.outer(alone, alone),
            }[measure]
        if measure in ("lift", "confidence"):
            np.fill_diagonal(values, np.nan)
        names = self.baskets.names[chosen]
        return pd.DataFrame(
            values, index=pd.Index(names, name="item"), columns=names
        )

    def without_redundant(self) -> pd.DataFrame:
        """The rules that are not redundant."""
        return self.rules[~self.rules["redundant"]].reset_index(drop=True)

    def best(self, rules: int = 5) -> pd.DataFrame:
        """The rules a manager should hear first: not redundant, surely above chance.

        The most extra baskets first, one rule of each set of products, in its more confident
        direction; and so that a few rules do not all tell of the same products, the extra baskets
        of a rule count by the share of its products that no rule before it has named.
        """
        table = self.rules
        antecedent, consequent, leverage, confidence = (
            table[column].to_numpy()
            for column in (
                "antecedent",
                "consequent",
                "leverage",
                "confidence",
            )
        )
        sure = np.flatnonzero(_is_sure(table) & ~table["redundant"])
        order = sure[np.lexsort((-confidence[sure], -leverage[sure]))]
        sets = (frozenset(antecedent[row] + consequent[row]) for row in order)
        chosen = order[diverse(sets, leverage[order], rules)]
        return table.iloc[chosen].reset_index(drop=True)

    def headlines(self, rules: int = 5) -> tuple[Message, ...]:
        """A sentence for each of the best rules."""
        return tuple(
            self._headline(row) for row in self.best(rules).to_dict("records")
        )

    def _headline(self, row: dict) -> Message:
        how_sure = "sure" if row["confidence"] >= 0.5 else "often"
        return Message(
            f"baskets.headline.{how_sure}_{self.options.basket}",
            {
                "antecedent": list(row["antecedent"]),
                "consequent": list(row["consequent"]),
                "confidence": float(row["confidence"]),
                "usual": float(row["consequent_support"]),
                "lift": float(row["lift"]),
                "count": int(row["count"]),
                "extra": round(float(row["count"] - row["expected"])),
            },
        )

    def summary(self) -> dict[str, float | None]:
        """Headline numbers."""
        baskets, lines = len(self.baskets), len(self.baskets.codes)
        return {
            "baskets": baskets,
            "items": len(self.items),
            "lines": lines,
            "mean_size": lines / baskets if baskets else None,
            "support": self.support,
            "minimum_count": self.minimum_count,
            "frequent_items": int(
                (self.items["count"] >= self.minimum_count).sum()
            ),
            "itemsets": len(self.itemsets),
            "longest": int(self.itemsets["length"].max())
            if len(self.itemsets)
            else 0,
            "rules": len(self.rules),
            "sure_rules": int(_is_sure(self.rules).sum()),
            "redundant": int(self.rules["redundant"].sum()),
            "highest_lift": float(self.rules["lift"].max())
            if len(self.rules)
            else None,
            "partial": float(self.partial),
            **{
                f"left_out_{reason}": count
                for reason, count in self.baskets.left_out.items()
            },
        }

    def _most_bought(self) -> np.ndarray:
        counts, names = self.baskets.counts, self.baskets.names
        frequent = np.flatnonzero(counts >= self.minimum_count)
        return frequent[
            np.lexsort((names[frequent].astype(str), -counts[frequent]))
        ]


def _is_sure(table: pd.DataFrame) -> pd.Series:
    return (table["lift"] > 1) & (table["p_adjusted"] < SIGNIFICANT)


def find_rules(
    transactions: pd.DataFrame,
    options: RuleOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Rules:
    """The products bought together and the rules they make, exactly.

    Parameters
    ----------
    transactions : pandas.DataFrame
        A row an order line; order and product, or customer (and date) and category, as the options
        say. Lines with a quantity of zero or below are returns and left out.
    options : RuleOptions, optional
        What a basket is, the thresholds, the algorithm. The three algorithms give the same answer.

    Returns
    -------
    Rules

    Raises
    ------
    AnalysisError
        "data.missing_role", "baskets.no_lines", "baskets.unknown_items" (none of the names given),
        "baskets.algorithm_too_large" (Apriori or FP-Growth would not fit into memory or time).

    Notes
    -----
    Support counts all baskets, those of which `exclude` leaves nothing too. Unless asked for
    otherwise, postage and fees are left out, where the table says which they are (`is_product`).

    References
    ----------
    Zaki (2000), Scalable algorithms for association mining, IEEE TKDE 12, 372-390.
    Tan, Kumar and Srivastava (2004), Selecting the right objective measure for association
    analysis, Information Systems 29, 293-313.

    Examples
    --------
    Both who buy milk buy tea too; of the three who buy tea, two buy milk.

    >>> orders = pd.DataFrame({
    ...     "order": [1, 1, 2, 2, 3, 4],
    ...     "product": ["tea", "milk", "tea", "milk", "tea", "jam"],
    ... })
    >>> rules = find_rules(orders, RuleOptions(support=0.5, confidence=0.6)).rules
    >>> rules[["antecedent", "consequent", "count", "confidence", "lift"]].round(3)
      antecedent consequent  count  confidence   lift
    0    (milk,)     (tea,)      2       1.000  1.333
    1     (tea,)    (milk,)      2       0.667  1.333
    """
    options = options or RuleOptions()
    deadline = time.monotonic() + options.time_limit
    progress(0.0, "baskets.step.baskets")
    baskets = gather_baskets(transactions, options)
    notes = [
        Message(f"baskets.left_out.{reason}", {"lines": count})
        for reason, count in baskets.left_out.items()
    ]
    included = _named(baskets, options.include, options, notes)
    consequents = _named(baskets, options.consequents, options, notes)
    support = options.support
    if support is None:
        support = propose_support(
            baskets, options.max_length, _part(progress, 0.1, 0.3)
        )
    minimum = minimum_count(support, len(baskets))
    mined = _mine(baskets, minimum, options, deadline, _part(progress, 0.3, 0.7))
    if not mined.complete:
        details = {
            "itemsets": len(mined),
            "items": mined.finished_items,
            "seconds": options.time_limit,
        }
        notes.append(Message(f"baskets.partial.{mined.stopped_by}", details))
    all_sets = Lattice.of(baskets.names, mined.sets, mined.counts)
    lattice = all_sets.cut(options.max_length)
    itemsets = itemset_table(lattice, len(baskets))
    limits = SplitLimits(
        confidence=options.confidence,
        min_lift=options.min_lift,
        max_consequents=options.max_consequents,
        wanted=_mask(consequents, lattice),
        must=_mask(included, lattice),
        rules=options.max_rules,
    )
    splits = split(lattice, len(baskets), limits, _part(progress, 0.7, 0.9))
    if not splits.complete:
        details = {
            "rules": len(splits.whole),
            "longest": splits.longest,
        }
        notes.append(Message("baskets.partial.rules", details))
    progress(0.9, "baskets.step.measures")
    listed = _listed(all_sets, lattice, options.itemsets, limits.must)
    return Rules(
        itemsets=itemsets[listed].reset_index(drop=True),
        rules=rule_table(
            lattice,
            splits,
            itemsets["items"].to_numpy(),
            baskets,
            options,
            possible_rules(lattice, limits),
        ),
        items=item_table(baskets),
        partial=not (mined.complete and splits.complete),
        notes=tuple(notes),
        support=float(support),
        minimum_count=minimum,
        options=options,
        baskets=baskets,
        lattice=lattice,
    )


def _named(
    baskets: Baskets,
    wanted: tuple[str, ...],
    options: RuleOptions,
    notes: list[Message],
) -> np.ndarray | None:
    """The names of the items wanted (None: nothing is); a name no item bears is said.

    Where no item bears any of them it is an error.
    """
    if not wanted:
        return None
    codes, unknown = find_items(baskets.names, wanted, options.names)
    if not len(codes):
        raise AnalysisError("baskets.unknown_items", items=unknown)
    if unknown:
        notes.append(Message("baskets.unknown_items", {"items": unknown}))
    return baskets.names[codes]


def _mine(
    baskets: Baskets,
    minimum: int,
    options: RuleOptions,
    deadline: float,
    progress: Progress,
) -> Mined:
    max_length = options.max_length
    if max_length and options.itemsets != "frequent":
        # Whether a set of the greatest length is closed or maximal shows one item further.
        max_length += 1
    miner: Callable[..., Mined] = mine
    if options.algorithm != "eclat":
        miner = partial(mine_with_mlxtend, algorithm=options.algorithm)
    return miner(
        baskets,
        minimum,
        MiningLimits(
            max_length=max_length,
            itemsets=options.max_itemsets,
            seconds=max(0.5, deadline - time.monotonic()),
        ),
        progress,
    )


def _mask(names: np.ndarray | None, lattice: Lattice) -> np.ndarray | None:
    return None if names is None else np.isin(lattice.labels, names)


def itemset_table(lattice: Lattice, baskets: int) -> pd.DataFrame:
    """The sets as a table: items, length, count, support."""
    return pd.DataFrame(
        {
            "items": lattice.tuples(),
            "length": lattice.lengths,
            "count": lattice.counts,
            "support": lattice.counts / max(1, baskets),
        }
    )


def _listed(
    all_sets: Lattice,
    lattice: Lattice,
    kind: str,
    must: np.ndarray | None,
) -> np.ndarray:
    """Which sets of the lattice the options ask to list; `all_sets` may be longer."""
    listed = np.ones(len(lattice), dtype=bool)
    if kind == "closed":
        listed &= all_sets.closed()[: len(lattice)]
    elif kind == "maximal":
        listed &= all_sets.maximal()[: len(lattice)]
    if must is not None:
        listed &= np.concatenate([must[rows].any(axis=1) for rows in lattice.sets])
    return listed


def rule_table(
    lattice: Lattice,
    splits: Splits,
    tuples: np.ndarray,
    baskets: Baskets,
    options: RuleOptions,
    possible: Mapping[int, int],
) -> pd.DataFrame:
    """The rules with all measures, the highest lift first; ties in one order whatever made them.

    `possible`: how many of each length there could have been, which p-values are corrected for.
    """
    counts, size = lattice.counts, len(baskets)
    x, y, both = (
        counts[splits.antecedent],
        counts[splits.consequent],
        counts[splits.whole],
    )
    # Sorted by whole numbers and positions first, so that measures come in their final order.
    confidence = both / np.maximum(x, 1)
    lift = np.round(both * (size / np.maximum(x, 1)) / np.maximum(y, 1), 12)
    position = splits.antecedent * np.int64(len(counts)) + splits.consequent
    order = np.lexsort((position, -both, -confidence, -lift))
    sides = pd.DataFrame(
        {
            "antecedent": tuples[splits.antecedent[order]],
            "consequent": tuples[splits.consequent[order]],
            "length": lattice.lengths[splits.whole[order]],
        }
    )
    measures = measure(
        size,
        x[order],
        y[order],
        both[order],
        interval=options.interval,
        coverage=options.interval_level,
    )
    sure = significance(baskets, lattice, splits, possible, options.max_length)
    tests = pd.DataFrame(
        {
            "expected_equal_size": sure.expected[order],
            "p_value": sure.p_value[order],
            "p_adjusted": sure.p_adjusted[order],
        }
    )
    redundant = pd.DataFrame({"redundant": splits.redundant[order]})
    return pd.concat([sides, measures, tests, redundant], axis=1)


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda share, step: progress(start + (end - start) * share, step)
