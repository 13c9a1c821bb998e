"""What counts as a basket and an item, how common a set must be, and how much will come out."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import BasketOptions, RuleEstimate, RuleOptions, estimate_rules
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui.baskets.tables import listing
from crm_analysis.presentation.ui.blocks import chart
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import language, plain, say, to_columns

_PROPOSED, _OWN = 0.0, -1.0  # the choices that are no support
_OFFERED_NAMES = 3_000  # products to choose from in a list
_HIGHEST_LEAST_LIFT = 10.0
_KNOBS = (
    "confidence",
    "algorithm",
    "max_length",
    "min_lift",
    "itemsets",
    "exclude",
    "include",
    "consequents",
    "max_consequents",
    "names",
    "returns",
    "interval",
    "interval_level",
    "max_itemsets",
    "max_rules",
    "time_limit",
)


def choose(orders: Answer[pd.DataFrame]) -> RuleOptions:
    """The settings as widgets, and before anything is searched what they will bring."""
    _or_stop(orders.value)
    first, second, third, fourth = st.columns([2, 2, 3, 3], gap="medium")
    offered = _possible(orders.value)
    what = controls(
        "baskets",
        BasketOptions,
        only=("basket", "level"),
        choices=offered,
        start=BasketOptions(basket=offered["basket"][0], level=offered["level"][0]),  # type: ignore[arg-type]
        places={"basket": first, "level": second},
    )
    names, others = run(_names, orders, what.level).value
    options = controls(
        "baskets",
        RuleOptions,
        key=f"baskets-{what.level}",
        only=_KNOBS,
        choices={"exclude": names, "include": names, "consequents": names},
        high={"min_lift": _HIGHEST_LEAST_LIFT},
        start=RuleOptions(basket=what.basket, level=what.level, exclude=others),
        places={"confidence": fourth},
    )
    counted = run(estimate_rules, orders, _counting(options)).value
    with third:
        support = _choose_support(counted)
    if support not in set(counted.ladder["support"]):
        counted = run(estimate_rules, orders, _counting(options).replace(support=support)).value
    _foretell(counted, support)
    return options.replace(support=support)


def _or_stop(table: pd.DataFrame) -> None:
    """Where the table has no basket, or nothing to lie in one, no setting helps: say which column to name, and where."""
    lacks = [
        word
        for word, roles in (
            ("basket", {"order", "customer"}),
            ("product", {"product", "product_code", "category"}),
        )
        if not roles & set(table.columns)
    ]
    if not lacks:
        return
    for word in lacks:
        st.warning(
            say(
                "data.missing_role", role="order" if word == "basket" else word, kind="transactions"
            ),
            icon="⚠️",
        )
        st.markdown(say(f"baskets.lacks.{word}"))
    to_columns()
    st.stop()


def _possible(table: pd.DataFrame) -> dict[str, list[str]]:
    """What can be a basket and an item in this table; where nothing can, the analysis says what is missing."""
    needs = {"order": {"order"}, "customer_day": {"customer", "date"}, "customer": {"customer"}}
    baskets = [name for name, roles in needs.items() if roles <= set(table.columns)]
    levels = [
        name
        for name, roles in {
            "product": {"product", "product_code"},
            "category": {"category"},
        }.items()
        if roles & set(table.columns)
    ]
    return {"basket": baskets or ["order"], "level": levels or ["product"]}


def _names(table: pd.DataFrame, level: str) -> tuple[list[str], tuple[str, ...]]:
    """The items to choose from, the most frequent first, and those of them that are postage, fees and the like."""
    column = "product_code" if level == "product" and "product" not in table.columns else level
    if column not in table.columns:
        return [], ()
    names = table[column].astype("string").str.strip()
    others: list[str] = []
    if level == "product" and "is_product" in table.columns:
        real = table["is_product"].fillna(True).astype(bool).groupby(names).mean()
        others = [str(name) for name in real.index[real < 0.5]]
    listed = [str(name) for name in names.value_counts().index[:_OFFERED_NAMES]]
    return [*listed, *sorted(set(others) - set(listed))], tuple(sorted(others))


def _counting(options: RuleOptions) -> RuleOptions:
    """Only what the number of sets depends on."""
    return RuleOptions(**shared(options), max_length=options.max_length)


def shared(options: BasketOptions) -> dict[str, Any]:
    """What a basket and an item are, for the analyses beside the rules."""
    return {field.name: getattr(options, field.name) for field in fields(BasketOptions)}


def _choose_support(counted: RuleEstimate) -> float:
    """The support: proposed, one of the ladder with what it brings, or a number of one's own."""
    rows = counted.ladder[counted.ladder["items"] > 0].set_index("support")
    said = {
        share: plain(
            f"baskets.support.{_sureness(row)}",
            support=pictures.percent(share),
            sets=float(row["itemsets"]) if pd.notna(row["itemsets"]) else 0.0,
        )
        for share, row in rows.iterrows()
    }
    said[_PROPOSED] = plain("baskets.support.proposed", support=pictures.percent(counted.proposed))
    said[_OWN] = plain("baskets.support.own")
    picked = st.selectbox(
        say("baskets.knob.support.label"),
        [_PROPOSED, *rows.index, _OWN],
        format_func=said.__getitem__,
        key="baskets-support",
        help=say("baskets.support.help"),
        persist_state="session",
    )
    if picked == _PROPOSED:
        return counted.proposed
    if picked != _OWN:
        return float(picked)
    share = st.number_input(
        say("baskets.support.own_label"),
        0.0001,
        100.0,
        100 * counted.proposed,
        0.1,
        format="%.4f",
        key="baskets-support_own",
        persist_state="session",
    )
    return share / 100


def _sureness(row: Any) -> str:
    return "more" if row["more"] else "exact" if row["exact"] else "about"


def _foretell(counted: RuleEstimate, support: float) -> None:
    """How much will come out at this support, in a sentence; the whole ladder for whoever wants it."""
    ladder = counted.ladder
    row = ladder.iloc[(ladder["support"] - support).abs().argmin()]
    st.markdown(
        say(
            f"baskets.foretold.{_sureness(row)}",
            support=pictures.percent(support),
            count=int(row["count"]),
            baskets=counted.baskets,
            items=int(row["items"]),
            all=counted.items,
            sets=float(row["itemsets"]) if pd.notna(row["itemsets"]) else 0.0,
        )
    )
    with st.expander(say("baskets.foretold.title"), icon=":material/stairs_2:"):
        st.markdown(say("baskets.foretold.help", proposed=pictures.percent(counted.proposed)))
        left, right = st.columns(2, gap="medium")
        with left:
            chart(
                pictures.ladder(counted, language()),
                key="baskets_ladder",
                alt=plain("baskets.foretold.title"),
                height=340,
            )
        with right:
            listing(ladder, key="baskets_ladder_table", height=340)
