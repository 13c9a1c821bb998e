"""The customers of the sample shop: what each is like, how each buys, and when each leaves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.tables.samples.catalogue import COUNTRY_SHARES

START = np.datetime64("2024-11-01")
END = np.datetime64("2026-10-31")
DAYS = int((END - START) / np.timedelta64(1, "D")) + 1


class Habit(NamedTuple):
    """How a planted segment buys.

    Its share of the customers, days between orders in season, further lines in an order, pieces a
    line.
    """

    share: float
    gap: float
    lines: float
    pieces: float


SEGMENTS = {
    "loyal": Habit(0.13, 32.0, 1.2, 1.5),
    "steady": Habit(0.24, 105.0, 1.0, 1.4),
    "seasonal": Habit(0.14, 26.0, 1.1, 1.4),
    "bargain": Habit(0.13, 19.0, 0.9, 1.7),
    "wholesale": Habit(0.03, 32.0, 1.9, 7.0),
    "one-off": Habit(0.33, np.inf, 0.8, 1.3),
}

_MONTH = 30.4375
_LEAVING = 0.0185  # monthly rate at which the average customer leaves


def make_people(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """One row per customer.

    Attributes, the planted `segment`, the days (of the shop) of joining and leaving.

    Leaving is drawn from a constant hazard that the attributes raise or lower (so proportional
    hazards hold and the attributes predict it, with honest noise); `churned` is whether that
    happened before the export. A third of the customers were there before the first day.
    """
    people = pd.DataFrame(
        {
            "customer": [
                f"C{number:05d}"
                for number in np.sort(
                    rng.choice(
                        np.arange(10_001, 10_001 + 3 * count),
                        count,
                        replace=False,
                    )
                )
            ]
        }
    )
    people["segment"] = rng.choice(
        list(SEGMENTS), count, p=[habit.share for habit in SEGMENTS.values()]
    )
    people["gender"] = rng.choice(["Female", "Male"], count, p=[0.58, 0.42])
    people["age"] = np.clip(rng.normal(43, 13, count).round(), 18, 86).astype(int)
    people["country"] = rng.choice(len(COUNTRY_SHARES), count, p=COUNTRY_SHARES)
    people["plan"] = rng.choice(
        ["Basic", "Plus", "Premium"], count, p=[0.52, 0.32, 0.16]
    )
    people["contract"] = rng.choice(["Monthly", "Yearly"], count, p=[0.58, 0.42])
    people["payment"] = rng.choice(
        ["Card", "PayPal", "Bank transfer", "Cash on delivery"],
        count,
        p=[0.46, 0.27, 0.17, 0.10],
    )
    people["newsletter"] = rng.random(count) < 0.55
    people["app_user"] = rng.random(count) < np.where(
        people["age"] < 45, 0.62, 0.30
    )
    people["late_deliveries"] = rng.poisson(0.7, count)
    people["support_calls"] = rng.poisson(0.6 + 0.35 * people["late_deliveries"])
    people["satisfaction"] = np.clip(
        np.round(
            4.3
            - 0.45 * people["late_deliveries"]
            - 0.25 * people["support_calls"]
            + rng.normal(0, 0.8, count)
        ),
        1,
        5,
    ).astype(int)
    people["sociable"] = rng.random(count)

    pull = leaving_score(people) + rng.normal(0, 0.15, count)
    before = (people["segment"] != "one-off") & (rng.random(count) < 0.66)
    since = -rng.gamma(1.6, 260.0, count).round()
    # More join in the second year than in the first, and nobody so late that there is nothing to
    # see.
    during = np.floor((DAYS - 8) * rng.beta(1.25, 1.0, count))
    people["joined"] = np.where(before, np.maximum(since, -1500), during).astype(
        int
    )
    stays = np.round(25 + rng.exponential(_MONTH / _LEAVING, count) / np.exp(pull))
    left_on = np.maximum(people["joined"], 0) + stays
    people["churned"] = left_on < DAYS
    people["left_on"] = np.where(people["churned"], left_on, DAYS).astype(int)
    people["tenure"] = (
        ((people["left_on"] - people["joined"]) / _MONTH).round().astype(int)
    )
    return people


def leaving_score(people: pd.DataFrame) -> pd.Series:
    """The log hazard ratio that the attributes give, zero for the average customer."""
    score = (
        1.80 * (people["contract"] == "Monthly")
        + 0.68 * people["late_deliveries"].clip(upper=4)
        + 0.45 * people["support_calls"].clip(upper=5)
        + 1.00 * (people["satisfaction"] <= 2)
        - 0.80 * (people["plan"] == "Premium")
        - 0.25 * (people["plan"] == "Plus")
        + 0.45 * (people["payment"] == "Cash on delivery")
        - 0.65 * people["newsletter"]
        - 0.40 * people["app_user"]
        - 0.015 * (people["age"] - 43)
    )
    return score - 1.45
