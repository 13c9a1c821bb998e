"""What a result may claim: an effect, what goes with what, or what happened."""

from __future__ import annotations

from typing import Literal

# From the strongest to the weakest: only an experiment shows effects.
Claim = Literal["experiment", "adjusted comparison", "description"]
EXPERIMENT: Claim = "experiment"
ADJUSTED: Claim = "adjusted comparison"
DESCRIPTION: Claim = "description"
_ORDER: tuple[Claim, ...] = (EXPERIMENT, ADJUSTED, DESCRIPTION)


def weakest(*claims: Claim) -> Claim:
    """The claim that holds for all of several parts.

    >>> weakest("experiment", "adjusted comparison")
    'adjusted comparison'
    """
    return max(claims, key=_ORDER.index)
