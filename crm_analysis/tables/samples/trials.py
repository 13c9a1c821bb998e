"""Who of the sample shop was held out of a campaign, at which hour it was written to.

What the contacts bring is planted without touching the orders: those held out are drawn so that
as many fewer of them bought afterwards as the contact is to bring. Given what customers are like,
that is the same as orders made by the contact (Bayes), and it leaves every other sample as it was.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.tables.samples.people import DAYS, START

WINDOW = 30  # days after the last contact within which orders count
# The campaigns since the shop holds customers out, and the test with which it began.
HELD_OUT_FROM = "2025-11-01"
GAIN = 0.06  # more of those contacted buy, planted in each campaign with a hold-out
TEST = "Autumn Tasting"
TEST_DAY = "2025-11-10"
# By who takes the newsletter: of a block's buyers so many more are among those contacted.
TEST_LIFTS = {True: 0.35, False: 0.0}
_BLOCK = 12
BEST_HOUR, HOURS = 20, tuple(range(8, 22))
_HOUR_FACTOR = 2.0  # times as likely to answer then
_REMINDED = (0.3, 0.3)  # of those written to, and of those once more
_UNSUBSCRIBE = 0.004
_TRIES = 120


def bought_between(
    orders: pd.DataFrame, first: int, last: int, count: int
) -> np.ndarray:
    """Whether each customer bought from the day `first` to `last`."""
    sold = orders[(orders["who"] >= 0) & ~orders["returned"]]
    inside = sold["day"].between(first, last)
    return np.bincount(sold.loc[inside, "who"], minlength=count) > 0


def known_before(orders: pd.DataFrame, first: int, count: int) -> np.ndarray:
    """Recency, frequency and money of each customer before a day, a row each."""
    sold = orders[
        (orders["who"] >= 0) & ~orders["returned"] & (orders["day"] < first)
    ]
    who = sold["who"].to_numpy()
    last = np.full(count, first - 730)
    np.maximum.at(last, who, sold["day"].to_numpy())
    days = sold.drop_duplicates(["who", "day"])["who"].to_numpy()
    frequency = np.bincount(days, minlength=count)
    money = np.bincount(who, sold["quantity"] * sold["price"], minlength=count)
    return np.stack([first - last, frequency, money], axis=1).astype(float)


def day_of(date: str) -> int:
    """The day of the shop that a date is."""
    return int((np.datetime64(date) - START) / np.timedelta64(1, "D"))


def draw_holdout(
    treated: np.ndarray,
    others: np.ndarray,
    bought: np.ndarray,
    before: np.ndarray,
    gain: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """As many of the others as were treated, of whom `gain` fewer bought, alike before.

    Of many draws the one whose arms were most alike (Morgan & Rubin 2012).
    """
    size = min(len(treated), len(others))
    wanted = round(size * max(0.0, float(bought[treated].mean()) - gain))
    buyers, rest = others[bought[others]], others[~bought[others]]
    wanted = min(max(wanted, size - len(rest)), len(buyers))
    best, widest = others[:0], np.inf
    spread = before[treated].std(axis=0) + 1e-9
    for _ in range(_TRIES):
        drawn = np.concatenate(
            [
                rng.choice(buyers, wanted, replace=False),
                rng.choice(rest, size - wanted, replace=False),
            ]
        )
        apart = before[treated].mean(axis=0) - before[drawn].mean(axis=0)
        width = float(np.abs(apart / spread).max())
        if width < widest:
            best, widest = drawn, width
    return np.sort(best)


def make_test(
    people: pd.DataFrame, orders: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Everybody so far, half of them held out; only those with the newsletter are moved."""
    first = day_of(TEST_DAY)
    reached = np.flatnonzero((people["joined"] < first - 7).to_numpy())
    bought = bought_between(orders, first, first + WINDOW, len(people))
    before = known_before(orders, first, len(people))
    lifts = np.where(people["newsletter"], TEST_LIFTS[True], TEST_LIFTS[False])
    spread = before[reached].std(axis=0)
    best, widest = np.zeros(len(reached), dtype=bool), np.inf
    for _ in range(_TRIES):
        treated = _half(reached, people["newsletter"], bought, before, lifts, rng)
        apart = before[reached[treated]].mean(axis=0)
        apart = apart - before[reached[~treated]].mean(axis=0)
        width = float(np.abs(apart / spread).max())
        if width < widest:
            best, widest = treated, width
    arm = np.where(best, "treated", "holdout")
    return pd.DataFrame(
        {
            "who": reached,
            "day": first,
            "channel": "Email",
            "campaign": TEST,
            "arm": arm,
            "responded": best & bought[reached],
            "cost": 0.05,
        }
    )


def _half(
    reached: np.ndarray,
    reads: pd.Series,
    bought: np.ndarray,
    before: np.ndarray,
    lifts: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Half of each block of customers alike before: of its buyers more, of the others fewer.

    Blocks are ordered by the newsletter and by how recently they bought, so that what was known
    before is alike in both halves.
    """
    order = np.lexsort(
        (rng.random(len(reached)), before[reached, 0], reads[reached])
    )
    block = np.empty(len(reached), dtype=np.int64)
    block[order] = np.arange(len(reached)) // _BLOCK
    # First the buyers of a block, then the others, each in the order of the draw.
    drawn = np.lexsort((rng.random(len(reached)), ~bought[reached], block))
    blocks = int(block.max()) + 1
    buyers = np.bincount(block, bought[reached], minlength=blocks)
    sizes = np.bincount(block, minlength=blocks)
    lift = np.bincount(block, lifts[reached], minlength=blocks) / sizes
    wanted = np.floor(buyers * (1 + lift) / 2 + rng.random(blocks))
    half = np.floor(sizes / 2 + rng.random(blocks))
    wanted = np.clip(wanted, half - (sizes - buyers), np.minimum(half, buyers))
    place = np.empty(len(reached))
    begins = np.append(0, np.cumsum(sizes)[:-1])
    place[drawn] = np.arange(len(reached)) - begins[block[drawn]]
    is_buyer = bought[reached]
    of_others = place - buyers[block]
    return np.where(
        is_buyer, place < wanted[block], of_others < (half - wanted)[block]
    )


def hours_of(
    chance: np.ndarray, responded: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The hour of each contact, drawn by chance whoever it goes to; at the best more answer.

    Given the answer, an hour is as likely as it makes that answer (Bayes).
    """
    factor = np.where(np.array(HOURS) == BEST_HOUR, _HOUR_FACTOR, 1.0)
    factor = factor / factor.mean()
    answer = np.clip(chance[:, None] * factor, 0.001, 0.999)
    weight = np.where(responded[:, None], answer, 1 - answer)
    ends = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    drawn = (rng.random(len(chance))[:, None] > ends).sum(axis=1)
    return np.array(HOURS)[np.minimum(drawn, len(HOURS) - 1)]


def with_reminders(
    contacts: pd.DataFrame, chance: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """Some are written to again after two days, and again; each time fewer of them answer."""
    parts, chances = [contacts], [chance]
    for share in _REMINDED:
        earlier, usual = parts[-1], chances[-1]
        again = rng.random(len(earlier)) < share
        again &= (earlier["channel"] != "Phone").to_numpy()
        again &= earlier["day"].to_numpy() < DAYS - 3
        later = earlier[again].copy()
        lower = usual[again] * 0.6
        later["day"] += 2
        later["responded"] = rng.random(len(later)) < lower
        later["satisfaction"] = np.nan
        parts.append(later)
        chances.append(lower)
    return pd.concat(parts, ignore_index=True), np.concatenate(chances)


def unsubscribes(contacts: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Who asked not to be written to: more after several contacts within days."""
    order = contacts.groupby(["who", "campaign"]).cumcount().to_numpy()
    is_written = (contacts["channel"] != "Phone").to_numpy()
    chance = _UNSUBSCRIBE * (1 + 3 * order)
    return is_written & (rng.random(len(contacts)) < chance)


def planted_trial() -> dict[str, Any]:
    """What the contacts bring, for tests: shares of customers who buy, and the hour."""
    return {
        "campaign": TEST,
        "lifts": {"newsletter": TEST_LIFTS[True], "none": TEST_LIFTS[False]},
        "gain": GAIN,
        "hour": BEST_HOUR,
    }
