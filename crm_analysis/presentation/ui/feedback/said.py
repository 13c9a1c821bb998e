"""What they say: how many are negative, which topics, and the comments themselves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.feedback import Feedback
from crm_analysis.presentation.pictures import feedback as pictures
from crm_analysis.presentation.ui import (
    answer,
    figures,
    how,
    language,
    plain,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.feedback import (
    Reading,
    card,
    listing,
    remarks,
    rung,
    titled_chart,
    words,
)
from crm_analysis.presentation.ui.remembered import remembered

_SIDES = ("all", "negative", "positive")


def draw(reading: Reading) -> None:
    """The share with its band, topics by volume and negativity, real comments."""
    result = reading.value
    if reading.is_few:
        _read_them(reading)
        return
    with starred(reading.answer):
        _answer(reading)
    rung(reading)
    _figures(result)
    remarks(result.notes)
    if result.rung != "labels":
        card.draw(result)
    if len(result.topics):
        _topics(reading)
    else:
        st.info(say("feedback.said.keywords_only"), icon=":material/info:")
    words.draw(result, "negative")
    _comments(result)
    how("feedback.how.read", reading.code())


def _read_them(reading: Reading) -> None:
    """So few that they are read one by one."""
    result = reading.value
    answer("feedback.said.few", comments=len(result.comments))
    remarks(result.notes)
    listing(_shown(result.comments), "comments", whole=result.comments)


def _answer(reading: Reading) -> None:
    summary = reading.value.summary()
    details = {"read": summary["read"], "comments": summary["comments"]}
    if not reading.says_shares:
        answer("feedback.said.no_share", **details)
        return
    answer(
        "feedback.said.answer",
        share=summary["negative"],
        low=summary["lo"],
        high=summary["hi"],
        **details,
    )


def _figures(result: Feedback) -> None:
    summary = result.summary()
    items: list[dict[str, Any]] = [
        {"label": "feedback.figure.comments", "value": summary["comments"]},
        {"label": "feedback.figure.read", "value": summary["read"]},
    ]
    if summary["negative"] is not None:
        items.append(
            {
                "label": "feedback.figure.negative",
                "value": summary["negative"],
                "style": "percent",
                "help": "feedback.figure_help.negative",
                "help_details": {"low": summary["lo"], "high": summary["hi"]},
            }
        )
    if len(result.topics):
        items.append(
            {"label": "feedback.figure.topics", "value": summary["topics"]}
        )
    figures(items)


def _topics(reading: Reading) -> None:
    result = reading.value
    table = result.topics
    own = table[table["topic"] != "other"]
    first = own.iloc[0] if len(own) else table.iloc[0]
    details = {"topic": str(first["topic"]), "comments": int(first["comments"])}
    key = "feedback.said.topics"
    if reading.says_shares and own["negative"].notna().any():
        worst = own.loc[own["negative"].idxmax()]
        is_first = worst["topic"] == first["topic"]
        key = f"feedback.said.topics_{'both' if is_first else 'worst'}"
        details |= {"worst": str(worst["topic"]), "share": float(worst["negative"])}
    names = [pictures.topic_name(name, language()) for name in table["topic"]]
    titled_chart(
        key,
        pictures.by_sentiment(table, names, language()),
        "topics",
        110 + 42 * len(table),
        **details,
    )
    other = float(table.loc[table["topic"] == "other", "share"].sum())
    key = "feedback.said.other" if other else "feedback.said.named"
    st.caption(say(key, share=other))
    if not table["stable"].astype(bool).all():
        st.caption(say("feedback.said.unstable"))
    shown = table[[name for name in table.columns if name in _TOPIC_COLUMNS]]
    shown = shown[sorted(shown.columns, key=_TOPIC_COLUMNS.index)]
    listing(
        shown.dropna(axis=1, how="all"),
        "topics_table",
        shares=_TOPIC_SHARES,
        whole=table,
    )


_TOPIC_COLUMNS = [
    *("topic", "comments", "share", "negative", "lo", "hi"),
    *("example_1", "example_2", "words", "stability"),
]
_TOPIC_SHARES = ("share", "negative", "lo", "hi", "stability")


def _comments(result: Feedback) -> None:
    """The comments themselves, by topic and side; text stays plain text."""
    st.markdown(f"##### {say('feedback.said.comments')}")
    shown = result.comments[result.comments["status"] == "read"]
    topics = [name for name in result.topics["topic"] if name]
    called = {"": plain("feedback.said.every_topic")} | {
        name: pictures.topic_name(name, language()) for name in topics
    }
    right = st.container()
    if topics:
        left, right = st.columns(2, gap="medium")
        with left:
            topic = remembered(
                st.selectbox,
                say("feedback.column.topic"),
                list(called),
                format_func=called.__getitem__,
                key=widget_key("feedback", "said", "topic"),
            )
        if topic:
            shown = shown[shown["topic"] == topic]
    sides = {side: plain(f"feedback.side.{side}") for side in _SIDES}
    with right:
        side = remembered(
            st.segmented_control,
            say("feedback.column.sentiment"),
            _SIDES,
            default="all",
            format_func=sides.__getitem__,
            required=True,
            key=widget_key("feedback", "said", "side"),
        )
    if side != "all":
        shown = shown[shown["sentiment"] == side]
    if side == "negative":
        shown = shown.sort_values("negative", ascending=False, kind="stable")
    listing(_shown(shown), "comments", height=360, whole=result.comments)


def _shown(comments: pd.DataFrame) -> pd.DataFrame:
    """What a reader looks at first: the text, what was read of it, and who wrote it when."""
    first = ["text", "sentiment", "topic", "date", "customer", "rating", "nps"]
    columns = [name for name in first if name in comments.columns]
    if "topic" in columns and (comments["topic"] == "").all():
        columns.remove("topic")
    return comments[columns]
