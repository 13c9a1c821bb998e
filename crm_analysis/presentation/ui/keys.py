"""The keys of widgets: one grammar for all, so that a test or a page can name any of them."""

from __future__ import annotations


def widget_key(word: str, *field: object) -> str:
    """The key of a widget: the word of its page or part, then what it sets.

    >>> widget_key("segments", "method"), widget_key("churn", "open", "March")
    ('segments.method', 'churn.open.March')
    """
    return ".".join((word, *(str(part) for part in field)))
