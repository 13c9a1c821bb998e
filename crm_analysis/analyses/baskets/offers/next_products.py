"""What to offer each customer next, and how good such offers are: measured on orders that the method has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.history import History, read_history
from crm_analysis.analyses.baskets.offers.ranking import (
    OfferRules,
    by_best_sellers,
    by_cosine,
    by_rules,
    learn_rules,
)
from crm_analysis.analyses.baskets.options import OfferOptions
from crm_analysis.analyses.inference import share_interval
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

__all__ = ["Offers", "next_products"]

_AT = 5
_JUDGED = 10_000  # customers judged, at most, drawn by seed


@dataclass(frozen=True, eq=False)
class Offers:
    """The next best products of each customer.

    customers : customer, rank (1 is best), product, score (missing where no rule speaks of it), reason ("rule": one surely above chance;
        else "best_seller": among the products most customers bought; else "bought" or "not_bought" by this customer before), because
        (the products bought that speak for it, a tuple), confidence, lift, count (baskets behind the rule; missing where there is none).
    quality : method ("rules", "best_sellers", "item_cosine"), customers, hit_rate, hit_rate_low, hit_rate_high (95 %), ndcg; at five offers,
        with each customer's last order hidden from everything that was learned. Empty where no customer has two orders.
    products : product, customers (to whom it is offered), mean_confidence; the most offered first.
    """

    customers: pd.DataFrame
    quality: pd.DataFrame
    products: pd.DataFrame
    rules: int
    sure_rules: int
    support: float
    notes: tuple[Message, ...]
    options: OfferOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers."""
        rate = (
            self.quality.set_index("method")["hit_rate"]
            if len(self.quality)
            else pd.Series(dtype=float)
        )
        offered = self.customers["reason"].eq("rule")
        return {
            "customers": self.customers["customer"].nunique(),
            "offers": len(self.customers),
            "rules": self.rules,
            "sure_rules": self.sure_rules,
            "support": self.support,
            "from_rules": float(offered.mean()) if len(offered) else None,
            **{
                f"hit_rate_{method}": float(rate[method]) if method in rate.index else None
                for method in ("rules", "best_sellers", "item_cosine")
            },
        }


def next_products(
    transactions: pd.DataFrame,
    options: OfferOptions | None = None,
    *,
    progress: Progress = no_progress,
    seed: int = 0,
) -> Offers:
    """For each customer the products to offer next, from what they bought and the rules of everybody's baskets.

    Parameters
    ----------
    transactions : customer and product (or category); order and date say which order was the last.
    options : `new_only` leaves out what a customer has bought before, in the offers and in the judgement of them.

    Raises
    ------
    AnalysisError : "data.missing_role", "baskets.no_lines".

    Notes
    -----
    Places that no rule fills go to the best sellers; so do all where no rule is surely above chance (lift > 1, corrected p-value below
    5 %), and only such a rule is given as a reason. Quality: each customer's last order is hidden, rules, best sellers and cosine
    are learned from the rest, and five offers are compared with the hidden order: hit rate (at least one is in it) and NDCG
    (Järvelin and Kekäläinen 2002). Customers with one order, or with nothing new in the last where only new products count, cannot
    be judged and are not.
    """
    options = options or OfferOptions()
    progress(0.0, "baskets.step.baskets")
    history = read_history(
        transactions, options, "customer_day" if options.basket == "customer_day" else "order"
    )
    notes: list[Message] = [] if history.dated else [Message("baskets.offers.undated", {})]
    quality = _judge(history, options, seed, notes, progress)
    progress(0.6, "baskets.step.offers")
    rules = _learn(history, options, None)
    held = _held(history, None)
    customers = _offer(history, held, rules, options, progress)
    by_product = customers.groupby("product", sort=False)
    products = pd.DataFrame(
        {"customers": by_product.size(), "mean_confidence": by_product["confidence"].mean()}
    ).reset_index()
    products = products.sort_values(
        ["customers", "product"], ascending=[False, True], ignore_index=True
    )
    return Offers(
        customers,
        quality,
        products,
        len(rules),
        int(rules.sure.sum()),
        rules.support,
        tuple(notes),
        options,
    )


def _learn(history: History, options: OfferOptions, kept: np.ndarray | None) -> OfferRules:
    baskets = history.baskets("customer" if options.basket == "customer" else "order", kept)
    return learn_rules(baskets, {name: code for code, name in enumerate(history.items)}, options)


def _held(history: History, kept: np.ndarray | None):
    """Customers × items, 1 where bought."""
    from scipy.sparse import csr_matrix

    who, what = (
        (history.customer, history.item)
        if kept is None
        else (history.customer[kept], history.item[kept])
    )
    table = csr_matrix(
        (np.ones(len(who), dtype=np.int32), (who, what)),
        shape=(len(history.customers), len(history.items)),
    )
    table.sum_duplicates()
    table.data[:] = 1
    return table


def _offer(
    history: History, held, rules: OfferRules, options: OfferOptions, progress: Progress
) -> pd.DataFrame:
    size = len(history.customers)
    item = np.full((size, options.offers), -1, dtype=np.int64)
    score = np.full((size, options.offers), np.nan)
    why = np.full((size, options.offers), -1, dtype=np.int64)
    for who, what, points, rule in by_rules(
        held, rules, options.offers, new_only=options.new_only, combine=options.combine
    ):
        progress(0.6 + 0.35 * float(who[-1] + 1) / size, "baskets.step.offers")
        rank = _ranks(who)
        item[who, rank], score[who, rank], why[who, rank] = what, points, rule
    popularity = np.asarray(held.sum(axis=0)).ravel()
    item = _fill(item, held, popularity, options.new_only)
    who, rank = np.nonzero(item >= 0)
    rule, product = why[who, rank], item[who, rank]
    by_rule = rule >= 0
    best_seller = _best_sellers(popularity, options.offers)[product]
    bought = (
        np.zeros(len(rule), dtype=bool)
        if options.new_only
        else np.asarray(held[who, product]).ravel() > 0
    )
    because = np.empty(len(rule), dtype=object)
    because[:] = [
        tuple(history.items[list(rules.antecedents[one])]) if one >= 0 else () for one in rule
    ]

    def known(values: np.ndarray) -> np.ndarray:
        if not len(values):
            return np.full(len(rule), np.nan)
        return np.where(by_rule, values[np.maximum(rule, 0)], np.nan)

    return pd.DataFrame(
        {
            "customer": history.customers.to_numpy()[who],
            "rank": rank + 1,
            "product": history.items[product],
            "score": score[who, rank],
            "reason": np.select(
                [by_rule, best_seller, bought], ["rule", "best_seller", "bought"], "not_bought"
            ),
            "because": because,
            "confidence": known(rules.confidence),
            "lift": known(rules.lift),
            "count": known(rules.count.astype(float)),
        }
    )


def _best_sellers(popularity: np.ndarray, offers: int) -> np.ndarray:
    """Which items may be called best sellers: as many as are offered, or a tenth of them where that is more, but never more than half."""
    sold = int((popularity > 0).sum())
    called = np.zeros(len(popularity), dtype=bool)
    called[
        np.lexsort((np.arange(len(popularity)), -popularity))[
            : min(max(offers, sold // 10), max(1, sold // 2))
        ]
    ] = True
    return called


def _ranks(who: np.ndarray) -> np.ndarray:
    heads = np.flatnonzero(np.diff(who, prepend=-1))
    return np.arange(len(who)) - np.repeat(heads, np.diff(heads, append=len(who)))


def _fill(item: np.ndarray, held, popularity: np.ndarray, new_only: bool) -> np.ndarray:
    """Empty places go to the best sellers that are not offered already."""
    lacking = np.flatnonzero((item < 0).any(axis=1))
    if not len(lacking):
        return item
    offers = item.shape[1]
    sellers = by_best_sellers(held[lacking], popularity, 2 * offers, new_only=new_only)
    for row, candidates in zip(lacking, sellers, strict=True):
        given = int((item[row] >= 0).sum())
        fresh = candidates[(candidates >= 0) & ~np.isin(candidates, item[row, :given])][
            : offers - given
        ]
        item[row, given : given + len(fresh)] = fresh
    return item


def _judge(
    history: History, options: OfferOptions, seed: int, notes: list[Message], progress: Progress
) -> pd.DataFrame:
    """Hit rate and NDCG at five with the last orders hidden from all that is learned."""
    columns = ["method", "customers", "hit_rate", "hit_rate_low", "hit_rate_high", "ndcg"]
    hidden = history.last[history.order]
    if not hidden.any():
        notes.append(Message("baskets.offers.one_order_each", {}))
        return pd.DataFrame(columns=columns)
    seen = ~hidden
    progress(0.1, "baskets.step.judge")
    held, wanted = _held(history, seen), _held(history, hidden)
    if options.new_only:
        wanted = wanted - wanted.multiply(held)
        wanted.eliminate_zeros()
    judged = np.flatnonzero(np.diff(wanted.indptr) > 0)
    if not len(judged):
        notes.append(Message("baskets.offers.nothing_new", {}))
        return pd.DataFrame(columns=columns)
    if len(judged) > _JUDGED:
        notes.append(Message("baskets.offers.sample", {"customers": _JUDGED, "of": len(judged)}))
        judged = np.sort(np.random.default_rng(seed).choice(judged, _JUDGED, replace=False))
    mine, theirs = held[judged], wanted[judged]
    popularity = np.asarray(held.sum(axis=0)).ravel()
    rules = _learn(history, options, seen)
    progress(0.3, "baskets.step.judge")
    from_rules = np.full((len(judged), _AT), -1, dtype=np.int64)
    for who, what, _, _ in by_rules(
        mine, rules, _AT, new_only=options.new_only, combine=options.combine
    ):
        from_rules[who, _ranks(who)] = what
    offered = {"rules": _fill(from_rules, mine, popularity, options.new_only)}
    progress(0.4, "baskets.step.judge")
    offered["best_sellers"] = by_best_sellers(mine, popularity, _AT, new_only=options.new_only)
    offered["item_cosine"] = _fill(
        by_cosine(held, mine, _AT, new_only=options.new_only), mine, popularity, options.new_only
    )
    rows = []
    for method, items in offered.items():
        hits = _hits(items, theirs)
        any_hit = np.asarray(hits.any(axis=1))
        low, high = share_interval(np.array([any_hit.sum()]), np.array([len(any_hit)]))
        rows.append(
            (
                method,
                len(judged),
                float(any_hit.mean()),
                float(low[0]),
                float(high[0]),
                float(_ndcg(hits, np.diff(theirs.indptr)).mean()),
            )
        )
    return pd.DataFrame(rows, columns=columns)


def _hits(items: np.ndarray, wanted) -> np.ndarray:
    size = wanted.shape[1]
    right = (
        np.repeat(np.arange(wanted.shape[0]), np.diff(wanted.indptr)) * np.int64(size)
        + wanted.indices
    )
    return np.isin(np.arange(len(items))[:, None] * np.int64(size) + items, right) & (items >= 0)


def _ndcg(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Discounted gain of the hits over that of the best possible list."""
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(discount)[np.minimum(relevant, hits.shape[1]) - 1]
    return (hits * discount).sum(axis=1) / ideal
