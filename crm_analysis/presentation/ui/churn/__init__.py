"""The pieces of the churn page: the answer at a glance, what makes it doubtful, how it was got."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import code
from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui import (
    answer,
    figures,
    guarded,
    how,
    in_python,
    is_analyst,
    language,
    loaded,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.churn.settings import (
    Prediction,
    predict,
    source,
)
from crm_analysis.presentation.ui.remembered import remembered

__all__ = [
    "Prediction",
    "alarms",
    "computed",
    "guarded_tabs",
    "headline",
    "measures",
    "predict",
    "source",
]

_LIKELY = 0.5  # a risk from which something is called likely


def headline(prediction: Prediction) -> None:
    """Who is at risk, what they are worth, how sure that is; then what makes it doubtful."""
    churn, at_risk = prediction.churn.value, prediction.at_risk
    summary, confusion = churn.summary(), churn.confusion()
    worth = _worth(prediction)
    details = {
        "count": len(at_risk),
        "customers": int(prediction.people.value["actionable"].sum()),
        "threshold": churn.threshold,
        "precision": confusion["precision"],
        "recall": confusion["recall"],
        "base": summary["base_rate"],
    }
    if prediction.planned is not None:
        details["days"] = prediction.planned.value.window_days
    wording = "table"
    if prediction.windows is not None:
        wording = "orders" if churn.threshold >= _LIKELY else "orders_may"
    key = (
        f"churn.headline.{wording}_worth" if worth else f"churn.headline.{wording}"
    )
    if churn.verdict == "tells":
        answer(key, **details, worth=worth)
    else:  # what the record cannot say comes before what the model says all the same
        auc = summary["auc"]
        answer(
            f"churn.headline.{churn.verdict}",
            pairs=round(100 * (0.5 if auc is None else auc)),
            auc=auc,
            rule=summary["one_rule_auc"],
            lift=summary["lift_10"],
            lift_lo=summary["lift_10_lo"],
            lift_hi=summary["lift_10_hi"],
        )
        st.markdown(say(key, **details, worth=worth))
    if confusion["precision"] is not None:
        st.markdown(say("churn.headline.sure", **details))
    alarms(prediction)


def measures(prediction: Prediction) -> None:
    """The same in figures, and how well the model tells who leaves: below what it says."""
    churn, at_risk = prediction.churn.value, prediction.at_risk
    summary, worth = churn.summary(), _worth(prediction)
    figures(
        [
            {
                "label": "churn.figure.at_risk",
                "value": len(at_risk),
                "help": "churn.figure_help.at_risk",
                "analyst": True,
                "help_details": {"threshold": churn.threshold},
            },
            *(
                [
                    {
                        "label": "churn.figure.worth",
                        "value": worth,
                        "help": "churn.figure_help.worth",
                        "analyst": True,
                    }
                ]
                if worth
                else []
            ),
            {
                "label": "churn.figure.base_rate",
                "value": summary["base_rate"],
                "style": "percent",
                "help": "churn.figure_help.base_rate",
                "analyst": True,
            },
            {
                "label": "churn.figure.auc",
                "value": summary["auc"],
                "style": "number2",
                "help": "churn.figure_help.auc",
                "analyst": True,
            },
            {
                "label": "churn.figure.lift",
                "value": summary["lift_10"],
                "style": "number1",
                "help": "churn.figure_help.lift",
                "analyst": True,
            },
            {
                "label": "churn.figure.ece",
                "value": 100 * (summary["ece"] or 0.0),
                "style": "number1",
                "help": "churn.figure_help.ece",
                "analyst": True,
            },
        ]
    )
    names = (
        "auc",
        "auc_lo",
        "auc_hi",
        "lift_10",
        "lift_10_lo",
        "lift_10_hi",
        "base_rate",
        "base_rate_lo",
        "base_rate_hi",
        "one_rule_auc",
    )
    measures = {name: summary[name] for name in names}
    if is_analyst() and None not in measures.values():
        st.caption(
            say(
                "churn.page.intervals",
                coverage=churn.options.coverage,
                pairs=round(100 * (summary["auc"] or 0.0)),
                **measures,
            )
        )


def _worth(prediction: Prediction) -> float | None:
    """What those at risk are worth together, where that is known."""
    if not prediction.worth:
        return None
    return float(prediction.at_risk[prediction.worth].sum())


def alarms(prediction: Prediction) -> None:
    """Said loudly: columns that know the answer, too little data, an answer too good to be true.

    That the record says nothing is the headline.
    """
    churn, from_orders = prediction.churn.value, prediction.from_orders
    loud = {"churn.note.too_few", "churn.note.too_good"}
    for key, details in churn.notes:
        if key in loud:
            st.warning(say(key, **details), icon="⚠️")
    for row in churn.alarms.to_dict("records"):
        feature = row["feature"]
        details = {
            name: row[name] for name in ("auc_alone", "share", "rows", "value")
        }
        name = feature_name(feature, language(), from_orders)
        title = say(
            f"churn.page.alarm_{'out' if row['left_out'] else 'in'}",
            feature=name,
        )
        reason = say(f"churn.alarm.{row['kind']}", **details)
        if pd.notna(row["auc_without"]):
            beside = {name: row[name] for name in ("auc_with", "auc_without")}
            reason = " ".join(
                [
                    reason,
                    say("churn.page.alarm_beside", **beside),
                    say("churn.page.alarm_leave_out"),
                ]
            )
        with st.container(border=True):
            st.markdown(f":material/warning: **{title}** {reason}")
            if row["left_out"] or feature in churn.options.keep:
                remembered(
                    st.toggle,
                    say("churn.page.keep_anyway", feature=name),
                    key=widget_key("churn", "keep", feature),
                    help=say("churn.page.keep_help"),
                )


def guarded_tabs(
    draws: Mapping[str, Callable[[], None]], prediction: Prediction
) -> dict[str, Callable[[], None]]:
    """Each of the tabs on its own feet; how long customers stay only where that is known."""
    return {
        name: guarded(draw)
        for name, draw in draws.items()
        if name != "survival" or prediction.kind == "customers"
    }


def computed(prediction: Prediction) -> None:
    """How it was computed."""
    churn = prediction.churn.value
    details: dict[str, Any] = {
        "model": churn.model.name,
        "features": len(churn.model.features),
        "folds": churn.options.folds,
        "examples": len(churn.out_of_fold),
    }
    if prediction.planned is not None:
        windows = prediction.planned.value
        details |= {
            "days": windows.window_days,
            "active": windows.active_days,
            "cutoffs": [cutoff.date().isoformat() for cutoff in windows.cutoffs],
            "last_day": windows.last_day.date().isoformat(),
        }
    contacts = (
        in_python("customers", "customers")
        if prediction.kind == "transactions" and loaded("customers")
        else None
    )
    how(
        "churn.how.orders" if prediction.windows is not None else "churn.how.table",
        code(
            prediction.options,
            windows=prediction.windows,
            loading=in_python(prediction.kind),
            contacts=contacts,
            searched=churn.settings if prediction.options.search else None,
        ),
        churn.notes,
        **details,
    )
