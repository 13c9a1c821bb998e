"""What makes a high-value customer: rules in words, and regressions beside a baseline."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import (
    DriverOptions,
    Drivers,
    Value,
    first_order_attributes,
    value_drivers,
)
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.kinds import loaded
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.session import language, plain, said, say
from crm_analysis.presentation.ui.value import legible, titled

_RULES = 5


def attributes(orders: Answer[pd.DataFrame]) -> Answer[pd.DataFrame]:
    """What is known of each customer: their first order, and the customers table where there is one."""
    first = run(first_order_attributes, orders)
    return run(_joined, first, table("customers")) if loaded("customers", "customer") else first


def _joined(first: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    own = people.drop_duplicates("customer").drop(
        columns=[name for name in first.columns if name != "customer"], errors="ignore"
    )
    return first.merge(own, on="customer", how="left")


def drivers(found: Answer[Value], orders: Answer[pd.DataFrame]) -> None:
    """What goes with high value."""
    known = attributes(orders)
    names = [str(name) for name in known.value.columns if name != "customer"]
    left, middle, right = st.columns(3, gap="large")
    targets = [
        name
        for name in ("revenue", "value", "expected_revenue", "expected_orders")
        if name in found.value.customers.columns
    ]
    options = controls(
        "value",
        DriverOptions,
        only=("target", "top", "depth", "degree", "folds"),
        choices={"target": targets},
        start=DriverOptions(target="revenue" if "revenue" in targets else "expected_orders"),
        places={"target": left, "top": middle},
    )
    with right:
        unwanted = st.multiselect(
            say("value.knob.leave_out.label"),
            names,
            format_func={
                name: pictures.attribute_name(name, language()) for name in names
            }.__getitem__,
            key="value-leave_out",
            placeholder=plain("value.drivers.nothing"),
            help=say("value.knob.leave_out.help"),
            persist_state="session",
        )
    options = replace(options, leave_out=tuple(unwanted))
    made = run(_drivers, found, known, options).value
    _draw_rules(made)
    _draw_regressions(made)


def _drivers(
    found: Value, known: pd.DataFrame, options: DriverOptions, progress: Progress = no_progress
) -> Drivers:
    return value_drivers(found.customers, known, options, progress=progress)


def _draw_rules(made: Drivers) -> None:
    tongue = language()
    answer("value.drivers.high", measure=made.target, threshold=made.threshold)
    usual = 1 - made.rules.baseline
    rules = sorted(
        (rule for rule in made.rules.for_label("high") if rule.purity > usual),
        key=lambda rule: -rule.purity * rule.count,
    )[:_RULES]
    if not rules:
        st.markdown(say("value.drivers.no_rule"))
    for rule in rules:
        told = plain(
            "value.drivers.rule",
            conditions=pictures.rule_text(rule, tongue),
            count=rule.count,
            purity=rule.purity,
            coverage=rule.coverage,
        )
        st.text(f"• {told}")
    if rules:
        st.caption(say("value.drivers.usual", share=usual))


def _draw_regressions(made: Drivers) -> None:
    best = made.models[made.models["best"]].iloc[0]
    details = {
        "model": str(best["model"]),
        "r2": max(float(best["r2"]), 0.0),
        "measure": made.target,
    }
    answer(
        "value.drivers.explained" if made.beats_baseline else "value.drivers.unexplained", **details
    )
    if made.beats_baseline and (made.effects["weight"] >= 0.005).any():
        shown = int((made.effects["weight"] >= 0.005).sum())
        chart(
            pictures.drivers(made, language()),
            key="value_drivers",
            alt=plain("value.drivers.explained", **details),
            height=130 + 40 * min(shown, 10),
        )
    st.markdown(f"##### {say('value.drivers.models')}")
    frame = made.models.assign(model=said(made.models["model"], "value.model.{}"))
    show_table(
        "value",
        legible(frame[["model", "best", "rmse", "mae", "r2"]]),
        key="value_regressions",
        styles={"r2": "number2"},
    )
    st.markdown(f"##### {say('value.drivers.coefficients')}")
    terms = made.coefficients.head(12)
    show_table(
        "value",
        legible(terms.assign(term=[_term(term, made.attributes) for term in terms["term"]])),
        key="value_coefficients",
        height=300,
    )
    st.caption(say("value.drivers.help"))
    if len(made.left_out):
        lost = made.left_out.assign(
            attribute=[
                pictures.attribute_name(name, language()) for name in made.left_out["attribute"]
            ],
            reason=said(made.left_out["reason"], "value.left_out.{}"),
        )
        with st.expander(say("value.drivers.left_out", count=len(lost))):
            show_table("value", lost, key="value_left_out")
    downloads("value_drivers", titled(made.rules.to_frame()), key="value_drivers_file")


def _term(term: str, names: tuple[str, ...]) -> str:
    """A term of the linear model: the attribute's name, with the category where it has one."""
    own = max(
        (name for name in names if term == name or term.startswith(f"{name}_")),
        key=len,
        default=term,
    )
    rest = term[len(own) + 1 :]
    rest = {
        "infrequent_sklearn": plain("value.drivers.rare"),
        "?": plain("value.drivers.unknown"),
    }.get(rest, rest)
    return pictures.attribute_name(own, language()) + (f" = {rest}" if rest else "")
