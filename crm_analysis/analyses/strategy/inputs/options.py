"""How money is made of an effect, and which columns say what of a customer."""

from __future__ import annotations

from dataclasses import dataclass

from crm_analysis.options import Options, share


@dataclass(frozen=True, kw_only=True)
class ActionOptions(Options):
    """What stays of a customer's value, and where the table of customers says what.

    - `margin`: the share of value that stays.
    - `value`, `basket`, `risk`, `contacts`: columns of what a customer is expected to bring, of
      their usual order, of the chance that they leave, of contacts in the last days.
    - `segment`: by which effects and eligibility are told apart. `group`: to be treated fairly.
    - `coverage`: of the intervals.
    """

    margin: float = share(0.3)
    value: str = "value"
    basket: str = "basket"
    risk: str = "risk"
    contacts: str = "contacts"
    segment: str = "segment"
    group: str | None = None
    coverage: float = share(0.9, low=0.5, high=0.99, advanced=True)
