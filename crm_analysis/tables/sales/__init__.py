"""Which lines of a table of orders are sales, and which of its money columns counts."""

from crm_analysis.tables.sales.rules import MEANINGS, Meaning, SalesRules

__all__ = ["MEANINGS", "Meaning", "SalesRules"]
