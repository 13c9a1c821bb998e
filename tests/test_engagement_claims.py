"""Who may speak of effects: results of experiments, and no others, in every language."""

from __future__ import annotations

import re

import pytest

from crm_analysis.wording import LANGUAGES, phrases, say

_ENGLISH = re.compile(
    r"\b(effects?|effectiv\w*|caus(?:e|es|ed|ing|al\w*)|increment\w*)\b",
    re.IGNORECASE,
)
_CHINESE = re.compile("效果|效应|因果|导致|引起|造成|促使|增量|归因")
# Where a contact is spoken of, it brings nothing either.
_BRINGS = re.compile("带来")
_ABOUT_CONTACTS = ("engagement", "churn", "retention")
# The name of a statistic, which says nothing of what a contact does.
_NAMES = re.compile("the design effect|设计效应")
# A plan is made of effects that are put in, each measured or assumed; it claims none itself.
_PUT_IN = {"strategy": re.compile(r"\beffects?\b|效果", re.IGNORECASE)}


def _words(text: str) -> str:
    """A phrase without its placeholders, whose names nobody reads."""
    return _NAMES.sub("", re.sub(r"\{.*?\}", "", text))


def _claims(key: str, text: str) -> bool:
    """Whether a phrase says that something was brought about."""
    word, words = key.split(".")[0], _words(text)
    if word in _PUT_IN:
        words = _PUT_IN[word].sub("", words)
    of_contacts = word in _ABOUT_CONTACTS
    return bool(
        _ENGLISH.search(words)
        or _CHINESE.search(words)
        or (of_contacts and _BRINGS.search(words))
    )


def test_of_all_phrases_only_those_of_experiments_speak_of_effects() -> None:
    wrong = [
        (key, text)
        for key, texts in phrases().items()
        if "experiment" not in key.split(".")
        for text in texts.values()
        if _claims(key, text)
    ]
    assert not wrong


def test_every_way_to_speak_of_an_effect_is_known_to_the_test_above() -> None:
    said = {
        "The effect of the mail": "engagement",
        "Orders caused by it": "overview",
        "Incremental revenue": "value",
        "活动的效果": "segments",
        "由联系导致": "forecast",
        "增量收入": "value",
        "联系带来 3 单": "churn",
    }
    assert all(_claims(f"{word}.x", text) for text, word in said.items())
    assert _claims("strategy.x", "Profit caused by the plan")
    assert not _claims("strategy.x", "The effect is assumed, not measured")
    assert not _claims("value.x", "客户带来的收入")
    assert not _claims("baskets.x", "divided by the design effect")


def test_experiments_do_speak_of_them() -> None:
    """Or the first test would hold for want of words."""
    spoken = [
        key
        for key, texts in phrases().items()
        if key.startswith("engagement.")
        and any(_claims(key, text) for text in texts.values())
    ]
    assert len(spoken) >= 5


@pytest.mark.parametrize("stem", ["verdict", "campaign"])
def test_each_claim_has_its_own_sentences(stem: str) -> None:
    """What goes with what is said to be no proof, and what is counted to compare with nothing."""
    adjusted = [
        texts["en"]
        for key, texts in phrases().items()
        if key.startswith(f"engagement.{stem}.adjusted.")
    ]
    assert adjusted and all(re.search("goes? with", text) for text in adjusted)


def test_every_verdict_of_a_campaign_has_its_sentence() -> None:
    details = {
        "value": 3.0,
        "low": 1.0,
        "high": 5.0,
        "customers": 90,
        "campaigns": 2,
    }
    for claim in ("experiment", "adjusted"):
        for measure in ("profit", "revenue", "customers"):
            for word in ("more", "less", "unclear"):
                key = f"engagement.campaign.{claim}.{measure}_{word}"
                for language in LANGUAGES:
                    assert say(key, language, **details)
