"""What the limits of a plan cost, in sentences."""

from __future__ import annotations

import math

import pandas as pd

from crm_analysis.messages import Message

_NOTHING = 1e-9


def say_prices(limits: pd.DataFrame) -> tuple[Message, ...]:
    """A sentence a limit: what the next of it bring, and how far that holds.

    Parameters
    ----------
    limits : pandas.DataFrame
        As `Plan.limits` has it.

    Returns
    -------
    tuple of Message
        In the order of the table; a rule of fairness has none, as `fairness_costs` says its cost.

    Examples
    --------
    >>> limits = pd.DataFrame({"kind": ["budget"], "subject": [""], "amount": [9000.0],
    ...     "used": [9000.0], "above": [3.51], "below": [3.6], "lo": [8000.0], "hi": [13200.0]})
    >>> print(say_prices(limits)[0].sentence())
    The next 1,000 of budget bring 3,510; that holds for up to 4,200 more.
    """
    messages = [_message(row) for row in limits.to_dict("records")]
    return tuple(message for message in messages if message is not None)


def _message(row: dict) -> Message | None:
    kind, amount = row["kind"], float(row["amount"])
    if kind == "group":
        return None
    details = {"subject": row["subject"], "amount": amount}
    if kind in ("least", "segment"):
        price = -float(row["above"])
        if price <= _NOTHING:
            return Message(f"strategy.price.{kind}_free", details)
        return Message(f"strategy.price.{kind}", {**details, "cost": price})
    price, room = float(row["above"]), float(row["hi"]) - amount
    if price <= _NOTHING:
        spare = {"spare": max(amount - float(row["used"]), 0.0)}
        return Message(f"strategy.price.{kind}_free", {**details, **spare})
    if kind != "budget":  # contacts are whole
        room = max(room, 1.0)
    step = round_step(min(room, max(amount, 1.0)))
    details |= {"step": step, "gain": price * step, "room": room}
    return Message(f"strategy.price.{kind}", details)


def round_step(most: float) -> float:
    """The largest power of ten that is not more.

    Parameters
    ----------
    most : float
        Above 0; else the step is 1.

    Returns
    -------
    float
        The step, in the unit of `most`.

    Examples
    --------
    >>> round_step(4200.0), round_step(0.05)
    (1000.0, 0.01)
    """
    return 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
