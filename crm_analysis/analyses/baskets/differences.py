"""Rules that differ between groups of customers or orders."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.diversity import diverse
from crm_analysis.analyses.baskets.equal_size import SizedGroups
from crm_analysis.analyses.baskets.estimate import propose_support
from crm_analysis.analyses.baskets.mining.bitmaps import Bitmaps
from crm_analysis.analyses.baskets.mining.eclat import mine
from crm_analysis.analyses.baskets.mining.encoding import Baskets, code_lines, find_items, gather
from crm_analysis.analyses.baskets.mining.generation import split
from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.thresholds import least_count
from crm_analysis.analyses.baskets.options import DifferenceOptions
from crm_analysis.analyses.inference import benjamini_hochberg, equal_shares, share_interval
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

__all__ = ["Differences", "compare_groups"]


@dataclass(frozen=True, eq=False)
class Differences:
    """Rules beside each other in the groups.

    rules : rule (number), antecedent, consequent, highest, lowest (the groups with the highest and lowest confidence), highest_confidence,
        lowest_confidence, spread (their difference), groups (compared: those with enough baskets of the antecedent), chi_square, p_value,
        p_sized (the same question among baskets with equally many products; missing where their number is no reason), p_adjusted (of the greater of the two, corrected for
        the number of rules); the surest difference first.
    groups : rule, antecedent, consequent, group, baskets, antecedent_count, count, support, confidence, confidence_low, confidence_high, lift;
        a row a rule and group.
    sizes : group, baskets.
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
            "different": int((self.rules["p_adjusted"] < 0.05).sum()),
            "support": self.support,
            "partial": float(self.partial),
        }

    def headlines(self, rules: int = 5) -> tuple[Message, ...]:
        """A sentence for each of the surest differences that do not all tell of the same products, as (phrase key, details)."""
        sure = self.rules[self.rules["p_adjusted"] < 0.05]
        worth = -np.log(np.maximum(sure["p_value"].to_numpy(dtype=float), 1e-300))
        sets = (
            frozenset(a + b) for a, b in zip(sure["antecedent"], sure["consequent"], strict=True)
        )
        return tuple(
            Message(
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
            for row in sure.iloc[diverse(sets, worth, rules)].to_dict("records")
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
    transactions : as for `find_rules`.
    by : a column of `transactions` (country, channel …: a basket belongs to the group of its first line), or a frame of customer and segment.
    options : the rules compared are those found in all baskets or in one of the groups.

    Raises
    ------
    AnalysisError : "data.missing_role", "baskets.no_lines", "baskets.groups.one".

    Notes
    -----
    Chi-square test that the confidence is equal in the groups with at least `min_antecedent` baskets of the antecedent, and the same
    among baskets with equally many products beside the antecedent (Mantel-Haenszel, general association; Landis, Heyman and Koch 1978),
    where baskets without the antecedent are of different sizes: a group with larger baskets has more of everything in them. The greater p-value counts, corrected after Benjamini and Hochberg.
    A difference may come from the consequent being liked more in a group altogether: see its lift.
    """
    options = options or DifferenceOptions()
    ends = time.monotonic() + options.time_limit
    progress(0.0, "baskets.step.baskets")
    baskets, group, names, notes = _grouped(transactions, by, options)
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    sizes = np.bincount(group[group >= 0], minlength=len(names))
    everything = _take(baskets, order)
    edges = np.concatenate([[0], np.cumsum(sizes)])
    support = (
        options.support
        if options.support is not None
        else propose_support(everything, options.max_length)
    )
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], None] = {}
    partial = False
    parts = [
        everything,
        *(_take(everything, np.arange(low, high)) for low, high in itertools.pairwise(edges)),
    ]
    for number, part in enumerate(parts):
        progress(0.1 + 0.6 * number / len(parts), "baskets.step.itemsets")
        # A rule is compared where its antecedent is common enough; rarer ones are not worth finding.
        least = max(
            least_count(support, len(part)),
            least_count(options.confidence, options.min_antecedent),
            2,
        )
        mined = mine(
            part,
            least,
            max_length=options.max_length,
            limit=50_000,
            seconds=max(0.5, ends - time.monotonic()),
        )
        lattice = Lattice.of(part.names, mined.sets, mined.counts)
        tuples = lattice.tuples()
        made = split(
            lattice,
            len(part),
            confidence=options.confidence,
            max_consequents=1,
            min_lift=1.0,
            limit=20 * options.max_rules,
        )
        partial |= not (mined.complete and made.complete)
        common = lattice.counts[made.antecedent] >= options.min_antecedent
        found.update(
            dict.fromkeys(
                zip(tuples[made.antecedent[common]], tuples[made.consequent[common]], strict=True)
            )
        )
    rules = list(found)[: options.max_rules]
    partial |= len(found) > len(rules)
    if partial:
        notes.append(Message("baskets.partial.groups", {"rules": len(rules)}))
    progress(0.7, "baskets.step.groups")
    return _compare(everything, rules, edges, names, support, partial, notes, options, progress)


def _grouped(
    transactions: pd.DataFrame, by: str | pd.DataFrame, options: DifferenceOptions
) -> tuple[Baskets, np.ndarray, list[str], list[Message]]:
    """Baskets, the group of each (-1: none), the names of the groups, the largest first."""
    lines = code_lines(transactions, options, rows=True)
    assert lines.row is not None
    if isinstance(by, str):
        require(transactions, by)
        value = transactions[by].iloc[lines.row]
    else:
        require(transactions, "customer")
        require(by, "customer", "segment")
        segment = by.drop_duplicates("customer").set_index("customer")["segment"]
        value = transactions["customer"].iloc[lines.row].map(segment)
    code, keys = pd.factorize(value)
    first = np.full(len(lines.keys), -1, dtype=np.int64)
    known = np.flatnonzero(code >= 0)[::-1]
    first[lines.basket[known]] = code[known]
    counts = np.bincount(first[first >= 0], minlength=len(keys))
    order = sorted(
        (place for place in range(len(keys)) if counts[place]),
        key=lambda place: (-counts[place], str(keys[place])),
    )
    notes: list[Message] = []
    if len(order) > options.max_groups:
        notes.append(
            Message("baskets.groups.largest", {"groups": options.max_groups, "of": len(order)})
        )
        order = order[: options.max_groups]
    if len(order) < 2:
        raise AnalysisError("baskets.groups.one")
    if (lost := int((first < 0).sum())) > 0:
        notes.append(Message("baskets.groups.without", {"baskets": lost}))
    number = np.full(len(keys) + 1, -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    excluded, _ = find_items(lines.names, options.exclude, options.names)
    return (
        gather(replace(lines, row=None), excluded),
        number[first],
        [_name(keys[one]) for one in order],
        notes,
    )


def _name(key: object) -> str:
    """A group's name; numbers that met a gap in their column lose the .0 they got from it."""
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


def _take(baskets: Baskets, chosen: np.ndarray) -> Baskets:
    """Some of the baskets, in the order asked for."""
    sizes = baskets.sizes[chosen]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    codes = baskets.codes[
        np.arange(starts[-1]) + np.repeat(baskets.starts[chosen] - starts[:-1], sizes)
    ]
    return Baskets(
        baskets.names,
        np.bincount(codes, minlength=len(baskets.names)),
        starts,
        codes,
        baskets.keys[chosen],
        {},
    )


def _compare(
    baskets: Baskets,
    rules: list[tuple[tuple[str, ...], tuple[str, ...]]],
    edges: np.ndarray,
    names: list[str],
    support: float,
    partial: bool,
    notes: list[Message],
    options: DifferenceOptions,
    progress: Progress,
) -> Differences:
    code = {name: number for number, name in enumerate(baskets.names)}
    sizes = np.diff(edges)
    used = np.array(
        sorted({code[item] for rule in rules for part in rule for item in part}), dtype=np.int64
    )
    bits = Bitmaps(baskets, used)
    known: dict[tuple[str, ...], np.ndarray] = {}

    def count(items: tuple[str, ...]) -> np.ndarray:
        if items not in known:
            known[items] = bits.count_in([code[item] for item in items], edges)
        return known[items]

    x, y, both = (np.zeros((len(rules), len(names)), dtype=np.int64) for _ in range(3))
    for number, (antecedent, consequent) in enumerate(rules):
        if number % 500 == 0:
            progress(0.7 + 0.25 * number / len(rules), "baskets.step.groups")
        x[number], y[number], both[number] = (
            count(antecedent),
            count(consequent),
            count(tuple(sorted(antecedent + consequent))),
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        confidence = both / x
        lift = confidence / (y / sizes)
    enough = x >= options.min_antecedent
    chi, p_value = equal_shares(np.where(enough, both, 0), np.where(enough, x, 0))
    likely = np.flatnonzero(p_value < 0.05)
    p_sized = np.full(len(rules), np.nan)
    sized = SizedGroups(baskets, edges)
    for number in likely.tolist():
        antecedent, consequent = rules[number]
        items = [code[item] for item in antecedent]
        p_sized[number] = (
            sized.test(items, code[consequent[0]], enough[number])
            if sized.sizes_differ(items, enough[number])
            else np.nan
        )
    low, high = share_interval(both.ravel(), np.maximum(x.ravel(), 1))
    sides = [np.empty(len(rules), dtype=object), np.empty(len(rules), dtype=object)]
    for side, values in zip(sides, zip(*rules, strict=True) if rules else ((), ()), strict=True):
        side[:] = list(values)
    long = pd.DataFrame(
        {
            "rule": np.repeat(np.arange(len(rules)), len(names)),
            "antecedent": np.repeat(sides[0], len(names)),
            "consequent": np.repeat(sides[1], len(names)),
            "group": names * len(rules),
            "baskets": np.tile(sizes, len(rules)),
            "antecedent_count": x.ravel(),
            "count": both.ravel(),
            "support": (both / sizes).ravel(),
            "confidence": confidence.ravel(),
            "confidence_low": np.where(x.ravel() > 0, low, np.nan),
            "confidence_high": np.where(x.ravel() > 0, high, np.nan),
            "lift": lift.ravel(),
        }
    )
    compared = enough.sum(axis=1)
    tested = compared >= 2
    top = (
        np.where(enough, confidence, -1.0).argmax(axis=1)
        if len(rules)
        else np.empty(0, dtype=np.int64)
    )
    bottom = (
        np.where(enough, confidence, 2.0).argmin(axis=1)
        if len(rules)
        else np.empty(0, dtype=np.int64)
    )
    each = np.arange(len(rules))
    wide = pd.DataFrame(
        {
            "rule": each,
            "antecedent": sides[0],
            "consequent": sides[1],
            "highest": np.array(names, dtype=object)[top],
            "lowest": np.array(names, dtype=object)[bottom],
            "highest_confidence": confidence[each, top],
            "lowest_confidence": confidence[each, bottom],
            "groups": compared,
            "chi_square": chi,
            "p_value": p_value,
            "p_sized": p_sized,
        }
    )[tested]
    wide.insert(7, "spread", wide["highest_confidence"] - wide["lowest_confidence"])
    wide["p_adjusted"] = benjamini_hochberg(wide[["p_value", "p_sized"]].max(axis=1).to_numpy())
    wide = wide.iloc[
        np.lexsort((wide["rule"], -wide["spread"], wide["p_value"], wide["p_adjusted"]))
    ].reset_index(drop=True)
    return Differences(
        wide,
        long,
        pd.DataFrame({"group": names, "baskets": sizes}),
        float(support),
        partial,
        tuple(notes),
        options,
    )
