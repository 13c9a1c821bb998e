"""The filter: the same rows from a frame and from a table in the engine, whatever is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.filters import (
    Calendar,
    Filter,
    apply_filter,
    filter_choices,
    fiscal_year,
    week_start,
)

ORDERS = pd.DataFrame(
    {
        "customer": ["A", "B", None, "A", "C", "D"],
        "product": ["mug", "cup", "mug", None, "pot", "cup"],
        "country": ["FR", "DE", "FR", None, "CN", "DE"],
        "category": ["x", "y", "x", "y", None, "x"],
        "channel": ["web", "web", "shop", "shop", "web", None],
        "date": pd.to_datetime(
            [
                "2024-01-01",
                "2024-01-31 23:59:59",
                "2024-02-01",
                "2024-02-15",
                None,
                "2024-03-01 00:00:01",
            ],
            format="ISO8601",
        ),
        "row": range(6),
    }
)


@pytest.fixture(scope="module")
def expression() -> Iterator[Any]:
    engine = Engine()
    engine.register("orders", ORDERS)
    yield engine.backend.table("orders")
    engine.close()


def some(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Up to two of some values."""
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


filters = st.builds(
    Filter,
    start=st.sampled_from([None, "2024-01-31", "2024-01-01"]),
    end=st.sampled_from([None, "2024-01-31", "2024-03-01", "2024-02-01T00:00:00"]),
    countries=some("FR", "DE", "CN"),
    categories=some("x", "y"),
    channels=some("web", "shop"),
    customers=some("A", "B"),
    products=some("mug", "cup"),
    segment=st.sampled_from([None, "Champions"]),
    members=some("A", "D", "C"),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(filters)
def test_law_a_frame_and_a_table_in_the_engine_are_filtered_alike(
    expression: Any, chosen: Any
) -> None:
    frame = apply_filter(ORDERS, chosen)
    table = apply_filter(expression, chosen).execute()
    assert sorted(frame["row"]) == sorted(table["row"])


@pytest.mark.parametrize(
    ("chosen", "rows"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"start": "2024-01-31", "end": "2024-02-01"}, [1, 2]),
        ({"countries": ("FR",)}, [0, 2]),
        ({"customers": ("A",)}, [1, 2, 4, 5]),
        ({"segment": "s", "members": ("A", "D")}, [0, 3, 5]),
        ({"segment": "s", "members": ()}, []),
        ({"products": ("mug",), "channels": ("web",)}, [1, 4]),
    ],
)
def test_rows_kept(chosen: dict[str, Any], rows: list[Any]) -> None:
    assert apply_filter(ORDERS, Filter(**chosen))["row"].tolist() == rows


def test_columns_that_are_not_there_do_not_filter() -> None:
    bare = ORDERS[["row"]]
    assert apply_filter(
        bare, Filter(start="2024-01-01", countries=("FR",), segment="s")
    )["row"].tolist() == list(range(6))


def test_an_impossible_period_is_said_and_a_wrong_day_refused() -> None:
    with pytest.raises(AnalysisError) as caught:
        apply_filter(ORDERS, Filter(start="2024-02-01", end="2024-01-01"))
    assert "2024" in caught.value.sentence(
        "en"
    ) and "2024" in caught.value.sentence("zh")
    with pytest.raises(ValueError, match=r"Filter\.start"):
        Filter(start="yesterday")


def test_choices_are_the_same_from_both_and_the_commonest_first(
    expression: Any,
) -> None:
    expected = {
        "start": "2024-01-01",
        "end": "2024-03-01",
        "countries": ["DE", "FR", "CN"],
        "categories": ["x", "y"],
        "channels": ["web", "shop"],
    }
    for table in (ORDERS, expression):
        choices = filter_choices(table)
        assert {name: choices[name] for name in expected} == expected
        assert choices["customers"] == ["A", "B", "C", "D"] and choices[
            "products"
        ] == [
            "cup",
            "mug",
            "pot",
        ]
    assert filter_choices(ORDERS[["row"]]) == {
        "start": None,
        "end": None,
        "countries": [],
        "categories": [],
        "channels": [],
        "customers": [],
        "products": [],
    }
    assert filter_choices(ORDERS.head(0))["start"] is None


def test_a_filter_is_kept_as_plain_values() -> None:
    chosen = Filter(start="2024-01-01", segment="Champions", members=("A", "B"))
    assert Filter.from_dict(chosen.to_dict()) == chosen and Calendar.from_dict(
        Calendar(week_starts="sunday").to_dict()
    ) == Calendar(week_starts="sunday")


@pytest.mark.parametrize(
    ("starts", "first"),
    [
        ("monday", "2024-01-01"),
        ("sunday", "2023-12-31"),
        ("saturday", "2023-12-30"),
    ],
)
def test_weeks_begin_on_the_day_chosen(starts: str, first: str) -> None:
    days = pd.Series(pd.date_range("2024-01-01", "2024-01-05"))
    assert set(week_start(days, Calendar(week_starts=starts))) == {
        pd.Timestamp(first)
    }


def test_business_years_are_named_after_the_year_they_end_in() -> None:
    days = pd.Series(
        pd.to_datetime(["2023-12-31", "2024-01-01", "2024-06-30", "2024-07-01"])
    )
    assert fiscal_year(days, Calendar(fiscal_year_starts=7)).tolist() == [
        2024,
        2024,
        2024,
        2025,
    ]
    assert fiscal_year(days, Calendar()).tolist() == [2023, 2024, 2024, 2024]
