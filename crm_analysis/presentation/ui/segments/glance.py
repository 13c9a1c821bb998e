"""The result at a glance: the map, who is picked on it, and a card a segment."""

from __future__ import annotations

import streamlit as st

from crm_analysis.analyses.segments import Segments, segment_names
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui import (
    Answer,
    card_grid,
    chart,
    downloads,
    is_analyst,
    language,
    palette,
    plain,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.doors import doors
from crm_analysis.presentation.ui.picking import Picking
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.segments.members import in_words, listing

_MAP = widget_key("segments", "map")


def glance(segments: Answer[Segments], kind: str) -> None:
    """The map beside the shares and who is picked on it, then a card a segment."""
    result = segments.value
    picking = Picking(_MAP)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(
            f"##### {say('segments.map_title', share=result.summary()['shown_variance'])}"
        )
        _draw_map(segments, picking)
    with right:
        shown = "shares" if "share_revenue" in result.profile.columns else "sizes"
        st.markdown(f"##### {say(f'segments.{shown}_title')}")
        figure = pictures.shares(result, language(), palette())
        chart(
            figure,
            key=widget_key("segments", "shares"),
            alt=plain(f"segments.{shown}_alt"),
            height=int(figure.layout.height),
        )
    drawn, count = len(result.map), len(result.customers)
    if drawn < count:
        st.caption(say("segments.note.shown", shown=drawn, count=count))
    _draw_picked(segments, picking, kind)
    _draw_cards(result, picking)


def _draw_map(segments: Answer[Segments], picking: Picking) -> None:
    place = st.container()
    deep = is_analyst() and remembered(
        st.toggle,
        say("segments.deep"),
        key=widget_key("segments", "deep"),
    )
    with place:
        _draw_flat_or_deep(segments, picking, deep=deep)


def _draw_flat_or_deep(
    segments: Answer[Segments], picking: Picking, *, deep: bool
) -> None:
    result = segments.value
    alt = plain("segments.map_alt", segments=len(result.names))
    figure = pictures.map_figure(result, language(), deep=deep)
    if deep:
        key = widget_key("segments", "map", "deep")
        chart(figure, key=key, alt=alt, height=470)
        return
    picking.draw(
        figure,
        lambda: result.places,
        alt=alt,
        height=470,
        version=segments.fingerprint,
    )
    st.caption(say("segments.picked.help"))


def _draw_picked(segments: Answer[Segments], picking: Picking, kind: str) -> None:
    """The list of who is picked, and where it leads."""
    result = segments.value
    people = result.customers
    people = people[people["customer"].astype(str).isin(picking.customers)]
    if people.empty:
        return
    names = segment_names(result, language())
    sizes = people["segment"].value_counts()
    whole = result.customers["segment"].eq(sizes.index[0]).sum()
    count = len(people)
    with st.container(border=True):
        if len(sizes) == 1 and count == whole:
            name = names[int(sizes.index[0])]
            title = say("segments.picked.group", name=name, count=count)
        else:
            name = plain("segments.picked.name", count=count)
            title = say("segments.picked.title", count=count)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"##### {title}", width="stretch")
            st.button(
                say("segments.picked.clear"),
                key=widget_key("segments", "picked", "clear"),
                icon=":material/close:",
                type="tertiary",
                on_click=picking.pick,
                args=((),),
            )
        if len(sizes) > 1:
            parts = [
                plain("segments.picked.part", name=names[label], count=sizes[label])
                for label in names
                if label in sizes
            ]
            st.caption(say("segments.picked.parts", parts=parts))
        st.caption(say("segments.picked.row"))
        doors(name, people["customer"], key=widget_key("segments", "picked"))
        listing(segments, kind, people, "picked", picking.light)


def _draw_cards(segments: Segments, picking: Picking) -> None:
    grid = card_grid(len(segments.profile))
    for label in map(int, segments.profile["segment"]):
        name = segments.names[label]
        what, advice = segments.sentences[label]
        with grid.container(border=True, height="stretch"):
            st.markdown(f"##### {say(name.key, **name.details)}")
            st.markdown(say(what.key, **pictures.in_units(what.details)))
            st.markdown(
                f":material/arrow_forward: {say(advice.key, **advice.details)}"
            )
            _draw_onward(segments, label, picking)


def _draw_onward(segments: Segments, label: int, picking: Picking) -> None:
    """What can be done with a segment: see it, take it away, filter by it, plan for it."""
    people = segments.customers[segments.customers["segment"] == label]
    key = widget_key("segments", "group", label)
    with st.popover(say("frame.doors.title"), icon=":material/more_horiz:"):
        st.button(
            say("segments.picked.see", count=len(people)),
            key=f"{key}.see",
            icon=":material/groups:",
            on_click=picking.pick,
            args=(people["customer"],),
        )
        downloads(f"segment_{label}", in_words(segments, people), key=f"{key}.file")
        name = segment_names(segments, language())[label]
        doors(name, people["customer"], key=key)
