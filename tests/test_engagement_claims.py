"""Who may speak of effects: results of experiments, and no others, in every language."""

from __future__ import annotations

import re

import pytest

from crm_analysis.wording import LANGUAGES, phrases, say

_ENGLISH = re.compile(
    r"\b(effects?|caus(?:e|es|ed|ing)|incremental\w*)\b", re.IGNORECASE
)
_CHINESE = re.compile("效果|效应|因果|导致|增量|归因于")


def _words(text: str) -> str:
    """A phrase without its placeholders, whose names nobody reads."""
    return re.sub(r"\{.*?\}", "", text)


def test_only_experiments_speak_of_effects() -> None:
    wrong = [
        (key, text)
        for key, texts in phrases().items()
        if key.startswith("engagement.") and "experiment" not in key.split(".")
        for text in map(_words, texts.values())
        if _ENGLISH.search(text) or _CHINESE.search(text)
    ]
    assert not wrong


def test_experiments_do_speak_of_them() -> None:
    """Or the test above would hold for want of words."""
    spoken = [
        key
        for key, texts in phrases().items()
        if key.startswith("engagement.")
        and any(
            _ENGLISH.search(text) or _CHINESE.search(text)
            for text in texts.values()
        )
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
