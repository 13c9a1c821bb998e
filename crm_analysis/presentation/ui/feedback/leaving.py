"""Whom we may lose: what complaints go with leaving, what is at stake, and the list."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.feedback import (
    FeedbackAndValue,
    adjusted_sentence,
    effect_sentence,
    feedback_and_value,
)
from crm_analysis.analyses.feedback.worth import EXPECTED
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import feedback as pictures
from crm_analysis.presentation.ui import (
    answer,
    figures,
    how,
    language,
    run,
    say,
    starred,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.feedback import (
    Reading,
    Source,
    listing,
    remarks,
    rung,
    titled_chart,
    words,
)
from crm_analysis.presentation.ui.feedback.people import People, people_of

_SURE = 0.05  # p over all that is compared
_KINDS = ("complaint", "aspect", "topic", "sentiment")
_ALARMS = (  # what was written, or may have been, when the answer was known gives it away
    "feedback.joined.after_leaving",
    "feedback.joined.no_window",
)


def draw(reading: Reading) -> None:
    """The sentence, what to mend first, what goes with leaving, and whom we may lose."""
    if "customer" not in reading.value.comments.columns:
        count = len(reading.value.comments)
        raise AnalysisError("feedback.joined.no_ids", comments=count)
    if reading.is_few:
        answer("feedback.leaving.too_few")
        return
    people = _people(reading.source)
    asked = run(feedback_and_value, reading.answer, people.table, people.options)
    joined = asked.value
    with starred(asked):
        _sentence(joined)
    rung(reading)
    _figures(joined)
    _say_notes(joined)
    _priority(reading, joined)
    _effects(reading, joined)
    words.draw(reading.value, "churned")
    _list(joined)
    st.markdown(say(joined.verdict.key, **joined.verdict.details))
    _how(reading, people)


def _people(source: Source) -> People:
    """The customers by the orders or by their own table, as the reader chooses where both are."""
    kinds = [
        kind
        for kind, given in (
            ("transactions", source.orders),
            ("customers", source.customers),
        )
        if given is not None
    ]
    chosen = None
    if len(kinds) > 1:
        chosen = switch(
            "feedback.leaving.source",
            kinds,
            "feedback.leaving.by.{}",
            key=widget_key("feedback", "leaving", "source"),
        )
    return people_of(source.orders, source.customers, chosen)


def _sentence(joined: FeedbackAndValue) -> None:
    """What most surely goes with leaving, complaints first; that nothing does, where it is so."""
    effects = joined.effects
    sure = effects[(effects["p_adjusted"] < _SURE) & (effects["ratio"] > 1)]
    if sure.empty:
        answer("feedback.leaving.nothing", customers=joined.commented)
        return
    order = sure["kind"].map(_KINDS.index)
    row = sure.assign(order=order).sort_values(["order", "p_adjusted"]).iloc[0]
    sentence = effect_sentence(row.to_dict())
    answer(sentence.key, **sentence.details)
    adjusted = adjusted_sentence(row.to_dict())
    if adjusted is not None:
        st.markdown(say(adjusted.key, **adjusted.details))


def _figures(joined: FeedbackAndValue) -> None:
    summary = joined.summary()
    items: list[dict[str, Any]] = [
        {"label": "feedback.figure.commented", "value": summary["commented"]},
        {"label": "feedback.figure.listed", "value": summary["listed"]},
    ]
    if summary["value_at_risk"] is not None:
        items.append(
            {
                "label": "feedback.figure.value_at_risk",
                "value": summary["value_at_risk"],
                "help": "feedback.figure_help.value_at_risk",
            }
        )
    if summary["churned"] is not None:
        items.append(
            {
                "label": "feedback.figure.churned",
                "value": summary["churned"],
                "style": "percent",
            }
        )
    figures(items)


def _say_notes(joined: FeedbackAndValue) -> None:
    """An alarm stands out; the other notes follow."""
    others: list[Message] = []
    for key, details in joined.notes:
        if key in _ALARMS:
            st.warning(say(key, **details), icon="⚠️")
        else:
            others.append(Message(key, details))
    remarks(others)


def _priority(reading: Reading, joined: FeedbackAndValue) -> None:
    """What to mend first; without labels only by what is at stake."""
    table = joined.priority
    table = table[table["value_at_risk"].notna()]
    if table.empty:
        return
    by = "priority" if reading.says_shares else "value_at_risk"
    table = table.sort_values(by, ascending=False, kind="stable")
    titled_chart(
        f"feedback.leaving.{by}",
        pictures.priority(table, by, language()),
        "priority",
        120 + 36 * min(len(table), pictures.MOST),
        what=_what(table.iloc[0]),
    )
    rung(reading)
    if not reading.says_shares:
        table = table.drop(columns=["share_negative", "priority", "rank"])
    with st.expander(say("feedback.leaving.each_priority")):
        shown = pictures.with_what(table, language()).rename(columns=_WORTH)
        listing(shown, "priority_table", shares=_SHARES)


_WORTH = {"value": EXPECTED}  # as the reader calls it beside scores
_SHARES = (
    *("share_negative", "churned", "churned_others", "difference", "lo", "hi"),
    *("adjusted", "adjusted_lo", "adjusted_hi", "risk"),
)


def _what(row: pd.Series) -> str:
    return pictures.what_name(str(row["kind"]), str(row["what"]), language())


def _effects(reading: Reading, joined: FeedbackAndValue) -> None:
    """How many times as often they left who said it, and the whole table."""
    effects = joined.effects
    kinds = [kind for kind in _KINDS if (effects["kind"] == kind).any()]
    if not kinds:
        return
    kind = switch(
        "feedback.leaving.kind",
        kinds,
        "feedback.kind.{}",
        key=widget_key("feedback", "leaving", "kind", ",".join(kinds)),
    )
    own = effects[effects["kind"] == kind]
    known = own[own["ratio"].notna() & own["ratio_hi"].notna()]
    if len(known):
        known = known.sort_values("ratio", ascending=False, kind="stable")
        titled_chart(
            "feedback.leaving.ratios",
            pictures.ratios(known, language()),
            "ratios",
            110 + 40 * len(known),
            what=_what(known.iloc[0]),
            ratio=float(known["ratio"].iloc[0]),
            low=float(known["ratio_lo"].iloc[0]),
            high=float(known["ratio_hi"].iloc[0]),
        )
    with st.expander(say("feedback.leaving.each")):
        shown = own if reading.says_shares else own.drop(columns="share_negative")
        shown = pictures.with_what(shown.dropna(axis=1, how="all"), language())
        shown = shown.rename(columns=_WORTH)
        listing(shown, "effects", shares=_SHARES)


def _list(joined: FeedbackAndValue) -> None:
    """Who complained and is still here, the most at stake first."""
    table = joined.customers.dropna(axis=1, how="all").rename(columns=_WORTH)
    if table.empty:
        st.caption(say("feedback.leaving.nobody"))
        return
    st.markdown(f"##### {say('feedback.leaving.list', customers=len(table))}")
    complaints = [
        pictures.several(str(cell), language())
        for cell in joined.customers["complaints"]
    ]
    listing(table.assign(complaints=complaints), "list", shares=_SHARES, height=360)


def _how(reading: Reading, people: People) -> None:
    options = people.options.in_python()
    how(
        "feedback.how.leaving",
        reading.code(
            *people.lines,
            f"joined = crm.feedback_and_value(result, people, crm.{options})",
            "print(joined.summary())",
        ),
    )
