"""The filter and the calendar that hold on every page, kept in the workspace."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.currency import draw_currency
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import (
    current_calendar,
    current_filter,
    run,
    table,
)
from crm_analysis.presentation.ui.session import (
    choice_text,
    language,
    plain,
    say,
    workspace,
)
from crm_analysis.tables.filters import Filter, filter_choices

_PERIOD = widget_key("filter", "period")
_BOUNDS = "filter_bounds"  # of the period, as it was last offered
_LISTS = ("countries", "categories", "customers")


def draw_filter() -> None:
    """The filter in the sidebar; without orders, the segment handed over if there is one."""
    chosen = current_filter()
    try:
        orders = table("transactions", lazy=True, filtered=False)
    except AnalysisError:
        if chosen.segment:
            _draw_rest(chosen)
        return
    choices = run(filter_choices, orders).value
    is_on = chosen != Filter()
    with st.expander(
        say("frame.filter.title_on" if is_on else "frame.filter.title"),
        icon=":material/filter_alt:",
        expanded=is_on,
    ):
        st.caption(say("frame.filter.help"))
        _draw_period(choices, chosen)
        for name in _LISTS[:2]:
            if len(choices.get(name, ())) > 1:
                _draw_choice(name, choices[name], getattr(chosen, name))
        if choices.get("customers"):
            _draw_choice("customers", choices["customers"], chosen.customers)
        _draw_rest(chosen)
        _draw_calendar()
    draw_currency()


def _draw_rest(chosen: Filter) -> None:
    """The segment handed over, and a way back to everything."""
    if chosen.segment:
        st.caption(
            say(
                "frame.filter.segment",
                name=chosen.segment,
                count=len(chosen.members),
            )
        )
    if chosen == Filter():
        return
    if st.button(
        say("frame.filter.clear"),
        key=widget_key("filter", "clear"),
        width="stretch",
    ):
        set_filter(Filter())
        st.rerun()


def set_filter(chosen: Filter) -> None:
    """Make a filter hold on every page."""
    workspace().settings["filter"] = chosen.to_dict()
    for key in (_PERIOD, *(widget_key("filter", name) for name in _LISTS)):
        st.session_state.pop(key, None)


def hand_over(name: str, members: Iterable[object]) -> None:
    """Make a group of customers, called so, the filter of every page."""
    now = current_filter().to_dict()
    group = {"segment": name, "members": [str(member) for member in members]}
    set_filter(Filter.from_dict(now | group))


def _change(**values: Any) -> None:
    workspace().settings["filter"] = current_filter().replace(**values).to_dict()


def _draw_period(choices: dict[str, Any], chosen: Filter) -> None:
    if not choices.get("start") or choices["start"] == choices["end"]:
        return
    first, last = (
        datetime.date.fromisoformat(choices[end][:10]) for end in ("start", "end")
    )

    def change() -> None:
        period = st.session_state[_PERIOD]
        if len(period) == 2:
            start, end = period
            _change(
                start=None if start <= first else start.isoformat(),
                end=None if end >= last else end.isoformat(),
            )

    if st.session_state.get(_BOUNDS) != (first, last):
        st.session_state[_BOUNDS] = (first, last)  # the table has other dates now
        st.session_state.pop(_PERIOD, None)
    period = (_day(chosen.start, first), _day(chosen.end, last))
    within = tuple(min(max(day, first), last) for day in period)
    st.session_state.setdefault(_PERIOD, within)
    st.date_input(
        say("frame.filter.period"),
        min_value=first,
        max_value=last,
        key=_PERIOD,
        on_change=change,
        format="YYYY-MM-DD",
    )


def _day(text: str | None, otherwise: datetime.date) -> datetime.date:
    return datetime.date.fromisoformat(text[:10]) if text else otherwise


def _draw_choice(name: str, offered: list[str], picked: tuple[str, ...]) -> None:
    key = widget_key("filter", name)

    def change() -> None:
        _change(**{name: tuple(st.session_state[key])})

    st.session_state.setdefault(
        key, [value for value in picked if value in offered]
    )
    st.multiselect(
        say(f"frame.filter.{name}"),
        offered,
        key=key,
        on_change=change,
        placeholder=plain("frame.filter.all"),
    )


def _draw_calendar() -> None:
    calendar, code = current_calendar(), language()
    # A select box travels by what it says: with one key for all languages it would come back in
    # the words of another.
    days = ["monday", "sunday", "saturday"]
    week = st.selectbox(
        say("frame.filter.week_starts"),
        days,
        index=days.index(calendar.week_starts),
        format_func=choice_text("frame.day.{}"),
        key=widget_key("filter", "week", code),
    )
    months = {month: plain("frame.month", month=month) for month in range(1, 13)}
    year = st.selectbox(
        say("frame.filter.fiscal_year_starts"),
        list(months),
        index=calendar.fiscal_year_starts - 1,
        format_func=months.__getitem__,
        key=widget_key("filter", "year", code),
    )
    chosen = calendar.replace(week_starts=week, fiscal_year_starts=year)
    if chosen != calendar:
        workspace().settings["calendar"] = chosen.to_dict()
        st.rerun()
