"""Three ways to rank what a customer may want next: rules, best sellers, item-item cosine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.baskets.mining.generation import split
from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.thresholds import least_count
from crm_analysis.analyses.baskets.options import OfferOptions
from crm_analysis.analyses.inference import benjamini_hochberg, chi_square_p, fourfold_chi_square

__all__ = ["OfferRules", "by_best_sellers", "by_cosine", "by_rules", "learn_rules"]

_LADDER = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
_SETS = 30_000
_COSINE_ITEMS = 5_000
_MATCHES = 4_000_000  # matches of customers and rules held together
_SIGNIFICANT = 0.05  # corrected p-value of a rule that may be given as a reason


@dataclass(frozen=True, eq=False)
class OfferRules:
    """Rules with one consequent, as codes of the items of a History; `sure` are those surely above chance: lift > 1, corrected p < 5 %."""

    antecedents: list[tuple[int, ...]]
    consequent: np.ndarray
    confidence: np.ndarray
    lift: np.ndarray
    count: np.ndarray
    sure: np.ndarray
    support: float

    def __len__(self) -> int:
        return len(self.consequent)


def learn_rules(baskets: Baskets, code_of: dict[str, int], options: OfferOptions) -> OfferRules:
    """The rules of these baskets; none where not one of them is surely above chance, since they could only foretell best sellers, and worse.

    Without a support: the least of the ladder with five baskets that leaves at most 30,000 sets.
    """
    size, length = len(baskets), options.max_antecedent + 1
    if options.support is not None:
        support = options.support
        mined = mine(
            baskets,
            least_count(support, size),
            max_length=length,
            limit=10 * _SETS,
            seconds=options.time_limit,
        )
    else:
        support, mined = (
            _LADDER[0],
            mine(
                baskets,
                least_count(_LADDER[0], size),
                max_length=length,
                limit=_SETS,
                seconds=options.time_limit,
            ),
        )
        for lower in _LADDER[1:]:
            if least_count(lower, size) < 5:
                break
            more = mine(
                baskets,
                least_count(lower, size),
                max_length=length,
                limit=_SETS,
                seconds=options.time_limit / 4,
            )
            if not more.complete:
                break
            support, mined = lower, more
    lattice = Lattice.of(baskets.names, mined.sets, mined.counts)
    found = split(
        lattice, size, confidence=options.confidence, max_consequents=1, limit=options.max_rules
    )
    tuples = lattice.tuples()
    x, y, both = (
        lattice.counts[one].astype(float)
        for one in (found.antecedent, found.consequent, found.whole)
    )
    sure = (both * size > x * y) & (
        benjamini_hochberg(chi_square_p(fourfold_chi_square(float(size), x, y, both)))
        < _SIGNIFICANT
    )
    kept = slice(None) if sure.any() else slice(0)
    x, y, both = x[kept], y[kept], both[kept]
    return OfferRules(
        antecedents=[
            tuple(code_of[name] for name in names) for names in tuples[found.antecedent[kept]]
        ],
        consequent=np.array(
            [code_of[names[0]] for names in tuples[found.consequent[kept]]], dtype=np.int64
        ),
        confidence=both / np.maximum(x, 1),
        lift=both * (size / np.maximum(x, 1)) / np.maximum(y, 1),
        count=both.astype(np.int64),
        sure=sure[kept],
        support=float(support),
    )


def by_rules(
    held, rules: OfferRules, offers: int, *, new_only: bool, combine: str
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Offers from rules, portion by portion: customer, item, score, and the rule that is its reason (-1: none); the best first for each.

    `held` is a sparse matrix of customers and items. The score of an item is the sum, or the highest, of the confidences of the rules whose
    antecedent the customer has bought: all of them, for those at or below chance say how likely a product is as well. A reason is only a
    rule surely above chance, the most confident of them.
    """
    from scipy.sparse import csr_matrix

    if not len(rules):
        return
    sizes = np.array([len(one) for one in rules.antecedents])
    pointer = np.concatenate([[0], np.cumsum(sizes)])
    flat = np.concatenate([np.array(one) for one in rules.antecedents])
    needs = csr_matrix(
        (np.ones(len(flat), dtype=np.int32), flat, pointer), shape=(len(rules), held.shape[1])
    ).T.tocsr()
    touched = np.asarray(held @ np.asarray(needs.sum(axis=1)).ravel())
    begin = 0
    while begin < held.shape[0]:
        end = begin + max(
            1, int(np.searchsorted(np.cumsum(touched[begin:]), _MATCHES, side="right"))
        )
        part = held[begin:end]
        met = (part @ needs).tocoo()
        full = met.data == sizes[met.col]
        who, rule = met.row[full].astype(np.int64), met.col[full]
        what = rules.consequent[rule]
        key = who * held.shape[1] + what
        if new_only:
            owned = (
                np.repeat(np.arange(part.shape[0]), np.diff(part.indptr)) * np.int64(held.shape[1])
                + part.indices
            )
            fresh = ~np.isin(key, owned)
            key, who, what, rule = key[fresh], who[fresh], what[fresh], rule[fresh]
        if len(key):
            order = np.lexsort((rule, -rules.confidence[rule], ~rules.sure[rule], key))
            key, rule = key[order], rule[order]
            first = np.flatnonzero(np.diff(key, prepend=-1))
            score = (np.add if combine == "sum" else np.maximum).reduceat(
                rules.confidence[rule], first
            )
            who, what, why = (
                key[first] // held.shape[1],
                key[first] % held.shape[1],
                np.where(rules.sure[rule[first]], rule[first], -1),
            )
            best = np.lexsort((what, -np.round(score, 12), who))
            who, what, why, score = who[best], what[best], why[best], score[best]
            heads = np.flatnonzero(np.diff(who, prepend=-1))
            rank = np.arange(len(who)) - np.repeat(heads, np.diff(heads, append=len(who)))
            top = rank < offers
            yield who[top] + begin, what[top], score[top], why[top]
        begin = end


def by_best_sellers(held, popularity: np.ndarray, offers: int, *, new_only: bool) -> np.ndarray:
    """For each customer the items most customers bought, but those held where only new ones count; -1 where none is left."""
    ranking = np.lexsort((np.arange(len(popularity)), -popularity))
    ranking = ranking[popularity[ranking] > 0]
    found = np.full((held.shape[0], offers), -1, dtype=np.int64)
    if not new_only:
        found[:, : len(ranking[:offers])] = ranking[:offers]
        return found
    place = np.empty(len(popularity), dtype=np.int64)
    place[:] = len(ranking)
    place[ranking] = np.arange(len(ranking))
    for row in range(held.shape[0]):
        owned = place[held.indices[held.indptr[row] : held.indptr[row + 1]]]
        window = np.ones(min(len(ranking), offers + len(owned)), dtype=bool)
        window[owned[owned < len(window)]] = False
        chosen = ranking[: len(window)][window][:offers]
        found[row, : len(chosen)] = chosen
    return found


def by_cosine(everyone, held, offers: int, *, new_only: bool) -> np.ndarray:
    """For each customer the items most like those held: cosine of the columns of `everyone` (Sarwar et al. 2001), summed."""
    size = min(_COSINE_ITEMS, everyone.shape[1])
    table = everyone[:, :size].astype(np.float32)
    length = np.sqrt(np.asarray(table.sum(axis=0)).ravel())
    scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    like = (table.T @ table).toarray() * scale[:, None] * scale
    np.fill_diagonal(like, 0.0)
    found = np.full((held.shape[0], offers), -1, dtype=np.int64)
    for begin in range(0, held.shape[0], 500):
        part = held[begin : begin + 500, :size]
        score = np.asarray(part.astype(np.float32) @ like, dtype=np.float64)
        if new_only:
            score[part.nonzero()] = -1.0
        # Items are numbered by how often they are bought, so that ties go to the better seller.
        score -= np.arange(size) * 1e-12
        take = min(offers, size)
        top = np.argpartition(-score, take - 1, axis=1)[:, :take]
        order = np.take_along_axis(score, top, axis=1).argsort(axis=1)[:, ::-1]
        top = np.take_along_axis(top, order, axis=1)
        found[begin : begin + len(top), :take] = np.where(
            np.take_along_axis(score, top, axis=1) > 0, top, -1
        )
    return found
