"""Laws of cleaning on made tables, and known answers on real files."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import crm_analysis as crm
from crm_analysis.tables.cleaning import CleanOptions, clean, numbers
from crm_analysis.tables.cleaning.sql import literal
from tests.cleaned_columns import ORDER, ORDER_ROLES, missing, read
from tests.raw_tables import raw_table, roles

BLANKS = " \t\r\n　\u00a0\u2007\u202f\u2009\u200a\ufeff"
law = settings(deadline=None, suppress_health_check=list(HealthCheck))
tries = pytest.mark.parametrize(
    "tries", [10, pytest.param(25, marks=pytest.mark.slow)]
)


def written(number: float, style: str) -> str:
    whole = f"{abs(number):,.2f}"
    text = {
        "us": whole,
        "eu": whole.replace(",", "_").replace(".", ",").replace("_", "."),
        "space": whole.replace(",", " ").replace(".", ","),
        "swiss": whole.replace(",", "'"),
    }[style]
    return ("-" if number < 0 else "") + text


@pytest.mark.slow
@tries
def test_law_numbers_come_back_however_a_country_writes_them(
    tries: Any,
) -> None:
    @settings(law, max_examples=tries)
    @given(
        st.lists(
            st.integers(-(10**9), 10**9).map(lambda n: n / 100),
            min_size=1,
            max_size=30,
        ),
        st.sampled_from(["us", "eu", "space", "swiss"]),
    )
    def holds(numbers: Any, style: Any) -> None:
        _, values, kind = read([written(number, style) for number in numbers])
        assert kind == "number"
        assert values == pytest.approx(numbers)

    holds()


@pytest.mark.slow
@tries
def test_law_dates_come_back_however_they_are_written(tries: Any) -> None:
    @settings(law, max_examples=tries)
    @given(
        st.lists(
            st.dates(datetime.date(1971, 1, 1), datetime.date(2068, 12, 31)),
            min_size=1,
            max_size=30,
        ),
        st.sampled_from(
            [
                "%Y-%m-%d",
                "%d.%m.%Y",
                "%m/%d/%Y",
                "%Y年%m月%d日",
                "%d %B %Y",
                "%b %d, %Y",
                "%Y%m%d",
                "%d-%m-%y",
            ]
        ),
    )
    def holds(days: Any, form: Any) -> None:
        order = "month_first" if form.startswith("%m") else "day_first"
        _, values, kind = read(
            [day.strftime(form) for day in days],
            role="date",
            kind="series",
            date_order=(("*", order),),
        )
        assert kind == "date"
        assert values == [pd.Timestamp(day) for day in days]

    holds()


@pytest.mark.slow
@tries
def test_law_no_text_is_lost_or_invented(tries: Any) -> None:
    @settings(law, max_examples=tries)
    @given(
        st.lists(
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
                max_size=12,
            ),
            min_size=1,
            max_size=20,
        )
    )
    def holds(texts: Any) -> None:
        result = clean(
            raw_table({"text": texts, "n": [str(i) for i in range(len(texts))]}),
            roles("feedback", text="text"),
        )
        kept = result.table["text"].to_dict()
        for line, before in enumerate(texts, start=2):
            assert (
                kept.get(line, "") == before
                if before.strip(BLANKS)
                else missing(kept.get(line))
            )
        assert len(kept) + len(result.set_aside) == len(texts)

    holds()


def test_cleaning_what_was_cleaned_changes_nothing() -> None:
    result = clean(
        raw_table({**ORDER, "name": [" a ", "b", "Ｃ"]}),
        roles("transactions", **ORDER_ROLES),
    )
    computed = ["amount", "is_sale", "is_return", "is_product"]
    frame = result.table.drop(columns=computed)
    again = clean(
        raw_table(
            {
                name: [
                    "" if missing(value) else str(value) for value in frame[name]
                ]
                for name in frame
            }
        ),
        roles("transactions", **{role: role for role in ORDER_ROLES}),
    )
    pd.testing.assert_frame_equal(again.table, result.table)
    assert again.summary()["cells_changed"] == 0


@pytest.mark.slow
def test_known_answer_online_retail(real_data: Path) -> None:
    folder = real_data / "online_retail"
    raws = [crm.read_table(folder / "december_to_april.csv")]
    frames = [
        raws[0].table,
        *(
            crm.read_table(path).table
            for path in sorted(folder.glob("2011-05-*.csv"))
        ),
    ]
    both = pd.concat(frames, ignore_index=True)
    raw = raw_table({name: both[name].fillna("").tolist() for name in both.columns})
    given_roles = crm.guess_roles(raws[0])
    as_read = clean(raw, given_roles, CleanOptions(duplicates="keep"))
    table = as_read.table
    assert (
        len(table),
        table["customer"].nunique(),
        table["order"].nunique(),
    ) == (
        209_029,
        2_767,
        10_783,
    )
    assert math.isclose(table["amount"].sum(), 3_706_827.64, abs_tol=0.01)
    result = clean(raw, given_roles)
    assert len(result.table) == 207_282 and math.isclose(
        result.table["amount"].sum(), 3_698_674.50, abs_tol=0.01
    )
    assert (
        result.table.index.is_monotonic_increasing
        and result.summary()["duplicates"] == 1_747
    )
    assert (
        not result.table["customer"].dropna().str.contains(".", regex=False).any()
    )


def real(path: Path, **options: Any) -> Any:
    raw = crm.read_table(path)
    return clean(raw, crm.guess_roles(raw), CleanOptions(**options))


@pytest.mark.slow
def test_known_answers_customers_files(real_data: Path) -> None:
    result = real(real_data / "marketing_campaign" / "marketing_campaign.csv")
    assert (
        result.table["Dt_Customer"].max() == pd.Timestamp("2014-06-29")
        and result.detail("Dt_Customer")["order"] == "day_first"
    )
    flags = result.flags
    assert sorted(
        flags.loc[flags["reason"] == "birth_year", "value"].astype(float)
    ) == [
        1893,
        1899,
        1900,
    ]
    assert "666666.0" in flags.loc[flags["column"] == "Income", "value"].tolist()
    result = real(real_data / "telco_churn" / "Telco-Customer-Churn.csv")
    assert (
        result.table["TotalCharges"].isna().sum() == 11
        and result.table["churned"].sum() == 1_869
        and result.summary()["cells_changed"] == 0
    )
    result = real(real_data / "credit_card_churners" / "BankChurners.csv")
    assert result.table["churned"].sum() == 1_627


@pytest.mark.slow
def test_known_answers_mixed_dates(real_data: Path) -> None:
    result = real(real_data / "bike_sales_34k" / "Sales+data.csv")
    assert (
        result.table["date"].dt.month_name() == result.table["Month"]
    ).all() and not result.questions
    result = real(real_data / "walmart_weekly" / "walmart.csv")
    assert result.table["date"].nunique() == 143 and set(
        result.table["date"].dt.day_name()
    ) == {"Friday"}


@pytest.mark.slow
@given(
    st.lists(
        st.text("0123456789.,-+%$ kK()eE'", min_size=1, max_size=12),
        min_size=1,
        max_size=30,
    )
)
@settings(deadline=None)
def test_a_number_of_digits_and_marks_is_taken_apart_as_by_the_pattern(
    texts: Any,
) -> None:
    names = ", ".join(map(literal, numbers._NAMES))
    with_pattern = f"regexp_extract(t, {literal(numbers._WHOLE)}, [{names}])"
    result = duckdb.execute(
        f"SELECT {numbers.parts('t')}, {with_pattern} FROM (SELECT unnest(?) AS t)",
        [[text.strip() for text in texts]],
    ).fetchall()
    assert all(quick == slow for quick, slow in result)
