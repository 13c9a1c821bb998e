"""How scores of a survey are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob

NetScale = Literal["auto", "0-10", "1-10", "1-7", "1-5", "0-100"]
StarScale = Literal["auto", "1-5", "5-1", "0-5", "1-7", "1-10", "0-10", "0-1"]


@dataclass(frozen=True, kw_only=True)
class SurveyOptions(Options):
    """Which scales the answers are on, and what is compared.

    - `nps_scale`, `csat_scale`, `rating_scale`: the lowest and the highest answer, the best last.
      "auto" takes 0 to 10 for NPS and 1 to 5 for the others, and asks where the answers are not
      on that scale.
    - `by`: the columns whose groups are compared. Empty: what there is of segment, channel,
      product, language and, from the date, month.
    - `value`: the column of the customers that says what they are worth. None: chosen by name.
    - `fewest`: groups with fewer answers have no rank.
    - `coverage`: of the intervals.
    """

    nps_scale: NetScale = "auto"
    csat_scale: StarScale = "auto"
    rating_scale: StarScale = "auto"
    by: tuple[str, ...] = ()
    value: str | None = None
    fewest: int = knob(30, low=10, high=1000, advanced=True)
    coverage: float = knob(0.95, low=0.5, high=0.999, step=0.01, advanced=True)
