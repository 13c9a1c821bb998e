"""Order lines of which nobody says who bought, and demand figures: how much, when, of what."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.overview import Part, Sales, sales
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, figures
from crm_analysis.presentation.ui.overview.amounts import written
from crm_analysis.presentation.ui.overview.over_time import draw_over_time
from crm_analysis.presentation.ui.run import run, table
from crm_analysis.presentation.ui.session import language, plain, say

_LEVEL = 0.005  # a change that is written as none
_EVEN = 1.1  # times what each would have if all had the same


def orders() -> None:
    """Revenue (items, lines) in all and of late, by month, and by what the file tells apart."""
    found = run(sales, table("transactions")).value
    _tell(found)
    count = found.orders or found.lines
    what = "order" if found.orders else "line"
    items: list[dict[str, Any]] = (
        [{"label": f"overview.measure.{found.measure}", "value": written(found.total)}]
        if found.measure != "lines"
        else []
    )
    if found.items is not None:
        items.append({"label": "overview.measure.quantity", "value": written(found.items)})
    if found.orders and found.measure == "lines":
        items.append({"label": "overview.figure.lines", "value": written(found.lines)})
    items.append({"label": f"overview.figure.{what}s", "value": written(count)})
    if found.measure != "lines":
        items.append(
            {"label": f"overview.figure.per_{what}", "value": written(found.total / count)}
        )
    figures(items)
    _draw(found)


def series(small: bool = False) -> None:
    """The same of demand figures."""
    found = run(sales, table("series")).value
    if small:
        st.markdown(f"**{say('overview.sales.total', **_total(found))}**")
        return
    _tell(found)
    _draw(found)


def _total(found: Sales) -> dict[str, Any]:
    return {"measure": found.measure, "total": written(found.total), "lines": found.lines}


def _tell(found: Sales) -> None:
    """In all, and how the last days stand against those before."""
    record = found.record
    if record is None:
        answer(
            "overview.sales.lines" if found.measure == "lines" else "overview.sales.total",
            **_total(found),
        )
        return
    dated = "overview.sales.lines_dated" if found.measure == "lines" else "overview.sales.dated"
    if record.change is None or record.now is None:
        answer(dated, **_total(found), start=record.start, end=record.end)
        return
    kind = "level" if abs(record.change) < _LEVEL else "up" if record.change > 0 else "down"
    answer(
        f"overview.sales.{kind}",
        measure=found.measure,
        now=written(record.now),
        days=record.days,
        change=abs(record.change),
    )
    st.caption(say(dated, **_total(found), start=record.start, end=record.end))


def _draw(found: Sales) -> None:
    record = found.record
    if record is not None and len(record.periods) > 1:
        name = plain(f"overview.measure.{found.measure}")
        draw_over_time(
            record.periods,
            x="period",
            value="value",
            name=name,
            end=record.end,
            key="overview_months",
            every=record.every,
        )
    for at in range(0, len(found.parts), 2):
        for place, part in zip(st.columns(2, gap="medium"), found.parts[at : at + 2], strict=False):
            with place:
                _draw_part(found, part)


def _draw_part(found: Sales, part: Part) -> None:
    best = part.table.iloc[0]
    details = {
        "column": pictures.called(part.column, language()),
        "name": pictures.level_name(best["name"], language()),
        "share": float(best["share"]),
        "measure": found.measure,
    }
    even = not part.rest and float(best["share"]) * len(part.table) < _EVEN * float(
        part.table["share"].sum()
    )
    key = "overview.sales.part_even" if even else "overview.sales.part"
    st.markdown(f"##### {say(key, **details)}")
    chart(
        pictures.by_part(part, language()),
        key=f"overview_part_{part.column}",
        alt=plain(key, **details),
        height=70 + 34 * len(part.table),
    )
    if part.rest:
        st.caption(say("overview.rest", count=part.rest, share=part.rest_share))
