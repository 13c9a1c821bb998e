"""Quarters and months of business years: read in order, and the month they begin in is asked."""

from __future__ import annotations

from itertools import islice, product

import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.tables.cleaning import Cleaned

WAYS = {
    "FY{y} Q{n}": 4,
    "Q{n} FY20{y}": 4,
    "FY20{y}-Q{n}": 4,
    "FY{y} P{n}": 12,
    "P{n:02} 20{y}": 12,
    "20{y} P{n:02}": 12,
}


def cleaned(way: str, first: str | None = None) -> Cleaned:
    """A series of three years whose periods are written that way."""
    periods = product((19, 20, 21), range(1, WAYS[way] + 1))
    rows = [
        f"{way.format(y=year, n=nth)},{100 + nth}"
        for year, nth in islice(periods, 36)
    ]
    raw = crm.read_table("\n".join(["period,sales", *rows]).encode())
    chosen = () if first is None else (("period", first),)
    return crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions(calendar=chosen))


@pytest.mark.parametrize("way", WAYS)
def test_business_years_are_a_series_whose_first_month_is_asked(way: str) -> None:
    result = cleaned(way)
    assert result.kind == "series"
    dates = result.table["date"]
    step = 12 // WAYS[way]
    expected = pd.date_range("2019-01-01", periods=len(dates), freq=f"{step}MS")
    assert dates.tolist() == expected.tolist()
    (question,) = [
        one for one in result.questions if one.key.endswith("business_years")
    ]
    assert question.details["column"] == "period"
    assert "January" in question.sentence("en") and "1月" in question.sentence("zh")


def test_a_business_year_is_named_by_the_year_in_which_it_ends() -> None:
    result = cleaned("FY{y} Q{n}", "fiscal_4")
    assert result.table["date"].iloc[0] == pd.Timestamp("2018-04-01")
    assert result.table["date"].iloc[3] == pd.Timestamp("2019-01-01")
    assert not any(one.key.endswith("business_years") for one in result.questions)


def test_ten_days_of_a_month_are_a_date() -> None:
    rows = [
        f"2024年{month}月{third}旬,{place}"
        for place, (month, third) in enumerate(product(range(1, 13), "上中下"))
    ]
    raw = crm.read_table("\n".join(["期间,销量", *rows]).encode())
    table = crm.clean(raw, crm.guess_roles(raw)).table
    days = ["2024-01-01", "2024-01-11", "2024-01-21", "2024-02-01"]
    assert table["date"].head(4).astype(str).tolist() == days


@pytest.mark.parametrize("way", ["P{n:02}-{y}", "P{n}-{y}", "P{n:02} 12{y}"])
def test_codes_of_goods_are_no_periods(way: str) -> None:
    rows = [
        f"O{day},2024-01-{day:02},C{day % 9},{way.format(y=year, n=day % 12 + 1)},{day}"
        for day, year in product(range(1, 29), (19, 20))
    ]
    raw = crm.read_table(
        "\n".join(["order,date,customer,product,amount", *rows]).encode()
    )
    table = crm.clean(raw, crm.guess_roles(raw)).table
    assert table["product"].iloc[0] == way.format(y=19, n=2)
