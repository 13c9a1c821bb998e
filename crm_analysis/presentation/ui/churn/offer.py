"""The offer that is to keep customers: what it costs, how often it works, how far money reaches.

The same widgets wherever they are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn import (
    MoneyOptions,
    plan_in_hindsight,
    still_customers,
)
from crm_analysis.presentation.ui import (
    Answer,
    choice_text,
    controls,
    run,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.churn.settings import Prediction

_LIMITS = ("none", "count", "budget")
# Fields to type into: money has no scale that a slider could span.
_MONEY = {"value": 1e9, "contact_cost": 1e6, "incentive": 1e6}


def actionable(prediction: Prediction) -> Answer[pd.DataFrame]:
    """Those who are still customers, without what is known of others' outcome."""
    return run(still_customers, prediction.people)


def tried_before(
    prediction: Prediction, options: MoneyOptions
) -> dict[str, float | None]:
    """The same offer to customers whose outcome is known: a plan's headline numbers."""
    return run(plan_in_hindsight, prediction.churn, options).value.summary()


def doubtful(tried: Mapping[str, float | None]) -> dict[str, Any] | None:
    """What to say where known outcomes do not bear a plan out; None where they do.

    It may have lost money, or earned less than half of what was expected.
    """
    realised, expected, low, high = (
        tried[name] for name in ("realised", "profit", "profit_lo", "profit_hi")
    )
    if (
        not tried["contacted"]
        or realised is None
        or expected is None
        or low is None
        or (low > 0 and realised >= expected / 2)
    ):
        return None
    return {
        "known": tried["customers"],
        "realised": realised,
        "realised_lo": low,
        "realised_hi": high,
        "expected": expected,
    }


def offer(prediction: Prediction) -> MoneyOptions:
    """The settings of the offer as widgets."""
    amounts = tuple(
        name for name in _MONEY if name != "value" or prediction.worth is None
    )
    columns = [*st.columns(len(amounts) + 2, gap="medium", vertical_alignment="bottom")]
    defaults = MoneyOptions()
    chosen = {}
    for name, column in zip(amounts, columns, strict=False):
        with column:
            chosen[name] = st.number_input(
                say(f"churn.knob.{name}.label"),
                0.0,
                _MONEY[name],
                float(getattr(defaults, name)),
                1.0,
                key=widget_key("churn", "offer", name),
                help=say(f"churn.knob.{name}.help"),
                persist_state="session",
            )
    options = controls(
        "churn",
        MoneyOptions,
        key=widget_key("churn", "offer"),
        only=("success", "margin", "take_up", "coverage"),
        places={"success": columns[-2]},
    )
    with columns[-1]:
        limit = st.selectbox(
            say("churn.knob.limit.label"),
            _LIMITS,
            format_func=choice_text("churn.knob.limit.{}"),
            key=widget_key("churn", "limit"),
            help=say("churn.knob.limit.help"),
            persist_state="session",
        )
    options = options.replace(value_column=prediction.worth, **chosen)
    if limit == "none":
        return options
    customers = len(actionable(prediction).value)
    if limit == "count":
        count = st.slider(
            say("churn.knob.count.label"),
            1,
            max(2, customers),
            max(1, min(100, customers)),
            key=widget_key("churn", "count"),
            persist_state="session",
        )
        return options.replace(count=count)
    budget = st.number_input(
        say("churn.knob.budget.label"),
        0.0,
        1e12,
        1000.0,
        100.0,
        key=widget_key("churn", "budget"),
        persist_state="session",
    )
    return options.replace(budget=budget)
