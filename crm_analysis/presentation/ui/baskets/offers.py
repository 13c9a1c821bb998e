"""From rule to offer: the next best products of each customer, with an honest test of them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import (
    OfferOptions,
    Offers,
    RuleOptions,
    code,
    next_products,
)
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    controls,
    how,
    in_python,
    language,
    notes,
    plain,
    run,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.baskets import subtitle
from crm_analysis.presentation.ui.baskets.settings import shared
from crm_analysis.presentation.ui.baskets.tables import file_of, listing
from crm_analysis.presentation.ui.groups import GroupsLine

_KNOBS = (
    "offers",
    "new_only",
    "confidence",
    "max_antecedent",
    "combine",
    "max_rules",
    "time_limit",
)
_DRAWN = 10


def draw(orders: Answer[pd.DataFrame], options: RuleOptions) -> None:
    """What to offer whom, how good that is, and every offer to look up and download."""
    if "customer" not in orders.value.columns:
        st.info(
            say("baskets.no_customers.offers"),
            icon=":material/person_off:",
        )
        return
    first, second, third = st.columns(3, gap="medium", vertical_alignment="center")
    chosen = controls(
        "baskets",
        OfferOptions,
        key=widget_key("baskets", "offers"),
        only=_KNOBS,
        start=OfferOptions(**shared(options)),
        places={
            "offers": first,
            "confidence": second,
            "new_only": third,
        },
    )
    asked = run(next_products, orders, chosen)
    offers = asked.value
    _quality(offers)
    groups = GroupsLine()
    _customers(offers)
    with starred(asked):
        _products(offers.products)
    notes(offers.notes)
    how(
        "baskets.how.offers",
        code(chosen, loading=in_python("transactions")),
        rules=offers.rules,
        sure=offers.sure_rules,
        support=pictures.percent(offers.support),
    )
    groups.say_overlap(offers.customers["customer"])


def _products(products: pd.DataFrame) -> None:
    top, drawn = products.iloc[0], products.head(_DRAWN)
    subtitle(
        "baskets.offered.products",
        product=str(top["product"]),
        customers=int(top["customers"]),
    )
    chart(
        pictures.offered_products(drawn, language()),
        key=widget_key("baskets", "offered"),
        alt=plain("baskets.offered.alt"),
        height=100 + 34 * len(drawn),
    )
    file_of(products, "offered_products")


def _quality(offers: Offers) -> None:
    quality = offers.quality
    if quality.empty:
        return
    rates = {
        method: float(rate)
        for method, rate in zip(quality["method"], quality["hit_rate"], strict=True)
    }
    subtitle(
        f"baskets.verdict.{offers.verdict}",
        rules=rates["rules"],
        sellers=rates["best_sellers"],
    )
    picture, table = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        chart(
            pictures.offer_quality(quality, language()),
            key=widget_key("baskets", "quality"),
            alt=plain("baskets.verdict.alt"),
            height=250,
        )
    with table:
        st.markdown(
            say(
                "baskets.offers.quality",
                customers=int(quality["customers"].iloc[0]),
                **rates,
            )
        )
        shown = quality.assign(
            method=[
                plain(f"baskets.method.{method}") for method in quality["method"]
            ]
        )
        listing(
            shown[
                [
                    "method",
                    "hit_rate",
                    "ndcg",
                    "hit_rate_low",
                    "hit_rate_high",
                    "customers",
                ]
            ],
            "offer_quality",
            whole=quality,
        )


def _customers(offers: Offers) -> None:
    summary = offers.summary()
    subtitle(
        "baskets.offered.customers"
        if offers.sure_rules
        else "baskets.offered.no_rules",
        customers=summary["customers"],
        share=summary["from_rules"] or 0.0,
    )
    search = st.text_input(
        say("baskets.offered.search"),
        key=widget_key("baskets", "customer"),
        persist_state="session",
        width=320,
    )
    shown = offers.customers
    wanted = search.strip()
    if wanted:
        shown = shown[
            shown["customer"]
            .astype(str)
            .str.contains(wanted, case=False, regex=False)
        ]
    reasons = {
        name: plain(f"baskets.reason.{name}") for name in shown["reason"].unique()
    }
    shown = shown.assign(reason=shown["reason"].map(reasons))
    if not offers.sure_rules:
        shown = shown[["customer", "rank", "product", "reason"]]
    listing(shown, "next_best_products", whole=offers.customers)
