"""RFM of a table of customers that has it under names of its own."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.segments import (
    columns_called_rfm,
    could_be_rfm,
    ready_rfm,
)
from crm_analysis.presentation.ui import (
    Answer,
    column_name,
    in_python,
    plain,
    run,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.tables.script import Loading

_NAMES = ("recency", "frequency", "monetary")


def as_ready_rfm(
    customers: Answer[pd.DataFrame], kind: str
) -> tuple[Answer[pd.DataFrame], Loading]:
    """The customers, with RFM from the columns chosen for it; and the table as Python."""
    loading = in_python(kind, every_segment=True)
    offered = could_be_rfm(customers.value) if kind == "customers" else []
    if len(offered) < 2:
        return customers, loading
    columns = _choose(customers.value, offered)
    if not {"recency", "frequency"} <= set(columns):
        return customers, loading
    lines, table = loading
    names = ", ".join(f"{name}={column!r}" for name, column in columns.items())
    return run(ready_rfm, customers, **columns), (
        [*lines, f"ready = crm.ready_rfm({table}, {names})"],
        "ready",
    )


def _choose(customers: pd.DataFrame, offered: list[str]) -> dict[str, str]:
    """Which column is which; as named, where the table is of nothing but RFM."""
    named = columns_called_rfm(customers)
    usual: dict[str, str | None] = dict.fromkeys(_NAMES)
    if set(offered) <= set(named.values()):
        usual |= named
    texts = {name: column_name(name) for name in offered}
    nothing = plain("segments.ready_rfm_none")
    columns = {}
    with st.expander(say("segments.ready_rfm"), expanded=any(usual.values())):
        st.caption(say("segments.ready_rfm_help"))
        for place, name in zip(st.columns(3, gap="medium"), _NAMES, strict=True):
            fitting = [None, *_fitting(customers, offered, name)]
            column = remembered(
                place.selectbox,
                say(f"segments.feature.{name}"),
                fitting,
                index=fitting.index(usual[name]) if usual[name] in fitting else 0,
                format_func=lambda column: texts.get(column, nothing),
                key=widget_key("segments", "ready", name),
            )
            if column is not None:
                columns[name] = column
    return columns


def _fitting(customers: pd.DataFrame, offered: list[str], name: str) -> list[str]:
    """Dates may say recency, and nothing else."""
    if name == "recency":
        return offered
    return [
        column
        for column in offered
        if pd.api.types.is_numeric_dtype(customers[column])
    ]
