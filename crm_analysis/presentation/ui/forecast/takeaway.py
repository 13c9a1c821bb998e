"""Take away: the forecast as a table, long or wide, and the same as Python."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import code
from crm_analysis.analyses.forecast.forms import long_form, wide_form
from crm_analysis.presentation.ui.blocks import answer, downloads, how, show_table
from crm_analysis.presentation.ui.forecast import Asked
from crm_analysis.presentation.ui.forecast.asking import ALL
from crm_analysis.presentation.ui.forecast.words import called, legible, named, titled
from crm_analysis.presentation.ui.session import plain, say, workspace

_MOST_NOTES = 40


def take(asked: Asked) -> None:
    """Both forms to download, and how they were computed."""
    past = st.toggle(say("forecast.take.history"), key="forecast-with_history", persist_state="session")
    long = long_form(asked.forecast, overridden=asked.overridden, reconciled=asked.reconciled, history=past)
    answer("forecast.take.long", rows=len(long), series=len(asked.names))
    show_table("forecast", legible(_worded(named(long, asked.names))), key="forecast_long", height=280)
    downloads("forecast_long", _worded(titled(long, asked.names)), key="forecast_long_file")
    wide = wide_form(long, ("value", "lo_80", "hi_80"))
    answer("forecast.take.wide", columns=len(wide.columns) - 2)
    shown = named(wide, asked.names).assign(figure=[plain(f"forecast.column.{name}") for name in wide["figure"]])
    show_table("forecast", legible(shown), key="forecast_wide", height=280)
    downloads("forecast_wide", titled(wide.assign(figure=shown["figure"]), asked.names), key="forecast_wide_file")
    how("forecast.how.method", _script(asked), _remarks(asked)[:_MOST_NOTES], models=len(asked.forecast.accuracy["model"].unique()))


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    """Codes as words."""
    column = next((name for name in ("kind", plain("forecast.column.kind")) if name in table.columns), None)
    if column is None:
        return table
    return table.assign(**{column: [plain(f"forecast.kind.{kind}") for kind in table[column]]})


def _remarks(asked: Asked) -> list[tuple[str, dict]]:
    """What was done on the way, series by series, and what demand was counted from."""
    said: list[tuple[str, dict]] = []
    about = asked.demand.value.attrs.get("demand", {})
    if about.get("partial"):
        said.append(("forecast.how.partial", {"count": len(about["partial"]), "day": about["partial"][0]}))
    if about.get("returned"):
        said.append(("forecast.how.returned", {"returned": float(about["returned"])}))
    if about.get("no_date"):
        said.append(("forecast.how.no_date", {"count": int(about["no_date"])}))
    return [*said, *((key, called(details, asked.names)) for key, details in asked.forecast.notes)]


def _script(asked: Asked) -> str:
    """The same in Python: which lines count, which series stand alone, the settings."""
    what = asked.what
    names = [one.name for one in workspace().tables() if one.kind == asked.kind]
    ready = what.measure == "value" and what.every == "given"
    by = None if what.by in (ALL, "series") else what.by
    text = code(
        asked.options,
        names[0] if names else "orders.csv",
        every=what.every,
        by=by,
        measure="quantity" if what.measure == "value" else what.measure,
        ready=ready,
    )
    goods = "is_product" in asked.lines.value.columns and (what.measure == "quantity" or what.by in ("product", "category"))
    before: list[str] = []
    table = "cleaned.table"
    if goods:
        before.append('goods = cleaned.table[cleaned.table["is_product"].fillna(True).astype(bool)]')
        table = "goods"
    if what.only and by:
        before.append(f"goods = {table}[{table}[{by!r}].isin({list(what.only)!r})]")
        table = "goods"
    if by == "segment":
        before.append(f"goods = {table}.merge(members, on='customer', how='left')  # customer, segment: a saved segmentation")
        table = "goods"
    if before:
        text = text.replace("demand = crm.demand(cleaned.table,", "\n".join(before) + f"\ndemand = crm.demand({table},")
    return text
