"""A report as slides: the answer is the title, the picture a chart that can be edited."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

from crm_analysis.presentation.report.cells import is_number, rest, texts
from crm_analysis.presentation.report.document import Report
from crm_analysis.presentation.report.drawing import COLOURS, shortened, width_of
from crm_analysis.presentation.report.finding import Chart, Finding, Table
from crm_analysis.units import units_in

# Every run says both, so that a program puts Chinese in a font that has it.
LATIN, EAST_ASIAN = "Calibri", "Microsoft YaHei"
_SPACE = "http://schemas.openxmlformats.org/drawingml/2006/main"
_CHART_SPACE = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_INCH = 914_400
_WIDTH, _HEIGHT, _EDGE = 13.333, 7.5, 0.6
_ONLY_TITLE = 5  # the layout of python-pptx's own template
_INK, _QUIET, _MARK = "1F2937", "5B6B7F", COLOURS[0].removeprefix("#")
# Up to which width a title is set in which size.
_TITLES = ((700, 30), (1_000, 24), (1_500, 20), (float("inf"), 16))
_ROWS = 8  # of a table that has a slide of its own
_LETTERS = 30  # of a name beside a bar
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMATS = {
    "percent": "0%",
    "percent1": "0.0%",
    "number1": "#,##0.0",
    "number2": "#,##0.00",
    "money2": "#,##0.00",
}


def to_pptx(report: Report) -> bytes:
    """The report as a PowerPoint file: a first slide, then one a finding, its method in the notes.

    A table goes on a slide of its own after the chart; where there is no chart, in its place.
    """
    from pptx import Presentation

    deck = Presentation()
    deck.slide_width, deck.slide_height = _emu(_WIDTH), _emu(_HEIGHT)
    deck.core_properties.title = _plain(report.title)
    deck.core_properties.author = _plain(report.author)
    deck.core_properties.language = report.language
    _first(deck, report)
    for finding in report.findings:
        with units_in(finding.units):
            _slide(deck, report, finding)
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def _emu(inches: float) -> Any:
    return int(inches * _INCH)


def _plain(text: str) -> str:
    return _UNSEEN.sub("", text)


def _first(deck: Any, report: Report) -> None:
    slide = _titled(deck, report.title, size=40, top=2.4)
    _say(
        slide,
        [report.made, report.privacy],
        (_EDGE, 4.2, _WIDTH - 2 * _EDGE, 1.2),
        size=16,
        colour=_QUIET,
    )
    if report.logo:
        slide.shapes.add_picture(
            io.BytesIO(report.logo.content),
            _emu(_EDGE),
            _emu(0.7),
            height=_emu(1.0),
        )


def _slide(deck: Any, report: Report, finding: Finding) -> None:
    slide = _titled(deck, finding.sentence)
    _number(slide, finding)
    if finding.chart:
        _chart(slide, report, finding.chart, _alt(report, finding, "chart"))
    elif finding.table:
        _table(slide, report, finding.table, _alt(report, finding, "table"))
    _notes(slide, report, finding)
    if finding.chart and finding.table:
        slide = _titled(deck, finding.sentence)
        _table(slide, report, finding.table, _alt(report, finding, "table"))
        _notes(slide, report, finding)


def _alt(report: Report, finding: Finding, what: str) -> str:
    return _plain(report.say(f"report.{what}_alt", sentence=finding.sentence))


def _titled(
    deck: Any, title: str, *, size: int | None = None, top: float = 0.45
) -> Any:
    """A slide whose title is the whole sentence, smaller where it is long."""
    slide = deck.slides.add_slide(deck.slide_layouts[_ONLY_TITLE])
    shape = slide.shapes.title
    shape.left, shape.top = _emu(_EDGE), _emu(top)
    shape.width, shape.height = _emu(_WIDTH - 2 * _EDGE), _emu(1.35)
    frame = shape.text_frame
    frame.word_wrap = True
    usual = next(points for room, points in _TITLES if width_of(title) <= room)
    _paragraph(
        frame.paragraphs[0], title, size=size or usual, colour=_INK, side="l"
    )
    return slide


def _say(
    slide: Any,
    lines: list[str],
    box: tuple[float, float, float, float],
    *,
    size: int,
    colour: str,
) -> None:
    frame = slide.shapes.add_textbox(*map(_emu, box)).text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        _paragraph(paragraph, line, size=size, colour=colour)


def _paragraph(
    paragraph: Any, text: str, *, size: float, colour: str, side: str = ""
) -> None:
    """Add a run, written down at once: setting it piece by piece takes ten times as long."""
    from pptx.oxml import parse_xml

    if side:
        paragraph._p.get_or_add_pPr().set("algn", side)
    paragraph._p.append(
        parse_xml(
            f'<a:r xmlns:a="{_SPACE}"><a:rPr sz="{round(100 * size)}"><a:solidFill>'
            f'<a:srgbClr val="{colour}"/></a:solidFill><a:latin typeface="{LATIN}"/>'
            f'<a:ea typeface="{EAST_ASIAN}"/><a:cs typeface="{EAST_ASIAN}"/></a:rPr>'
            f"<a:t>{escape(_plain(text))}</a:t></a:r>"
        )
    )


def _name_fonts(font: Any) -> None:
    """Both fonts of the text of a chart: python-pptx has no word for the second."""
    from pptx.oxml.ns import qn

    font.name = LATIN
    properties = font._rPr
    for tag in ("a:ea", "a:cs"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
        element = properties.makeelement(qn(tag), {"typeface": EAST_ASIAN})
        properties.find(qn("a:latin")).addnext(element)
    # The schema wants latin, ea, cs in this order.
    places = {child.tag: child for child in properties}
    places[qn("a:latin")].addnext(places[qn("a:ea")])


def _number(slide: Any, finding: Finding) -> None:
    beside = [part for part in (finding.interval, finding.count) if part]
    if finding.number:
        _say(
            slide,
            [finding.number],
            (_EDGE, 2.1, 3.4, 0.9),
            size=40 if width_of(finding.number) < 90 else 28,
            colour=_MARK,
        )
        beside.insert(0, finding.label)
    _say(slide, beside, (_EDGE, 3.0, 3.2, 2.4), size=16, colour=_QUIET)


def _chart(slide: Any, report: Report, chart: Chart, alt: str) -> None:
    """A native chart, its bars from above as in the table."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData(number_format=_FORMATS.get(chart.style, "#,##0"))
    room = 7.4 * _LETTERS
    data.categories = [_plain(shortened(name, room)) for name in chart.categories]
    for line in chart.lines:
        data.add_series(_plain(line.name), line.values)
    kinds = {
        "bars": XL_CHART_TYPE.BAR_CLUSTERED,
        "ranges": XL_CHART_TYPE.BAR_CLUSTERED,
        "lines": XL_CHART_TYPE.LINE,
    }
    frame = slide.shapes.add_chart(
        kinds[chart.shape],
        _emu(4.1),
        _emu(1.95),
        _emu(_WIDTH - 4.1 - _EDGE),
        _emu(5.1),
        data,
    )
    _describe(frame, alt)
    _dress(frame.chart, chart)


def _describe(frame: Any, alt: str) -> None:
    """The text for who cannot see a picture."""
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)


def _dress(drawn: Any, chart: Chart) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_LEGEND_POSITION
    from pptx.util import Pt

    drawn.font.size = Pt(14)
    drawn.font.color.rgb = RGBColor.from_string(_INK)
    _name_fonts(drawn.font)
    drawn.has_title = False
    drawn.has_legend = len(chart.lines) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.TOP
        drawn.legend.include_in_layout = False
    drawn.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(
        "D5DBE3"
    )
    drawn.value_axis.format.line.fill.background()
    is_row = chart.shape != "lines"
    plot = drawn.plots[0]
    for place, series in enumerate(plot.series):
        colour = RGBColor.from_string(
            COLOURS[place % len(COLOURS)].removeprefix("#")
        )
        if is_row:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour
            series.invert_if_negative = False
        else:
            series.format.line.color.rgb = colour
            series.format.line.width = Pt(2.5)
            series.smooth = False
        if chart.lines[place].low:
            _whiskers(series, chart, place)
    if is_row:
        drawn.category_axis.reverse_order = True
        drawn.value_axis.visible = False
        drawn.value_axis.has_major_gridlines = False
        plot.gap_width = 60 if len(chart.categories) > 2 else 250
        plot.has_data_labels = chart.shape == "bars"
    if plot.has_data_labels:
        plot.data_labels.font.size = Pt(14)
        _name_fonts(plot.data_labels.font)
    _label_axes(drawn, chart)


def _label_axes(drawn: Any, chart: Chart) -> None:
    """Names stand at the edge, where bars to the left do not run over them."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    drawn.category_axis.has_major_gridlines = False
    labels = drawn.value_axis.tick_labels
    labels.number_format = _FORMATS.get(chart.style, "#,##0")
    labels.number_format_is_linked = False


def _whiskers(series: Any, chart: Chart, place: int) -> None:
    """The interval of each bar, as error bars of its own lengths."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import qn

    line = chart.lines[place]
    sides = ""
    for side, ends in (("plus", line.high), ("minus", line.low)):
        points = "".join(
            f'<c:pt idx="{number}"><c:v>{abs(end - value)!r}</c:v></c:pt>'
            for number, (end, value) in enumerate(
                zip(ends, line.values, strict=True)
            )
            if end is not None and value is not None
        )
        sides += f'<c:{side}><c:numLit><c:ptCount val="{len(ends)}"/>{points}</c:numLit></c:{side}>'
    bars = parse_xml(
        f'<c:errBars xmlns:c="{_CHART_SPACE}"><c:errBarType val="both"/>'
        f'<c:errValType val="cust"/><c:noEndCap val="0"/>{sides}</c:errBars>'
    )
    # The schema wants them before the categories.
    series._element.find(qn("c:cat")).addprevious(bars)


def _table(slide: Any, report: Report, table: Table, alt: str) -> None:
    rows = texts(table, report.language)[:_ROWS]
    size = (len(rows) + 1, len(table.titles))
    box = (_EDGE, 1.95, _WIDTH - 2 * _EDGE, 0.42 * size[0])
    frame = slide.shapes.add_table(*size, *map(_emu, box))
    _describe(frame, alt)
    columns = list(zip(table.titles, *rows, strict=True))
    widths = [min(260.0, max(60.0, *map(width_of, column))) for column in columns]
    drawn = frame.table
    right = [is_number(table, name) for name in table.frame.columns]
    for place, width in enumerate(widths):
        drawn.columns[place].width = _emu(box[2] * width / sum(widths))
    for row, cells in enumerate([list(table.titles), *rows]):
        for place, text in enumerate(cells):
            cell = drawn.cell(row, place)
            room = box[2] * 72 * widths[place] / sum(widths)
            _paragraph(
                cell.text_frame.paragraphs[0],
                shortened(text, room * 1.6),
                size=14,
                colour="FFFFFF" if row == 0 else _INK,
                side="r" if right[place] else "",
            )
    if len(table.frame) > len(rows):
        more = report.say(
            "report.more_rows", shown=len(rows), rows=len(table.frame)
        )
        top = 1.95 + 0.42 * size[0] + 0.15
        _say(slide, [more], (_EDGE, top, box[2], 0.4), size=14, colour=_QUIET)


def _notes(slide: Any, report: Report, finding: Finding) -> None:
    """How it was found and what to keep in mind, for who speaks."""
    frame = slide.notes_slide.notes_text_frame
    beside = (finding.label, finding.number, finding.interval, finding.count)
    lines = [
        " · ".join(part for part in beside if part),
        f"{report.say('report.method_title')}: {finding.method}",
        *finding.caveats,
    ]
    if finding.table:
        lines.append(rest(finding.table, report.language))
    spoken = [line for line in lines if line]
    for number, line in enumerate(spoken):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        _paragraph(paragraph, line, size=12, colour=_INK)
