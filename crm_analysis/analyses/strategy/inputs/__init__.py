"""From customers, a catalogue of actions and their effects to the options of a plan."""

from crm_analysis.analyses.strategy.inputs.campaigns import (
    SPENDING,
    arm_trials,
    campaign_effects,
    suggested_actions,
)
from crm_analysis.analyses.strategy.inputs.catalogue import (
    actions_of,
    check_actions,
)
from crm_analysis.analyses.strategy.inputs.effects import (
    EffectOptions,
    measured_effects,
)
from crm_analysis.analyses.strategy.inputs.joined import (
    TIERS,
    join_customers,
    spending_tiers,
)
from crm_analysis.analyses.strategy.inputs.options import ActionOptions
from crm_analysis.analyses.strategy.inputs.people import people_of
from crm_analysis.analyses.strategy.inputs.possible import (
    PossibleActions,
    possible_actions,
)
from crm_analysis.analyses.strategy.inputs.recent import recent_contacts

__all__ = [
    "SPENDING",
    "TIERS",
    "ActionOptions",
    "EffectOptions",
    "PossibleActions",
    "actions_of",
    "arm_trials",
    "campaign_effects",
    "check_actions",
    "join_customers",
    "measured_effects",
    "people_of",
    "possible_actions",
    "recent_contacts",
    "spending_tiers",
    "suggested_actions",
]
