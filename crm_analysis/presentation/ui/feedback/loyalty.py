"""How content and how loyal each customer is, and what loyalty is made of."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.feedback import LoyaltyOptions, customer_satisfaction
from crm_analysis.presentation.ui import (
    controls,
    figures,
    headed,
    plain,
    run,
    say,
    starred,
)
from crm_analysis.presentation.ui.feedback import Source, listing, remarks
from crm_analysis.presentation.ui.satisfaction import loyalty_options

_WEIGHTS = (
    *("weight_repeat_rate", "weight_months_active"),
    *("weight_tenure", "weight_recommends"),
)


def draw(source: Source) -> None:
    """Both measures, the four parts with their weights to change, and each customer."""
    if "customer" not in source.comments.value.columns:
        return
    usual = loyalty_options()
    title = st.container()
    places = dict(
        zip(_WEIGHTS, st.columns(len(_WEIGHTS), gap="medium"), strict=True)
    )
    weights = controls("feedback", LoyaltyOptions, only=_WEIGHTS, places=places)
    options = usual.replace(**{name: getattr(weights, name) for name in _WEIGHTS})
    asked = run(
        customer_satisfaction,
        source.comments,
        source.orders,
        options,
        source.customers,
    )
    result = asked.value
    summary = result.summary()
    if summary["satisfaction"] is None:
        return
    key = "title" if summary["loyalty"] is not None else "only"
    details = {name: summary[name] for name in ("satisfaction", "loyalty")}
    with title:
        with starred(asked):
            headed(f"##### {say(f'feedback.scores.loyal.{key}', **details)}")
        st.caption(say("feedback.scores.loyal.help"))
        figures(_items(summary))
    remarks(result.notes)
    named = [plain(f"feedback.column.{part}") for part in result.parts["part"]]
    listing(result.parts.assign(part=named), "parts", shares=("weight", "mean"))
    with st.expander(say("feedback.scores.loyal.each")):
        listing(
            result.customers.dropna(axis=1, how="all"),
            "loyalty",
            shares=("repeat_rate", "months_active", "tenure", "recommends"),
            height=320,
        )


def _items(summary: dict[str, float | None]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {
            "label": f"feedback.figure.{name}",
            "value": summary[name],
            "style": "number1",
            "help": f"feedback.figure_help.{name}",
        }
        for name in ("satisfaction", "loyalty")
        if summary[name] is not None
    ]
    items.append(
        {
            "label": "feedback.figure.reliability",
            "value": summary["reliability"],
            "style": "percent",
        }
    )
    return items
