"""How scores of a survey are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob, share

NetScale = Literal["auto", "0-10", "1-10", "1-7", "1-5", "0-100"]
StarScale = Literal["auto", "1-5", "5-1", "0-5", "1-7", "1-10", "0-10", "0-1"]


@dataclass(frozen=True, kw_only=True)
class _Scales(Options):
    nps_scale: NetScale = "auto"
    csat_scale: StarScale = "auto"
    rating_scale: StarScale = "auto"

    @property
    def scales(self) -> dict[str, str]:
        """For each column of scores its scale, or "auto"."""
        return {
            "nps": self.nps_scale,
            "csat": self.csat_scale,
            "rating": self.rating_scale,
        }


@dataclass(frozen=True, kw_only=True)
class SurveyOptions(_Scales):
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

    by: tuple[str, ...] = ()
    value: str | None = None
    fewest: int = knob(30, low=10, high=1000, advanced=True)
    coverage: float = share(0.95, low=0.5, high=0.999, advanced=True)


@dataclass(frozen=True, kw_only=True)
class LoyaltyOptions(_Scales):
    """What a customer's satisfaction is read from, and what counts how much for loyalty.

    - `nps_scale`, `csat_scale`, `rating_scale`: as in `SurveyOptions`.
    - `measure`: the score that satisfaction is read from. "auto": the one most customers gave.
    - `weight_repeat_rate`, `weight_months_active`, `weight_tenure`, `weight_recommends`: of the
      parts of loyalty. They need not add up to one.
    - `reliability`: the share of the differences between scores that would come again if the
      same customers were asked anew. None: measured by those who answered more than once.
    - `as_of`: the last day that counts (ISO). None: the last of the orders.
    """

    measure: Literal["auto", "csat", "rating", "nps"] = "auto"
    weight_repeat_rate: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    weight_months_active: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    weight_tenure: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    weight_recommends: float = knob(1.0, low=0.0, high=10.0, step=0.5)
    reliability: float | None = knob(None, low=0.05, high=1.0, step=0.05)
    as_of: str | None = knob(None, advanced=True)
    coverage: float = share(0.95, low=0.5, high=0.999, advanced=True)
