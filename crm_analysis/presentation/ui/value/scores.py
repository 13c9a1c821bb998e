"""Scores: several dimensions of customers with weights a person sets, or is helped to set."""

from __future__ import annotations

import itertools

import pandas as pd
import streamlit as st

from crm_analysis.analyses import value as analyses
from crm_analysis.analyses.value import (
    PairwiseWeights,
    ScoreOptions,
    Scores,
    customer_dimensions,
    known_dimensions,
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
    say,
    show_table,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.value import legible, titled

# Saaty's scale; below zero the second of the pair matters more.
_TIMES = (-9, -7, -5, -3, 1, 3, 5, 7, 9)
_FEW = 4  # dimensions of which every pair is compared


def dimensions_of(orders: Answer[pd.DataFrame]) -> Answer[pd.DataFrame]:
    """What is known of each customer; of contacts too, where they are loaded and name customers."""
    if loaded("contacts", "customer"):
        return run(customer_dimensions, orders, table("contacts"))
    return run(customer_dimensions, orders)


def scores(orders: Answer[pd.DataFrame]) -> None:
    """What counts how much, and who comes out on top."""
    dimensions = dimensions_of(orders)
    left, right = st.columns([1, 2], gap="large")
    with left:
        made = choose_score(dimensions).value
    with right:
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
    raw = made.customers.drop(columns=[f"{name}_score" for name in names])
    downloads("customer_scores", titled(raw), key=widget_key("value", "scores"))


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
    """How many times the first matters as much as the second, as a slider."""
    one, other = (pictures.dimension_name(name, language()) for name in (first, second))
    texts = {1: plain("value.pairs.equal")}
    for times in _TIMES:
        if times != 1:
            heavier = one if times > 0 else other
            texts[times] = plain(
                "value.pairs.more", dimension=heavier, times=abs(times)
            )
    return st.select_slider(
        say("value.pairs.label", one=one, other=other),
        _TIMES,
        value=1,
        format_func=texts.__getitem__,
        key=widget_key("value", "pair", first, second),
        persist_state="session",
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
    one, other = (pictures.dimension_name(name, language()) for name in (first, second))
    sentence = say(
        "value.pairs.inconsistent",
        ratio=ratio,
        one=one,
        other=other,
        times=times,
    )
    st.markdown(f":material/warning: {sentence}")
