"""What contacts bring: what came back, whether it worked, how many, whom, when and how often.

Every result says what may be claimed of it (`claim`): an effect only of an experiment.
"""

from crm_analysis.analyses.customers import is_control
from crm_analysis.analyses.engagement.arms import find_control
from crm_analysis.analyses.engagement.assign import ArmOptions, assign_arms
from crm_analysis.analyses.engagement.campaign import (
    CampaignResult,
    campaign_result,
)
from crm_analysis.analyses.engagement.campaign_options import CampaignOptions
from crm_analysis.analyses.engagement.card import (
    LONGEST,
    PRIMARY,
    Primary,
    ReadBackCard,
    read_card,
)
from crm_analysis.analyses.engagement.claims import (
    ADJUSTED,
    DESCRIPTION,
    EXPERIMENT,
    Claim,
)
from crm_analysis.analyses.engagement.contact_list import (
    ContactList,
    ContactListOptions,
    whom_to_contact,
)
from crm_analysis.analyses.engagement.guessing import (
    figures_in,
    is_called_outcome,
    likely_outcomes,
)
from crm_analysis.analyses.engagement.listed import measure_campaign
from crm_analysis.analyses.engagement.plan import TestOptions, TestPlan, plan_test
from crm_analysis.analyses.engagement.pressure import (
    ContactPressure,
    PressureOptions,
    contact_pressure,
)
from crm_analysis.analyses.engagement.read import TestReading, read_test
from crm_analysis.analyses.engagement.read_options import ReadTestOptions
from crm_analysis.analyses.engagement.runs import currencies_in
from crm_analysis.analyses.engagement.script import code
from crm_analysis.analyses.engagement.summary import (
    ContactOptions,
    ContactSummary,
    contact_summary,
)
from crm_analysis.analyses.engagement.timing import (
    FEWEST_SENDS,
    BestTime,
    BestTimeOptions,
    best_time,
)
from crm_analysis.analyses.engagement.trial import (
    OUTCOMES,
    Trial,
    attributes_of,
    campaign_table,
    trials_in,
)
from crm_analysis.analyses.engagement.uplift.model import Uplift, uplift
from crm_analysis.analyses.engagement.uplift.options import UpliftOptions

__all__ = [
    "ADJUSTED",
    "DESCRIPTION",
    "EXPERIMENT",
    "FEWEST_SENDS",
    "LONGEST",
    "OUTCOMES",
    "PRIMARY",
    "ArmOptions",
    "BestTime",
    "BestTimeOptions",
    "CampaignOptions",
    "CampaignResult",
    "Claim",
    "ContactList",
    "ContactListOptions",
    "ContactOptions",
    "ContactPressure",
    "ContactSummary",
    "PressureOptions",
    "Primary",
    "ReadBackCard",
    "ReadTestOptions",
    "TestOptions",
    "TestPlan",
    "TestReading",
    "Trial",
    "Uplift",
    "UpliftOptions",
    "assign_arms",
    "attributes_of",
    "best_time",
    "campaign_result",
    "campaign_table",
    "code",
    "contact_pressure",
    "contact_summary",
    "currencies_in",
    "figures_in",
    "find_control",
    "is_called_outcome",
    "is_control",
    "likely_outcomes",
    "measure_campaign",
    "plan_test",
    "read_card",
    "read_test",
    "trials_in",
    "uplift",
    "whom_to_contact",
]
