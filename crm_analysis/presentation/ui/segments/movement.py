"""Who went from which segment to which between two days."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from crm_analysis.analyses.segments import (
    Segments,
    days_to_compare,
    movement_between,
)
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    downloads,
    palette,
    plain,
    run,
    say,
    show_table,
    table,
    widget_key,
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
        label: plain(name.key, **name.details) for label, name in moved.names.items()
    }
    flow = moved.flow.assign(
        **{side: moved.flow[side].map(names) for side in ("from", "to")}
    )
    chart(
        pictures.flow(flow, (start, end), palette()),
        key=widget_key("segments", "flow"),
        alt=plain("segments.flow_alt"),
        height=520,
    )
    show_table("segments", flow, key=widget_key("segments", "moves"))
    downloads("movement", flow, key=widget_key("segments", "moves", "file"))


def _draw_day(name: str, usual: dt.date, first: dt.date, last: dt.date) -> str:
    """A day within the record, as ISO text."""
    return st.date_input(
        say(f"segments.{name}"),
        usual,
        min_value=first,
        max_value=last,
        key=widget_key("segments", name),
        format="YYYY-MM-DD",
        persist_state="session",
        width=220,
    ).isoformat()
