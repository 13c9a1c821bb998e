"""Save the model, and apply it to another table: risks, how far that table is from the first."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    SavedModel,
    WindowOptions,
    current_customers,
    open_model,
    reasons_for,
    save_model,
)
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.pictures import (
    churn as pictures,
    retention as retention_pictures,
)
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    downloads,
    figures,
    language,
    name_to_keep,
    notes,
    plain,
    run,
    said,
    say,
    show_table,
    table,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.churn.settings import Prediction
from crm_analysis.presentation.ui.churn.words import named_features, titled
from crm_analysis.presentation.ui.remembered import remembered

_KIND = "churn_model"
_EXPLAINED = 1_000


def draw(prediction: Prediction) -> None:
    """Keep the model of this page; reopen and apply one."""
    _draw_save(prediction)
    models = {saved.name: saved for saved in reversed(workspace().saved(_KIND))}
    if not models:
        st.info(say("churn.saved_model.none"))
        return
    st.markdown(f"##### {say('churn.saved_model.models')}")
    for name, saved in models.items():
        _draw_model(name, saved)
    opened = st.session_state.get(widget_key("churn", "opened"))
    if opened in models:
        _draw_opened(opened, models[opened])


def _draw_save(prediction: Prediction) -> None:
    churn = prediction.churn.value
    st.markdown(f"##### {say('churn.saved_model.title')}")
    st.caption(say("churn.saved_model.help"))
    if name := name_to_keep(
        "churn.saved_model.name",
        "churn.saved_model.keep",
        (widget_key("churn", "keep_name"), widget_key("churn", "model_keep")),
        start=plain(f"churn.model.{churn.model.name}"),
    ):
        st.session_state[widget_key("churn", "keeping")] = [
            name,
            prediction.churn.fingerprint,
        ]
    name, fingerprint = st.session_state.get(widget_key("churn", "keeping")) or (
        "",
        "",
    )
    # Making it may outlast the run in which the button was pressed.
    if fingerprint == prediction.churn.fingerprint:
        made = run(save_model, prediction.churn).value
        windows = (
            prediction.windows.replace(
                window_days=prediction.planned.value.window_days
            ).to_dict()
            if prediction.windows is not None and prediction.planned is not None
            else None
        )
        workspace().save(
            _KIND,
            name,
            {"meta": made.meta, "kind": prediction.kind, "windows": windows},
            {"reference": made.reference},
            {"model": made.model},
        )
        del st.session_state[widget_key("churn", "keeping")]
        st.toast(say("churn.saved_model.done", name=name))


def _draw_model(name: str, saved: Any) -> None:
    meta = saved.payload["meta"]
    with st.container(horizontal=True, vertical_alignment="center"):
        details = {
            "model": meta["name"],
            "made": meta["made"],
            "auc": meta["scores"]["auc"],
            "examples": meta["customers"],
        }
        st.markdown(
            say("churn.saved_model.one", name=name, **details), width="stretch"
        )
        if st.button(
            say("churn.saved_model.open"), key=widget_key("churn", "open", name)
        ):
            st.session_state[widget_key("churn", "opened")] = name
            st.rerun()
        if st.button(
            say("churn.saved_model.forget"),
            key=widget_key("churn", "forget", name),
        ):
            workspace().forget(_KIND, name)
            st.rerun()


def _draw_opened(name: str, saved: Any) -> None:
    kind, windows = saved.payload["kind"], saved.payload["windows"]
    with st.container(border=True):
        st.markdown(f"##### {say('churn.saved_model.apply', name=name)}")
        tables = [
            saved.name for saved in workspace().tables() if saved.kind == kind
        ]
        if not tables:
            st.info(say("churn.saved_model.no_table", kind=kind))
            return
        which = remembered(
            st.selectbox,
            say("churn.saved_model.table"),
            tables,
            key=widget_key("churn", "apply_to"),
            help=say("churn.saved_model.table_help"),
        )
        model = run(
            _open, Answer(saved, f"{_KIND} {name} {saved.changed.isoformat()}")
        )
        lines = table(which)
        new = lines
        if windows is not None:
            new = run(current_customers, lines, WindowOptions.from_dict(windows))
        lacking = [
            feature.name
            for feature in model.value.model.features
            if feature.name not in new.value.columns
        ]
        if lacking:
            st.warning(say("churn.missing_columns", columns=lacking), icon="⚠️")
            return
        _draw_applied(model, new, from_orders=windows is not None)


def _open(saved: Any) -> SavedModel:
    return open_model(
        saved.binary("model"), saved.payload["meta"], saved.frame("reference")
    )


def _reasons(
    model: SavedModel, new: pd.DataFrame, progress: Progress = no_progress
) -> pd.DataFrame:
    progress(0.0, "retention.step.reasons")
    return reasons_for(
        model.model,
        new,
        model.reference,
        rows=min(_EXPLAINED, len(new)),
        raising=True,
    )


def _draw_applied(
    model: Answer[SavedModel], new: Answer[pd.DataFrame], from_orders: bool
) -> None:
    customers = run(SavedModel.apply, model, new).value
    drift = run(SavedModel.drift, model, new).value
    reasons = run(_reasons, model, new).value
    threshold = model.value.meta["scores"].get("threshold") or 0.5
    answer(
        "churn.saved_model.applied",
        count=len(customers[customers["risk"] >= threshold]),
        customers=len(customers),
        threshold=threshold,
    )
    level = drift.level
    (st.success if level == "stable" else st.warning)(
        say(f"churn.saved_model.drift_{level}"),
        icon="✅" if level == "stable" else "⚠️",
    )
    notes(drift.notes)
    before = float(model.value.reference["risk"].mean())
    figures(
        [
            {
                "label": "churn.figure.risk_now",
                "value": float(customers["risk"].mean()),
                "style": "percent1",
            },
            {
                "label": "churn.figure.risk_before",
                "value": before,
                "style": "percent1",
            },
            {
                "label": "churn.figure.shifted",
                "value": drift.summary()["shifted"],
                "help": "churn.figure_help.shifted",
            },
            {
                "label": "churn.figure.different",
                "value": drift.summary()["different"],
                "help": "churn.figure_help.shifted",
            },
        ]
    )
    customers = customers.sort_values(
        "risk", ascending=False, kind="stable", ignore_index=True
    )
    first, texts = (
        customers["customer"]
        .map(pictures.reason_texts(reasons, language(), from_orders, maximum))
        .fillna("")
        for maximum in (1, None)
    )
    show_table(
        "churn",
        customers[["customer", "risk"]].assign(reasons=first),
        key=widget_key("churn", "applied"),
        styles={"risk": "percent"},
        height=320,
    )
    downloads(
        "risks",
        titled(customers.assign(reasons=texts), from_orders),
        key=widget_key("churn", "applied_file"),
    )
    with st.expander(say("churn.saved_model.drift_title")):
        features = drift.features
        chart(
            retention_pictures.drift(features, language(), from_orders),
            key=widget_key("churn", "drift"),
            alt=plain("churn.saved_model.drift_title"),
            height=120 + 30 * min(12, len(features)),
        )
        st.caption(say("churn.saved_model.drift_help"))
        drifted = features.assign(
            feature=named_features(features["feature"], from_orders),
            level=said(features["level"], "retention.level.{}"),
        )
        show_table(
            "churn",
            drifted[
                [
                    "feature",
                    "index",
                    "level",
                    "missing_before",
                    "missing_now",
                    "unseen",
                ]
            ],
            key=widget_key("churn", "drift_table"),
            styles={"missing_before": "percent", "missing_now": "percent"},
        )
