"""How good is this: models beside each other, whether risks come true, how groups fare."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import Churn
from crm_analysis.presentation.pictures import churn as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, show_table, switch
from crm_analysis.presentation.ui.churn.settings import Asked, is_number
from crm_analysis.presentation.ui.churn.words import legible, titled
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import run
from crm_analysis.presentation.ui.session import language, plain, said, say

__all__ = ["draw"]

_MEASURES = ("auc", "log_loss", "average_precision", "lift_10", "brier")
_CHOICE = {
    f"churn.note.{name}"
    for name in (
        "near_alike",
        "chosen_best",
        "chosen_not_simplest",
        "chosen_simplest",
        "rule_as_good",
        "stack",
    )
}
_MOST_VALUES = 12


def draw(asked: Asked) -> None:
    """Every figure beside what chance and one rule would get."""
    found = asked.found.value
    _draw_models(found)
    left, right = st.columns(2, gap="large")
    told = found.summary()
    with left:
        st.markdown(f"##### {say('churn.evaluation.reliability', ece=100 * (told['ece'] or 0.0))}")
        chart(
            pictures.reliability(found, language()),
            key=widget_key("churn", "reliability"),
            alt=plain("churn.evaluation.reliability", ece=100 * (told["ece"] or 0.0)),
            height=380,
        )
        st.caption(say("churn.evaluation.reliability_help"))
    with right:
        st.markdown(f"##### {say('churn.evaluation.roc')}")
        chart(
            pictures.roc(found, language()),
            key=widget_key("churn", "roc"),
            alt=plain("churn.evaluation.roc"),
            height=380,
        )
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"##### {say('churn.evaluation.precision')}")
        chart(
            pictures.precision_recall(found, language()),
            key=widget_key("churn", "precision"),
            alt=plain("churn.evaluation.precision"),
            height=380,
        )
    with right:
        st.markdown(f"##### {say('churn.evaluation.gain')}")
        chart(
            pictures.gain(found, language()),
            key=widget_key("churn", "gain_trust"),
            alt=plain("churn.evaluation.gain"),
            height=380,
        )
    _draw_time(found)
    _draw_fairness(asked)


def _draw_models(found: Churn) -> None:
    answer(
        "churn.evaluation.models_rule" if found.verdict == "rule" else "churn.evaluation.models",
        model=found.model.name,
        auc=found.figures["auc"],
        rule=found.figures["one_rule_auc"],
    )
    measure = switch(
        "churn.evaluation.measure",
        _MEASURES,
        "churn.evaluation.measure_{}",
        key=widget_key("churn", "measure"),
        default="auc",
        quiet=True,
    )
    scores = found.scores
    shown = int(scores[f"{measure}_lo"].notna().sum())
    chart(
        pictures.compared(scores, measure, language()),
        key=widget_key("churn", "models", measure),
        alt=plain("churn.evaluation.models_alt", measure=measure),
        height=110 + 38 * shown,
    )
    for key, details in found.notes:
        if key in _CHOICE:
            st.caption(say(key, **details))
    if found.rule is not None:
        rule = found.rule
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
                    row, language(), pictures.scales_of(found), pictures.is_from_orders(found)
                ),
                rate=rule.rate_if,
                other=rule.rate_else,
                customers=rule.customers_if,
            )
        )
    with st.expander(say("churn.evaluation.numbers")):
        columns = [
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
        table = scores[columns].assign(model=said(scores["model"], "churn.model.{}"))
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
        shown_table = table.assign(**{name: table[name].round(4) for name in shares})
        st.dataframe(
            titled(shown_table),
            key=widget_key("churn", "scores"),
            hide_index=True,
            placeholder="",
            alt=plain("frame.table_alt", rows=len(table)),
        )
        downloads("models", titled(table), key=widget_key("churn", "scores_file"))


def _draw_time(found: Churn) -> None:
    """Learnt from the past, checked on the last window."""
    if not len(found.time_check):
        return
    row = found.time_check.iloc[0]
    area = {"auc": float(row["auc"]), "lo": float(row["auc_lo"]), "hi": float(row["auc_hi"])}
    st.markdown(f"##### {say('churn.evaluation.time', **area)}")
    details = {
        "cutoff": row["cutoff"].date().isoformat(),
        "trained_on": int(row["trained_on"]),
        "customers": int(row["customers"]),
    }
    st.markdown(
        say(
            "churn.evaluation.time_told",
            **details,
            rate=float(row["base_rate"]),
            before=float(row["trained_rate"]),
        )
    )


def _draw_fairness(asked: Asked) -> None:
    """How the customers of different groups fare at the bound."""
    found = asked.found.value
    st.markdown(f"##### {say('churn.evaluation.fairness')}")
    columns = _attributes(found, asked.from_orders)
    if not columns:
        st.caption(say("churn.evaluation.no_groups"))
        return
    names = {
        name: pictures.feature_name(name, language(), pictures.is_from_orders(found))
        for name in columns
    }
    attribute = st.selectbox(
        say("churn.evaluation.attribute"),
        columns,
        index=_sensitive(columns),
        format_func=names.__getitem__,
        key=widget_key("churn", "fairness"),
        persist_state="session",
    )
    table = run(_fairness, asked.found, attribute).value
    wide = table[~table["few"]]
    if len(wide) > 1:
        high, low = wide.loc[wide["false_alarms"].idxmax()], wide.loc[wide["false_alarms"].idxmin()]
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
    shares = ("churn_rate", "mean_risk", "named", "caught", "false_alarms", "precision")
    shown = table[["group", "customers", "churners", *shares, "auc", "few"]]
    show_table(
        "churn",
        legible(shown),
        key=widget_key("churn", "fairness_table"),
        styles=dict.fromkeys(shares, "percent"),
    )
    downloads("fairness", titled(table), key=widget_key("churn", "fairness_file"))
    st.caption(say("churn.evaluation.fairness_help"))


def _fairness(found: Churn, attribute: str) -> pd.DataFrame:
    return found.fairness(attribute)


def _groups(column: pd.Series) -> bool:
    """Whether customers can be grouped by a column: a few values, or a number."""
    return column.nunique() > 1 and (
        pd.api.types.is_numeric_dtype(column) or column.nunique() <= _MOST_VALUES
    )


def _attributes(found: Churn, from_orders: bool) -> list[str]:
    """The columns that say who customers are: groups before numbers.

    Of orders only their groups: how long ago and how much somebody bought is the risk itself.
    """
    columns = [
        str(name)
        for name in found.table.columns
        if name not in ("customer", "cutoff", "window_end", "churned", found.target)
        and _groups(found.table[name])
    ]
    numbers = [
        name for name in columns if is_number(found.table[name]) and found.table[name].nunique() > 2
    ]
    groups = [name for name in columns if name not in numbers]
    return groups if from_orders else [*groups, *numbers]


def _sensitive(columns: list[str]) -> int:
    """Age and sex are asked first where there are such."""
    asked = (
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
    lower = [name.lower() for name in columns]
    return next((lower.index(name) for name in asked if name in lower), 0)
