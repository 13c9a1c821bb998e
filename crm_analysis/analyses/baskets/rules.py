"""The one question: which products are bought together. Table and settings in, itemsets and rules out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.diversity import diverse
from crm_analysis.analyses.baskets.estimate import propose_support
from crm_analysis.analyses.baskets.frequencies import item_table, joint_counts, pair_table
from crm_analysis.analyses.baskets.measures import measure
from crm_analysis.analyses.baskets.mining.eclat import Mined, mine
from crm_analysis.analyses.baskets.mining.encoding import Baskets, code_lines, find_items, gather
from crm_analysis.analyses.baskets.mining.generation import Splits, split
from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.mlxtend import mine_with_mlxtend
from crm_analysis.analyses.baskets.mining.thresholds import least_count
from crm_analysis.analyses.baskets.options import RuleOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

__all__ = ["Rules", "find_rules", "itemset_table", "rule_table"]


@dataclass(frozen=True, eq=False)
class Rules:
    """What is bought together.

    itemsets : items (tuple of names, alphabetical), length, count (baskets), support; all, or the closed or maximal ones.
    rules : antecedent, consequent (tuples), length, antecedent_count, consequent_count, count, antecedent_support,
        consequent_support, support, confidence, confidence_low, confidence_high, lift, leverage, conviction, zhang, jaccard,
        kulczynski, expected, chi_square, p_value, p_adjusted, redundant; the highest lift first.
    items : P(I): item, count, support of every item.
    partial : a limit ended the search, `notes` say which; what is there is exact, and every part of a set is there with it.
    notes : what the reader should know, as (phrase key, details).
    support, least : the support used and the least number of baskets it means.
    """

    itemsets: pd.DataFrame
    rules: pd.DataFrame
    items: pd.DataFrame
    partial: bool
    notes: tuple[Message, ...]
    support: float
    least: int
    options: RuleOptions
    baskets: Baskets
    lattice: Lattice

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """P(I, J) for every two frequent items, with expected count, lift and test; see `pair_table`."""
        return pair_table(self.baskets, self._most_bought())

    @property
    def apart(self) -> pd.DataFrame:
        """Products that avoid each other: the pairs bought together significantly less than chance, and less than the sizes of the baskets
        explain. `expected` is what these sizes let expect, `missing` how many baskets fewer there are.
        """
        table = self.pairs[self.pairs["apart"]].drop(columns="apart")
        table = table.assign(expected=table["expected_sized"]).drop(columns="expected_sized")
        return table.assign(missing=table["expected"] - table["count"]).reset_index(drop=True)

    def matrix(self, items: int = 25, measure: str = "support") -> pd.DataFrame:
        """A square of the most bought items: P(I, J) with P(I) on the diagonal ("support"), "count", "confidence" (row → column) or "lift"."""
        chosen = self._most_bought(items)
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
        return pd.DataFrame(values, index=pd.Index(names, name="item"), columns=names)

    def shown(self) -> pd.DataFrame:
        """The rules that are not redundant."""
        return self.rules[~self.rules["redundant"]].reset_index(drop=True)

    def best(self, rules: int = 5) -> pd.DataFrame:
        """The rules a manager should hear first: not redundant, above chance (lift > 1, corrected p < 5 %), the most extra baskets first.

        One rule of each set of products, in its more confident direction; and so that a few rules do not all tell of the same products,
        the extra baskets of a rule count by the share of its products that no rule before it has named.
        """
        table = self.rules
        sure = np.flatnonzero(~table["redundant"].to_numpy() & _sure(table))
        worth = table["leverage"].to_numpy()
        order = sure[np.lexsort((sure, -table["confidence"].to_numpy()[sure], -worth[sure]))]
        sides = table["antecedent"].to_numpy(), table["consequent"].to_numpy()
        return table.iloc[
            order[
                diverse(
                    (frozenset(sides[0][at] + sides[1][at]) for at in order), worth[order], rules
                )
            ]
        ].reset_index(drop=True)

    def headlines(self, rules: int = 5) -> tuple[Message, ...]:
        """A sentence for each of the best rules, as (phrase key, details)."""
        return tuple(
            Message(
                f"baskets.headline.{'sure' if row['confidence'] >= 0.5 else 'often'}_{self.options.basket}",
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
            for row in self.best(rules).to_dict("records")
        )

    def summary(self) -> dict[str, float | None]:
        """Headline numbers."""
        return {
            "baskets": len(self.baskets),
            "items": len(self.items),
            "lines": len(self.baskets.codes),
            "mean_size": len(self.baskets.codes) / len(self.baskets) if len(self.baskets) else None,
            "support": self.support,
            "least_count": self.least,
            "frequent_items": int((self.items["count"] >= self.least).sum()),
            "itemsets": len(self.itemsets),
            "longest": int(self.itemsets["length"].max()) if len(self.itemsets) else 0,
            "rules": len(self.rules),
            "sure_rules": int(_sure(self.rules).sum()),
            "redundant": int(self.rules["redundant"].sum()),
            "highest_lift": float(self.rules["lift"].max()) if len(self.rules) else None,
            "partial": float(self.partial),
            **{f"left_out_{reason}": count for reason, count in self.baskets.left_out.items()},
        }

    def _most_bought(self, items: int | None = None) -> np.ndarray:
        frequent = np.flatnonzero(self.baskets.counts >= self.least)
        order = np.lexsort(
            (self.baskets.names[frequent].astype(str), -self.baskets.counts[frequent])
        )
        return frequent[order][:items]


def _sure(rules: pd.DataFrame) -> np.ndarray:
    """Which rules are surely above chance."""
    return ((rules["lift"] > 1) & (rules["p_adjusted"] < 0.05)).to_numpy()


def find_rules(
    transactions: pd.DataFrame,
    options: RuleOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Rules:
    """The products bought together and the rules they make, exactly.

    Parameters
    ----------
    transactions : a row an order line; order and product, or customer (and date) and category, as the options say. Lines with a
        quantity of zero or below are returns and left out.
    options : what a basket is, the thresholds, the algorithm. The three algorithms give the same answer.

    Raises
    ------
    AnalysisError : "data.missing_role", "baskets.no_lines", "baskets.unknown_items", "baskets.peer_too_large".

    Notes
    -----
    Support counts all baskets, those of which `exclude` leaves nothing too. Measures as in Tan, Kumar and Srivastava (2004) and
    Hahsler's arules.

    >>> orders = pd.DataFrame({"order": [1, 1, 2, 2, 3, 4], "product": ["tea", "milk", "tea", "milk", "tea", "jam"]})
    >>> found = find_rules(orders, RuleOptions(support=0.5, confidence=0.6))
    >>> found.rules[["antecedent", "consequent", "confidence"]].round(3).values.tolist()
    [[('milk',), ('tea',), 1.0], [('tea',), ('milk',), 0.667]]
    """
    options = options or RuleOptions()
    ends = time.monotonic() + options.time_limit
    progress(0.0, "baskets.step.baskets")
    notes: list[Message] = []
    lines = code_lines(transactions, options)
    excluded, _ = find_items(lines.names, options.exclude, options.names)
    baskets = gather(lines, excluded)
    notes += [
        Message(f"baskets.left_out.{reason}", {"lines": count})
        for reason, count in baskets.left_out.items()
    ]
    included, wanted = _named(baskets, options, notes)
    support = (
        options.support
        if options.support is not None
        else propose_support(baskets, options.max_length, _part(progress, 0.1, 0.3))
    )
    least = least_count(support, len(baskets))
    mined = _mine(baskets, least, options, ends, _part(progress, 0.3, 0.7))
    lattice = Lattice.of(baskets.names, mined.sets, mined.counts)
    if not mined.complete:
        notes.append(
            Message(
                f"baskets.partial.{mined.why}",
                {"itemsets": len(mined), "items": mined.reached, "seconds": options.time_limit},
            )
        )
    shown = lattice.cut(options.max_length)
    itemsets = itemset_table(shown, len(baskets))
    tuples = itemsets["items"].to_numpy()
    marks = {label: place for place, label in enumerate(lattice.labels)}
    must = _mask(included, baskets, marks) if options.include else None
    splits = split(
        shown,
        len(baskets),
        confidence=options.confidence,
        min_lift=options.min_lift,
        max_consequents=options.max_consequents,
        wanted=_mask(wanted, baskets, marks) if options.consequents else None,
        must=must,
        limit=options.max_rules,
        progress=_part(progress, 0.7, 0.9),
    )
    if not splits.complete:
        notes.append(
            Message(
                "baskets.partial.rules", {"rules": len(splits.whole), "longest": splits.longest}
            )
        )
    progress(0.9, "baskets.step.measures")
    return Rules(
        itemsets=itemsets[_listed(lattice, shown, options, must)].reset_index(drop=True),
        rules=rule_table(shown, splits, tuples, len(baskets), options),
        items=item_table(baskets),
        partial=not (mined.complete and splits.complete),
        notes=tuple(notes),
        support=float(support),
        least=least,
        options=options,
        baskets=baskets,
        lattice=shown,
    )


def _mine(
    baskets: Baskets, least: int, options: RuleOptions, ends: float, progress: Progress
) -> Mined:
    seconds = max(0.5, ends - time.monotonic())
    # Whether a set of the greatest length is closed or maximal shows one item further.
    further = (
        options.max_length + 1
        if options.max_length and options.itemsets != "frequent"
        else options.max_length
    )
    if options.algorithm == "eclat":
        return mine(
            baskets,
            least,
            max_length=further,
            limit=options.max_itemsets,
            seconds=seconds,
            progress=progress,
        )
    return mine_with_mlxtend(
        baskets,
        least,
        options.algorithm,
        max_length=further,
        limit=options.max_itemsets,
        seconds=seconds,
        progress=progress,
    )


def _named(
    baskets: Baskets, options: RuleOptions, notes: list[Message]
) -> tuple[np.ndarray, np.ndarray]:
    """The codes of the items to include and of the consequents wanted; a name no item bears is said, and an error where all are."""
    found = []
    for wanted in (options.include, options.consequents):
        codes, unknown = find_items(baskets.names, wanted, options.names)
        if wanted and not len(codes):
            raise AnalysisError("baskets.unknown_items", items=unknown)
        if unknown:
            notes.append(Message("baskets.unknown_items", {"items": unknown}))
        found.append(codes)
    return found[0], found[1]


def _mask(codes: np.ndarray, baskets: Baskets, marks: dict[Any, int]) -> np.ndarray:
    mask = np.zeros(len(marks), dtype=bool)
    mask[[marks[name] for name in baskets.names[codes]]] = True
    return mask


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
    lattice: Lattice, shown: Lattice, options: RuleOptions, must: np.ndarray | None
) -> np.ndarray:
    """Which sets the options ask to list."""
    kept = np.ones(len(shown), dtype=bool)
    if options.itemsets != "frequent":
        kept &= (lattice.closed() if options.itemsets == "closed" else lattice.maximal())[
            : len(shown)
        ]
    if must is not None:
        kept &= np.concatenate([must[rows].any(axis=1) for rows in shown.sets])
    return kept


def rule_table(
    lattice: Lattice, splits: Splits, tuples: np.ndarray, size: int, options: RuleOptions
) -> pd.DataFrame:
    """The rules with all measures, the highest lift first; ties in one order whatever found them."""
    counts, lengths = lattice.counts, lattice.lengths
    x, y, both = counts[splits.antecedent], counts[splits.consequent], counts[splits.whole]
    # Sorted by whole numbers and places first, so that measures are worked out once and in their final order.
    lift = both * (size / np.maximum(x, 1)) / np.maximum(y, 1)
    order = np.lexsort(
        (
            splits.consequent,
            splits.antecedent,
            -both,
            -(both / np.maximum(x, 1)),
            -np.round(lift, 12),
        )
    )
    antecedent, consequent, whole = (
        splits.antecedent[order],
        splits.consequent[order],
        splits.whole[order],
    )
    measures = measure(
        size,
        x[order],
        y[order],
        both[order],
        interval=options.interval,
        coverage=options.interval_level,
    )
    first = pd.DataFrame(
        {
            "antecedent": tuples[antecedent],
            "consequent": tuples[consequent],
            "length": lengths[whole],
        }
    )
    return pd.concat(
        [first, measures, pd.DataFrame({"redundant": splits.redundant[order]})], axis=1
    )


def _part(progress: Progress, start: float, end: float) -> Progress:
    """The same ears for a part of the work."""
    return lambda share, step: progress(start + (end - start) * share, step)
