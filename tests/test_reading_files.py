"""Real and hostile files that others published, many with the expected result beside them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.reading import ReadOptions, read_table


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


# file: rows, columns, encoding, delimiter, layout
KNOWN = {
    "airpassengers/AirPassengers.csv": (144, 2, "utf-8", ",", "delimited"),
    "alexa_reviews/amazon_alexa.tsv": (3150, 5, "utf-8-sig", "\t", "delimited"),
    "bank_churn/Churn_Modelling.csv": (10000, 14, "utf-8", ",", "delimited"),
    "bank_churn/Churn_Modelling_m.csv": (10000, 14, "utf-8", ",", "delimited"),
    "bank_marketing/bank.csv": (4521, 17, "utf-8", ";", "delimited"),
    # its last line holds nothing but one number, the mean of a column: set aside as a total
    "bike_sales_34k/Sales+data.csv": (34866, 15, "utf-8", ",", "delimited"),
    "cdnow/CDNOW_sample.txt": (6919, 5, "utf-8", None, "fixed"),
    "cdnow/cdnow_customers_summary.csv": (2357, 4, "utf-8", ",", "delimited"),
    "cdnow/cdnow_customers_summary_with_transactions.csv": (
        2357,
        5,
        "utf-8",
        ",",
        "delimited",
    ),
    "credit_card_churners/BankChurners.csv": (
        10127,
        23,
        "utf-8",
        ",",
        "delimited",
    ),
    "example_transactions_lifetimes/example_transactions.csv": (
        15273,
        2,
        "utf-8",
        ",",
        "delimited",
    ),
    "fpp_small_series/PBS_dataset.csv": (204, 2, "utf-8", ",", "delimited"),
    "fpp_small_series/Uschange.csv": (187, 7, "utf-8", ",", "delimited"),
    "fpp_small_series/australian_capital_retail.csv": (
        441,
        21,
        "utf-8",
        ",",
        "delimited",
    ),
    "fpp_small_series/a10_missings.csv": (100, 2, "utf-8", ",", "delimited"),
    "groceries/groceries.csv": (43367, 2, "utf-8", ",", "baskets"),
    "groceries/groceries - groceries.csv": (
        43367,
        2,
        "utf-8",
        ",",
        "baskets",
    ),  # the same baskets under Item 1 … Item 32
    "groceries_zh_utf8bom/GoodsOrder.utf8bom.csv": (
        43367,
        2,
        "utf-8-sig",
        ",",
        "delimited",
    ),
    "hillstrom/hillstrom_half.csv": (32000, 12, "utf-8", ",", "delimited"),
    "mall_customers/Mall_Customers.csv": (200, 5, "utf-8", ",", "delimited"),
    "marketing_campaign/marketing_campaign.csv": (
        2240,
        29,
        "utf-8",
        "\t",
        "delimited",
    ),
    "marketing_campaign/marketing_campaign_full_comma.csv": (
        2240,
        30,
        "utf-8",
        ",",
        "delimited",
    ),
    "online_retail/december_to_april.csv": (
        171999,
        8,
        "utf-8",
        ",",
        "delimited",
    ),
    "online_retail/2011-05-05.csv": (1838, 8, "utf-8", ",", "delimited"),
    "online_shoppers/online_shoppers_intention.csv": (
        12330,
        18,
        "utf-8",
        ",",
        "delimited",
    ),
    "pizza_place/orders.csv": (21350, 3, "utf-8", ",", "delimited"),
    "pizza_place/order_details.csv": (48620, 4, "utf-8", ",", "delimited"),
    "pizza_place/pizzas.csv": (96, 4, "utf-8", ",", "delimited"),
    "pizza_place/pizza_types.csv": (32, 4, "cp1252", ",", "delimited"),
    "segmentation_cc_660/Credit Card Customer Data.csv": (
        660,
        7,
        "utf-8",
        ",",
        "delimited",
    ),
    "store_data_7501/store_data.csv": (29363, 2, "utf-8", ",", "baskets"),
    "superstore/SampleSuperstore.csv.gz": (9994, 13, "utf-8", ",", "delimited"),
    "telco_churn/Telco-Customer-Churn.csv": (
        7043,
        21,
        "utf-8",
        ",",
        "delimited",
    ),
    "thai_cp874/province_tis.csv": (77, 3, "cp874", ",", "delimited"),
    "thai_cp874/province_utf8.csv": (77, 3, "utf-8", ",", "delimited"),
    "walmart_weekly/walmart.csv": (6435, 8, "utf-8", ",", "delimited"),
    "zh_waimai_10k/waimai_10k.csv": (11987, 2, "utf-8", ",", "delimited"),
    "zh_catering_xls/catering_dish_profit.xls": (10, 3, None, None, "sheet"),
    "zh_catering_xls/catering_fish_congee.xls": (91, 2, None, None, "sheet"),
    "zh_catering_xls/catering_sale.xls": (201, 2, None, None, "sheet"),
    "zh_catering_xls/consumption_data.xls": (940, 4, None, None, "sheet"),
    "zh_catering_xls/menu_orders.xls": (27, 2, None, None, "baskets"),
    "zh_catering_xls/sales.xls": (201, 3, None, None, "sheet"),
    "messy_csvkit/examples/realdata/ne_1033_data.xlsx": (
        1036,
        14,
        None,
        None,
        "sheet",
    ),
}
NO_HEADER = {
    "cdnow/CDNOW_sample.txt",
    "zh_catering_xls/catering_fish_congee.xls",
    "groceries/groceries.csv",
    "store_data_7501/store_data.csv",
    "zh_catering_xls/menu_orders.xls",
}


@pytest.mark.slow
@pytest.mark.parametrize("file", KNOWN)
def test_real_file(real_data: Path, engine: Engine, file: str) -> None:
    rows, columns, encoding, delimiter, layout = KNOWN[file]
    raw = read_table(real_data / file, engine=engine)
    reading = raw.reading
    assert (
        reading.rows,
        len(reading.columns),
        reading.encoding,
        reading.delimiter,
        reading.layout,
    ) == (rows, columns, encoding, delimiter, layout)
    assert bool(reading.header) == (file not in NO_HEADER)
    assert sum(reading.counts.values()) == reading.records


@pytest.mark.slow
def test_cells_of_real_files_are_as_the_csv_module_reads_them(
    real_data: Path, engine: Engine
) -> None:
    for file in (
        "online_retail/2011-05-05.csv",
        "telco_churn/Telco-Customer-Churn.csv",
        "superstore/../credit_card_churners/BankChurners.csv",
    ):
        with (real_data / file).open(encoding="utf-8", newline="") as stream:
            expected = list(csv.reader(stream))
        raw = read_table(real_data / file, engine=engine)
        assert [
            list(raw.reading.columns),
            *raw.table.to_numpy().tolist(),
        ] == expected


def test_other_files_are_refused_in_plain_words(
    real_data: Path, engine: Engine
) -> None:
    for file, key in {
        "fpp_small_series/ausair.RDS": "reading.refused_statistics",
        "blns/blns.json": "reading.refused_json",
        "messy_csvkit/examples/testjson.json": "reading.refused_json",
        "messy_csvkit/examples/testdbf.dbf": "reading.refused_binary",
        "messy_csvkit/examples/empty.csv": "reading.empty",
        "pollock_sample/csv/file_no_payload.csv": "reading.empty",
    }.items():
        with pytest.raises(AnalysisError) as problem:
            read_table(real_data / file, engine=engine)
        assert problem.value.key == key
        assert "{" not in problem.value.sentence("zh") + problem.value.sentence(
            "en"
        )


@pytest.mark.slow
def test_baskets_are_the_published_ones(real_data: Path, engine: Engine) -> None:
    raw = read_table(real_data / "groceries/groceries.csv", engine=engine)
    assert raw.reading.columns == ("order", "product")
    assert raw.table["order"].nunique() == 9835
    assert raw.table["product"].nunique() == 169
    first = raw.table[raw.table["order"] == "4"]["product"].tolist()
    assert first == ["pip fruit", "yogurt", "cream cheese", "meat spreads"]
    numbers = read_table(real_data / "fimi/T10I4D100K.dat", engine=engine)
    assert (
        numbers.reading.rows,
        numbers.reading.delimiter,
        numbers.reading.layout,
    ) == (
        1010228,
        " ",
        "baskets",
    )
    assert numbers.table["product"].nunique() == 870
    assert numbers.table["order"].nunique() == 100000


def test_fixed_width_columns(real_data: Path, engine: Engine) -> None:
    raw = read_table(real_data / "cdnow/CDNOW_sample.txt", engine=engine)
    assert raw.table.iloc[0].tolist() == [
        "00004",
        "0001",
        "19970101",
        "2",
        "29.33",
    ]
    assert raw.table.iloc[:, 0].nunique() == 2357


def test_csv_spectrum(real_data: Path, engine: Engine) -> None:
    folder = real_data / "csv_spectrum"
    files = sorted((folder / "csvs").glob("*.csv"))
    assert len(files) == 12
    for file in files:
        expected = json.loads(
            (folder / "json" / f"{file.stem}.json").read_text(encoding="utf-8")
        )
        if (
            b"\r" not in file.read_bytes()
        ):  # as published here, the files named _crlf end their lines with LF
            expected = json.loads(json.dumps(expected).replace("\\r\\n", "\\n"))
        result = read_table(file, engine=engine).table.to_dict("records")
        if file.stem == "location_coordinates":
            # The JSON is one object instead of a list, with another phone number than the file.
            expected = [{**expected, "Contact Phone Number": "2095257564"}]
        assert result == expected, file.name


def pollock_files(real_data: Path) -> list[Path]:
    return sorted((real_data / "pollock_sample" / "csv").glob("*.csv"))


@pytest.mark.slow
def test_pollock(real_data: Path, engine: Engine) -> None:
    """Every polluted file gives the clean one; the empty one is refused (above)."""
    folder = real_data / "pollock_sample"
    files = [
        file
        for file in pollock_files(real_data)
        if file.name != "file_no_payload.csv"
    ]
    assert len(files) > 35
    wrong = []
    for file in files:
        with (folder / "clean" / file.name).open(
            encoding="utf-8", newline=""
        ) as stream:
            expected = list(csv.reader(stream))
        raw = read_table(file, engine=engine)
        result = (
            [list(raw.reading.columns)] if raw.reading.header else []
        ) + raw.table.to_numpy().tolist()
        if result != expected:
            wrong.append(file.name)
    assert wrong == []


@pytest.mark.slow
def test_pollock_dialects(real_data: Path, engine: Engine) -> None:
    folder = real_data / "pollock_sample"
    for file in pollock_files(real_data):
        if file.name == "file_no_payload.csv":
            continue
        expected = json.loads(
            (folder / "parameters" / f"{file.name}_parameters.json").read_text(
                encoding="utf-8"
            )
        )
        reading = read_table(file, engine=engine).reading
        assert reading.delimiter == expected["delimiter"], file.name
        assert reading.quote == expected["quotechar"], file.name
        if (
            file.name != "file_header_only.csv"
        ):  # there its parameters say 0 columns, though its clean file has 9
            assert len(reading.columns) == expected["n_columns"], file.name
        assert len(reading.header) == expected["header_lines"], file.name
        # Where no quote stands within a text, the escape cannot be seen.
        assert (reading.escape or reading.quote) == (
            expected["escapechar"] or reading.quote
        ), file.name


def converted(real_data: Path, name: str) -> list[list[str]]:
    with (real_data / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


EXAMPLES = "messy_csvkit/examples/"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "bad.csv",
            [["", "I'm too short!", ""], ["0", "mixed types.... uh oh", "17"]],
        ),
        (
            "bad_skip_lines.csv",
            [["", "I'm too short!", ""], ["0", "mixed types.... uh oh", "17"]],
        ),
        ("blanks.csv", [["", "NA", "N/A", "NONE", "NULL", "."]]),
        ("date_like_number.csv", [["4.5"]]),
        ("dummy.csv", [["1", "2", "3"]]),
        ("dummy.csv.bz2", [["1", "2", "3"]]),
        ("dummy.csv.gz", [["1", "2", "3"]]),
        ("dummy.tsv", [["1", "2", "3"]]),
        ("dummy.xls", [["1", "2", "3"]]),
        ("dummy.xlsx", [["1", "2", "3"]]),
        ("join_a.csv", [["1", "b", "c"], ["2", "b", "c"], ["3", "b", "c"]]),
        ("join_a_short.csv", [["1", "b", ""], ["2", "", ""], ["3", "b", "c"]]),
        (
            "join_no_header_row.csv",
            [["1", "b", "c"], ["1", "b", "c"], ["4", "b", "c"]],
        ),
        (
            "mac_newlines.csv",
            [["1", "2", "3"], ["Once upon\ra time", "5", "6"]],
        ),
        ("no_header_row.csv", [["1", "2", "3"]]),
        ("no_header_row3.csv", [["1", "2", "3"], ["4", "5", "6"]]),
        ("null_byte.csv", [["", "2", "3"]]),
        ("optional_quote_characters.csv", [["1", "2", "3"]]),
        ("sniff_limit.csv", [["1", "2", "3"]]),
        (
            "sort_ints_nulls.csv",
            [["1", "2", "3"], ["4", "", "6"], ["5", "1", "7"]],
        ),
        ("test_date_format.csv", [["02/01/2014"], ["31/12/2012"]]),
        (
            "test_empty_columns.csv",
            [
                ["a", "", "", "", ""],
                ["", "", "c", "", ""],
                ["", "", "", "", ""],
            ],
        ),
        ("test_extra_header.csv", [["1", "2", "3", ""]]),
        ("test_header_newline.csv", [["d", "e", "f"]]),
        (
            "test_join_short_rows.csv",
            [["1", "cat", ""], ["dog", "c", ""], ["3", "b", "c"]],
        ),
        ("test_latin1.csv", [["1", "2", "3"], ["4", "5", "©"]]),
        ("test_locale.csv", [["1,7", "200.000.000", ""]]),
        ("test_no_leading_zeroes.csv", [["01", "00.11", "0.1"]]),
        ("test_numeric_date_format.csv", [["20140102"], ["20121231"]]),
        ("test_skip_lines.csv", [["1", "2", "3"]]),
        ("test_utf16_big.csv", [["1", "2", "3"], ["4", "5", "ʤ"]]),
        ("test_utf16_little.csv", [["1", "2", "3"], ["4", "5", "ʤ"]]),
        ("test_utf8_bom.csv", [["1", "2", "3"], ["4", "5", "ʤ"]]),
    ],
)
def test_csvkit(
    real_data: Path, engine: Engine, file: str, expected: object
) -> None:
    assert (
        read_table(real_data / EXAMPLES / file, engine=engine)
        .table.to_numpy()
        .tolist()
        == expected
    )


def test_sheets_equal_their_converted_files_but_for_how_dates_are_written(
    real_data: Path, engine: Engine
) -> None:
    # File, sheet, csvkit's result without type inference; it writes a midnight as a date alone.
    for file, sheet in (
        ("test.xlsx", None),
        ("test_skip_lines.xlsx", None),
        ("sheets.xlsx", "data"),
        ("test.xls", None),
        ("sheets.xls", "data"),
    ):
        raw = read_table(
            real_data / EXAMPLES / file, ReadOptions(sheet=sheet), engine=engine
        )
        expected = converted(
            real_data, EXAMPLES + "testxlsx_noinference_converted.csv"
        )
        result = raw.table.to_numpy().tolist()
        assert list(raw.reading.columns) == [
            "text",
            "date",
            "integer",
            "boolean",
            "float",
            "datetime",
            "empty_column",
            "column 8",
        ]
        for mine, theirs in zip(result, expected[1:], strict=True):
            theirs = [
                {"True": "TRUE", "False": "FALSE"}.get(cell, cell)
                for cell in theirs
            ]
            assert [cell.removesuffix(" 00:00:00") for cell in mine] == theirs, file


def test_sheet_with_a_name_beyond_ascii(real_data: Path, engine: Engine) -> None:
    raw = read_table(
        real_data / EXAMPLES / "sheets.xlsx",
        ReadOptions(sheet="ʤ"),
        engine=engine,
    )
    assert raw.table.to_numpy().tolist() == [["1", "2", "3"]]
    assert raw.reading.sheets == ("not this one", "data", "ʤ")
    with pytest.raises(AnalysisError, match="empty"):
        read_table(
            real_data / EXAMPLES / "sheets.xlsx",
            ReadOptions(sheet="not this one"),
            engine=engine,
        )


def test_fixed_width_without_a_schema(real_data: Path, engine: Engine) -> None:
    """Without csvkit's schema the float keeps the stray comma after it, all else is expected."""
    for folder in ("messy_csvkit", "messy_agate"):
        expected = converted(
            real_data, f"{folder}/examples/testfixed_converted.csv"
        )[1:]
        raw = read_table(real_data / folder / "examples/testfixed", engine=engine)
        result = [
            [cell.rstrip(",") for cell in row]
            for row in raw.table.to_numpy().tolist()
        ]
        assert result == [row[:7] for row in expected]


def test_agate(real_data: Path, engine: Engine) -> None:
    folder = real_data / "messy_agate/examples"
    expected = [
        ["1", "a", "True", "2015-11-04", "2015-11-04T12:22:00", "0:04:15"],
        ["2", "👍", "False", "2015-11-05", "2015-11-04T12:45:00", "0:06:18"],
        ["", "b", "", "", "", ""],
    ]
    for file in (
        "test.csv",
        "test_cr.csv",
        "test_crlf.csv",
        "test_csv_sniff.csv",
        "test_quote_nonnumeric.csv",
    ):
        assert (
            read_table(folder / file, engine=engine).table.to_numpy().tolist()
            == expected
        ), file
    assert not read_table(
        folder / "test_no_header.csv", engine=engine
    ).reading.header
    assert (
        read_table(folder / "test_no_header.csv", engine=engine).reading.rows == 3
    )
    raw = read_table(
        folder / "realdata/Datagov_FY10_EDU_recp_by_State.csv", engine=engine
    )
    assert raw.reading.columns[:2] == ("State Name", "State Abbreviate")
    raw = read_table(
        real_data / EXAMPLES / "realdata/Datagov_FY10_EDU_recp_by_State.csv",
        engine=engine,
    )
    assert raw.reading.header == (3,)
    assert raw.set_aside["reason"].tolist()[0] == "preamble"


@pytest.mark.slow
def test_naughty_strings_survive_in_every_place(
    real_data: Path, engine: Engine
) -> None:
    strings = json.loads((real_data / "blns/blns.json").read_text(encoding="utf-8"))
    strings = [text for text in strings if "\0" not in text]
    assert len(strings) > 400
    columns = ["id", "name", "comment"]
    import io

    for place in range(3):
        for delimiter in ",;\t":
            rows = [
                [f"{number}", f"name {number % 7}", "fine, thanks"]
                for number in range(len(strings))
            ]
            for row, text in zip(rows, strings, strict=True):
                row[place] = text
            out = io.StringIO(newline="")
            writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
            writer.writerows([columns, *rows])
            raw = read_table(
                out.getvalue().encode("utf-8", "surrogatepass"),
                name="naughty.csv",
                engine=engine,
            )
            assert raw.table.to_numpy().tolist() == rows, (place, delimiter)
