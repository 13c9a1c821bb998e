"""Products bought together → figures and words in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from crm_analysis.analyses.baskets import Differences
from crm_analysis.presentation import charts, points
from crm_analysis.presentation.networks import network
from crm_analysis.wording import Language, say, write_number

_LETTERS = 24
_POINTS = 5_000
_BESIDE = 48  # pixels for a number beside the longest bar
_MARK_LINE = "rgba(128,140,158,0.9)"


def joined(items: Iterable[Any], between: str = " + ") -> str:
    """The products of a set as one text."""
    return between.join(map(str, items))


def percent(share: float) -> str:
    """A small share with the places it needs."""
    return f"{100 * share:.3g}%"


def shortened(names: Iterable[str], letters: int = _LETTERS) -> list[str]:
    """Names short enough for an axis, still different from one another.

    >>> shortened(["a very long name of red", "a very long name of blue", "tea"], 12)
    ['a very long…', 'a very long… (2)', 'tea']
    """
    texts: list[str] = []
    counts: dict[str, int] = {}
    for name in map(str, names):
        has_wide_letters = any(ord(letter) > 0x2E80 for letter in name)
        maximum = letters // 2 if has_wide_letters else letters
        short = name if len(name) <= maximum else name[: maximum - 1].rstrip() + "…"
        counts[short] = counts.get(short, 0) + 1
        texts.append(short if counts[short] == 1 else f"{short} ({counts[short]})")
    return texts


def _measure(name: str, language: Language) -> str:
    return say(f"baskets.measure.{name}.label", language)


def _column(name: str, language: Language) -> str:
    return say(f"baskets.column.{name}", language)


def ladder(steps: pd.DataFrame, language: Language) -> go.Figure:
    """How many sets each support leaves."""
    steps = steps[steps["itemsets"] > 0]
    counts = [
        write_number(count, "number", language) for count in steps["itemsets"]
    ]
    texts = np.where(steps["more"], "> ", "").astype(object) + counts
    return (
        charts.bars(
            steps.assign(support=steps["support"].map(percent)),
            category="support",
            values=["itemsets"],
            names=[_column("itemsets", language)],
            x_title=_measure("support", language),
            y_title=_column("itemsets", language),
            text=None,
        )
        .update_traces(
            text=texts,
            texttemplate="%{text}",
            textposition="outside",
            cliponaxis=False,
        )
        .update_yaxes(type="log", dtick=1)
        .update_xaxes(type="category")
    )


def rule_scatter(rules: pd.DataFrame, language: Language) -> go.Figure:
    """Support × confidence, the lift as colour.

    Of very many rules those with the most baskets beyond chance.
    """
    if len(rules) > _POINTS:
        rules = rules.nlargest(_POINTS, "leverage")
    rules = rules.sort_values("lift")
    support, confidence, lift = (
        _measure(name, language) for name in ("support", "confidence", "lift")
    )
    arrows = [
        f"{joined(antecedent)} → {joined(consequent)}  ({lift} {value:,.2f})"
        for antecedent, consequent, value in zip(
            rules["antecedent"],
            rules["consequent"],
            rules["lift"],
            strict=True,
        )
    ]
    return (
        points.scatter(
            [("", rules[["support", "confidence"]].assign(rule=arrows))],
            x="support",
            y="confidence",
            x_title=support,
            y_title=confidence,
            hover="rule",
        )
        .update_traces(
            marker={
                "color": rules["lift"],
                "cmin": min(1.0, float(rules["lift"].min())),
                "cmax": max(float(rules["lift"].quantile(0.97)), 1.001),
                "showscale": True,
                "colorbar": {
                    "title": {"text": lift, "font": {"size": 15}},
                    "tickfont": {"size": 14},
                    "thickness": 16,
                },
                "opacity": 0.9,
                "size": 11 if len(rules) <= 1_000 else 7,
                "line": {"width": 1, "color": _MARK_LINE},
            },
            hovertemplate=(
                f"%{{text}}<br>{support}: %{{x:.2%}}<br>{confidence}: %{{y:.0%}}<extra></extra>"
            ),
        )
        .update_xaxes(tickformat=".2~%")
        .update_yaxes(tickformat=".0%")
    )


def pair_network(
    links: pd.DataFrame,
    by: str,
    language: Language,
    ink: str,
    width: float = 760.0,
) -> go.Figure:
    """Products as points, pairs as lines.

    A point is as large as the product is often bought, a line as thick as the pair is strong.
    """
    ends = [
        links[[f"item_{end}", f"support_{end}"]].set_axis(["name", "size"], axis=1)
        for end in ("a", "b")
    ]
    nodes = pd.concat(ends).drop_duplicates("name")
    nodes = nodes.sort_values("name", kind="stable", ignore_index=True)
    support = _measure("support", language)
    nodes["label"] = shortened(nodes["name"], 24 if width > 500 else 18)
    nodes["hover"] = [f"{support}: {percent(size)}" for size in nodes["size"]]
    row_of = {name: row for row, name in enumerate(nodes["name"])}
    hovers = [
        say(
            "baskets.picture.pair",
            language,
            a=link["item_a"],
            b=link["item_b"],
            count=int(link["count"]),
            lift=float(link["lift"]),
        )
        for link in links.to_dict("records")
    ]
    return network(
        nodes,
        pd.DataFrame(
            {
                "a": links["item_a"].map(row_of),
                "b": links["item_b"].map(row_of),
                "weight": links[by],
                "hover": hovers,
            }
        ),
        ink=ink,
        width=width,
    )


def pair_heat(square: pd.DataFrame, measure: str, language: Language) -> go.Figure:
    """A square of products; lift diverges from 1: blue more, orange less than chance."""
    names = shortened(square.index, 24)
    table = pd.DataFrame(
        square.to_numpy(dtype=float),
        index=pd.Index(names),
        columns=names,
    )
    if measure == "lift":
        texts = table.map(lambda lift: "" if np.isnan(lift) else f"{lift:.1f}")
        with np.errstate(divide="ignore"):
            table = np.log2(table).clip(lower=-3.0)
        # A quarter and four times as often are the ends of the scale, at least: small differences
        # are mostly chance and stay pale.
        far = max(2.0, float(np.nanquantile(np.abs(table.to_numpy()), 0.95)))
        figure = charts.heat(table, texts=texts, centre=0.0).update_traces(
            zmin=-far, zmax=far
        )
    else:
        figure = charts.heat(
            table,
            tick={"count": ",", "confidence": ".0%"}.get(measure, ".1%"),
        )
    # Numbers as large as their cells allow: on a narrow screen they must not touch one another.
    return figure.update_traces(textfont_size=None).update_xaxes(tickangle=-40)


def apart(pairs: pd.DataFrame, language: Language) -> go.Figure:
    """Baskets that hold both beside those chance would bring."""
    together = [
        joined(pair) for pair in zip(pairs["item_a"], pairs["item_b"], strict=True)
    ]
    return _bars_across(
        pairs.assign(label=shortened(together, 40)),
        ["count", "expected"],
        [_column("count", language), _measure("expected", language)],
    )


def _bars_across(
    frame: pd.DataFrame, values: list[str], names: list[str]
) -> go.Figure:
    return (
        charts.bars(
            frame,
            category="label",
            values=values,
            names=names,
            x_title=names[0],
            text=",.0f",
            horizontal=True,
        )
        .update_xaxes(tickformat=",")
        .update_layout(margin_r=_BESIDE)
    )


def rule_flow(
    rules: pd.DataFrame,
    language: Language,
    palette: Sequence[str],
    ink: str,
) -> go.Figure:
    """From what is bought to what goes with it, as wide as the baskets that hold both."""
    return charts.flow(
        pd.DataFrame(
            {
                "before": _short_sets(rules["antecedent"]),
                "after": _short_sets(rules["consequent"]),
                "count": rules["count"].to_numpy(),
            },
        ),
        before="before",
        after="after",
        value="count",
        before_title=_column("antecedent", language),
        after_title=_column("consequent", language),
        palette=palette,
    ).update_traces(textfont_color=ink)


def _short_sets(sets: pd.Series) -> list[str]:
    """Short texts of sets, the same for the same set."""
    distinct = list(dict.fromkeys(sets))
    short = dict(zip(distinct, shortened(map(joined, distinct), 44), strict=True))
    return [short[items] for items in sets]


def sequence_flow(
    sequences: pd.DataFrame,
    language: Language,
    palette: Sequence[str],
    ink: str,
    orders: int,
) -> go.Figure:
    """From what is bought to what follows in the next orders, as wide as the customers."""
    names = list(dict.fromkeys([*sequences["product"], *sequences["then"]]))
    short = dict(zip(names, shortened(names, 40), strict=True))
    return charts.flow(
        sequences.assign(
            before=sequences["product"].map(short),
            after=sequences["then"].map(short),
        ),
        before="before",
        after="after",
        value="customers",
        before_title=say("baskets.picture.bought", language),
        after_title=say("baskets.picture.follows", language, orders=orders),
        palette=palette,
    ).update_traces(textfont_color=ink)


def gaps(sequences: pd.DataFrame, language: Language) -> go.Figure:
    """How many days lie between: the median, and the range of the middle half."""
    arrows = [
        f"{product} → {then}"
        for product, then in zip(
            sequences["product"], sequences["then"], strict=True
        )
    ]
    return charts.ranges(
        sequences.assign(label=shortened(arrows, 52)),
        category="label",
        value="gap_median",
        low="gap_low",
        high="gap_high",
        x_title=say("baskets.picture.days_between", language),
        tick=",.0f",
    )


def offer_quality(quality: pd.DataFrame, language: Language) -> go.Figure:
    """The hit rate of each way to choose offers, with its interval."""
    return charts.ranges(
        quality.assign(
            label=[
                say(f"baskets.method.{method}", language)
                for method in quality["method"]
            ]
        ),
        category="label",
        value="hit_rate",
        low="hit_rate_low",
        high="hit_rate_high",
        x_title=_measure("hit_rate", language),
        tick=".0%",
    )


def offered_products(products: pd.DataFrame, language: Language) -> go.Figure:
    """To how many customers each product would be offered."""
    return _bars_across(
        products.assign(label=shortened(products["product"], 34)),
        ["customers"],
        [_column("customers", language)],
    )


def bundle_money(bundles: pd.DataFrame, language: Language) -> go.Figure:
    """The money at stake of each bundle.

    Where no money is known, the baskets that hold it and those one short.
    """
    has_money = bundles["at_stake"].notna().any()
    columns = ["at_stake"] if has_money else ["count", "short_baskets"]
    names = [_column(column, language) for column in columns]
    return _bars_across(
        bundles.assign(label=shortened(map(joined, bundles["items"]), 48)),
        columns,
        names,
    )


def group_confidence(
    differences: Differences, rule: int, language: Language
) -> go.Figure:
    """The confidence of one rule in each group, with its interval."""
    groups = differences.groups
    groups = groups[(groups["rule"] == rule) & (groups["antecedent_count"] > 0)]
    groups = groups.sort_values("confidence", ascending=False, kind="stable")
    labels = [
        f"{name} ({write_number(count, 'number', language)})"
        for name, count in zip(
            groups["group"], groups["antecedent_count"], strict=True
        )
    ]
    return charts.ranges(
        groups.assign(label=shortened(labels, 40)),
        category="label",
        value="confidence",
        low="confidence_low",
        high="confidence_high",
        x_title=_measure("confidence", language),
        tick=".0%",
    )
