"""Files and labels that do no harm.

Tables that spreadsheets open without running anything, text that a page shows as it is.
"""

from crm_analysis.privacy.excel import sheet_names, to_excel
from crm_analysis.privacy.formulas import formula_safe, to_csv
from crm_analysis.privacy.markdown import escape_markdown

__all__ = [
    "escape_markdown",
    "formula_safe",
    "sheet_names",
    "to_csv",
    "to_excel",
]
