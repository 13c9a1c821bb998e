"""Purchase frequencies: P(I) of each product, P(I, J) of each two, and the products that avoid each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import Rules
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui.baskets import computed, on_a_phone, pairs
from crm_analysis.presentation.ui.baskets.tables import listing, whole
from crm_analysis.presentation.ui.blocks import chart, switch
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import language, plain, say

_MEASURES = ("support", "confidence", "lift", "count")
_MOST = 20


def draw(found: Answer[Rules]) -> None:
    """The square of the products bought most, both tables, and what is kept apart."""
    joint = pairs(found).drop(columns="expected_sized")
    _square(found)
    left, right = st.columns([2, 3], gap="medium")
    items = found.value.items
    with left:
        first = items.iloc[0]
        st.markdown(
            f"##### {say('baskets.frequencies.single', item=str(first['item']), support=pictures.percent(round(first['support'], 4)))}"
        )
        listing(items, key="baskets_items", height=380)
        whole("item_frequencies", items, key="baskets_items_file")
    with right:
        st.markdown(f"##### {say('baskets.frequencies.pairs', pairs=len(joint))}")
        if (found.value.items["count"] >= found.value.least).sum() > joint.attrs["items"]:
            st.caption(say("baskets.frequencies.most", items=joint.attrs["items"]))
        listing(joint, key="baskets_pairs", height=380)
        whole("pair_frequencies", joint, key="baskets_pairs_file")
    _apart(found.value)
    computed(found.value)


def _square(found: Answer[Rules]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = switch(
            "baskets.square.measure",
            _MEASURES,
            "baskets.square.{}",
            key="baskets-square",
            default="support",
        )
        most = st.slider(
            say("baskets.square.items"),
            4,
            _MOST,
            6 if on_a_phone() else 12,
            key="baskets-square_items",
            persist_state="session",
            width=260,
        )
    square = run(_matrix, found, most, measure).value
    if len(square) < 2:
        st.markdown(say("baskets.network.none"))
        return
    st.markdown(f"##### {_strongest(square, measure)}")
    chart(
        pictures.pair_heat(square, measure, language()),
        key=f"baskets_square_{measure}",
        alt=plain("baskets.square.alt"),
        height=160 + 34 * max(6, len(square)),
    )
    st.caption(say(f"baskets.square.{measure}_help"))


def _matrix(found: Rules, items: int, measure: str) -> pd.DataFrame:
    return found.matrix(items, measure)


def _strongest(square: pd.DataFrame, measure: str) -> str:
    values = square.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(values, -1.0)
    row, column = divmod(int(np.nanargmax(values)), len(values))
    value = float(values[row, column])
    shown = (
        pictures.percent(round(value, 4))
        if measure in ("support", "confidence")
        else f"{value:,.1f}"
        if measure == "lift"
        else f"{value:,.0f}"
    )
    return say(
        f"baskets.square.{measure}_answer",
        a=str(square.index[row]),
        b=str(square.columns[column]),
        value=shown,
    )


def _apart(found: Rules) -> None:
    """Products that avoid each other."""
    table = found.apart.rename(columns={"missing": "missing_count"})
    if table.empty:
        st.markdown(f"##### {say('baskets.apart.none')}")
        return
    first = table.iloc[0]
    st.markdown(
        f"##### {say('baskets.apart.answer', pairs=len(table), a=str(first['item_a']), b=str(first['item_b']), count=int(first['count']), expected=round(first['expected']))}"
    )
    rows = min(8, len(table))
    chart(
        pictures.apart(table, language()),
        key="baskets_apart",
        alt=plain("baskets.apart.alt"),
        height=130 + 52 * rows,
    )
    st.caption(say("baskets.apart.help"))
    listing(table, key="baskets_apart_table", height=320, about="apart_measure")
    whole("avoid_each_other", table, key="baskets_apart_file")
