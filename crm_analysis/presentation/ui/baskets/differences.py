"""Rules that differ between groups: segments of customers, countries, channels."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis import wording
from crm_analysis.analyses.baskets import (
    DifferenceOptions,
    Differences,
    RuleOptions,
    code,
    compare_groups,
)
from crm_analysis.analyses.customers import describe_customers
from crm_analysis.analyses.segments import RFMOptions, Segments, segment
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.pictures.segments import names_of
from crm_analysis.presentation.ui.baskets import sentences
from crm_analysis.presentation.ui.baskets.settings import shared
from crm_analysis.presentation.ui.baskets.tables import listing, whole
from crm_analysis.presentation.ui.blocks import chart, how, notes
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, in_python, run, table
from crm_analysis.presentation.ui.segments.changes import open_saved, reopening
from crm_analysis.presentation.ui.session import column_name, language, plain, say, tell, workspace
from crm_analysis.wording import Language

_RFM = "rfm"
_SAVED = "saved "
_COLUMN = "column "
_KNOBS = ("confidence", "max_length", "min_antecedent", "max_groups", "max_rules", "time_limit")
_MOST_GROUPS = 50
_NO_GROUPS = {
    "customer",
    "order",
    "product",
    "product_code",
    "category",
    "date",
    "amount",
    "is_return",
    "is_product",
}


def draw(orders: Answer[pd.DataFrame], options: RuleOptions) -> None:
    """Choose the groups, then the rules whose confidence is not the same in all of them."""
    offered = _offered(orders)
    if not offered:
        st.info(say("baskets.page.no_groups"), icon=":material/group_off:")
        return
    first, second, third = st.columns(3, gap="medium")
    with first:
        by = st.selectbox(
            say("baskets.page.groups_by"),
            list(offered),
            format_func=offered.__getitem__,
            key="baskets-groups",
            help=say("baskets.page.groups_help"),
            persist_state="session",
        )
    chosen = controls(
        "baskets",
        DifferenceOptions,
        key="baskets-groups",
        only=_KNOBS,
        start=DifferenceOptions(**shared(options)),
        places={"confidence": second, "max_length": third},
    )
    try:
        found = run(compare_groups, orders, _group(by), chosen)
    except AnalysisError as problem:
        tell(problem)
        return
    _show(found.value)
    if not by.startswith(_COLUMN):
        st.caption(say("baskets.differ.same_orders"))
    before, given = _in_python(by)
    script = code(chosen, before=before, given=given, loading=in_python("transactions"))
    how("baskets.how.groups", script, support=pictures.percent(found.value.support))


def _offered(orders: Answer[pd.DataFrame]) -> dict[str, str]:
    """The groups that can be compared and what they are called."""
    offered = {f"{_COLUMN}{name}": column_name(name) for name in run(_columns, orders).value}
    if {"customer", "date", "amount"} <= set(orders.value.columns):
        offered = {_RFM: plain("baskets.page.groups_rfm")} | offered
    if "customer" in orders.value.columns:
        offered |= {
            f"{_SAVED}{one.name}": plain("baskets.page.groups_saved", name=one.name)
            for one in workspace().saved("segmentation")
        }
    return offered


def _columns(lines: pd.DataFrame) -> list[str]:
    """The columns that part the orders into a few groups: channel, country and others of the file's own."""
    texts = [
        str(name)
        for name in lines.columns
        if name not in _NO_GROUPS and not pd.api.types.is_numeric_dtype(lines[name])
    ]
    few = [
        name
        for name in texts
        if not pd.api.types.is_datetime64_any_dtype(lines[name])
        and 2 <= lines[name].nunique() <= _MOST_GROUPS
    ]
    return sorted(few, key=lambda name: {"channel": 0, "country": 1}.get(name, 2))


def _group(by: str) -> str | Answer[pd.DataFrame]:
    """A column, or a table of customers and the segments they are in."""
    if by.startswith(_COLUMN):
        return by.removeprefix(_COLUMN)
    return run(_members, _segments(by), by == _RFM, language())


def _segments(by: str) -> Answer[Segments]:
    """The customers of these orders by their recency, frequency and spending, or as they were segmented when that was saved."""
    customers = run(describe_customers, table("transactions", lazy=True))
    return (
        run(segment, customers, RFMOptions())
        if by == _RFM
        else open_saved(customers, by.removeprefix(_SAVED))
    )


def _in_python(by: str) -> tuple[list[str], str]:
    """The groups as Python: lines that make them, and what is given."""
    if by.startswith(_COLUMN):
        return [], repr(by.removeprefix(_COLUMN))
    saved = None if by == _RFM else workspace().saved_one("segmentation", by.removeprefix(_SAVED))
    found = (
        ["segmented = crm.segment(customers, crm.RFMOptions())"]
        if saved is None
        else reopening(saved, "segmented")
    )
    names = _names(_segments(by).value, by == _RFM, language())
    lines = [
        "customers = crm.describe_customers(orders, as_of=None)",
        *found,
        'members = segmented.customers[["customer", "segment"]]',
        f'members = members.assign(segment=members["segment"].map({names!r}))',
    ]
    return lines, "members"


def _members(found: Segments, rfm: bool, tongue: Language) -> pd.DataFrame:
    """Customer and the name of the segment, in the reader's language."""
    names = _names(found, rfm, tongue)
    return pd.DataFrame(
        {"customer": found.customers["customer"], "segment": found.customers["segment"].map(names)}
    )


def _names(found: Segments, rfm: bool, tongue: Language) -> dict[int, str]:
    """What the segments are called; RFM's own say so, since k-means has segments of the same names."""
    names = names_of(found, tongue)
    return (
        {
            label: wording.say("baskets.page.rfm_name", tongue, name=name)
            for label, name in names.items()
        }
        if rfm
        else names
    )


def _in_short(row: pd.Series) -> str:
    sides = {"antecedent": list(row["antecedent"]), "consequent": list(row["consequent"])}
    groups = {"highest": str(row["highest"]), "lowest": str(row["lowest"])}
    return say(
        "baskets.differ.rule",
        high=float(row["highest_confidence"]),
        low=float(row["lowest_confidence"]),
        **sides,
        **groups,
    )


def _show(found: Differences) -> None:
    told = found.summary()
    if not told["different"]:
        st.markdown(
            f"##### {say('baskets.differ.none', rules=told['rules'], groups=told['groups'])}"
        )
    else:
        st.markdown(
            f"##### {say('baskets.differ.some', different=told['different'], rules=told['rules'])}"
        )
    if found.rules.empty:
        return
    if told["different"]:
        sentences(found.headlines(3))
    st.caption(say("baskets.differ.select"))
    rows = listing(found.rules.drop(columns="rule"), key="baskets_differ", height=360, select=True)
    whole("rules_by_difference", found.rules, key="baskets_differ_file")
    row = found.rules.iloc[rows[0] if rows else 0]
    st.markdown(f"##### {_in_short(row)}")
    figure = pictures.group_confidence(found, int(row["rule"]), language())
    chart(
        figure,
        key="baskets_differ_groups",
        alt=plain("baskets.differ.alt"),
        height=110 + 38 * max(2, int(told["groups"] or 0)),
    )
    st.caption(say("baskets.differ.help", least=found.options.min_antecedent))
    whole("rules_in_each_group", found.groups, key="baskets_differ_groups_file")
    notes(found.notes)
