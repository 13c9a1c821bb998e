"""Dates however they are written: each form is read, or asked about, through the whole way in."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence

import pandas as pd
import pytest
import xlsxwriter
from babel import Locale
from hypothesis import given, strategies as st

from crm_analysis import CleanOptions, clean, guess_roles, read_table
from crm_analysis.tables.cleaning import Cleaned
from crm_analysis.tables.cleaning.date_forms import CROATIAN, MONTHS
from tests.raw_tables import shared_engine
from tests.variants import every


def load(
    cells: Sequence[str],
    heading: str = "date",
    beside: Sequence[str] = (),
    calendar: str | None = None,
) -> Cleaned:
    """A file of orders with these dates, as a user would load it."""
    chosen = ((heading, calendar),) if calendar else ()
    beside = beside or [f"{cents}.50" for cents in range(10, 10 + len(cells))]
    rows = zip(cells, beside, strict=True)
    lines = [
        f"{order};C{order % 3};{cell};{other};7.25"
        for order, (cell, other) in enumerate(rows)
    ]
    text = "\n".join([f"order;customer;{heading};beside;amount", *lines])
    raw = read_table(text.encode(), name="orders.csv", engine=shared_engine())
    return clean(raw, guess_roles(raw), CleanOptions(calendar=chosen))


def days(cleaned: Cleaned) -> list[str]:
    return cleaned.table["date"].astype(str).tolist()


def asked(cleaned: Cleaned) -> list[str]:
    return [question.key.rsplit(".", 1)[-1] for question in cleaned.questions]


WRITTEN = {
    "korean_points": ("2024. 1. 5.|2024. 12. 31.", "2024-01-05|2024-12-31"),
    "korean_words": ("2023년 4월 29일|2023년 12월 9일", "2023-04-29|2023-12-09"),
    "korean_clock": (
        "2024. 1. 5. 오후 3:05|2024. 1. 6. 오전 12:05",
        "2024-01-05 15:05|2024-01-06 00:05",
    ),
    "japanese_eras": (
        "令和6年1月5日|平成31年4月30日|令和元年5月1日",
        "2024-01-05|2019-04-30|2019-05-01",
    ),
    "japanese_letters": ("R6.1.5|H31.4.30", "2024-01-05|2019-04-30"),
    "japanese_clock": (
        "2024年1月5日(金) 午後3時5分|2024年1月6日(土) 午前0時5分",
        "2024-01-05 15:05|2024-01-06 00:05",
    ),
    "chinese_years_of_the_republic": ("民國113年1月5日", "2024-01-05"),
    "chinese_clock": ("2024年1月5日15时04分30秒", "2024-01-05 15:04:30"),
    "halves_of_years": (
        "2015年上半年|2015年下半年|H1 2016|2016 H2",
        "2015-01-01|2015-07-01|2016-01-01|2016-07-01",
    ),
    "quarters": (
        "1Q2022|Q2 2022|2022 Q3|2022年 4분기|2023年第一季度",
        "2022-01-01|2022-04-01|2022-07-01|2022-10-01|2023-01-01",
    ),
    "weeks": (
        "KW 1/2022|2022-W02|2022年第3周|Week 4 2022|2022년 5주차",
        "2022-01-03|2022-01-10|2022-01-17|2022-01-24|2022-01-31",
    ),
    "ranges": (
        "2022-01-31 - 2022-02-06|2022/02/07~2022/02/13|2022年2月14日至2022年2月20日",
        "2022-01-31|2022-02-07|2022-02-14",
    ),
    "short_chinese": ("24年1月5日|24年12月31日", "2024-01-05|2024-12-31"),
    "short_beside_long": (
        "2024/1/17|24/1/5|24年1月6日|24/12/31",
        "2024-01-17|2024-01-05|2024-01-06|2024-12-31",
    ),
    "short_two_digits": (
        "24/01/05|24/01/16|24/01/27|24/02/08|24/02/19",
        "2024-01-05|2024-01-16|2024-01-27|2024-02-08|2024-02-19",
    ),
    "serials_amid_dates": (
        "2024-01-06|45296|2024-01-07|45300.5",
        "2024-01-06|2024-01-05|2024-01-07|2024-01-09 12:00",
    ),
    "serials_amid_points": (
        "31.01.2024|45296|28.02.2024",
        "2024-01-31|2024-01-05|2024-02-28",
    ),
    "seconds": ("1704412800|1704499200", "2024-01-05|2024-01-06"),
    "fractions_of_seconds": (
        "1704412800.5|1704499200.25",
        "2024-01-05 00:00:00.5|2024-01-06 00:00:00.25",
    ),
    "milliseconds": ("1704412800000|1704499200000", "2024-01-05|2024-01-06"),
    "microseconds": ("1704412800000000|1704499200000000", "2024-01-05|2024-01-06"),
    "nanoseconds": (
        "1704412800000000000|1704499200000000000",
        "2024-01-05|2024-01-06",
    ),
    "french_clock": (
        "25/01/2024 14h30|05/02/2024 9h05|06/02/2024 14h",
        "2024-01-25 14:30|2024-02-05 09:05|2024-02-06 14:00",
    ),
    "french_at": ("5 janvier 2024 à 14:30", "2024-01-05 14:30"),
    "french_first": ("1er août 2024|2 août 2024", "2024-08-01|2024-08-02"),
    "name_first": ("Mar-05-25|Mar-17-25", "2025-03-05|2025-03-17"),
    "spanish_halves": (
        "5 de enero de 2024 3:05 p. m.|25 de enero de 2024 3:05 a. m.",
        "2024-01-05 15:05|2024-01-25 03:05",
    ),
    "greek_halves": (
        "25/1/2024 3:05 μ.μ.|26/1/2024 3:05 π.μ.",
        "2024-01-25 15:05|2024-01-26 03:05",
    ),
    "german": (
        "Freitag, 5. Januar 2024 14:30 Uhr|Sa., 6. Jänner 2024 9:30 Uhr",
        "2024-01-05 14:30|2024-01-06 09:30",
    ),
    "finnish": (
        "25.1.2024 klo 14.05|5.2.2024 klo 9.05",
        "2024-01-25 14:05|2024-02-05 09:05",
    ),
    "russian": (
        "5 января 2024 г.|15 мая 2024 г., 14:30",
        "2024-01-05|2024-05-15 14:30",
    ),
    "polish": ("5 stycznia 2024 r.|15 października 2024", "2024-01-05|2024-10-15"),
    "czech": ("5. ledna 2024|15. července 2024", "2024-01-05|2024-07-15"),
    "czech_spaces": ("5. 1. 2024|31. 12. 2024", "2024-01-05|2024-12-31"),
    "turkish": ("5 Ocak 2024|15 Ağustos 2024", "2024-01-05|2024-08-15"),
    "hungarian": ("2024. január 5.|2024. május 15.", "2024-01-05|2024-05-15"),
    "swedish": (
        "den 5 maj 2024|6 oktober 2024 kl. 14:30",
        "2024-05-05|2024-10-06 14:30",
    ),
    "russian_short": ("15 фев 2025|1 марта 2025 г.", "2025-02-15|2025-03-01"),
    "serials_amid": (
        "45670|2025-01-14|15.01.2025|45673",
        "2025-01-13|2025-01-14|2025-01-15|2025-01-16",
    ),
    "day_of_week": ("2025-W03-2|2025-W05-1", "2025-01-14|2025-01-27"),
    "buddhist": ("29/04/2566|1/5/2567", "2023-04-29|2024-05-01"),
    "thai_short": ("5 ม.ค. 67 14:30 น.|25 ก.พ. 68", "2024-01-05 14:30|2025-02-25"),
    "taiwan": ("113/01/05|114/12/31", "2024-01-05|2025-12-31"),
    "arabic": (
        "5 يناير 2024|الجمعة، 16 فبراير 2024|1 كانون الأول 2024",
        "2024-01-05|2024-02-16|2024-12-01",
    ),
    "bulgarian": ("5 януари 2024 г.|17 октомври 2024 г.", "2024-01-05|2024-10-17"),
    "croatian": (
        "5. siječnja 2024.|3. listopada 2024.|7. srpnja 2024.",
        "2024-01-05|2024-10-03|2024-07-07",
    ),
    "croatian_numbers": ("25.01.2024.|5. 2. 2024.", "2024-01-25|2024-02-05"),
    "serbian": ("5. октобар 2024.|17. avgust 2024", "2024-10-05|2024-08-17"),
    "lithuanian": (
        "2024 m. sausio 5 d.|2024 m. kovo 3 d.",
        "2024-01-05|2024-03-03",
    ),
    "latvian": (
        "2024. gada 5. janvāris|2024. gada 3. oktobris",
        "2024-01-05|2024-10-03",
    ),
    "estonian": ("5. jaanuar 2024|3. oktoober 2024", "2024-01-05|2024-10-03"),
    "hebrew": ("5 ינואר 2024|3 אוקטובר 2024", "2024-01-05|2024-10-03"),
    "hindi": ("5 जनवरी 2024|3 अक्टूबर 2024", "2024-01-05|2024-10-03"),
    "persian": (
        "1403/01/15|1403/02/31|1399/12/30",
        "2024-04-03|2024-05-20|2021-03-20",
    ),
    "islamic": ("1445-01-01|1/2/1446", "2023-07-19|2024-08-07"),
    "thai": ("29 เม.ย. 2566|1 พฤษภาคม 2567", "2023-04-29|2024-05-01"),
}


@pytest.mark.parametrize("form", every(4, WRITTEN))
def test_a_date_is_read_however_it_is_written(form: str) -> None:
    written, meant = (part.split("|") for part in WRITTEN[form])
    times = -(-4 // len(written))  # a file has some lines
    cleaned = load(written * times)
    assert cleaned.table["date"].tolist() == [
        pd.Timestamp(day) for day in meant * times
    ]
    assert "not_a_date" not in set(cleaned.changes["reason"])


@pytest.mark.slow
def test_a_calendar_and_offsets_that_differ_are_said() -> None:
    assert asked(load(["29/04/2566", "1/5/2567"] * 3)) == ["buddhist_years"]
    local = load(["2024-01-05T23:30:00-05:00", "2024-01-06T00:30:00+02:00"] * 3)
    assert asked(local) == ["mixed_offsets"]
    assert days(local)[:2] == ["2024-01-05 23:30:00", "2024-01-06 00:30:00"]
    assert asked(load(["2024-01-05T23:30:00Z", "2024-01-06T00:30:00Z"])) == []


_CLDR = [
    "bg",
    "hr",
    "sr",
    "sr_Latn",
    "bs",
    "sl",
    "mk",
    "lt",
    "lv",
    "et",
    "is",
    "gl",
    "hi",
    "he",
    "ms",
    "ar",
    "ar_DZ",
    "ar_MA",
    "ar_LB",
    "fa",
]


@pytest.mark.parametrize("language", every(4, _CLDR))
def test_all_months_of_a_language_are_known(language: str) -> None:
    known = {**MONTHS, **(CROATIAN if language == "hr" else {})}
    for months in Locale.parse(language).months["format"].values():
        for number, name in months.items():
            word = name.lower().rstrip(".׳॰")
            assert len(word) < 3 or word.isdigit() or known[word] == number


@pytest.mark.slow
def test_a_calendar_of_other_years_is_asked() -> None:
    cleaned = load(["1403/01/15", "1403/02/30", "1402/12/01"])
    assert asked(cleaned) == ["eastern_years"]
    assert cleaned.questions[0].details["default"] == "persian"
    assert asked(load(["1445-06-23", "1446-02-07", "1446-12-29"])) == [
        "eastern_years"
    ]
    said = load(["1403/01/15", "1403/02/30"], calendar="gregorian")
    assert days(said)[0] == "1403-01-15" and "eastern_years" not in asked(said)


def test_a_month_with_two_meanings_is_asked_unless_others_settle_it() -> None:
    alone = ["5. listopada 2024", "7. listopada 2024", "8. listopada 2024"]
    assert asked(load(alone)) == ["contested_months"]
    assert days(load(alone))[0] == "2024-11-05"
    assert days(load(alone, calendar="croatian"))[0] == "2024-10-05"
    polish = load([*alone, "2 grudnia 2024"])
    assert days(polish)[0] == "2024-11-05" and not asked(polish)


def test_days_that_are_none_are_said() -> None:
    written = ["2024-01-05", "2024-02-07", "2024-03-09", "0000-00-00", "2024-13-45"]
    cleaned = load(written)
    (question,) = cleaned.questions
    assert question.key.endswith("dates_unread")
    assert question.details["count"] == 2
    assert set(question.details["examples"]) == set(written[3:])


def test_short_years_of_a_thai_column_are_those_of_thailand() -> None:
    cleaned = load(["05/01/67", "25/01/67", "28/02/67"], heading="วันที่")
    first = cleaned.table[cleaned.columns[2].name].iloc[0]
    assert first == pd.Timestamp("2024-01-05") and asked(cleaned) == [
        "buddhist_years"
    ]


def test_short_years_that_may_be_days_are_asked() -> None:
    cleaned = load(["2024/01/24", "24/01/24", "2024/02/24", "24/02/24"])
    assert asked(cleaned) == ["date_order_unclear"]
    assert set(cleaned.questions[0].details["choices"]) > {
        "year_first",
        "day_first",
    }


JANUARY = [f"{day:02d}" for day in range(1, 13) for _ in range(2)]


@pytest.mark.slow
def test_days_within_1_to_12_january_are_asked() -> None:
    for order in ("01/{}/2025", "{}/01/2025"):
        cleaned = load([order.format(day) for day in JANUARY])
        assert asked(cleaned) == ["date_order_unclear"]
        assert cleaned.questions[0].details["column"] == "date"


@pytest.mark.parametrize("form", ["%m/%d/%Y", "%d/%m/%Y", "%Y-%m-%d", "%d %B %Y"])
@pytest.mark.parametrize("order", every(2, ["%m/%d/%Y", "%d/%m/%Y"]))
def test_another_date_of_the_file_settles_the_first_days_of_january(
    order: str, form: str
) -> None:
    ordered = [datetime.date(2025, 1, int(day)) for day in JANUARY]
    shipped = [day + datetime.timedelta(days=13) for day in ordered]
    cleaned = load(
        [f"{day:{order}}" for day in ordered],
        beside=[f"{day:{form}}" for day in shipped],
    )
    assert cleaned.table["date"].tolist() == [pd.Timestamp(day) for day in ordered]
    assert not cleaned.questions


def test_firsts_of_the_month_over_years_are_months() -> None:
    months = pd.date_range("2021-01-01", "2023-12-01", freq="MS")
    cleaned = load([f"{month:%d/%m/%Y}" for month in months])
    assert cleaned.table["date"].tolist() == list(months) and not cleaned.questions


def test_a_date_that_does_not_go_with_the_column_settles_nothing() -> None:
    born = [f"{1950 + n}-0{1 + n % 9}-2{n % 9}" for n in range(len(JANUARY))]
    cleaned = load([f"01/{day}/2025" for day in JANUARY], beside=born)
    assert asked(cleaned) == ["date_order_unclear"]


@pytest.mark.slow
@given(
    st.lists(
        st.dates(datetime.date(2000, 1, 1), datetime.date(2026, 12, 31)),
        min_size=4,
        max_size=12,
    ),
    st.sampled_from(
        ["{0.year}. {0.month}. {0.day}.", "{0.year}년 {0.month}월 {0.day}일"]
    ),
)
def test_law_korean_dates_come_back(
    given_days: list[datetime.date], form: str
) -> None:
    cleaned = load([form.format(day) for day in given_days])
    assert cleaned.table["date"].tolist() == [
        pd.Timestamp(day) for day in given_days
    ]


def workbook_since_1904(formatted: bool) -> bytes:
    """A workbook of a Mac: its days are counted from 1904."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["customer", "date", "amount"])
        form = book.add_format({"num_format": "yyyy-mm-dd"}) if formatted else None
        for row in range(1, 9):
            sheet.write_row(row, 0, [f"C{row % 3}"])
            sheet.write_number(row, 1, 43_834 - 1 + row, form)
            sheet.write_number(row, 2, row + 0.5)
    return buffer.getvalue()


@pytest.mark.parametrize("formatted", [True, False])
def test_a_workbook_of_1904_is_not_four_years_off(formatted: bool) -> None:
    raw = read_table(workbook_since_1904(formatted), name="orders.xlsx")
    assert "reading.note_since_1904" in {note.key for note in raw.reading.notes}
    cleaned = clean(raw, guess_roles(raw), CleanOptions())
    assert cleaned.table["date"].min() == pd.Timestamp("2024-01-05")


@pytest.mark.parametrize(
    ("cells", "day"),
    [
        ("5 Jan 2024 3 PM|6 Jan 2024 11 am", "2024-01-05 15:00:00"),
        ("2024-01-05 下午3点|2024-01-06 上午9点", "2024-01-05 15:00:00"),
        ("5 Jan 2024, 12 a.m.|6 Jan 2024, 1 p.m.", "2024-01-05 00:00:00"),
        ("1704412800|1704499200123", "2024-01-05"),
    ],
)
def test_hours_alone_and_seconds_of_two_sizes_are_read(
    cells: str, day: str
) -> None:
    first = load(cells.split("|")).table["date"].iloc[0]
    assert first == pd.Timestamp(day)


@pytest.mark.parametrize(
    "cells",
    every(
        2,
        [
            "5 Jan|16 Jan|7 Feb|8 Mar",
            "Jan 5|Jan 16|Feb 7|Mar 8",
            "5. Januar|16. Januar|7. Februar|8. März",
            "1月5日|1月16日|2月7日|3月8日",
            "05/01|16/01|07/02|08/03",
            "5.1.|16.1.|7.2.|8.3.",
        ],
    ),
)
def test_dates_without_a_year_are_read_and_their_year_is_asked(cells: str) -> None:
    result = load(cells.split("|"))
    assert "date_year" in asked(result)
    months = result.table["date"].dt.strftime("%m-%d").tolist()
    assert months == ["01-05", "01-16", "02-07", "03-08"]
    assert (result.table["date"] <= pd.Timestamp.today()).all()


def test_the_year_beside_is_proposed_and_a_person_may_say_another() -> None:
    cells = ["5 Jan", "16 Jan", "7 Feb", "8 Mar"]
    shipped = ["2022-01-07", "2022-01-18", "2022-02-09", "2022-03-09"]
    result = load(cells, beside=shipped)
    (question,) = (q for q in result.questions if q.key.endswith("date_year"))
    assert question.details["default"] == "2022"
    assert days(result)[0] == "2022-01-05"
    text = "order;date;amount\n1;5 Jan;3.5\n2;6 Jan;4.5\n3;16 Jan;1.5\n"
    raw = read_table(text.encode(), name="orders.csv", engine=shared_engine())
    options = CleanOptions(date_year=(("date", "2019"),))
    said = clean(raw, guess_roles(raw), options)
    assert days(said)[0] == "2019-01-05" and "date_year" not in asked(said)


def test_units_that_look_like_months_are_no_dates() -> None:
    text = "Product,Qty,Price\nTea,2 set,3.5\nCup,3 set,4.5\nPot,5 set,2.5\n"
    raw = read_table(text.encode(), name="orders.csv", engine=shared_engine())
    assert guess_roles(raw).columns["quantity"] == "Qty"
    assert clean(raw, guess_roles(raw)).table["quantity"].sum() == 10
