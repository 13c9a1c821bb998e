"""What is bought in the next orders, and after how many days."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import (
    RuleOptions,
    SequenceOptions,
    Sequences,
    code,
    find_sequences,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui.baskets import ink, sentences
from crm_analysis.presentation.ui.baskets.settings import shared
from crm_analysis.presentation.ui.baskets.tables import listing, whole
from crm_analysis.presentation.ui.blocks import chart, how, notes
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, in_python, run
from crm_analysis.presentation.ui.session import language, palette, plain, say, tell

_DAYS = (0, 7, 14, 30, 60, 90, 180, 365)
_KNOBS = ("next_orders", "confidence", "repeats", "max_pairs")
_STREAMS = 12


def draw(orders: Answer[pd.DataFrame], options: RuleOptions) -> None:
    """Choose how far to look ahead; then what follows what, how surely and how soon."""
    if "customer" not in orders.value.columns:
        st.info(say("baskets.no_customers.sequences"), icon=":material/person_off:")
        return
    chosen = _choose(orders.value, options)
    try:
        found = run(find_sequences, orders, chosen).value
    except AnalysisError as problem:
        tell(problem)
        return
    if found.sequences.empty:
        st.markdown(f"##### {say('baskets.follow.none')}")
    else:
        _show(found)
    notes(found.notes)
    how(
        "baskets.how.sequences",
        code(chosen, loading=in_python("transactions")),
        support=pictures.percent(found.support),
        least=found.least,
    )


def _choose(lines: pd.DataFrame, options: RuleOptions) -> SequenceOptions:
    given = shared(options) | {
        "basket": "order"
        if options.basket != "customer_day" and "order" in lines.columns
        else "customer_day"
    }
    first, second, third = st.columns(3, gap="medium")
    chosen = controls(
        "baskets",
        SequenceOptions,
        key="baskets-sequences",
        only=_KNOBS,
        start=SequenceOptions(**given),
        places={"next_orders": first, "confidence": third},
    )
    if "date" not in lines.columns:
        return chosen
    said = {
        days: plain("baskets.follow.days", days=days) if days else plain("baskets.follow.any_time")
        for days in _DAYS
    }
    with second:
        within = st.selectbox(
            say("baskets.knob.within_days.label"),
            _DAYS,
            format_func=said.__getitem__,
            key="baskets-within",
            help=say("baskets.follow.within_help"),
            persist_state="session",
        )
    return chosen.replace(within_days=within or None)


def _show(found: Sequences) -> None:
    streams = found.best(_STREAMS)
    if len(streams):
        st.markdown(f"##### {say('baskets.follow.title')}")
        sentences(found.headlines())
    else:
        st.markdown(f"##### {say('baskets.follow.no_more_than_usual')}")
        st.markdown(say("baskets.follow.advice"))
        streams = found.sequences[~found.sequences["repeat"]].nlargest(_STREAMS, "customers")
    if len(streams):
        row = streams.iloc[streams["customers"].argmax()]
        st.markdown(
            f"##### {say('baskets.follow.flow_answer', product=str(row['product']), then=str(row['then']), customers=int(row['customers']))}"
        )
        figure = pictures.sequence_flow(
            streams, language(), palette(), ink(), found.options.next_orders
        )
        chart(
            figure,
            key="baskets_sequence_flow",
            alt=plain("baskets.follow.flow_alt"),
            height=120 + 36 * len(streams),
        )
        _gaps(streams)
    st.markdown(
        f"##### {say('baskets.follow.table', sequences=len(found.sequences), customers=found.customers)}"
    )
    listing(found.sequences, key="baskets_sequences", height=420, about="sequence_measure")
    whole("sequences", found.sequences, key="baskets_sequences_file")


def _gaps(streams: pd.DataFrame) -> None:
    timed = streams[streams["gap_median"].notna()].sort_values("gap_median", kind="stable")
    if timed.empty:
        return
    soonest = timed.iloc[0]
    st.markdown(
        f"##### {say('baskets.follow.gap_answer', product=str(soonest['product']), then=str(soonest['then']), days=round(soonest['gap_median']))}"
    )
    chart(
        pictures.gaps(timed, language()),
        key="baskets_gaps",
        alt=plain("baskets.follow.gap_alt"),
        height=110 + 36 * len(timed),
    )
    st.caption(say("baskets.follow.gap_help"))
