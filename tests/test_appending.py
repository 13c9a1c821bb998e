"""Several files of one form: what is new, what comes twice, what replaces what."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.appending import (
    append,
    brought_in,
    compare,
    record_key,
    same_form,
)
from crm_analysis.tables.reading import RawTable, ReadOptions, read_table
from crm_analysis.tables.roles import Roles, guess_roles


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def raw(engine: Engine, text: str, name: str = "file.csv") -> RawTable:
    return read_table(text.encode(), name=name, engine=engine)


ORDERS = Roles(
    "transactions",
    {
        "customer": "customer",
        "order": "order",
        "date": "date",
        "product": "product",
        "quantity": "quantity",
    },
)
HEAD = "customer,order,date,product,quantity\n"
JAN = HEAD + "C1,1,2024-01-01,tea,1\nC1,1,2024-01-01,tea,1\nC2,2,2024-01-09,cup,3\n"


def test_a_month_is_added(engine: Engine) -> None:
    feb = raw(
        engine,
        "customer,order,date,product,quantity\nC1,3,2024-02-01,tea,2\nC3,4,2024-02-02,pot,1\n",
        "feb.csv",
    )
    both = append([raw(engine, JAN, "jan.csv"), feb], ORDERS)
    assert (
        len(both.table) == 5
    )  # the line that January has twice stays twice: cleaning decides on it
    assert len(both.set_aside) == 0
    assert [one.name for one in both.sources] == ["jan.csv", "feb.csv"]
    assert both.reading.rows == 5
    assert both.reading.records == 7
    assert sum(both.reading.counts.values()) == both.reading.records
    assert brought_in(both, [1]) == {"new": 2, "repeated": 0, "changed": 0}
    assert engine.run(
        f'SELECT _source, count(*) FROM "{both.store}" GROUP BY ALL ORDER BY ALL'
    ) == [(0, 3), (1, 2)]


def test_repeats_are_counted_as_often_as_they_come(engine: Engine) -> None:
    """Twice in the new file and once before: one repeat and one new."""
    before = raw(engine, JAN)
    added = raw(
        engine,
        HEAD
        + "C2,2,2024-01-09,cup,3\nC2,2,2024-01-09,cup,3\n"
        + "C1,1,2024-01-01,tea,1\nC2,2,2024-01-09,cup,4\n",
        "late.csv",
    )
    assert compare(before, added, ORDERS) == {
        "new": 0,
        "repeated": 2,
        "changed": 2,
    }
    both = append([before, added], ORDERS)
    assert len(both.table) == 3 + 2
    assert both.set_aside[["source", "line", "reason"]].values.tolist() == [
        [1, 2, "repeated"],
        [1, 4, "repeated"],
    ]
    assert both.set_aside["text"].tolist() == [
        "C2,2,2024-01-09,cup,3",
        "C1,1,2024-01-01,tea,1",
    ]
    assert compare(both, [1]) == {"new": 0, "repeated": 2, "changed": 2}


def test_the_same_file_twice_adds_nothing(engine: Engine) -> None:
    both = append([raw(engine, JAN), raw(engine, JAN)], ORDERS)
    assert len(both.table) == 3
    assert brought_in(both, {1}) == {"new": 0, "repeated": 3, "changed": 0}
    assert sum(both.reading.counts.values()) == both.reading.records


def test_columns_are_matched_by_name(engine: Engine) -> None:
    other = raw(
        engine, "Quantity,Product,Date,ORDER,customer \n2,tea,2024-02-01,3,C1\n"
    )
    assert same_form(raw(engine, JAN), other)
    both = append([raw(engine, JAN), other], ORDERS)
    assert list(both.table.columns) == [
        "customer",
        "order",
        "date",
        "product",
        "quantity",
    ]
    assert both.table.iloc[-1].tolist() == ["C1", "3", "2024-02-01", "tea", "2"]


@pytest.mark.parametrize(
    ("header", "key", "said"),
    [
        ("customer,order,date,product", "linking.missing_columns", "quantity"),
        (
            "customer,order,date,product,quantity,colour",
            "linking.extra_columns",
            "colour",
        ),
        (
            "customer,order,date,product,pieces",
            "linking.other_columns",
            "pieces",
        ),
    ],
)
def test_a_file_of_another_form_is_refused_by_name(
    engine: Engine, header: str, key: str, said: str
) -> None:
    cells = ["C7", "7", "2024-01-05", "tea", "2", "red"][: header.count(",") + 1]
    other = raw(engine, header + "\n" + f"{','.join(cells)}\n" * 2, "other.csv")
    assert not same_form(raw(engine, JAN), other)
    with pytest.raises(AnalysisError) as problem:
        append([raw(engine, JAN, "jan.csv"), other], ORDERS)
    assert problem.value.key == key
    for language in ("en", "zh"):
        sentence = problem.value.sentence(language)
        assert "other.csv" in sentence
        assert "jan.csv" in sentence
        assert said in sentence


CUSTOMERS = Roles("customers", {"customer": "id"})


def test_a_newer_customer_record_replaces_the_older(engine: Engine) -> None:
    before = raw(engine, "id,city\nC1,Lyon\nC2,Paris\nC3,Leeds\n", "a.csv")
    added = raw(engine, "id,city\nC2,Berlin\nC3,Leeds\nC4,Bonn\n", "b.csv")
    assert compare(before, added, CUSTOMERS) == {
        "new": 1,
        "repeated": 1,
        "changed": 1,
    }
    both = append([before, added], CUSTOMERS)
    assert sorted(both.table.values.tolist()) == [
        ["C1", "Lyon"],
        ["C2", "Berlin"],
        ["C3", "Leeds"],
        ["C4", "Bonn"],
    ]
    assert both.set_aside[["source", "reason", "text"]].values.tolist() == [
        [0, "replaced", "C2,Paris"],
        [1, "repeated", "C3,Leeds"],
    ]
    assert sum(both.reading.counts.values()) == both.reading.records


def test_a_customer_who_changes_back(engine: Engine) -> None:
    files = [
        raw(engine, f"id,city\nC1,{city}\nC2,Rome\n", f"{city}.csv")
        for city in ("Lyon", "Paris", "Lyon", "Lyon")
    ]
    both = append(files, CUSTOMERS)
    assert sorted(both.table.values.tolist()) == [
        ["C1", "Lyon"],
        ["C2", "Rome"],
    ]
    kept = both.engine.run(f"SELECT _source FROM \"{both.store}\" WHERE c0 = 'C1'")
    assert kept == [(2,)]
    assert [brought_in(both, [file])["changed"] for file in (1, 2, 3)] == [
        1,
        1,
        0,
    ]
    one_by_one = files[0]
    for file in files[1:]:
        one_by_one = append([one_by_one, file], CUSTOMERS)
    assert sorted(one_by_one.table.values.tolist()) == sorted(
        both.table.values.tolist()
    )


def test_a_customer_that_one_file_has_twice_replaces_nobody(
    engine: Engine,
) -> None:
    rows = "".join(f"C{one},Rome\n" for one in range(30))
    both = append(
        [
            raw(engine, "id,city\n" + rows + "X,Lyon\nX,Paris\n"),
            raw(engine, "id,city\nX,Bonn\n" + rows),
        ],
        CUSTOMERS,
    )
    assert sorted(both.table.query("id == 'X'")["city"]) == [
        "Bonn",
        "Lyon",
        "Paris",
    ]
    assert len(both.table) == 33


def test_a_newer_figure_of_a_series_replaces_the_older(engine: Engine) -> None:
    roles = Roles("series", {"date": "month", "series": "store", "value": "sales"})
    both = append(
        [
            raw(
                engine,
                "month,store,sales\n2024-01,1,10\n2024-02,1,12\n2024-02,2,7\n",
            ),
            raw(engine, "month,store,sales\n2024-02,1,13\n2024-03,1,9\n"),
        ],
        roles,
    )
    assert sorted(both.table.values.tolist()) == [
        ["2024-01", "1", "10"],
        ["2024-02", "1", "13"],
        ["2024-02", "2", "7"],
        ["2024-03", "1", "9"],
    ]


def test_a_date_that_comes_many_times_is_no_key(engine: Engine) -> None:
    roles = Roles("series", {"date": "day", "value": "sales"})
    both = append(
        [
            raw(
                engine,
                "day,shop,sales\n2024-01-01,a,1\n2024-01-01,b,2\n2024-01-01,c,3\n",
            ),
            raw(engine, "day,shop,sales\n2024-01-01,d,1\n"),
        ],
        roles,
    )
    assert len(both.table) == 4


def test_rows_with_nothing_to_know_them_by_stay(engine: Engine) -> None:
    roles = Roles("feedback", {"text": "review", "rating": "label"})
    before = raw(engine, "label,review\n1,very good\n0,too late again\n")
    some = append(
        [
            before,
            raw(engine, "label,review\n1,very good\n1,quick and warm\n", "b.csv"),
        ],
        roles,
    )
    assert len(some.table) == 4
    assert (
        "linking.note_alike",
        {"file": "b.csv", "count": 1},
    ) in some.reading.notes
    assert brought_in(some, [1]) == {"new": 2, "repeated": 0, "changed": 0}
    assert (
        len(
            append(
                [
                    before,
                    raw(engine, "label,review\n0,too late again\n1,very good\n"),
                ],
                roles,
            ).table
        )
        == 2
    )  # the whole file again


def test_baskets_of_two_files_are_different_orders(engine: Engine) -> None:
    lists = (
        "milk,bread,butter\nmilk\nbeer,crisps\ntea,milk,bread,honey\n",
        "milk,bread\nmilk\nbeer,crisps,bread\n",
    )
    monday, tuesday = (
        read_table(
            text.encode(),
            ReadOptions(layout="baskets"),
            name="day.csv",
            engine=engine,
        )
        for text in lists
    )
    both = append([monday, tuesday])
    orders = both.table.groupby(both.table.columns[0])[both.table.columns[1]].agg(
        lambda items: ",".join(items)
    )
    assert orders[["1", "4", "5", "6", "7"]].tolist() == [
        "milk,bread,butter",
        "tea,milk,bread,honey",
        "milk,bread",
        "milk",
        "beer,crisps,bread",
    ]
    twice = append([monday, monday])
    assert len(twice.table) == len(monday.table)
    assert twice.set_aside["text"].tolist() == [
        "milk,bread,butter",
        "milk",
        "beer,crisps",
        "tea,milk,bread,honey",
    ]
    assert sum(twice.reading.counts.values()) == twice.reading.records == 8
    assert len(append([monday, tuesday, tuesday]).table) == len(both.table)


def test_appending_again_keeps_the_sources_apart(engine: Engine) -> None:
    march = raw(
        engine,
        "customer,order,date,product,quantity\nC9,9,2024-03-01,tea,2\nC2,2,2024-01-09,cup,3\n",
        "mar.csv",
    )
    feb = raw(
        engine,
        "customer,order,date,product,quantity\nC1,3,2024-02-01,tea,2\n",
        "feb.csv",
    )
    stepwise = append(
        [append([raw(engine, JAN, "jan.csv"), feb], ORDERS), march], ORDERS
    )
    at_once = append([raw(engine, JAN, "jan.csv"), feb, march], ORDERS)
    assert [one.name for one in stepwise.sources] == [
        "jan.csv",
        "feb.csv",
        "mar.csv",
    ]
    pd.testing.assert_frame_equal(stepwise.table, at_once.table)
    pd.testing.assert_frame_equal(stepwise.set_aside, at_once.set_aside)
    assert (
        brought_in(stepwise, [2])
        == brought_in(at_once, [2])
        == {"new": 1, "repeated": 1, "changed": 0}
    )


def test_what_the_files_had_set_aside_stays_with_its_source(
    engine: Engine,
) -> None:
    report = "Sales report\n\n" + JAN
    both = append(
        [
            raw(engine, JAN),
            raw(engine, report.replace("2024-01", "2024-05"), "may.csv"),
        ],
        ORDERS,
    )
    assert set(both.set_aside["source"]) <= {1}
    assert len(both.table) == 6


def test_files_of_different_engines() -> None:
    one, other = (
        read_table(JAN.encode(), name="a.csv"),
        read_table(JAN.replace("2024-01", "2024-02").encode(), name="b.csv"),
    )
    assert one.engine is not other.engine
    both = append([one, other], ORDERS)
    assert both.engine is one.engine
    assert len(both.table) == 6


def test_text_set_aside_is_written_as_csv(engine: Engine) -> None:
    text = (
        'customer,order,date,product,quantity\nC1,1,2024-01-01,"tea, ""green""",1\n'
    )
    both = append([raw(engine, text), raw(engine, text)], ORDERS)
    assert both.set_aside["text"].tolist() == ['C1,1,2024-01-01,"tea, ""green""",1']


@pytest.mark.parametrize(
    ("roles", "key"),
    [
        (ORDERS, ["order", "product"]),
        (
            Roles("transactions", {"customer": "c", "date": "d", "amount": "a"}),
            ["c", "d"],
        ),
        (Roles("transactions", {"date": "d", "amount": "a"}), []),
        (Roles("customers", {}), []),
        (Roles("series", {"date": "d", "value": "v"}), ["d"]),
        (
            Roles("contacts", {"customer": "c", "date": "d", "campaign": "k"}),
            ["c", "d", "k"],
        ),
    ],
)
def test_what_tells_records_apart(roles: Roles, key: str) -> None:
    assert record_key(roles) == key


_LINES = st.lists(
    st.tuples(
        st.sampled_from("12"),
        st.sampled_from(["tea", "cup"]),
        st.sampled_from("12"),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
@given(files=st.lists(_LINES, min_size=2, max_size=4))
@settings(max_examples=40, deadline=None)
def test_no_record_is_lost_and_none_counted_twice(
    engine: Engine, files: list[list[tuple[str, ...]]]
) -> None:
    """The table holds each record as often as the file that has it most; all adds up."""
    roles = Roles(
        "transactions",
        {"order": "order", "product": "product", "quantity": "quantity"},
    )
    head = "order,product,quantity\n"
    raws = [
        raw(engine, head + "".join(",".join(line) + "\n" for line in lines))
        for lines in files
    ]
    both = append(raws, roles)
    most: Counter = Counter()
    for lines in files:
        most |= Counter(lines)
    assert Counter(map(tuple, both.table.values.tolist())) == most
    assert len(both.table) + len(both.set_aside) == sum(map(len, files))
    for file, lines in enumerate(files[1:], start=1):
        assert sum(brought_in(both, [file]).values()) == len(lines)


@pytest.mark.slow
def test_half_a_million_rows_are_added_to_half_a_million(
    engine: Engine,
) -> None:
    rng = np.random.default_rng(0)
    n = 500_000
    frame = pd.DataFrame(
        {
            "c0": rng.integers(0, 40_000, n).astype(str),
            "c1": np.arange(n).astype(str),
            "c2": "2024-01-01",
            "c3": rng.integers(0, 3000, n).astype(str),
            "c4": "1",
        }
    )
    frame.insert(0, "_line", np.arange(n))
    frame.insert(0, "_source", 0)
    tables = []
    for number, part in enumerate(
        (frame, frame.assign(c4=np.where(np.arange(n) % 3 == 0, "1", "2")))
    ):
        engine.register(f"big_{number}", part)
        small = raw(engine, JAN)
        tables.append(
            RawTable(small.reading, engine, f"big_{number}", small.set_aside)
        )
    start = time.perf_counter()
    both = append(tables, ORDERS)
    taken = time.perf_counter() - start
    assert brought_in(both, [1]) == {
        "new": 0,
        "repeated": (n + 2) // 3,
        "changed": n - (n + 2) // 3,
    }
    print(f"{taken:.2f} s")
    assert taken < 15, (
        f"{taken:.1f} s"
    )  # 2 s alone on two cores; others may be at work


@pytest.mark.slow
def test_six_months_of_a_shop(real_data: Path) -> None:
    engine = Engine()
    folder = real_data / "online_retail"
    files = [
        folder / "december_to_april.csv",
        *sorted(folder.glob("2011-05-*.csv")),
    ]
    assert len(files) == 26
    raws = [read_table(file, engine=engine) for file in files]
    whole = append(raws, guess_roles(raws[0]))
    assert whole.reading.rows == 209_029
    assert len(whole.set_aside) == 0
    assert len(whole.sources) == 26
    more = append([whole, raws[-1]])
    assert more.reading.rows == 209_029  # the last day once more: nothing new
    assert brought_in(more, [26]) == {
        "new": 0,
        "repeated": raws[-1].reading.rows,
        "changed": 0,
    }
    engine.close()


def test_nothing_cannot_be_appended() -> None:
    with pytest.raises(ValueError, match="at least one table"):
        append([])
