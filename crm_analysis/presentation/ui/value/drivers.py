"""What makes a high-value customer: rules in words, and regressions beside a baseline."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import (
    DriverOptions,
    Drivers,
    Value,
    customer_attributes,
    first_order_attributes,
    value_drivers,
)
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    downloads,
    language,
    loaded,
    plain,
    run,
    said,
    say,
    show_table,
    starred,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.value import customers_of, legible, titled
from crm_analysis.units import use_measure
from crm_analysis.wording import unit_of

_RULES, _EFFECTS, _TERMS = 5, 10, 12
_TARGETS = ("revenue", "value", "expected_revenue", "expected_orders")


def drivers(value: Answer[Value], orders: Answer[pd.DataFrame]) -> None:
    """What goes with high value."""
    if loaded("customers", "customer"):
        attributes = run(customer_attributes, orders, table("customers"))
    else:
        attributes = run(first_order_attributes, orders)
    asked = run(
        value_drivers,
        customers_of(value),
        attributes,
        _choose(value.value, attributes.value),
    )
    with starred(asked):
        _draw_rules(asked.value)
    _draw_regressions(asked.value)


def _choose(value: Value, attributes: pd.DataFrame) -> DriverOptions:
    left, middle, right = st.columns(3, gap="large")
    targets = [name for name in _TARGETS if name in value.customers.columns]
    options = controls(
        "value",
        DriverOptions,
        only=("target", "top", "depth", "degree", "folds"),
        choices={"target": targets},
        start=DriverOptions(
            target="revenue" if "revenue" in targets else "expected_orders"
        ),
        places={"target": left, "top": middle},
    )
    names = {
        str(name): pictures.attribute_name(str(name), language())
        for name in attributes.columns
        if name != "customer"
    }
    with right:
        unwanted = remembered(
            st.multiselect,
            say("value.knob.leave_out.label"),
            list(names),
            format_func=names.__getitem__,
            key=widget_key("value", "leave_out"),
            placeholder=plain("value.drivers.nothing"),
            help=say("value.knob.leave_out.help"),
        )
    return options.replace(leave_out=tuple(unwanted))


def _draw_rules(made: Drivers) -> None:
    use_measure(unit_of(made.target, "value.column.{}"))
    answer("value.drivers.high", measure=made.target, threshold=made.threshold)
    rules = made.best_rules(_RULES)
    if not rules:
        st.markdown(say("value.drivers.no_rule"))
        return
    for rule in rules:
        sentence = plain(
            "value.drivers.rule",
            conditions=pictures.rule_text(rule, language()),
            count=rule.count,
            purity=rule.purity,
            coverage=rule.coverage,
        )
        st.text(f"• {sentence}")
    st.caption(say("value.drivers.usual", share=made.high_share))


def _draw_regressions(made: Drivers) -> None:
    best = made.models[made.models["best"]].iloc[0]
    details = {
        "model": str(best["model"]),
        "r2": max(float(best["r2"]), 0.0),
        "measure": made.target,
    }
    key = (
        "value.drivers.explained"
        if made.beats_baseline
        else "value.drivers.unexplained"
    )
    answer(key, **details)
    strongest = made.strongest(_EFFECTS)
    if made.beats_baseline and len(strongest):
        chart(
            pictures.drivers(strongest, language()),
            key=widget_key("value", "drivers"),
            alt=plain(key, **details),
            height=130 + 40 * len(strongest),
        )
    st.markdown(f"##### {say('value.drivers.models')}")
    models = made.models.assign(model=said(made.models["model"], "value.model.{}"))
    show_table(
        "value",
        legible(models[["model", "best", "rmse", "mae", "r2"]]),
        key=widget_key("value", "regressions"),
        styles={"r2": "number2"},
    )
    st.markdown(f"##### {say('value.drivers.coefficients')}")
    terms = made.coefficients.head(_TERMS)
    show_table(
        "value",
        legible(
            terms.assign(
                term=[_term(term, made.attributes) for term in terms["term"]]
            )
        ),
        key=widget_key("value", "coefficients"),
        height=300,
    )
    st.caption(say("value.drivers.help"))
    if len(made.left_out):
        _draw_left_out(made.left_out)
    downloads(
        "value_drivers",
        titled(made.rules.to_frame()),
        key=widget_key("value", "rules"),
    )


def _draw_left_out(left_out: pd.DataFrame) -> None:
    names = [
        pictures.attribute_name(name, language()) for name in left_out["attribute"]
    ]
    reasons = said(left_out["reason"], "value.left_out.{}")
    with st.expander(say("value.drivers.left_out", count=len(left_out))):
        show_table(
            "value",
            pd.DataFrame({"attribute": names, "reason": reasons}),
            key=widget_key("value", "left_out"),
        )


def _term(term: str, names: tuple[str, ...]) -> str:
    """A term of the linear model: the attribute's name, with the category where it has one."""
    own = [name for name in names if term == name or term.startswith(f"{name}_")]
    attribute = max(own, key=len, default=term)
    category = term[len(attribute) + 1 :]
    if category == "infrequent_sklearn":
        category = plain("value.drivers.rare")
    elif category == "?":
        category = plain("value.drivers.unknown")
    name = pictures.attribute_name(attribute, language())
    return f"{name} = {category}" if category else name
