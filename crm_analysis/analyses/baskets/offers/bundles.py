"""Sets worth offering together, with the money they bring now and the money of those who stop one product short."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.encoding import code_lines
from crm_analysis.analyses.baskets.options import BundleOptions
from crm_analysis.analyses.baskets.rules import Rules
from crm_analysis.analyses.inference import benjamini_hochberg, chi_square_p, fourfold_chi_square
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

__all__ = ["Bundles", "offer_bundles"]

_ENOUGH = 5  # baskets that hold a bundle already, at least


@dataclass(frozen=True, eq=False)
class Bundles:
    """Bundles, the most money at stake first.

    bundles : items (tuple), length, count (baskets that hold all of them), support, lift (the least by which one of the products is
        likelier once the others are there), p_adjusted, price (what the products usually bring, together), revenue (what these
        products brought in the baskets that hold them all), short_baskets (baskets that hold all but one), missing (the product that
        is most often the one lacking), missing_baskets, ceiling (the lacking products at their usual money, over all
        short baskets), at_stake (`take_up` of the ceiling). Money columns are missing where no amounts are known.
    """

    bundles: pd.DataFrame
    notes: tuple[Message, ...]
    options: BundleOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers; bundles overlap, so their money is not added up."""
        first = self.bundles.iloc[0] if len(self.bundles) else None
        money = first is not None and pd.notna(first["at_stake"])
        return {
            "bundles": len(self.bundles),
            "take_up": self.options.take_up,
            "most_at_stake": round(float(first["at_stake"]), 2)
            if money and first is not None
            else None,
            "revenue_of_best": round(float(first["revenue"]), 2)
            if money and first is not None
            else None,
        }

    def headlines(self, bundles: int = 3) -> tuple[Message, ...]:
        """A sentence for each of the first bundles, as (phrase key, details)."""
        found: list[Message] = []
        for row in self.bundles.head(bundles).to_dict("records"):
            details = {
                "items": list(row["items"]),
                "count": int(row["count"]),
                "missing": row["missing"],
                "short": int(row["short_baskets"]),
            }
            if pd.notna(row["at_stake"]):
                money = {
                    "at_stake": round(float(row["at_stake"]), 2),
                    "ceiling": round(float(row["ceiling"]), 2),
                    "take_up": self.options.take_up,
                }
                found.append(Message("baskets.bundle_headline.money", details | money))
            else:
                found.append(Message("baskets.bundle_headline.count", details))
        return tuple(found)


def offer_bundles(
    transactions: pd.DataFrame,
    rules: Rules,
    options: BundleOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Bundles:
    """The frequent sets, of five baskets or more, whose every product belongs: each is likelier, significantly, once the others are there.

    Parameters
    ----------
    transactions : the table that `rules` were found in; `amount`, where it is there, is the money.
    rules : the result of `find_rules`.

    Notes
    -----
    Money at stake is a bound times an assumption: the baskets one product short, the lacking product at the median of what it
    brings a basket, times `take_up`. It is not a forecast.
    """
    options = options or BundleOptions()
    baskets, lattice = rules.baskets, rules.lattice
    code = {name: number for number, name in enumerate(baskets.names)}
    label_code = (
        np.array([code[name] for name in lattice.labels], dtype=np.int64)
        if len(lattice.labels)
        else np.empty(0, dtype=np.int64)
    )
    money = _Money.of(transactions, rules) if "amount" in transactions.columns else None
    notes: tuple[Message, ...] = () if money else (Message("baskets.bundles.no_amounts", {}),)
    size = float(len(baskets))
    parts = []
    for length in range(2, min(options.max_length, len(lattice.sets)) + 1):
        rows, begin = lattice.sets[length - 1], int(lattice.begins[length - 1])
        whole = lattice.counts[begin : begin + len(rows)].astype(float)
        rest = lattice.counts[lattice.lesser[length - 1]].astype(float)
        single = baskets.counts[label_code[rows]].astype(float)
        lift = (whole[:, None] * size / (rest * single)).min(axis=1)
        p_value = chi_square_p(fourfold_chi_square(size, rest, single, whole[:, None])).max(axis=1)
        parts.append(
            pd.DataFrame(
                {
                    "place": np.arange(begin, begin + len(rows)),
                    "length": length,
                    "lift": lift,
                    "p_value": p_value,
                }
            )
        )
    table = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame({"place": [], "length": [], "lift": [], "p_value": []})
    )
    table["p_adjusted"] = benjamini_hochberg(table["p_value"].to_numpy(dtype=float))
    table["count"] = lattice.counts[table["place"].to_numpy(dtype=np.int64)]
    # The test says little of what hardly a basket holds, however small its p-value.
    table = table[
        (table["lift"] >= options.min_lift)
        & (table["p_adjusted"] <= options.significance)
        & (table["count"] >= _ENOUGH)
    ].reset_index(drop=True)
    tuples = lattice.tuples()
    records = []
    for number, row in enumerate(table.to_dict("records")):
        if number % 200 == 0:
            progress(number / len(table), "baskets.step.bundles")
        place, length = int(row["place"]), int(row["length"])
        within = place - int(lattice.begins[length - 1])
        items = label_code[lattice.sets[length - 1][within]]
        count = int(lattice.counts[place])
        short = lattice.counts[lattice.lesser[length - 1][within]] - count
        most = int(short.argmax())
        usual = money.usual[items] if money else np.full(length, np.nan)
        ceiling = float((short * usual).sum())
        records.append(
            {
                "items": tuples[place],
                "length": length,
                "count": count,
                "support": count / size,
                "lift": row["lift"],
                "p_adjusted": row["p_adjusted"],
                "price": float(usual.sum()),
                "revenue": money.together(items) if money else np.nan,
                "short_baskets": int(short.sum()),
                "missing": str(tuples[place][most]),
                "missing_baskets": int(short[most]),
                "ceiling": ceiling,
                "at_stake": ceiling * options.take_up,
            }
        )
    columns = [
        "items",
        "length",
        "count",
        "support",
        "lift",
        "p_adjusted",
        "price",
        "revenue",
        "short_baskets",
        "missing",
        "missing_baskets",
        "ceiling",
        "at_stake",
    ]
    found = pd.DataFrame(records, columns=columns)
    found = found.sort_values(
        ["at_stake", "count", "items"],
        ascending=[False, False, True],
        kind="stable",
        ignore_index=True,
    )
    return Bundles(found, notes, options)


@dataclass(frozen=True, eq=False)
class _Money:
    """What each item brings in each basket that holds it, item after item, baskets ascending."""

    begins: np.ndarray
    basket: np.ndarray
    amount: np.ndarray
    usual: np.ndarray

    @classmethod
    def of(cls, transactions: pd.DataFrame, rules: Rules) -> _Money:
        lines = code_lines(transactions, rules.options, rows=True)
        assert lines.row is not None
        amount = transactions["amount"].to_numpy(dtype=float, na_value=0.0)[lines.row]
        code = {name: number for number, name in enumerate(rules.baskets.names)}
        item = np.array([code.get(name, -1) for name in lines.names], dtype=np.int64)[lines.item]
        kept = item >= 0
        size = len(lines.keys)
        key, where = np.unique(item[kept] * size + lines.basket[kept], return_inverse=True)
        total = np.bincount(where, weights=np.nan_to_num(amount[kept]), minlength=len(key))
        begins = np.searchsorted(key, np.arange(len(code) + 1) * np.int64(size))
        usual = np.array(
            [
                np.median(total[low:high]) if high > low else np.nan
                for low, high in itertools.pairwise(begins)
            ]
        )
        return cls(begins, key % size, total, usual)

    def together(self, items: np.ndarray) -> float:
        """What `items` brought in the baskets that hold them all."""
        spans = [slice(self.begins[item], self.begins[item + 1]) for item in items]
        rarest = min(spans, key=lambda span: span.stop - span.start)
        baskets = self.basket[rarest]
        for span in spans:
            at = np.minimum(np.searchsorted(self.basket[span], baskets), span.stop - span.start - 1)
            baskets = baskets[self.basket[span][at] == baskets]
        return float(
            sum(
                self.amount[span][np.searchsorted(self.basket[span], baskets)].sum()
                for span in spans
            )
        )
