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
    grouping_columns,
)
from crm_analysis.analyses.customers import describe_customers
from crm_analysis.analyses.segments import (
    RFMOptions,
    Segments,
    segment,
    segment_names,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import baskets as pictures
from crm_analysis.presentation.ui import (
    Answer,
    chart,
    column_name,
    controls,
    how,
    in_python,
    language,
    notes,
    plain,
    run,
    say,
    starred,
    table,
    tell,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.baskets import sentences, subtitle
from crm_analysis.presentation.ui.baskets.settings import shared
from crm_analysis.presentation.ui.baskets.tables import file_of, selected_row
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.segments.saving import open_saved, reopening
from crm_analysis.wording import Language

_RFM = "rfm"
_SAVED = "saved "
_COLUMN = "column "
_KNOBS = (
    "confidence",
    "max_length",
    "min_antecedent",
    "max_groups",
    "max_rules",
    "time_limit",
)


def draw(orders: Answer[pd.DataFrame], options: RuleOptions) -> None:
    """Choose the groups, then the rules whose confidence is not the same in all of them."""
    offered = _offered(orders)
    if not offered:
        st.info(say("baskets.page.no_groups"), icon=":material/group_off:")
        return
    first, second, third = st.columns(3, gap="medium")
    with first:
        by = remembered(
            st.selectbox,
            say("baskets.page.groups_by"),
            list(offered),
            format_func=offered.__getitem__,
            key=widget_key("baskets", "groups"),
            help=say("baskets.page.groups_help"),
        )
    chosen = controls(
        "baskets",
        DifferenceOptions,
        key=widget_key("baskets", "groups"),
        only=_KNOBS,
        start=DifferenceOptions(**shared(options)),
        places={"confidence": second, "max_length": third},
    )
    try:
        asked = run(compare_groups, orders, _group(by), chosen)
    except AnalysisError as problem:
        tell(problem)
        return
    with starred(asked) as differences:
        _show(differences)
    if not by.startswith(_COLUMN):
        st.caption(say("baskets.differ.same_orders"))
    before, given = _in_python(by)
    how(
        "baskets.how.groups",
        code(
            chosen,
            before=before,
            given=given,
            loading=in_python("transactions"),
        ),
        support=pictures.percent(differences.support),
    )


def _offered(orders: Answer[pd.DataFrame]) -> dict[str, str]:
    roles = set(orders.value.columns)
    offered = {}
    if {"customer", "date", "amount"} <= roles:
        offered[_RFM] = plain("baskets.page.groups_rfm")
    for name in run(grouping_columns, orders).value:
        offered[f"{_COLUMN}{name}"] = column_name(name)
    if "customer" in roles:
        for saved in workspace().saved("segmentation"):
            offered[f"{_SAVED}{saved.name}"] = plain(
                "baskets.page.groups_saved", name=saved.name
            )
    return offered


def _group(by: str) -> str | Answer[pd.DataFrame]:
    if by.startswith(_COLUMN):
        return by.removeprefix(_COLUMN)
    return run(_members, _segments(by), by == _RFM, language())


def _segments(by: str) -> Answer[Segments]:
    customers = run(describe_customers, table("transactions", lazy=True))
    if by == _RFM:
        return run(segment, customers, RFMOptions())
    return open_saved(customers, by.removeprefix(_SAVED))


def _in_python(by: str) -> tuple[list[str], str]:
    """The groups as Python: lines that make them, and what is given."""
    if by.startswith(_COLUMN):
        return [], repr(by.removeprefix(_COLUMN))
    if by == _RFM:
        segmented = ["segmented = crm.segment(customers, crm.RFMOptions())"]
    else:
        saved = workspace().saved_one("segmentation", by.removeprefix(_SAVED))
        assert saved is not None  # its segments are on the page
        segmented = reopening(saved, "segmented")
    names = _names(_segments(by).value, by == _RFM, language())
    return [
        "customers = crm.describe_customers(orders, as_of=None)",
        *segmented,
        'members = segmented.customers[["customer", "segment"]]',
        f'members = members.assign(segment=members["segment"].map({names!r}))',
    ], "members"


def _members(segments: Segments, rfm: bool, tongue: Language) -> pd.DataFrame:
    names = _names(segments, rfm, tongue)
    members = segments.customers[["customer", "segment"]]
    return members.assign(segment=members["segment"].map(names))


def _names(segments: Segments, rfm: bool, tongue: Language) -> dict[int, str]:
    """What the segments are called.

    RFM's own say so, since k-means has segments of the same names.
    """
    names = segment_names(segments, tongue)
    if not rfm:
        return names
    return {
        label: wording.say("baskets.page.rfm_name", tongue, name=name)
        for label, name in names.items()
    }


def _show(differences: Differences) -> None:
    summary, rules = differences.summary(), differences.rules
    answer = "some" if summary["different"] else "none"
    subtitle(f"baskets.differ.{answer}", **summary)
    if rules.empty:
        return
    if summary["different"]:
        sentences(differences.headlines(3))
    st.caption(say("baskets.differ.select"))
    row = selected_row(
        rules.drop(columns="rule"), "rules_by_difference", height=360
    )
    _rule_in_groups(differences, rules.iloc[row])
    notes(differences.notes)


def _rule_in_groups(differences: Differences, rule: pd.Series) -> None:
    subtitle(
        "baskets.differ.rule",
        antecedent=list(rule["antecedent"]),
        consequent=list(rule["consequent"]),
        highest=str(rule["highest"]),
        lowest=str(rule["lowest"]),
        high=float(rule["highest_confidence"]),
        low=float(rule["lowest_confidence"]),
    )
    chart(
        pictures.group_confidence(differences, int(rule["rule"]), language()),
        key=widget_key("baskets", "group_confidence"),
        alt=plain("baskets.differ.alt"),
        height=110 + 38 * max(2, len(differences.sizes)),
    )
    st.caption(
        say(
            "baskets.differ.help",
            minimum=differences.options.min_antecedent,
        )
    )
    file_of(differences.groups, "rules_in_each_group")
