"""Names that nobody reads: a person keeps the same one, and only who has the key makes it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

import pandas as pd

from crm_analysis.privacy.columns import require_columns

_KEY_BYTES = (16, 64)  # fewer can be guessed; more BLAKE2b does not take
_DIGEST_BYTES = 10  # two of a million persons are alike once in 2 × 10¹² tables


def new_key() -> bytes:
    """A key for `pseudonymise`, to be kept apart from the tables.

    Returns
    -------
    bytes
        32, from the system's generator.

    Examples
    --------
    >>> len(new_key())
    32
    """
    return secrets.token_bytes(32)


def pseudonymise(
    table: pd.DataFrame, *, columns: Sequence[str], key: bytes
) -> pd.DataFrame:
    """The table with pseudonyms in place of what these columns say.

    Parameters
    ----------
    table
        Any table; it is not changed.
    columns
        The columns that name persons: customer, e-mail, phone …
    key
        16 to 64 bytes, as `new_key` makes them. Who has it can find out whether a name they think
        of has a certain pseudonym; nobody else can. Without it the pseudonyms cannot be made
        again: to destroy it is to forget who was who.

    Returns
    -------
    pd.DataFrame
        A copy. A value has one pseudonym in every column and table under a key, so that tables
        can still be joined; text and numbers that are written alike are one value. What is
        missing stays missing.

    Raises
    ------
    AnalysisError
        "privacy.unknown_column" (name, columns): a column that the table does not have.
    ValueError
        A key that is too short or too long.

    Notes
    -----
    Keyed BLAKE2b (RFC 7693), 80 bits, in base 32. These are pseudonyms in the sense of the GDPR,
    article 4 (5): the data stay personal data as long as the key is there.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer": ["Ann", "Bob", "Ann"], "amount": [5.0, 3.0, 1.0]})
    >>> hidden = pseudonymise(orders, columns=["customer"], key=b"0123456789abcdef")
    >>> hidden["customer"].tolist() == hidden["customer"].iloc[[0, 1, 0]].tolist()
    True
    >>> "Ann" in set(hidden["customer"])
    False
    """
    low, high = _KEY_BYTES
    if not isinstance(key, bytes) or not low <= len(key) <= high:
        raise ValueError(f"a key has {low} to {high} bytes")
    require_columns(table, columns)
    hidden = table.copy()
    for name in columns:
        hidden[name] = _hidden(table[name], key)
    return hidden


def _hidden(column: pd.Series, key: bytes) -> pd.Series:
    codes, values = pd.factorize(column)
    names = pd.Series(
        [_pseudonym(value, key) for value in values] + [None], dtype=object
    )
    # The code of what is missing is -1, the last of the names.
    return pd.Series(
        names.to_numpy()[codes], index=column.index, name=column.name, dtype=object
    )


def _pseudonym(value: Any, key: bytes) -> str:
    text = str(value).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, key=key, digest_size=_DIGEST_BYTES).digest()
    return base64.b32encode(digest).decode().lower()
