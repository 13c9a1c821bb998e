"""Which columns of a table of customers with arms are what came of the contact."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pandas.api import types

from crm_analysis.analyses.engagement.arms import read_arms
from crm_analysis.analyses.engagement.balance import from_after
from crm_analysis.errors import AnalysisError

_NAMED = re.compile(
    r"(?:(?:is|has|did)[ _]?)?"
    r"(?:visit(?:ed)?|conver(?:sion|ted)|bought|purchased?|respon(?:se|ded)|ordered|spen[dt]"
    r"|redeemed|subscribed|clicked|opened|unsubscribed|churned|outcome)"
    r"|(?:是否)?已?(?:到访|到店|转化|购买|成交|下单|响应|回应|回购|复购|核销|退订|流失)",
    re.IGNORECASE,
)


def figures_in(table: pd.DataFrame) -> list[str]:
    """The columns that may be outcomes: figures, and yes and no."""
    return [
        str(name)
        for name in table.columns
        if name not in ("customer", "arm")
        and (
            types.is_numeric_dtype(table[name]) or types.is_bool_dtype(table[name])
        )
    ]


def is_called_outcome(name: str) -> bool:
    """Whether a column is called like what came of a contact.

    >>> is_called_outcome("conversion"), is_called_outcome("history")
    (True, False)
    """
    return bool(_NAMED.fullmatch(str(name).strip()))


def likely_outcomes(table: pd.DataFrame, arm: str = "arm") -> tuple[str, ...]:
    """The columns of figures that are called an outcome, or differ as only an outcome does.

    Yes and no stand before amounts. Where nothing says which they are, it is the last column of
    yes and no, or of figures.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a customer.
    arm : str
        The column of the arms.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["a", "no"] * 3, "visits": range(6), "spend": [1.5] * 6,
    ...     "bought": [1, 0] * 3})
    >>> likely_outcomes(table)
    ('bought', 'spend')
    """
    offered = figures_in(table)
    if not offered:
        raise AnalysisError("engagement.no_outcomes")
    flags = [
        name for name in offered if set(table[name].dropna().unique()) <= {0, 1}
    ]
    chosen = {name for name in offered if is_called_outcome(name)}
    chosen |= set(_differing(table, arm, offered))
    if not chosen:
        return ((flags or offered)[-1],)
    amounts = [name for name in offered if name not in flags]
    return tuple(name for name in [*flags, *amounts] if name in chosen)


def _differing(table: pd.DataFrame, arm: str, columns: list[str]) -> list[str]:
    """The columns that differ between the arms as chance would not have it, most others not."""
    try:
        arms = read_arms(table, arm, None)
    except AnalysisError:
        return []
    nothing = np.zeros(len(arms.code))
    return list(from_after(arms, columns, [nothing]))
