"""Which method: searches beside the exact optimum, of the plan, of a shared budget, of a test."""

from __future__ import annotations

import streamlit as st

from crm_analysis.analyses.strategy import CompareOptions, compare_methods
from crm_analysis.presentation.pictures import fronts as pictures
from crm_analysis.presentation.ui import (
    chart,
    controls,
    how,
    language,
    plain,
    run,
    say,
    switch,
    widget_key,
)
from crm_analysis.presentation.ui.strategy import (
    Planning,
    cells,
    shares,
    sources,
    tables,
)
from crm_analysis.presentation.ui.strategy.methods_table import (
    STYLES,
    method_table,
    say_how_short,
)

_PARTS = ("plan", "shares", "cells")
_SLOWEST = 100_000  # evaluations of a run


def draw(planning: Planning) -> None:
    """One of three: the plan, a budget shared among channels, customers shared among cells."""
    part = switch(
        "strategy.methods.page.part",
        _PARTS,
        "strategy.methods.of.{}",
        key=widget_key("strategy", "methods", "part"),
        quiet=True,
    )
    if part == "shares":
        shares.draw(planning)
    elif part == "cells":
        cells.draw(planning)
    else:
        _draw_plan(planning)


def _draw_plan(planning: Planning) -> None:
    left, right = st.columns(2, gap="medium")
    options = controls(
        "strategy.methods",
        CompareOptions,
        key=widget_key("strategy", "methods"),
        only=("methods", "evaluations", "seeds"),
        high={"evaluations": _SLOWEST, "seeds": 10},
        places={"methods": left, "evaluations": right},
    )
    compared = run(compare_methods, planning.plan, options).value
    say_how_short(compared.methods, compared.notes)
    sources(planning)
    drawn = compared.methods[compared.methods["gap"].notna()]
    title = plain("strategy.methods.column.gap")
    chart(
        pictures.methods(drawn, title, language()),
        key=widget_key("strategy", "methods", "chart"),
        alt=plain("strategy.methods.page.chart"),
        height=110 + 42 * len(drawn),
    )
    table = method_table(compared.methods)
    if not planning.promises_profit:
        st.caption(say("strategy.methods.page.by_reach"))
        table = table.drop(columns=["value", "spread"])
    tables.listing("methods", table, "table", styles=STYLES)
    how(
        "strategy.how.methods",
        planning.code(
            f"compared = crm.compare_methods(plan, crm.{options.in_python()})",
            "print(compared.methods)",
        ),
    )
