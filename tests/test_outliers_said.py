"""Columns in which outliers cannot be judged are said, where they are to be acted on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis import clean, guess_roles, read_table
from crm_analysis.tables.cleaning import Cleaned, CleanOptions
from crm_analysis.wording import LANGUAGES

ROWS = 100


def _people() -> pd.DataFrame:
    """Few children and one who has ninety; a flat column but for one; nothing in the last."""
    people = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(ROWS)],
            "kids": np.arange(ROWS) % 4,
            "flat": 5,
            "same": 1,
            "age": np.arange(ROWS) + 20,
        }
    )
    people.loc[3, "kids"] = 90
    people.loc[7, "flat"] = 5000
    return people


def _cleaned(**options: object) -> Cleaned:
    raw = read_table(_people().to_csv(index=False).encode(), name="people.csv")
    return clean(raw, guess_roles(raw), CleanOptions(**options))


def _said(cleaned: Cleaned) -> list[tuple[str, list[str]]]:
    return [
        (key.rpartition("_")[2], details["columns"])
        for key, details in cleaned.questions
        if key.startswith("cleaning.question.outliers")
    ]


@pytest.mark.parametrize("method", ["iqr", "robust_z"])
@pytest.mark.parametrize("outliers", ["set_aside", "clip"])
def test_few_values_are_judged_and_what_has_no_spread_is_said(
    method: str, outliers: str
) -> None:
    cleaned = _cleaned(outliers=outliers, outlier_method=method)
    if outliers == "set_aside":
        assert cleaned.set_aside["line"].tolist() == [5]
    else:
        assert cleaned.changes["line"].tolist() == [5]
    assert _said(cleaned) == [("spread", ["flat"])]


def test_a_forest_says_which_columns_it_passes_over() -> None:
    cleaned = _cleaned(outliers="set_aside", outlier_method="isolation_forest")
    assert _said(cleaned) == [("few", ["kids", "flat"])]
    named = _cleaned(
        outliers="set_aside",
        outlier_method="isolation_forest",
        outlier_columns=("kids", "age"),
    )
    assert _said(named) == []


def test_nothing_is_said_where_they_are_only_marked_or_all_are_judged() -> None:
    assert _said(_cleaned()) == []
    assert _said(_cleaned(outliers="ignore")) == []
    assert _said(_cleaned(outliers="clip", outlier_columns=("age",))) == []


def test_it_is_said_in_words() -> None:
    for method in ("iqr", "isolation_forest"):
        cleaned = _cleaned(outliers="set_aside", outlier_method=method)
        (said,) = (one for one in cleaned.questions if "outliers" in one.key)
        for language in LANGUAGES:
            assert "flat" in said.sentence(language)
            assert "{" not in said.sentence(language)
