"""How comments are joined to who leaves and what customers are worth."""

from __future__ import annotations

from dataclasses import dataclass

from crm_analysis.options import Options, knob, share


@dataclass(frozen=True, kw_only=True)
class JoinOptions(Options):
    """What is known of customers, until when comments count, and how few are too few.

    - `churned`: the column that says who left.
    - `value`: the column of what customers are expected to bring. None: chosen by name.
    - `left_on`: the column of the day a customer left. None: chosen by name.
    - `until`: the last day whose comments count (ISO). None: the customers' `cutoff`, where they
      have one.
    - `window_days`: only comments of so many days before that. None: all.
    - `fewest`: topics and aspects that fewer customers speak of are left out.
    - `repeats`: how often customers are halved anew, to measure what text adds.
    - `coverage`: of the intervals.
    """

    churned: str = "churned"
    value: str | None = None
    left_on: str | None = None
    until: str | None = None
    window_days: int | None = knob(None, low=1, high=3650)
    fewest: int = knob(10, low=3, high=1000)
    repeats: int = knob(5, low=2, high=20, advanced=True)
    coverage: float = share(0.95, low=0.5, high=0.999, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
