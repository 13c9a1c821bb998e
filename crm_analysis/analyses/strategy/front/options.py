"""What a front is between, and how it is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob

Objective = Literal["profit", "cost", "leavers", "fatigue", "reach"]
FrontMethod = Literal["exact", "nsga2", "spea2"]


@dataclass(frozen=True, kw_only=True)
class FrontOptions(Options):
    """The aims, and the method.

    - `objectives`: "profit" and "reach" (customers contacted) are to be large; "cost", "leavers"
      (customers expected to leave) and "fatigue" (points) small.
    - `method`: "exact", or a search.
    - `points`: at most so many points of a front are kept, spread over it.
    - `grid`: levels of each further objective of three or more, in the exact method.
    - `population`, `evaluations`, `seed`: of a search.
    """

    objectives: tuple[Objective, ...] = ("profit", "cost")
    method: FrontMethod = "exact"
    points: int = knob(1_000, low=2, high=100_000, advanced=True)
    grid: int = knob(7, low=2, high=50, advanced=True)
    population: int = knob(100, low=4, high=2000, advanced=True)
    evaluations: int = knob(25_000, low=10, high=1_000_000, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        names = self.objectives
        if len(names) < 2 or len(set(names)) < len(names):
            raise ValueError(
                f"FrontOptions.objectives is {names!r}; it must be two or more different ones"
            )
