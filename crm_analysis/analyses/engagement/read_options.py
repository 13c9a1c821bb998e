"""How a test is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob, share


@dataclass(frozen=True, kw_only=True)
class ReadTestOptions(Options):
    """Which columns say who was in which arm and what came of it.

    - `arm`, `control`: the column of the arms, and the one left alone. None: found by its name.
    - `outcomes`: the columns of what came of it; "clicks/sends" is the ratio of two.
    - `primary`: the outcomes the decision is made by. Empty: the first.
    - `covariates`: what was known before. None: all columns but the outcomes.
    - `before`: the column from before that the outcomes are adjusted by (CUPED). None: none.
    - `cluster`: the column of households or stores that were drawn as one. None: customers were.
    - `split`: the shares the arms were drawn with, the control first. None: equal ones, or the
      hold-out that people usually take.
    - `randomised`: whether the arms were drawn by chance.
    - `looks`: "fixed" reads on one day; "msprt" may be read at any time; "obrien_fleming" at
      `planned_looks` times, of which this is the one of number `look`.
    - `smallest`: the smallest difference that pays, which "msprt" is tuned for. None: a tenth of
      the standard deviation.
    - `read_on`, `today`: the day the test is to be read on, and this one (ISO). None: it is over.
    """

    arm: str = "arm"
    control: str | None = None
    outcomes: tuple[str, ...] = ()
    primary: tuple[str, ...] = ()
    covariates: tuple[str, ...] | None = None
    before: str | None = None
    cluster: str | None = None
    split: tuple[float, ...] | None = None
    randomised: bool = True
    looks: Literal["fixed", "msprt", "obrien_fleming"] = "fixed"
    planned_looks: int = knob(1, low=1, high=5, advanced=True)
    look: int = knob(1, low=1, high=5, advanced=True)
    smallest: float | None = knob(None, low=1e-9, high=1e9, advanced=True)
    read_on: str | None = None
    today: str | None = None
    coverage: float = share(0.95, low=0.5, high=0.999, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)
