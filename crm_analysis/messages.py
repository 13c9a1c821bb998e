"""One class for everything a result says to its reader: a note, a remark, a question."""

from __future__ import annotations

from typing import Any, NamedTuple

from crm_analysis.wording import Language, say


class Message(NamedTuple):
    """A phrase's key and the details it is filled with; a sentence only when a language is given.

    It unpacks into its two parts, and is equal to a plain tuple of them.

    >>> message = Message("data.missing_role", {"role": "customer"})
    >>> print(message.sentence())
    No column is the customer. Choose it on the Data page under “Which column is what”.
    >>> key, details = message
    >>> key
    'data.missing_role'
    """

    key: str
    details: dict[str, Any]

    def sentence(self, language: Language = "en") -> str:
        """What is said, in the reader's language."""
        return say(self.key, language, **self.details)
