"""A report as one HTML file: nothing is fetched, and nothing is missing without scripts."""

from __future__ import annotations

import base64
import json
from html import escape
from importlib.resources import files

from crm_analysis.presentation.report.cells import is_number, rest, texts
from crm_analysis.presentation.report.document import Report
from crm_analysis.presentation.report.drawing import svg
from crm_analysis.presentation.report.figures import figure
from crm_analysis.presentation.report.finding import Finding, Table
from crm_analysis.units import units_in

# Not even by mistake can the file ask anybody for anything.
_POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'"
)
# Each drawing is replaced by the picture that answers to the mouse.
_DRAW = """
for (const place of document.querySelectorAll('.chart[data-figure]')) {
  const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
  place.replaceChildren();
  Plotly.newPlot(place, figure.data, figure.layout, {displaylogo: false, responsive: true,
    displayModeBar: false});
}
"""


def to_html(report: Report) -> bytes:
    """The report as a file that opens in any browser, with plotly.js in it once."""
    from plotly.offline import get_plotlyjs

    articles = []
    for number, finding in enumerate(report.findings, start=1):
        with units_in(finding.units):
            articles.append(_article(report, finding, number))
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    is_drawn = any(finding.chart for finding in report.findings)
    scripts = ""
    if is_drawn:
        scripts = f"<script>{get_plotlyjs()}</script><script>{_DRAW}</script>"
    title = escape(report.title)
    page = (
        f'<!doctype html><html lang="{escape(report.language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head><body>"
        f"{_header(report)}<main>{''.join(articles)}</main>{scripts}</body></html>"
    )
    return page.encode("utf-8", errors="replace")


def _header(report: Report) -> str:
    logo = ""
    if report.logo:
        content = base64.b64encode(report.logo.content).decode()
        logo = (
            f'<img alt="" src="data:image/{report.logo.format};base64,{content}">'
        )
    points = "".join(
        f'<li><a href="#finding-{number}">{escape(finding.sentence)}</a></li>'
        for number, finding in enumerate(report.findings, start=1)
    )
    return (
        f"<header>{logo}<h1>{escape(report.title)}</h1>"
        f'<p class="quiet">{escape(report.made)}<br>{escape(report.privacy)}</p></header>'
        f"<nav><h3>{escape(report.say('report.contents'))}</h3><ol>{points}</ol></nav>"
    )


def _article(report: Report, finding: Finding, number: int) -> str:
    parts = [f"<h2>{escape(finding.sentence)}</h2>", _figure_line(finding)]
    if finding.chart:
        name = f"figure-{number}"
        drawn = figure(finding.chart, report.language).to_json()
        alt = escape(report.say("report.chart_alt", sentence=finding.sentence))
        # Within a script only "</" could end it; JSON reads "<\/" alike.
        parts.append(
            f'<div class="chart" data-figure="{name}" role="img" aria-label="{alt}">'
            f"{svg(finding.chart, report.language)}</div>"
            f'<script type="application/json" id="{name}">'
            f"{json.dumps(json.loads(drawn)).replace('<', chr(92) + 'u003c')}</script>"
        )
    if finding.table:
        parts.append(_table(report, finding.table))
    parts.append(_fold(report, finding))
    return f'<article id="finding-{number}">{"".join(parts)}</article>'


def _figure_line(finding: Finding) -> str:
    if not finding.number and not finding.count:
        return ""
    number = f'<span class="number">{escape(finding.number)}</span>'
    beside = " · ".join(
        part for part in (finding.label, finding.interval, finding.count) if part
    )
    return (
        f'<div class="figure">{number if finding.number else ""}'
        f'<span class="quiet">{escape(beside)}</span></div>'
    )


def _table(report: Report, table: Table) -> str:
    right = [is_number(table, name) for name in table.frame.columns]
    marks = [' class="n"' if number else "" for number in right]
    head = "".join(
        f'<th scope="col"{mark}>{escape(title)}</th>'
        for mark, title in zip(marks, table.titles, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{mark}>{escape(cell)}</td>"
            for mark, cell in zip(marks, row, strict=True)
        )
        + "</tr>"
        for row in texts(table, report.language)
    )
    more = rest(table, report.language)
    note = f'<p class="quiet">{escape(more)}</p>' if more else ""
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{note}"
    )


def _fold(report: Report, finding: Finding) -> str:
    """Method and caveats, folded but there."""
    items = "".join(f"<li>{escape(text)}</li>" for text in finding.caveats)
    caveats = ""
    if items:
        caveats = (
            f"<h3>{escape(report.say('report.caveats_title'))}</h3><ul>{items}</ul>"
        )
    return (
        f"<details><summary>{escape(report.say('report.method_title'))}</summary>"
        f"<p>{escape(finding.method)}</p>{caveats}</details>"
    )
