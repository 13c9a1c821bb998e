"""The pieces of the baskets page: what is counted, the result at a glance, the rules and sets behind it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from crm_analysis.analyses.baskets import RuleOptions, Rules, code, find_rules
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui.baskets.settings import choose
from crm_analysis.presentation.ui.baskets.tables import listing, whole
from crm_analysis.presentation.ui.blocks import answer, chart, figures, how, switch
from crm_analysis.presentation.ui.run import Answer, in_python, run, table
from crm_analysis.presentation.ui.session import language, palette, plain, say
from crm_analysis.wording import write_number

__all__ = [
    "choose",
    "computed",
    "glance",
    "headline",
    "ink",
    "itemsets",
    "on_a_phone",
    "orders",
    "pairs",
    "result",
    "rules",
    "sentences",
]

_LINKS = 30  # lines of the network
_FEWEST_LINKS = 3
_STREAMS = 14


def orders() -> Answer[pd.DataFrame]:
    """The order lines."""
    return table("transactions")


def result(lines: Answer[pd.DataFrame], options: RuleOptions) -> Answer[Rules]:
    """The sets and rules."""
    return run(find_rules, lines, options)


def pairs(found: Answer[Rules]) -> pd.DataFrame:
    """P(I, J) of every two products, counted once."""
    return run(_pairs, found).value


def _pairs(found: Rules) -> pd.DataFrame:
    return found.pairs


def headline(found: Rules) -> None:
    """The strongest finding in a sentence, what is missing from a partial answer, and the figures."""
    best = found.best(1)
    if len(best):
        row = best.iloc[0]
        answer(
            "baskets.answer.strongest",
            antecedent=list(row["antecedent"]),
            consequent=list(row["consequent"]),
            times=float(row["count"] / row["expected"]),
            count=int(row["count"]),
        )
    else:
        answer("baskets.answer.nothing_sure" if len(found.rules) else "baskets.answer.no_rules")
    for key, details in found.notes:
        if key.startswith("baskets.partial") or not key.startswith("baskets.left_out"):
            st.warning(say(key, **details), icon=":material/hourglass_disabled:")
    summary = found.summary()
    figures(
        [
            {"label": "baskets.summary.baskets", "value": summary["baskets"]},
            {"label": "baskets.summary.items", "value": summary["items"]},
            {
                "label": "baskets.summary.mean_size",
                "value": summary["mean_size"],
                "style": "number1",
            },
            {"label": "baskets.summary.itemsets", "value": summary["itemsets"]},
            {
                "label": "baskets.summary.rules",
                "value": " / ".join(
                    write_number(summary[name], "number", language())
                    for name in ("rules", "sure_rules")
                ),
                "help": "baskets.summary.rules_help",
                "help_details": {"sure": summary["sure_rules"], "redundant": summary["redundant"]},
            },
        ]
    )


def glance(found: Answer[Rules]) -> None:
    """A sentence for each of the top five, beside the network of products."""
    st.markdown(f"##### {say('baskets.glance.top')}")
    sentences(found.value.headlines())
    _network(found)
    computed(found.value)


def sentences(said: Sequence[Message]) -> None:
    """What was found, a numbered sentence each."""
    for number, (key, details) in enumerate(said, start=1):
        with st.container(border=True):
            st.markdown(f"**{number}.** {say(key, **details)}")
    if not said:
        st.markdown(say("baskets.answer.nothing_sure"))


def ink() -> str:
    """The colour of text in the theme that the reader sees."""
    return str(st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor"))


def on_a_phone() -> bool:
    """Whether the screen is narrow, so far as the browser says."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def _network(found: Answer[Rules]) -> None:
    by = switch(
        "baskets.network.by",
        ["leverage", "lift"],
        "baskets.network.{}",
        key="baskets-network_by",
        quiet=True,
    )
    linked = pictures.linked_pairs(pairs(found), by, found.value.least, _LINKS)
    if linked.empty:
        st.markdown(say("baskets.network.none"))
        return
    if len(linked) < _FEWEST_LINKS:  # too few for a picture
        for row in linked.to_dict("records"):
            pair = {
                "a": str(row["item_a"]),
                "b": str(row["item_b"]),
                "count": int(row["count"]),
                "lift": float(row["lift"]),
            }
            st.markdown(say("baskets.network.few", **pair))
        return
    degree = pd.concat([linked["item_a"], linked["item_b"]]).value_counts()
    st.markdown(
        f"##### {say('baskets.network.answer', products=len(degree), links=len(linked), hub=str(degree.index[0]), partners=int(degree.iloc[0]))}"
    )
    figure = pictures.pair_network(linked, by, language(), ink(), 330.0 if on_a_phone() else 760.0)
    chart(
        figure,
        key=f"baskets_network_{by}",
        alt=plain("baskets.network.alt", products=len(degree)),
        height=int(figure.layout.height),
    )
    st.caption(say("baskets.network.help"))


def rules(found: Rules) -> None:
    """The rules as a picture and as a table; the redundant ones are hidden on the screen and only there."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            say("baskets.page.search"), key="baskets-search", persist_state="session", width=320
        )
        hide = st.toggle(
            say("baskets.page.hide_redundant"),
            value=True,
            key="baskets-hide",
            help=say("baskets.measure.redundant.help"),
            persist_state="session",
        )
    shown = found.shown() if hide else found.rules
    if search.strip():
        wanted = search.strip().casefold()
        shown = shown[
            [
                any(wanted in str(item).casefold() for item in a + b)
                for a, b in zip(shown["antecedent"], shown["consequent"], strict=True)
            ]
        ]
    if shown.empty:
        st.markdown(say("baskets.answer.no_rules"))
    else:
        _pictures(shown, found)
    st.caption(say("baskets.page.rules_shown", shown=len(shown), rules=len(found.rules)))
    listing(shown, key="baskets_rules", height=480)
    whole("rules", found.rules, key="baskets_rules_file")
    computed(found)


def _pictures(shown: pd.DataFrame, found: Rules) -> None:
    shape = switch(
        "baskets.view.label", ["scatter", "flow"], "baskets.view.{}", key="baskets-view", quiet=True
    )
    if shape == "scatter":
        sure = int((shown["confidence"] >= 0.5).sum())
        st.markdown(
            f"##### {say('baskets.view.scatter_answer', sure=sure, rules=len(shown), lift=float(shown['lift'].max()))}"
        )
        chart(
            pictures.rule_scatter(shown, language()),
            key="baskets_scatter",
            alt=plain("baskets.view.scatter_alt"),
            height=480,
        )
        return
    widest = found.best(_STREAMS)
    if widest.empty:
        st.markdown(say("baskets.answer.nothing_sure"))
        return
    row = widest.iloc[widest["count"].argmax()]
    st.markdown(
        f"##### {say('baskets.view.flow_answer', antecedent=list(row['antecedent']), consequent=list(row['consequent']), count=int(row['count']))}"
    )
    chart(
        pictures.rule_flow(widest, language(), palette(), ink()),
        key="baskets_flow",
        alt=plain("baskets.view.flow_alt"),
        height=120 + 36 * len(widest),
    )


def itemsets(found: Rules) -> None:
    """Every frequent set, single products too."""
    table_of = found.itemsets
    longest = int(table_of["length"].max()) if len(table_of) else 0
    st.markdown(
        f"##### {say('baskets.page.itemsets_answer', sets=len(table_of), singles=int((table_of['length'] == 1).sum()), longest=longest)}"
    )
    search = st.text_input(
        say("baskets.page.search"), key="baskets-search_sets", persist_state="session", width=320
    )
    shown = table_of.sort_values(["count", "length"], ascending=[False, True], kind="stable")
    if search.strip():
        wanted = search.strip().casefold()
        shown = shown[
            [any(wanted in str(item).casefold() for item in items) for items in shown["items"]]
        ]
    listing(shown, key="baskets_itemsets", height=520)
    whole("itemsets", table_of, key="baskets_itemsets_file")
    computed(found)


def computed(found: Rules) -> None:
    """How it was computed."""
    remarks = [note for note in found.notes if note[0].startswith("baskets.left_out")]
    used = {
        "support": pictures.percent(found.support),
        "least": found.least,
        "interval": found.options.interval,
    }
    how(
        "baskets.how.rules", code(found.options, loading=in_python("transactions")), remarks, **used
    )
