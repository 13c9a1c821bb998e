"""Season and oddities: what the series is made of, what stands out in it, and what is known beforehand."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd
import streamlit as st
from babel import Locale

from crm_analysis.analyses.forecast.series.anomalies import AnomalyOptions, find_anomalies
from crm_analysis.analyses.forecast.series.covariates import holiday_days
from crm_analysis.analyses.forecast.series.decomposition import Decomposition, decompose
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, notes, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.forecast import Asked, decisions
from crm_analysis.presentation.ui.forecast.words import called, editor, legible, named
from crm_analysis.presentation.ui.run import run
from crm_analysis.presentation.ui.session import language, palette, plain, say

_SEASONAL = 0.64  # from here on a season is strong, as nsdiffs takes it
_LEAVABLE = ("high", "low", "stock_out", "missing", "closed")
_COUNTRIES = ("CN", "GB", "US", "DE", "FR", "ES", "IT", "NL", "AU", "CA", "JP", "KR", "IN", "BR", "MX", "SG", "HK", "TW", "MY", "VN", "TH", "AE", "ZA", "CH", "AT", "BE", "SE", "NO", "DK", "FI", "IE", "PL", "PT")  # fmt: skip
_HOLIDAYS_SHOWN = 12


def oddities(asked: Asked) -> None:
    """Trend and season, what stands out, holidays and events."""
    found = run(decompose, asked.one()).value
    _draw_season(asked, found)
    st.divider()
    _draw_anomalies(asked)
    st.divider()
    _draw_holidays(asked)
    _draw_events()


def _draw_season(asked: Asked, found: Decomposition) -> None:
    strength = found.strength.iloc[0]
    tongue = language()
    details: dict[str, Any] = {
        "trend": float(strength["trend_strength"]),
        "season": float(strength["season_strength"]),
    }
    if pd.isna(strength["season_strength"]) or pd.isna(strength["peak"]):
        answer("forecast.season.unseen")
    else:
        details |= {
            name: pictures.period_name(int(strength[name]), found.every, tongue, wide=True)
            for name in ("peak", "trough")
        }
        answer(
            "forecast.season.strong" if details["season"] >= _SEASONAL else "forecast.season.weak",
            **details,
        )
    lengths = [int(length) for length in str(strength["season"]).split(", ") if length]
    if lengths and int(strength["points"]) < 3 * max(lengths):
        st.caption(
            say("forecast.season.few", seasons=round(int(strength["points"]) / max(lengths), 1))
        )
    if found.seasonal["position"].nunique() > 1:
        figure = pictures.seasons(
            found.seasonal, tongue, every=found.every, measure=asked.what.measure, palette=palette()
        )
        chart(figure, key="forecast_seasons", alt=plain("forecast.season.alt"), height=360)
    st.markdown(f"##### {say('forecast.season.parts', scale=str(strength['scale']))}")
    chart(
        pictures.decomposition(found.parts, tongue, measure=asked.what.measure),
        key="forecast_parts",
        alt=plain("forecast.season.parts_alt"),
        height=520,
    )
    notes(Message(key, called(details, asked.names)) for key, details in found.notes)


def _draw_anomalies(asked: Asked) -> None:
    """What stands out in all series, and which of it is not to be learnt from."""
    places = dict(zip(("reach", "chance"), st.columns(2, gap="large"), strict=True))
    options = controls(
        "forecast",
        AnomalyOptions,
        key="forecast-odd",
        only=("reach", "chance", "stock_outs", "level_shifts"),
        places=places,
    )
    marks = run(find_anomalies, asked.demand, options).value.marks
    mine = asked.of(marks)
    answer(
        "forecast.odd.found" if len(marks) else "forecast.odd.none",
        count=len(mine),
        all=len(marks),
        series=int(marks["series"].nunique()),
    )
    out = set(decisions.left_out(asked.what))
    shown = marks.assign(day=marks["date"].dt.strftime("%Y-%m-%d"))
    shown["left_out"] = [
        (str(series), day) in out for series, day in zip(shown["series"], shown["day"], strict=True)
    ]
    shown = pd.concat(
        [shown[shown["series"] == asked.shown], shown[shown["series"] != asked.shown]],
        ignore_index=True,
    )
    if len(shown):
        _draw_leaving_out(asked, shown, out)
    else:
        st.caption(say("forecast.odd.none_help"))
    if out and st.button(say("forecast.odd.take_all_in", count=len(out)), key="forecast_take_in"):
        decisions.keep_left_out(asked.what, ())
        st.rerun()


def _draw_leaving_out(asked: Asked, shown: pd.DataFrame, out: set[tuple[str, str]]) -> None:
    """The list of what stands out, with a tick for what to leave out."""
    table = legible(named(shown, asked.names))[
        ["left_out", "series", "date", "kind", "value", "expected", "reason"]
    ]
    table["kind"] = [plain(f"planning.kind.{kind}") for kind in table["kind"]]
    table["reason"] = [plain(f"planning.reason.{reason}") for reason in table["reason"]]
    with st.form("forecast_odd_form", border=False):
        edited = editor(
            table,
            key=f"forecast-odd_editor-{asked.what.saved_name}",
            editable=("left_out",),
            alt=plain("forecast.odd.alt", count=len(table)),
        )
        with st.container(horizontal=True):
            chosen = st.form_submit_button(
                say("forecast.odd.apply"), key="forecast_leave_out", type="primary"
            )
            every = st.form_submit_button(say("forecast.odd.leave_all"), key="forecast_leave_all")
    if chosen or every:
        listed = list(zip(shown["series"].astype(str), shown["day"], strict=True))
        ticked = shown["kind"].isin(_LEAVABLE) if every else edited["left_out"].astype(bool)
        decisions.keep_left_out(
            asked.what,
            (out - set(listed)) | {one for one, tick in zip(listed, ticked, strict=True) if tick},
        )
        st.rerun()
    st.caption(say("forecast.odd.help"))


def _draw_holidays(asked: Asked) -> None:
    """Whose public holidays count, and which of them lie ahead."""
    tongue = language()
    territories = Locale.parse({"en": "en", "zh": "zh_Hans"}[tongue]).territories
    offered = ["", *sorted(_COUNTRIES, key=lambda code: str(territories.get(code, code)))]
    now = decisions.country()
    names = {code: str(territories.get(code, code)) for code in {*offered, now}} | {
        "": plain("forecast.holidays.none")
    }
    answer("forecast.holidays.title")
    chosen = st.selectbox(
        say("forecast.holidays.country"),
        offered if now in offered else [*offered, now],
        index=(offered if now in offered else [*offered, now]).index(now),
        format_func=names.__getitem__,
        key="forecast-country",
        width=360,
    )
    if chosen != now:
        decisions.keep_country(chosen)
        st.rerun()
    if chosen:
        dates = asked.forecast.ahead["date"]
        days = holiday_days(chosen, dates.min().year, dates.max().year + 1)
        coming = [
            (day, name)
            for day, name in sorted(days.items())
            if day >= dates.min().date().isoformat()
        ][:_HOLIDAYS_SHOWN]
        frame = pd.DataFrame(
            {
                "date": pd.to_datetime([day for day, _ in coming]),
                "holiday": [name for _, name in coming],
            }
        )
        show_table(
            "forecast", frame, key="forecast_holidays", height=min(300, 40 + 36 * len(frame))
        )
    st.caption(say("forecast.holidays.help"))


def _draw_events() -> None:
    """Events a person knows of: campaigns, fairs, closed weeks; past ones say what such an event does."""
    events = decisions.events()
    answer("forecast.events.some" if events else "forecast.events.none", count=len(events))
    table = pd.DataFrame(list(events), columns=["event", "first", "last"])
    table[["first", "last"]] = table[["first", "last"]].apply(pd.to_datetime)
    dates: dict[str, Any] = {
        name: st.column_config.DateColumn(
            plain(f"forecast.column.{name}"), format="YYYY-MM-DD", required=name == "first"
        )
        for name in ("first", "last")
    }
    with st.form("forecast_events_form", border=False):
        edited = editor(
            table,
            key="forecast-events",
            editable=("event", "first", "last"),
            alt=plain("forecast.events.alt"),
            rows="dynamic",
            **dates,
        )
        given = st.form_submit_button(say("forecast.events.keep"), key="forecast_keep_events")
    if given:
        whole = edited.dropna(subset=["first"])
        rows = [
            (
                _text(row["event"]),
                _day(row["first"]),
                _day(row["last"] if pd.notna(row["last"]) else row["first"]),
            )
            for row in whole.to_dict("records")
        ]
        decisions.keep_events(row for row in rows if row[2] >= row[1])
        if any(row[2] < row[1] for row in rows):
            st.session_state["forecast-events_wrong"] = True
        st.rerun()
    if st.session_state.pop("forecast-events_wrong", False):
        st.warning(say("forecast.events.wrong"))
    st.caption(say("forecast.events.help"))


def _text(value: Any) -> str:
    return (
        str(value).strip()
        if isinstance(value, str) and value.strip()
        else plain("forecast.events.nameless")
    )


def _day(value: Any) -> str:
    return (value if isinstance(value, datetime.date) else pd.Timestamp(value)).isoformat()[:10]
