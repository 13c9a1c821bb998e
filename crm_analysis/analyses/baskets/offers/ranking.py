"""Three ways to rank what a customer may want next: rules, best sellers, item-item cosine.

Customers and what they bought are a sparse matrix, customers × items, 1 where bought. Ranked items
are an array, customers × offers, of item codes, the best first, -1 where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from crm_analysis.analyses.baskets.chance import possible_rules, significance
from crm_analysis.analyses.baskets.measures import SIGNIFICANT
from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.baskets.mining.generation import SplitLimits, split
from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.search import (
    Mined,
    MiningLimits,
    minimum_count,
)
from crm_analysis.analyses.baskets.options import OfferOptions

_LADDER = (
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
_SETS = 30_000
_COSINE_ITEMS = 5_000
_COSINE_CUSTOMERS = 500  # looked at together
_MATCHES = 4_000_000  # matches of customers and rules looked at together


@dataclass(frozen=True, eq=False)
class OfferRules:
    """Rules with one consequent, as codes of the items of a History.

    `sure` are those surely above chance: lift > 1, corrected p < 5 %.
    """

    antecedents: list[tuple[int, ...]]
    consequent: np.ndarray
    confidence: np.ndarray
    lift: np.ndarray
    count: np.ndarray
    sure: np.ndarray
    support: float

    def __len__(self) -> int:
        return len(self.consequent)

    def antecedent_matrix(self, items: int) -> csr_matrix:
        """Items × rules, 1 where the rule's antecedent has the item."""
        sizes = [len(antecedent) for antecedent in self.antecedents]
        pointer = np.concatenate([[0], np.cumsum(sizes)])
        flat = np.concatenate(self.antecedents)
        return csr_matrix(
            (np.ones(len(flat), dtype=np.int32), flat, pointer),
            shape=(len(self), items),
        ).T.tocsr()


def learn_rules(
    baskets: Baskets, code_of: dict[str, int], options: OfferOptions
) -> OfferRules:
    """The rules of these baskets.

    None where not one of them is surely above chance: they could only foretell best sellers, and
    worse. Without a support: the least of the ladder with five baskets that leaves at most 30,000
    sets.
    """
    size = len(baskets)
    support, mined = _mine(baskets, options)
    lattice = Lattice.of(baskets.names, mined.sets, mined.counts)
    limits = SplitLimits(
        options.confidence, max_consequents=1, rules=options.max_rules
    )
    splits = split(lattice, size, limits)
    x, y, both = (
        lattice.counts[index].astype(float)
        for index in (
            splits.antecedent,
            splits.consequent,
            splits.whole,
        )
    )
    possible, longest = possible_rules(lattice, limits), options.max_antecedent + 1
    chance = significance(baskets, lattice, splits, possible, longest)
    sure = (both * size > x * y) & (chance.p_adjusted < SIGNIFICANT)
    chosen = slice(None) if sure.any() else slice(0)
    x, y, both = x[chosen], y[chosen], both[chosen]
    tuples = lattice.tuples()
    antecedents = [
        tuple(code_of[name] for name in names)
        for names in tuples[splits.antecedent[chosen]]
    ]
    consequents = [code_of[names[0]] for names in tuples[splits.consequent[chosen]]]
    return OfferRules(
        antecedents=antecedents,
        consequent=np.array(consequents, dtype=np.int64),
        confidence=both / np.maximum(x, 1),
        lift=both * (size / np.maximum(x, 1)) / np.maximum(y, 1),
        count=both.astype(np.int64),
        sure=sure[chosen],
        support=float(support),
    )


def _mine(baskets: Baskets, options: OfferOptions) -> tuple[float, Mined]:
    def sets_at(support: float, itemsets: int, seconds: float) -> Mined:
        return mine(
            baskets,
            minimum_count(support, len(baskets)),
            MiningLimits(
                max_length=options.max_antecedent + 1,
                itemsets=itemsets,
                seconds=seconds,
            ),
        )

    if options.support is not None:
        return options.support, sets_at(
            options.support, 10 * _SETS, options.time_limit
        )
    support = _LADDER[0]
    mined = sets_at(support, _SETS, options.time_limit)
    for lower in _LADDER[1:]:
        if minimum_count(lower, len(baskets)) < 5:
            break
        more = sets_at(lower, _SETS, options.time_limit / 4)
        if not more.complete:
            break
        support, mined = lower, more
    return support, mined


@dataclass(frozen=True, eq=False)
class RankedByRules:
    """What rules rank for some customers, customer after customer, the best first.

    `reason` is the rule behind an item, -1 where none is surely above chance.
    """

    customer: np.ndarray
    rank: np.ndarray
    item: np.ndarray
    score: np.ndarray
    reason: np.ndarray


def by_rules(
    held: csr_matrix,
    rules: OfferRules,
    offers: int,
    *,
    new_only: bool,
    combine: str,
) -> Iterator[RankedByRules]:
    """Offers from rules, portion by portion of the customers.

    The score of an item is the sum, or the highest, of the confidences of the rules whose
    antecedent the customer has bought: all of them, for those at or below chance say how likely a
    product is as well. A reason is only a rule surely above chance, the most confident of them.
    """
    if not len(rules):
        return
    antecedents = rules.antecedent_matrix(held.shape[1])
    touched = np.asarray(held @ np.asarray(antecedents.sum(axis=1)).ravel())
    begin = 0
    while begin < held.shape[0]:
        fits = np.searchsorted(np.cumsum(touched[begin:]), _MATCHES, side="right")
        end = begin + max(1, int(fits))
        customer, rule = _matches(
            held[begin:end], antecedents, rules, new_only=new_only
        )
        if len(rule):
            yield _ranked(customer + begin, rule, rules, offers, combine)
        begin = end


def _matches(
    held: csr_matrix,
    antecedents: csr_matrix,
    rules: OfferRules,
    *,
    new_only: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Customers and the rules whose antecedent they have bought (the consequent not yet)."""
    sizes = np.array([len(antecedent) for antecedent in rules.antecedents])
    met = (held @ antecedents).tocoo()
    whole = met.data == sizes[met.col]
    customer, rule = met.row[whole].astype(np.int64), met.col[whole]
    if new_only:
        fresh = ~np.isin(
            customer * held.shape[1] + rules.consequent[rule],
            cells_of(held),
        )
        customer, rule = customer[fresh], rule[fresh]
    return customer, rule


def cells_of(table: csr_matrix) -> np.ndarray:
    """The cells that are not zero, counted row by row."""
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    return rows * np.int64(table.shape[1]) + table.indices


def _ranked(
    customer: np.ndarray,
    rule: np.ndarray,
    rules: OfferRules,
    offers: int,
    combine: str,
) -> RankedByRules:
    item = rules.consequent[rule]
    # Of one customer and item the surest rule comes first, which is the reason.
    order = np.lexsort(
        (
            rule,
            -rules.confidence[rule],
            ~rules.sure[rule],
            item,
            customer,
        )
    )
    customer, item, rule = customer[order], item[order], rule[order]
    first = np.flatnonzero(
        (np.diff(customer, prepend=-1) != 0) | (np.diff(item, prepend=-1) != 0)
    )
    together = np.add if combine == "sum" else np.maximum
    score = together.reduceat(rules.confidence[rule], first)
    customer, item, rule = customer[first], item[first], rule[first]
    reason = np.where(rules.sure[rule], rule, -1)
    best = np.lexsort((item, -np.round(score, 12), customer))
    rank = _ranks(customer[best])
    best, rank = best[rank < offers], rank[rank < offers]
    return RankedByRules(
        customer[best], rank, item[best], score[best], reason[best]
    )


def _ranks(customer: np.ndarray) -> np.ndarray:
    """The position of each row among its customer's, from 0; they stand beside each other."""
    heads = np.flatnonzero(np.diff(customer, prepend=-1))
    return np.arange(len(customer)) - np.repeat(
        heads, np.diff(heads, append=len(customer))
    )


def by_best_sellers(
    held: csr_matrix,
    popularity: np.ndarray,
    offers: int,
    *,
    new_only: bool,
) -> np.ndarray:
    """For each customer the items most customers bought; where `new_only`, without those held."""
    ranking = np.lexsort((np.arange(len(popularity)), -popularity))
    ranking = ranking[popularity[ranking] > 0]
    ranked = np.full((held.shape[0], offers), -1, dtype=np.int64)
    if not new_only:
        ranked[:, : len(ranking[:offers])] = ranking[:offers]
        return ranked
    position = np.full(len(popularity), len(ranking), dtype=np.int64)
    position[ranking] = np.arange(len(ranking))
    for row in range(held.shape[0]):
        owned = position[held.indices[held.indptr[row] : held.indptr[row + 1]]]
        window = np.ones(min(len(ranking), offers + len(owned)), dtype=bool)
        window[owned[owned < len(window)]] = False
        chosen = ranking[: len(window)][window][:offers]
        ranked[row, : len(chosen)] = chosen
    return ranked


def by_cosine(
    everyone: csr_matrix,
    held: csr_matrix,
    offers: int,
    *,
    new_only: bool,
) -> np.ndarray:
    """For each customer the items most like those held.

    Cosine of the columns of `everyone` (Sarwar et al. 2001), summed.
    """
    size = min(_COSINE_ITEMS, everyone.shape[1])
    table = everyone[:, :size].astype(np.float32)
    length = np.sqrt(np.asarray(table.sum(axis=0)).ravel())
    scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    likeness = (table.T @ table).toarray() * scale[:, None] * scale
    np.fill_diagonal(likeness, 0.0)
    ranked = np.full((held.shape[0], offers), -1, dtype=np.int64)
    maximum = min(offers, size)
    for begin in range(0, held.shape[0], _COSINE_CUSTOMERS):
        portion = held[begin : begin + _COSINE_CUSTOMERS, :size]
        score = np.asarray(portion.astype(np.float32) @ likeness, dtype=np.float64)
        if new_only:
            score[portion.nonzero()] = -1.0
        # Items are numbered by how often they are bought, so ties go to the better seller.
        score -= np.arange(size) * 1e-12
        top = np.argpartition(-score, maximum - 1, axis=1)[:, :maximum]
        order = np.take_along_axis(score, top, axis=1).argsort(axis=1)[:, ::-1]
        top = np.take_along_axis(top, order, axis=1)
        liked = np.take_along_axis(score, top, axis=1) > 0
        ranked[begin : begin + len(top), :maximum] = np.where(liked, top, -1)
    return ranked
