"""How it is learnt whom a contact changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob, share

LearnerName = Literal["t", "s", "x", "dr", "r", "class", "trees"]


@dataclass(frozen=True, kw_only=True)
class UpliftOptions(Options):
    """Which columns are what, and the method.

    - `arm`, `control`, `treated`: the column of the arms, who was left alone, who is compared
      with them. None: found by its name; the only other arm.
    - `outcome`: what came of it, a yes or no or an amount; `outcomes`: other columns of what came,
      which are never features.
    - `features`: what was known before. None: all columns that are no outcome, and are not called
      like one. An outcome is never a feature.
    - `learner`: "t" two models, "s" one with interactions, "x", "dr", "r", "class" (class
      transformation), "trees" (forests).
    - `folds`: each customer's gain is from a model that has not seen them.
    - `repeats`: so often the folds are drawn; a gain is the mean, so that no verdict hangs on one
      split.
    - `draws`: of the bootstrap, and of trials in which everybody is changed alike.
    - `split`: the shares the arms were drawn with, the control first. None: equal or usual.
    """

    arm: str = "arm"
    control: str | None = None
    treated: str | None = None
    outcome: str = "outcome"
    outcomes: tuple[str, ...] = ()
    features: tuple[str, ...] | None = None
    learner: LearnerName = "t"
    folds: int = knob(5, low=2, high=20, advanced=True)
    repeats: int = knob(3, low=1, high=20, advanced=True)
    draws: int = knob(300, low=50, high=2000, advanced=True)
    split: tuple[float, ...] | None = None
    coverage: float = share(0.95, low=0.5, high=0.99, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
