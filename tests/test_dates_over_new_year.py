"""Dates without a year: days that look like years, and a record that runs over New Year."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_analysis.tables.cleaning import Cleaned, CleanOptions, clean
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles
from tests.variants import every

WINTER = pd.date_range("2023-11-20", periods=80)


def load(dates: list[str], **said: str) -> Cleaned:
    lines = (
        f"{number},{date},C{number % 7},{number}.5"
        for number, date in enumerate(dates, 1)
    )
    text = "Order,Date,Customer,Amount\n" + "\n".join(lines)
    raw = read_table(text.encode(), name="orders.csv")
    options = CleanOptions(
        **{name: (("date", what),) for name, what in said.items()}
    )
    return clean(raw, guess_roles(raw), options)


def asked(result: Cleaned) -> set[str]:
    return {question.key.split(".")[-1] for question in result.questions}


@pytest.mark.parametrize(
    "form", every(2, ["%b %d", "%d %b", "%B %d", "%m月%d日", "%d/%m"])
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_dates_that_run_over_new_year_are_of_two_years(
    form: str, newest_first: bool
) -> None:
    days = WINTER[::-1] if newest_first else WINTER
    result = load([day.strftime(form) for day in days], date_year="2024")
    assert result.table["date"].tolist() == days.tolist()


def test_which_year_the_latest_of_them_are_is_asked() -> None:
    result = load([day.strftime("%d %b") for day in WINTER])
    assert "date_years" in asked(result)
    dates = result.table["date"]
    assert dates.max() - dates.min() == pd.Timedelta(days=79)
    assert dates.max() <= pd.Timestamp.today()


@pytest.mark.slow
def test_a_business_year_in_the_order_of_its_months_is_of_two_years() -> None:
    days = pd.date_range("2022-07-01", "2023-06-30", freq="5D")
    result = load([day.strftime("%d %b") for day in days], date_year="2023")
    assert result.table["date"].tolist() == days.tolist()


@pytest.mark.slow
def test_unsorted_dates_around_new_year_are_told_by_the_empty_months() -> None:
    days = WINTER.to_series().sample(frac=1, random_state=1)
    result = load([day.strftime("%d %b") for day in days], date_year="2024")
    assert result.table["date"].tolist() == days.tolist()


def test_dates_of_one_year_stay_in_it() -> None:
    days = pd.date_range("2023-01-02", "2023-12-28", freq="9D")
    result = load([day.strftime("%d %b") for day in days], date_year="2023")
    assert result.table["date"].tolist() == days.tolist()
    assert "date_years" not in asked(result)


def test_months_with_years_of_two_digits_stay_months() -> None:
    months = pd.date_range("2019-01-01", periods=48, freq="MS")
    result = load([month.strftime("%b %y") for month in months])
    assert result.table["date"].tolist() == months.tolist()
    assert not asked(result) & {"date_year", "date_years"}


def test_days_of_one_month_are_no_years() -> None:
    days = pd.date_range("2023-11-10", periods=15)
    result = load([day.strftime("%b %d") for day in days], date_year="2023")
    assert result.table["date"].tolist() == days.tolist()
