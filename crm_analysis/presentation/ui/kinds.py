"""Which kinds of tables are loaded, and which of them a page works with."""

from __future__ import annotations

from crm_analysis.presentation.ui.session import workspace

__all__ = ["WORKS_WITH", "loaded", "loaded_kinds"]

# What a page works with, the first what it was made for; pages that are not named take all that is loaded.
WORKS_WITH = {
    "segments": ("transactions", "customers"),
    "baskets": ("transactions",),
    "value": ("transactions", "customers"),
    "forecast": ("transactions", "series"),
    "churn": ("customers", "transactions"),
}


def loaded_kinds() -> list[str]:
    """The kinds of the loaded tables, each once."""
    return list(dict.fromkeys(saved.kind for saved in workspace().tables()))


def loaded(kind: str, *columns: str) -> bool:
    """Whether a table of that kind is loaded and has these columns."""
    return kind in loaded_kinds() and set(columns) <= set(workspace().load(kind).expression.columns)
