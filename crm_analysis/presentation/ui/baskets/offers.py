"""From rule to offer: the next best products of each customer with an honest test of them, and bundles with the money at stake."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import (
    BundleOptions,
    OfferOptions,
    Offers,
    RuleOptions,
    Rules,
    code,
    next_products,
    offer_bundles,
)
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui.baskets import sentences
from crm_analysis.presentation.ui.baskets.settings import shared
from crm_analysis.presentation.ui.baskets.tables import listing, whole
from crm_analysis.presentation.ui.blocks import chart, figures, how, notes
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, in_python, run
from crm_analysis.presentation.ui.session import language, plain, say

_KNOBS = (
    "offers",
    "new_only",
    "confidence",
    "max_antecedent",
    "combine",
    "max_rules",
    "time_limit",
)


def draw(orders: Answer[pd.DataFrame], options: RuleOptions) -> None:
    """What to offer whom, how good that is, and every offer to look up and download."""
    if "customer" not in orders.value.columns:
        st.info(say("baskets.no_customers.offers"), icon=":material/person_off:")
        return
    first, second, third = st.columns(3, gap="medium", vertical_alignment="center")
    chosen = controls(
        "baskets",
        OfferOptions,
        key="baskets-offers",
        only=_KNOBS,
        start=OfferOptions(**shared(options)),
        places={"offers": first, "confidence": second, "new_only": third},
    )
    found = run(next_products, orders, chosen).value
    _quality(found)
    _customers(found)
    top = found.products.iloc[0]
    st.markdown(
        f"##### {say('baskets.offered.products', product=str(top['product']), customers=int(top['customers']))}"
    )
    rows = min(10, len(found.products))
    chart(
        pictures.offered_products(found, language()),
        key="baskets_offered",
        alt=plain("baskets.offered.alt"),
        height=100 + 34 * rows,
    )
    whole("offered_products", found.products, key="baskets_offered_file")
    notes(found.notes)
    how(
        "baskets.how.offers",
        code(chosen, loading=in_python("transactions")),
        rules=found.rules,
        sure=found.sure_rules,
        support=pictures.percent(found.support),
    )


def _quality(found: Offers) -> None:
    """Whether the rules are worth it: beside best sellers and item-item cosine, on orders nobody had seen."""
    if found.quality.empty:
        return
    quality = found.quality.set_index("method")
    rules, sellers = quality.loc["rules"], quality.loc["best_sellers"]
    verdict = (
        "no_rules"
        if not found.sure_rules
        else "better"
        if rules["hit_rate_low"] > sellers["hit_rate_high"]
        else "worse"
        if rules["hit_rate_high"] < sellers["hit_rate_low"]
        else "same"
    )
    st.markdown(
        f"##### {say(f'baskets.verdict.{verdict}', rules=float(rules['hit_rate']), sellers=float(sellers['hit_rate']))}"
    )
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with left:
        chart(
            pictures.offer_quality(found, language()),
            key="baskets_quality",
            alt=plain("baskets.verdict.alt"),
            height=250,
        )
    with right:
        hit = {method: float(rate) for method, rate in quality["hit_rate"].items()}
        st.markdown(say("baskets.offers.quality", customers=int(rules["customers"]), **hit))
        named = found.quality.assign(
            method=[plain(f"baskets.method.{method}") for method in found.quality["method"]]
        )
        listing(
            named[["method", "hit_rate", "ndcg", "hit_rate_low", "hit_rate_high", "customers"]],
            key="baskets_quality_table",
        )
        whole("offer_quality", found.quality, key="baskets_quality_file")


def _customers(found: Offers) -> None:
    told = found.summary()
    said = "customers" if found.sure_rules else "no_rules"
    st.markdown(
        f"##### {say(f'baskets.offered.{said}', customers=told['customers'], share=told['from_rules'] or 0.0)}"
    )
    search = st.text_input(
        say("baskets.offered.search"), key="baskets-customer", persist_state="session", width=320
    )
    shown = found.customers
    if search.strip():
        shown = shown[
            shown["customer"].astype(str).str.contains(search.strip(), case=False, regex=False)
        ]
    reason = {name: plain(f"baskets.reason.{name}") for name in shown["reason"].unique()}
    written = shown.assign(reason=shown["reason"].map(reason))
    listing(
        written if found.sure_rules else written[["customer", "rank", "product", "reason"]],
        key="baskets_offers",
        height=420,
    )
    whole("next_best_products", found.customers, key="baskets_offers_file")


def bundles(orders: Answer[pd.DataFrame], rules: Answer[Rules]) -> None:
    """Sets worth offering together, with what they bring and what is at stake."""
    first, second, third = st.columns(3, gap="medium")
    chosen = controls(
        "baskets",
        BundleOptions,
        key="baskets-bundles",
        high={"min_lift": 10.0},
        places={"take_up": first, "min_lift": second, "max_length": third},
    )
    found = run(offer_bundles, orders, rules, chosen).value
    if found.bundles.empty:
        st.markdown(f"##### {say('baskets.bundle.none')}")
        return
    told = found.summary()
    money = told["most_at_stake"] is not None
    if money:
        figures(
            [
                {"label": "baskets.bundle.bundles", "value": told["bundles"]},
                {
                    "label": "baskets.bundle.most_at_stake",
                    "value": told["most_at_stake"],
                    "style": "short",
                    "help": "baskets.bundle.at_stake_help",
                },
                {
                    "label": "baskets.bundle.revenue_of_best",
                    "value": told["revenue_of_best"],
                    "style": "short",
                },
            ]
        )
    st.markdown(f"##### {say('baskets.bundle.title')}")
    sentences(found.headlines())
    _, details = found.headlines(1)[0]
    st.markdown(
        f"##### {say('baskets.bundle.money_answer' if money else 'baskets.bundle.short_answer', **details)}"
    )
    rows = min(10, len(found.bundles))
    chart(
        pictures.bundle_money(found, language()),
        key="baskets_bundle_money",
        alt=plain("baskets.bundle.alt"),
        height=100 + (38 if money else 56) * rows,
    )
    notes(found.notes)
    shown = found.bundles if money else found.bundles.dropna(axis=1, how="all")
    listing(shown, key="baskets_bundles", height=420)
    whole("bundles", found.bundles, key="baskets_bundles_file")
    before = [f"rules = crm.find_rules(orders, crm.{rules.value.options.in_python()})"]
    how(
        "baskets.how.bundles",
        code(chosen, before=before, given="rules", loading=in_python("transactions")),
    )
