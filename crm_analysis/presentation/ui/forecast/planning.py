"""Plan: what if, what a person knows better, newcomers, orders by segment, and how good the last forecast was."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.planning.overrides import (
    overrides_from_records,
    overrides_to_records,
)
from crm_analysis.analyses.forecast.planning.scenarios import Scenario, ScenarioOptions, scenario
from crm_analysis.analyses.forecast.planning.scoring import forecast_to_keep, score_forecast
from crm_analysis.analyses.forecast.series.selection import ALL
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, figures, notes, show_table
from crm_analysis.presentation.ui.forecast import Asked, decisions
from crm_analysis.presentation.ui.forecast.new_product import newcomer, segments
from crm_analysis.presentation.ui.forecast.words import called, editor, legible, named, titled
from crm_analysis.presentation.ui.session import language, palette, plain, say

_SLIDERS = (("growth", -50, 100, 1), ("price", -50, 100, 1), ("promotion", -50, 200, 5))


def plan(asked: Asked) -> None:
    """From the forecast to the plan."""
    _draw_scenario(asked)
    st.divider()
    _draw_overrides(asked)
    st.divider()
    _draw_score(asked)
    if asked.kind == "transactions":
        st.divider()
        newcomer(asked)
        st.divider()
        segments(asked)


def _draw_scenario(asked: Asked) -> None:
    """Growth, price and promotion as stated assumptions: arithmetic only."""
    above = st.container()
    options = _assumed(asked)
    parts = asked.plan[asked.plan["series"].isin(asked.parts)]
    chosen = parts if asked.shown == ALL else asked.of(asked.plan)
    measure: Any = asked.what.measure if asked.what.measure != "value" else "quantity"
    found = scenario(chosen, options, measure=measure)
    told = found.summary()
    name = asked.names[asked.shown]
    with above:
        if found.assumption:
            direction = "up" if (told["change"] or 0.0) >= 0 else "down"
            answer(
                f"forecast.scenario.{direction}",
                name=name,
                before=told["before"],
                after=told["after"],
                share=abs(told["share"] or 0.0),
            )
        else:
            answer("forecast.scenario.nothing", name=name)
    _draw_assumed(asked, found, told)


def _assumed(asked: Asked) -> ScenarioOptions:
    """The assumption, as sliders in percent."""
    given: dict[str, Any] = {}
    places = st.columns(4, gap="medium")
    for place, (name, low, high, step) in zip(
        (places[0], places[1], places[3]), _SLIDERS, strict=True
    ):
        with place:
            percent = st.slider(
                say(f"forecast.scenario.{name}"),
                low,
                high,
                0,
                step,
                format="%d%%",
                key=f"forecast-{name}",
                help=say(f"forecast.scenario_help.{name}"),
                persist_state="session",
            )
            given[name] = percent / 100
    with places[2]:
        given["elasticity"] = st.slider(
            say("forecast.scenario.elasticity"),
            -5.0,
            0.0,
            -1.0,
            0.1,
            key="forecast-elasticity",
            help=say("forecast.scenario_help.elasticity"),
            persist_state="session",
        )
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    with right:
        if st.toggle(
            say("forecast.scenario.gradual"),
            key="forecast-gradual",
            help=say("forecast.scenario_help.gradual"),
            persist_state="session",
        ):
            given["growth_form"] = "gradual"
    with left:
        dates = [date.date().isoformat() for date in sorted(asked.forecast.ahead["date"].unique())]
        picked = st.multiselect(
            say("forecast.scenario.dates"),
            dates,
            key=f"forecast-promotion_dates-{asked.forecast.every}-{dates[0]}",
            placeholder=plain("forecast.scenario.dates_hint"),
            persist_state="session",
        )
    return ScenarioOptions(**given, promotion_dates=tuple(day for day in picked if day in dates))


def _draw_assumed(asked: Asked, found: Scenario, told: dict[str, float | None]) -> None:
    figure = pictures.scenario(
        found.periods, language(), measure=asked.what.measure, palette=palette()
    )
    chart(
        figure,
        key="forecast_scenario",
        alt=plain("forecast.scenario.alt", before=told["before"], after=told["after"]),
        height=320,
    )
    for key, details in found.assumption:
        st.markdown(f"- {say(key, **details)}")
    if found.assumption:
        st.caption(say("forecast.scenario.help"))
        downloads("scenario", titled(found.ahead, asked.names), key="forecast_scenario_file")


def _draw_overrides(asked: Asked) -> None:
    """Values of the series looked at, to be set by hand with a note."""
    name = asked.names[asked.shown]
    mine = asked.of(asked.plan)
    told = asked.overridden.summary()
    if told["overridden"]:
        answer("forecast.hand.some", count=int(told["overridden"]), change=told["change"] or 0.0)
    else:
        answer("forecast.hand.none", name=name)
    table = pd.DataFrame(
        {
            "date": mine["date"],
            "model_value": legible(mine[["model_value"]])["model_value"],
            "own_value": mine["value"].where(mine["overridden"]),
            "note": mine["note"],
        }
    )
    with st.form("forecast_hand_form", border=False):
        own = st.column_config.NumberColumn(plain("forecast.column.own_value"), min_value=0.0)
        edited = editor(
            table,
            key=f"forecast-overrides-{asked.what.saved_name}-{asked.shown}",
            editable=("own_value", "note"),
            alt=plain("forecast.hand.alt"),
            height=min(460, 40 + 36 * len(table)),
            own_value=own,
        )
        with st.container(horizontal=True):
            given = st.form_submit_button(
                say("forecast.hand.keep"), key="forecast_keep_hand", type="primary"
            )
            back = st.form_submit_button(say("forecast.hand.back"), key="forecast_hand_back")
    if given or back:
        _keep_overrides(asked, edited, back)
        st.rerun()
    if asked.shown == ALL and len(asked.names) > 1:
        st.caption(say("forecast.hand.total"))
    with (
        st.form("forecast_hand_one", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        days = [date.date().isoformat() for date in mine["date"]]
        day = st.selectbox(say("forecast.column.date"), days, key="forecast-hand_date", width=180)
        value = st.number_input(
            say("forecast.column.own_value"),
            min_value=0.0,
            value=None,
            key="forecast-hand_value",
            width=180,
        )
        note = st.text_input(
            say("forecast.column.note"), key="forecast-hand_note", max_chars=200, width=320
        )
        if (
            st.form_submit_button(say("forecast.hand.set"), key="forecast_hand_set")
            and value is not None
        ):
            before = decisions.overrides(asked.what)
            row = pd.DataFrame(
                [
                    {
                        "series": asked.shown,
                        "date": pd.Timestamp(day),
                        "value": float(value),
                        "note": note,
                    }
                ]
            )
            decisions.keep_overrides(
                asked.what,
                row
                if before.empty
                else pd.concat([before, row.astype(before.dtypes.to_dict())], ignore_index=True),
            )
            st.rerun()
    notes(Message(key, called(details, asked.names)) for key, details in asked.overridden.notes)


def _keep_overrides(asked: Asked, edited: pd.DataFrame, back: bool) -> None:
    """The table as it was filled in takes the place of what was set for this series; other series keep theirs."""
    before = decisions.overrides(asked.what)
    days = set(asked.of(asked.plan)["date"])
    rest = before[(before["series"] != asked.shown) | ~before["date"].isin(days)]
    own = edited[edited["own_value"].notna()] if not back else edited.head(0)
    records = [
        {
            "series": asked.shown,
            "date": row["date"].date().isoformat(),
            "value": float(row["own_value"]),
            "note": row["note"] or "",
        }
        for row in own.to_dict("records")
    ]
    decisions.keep_overrides(
        asked.what, overrides_from_records([*overrides_to_records(rest), *records])
    )


def _draw_score(asked: Asked) -> None:
    """Keep this forecast; of the last one kept, how good it was."""
    saved = decisions.kept_forecasts(asked.what)
    scored = None
    for one in reversed(saved):
        table = one.frame("kept")
        if score_possible(table, asked.demand.value):
            scored = (one, score_forecast(table, asked.demand.value))
            break
    if scored is None:
        answer("forecast.score.waiting" if saved else "forecast.score.none", count=len(saved))
    else:
        _draw_scored(asked, *scored)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            say("forecast.score.keep"), key="forecast_keep", icon=":material/bookmark_add:"
        ):
            made = asked.of(asked.forecast.history)["date"].max().date().isoformat()
            decisions.keep_forecast(
                asked.what,
                forecast_to_keep(asked.forecast, asked.overridden),
                {"made": made, "horizon": asked.forecast.horizon},
            )
            st.toast(say("forecast.score.kept"))
            st.rerun()
        for one in saved[-1:]:
            st.caption(
                say(
                    "forecast.score.last",
                    made=str(one.payload["made"]),
                    horizon=int(one.payload["horizon"]),
                    changed=one.changed.date().isoformat(),
                )
            )


def score_possible(table: pd.DataFrame, demand: pd.DataFrame) -> bool:
    """Whether a period of the kept forecast has come."""
    known = demand.loc[demand["value"].notna(), "date"]
    return bool(len(known)) and pd.to_datetime(table["date"]).min() <= known.max()


def _draw_scored(asked: Asked, saved: Any, found: Any) -> None:
    told = found.summary()
    answer(
        "forecast.score.sentence",
        made=str(saved.payload["made"]),
        periods=int(told["periods"]),
        mape=(told["smape"] or 0.0) / 100,
        inside=told["inside_80"] or 0.0,
    )
    items: list[dict[str, Any]] = [
        {"label": "forecast.score.mae", "value": told["mae"]},
        {"label": "forecast.score.mae_naive", "value": told["mae_naive"]},
        {
            "label": "forecast.score.bias",
            "value": told["bias_share"],
            "style": "percent1",
            "help": "forecast.score_help.bias",
        },
    ]
    if told["added_by_hand"] is not None:
        items.append(
            {
                "label": "forecast.score.hand",
                "value": told["added_by_hand"],
                "style": "percent",
                "help": "forecast.score_help.hand",
            }
        )
    figures(items)
    columns = [
        "series",
        "date",
        "actual",
        "value",
        "model_value",
        "naive",
        "error",
        "percent_error",
        "inside_80",
        "note",
    ]
    show_table(
        "forecast",
        legible(named(found.periods[columns], asked.names)),
        key="forecast_score",
        styles={"percent_error": "percent"},
        height=280,
    )
    downloads("forecast_score", titled(found.periods, asked.names), key="forecast_score_file")
    notes(Message(key, called(details, asked.names)) for key, details in found.notes)
