"""What is taken away: the findings of results as HTML, PDF, slides and an Excel file.

An entry makes a finding of a result (`entries`), `sparing` takes out what must not be told, and
each format is written from the same findings: `html`, `pdf`, `slides`, `sheets`.
"""

from crm_analysis.presentation.report.document import (
    Logo,
    Report,
    composed,
    report_of,
    shown,
)
from crm_analysis.presentation.report.entries import ENTRIES, finding_of
from crm_analysis.presentation.report.finding import Chart, Finding, Line, Table
from crm_analysis.presentation.report.options import ReportOptions
from crm_analysis.presentation.report.writing import FORMATS, rendered, write_report

__all__ = [
    "ENTRIES",
    "FORMATS",
    "Chart",
    "Finding",
    "Line",
    "Logo",
    "Report",
    "ReportOptions",
    "Table",
    "composed",
    "finding_of",
    "rendered",
    "report_of",
    "shown",
    "write_report",
]
