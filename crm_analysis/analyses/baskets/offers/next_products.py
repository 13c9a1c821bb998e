"""What to offer each customer next, and how good such offers are on orders not learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from crm_analysis.analyses.baskets.history import History, read_history
from crm_analysis.analyses.baskets.mining.items import no_products
from crm_analysis.analyses.baskets.offers.ranking import (
    OfferRules,
    by_best_sellers,
    by_cosine,
    by_rules,
    cells_of,
    learn_rules,
)
from crm_analysis.analyses.baskets.options import OfferOptions
from crm_analysis.analyses.inference import share_interval
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_JUDGED_OFFERS = 5
_JUDGED_CUSTOMERS = 10_000  # at most, drawn by seed
_METHODS = ("rules", "best_sellers", "item_cosine")
_QUALITY = [
    "method",
    "customers",
    "hit_rate",
    "hit_rate_low",
    "hit_rate_high",
    "ndcg",
]


@dataclass(frozen=True, eq=False)
class Offers:
    """The next best products of each customer.

    Attributes
    ----------
    customers : pandas.DataFrame
        A row an offer.
        customer : id
        rank : 1 is the best offer
        product : name
        score : sum or highest of the rules' confidences (missing where no rule speaks of it)
        reason : "rule" (one surely above chance), else "best_seller" (among the products most
            customers bought), else "bought" or "not_bought" by this customer before
        because : the products bought that speak for it (a tuple)
        confidence, lift : of the rule (missing where there is none)
        count : baskets behind the rule (missing where there is none)
    quality : pandas.DataFrame
        A row a method, at five offers, with each customer's last order hidden from all that was
        learned; empty where no customer has two orders.
        method : "rules", "best_sellers", "item_cosine"
        customers : customers judged
        hit_rate : share of them with an offer in the hidden order
        hit_rate_low, hit_rate_high : its 95 % interval
        ndcg : mean discounted gain, from 0 to 1
    products : pandas.DataFrame
        product : name, the most offered first
        customers : customers to whom it is offered
        mean_confidence : mean confidence of the rules behind
    rules, sure_rules : int
        Rules learned, and those of them surely above chance.
    support : float
        Share of baskets a set of products needs.
    notes : tuple[Message, ...]
        What the reader should know.
    options : OfferOptions
        As given.
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
        rates = dict(
            zip(
                self.quality["method"],
                self.quality["hit_rate"],
                strict=True,
            )
        )
        from_rules = self.customers["reason"].eq("rule")
        return {
            "customers": self.customers["customer"].nunique(),
            "offers": len(self.customers),
            "rules": self.rules,
            "sure_rules": self.sure_rules,
            "support": self.support,
            "from_rules": float(from_rules.mean()) if len(from_rules) else None,
            **{f"hit_rate_{method}": rates.get(method) for method in _METHODS},
        }

    @property
    def verdict(
        self,
    ) -> Literal["no_rules", "better", "worse", "same"] | None:
        """Whether offers by rules are worth it beside best sellers; None where untested.

        Better and worse only where the intervals of the hit rates do not overlap.
        """
        if self.quality.empty:
            return None
        quality = self.quality.set_index("method")
        rules, sellers = (
            quality.loc["rules"],
            quality.loc["best_sellers"],
        )
        if not self.sure_rules:
            return "no_rules"
        if rules["hit_rate_low"] > sellers["hit_rate_high"]:
            return "better"
        if rules["hit_rate_high"] < sellers["hit_rate_low"]:
            return "worse"
        return "same"


def next_products(
    transactions: pd.DataFrame,
    options: OfferOptions | None = None,
    *,
    progress: Progress = no_progress,
    seed: int = 0,
) -> Offers:
    """For each customer the products to offer next.

    From what they bought and the rules of everybody's baskets.

    Parameters
    ----------
    transactions : pandas.DataFrame
        A row an order line: customer and product (or category); order and date say which order was
        the last.
    options : OfferOptions, optional
        `new_only` leaves out what a customer has bought before, in the offers and in the judgement
        of them.
    seed : int
        Of the draw of customers to judge, where they are many.

    Returns
    -------
    Offers

    Raises
    ------
    AnalysisError
        "data.missing_role", "baskets.no_lines".

    Notes
    -----
    What is no product (`is_product`, where the table has it: postage, fees, vouchers) is not
    offered. Offers that no rule fills go to the best sellers; so do all where no rule is surely
    above chance (lift > 1, corrected p-value below 5 %), and only such a rule is given as a reason.
    Quality: each customer's last order is hidden, rules, best sellers and cosine are learned from
    the rest, and five offers are compared with the hidden order: hit rate (at least one is in it)
    and NDCG. Customers with one order, or with nothing new in the last where only new products
    count, cannot be judged and are not.

    References
    ----------
    Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, ACM TOIS 20.

    Examples
    --------
    Twenty customers buy tea and milk, ten jam and bread; Ann has bought tea alone.

    >>> baskets = ["tea milk"] * 20 + ["jam bread"] * 10 + ["tea"]
    >>> customers = [f"C{number}" for number in range(30)] + ["Ann"]
    >>> orders = pd.DataFrame([
    ...     (customer, product) for customer, basket in zip(customers, baskets)
    ...     for product in basket.split()
    ... ], columns=["customer", "product"])
    >>> orders["order"] = orders["customer"]
    >>> offers = next_products(orders, OfferOptions(offers=1)).customers
    >>> offers.loc[offers["customer"] == "Ann", ["product", "because", "confidence"]].round(3)
       product because  confidence
    30    milk  (tea,)       0.952
    """
    options = options or OfferOptions()
    progress(0.0, "baskets.step.baskets")
    orders = "customer_day" if options.basket == "customer_day" else "order"
    excluded = (*(options.exclude or ()), *no_products(transactions, options.level))
    offered = options.replace(exclude=excluded)
    history = read_history(transactions, offered, orders)
    notes: list[Message] = []
    if not history.dated:
        notes.append(Message("baskets.offers.undated", {}))
    quality = _judge(history, options, seed, notes, progress)
    progress(0.6, "baskets.step.offers")
    rules = _learn(history, options)
    customers = _offer(history, rules, options, progress)
    return Offers(
        customers=customers,
        quality=quality,
        products=customers.groupby("product", sort=False)
        .agg(customers=("customer", "size"), mean_confidence=("confidence", "mean"))
        .reset_index()
        .sort_values(
            ["customers", "product"], ascending=[False, True], ignore_index=True
        ),
        rules=len(rules),
        sure_rules=int(rules.sure.sum()),
        support=rules.support,
        notes=tuple(notes),
        options=options,
    )


def _learn(
    history: History,
    options: OfferOptions,
    learned_from: np.ndarray | None = None,
) -> OfferRules:
    unit: Literal["customer", "order"] = (
        "customer" if options.basket == "customer" else "order"
    )
    code_of = {name: code for code, name in enumerate(history.items)}
    return learn_rules(history.baskets(unit, learned_from), code_of, options)


def _held(history: History, chosen: np.ndarray | slice = slice(None)) -> csr_matrix:
    """Customers × items, 1 where bought in the `chosen` lines."""
    customer, item = history.customer[chosen], history.item[chosen]
    ones = np.ones(len(customer), dtype=np.int32)
    table = csr_matrix(
        (ones, (customer, item)), shape=(len(history.customers), len(history.items))
    )
    table.sum_duplicates()
    table.data[:] = 1
    return table


def _popularity(held: csr_matrix) -> np.ndarray:
    return np.asarray(held.sum(axis=0)).ravel()


def _offer(
    history: History,
    rules: OfferRules,
    options: OfferOptions,
    progress: Progress,
) -> pd.DataFrame:
    held = _held(history)
    shape = (len(history.customers), options.offers)
    items = np.full(shape, -1, dtype=np.int64)
    scores = np.full(shape, np.nan)
    reasons = np.full(shape, -1, dtype=np.int64)
    for ranked in by_rules(
        held,
        rules,
        options.offers,
        new_only=options.new_only,
        combine=options.combine,
    ):
        progress(
            0.6 + 0.35 * float(ranked.customer[-1] + 1) / len(items),
            "baskets.step.offers",
        )
        cells = ranked.customer, ranked.rank
        items[cells], scores[cells], reasons[cells] = (
            ranked.item,
            ranked.score,
            ranked.reason,
        )
    popularity = _popularity(held)
    items = _fill(items, held, popularity, options.new_only)
    customer, rank = np.nonzero(items >= 0)
    item, rule = items[customer, rank], reasons[customer, rank]
    by_rule = rule >= 0
    best_seller = _best_sellers(popularity, options.offers)[item]
    bought = np.zeros(len(item), dtype=bool)
    if not options.new_only:
        bought = np.asarray(held[customer, item]).ravel() > 0
    because = np.full(len(rule), None)
    because[:] = [
        tuple(history.items[list(rules.antecedents[number])]) if number >= 0 else ()
        for number in rule
    ]

    def of_rule(values: np.ndarray) -> np.ndarray:
        column = np.full(len(rule), np.nan)
        column[by_rule] = values[rule[by_rule]]
        return column

    return pd.DataFrame(
        {
            "customer": history.customers.to_numpy()[customer],
            "rank": rank + 1,
            "product": history.items[item],
            "score": scores[customer, rank],
            "reason": np.select(
                [by_rule, best_seller, bought],
                ["rule", "best_seller", "bought"],
                "not_bought",
            ),
            "because": because,
            "confidence": of_rule(rules.confidence),
            "lift": of_rule(rules.lift),
            "count": of_rule(rules.count),
        }
    )


def _best_sellers(popularity: np.ndarray, offers: int) -> np.ndarray:
    """Which items may be called best sellers: as many as are offered.

    Or a tenth of them where that is more, but never more than half.
    """
    sold = int((popularity > 0).sum())
    number = min(max(offers, sold // 10), max(1, sold // 2))
    called = np.zeros(len(popularity), dtype=bool)
    called[np.lexsort((np.arange(len(popularity)), -popularity))[:number]] = True
    return called


def _fill(
    items: np.ndarray,
    held: csr_matrix,
    popularity: np.ndarray,
    new_only: bool,
) -> np.ndarray:
    lacking = np.flatnonzero((items < 0).any(axis=1))
    if not len(lacking):
        return items
    offers = items.shape[1]
    sellers = by_best_sellers(
        held[lacking], popularity, 2 * offers, new_only=new_only
    )
    for row, candidates in zip(lacking, sellers, strict=True):
        given = int((items[row] >= 0).sum())
        fresh = (candidates >= 0) & ~np.isin(candidates, items[row, :given])
        added = candidates[fresh][: offers - given]
        items[row, given : given + len(added)] = added
    return items


def _judge(
    history: History,
    options: OfferOptions,
    seed: int,
    notes: list[Message],
    progress: Progress,
) -> pd.DataFrame:
    """Hit rate and NDCG at five with the last orders hidden from all that is learned."""
    hidden = history.last[history.order]
    if not hidden.any():
        notes.append(Message("baskets.offers.one_order_each", {}))
        return pd.DataFrame(columns=_QUALITY)
    progress(0.1, "baskets.step.judge")
    held, wanted = _held(history, ~hidden), _held(history, hidden)
    if options.new_only:
        wanted = wanted - wanted.multiply(held)
        wanted.eliminate_zeros()
    judged = np.flatnonzero(np.diff(wanted.indptr) > 0)
    if not len(judged):
        notes.append(Message("baskets.offers.nothing_new", {}))
        return pd.DataFrame(columns=_QUALITY)
    if len(judged) > _JUDGED_CUSTOMERS:
        notes.append(
            Message(
                "baskets.offers.sample",
                {"customers": _JUDGED_CUSTOMERS, "of": len(judged)},
            )
        )
        judged = np.sort(
            np.random.default_rng(seed).choice(
                judged, _JUDGED_CUSTOMERS, replace=False
            )
        )
    offered = _offered_by_method(
        held, judged, _learn(history, options, ~hidden), options, progress
    )
    rows = [
        (method, *_scored(items, wanted[judged]))
        for method, items in offered.items()
    ]
    return pd.DataFrame(rows, columns=_QUALITY)


def _offered_by_method(
    everyone: csr_matrix,
    judged: np.ndarray,
    rules: OfferRules,
    options: OfferOptions,
    progress: Progress,
) -> dict[str, np.ndarray]:
    held, popularity, new_only = (
        everyone[judged],
        _popularity(everyone),
        options.new_only,
    )
    progress(0.3, "baskets.step.judge")
    from_rules = np.full((len(judged), _JUDGED_OFFERS), -1, dtype=np.int64)
    for ranked in by_rules(
        held,
        rules,
        _JUDGED_OFFERS,
        new_only=new_only,
        combine=options.combine,
    ):
        from_rules[ranked.customer, ranked.rank] = ranked.item
    from_rules = _fill(from_rules, held, popularity, new_only)
    progress(0.4, "baskets.step.judge")
    sellers = by_best_sellers(held, popularity, _JUDGED_OFFERS, new_only=new_only)
    alike = by_cosine(everyone, held, _JUDGED_OFFERS, new_only=new_only)
    alike = _fill(alike, held, popularity, new_only)
    return dict(zip(_METHODS, (from_rules, sellers, alike), strict=True))


def _scored(
    items: np.ndarray, wanted: csr_matrix
) -> tuple[int, float, float, float, float]:
    """Customers, hit rate with its interval, NDCG."""
    hits = _hits(items, wanted)
    any_hit = np.asarray(hits.any(axis=1))
    low, high = share_interval(np.array([any_hit.sum()]), np.array([len(any_hit)]))
    return (
        len(any_hit),
        float(any_hit.mean()),
        float(low[0]),
        float(high[0]),
        float(_ndcg(hits, np.diff(wanted.indptr)).mean()),
    )


def _hits(items: np.ndarray, wanted: csr_matrix) -> np.ndarray:
    cells = np.arange(len(items))[:, None] * np.int64(wanted.shape[1]) + items
    return np.isin(cells, cells_of(wanted)) & (items >= 0)


def _ndcg(hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Discounted gain of the hits over that of the best possible list."""
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(discount)[np.minimum(relevant, hits.shape[1]) - 1]
    return (hits * discount).sum(axis=1) / ideal
