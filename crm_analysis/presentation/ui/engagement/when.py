"""When and how often: answers by weekday and hour, and by the number of contacts before."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.engagement import (
    BestTimeOptions,
    PressureOptions,
    best_time,
    code,
    contact_pressure,
    currencies_in,
)
from crm_analysis.presentation.pictures import engagement as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    controls,
    guarded,
    how,
    in_python,
    language,
    notes,
    run,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.engagement import (
    Source,
    ask_for_log,
    badge,
    listing,
    titled_chart,
)
from crm_analysis.tables.sales import only_sales


def draw(source: Source) -> None:
    """The two answers, one under the other; either may be missing."""
    if source.contacts is None:
        ask_for_log()
        return
    guarded(_draw_hours, source.contacts)()
    st.divider()
    guarded(_draw_pressure, source.contacts, source.orders)()


def _draw_hours(log: Answer[pd.DataFrame]) -> None:
    options = controls(
        "engagement",
        BestTimeOptions,
        key=widget_key("engagement", "hours"),
        only=("randomised", "gain", "coverage"),
    )
    asked = run(best_time, log, options)
    result = asked.value
    badge(result.claim)
    with starred(asked):
        answer(result.verdict.key, **result.verdict.details)
    notes(result.notes)
    titled_chart(
        "engagement.when.hours",
        pictures.hours(result.hours, language()),
        "hours",
        110 + 30 * result.hours["hour"].nunique(),
    )
    with st.expander(say("engagement.when.each")):
        shown = pictures.with_names(result.hours, language())
        shares = ("rate", "usual", "shrunken", "lo", "hi", "lift")
        listing(shown, "hours_table", shares=shares, height=280)
        if len(result.customers):
            listing(result.customers, "hours_of_customers", height=280)
    loading = [in_python("contacts")]
    how("engagement.how.hours", code("best_time", options, loading=loading))


def _draw_pressure(
    log: Answer[pd.DataFrame], orders: Answer[pd.DataFrame] | None
) -> None:
    worth = None if orders is None else run(_spent_in_a_year, orders).value
    options = controls(
        "engagement",
        PressureOptions,
        key=widget_key("engagement", "pressure"),
        only=("cap_days", "value", "coverage"),
        high={"value": 1e6},
        start=PressureOptions(value=worth),
    )
    asked = run(contact_pressure, log, options)
    result = asked.value
    badge(result.claim)
    with starred(asked):
        answer(result.verdict.key, **result.verdict.details)
    notes(result.notes)
    if result.value_lost is not None:
        st.markdown(say("engagement.when.lost", value=result.value_lost))
    titled_chart(
        "engagement.when.pressure",
        pictures.pressure(result.by_count, language()),
        "pressure",
        340,
    )
    if result.by_count["leaving"].notna().any():
        titled_chart(
            "engagement.when.unsubscribes",
            pictures.pressure(result.by_count, language(), "unsubscribes"),
            "unsubscribes",
            320,
        )
    listing(result.by_count, "by_count", shares=(*_RATES,))
    st.markdown(say("engagement.when.caps", days=options.cap_days))
    listing(result.caps, "caps")
    loading = [in_python("contacts")]
    how(
        "engagement.how.pressure",
        code("contact_pressure", options, loading=loading),
    )


def _spent_in_a_year(orders: pd.DataFrame) -> float | None:
    """What a customer spent in the last year of the orders, on average; None where not known."""
    if "amount" not in orders.columns or len(currencies_in(orders)) > 1:
        return None
    sales = only_sales(orders).dropna(subset=["customer", "date"])
    days = pd.to_datetime(sales["date"])
    late = sales[days > days.max() - pd.Timedelta(days=365)]
    if late.empty:
        return None
    spent = float(late["amount"].sum()) / late["customer"].nunique()
    return round(spent, 2) if spent > 0 else None


_LEAVING = ("leaving", "leaving_lo", "leaving_hi")
_RATES = (
    "rate",
    "lo",
    "hi",
    "within",
    "within_lo",
    "within_hi",
    "unsubscribed_rate",
    *_LEAVING,
)
