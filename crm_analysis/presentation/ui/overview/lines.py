"""Order lines of which nobody says who bought, and demand figures: how much, when, of what."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.overview import Part, Sales, sales
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    figures,
    language,
    plain,
    run,
    say,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.currency import units_here
from crm_analysis.presentation.ui.overview.amounts import written
from crm_analysis.presentation.ui.overview.over_time import draw_over_time
from crm_analysis.units import units_in
from crm_analysis.wording import write_number

_STYLES = {
    "amount": "money",
    "value": "measure",
}  # how a measure's total is written
_LEVEL = 0.005  # a change that is written as none
_EVEN = 1.1  # times what each would have if all had the same


def draw_orders() -> None:
    """Revenue (items, lines) in all and of late, by month, and by what the file tells apart."""
    result = run(sales, table("transactions")).value
    _answer(result)
    figures(_figures(result))
    _draw(result)


def draw_series(small: bool = False) -> None:
    """The same of demand figures."""
    result = run(sales, table("series")).value
    if small:
        with units_in(units_here("series")):
            st.markdown(f"**{say('overview.sales.total', **_total(result))}**")
        return
    _answer(result)
    _draw(result)


def _figures(result: Sales) -> list[dict[str, Any]]:
    measure, counts_lines = result.measure, result.measure == "lines"
    unit, count = (
        ("order", result.orders) if result.orders else ("line", result.lines)
    )
    items: list[dict[str, Any]] = []
    if not counts_lines:
        items.append(
            {
                "label": f"overview.measure.{measure}",
                "value": written(result.total, money=measure == "amount"),
            }
        )
    if result.items is not None:
        items.append(
            {
                "label": "overview.measure.quantity",
                "value": written(result.items),
            }
        )
    if result.orders and counts_lines:
        items.append({"label": "overview.figure.lines", "value": result.lines})
    items.append({"label": f"overview.figure.{unit}s", "value": count})
    if not counts_lines:
        items.append(
            {
                "label": f"overview.figure.per_{unit}",
                "value": written(result.total / count, money=measure == "amount"),
            }
        )
    return items


def _total(result: Sales) -> dict[str, Any]:
    return {
        "measure": result.measure,
        "total": write_number(
            result.total, _STYLES.get(result.measure, "short"), language()
        ),
        "lines": result.lines,
    }


def _answer(result: Sales) -> None:
    """In all, and how the last days stand against those before."""
    record, total = result.record, _total(result)
    counts_lines = result.measure == "lines"
    if record is None:
        answer(
            "overview.sales.lines" if counts_lines else "overview.sales.total",
            **total,
        )
        return
    dated = "overview.sales.lines_dated" if counts_lines else "overview.sales.dated"
    span = {"start": record.start, "end": record.end}
    if record.change is None or record.now is None:
        answer(dated, **total, **span)
        return
    direction = "up" if record.change > 0 else "down"
    if abs(record.change) < _LEVEL:
        direction = "level"
    answer(
        f"overview.sales.{direction}",
        measure=result.measure,
        now=written(record.now, money=result.measure == "amount"),
        days=record.days,
        change=abs(record.change),
    )
    st.caption(say(dated, **total, **span))


def _draw(result: Sales) -> None:
    record = result.record
    if record is not None and len(record.periods) > 1:
        draw_over_time(
            record.periods,
            x="period",
            value="value",
            measure=f"overview.measure.{result.measure}",
            end=record.end,
            key=widget_key("overview", "months"),
            every=record.every,
        )
    for first in range(0, len(result.parts), 2):
        pair = result.parts[first : first + 2]
        for column, part in zip(st.columns(2, gap="medium"), pair, strict=False):
            with column:
                _draw_part(result, part)


def _draw_part(result: Sales, part: Part) -> None:
    best = part.table.iloc[0]
    share = float(best["share"])
    details = {
        "column": pictures.column_title(part.column, language()),
        "name": pictures.level_name(best["name"], language()),
        "share": share,
        "measure": result.measure,
    }
    even_share = (float(part.table["share"].sum()) + part.rest_share) / (
        len(part.table) + part.rest
    )
    is_even = share < _EVEN * even_share
    key = "overview.sales.part_even" if is_even else "overview.sales.part"
    st.markdown(f"##### {say(key, **details)}")
    chart(
        pictures.by_part(part, language()),
        key=widget_key("overview", "part", part.column),
        alt=plain(key, **details),
        height=70 + 34 * len(part.table),
    )
    if part.rest:
        st.caption(say("overview.rest", count=part.rest, share=part.rest_share))
