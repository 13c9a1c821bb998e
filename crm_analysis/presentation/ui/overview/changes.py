"""What changed since the month before, and why; orders corrected afterwards come first."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.overview import (
    Changes,
    same_days,
    usual_change,
    what_changed,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    language,
    plain,
    run,
    say,
    show_table,
    starred,
    table,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.overview.amounts import written
from crm_analysis.presentation.ui.run import earlier_table

_MOVERS = 5  # of each kind that are listed


def draw() -> None:
    """The change of the last month against the same days of the month before."""
    orders = table("transactions")
    if "amount" not in orders.value.columns:
        return
    try:
        asked = run(_last_month, orders)
    except AnalysisError:  # a record of one month has nothing to compare
        return
    st.markdown(
        f"##### {say('overview.changed.title', **run(_months, orders).value)}"
    )
    _say_corrected(orders)
    changes = asked.value
    sentence = changes.sentence
    with starred(asked):
        answer(sentence.key, **sentence.details)
    _say_usual(orders, changes)
    if changes.unchanged:
        return
    chart(
        pictures.drivers(changes, language()),
        key=widget_key("overview", "drivers"),
        alt=plain(sentence.key, **sentence.details),
        height=95 + 38 * len(changes.drivers),
    )
    with st.expander(say("overview.changed.more")):
        _draw_tables(changes)


def _last_month(orders: pd.DataFrame) -> Changes:
    before, after = same_days(orders)
    if before.empty or after.empty:
        raise AnalysisError("overview.one_month")
    first = pd.to_datetime(before["date"]).min()
    history = orders[pd.to_datetime(orders["date"]) < first]
    return what_changed(before, after, history=history)


def _months(orders: pd.DataFrame) -> dict[str, Any]:
    before, after = same_days(orders)
    days = pd.to_datetime(after["date"])
    return {
        "month": days.max().date().isoformat(),
        "before": pd.to_datetime(before["date"]).max().date().isoformat(),
        "day": days.max().day,
    }


def _say_usual(orders: Answer[pd.DataFrame], changes: Changes) -> None:
    """Whether so large a change is usual."""
    usual = run(usual_change, orders).value
    if usual is None:
        return
    kind = "usual" if abs(changes.change) <= usual else "unusual"
    st.caption(say(f"overview.changed.{kind}", usual=written(usual, money=True)))


def _say_corrected(orders: Answer[pd.DataFrame]) -> None:
    """Orders that were loaded before with other money, where an earlier version is kept."""
    saved = workspace().load("transactions")
    earlier = [
        version
        for version in workspace().versions(saved.name)
        if version.version < saved.version.version
    ]
    if not earlier:
        return
    last = earlier[0]
    before = earlier_table(last.version)
    if "amount" not in before.value.columns:
        return
    changed = run(what_changed, before, orders).value.summary()
    if changed["corrected"]:
        st.info(
            say(
                "overview.changed.history",
                orders=changed["corrected"],
                money=changed["corrected_money"],
                on=last.created.date().isoformat(),
            ),
            icon=":material/history:",
        )


def _draw_tables(changes: Changes) -> None:
    money = {"before": "money_before", "after": "money_after"}
    segments = changes.segments.assign(
        segment=[
            plain(f"report.came.{name}") for name in changes.segments["segment"]
        ]
    )
    show_table(
        "overview",
        segments.rename(columns=money),
        key=widget_key("overview", "came"),
    )
    for kind in ("customer", "product"):
        movers = changes.movers[changes.movers["kind"] == kind]
        if movers.empty:
            continue
        st.markdown(f"**{say(f'overview.changed.movers_{kind}')}**")
        shown = movers.head(2 * _MOVERS).drop(columns="kind").rename(columns=money)
        show_table("overview", shown, key=widget_key("overview", "movers", kind))
