"""Exports that spreadsheets open safely and exactly.

Labels that show customer text letter by letter.
"""

import datetime
import io
import json
import re
import tomllib
import zipfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.errors import AnalysisError
from crm_analysis.privacy import (
    escape_markdown,
    excel,
    formula_safe,
    sheet_names,
    to_csv,
    to_excel,
)

TRIGGERS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\0")


@pytest.fixture(scope="module")
def naughty(real_data: Path) -> Any:
    return json.loads(
        (real_data / "blns" / "blns.json").read_text(encoding="utf-8")
    )


def sheets(content: Any) -> Any:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()]
        for sheet in book
    }


# formula_safe


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_text_that_begins_as_a_formula_gets_an_apostrophe(trigger: Any) -> None:
    assert (
        formula_safe(pd.DataFrame({"a": [f"{trigger}SUM(A1)"]}))["a"][0]
        == f"'{trigger}SUM(A1)"
    )


@pytest.mark.parametrize("trigger", TRIGGERS[:8])
@pytest.mark.parametrize(
    "before", [" ", "   ", "\u00a0", "　", "\u200b", "\ufeff", "\u200b \u2060"]
)
def test_spaces_and_what_cannot_be_seen_hide_no_formula(
    trigger: Any, before: str
) -> None:
    text = f"{before}{trigger}SUM(A1)"
    assert formula_safe(pd.DataFrame({"a": [text]}))["a"][0] == "'" + text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a=b",
        "5-3",
        "x@y.cn",
        "'=1",
        "张三",
        " plain",
        "1e5",
        "#N/A",
        "a\n=b",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert formula_safe(pd.DataFrame({"a": [text]}))["a"][0] == text


def test_text_that_looks_like_a_negative_number_is_text() -> None:
    assert formula_safe(pd.DataFrame({"a": ["-5", "+49 30 123"]}))[
        "a"
    ].tolist() == [
        "'-5",
        "'+49 30 123",
    ]


def test_real_numbers_dates_flags_and_missing_cells_are_untouched() -> None:
    frame = pd.DataFrame(
        {
            "whole": [-1, 2],
            "money": [-1.5, np.nan],
            "day": pd.to_datetime(["2024-01-31", None]),
            "flag": [True, False],
            "maybe": pd.array([None, True], dtype="boolean"),
            "mixed": [-1, None],
        }
    )
    frame["object"] = pd.Series([-1, None], dtype=object)
    pd.testing.assert_frame_equal(formula_safe(frame), frame)


def test_column_names_index_labels_and_categories_are_made_safe_too() -> None:
    frame = pd.DataFrame(
        {"=cmd": pd.Categorical(["-a", "b"]), ("@x"): ["c", "d"]},
        index=pd.Index(["+1", "n"], name="=i"),
    )
    safe = formula_safe(frame)
    assert list(safe.columns) == ["'=cmd", "'@x"]
    assert list(safe.index) == ["'+1", "n"]
    assert safe.index.name == "'=i"
    assert safe["'=cmd"].tolist() == ["'-a", "b"]
    assert list(frame.columns) == ["=cmd", "@x"], "what was given stays as it was"


def test_two_level_headers_and_equal_names_survive() -> None:
    frame = pd.DataFrame(
        [["=1", 2]],
        columns=pd.MultiIndex.from_tuples([("=a", "b"), ("c", "d")]),
    )
    assert formula_safe(frame).columns.tolist() == [("'=a", "b"), ("c", "d")]
    twice = pd.DataFrame([["=1", "b"]], columns=["a", "a"], index=[7])
    assert formula_safe(twice).to_numpy().tolist() == [["'=1", "b"]]
    repeated = pd.DataFrame({"a": ["=1", "b"]}, index=[3, 3])
    assert formula_safe(repeated)["a"].tolist() == ["'=1", "b"]
    assert formula_safe(pd.DataFrame()).empty


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
@settings(deadline=None)
def test_no_safe_text_begins_as_a_formula_and_the_original_is_there(
    texts: Any,
) -> None:
    safe = formula_safe(pd.DataFrame({"a": pd.Series(texts, dtype=object)}))["a"]
    for before, after in zip(texts, safe, strict=True):
        assert after in (before, "'" + before)
        assert not after.startswith(TRIGGERS)
        assert not after.strip().startswith(TRIGGERS[:8])


def test_naughty_strings_in_a_csv_come_back_and_none_is_a_formula(
    naughty: Any,
) -> None:
    back = pd.read_csv(
        io.BytesIO(
            to_csv(pd.DataFrame({"text": naughty, "n": range(len(naughty))}))
        ),
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
    )
    assert back["n"].tolist() == [str(n) for n in range(len(naughty))]
    for before, after in zip(naughty, back["text"], strict=True):
        assert (
            after.removeprefix("'") == before.removeprefix("'")
            or after == "'" + before
        )
        assert not after.startswith(TRIGGERS)


# to_csv


def test_csv_has_the_mark_that_tells_excel_it_is_utf_8() -> None:
    assert (
        to_csv(pd.DataFrame({"客户": ["张三", '说 "好", 是'], "金额": [1.5, -2.0]}))
        == '\ufeff客户,金额\r\n张三,1.5\r\n"说 ""好"", 是",-2.0\r\n'.encode()
    )


def test_csv_writes_days_as_days_and_times_as_times() -> None:
    frame = pd.DataFrame({"day": pd.to_datetime(["2024-01-31", "2024-02-01"])})
    assert b"2024-01-31\r\n" in to_csv(frame)
    assert b"2024-01-31 10:00:00\r\n" in to_csv(frame + pd.Timedelta(hours=10))


def test_csv_of_letters_that_are_half_of_one_says_so_and_goes_on() -> None:
    assert (
        to_csv(pd.DataFrame({"a": pd.Series(["\ud800x"], dtype=object)}))
        == b"\xef\xbb\xbfa\r\n?x\r\n"
    )


# to_excel


def test_excel_has_real_numbers_dates_flags_and_exact_text() -> None:
    frame = pd.DataFrame(
        {
            "id": ["007", "12E5"],
            "n": [1234567, -3],
            "money": [1234.5, np.nan],
            "day": pd.to_datetime(["2024-01-31", None]),
            "moment": pd.to_datetime(
                ["2024-01-31 10:30:15", "2024-02-01 00:00:00"]
            ),
            "flag": [True, False],
            "kind": pd.Categorical(["a", "=b"]),
        }
    )
    book = openpyxl.load_workbook(io.BytesIO(to_excel({"客户": frame})))
    sheet = book["客户"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows == [
        ["id", "n", "money", "day", "moment", "flag", "kind"],
        [
            "007",
            1234567,
            1234.5,
            datetime.datetime(2024, 1, 31),
            datetime.datetime(2024, 1, 31, 10, 30, 15),
            True,
            "a",
        ],
        ["12E5", -3, None, None, datetime.datetime(2024, 2, 1), False, "'=b"],
    ]
    assert [cell.data_type for cell in sheet[2]][1:6] == [
        "n",
        "n",
        "d",
        "d",
        "b",
    ]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G3"
    assert (
        sheet["B2"].number_format,
        sheet["C2"].number_format,
        sheet["D2"].number_format,
    ) == (
        "#,##0",
        "#,##0.00",
        "yyyy-mm-dd",
    )
    assert sheet["E2"].number_format == "yyyy-mm-dd hh:mm:ss"


def test_columns_are_as_wide_as_what_is_in_them_chinese_counted_double() -> None:
    frame = pd.DataFrame({"a": ["x"], "b": ["中" * 10], "c": ["y" * 500]})
    sheet = openpyxl.load_workbook(io.BytesIO(to_excel({"s": frame})))["s"]
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert widths[0] < 10 < 20 < widths[1] < 30
    assert widths[2] <= 51


def test_naughty_strings_in_excel_come_back_and_no_cell_is_a_formula_or_a_link(
    naughty: Any,
) -> None:
    content = to_excel({"n": pd.DataFrame({"text": naughty})})
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [
        row[0] for row in book["n"].iter_rows(min_row=2, max_row=len(naughty) + 1)
    ]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    for before, cell in zip(naughty, cells, strict=True):
        after = cell.value or ""
        assert not after.startswith(TRIGGERS)
        # openpyxl leaves a carriage return's escape as it stands in the file, and knows no lone
        # surrogates
        assert after.replace("_x000D_", "\r") in (
            before,
            "'" + before,
        ) or re.search("[\x00-\x1f\ufffe\uffff]", before)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_a_table_longer_than_a_sheet_goes_on_on_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(excel, "SHEET_ROWS", 4)
    result = sheets(
        to_excel(
            {
                "orders": pd.DataFrame({"n": range(7)}),
                "其他": pd.DataFrame({"m": [1]}),
            }
        )
    )
    assert {name: [row[0] for row in rows] for name, rows in result.items()} == {
        "orders": ["n", 0, 1, 2],
        "orders (2)": ["n", 3, 4, 5],
        "orders (3)": ["n", 6],
        "其他": ["m", 1],
    }


@pytest.mark.slow
def test_excel_s_real_bound_is_kept() -> None:
    rows = 1_048_575
    content = to_excel({"n": pd.DataFrame({"n": np.zeros(rows + 1, dtype="int8")})})
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        first, second = (
            parts.read("xl/worksheets/sheet1.xml"),
            parts.read("xl/worksheets/sheet2.xml"),
        )
    assert first.count(b"<row ") == 1_048_576
    assert second.count(b"<row ") == 2


def test_empty_tables_have_their_header_and_no_columns_are_no_fault() -> None:
    result = sheets(
        to_excel(
            {
                "a": pd.DataFrame(
                    {
                        "x": pd.Series(dtype="float64"),
                        "d": pd.Series(dtype="datetime64[ns]"),
                    }
                ),
                "b": pd.DataFrame(),
            }
        )
    )
    assert result["a"] == [["x", "d"]]
    assert result["b"] in ([], [[None]])


def test_what_excel_would_change_is_written_as_text() -> None:
    frame = pd.DataFrame(
        {
            "long": pd.Series([123456789012345678, 5], dtype="int64"),
            "odd": [np.inf, -np.inf],
            "old": pd.Series(
                [datetime.datetime(1850, 1, 1), datetime.date(2024, 1, 31)],
                dtype=object,
            ),
            "text": ["x" * 40_000, "y"],
        }
    )
    rows = sheets(to_excel({"s": frame}))["s"]
    assert rows[1][0] == "123456789012345678"
    assert rows[2][0] == 5
    assert [row[1] for row in rows[1:]] == ["inf", "-inf"]
    assert rows[1][2] == "1850-01-01 00:00:00"
    assert rows[2][2] == datetime.datetime(2024, 1, 31)
    assert (len(rows[1][3]), rows[1][3][-1]) == (32_767, "…")


def test_moments_with_a_time_zone_keep_the_clock_s_reading() -> None:
    frame = pd.DataFrame(
        {"t": pd.to_datetime(["2024-01-31 10:00"]).tz_localize("Asia/Shanghai")}
    )
    assert sheets(to_excel({"s": frame}))["s"][1][0] == datetime.datetime(
        2024, 1, 31, 10
    )


def test_too_many_columns_for_excel_are_said_in_both_languages() -> None:
    with pytest.raises(AnalysisError) as caught:
        to_excel({"wide": pd.DataFrame(np.zeros((1, 16_385)))})
    assert "16,385" in caught.value.sentence("en")
    assert "16,385" in caught.value.sentence("zh")


@given(st.lists(st.text(max_size=60), max_size=8))
@settings(deadline=None)
def test_sheet_names_are_what_excel_accepts_and_all_different(
    titles: Any,
) -> None:
    names = sheet_names(titles)
    assert len(names) == len(titles)
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert name.strip("'") == name
        assert name.casefold() != "history"


# escape_markdown


def test_dates_words_and_chinese_come_out_unchanged() -> None:
    for text in (
        "2024-01-05",
        "at_risk",
        "客户 1,234",
        "Ann Smith (VIP)",
        "10:30",
        "5%",
        "50 - 60",
        "a+b=c",
        "C++ / C",
    ):
        assert escape_markdown(text) == text


@pytest.mark.parametrize(
    "text",
    [
        ":red[sale]",
        ":material/home:",
        ":streamlit:",
        ":smile: :+1:",
        "::help",
        ":shimmer[x]",
        ":blue-badge[x]",
        "https://evil.cn",
        "www.evil.cn",
        "a@b.com",
        "mailto:x",
        "a -> b",
        "--",
        "1 >= 0",
    ],
)
def test_what_is_looked_for_after_backslashes_are_gone_is_parted_by_a_joiner(
    text: str,
) -> None:
    plain = escape_markdown(text).replace("\\", "")
    assert plain != text
    assert plain.replace("\u2060", "") == text
    assert not re.search(
        r":[\w+-]+:|:[a-z][\w-]*\[|:material|:streamlit:|://|www\.|@\w|->|--|>=",
        plain,
    )


def rendered(text: str) -> Any:
    """What CommonMark with tables and strike-through makes of a text.

    Kinds of pieces, and the text shown.
    """
    markdown_it = pytest.importorskip("markdown_it")
    tokens = (
        markdown_it.MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .parse(text)
    )
    inline = [token for token in tokens if token.type == "inline"]
    kinds = {token.type for token in tokens} | {
        child.type for token in inline for child in token.children
    }
    return kinds, "".join(
        child.content for token in inline for child in token.children
    )


def assert_shown_as_it_is(text: str) -> None:
    kinds, shown = rendered(escape_markdown(text))
    assert kinds <= {
        "paragraph_open",
        "inline",
        "paragraph_close",
        "text",
        "text_special",
    }
    assert shown.replace("\u2060", "") == " ".join(
        text.replace("\0", "\ufffd").split()
    ).replace("\u2060", "")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "*a*",
            "**a**",
            "_a_",
            "__a__",
            "a_b_ _c",
            "# a",
            "- a",
            "+ a",
            "1. a",
            "2) a",
            "> a",
            "`a`",
            "~~a~~",
            "[a](b)",
            "![a](b)",
            "<b>a</b>",
        ),
        *(
            "<https://a.b>",
            "&amp;",
            "&#58;",
            "---",
            "***",
            "===",
            "    code",
            "a\n# b",
            "|a|b|\n|-|-|\n|c|d|",
            "$x$",
            "\\*",
            "a\\",
            "[^1]",
            "\t- x",
        ),
        *("<!-- x -->", "{a}", "12\\. x"),
    ],
)
def test_markdown_is_shown_letter_by_letter(text: Any) -> None:
    assert_shown_as_it_is(text)


@given(
    st.text(
        alphabet=st.sampled_from("ab 1.)*_`~#+-=<>[](){}!|\\&;:@$/'\"客\n\t"),
        max_size=25,
    )
)
@settings(deadline=None, max_examples=400)
def test_any_mixture_of_marks_is_shown_letter_by_letter(text: str) -> None:
    assert_shown_as_it_is(text)


def test_naughty_strings_are_shown_letter_by_letter(naughty: Any) -> None:
    for text in naughty:
        assert_shown_as_it_is(text)


def test_every_sentence_of_this_module_is_in_both_languages() -> None:
    file = (
        resources.files("crm_analysis")
        / "presentation"
        / "phrases"
        / "privacy.toml"
    )
    for texts in tomllib.loads(file.read_text(encoding="utf-8")).values():
        assert sorted(texts) == ["en", "zh"]
