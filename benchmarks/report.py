"""A report of twenty findings as each file. CPU seconds; the note gives the size and the mark.

`page` is what the page of the report makes anew at each click when all is in its cache.
"""

from __future__ import annotations

import itertools
import time

import crm_analysis as crm
from benchmarks.measure import Row
from crm_analysis.presentation.report import (
    FORMATS,
    finding_of,
    rendered,
    report_of,
)
from crm_analysis.presentation.report.figures import drawn
from tests.report_results import results

FINDINGS = 20
_MARKS = {"html": "≤ 2 s, 6 MB", "pdf": "≤ 3 s", "pptx": "≤ 1 s", "xlsx": "≤ 1 s"}
_RUNS = 3


def main() -> list[Row]:
    """A row a format, the fastest of three runs, and one for the findings with their pictures."""
    twenty = list(itertools.islice(itertools.cycle(results()), FINDINGS))
    report = report_of(twenty, crm.ReportOptions(language="zh", currency="CNY"))
    table = []
    for ending in FORMATS:
        seconds, size = float("inf"), 0
        for _ in range(_RUNS):
            began = time.process_time()
            size = len(rendered(report, ending))
            seconds = min(seconds, time.process_time() - began)
        note = f"{size / 1e6:.1f} MB; {_MARKS[ending]}"
        table.append(Row(f"{ending}, {FINDINGS} findings", seconds, note=note))
    began = time.process_time()
    for result in twenty:
        finding = finding_of(result, "zh")
        if finding.chart:
            drawn(finding.chart, "zh")
    seconds = time.process_time() - began
    table.append(Row(f"findings and pictures, {FINDINGS}", seconds, note="cached"))
    return table
