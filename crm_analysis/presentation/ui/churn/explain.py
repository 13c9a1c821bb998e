"""Why: what the model goes by, how risk moves with it, a tree to follow, one customer's card."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from crm_analysis.analyses.churn import Churn, effect, importance, readable_tree
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import churn as pictures, trees
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    downloads,
    language,
    plain,
    run,
    say,
    show_table,
    starred,
    switch,
    together,
    widget_key,
)
from crm_analysis.presentation.ui.churn.at_risk import draw_card
from crm_analysis.presentation.ui.churn.settings import Prediction
from crm_analysis.presentation.ui.churn.words import (
    legible,
    named_features,
    titled,
)
from crm_analysis.presentation.ui.remembered import remembered

_OFFERED = 300  # customers to choose from; any other can be typed


def draw(prediction: Prediction) -> None:
    """For all customers, then for one."""
    _draw_importance(prediction.churn)
    _draw_tree(prediction.churn)
    _draw_card(prediction)


def _draw_importance(churn: Answer[Churn]) -> None:
    weighed = run(importance, churn)
    # One order for words and picture.
    table = sentences.surest_first(weighed.value)
    from_orders = pictures.is_from_orders(churn.value)
    leading = sentences.leading_features(table, language(), from_orders)
    with starred(together(churn, weighed), "Churn.features"):
        answer(leading.key, **leading.details)
    left, right = st.columns(2, gap="large")
    with left:
        chart(
            pictures.importance(table, language(), from_orders),
            key=widget_key("churn", "importance"),
            alt=plain("churn.explain.importance"),
            height=120 + 40 * min(12, len(table)),
        )
        st.caption(say("churn.explain.importance"))
    with right:
        names = dict(
            zip(
                table["feature"],
                named_features(table["feature"], from_orders),
                strict=True,
            )
        )
        feature = remembered(
            st.selectbox,
            say("churn.explain.effect_of"),
            list(names),
            format_func=names.__getitem__,
            key=widget_key("churn", "effect"),
        )
        method: Literal["partial", "local"] = switch(
            "churn.explain.method",
            ["partial", "local"],
            "churn.explain.method_{}",
            key=widget_key("churn", "effect_method"),
            quiet=True,
        )
        moved = run(effect, churn, feature, method=method).value
        chart(
            pictures.effect(moved, feature, language(), from_orders),
            key=widget_key("churn", "effect", feature),
            alt=plain("explain.effect", feature=names[feature]),
            height=340,
        )
        st.caption(say("churn.explain.effect", feature=names[feature]))


def _draw_tree(churn: Answer[Churn]) -> None:
    st.markdown(f"##### {say('churn.explain.tree')}")
    depth = remembered(
        st.slider,
        say("churn.knob.depth.label"),
        1,
        4,
        3,
        key=widget_key("churn", "depth"),
    )
    tree = run(readable_tree, churn, depth=depth).value
    scales, from_orders = (
        pictures.scales_of(churn.value),
        pictures.is_from_orders(churn.value),
    )
    leaves = int(tree.nodes["leaf"].sum())
    ink = str(st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor"))
    chart(
        trees.tree(tree.nodes, language(), scales, from_orders, ink),
        key=widget_key("churn", "tree"),
        alt=plain("churn.explain.tree"),
        height=110 + 82 * leaves,
    )
    if tree.auc is not None:
        st.caption(
            say(
                "churn.explain.tree_auc",
                auc=tree.auc,
                model_auc=churn.value.figures["auc"],
            )
        )
    rules = trees.rules(tree.rules, language(), scales, from_orders)
    show_table(
        "churn",
        legible(rules),
        key=widget_key("churn", "rules"),
        styles={"rate": "percent", "share": "percent"},
    )
    downloads("churn_rules", titled(rules), key=widget_key("churn", "rules_file"))


def _draw_card(prediction: Prediction) -> None:
    people = prediction.people.value.sort_values(
        ["actionable", "risk"], ascending=False, kind="stable"
    )["customer"].astype(str)
    st.markdown(f"##### {say('churn.explain.one')}")
    customer = st.selectbox(
        say("churn.explain.customer"),
        people.head(_OFFERED).tolist(),
        key=widget_key("churn", "customer"),
        accept_new_options=True,
        help=say("churn.explain.customer_help", count=_OFFERED),
        persist_state="session",
    )
    if customer is not None:
        customers = prediction.people.value["customer"]
        same = customers[customers.astype(str) == customer.strip()]
        draw_card(
            prediction, same.iloc[0] if len(same) else customer, tab="explain"
        )
