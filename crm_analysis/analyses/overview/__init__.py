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
    usual_change,
    what_changed,
)
from crm_analysis.analyses.overview.people import Attribute, People, people
from crm_analysis.analyses.overview.periods import Record
from crm_analysis.analyses.overview.sales import Part, Sales, sales
from crm_analysis.analyses.overview.week import (
    Proposal,
    answer_complaints,
    call_at_risk,
    carry_out_plan,
    decide_question,
    in_order,
    order_stock,
    read_proposal_back,
    spare_contacts,
)

__all__ = [
    "Attribute",
    "Changes",
    "Comments",
    "Contacts",
    "Part",
    "People",
    "Proposal",
    "Record",
    "Sales",
    "answer_complaints",
    "call_at_risk",
    "carry_out_plan",
    "comments",
    "contacts",
    "decide_question",
    "in_order",
    "order_stock",
    "people",
    "read_proposal_back",
    "sales",
    "same_days",
    "spare_contacts",
    "usual_change",
    "what_changed",
]
