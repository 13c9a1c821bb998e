"""The ledger: records and money add up whatever is in the file and whatever is asked.

And what it lists is what happened.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import crm_analysis as crm
from crm_analysis.errors import Cancelled
from crm_analysis.tables.cleaning import STEPS, CleanOptions, clean
from crm_analysis.tables.cleaning.duplicates import places_of_repeated
from crm_analysis.wording import LANGUAGES, has, say
from tests.raw_tables import coded_table, raw_table, roles

law = settings(deadline=None, suppress_health_check=list(HealthCheck))
tries = pytest.mark.parametrize(
    "tries", [10, pytest.param(30, marks=pytest.mark.slow)]
)
ORDERS = roles(
    "transactions",
    customer="who",
    order="order",
    date="day",
    product="what",
    quantity="qty",
    unit_price="price",
)


def adds_up(sums: Any) -> None:
    records = (
        "header",
        "preamble",
        "units",
        "blank",
        "set_aside",
        "duplicates",
        "kept",
    )
    assert sums["records_in"] == sum(sums[name] for name in records)
    if sums["money_read"] is not None:
        left = (
            sums["money_kept"]
            + sums["money_set_aside"]
            + sums["money_duplicates"]
            - sums["money_edits"]
        )
        assert math.isclose(sums["money_read"], left, rel_tol=1e-9, abs_tol=1e-4)


cells = st.sampled_from(
    [
        "",
        "1",
        "2",
        "3.5",
        "-1",
        "1,000",
        "n/a",
        "x y ",
        " 7",
        "$4",
        "12E5",
        "０",
    ]
)
lines = st.fixed_dictionaries(
    {
        "who": st.sampled_from(["A", "B", "TEST1", "", "17.0"]),
        "order": st.sampled_from(["1", "2", "C1234", ""]),
        "day": st.sampled_from(
            [
                "2024-01-01",
                "2024-02-30",
                "",
                "2999-01-01",
                "2024-03-01 10:00:00",
            ]
        ),
        "what": st.sampled_from(["mug", " mug", "POSTAGE", "Ｍug", ""]),
        "qty": st.sampled_from(["1", "2", "-1", "0", "900", "", "n/a"]),
        "price": st.sampled_from(["1.5", "2", "-3", "$4.25", "1,000.00", ""]),
        "note": cells,
    }
)
wishes = st.fixed_dictionaries(
    {},
    optional={
        "duplicates": st.sampled_from(["remove", "flag", "keep"]),
        "outliers": st.sampled_from(["flag", "clip", "set_aside", "ignore"]),
        "outlier_method": st.sampled_from(["iqr", "robust_z"]),
        "impossible": st.sampled_from(["flag", "missing", "set_aside", "ignore"]),
        "returns": st.sampled_from(["keep", "net", "drop"]),
        "no_product": st.sampled_from(["mark", "set_aside"]),
        "leave_out": st.just(("test*",)),
        "missing": st.lists(
            st.sampled_from(
                [
                    ("quantity", "median"),
                    ("unit_price", "mean"),
                    ("product", "mode"),
                    ("date", "forward"),
                    ("customer", "drop"),
                    ("quantity", "random"),
                ]
            ),
            unique=True,
        ).map(tuple),
        "undo": st.lists(st.sampled_from(STEPS[1:]), max_size=3).map(tuple),
        "put_back": st.just((3, (0, 4))),
    },
)


def cleaned(rows: Any, wish: Any) -> Any:
    return clean(
        raw_table({name: [row[name] for row in rows] for name in rows[0]}),
        ORDERS,
        CleanOptions(**wish),
    )


@pytest.mark.slow
@tries
def test_law_records_and_money_add_up(tries: Any) -> None:
    @settings(law, max_examples=tries)
    @given(st.lists(lines, min_size=1, max_size=25), wishes)
    def holds(rows: Any, wish: Any) -> None:
        result = cleaned(rows, wish)
        sums = result.summary()
        adds_up(sums)
        assert sums["records_in"] == len(rows) + 1 and sums["kept"] == len(
            result.table
        )
        assert (
            sums["cells_changed"]
            == len(result.changes)
            == result.steps["cells"].sum()
        )
        assert sums["flags"] == len(result.flags)
        assert len(result.set_aside) == result.steps["rows"].sum()
        assert result.table.index.is_monotonic_increasing
        for key, details in result.questions:
            assert all(say(key, language, **details) for language in LANGUAGES)
        for reason in [
            *result.changes["reason"],
            *result.flags["reason"],
            *result.set_aside["reason"],
        ]:
            assert has(f"cleaning.reason.{reason}"), reason
        assert all(has(f"cleaning.step.{step}") for step in result.steps["step"])

    holds()


@pytest.mark.slow
def test_law_columns_in_codes_are_cleaned_as_columns_of_text() -> None:
    @settings(law, max_examples=25)
    @given(
        st.lists(lines, min_size=1, max_size=25),
        wishes,
        st.sets(
            st.sampled_from(["who", "order", "day", "what", "qty", "price", "note"])
        ),
    )
    def holds(rows: Any, wish: Any, plain: Any) -> None:
        coded = coded_table(
            {name: [row[name] for row in rows] for name in rows[0]},
            sorted(plain),
        )
        coded.engine.run(
            f'CREATE OR REPLACE VIEW "{coded.store}_text" AS'
            f" SELECT _source, _line, {', '.join(f'c{number}' for number in range(7))}"
            f' FROM "{coded.store[:-6]}"'
        )
        text = clean(
            dataclasses.replace(coded, coded=None, store=f"{coded.store}_text"),
            ORDERS,
            CleanOptions(**wish),
        )
        cleaned = clean(coded, ORDERS, CleanOptions(**wish))
        assert (
            cleaned.summary() == text.summary()
            and cleaned.questions == text.questions
        )
        for part in (
            "table",
            "changes",
            "set_aside",
            "flags",
            "steps",
            "types",
        ):
            pd.testing.assert_frame_equal(
                getattr(cleaned, part), getattr(text, part)
            )

    holds()


@pytest.mark.slow
@tries
def test_law_undoing_every_step_gives_the_rows_as_they_were_read(
    tries: Any,
) -> None:
    @settings(law, max_examples=tries)
    @given(st.lists(lines, min_size=1, max_size=25), wishes)
    def holds(rows: Any, wish: Any) -> None:
        result = cleaned(rows, {**wish, "undo": STEPS[1:], "missing": ()})
        assert len(result.table) == len(rows) and result.set_aside.empty
        assert [
            value if isinstance(value, str) else ""
            for value in result.table["product"]
        ] == [row["what"] for row in rows]

    holds()


def test_the_ledger_lists_each_cell_and_each_row() -> None:
    raw = raw_table(
        {
            "who": ["17.0", "17.0", "17.0", "18.0", ""],
            "order": ["1", "1", "1", "2", ""],
            "day": ["2024-01-01", "2024-01-01", "2024-01-01", "2024-02-30", ""],
            "what": [" mug", " mug", "cup", "cup", ""],
            "qty": ["1", "1", "2", "n/a", ""],
            "price": ["2", "2", "3", "4", ""],
        }
    )
    result = clean(raw, ORDERS)
    assert list(
        map(
            tuple,
            result.changes.drop(columns="source")
            .astype(object)
            .where(result.changes.drop(columns="source").notna(), None)
            .values,
        )
    ) == [
        (2, "customer", "ids", "decimal_of_id", "17.0", "17"),
        (2, "product", "text", "tidied", " mug", "mug"),
        (4, "customer", "ids", "decimal_of_id", "17.0", "17"),
        (5, "customer", "ids", "decimal_of_id", "18.0", "18"),
        (5, "date", "types", "impossible_date", "2024-02-30", None),
        (5, "quantity", "types", "missing_word", "n/a", None),
    ]
    assert result.set_aside[["line", "step", "reason", "text"]].values.tolist() == [
        [3, "duplicates", "exact_copy", "17.0,1,2024-01-01, mug,1,2"],
        [6, "blank", "empty_row", ",,,,,"],
    ]
    sums = result.summary()
    adds_up(sums)
    assert (
        sums["kept"],
        sums["duplicates"],
        sums["blank"],
        sums["money_read"],
        sums["money_duplicates"],
    ) == (3, 1, 1, 10, 2)
    assert result.steps.set_index("step").loc[
        "duplicates", ["cells", "rows", "money"]
    ].tolist() == [
        0,
        1,
        -2,
    ]


def test_what_was_set_aside_can_be_put_back() -> None:
    raw = raw_table(
        {
            "who": ["A", "A", "TEST"],
            "order": ["1", "1", "2"],
            "day": ["2024-01-01"] * 3,
            "what": ["mug"] * 3,
            "qty": ["1"] * 3,
            "price": ["2"] * 3,
        }
    )
    assert clean(
        raw, ORDERS, CleanOptions(leave_out=("TEST",))
    ).table.index.tolist() == [2]
    assert clean(
        raw, ORDERS, CleanOptions(leave_out=("TEST",), put_back=(4,))
    ).table.index.tolist() == [2, 4]
    assert clean(
        raw, ORDERS, CleanOptions(put_back=((0, 3),))
    ).table.index.tolist() == [2, 3, 4]
    assert clean(
        raw, ORDERS, CleanOptions(put_back=((1, 3),))
    ).table.index.tolist() == [2, 4]


def test_lines_of_several_files_are_told_apart() -> None:
    raw = raw_table(
        {"who": ["A", "B"], "day": ["2024-01-01", "n/a"], "price": ["2", "3"]},
        sources=[0, 1],
    )
    result = clean(
        raw,
        roles("transactions", customer="who", date="day", unit_price="price"),
    )
    assert result.changes[["source", "line"]].values.tolist() == [[1, 3]]


@pytest.mark.slow
def test_the_table_is_made_again_from_the_same_rows_alike() -> None:
    rows = {
        "who": [f"C{i % 7}" for i in range(300)],
        "order": [str(i) for i in range(300)],
        "day": ["2024-01-01"] * 300,
        "what": ["mug"] * 300,
    }
    rows |= {
        "qty": [str(i % 9) if i % 11 else "" for i in range(300)],
        "price": ["2.5"] * 300,
    }
    wish = CleanOptions(
        missing=(("quantity", "random"),),
        outlier_method="isolation_forest",
        outliers="set_aside",
        seed=3,
    )
    one, two = (clean(raw_table(rows), ORDERS, wish) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.changes, two.changes)
    other = clean(
        raw_table(rows),
        ORDERS,
        CleanOptions(
            missing=(("quantity", "random"),),
            outlier_method="isolation_forest",
            outliers="set_aside",
            seed=4,
        ),
    )
    assert not one.changes.equals(other.changes)


def test_cleaning_can_be_cancelled_and_says_how_far_it_is() -> None:
    raw = raw_table(
        {
            "who": ["A"] * 50,
            "day": ["2024-01-01"] * 50,
            "price": [str(i) for i in range(50)],
        }
    )
    heard = []
    clean(
        raw,
        roles("transactions", customer="who", date="day", unit_price="price"),
        progress=lambda share, step: heard.append((share, step)),
    )
    shares = [share for share, _ in heard]
    assert (
        shares == sorted(shares)
        and shares[0] == 0
        and shares[-1] == 1
        and all(has(step) for _, step in heard)
    )

    def cancel(share: Any, step: Any) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        clean(
            raw,
            roles("transactions", customer="who", date="day", unit_price="price"),
            progress=cancel,
        )


def test_the_ledger_of_a_file_adds_up_from_the_first_byte() -> None:
    content = (
        b"Report of May\n\nid;day;amount\n;date;EUR\n"
        b"1;2024-05-01;1,50\n1;2024-05-01;1,50\n2;2024-05-02;2,25\n\nTotal;;5,25\n"
    )
    raw = crm.read_table(content, name="report.csv")
    result = clean(raw, crm.guess_roles(raw))
    sums = result.summary()
    adds_up(sums)
    assert sums["records_in"] == raw.reading.records and sums["duplicates"] == 1


@pytest.mark.slow
def test_every_real_file_adds_up(real_data: Path) -> None:
    for name in (
        "superstore/SampleSuperstore.csv.gz",
        "groceries/groceries.csv",
        "store_data_7501/store_data.csv",
        "cdnow/CDNOW_sample.txt",
        "zh_catering_xls/catering_sale.xls",
    ):
        raw = crm.read_table(real_data / name)
        sums = clean(raw, crm.guess_roles(raw)).summary()
        adds_up(sums)
        assert sums["records_in"] == raw.reading.records, name


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 20), max_size=200))
@settings(deadline=None)
def test_numbers_that_come_more_than_once_are_found(numbers: Any) -> None:
    hashes = np.array(numbers, np.uint64)
    assert (
        places_of_repeated(hashes).tolist()
        == np.flatnonzero(pd.Series(hashes).duplicated(keep=False)).tolist()
    )


def test_many_numbers_that_share_their_bits_are_told_apart() -> None:
    hashes = np.concatenate(
        [
            np.arange(50_000, dtype=np.uint64) << np.uint64(40),
            np.array([3, 3], np.uint64),
            np.array([7 << 40], np.uint64),
        ]
    )
    assert places_of_repeated(hashes).tolist() == [7, 50_000, 50_001, 50_002]


@given(st.data())
@settings(deadline=None)
def test_rows_at_some_places_are_those_rows(data: Any) -> None:
    count = data.draw(st.integers(1, 60))
    raw = coded_table(
        {
            "name": [f"n{i % 3}" for i in range(count)],
            "key": [f"k{i}" for i in range(count)],
        },
        plain=["key"],
    )
    cuts = sorted(data.draw(st.sets(st.integers(1, count))) | {count})
    raw.coded.rows = pa.concat_tables(
        [
            raw.coded.rows.slice(start, end - start)
            for start, end in itertools.pairwise([0, *cuts])
        ]
    )
    places = sorted(data.draw(st.sets(st.integers(0, count - 1))))
    assert raw.coded.on(np.array(places, np.int64) + 2).column(
        "c1"
    ).to_pylist() == [f"k{place}" for place in places]


@pytest.mark.slow
def test_a_large_file_in_codes_is_cleaned_as_its_text_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, random = 300_000, np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "order": (100_000 + np.arange(rows) // 7).astype(str),
            "day": (
                np.datetime64("2023-01-01T00:00")
                + np.arange(rows) * np.timedelta64(3, "m")
            ).astype(str),
            "product": random.choice(
                ["Red mug", " red mug", "Blue bag", "", "POSTAGE"], rows
            ),
            "quantity": random.choice(["1", "2", "-1", "n/a"], rows),
            "price": random.integers(100, 900, rows) / 100,
            "customer": random.integers(0, 5000, rows),
        }
    )
    frame.iloc[500::1000] = frame.iloc[499::1000].to_numpy()
    path = tmp_path / "orders.csv"
    path.write_text(frame.to_csv(index=False) + "Total,,,,,\n", encoding="utf-8")
    result = []
    for parser in ("codes", "text"):
        if parser == "text":
            monkeypatch.setattr(
                "crm_analysis.tables.reading.fast.parse_with_arrow",
                lambda *_: None,
            )
        raw = crm.read_table(path)
        assert (
            bool(raw.coded) == (parser == "codes")
            and raw.reading.rows == rows
            and len(raw.set_aside) == 1
        )
        cleaned = clean(raw, crm.guess_roles(raw))
        result.append(
            (
                cleaned.table,
                cleaned.summary(),
                cleaned.changes,
                cleaned.set_aside,
                cleaned.flags,
            )
        )
    for one, other in zip(*result, strict=True):
        assert one == other if isinstance(one, dict) else one.equals(other)
    assert result[0][1]["duplicates"] == 300
