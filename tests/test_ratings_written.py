"""Ratings as people write them, whatever their column is called."""

from __future__ import annotations

import pytest

import crm_analysis as crm
from crm_analysis.tables.cleaning import Cleaned
from tests.raw_tables import shared_engine


def cleaned(heading: str, cells: list[str], comment: str = "") -> Cleaned:
    """A row a customer, with such a column, and with a comment where one is named."""
    rows = [
        f"C{n},Oslo,{cell}" + (f",{comment} {n}" if comment else "")
        for n, cell in enumerate(cells)
    ]
    header = f"customer,city,{heading}" + (",comment" if comment else "")
    text = "\n".join([header, *rows]).encode()
    raw = crm.read_table(text, name="people.csv", engine=shared_engine())
    return crm.clean(raw, crm.guess_roles(raw))


@pytest.mark.parametrize(
    ("heading", "cells", "right"),
    [
        ("note", ["4/5", "3/5", "5/5", "2/5"], [4, 3, 5, 2]),
        ("experience", ["8/10", "7.5/10", "N/A", "10/10"], [8, 7.5, None, 10]),
        ("opinion", ["★★★★☆", "★☆☆☆☆", "★★★☆☆", "★★★★★"], [4, 1, 3, 5]),
    ],
)
def test_figures_out_of_the_same_one_are_ratings_of_comments(
    heading: str, cells: list[str], right: list[float | None]
) -> None:
    made = cleaned(heading, cells, "Very good and quite fast service")
    assert made.kind == "feedback"
    ratings = made.table["rating"].astype(object)
    assert ratings.where(ratings.notna(), None).tolist() == right


def test_figures_out_of_the_same_one_are_numbers_of_customers() -> None:
    assert cleaned("note", ["4/5", "3/5", "5/5"]).table["note"].tolist() == [
        4,
        3,
        5,
    ]


def test_parts_of_a_whole_stay_as_they_were_written() -> None:
    sizes = ["1/2", "3/4", "5/8", "7/8"]
    assert cleaned("size", sizes).table["size"].tolist() == sizes


def test_days_with_the_name_of_their_month_are_dates_whatever_they_are_called() -> (
    None
):
    made = cleaned("visit", ["14 Feb", "3 Mar", "20 Apr", "1 May"])
    days = made.table["visit"].dt.strftime("%m-%d").tolist()
    assert days == ["02-14", "03-03", "04-20", "05-01"]
    assert "cleaning.question.date_year" in [key for key, _ in made.questions]
