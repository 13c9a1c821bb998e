"""Products bought together → figures and words in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.baskets import Bundles, Differences, Offers, RuleEstimate
from crm_analysis.presentation import charts
from crm_analysis.presentation.networks import network
from crm_analysis.wording import Language, say, write_number

__all__ = [
    "apart",
    "bundle_money",
    "gaps",
    "group_confidence",
    "joined",
    "ladder",
    "linked_pairs",
    "offer_quality",
    "offered_products",
    "pair_heat",
    "pair_network",
    "percent",
    "rule_flow",
    "rule_scatter",
    "sequence_flow",
    "shortened",
]

_LETTERS = 24
_POINTS = 5_000
_ENOUGH = 5  # baskets of a pair that a network shows
_BESIDE = 48  # pixels for a number beside the longest bar
_MARK_LINE = "rgba(128,140,158,0.9)"


def joined(items: Iterable[Any]) -> str:
    """The products of a set as one text."""
    return " + ".join(map(str, items))


def percent(share: float) -> str:
    """A small share with the places it needs."""
    return f"{100 * share:.4g}%"


def shortened(names: Sequence[str], letters: int = _LETTERS) -> list[str]:
    """Names short enough for an axis, still different from one another.

    >>> shortened(["a very long name of red", "a very long name of blue", "tea"], 12)
    ['a very long…', 'a very long… (2)', 'tea']
    """
    made: list[str] = []
    seen: dict[str, int] = {}
    for name in map(str, names):
        wide = sum(2 if ord(letter) > 0x2E80 else 1 for letter in name)
        room = letters if wide == len(name) else letters // 2
        short = name if len(name) <= room else name[: room - 1].rstrip() + "…"
        seen[short] = seen.get(short, 0) + 1
        made.append(short if seen[short] == 1 else f"{short} ({seen[short]})")
    return made


def _measure(name: str, language: Language) -> str:
    return say(f"baskets.measure.{name}.label", language)


def ladder(found: RuleEstimate, language: Language) -> go.Figure:
    """How many sets each support leaves."""
    rows = found.ladder[found.ladder["itemsets"] > 0]
    frame = pd.DataFrame(
        {
            "support": [percent(share) for share in rows["support"]],
            "itemsets": rows["itemsets"],
            "text": [
                ("> " if more else "") + write_number(sets, "number", language)
                for sets, more in zip(rows["itemsets"], rows["more"], strict=True)
            ],
        }
    )
    figure = charts.bars(
        frame,
        category="support",
        values=["itemsets"],
        names=[say("baskets.column.itemsets", language)],
        x_title=_measure("support", language),
        y_title=say("baskets.column.itemsets", language),
        text=None,
    )
    figure.update_traces(
        text=frame["text"], texttemplate="%{text}", textposition="outside", cliponaxis=False
    )
    return figure.update_yaxes(type="log", dtick=1).update_xaxes(type="category")


def rule_scatter(rules: pd.DataFrame, language: Language) -> go.Figure:
    """Support × confidence, the lift as colour; of very many rules those with the most baskets beyond chance."""
    shown = rules.nlargest(_POINTS, "leverage") if len(rules) > _POINTS else rules
    shown = shown.sort_values("lift")
    frame = shown[["support", "confidence", "lift"]].assign(
        rule=[
            f"{joined(a)} → {joined(b)}  ({_measure('lift', language)} {lift:,.2f})"
            for a, b, lift in zip(
                shown["antecedent"], shown["consequent"], shown["lift"], strict=True
            )
        ]
    )
    figure = charts.scatter(
        [("", frame)],
        x="support",
        y="confidence",
        x_title=_measure("support", language),
        y_title=_measure("confidence", language),
        hover="rule",
    )
    top = max(float(frame["lift"].quantile(0.97)), 1.001) if len(frame) else 1.001
    colour_bar = {
        "title": {"text": _measure("lift", language), "font": {"size": 15}},
        "tickfont": {"size": 14},
        "thickness": 16,
    }
    figure.update_traces(
        marker={
            "color": frame["lift"],
            "cmin": min(1.0, float(frame["lift"].min())) if len(frame) else 0.0,
            "cmax": top,
            "showscale": True,
            "colorbar": colour_bar,
            "opacity": 0.9,
            "size": 11 if len(frame) <= 1_000 else 7,
            "line": {"width": 1, "color": _MARK_LINE},
        },
        hovertemplate=f"%{{text}}<br>{_measure('support', language)}: %{{x:.2%}}<br>{_measure('confidence', language)}: %{{y:.0%}}<extra></extra>",
    )
    figure.update_xaxes(tickformat=".2~%")
    return figure.update_yaxes(tickformat=".0%")


def linked_pairs(pairs: pd.DataFrame, by: str, least: int, most: int) -> pd.DataFrame:
    """The pairs a network shows: surely bought together more than chance, in enough baskets, the strongest `by` leverage or lift."""
    sure = pairs[
        (pairs["lift"] > 1) & (pairs["p_adjusted"] < 0.05) & (pairs["count"] >= max(least, _ENOUGH))
    ]
    return sure.sort_values([by, "count"], ascending=False, kind="stable").head(most)


def pair_network(
    linked: pd.DataFrame, by: str, language: Language, ink: str, room: float = 760.0
) -> go.Figure:
    """Products as points (as large as they are often bought), pairs as lines (as thick as they are strong)."""
    alone = pd.concat(
        [
            linked[["item_a", "support_a"]].set_axis(["name", "size"], axis=1),
            linked[["item_b", "support_b"]].set_axis(["name", "size"], axis=1),
        ]
    )
    nodes = alone.drop_duplicates("name").sort_values("name", kind="stable").reset_index(drop=True)
    number = {name: place for place, name in enumerate(nodes["name"])}
    nodes["label"] = shortened(list(nodes["name"]), 24 if room > 500 else 18)
    nodes["hover"] = [f"{_measure('support', language)}: {percent(size)}" for size in nodes["size"]]
    links = pd.DataFrame(
        {
            "a": linked["item_a"].map(number),
            "b": linked["item_b"].map(number),
            "weight": linked[by],
            "hover": [
                say(
                    "baskets.picture.pair",
                    language,
                    a=row["item_a"],
                    b=row["item_b"],
                    count=int(row["count"]),
                    lift=float(row["lift"]),
                )
                for row in linked.to_dict("records")
            ],
        }
    )
    return network(nodes, links, ink=ink, room=room)


def pair_heat(square: pd.DataFrame, measure: str, language: Language) -> go.Figure:
    """A square of products; lift diverges from 1: blue more, orange less than chance."""
    names = shortened(list(square.index), 24)
    table = pd.DataFrame(square.to_numpy(dtype=float), index=pd.Index(names), columns=names)
    if measure == "lift":
        texts = table.map(lambda lift: "" if np.isnan(lift) else f"{lift:.1f}")
        with np.errstate(divide="ignore"):
            table = np.log2(table).clip(lower=-3.0)
        # A quarter and four times as often are the ends of the scale, at least: small differences are mostly chance and stay pale.
        far = max(2.0, float(np.nanquantile(np.abs(table.to_numpy()), 0.95)))
        figure = charts.heat(table, texts=texts, centre=0.0).update_traces(zmin=-far, zmax=far)
    else:
        figure = charts.heat(table, tick={"count": ",", "confidence": ".0%"}.get(measure, ".1%"))
    # Numbers as large as their cells allow: on a narrow screen they must not run into one another.
    return figure.update_traces(textfont_size=None).update_xaxes(tickangle=-40)


def apart(pairs: pd.DataFrame, language: Language, most: int = 8) -> go.Figure:
    """Baskets that hold both beside those chance would bring."""
    rows = pairs.head(most)
    frame = rows[["count", "expected"]].assign(
        label=shortened(
            [f"{a} + {b}" for a, b in zip(rows["item_a"], rows["item_b"], strict=True)], 40
        )
    )
    return (
        charts.bars(
            frame,
            category="label",
            values=["count", "expected"],
            names=[say("baskets.column.count", language), _measure("expected", language)],
            x_title=say("baskets.column.count", language),
            text=",.0f",
            horizontal=True,
        )
        .update_xaxes(tickformat=",")
        .update_layout(margin_r=_BESIDE)
    )


def rule_flow(
    rules: pd.DataFrame, language: Language, palette: Sequence[str], ink: str, most: int = 14
) -> go.Figure:
    """From what is bought to what goes with it: the first rules, as wide as the baskets that hold them."""
    frame = rules.head(most)
    frame = pd.DataFrame(
        {
            "before": _short_sets(frame["antecedent"]),
            "after": _short_sets(frame["consequent"]),
            "count": frame["count"].to_numpy(),
        },
    )
    titles = (
        say("baskets.column.antecedent", language),
        say("baskets.column.consequent", language),
    )
    figure = charts.flow(
        frame,
        before="before",
        after="after",
        value="count",
        before_title=titles[0],
        after_title=titles[1],
        palette=palette,
    )
    return figure.update_traces(textfont_color=ink)


def _short_sets(sets: pd.Series) -> list[str]:
    """Short texts of sets, the same for the same set."""
    distinct = list(dict.fromkeys(sets))
    short = dict(zip(distinct, shortened([joined(one) for one in distinct], 44), strict=True))
    return [short[one] for one in sets]


def sequence_flow(
    sequences: pd.DataFrame, language: Language, palette: Sequence[str], ink: str, orders: int
) -> go.Figure:
    """From what is bought to what follows in the next orders, as wide as the customers who did so."""
    names = list(dict.fromkeys([*sequences["product"], *sequences["then"]]))
    short = dict(zip(names, shortened(names, 40), strict=True))
    frame = sequences.assign(
        before=sequences["product"].map(short), after=sequences["then"].map(short)
    )
    return charts.flow(
        frame,
        before="before",
        after="after",
        value="customers",
        before_title=say("baskets.picture.bought", language),
        after_title=say("baskets.picture.follows", language, orders=orders),
        palette=palette,
    ).update_traces(textfont_color=ink)


def gaps(sequences: pd.DataFrame, language: Language) -> go.Figure:
    """How many days lie between: the median, and the range of the middle half."""
    labels = shortened(
        [f"{a} → {b}" for a, b in zip(sequences["product"], sequences["then"], strict=True)], 52
    )
    return charts.ranges(
        sequences.assign(label=labels),
        category="label",
        value="gap_median",
        low="gap_low",
        high="gap_high",
        x_title=say("baskets.picture.days_between", language),
        tick=",.0f",
    )


def offer_quality(found: Offers, language: Language) -> go.Figure:
    """The hit rate of each way to choose offers, with its interval."""
    frame = found.quality.assign(
        label=[say(f"baskets.method.{method}", language) for method in found.quality["method"]]
    )
    return charts.ranges(
        frame,
        category="label",
        value="hit_rate",
        low="hit_rate_low",
        high="hit_rate_high",
        x_title=_measure("hit_rate", language),
        tick=".0%",
    )


def offered_products(found: Offers, language: Language, most: int = 10) -> go.Figure:
    """To how many customers each product would be offered."""
    frame = found.products.head(most)
    return (
        charts.bars(
            frame.assign(label=shortened(list(frame["product"]), 34)),
            category="label",
            values=["customers"],
            names=[say("baskets.column.customers", language)],
            x_title=say("baskets.column.customers", language),
            text=",",
            horizontal=True,
        )
        .update_xaxes(tickformat=",")
        .update_layout(margin_r=_BESIDE)
    )


def bundle_money(found: Bundles, language: Language, most: int = 10) -> go.Figure:
    """The money at stake of each bundle; where no money is known, the baskets that hold it and those one short."""
    frame = found.bundles.head(most)
    columns = ["at_stake"] if frame["at_stake"].notna().any() else ["count", "short_baskets"]
    names = [say(f"baskets.column.{column}", language) for column in columns]
    return (
        charts.bars(
            frame.assign(label=shortened([joined(items) for items in frame["items"]], 48)),
            category="label",
            values=columns,
            names=names,
            x_title=names[0],
            text=",.0f",
            horizontal=True,
        )
        .update_xaxes(tickformat=",")
        .update_layout(margin_r=_BESIDE)
    )


def group_confidence(found: Differences, rule: int, language: Language) -> go.Figure:
    """The confidence of one rule in each group, with its interval."""
    frame = found.groups[
        (found.groups["rule"] == rule) & (found.groups["antecedent_count"] > 0)
    ].sort_values("confidence", ascending=False, kind="stable")
    frame = frame.assign(
        label=shortened(
            [
                f"{name} ({write_number(n, 'number', language)})"
                for name, n in zip(frame["group"], frame["antecedent_count"], strict=True)
            ],
            40,
        )
    )
    return charts.ranges(
        frame,
        category="label",
        value="confidence",
        low="confidence_low",
        high="confidence_high",
        x_title=_measure("confidence", language),
        tick=".0%",
    )
