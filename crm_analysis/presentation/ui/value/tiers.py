"""History: who carries the business so far, how recent and frequent they are, and a score with weights a person sets."""

from __future__ import annotations

import itertools

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import (
    ScoreOptions,
    Scores,
    TierOptions,
    Tiers,
    Value,
    customer_dimensions,
    rfm_scores,
    scores,
    tiers,
)
from crm_analysis.analyses.value.scores import DIMENSIONS
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.kinds import loaded
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.session import language, plain, said, say
from crm_analysis.presentation.ui.value import legible, titled

_TIMES = (
    -9,
    -7,
    -5,
    -3,
    1,
    3,
    5,
    7,
    9,
)  # Saaty's scale; below zero the second of the pair matters more
_SHARES = {"share": "percent", "cumulative_share": "percent"}


def dimensions(orders: Answer[pd.DataFrame]) -> Answer[pd.DataFrame]:
    """What is known of each customer: revenue, frequency …; of contacts too, where they are loaded and name customers."""
    return (
        run(customer_dimensions, orders, table("contacts"))
        if loaded("contacts", "customer")
        else run(customer_dimensions, orders)
    )


def history(found: Answer[Value], orders: Answer[pd.DataFrame]) -> None:
    """Value tiers with the service proposed for each, then recency and frequency."""
    known = dimensions(orders)
    money = "revenue" in found.value.customers.columns
    left, right = st.columns([1, 3], gap="large")
    with left:
        options = controls(
            "value",
            TierOptions,
            choices={} if money else {"measure": ("score",)},
            start=TierOptions(measure="revenue" if money else "score"),
        )
        scored = _score(known) if options.measure == "score" else None
    made = (
        run(_tiers, found, options, scored).value if scored else run(_tiers, found, options).value
    )
    with right:
        a = made.tiers.iloc[0]
        details = {
            "customers": int(a["customers"]),
            "share": float(a["customers_share"]),
            "value_share": float(a["value_share"]),
            "measure": made.measure,
        }
        answer(_sentence(made), **details)
        chart(
            pictures.pareto(made, language()),
            key="value_pareto",
            alt=plain(_sentence(made), **details),
            height=400,
        )
        st.caption(say("value.tier.gini", gini=made.gini, top=made.summary()["top_20_share"]))
    _cards(made)
    frame = made.customers.assign(
        service=said(made.customers["service"], "value.service_short.{}")
    ).rename(columns={"value": "tier_value"})
    show_table("value", legible(frame), key="value_tiers", styles=_SHARES, height=320)
    downloads("value_tiers", titled(frame), key="value_tiers_file")
    _draw_rfm(known)


def _tiers(found: Value, options: TierOptions, scored: Scores | None = None) -> Tiers:
    people = found.customers[
        [
            "customer",
            *(name for name in ("revenue", "value", "alive") if name in found.customers.columns),
        ]
    ]
    return tiers(
        people
        if scored is None
        else people.merge(scored.customers[["customer", "score"]], on="customer"),
        options,
    )


def _sentence(made: Tiers) -> str:
    return "value.tier.sentence_score" if made.measure == "score" else "value.tier.sentence"


def _cards(made: Tiers) -> None:
    """A card a tier: who they are, and how to serve them."""
    grid = st.grid(3, min_column_width=220)
    for row in made.tiers.to_dict("records"):
        if not row["customers"]:
            continue
        win_back = int(
            (
                made.customers.loc[made.customers["tier"] == row["tier"], "service"] == "win_back"
            ).sum()
        )
        with grid.container(border=True, height="stretch"):
            st.markdown(f"##### {say('value.picture.tier', tier=row['tier'])}")
            st.markdown(
                say(
                    _sentence(made),
                    customers=int(row["customers"]),
                    share=float(row["customers_share"]),
                    value_share=float(row["value_share"]),
                    measure=made.measure,
                )
            )
            st.markdown(f":material/arrow_forward: {say('value.service.' + row['service'])}")
            if win_back:
                st.markdown(f":material/undo: {say('value.tier.win_back', count=win_back)}")


def _draw_rfm(known: Answer[pd.DataFrame]) -> None:
    """How recent and how frequent customers are."""
    scored = run(rfm_scores, known).value
    best = scored[[name for name in "rfm" if name in scored.columns]].eq(5).all(axis=1)
    details = {
        "best": int(best.sum()),
        "quiet": int(((scored["f"] >= 4) & (scored["r"] <= 2)).sum()),
    }
    answer("value.rfm.sentence", **details)
    chart(
        pictures.rfm_heat(scored, language()),
        key="value_rfm",
        alt=plain("value.rfm.sentence", **details),
        height=380,
    )
    st.caption(say("value.rfm.help"))
    downloads("rfm", titled(scored), key="value_rfm_file")


def score(orders: Answer[pd.DataFrame]) -> None:
    """A score of several dimensions: what counts how much, and who comes out on top."""
    known = dimensions(orders)
    left, right = st.columns([1, 2], gap="large")
    with left:
        found = _score(known).value
    heaviest = found.weights.loc[found.weights["weight"].idxmax()]
    telling = found.weights.loc[found.weights["entropy_weight"].idxmax()]
    details = {
        "heaviest": str(heaviest["dimension"]),
        "weight": float(heaviest["weight"]),
        "telling": str(telling["dimension"]),
        "entropy": float(telling["entropy_weight"]),
    }
    with right:
        answer("value.score.sentence", **details)
        chart(
            pictures.weights(found, language()),
            key="value_weights",
            alt=plain("value.score.sentence", **details),
            height=120 + 62 * len(found.weights),
        )
        if found.pairwise is not None:
            _draw_consistency(found)
    dimensions_known = [str(name) for name in found.weights["dimension"]]
    frame = found.customers[["customer", "score", "rank", *dimensions_known]]
    show_table(
        "value",
        legible(frame.rename(columns={"frequency": "orders"})),
        key="value_scores",
        styles={"score": "number1"},
        height=360,
    )
    downloads(
        "customer_scores",
        titled(found.customers.drop(columns=[f"{name}_score" for name in dimensions_known])),
        key="value_scores_file",
    )


def _score(known: Answer[pd.DataFrame]) -> Answer[Scores]:
    """The score by the weights chosen; the same widgets wherever it is asked for."""
    names = [
        name
        for name in DIMENSIONS
        if name in known.value.columns and known.value[name].notna().any()
    ]
    method = controls("value", ScoreOptions, only=("method",)).method
    if method == "pairs":
        options = ScoreOptions(method="pairs", pairs=_compare(names))
    elif method == "weights":
        options = controls("value", ScoreOptions, only=[f"weight_{name}" for name in names])
    else:
        options = ScoreOptions(method=method)
    return run(scores, known, options)


def _compare(names: list[str]) -> tuple[str, ...]:
    """Two by two, which matters more (Saaty's scale): every pair of up to four dimensions, else each with the next and the first."""
    pairs = list(itertools.combinations(names, 2))
    if len(names) > 4:
        pairs = [*itertools.pairwise(names), *((names[0], other) for other in names[2:])]
    made = []
    for one, other in pairs:
        texts = {
            times: plain("value.pairs.equal")
            if times == 1
            else plain(
                "value.pairs.more",
                dimension=pictures.dimension_name(one if times > 0 else other, language()),
                times=abs(times),
            )
            for times in _TIMES
        }
        times = st.select_slider(
            say(
                "value.pairs.label",
                one=pictures.dimension_name(one, language()),
                other=pictures.dimension_name(other, language()),
            ),
            _TIMES,
            value=1,
            format_func=texts.__getitem__,
            key=f"value-pair-{one}-{other}",
            persist_state="session",
        )
        made.append(f"{one}:{other}:{times if times > 0 else 1 / -times}")
    return tuple(made)


def _draw_consistency(found: Scores) -> None:
    pairwise = found.pairwise
    if pairwise is None:
        return
    if pairwise.consistent or pairwise.worst is None:
        st.markdown(
            f":material/check_circle: {say('value.pairs.consistent', ratio=pairwise.consistency_ratio)}"
        )
        return
    one, other, times = pairwise.worst
    if times < 1:
        one, other, times = other, one, 1 / times
    one, other = (pictures.dimension_name(name, language()) for name in (one, other))
    told = say(
        "value.pairs.inconsistent",
        ratio=pairwise.consistency_ratio,
        one=one,
        other=other,
        times=times,
    )
    st.markdown(f":material/warning: {told}")
