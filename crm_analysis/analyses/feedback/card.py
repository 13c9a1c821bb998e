"""What a person said of single comments, kept by their text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pandas as pd


def card_key(text: object) -> str:
    """By what a comment is found again, wherever it stands in a table.

    >>> card_key("Good tea") == card_key(" Good tea "), len(card_key("Good tea"))
    (True, 16)
    """
    return hashlib.sha256(str(text).strip().encode()).hexdigest()[:16]


def with_labels(table: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """A table of comments with what was said of some of them.

    Parameters
    ----------
    table
        Comments: `text`.
    labels
        "negative" or "positive" by `card_key` of a text.

    Returns
    -------
    pandas.DataFrame
        The table with `label`; what it had there stays for comments that nobody spoke of.

    Examples
    --------
    >>> table = pd.DataFrame({"text": ["Good tea", "Bad tea"]})
    >>> with_labels(table, {card_key("Bad tea"): "negative"})["label"].tolist()
    ['', 'negative']
    """
    said = table["text"].map(card_key).map(dict(labels))
    known = table["label"] if "label" in table.columns else ""
    return table.assign(label=said.astype(object).where(said.notna(), known))
