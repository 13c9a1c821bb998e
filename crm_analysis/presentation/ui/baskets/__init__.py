"""The pieces of the baskets page: what is counted, the result at a glance, what the tabs share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from crm_analysis.analyses.baskets import Rules, code
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui import (
    answer,
    figures,
    headed,
    how,
    in_python,
    say,
)

__all__ = [
    "computed",
    "headline",
    "ink",
    "on_a_phone",
    "sentences",
    "subtitle",
]


def headline(rules: Rules) -> None:
    """The strongest link in a sentence, and what is missing from a partial answer."""
    best = rules.best(1)
    if len(best):
        strongest = best.iloc[0]
        answer(
            "baskets.answer.strongest",
            antecedent=list(strongest["antecedent"]),
            consequent=list(strongest["consequent"]),
            times=float(strongest["count"] / strongest["expected"]),
            count=int(strongest["count"]),
        )
    elif len(rules.rules):
        answer("baskets.answer.nothing_sure")
    else:
        answer("baskets.answer.no_rules")
    for note in rules.notes:
        if not _is_about_left_out(note):
            st.warning(
                say(note.key, **note.details),
                icon=":material/hourglass_disabled:",
            )


def _is_about_left_out(note: Message) -> bool:
    return note.key.startswith("baskets.left_out")


def counts(rules: Rules) -> None:
    """How many baskets, products, sets and rules there are, for an analyst."""
    summary = rules.summary()
    figures(
        [
            {
                "label": "baskets.summary.baskets",
                "value": summary["baskets"],
                "analyst": True,
            },
            {
                "label": "baskets.summary.items",
                "value": summary["items"],
                "analyst": True,
            },
            {
                "label": "baskets.summary.mean_size",
                "value": summary["mean_size"],
                "style": "number1",
                "analyst": True,
            },
            {
                "label": "baskets.summary.itemsets",
                "value": summary["itemsets"],
                "analyst": True,
            },
            {
                "label": "baskets.summary.rules",
                "value": summary["rules"],
                "analyst": True,
            },
            {
                "label": "baskets.summary.sure_rules",
                "value": summary["sure_rules"],
                "help": "baskets.summary.rules_help",
                "analyst": True,
                "help_details": {
                    "sure": summary["sure_rules"],
                    "redundant": summary["redundant"],
                },
            },
        ]
    )


def subtitle(key: str, **details: Any) -> None:
    """A sentence over a picture or a table that says what is in it."""
    headed(f"##### {say(key, **details)}")


def sentences(messages: Sequence[Message]) -> None:
    """What the result says, a numbered sentence each."""
    for number, (key, details) in enumerate(messages, start=1):
        with st.container(border=True):
            st.markdown(f"**{number}.** {say(key, **details)}")
    if not messages:
        st.markdown(say("baskets.answer.nothing_sure"))


def ink() -> str:
    """The colour of text in the theme that the reader sees."""
    return str(st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor"))


def on_a_phone() -> bool:
    """Whether the screen is narrow, so far as the browser says."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def computed(rules: Rules, *further: str) -> None:
    """How it was computed; `further` lines of Python go on from `rules`."""
    how(
        "baskets.how.rules",
        "\n".join(
            [code(rules.options, loading=in_python("transactions")), *further]
        ),
        [note for note in rules.notes if _is_about_left_out(note)],
        support=pictures.percent(rules.support),
        minimum=rules.minimum_count,
        interval=rules.options.interval,
    )
