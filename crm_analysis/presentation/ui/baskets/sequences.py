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
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    controls,
    how,
    in_python,
    language,
    notes,
    palette,
    plain,
    run,
    say,
    starred,
    tell,
    widget_key,
)
from crm_analysis.presentation.ui.baskets import ink, sentences, subtitle
from crm_analysis.presentation.ui.baskets.settings import shared
from crm_analysis.presentation.ui.baskets.tables import listing
from crm_analysis.presentation.ui.remembered import remembered

_DAYS = (0, 7, 14, 30, 60, 90, 180, 365)
_KNOBS = ("next_orders", "confidence", "repeats", "max_pairs")
_STREAMS = 12


def draw(orders: Answer[pd.DataFrame], options: RuleOptions) -> None:
    """Choose how far to look ahead; then what follows what, how surely and how soon."""
    if "customer" not in orders.value.columns:
        st.info(
            say("baskets.no_customers.sequences"),
            icon=":material/person_off:",
        )
        return
    chosen = _choose(orders.value, options)
    try:
        asked = run(find_sequences, orders, chosen)
    except AnalysisError as problem:
        tell(problem)
        return
    sequences = asked.value
    if sequences.sequences.empty:
        subtitle("baskets.follow.none")
    else:
        with starred(asked):
            _show(sequences)
    notes(sequences.notes)
    how(
        "baskets.how.sequences",
        code(chosen, loading=in_python("transactions")),
        support=pictures.percent(sequences.support),
        minimum=sequences.minimum_customers,
    )


def _choose(lines: pd.DataFrame, options: RuleOptions) -> SequenceOptions:
    by_order = options.basket != "customer_day" and "order" in lines.columns
    same_items = shared(options) | {
        "basket": "order" if by_order else "customer_day"
    }
    first, second, third = st.columns(3, gap="medium")
    chosen = controls(
        "baskets",
        SequenceOptions,
        key=widget_key("baskets", "sequences"),
        only=_KNOBS,
        start=SequenceOptions(**same_items),
        places={"next_orders": first, "confidence": third},
    )
    if "date" not in lines.columns:
        return chosen
    texts = {days: plain("baskets.follow.days", days=days) for days in _DAYS}
    texts[0] = plain("baskets.follow.any_time")
    with second:
        within_days = remembered(
            st.selectbox,
            say("baskets.knob.within_days.label"),
            _DAYS,
            format_func=texts.__getitem__,
            key=widget_key("baskets", "within_days"),
            help=say("baskets.follow.within_help"),
        )
    return chosen.replace(within_days=within_days or None)


def _show(sequences: Sequences) -> None:
    streams = sequences.best(_STREAMS)
    if len(streams):
        subtitle("baskets.follow.title")
        sentences(sequences.headlines())
    else:
        subtitle("baskets.follow.no_more_than_usual")
        st.markdown(say("baskets.follow.advice"))
        streams = sequences.most_common(_STREAMS)
    if len(streams):
        _streams(streams, sequences.options.next_orders)
        _gaps(streams)
    table = sequences.sequences
    subtitle(
        "baskets.follow.table",
        sequences=len(table),
        customers=sequences.customers,
    )
    listing(table, "sequences", about="sequence_measure")


def _streams(streams: pd.DataFrame, next_orders: int) -> None:
    widest = streams.iloc[streams["customers"].argmax()]
    subtitle(
        "baskets.follow.flow_answer",
        product=str(widest["product"]),
        then=str(widest["then"]),
        customers=int(widest["customers"]),
    )
    chart(
        pictures.sequence_flow(streams, language(), palette(), ink(), next_orders),
        key=widget_key("baskets", "sequence_flow"),
        alt=plain("baskets.follow.flow_alt"),
        height=120 + 36 * len(streams),
    )


def _gaps(streams: pd.DataFrame) -> None:
    timed = streams[streams["gap_median"].notna()].sort_values(
        "gap_median", kind="stable"
    )
    if timed.empty:
        return
    soonest = timed.iloc[0]
    subtitle(
        "baskets.follow.gap_answer",
        product=str(soonest["product"]),
        then=str(soonest["then"]),
        days=round(soonest["gap_median"]),
    )
    chart(
        pictures.gaps(timed, language()),
        key=widget_key("baskets", "gaps"),
        alt=plain("baskets.follow.gap_alt"),
        height=110 + 36 * len(timed),
    )
    st.caption(say("baskets.follow.gap_help"))
