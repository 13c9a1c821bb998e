"""What the plan may say: what is expected or promised, and what is assumed, but never more."""

from __future__ import annotations

import re

import pytest

from crm_analysis.wording import phrases

PLAN = {
    key.removeprefix("strategy."): texts
    for key, texts in phrases().items()
    if key.startswith("strategy.")
}
# What nobody can know of customers before a campaign.
_SURE = {
    "en": re.compile(
        r"\b(will (bring|earn|gain|buy|stay|keep|pay)|guarantee\w*|certain(ly)?|sure to|"
        r"no doubt|always|never fails|increase[sd]? (sales|revenue|profit)|lift\w*)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("保证|必然|必定|一定会|肯定|确保|稳赚|提升销售|带动销售|拉动"),
}
# Proven is a plan within its limits, by what was put in; nothing that customers do is.
_PROVEN = {"en": re.compile(r"\bprove[sdn]?\b|\bproof\b"), "zh": re.compile("证明")}
_OF_PLANS = {
    "en": re.compile("best|bound|exact|limit"),
    "zh": re.compile("最优|上界"),
}
# An effect is one that was put in, measured, assumed or unknown; no sentence finds one.
_EFFECT = {
    "en": re.compile(r"\beffects?\b", re.IGNORECASE),
    "zh": re.compile("效果"),
}
_PUT_IN = {
    "en": re.compile(
        r"measured?|assum|known?|without|what (it|an? action|the actions?) change|error|"
        r"change|range|source|draws|told apart|typed|halves|chosen by|unseen|limits|sure",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        "实测|测得|测量|假设|未知|没有|变化|误差|范围|依据|抽取|区分|来自|估值|限制|察觉|达到|看出"
    ),
}
# Only what was held out shows what a campaign did.
_DID = {
    "en": re.compile(r"(?<!would have )\b(brought|earned)\b"),
    "zh": re.compile("实际带来|带来了"),
}
_READ_BACK = ("read_back.", "how.read_back")


def _words(text: str) -> str:
    """A phrase without its placeholders, whose names nobody reads."""
    return re.sub(r"\{.*?\}", "", text)


def wrong(key: str, language: str, text: str) -> str:
    """What a phrase claims that it may not; "" where it claims nothing."""
    words = _words(text)
    if _SURE[language].search(words):
        return "certain"
    if _PROVEN[language].search(words) and not _OF_PLANS[language].search(words):
        return "proven"
    if _DID[language].search(words) and not key.startswith(_READ_BACK):
        return "happened"
    is_heading = ".column." in f".{key}"
    if is_heading or key.startswith(("source", "page.more", "worth.draws")):
        return ""  # headings, which say no sentence
    if _EFFECT[language].search(words) and not _PUT_IN[language].search(words):
        return "effect"
    return ""


def test_no_phrase_of_the_plan_claims_more_than_is_known() -> None:
    claims = [
        (key, language, claim, text)
        for key, texts in PLAN.items()
        for language, text in texts.items()
        if (claim := wrong(key, language, text))
    ]
    assert not claims


@pytest.mark.parametrize(
    ("key", "language", "text", "claim"),
    [
        ("todo.x", "en", "The plan will bring {profit:money}.", "certain"),
        ("todo.x", "en", "That guarantees a profit.", "certain"),
        ("todo.x", "zh", "该计划一定会带来利润。", "certain"),
        ("worth.x", "en", "The profit is proven.", "proven"),
        ("worth.x", "en", "The plan is proven best.", ""),
        ("worth.x", "en", "The call brought {profit:money}.", "happened"),
        ("read_back.x", "en", "The call brought {profit:money}.", ""),
        ("todo.x", "en", "The call has an effect on sales.", "effect"),
        ("todo.x", "en", "The effect of the call is assumed.", ""),
        ("todo.x", "zh", "电话对销售有效果。", "effect"),
    ],
)
def test_each_way_to_claim_too_much_is_known_to_the_test_above(
    key: str, language: str, text: str, claim: str
) -> None:
    assert wrong(key, language, text) == claim


def test_what_is_expected_is_said_with_its_interval() -> None:
    for key in ("todo.expected", "todo.doubtful"):
        for text in PLAN[key].values():
            assert {"expected", "lo", "hi"} <= set(re.findall(r"\{(\w+)", text))


def test_where_no_effect_is_known_no_profit_is_spoken_of() -> None:
    """But to say that none is promised."""
    for key in ("todo.reach", "note.no_profit", "worth.no_profit", "limits.reach"):
        for text in PLAN[key].values():
            assert not re.search("profit:|gain:|expected:", text), key
