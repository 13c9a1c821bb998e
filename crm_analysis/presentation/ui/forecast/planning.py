"""The tab of the plan: what if, values by hand, how good the last forecast was, new products."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import Forecast
from crm_analysis.analyses.forecast.planning.overrides import (
    override,
    overrides_from_records,
    overrides_to_records,
    replace_overrides,
)
from crm_analysis.analyses.forecast.planning.reconciliation import Reconciled
from crm_analysis.analyses.forecast.planning.scenarios import (
    Scenario,
    ScenarioOptions,
    scenario,
)
from crm_analysis.analyses.forecast.planning.scoring import (
    ForecastScore,
    forecast_to_keep,
    has_actuals,
    score_forecast,
)
from crm_analysis.analyses.forecast.series.demand import ALL
from crm_analysis.presentation.pictures import planning as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    downloads,
    figures,
    language,
    notes,
    palette,
    plain,
    run,
    say,
    show_table,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import View, decisions
from crm_analysis.presentation.ui.forecast.new_product import (
    draw_new_product,
    draw_segments,
)
from crm_analysis.presentation.ui.forecast.words import (
    editor,
    legible,
    renamed,
    titled,
    with_names,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.run import saved_frame
from crm_analysis.workspace import Saved

_SLIDERS = {
    "growth": (-50, 100, 1),
    "price": (-50, 100, 1),
    "promotion": (-50, 200, 5),
}
_SCORED = [
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


def planning(view: View) -> None:
    """From the forecast to the plan."""
    draws = [draw_scenario, draw_overrides, draw_score]
    if view.kind == "transactions":
        draws += [draw_new_product, draw_segments]
    for position, draw in enumerate(draws):
        if position:
            st.divider()
        draw(view)


def draw_scenario(view: View) -> None:
    """The forecast under an assumption; of the total all its parts."""
    above = st.container()
    options = _choose_assumption(view)
    asked = run(
        _assumed,
        view.reconciled or view.result,
        overrides_to_records(decisions.overrides(view.selection)),
        view.shown,
        options,
        view.selection.measure,
    )
    result = asked.value
    with above:
        _draw_assumed(view, asked)
    summary = result.summary()
    chart(
        pictures.scenario(
            result.periods,
            language(),
            measure=view.selection.measure,
            palette=palette(),
        ),
        key=widget_key("forecast", "scenario"),
        alt=plain(
            "forecast.scenario.alt",
            before=summary["before"],
            after=summary["after"],
        ),
        height=320,
    )
    for key, details in result.assumption:
        st.markdown(f"- {say(key, **details)}")
    if result.assumption:
        st.caption(say("forecast.scenario.help"))
        downloads(
            "scenario",
            titled(result.ahead, view.names),
            key=widget_key("forecast", "scenario_file"),
        )


def _assumed(
    forecast: Forecast | Reconciled,
    by_hand: list[dict[str, Any]],
    shown: str,
    options: ScenarioOptions,
    measure: Any,
) -> Scenario:
    """The plan under an assumption: of one series, of the total all its parts."""
    ahead = forecast.ahead.drop(columns="base_value", errors="ignore")
    plan = override(ahead, overrides_from_records(by_hand)).ahead
    names = plan["series"].astype(str)
    chosen = names == shown
    if shown == ALL and not chosen.all():
        chosen = ~chosen
    counted: Any = "quantity" if measure == "value" else measure
    result = scenario(plan[chosen], options, measure=counted)
    return replace(result, measure=measure)


def _draw_assumed(view: View, asked: Answer[Scenario]) -> None:
    result = asked.value
    if not result.assumption:
        answer("forecast.scenario.nothing", name=view.shown_name)
        return
    summary = result.summary()
    if view.selection.segmentation:
        # What its segments are called is known where they were saved only.
        asked = replace(asked, question=None)
    with starred(asked):
        answer(
            f"forecast.scenario.{result.direction}",
            name=view.shown_name,
            before=summary["before"],
            after=summary["after"],
            share=abs(summary["share"] or 0.0),
        )


def _choose_assumption(view: View) -> ScenarioOptions:
    first, second, third, fourth = st.columns(4, gap="medium")
    values: dict[str, Any] = {}
    for column, (name, (low, high, step)) in zip(
        (first, second, fourth), _SLIDERS.items(), strict=True
    ):
        percent = remembered(
            column.slider,
            say(f"forecast.scenario.{name}"),
            low,
            high,
            0,
            step,
            format="%d%%",
            key=widget_key("forecast", name),
            help=say(f"forecast.scenario_help.{name}"),
        )
        values[name] = percent / 100
    values["elasticity"] = remembered(
        third.slider,
        say("forecast.scenario.elasticity"),
        -5.0,
        0.0,
        -1.0,
        0.1,
        key=widget_key("forecast", "elasticity"),
        help=say("forecast.scenario_help.elasticity"),
    )
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    gradual = remembered(
        right.toggle,
        say("forecast.scenario.gradual"),
        key=widget_key("forecast", "gradual"),
        help=say("forecast.scenario_help.gradual"),
    )
    dates = [
        date.date().isoformat()
        for date in sorted(view.forecast.ahead["date"].unique())
    ]
    promotion = remembered(
        left.multiselect,
        say("forecast.scenario.dates"),
        dates,
        key=widget_key(
            "forecast", "promotion_dates", view.forecast.every, dates[0]
        ),
        placeholder=plain("forecast.scenario.dates_hint"),
    )
    return ScenarioOptions(
        **values,
        growth_form="gradual" if gradual else "at_once",
        promotion_dates=tuple(date for date in promotion if date in dates),
    )


def draw_overrides(view: View) -> None:
    """All periods as a table to fill in, and one of them beside it."""
    summary = view.overridden.summary()
    if summary["overridden"]:
        answer(
            "forecast.overrides.some",
            count=int(summary["overridden"]),
            change=summary["change"] or 0.0,
        )
    else:
        answer("forecast.overrides.none", name=view.shown_name)
    planned = view.of_shown(view.plan)
    _draw_all_periods(view, planned)
    if view.shown == ALL and len(view.names) > 1:
        st.caption(say("forecast.overrides.total"))
    _draw_one_period(view, planned)
    notes(renamed(view.overridden.notes, view.names))


def _draw_all_periods(view: View, planned: pd.DataFrame) -> None:
    table = pd.DataFrame(
        {
            "date": planned["date"],
            "model_value": legible(planned[["model_value"]])["model_value"],
            "own_value": planned["value"].where(planned["overridden"]),
            "note": planned["note"],
        }
    )
    with st.form(widget_key("forecast", "overrides_form"), border=False):
        edited = editor(
            table,
            key=widget_key(
                "forecast",
                "overrides",
                view.selection.saved_name,
                view.shown,
            ),
            editable=("own_value", "note"),
            alt=plain("forecast.overrides.alt"),
            height=min(460, 40 + 36 * len(table)),
            own_value=st.column_config.NumberColumn(
                plain("forecast.column.own_value"),
                min_value=0.0,
            ),
        )
        with st.container(horizontal=True):
            submitted = st.form_submit_button(
                say("forecast.overrides.keep"),
                key=widget_key("forecast", "save_overrides"),
                type="primary",
            )
            back = st.form_submit_button(
                say("forecast.overrides.back"),
                key=widget_key("forecast", "overrides_back"),
            )
    if submitted or back:
        edited = edited.rename(columns={"own_value": "value"})
        _save(
            view,
            edited.assign(value=float("nan")) if back else edited,
        )


def _draw_one_period(view: View, planned: pd.DataFrame) -> None:
    form = st.form(widget_key("forecast", "override_form"), border=False)
    with (
        form,
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        day = st.selectbox(
            say("forecast.column.date"),
            [date.date().isoformat() for date in planned["date"]],
            key=widget_key("forecast", "override_date"),
            width=180,
        )
        value = st.number_input(
            say("forecast.column.own_value"),
            min_value=0.0,
            value=None,
            key=widget_key("forecast", "override_value"),
            width=180,
        )
        note = st.text_input(
            say("forecast.column.note"),
            key=widget_key("forecast", "override_note"),
            max_chars=200,
            width=320,
        )
        submitted = st.form_submit_button(
            say("forecast.overrides.set"),
            key=widget_key("forecast", "save_override"),
        )
        if submitted and value is not None:
            _save(
                view,
                pd.DataFrame(
                    {
                        "date": [day],
                        "value": [value],
                        "note": [note],
                    }
                ),
            )


def _save(view: View, edited: pd.DataFrame) -> None:
    decisions.save_overrides(
        view.selection,
        replace_overrides(decisions.overrides(view.selection), view.shown, edited),
    )
    st.rerun()


def draw_score(view: View) -> None:
    """The newest saved forecast of which a period has come, and a button to save this one."""
    saved = decisions.saved_forecasts(view.selection)
    demand = view.demand.value
    tables = (
        saved_frame(forecast.kind, forecast.name, "kept")
        for forecast in reversed(saved)
    )
    scorable = (table for table in tables if has_actuals(table.value, demand))
    newest = next(scorable, None)
    if newest is None:
        answer(
            "forecast.score.waiting" if saved else "forecast.score.none",
            count=len(saved),
        )
    else:
        measure = view.selection.measure
        _draw_scored(view, run(_scored, newest, view.demand, measure))
    _draw_saving(view, saved)


def _draw_saving(view: View, saved: list[Saved]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            say("forecast.score.keep"),
            key=widget_key("forecast", "save_forecast"),
            icon=":material/bookmark_add:",
        ):
            _save_forecast(view)
        for forecast in saved[-1:]:
            st.caption(
                say(
                    "forecast.score.last",
                    made=str(forecast.payload["made"]),
                    horizon=int(forecast.payload["horizon"]),
                    changed=forecast.changed.date().isoformat(),
                )
            )


def _save_forecast(view: View) -> None:
    made: pd.Timestamp = view.of_shown(view.forecast.history)["date"].max()
    decisions.save_forecast(
        view.selection,
        forecast_to_keep(view.forecast, view.overridden),
        {
            "made": made.date().isoformat(),
            "horizon": view.forecast.horizon,
        },
    )
    st.toast(say("forecast.score.kept"))
    st.rerun()


def _scored(
    saved: pd.DataFrame, demand: pd.DataFrame, measure: str
) -> ForecastScore:
    """What came against what was planned, in the unit of what is measured."""
    return replace(score_forecast(saved, demand), measure=measure)


def _draw_scored(view: View, asked: Answer[ForecastScore]) -> None:
    score = asked.value
    summary = score.summary()
    with starred(asked):
        answer(
            "forecast.score.sentence",
            made=score.made,
            periods=int(summary["periods"] or 0),
            mape=(summary["smape"] or 0.0) / 100,
            inside=summary["inside_80"] or 0.0,
        )
    items: list[dict[str, Any]] = [
        {"label": "forecast.score.mae", "value": summary["mae"]},
        {
            "label": "forecast.score.mae_naive",
            "value": summary["mae_naive"],
        },
        {
            "label": "forecast.score.bias",
            "value": summary["bias_share"],
            "style": "percent1",
            "help": "forecast.score_help.bias",
        },
    ]
    if summary["added_by_hand"] is not None:
        items.append(
            {
                "label": "forecast.score.hand",
                "value": summary["added_by_hand"],
                "style": "percent",
                "help": "forecast.score_help.hand",
            }
        )
    figures(items)
    show_table(
        "forecast",
        legible(with_names(score.periods[_SCORED], view.names)),
        key=widget_key("forecast", "score"),
        styles={"percent_error": "percent"},
        height=280,
    )
    downloads(
        "forecast_score",
        titled(score.periods, view.names),
        key=widget_key("forecast", "score_file"),
    )
    notes(renamed(score.notes, view.names))
