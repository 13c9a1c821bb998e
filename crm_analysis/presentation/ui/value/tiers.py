"""Tiers: who carries the business so far, and how recent and frequent customers are."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses import value as analyses
from crm_analysis.analyses.value import TierOptions, Tiers, Value, rfm_scores
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    downloads,
    language,
    plain,
    run,
    said,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.value import customers_of, legible, titled
from crm_analysis.presentation.ui.value.scores import (
    choose_score,
    dimensions_of,
)

_STYLES = {"share": "percent", "cumulative_share": "percent"}


def tiers(value: Answer[Value], orders: Answer[pd.DataFrame]) -> None:
    """Value tiers with the service proposed for each, then recency and frequency."""
    dimensions = dimensions_of(orders)
    money = "revenue" in value.value.customers.columns
    left, right = st.columns([1, 3], gap="large")
    with left:
        options = controls(
            "value",
            TierOptions,
            choices={} if money else {"measure": ("score",)},
            start=TierOptions(measure="revenue" if money else "score"),
        )
        scores = None
        if options.measure == "score":
            scores = customers_of(choose_score(dimensions))
    made = run(analyses.tiers, customers_of(value), options, scores=scores).value
    with right:
        _draw_pareto(made)
    _draw_cards(made)
    frame = made.customers.assign(
        service=said(made.customers["service"], "value.service_short.{}")
    ).rename(columns={"value": "tier_value"})
    show_table(
        "value",
        legible(frame),
        key=widget_key("value", "tier_table"),
        styles=_STYLES,
        height=320,
    )
    downloads("value_tiers", titled(frame), key=widget_key("value", "tiers"))
    _draw_rfm(dimensions)


def _sentence(made: Tiers, tier: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a tier brings, key and details."""
    key = (
        "value.tier.sentence_score"
        if made.measure == "score"
        else "value.tier.sentence"
    )
    return key, {
        "customers": int(tier["customers"]),
        "share": float(tier["customers_share"]),
        "value_share": float(tier["value_share"]),
        "measure": made.measure,
    }


def _draw_pareto(made: Tiers) -> None:
    key, details = _sentence(made, made.tiers.iloc[0].to_dict())
    answer(key, **details)
    chart(
        pictures.pareto(made, language()),
        key=widget_key("value", "pareto"),
        alt=plain(key, **details),
        height=400,
    )
    st.caption(
        say(
            "value.tier.gini",
            gini=made.gini,
            top=made.summary()["top_20_share"],
        )
    )


def _draw_cards(made: Tiers) -> None:
    """A card a tier: who they are, and how to serve them."""
    grid = st.grid(3, min_column_width=220)
    leaving = made.customers.loc[made.customers["service"] == "win_back", "tier"]
    for row in made.tiers.to_dict("records"):
        if not row["customers"]:
            continue
        key, details = _sentence(made, row)
        service = row["service"]
        win_back = int((leaving == row["tier"]).sum())
        with grid.container(border=True, height="stretch"):
            st.markdown(f"##### {say('value.picture.tier', tier=row['tier'])}")
            st.markdown(say(key, **details))
            st.markdown(f":material/arrow_forward: {say(f'value.service.{service}')}")
            if win_back:
                st.markdown(
                    f":material/undo: {say('value.tier.win_back', count=win_back)}"
                )


def _draw_rfm(dimensions: Answer[pd.DataFrame]) -> None:
    scored = run(rfm_scores, dimensions).value
    best = scored[[name for name in "rfm" if name in scored.columns]].eq(5).all(axis=1)
    quiet = (scored["f"] >= 4) & (scored["r"] <= 2)
    details = {"best": int(best.sum()), "quiet": int(quiet.sum())}
    answer("value.rfm.sentence", **details)
    chart(
        pictures.rfm_heat(scored, language()),
        key=widget_key("value", "rfm_heat"),
        alt=plain("value.rfm.sentence", **details),
        height=380,
    )
    st.caption(say("value.rfm.help"))
    downloads("rfm", titled(scored), key=widget_key("value", "rfm"))
