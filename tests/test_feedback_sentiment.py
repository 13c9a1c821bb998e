"""Sentiment by its rungs: what is learnt from, what is said of it, and what is not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.feedback import meaning
from crm_analysis.analyses.feedback.labels import labels_of
from crm_analysis.analyses.feedback.learned import folds
from crm_analysis.analyses.feedback.measured import Error, agreement

WITHOUT = crm.FeedbackOptions(meaning=False, topics=2)
GOOD = (
    "味道 很 好",
    "送餐 很快",
    "tasty noodles",
    "fast delivery",
    "服务 热情",
    "great value",
)
BAD = (
    "太 难吃",
    "等 了 两个 小时",
    "cold soup",
    "late courier",
    "态度 恶劣",
    "broken cup",
)
WORDS = (
    "今天",
    "中午",
    "公司",
    "朋友",
    "周末",
    "again",
    "today",
    "with friends",
    "at home",
)


def made(good: int, bad: int, seed: int = 0) -> pd.DataFrame:
    """Comments of two kinds with stars that fit them."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(good + bad):
        kind, stars = (GOOD, 5) if number < good else (BAD, 1)
        parts = [*rng.choice(kind, 2), *rng.choice(WORDS, 2), f"{number}"]
        rows.append((" ".join(parts), stars))
    return pd.DataFrame(rows, columns=["text", "rating"])


def test_the_corrected_count_is_that_of_rogan_and_gladen() -> None:
    """40 % seen at sensitivity .9 and specificity .8: 28.6 %."""
    share, low, high = Error(0.9, 0.8, 10_000, 10_000).corrected(40, 100)
    assert share == pytest.approx((0.4 + 0.8 - 1) / (0.9 + 0.8 - 1))
    assert round(share, 3) == 0.286
    assert low < share < high


def test_the_interval_holds_the_error_of_the_classifier() -> None:
    sure = Error(0.9, 0.8, 10_000, 10_000).corrected(400, 1000)
    unsure = Error(0.9, 0.8, 25, 25).corrected(400, 1000)
    assert unsure[2] - unsure[1] > 2 * (sure[2] - sure[1])


@pytest.mark.slow
def test_the_corrected_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(2000):
        bad, good = 40, 60
        error = Error(
            rng.binomial(bad, 0.85) / bad, rng.binomial(good, 0.9) / good, bad, good
        )
        called = rng.binomial(600, 0.3 * 0.85 + 0.7 * 0.1)
        _, low, high = error.corrected(int(called), 600)
        covered.append(low <= 0.3 <= high)
    assert 0.93 <= np.mean(covered) <= 0.985


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4, 5, None], [1, 1, None, 0, 0, None]),
        ([0, 1, None, 1], [1, 0, None, 0]),
        ([2, 10, 5, 8], [1, 0, None, 0]),
        (["x", "5", 1], [None, 0, 1]),
        ([-3, 2], [None, None]),
    ],
)
def test_stars_say_what_is_negative(values: list, expected: list) -> None:
    said, _ = labels_of(pd.DataFrame({"rating": pd.Series(values, dtype=object)}))
    assert [None if np.isnan(value) else int(value) for value in said] == expected


def test_labels_go_before_stars() -> None:
    table = pd.DataFrame({"label": ["negative", None, "好评"], "rating": [5, 1, 1]})
    said, column = labels_of(table)
    assert (said.tolist(), column) == ([1.0, 1.0, 0.0], "label")


def test_with_enough_labels_they_are_learnt_from() -> None:
    read = crm.read_feedback(made(260, 140), WITHOUT)
    values = read.quality.set_index("measure")["value"]
    assert read.rung == "labels"
    assert values["auc"] > 0.95
    assert read.summary()["negative"] == pytest.approx(0.35, abs=0.03)
    assert read.comments["negative"].between(0, 1).all()
    assert set(read.comments["sentiment"]) == {"negative", "positive"}


def test_shares_of_a_poor_reading_are_those_that_the_labels_say() -> None:
    table = made(300, 100)
    flipped = np.random.default_rng(0).random(len(table)) < 0.25
    table.loc[flipped, "rating"] = 6 - table.loc[flipped, "rating"]
    read = crm.read_feedback(table, WITHOUT)
    values = read.quality.set_index("measure")["value"]
    assert read.rung == "labels" and values["accuracy"] < 0.85
    labels = read.comments.loc[read.comments["status"] == "read", "rating"]
    share = float(labels.lt(3).mean() / (labels.lt(3).mean() + labels.gt(3).mean()))
    summary = read.summary()
    assert summary["negative"] == pytest.approx(share, abs=1e-9)
    assert summary["lo"] < share < summary["hi"]


@pytest.mark.slow
def test_of_very_many_labels_some_are_learnt_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("crm_analysis.analyses.feedback.sentiment.LEARNT_FROM", 150)
    rng = np.random.default_rng(2)
    texts = [" ".join(rng.choice(WORDS, 4)) + f" {word}" for word in range(120)]
    label = list(rng.integers(0, 2, 120))
    nothing = pd.DataFrame({"text": texts * 3, "label": label * 3})
    values = {}
    for name, table in (("fits", made(260, 140)), ("nothing", nothing)):
        read = crm.read_feedback(table, WITHOUT)
        was_read = (read.comments["status"] == "read").sum()
        assert read.quality["n"].iloc[0] == was_read > 300
        values[name] = read.quality.set_index("measure").loc["auc", "value"]
    assert values["fits"] > 0.9
    assert values["nothing"] < 0.65


def test_chances_are_calibrated() -> None:
    table = made(300, 200)
    rng = np.random.default_rng(1)
    wrong = rng.random(len(table)) < 0.2
    table.loc[wrong, "rating"] = 6 - table.loc[wrong, "rating"]
    read = crm.read_feedback(table, WITHOUT)
    negative = read.comments["negative"]
    assert negative.mean() == pytest.approx((table["rating"] == 1).mean(), abs=0.03)
    assert negative.quantile(0.95) < 0.95  # a fifth of the labels is wrong


def test_equal_texts_are_in_one_fold() -> None:
    rng = np.random.default_rng(0)
    groups, said = rng.integers(0, 80, 400), rng.integers(0, 2, 400)
    fold = folds(said, groups, 0)
    assert pd.Series(fold).groupby(groups).nunique().max() == 1
    assert np.bincount(fold).min() > 40


def test_labels_that_say_nothing_are_not_learnt_from_repeats() -> None:
    """A text that stands many times would be known by heart from another fold."""
    rng = np.random.default_rng(2)
    texts = [" ".join(rng.choice(WORDS, 4)) + f" {word}" for word in range(120)]
    table = pd.DataFrame(
        {"text": texts * 4, "label": list(rng.integers(0, 2, 120)) * 4}
    )
    read = crm.read_feedback(table, WITHOUT)
    values = read.quality.set_index("measure")["value"]
    assert values["auc"] < 0.65


def test_without_labels_no_share_is_said() -> None:
    read = crm.read_feedback(made(250, 150)[["text"]], WITHOUT)
    assert read.rung == "lexicon"
    assert read.summary()["negative"] is None
    assert read.topics[["negative", "lo", "hi"]].isna().all(axis=None)
    assert read.aspects["share_negative"].isna().all()
    assert read.months.empty
    assert "weak" in read.sentence.sentence()


def test_without_labels_extremes_are_called() -> None:
    texts = ["太难吃了，很差", "很好吃，非常满意", "今天中午点了面条"]
    read = crm.read_feedback(pd.DataFrame({"text": texts}), WITHOUT)
    assert read.comments["sentiment"].tolist() == ["negative", "positive", ""]
    assert read.comments["negative"].rank().tolist() == [3, 1, 2]


def test_a_card_of_labels_makes_shares() -> None:
    table = made(300, 100)
    first = crm.read_feedback(table[["text"]], WITHOUT)
    card = crm.comments_to_label(first, 60)
    assert len(card) == 60
    assert card["text"].is_unique
    labelled = table[["text"]].copy()
    stars = table.loc[card.index, "rating"]
    labelled.loc[card.index, "label"] = stars.map({5: "positive", 1: "negative"})
    read = crm.read_feedback(labelled, WITHOUT)
    figures = read.summary()
    assert read.rung == "lexicon"
    assert read.sentence.key == "feedback.rung.lexicon_corrected"
    assert figures["lo"] < 0.25 < figures["hi"]
    assert read.quality["n"].iloc[0] == 60


def test_stars_that_are_all_equal_teach_nothing() -> None:
    read = crm.read_feedback(made(300, 0), WITHOUT)
    assert read.rung == "lexicon"
    assert "feedback.note.all_equal" in [note.key for note in read.notes]


@pytest.mark.slow
def test_a_reversed_scale_is_asked_about() -> None:
    table = made(200, 120)
    fits = crm.read_feedback(table, WITHOUT)
    against = crm.read_feedback(table.assign(rating=6 - table["rating"]), WITHOUT)
    key = "feedback.note.contradict"
    assert key not in [note.key for note in fits.notes]
    assert key in [note.key for note in against.notes]


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("这家店的菜真的不好吃", "negative"),
        ("好吃不贵", "positive"),
        ("The soup is not good", "negative"),
        ("I can't recommend this shop", "negative"),
    ],
)
def test_a_negation_turns_a_word_round(text: str, sentiment: str) -> None:
    read = crm.read_feedback(
        pd.DataFrame({"text": [text, "今天中午点了面条"]}), WITHOUT
    )
    sides = {"negative": 1, "positive": -1}
    order = read.comments["negative"].diff().iloc[1]
    assert np.sign(-order) == sides[sentiment]


def test_delongs_interval_is_that_of_the_literature() -> None:
    """Against the variance of the Mann-Whitney statistic computed pair by pair."""
    rng = np.random.default_rng(3)
    negative = (rng.random(80) < 0.4).astype(float)
    scores = negative + rng.normal(0, 1, 80)
    table = agreement(scores, scores > 0.5, negative, 0.95).set_index("measure")
    bad, good = scores[negative == 1], scores[negative == 0]
    above = (bad[:, None] > good[None, :]).astype(float)
    spread = above.mean(axis=1).var(ddof=1) / len(bad) + above.mean(axis=0).var(
        ddof=1
    ) / len(good)
    assert table.loc["auc", "value"] == pytest.approx(above.mean())
    assert table.loc["auc", "hi"] - table.loc["auc", "value"] == pytest.approx(
        1.959964 * np.sqrt(spread), rel=1e-5
    )


# By meaning


class _Vectors:
    """A stand-in for the model: the first words of good and bad point two ways."""

    dim = 8

    def query(self, texts: list[str]) -> np.ndarray:
        rng = np.random.default_rng(len(texts))
        made = rng.normal(0, 0.3, (len(texts), self.dim))
        signs = ("难吃", "小时", "cold", "late", "恶劣", "broken", "bad", "差")
        made[:, 0] += [
            1 if any(sign in text for sign in signs) else -1 for text in texts
        ]
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(
            np.float32
        )


@pytest.fixture
def small_model(monkeypatch: pytest.MonkeyPatch) -> None:
    meaning._KEPT.clear()
    monkeypatch.setattr(meaning, "_model", _Vectors)
    monkeypatch.setattr(meaning, "meaning_installed", lambda: True)


@pytest.mark.usefixtures("small_model")
def test_few_labels_are_learnt_from_by_meaning() -> None:
    table = made(200, 120)
    table.loc[30:199, "rating"] = None
    table.loc[230:, "rating"] = None
    read = crm.read_feedback(table, crm.FeedbackOptions(meaning=True))
    assert read.rung == "few_labels"
    figures = read.summary()
    assert figures["lo"] < 120 / 320 < figures["hi"]


@pytest.mark.usefixtures("small_model")
def test_without_labels_the_meaning_puts_comments_in_order() -> None:
    table = made(200, 120)
    read = crm.read_feedback(table[["text"]], crm.FeedbackOptions(meaning=True))
    bad = table["rating"] == 1
    assert read.rung == "meaning"
    assert (
        read.comments.loc[bad, "negative"].mean()
        > read.comments.loc[~bad, "negative"].mean() + 0.4
    )
    assert read.summary()["negative"] is None


@pytest.mark.usefixtures("small_model")
def test_a_text_is_worked_out_once() -> None:
    first = meaning.vectors(["good soup", "cold soup", "good soup"])
    again = meaning.vectors(["cold soup"])
    assert np.array_equal(first[0], first[2])
    assert np.allclose(first[1], again[0])


def test_over_2000_comments_the_reader_is_asked_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("crm_analysis.analyses.feedback.sentiment.ASKED_OVER", 50)
    monkeypatch.setattr(
        "crm_analysis.analyses.feedback.sentiment.meaning_installed", lambda: True
    )
    read = crm.read_feedback(made(60, 0)[["text"]])
    assert read.rung == "lexicon"
    assert "feedback.note.meaning_asked" in [note.key for note in read.notes]


def test_where_the_extra_is_not_installed_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "crm_analysis.analyses.feedback.sentiment.meaning_installed", lambda: False
    )
    asked = dataclasses.replace(crm.FeedbackOptions(), meaning=True)
    read = crm.read_feedback(made(40, 10)[["text"]], asked)
    assert read.rung == "lexicon"
    assert "feedback.note.no_meaning" in [note.key for note in read.notes]


def test_a_rating_in_words_is_a_label() -> None:
    ratings = ["好评", "中评", "差评", None]
    labels, column = labels_of(pd.DataFrame({"rating": ratings}))
    assert column == "rating"
    assert np.array_equal(labels, [0, np.nan, 1, np.nan], equal_nan=True)


# Real reviews


@pytest.mark.slow
def test_reviews_of_deliveries_are_read_as_their_labels_say(
    real_data: Path,
) -> None:
    table = pd.read_csv(real_data / "zh_waimai_10k" / "waimai_10k.csv")
    table = table.rename(columns={"review": "text", "label": "rating"})
    read = crm.read_feedback(table)
    values = read.quality.set_index("measure")["value"]
    assert read.rung == "labels"
    assert values["accuracy"] >= 0.895
    assert values["macro_f1"] >= 0.88
    share = read.summary()["negative"]
    assert share == pytest.approx((table["rating"] == 0).mean(), abs=0.02)


@pytest.mark.slow
def test_reviews_of_speakers_are_read_as_their_stars_say(real_data: Path) -> None:
    """Above .85 of balanced accuracy, texts that repeat would be in two folds."""
    table = pd.read_csv(
        real_data / "alexa_reviews" / "amazon_alexa.tsv",
        sep="\t",
        encoding="utf-8-sig",
    )
    table = table.rename(columns={"verified_reviews": "text"})[["text", "rating"]]
    read = crm.read_feedback(table.drop_duplicates("text"))
    values = read.quality.set_index("measure")["value"]
    assert values["auc"] >= 0.94
    assert 0.78 <= values["balanced_accuracy"] <= 0.85


def best_accuracy(scores: np.ndarray, negative: np.ndarray) -> float:
    """At the best cut."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(negative[order])
    right = hits + (~negative).sum() - np.cumsum(~negative[order])
    ends = np.append(np.diff(scores[order]) != 0, True)
    return float(right[ends].max() / len(scores))


@pytest.mark.slow
def test_without_labels_the_lexicon_puts_reviews_in_order(real_data: Path) -> None:
    table = pd.read_csv(real_data / "zh_waimai_10k" / "waimai_10k.csv")
    read = crm.read_feedback(
        table.rename(columns={"review": "text"})[["text"]], WITHOUT
    )
    known = read.comments["negative"].notna().to_numpy()
    scores = read.comments["negative"].to_numpy()[known]
    assert best_accuracy(scores, (table["label"] == 0).to_numpy()[known]) >= 0.81


@pytest.mark.slow
def test_without_labels_the_meaning_puts_reviews_in_better_order(
    real_data: Path,
) -> None:
    """By the model itself: 600 reviews drawn by chance."""
    table = pd.read_csv(real_data / "zh_waimai_10k" / "waimai_10k.csv")
    table = table.rename(columns={"review": "text"}).sample(600, random_state=0)
    read = crm.read_feedback(
        table[["text"]], crm.FeedbackOptions(meaning=True, topics=2)
    )
    known = read.comments["negative"].notna().to_numpy()
    scores = read.comments["negative"].to_numpy()[known]
    assert read.rung == "meaning"
    assert best_accuracy(scores, (table["label"] == 0).to_numpy()[known]) >= 0.86
