"""The same shop in English and in Chinese, its columns in either order: the same segments."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis import (
    AgglomerativeOptions,
    DBSCANOptions,
    GaussianMixtureOptions,
    HDBSCANOptions,
    KMeansOptions,
    MiniBatchKMeansOptions,
    clean,
    describe_customers,
    guess_roles,
    intake,
    read_table,
    segment,
)
from crm_analysis.analyses.segments.quality import clear_enough, stability

METHODS = [
    KMeansOptions,
    MiniBatchKMeansOptions,
    GaussianMixtureOptions,
    AgglomerativeOptions,
    HDBSCANOptions,
    DBSCANOptions,
]


def _file(language: str, kind: str) -> pd.DataFrame:
    """The file of the sample shop of a kind, in a language, cleaned."""
    for name, path in intake.sample_files(language):
        raw = read_table(path, name=name)
        roles = guess_roles(raw)
        if roles.kind == kind:
            return clean(raw, roles).table
    raise KeyError(kind)


@cache
def _customers(language: str, kind: str) -> pd.DataFrame:
    return describe_customers(_file(language, kind)).reset_index(drop=True)


@cache
def _segmented(options: Any, language: str, kind: str) -> Any:
    return segment(_customers(language, kind), options())


def _in_chinese(people: pd.DataFrame) -> pd.DataFrame:
    """English customers under Chinese headings and words, the last column first."""
    chinese = _customers("zh", "customers").set_index("customer")
    names = dict(zip(people.columns[1:], chinese.columns, strict=True))
    told = people.rename(columns=names)
    for english, name in names.items():
        if not pd.api.types.is_numeric_dtype(people[english]):
            told[name] = people["customer"].map(chinese[name])
    return told[["customer", *list(names.values())[::-1]]]


@pytest.mark.slow
@pytest.mark.parametrize("options", METHODS)
def test_words_and_the_order_of_columns_change_no_segment(options: Any) -> None:
    people = _customers("en", "customers")
    english = _segmented(options, "en", "customers")
    chinese = segment(_in_chinese(people), options())
    sizes = [sorted(one.profile["size"]) for one in (english, chinese)]
    assert sizes[0] == sizes[1]
    # numbered by money, which both have under the same role or none has
    joined = english.customers.merge(
        chinese.customers, on="customer", suffixes=("_en", "_zh")
    )
    pairs = joined.groupby(["segment_en", "segment_zh"]).size()
    assert len(pairs) == len(sizes[0])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["transactions", "customers"])
def test_the_shop_has_as_many_segments_in_either_language(kind: str) -> None:
    """Its money is in another currency and rounded anew, so a few change sides."""
    results = [_segmented(KMeansOptions, code, kind) for code in ("en", "zh")]
    sizes = [sorted(result.profile["size"]) for result in results]
    assert len(sizes[0]) == len(sizes[1])
    moved = np.abs(np.subtract(*sizes)).sum() / 2
    assert moved <= 0.01 * sum(sizes[0])
    said = [
        {note.details["chosen"] for note in result.notes if "near_tie" in note.key}
        for result in results
    ]
    assert said[0] == said[1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["transactions", "customers"])
@pytest.mark.parametrize("options", METHODS)
def test_every_method_proposes_as_many_whatever_language_and_order(
    options: Any, kind: str
) -> None:
    english = _customers("en", kind)
    columns = ["customer", *english.columns[:0:-1]]
    anew = english.sample(frac=1, random_state=3)[columns].reset_index(drop=True)
    found = [_segmented(options, code, kind) for code in ("en", "zh")]
    counts = {len(result.profile) for result in (*found, segment(anew, options()))}
    assert len(counts) == 1


def test_what_is_undecided_is_looked_at_more_closely() -> None:
    points = np.arange(60.0)[:, None]
    labels = (points[:, 0] > 30).astype(int)
    drawn: list[int] = []

    def refit(rows: np.ndarray, seed: int) -> np.ndarray:
        drawn.append(seed)
        return labels if len(drawn) % 4 else np.roll(labels, 15)

    stability(points, labels, refit, 0)
    few = len(drawn)
    drawn.clear()
    stability(points, labels, refit, 0, closely=True)
    assert few == 5 < len(drawn)
    drawn.clear()
    stability(points, labels, lambda rows, seed: labels, 0, closely=True)
    assert clear_enough([0.5, 0.46, 0.44, None]) == [True, True, False, False]
    assert clear_enough([None]) == [False]
