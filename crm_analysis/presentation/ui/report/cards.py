"""A finding as a page shows it: in the reader's words, with its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from crm_analysis.presentation.report import (
    Finding,
    ReportOptions,
    finding_of,
    shown,
)
from crm_analysis.presentation.report.figures import drawn
from crm_analysis.presentation.ui import Answer, run
from crm_analysis.presentation.ui.currency import units_here
from crm_analysis.presentation.ui.questions import kinds_of
from crm_analysis.units import Units, units_in


@dataclass(frozen=True, eq=False)
class Card:
    """A finding as it will stand in the report, and its picture."""

    finding: Finding
    figure: go.Figure | None


def card_of(answer: Answer[Any], options: ReportOptions, name: str) -> Card:
    """The card that the entry of a name makes of an answer; AnalysisError where none is made."""
    kinds = kinds_of(answer.question) if answer.question else iter(())
    units = units_here(next(kinds, "transactions"))
    # Title and author are on the cover only.
    options = ReportOptions(
        language=options.language, mask_names=options.mask_names
    )
    given = (units.money, units.measure, dict(units.columns))
    return run(_made, answer, options, given, name).value


def _made(
    result: object,
    options: ReportOptions,
    given: tuple[str | None, str | None, dict[str, str]],
    name: str,
) -> Card:
    with units_in(Units(*given)):
        finding = shown(finding_of(result, options.language, name), options)
    if finding.chart is None:
        return Card(finding, None)
    with units_in(finding.units):
        return Card(finding, drawn(finding.chart, options.language))
