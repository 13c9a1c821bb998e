"""How campaigns are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob, share


@dataclass(frozen=True, kw_only=True)
class CampaignOptions(Options):
    """What counts as having come of a campaign.

    - `margin`: the share of revenue that stays.
    - `window_days`: orders count from a campaign's first day until so long after its last one,
      for those contacted and those held out alike.
    - `cost`: of a contact, where the table has none. None: unknown.
    - `control`: the arm left alone. None: found by its name. `split`: the shares the arms were
      drawn with, the control first. None: equal, or the usual hold-out.
    - `campaigns`: only these. Empty: all.
    - `primary`: the measure that decides, and the verdict is about. None: profit where it is known,
      else revenue, else customers.
    - `outcome`: the column of the contacts that says what came of it, a yes or no or an amount.
      None: the orders say it. `value`: what one more yes is worth, in money. None: unknown.
    """

    margin: float = share(0.3)
    window_days: int = knob(30, low=1, high=365)
    cost: float | None = knob(None, low=0.0, high=1e6)
    control: str | None = None
    split: tuple[float, ...] | None = None
    campaigns: tuple[str, ...] = ()
    primary: Literal["customers", "revenue", "profit"] | None = None
    outcome: str | None = None
    value: float | None = knob(None, low=0.0, high=1e9)
    coverage: float = share(0.95, low=0.5, high=0.999, advanced=True)
