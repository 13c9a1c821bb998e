"""What counts as a basket and an item, how common a set must be, and how much will come out."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import (
    BasketOptions,
    RuleEstimate,
    RuleOptions,
    estimate_rules,
    item_names,
    possible_baskets,
    possible_levels,
)
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    controls,
    language,
    plain,
    run,
    say,
    to_columns,
    widget_key,
)
from crm_analysis.presentation.ui.baskets.tables import listing
from crm_analysis.presentation.ui.remembered import remembered

_PROPOSED, _OWN = 0.0, -1.0  # the choices that are no support
_OFFERED_NAMES = 3_000  # products to choose from in a list
_HIGHEST_MIN_LIFT = 10.0
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
    first, second, third, fourth = st.columns([2, 2, 3, 3], gap="medium")
    baskets, levels = (
        possible_baskets(orders.value),
        possible_levels(orders.value),
    )
    unit = controls(
        "baskets",
        BasketOptions,
        only=("basket", "level"),
        choices={"basket": baskets, "level": levels},
        start=BasketOptions(basket=baskets[0], level=levels[0]),
        places={"basket": first, "level": second},
    )
    names, no_products = run(item_names, orders, unit.level, _OFFERED_NAMES).value
    options = controls(
        "baskets",
        RuleOptions,
        key=widget_key("baskets", unit.level),
        only=_KNOBS,
        choices={
            "exclude": names,
            "include": names,
            "consequents": names,
        },
        high={"min_lift": _HIGHEST_MIN_LIFT},
        start=RuleOptions(
            basket=unit.basket, level=unit.level, exclude=no_products
        ),
        places={"confidence": fourth},
    )
    options = options.replace(exclude=_left_out(options.exclude, no_products))
    # Only what the number of sets depends on.
    counted = RuleOptions(**shared(options), max_length=options.max_length)
    estimate = run(estimate_rules, orders, counted).value
    with third:
        support = _choose_support(estimate)
    if support not in set(estimate.ladder["support"]):
        estimate = run(
            estimate_rules, orders, counted.replace(support=support)
        ).value
    _show_estimate(estimate, support)
    return options.replace(support=support)


def _left_out(
    chosen: tuple[str, ...] | None, no_products: tuple[str, ...]
) -> tuple[str, ...] | None:
    """What is left out; None, the default, where that is what is no product."""
    chosen = chosen or ()
    return None if set(chosen) == set(no_products) else chosen


def require(table: pd.DataFrame) -> None:
    """Where the table has no basket, or nothing to lie in one, no setting helps.

    Say which column to name, and where.
    """
    roles = set(table.columns)
    lacking = []
    if not roles & {"order", "customer"}:
        lacking.append(("basket", "order"))
    if not possible_levels(table):
        lacking.append(("product", "product"))
    if not lacking:
        return
    for word, role in lacking:
        st.warning(
            say("data.missing_role", role=role, kind="transactions"),
            icon="⚠️",
        )
        st.markdown(say(f"baskets.lacks.{word}"))
    to_columns()
    st.stop()


def shared(options: BasketOptions) -> dict[str, Any]:
    """What a basket and an item are, for the analyses beside the rules."""
    return {
        field.name: getattr(options, field.name) for field in fields(BasketOptions)
    }


def _choose_support(estimate: RuleEstimate) -> float:
    steps = estimate.ladder[estimate.ladder["items"] > 0]
    texts = {
        _PROPOSED: plain(
            "baskets.support.proposed",
            support=pictures.percent(estimate.proposed),
        ),
        _OWN: plain("baskets.support.own"),
    }
    for step in steps.to_dict("records"):
        texts[step["support"]] = plain(
            f"baskets.support.{_accuracy(step)}",
            support=pictures.percent(step["support"]),
            sets=_itemsets(step),
        )
    picked = remembered(
        st.selectbox,
        say("baskets.knob.support.label"),
        [_PROPOSED, *steps["support"], _OWN],
        format_func=texts.__getitem__,
        key=widget_key("baskets", "support"),
        help=say("baskets.support.help"),
    )
    if picked == _PROPOSED:
        return estimate.proposed
    if picked != _OWN:
        return float(picked)
    percent = remembered(
        st.number_input,
        say("baskets.support.own_label"),
        0.0001,
        100.0,
        100 * estimate.proposed,
        0.1,
        format="%.4f",
        key=widget_key("baskets", "support_own"),
    )
    return percent / 100


def _accuracy(step: Any) -> str:
    if step["more"]:
        return "more"
    return "exact" if step["exact"] else "about"


def _itemsets(step: Any) -> float:
    return float(step["itemsets"]) if pd.notna(step["itemsets"]) else 0.0


def _show_estimate(estimate: RuleEstimate, support: float) -> None:
    ladder = estimate.ladder
    step = ladder.iloc[(ladder["support"] - support).abs().argmin()]
    sentence = say(
        f"baskets.estimate.{_accuracy(step)}",
        support=pictures.percent(support),
        count=int(step["count"]),
        baskets=estimate.baskets,
        items=int(step["items"]),
        all=estimate.items,
        sets=_itemsets(step),
    )
    with st.expander(sentence, icon=":material/stairs_2:"):
        st.markdown(f"**{say('baskets.estimate.title')}**")
        st.markdown(
            say(
                "baskets.estimate.help",
                proposed=pictures.percent(estimate.proposed),
            )
        )
        picture, table = st.columns(2, gap="medium")
        with picture:
            chart(
                pictures.ladder(ladder, language()),
                key=widget_key("baskets", "ladder"),
                alt=plain("baskets.estimate.title"),
                height=340,
            )
        with table:
            listing(ladder, "supports", height=340)
