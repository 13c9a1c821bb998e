"""Comments of the sample shop's customers, written by a small grammar in each language."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.tables.samples.catalogue import PRODUCTS
from crm_analysis.tables.samples.editions import Edition
from crm_analysis.tables.samples.people import DAYS, START

# How often each aspect is what a comment is about.
ASPECTS = {
    "delivery": 0.20,
    "packing": 0.12,
    "quality": 0.24,
    "price": 0.12,
    "service": 0.12,
    "app": 0.08,
    "range": 0.07,
    "returns": 0.05,
}
_BESIDE = 0.3  # of comments speak of another one, in a sentence
_QUIET = (
    120  # days before the end: who orders nothing in them after a comment has gone
)
# Between these days delivery is late, and people say so.
COMPLAINT = ("2025-12-05", "2026-01-06")
_LATE_FROM, _LATE_TO = (
    int((np.datetime64(edge) - START) / np.timedelta64(1, "D"))
    for edge in COMPLAINT
)
# Of these one says how they taste, of the others how they are made.
_TOOLS = (
    "TE1011",
    "TE1012",
    "CO2005",
    "CO2006",
    "CO2007",
    "CO2008",
    "CO2009",
    "CO2010",
)
_EATEN = {
    product.sku
    for product in PRODUCTS
    if product.category in ("Tea", "Coffee") and product.sku not in _TOOLS
} | {
    *("KI3010", "KI3011", "BA4001", "BA4006", "BA4007", "GI8003", "GI8004"),
}
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def make_comments(
    people: pd.DataFrame,
    orders: pd.DataFrame,
    count: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row per comment; most follow an order by some days.

    who (−1: unnamed), day, channel, rating, recommend (0 to 10, missing where not asked), article
    (in PRODUCTS), aspects (the first is what it is about), topic. In December 2025 delivery is what
    people complain about, and all year it is those who are about to leave, or to whom parcels
    came late: the planted stories.
    """
    bought = orders[(orders["article"] >= 0) & ~orders["returned"]]
    weight = np.where(bought["day"].between(_LATE_FROM, _LATE_TO), 2.0, 1.0)
    table = bought.iloc[
        rng.choice(len(bought), count, replace=False, p=weight / weight.sum())
    ][["who", "day", "article"]].copy()
    table["day"] = np.minimum(table["day"] + 2 + rng.poisson(7, count), DAYS - 1)
    table = table.sort_values("day", kind="stable", ignore_index=True)
    bad_weeks = table["day"].between(_LATE_FROM, _LATE_TO)
    content = np.where(
        table["who"] < 0, 4, people["satisfaction"].to_numpy()[table["who"]]
    )
    leaving = _leaving(table, people, bought, rng)
    feeling = (
        content
        - 1.3 * leaving
        - 1.1 * bad_weeks
        + 0.35
        + rng.normal(0, 1.25, count)
    )
    table["rating"] = np.clip(np.round(feeling), 1, 5).astype(int)
    table["channel"] = rng.choice(
        ["Web", "App", "Email", "Phone"], count, p=[0.48, 0.32, 0.14, 0.06]
    )
    late_parcels = np.where(
        table["who"] < 0, 0, people["late_deliveries"].to_numpy()[table["who"]]
    )
    grief = _grief(bad_weeks.to_numpy(), late_parcels, leaving)
    table["aspects"] = pd.Series(
        [
            _aspects(int(rating), bool(late), float(more), rng)
            for rating, late, more in zip(
                table["rating"], bad_weeks, grief, strict=True
            )
        ],
        dtype=object,
    )
    table["topic"] = [
        _topic(said[0][0], article)
        for said, article in zip(table["aspects"], table["article"], strict=True)
    ]
    table.loc[rng.random(count) < 0.08, "who"] = -1
    recommend = np.clip(
        np.round(1.9 * table["rating"] + rng.normal(0.5, 1.3, count)), 0, 10
    )
    table["recommend"] = recommend.where(rng.random(count) < 0.7)
    return table


def _leaving(
    table: pd.DataFrame,
    people: pd.DataFrame,
    bought: pd.DataFrame,
    rng: np.random.Generator,
) -> np.ndarray:
    """Whose comment comes before they leave.

    Those of whom it is planted, and four in five of those who order nothing after it.
    """
    known = (table["who"] >= 0).to_numpy()
    left_on = people["left_on"].to_numpy()[table["who"]]
    planted = people["churned"].to_numpy()[table["who"]] & (
        table["day"] > left_on - 150
    )
    last_order = bought.groupby("who")["day"].max().reindex(table["who"]).to_numpy()
    quiet = (last_order <= table["day"]) & (table["day"] < DAYS - _QUIET)
    return known & (planted | (quiet & (rng.random(len(table)) < 0.8))).to_numpy()


def _grief(
    bad_weeks: np.ndarray, late_parcels: np.ndarray, leaving: np.ndarray
) -> np.ndarray:
    """How many times as often as others somebody discontented speaks of the delivery."""
    late = 0.05 + 0.15 * np.minimum(late_parcels, 2)
    calm = np.where(leaving, 12.0, late)
    return np.where(bad_weeks, np.where(leaving, 25.0, 10.0), calm)


def _topic(aspect: str, article: int) -> str:
    """What a comment is about: of what is eaten or drunk the quality is the taste."""
    is_taste = aspect == "quality" and PRODUCTS[article].sku in _EATEN
    return "taste" if is_taste else aspect


def _aspects(
    rating: int, late: bool, grief: float, rng: np.random.Generator
) -> tuple[tuple[str, bool], ...]:
    """What a comment speaks of, and whether it praises.

    Five stars rarely blame, one star hardly ever praises.
    """
    names, shares = np.array(list(ASPECTS)), np.array(list(ASPECTS.values()))
    many = 1 + int(rng.random() < _BESIDE)
    weight = shares * np.where(
        names == "delivery", grief if rating <= 3 else 1.0, 1.0
    )
    chosen = rng.choice(names, many, replace=False, p=weight / weight.sum())
    praise = {1: 0.03, 2: 0.15, 3: 0.5, 4: 0.85, 5: 0.98}[rating]
    said = [(str(name), bool(rng.random() < praise)) for name in chosen]
    if late and rating <= 3:
        said = [(name, good and name != "delivery") for name, good in said]
    if rating != 3 and all(good != (rating > 3) for _, good in said):
        said[0] = (said[0][0], rating > 3)
    return tuple(said)


def write_comments(
    comments: pd.DataFrame, edition: Edition, rng: np.random.Generator
) -> list[str]:
    """The text of each comment in a language; no text stands twice."""
    texts: dict[str, None] = {}
    for row in comments.itertuples():
        text = _compose(row, edition, rng)
        while text in texts:
            text = _compose(row, edition, rng)
        texts[text] = None
    return list(texts)


_MOODS = {1: "bad", 2: "bad", 3: "mixed", 4: "good", 5: "good"}


def _compose(row: Any, edition: Edition, rng: np.random.Generator) -> str:
    """One comment: an opening, two sentences of what it is about, one of more, a closing."""
    grammar = _grammar()[edition.language]
    mood = _MOODS[row.rating]
    product = PRODUCTS[row.article]
    sentences = [str(rng.choice(grammar["open"][mood]))]
    for place, (aspect, praised) in enumerate(row.aspects):
        of = grammar[_topic(aspect, row.article)]["good" if praised else "bad"]
        sentences += rng.choice(of, 1 if place else 2, replace=False).tolist()
    sentences.append(str(rng.choice(grammar["close"][mood])))
    sentences = [_expand(sentence, rng) for sentence in sentences]
    name = product.name(edition.language)
    may_open = not sentences[0] and edition.named_openings
    if may_open and rng.random() < edition.named_openings:
        sentences[0] = f"{name}:"
    return edition.between_sentences.join(filter(None, sentences)).format(
        product=_spoken(name),
        days=int(rng.integers(2, 6)),
        weeks=int(rng.integers(2, 5)),
        hours=int(rng.integers(2, 4)),
    )


def _expand(sentence: str, rng: np.random.Generator) -> str:
    """Make every choice in a sentence; a comma left hanging by an empty choice goes."""
    made = _CHOICE.sub(
        lambda match: str(rng.choice(match.group(1).split("|"))), sentence
    )
    return re.sub(r"，。", "。", re.sub(r"\s+([.,])", r"\1", made)).strip()


def _spoken(name: str) -> str:
    """A product name inside a sentence.

    What is not a name of a place or a person loses its capitals.
    """
    return " ".join(
        word
        if word in ("Earl", "Grey", "Ethiopian", "Pu-erh", "French")
        else word.lower()
        for word in name.split()
    )


@cache
def _grammar() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads(
        (Path(__file__).parent / "comments.toml").read_text(encoding="utf-8")
    )
