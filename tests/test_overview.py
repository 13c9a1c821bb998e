"""What any loaded table says first: sums, parts, who left, how contacts ended, how comments rate.

And which months may be compared.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.overview import comments, contacts, people, sales
from crm_analysis.analyses.overview.periods import record_of
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui.overview.amounts import comparable


def dates(*texts: Any) -> Any:
    return pd.Series(pd.to_datetime(list(texts)))


class TestSales:
    LINES = pd.DataFrame(
        {
            "date": pd.to_datetime(
                ["2024-01-05", "2024-02-05", "2024-02-06", None, "2024-04-30"]
            ),
            "amount": [10.0, 20.0, -5.0, 7.0, 8.0],
            "quantity": [1.0, 2.0, -1.0, 1.0, 1.0],
            "order": ["a", "b", "b", "c", "d"],
            "product": ["jam", "tea", "tea", "jam", None],
            "branch": ["north", "north", "south", "south", "north"],
            "Month": ["January", "February", "February", "March", "April"],
            "note": [f"n{number}" for number in range(5)],
        }
    )

    def test_by_hand(self) -> None:
        got = sales(self.LINES)
        assert (got.measure, got.total, got.lines, got.items, got.orders) == (
            "amount",
            40.0,
            5,
            4.0,
            4,
        )
        assert got.record.every == "month" and got.record.periods[
            "value"
        ].tolist() == [
            10.0,
            15.0,
            0.0,
            8.0,
        ]
        assert got.record.change is None  # it does not reach over two periods
        parts = {part.column: part.table for part in got.parts}
        assert list(parts) == [
            "product",
            "branch",
            "note",
        ]  # roles first; when is told by the months
        assert parts["product"]["name"].tolist() == ["jam", "tea"] and parts[
            "product"
        ]["share"].tolist() == [17 / 40, 15 / 40]
        assert parts["branch"].set_index("name")["value"].to_dict() == {
            "north": 38.0,
            "south": 2.0,
        }

    def test_without_money_items_are_added_up_and_without_items_lines(
        self,
    ) -> None:
        assert (
            sales(self.LINES.drop(columns="amount")).measure,
            sales(self.LINES.drop(columns="amount")).total,
        ) == ("quantity", 4.0)
        assert sales(self.LINES[["product"]]).total == 5
        with pytest.raises(AnalysisError):
            sales(self.LINES.head(0))

    def test_many_products_are_the_largest_and_the_rest(self) -> None:
        part = sales(
            pd.DataFrame(
                {
                    "product": [f"p{number:02d}" for number in range(20)],
                    "amount": np.arange(20.0),
                }
            )
        ).parts[0]
        assert part.table["value"].tolist() == [
            19.0,
            18.0,
            17.0,
            16.0,
            15.0,
            14.0,
            13.0,
            12.0,
        ]
        assert (part.rest, part.rest_share) == (12, pytest.approx(66 / 190))
        bars = pictures.by_part(part, "en").data[0]
        assert list(bars.y) == part.table["name"].tolist() and bars.x[
            -1
        ] == pytest.approx(12 / 190)  # the rest would dwarf them

    def test_of_the_superstore(self, real_data: Path) -> None:
        raw = crm.read_table(real_data / "superstore" / "SampleSuperstore.csv.gz")
        got = sales(crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table)
        assert (
            got.record is None
            and got.lines == 9994
            and round(got.total, 2) == 2297200.86
        )
        assert [part.column for part in got.parts] == [
            "category",
            "Segment",
            "Region",
            "Sub-Category",
        ]  # one country is no difference
        assert got.parts[0].table["name"].iloc[0] == "Technology"


class TestRecord:
    def test_two_periods_are_compared(self) -> None:
        days = pd.Series(pd.date_range("2024-01-01", periods=180, freq="D"))
        got = record_of(days, np.r_[np.ones(90), np.full(90, 1.5)])
        assert (got.before, got.now, got.change) == (90, 135, 0.5)
        assert record_of(days[1:], np.ones(179)).change is None

    def test_a_short_record_goes_day_by_day(self) -> None:
        got = record_of(dates("2024-01-31", "2024-02-02"), np.array([1.0, 2.0]))
        assert got.every == "day" and got.periods["value"].tolist() == [
            1.0,
            0.0,
            2.0,
        ]
        assert record_of(dates(None, None), np.ones(2)) is None

    @pytest.mark.parametrize(
        ("step", "last", "finished"),
        [
            ("MS", "2024-06-01", True),
            ("7D", "2024-06-24", True),
            ("D", "2024-06-24", False),
        ],
    )
    def test_a_figure_of_a_month_or_week_stands_for_its_days(
        self, step: str, last: str, finished: bool
    ) -> None:
        days = pd.Series(
            pd.date_range(end=last, periods=200 if step == "D" else 20, freq=step)
        )
        assert (
            bool(record_of(days, np.ones(len(days))).periods["finished"].iloc[-1])
            is finished
        )


class TestComparable:
    """Months to January 2024.

    What is said of the last depends on how much of it there is, and on whether it still goes on.
    """

    @staticmethod
    def told(end: Any, today: Any, finished: bool = False) -> Any:
        months = pd.DataFrame(
            {
                "month": pd.to_datetime(["2023-11-01", "2023-12-01", "2024-01-01"]),
                "value": [5.0, 6.0, 1234.0],
                "finished": [True, True, finished],
            }
        )
        shown, note = comparable(
            months, "month", "value", end, datetime.date.fromisoformat(today)
        )
        return len(shown), note and note[0].rpartition(".")[2]

    def test_a_month_that_goes_on_is_not_drawn(self) -> None:
        assert self.told("2024-01-30", "2024-01-31") == (2, "unfinished")
        assert self.told("2024-01-10", "2024-02-09") == (2, "unfinished")

    def test_a_record_of_long_ago_ends_and_does_not_rise(self) -> None:
        assert self.told("2024-01-30", "2026-11-23") == (3, "ends")
        assert self.told("2024-01-10", "2026-11-23") == (2, "ends_early")
        assert self.told("2024-01-31", "2024-01-31", finished=True) == (3, None)

    def test_a_single_month_stays(self) -> None:
        months = pd.DataFrame(
            {
                "month": pd.to_datetime(["2024-01-01"]),
                "value": [5.0],
                "finished": [False],
            }
        )
        shown, (key, _) = comparable(
            months, "month", "value", "2024-01-10", datetime.date(2024, 1, 11)
        )
        assert len(shown) == 1 and key == "overview.months.ends"


class TestPeople:
    @staticmethod
    def table() -> pd.DataFrame:
        rng = np.random.default_rng(0)
        plan = rng.choice(["monthly", "yearly"], 1000)
        churned = rng.random(1000) < np.where(plan == "monthly", 0.4, 0.1)
        return pd.DataFrame(
            {
                "customer": [f"C{number}" for number in range(1000)],
                "churned": pd.array(churned, dtype="boolean"),
                "plan": plan,
                "age": rng.normal(40, 10, 1000),
                "exit interview": np.where(churned, "held", None),
                "city": [f"city {number}" for number in range(1000)],
            }
        )

    def test_the_planted_attribute_is_found_and_the_answer_itself_is_not(
        self,
    ) -> None:
        got = people(self.table())
        truth = self.table()
        assert (got.customers, got.observed, got.churned) == (
            1000,
            1000,
            int(truth["churned"].sum()),
        )
        assert got.telling.name == "plan"
        worst, best = got.telling.extremes()
        assert (worst["level"], best["level"]) == ("monthly", "yearly")
        assert (
            worst["rate"] == truth.loc[truth["plan"] == "monthly", "churned"].mean()
        )

    def test_numbers_are_put_into_quarters(self) -> None:
        table = self.table().drop(columns="plan")
        table["age"] = np.where(table["churned"], table["age"] + 15, table["age"])
        got = people(table)
        assert (
            got.telling.name == "age"
            and got.telling.groups["customers"].tolist() == [250] * 4
        )
        assert pictures.group_name(got.telling.groups.iloc[0], "en").startswith(
            "up to "
        )
        assert pictures.group_name(got.telling.groups.iloc[3], "zh").endswith(
            "以上"
        )
        assert got.telling.extremes()[0].name == 3

    def test_what_differs_by_chance_is_not_said(self) -> None:
        table = self.table()[["customer", "churned"]]
        rng = np.random.default_rng(1)
        assert (
            people(
                table.assign(
                    **{
                        f"noise {number}": rng.integers(0, 5, 1000)
                        for number in range(3)
                    }
                )
            ).telling
            is None
        )
        few = self.table().assign(
            churned=pd.array([True] * 20 + [False] * 980, dtype="boolean")
        )
        assert people(few).telling is None and people(few).rate == 0.02

    def test_nobody_said_who_left(self) -> None:
        got = people(self.table().drop(columns="churned"))
        assert (got.customers, got.attributes, got.rate, got.telling) == (
            1000,
            4,
            None,
            None,
        )

    def test_of_the_telephone_customers(self, real_data: Path) -> None:
        raw = crm.read_table(real_data / "telco_churn" / "Telco-Customer-Churn.csv")
        got = people(crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table)
        assert (got.customers, got.churned, got.telling.name) == (
            7043,
            1869,
            "Contract",
        )
        assert [round(one["rate"], 3) for one in got.telling.extremes()] == [
            0.427,
            0.028,
        ]


class TestAnswers:
    def test_customers_held_out_are_no_contacts(self) -> None:
        table = pd.DataFrame(
            {
                "customer": list("abcd"),
                "responded": [True, False, False, False],
                "arm": ["treated", "treated", "holdout", "holdout"],
            }
        )
        got = contacts(table)
        assert (got.contacts, got.held_out, got.customers) == (2, 2, 2)
        assert got.responded == 0.5

    def test_contacts_by_hand(self) -> None:
        table = pd.DataFrame(
            {
                "customer": list("aabc"),
                "responded": [True, False, None, False],
                "channel": ["mail", "mail", "phone", "mail"],
            }
        )
        got = contacts(table)
        assert (got.contacts, got.customers, got.outcome) == (
            4,
            3,
            "responded",
        ) and got.responded == pytest.approx(1 / 3)
        assert got.shares["level"].tolist() == [False, True] and got.shares[
            "count"
        ].tolist() == [
            2,
            1,
        ]
        assert got.held_out == 0
        assert contacts(table.drop(columns="responded")).outcome == "channel"
        assert (
            contacts(table[["customer"]]).outcome is None
            and contacts(table[["channel"]]).customers is None
        )

    def test_comments_by_hand(self) -> None:
        got = comments(
            pd.DataFrame(
                {
                    "text": list("abcd"),
                    "rating": [5.0, 5.0, 1.0, None],
                    "date": dates(
                        "2024-01-01", "2024-02-01", "2024-03-01", "2024-03-02"
                    ),
                }
            )
        )
        assert (got.comments, got.rated, got.mean) == (4, 3, 11 / 3)
        assert got.ratings["rating"].tolist() == [1.0, 5.0] and got.ratings[
            "share"
        ].tolist() == [
            1 / 3,
            2 / 3,
        ]
        assert got.record.periods["value"].tolist() == [1.0, 1.0, 2.0]
        assert comments(pd.DataFrame({"text": ["a"]})).mean is None
        assert comments(
            pd.DataFrame({"text": ["a"] * 50, "rating": np.arange(50) / 7})
        ).ratings.empty
