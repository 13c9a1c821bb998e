"""Questions for columns that have a role though little speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_analysis.engine import quoted
from crm_analysis.messages import Message

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable
    from crm_analysis.tables.roles import Roles

# From this confidence on a role's name speaks for it.
_SURELY_OUTCOME, _SURELY_RESPONDED = 0.6, 0.65


def ask_about_guessed(raw: RawTable, roles: Roles) -> tuple[Message, ...]:
    """The questions for an outcome or an answer that only values or places speak for."""
    return (*_ask_outcome(roles), *_ask_responded(raw, roles))


def _ask_outcome(roles: Roles) -> tuple[Message, ...]:
    """The question for an outcome that only its place in the table, the last, speaks for."""
    column = roles.columns.get("outcome")
    if column is None or roles.confidence.get("outcome", 1.0) >= _SURELY_OUTCOME:
        return ()
    details = {
        "column": column,
        "role": "outcome",
        "choices": ["outcome", "attribute"],
        "default": "outcome",
    }
    return (Message("cleaning.question.outcome_last", details),)


def _ask_responded(raw: RawTable, roles: Roles) -> tuple[Message, ...]:
    """The question for a yes or no that no name says to be the answer to a contact."""
    column = roles.columns.get("responded")
    is_sure = roles.confidence.get("responded", 1.0) >= _SURELY_RESPONDED
    if column is None or is_sure or column not in raw.reading.columns:
        return ()
    cell = f"c{raw.reading.columns.index(column)}"
    values = raw.engine.run(
        f"SELECT DISTINCT {cell} FROM {quoted(raw.store)} WHERE trim({cell}) <> ''"
        " ORDER BY ALL LIMIT 4"
    )
    details = {
        "column": column,
        "values": [value for (value,) in values],
        "role": "responded",
        "choices": ["responded", "attribute"],
        "default": "responded",
    }
    return (Message("cleaning.question.responded_guessed", details),)
