"""The pieces of the churn page: the answer at a glance, what makes it doubtful, how it was got."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import code
from crm_analysis.presentation.pictures.churn import feature_name
from crm_analysis.presentation.ui.blocks import answer, figures, guarded, how
from crm_analysis.presentation.ui.churn.settings import Asked, ask, source
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.kinds import loaded
from crm_analysis.presentation.ui.run import in_python
from crm_analysis.presentation.ui.session import language, say

__all__ = ["Asked", "alarms", "ask", "computed", "guarded_tabs", "headline", "source"]

_LIKELY = 0.5  # a risk from which something is called likely


def customers_at_risk(asked: Asked) -> pd.DataFrame:
    """Who is still a customer and has at least the risk that counts as churning, riskiest first."""
    people = asked.people.value
    named = people[
        people["actionable"].astype(bool) & (people["risk"] >= asked.found.value.threshold)
    ]
    return named.sort_values("risk", ascending=False, kind="stable", ignore_index=True)


def headline(asked: Asked) -> None:
    """Who is at risk, what they are worth, how sure that is; then what makes it doubtful."""
    found, named = asked.found.value, customers_at_risk(asked)
    people = asked.people.value
    told, tried = found.summary(), found.confusion()
    worth = float(named[asked.worth].sum()) if asked.worth else None
    details = {
        "count": len(named),
        "customers": int(people["actionable"].sum()),
        "threshold": found.threshold,
        "precision": tried["precision"],
        "recall": tried["recall"],
        "base": told["base_rate"],
    }
    if asked.planned is not None:
        details["days"] = asked.planned.value.window_days
    way = "table"
    if asked.windows is not None:
        way = "orders" if found.threshold >= _LIKELY else "orders_may"
    key = f"churn.headline.{way}_worth" if worth else f"churn.headline.{way}"
    if found.verdict == "tells":
        answer(key, **details, worth=worth)
    else:  # what the record cannot say comes before what the model says all the same
        answer(f"churn.headline.{found.verdict}", **_ranking(told))
        st.markdown(say(key, **details, worth=worth))
    if tried["precision"] is not None:
        st.markdown(say("churn.headline.sure", **details))
    figures(
        [
            {
                "label": "churn.figure.at_risk",
                "value": len(named),
                "help": "churn.figure_help.at_risk",
                "help_details": {"threshold": found.threshold},
            },
            *(
                [{"label": "churn.figure.worth", "value": worth, "help": "churn.figure_help.worth"}]
                if worth
                else []
            ),
            {
                "label": "churn.figure.base_rate",
                "value": told["base_rate"],
                "style": "percent1",
                "help": "churn.figure_help.base_rate",
            },
            {
                "label": "churn.figure.auc",
                "value": told["auc"],
                "style": "number2",
                "help": "churn.figure_help.auc",
            },
            {
                "label": "churn.figure.lift",
                "value": told["lift_10"],
                "style": "number1",
                "help": "churn.figure_help.lift",
            },
            {
                "label": "churn.figure.ece",
                "value": 100 * (told["ece"] or 0.0),
                "style": "number1",
                "help": "churn.figure_help.ece",
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
    known = {name: value for name in names if (value := told[name]) is not None}
    if len(known) == len(names):
        st.caption(
            say(
                "churn.page.intervals",
                coverage=found.options.coverage,
                pairs=round(100 * known["auc"]),
                **known,
            )
        )
    alarms(asked)


def _ranking(told: Mapping[str, float | None]) -> dict[str, Any]:
    """How well customers are ranked, as the headline says it."""
    return {
        "pairs": round(100 * (told["auc"] if told["auc"] is not None else 0.5)),
        "auc": told["auc"],
        "rule": told["one_rule_auc"],
        "lift": told["lift_10"],
        "lift_lo": told["lift_10_lo"],
        "lift_hi": told["lift_10_hi"],
    }


def alarms(asked: Asked) -> None:
    """Said loudly: columns that know the answer, too little data, an answer too good to be true.

    That the record says nothing is the headline.
    """
    found, from_orders = asked.found.value, asked.from_orders
    loud = {"churn.note.too_few", "churn.note.too_good"}
    for key, details in found.notes:
        if key in loud:
            st.warning(say(key, **details), icon="⚠️")
    for row in found.alarms.to_dict("records"):
        feature = row["feature"]
        details = {name: row[name] for name in ("auc_alone", "share", "rows", "value")}
        name = feature_name(feature, language(), from_orders)
        title = say(f"churn.page.alarm_{'out' if row['left_out'] else 'in'}", feature=name)
        reason = say(f"churn.alarm.{row['kind']}", **details)
        with st.container(border=True):
            st.markdown(f":material/warning: **{title}** {reason}")
            if row["left_out"] or feature in found.options.keep:
                st.toggle(
                    say("churn.page.keep_anyway", feature=name),
                    key=widget_key("churn", "keep", feature),
                    help=say("churn.page.keep_help"),
                    persist_state="session",
                )


def guarded_tabs(
    draws: Mapping[str, Callable[[], None]], asked: Asked
) -> dict[str, Callable[[], None]]:
    """Each of the tabs on its own feet; how long customers stay only where that is known."""
    draws = {
        name: draw
        for name, draw in draws.items()
        if name != "survival" or asked.kind == "customers"
    }
    return {name: guarded(draw) for name, draw in draws.items()}


def computed(asked: Asked) -> None:
    """How it was computed."""
    found = asked.found.value
    details: dict[str, Any] = {
        "model": found.model.name,
        "features": len(found.model.features),
        "folds": found.options.folds,
        "examples": len(found.out_of_fold),
    }
    if asked.planned is not None:
        windows = asked.planned.value
        details |= {
            "days": windows.window_days,
            "active": windows.active_days,
            "cutoffs": [cutoff.date().isoformat() for cutoff in windows.cutoffs],
            "last_day": windows.last_day.date().isoformat(),
        }
    contacts = (
        in_python("customers", "customers")
        if asked.kind == "transactions" and loaded("customers")
        else None
    )
    script = code(
        asked.options, windows=asked.windows, loading=in_python(asked.kind), contacts=contacts
    )
    how(
        "churn.how.orders" if asked.windows is not None else "churn.how.table",
        script,
        found.notes,
        **details,
    )
