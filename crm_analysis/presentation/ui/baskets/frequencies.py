"""Purchase frequencies: P(I) of each product, P(I, J) of each two, and those kept apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import PairFrequencies, Probabilities, Rules
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    language,
    plain,
    run,
    say,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.baskets import computed, on_a_phone, subtitle
from crm_analysis.presentation.ui.baskets.tables import listing
from crm_analysis.presentation.ui.remembered import remembered

_MEASURES = ("support", "confidence", "lift", "count")
_MAX_ITEMS = 20
_MAX_AVOIDING = 8  # pairs in the picture


def pairs(rules: Answer[Rules]) -> PairFrequencies:
    """P(I, J) of every two products, counted once."""
    return run(_pair_frequencies, rules).value


def _pair_frequencies(rules: Rules) -> PairFrequencies:
    return rules.pair_frequencies


def draw(rules: Answer[Rules]) -> None:
    """The square of the products bought most, both tables, and what is kept apart."""
    frequencies = pairs(rules)
    _square(rules)
    by = switch(
        "baskets.frequencies.by",
        ["baskets", "lines"],
        "baskets.frequencies.by_{}",
        key=widget_key("baskets", "probabilities_by"),
    )
    chances = run(Rules.probabilities, rules, by).value
    st.caption(say(f"baskets.frequencies.formula_{by}", base=chances.base))
    by_lines = chances if by == "lines" else None
    singles, joint = st.columns([2, 3], gap="medium")
    with singles:
        _single_products(rules.value.items, by_lines)
    with joint:
        _pairs_of_products(frequencies, rules.value, by_lines)
    _apart(rules.value)
    computed(rules.value, f"print(rules.probabilities(by={by!r}).pairs)")


def _single_products(items: pd.DataFrame, by_lines: Probabilities | None) -> None:
    if by_lines is not None:
        items = by_lines.items
    most_bought, share = items.iloc[0], "support" if by_lines is None else "p"
    by = "single" if by_lines is None else "single_lines"
    subtitle(
        f"baskets.frequencies.{by}",
        item=str(most_bought["item"]),
        support=pictures.percent(round(most_bought[share], 4)),
    )
    listing(items, "item_frequencies", height=380)


def _pairs_of_products(
    frequencies: PairFrequencies, rules: Rules, by_lines: Probabilities | None
) -> None:
    table = frequencies.table.drop(columns="p_apart")
    if by_lines is not None:
        table = by_lines.pairs
    subtitle("baskets.frequencies.pairs", pairs=len(table))
    if (rules.items["count"] >= rules.minimum_count).sum() > frequencies.items:
        st.caption(
            say(
                "baskets.frequencies.most_bought",
                items=frequencies.items,
            )
        )
    listing(table, "pair_frequencies", height=380)


def _square(rules: Answer[Rules]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = switch(
            "baskets.square.measure",
            _MEASURES,
            "baskets.square.{}",
            key=widget_key("baskets", "square"),
            default="support",
        )
        items = remembered(
            st.slider,
            say("baskets.square.items"),
            4,
            _MAX_ITEMS,
            6 if on_a_phone() else 12,
            key=widget_key("baskets", "square_items"),
            width=260,
        )
    square = run(Rules.matrix, rules, items, measure).value
    if len(square) < 2:
        st.markdown(say("baskets.network.none"))
        return
    _say_highest(square, measure)
    chart(
        pictures.pair_heat(square, measure, language()),
        key=widget_key("baskets", "square", measure),
        alt=plain("baskets.square.alt"),
        height=160 + 34 * max(6, len(square)),
    )
    st.caption(say(f"baskets.square.{measure}_help"))


def _say_highest(square: pd.DataFrame, measure: str) -> None:
    values = square.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(values, -1.0)
    row, column = divmod(int(np.nanargmax(values)), len(values))
    value = float(values[row, column])
    texts = {"lift": f"{value:,.1f}", "count": f"{value:,.0f}"}
    subtitle(
        f"baskets.square.{measure}_answer",
        a=str(square.index[row]),
        b=str(square.columns[column]),
        value=texts.get(measure) or pictures.percent(round(value, 4)),
    )


def _apart(rules: Rules) -> None:
    table = rules.apart.rename(columns={"missing": "missing_count"})
    if table.empty:
        subtitle("baskets.apart.none")
        return
    first = table.iloc[0]
    subtitle(
        "baskets.apart.answer",
        pairs=len(table),
        a=str(first["item_a"]),
        b=str(first["item_b"]),
        count=int(first["count"]),
        expected=round(first["expected"]),
    )
    drawn = table.head(_MAX_AVOIDING)
    chart(
        pictures.apart(drawn, language()),
        key=widget_key("baskets", "apart"),
        alt=plain("baskets.apart.alt"),
        height=130 + 52 * len(drawn),
    )
    st.caption(say("baskets.apart.help"))
    listing(table, "avoid_each_other", height=320, about="apart_measure")
