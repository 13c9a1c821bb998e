"""What the sample shop said to its customers, and who answered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.tables.samples import trials

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


def make_contacts(
    people: pd.DataFrame,
    orders: pd.DataFrame,
    rng: np.random.Generator,
    later: np.random.Generator,
) -> pd.DataFrame:
    """One row per message or call, and per customer held out of a campaign.

    Who, day, hour, channel, campaign, arm, responded, cost, satisfaction, unsubscribed (missing
    where not asked, or not contacted).

    Planted: each segment answers its own campaign, the under-forties WeChat, the over-fifties the
    phone; who has left hardly answers; and what `trials.planted_trial` says.
    """
    made = [_one(campaign, people, rng) for campaign in CAMPAIGNS]
    held = [
        _held_out(campaign, contacts, people, orders, later)
        for campaign, contacts in zip(CAMPAIGNS, made, strict=True)
        if campaign.first >= trials.HELD_OUT_FROM
    ]
    test = trials.make_test(people, orders, later)
    is_held = test["arm"] == "holdout"
    contacts = pd.concat(
        [*made, test[~is_held].assign(chance=0.2)], ignore_index=True
    )
    contacts["arm"] = "treated"
    contacts, chance = trials.with_reminders(
        contacts, contacts["chance"].to_numpy(dtype=float), later
    )
    contacts["hour"] = trials.hours_of(
        chance, contacts["responded"].to_numpy(dtype=bool), later
    )
    contacts["unsubscribed"] = trials.unsubscribes(contacts, later)
    left_alone = pd.concat([*held, test[is_held]], ignore_index=True).assign(
        channel="", responded=pd.NA, cost=np.nan, unsubscribed=pd.NA
    )
    left_alone["hour"] = later.choice(trials.HOURS, len(left_alone))
    return pd.concat([contacts, left_alone], ignore_index=True).sort_values(
        ["day", "who", "hour"], kind="stable", ignore_index=True
    )


def _held_out(
    campaign: Campaign,
    contacts: pd.DataFrame,
    people: pd.DataFrame,
    orders: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """As many as were contacted, of those who could have been."""
    first = trials.day_of(campaign.first)
    last = first + campaign.days - 1 + trials.WINDOW
    treated = contacts["who"].to_numpy()
    others = np.setdiff1d(_reachable(people, first), treated)
    held = trials.draw_holdout(
        treated,
        others,
        trials.bought_between(orders, first, last, len(people)),
        trials.known_before(orders, first, len(people)),
        trials.GAIN,
        rng,
    )
    return pd.DataFrame(
        {"who": held, "day": first, "campaign": campaign.name, "arm": "holdout"}
    )


def _reachable(people: pd.DataFrame, first: int) -> np.ndarray:
    """Who was a customer by then, and had not left long before."""
    return np.flatnonzero(
        (people["joined"] < first).to_numpy()
        & (people["left_on"] > first - 120).to_numpy()
    )


def _one(
    campaign: Campaign, people: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    first = trials.day_of(campaign.first)
    reached = _reachable(people, first)
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
    chance = 1 / (1 + np.exp(-pull))
    responded = rng.random(len(who)) < chance
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
            "chance": chance,
            "cost": np.round(
                np.array([COST[name] for name in channel]) * minutes, 2
            ),
            "satisfaction": np.where(is_rated, score, np.nan),
        }
    )
