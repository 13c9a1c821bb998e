"""Itemsets from order lines, and rules from itemsets, beside mlxtend and Borgelt's C code.

The latter is PyPI's pyfim, where it is installed. Each contestant starts from the same order lines
(order, product) in a process of its own and ends with every frequent itemset and its count; that
they are the same sets is checked by a digest. Seconds are CPU seconds, the best run; our peers get
our coded baskets as a start, and the time to bring these into their form is theirs. Memory is the
peak beyond the start, the lines included.

The baskets: Groceries itself where CRM_TEST_DATA names the folder of real files; otherwise, and for
a million, made after the IBM Quest generator (Agrawal and Srikant 1994) with the shape of
Groceries: 169 products of falling popularity, baskets of 4.6 products in the mean with a long tail,
filled with pieces of 400 patterns and with single products. Seed 0.
"""

from __future__ import annotations

import csv
import gc
import hashlib
import importlib.util
import itertools
import os
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measure import Row, apart
from crm_analysis.analyses.baskets import RuleOptions, find_rules
from crm_analysis.analyses.baskets.chance import possible_rules
from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.encoding import (
    Baskets,
    code_lines,
    gather,
)
from crm_analysis.analyses.baskets.mining.generation import SplitLimits, split
from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.search import minimum_count
from crm_analysis.analyses.baskets.rules import itemset_table, rule_table

CONFIDENCE = 0.2
MILLION = 1_000_000
# (support, runs of ours, peers and their runs). At a million mlxtend's default Apriori does not fit
# into memory and FP-Growth takes 4 GB and longer than h-mine at both supports, low-memory Apriori
# twice as long at .1 %: they are left out there, to keep this short.
SMALL = [
    (
        0.001,
        20,
        {
            "pyfim eclat": 20,
            "pyfim fpgrowth": 20,
            "mlxtend fpgrowth": 5,
            "mlxtend hmine": 5,
            "mlxtend apriori": 1,
        },
    )
]
LARGE = [
    (
        0.005,
        3,
        {
            "pyfim eclat": 2,
            "pyfim fpgrowth": 2,
            "mlxtend apriori low-memory": 1,
            "mlxtend hmine": 1,
        },
    ),
    (0.001, 3, {"pyfim eclat": 2, "pyfim fpgrowth": 2, "mlxtend hmine": 1}),
]


def make_lines(
    baskets: int, seed: int = 0, items: int = 169, text: bool = False
) -> pd.DataFrame:
    """Order lines with the shape of Groceries: order (a number, or text), product.

    No product is twice in an order.
    """
    rng = np.random.default_rng(seed)
    popularity = np.exp(-np.arange(items) / 28) + 0.004
    popularity /= popularity.sum()
    milder = popularity**0.8 / (popularity**0.8).sum()
    lengths = np.minimum(rng.geometric(0.42, 400) + 1, 6)
    patterns = np.concatenate(
        [rng.choice(items, length, replace=False, p=milder) for length in lengths]
    )
    weight = rng.exponential(1, 400)
    appetite = rng.gamma(0.9, 1 / 0.9, baskets)
    how_many = rng.poisson(0.75 * appetite)
    order = np.repeat(np.arange(baskets), how_many)
    which = rng.choice(400, len(order), p=weight / weight.sum())
    size = lengths[which]
    ends = np.cumsum(size)
    item = patterns[
        np.arange(ends[-1])
        + np.repeat((np.cumsum(lengths) - lengths)[which] - (ends - size), size)
    ]
    kept = rng.random(len(item)) < 0.62
    singles = 1 + rng.poisson(2.3 * appetite)
    order = np.concatenate(
        [np.repeat(order, size)[kept], np.repeat(np.arange(baskets), singles)]
    )
    item = np.concatenate(
        [item[kept], rng.choice(items, int(singles.sum()), p=popularity)]
    )
    key = np.unique(order * items + item)
    names = np.array(
        [f"product {number:03d}" for number in range(items)], dtype=object
    )
    orders = key // items
    return pd.DataFrame(
        {
            "order": np.array(
                [f"O{one:07d}" for one in range(baskets)], dtype=object
            )[orders]
            if text
            else orders,
            "product": names[key % items],
        }
    )


def lines(size: int, text: bool = False) -> pd.DataFrame:
    """Groceries (or 9,835 made baskets) or a million made baskets."""
    folder = os.environ.get("CRM_TEST_DATA")
    if size == MILLION or not folder:
        return make_lines(size, text=text)
    with (Path(folder) / "groceries" / "groceries.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = [
            (order, item)
            for order, basket in enumerate(csv.reader(file))
            for item in basket
        ]
    return pd.DataFrame(rows, columns=["order", "product"])


def contest(
    who: str, size: int, support: float, runs: int
) -> tuple[float, int, str]:
    """CPU seconds, number of itemsets and their digest."""
    table = lines(size, text=who == "ours, orders as text")
    gc.collect()
    if who.startswith("ours"):
        seconds, result = best(lambda: our_itemsets(table, support), runs)
        return (
            seconds,
            len(result),
            digest(zip(result["items"], result["count"], strict=True)),
        )
    baskets = gather(code_lines(table, RuleOptions()))
    least = minimum_count(support, len(baskets))
    seconds, sets = best(lambda: PEERS[who.split()[0]](baskets, least, who), runs)
    named = (
        (tuple(sorted(str(baskets.names[code]) for code in items)), count)
        for items, count in sets
    )
    return seconds, len(sets), digest(named)


def our_itemsets(table: pd.DataFrame, support: float) -> pd.DataFrame:
    """What `find_rules` does up to the finished table of itemsets."""
    baskets = gather(code_lines(table, RuleOptions()))
    mined = mine(baskets, minimum_count(support, len(baskets)))
    lattice = Lattice.of(baskets.names, mined.sets, mined.counts)
    return itemset_table(lattice, len(baskets))


def with_pyfim(
    baskets: Baskets, least: int, who: str
) -> list[tuple[tuple[int, ...], int]]:
    import fim

    codes = baskets.codes.tolist()
    starts = baskets.starts.tolist()
    rows = [codes[low:high] for low, high in itertools.pairwise(starts)]
    return getattr(fim, who.split()[1])(
        rows, target="s", supp=-least, zmin=1, report="a"
    )


def with_mlxtend(
    baskets: Baskets, least: int, who: str
) -> list[tuple[frozenset[int], int]]:
    from mlxtend.frequent_patterns import apriori, fpgrowth, hmine

    held = np.zeros((len(baskets), len(baskets.names)), dtype=bool)
    held[baskets.rows, baskets.codes] = True
    miner: Callable[..., pd.DataFrame] = {
        "apriori": apriori,
        "fpgrowth": fpgrowth,
        "hmine": hmine,
    }[who.split()[1]]
    more = {"low_memory": True} if who.endswith("low-memory") else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = miner(
            pd.DataFrame(held), min_support=(least - 0.5) / len(baskets), **more
        )
    return list(
        zip(
            result["itemsets"],
            np.rint(result["support"].astype(float) * len(baskets)).astype(int),
            strict=True,
        )
    )


PEERS: dict[str, Callable[[Baskets, int, str], list[tuple[Any, int]]]] = {
    "pyfim": with_pyfim,
    "mlxtend": with_mlxtend,
}


def rules_alone(size: int, support: float, peer: bool) -> tuple[float, int]:
    """CPU seconds from frequent itemsets to the table of rules, and how many rules."""
    baskets = gather(code_lines(lines(size), RuleOptions()))
    mined = mine(baskets, minimum_count(support, len(baskets)))
    lattice = Lattice.of(baskets.names, mined.sets, mined.counts)
    if not peer:
        seconds, result = best(
            lambda: our_rules(baskets, mined.sets, mined.counts), 3
        )
        return seconds, len(result)
    from mlxtend.frequent_patterns import (
        association_rules,
    )  # whose float confidences lose rules on the line: hence the 1e-12

    table = itemset_table(lattice, len(baskets))
    frame = pd.DataFrame(
        {"support": table["support"], "itemsets": table["items"].map(frozenset)}
    )
    seconds, theirs = best(
        lambda: association_rules(
            frame,
            num_itemsets=len(baskets),
            metric="confidence",
            min_threshold=CONFIDENCE - 1e-12,
        ),
        1,
    )
    return seconds, len(theirs)


def our_rules(
    baskets: Baskets, sets: list[np.ndarray], counts: list[np.ndarray]
) -> pd.DataFrame:
    """What `find_rules` does from itemsets to rules, the links to subsets included."""
    lattice, limits = (
        Lattice.of(baskets.names, sets, counts),
        SplitLimits(CONFIDENCE),
    )
    return rule_table(
        lattice,
        split(lattice, len(baskets), limits),
        lattice.tuples(),
        baskets,
        RuleOptions(),
        possible_rules(lattice, limits),
    )


def whole(size: int, support: float) -> tuple[float, int]:
    """CPU seconds of find_rules from order lines to itemsets, rules and measures."""
    table = lines(size)
    seconds, result = best(
        lambda: find_rules(
            table, RuleOptions(support=support, confidence=CONFIDENCE)
        ),
        3,
    )
    return seconds, len(result.rules)


def best(work: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """The CPU seconds of the fastest run, and the last result."""
    seconds, result = float("inf"), None
    for _ in range(runs):
        result = None
        began = time.process_time()
        result = work()
        seconds = min(seconds, time.process_time() - began)
    return seconds, result


def digest(found: Iterable[tuple[tuple[str, ...], int]]) -> str:
    """One text for a collection of itemsets and counts, whatever their order."""
    text = "\n".join(
        sorted(f"{'|'.join(items)}={int(count)}" for items, count in found)
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main() -> list[Row]:
    """A row a contest; ratios above one: we are faster."""
    rows = []
    here = {"pyfim"} if importlib.util.find_spec("fim") else set()
    for size, contests in ((9_835, SMALL), (MILLION, LARGE)):
        for support, runs, peers in contests:
            name = f"itemsets, {size:,} baskets at {support:.1%}"
            ours = apart(contest, "ours", size, support, runs)
            seconds, many, sign = ours.result
            for peer, times in peers.items():
                if peer.startswith("pyfim") and not here:
                    continue
                other = apart(contest, peer, size, support, times)
                if other.result[1:] != (many, sign):
                    raise AssertionError(
                        f"{name}: {peer} finds {other.result[1:]}, we find {(many, sign)}"
                    )
                rows.append(
                    Row(
                        name,
                        seconds,
                        peer,
                        other.result[0],
                        ours.memory,
                        other.memory,
                        f"{many:,} sets, the same",
                    )
                )
            if size == MILLION:
                as_text = apart(
                    contest, "ours, orders as text", size, support, runs
                )
                rows.append(
                    Row(
                        f"{name}, orders as text",
                        as_text.result[0],
                        memory=as_text.memory,
                    )
                )
            alone, theirs = (
                apart(rules_alone, size, support, False).result,
                apart(rules_alone, size, support, True).result,
            )
            if alone[1] != theirs[1]:
                raise AssertionError(
                    f"{name}: {theirs[1]} rules by mlxtend, {alone[1]} by us"
                )
            rows.append(
                Row(
                    f"rules, {size:,} baskets at {support:.1%}",
                    alone[0],
                    "mlxtend association_rules",
                    theirs[0],
                    note=f"{alone[1]:,} rules",
                )
            )
            everything = apart(whole, size, support)
            rows.append(
                Row(
                    f"find_rules, {size:,} baskets at {support:.1%}",
                    everything.result[0],
                    memory=everything.memory,
                    note="lines to rules",
                )
            )
    return rows
