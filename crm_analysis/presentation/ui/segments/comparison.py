"""A segmentation beside another: another run, a saved one, or that of another day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import streamlit as st

from crm_analysis.analyses.segments import (
    Segments,
    compare,
    counts_to_compare,
    days_to_compare,
    movement_between,
    segment_names,
)
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    downloads,
    language,
    palette,
    plain,
    run,
    say,
    show_table,
    table,
    titled,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.remembered import remembered


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
    texts = {
        count: plain("segments.with_clusters", clusters=count) for count in counts
    }
    which = remembered(
        st.selectbox,
        say("segments.compare_with"),
        offered,
        index=counts.index(one_more) if one_more in counts else 0,
        format_func=lambda choice: texts.get(choice, choice),
        key=widget_key("segments", "compare"),
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
                pictures.shares(shown, language(), palette()),
                key=widget_key("segments", "compare", title),
                alt=plain("segments.shares_alt"),
                height=420,
            )


def movement(segments: Answer[Segments]) -> None:
    """Both days by the segments that the page shows, changes by hand included."""
    orders = table("transactions", lazy=True, every_segment=True)
    days = run(days_to_compare, orders).value
    with st.container(horizontal=True):
        start = _draw_day("first_day", days.usual, days.first, days.last)
        end = _draw_day("second_day", days.last, days.first, days.last)
    moved = run(movement_between, orders, start, end, segments=segments).value
    counts = moved.summary()
    title = say(
        "segments.moved_title",
        moved=counts["moved"],
        stayed=counts["stayed"],
        new=counts["new"],
    )
    st.markdown(f"##### {title}")
    st.caption(say("segments.moved_help"))
    names = {
        label: plain(name.key, **name.details)
        for label, name in moved.names.items()
    }
    flow = moved.flow.assign(
        **{side: moved.flow[side].map(names) for side in ("from", "to")}
    )
    chart(
        pictures.flow(
            flow,
            (start, end),
            list(segment_names(segments.value, language()).values()),
            palette(),
            language(),
        ),
        key=widget_key("segments", "flow"),
        alt=plain("segments.flow_alt"),
        height=520,
    )
    show_table("segments", flow, key=widget_key("segments", "moves"))
    downloads(
        "movement",
        titled(flow, "segments"),
        key=widget_key("segments", "moves", "file"),
    )


def _draw_day(name: str, usual: dt.date, first: dt.date, last: dt.date) -> str:
    return remembered(
        st.date_input,
        say(f"segments.{name}"),
        usual,
        min_value=first,
        max_value=last,
        key=widget_key("segments", name),
        format="YYYY-MM-DD",
        width=220,
    ).isoformat()
