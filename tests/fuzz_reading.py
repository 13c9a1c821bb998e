"""Break files at random: reading ends in a table whose sums add up, or in an AnalysisError.

So does cleaning whatever was read, by the roles that are guessed of it.

As a test a few seconds long; `FUZZ_SECONDS=60 python -m tests.fuzz_reading` runs for a minute, and
cleans the share of the tables that FUZZ_CLEAN says.
"""

from __future__ import annotations

import os
import random
import sys
import time
from contextlib import ExitStack

from crm_analysis.engine import Engine, quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.reading import RawTable, ReadOptions, load, read_table
from crm_analysis.tables.roles import guess_roles

SEEDS = [
    b'id,name,price\n1,Cup,2.50\n2,"Plate, blue",3.75\n3,"Bowl ""x""",4.00\nTotal,,10.25\n',
    '编号;名称;金额\r\n1;苹果;1,5\r\n2;"梨\r\n子";2,5\r\n合计;;4,0\r\n'.encode(
        "gb18030"
    ),
    "id\tname\n1\tZoë\n2\tÅsa\n".encode("utf-16"),
    b"milk,bread\nbread\nmilk,eggs,bread\neggs\nbread,milk\n",
    b"00004 19970101  2   29.33\n00004 19970118  2   29.73\n00021 19970102  3   63.34\n",
    "Report\n\nname|日期|x\na|2011-05-01|1\nb|2011-05-02|2\nc|2011-05-03\n".encode(
        "shift_jis"
    ),
    b"sep=;\na;b\n'1;2';3\n\\\"4;5\n",
    b"order;customer;date;status;total\n#1;A;2024-01-05;paid;5,00 \xe2\x82\xac\n#1;A;;;\n"
    b"#2;B;06.01.2024;refunded;12.450,00 \xe2\x82\xac\nTotal;;;;17,5\n",
    "订单号,下单时间,会员,商品,数量,实付金额（万元）\n1,2024年1月5日,甲,红茶，绿茶,2,￥1.5\n"
    "2,2024-01-06,乙,红茶 x 2,1,1.2w\n小计,,,,3,2.7\n3,24/1/7,甲,绿茶,-1,-3\n".encode(),
    b"date,customer,Jan 2024,Feb 2024,Mar 2024\n2024-01-05,A,1,2,3\n9999-12-31,B,4,5,1e400\n",
    b"customer;sent;channel;responded\nA;05/01/24;mail;x\nB;12/01/24;sms;\nC;1/13/24;mail;x\n",
]
PIECES = [
    b'"', b"'", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"\x1a", b"\xff", b"\xfe",
    b"\xef\xbb\xbf", b"\\", b"\xe9", b"\xb0\xa1", b" ", b"1", b"Total", b"PK\x03\x04", b"\x1f\x8b",
    b"Subtotal,,9", b"1e400", b"0001-01-01", b"-5", b"(3)", b"5 CR", b"NA", b"\xc2\xa0",
    b"=", b"sep=,\n", b"\xe2\x80\xa8", b",,,,", b"\"\"\"", b"{", b"[",
]  # fmt: skip
CLEANED = float(os.environ.get("FUZZ_CLEAN", "0.1"))


def broken(random_: random.Random) -> bytes:
    """A seed with bytes changed, cut, doubled and put in."""
    data = bytearray(random_.choice(SEEDS) * random_.choice((1, 1, 1, 3, 20)))
    for _ in range(random_.randint(0, 12)):
        place = random_.randrange(len(data) + 1)
        what = random_.randrange(5)
        if what == 0:
            data[place:place] = random_.choice(PIECES) * random_.choice(
                (1, 1, 1, 2, 50)
            )
        elif what == 1:
            del data[place : place + random_.randint(1, 8)]
        elif what == 2 and place < len(data):
            data[place] = random_.randrange(256)
        elif what == 3:
            data[place:place] = data[place : place + random_.randint(1, 60)]
        else:
            del data[place + random_.randint(1, 300) :]
    return bytes(data)


def chosen(random_: random.Random) -> ReadOptions:
    """Mostly no options, now and then odd ones."""
    if random_.random() < 0.7:
        return ReadOptions()
    return ReadOptions(
        encoding=random_.choice(
            (None, "utf-8", "gb18030", "utf-16", "cp1252", "ascii")
        ),
        layout=random_.choice((None, "delimited", "fixed", "baskets")),
        delimiter=random_.choice((None, ",", ";", " ", "||", "\n")),
        quote=random_.choice((None, '"', "'", "")),
        header_rows=random_.choice((None, 0, 1, 3)),
        first_line=random_.choice((None, 1, 2, 9999)),
        put_back=random_.choice(((), (1,), (2, 5), (9999,))),
    )


def check(engine: Engine, data: bytes, options: ReadOptions, cleans: bool) -> bool:
    """Whether a table came out; its books must add up, and where it `cleans`, those of that."""
    try:
        raw = read_table(data, options, name="fuzz.csv", engine=engine)
    except AnalysisError as problem:
        assert problem.sentence("en") and problem.sentence("zh")
        return False
    reading = raw.reading
    assert sum(reading.counts.values()) == reading.records
    assert len(raw.set_aside) == reading.counts["aside"]
    table = raw.table
    assert table.shape == (reading.rows, len(reading.columns))
    assert len(set(table.columns)) == len(table.columns)
    assert not table.isna().to_numpy().any()
    lines = [
        line
        for (line,) in engine.run(
            f"SELECT _line FROM {quoted(raw.store)} ORDER BY 1"
        )
    ]
    several = reading.layout in ("baskets", "parted")
    assert several or len(set(lines)) == len(lines)
    for key, details in reading.notes:
        AnalysisError(key, **details).sentence("zh")
    if cleans:
        check_cleaning(raw)
    if not raw.coded:  # what is only shown goes by itself
        is_view = engine.run(
            "SELECT count(*) FROM duckdb_views() WHERE view_name = ?",
            [raw.store],
        )[0][0]
        engine.run(f"DROP {'VIEW' if is_view else 'TABLE'} {quoted(raw.store)}")
    return True


def check_cleaning(raw: RawTable) -> None:
    """What was read can be cleaned, and the books of that add up too."""
    try:
        cleaned = clean(raw, guess_roles(raw))
    except AnalysisError as problem:
        assert problem.sentence("en") and problem.sentence("zh")
        return
    summary = cleaned.summary()
    names = ("header", "preamble", "units", "blank", "set_aside", "duplicates")
    parts = [summary[name] or 0 for name in (*names, "kept")]
    assert sum(parts) == summary["records_in"]
    if summary["money_read"] is not None:
        gone = ("money_set_aside", "money_duplicates")
        stays = summary["money_kept"] + sum(summary[name] for name in gone)
        money = stays - summary["money_edits"]
        assert abs(money - summary["money_read"]) <= 1e-6 * (1 + abs(money))
    for question in cleaned.questions:
        assert question.sentence("en") and question.sentence("zh")


def fuzz(seconds: float, seed: int = 0, fast: bool = False) -> tuple[int, int]:
    """How many files were tried and how many became tables. `fast`: as if each were a large one."""
    random_ = random.Random(seed)
    engine = Engine()
    tried = tables = 0
    until = time.monotonic() + seconds
    before = load.FAST_FROM
    load.FAST_FROM = 0 if fast else before
    try:
        while time.monotonic() < until:
            data, options = broken(random_), chosen(random_)
            tried += 1
            with ExitStack() as unless_fine:
                unless_fine.callback(
                    print,
                    f"seed {seed}, file {tried}, fast {fast}: {data!r}\n{options}",
                    file=sys.stderr,
                )
                cleans = random_.random() < CLEANED
                tables += check(engine, data, options, cleans)
                unless_fine.pop_all()
    finally:
        load.FAST_FROM = before
        engine.close()
    return tried, tables


if __name__ == "__main__":
    for fast in (False, True):
        print(
            fuzz(
                float(os.environ.get("FUZZ_SECONDS", "60")) / 2,
                int(os.environ.get("FUZZ_SEED", "0")),
                fast,
            )
        )
