"""Result → figures, a module for each analysis: what to draw is decided here, how in `charts`."""

from __future__ import annotations

from crm_analysis.wording import Language, say_title

__all__ = ["as_title"]


def as_title(key: str, language: Language) -> str:
    """A phrase as it stands at an axis or in a legend: with a capital, money with its unit."""
    text = say_title(key, language)
    return text[:1].upper() + text[1:]
