"""The tab of season and anomalies: how a series goes, what stands out, what is known beforehand."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.series.anomalies import (
    Anomalies,
    AnomalyOptions,
    find_anomalies,
)
from crm_analysis.analyses.forecast.series.causes import name_causes
from crm_analysis.analyses.forecast.series.covariates import holiday_days
from crm_analysis.analyses.forecast.series.decomposition import (
    Decomposition,
    decompose,
)
from crm_analysis.analyses.forecast.verdicts import season_kind
from crm_analysis.presentation.pictures import seasons as pictures
from crm_analysis.presentation.pictures.forecast import period_name
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    controls,
    language,
    notes,
    palette,
    plain,
    run,
    said,
    say,
    show_table,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import View, decisions
from crm_analysis.presentation.ui.forecast.settings import with_members
from crm_analysis.presentation.ui.forecast.words import (
    editor,
    legible,
    renamed,
    with_names,
)
from crm_analysis.wording import locale_of

_COLUMNS = [
    "left_out",
    "series",
    "date",
    "kind",
    "value",
    "expected",
    "reason",
]
_FEW_SEASONS = 3
# fmt: off
_COUNTRIES = (
    "AE", "AT", "AU", "BE", "BR", "CA", "CH", "CN", "DE", "DK", "ES", "FI", "FR", "GB", "HK", "IE",
    "IN", "IT", "JP", "KR", "MX", "MY", "NL", "NO", "PL", "PT", "SE", "SG", "TH", "TW", "US", "VN",
    "ZA",
)
# fmt: on
_HOLIDAYS_SHOWN = 12
_CAUSES_SHOWN = 5
_WRONG_EVENTS = widget_key("forecast", "wrong_events")


def anomalies(view: View) -> None:
    """Trend and season, what stands out, holidays and events."""
    draw_season(view)
    st.divider()
    _draw_anomalies(view)
    st.divider()
    draw_holidays(view.forecast.ahead["date"])
    draw_events()


def _draw_anomalies(view: View) -> None:
    left, right = st.columns(2, gap="large")
    options = controls(
        "forecast",
        AnomalyOptions,
        key=widget_key("forecast", "anomalies"),
        only=("reach", "chance", "stock_outs", "level_shifts"),
        places={"reach": left, "chance": right},
    )
    odd = run(find_anomalies, view.demand, options)
    result, marks = odd.value, odd.value.marks
    with starred(odd):
        answer(
            "forecast.anomalies.found" if len(marks) else "forecast.anomalies.none",
            count=len(view.of_shown(marks)),
            all=len(marks),
            series=int(marks["series"].nunique()),
        )
    left_out = set(decisions.left_out(view.selection))
    if len(marks):
        _draw_leaving_out(view, result, left_out)
        _draw_causes(view, odd)
    else:
        st.caption(say("forecast.anomalies.none_help"))
    if left_out and st.button(
        say("forecast.anomalies.take_all_in", count=len(left_out)),
        key=widget_key("forecast", "take_all_in"),
    ):
        decisions.save_left_out(view.selection, ())
        st.rerun()


def _draw_leaving_out(
    view: View, result: Anomalies, left_out: set[tuple[str, str]]
) -> None:
    marks = result.marks.assign(series=result.marks["series"].astype(str))
    is_shown = marks["series"] == view.shown
    marks = pd.concat([marks[is_shown], marks[~is_shown]], ignore_index=True)
    days = list(
        zip(
            marks["series"],
            marks["date"].dt.strftime("%Y-%m-%d"),
            strict=True,
        )
    )
    table = marks.assign(
        left_out=[day in left_out for day in days],
        kind=said(marks["kind"], "planning.kind.{}"),
        reason=said(marks["reason"], "planning.reason.{}"),
    )
    with st.form(widget_key("forecast", "anomalies_form"), border=False):
        edited = editor(
            legible(with_names(table[_COLUMNS], view.names)),
            key=widget_key(
                "forecast",
                "anomalies_editor",
                view.selection.saved_name,
            ),
            editable=("left_out",),
            alt=plain("forecast.anomalies.alt", count=len(table)),
        )
        with st.container(horizontal=True):
            ticked = st.form_submit_button(
                say("forecast.anomalies.apply"),
                key=widget_key("forecast", "leave_out"),
                type="primary",
            )
            all_of_it = st.form_submit_button(
                say("forecast.anomalies.leave_all"),
                key=widget_key("forecast", "leave_all_out"),
            )
    if ticked or all_of_it:
        chosen = set(result.leave_out())
        if not all_of_it:
            ticks = edited["left_out"].astype(bool)
            chosen = {day for day, tick in zip(days, ticks, strict=True) if tick}
        decisions.save_left_out(view.selection, (left_out - set(days)) | chosen)
        st.rerun()
    st.caption(say("forecast.anomalies.help"))


def _draw_causes(view: View, odd: Answer[Anomalies]) -> None:
    """The one order or customer behind an unusually high figure, a sentence each."""
    members = with_members(view.lines, view.selection)
    marks = odd.part("marks")
    causes = view.of_shown(run(name_causes, marks, members, view.selection).value)
    causes = causes.sort_values("brought", ascending=False, kind="stable")
    causes = causes.head(_CAUSES_SHOWN)
    for cause in causes.to_dict("records"):
        st.info(
            say(
                f"forecast.anomalies.cause_{cause['role']}",
                date=cause["date"].date().isoformat(),
                **{name: cause[name] for name in ("name", "brought", "without")},
                product=cause["product"],
            )
        )


def draw_season(view: View) -> None:
    """How strong trend and season of the series looked at are, and how they go."""
    asked = run(decompose, view.shown_demand())
    result = asked.value
    strength = result.strength.iloc[0]
    with starred(asked):
        _draw_strength(result, strength)
    lengths = [
        int(length) for length in str(strength["season"]).split(", ") if length
    ]
    seasons = int(strength["points"]) / max(lengths, default=1)
    if lengths and seasons < _FEW_SEASONS:
        st.caption(say("forecast.season.few", seasons=round(seasons, 1)))
    measure = view.selection.measure
    if result.seasonal["position"].nunique() > 1:
        chart(
            pictures.seasons(
                result.seasonal,
                language(),
                every=result.every,
                measure=measure,
                palette=palette(),
            ),
            key=widget_key("forecast", "seasons"),
            alt=plain("forecast.season.alt"),
            height=360,
        )
    st.markdown(
        f"##### {say('forecast.season.parts', scale=str(strength['scale']))}"
    )
    chart(
        pictures.decomposition(result.parts, language(), measure=measure),
        key=widget_key("forecast", "parts"),
        alt=plain("forecast.season.parts_alt"),
        height=520,
    )
    notes(renamed(result.notes, view.names))


def _draw_strength(result: Decomposition, strength: pd.Series) -> None:
    kind = season_kind(strength)
    if kind == "unseen":
        answer("forecast.season.unseen")
        return
    peak, trough = (
        period_name(
            int(strength[position]),
            result.every,
            language(),
            wide=True,
        )
        for position in ("peak", "trough")
    )
    answer(
        f"forecast.season.{kind}",
        trend=float(strength["trend_strength"]),
        season=float(strength["season_strength"]),
        peak=peak,
        trough=trough,
    )


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
