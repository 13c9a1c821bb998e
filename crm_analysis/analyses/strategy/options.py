"""What limits a plan: nothing that is not given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm_analysis.options import Options, knob, share

_MOST = 1e15  # what is counted is less
# A limit for each of several names: channel, action, segment.
Amounts = tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class PlanOptions(Options):
    """The limits of a plan, and how it is proven and held out.

    - `budget`: of all costs. None: no limit.
    - `capacity`: contacts by channel, ((channel, count), …) or a mapping; an action without a
      channel is its own. `action_capacity`: the same by action.
    - `least`: customers to be contacted at least. `minimum`: the same by segment.
    - `contact_limit`: contacts of a customer, those of the last days (column contacts) and the
      plan's together.
    - `fairness`: how far the share of a group that is contacted may lie below that of the others,
      as a share of theirs. 0: not at all; None: not looked at.
    - `holdout`: the share of the plan left alone, drawn within action and segment.
    - `proof`: whether a plan of more than 5,000 options is proven best too; `seconds`: how long a
      proof may take.
    - `draws`: random plans it is compared with.
    """

    budget: float | None = knob(None, low=0.0, high=1e12)
    capacity: Amounts = ()
    action_capacity: Amounts = ()
    least: int | None = knob(None, low=0, high=100_000_000)
    minimum: Amounts = ()
    contact_limit: int | None = knob(None, low=0, high=1000)
    fairness: float | None = share(None, step=0.05)
    holdout: float = share(0.0, high=0.5)
    proof: bool = knob(False, advanced=True)
    seconds: float = knob(60.0, low=1.0, high=3600.0, advanced=True)
    draws: int = knob(500, low=1, high=10_000, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)

    def __post_init__(self) -> None:
        for name in ("capacity", "action_capacity", "minimum"):
            object.__setattr__(self, name, _pairs(name, getattr(self, name)))
        super().__post_init__()


def _pairs(name: str, amounts: Any) -> Amounts:
    """Amounts by name as pairs; a ValueError where one is not a number from 0 on."""
    items = amounts.items() if isinstance(amounts, Mapping) else amounts
    pairs = []
    for key, amount in items:
        is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
        if not (is_number and 0 <= amount < _MOST):
            raise ValueError(
                f"PlanOptions.{name} of {key!r} is {amount!r}; it must be a number of at least 0 "
                "and below 1e15"
            )
        pairs.append((str(key), float(amount)))
    return tuple(pairs)
