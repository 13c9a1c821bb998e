"""Rules that differ between groups of customers or orders."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.diversity import diverse
from crm_analysis.analyses.baskets.equal_size import EqualSizeGroups
from crm_analysis.analyses.baskets.estimate import propose_support
from crm_analysis.analyses.baskets.groups import Groups, group_baskets
from crm_analysis.analyses.baskets.measures import SIGNIFICANT
from crm_analysis.analyses.baskets.mining.bitmaps import Bitmaps
from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.generation import SplitLimits, split
from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.search import MiningLimits, minimum_count
from crm_analysis.analyses.baskets.options import DifferenceOptions
from crm_analysis.analyses.inference import (
    benjamini_hochberg,
    equal_shares,
    share_interval,
)
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_MAX_ITEMSETS = 50_000

Rule = tuple[tuple[str, ...], tuple[str, ...]]  # antecedent, consequent


@dataclass(frozen=True, eq=False)
class Differences:
    """Rules beside each other in the groups.

    Attributes
    ----------
    rules : pandas.DataFrame
        A row a rule that can be compared, the surest difference first.
        rule : number of the rule
        antecedent, consequent : tuples of names
        highest, lowest : groups with the highest and the lowest confidence
        highest_confidence, lowest_confidence : shares of the antecedent's baskets
        spread : their difference
        groups : groups compared, those with enough baskets of the antecedent
        chi_square, p_value : test that the confidence is the same in all of them
        p_equal_size : p-value of the same question among baskets with equally many products
            (missing where their number is no reason)
        p_adjusted : the greater of the two, corrected for the number of rules
    groups : pandas.DataFrame
        A row a rule and group.
        rule : number of the rule
        antecedent, consequent : tuples of names
        group : name of the group
        baskets : baskets of the group
        antecedent_count : baskets of the group that hold the antecedent
        count, support : baskets of the group that hold the whole rule, and their share
        confidence : count as a share of antecedent_count
        confidence_low, confidence_high : its 95 % interval
        lift : confidence over the consequent's share of the group's baskets
    sizes : pandas.DataFrame
        group : name of the group
        baskets : baskets of the group
    support : float
        Share of baskets a rule needs.
    partial : bool
        Whether a limit left rules out.
    notes : tuple[Message, ...]
        What the reader should know.
    options : DifferenceOptions
        As given.
    """

    rules: pd.DataFrame
    groups: pd.DataFrame
    sizes: pd.DataFrame
    support: float
    partial: bool
    notes: tuple[Message, ...]
    options: DifferenceOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers."""
        return {
            "groups": len(self.sizes),
            "rules": len(self.rules),
            "different": int((self.rules["p_adjusted"] < SIGNIFICANT).sum()),
            "support": self.support,
            "partial": float(self.partial),
        }

    def headlines(self, rules: int = 5) -> tuple[Message, ...]:
        """A sentence for each of the surest differences that tell of different products."""
        significant = self.rules[self.rules["p_adjusted"] < SIGNIFICANT]
        worth = -np.log(
            np.maximum(significant["p_value"].to_numpy(dtype=float), 1e-300)
        )
        sides = zip(
            significant["antecedent"],
            significant["consequent"],
            strict=True,
        )
        sets = (
            frozenset(antecedent + consequent) for antecedent, consequent in sides
        )
        chosen = significant.iloc[diverse(sets, worth, rules)]
        return tuple(_headline(row) for row in chosen.to_dict("records"))


def _headline(row: dict) -> Message:
    return Message(
        "baskets.difference_headline",
        {
            "antecedent": list(row["antecedent"]),
            "consequent": list(row["consequent"]),
            "products": len(row["antecedent"]),
            "highest": str(row["highest"]),
            "lowest": str(row["lowest"]),
            "high": float(row["highest_confidence"]),
            "low": float(row["lowest_confidence"]),
        },
    )


def compare_groups(
    transactions: pd.DataFrame,
    by: str | pd.DataFrame,
    options: DifferenceOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Differences:
    """The rules whose confidence is not the same in all groups.

    Parameters
    ----------
    transactions : pandas.DataFrame
        A row an order line, as for `find_rules`.
    by : str or pandas.DataFrame
        A column of `transactions` (country, channel …: a basket belongs to the group of its first
        line), or a frame of customer and segment.
    options : DifferenceOptions, optional
        The rules compared are those of all baskets or of one of the groups.

    Returns
    -------
    Differences

    Raises
    ------
    AnalysisError
        "data.missing_role", "baskets.no_lines", "baskets.groups.one" (nothing to compare),
        "baskets.groups.customers_in_several" (`by` has a customer in two segments).

    Notes
    -----
    Chi-square test that the confidence is equal in the groups with at least `min_antecedent`
    baskets of the antecedent, and the same among baskets with equally many products beside the
    antecedent (Mantel-Haenszel, general association), where baskets without the antecedent are of
    different sizes: a group with larger baskets has more of everything in them. The greater p-value
    counts, corrected after Benjamini and Hochberg. A difference may come from the consequent being
    liked more in a group altogether: see its lift.

    References
    ----------
    Landis, Heyman and Koch (1978), International Statistical Review 46, 237-254.

    Examples
    --------
    In the north all 30 who order tea take milk too, in the south 10 of 30.

    >>> baskets = [("north", "tea milk")] * 30 + [("south", "tea milk")] * 10
    >>> baskets += [("south", "tea")] * 20 + [("north", "jam")] * 20 + [("south", "jam")] * 20
    >>> orders = pd.DataFrame([
    ...     (order, region, product) for order, (region, basket) in enumerate(baskets)
    ...     for product in basket.split()
    ... ], columns=["order", "region", "product"])
    >>> rules = compare_groups(orders, "region", DifferenceOptions(support=0.1)).rules
    >>> rules[["antecedent", "consequent", "highest", "spread"]].round(2).head(1)
      antecedent consequent highest  spread
    0     (tea,)    (milk,)   north    0.67
    """
    options = options or DifferenceOptions()
    deadline = time.monotonic() + options.time_limit
    progress(0.0, "baskets.step.baskets")
    groups, notes = group_baskets(transactions, by, options)
    support = options.support
    if support is None:
        support = propose_support(groups.baskets, options.max_length)
    rules, partial = _rules(groups, support, options, deadline, progress)
    if partial:
        notes.append(Message("baskets.partial.groups", {"rules": len(rules)}))
    progress(0.7, "baskets.step.groups")
    counts = _counted(groups, rules, progress)
    return Differences(
        rules=_compared(groups, counts, options.min_antecedent),
        groups=_in_each_group(groups, counts),
        sizes=pd.DataFrame({"group": groups.names, "baskets": groups.sizes}),
        support=float(support),
        partial=partial,
        notes=tuple(notes),
        options=options,
    )


@dataclass(frozen=True, eq=False)
class _Counts:
    """Rules × groups: baskets that hold the antecedent, the consequent, the whole rule."""

    rules: list[Rule]
    antecedent: np.ndarray
    consequent: np.ndarray
    whole: np.ndarray

    @property
    def confidence(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.whole / self.antecedent

    def sides(self) -> list[np.ndarray]:
        """The antecedents and the consequents, as columns of a table."""
        columns = []
        for side in (0, 1):
            column = np.empty(len(self.rules), dtype=object)
            column[:] = [rule[side] for rule in self.rules]
            columns.append(column)
        return columns


def _rules(
    groups: Groups,
    support: float,
    options: DifferenceOptions,
    deadline: float,
    progress: Progress,
) -> tuple[list[Rule], bool]:
    rules: dict[Rule, None] = {}
    partial = False
    spans = itertools.pairwise(groups.edges)
    parts = [
        groups.baskets,
        *(groups.baskets.take(np.arange(*span)) for span in spans),
    ]
    limits = SplitLimits(
        options.confidence,
        min_lift=1.0,
        max_consequents=1,
        rules=20 * options.max_rules,
    )
    for number, part in enumerate(parts):
        progress(0.1 + 0.6 * number / len(parts), "baskets.step.itemsets")
        # A rule is compared where its antecedent is common enough; rarer ones are not looked for.
        minimum = max(
            minimum_count(support, len(part)),
            minimum_count(options.confidence, options.min_antecedent),
            2,
        )
        mined = mine(
            part,
            minimum,
            MiningLimits(
                max_length=options.max_length,
                itemsets=_MAX_ITEMSETS,
                seconds=max(0.5, deadline - time.monotonic()),
            ),
        )
        lattice = Lattice.of(part.names, mined.sets, mined.counts)
        splits = split(lattice, len(part), limits)
        partial |= not (mined.complete and splits.complete)
        common = lattice.counts[splits.antecedent] >= options.min_antecedent
        tuples = lattice.tuples()
        antecedents = tuples[splits.antecedent[common]]
        consequents = tuples[splits.consequent[common]]
        rules.update(dict.fromkeys(zip(antecedents, consequents, strict=True)))
    chosen = list(rules)[: options.max_rules]
    return chosen, partial or len(rules) > len(chosen)


def _counted(groups: Groups, rules: list[Rule], progress: Progress) -> _Counts:
    code_of = {name: code for code, name in enumerate(groups.baskets.names)}
    items = {item for rule in rules for side in rule for item in side}
    codes = np.array(sorted(code_of[item] for item in items), dtype=np.int64)
    bitmaps, edges = Bitmaps(groups.baskets, codes), groups.edges
    counts: dict[tuple[str, ...], np.ndarray] = {}

    def count(names: tuple[str, ...]) -> np.ndarray:
        if names not in counts:
            counts[names] = bitmaps.count_in(
                [code_of[name] for name in names], edges
            )
        return counts[names]

    shape = (len(rules), len(groups.names))
    x, y, both = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for number, (antecedent, consequent) in enumerate(rules):
        if number % 500 == 0:
            progress(0.7 + 0.25 * number / len(rules), "baskets.step.groups")
        x[number], y[number] = count(antecedent), count(consequent)
        both[number] = count(tuple(sorted(antecedent + consequent)))
    return _Counts(rules, x, y, both)


def _in_each_group(groups: Groups, counts: _Counts) -> pd.DataFrame:
    trials, hits = counts.antecedent.ravel(), counts.whole.ravel()
    low, high = share_interval(hits, np.maximum(trials, 1))
    antecedents, consequents = counts.sides()
    number_of_groups, number_of_rules = (
        len(groups.names),
        len(counts.rules),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = counts.confidence / (counts.consequent / groups.sizes)
    return pd.DataFrame(
        {
            "rule": np.repeat(np.arange(number_of_rules), number_of_groups),
            "antecedent": np.repeat(antecedents, number_of_groups),
            "consequent": np.repeat(consequents, number_of_groups),
            "group": groups.names * number_of_rules,
            "baskets": np.tile(groups.sizes, number_of_rules),
            "antecedent_count": trials,
            "count": hits,
            "support": (counts.whole / groups.sizes).ravel(),
            "confidence": counts.confidence.ravel(),
            "confidence_low": np.where(trials > 0, low, np.nan),
            "confidence_high": np.where(trials > 0, high, np.nan),
            "lift": lift.ravel(),
        }
    )


def _compared(groups: Groups, counts: _Counts, min_antecedent: int) -> pd.DataFrame:
    enough = counts.antecedent >= min_antecedent
    testable = np.flatnonzero(enough.sum(axis=1) >= 2)
    enough, confidence = enough[testable], counts.confidence[testable]
    chi_square, p_value = equal_shares(
        np.where(enough, counts.whole[testable], 0),
        np.where(enough, counts.antecedent[testable], 0),
    )
    p_equal_size = np.full(len(testable), np.nan)
    likely = np.flatnonzero(p_value < SIGNIFICANT)
    p_equal_size[likely] = _p_equal_size(
        groups,
        [counts.rules[number] for number in testable[likely]],
        enough[likely],
    )
    row = np.arange(len(testable))
    highest = np.where(enough, confidence, -1.0).argmax(axis=1)
    lowest = np.where(enough, confidence, 2.0).argmin(axis=1)
    antecedents, consequents = counts.sides()
    names = np.array(groups.names, dtype=object)
    table = pd.DataFrame(
        {
            "rule": testable,
            "antecedent": antecedents[testable],
            "consequent": consequents[testable],
            "highest": names[highest],
            "lowest": names[lowest],
            "highest_confidence": confidence[row, highest],
            "lowest_confidence": confidence[row, lowest],
            "spread": confidence[row, highest] - confidence[row, lowest],
            "groups": enough.sum(axis=1),
            "chi_square": chi_square,
            "p_value": p_value,
            "p_equal_size": p_equal_size,
        }
    )
    table["p_adjusted"] = benjamini_hochberg(
        table[["p_value", "p_equal_size"]].max(axis=1).to_numpy()
    )
    order = np.lexsort(
        (
            table["rule"],
            -table["spread"],
            table["p_value"],
            table["p_adjusted"],
        )
    )
    return table.iloc[order].reset_index(drop=True)


def _p_equal_size(
    groups: Groups, rules: list[Rule], compared: np.ndarray
) -> list[float]:
    code_of = {name: code for code, name in enumerate(groups.baskets.names)}
    equal_size = EqualSizeGroups(groups.baskets, groups.edges)
    p_values = []
    for (antecedent, consequent), in_rule in zip(rules, compared, strict=True):
        items = [code_of[name] for name in antecedent]
        if equal_size.sizes_differ(items, in_rule):
            p_values.append(equal_size.test(items, code_of[consequent[0]], in_rule))
        else:
            p_values.append(np.nan)
    return p_values
