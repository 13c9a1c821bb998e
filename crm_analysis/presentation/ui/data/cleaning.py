"""The steps of cleaning as settings: for the whole table, for a column, for spellings."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from crm_analysis import privacy
from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.data.remaking import remake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import (
    choice_text,
    column_name,
    plain,
    say,
)
from crm_analysis.tables.cleaning import (
    EXPANDING,
    FILLS,
    CleanOptions,
    suggest_variants,
    summaries_of,
)
from crm_analysis.tables.kinds import ValueType
from crm_analysis.workspace import SavedTable

_MOST_VARIANTS = 30
_SIMPLE = (
    "duplicates",
    "outliers",
    "outlier_method",
    "outlier_threshold",
    "impossible",
    "returns",
    "several_rows",
    "expanding_by",
    "no_product",
    "trim",
    "half_width",
    "case",
)
# The setting that says how values of a type are written, and its choices.
_FORMS = {
    "date": ("date_order", ("day_first", "month_first", "year_first")),
    "number": ("decimal", (".", ",")),
    "money": ("decimal", (".", ",")),
}


def draw_cleaning(plan: Plan, saved: SavedTable) -> None:
    """All settings of cleaning; those of the whole table are changed and then applied together."""
    version = saved.version.version
    with st.form(widget_key("data", "cleaning", version), border=False):
        left, right = st.columns(2, gap="large")
        with left:
            chosen = controls(
                "cleaning",
                CleanOptions,
                key=widget_key("data", "cleaning", version),
                only=_SIMPLE,
                start=plan.clean,
                kept=False,
            )
        with right:
            chosen = chosen.replace(
                missing=_choose_fills(plan.clean, saved),
                leave_out=_choose_left_out(plan.clean),
                outlier_columns=_choose_outlier_columns(plan.clean, saved),
                expanding=_choose_expanding(plan.clean, saved),
            )
        if (
            st.form_submit_button(say("data.apply"), type="primary")
            and chosen != plan.clean
        ):
            remake(plan, clean=chosen)
    with (
        st.expander(say("data.types")),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        _draw_type(plan, saved)
    if any(
        details.get("option") == "several_rows" for _, details in saved.questions
    ):
        with st.expander(say("cleaning.knob.summaries.label")):
            _draw_summaries(plan, saved)
    texts = _columns_of(saved, "category", "text")
    if texts:
        with st.expander(say("data.variants")):
            _draw_variants(plan, saved, texts)


def _draw_summaries(plan: Plan, saved: SavedTable) -> None:
    """How the several rows of a customer become one, column by column."""
    version = saved.version.version
    types = saved.types[saved.types["role"] != "customer"]
    columns = {}  # of the file: the type its cells have
    for source, name, kind in zip(
        types["source"], types["column"], types["type"], strict=True
    ):
        if source is not None:
            columns[str(source)] = saved.detail(name).get("summary_of", kind)
    before: dict[str, list[str]] = {}
    for name, how in plan.clean.summaries:
        before.setdefault(name, []).append(how)
    texts = choice_text("cleaning.summary.{}")
    summaries: list[tuple[str, str]] = []
    with st.form(widget_key("data", "summaries", version), border=False):
        st.caption(say("cleaning.knob.summaries.help"))
        grid = st.grid(min_column_width=220)
        for source, kind in columns.items():
            offered = summaries_of(kind)
            usual = [
                how for how in before.get(source, offered[:1]) if how in offered
            ]
            with grid.container():
                ways = st.multiselect(
                    privacy.escape_markdown(source),
                    offered,
                    default=usual,
                    format_func=texts,
                    key=widget_key("data", "summary", version, source),
                )
            if ways and tuple(ways) != offered[:1]:
                summaries += [(source, how) for how in ways]
        clicked = st.form_submit_button(say("data.apply"), type="primary")
    if clicked and tuple(summaries) != plan.clean.summaries:
        remake(plan, clean=plan.clean.replace(summaries=tuple(summaries)))


def _columns_of(saved: SavedTable, *types: str) -> list[str]:
    of_type = saved.types["type"].isin(types)
    return [str(name) for name in saved.types.loc[of_type, "column"]]


def _choose_fills(
    options: CleanOptions, saved: SavedTable
) -> tuple[tuple[str, ...], ...]:
    """Which columns get what in place of missing values."""
    version = saved.version.version
    columns = [str(name) for name in saved.types["column"]]
    before = {fill[0]: fill for fill in options.missing}
    st.markdown(f"**{say('cleaning.knob.missing.label')}**")
    chosen = st.multiselect(
        say("data.missing_columns"),
        columns,
        default=[name for name in before if name in columns],
        key=widget_key("data", "missing_columns", version),
        placeholder=plain("data.missing_none"),
    )
    methods = [fill[1] for fill in before.values()] or ["median"]
    method = st.selectbox(
        say("data.missing_method"),
        FILLS,
        index=FILLS.index(methods[0]),
        format_func=choice_text("cleaning.fill.{}"),
        key=widget_key("data", "missing_method", version),
    )
    constants = [fill[2] for fill in before.values() if len(fill) > 2] or [""]
    constant = st.text_input(
        say("data.missing_constant"),
        value=constants[0],
        key=widget_key("data", "missing_constant", version),
    )
    fill = (method, constant) if method == "constant" else (method,)
    unchanged = [
        name for name in chosen if name in before and before[name][1] == method
    ]
    new = [(name, *fill) for name in chosen if name not in unchanged]
    return (*(before[name] for name in unchanged), *new)


def _choose_left_out(options: CleanOptions) -> tuple[str, ...]:
    text = st.text_area(
        say("cleaning.knob.leave_out.label"),
        value="\n".join(options.leave_out),
        help=say("cleaning.knob.leave_out.help"),
        key=widget_key("data", "leave_out"),
        height=100,
    )
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _choose_outlier_columns(
    options: CleanOptions, saved: SavedTable
) -> tuple[str, ...]:
    numbers = _columns_of(saved, "number", "money")
    chosen = st.multiselect(
        say("cleaning.knob.outlier_columns.label"),
        numbers,
        default=[name for name in options.outlier_columns if name in numbers],
        key=widget_key("data", "outlier_columns"),
        placeholder=plain("frame.filter.all"),
    )
    return tuple(chosen)


def _choose_expanding(
    options: CleanOptions, saved: SavedTable
) -> tuple[tuple[str, str], ...]:
    """Which columns come with expanding figures, and which."""
    made = {f"{column}_expanding_{what}" for column, what in options.expanding}
    offered = [
        name for name in _columns_of(saved, "number", "money") if name not in made
    ]
    before = [
        list(dict.fromkeys(pair[place] for pair in options.expanding))
        for place in (0, 1)
    ]
    columns = st.multiselect(
        say("cleaning.knob.expanding.label"),
        offered,
        default=[name for name in before[0] if name in offered],
        format_func=column_name,
        key=widget_key("data", "expanding_columns", saved.version.version),
        placeholder=plain("frame.none_chosen"),
        help=say("cleaning.knob.expanding.help"),
    )
    figures = st.multiselect(
        say("cleaning.knob.expanding.figures"),
        EXPANDING,
        default=before[1] or ["mean"],
        format_func=choice_text("cleaning.knob.expanding.{}"),
        key=widget_key("data", "expanding_figures", saved.version.version),
    )
    return tuple((column, what) for column in columns for what in figures)


def _draw_type(plan: Plan, saved: SavedTable) -> None:
    """How a column is read, where a person knows better than its values say.

    Its type, and for some the decimal mark or the order of day and month.
    """
    version = saved.version.version
    types = dict(
        zip(saved.types["column"].astype(str), saved.types["type"], strict=True)
    )
    titles = {name: column_name(name) for name in types}
    column = st.selectbox(
        say("ledger.column.column"),
        list(types),
        format_func=titles.__getitem__,
        key=widget_key("data", "type_column", version),
        width=240,
    )
    if column is None:
        return
    kinds = list(get_args(ValueType))
    kind = st.selectbox(
        say("quality.column.type"),
        kinds,
        index=kinds.index(types[column]),
        format_func=choice_text("quality.type.{}"),
        key=widget_key("data", "type", version, column),
        width=260,
    )
    changed = plan.clean
    if kind != types[column]:
        changed = changed.with_column("read_as", column, kind)
    if kind in _FORMS:
        setting, choices = _FORMS[kind]
        before = plan.clean.of(setting, column)
        form = _choose_form(
            setting,
            choices,
            before,
            widget_key("data", setting, version, column),
        )
        if form != before:
            changed = changed.with_column(setting, column, form)
    clicked = st.button(
        say("data.apply"), key=widget_key("data", "type_apply", version)
    )
    if clicked and changed != plan.clean:
        remake(plan, clean=changed)


def _choose_form(
    setting: str, choices: tuple[str, ...], before: str | None, key: str
) -> str | None:
    offered = (None, *choices)
    texts: dict[str | None, str] = {
        form: plain(f"cleaning.answer.{form}") for form in choices
    }
    texts[None] = plain("frame.chosen_for_you")
    return st.selectbox(
        say(f"cleaning.knob.{setting}.label"),
        offered,
        index=offered.index(before),
        format_func=texts.__getitem__,
        key=key,
        width=220,
    )


def _draw_variants(plan: Plan, saved: SavedTable, columns: list[str]) -> None:
    """Spelling variants of a category, merged on request."""
    column = st.selectbox(
        say("data.variants_column"),
        columns,
        key=widget_key("data", "variants_column"),
    )
    groups = run(suggest_variants, Answer(saved, saved.fingerprint), column).value
    if not groups:
        st.caption(say("data.no_variants"))
        return
    chosen = []
    for number, group in enumerate(groups[:_MOST_VARIANTS]):
        label = say(
            "data.variant",
            keep=group.keep,
            others=[name for name, _ in group.merge],
        )
        if st.checkbox(label, key=widget_key("data", "variant", column, number)):
            chosen.append(group)
    merge = widget_key("data", "merge")
    if st.button(say("data.merge"), disabled=not chosen, key=merge):
        pairs = [pair for group in chosen for pair in group.as_merge(column)]
        remake(plan, clean=plan.clean.replace(merge=(*plan.clean.merge, *pairs)))
