"""What any loaded table says first, before a page of its own looks deeper.

Sums by month and by kind, who left, how contacts ended, how comments rate, what changed and why.
"""

from crm_analysis.analyses.overview.answers import (
    Comments,
    Contacts,
    comments,
    contacts,
)
from crm_analysis.analyses.overview.changes import (
    Changes,
    same_days,
    what_changed,
)
from crm_analysis.analyses.overview.people import Attribute, People, people
from crm_analysis.analyses.overview.periods import Record
from crm_analysis.analyses.overview.sales import Part, Sales, sales

__all__ = [
    "Attribute",
    "Changes",
    "Comments",
    "Contacts",
    "Part",
    "People",
    "Record",
    "Sales",
    "comments",
    "contacts",
    "people",
    "sales",
    "same_days",
    "what_changed",
]
