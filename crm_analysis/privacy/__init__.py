"""Tables and texts that do no harm to who opens them, nor to who is in them.

Files that spreadsheets open without running anything, text that a page shows as it is;
pseudonyms, anonymous tables, and counts in which no one person can be seen.
"""

from crm_analysis.privacy.anonymity import AnonymityOptions, Anonymous, anonymise
from crm_analysis.privacy.excel import sheet_names, to_excel
from crm_analysis.privacy.formulas import formula_safe, to_csv
from crm_analysis.privacy.markdown import escape_markdown
from crm_analysis.privacy.pseudonyms import new_key, pseudonymise
from crm_analysis.privacy.shared_counts import (
    PrivacyBudget,
    PrivacyOptions,
    PrivateCounts,
    private_counts,
)

__all__ = [
    "AnonymityOptions",
    "Anonymous",
    "PrivacyBudget",
    "PrivacyOptions",
    "PrivateCounts",
    "anonymise",
    "escape_markdown",
    "formula_safe",
    "new_key",
    "private_counts",
    "pseudonymise",
    "sheet_names",
    "to_csv",
    "to_excel",
]
