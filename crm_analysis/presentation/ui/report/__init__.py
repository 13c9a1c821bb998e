"""The pieces of the page of the report: what is in it, its cover, templates, preview and files."""

from __future__ import annotations

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import workspace


def require_tables() -> None:
    """AnalysisError("workspace.no_table") where nothing is loaded that a report could be of."""
    if not workspace().tables():
        raise AnalysisError("workspace.no_table", kind="transactions")
