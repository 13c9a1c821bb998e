"""Which kinds of tables are loaded, and which of them a page works with."""

from __future__ import annotations

from crm_analysis.presentation.ui.session import workspace

__all__ = ["WORKS_WITH", "fitting", "loaded", "loaded_kinds"]

# What a page works with, the first what it was made for; pages that are not named take all that is loaded.
WORKS_WITH = {
    "segments": ("transactions", "customers"),
    "baskets": ("transactions",),
    "value": ("transactions", "customers"),
    "forecast": ("transactions", "series"),
    "churn": ("customers", "transactions"),
}

# The columns of which a page needs one of these sets, where a table of the kind alone is not enough.
_NEEDS: dict[tuple[str, str], tuple[set[str], ...]] = {
    ("segments", "transactions"): ({"customer", "date"},),
    ("segments", "customers"): ({"customer"},),
    ("baskets", "transactions"): tuple(
        {basket, item}
        for basket in ("order", "customer")
        for item in ("product", "product_code", "category")
    ),
    ("value", "transactions"): ({"customer", "date"},),
    ("value", "customers"): ({"customer", "churned"},),
    ("forecast", "transactions"): tuple(
        {"date", measure} for measure in ("quantity", "amount", "order", "customer")
    ),
    ("churn", "transactions"): ({"customer", "date"},),
}


def loaded_kinds() -> list[str]:
    """The kinds of the loaded tables, each once."""
    return list(dict.fromkeys(saved.kind for saved in workspace().tables()))


def loaded(kind: str, *columns: str) -> bool:
    """Whether a table of that kind is loaded and has these columns."""
    return kind in loaded_kinds() and set(columns) <= set(workspace().load(kind).expression.columns)


def fitting() -> list[str]:
    """The pages that the loaded tables have all the columns for."""
    there = {kind: set(workspace().load(kind).expression.columns) for kind in loaded_kinds()}
    return [
        word
        for word, kinds in WORKS_WITH.items()
        if any(
            needs <= there[kind]
            for kind in kinds
            if kind in there
            for needs in _NEEDS.get((word, kind), (set(),))
        )
    ]
