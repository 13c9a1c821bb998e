"""The report to take away: four formats of the same findings, in which nobody is given away."""

from __future__ import annotations

import dataclasses
import html
import io
import re
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pypdf
import pytest
from pptx import Presentation
from pptx.oxml.ns import qn

import crm_analysis as crm
from crm_analysis.presentation.report import (
    ENTRIES,
    Report,
    composed,
    finding_of,
    rendered,
    report_of,
)
from crm_analysis.presentation.report.drawing import svg
from crm_analysis.presentation.report.finding import Chart, Finding, Line, Table
from crm_analysis.presentation.report.sparing import spared
from tests.report_results import FORMATS as ENDINGS, PLANTED, results, said_in, shop
from tests.variants import every
from tests.workspaces import fails

LANGUAGES = ("en", "zh")


@cache
def _report(language: str, mask_names: bool = True) -> Report:
    options = crm.ReportOptions(
        language=language,
        mask_names=mask_names,
        currency="CNY",
        title="=Sum <script>alert(1)</script>",
        author="茶 & Co",
    )
    return report_of(results(), options)


@cache
def _file(language: str, ending: str, mask_names: bool = True) -> bytes:
    return rendered(_report(language, mask_names), ending)


@cache
def _said(language: str, ending: str, mask_names: bool = True) -> str:
    return said_in(ending, _file(language, ending, mask_names))


def _squeezed(text: str) -> str:
    """Without blanks and breaks: where a line ends is not what is said."""
    return re.sub(r"[\s\u200b]+", "", html.unescape(text))


@pytest.mark.parametrize("language", every(2, LANGUAGES))
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_says_every_title_and_the_same_numbers(
    language: str, ending: str
) -> None:
    text = _squeezed(_said(language, ending))
    findings = _report(language).findings
    assert len(findings) == len(results())
    for finding in findings:
        assert _squeezed(finding.sentence) in text, finding.sentence
        for part in (
            finding.number,
            finding.interval,
            finding.count,
            finding.method,
        ):
            assert _squeezed(part) in text, part


def test_most_findings_have_a_number_of_their_own_and_a_picture() -> None:
    findings = _report("en").findings
    assert sum(bool(finding.number) for finding in findings) == len(findings)
    assert (
        sum(finding.chart is not None for finding in findings) >= len(findings) - 2
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ending", ENDINGS)
def test_no_name_is_in_a_masked_report(language: str, ending: str) -> None:
    assert "Zelda" not in _said(language, ending)
    assert "Person 01" not in _said(language, ending)


@pytest.mark.slow
def test_the_name_would_be_found_were_it_there() -> None:
    findings = _report("en", mask_names=False).findings
    with_names = [
        finding for finding in findings if finding.table and finding.table.person
    ]
    assert len(with_names) >= 2
    for ending in ENDINGS:
        assert "Zelda" in _said("en", ending, mask_names=False), ending


@pytest.mark.parametrize("ending", ENDINGS)
def test_text_from_a_file_is_text_in_the_report(ending: str) -> None:
    text = _said("en", ending, mask_names=False)
    assert PLANTED not in text or ending == "pdf"
    assert "<script>alert(1)" not in text or ending == "pdf"
    if ending == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(_file("en", ending, False)))
        for sheet in book:
            for row in sheet.iter_rows():
                assert all(cell.data_type != "f" for cell in row)
        assert book.worksheets[0]["B1"].value.startswith("'=Sum")


def test_the_page_asks_for_nothing_and_has_plotly_once() -> None:
    text = _said("en", "html")
    assert text.count("plotly.js v") == 1
    outside = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)=\"(?!#|data:)", outside)
    assert "default-src 'none'" in text
    assert outside.count("<svg") == sum(
        finding.chart is not None for finding in _report("en").findings
    )


@pytest.mark.slow
def test_the_page_is_small_enough_to_send() -> None:
    twenty = dataclasses.replace(
        _report("en"),
        findings=(*_report("en").findings, *_report("en").findings)[:20],
    )
    assert len(rendered(twenty, "html")) < 6_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_slides_have_charts_of_their_own_notes_and_both_fonts(
    language: str,
) -> None:
    deck = Presentation(io.BytesIO(_file(language, "pptx")))
    findings = _report(language).findings
    charts = [
        shape.chart
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_chart
    ]
    assert len(charts) == sum(finding.chart is not None for finding in findings)
    first = next(finding.chart for finding in findings if finding.chart)
    assert charts[0].plots[0].series[0].values == pytest.approx(
        first.lines[0].values
    )
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert {finding.sentence for finding in findings} <= set(titles)
    for slide in list(deck.slides)[1:]:
        assert any(
            finding.method in slide.notes_slide.notes_text_frame.text
            for finding in findings
        )
        for part in (slide, slide.notes_slide):
            for run in part._element.iter(qn("a:r")):
                assert run.find(f"{qn('a:rPr')}/{qn('a:ea')}") is not None
    for chart in charts:
        assert list(chart._chartSpace.iter(qn("a:ea")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_a4_and_in_its_language(language: str) -> None:
    pdf = pypdf.PdfReader(io.BytesIO(_file(language, "pdf")))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == language
    assert "/StructTreeRoot" in root
    for page in pdf.pages:
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in pdf.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts and all("NotoSansCJK" in font for font in fonts)


def test_no_table_is_cut_by_the_end_of_a_page() -> None:
    """A table and the chart over it stand on one page, whatever the length of the words."""
    frame = pd.DataFrame(
        {
            "name": [f"Row{number}" + "x" * 90 for number in range(12)],
            "n": range(12),
        }
    )
    table = Table(frame, ("Name", "N"))
    finding = Finding("value", "Sentence.", method="Method.", table=table)
    report = dataclasses.replace(_report("en"), findings=(finding,) * 3)
    pages = pypdf.PdfReader(io.BytesIO(rendered(report, "pdf"))).pages
    for page in pages:
        rows = set(re.findall(r"Row\d+", page.extract_text()))
        assert len(rows) in (0, 12)


def _of_people(*sizes: int, whole: bool = True) -> Finding:
    names = [f"group {place}" for place in range(len(sizes))]
    frame = pd.DataFrame(
        {"name": names, "people": sizes, "money": [float(7 * n) for n in sizes]}
    )
    table = Table(
        frame, ("Name", "People", "Money"), counts=("people",), whole=whole
    )
    line = Line("Money", tuple(frame["money"]))
    chart = Chart(
        "bars",
        tuple(names),
        (line,),
        "",
        people=tuple(map(float, sizes)),
        whole=whole,
    )
    return Finding("value", "Sentence.", table=table, chart=chart)


def test_cells_of_fewer_than_five_people_are_empty() -> None:
    less = spared(_of_people(20, 4, 3, 0), crm.ReportOptions())
    assert less.table.frame["people"].tolist() == [20, "<5", "<5", 0]
    assert less.table.frame["money"].tolist()[1:3] == [None, None]
    assert less.chart.categories == ("group 0", "group 3")
    assert any("fewer than 5" in caveat for caveat in less.caveats)


def test_one_cell_alone_could_be_worked_out_so_a_second_one_is_empty() -> None:
    less = spared(_of_people(20, 9, 4), crm.ReportOptions())
    assert less.table.frame["people"].tolist() == [20, None, "<5"]
    parts = spared(_of_people(20, 9, 4, whole=False), crm.ReportOptions())
    assert parts.table.frame["people"].tolist() == [20, 9, "<5"]


def test_a_finding_of_very_few_people_says_only_that() -> None:
    few = Finding("value", "3 of 4 left.", number="3", people=3, caveats=("3",))
    less = spared(few, crm.ReportOptions(language="zh"))
    assert less.number == "" and less.caveats == () and "5" in less.sentence
    counted = Finding("value", "Much.", counted=(("1 new.", 1), ("9 new.", 9)))
    assert spared(counted, crm.ReportOptions()).caveats == ("9 new.",)


def test_a_report_is_written_where_it_was_asked_for(tmp_path: Path) -> None:
    path = crm.write_report(results()[:2], tmp_path / "Juli 报告.HTML")
    assert path.read_bytes().startswith(b"<!doctype html>")
    with fails("report.unknown_format"):
        crm.write_report(results(), tmp_path / "report.docx")
    with fails("report.nothing"):
        crm.write_report([], tmp_path / "report.pdf")
    with fails("report.no_entry"):
        crm.write_report([pd.DataFrame()], tmp_path / "report.pdf")
    with fails("report.no_entry"):
        crm.write_report([crm.customer_card(shop(), PLANTED)], tmp_path / "r.pdf")
    with fails("report.cannot_write"):
        crm.write_report(results()[:1], tmp_path / "nowhere" / "report.xlsx")
    with pytest.raises(ValueError, match="language"):
        crm.ReportOptions(language="xx")


def test_a_logo_is_a_picture_and_nothing_else(tmp_path: Path) -> None:
    from PIL import Image

    logo = tmp_path / "logo.png"
    Image.new("RGB", (40, 20), "navy").save(logo)
    for ending in ENDINGS:
        path = crm.write_report(results()[:1], tmp_path / f"r.{ending}", logo=logo)
        assert path.stat().st_size > 5_000
    for wrong in (b"<svg/>", b"\x89PNG\r\n\x1a\nnothing", tmp_path / "none.png"):
        with fails("report.logo_no_picture"):
            crm.write_report(results()[:1], tmp_path / "r.pdf", logo=wrong)


def test_a_chart_with_gaps_or_of_nothing_is_drawn_all_the_same() -> None:
    line = Line("a", (None, -2.0, 0.0), (None, -3.0, None), (None, 1.0, None))
    for shape in ("bars", "lines", "ranges"):
        chart = Chart(shape, ("<x>", "很长的名字" * 20, ""), (line,), "axis")
        drawn = svg(chart, "zh")
        assert (
            drawn.startswith("<svg") and "nan" not in drawn and "<x>" not in drawn
        )
    assert not Chart("bars", ("a",), (Line("a", (None,)),), "").is_drawable()


@pytest.mark.slow
@pytest.mark.timeout(1200)  # thirty results: a busy machine takes its time
def test_every_entry_makes_a_finding_of_its_result_in_both_languages() -> None:
    """The results of the sample shop and of small made-up tables, one of each type."""
    from tests.report_of_everything import given_to_entries

    given = given_to_entries()
    for language in LANGUAGES:
        entries = {
            name: finding_of(result, language, name)
            for name, result in given.items()
        }
        report = composed(
            list(entries.values()), crm.ReportOptions(language=language)
        )
        for name, entry in entries.items():
            assert entry.word == ENTRIES[name][0] and entry.method, name
            assert "{" not in entry.sentence and "nan" not in entry.sentence, name
            assert (
                not entry.table
                or len(entry.table.titles) == entry.table.frame.shape[1]
            )
    for ending in ("pdf", "pptx"):
        text = _squeezed(said_in(ending, rendered(report, ending)))
        assert all(_squeezed(one.sentence) in text for one in report.findings)
        assert "Zelda" not in text
