"""What comments are about: topics, keywords, aspects; and what changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.feedback import aspect_table
from crm_analysis.analyses.feedback.aspects import clauses_of
from crm_analysis.analyses.feedback.keywords import WordCounts, contrast
from crm_analysis.analyses.feedback.measured import no_agreement
from crm_analysis.analyses.feedback.months import count_months
from crm_analysis.analyses.feedback.plain_text import plain_texts
from crm_analysis.analyses.feedback.sentiment import Sentiment
from crm_analysis.analyses.feedback.status import content
from crm_analysis.analyses.feedback.topics import find_topics
from crm_analysis.analyses.feedback.words import tokens
from crm_analysis.jobs import no_progress
from crm_analysis.tables import samples
from crm_analysis.tables.samples.editions import EDITIONS

DATA = Path(__file__).parent.parent / "data"
ENCODING = {language: each.encoding for language, each in EDITIONS.items()}
WITHOUT = crm.FeedbackOptions(meaning=False)
PLANTED = (
    [
        "late",
        "courier",
        "delivery",
        "driver",
        "tracking",
        "parcel",
        "waited",
        "shipping",
    ],
    [
        "cold",
        "salty",
        "taste",
        "soup",
        "noodles",
        "fresh",
        "spicy",
        "meat",
        "portion",
    ],
    [
        "price",
        "expensive",
        "discount",
        "coupon",
        "money",
        "cheap",
        "bill",
        "charged",
    ],
)


def planted(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Three vocabularies of 200 comments each, shuffled."""
    rng = np.random.default_rng(seed)
    topic = rng.permutation(np.repeat(np.arange(3), 200))
    texts = [
        " ".join(rng.choice(PLANTED[each], rng.integers(4, 9))) + f" x{row}"
        for row, each in enumerate(topic)
    ]
    return pd.DataFrame({"text": texts}), topic


def agreement_of(one: np.ndarray, other: pd.Series) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_planted_topics_are_found_for_any_seed(seed: int) -> None:
    table, topic = planted(seed)
    read = crm.read_feedback(table, WITHOUT.replace(seed=seed))
    assert len(read.topics) == 3 + 1
    assert agreement_of(topic, read.comments["topic"]) >= 0.95
    assert read.topics["stable"].all()
    assert set(read.comments["topic"]) <= set(read.topics["topic"])
    for _, row in read.topics.head(3).iterrows():
        examples = row[["example_1", "example_2"]].tolist()
        assert len(set(examples)) == 2
        assert all(name in row["words"] for name in row["topic"].split(" · "))
        named = read.comments["topic"] == row["topic"]
        assert set(examples) <= set(read.comments.loc[named, "text"])


@pytest.fixture(scope="module")
def subjects() -> np.ndarray:
    """What each comment of the sample is about."""
    return np.array(samples.planted()["subjects"])


@pytest.mark.slow
@pytest.mark.parametrize("language", samples.FILES)
def test_topics_of_the_sample_are_those_planted(
    language: str, subjects: np.ndarray
) -> None:
    table = pd.read_csv(
        DATA / samples.FILES[language]["comments"], encoding=ENCODING[language]
    )
    texts = plain_texts(table.iloc[:, -1]).texts
    contents = [content(run) for run in tokens(texts)]
    topics = find_topics(contents, crm.FeedbackOptions(), no_progress)
    named = topics.assigned >= 0
    assert named.mean() > 0.95
    assert agreement_of(subjects, pd.Series(topics.assigned)) > 0.65
    counts = pd.crosstab(topics.assigned[named], subjects[named])
    assert counts.max(axis=1).sum() > 0.88 * named.sum()
    # None of those planted is missing among what the topics are mostly about.
    assert set(counts.idxmax(axis=1)) == set(subjects)


def test_topics_count_every_comment_that_was_read() -> None:
    table, _ = planted(1)
    table.loc[:49, "text"] = [
        f"something entirely different number {row}" for row in range(50)
    ]
    read = crm.read_feedback(table, WITHOUT.replace(topics=3))
    assert (
        read.topics["comments"].sum() == (read.comments["status"] == "read").sum()
    )
    assert read.topics["share"].sum() == pytest.approx(1)
    assert read.topics["topic"].iloc[-1] == "other"


def test_under_200_comments_there_are_keywords_only() -> None:
    table, _ = planted(2)
    few = table.head(120).assign(rating=[1, 5] * 60)
    read = crm.read_feedback(few, WITHOUT)
    assert read.topics.empty
    assert set(read.comments["topic"]) == {""}


# Keywords


def test_log_odds_are_those_of_the_formula() -> None:
    """Monroe et al. (2008): counts with a prior of 500 words spread as in all comments."""
    contents = [["tea"]] * 12 + [["tea", "cup"]] * 8 + [["cup"]] * 20
    counts = WordCounts(contents)
    first = np.arange(40) < 20
    table = contrast(counts, "side", ("one", "other"), first, ~first)
    tea = table[table["word"] == "tea"].iloc[0]
    prior = {"tea": 500 * 20 / 48, "cup": 500 * 28 / 48}
    ours = np.log((20 + prior["tea"]) / (8 + prior["cup"]))
    theirs = np.log((0 + prior["tea"]) / (20 + prior["cup"]))
    spread = np.sqrt(1 / (20 + prior["tea"]) + 1 / prior["tea"])
    assert tea["log_odds"] == pytest.approx(ours - theirs, rel=1e-5)
    assert tea["z"] == pytest.approx((ours - theirs) / spread, rel=1e-5)
    assert (tea["count"], tea["count_other"], tea["side"]) == (20, 0, "one")


def test_words_of_those_who_left_stand_out() -> None:
    rng = np.random.default_rng(0)
    left = rng.random(300) < 0.4
    refused = left & (rng.random(300) < 0.5)
    endings = np.where(refused, "refused refund", "as usual today")
    texts = [
        f"ordered noodles again {ending} {row}"
        for row, ending in enumerate(endings)
    ]
    names = [f"C{row}" for row in range(300)]
    people = pd.DataFrame({"customer": names, "churned": left})
    table = pd.DataFrame({"text": texts, "customer": names})
    read = crm.read_feedback(table, WITHOUT.replace(topics=2), customers=people)
    words = read.keywords[read.keywords["contrast"] == "churned"]
    first = words[words["side"] == "left"].iloc[0]
    assert first["word"] in ("refused", "refund")
    assert first["p_adjusted"] < 0.001


# Aspects


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("送餐快但是难吃", ["送餐快", "难吃"]),
        ("不但好吃，而且便宜", ["不但好吃", "而且便宜"]),
        ("味道好；就是贵！下次不来。", ["味道好", "就是贵", "下次不来"]),
        ("快递慢，不过包装好", ["快递慢", "包装好"]),
        (
            "Fast, but cold; 3.5 stars. However friendly",
            ["Fast", "cold", "3.5 stars", "friendly"],
        ),
        ("butter", ["butter"]),
        ("", []),
    ],
)
def test_clauses_end_at_marks_and_at_but(text: str, expected: list[str]) -> None:
    from crm_analysis.analyses.feedback.plain_text import plain_text

    assert clauses_of([plain_text(text)])[0] == expected


def clauses(*texts: str) -> list[tuple[str, str]]:
    read = crm.read_feedback(pd.DataFrame({"text": list(texts)}), WITHOUT)
    return list(
        read.clauses[["aspect", "sentiment"]].itertuples(index=False, name=None)
    )


def test_fast_delivery_of_bad_food_is_both() -> None:
    assert clauses("送餐快但是难吃") == [
        ("delivery", "positive"),
        ("quality", "negative"),
    ]


@pytest.mark.parametrize(
    ("text", "aspect", "sentiment"),
    [
        ("客服态度很差，一直不回", "service", "negative"),
        ("The staff were friendly and helpful", "service", "positive"),
        ("价格实惠，分量也足", "price", "positive"),
        ("包装破了，汤洒了一半", "packaging", "negative"),
        ("The app is terrible and crashes", "app", "negative"),
        ("退款一直不给处理，很失望", "returns", "negative"),
    ],
)
def test_aspects_are_known_in_both_languages(
    text: str, aspect: str, sentiment: str
) -> None:
    assert (aspect, sentiment) in clauses(text)


def test_a_word_within_another_is_no_aspect() -> None:
    """Of 评价, 里面 and an order nobody says that it is dear, tasty or an app."""
    assert (
        clauses(
            "给一个评价，里面还有一封信", "My third order here, always a pleasure"
        )
        == []
    )


def test_the_table_of_aspects_can_be_edited() -> None:
    own = (("tea", "tea 茶"), ("cup", "cup 杯子"), ("empty", " "))
    texts = ["The tea is great but the cup was broken", "茶很香，杯子碎了"]
    read = crm.read_feedback(
        pd.DataFrame({"text": texts}), WITHOUT.replace(aspects=own)
    )
    result = read.aspects.set_index("aspect")
    assert result.loc["tea", ["positive", "negative"]].tolist() == [2, 0]
    assert result.loc["cup", ["positive", "negative"]].tolist() == [0, 2]
    assert result.loc["empty", "clauses"] == 0
    assert {"delivery", "returns"} <= set(aspect_table()["aspect"])


def test_things_without_an_aspect_are_suggested() -> None:
    texts = [f"The teapot is lovely {row}" for row in range(8)]
    texts += [f"茶壶很漂亮，样式也好看 {row}" for row in range(8)]
    read = crm.read_feedback(pd.DataFrame({"text": texts}), WITHOUT)
    assert {"teapot", "茶壶"} <= set(read.suggested["word"])


def test_clauses_name_the_rows_they_are_of() -> None:
    table = pd.DataFrame({"text": ["", "送餐很快，味道好"]}, index=["a", "b"])
    read = crm.read_feedback(table, WITHOUT)
    assert set(read.clauses["row"]) == {"b"}
    assert read.clauses["position"].tolist() == [1, 2]


# What changed


def said(called: np.ndarray) -> Sentiment:
    words = np.where(called, "negative", "positive").astype(object)

    def of_clauses(texts: object) -> tuple[np.ndarray, np.ndarray]:
        raise AssertionError(texts)

    chance = called.astype(float)
    return Sentiment(
        "labels", chance, called, words, no_agreement(), None, of_clauses, ()
    )


@pytest.mark.slow
def test_shuffled_dates_flag_nothing() -> None:
    """In at least 95 of 100 records without any change."""
    rng = np.random.default_rng(0)
    quiet = 0
    for _ in range(300):
        called = rng.random(1200) < 0.25
        dates = pd.Series(
            pd.Timestamp("2023-01-01")
            + pd.to_timedelta(rng.integers(0, 540, 1200), unit="D")
        )
        months = count_months(dates, said(called), None, None, 0.95)
        quiet += not months["changed"].any()
    assert quiet >= 0.95 * 300


def test_a_month_that_differs_is_flagged_with_its_volume() -> None:
    rng = np.random.default_rng(1)
    dates = pd.Series(pd.date_range("2023-01-01", "2023-12-31", periods=1200))
    worse = (dates.dt.month == 9).to_numpy()
    called = rng.random(1200) < np.where(worse, 0.6, 0.2)
    months = count_months(dates, said(called), None, None, 0.95)
    assert months.loc[months["changed"], "month"].dt.month.tolist() == [9]
    assert months["comments"].sum() == 1200
    row = months.iloc[0]
    assert row["lo"] < row["share"] < row["hi"]
    assert row["negative"] == called[(dates.dt.month == 1).to_numpy()].sum()


def test_who_answered_changed_is_told_from_what_they_say() -> None:
    """One group complains twice as often and writes more later: the mix moves the share."""
    rng = np.random.default_rng(2)
    dates = pd.Series(pd.date_range("2023-01-01", "2023-06-30", periods=6000))
    loud = rng.random(6000) < np.linspace(0.1, 0.9, 6000)
    called = rng.random(6000) < np.where(loud, 0.5, 0.1)
    mix = pd.Series(np.where(loud, "online", "shop"))
    months = count_months(dates, said(called), mix, None, 0.95)
    plain = months["share"].iloc[-1] - months["share"].iloc[0]
    reweighted = (
        months["share_reweighted"].iloc[-1] - months["share_reweighted"].iloc[0]
    )
    assert plain > 0.2
    assert abs(reweighted) < 0.06
    as_customers = count_months(
        dates, said(called), mix, {"online": 1.0, "shop": 0.0}, 0.95
    )
    assert as_customers["share_reweighted"].mean() == pytest.approx(0.5, abs=0.04)
