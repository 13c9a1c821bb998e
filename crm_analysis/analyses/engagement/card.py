"""The card a test is read back by: who was drawn into which arm, how, and what decides when."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.engagement.assign import ArmOptions, assign_arms
from crm_analysis.analyses.engagement.campaign_options import CampaignOptions
from crm_analysis.errors import AnalysisError

_FORM = "crm-analysis read-back card 1"
Primary = Literal["customers", "revenue", "profit"]
LONGEST = 365  # days from the start of a test until it is read
PRIMARY: tuple[Primary, ...] = ("customers", "revenue", "profit")


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadBackCard:
    """A test as it was drawn, set down before anything came of it.

    - `name`: of the test. `start`, `read_on`: the day it begins and the day to read it (ISO).
    - `primary`: the measure of `campaign_result` that decides.
    - `seed`, `holdout`, `control`: how the arms were drawn; the arm left alone.
    - `assignment`: customer, arm; the strata they were drawn within, where they were.
    """

    name: str
    start: str
    read_on: str
    primary: Primary
    seed: int
    holdout: float
    control: str
    assignment: pd.DataFrame

    @property
    def strata(self) -> list[str]:
        """The columns within each of whose groups the shares hold."""
        return [
            str(name)
            for name in self.assignment.columns
            if name not in ("customer", "arm")
        ]

    def to_json(self) -> str:
        """The card as a file: all of it, each arm with its customers."""
        arms = self.assignment.groupby("arm", sort=True)["customer"]
        within = self.assignment.set_index("customer")[self.strata].astype(str)
        card = {
            "form": _FORM,
            "name": self.name,
            "start": self.start,
            "read_on": self.read_on,
            "primary": self.primary,
            "seed": self.seed,
            "holdout": self.holdout,
            "control": self.control,
            "arms": {
                str(arm): customers.astype(str).tolist() for arm, customers in arms
            },
            "strata": {
                name: {str(who): value for who, value in within[name].items()}
                for name in self.strata
            },
        }
        return json.dumps(card, ensure_ascii=False, indent=1)

    def contacts(self) -> pd.DataFrame:
        """The test as `campaign_result` takes it: customer, date, campaign, arm."""
        return self.assignment[["customer", "arm"]].assign(
            date=pd.Timestamp(self.start), campaign=self.name
        )

    def reading(self, options: CampaignOptions) -> CampaignOptions:
        """Options with the window, the arms and the measure that were set down for the test."""
        others = self.assignment["arm"].nunique() - 1
        shares = (self.holdout, *[(1 - self.holdout) / others] * others)
        return options.replace(
            window_days=_days(self.start, self.read_on),
            control=self.control,
            split=shares,
            primary=self.primary,
        )

    def is_over(self, today: str) -> bool:
        """Whether the day to read it has come."""
        return today >= self.read_on

    def changed(self) -> int:
        """How many customers are not in the arm that the seed draws them into."""
        others = sorted(set(self.assignment["arm"]) - {self.control})
        options = ArmOptions(
            holdout=self.holdout,
            arms=tuple(others),
            control=self.control,
            strata=tuple(self.strata),
            seed=self.seed,
        )
        people = self.assignment[["customer", *self.strata]]
        drawn = assign_arms(people, options)["arm"].to_numpy()
        return int(np.sum(drawn != self.assignment["arm"].to_numpy()))


def read_card(content: bytes | str) -> ReadBackCard:
    """The card in a file that `to_json` made.

    Parameters
    ----------
    content : bytes or str
        Of the file, JSON.

    Returns
    -------
    ReadBackCard
        `.contacts()` and `.reading()` go to `campaign_result`.

    Raises
    ------
    AnalysisError
        "engagement.no_card" where the file is none.

    Examples
    --------
    >>> arms = pd.DataFrame({"customer": ["a", "b"], "arm": ["treated", "holdout"]})
    >>> card = ReadBackCard(name="May", start="2024-05-01", read_on="2024-05-31", seed=0,
    ...     primary="revenue", holdout=0.5, control="holdout", assignment=arms)
    >>> again = read_card(card.to_json())
    >>> again.read_on, again.assignment.sort_values("customer")["arm"].tolist()
    ('2024-05-31', ['treated', 'holdout'])
    """
    try:
        card = json.loads(content)
        return _checked(card)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise AnalysisError("engagement.no_card") from problem


def _checked(card: dict[str, Any]) -> ReadBackCard:
    """A card whose parts are what they should be; ValueError, KeyError or TypeError else."""
    if card["form"] != _FORM or card["primary"] not in PRIMARY:
        raise ValueError("not a card")
    start, read_on = (
        dt.date.fromisoformat(card[day]).isoformat() for day in ("start", "read_on")
    )
    if not 1 <= _days(start, read_on) <= LONGEST:
        raise ValueError("no days to wait, or too many")
    holdout, control = float(card["holdout"]), str(card["control"])
    rows = [
        (str(customer), str(arm))
        for arm, customers in card["arms"].items()
        for customer in customers
    ]
    assignment = pd.DataFrame(rows, columns=["customer", "arm"])
    has_arms = assignment["arm"].nunique() > 1 and control in set(assignment["arm"])
    if (
        not has_arms
        or not 0 < holdout < 1
        or assignment["customer"].duplicated().any()
    ):
        raise ValueError("not a card")
    for column, values in card.get("strata", {}).items():
        within = {str(who): str(value) for who, value in values.items()}
        assignment[str(column)] = assignment["customer"].map(within)
    if assignment.isna().any().any():
        raise ValueError("not a card")
    return ReadBackCard(
        name=str(card["name"]),
        start=start,
        read_on=read_on,
        primary=card["primary"],
        seed=int(card["seed"]),
        holdout=holdout,
        control=control,
        assignment=assignment,
    )


def _days(start: str, end: str) -> int:
    return (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days
