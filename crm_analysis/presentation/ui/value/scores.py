"""Scores, with weights a person sets or is helped to set; tiers of who carries the business."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses import value as analyses
from crm_analysis.analyses.value import (
    PairwiseWeights,
    ScoreOptions,
    Scores,
    TierOptions,
    Tiers,
    Value,
    customer_dimensions,
    known_dimensions,
    rfm_scores,
)
from crm_analysis.presentation import sentences
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
from crm_analysis.presentation.ui.doors import doors
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.satisfaction import satisfaction_measures
from crm_analysis.presentation.ui.value import customers_of, legible, titled
from crm_analysis.units import use_measure
from crm_analysis.wording import unit_of

# Saaty's scale; below zero the second of the pair matters more.
_TIMES = (-9, -7, -5, -3, 1, 3, 5, 7, 9)
_FEW = 4  # dimensions of which every pair is compared


def dimensions_of(orders: Answer[pd.DataFrame]) -> Answer[pd.DataFrame]:
    """What is known of each customer; of contacts and comments too, where they name customers."""
    contacts = table("contacts") if loaded("contacts", "customer") else None
    satisfaction = satisfaction_measures()
    if satisfaction is not None:
        return run(customer_dimensions, orders, contacts, satisfaction=satisfaction)
    if contacts is not None:
        return run(customer_dimensions, orders, contacts)
    return run(customer_dimensions, orders)


def scores(orders: Answer[pd.DataFrame]) -> None:
    """What counts how much, and who comes out on top."""
    dimensions = dimensions_of(orders)
    left, right = st.columns([1, 2], gap="large")
    with left:
        asked = choose_score(dimensions)
        made = asked.value
    with right, starred(asked):
        _draw_weights(made)
    names = list(made.weights["dimension"])
    frame = made.customers[["customer", "score", "rank", *names]]
    show_table(
        "value",
        legible(frame.rename(columns={"frequency": "orders"})),
        key=widget_key("value", "score_table"),
        styles={"score": "number1"},
        height=360,
    )
    downloads(
        "customer_scores",
        titled(made.customers.drop(columns=[f"{name}_score" for name in names])),
        key=widget_key("value", "scores"),
    )


def choose_score(dimensions: Answer[pd.DataFrame]) -> Answer[Scores]:
    """The score by the weights chosen; the same widgets wherever it is asked for."""
    names = known_dimensions(dimensions.value)
    method = controls("value", ScoreOptions, only=("method",)).method
    options = ScoreOptions(method=method)
    if method == "pairs":
        options = options.replace(pairs=_compare(names))
    elif method == "weights":
        options = controls(
            "value", ScoreOptions, only=[f"weight_{name}" for name in names]
        )
    return run(analyses.scores, dimensions, options)


def _draw_weights(made: Scores) -> None:
    weights = made.weights.set_index("dimension")
    heaviest, telling = (
        weights["weight"].idxmax(),
        weights["entropy_weight"].idxmax(),
    )
    details = {
        "heaviest": str(heaviest),
        "weight": float(weights["weight"][heaviest]),
        "telling": str(telling),
        "entropy": float(weights["entropy_weight"][telling]),
    }
    answer("value.score.sentence", **details)
    chart(
        pictures.weights(made, language()),
        key=widget_key("value", "weights"),
        alt=plain("value.score.sentence", **details),
        height=120 + 62 * len(weights),
    )
    if made.pairwise is not None:
        _draw_consistency(made.pairwise)


def _compare(names: list[str]) -> tuple[str, ...]:
    """Two by two, which matters more (Saaty's scale).

    Every pair of up to four dimensions, else each with the next and the first.
    """
    pairs = list(itertools.combinations(names, 2))
    if len(names) > _FEW:
        pairs = [
            *itertools.pairwise(names),
            *((names[0], other) for other in names[2:]),
        ]
    comparisons = []
    for first, second in pairs:
        times = _choose_times(first, second)
        comparisons.append(f"{first}:{second}:{times if times > 0 else 1 / -times}")
    return tuple(comparisons)


def _choose_times(first: str, second: str) -> int:
    one, other = (
        pictures.dimension_name(name, language()) for name in (first, second)
    )
    texts = {1: plain("value.pairs.equal")}
    for times in _TIMES:
        if times != 1:
            heavier = one if times > 0 else other
            texts[times] = plain(
                "value.pairs.more", dimension=heavier, times=abs(times)
            )
    return remembered(
        st.select_slider,
        say("value.pairs.label", one=one, other=other),
        _TIMES,
        value=1,
        format_func=texts.__getitem__,
        key=widget_key("value", "pair", first, second),
    )


def _draw_consistency(pairwise: PairwiseWeights) -> None:
    ratio = pairwise.consistency_ratio
    if pairwise.consistent or pairwise.worst is None:
        st.markdown(
            f":material/check_circle: {say('value.pairs.consistent', ratio=ratio)}"
        )
        return
    first, second, times = pairwise.worst
    if times < 1:
        first, second, times = second, first, 1 / times
    one, other = (
        pictures.dimension_name(name, language()) for name in (first, second)
    )
    sentence = say(
        "value.pairs.inconsistent",
        ratio=ratio,
        one=one,
        other=other,
        times=times,
    )
    st.markdown(f":material/warning: {sentence}")


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
    asked = run(analyses.tiers, customers_of(value), options, scores=scores)
    made = asked.value
    use_measure(unit_of(options.measure, "value.column.{}"))
    with right, starred(asked):
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
    grid = st.grid(3, min_column_width=220)
    leaving, first = (
        made.customers.loc[made.customers["service"] == name, "tier"]
        for name in ("win_back", "personal")
    )
    for row in made.tiers.to_dict("records"):
        if not row["customers"]:
            continue
        key, details = _sentence(made, row)
        service = row["service"]
        win_back = int((leaving == row["tier"]).sum())
        personal = int((first == row["tier"]).sum())
        with grid.container(border=True, height="stretch"):
            st.markdown(f"##### {say('value.picture.tier', tier=row['tier'])}")
            st.markdown(say(key, **details))
            st.markdown(
                f":material/arrow_forward: {say(f'value.service.{service}')}"
            )
            if personal:
                st.markdown(
                    f":material/star: {say('value.tier.personal', count=personal)}"
                )
            if win_back:
                st.markdown(
                    f":material/undo: {say('value.tier.win_back', count=win_back)}"
                )
            _draw_onward(made, row["tier"])


def _draw_onward(made: Tiers, tier: str) -> None:
    """What can be done with the customers of a tier."""
    people = made.customers[made.customers["tier"] == tier]
    key = widget_key("value", "tier", tier)
    with st.popover(say("frame.doors.title"), icon=":material/more_horiz:"):
        downloads(f"value_tier_{tier}", titled(people), key=f"{key}.file")
        doors(plain("value.picture.tier", tier=tier), people["customer"], key=key)


def _draw_rfm(dimensions: Answer[pd.DataFrame]) -> None:
    asked = run(rfm_scores, dimensions)
    scored, said_of = asked.value, sentences.best_and_quiet(asked.value)
    with starred(asked, "Scores.rfm"):
        answer(said_of.key, **said_of.details)
    chart(
        pictures.rfm_heat(scored, language()),
        key=widget_key("value", "rfm_heat"),
        alt=plain(said_of.key, **said_of.details),
        height=380,
    )
    st.caption(say("value.rfm.help"))
    downloads("rfm", titled(scored), key=widget_key("value", "rfm"))
