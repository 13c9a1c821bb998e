"""Contracts: how long they will last and what they will bring, from a table of customers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.value import (
    ContractOptions,
    Contracts,
    contracts_code,
    estimate_contracts,
)
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    downloads,
    figures,
    how,
    in_python,
    language,
    plain,
    run,
    say,
    show_table,
    starred,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.value import legible, titled

_KNOBS = ("tenure", "payment", "horizon", "margin")


def contracts(alone: bool = True) -> None:
    """The settings, what today's contracts are worth, and how well the model tells who renews."""
    people = table("customers")
    columns = [
        str(name)
        for name in people.value.columns
        if name not in ("customer", "churned")
    ]
    options = controls(
        "value",
        ContractOptions,
        only=(*_KNOBS, "discount", "periods_a_year"),
        choices={"tenure": columns, "payment": columns},
        places=dict(zip(_KNOBS, st.columns(4, gap="medium"), strict=True)),
    )
    asked = run(estimate_contracts, people, options)
    made = asked.value
    with starred(asked):
        _draw_headline(made)
    if len(made.curve) > 2:
        _draw_curve(asked)
    frame = made.customers.sort_values(
        made.worth, ascending=False, kind="stable", ignore_index=True
    )
    show_table(
        "value",
        legible(frame),
        key=widget_key("value", "contract_table"),
        styles={"expected_renewals": "number2"},
        height=360,
    )
    downloads("contract_value", titled(frame), key=widget_key("value", "contracts"))
    if alone:
        how(
            "value.how.contracts",
            contracts_code(options, loading=in_python("customers")),
        )
    else:  # the page ends with how the orders were valued
        st.caption(say("value.how.contracts"))


def _draw_headline(made: Contracts) -> None:
    total = made.summary()
    base = {name: total[name] for name in ("horizon", "churned", "customers")}
    if total["equity"] is None:
        answer(
            "value.contracts.renewals",
            renewals=total["expected_renewals"],
            **base,
        )
    else:
        answer("value.contracts.sentence", equity=total["equity"], **base)
    running = float((~made.customers["churned"]).sum())
    items: list[dict[str, Any]] = [
        {"label": "value.figure.contracts", "value": total["customers"]},
        {"label": "value.figure.running", "value": running},
        {"label": "value.figure.renewals", "value": total["expected_renewals"]},
    ]
    if made.error is not None:
        items.append(
            {
                "label": "value.figure.retention_error",
                "value": made.error,
                "style": "percent1",
                "help": "value.figure_help.retention_error",
            }
        )
    figures(items)


def _draw_curve(asked: Answer[Contracts]) -> None:
    made = asked.value
    renewed = sentences.renewal(made)
    with starred(asked, "Contracts.renewal"):
        answer(renewed.key, **renewed.details)
    chart(
        pictures.contract_curve(made, language()),
        key=widget_key("value", "contract_curve"),
        alt=plain("value.contracts.alt"),
        height=380,
    )
    if made.error is not None:
        st.caption(say("value.contracts.fit_ok", retention_error=made.error))
