"""A report as an Excel file: a sheet a finding, in which nothing runs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_analysis.presentation.report.document import Report
from crm_analysis.presentation.report.finding import Chart, Finding, Table
from crm_analysis.privacy import sheet_names
from crm_analysis.privacy.excel import CELL_LETTERS
from crm_analysis.privacy.formulas import safe_text
from crm_analysis.units import units_in
from crm_analysis.wording import has

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_FORMATS = {
    "percent": "0%",
    "percent1": "0.0%",
    "number0": "#,##0",
    "number1": "#,##0.0",
    "number2": "#,##0.00",
    "money": "#,##0",
    "money2": "#,##0.00",
    "measure": "#,##0",
}
_WIDE, _USUAL = 34, 16
_CHARTS = {"bars": "bar", "ranges": "bar", "lines": "line"}
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}


def to_xlsx(report: Report) -> bytes:
    """The report as a workbook: a sheet of all sentences, then one a finding with all its rows."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": report.title, "author": report.author})
        names = sheet_names(
            [
                report.say("report.contents"),
                *(
                    f"{number} {_page(report, finding)}"
                    for number, finding in enumerate(report.findings, start=1)
                ),
            ]
        )
        _front(book, book.add_worksheet(names[0]), report)
        for name, finding in zip(names[1:], report.findings, strict=True):
            with units_in(finding.units):
                _Sheet(book, book.add_worksheet(name), report).write(finding)
    return buffer.getvalue()


def _page(report: Report, finding: Finding) -> str:
    """What the page of a finding is called; of a page that there is not, the report itself."""
    key = f"{finding.word}.title"
    return report.say(key if has(key) else "report.title")


def _text(value: Any) -> str:
    text = str(safe_text(str(value)))
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    return text if len(text) <= CELL_LETTERS else text[: CELL_LETTERS - 1] + "…"


def _front(book: Workbook, sheet: Worksheet, report: Report) -> None:
    title = book.add_format({"bold": True, "font_size": 18})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, 90)
    sheet.set_column(2, 2, 18)
    sheet.write_string(0, 1, _text(report.title), title)
    sheet.write_string(1, 1, _text(report.made))
    sheet.write_string(2, 1, _text(report.privacy))
    for number, finding in enumerate(report.findings, start=1):
        sheet.write_number(3 + number, 0, number)
        sheet.write_string(3 + number, 1, _text(finding.sentence), wrapped)
        sheet.write_string(3 + number, 2, _text(finding.number))
    if report.logo:
        sheet.insert_image(
            0,
            4,
            "logo",
            {
                "image_data": io.BytesIO(report.logo.content),
                "x_scale": 0.3,
                "y_scale": 0.3,
            },
        )


class _Sheet:
    """The sheet of one finding, written from the top."""

    def __init__(self, book: Workbook, sheet: Worksheet, report: Report) -> None:
        self.book, self.sheet, self.report = book, sheet, report
        self.bold = book.add_format({"bold": True, "font_size": 14})
        self.quiet = book.add_format({"font_color": "#5B6B7F"})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
        )
        self.number = book.add_format({"num_format": "#,##0.##"})
        self.whole = book.add_format({"num_format": "#,##0"})
        self.row = 0

    def write(self, finding: Finding) -> None:
        """The sentence, the number with its interval, the rows, the chart, how it was found."""
        self.sheet.set_column(0, 0, _WIDE)
        self.sheet.set_column(1, 12, _USUAL)
        self._line(finding.sentence, self.bold)
        if finding.number:
            self._line(
                self.report.say(
                    "report.figure_of", label=finding.label, number=finding.number
                )
            )
        for text in (finding.interval, finding.count):
            if text:
                self._line(text, self.quiet)
        self.row += 1
        if finding.table:
            self._rows(finding.table)
        if finding.chart:
            self._chart(finding.chart)
        self._line(self.report.say("report.method_title"), self.quiet)
        self._line(finding.method)
        for text in finding.caveats:
            self._line(text)

    def _line(self, text: str, look: Any = None) -> None:
        self.sheet.write_string(self.row, 0, _text(text), look)
        self.row += 1

    def _rows(self, table: Table) -> None:
        looks = []
        for place, (name, title) in enumerate(
            zip(table.frame.columns, table.titles, strict=True)
        ):
            self.sheet.write_string(self.row, place, _text(title), self.head)
            form = _FORMATS.get(table.styles.get(name, ""))
            look = self.number
            if form:
                look = self.book.add_format({"num_format": form})
            looks.append(look)
        for values in table.frame.itertuples(index=False, name=None):
            self.row += 1
            for place, value in enumerate(values):
                self._cell(place, value, looks[place])
        self.row += 2

    def _cell(self, place: int, value: Any, look: Any) -> None:
        if isinstance(value, list | tuple):
            self.sheet.write_string(
                self.row, place, _text(" + ".join(map(str, value)))
            )
        elif value is None or pd.isna(value):
            return
        elif isinstance(value, pd.Timestamp):
            self.sheet.write_string(self.row, place, value.date().isoformat())
        elif isinstance(value, bool) or not pd.api.types.is_number(value):
            self.sheet.write_string(self.row, place, _text(value))
        elif abs(float(value)) == float("inf"):
            self.sheet.write_string(self.row, place, "∞")
        else:
            number = float(value)
            is_whole = look is self.number and number == round(number)
            self.sheet.write_number(
                self.row, place, number, self.whole if is_whole else look
            )

    def _chart(self, chart: Chart) -> None:
        """A native chart, with the figures it is drawn from under the table."""
        start = self.row
        for place, line in enumerate(chart.lines, start=1):
            self.sheet.write_string(start, place, _text(line.name), self.head)
        for number, name in enumerate(chart.categories, start=1):
            self.sheet.write_string(start + number, 0, _text(name))
            for place, line in enumerate(chart.lines, start=1):
                value = line.values[number - 1]
                if value is not None:
                    self.sheet.write_number(start + number, place, value)
        end = start + len(chart.categories)
        drawn = self.book.add_chart({"type": _CHARTS[chart.shape]})
        for place in range(1, len(chart.lines) + 1):
            name = self.sheet.get_name()
            drawn.add_series(
                {
                    "name": [name, start, place],
                    "categories": [name, start + 1, 0, end, 0],
                    "values": [name, start + 1, place, end, place],
                }
            )
        if len(chart.lines) == 1:
            drawn.set_legend({"none": True})
        drawn.set_title({"none": True})
        form = _FORMATS.get(chart.style, "#,##0.##")
        if chart.shape == "lines":
            drawn.set_y_axis({"num_format": form})
        else:
            drawn.set_x_axis({"num_format": form})
            drawn.set_y_axis({"reverse": True})
        drawn.set_size({"width": 720, "height": 320})
        self.sheet.insert_chart(0, max(len(chart.lines) + 2, 8), drawn)
        self.row = end + 2
