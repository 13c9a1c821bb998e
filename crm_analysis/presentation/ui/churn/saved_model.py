"""Save the model, and apply it to another table: risks, how far that table is from the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    Drift,
    SavedModel,
    WindowOptions,
    current_customers,
    open_model,
    reasons_for,
    save_model,
)
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.pictures import churn as pictures, retention as retention_pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, figures, notes, show_table
from crm_analysis.presentation.ui.churn.settings import Asked
from crm_analysis.presentation.ui.churn.words import named_features, titled
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.session import language, plain, said, say, workspace

__all__ = ["draw"]

_KIND = "churn_model"
_EXPLAINED = 1_000


@dataclass(frozen=True, eq=False)
class _Applied:
    customers: pd.DataFrame
    drift: Drift
    reasons: pd.DataFrame


def draw(asked: Asked) -> None:
    """Keep the model of this page; reopen and apply one."""
    _draw_keeping(asked)
    kept = {one.name: one for one in reversed(workspace().saved(_KIND))}
    if not kept:
        st.info(say("churn.saved_model.none"))
        return
    st.markdown(f"##### {say('churn.saved_model.models')}")
    for name, one in kept.items():
        _draw_kept(name, one)
    opened = st.session_state.get(widget_key("churn", "opened"))
    if opened in kept:
        _draw_opened(opened, kept[opened])


def _draw_keeping(asked: Asked) -> None:
    found = asked.found.value
    st.markdown(f"##### {say('churn.saved_model.title')}")
    st.caption(say("churn.saved_model.help"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            say("churn.saved_model.name"),
            plain(f"churn.model.{found.model.name}"),
            key=widget_key("churn", "keep_name"),
            max_chars=60,
            width=320,
        )
        if st.button(
            say("churn.saved_model.keep"),
            key=widget_key("churn", "model_keep"),
            disabled=not name.strip(),
        ):
            st.session_state[widget_key("churn", "keeping")] = [
                name.strip(),
                asked.found.fingerprint,
            ]
    name, fingerprint = st.session_state.get(widget_key("churn", "keeping")) or ("", "")
    if (
        fingerprint == asked.found.fingerprint
    ):  # making it may outlast the run in which the button was pressed
        made = run(save_model, asked.found).value
        windows = (
            asked.windows.replace(window_days=asked.planned.value.window_days).to_dict()
            if asked.windows is not None and asked.planned is not None
            else None
        )
        payload = {"meta": made.meta, "kind": asked.kind, "windows": windows}
        workspace().save(_KIND, name, payload, {"reference": made.reference}, {"model": made.model})
        del st.session_state[widget_key("churn", "keeping")]
        st.toast(say("churn.saved_model.done", name=name))


def _draw_kept(name: str, one: Any) -> None:
    meta = one.payload["meta"]
    with st.container(horizontal=True, vertical_alignment="center"):
        details = {
            "model": meta["name"],
            "made": meta["made"],
            "auc": meta["scores"]["auc"],
            "examples": meta["customers"],
        }
        st.markdown(say("churn.saved_model.one", name=name, **details), width="stretch")
        if st.button(say("churn.saved_model.open"), key=widget_key("churn", "open", name)):
            st.session_state[widget_key("churn", "opened")] = name
            st.rerun()
        if st.button(say("churn.saved_model.forget"), key=widget_key("churn", "forget", name)):
            workspace().forget(_KIND, name)
            st.rerun()


def _draw_opened(name: str, one: Any) -> None:
    """A model opened again, on a table of the workspace."""
    kind, windows = one.payload["kind"], one.payload["windows"]
    with st.container(border=True):
        st.markdown(f"##### {say('churn.saved_model.apply', name=name)}")
        tables = [saved.name for saved in workspace().tables() if saved.kind == kind]
        if not tables:
            st.info(say("churn.saved_model.no_table", kind=kind))
            return
        which = st.selectbox(
            say("churn.saved_model.table"),
            tables,
            key=widget_key("churn", "apply_to"),
            help=say("churn.saved_model.table_help"),
            persist_state="session",
        )
        model = run(_open, Answer(one, f"{_KIND} {name} {one.changed.isoformat()}"))
        lines = table(which)
        new = (
            lines
            if windows is None
            else run(current_customers, lines, WindowOptions.from_dict(windows))
        )
        lacking = [
            feature.name
            for feature in model.value.model.features
            if feature.name not in new.value.columns
        ]
        if lacking:
            st.warning(say("churn.missing_columns", columns=lacking), icon="⚠️")
            return
        _draw_applied(run(_apply, model, new).value, model.value, from_orders=windows is not None)


def _open(one: Any) -> SavedModel:
    return open_model(one.binary("model"), one.payload["meta"], one.frame("reference"))


def _apply(model: SavedModel, new: pd.DataFrame, progress: Progress = no_progress) -> _Applied:
    progress(0.0, "retention.step.reasons")
    return _Applied(
        model.apply(new),
        model.drift(new),
        reasons_for(
            model.model, new, model.reference, rows=min(_EXPLAINED, len(new)), raising=True
        ),
    )


def _draw_applied(found: _Applied, model: SavedModel, from_orders: bool) -> None:
    threshold = model.meta["scores"].get("threshold") or 0.5
    named = found.customers[found.customers["risk"] >= threshold]
    answer(
        "churn.saved_model.applied",
        count=len(named),
        customers=len(found.customers),
        threshold=threshold,
    )
    level = found.drift.level
    (st.success if level == "stable" else st.warning)(
        say(f"churn.saved_model.drift_{level}"), icon="✅" if level == "stable" else "⚠️"
    )
    notes(found.drift.notes)
    before = float(model.reference["risk"].mean())
    figures(
        [
            {
                "label": "churn.figure.risk_now",
                "value": float(found.customers["risk"].mean()),
                "style": "percent1",
            },
            {"label": "churn.figure.risk_before", "value": before, "style": "percent1"},
            {
                "label": "churn.figure.shifted",
                "value": found.drift.summary()["shifted"],
                "help": "churn.figure_help.shifted",
            },
            {
                "label": "churn.figure.different",
                "value": found.drift.summary()["different"],
                "help": "churn.figure_help.shifted",
            },
        ]
    )
    listed = found.customers.sort_values("risk", ascending=False, kind="stable", ignore_index=True)
    first, texts = (
        listed["customer"]
        .map(pictures.reason_texts(found.reasons, language(), from_orders, most))
        .fillna("")
        for most in (1, None)
    )
    shown = listed[["customer", "risk"]].assign(reasons=first)
    listed = listed.assign(reasons=texts)
    show_table(
        "churn", shown, key=widget_key("churn", "applied"), styles={"risk": "percent"}, height=320
    )
    downloads("risks", titled(listed, from_orders), key=widget_key("churn", "applied_file"))
    with st.expander(say("churn.saved_model.drift_title")):
        features = found.drift.features
        chart(
            retention_pictures.drift(features, language(), from_orders),
            key=widget_key("churn", "drift"),
            alt=plain("churn.saved_model.drift_title"),
            height=120 + 30 * min(12, len(features)),
        )
        st.caption(say("churn.saved_model.drift_help"))
        told = features.assign(
            feature=named_features(features["feature"], from_orders),
            level=said(features["level"], "retention.level.{}"),
        )
        show_table(
            "churn",
            told[["feature", "index", "level", "missing_before", "missing_now", "unseen"]],
            key=widget_key("churn", "drift_table"),
            styles={"missing_before": "percent", "missing_now": "percent"},
        )
