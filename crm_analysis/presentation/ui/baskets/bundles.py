"""Sets worth offering together, with what they bring and what is at stake."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import (
    BundleOptions,
    Bundles,
    Rules,
    code,
    offer_bundles,
)
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    controls,
    figures,
    how,
    in_python,
    language,
    notes,
    plain,
    run,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.baskets import sentences, subtitle
from crm_analysis.presentation.ui.baskets.tables import listing

_HIGHEST_MIN_LIFT = 10.0
_DRAWN = 10


def draw(orders: Answer[pd.DataFrame], rules: Answer[Rules]) -> None:
    """Choose what is assumed; then the bundles, as sentences, picture and table."""
    first, second, third = st.columns(3, gap="medium")
    options = controls(
        "baskets",
        BundleOptions,
        key=widget_key("baskets", "bundles"),
        high={"min_lift": _HIGHEST_MIN_LIFT},
        places={
            "take_up": first,
            "min_lift": second,
            "max_length": third,
        },
    )
    asked = run(offer_bundles, orders, rules, options)
    bundles = asked.value
    if bundles.bundles.empty:
        subtitle("baskets.bundle.none")
        return
    with starred(asked):
        _show(bundles)
    how(
        "baskets.how.bundles",
        code(
            options,
            before=[
                f"rules = crm.find_rules(orders, crm.{rules.value.options.in_python()})"
            ],
            given="rules",
            loading=in_python("transactions"),
        ),
    )


def _show(bundles: Bundles) -> None:
    table = bundles.bundles
    has_money = bool(table["at_stake"].notna().any())
    if has_money:
        _figures(bundles)
    subtitle("baskets.bundle.title")
    sentences(bundles.headlines())
    subtitle(
        f"baskets.bundle.{'money' if has_money else 'short'}_answer",
        **bundles.headlines(1)[0].details,
    )
    chart(
        pictures.bundle_money(table.head(_DRAWN), language()),
        key=widget_key("baskets", "bundle_money"),
        alt=plain("baskets.bundle.alt"),
        height=100 + (38 if has_money else 56) * min(_DRAWN, len(table)),
    )
    notes(bundles.notes)
    shown = table if has_money else table.dropna(axis=1, how="all")
    listing(shown, "bundles", whole=table)


def _figures(bundles: Bundles) -> None:
    summary = bundles.summary()
    figures(
        [
            {
                "label": "baskets.bundle.bundles",
                "value": summary["bundles"],
            },
            {
                "label": "baskets.bundle.most_at_stake",
                "value": summary["most_at_stake"],
                "style": "short",
                "help": "baskets.bundle.at_stake_help",
            },
            {
                "label": "baskets.bundle.revenue_of_best",
                "value": summary["revenue_of_best"],
                "style": "short",
            },
        ]
    )
