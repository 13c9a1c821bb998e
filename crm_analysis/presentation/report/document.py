"""A report before it is a file: its front matter and its findings, in one language."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.report.entries import finding_of
from crm_analysis.presentation.report.finding import Finding
from crm_analysis.presentation.report.options import ReportOptions
from crm_analysis.presentation.report.sparing import spared
from crm_analysis.units import Units, current_units, units_in
from crm_analysis.wording import Language, say

_LOGO_BYTES = 2_000_000
_PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}


@dataclass(frozen=True)
class Logo:
    """A picture for the first page: its bytes, "png" or "jpeg"."""

    content: bytes
    format: str

    @classmethod
    def of(cls, content: bytes) -> Logo:
        """The logo in a file; AnalysisError("report.logo_no_picture") where it is none."""
        if len(content) <= _LOGO_BYTES:
            for beginning, name in _PICTURES.items():
                if content.startswith(beginning) and _opens(content):
                    return cls(content, name)
        raise AnalysisError("report.logo_no_picture")


def _opens(content: bytes) -> bool:
    """Whether the bytes are a whole picture of a sensible size."""
    import io

    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return False
    return True


@dataclass(frozen=True, eq=False)
class Report:
    """All that a report says, whatever file it becomes.

    `key` are the sentences at its beginning, one a finding.
    """

    language: Language
    title: str
    made: str
    privacy: str
    findings: tuple[Finding, ...]
    author: str = ""
    logo: Logo | None = None

    def say(self, key: str, /, **details: object) -> str:
        """A phrase in the language of the report."""
        return say(key, self.language, **details)


def report_of(
    results: Iterable[object],
    options: ReportOptions,
    *,
    logo: bytes | None = None,
    today: datetime.date | None = None,
) -> Report:
    """The report on these results, in which nobody is told that must not be.

    Raises AnalysisError("report.nothing") without a result, "report.no_entry" where no finding is
    made of one, "report.logo_no_picture".
    """
    units = current_units()
    if options.currency:
        units = Units(options.currency, units.measure, units.columns)
    with units_in(units):
        findings = [finding_of(result, options.language) for result in results]
    return composed(findings, options, logo=logo, today=today)


def composed(
    findings: Sequence[Finding],
    options: ReportOptions,
    *,
    logo: bytes | None = None,
    today: datetime.date | None = None,
) -> Report:
    """The report of findings, without what must not be told.

    Raises AnalysisError("report.nothing") without a finding, "report.logo_no_picture".
    """
    if not findings:
        raise AnalysisError("report.nothing")
    language, day = options.language, today or datetime.date.today()
    masked = "report.names_masked" if options.mask_names else "report.names_shown"
    made = "report.made_by" if options.author else "report.made"
    return Report(
        language,
        options.title or say("report.usual_title", language),
        say(made, language, day=day, author=options.author),
        say(masked, language, smallest=options.smallest_group),
        tuple(shown(finding, options) for finding in findings),
        options.author,
        Logo.of(logo) if logo else None,
    )


def shown(finding: Finding, options: ReportOptions) -> Finding:
    """A finding as it stands in a report with these options."""
    with units_in(finding.units):
        return spared(finding, options)
