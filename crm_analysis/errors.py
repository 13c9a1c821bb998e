"""What the reader can fix: one exception with a key and details, said in their language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm_analysis.wording import Language


class AnalysisError(Exception):
    """Something the reader can mend.

    The offender and the remedy, from the phrase `key` with its `details`.

    >>> print(AnalysisError("data.missing_role", role="customer", kind="transactions"))
    No column is the customer. Choose it on the Data page under “Which column is what”.
    """

    def __init__(self, key: str, **details: Any) -> None:
        super().__init__(key, details)
        self.key = key
        self.details = details

    def sentence(self, language: Language = "en") -> str:
        """What is wrong and what to do, for the reader."""
        # Only now, for a process that only names what is wrong needs no words.
        from crm_analysis.wording import say

        return say(self.key, language, **self.details)

    def __str__(self) -> str:
        return self.sentence()


class Cancelled(Exception):
    """Raised inside long work when the person who asked for it has cancelled it."""
