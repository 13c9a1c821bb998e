"""The catalogue of actions: what can be done, by which channel, at what cost, for whom."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.figures import (
    check_names,
    check_table,
    figures_of,
)
from crm_analysis.errors import AnalysisError


class Action(NamedTuple):
    """A row of the catalogue as `check_actions` gives it."""

    action: str
    channel: str
    cost: float
    discount: float
    redeemed: float
    capacity: float
    points: float
    eligible: tuple[str, ...]


_SEPARATORS = re.compile(r"[;,；，、|]")
# What a number is where it is left out, and how large it may be.
_NUMBERS: dict[str, tuple[float, float]] = {
    "cost": (np.nan, np.inf),
    "discount": (0.0, 1.0),
    "redeemed": (1.0, 1.0),
    "capacity": (np.inf, np.inf),
    "points": (0.0, np.inf),
}


def check_actions(actions: pd.DataFrame) -> pd.DataFrame:
    """The catalogue with every column, and no number that cannot be.

    Parameters
    ----------
    actions : pandas.DataFrame
        A row an action: action, cost (of one contact, in money); channel, discount (0 to 1 of a
        basket), redeemed (the share of those contacted who take the discount; all where left out),
        capacity (times), points (of fatigue), eligible (segments, a list or "gold; silver"; all
        where left out).

    Raises
    ------
    AnalysisError
        "data.missing_role"; "strategy.no_actions"; "strategy.action_names" where one has no name
        or two have the same; "strategy.action_number" (action, column).
    """
    check_table(actions, "action", "cost")
    check_names(actions, "action", "channel")
    if not len(actions):
        raise AnalysisError("strategy.no_actions")
    names = actions["action"]
    texts = names.astype(str).str.strip()
    if names.isna().any() or texts.eq("").any() or texts.duplicated().any():
        raise AnalysisError("strategy.action_names")
    checked = pd.DataFrame({"action": texts.to_numpy(dtype=object)})
    channel = actions.get("channel", texts)
    given = channel.notna() & channel.astype(str).str.strip().ne("")
    checked["channel"] = np.where(given, channel.astype(str).str.strip(), texts)
    for name, (absent, most) in _NUMBERS.items():
        checked[name] = _numbers(actions, checked["action"], name, absent, most)
    eligible = actions.get("eligible", pd.Series([None] * len(actions)))
    checked["eligible"] = [_segments(value) for value in eligible]
    return checked


def actions_of(catalogue: pd.DataFrame) -> list[Action]:
    """The rows of a checked catalogue."""
    return [
        Action(*row)
        for row in catalogue[list(Action._fields)].itertuples(index=False)
    ]


def _numbers(
    actions: pd.DataFrame,
    names: pd.Series,
    column: str,
    absent: float,
    most: float,
) -> np.ndarray:
    if column not in actions.columns:
        return np.full(len(actions), absent)
    cells = actions[column]
    values = figures_of(cells)
    empty = (
        cells.isna().to_numpy() | cells.astype(str).str.strip().eq("").to_numpy()
    )
    values = np.where(empty, absent, values)
    wrong = ~((values >= 0) & (values <= most))
    if column != "capacity":
        wrong |= np.isinf(values)
    if wrong.any():
        name = str(names.to_numpy()[wrong][0])
        raise AnalysisError("strategy.action_number", action=name, column=column)
    return values


def _segments(value: object) -> tuple[str, ...]:
    """The segments a cell names; none: all."""
    if isinstance(value, str):
        parts = [part.strip() for part in _SEPARATORS.split(value)]
        return tuple(part for part in parts if part)
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return tuple(str(part) for part in value)
    return () if value is None or value != value else (str(value),)
