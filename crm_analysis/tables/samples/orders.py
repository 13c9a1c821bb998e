"""Two years of order lines.

Seasons, trend, bundles, returns, guests, and the dirt of a real export.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.tables.samples.catalogue import (
    BUNDLES,
    CATEGORIES,
    POSTAGE,
    PRODUCTS,
)
from crm_analysis.tables.samples.people import DAYS, SEGMENTS, START

_WEEK = np.array([0.92, 0.90, 0.95, 1.00, 1.10, 1.36, 0.84])  # Monday first
_WORKING_WEEK = np.array([1.3, 1.4, 1.4, 1.35, 1.2, 0.3, 0.05])
_MONTHS = (
    0.88,
    0.84,
    0.94,
    0.98,
    1.02,
    0.97,
    0.93,
    0.90,
    1.00,
    1.06,
    1.34,
    1.42,
)
_SEASON_OF_PRODUCT = {
    "cold": (11, 12, 1, 2),
    "hot": (5, 6, 7, 8),
    "gift": (11, 12),
}
_YEARLY_GROWTH = 0.06
_GUESTS_A_DAY = 0.6
_DEAR = np.array([product.price for product in PRODUCTS])
_ARTICLE = {product.sku: article for article, product in enumerate(PRODUCTS)}
_GIFTS = np.array(
    [
        product.category == "Gifts" or product.season == "gift"
        for product in PRODUCTS
    ]
)


def make_orders(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per line in the order it was booked.

    order, day, who (row of `people`, −1: a guest), article (in PRODUCTS, −1: postage), quantity,
    price; `person_country` and `channel` belong to the order. Returns are orders of their own,
    their number begins with C.
    """
    calendar = _calendar()
    visits = _visits(people, calendar, rng)
    lines = _lines(people, visits, calendar, rng)
    lines = pd.concat([lines, _returns(people, lines, rng)], ignore_index=True)
    lines = lines.sort_values(
        ["day", "visit", "returned"], kind="stable", ignore_index=True
    )
    # Numbers run on with the days, and skip a little as in any shop; a return has a number of its
    # own.
    new = (
        lines[["visit", "returned"]] != lines[["visit", "returned"]].shift()
    ).any(axis=1)
    skips = np.cumsum(rng.integers(1, 4, int(new.sum())))
    lines["order"] = np.where(lines["returned"], "C", "") + pd.Series(
        100_000 + skips[new.cumsum() - 1]
    ).astype(str)
    return lines


def add_dirt(
    orders: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What real exports bring: exact duplicates, stray spaces, one absurd quantity.

    With the truth about each.
    """
    table = orders.copy()
    bags = table.index[
        (table["article"] == _ARTICLE["GI8010"])
        & (table["who"] < 0)
        & ~table["returned"]
    ]
    absurd = int(rng.choice(bags))
    table.loc[absurd, "quantity"] = 2000
    spaced = rng.random(len(table))
    table["spaces"] = np.select(
        [spaced < 0.006, spaced < 0.010], ["after", "before"], ""
    )
    again = rng.choice(
        np.setdiff1d(table.index.to_numpy(), [absurd]),
        max(1, len(table) // 280),
        replace=False,
    )
    table = pd.concat([table, table.loc[again]]).sort_index(kind="stable")
    truth = {
        "duplicates": len(again),
        "outlier": {"order": table.loc[absurd, "order"], "quantity": 2000},
    }
    return table.reset_index(drop=True), truth


def _calendar() -> pd.DataFrame:
    """One row per day: weekday, month, is there a sale.

    And the pull of the season on ordinary customers.
    """
    dates = pd.Series(START + np.arange(DAYS).astype("timedelta64[D]"))
    calendar = pd.DataFrame(
        {
            "weekday": dates.dt.weekday,
            "month": dates.dt.month,
            "day": dates.dt.day,
        }
    )
    month, day = calendar["month"], calendar["day"]
    calendar["sale"] = (
        ((month == 1) & day.between(2, 20))
        | ((month == 7) & day.between(1, 18))
        | ((month == 11) & day.between(24, 30))
    )
    calendar["gifts"] = ((month == 11) & (day >= 10)) | (
        (month == 12) & (day <= 22)
    )
    # Linear between mid-months, so that the year is a wave and not a staircase.
    middle = month - 1 + (day - 1) / dates.dt.days_in_month
    level = np.array([_MONTHS[-1], *_MONTHS, _MONTHS[0]])
    calendar["year"] = np.interp(middle, np.arange(-0.5, 13.0), level)
    closed = (month == 12) & day.isin([25, 26]) | (month == 1) & (day == 1)
    calendar["open"] = np.where(closed, 0.15, 1.0)
    calendar["growth"] = (1 + _YEARLY_GROWTH) ** (np.arange(DAYS) / 365.25)
    return calendar


def _visits(
    people: pd.DataFrame, calendar: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Who orders on which day (a guest: −1), in the order of days."""
    everyday = (
        calendar["year"]
        * _WEEK[calendar["weekday"]]
        * calendar["open"]
        * calendar["growth"]
    )
    working = (
        calendar["year"]
        * _WORKING_WEEK[calendar["weekday"]]
        * calendar["open"]
        * calendar["growth"]
    )
    pull = {
        "loyal": everyday,
        "steady": everyday,
        "seasonal": everyday * np.where(calendar["gifts"], 1.0, 0.006),
        "bargain": everyday * np.where(calendar["sale"], 1.0, 0.02),
        "wholesale": working,
        "one-off": everyday * 0,
    }
    season = np.stack(
        [np.asarray(pull[name], dtype=float) for name in people["segment"]]
    )
    day = np.arange(DAYS)
    joined, left_on = (
        people["joined"].to_numpy()[:, None],
        people["left_on"].to_numpy()[:, None],
    )
    # Who is going to leave comes at half the pace in the last ten weeks.
    fading = np.where((left_on < DAYS) & (day >= left_on - 70), 0.5, 1.0)
    pace = rng.gamma(5.0, 1 / 5.0, len(people)) / np.array(
        [SEGMENTS[name].gap for name in people["segment"]]
    )
    chance = season * pace[:, None] * fading * ((day >= joined) & (day < left_on))
    # Who buys what is used up buys when it is: every second chance is taken, so gaps are more even
    # than pure chance.
    even = (
        people["segment"].isin(["loyal", "steady", "wholesale"]).to_numpy()[:, None]
    )
    comes = rng.random(chance.shape) < np.where(even, 2 * chance, chance)
    comes &= ~even | (
        (comes.cumsum(axis=1) + rng.integers(0, 2, len(people))[:, None]) % 2 == 0
    )
    arrived = people["joined"].to_numpy() >= 0
    comes[np.flatnonzero(arrived), people["joined"].to_numpy()[arrived]] = (
        True  # one joins by buying
    )
    who, days = np.nonzero(comes)
    guests = np.repeat(day, rng.poisson(_GUESTS_A_DAY * np.asarray(everyday)))
    visits = pd.DataFrame(
        {
            "who": np.concatenate([who, np.full(len(guests), -1)]),
            "day": np.concatenate([days, guests]),
        }
    )
    visits = visits.iloc[rng.permutation(len(visits))].sort_values(
        "day", kind="stable", ignore_index=True
    )
    visits["person_country"] = np.where(
        visits["who"] < 0,
        rng.choice([0, 0, 0, 1, 2, 3], len(visits)),
        people["country"].to_numpy()[visits["who"]],
    )
    app = np.where(
        visits["who"] < 0, False, people["app_user"].to_numpy()[visits["who"]]
    )
    phone = np.where(
        visits["who"] < 0,
        False,
        (people["segment"] == "wholesale").to_numpy()[visits["who"]],
    )
    dice = rng.random(len(visits))
    visits["channel"] = np.select(
        [phone & (dice < 0.6), app & (dice < 0.7), dice > 0.86],
        ["Phone", "App", "Store"],
        "Web",
    )
    return visits


def _lines(
    people: pd.DataFrame,
    visits: pd.DataFrame,
    calendar: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """What is in each order."""
    segment = np.where(
        visits["who"] < 0,
        "one-off",
        people["segment"].to_numpy()[visits["who"]],
    )
    weights = {name: _weights(name) for name in SEGMENTS}
    by_month = {month: _season_weights(month) for month in range(1, 13)}
    launched = np.array([product.launched for product in PRODUCTS])
    ended = np.array([product.ended for product in PRODUCTS])
    taste = _tastes(len(people), rng)
    sets = [np.array([_ARTICLE[sku] for sku in skus]) for skus in BUNDLES]
    set_chance = np.array(list(BUNDLES.values())) / 100
    rows: list[tuple[int, int, int]] = []
    months = calendar["month"].tolist()
    for visit, (who, day) in enumerate(
        zip(visits["who"], visits["day"], strict=True)
    ):
        name = segment[visit]
        month = months[day]
        weight = (
            weights[name] * by_month[month] * ((launched <= day) & (day < ended))
        )
        if who >= 0:
            weight = weight * taste[who]
        count = 1 + rng.poisson(SEGMENTS[name].lines)
        basket = set(
            rng.choice(
                len(PRODUCTS), count, replace=False, p=weight / weight.sum()
            ).tolist()
        )
        for chosen in np.flatnonzero(
            rng.random(len(sets))
            < set_chance * by_month[month][[pair[0] for pair in sets]]
        ):
            basket |= set(sets[chosen][rng.random(3) < 0.85].tolist())
        pieces = SEGMENTS[name].pieces
        for article in sorted(basket):
            dozens = name == "wholesale"
            quantity = (
                int(rng.choice([3, 4, 6, 6, 12, 12]))
                if dozens
                else 1 + rng.poisson(pieces - 1)
            )
            rows.append((visit, article, int(quantity)))
        if visits["channel"].iat[visit] in ("Web", "App") and rng.random() < 0.07:
            rows.append((visit, -1, 1))
    lines = pd.DataFrame(rows, columns=["visit", "article", "quantity"]).join(
        visits, on="visit"
    )
    lines["price"] = _price(lines, segment[lines["visit"]], calendar)
    lines["returned"] = False
    return lines


def _weights(segment: str) -> np.ndarray:
    """How often a segment picks each product: bargain hunters the cheap ones, givers the gifts."""
    weight = np.array([product.weight for product in PRODUCTS])
    if segment == "bargain":
        return weight * np.exp(-_DEAR / 9)
    if segment == "seasonal":
        return weight * np.where(_GIFTS, 5.0, 0.5)
    if segment == "loyal":
        return weight * np.where(
            np.array(
                [
                    product.category in ("Tea", "Coffee", "Kitchen")
                    for product in PRODUCTS
                ]
            ),
            1.7,
            1.0,
        )
    return weight


def _season_weights(month: int) -> np.ndarray:
    """How much each product is in season: those of a season twice as much in it as outside."""
    weights = np.ones(len(PRODUCTS))
    for article, product in enumerate(PRODUCTS):
        if product.season:
            weights[article] = (
                2.2 if month in _SEASON_OF_PRODUCT[product.season] else 0.6
            )
    return weights


def _tastes(count: int, rng: np.random.Generator) -> np.ndarray:
    """Each customer likes two categories three times as much as the others."""
    names = list(CATEGORIES)
    category = np.array([names.index(product.category) for product in PRODUCTS])
    liked = rng.integers(0, len(names), (count, 2))
    return np.where(
        (category == liked[:, :1]) | (category == liked[:, 1:]), 3.0, 1.0
    )


def _price(
    lines: pd.DataFrame, segment: np.ndarray, calendar: pd.DataFrame
) -> np.ndarray:
    """List price, 4 % up in the second January, a quarter off in sales, 15 % off for the trade.

    Postage is what it is.
    """
    article = lines["article"].to_numpy()
    price = np.where(article < 0, POSTAGE.price, _DEAR[article])
    second_year = lines["day"].to_numpy() >= (
        np.datetime64("2026-01-01") - START
    ) / np.timedelta64(1, "D")
    off = np.where(calendar["sale"].to_numpy()[lines["day"]], 0.75, 1.0) * np.where(
        segment == "wholesale", 0.85, 1.0
    )
    return np.where(
        article < 0, price, price * np.where(second_year, 1.04, 1.0) * off
    )


def _returns(
    people: pd.DataFrame, lines: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Some lines come back after three to twenty days.

    Twice as many from those who are about to leave.
    """
    left_on = np.where(
        lines["who"] < 0, 10_000, people["left_on"].to_numpy()[lines["who"]]
    )
    leaving = (left_on < DAYS) & (lines["day"] > left_on - 120)
    chance = np.where(lines["article"] < 0, 0.0, np.where(leaving, 0.05, 0.022))
    back = lines[rng.random(len(lines)) < chance].copy()
    back["day"] += rng.integers(3, 21, len(back))
    back = back[back["day"] < DAYS]
    part = np.ceil(
        back["quantity"] * rng.choice([0.5, 1.0], len(back), p=[0.25, 0.75])
    )
    return back.assign(quantity=-part.astype(int), returned=True)
