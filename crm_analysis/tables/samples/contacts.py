"""What the sample shop said to its customers, and who answered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.tables.samples.people import START

COST = {"Email": 0.05, "WeChat": 0.12, "Phone": 3.20}


class Campaign(NamedTuple):
    """A campaign: its first day, over how many days it goes out, the share of customers reached.

    The shares of the channels.
    """

    name: str
    first: str
    days: int
    reach: float
    channels: dict[str, float]
    pull: dict[str, float]


_WIDE = {"Email": 0.62, "WeChat": 0.38}
_PERSONAL = {"Email": 0.35, "WeChat": 0.25, "Phone": 0.40}
CAMPAIGNS = (
    Campaign(
        "Holiday Gifts",
        "2024-11-18",
        9,
        0.30,
        _WIDE,
        {"seasonal": 1.9, "loyal": 0.6},
    ),
    Campaign("New Year Clearance", "2025-01-02", 5, 0.28, _WIDE, {"bargain": 2.0}),
    Campaign(
        "Spring Tea Week",
        "2025-03-24",
        7,
        0.26,
        _WIDE,
        {"loyal": 1.3, "steady": 0.5},
    ),
    Campaign(
        "Membership Renewal",
        "2025-05-12",
        20,
        0.17,
        _PERSONAL,
        {"loyal": 0.9, "wholesale": 1.2},
    ),
    Campaign(
        "Summer Sale",
        "2025-07-01",
        6,
        0.26,
        _WIDE,
        {"bargain": 2.0, "steady": 0.3},
    ),
    Campaign("Autumn Win-back", "2025-09-15", 14, 0.18, _PERSONAL, {"steady": 0.6}),
    Campaign(
        "Holiday Gifts",
        "2025-11-17",
        9,
        0.30,
        _WIDE,
        {"seasonal": 1.9, "loyal": 0.6},
    ),
    Campaign("New Year Clearance", "2026-01-02", 5, 0.26, _WIDE, {"bargain": 2.0}),
    Campaign(
        "Spring Tea Week",
        "2026-03-23",
        7,
        0.24,
        _WIDE,
        {"loyal": 1.3, "steady": 0.5},
    ),
    Campaign(
        "Membership Renewal",
        "2026-05-11",
        20,
        0.15,
        _PERSONAL,
        {"loyal": 0.9, "wholesale": 1.2},
    ),
    Campaign(
        "Summer Sale",
        "2026-07-01",
        6,
        0.24,
        _WIDE,
        {"bargain": 2.0, "steady": 0.3},
    ),
    Campaign("Autumn Win-back", "2026-09-14", 14, 0.16, _PERSONAL, {"steady": 0.6}),
)


def make_contacts(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per message or call.

    Who, day, channel, campaign, responded, cost, satisfaction (NaN where not asked).

    Planted: each segment answers its own campaign, the under-forties WeChat, the over-fifties the
    phone; who has left hardly answers.
    """
    made = [_one(campaign, people, rng) for campaign in CAMPAIGNS]
    return pd.concat(made, ignore_index=True).sort_values(
        ["day", "who"], kind="stable", ignore_index=True
    )


def _one(
    campaign: Campaign, people: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    first = int((np.datetime64(campaign.first) - START) / np.timedelta64(1, "D"))
    reached = np.flatnonzero(
        (people["joined"] < first).to_numpy()
        & (people["left_on"] > first - 120).to_numpy()
    )
    who = np.sort(
        rng.choice(reached, int(campaign.reach * len(reached)), replace=False)
    )
    person = people.iloc[who]
    channel = rng.choice(
        list(campaign.channels), len(who), p=list(campaign.channels.values())
    )
    age = person["age"].to_numpy()
    pull = (
        -1.9
        + np.array([campaign.pull.get(name, 0.0) for name in person["segment"]])
        + np.where(
            channel == "WeChat",
            np.select([age < 40, age > 55], [0.8, -0.7], 0.0),
            0.0,
        )
        + np.where(channel == "Phone", np.where(age > 50, 1.3, 0.5), 0.0)
        + np.where((channel == "Email") & person["newsletter"].to_numpy(), 0.4, 0.0)
        + 0.2 * (person["satisfaction"].to_numpy() - 4)
        - np.where(person["left_on"].to_numpy() <= first, 2.2, 0.0)
    )
    responded = rng.random(len(who)) < 1 / (1 + np.exp(-pull))
    is_rated = (
        (channel != "Email")
        & (responded | (channel == "Phone"))
        & (rng.random(len(who)) < 0.75)
    )
    score = np.clip(
        np.round(
            person["satisfaction"]
            + 0.5 * responded
            - 0.2
            + rng.normal(0, 0.7, len(who))
        ),
        1,
        5,
    )
    minutes = np.where(channel == "Phone", rng.gamma(6.0, 1 / 6.0, len(who)), 1.0)
    return pd.DataFrame(
        {
            "who": who,
            "day": first + rng.integers(0, campaign.days, len(who)),
            "channel": channel,
            "campaign": campaign.name,
            "responded": responded,
            "cost": np.round(np.array([COST[name] for name in channel]) * minutes, 2),
            "satisfaction": np.where(is_rated, score, np.nan),
        }
    )
