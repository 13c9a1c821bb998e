"""How good is this: models beside each other, whether risks come true, how groups fare."""

from __future__ import annotations

import streamlit as st

from crm_analysis.analyses.churn import Churn, fairness_attributes
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import churn as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    downloads,
    language,
    plain,
    run,
    said,
    say,
    show_table,
    starred,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.churn.learning import draw_search
from crm_analysis.presentation.ui.churn.settings import Prediction
from crm_analysis.presentation.ui.churn.words import (
    legible,
    titled,
    titled_chart,
)
from crm_analysis.presentation.ui.remembered import remembered

_CHOICE = {
    f"churn.note.{name}"
    for name in (
        "near_alike",
        "chosen_best",
        "chosen_not_simplest",
        "chosen_simplest",
        "searched",
        "searched_in_vain",
        "rule_as_good",
        "stack",
    )
}
_SENSITIVE = (  # looked at first
    "gender",
    "sex",
    "age",
    "seniorcitizen",
    "性别",
    "年龄",
    "country",
    "geography",
    "国家",
)


def draw(prediction: Prediction) -> None:
    """Every figure beside what chance and one rule would get."""
    churn = prediction.churn.value
    _draw_models(prediction.churn)
    draw_search(churn)
    ece = 100 * (churn.summary()["ece"] or 0.0)
    left, right = st.columns(2, gap="large")
    with left:
        figure = pictures.reliability(churn, language())
        titled_chart(
            "churn.evaluation.reliability", figure, "reliability", 380, ece=ece
        )
        st.caption(say("churn.evaluation.reliability_help"))
    with right:
        titled_chart(
            "churn.evaluation.roc", pictures.roc(churn, language()), "roc", 380
        )
    left, right = st.columns(2, gap="large")
    with left:
        figure = pictures.precision_recall(churn, language())
        titled_chart("churn.evaluation.precision", figure, "precision", 380)
    with right:
        titled_chart(
            "churn.evaluation.gain",
            pictures.gain(churn, language()),
            "gain_trust",
            380,
        )
    _draw_time(churn)
    _draw_fairness(prediction)


def _draw_models(asked: Answer[Churn]) -> None:
    churn = asked.value
    in_use = sentences.model_in_use(churn)
    with starred(asked, "Churn.models"):
        answer(in_use.key, **in_use.details)
    measure = switch(
        "churn.evaluation.measure",
        ("auc", "log_loss", "average_precision", "lift_10", "brier"),
        "churn.evaluation.measure_{}",
        key=widget_key("churn", "measure"),
        default="auc",
        quiet=True,
    )
    scores = churn.scores
    chart(
        pictures.compared(scores, measure, language()),
        key=widget_key("churn", "models", measure),
        alt=plain("churn.evaluation.models_alt", measure=measure),
        height=110 + 38 * int(scores[f"{measure}_lo"].notna().sum()),
    )
    for key, details in churn.notes:
        if key in _CHOICE:
            st.caption(say(key, **details))
    if churn.rule is not None:
        rule = churn.rule
        row = {
            "op": rule.op,
            "feature": rule.feature,
            "value": rule.value,
            "number": rule.value if rule.op in ("above", "at_most") else 0.0,
        }
        st.caption(
            say(
                "churn.evaluation.rule",
                condition=pictures.condition_text(
                    row,
                    language(),
                    pictures.scales_of(churn),
                    pictures.is_from_orders(churn),
                ),
                rate=rule.rate_if,
                other=rule.rate_else,
                customers=rule.customers_if,
            )
        )
    with st.expander(say("churn.evaluation.numbers")):
        table = scores[
            [
                "model",
                "auc",
                "auc_lo",
                "auc_hi",
                "average_precision",
                "log_loss",
                "log_loss_sd",
                "brier",
                "ece",
                "lift_10",
                "seconds",
                "chosen",
            ]
        ].assign(model=said(scores["model"], "churn.model.{}"))
        shares = (
            "auc",
            "auc_lo",
            "auc_hi",
            "average_precision",
            "log_loss",
            "log_loss_sd",
            "brier",
            "ece",
        )
        st.dataframe(
            titled(table.assign(**{name: table[name].round(4) for name in shares})),
            key=widget_key("churn", "scores"),
            hide_index=True,
            placeholder="",
            alt=plain("frame.table_alt", rows=len(table)),
        )
        downloads("models", titled(table), key=widget_key("churn", "scores_file"))


def _draw_time(churn: Churn) -> None:
    if not len(churn.time_check):
        return
    row = churn.time_check.iloc[0]
    area = {
        "auc": float(row["auc"]),
        "lo": float(row["auc_lo"]),
        "hi": float(row["auc_hi"]),
    }
    st.markdown(f"##### {say('churn.evaluation.time', **area)}")
    st.markdown(
        say(
            "churn.evaluation.time_told",
            cutoff=row["cutoff"].date().isoformat(),
            trained_on=int(row["trained_on"]),
            customers=int(row["customers"]),
            rate=float(row["base_rate"]),
            before=float(row["trained_rate"]),
        )
    )


def _draw_fairness(prediction: Prediction) -> None:
    churn = prediction.churn.value
    st.markdown(f"##### {say('churn.evaluation.fairness')}")
    columns = fairness_attributes(churn.table, churn.target, prediction.from_orders)
    if not columns:
        st.caption(say("churn.evaluation.no_groups"))
        return
    names = {
        name: pictures.feature_name(
            name, language(), pictures.is_from_orders(churn)
        )
        for name in columns
    }
    attribute = remembered(
        st.selectbox,
        say("churn.evaluation.attribute"),
        columns,
        index=_sensitive(columns),
        format_func=names.__getitem__,
        key=widget_key("churn", "fairness"),
    )
    table = run(Churn.fairness, prediction.churn, attribute).value
    wide = table[~table["few"]]
    if len(wide) > 1:
        high, low = (
            wide.loc[wide["false_alarms"].idxmax()],
            wide.loc[wide["false_alarms"].idxmin()],
        )
        st.markdown(
            say(
                "churn.evaluation.fairness_told",
                high=str(high["group"]),
                most=float(high["false_alarms"]),
                low=str(low["group"]),
                least=float(low["false_alarms"]),
            )
        )
    chart(
        pictures.fairness(table, language()),
        key=widget_key("churn", "fairness", attribute),
        alt=plain("churn.evaluation.fairness"),
        height=380,
    )
    shares = (
        "churn_rate",
        "mean_risk",
        "named",
        "caught",
        "false_alarms",
        "precision",
    )
    show_table(
        "churn",
        legible(table[["group", "customers", "churners", *shares, "auc", "few"]]),
        key=widget_key("churn", "fairness_table"),
        styles=dict.fromkeys(shares, "percent"),
    )
    downloads("fairness", titled(table), key=widget_key("churn", "fairness_file"))
    st.caption(say("churn.evaluation.fairness_help"))


def _sensitive(columns: list[str]) -> int:
    """The position of the first column of age, sex and country; 0 where there is none."""
    lower = [name.lower() for name in columns]
    return next((lower.index(name) for name in _SENSITIVE if name in lower), 0)
