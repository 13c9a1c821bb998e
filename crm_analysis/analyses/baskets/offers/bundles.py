"""Sets worth offering together, with the money they bring and that of those one product short."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.chance import possible_rules, significance
from crm_analysis.analyses.baskets.mining.encoding import code_lines
from crm_analysis.analyses.baskets.mining.generation import SplitLimits, split
from crm_analysis.analyses.baskets.mining.items import no_products
from crm_analysis.analyses.baskets.options import BundleOptions
from crm_analysis.analyses.baskets.rules import Rules
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_ENOUGH = 5  # baskets that hold a bundle already, at least
_COLUMNS = [
    *(
        "items",
        "length",
        "count",
        "support",
        "lift",
        "p_adjusted",
        "price",
        "revenue",
    ),
    *(
        "short_baskets",
        "missing",
        "missing_baskets",
        "ceiling",
        "at_stake",
    ),
]


@dataclass(frozen=True, eq=False)
class Bundles:
    """Sets worth offering together.

    Attributes
    ----------
    bundles : pandas.DataFrame
        A row a bundle, the most money at stake first; money is missing where no amounts are known.
        items : tuple of names
        length : number of items
        count, support : baskets that hold all of them, and their share
        lift : the least by which one of the products is likelier once the others are there
        p_adjusted : p-value of that, corrected for all sets of this length there could have been
        price : money, what the products usually bring together
        revenue : money, what these products brought in the baskets that hold them all
        short_baskets : baskets that hold all but one
        missing : the product that is most often the one lacking
        missing_baskets : baskets that lack it alone
        ceiling : money, the lacking products at their usual money over all short baskets
        at_stake : money, `take_up` of the ceiling
    notes : tuple[Message, ...]
        What the reader should know.
    options : BundleOptions
        As given.
    """

    bundles: pd.DataFrame
    notes: tuple[Message, ...]
    options: BundleOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers; bundles overlap, so their money is not added up."""
        summary: dict[str, float | None] = {
            "bundles": len(self.bundles),
            "take_up": self.options.take_up,
            "most_at_stake": None,
            "revenue_of_best": None,
        }
        best = self.bundles[self.bundles["at_stake"].notna()].head(1)
        if len(best):
            summary["most_at_stake"] = round(float(best["at_stake"].iloc[0]), 2)
            summary["revenue_of_best"] = round(float(best["revenue"].iloc[0]), 2)
        return summary

    def headlines(self, bundles: int = 3) -> tuple[Message, ...]:
        """A sentence for each of the first bundles."""
        return tuple(
            self._headline(row)
            for row in self.bundles.head(bundles).to_dict("records")
        )

    def _headline(self, row: dict) -> Message:
        details = {
            "items": list(row["items"]),
            "count": int(row["count"]),
            "missing": row["missing"],
            "short": int(row["short_baskets"]),
        }
        if pd.isna(row["at_stake"]):
            return Message("baskets.bundle_headline.count", details)
        money = {
            "at_stake": round(float(row["at_stake"]), 2),
            "ceiling": round(float(row["ceiling"]), 2),
            "take_up": self.options.take_up,
        }
        return Message("baskets.bundle_headline.money", details | money)


def offer_bundles(
    transactions: pd.DataFrame,
    rules: Rules,
    options: BundleOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Bundles:
    """The frequent sets whose every product belongs.

    Each is likelier, significantly, once the others are there; five baskets or more hold them all.

    Parameters
    ----------
    transactions : pandas.DataFrame
        The table that `rules` are of; `amount`, where it is there, is the money.
    rules : Rules
        The result of `find_rules`.
    options : BundleOptions, optional
        The take-up assumed, and what a bundle has to reach.

    Returns
    -------
    Bundles

    Raises
    ------
    AnalysisError
        "data.missing_role" where `transactions` are not those of the rules, "customers.infinite"
        where an amount is.

    Notes
    -----
    What is no product (`is_product`, where the table has it: postage, fees) is in no bundle.
    Money at stake is a bound times an assumption: the baskets one product short, the lacking
    product at the median of what it brings a basket, times `take_up`. It is not a forecast.

    Examples
    --------
    Six take tea and milk, four stop at one of them; ten buy jam.

    >>> baskets = ["tea milk"] * 6 + ["tea"] * 3 + ["milk"] + ["jam"] * 10
    >>> price = {"tea": 10.0, "milk": 4.0, "jam": 1.0}
    >>> orders = pd.DataFrame([
    ...     (order, product, price[product]) for order, basket in enumerate(baskets)
    ...     for product in basket.split()
    ... ], columns=["order", "product", "amount"])
    >>> from crm_analysis.analyses.baskets import RuleOptions, find_rules
    >>> rules = find_rules(orders, RuleOptions(support=0.1))
    >>> bundles = offer_bundles(orders, rules, BundleOptions(take_up=0.5)).bundles
    >>> bundles[["items", "count", "short_baskets", "missing", "ceiling", "at_stake"]]
             items  count  short_baskets missing  ceiling  at_stake
    0  (milk, tea)      6              4    milk     22.0      11.0
    """
    options = options or BundleOptions()
    money = (
        _Money.of(transactions, rules) if "amount" in transactions.columns else None
    )
    notes = () if money else (Message("baskets.bundles.no_amounts", {}),)
    sets = _sets_that_belong(rules, options)
    tuples = rules.lattice.tuples()
    postage = set(no_products(transactions, rules.options.level))
    of_products = [postage.isdisjoint(tuples[index]) for index in sets["index"]]
    sets = sets[of_products]
    rows = []
    for number, found in enumerate(sets.to_dict("records")):
        if number % 200 == 0:
            progress(number / len(sets), "baskets.step.bundles")
        rows.append(
            _bundle(
                found,
                tuples[found["index"]],
                rules,
                money,
                options.take_up,
            )
        )
    bundles = pd.DataFrame(rows, columns=_COLUMNS).sort_values(
        ["at_stake", "count", "items"],
        ascending=[False, False, True],
        kind="stable",
        ignore_index=True,
    )
    return Bundles(bundles, notes, options)


def _sets_that_belong(rules: Rules, options: BundleOptions) -> pd.DataFrame:
    """The sets each of whose items is likelier once the others are there: its least sure one."""
    lattice, size = rules.lattice, len(rules.baskets)
    # Nothing but the count is asked of a rule here: every item once as what follows.
    limits = SplitLimits(confidence=0.0, max_consequents=1)
    splits = split(lattice.cut(options.max_length), size, limits)
    chance = significance(
        rules.baskets,
        lattice,
        splits,
        possible_rules(lattice, limits),
        options.max_length,
    )
    counts = lattice.counts
    both, either = (
        counts[splits.whole].astype(float),
        counts[splits.antecedent] * counts[splits.consequent].astype(float),
    )
    sets = (
        pd.DataFrame(
            {
                "index": splits.whole,
                "lift": both * size / either,
                "p_adjusted": chance.p_adjusted,
            }
        )
        .groupby("index", as_index=False)
        .agg({"lift": "min", "p_adjusted": "max"})
    )
    sets["length"] = lattice.lengths[sets["index"]]
    significant = sets["p_adjusted"] <= options.significance
    # The test says little of what hardly a basket holds, however small its p-value.
    enough = counts[sets["index"]] >= _ENOUGH
    return sets[(sets["lift"] >= options.min_lift) & significant & enough]


def _bundle(
    found: dict,
    names: tuple[str, ...],
    rules: Rules,
    money: _Money | None,
    take_up: float,
) -> dict[str, object]:
    lattice, level = rules.lattice, found["length"] - 1
    within = found["index"] - int(lattice.begins[level])
    count = int(lattice.counts[found["index"]])
    short = lattice.counts[lattice.subsets[level][within]] - count
    usual, revenue = np.full(len(names), np.nan), np.nan
    if money:
        items = [money.code_of[name] for name in names]
        usual, revenue = money.usual[items], money.together(items)
    most_missed = int(short.argmax())
    ceiling = float((short * usual).sum())
    return {
        "items": names,
        "length": found["length"],
        "count": count,
        "support": count / float(len(rules.baskets)),
        "lift": found["lift"],
        "p_adjusted": found["p_adjusted"],
        "price": float(usual.sum()),
        "revenue": revenue,
        "short_baskets": int(short.sum()),
        "missing": str(names[most_missed]),
        "missing_baskets": int(short[most_missed]),
        "ceiling": ceiling,
        "at_stake": ceiling * take_up,
    }


@dataclass(frozen=True, eq=False)
class _Money:
    """What each item brings in each basket that holds it, item after item, baskets ascending."""

    code_of: dict[str, int]
    begins: np.ndarray
    basket: np.ndarray
    amount: np.ndarray
    usual: np.ndarray

    @classmethod
    def of(cls, transactions: pd.DataFrame, rules: Rules) -> _Money:
        lines = code_lines(transactions, rules.options)
        amount = lines.values(transactions["amount"]).to_numpy(
            dtype=float, na_value=0.0
        )
        infinite = int(np.isinf(amount).sum())
        if infinite:
            raise AnalysisError(
                "customers.infinite", column="amount", count=infinite
            )
        code_of = {name: code for code, name in enumerate(rules.baskets.names)}
        codes = np.array(
            [code_of.get(name, -1) for name in lines.names],
            dtype=np.int64,
        )
        item = codes[lines.item]
        counted = item >= 0
        size = np.int64(len(lines.keys))
        key, row = np.unique(
            item[counted] * size + lines.basket[counted], return_inverse=True
        )
        total = np.bincount(
            row,
            weights=np.nan_to_num(amount[counted]),
            minlength=len(key),
        )
        begins = np.searchsorted(key, np.arange(len(code_of) + 1) * size)
        usual = [
            np.median(total[low:high]) if high > low else np.nan
            for low, high in itertools.pairwise(begins)
        ]
        return cls(code_of, begins, key % size, total, np.array(usual))

    def together(self, items: list[int]) -> float:
        """What `items` brought in the baskets that hold them all."""
        spans = [slice(self.begins[item], self.begins[item + 1]) for item in items]
        baskets = self.basket[min(spans, key=lambda span: span.stop - span.start)]
        for span in spans:
            last = span.stop - span.start - 1
            position = np.minimum(np.searchsorted(self.basket[span], baskets), last)
            baskets = baskets[self.basket[span][position] == baskets]
        rows = (np.searchsorted(self.basket[span], baskets) for span in spans)
        brought = (
            self.amount[span][row].sum()
            for span, row in zip(spans, rows, strict=True)
        )
        return float(sum(brought))
