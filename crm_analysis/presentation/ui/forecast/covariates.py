"""What is known beforehand: public holidays and events, as a person says which count."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.series.covariates import holiday_days
from crm_analysis.presentation.ui import (
    answer,
    language,
    plain,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import decisions
from crm_analysis.presentation.ui.forecast.words import editor
from crm_analysis.wording import locale_of

# fmt: off
_COUNTRIES = (
    "AE", "AT", "AU", "BE", "BR", "CA", "CH", "CN", "DE", "DK", "ES", "FI", "FR", "GB", "HK", "IE",
    "IN", "IT", "JP", "KR", "MX", "MY", "NL", "NO", "PL", "PT", "SE", "SG", "TH", "TW", "US", "VN",
    "ZA",
)
# fmt: on
_HOLIDAYS_SHOWN = 12
_WRONG_EVENTS = widget_key("forecast", "wrong_events")


def draw_holidays(ahead: pd.Series) -> None:
    """Whose public holidays count, and which of them lie ahead (the dates of the forecast)."""
    answer("forecast.holidays.title")
    now = decisions.country()
    territories = locale_of(language()).territories
    names = {
        code: str(territories.get(code, code)) for code in {*_COUNTRIES, now} - {""}
    }
    offered = ["", *sorted(names, key=names.__getitem__)]
    names[""] = plain("forecast.holidays.none")
    country = st.selectbox(
        say("forecast.holidays.country"),
        offered,
        index=offered.index(now),
        format_func=names.__getitem__,
        key=widget_key("forecast", "country"),
        width=360,
    )
    if country != now:
        decisions.save_country(country)
        st.rerun()
    if country:
        _draw_coming(country, ahead)
    st.caption(say("forecast.holidays.help"))


def _draw_coming(country: str, ahead: pd.Series) -> None:
    start = ahead.min().date().isoformat()
    holidays = holiday_days(country, ahead.min().year, ahead.max().year + 1)
    coming = [day for day in sorted(holidays) if day >= start][:_HOLIDAYS_SHOWN]
    table = pd.DataFrame(
        {
            "date": pd.to_datetime(coming),
            "holiday": [holidays[day] for day in coming],
        }
    )
    show_table(
        "forecast",
        table,
        key=widget_key("forecast", "holidays"),
        height=min(300, 40 + 36 * len(table)),
    )


def draw_events() -> None:
    """Events a person knows of: campaigns, fairs, closed weeks.

    Past ones say what such an event does.
    """
    events = decisions.events()
    answer(
        "forecast.events.some" if events else "forecast.events.none",
        count=len(events),
    )
    table = pd.DataFrame(list(events), columns=["event", "first", "last"])
    table[["first", "last"]] = table[["first", "last"]].apply(pd.to_datetime)
    dates: dict[str, Any] = {
        name: st.column_config.DateColumn(
            plain(f"forecast.column.{name}"),
            format="YYYY-MM-DD",
            required=name == "first",
        )
        for name in ("first", "last")
    }
    with st.form(widget_key("forecast", "events_form"), border=False):
        edited = editor(
            table,
            key=widget_key("forecast", "events"),
            editable=("event", "first", "last"),
            alt=plain("forecast.events.alt"),
            rows="dynamic",
            **dates,
        )
        submitted = st.form_submit_button(
            say("forecast.events.keep"),
            key=widget_key("forecast", "save_events"),
        )
    if submitted:
        _save(edited)
        st.rerun()
    if st.session_state.pop(_WRONG_EVENTS, False):
        st.warning(say("forecast.events.wrong"))
    st.caption(say("forecast.events.help"))


def _save(edited: pd.DataFrame) -> None:
    """Save the events that end no earlier than they begin; of one day where no last is given."""
    events = []
    for row in edited.dropna(subset=["first"]).to_dict("records"):
        last = row["last"] if pd.notna(row["last"]) else row["first"]
        events.append((_name(row["event"]), _day(row["first"]), _day(last)))
    right = [event for event in events if event[2] >= event[1]]
    decisions.save_events(right)
    st.session_state[_WRONG_EVENTS] = len(right) < len(events)


def _name(value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    return plain("forecast.events.nameless")


def _day(value: Any) -> str:
    day = value if isinstance(value, datetime.date) else pd.Timestamp(value)
    return day.isoformat()[:10]
