"""Comments cut into words beside jieba; read, learnt from and sorted into topics; 200,000 of them.

CPU seconds, not wall time. The comments are made: clauses of the trade in Chinese and English, with
stars that fit them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import crm_analysis as crm
from benchmarks.measure import Row, apart

COMMENTS = int(os.environ.get("FEEDBACK_COMMENTS", "12000"))
MANY = int(os.environ.get("FEEDBACK_MANY", "200000"))
GOOD = (
    "味道很好", "送餐很快", "服务态度不错", "包装很严实", "价格实惠", "肉很新鲜",
    "下次还会点", "分量足",
    "骑手小哥很热情", "汤也好喝", "great taste", "fast delivery", "friendly staff", "good value",
)  # fmt: skip
BAD = (
    "太难吃了", "等了两个小时", "态度很差", "汤都洒了", "价格太贵", "菜不新鲜",
    "再也不点了", "分量太少",
    "送错了餐", "米饭是凉的", "cold food", "late again", "rude driver", "not worth the money",
)  # fmt: skip
PLAIN = (
    "中午和同事一起点的", "今天下雨", "点了一份套餐", "给孩子买的", "第二次在这家店下单",
    "晚上七点下的单",
    "送到公司楼下", "用优惠券付的款", "ordered for two", "third time here",
)  # fmt: skip


def make_comments(rows: int, seed: int = 0) -> pd.DataFrame:
    """text, rating, date: three to six clauses each, two thirds of them good."""
    rng = np.random.default_rng(seed)
    bad = rng.random(rows) < 1 / 3
    texts = []
    for number in range(rows):
        usual, other = (BAD, GOOD) if bad[number] else (GOOD, BAD)
        parts = list(rng.choice(usual, rng.integers(1, 4), replace=False))
        parts += list(rng.choice(PLAIN, rng.integers(1, 3), replace=False))
        if rng.random() < 0.2:
            parts.append(str(rng.choice(other)))
        texts.append("，".join(rng.permutation(parts)) + f" {number}")
    days = pd.to_timedelta(rng.integers(0, 730, rows), unit="D")
    return pd.DataFrame(
        {
            "text": texts,
            "rating": np.where(bad, 1, 5),
            "date": pd.Timestamp("2023-01-01") + days,
        }
    )


def _cpu(work: Callable[[], Any], runs: int = 3) -> float:
    best = float("inf")
    for _ in range(runs):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def cutting() -> tuple[float, float, float]:
    """CPU seconds of our cutting, of that with normalising, and of jieba's."""
    import jieba

    from crm_analysis.analyses.feedback.plain_text import plain_texts
    from crm_analysis.analyses.feedback.words import tokens

    texts = make_comments(COMMENTS)["text"].tolist()
    plain = plain_texts(texts).texts
    jieba.setLogLevel(60)
    jieba.initialize()
    tokens(plain)
    return (
        _cpu(lambda: tokens(plain)),
        _cpu(lambda: tokens(plain_texts(texts).texts)),
        _cpu(lambda: [jieba.lcut(text) for text in plain]),
    )


def one_by_one() -> tuple[float, float]:
    """CPU seconds of `words` text by text, in turn with jieba: neither has its own caches warm."""
    import jieba

    texts = make_comments(COMMENTS)["text"].tolist()
    jieba.setLogLevel(60)
    jieba.initialize()
    crm.words(texts[0])
    clock = time.thread_time_ns
    ours = theirs = 0
    for text in texts:
        began = clock()
        crm.words(text)
        between = clock()
        jieba.lcut(text)
        ours += between - began
        theirs += clock() - between
    return ours / 1e9, theirs / 1e9


def learning() -> tuple[float, float, float]:
    """CPU seconds of reading and learning sentiment, of topics, and of all of it."""
    from crm_analysis.analyses.feedback.learned import TextFeatures, learn
    from crm_analysis.analyses.feedback.plain_text import plain_texts
    from crm_analysis.analyses.feedback.status import content
    from crm_analysis.analyses.feedback.topics import find_topics
    from crm_analysis.analyses.feedback.words import tokens
    from crm_analysis.jobs import no_progress

    table = make_comments(COMMENTS)
    negative = (table["rating"] == 1).to_numpy(dtype=float)

    def sentiment() -> None:
        texts = plain_texts(table["text"]).texts
        features = TextFeatures(texts, tokens(texts))
        learn(features.matrix, negative, np.arange(len(texts)), 0)

    contents = [
        content(result) for result in tokens(plain_texts(table["text"]).texts)
    ]
    options = crm.FeedbackOptions()
    crm.read_feedback(table.head(300))
    return (
        _cpu(sentiment),
        _cpu(lambda: find_topics(contents, options, no_progress)),
        _cpu(lambda: crm.read_feedback(table), 1),
    )


def many() -> int:
    """How often progress was told while many comments are read."""
    shares: list[float] = []
    table = make_comments(MANY)
    crm.read_feedback(table, progress=lambda share, step: shares.append(share))
    return len(shares)


def main() -> list[Row]:
    """A line for each question."""
    ours, whole, peer = apart(cutting).result
    single, single_peer = apart(one_by_one).result
    sentiment, topics, everything = apart(learning).result
    all_of_them = apart(many)
    return [
        Row(f"words, {COMMENTS:,} comments", ours, "jieba 0.42", peer, note="CPU"),
        Row("… with normalising", whole, "jieba 0.42", peer, note="CPU"),
        Row(
            "words, text by text in turn",
            single,
            "jieba 0.42",
            single_peer,
            note="CPU",
        ),
        Row(f"sentiment, fit and score, {COMMENTS:,}", sentiment, note="CPU"),
        Row(f"topics, {COMMENTS:,}", topics, note="CPU"),
        Row(f"read_feedback, {COMMENTS:,}", everything, note="CPU"),
        Row(
            f"read_feedback, {MANY:,}",
            all_of_them.seconds,
            memory=all_of_them.memory,
            note=f"wall; progress told {all_of_them.result} times",
        ),
    ]
