"""A report as PDF: A4, tagged, set by Typst in a font that comes with the packages."""

from __future__ import annotations

import json
import re
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Any

from crm_analysis.presentation.report.cells import is_number, rest, texts
from crm_analysis.presentation.report.document import Report
from crm_analysis.presentation.report.drawing import svg, width_of
from crm_analysis.presentation.report.finding import Finding, Table
from crm_analysis.units import units_in

FONT = "Noto Sans CJK SC"
_WIDEST, _NARROWEST = 260.0, 46.0  # of a column, as `width_of` measures
_LONG = re.compile(r"[\x21-\x7e]{24,}")  # letters without a place to break
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def to_pdf(report: Report) -> bytes:
    """The report as a PDF that a screen reader can read (PDF/UA-1).

    The font is that of the package noto-cjk-sans-otc, whatever the machine has.
    """
    import typst
    from noto_cjk_sans_otc import FONT_PATH

    findings = []
    for finding in report.findings:
        with units_in(finding.units):
            findings.append(_finding(report, finding))
    content = {
        "title": _plain(report.title),
        "author": _plain(report.author),
        "lang": report.language,
        "features": [] if _is_wide(report) else ["pwid"],
        "made": _plain(report.made),
        "privacy": report.privacy,
        "contents": report.say("report.contents"),
        "method": report.say("report.method_title"),
        "caveats": report.say("report.caveats_title"),
        "logo": _logo(report),
        "findings": findings,
    }
    template = files(__package__).joinpath("paper.typ").read_bytes()
    compile_typst: Any = typst.compile
    made: bytes = compile_typst(
        template,
        format="pdf",
        font_paths=[str(Path(str(FONT_PATH)).parent)],
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(content)},
        pdf_standards=["ua-1"],
    )
    return made


def _is_wide(report: Report) -> bool:
    """Whether the language's letters are as wide as high; its quotes are then as well."""
    return unicodedata.east_asian_width(report.say("report.title")[0]) in "WF"


def _plain(text: str) -> str:
    """A text without what cannot be set, and with places to break in very long words."""
    text = _UNSEEN.sub("", text)
    return _LONG.sub(lambda word: re.sub("(.{12})", "\\1\u200b", word[0]), text)


def _logo(report: Report) -> dict[str, Any] | None:
    if report.logo is None:
        return None
    form = {"jpeg": "jpg"}.get(report.logo.format, report.logo.format)
    return {
        "content": list(report.logo.content),
        "format": form,
        "alt": _plain(report.author or report.title),
    }


def _finding(report: Report, finding: Finding) -> dict[str, Any]:
    chart = ""
    if finding.chart:
        chart = _UNSEEN.sub("", svg(finding.chart, report.language, FONT))
    beside = (finding.label, finding.interval, finding.count)
    return {
        "sentence": _plain(finding.sentence),
        "number": finding.number,
        "beside": _plain(" · ".join(part for part in beside if part)),
        "chart": chart,
        "alt": _plain(report.say("report.chart_alt", sentence=finding.sentence)),
        "table": _table(report, finding.table) if finding.table else None,
        "method": finding.method,
        "caveats": [_plain(text) for text in finding.caveats],
    }


def _table(report: Report, table: Table) -> dict[str, Any]:
    rows = [[_plain(cell) for cell in row] for row in texts(table, report.language)]
    columns = zip(table.titles, *rows, strict=True)
    return {
        "titles": [_plain(title) for title in table.titles],
        "right": [is_number(table, name) for name in table.frame.columns],
        "widths": [
            min(_WIDEST, max(_NARROWEST, *(width_of(cell) for cell in column)))
            for column in columns
        ],
        "rows": rows,
        "more": rest(table, report.language),
    }
