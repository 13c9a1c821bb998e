"""The offer that is to keep customers: what it costs, how often it works, how far the money reaches. The same widgets wherever they are asked for."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from crm_analysis.analyses.churn.money import MoneyOptions
from crm_analysis.presentation.ui.churn.settings import Asked
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import choice_text, say

__all__ = ["actionable", "offer"]

_LIMITS = ("none", "count", "budget")
_MONEY = {"value": 1e9, "contact_cost": 1e6, "incentive": 1e6}  # fields to type into: money has no scale that a slider could span


def actionable(asked: Asked) -> Answer[pd.DataFrame]:
    """Those who are still customers, without what is known of others' outcome."""
    return run(_actionable, asked.people)


def _actionable(people: pd.DataFrame) -> pd.DataFrame:
    return people[people["actionable"].astype(bool)].drop(columns=["churned", "actionable"]).reset_index(drop=True)


def offer(asked: Asked) -> MoneyOptions:
    """The settings of the offer as widgets."""
    amounts = tuple(name for name in _MONEY if name != "value" or asked.worth is None)
    places = [*st.columns(len(amounts) + 2, gap="medium", vertical_alignment="bottom")]
    start = MoneyOptions()
    given = {}
    for name, place in zip(amounts, places, strict=False):
        with place:
            given[name] = st.number_input(
                say(f"churn.knob.{name}.label"),
                0.0,
                _MONEY[name],
                float(getattr(start, name)),
                1.0,
                key=f"churn-offer-{name}",
                help=say(f"churn.knob.{name}.help"),
                persist_state="session",
            )
    told = controls("churn", MoneyOptions, key="churn-offer", only=("success", "margin", "take_up", "coverage"), places={"success": places[-2]})
    with places[-1]:
        limit = st.selectbox(
            say("churn.knob.limit.label"),
            _LIMITS,
            format_func=choice_text("churn.knob.limit.{}"),
            key="churn-limit",
            help=say("churn.knob.limit.help"),
            persist_state="session",
        )
    told = told.but(value_column=asked.worth, **given)
    if limit == "none":
        return told
    customers = len(actionable(asked).value)
    if limit == "count":
        count = st.slider(say("churn.knob.count.label"), 1, max(2, customers), max(1, min(100, customers)), key="churn-count", persist_state="session")
        return replace(told, count=count)
    budget = st.number_input(say("churn.knob.budget.label"), 0.0, 1e12, 1000.0, 100.0, key="churn-budget", persist_state="session")
    return replace(told, budget=budget)
