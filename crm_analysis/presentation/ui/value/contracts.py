"""Contracts: how long they will last and what they will bring, from a table of customers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.value import ContractOptions, code, estimate_contracts
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, figures, how, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import in_python, run, table
from crm_analysis.presentation.ui.session import language, plain, say
from crm_analysis.presentation.ui.value import legible, titled

_KNOBS = ("tenure", "payment", "horizon", "margin")


def contracts(alone: bool = True) -> None:
    """The settings, what the contracts of today are worth, and how well the model tells who renews."""
    people = table("customers")
    columns = [str(name) for name in people.value.columns if name not in ("customer", "churned")]
    options = controls(
        "value",
        ContractOptions,
        key="value-contracts",
        only=(*_KNOBS, "discount", "periods_a_year"),
        choices={"tenure": columns, "payment": columns},
        places=dict(zip(_KNOBS, st.columns(4, gap="medium"), strict=True)),
    )
    found = run(estimate_contracts, people, options).value
    told = found.summary()
    if told["equity"] is None:
        details = {
            "renewals": told["expected_renewals"],
            "horizon": found.horizon,
            "churned": told["churned"],
            "customers": told["customers"],
        }
        answer("value.contracts.renewals", **details)
    else:
        answer(
            "value.contracts.sentence",
            equity=told["equity"],
            horizon=found.horizon,
            churned=told["churned"],
            customers=told["customers"],
        )
    items: list[dict[str, Any]] = [
        {"label": "value.figure.contracts", "value": told["customers"]},
        {
            "label": "value.figure.running",
            "value": (told["customers"] or 0.0) - (told["churned"] or 0.0),
        },
        {"label": "value.figure.renewals", "value": told["expected_renewals"]},
    ]
    if told["retention_error"] is not None:
        items.append(
            {
                "label": "value.figure.retention_error",
                "value": told["retention_error"],
                "style": "percent1",
                "help": "value.figure_help.retention_error",
            }
        )
    figures(items)
    curve = found.curve
    if len(curve) > 2:
        seen = curve[curve["at_risk"] >= 30]
        last = seen.iloc[-1] if len(seen) > 2 else curve.iloc[-1]
        early, late = float(curve["retention"].iloc[0]), float(last["retention"])
        answer(
            "value.contracts.longer" if late > early + 0.005 else "value.contracts.level",
            early=early,
            late=late,
            period=int(last["period"]),
        )
        chart(
            pictures.contract_curve(found, language()),
            key="value_contract_curve",
            alt=plain("value.contracts.alt"),
            height=380,
        )
        if found.error is not None:
            st.caption(say("value.contracts.fit_ok", retention_error=found.error))
    worth = "value" if "value" in found.customers.columns else "expected_renewals"
    people_shown = found.customers.sort_values(
        worth, ascending=False, kind="stable", ignore_index=True
    )
    show_table(
        "value",
        legible(people_shown),
        key="value_contract_table",
        styles={"expected_renewals": "number2"},
        height=360,
    )
    downloads("contract_value", titled(people_shown), key="value_contract_file")
    if not alone:  # the page ends with how the orders were valued
        st.caption(say("value.how.contracts"))
        return
    how("value.how.contracts", code(options, loading=in_python("customers")))
