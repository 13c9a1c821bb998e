"""What was sent and what came back."""

from __future__ import annotations

import streamlit as st

from crm_analysis.analyses.engagement import (
    ContactOptions,
    ContactSummary,
    code,
    contact_summary,
)
from crm_analysis.presentation.pictures import engagement as pictures
from crm_analysis.presentation.ui import (
    answer,
    controls,
    figures,
    how,
    in_python,
    language,
    notes,
    rounded,
    run,
    say,
    settings,
    starred,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.engagement import (
    Source,
    ask_for_log,
    badge,
    headline,
    listing,
    titled_chart,
)

_WHOLE_FROM = 1_000  # columns that reach so far are shown without decimals
_BY = {
    "channel": "channels",
    "campaign": "campaigns",
    "month": "months",
    "weekday": "weekdays",
}


def draw(source: Source) -> None:
    """The answer in a sentence, shares by channel, campaign, month or weekday, figures."""
    log = source.contacts
    if log is None:
        ask_for_log()
        return
    with settings():
        left, right = st.columns(2, gap="medium")
        options = controls(
            "engagement",
            ContactOptions,
            key=widget_key("engagement", "sent"),
            places={"window_days": left, "attribution": right},
        )
    asked = run(contact_summary, log, source.orders, options)
    result = asked.value
    badge(result.claim)
    with starred(asked):
        _answer(result)
    by = switch(
        "engagement.sent.by",
        list(_BY),
        "engagement.column.{}",
        key=widget_key("engagement", "sent", "by"),
    )
    table = getattr(result, _BY[by])
    titled_chart(
        f"engagement.sent.rate_by_{by}",
        pictures.rates(table, by, language()),
        "rates",
        100 + 34 * len(table),
    )
    _figures(result)
    notes(result.notes)
    listed = pictures.with_names(table, language()).dropna(axis=1, how="all")
    listing(rounded(listed, _WHOLE_FROM), "contacts", whole=listed)
    with st.expander(say("engagement.sent.each")):
        listing(result.customers, "customers_by_channel", height=320, shares=())
    loading = [in_python("contacts")]
    if source.orders is not None:
        loading.append(in_python("transactions", "orders_"))
    call = code("contact_summary", options, loading=loading)
    how("engagement.how.sent", _options_by_name(call, source))


def _options_by_name(call: str, source: Source) -> str:
    """Without orders the options are not the second argument."""
    if source.orders is not None:
        return call
    return call.replace(", crm.ContactOptions", ", options=crm.ContactOptions")


def _answer(result: ContactSummary) -> None:
    summary = result.summary()
    best = result.channels.loc[result.channels["rate"].idxmax()]
    answer(
        "engagement.sent.answer",
        sent=int(summary["sent"] or 0),
        people=int(summary["people"] or 0),
        rate=summary["rate"],
        channel=str(best["channel"]),
        best=float(best["rate"]),
    )
    st.markdown(say("engagement.sent.anyway"))


def _figures(result: ContactSummary) -> None:
    summary = result.summary()
    figures(
        [
            headline("sent", summary["sent"]) | {"analyst": True},
            headline("people", summary["people"]) | {"analyst": True},
            headline("rate", summary["rate"], "percent1") | {"analyst": True},
            headline("cost", summary["cost"], "money"),
            headline("cost_per_response", summary["cost_per_response"], "money2"),
            headline("unsubscribed", summary["unsubscribed"]),
        ]
    )
