"""Dates that cannot be: flagged, asked about, and no "today", span or calendar comes from them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import crm_analysis as crm
from crm_analysis.engine import Engine
from crm_analysis.tables.days import plausible_dates, range_of
from crm_analysis.tables.filters import filter_choices
from crm_analysis.tables.quality import describe_quality
from tests import apps
from tests.raw_tables import shared_engine
from tests.shops import workspaces_of

SLIPS = (
    *("0001-01-01", "0202-01-05", "1900-01-01", "1923-05-01", "1970-01-01"),
    *("2042-05-05", "2203-01-09", "2500-01-01", "2999-12-31", "9999-12-31"),
)
PAGES = {
    "overview": "start/overview.py",
    "segments": "understand/segments.py",
    "value": "understand/value.py",
    "forecast": "predict/forecast.py",
    "churn": "predict/churn.py",
}


def shop(rows: int = 100) -> pd.DataFrame:
    """A hundred weeks of orders of twelve customers."""
    week = np.arange(rows)
    dates = pd.Series(
        pd.Timestamp("2023-01-02") + pd.to_timedelta(7 * week, unit="D")
    )
    return pd.DataFrame(
        {
            "order": (week + 1).astype(str),
            "date": dates.astype("datetime64[us]"),
            "customer": [f"C{number % 12}" for number in week],
            "product": "Tea",
            "quantity": 1.0,
            "amount": 2.5 + week % 3,
        }
    )


def with_slip(orders: pd.DataFrame, day: str) -> pd.DataFrame:
    """The orders and one of a day that cannot be."""
    line = orders.iloc[[1]].assign(order="9000", date=np.datetime64(day, "us"))
    return pd.concat([orders, line], ignore_index=True)


VERBS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "describe_customers": crm.describe_customers,
    "segment": lambda table: crm.segment(crm.describe_customers(table)).customers,
    "churn_examples": crm.churn_examples,
    "cohorts": lambda table: crm.cohorts(table).cells,
    "demand_by_day": lambda table: crm.demand(table, "day"),
    "demand": crm.demand,
    "purchase_summary": crm.purchase_summary,
    "business_state": lambda table: crm.business_state(table).months,
    "estimate_value": lambda table: crm.estimate_value(table).customers,
}
LONG = ("segment", "churn_examples", "estimate_value")


@pytest.mark.parametrize(
    "verb",
    [
        pytest.param(verb, marks=pytest.mark.slow) if verb in LONG else verb
        for verb in VERBS
    ],
)
def test_days_that_cannot_be_change_no_figure(verb: str) -> None:
    orders = shop()
    expected = VERBS[verb](orders)
    for slip in ("0001-01-01", "2042-05-05", "9999-12-31"):
        orders = with_slip(orders, slip)
    pd.testing.assert_frame_equal(VERBS[verb](orders), expected)


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("rows", [3, 6, 100])
def test_a_slip_is_told_from_the_record_in_tables_of_any_size(
    rows: int, slip: str
) -> None:
    days = range_of(with_slip(shop(rows), slip))
    assert days == range_of(shop(rows))


RECORDS = {
    "monthly from 1949": pd.date_range("1949-01-01", periods=144, freq="MS"),
    "yearly from 1749": pd.date_range("1749-01-01", periods=250, freq="YS"),
    "every ten years": pd.date_range("1900-01-01", periods=13, freq="10YS"),
    "through 1970": pd.date_range("1969-06-01", periods=400),
    "one day": pd.to_datetime(["1970-01-01"] * 3),
    "of the future": pd.date_range("2100-01-01", periods=30),
    "with an early order": pd.to_datetime(["2015-03-01"]).append(
        pd.date_range("2018-01-01", "2024-01-01")
    ),
}


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_as_it_may_be_is_left_whole(record: str) -> None:
    dates = pd.Series(RECORDS[record])
    assert plausible_dates(dates).notna().all()


@given(
    st.lists(
        st.dates(datetime.date(2020, 1, 1), datetime.date(2024, 12, 31)),
        min_size=5,
        max_size=60,
    ),
    st.lists(st.sampled_from(SLIPS), max_size=2),
)
def test_law_only_slips_are_left_out(
    good: list[datetime.date], slips: list[str]
) -> None:
    dates = pd.Series(np.array([*map(str, good), *slips], dtype="datetime64[us]"))
    plausible = plausible_dates(dates)
    assert (
        plausible[: len(good)].notna().all() and plausible[len(good) :].isna().all()
    )


def test_a_table_of_a_database_is_read_as_a_frame_is() -> None:
    orders = with_slip(shop(), "9999-12-31")
    with closing(Engine()) as engine:
        engine.register("orders", orders)
        lines = engine.backend.table("orders")
        pd.testing.assert_frame_equal(
            crm.describe_customers(lines), crm.describe_customers(orders)
        )
        assert filter_choices(lines) == filter_choices(orders)
    assert filter_choices(orders)["end"] == "2024-11-25"


def test_rows_left_out_are_counted() -> None:
    orders = with_slip(shop(), "2999-12-31")
    assert crm.summarise_customers(orders).no_date == 1
    assert crm.measure_demand(orders).no_date == 1
    assert crm.business_state(orders).unnamed.undated == 1


def zoned(zone: str) -> pd.DataFrame:
    late = pd.to_datetime(
        ["2024-01-05 23:30", "2024-03-05 23:30", "2024-05-06 00:30"]
    )
    table = pd.DataFrame({"customer": ["a", "a", "b"], "amount": 5.0})
    return table.assign(date=late.tz_localize(zone))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai", "UTC"])
def test_a_moment_counts_on_its_local_day_in_every_analysis(zone: str) -> None:
    orders = zoned(zone)
    local = orders.assign(date=orders["date"].dt.tz_localize(None))
    for verb in (
        "describe_customers",
        "purchase_summary",
        "cohorts",
        "business_state",
    ):
        pd.testing.assert_frame_equal(
            VERBS[verb](orders), VERBS[verb](local), check_dtype=False
        )
    assert crm.describe_customers(orders)["last_order"].dt.day.tolist() == [5, 6]


def test_texts_with_offsets_count_on_their_local_day() -> None:
    orders = zoned("UTC").assign(
        date=[
            "2024-01-05T23:30:00-05:00",
            "2024-03-05T00:30:00+08:00",
            "2024-05-06",
        ]
    )
    customers = crm.describe_customers(orders)
    assert customers["first_order"].dt.day.tolist() == [5, 6]


def test_texts_of_years_that_pandas_does_not_know_are_dates_that_cannot_be() -> (
    None
):
    orders = with_slip(with_slip(shop(), "9999-12-31"), "0001-01-01")
    texts = orders.assign(date=orders["date"].astype(str))
    assert crm.summarise_customers(texts).no_date == 2
    series = pd.DataFrame(
        {"date": texts["date"], "value": 1.0 + np.arange(102) % 3}
    )
    assert (
        len(crm.forecast(series, crm.ForecastOptions(model="naive")).history) == 100
    )


def cleaned(slips: tuple[str, ...]) -> crm.Cleaned:
    rows = shop().assign(date=lambda table: table["date"].dt.strftime("%Y-%m-%d"))
    wrong = rows.head(len(slips)).assign(date=list(slips), order="9000")
    parts = [part for part in (rows, wrong) if len(part)]
    text = pd.concat(parts).to_csv(index=False)
    raw = crm.read_table(text.encode(), name="orders.csv", engine=shared_engine())
    return crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions())


@pytest.mark.parametrize("slip", SLIPS)
def test_every_slip_is_flagged_and_asked_about(slip: str) -> None:
    result = cleaned((slip,))
    assert set(result.flags["value"].str[:10]) == {slip}
    (question,) = result.questions
    assert question.key == "cleaning.question.dates_left_out"
    assert question.details["examples"] == [slip] and question.details["count"] == 1


def test_a_file_without_slips_is_not_asked_about() -> None:
    assert not cleaned(()).questions and cleaned(()).flags.empty


def test_the_quality_of_a_table_is_of_its_plausible_dates() -> None:
    columns = describe_quality(cleaned(("9999-12-31", "0001-01-01"))).columns
    date = columns.set_index("column").loc["date"]
    assert (date["first"][:10], date["last"][:10]) == ("2023-01-02", "2024-11-25")
    assert sum(date["bins"]) == 100 and min(date["bins"]) > 0


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A workspace with one order of the year 9999."""
    table = with_slip(shop(), "9999-12-31").astype({"date": str})
    with workspaces_of(tmp_path_factory, {"shop": lambda: table}) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_page_holds_with_one_date_of_the_year_9999(page: str, homes: Any) -> None:
    app = apps.opened(f"pages/{PAGES[page]}", "en", homes["shop"].id)
    assert not app.exception and not app.error
    said = "\n".join(element.value for element in [*app.markdown, *app.caption])
    assert "9999-12-31" in said
