"""A run beside another: another number of segments, or a saved segmentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from crm_analysis.analyses.segments import (
    Segments,
    compare,
    counts_to_compare,
    segment_names,
)
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    language,
    plain,
    run,
    say,
    widget_key,
    workspace,
)


def comparison(
    segments: Answer[Segments],
    segments_of: Callable[[int | str], Answer[Segments]],
) -> None:
    """How far two runs agree, and the shares of both; `segments_of` finds the other one."""
    counts = counts_to_compare(segments.value)
    offered: list[Any] = [
        *counts,
        *(save.name for save in workspace().saved("segmentation")),
    ]
    if not offered:
        st.caption(say("segments.nothing_to_compare"))
        return
    one_more = int(segments.value.summary()["segments"] or 0) + 1
    texts = {count: plain("segments.with_clusters", clusters=count) for count in counts}
    which = st.selectbox(
        say("segments.compare_with"),
        offered,
        index=counts.index(one_more) if one_more in counts else 0,
        format_func=lambda choice: texts.get(choice, choice),
        key=widget_key("segments", "compare"),
        persist_state="session",
    )
    other = segments_of(which)
    agreement = run(compare, segments, other).value
    title = say(
        "segments.agreement",
        rand=agreement.adjusted_rand,
        common=agreement.common,
    )
    st.markdown(f"##### {title}")
    wide = agreement.wide().rename(
        index=segment_names(segments.value, language()),
        columns=segment_names(other.value, language()),
    )
    chart(
        pictures.contingency(wide, language()),
        key=widget_key("segments", "contingency"),
        alt=plain("segments.contingency_alt"),
        height=160 + 48 * len(wide),
    )
    runs = {"this_run": segments.value, "other_run": other.value}
    for column, (title, shown) in zip(
        st.columns(2, gap="medium"), runs.items(), strict=True
    ):
        with column:
            st.markdown(f"###### {say(f'segments.{title}')}")
            chart(
                pictures.shares(shown, language()),
                key=widget_key("segments", "compare", title),
                alt=plain("segments.shares_alt"),
                height=420,
            )
