"""What a report must not tell: who somebody is, and figures of very few people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from crm_analysis.presentation.report.finding import Chart, Finding, Line, Table
from crm_analysis.presentation.report.options import ReportOptions
from crm_analysis.wording import say


def spared(finding: Finding, options: ReportOptions) -> Finding:
    """A finding without what must not be told.

    With names masked, a table of single people is left out. Rows of fewer people than
    `smallest_group` keep their name and lose their figures; where that is one row of several that
    part all people, the next smallest one does too, for the first could be worked out from the
    others. A finding of so few people says only that.
    """
    language, smallest = options.language, options.smallest_group
    if _is_few(finding.people, smallest):
        return Finding(
            finding.word,
            say("report.few", language, smallest=smallest),
            method=finding.method,
            units=finding.units,
        )
    sentences = [
        text for text, fewest in finding.counted if not _is_few(fewest, smallest)
    ]
    caveats = (*sentences, *finding.caveats)
    table = finding.table
    chart = _chart_without_few(finding.chart, smallest)
    is_less = chart is not finding.chart
    if table is not None and table.person and options.mask_names:
        masked = say("report.masked", language, rows=len(table.frame))
        table, caveats = None, (*caveats, masked)
    elif table is not None and table.counts:
        table = _table_without_few(table, smallest)
        is_less = is_less or table is not finding.table
    if is_less:
        caveats = (*caveats, say("report.suppressed", language, smallest=smallest))
    return replace(finding, table=table, chart=chart, caveats=caveats, counted=())


def _is_few(people: int | None, smallest: int) -> bool:
    return people is not None and 0 < people < smallest


def _few(counts: Iterable[float | None], smallest: int, whole: bool) -> np.ndarray:
    """Which are of too few people, and what would give one of them away."""
    numbers = np.array(
        [np.nan if count is None else count for count in counts], float
    )
    few = (numbers > 0) & (numbers < smallest)
    others = ~few & (numbers > 0)
    if whole and few.sum() == 1 and others.any():
        few[np.where(others, numbers, np.inf).argmin()] = True
    return few


def _table_without_few(table: Table, smallest: int) -> Table:
    """The table with the figures of these rows gone; of a number of people `<5` is left."""
    counts = table.frame[list(table.counts)].apply(pd.to_numeric, errors="coerce")
    few = np.zeros(len(counts), dtype=bool)
    for name in table.counts:
        few |= _few(counts[name], smallest, table.whole)
    if not few.any():
        return table
    frame = table.frame.copy()
    for name in frame.columns:
        if name in table.counts or pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].astype(object).mask(few, None)
    for name in table.counts:
        below = few & counts[name].between(1, smallest - 1).to_numpy()
        frame[name] = frame[name].mask(below, f"<{smallest}")
    return replace(table, frame=frame)


def _chart_without_few(chart: Chart | None, smallest: int) -> Chart | None:
    """The chart without its categories of too few people; None where no other is left."""
    if chart is None or not chart.people:
        return chart
    few = _few(chart.people, smallest, chart.whole)
    if not few.any():
        return chart
    kept = np.flatnonzero(~few).tolist()

    def chosen(values: tuple) -> tuple:
        return tuple(values[place] for place in kept) if values else ()

    less = replace(
        chart,
        categories=chosen(chart.categories),
        people=chosen(chart.people),
        lines=tuple(
            Line(
                line.name, chosen(line.values), chosen(line.low), chosen(line.high)
            )
            for line in chart.lines
        ),
    )
    return less if less.is_drawable() else None
