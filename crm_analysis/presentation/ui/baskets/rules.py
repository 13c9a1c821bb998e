"""The rules at a glance, all of them, and the product sets behind."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import Rules
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    is_analyst,
    language,
    palette,
    plain,
    say,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.baskets import (
    computed,
    ink,
    on_a_phone,
    sentences,
    subtitle,
)
from crm_analysis.presentation.ui.baskets.frequencies import pairs
from crm_analysis.presentation.ui.baskets.tables import listing
from crm_analysis.presentation.ui.remembered import remembered

_LINKS = 30  # lines of the network
_MIN_LINKS = 3
_STREAMS = 14
_WIDTH = {"phone": 330.0, "desk": 760.0}  # pixels of the network


def glance(rules: Answer[Rules]) -> None:
    """The network of products, then a sentence for each of the top five, if any is sure."""
    _network(rules)
    headlines = rules.value.headlines()
    if headlines:
        subtitle("baskets.glance.top")
        sentences(headlines)
    computed(rules.value)


def _network(rules: Answer[Rules]) -> None:
    if is_analyst():
        pairs(rules)
    if rules.value.links(maximum=1).empty:
        st.markdown(say("baskets.network.none"))
        return
    by = switch(
        "baskets.network.by",
        ["leverage", "lift"],
        "baskets.network.{}",
        key=widget_key("baskets", "network_by"),
        quiet=True,
    )
    links = rules.value.links(by, _LINKS)
    if len(links) < _MIN_LINKS:  # too few for a picture
        for link in links.to_dict("records"):
            st.markdown(
                say(
                    "baskets.network.few",
                    a=str(link["item_a"]),
                    b=str(link["item_b"]),
                    count=int(link["count"]),
                    lift=float(link["lift"]),
                )
            )
    else:
        _draw_network(links, by)


def _draw_network(links: pd.DataFrame, by: str) -> None:
    partners = pd.concat([links["item_a"], links["item_b"]]).value_counts()
    subtitle(
        "baskets.network.answer",
        products=len(partners),
        links=len(links),
        hub=str(partners.index[0]),
        partners=int(partners.iloc[0]),
    )
    figure = pictures.pair_network(
        links, by, language(), ink(), _WIDTH["phone" if on_a_phone() else "desk"]
    )
    chart(
        figure,
        key=widget_key("baskets", "network", by),
        alt=plain("baskets.network.alt", products=len(partners)),
        height=int(figure.layout.height),
    )
    st.caption(say("baskets.network.help"))


def rules(rules: Rules) -> None:
    """The rules as a picture and as a table.

    The redundant ones are hidden on the screen and only there.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = _search_box("search")
        hide = remembered(
            st.toggle,
            say("baskets.page.hide_redundant"),
            value=True,
            key=widget_key("baskets", "hide_redundant"),
            help=say("baskets.measure.redundant.help"),
        )
    shown = rules.without_redundant() if hide else rules.rules
    shown = _with_product(shown, shown["antecedent"] + shown["consequent"], search)
    if shown.empty:
        st.markdown(say("baskets.answer.no_rules"))
    else:
        _pictures(shown, rules)
    st.caption(
        say(
            "baskets.page.rules_shown",
            shown=len(shown),
            rules=len(rules.rules),
        )
    )
    listing(shown, "rules", whole=rules.rules, height=480)
    computed(rules)


def _search_box(name: str) -> str:
    return st.text_input(
        say("baskets.page.search"),
        key=widget_key("baskets", name),
        persist_state="session",
        width=320,
    )


def _with_product(
    table: pd.DataFrame, sets: Iterable[tuple[str, ...]], search: str
) -> pd.DataFrame:
    wanted = search.strip().casefold()
    if not wanted:
        return table
    return table[
        [any(wanted in str(item).casefold() for item in items) for items in sets]
    ]


def _pictures(shown: pd.DataFrame, rules: Rules) -> None:
    shape = switch(
        "baskets.view.label",
        ["scatter", "flow"],
        "baskets.view.{}",
        key=widget_key("baskets", "view"),
        quiet=True,
    )
    if shape == "scatter":
        subtitle(
            "baskets.view.scatter_answer",
            sure=int((shown["confidence"] >= 0.5).sum()),
            rules=len(shown),
            lift=float(shown["lift"].max()),
        )
        chart(
            pictures.rule_scatter(shown, language()),
            key=widget_key("baskets", "scatter"),
            alt=plain("baskets.view.scatter_alt"),
            height=480,
        )
        return
    best = rules.best(_STREAMS)
    if best.empty:
        st.markdown(say("baskets.answer.nothing_sure"))
        return
    widest = best.iloc[best["count"].argmax()]
    subtitle(
        "baskets.view.flow_answer",
        antecedent=list(widest["antecedent"]),
        consequent=list(widest["consequent"]),
        count=int(widest["count"]),
    )
    chart(
        pictures.rule_flow(best, language(), palette(), ink()),
        key=widget_key("baskets", "flow"),
        alt=plain("baskets.view.flow_alt"),
        height=120 + 36 * len(best),
    )


def itemsets(rules: Rules) -> None:
    """Every frequent set, single products too."""
    sets = rules.itemsets
    subtitle(
        "baskets.page.itemsets_answer",
        sets=len(sets),
        singles=int((sets["length"] == 1).sum()),
        longest=rules.summary()["longest"],
    )
    search = _search_box("search_sets")
    shown = sets.sort_values(
        ["count", "length"], ascending=[False, True], kind="stable"
    )
    shown = _with_product(shown, shown["items"], search)
    listing(shown, "itemsets", whole=sets, height=520)
    computed(rules)
