"""A report as a file, in the format that its name ends in."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.report.document import Report, report_of
from crm_analysis.presentation.report.options import ReportOptions

# The endings, and where each is written; loaded when needed, for some take their time.
FORMATS: Mapping[str, tuple[str, str]] = {
    "html": ("html", "to_html"),
    "pdf": ("pdf", "to_pdf"),
    "pptx": ("slides", "to_pptx"),
    "xlsx": ("sheets", "to_xlsx"),
}


def write_report(
    results: Iterable[object],
    path: str | Path,
    options: ReportOptions | None = None,
    *,
    logo: bytes | str | Path | None = None,
) -> Path:
    """A file to hand on, in which each result is a finding: sentence, number, interval, picture.

    All four formats are made of the same findings, so that the same number stands in all. With
    names masked, as they are unless asked for otherwise, no row of a single person is in the file;
    figures of fewer than five people never are.

    Parameters
    ----------
    results
        Results of this package, in the order in which they are told: Segments, Rules, Forecast,
        Churn, Value, Changes …
    path
        The file; it ends in .html, .pdf, .pptx or .xlsx. One that is there is replaced.
    options
        Language, title, whether names are masked, the currency.
    logo
        A PNG or JPEG picture for the first page: its bytes, or its file.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    AnalysisError
        "report.nothing" without a result, "report.no_entry" of something no finding is made of,
        "report.unknown_format", "report.cannot_write", "report.logo_no_picture".

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from crm_analysis import what_changed
    >>> lines = pd.DataFrame({"customer": list("abcdef"), "amount": 5.0})
    >>> changed = what_changed(lines, lines.assign(amount=6.0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_report([changed], f"{folder}/july.html", ReportOptions(currency="EUR"))
    ...     "Revenue rose by €6, from €30 to €36" in file.read_text(encoding="utf-8")
    True
    """
    path = Path(path)
    ending = path.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise AnalysisError("report.unknown_format", name=path.name)
    if isinstance(logo, str | Path):
        logo = _read(Path(logo))
    report = report_of(results, options or ReportOptions(), logo=logo)
    content = rendered(report, ending)
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise AnalysisError("report.cannot_write", name=str(path)) from problem
    return path


def rendered(report: Report, ending: str) -> bytes:
    """A report as the content of a file of one of FORMATS."""
    module, function = FORMATS[ending]
    package = __name__.rpartition(".")[0]
    write = getattr(importlib.import_module(f"{package}.{module}"), function)
    content: bytes = write(report)
    return content


def _read(logo: Path) -> bytes:
    try:
        return logo.read_bytes()
    except OSError as problem:
        raise AnalysisError("report.logo_no_picture") from problem
