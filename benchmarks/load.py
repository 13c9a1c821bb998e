"""A file of 1 M and 10 M order lines: reading and cleaning beside pandas.

Of 8 columns and about 60 bytes a line. `read_only`: the file → a table of text in DuckDB, beside
`pandas.read_csv(dtype=str)`. `load_and_clean`: the file → roles guessed, typed, copies removed,
amounts computed, the sums of the ledger checked, and the table saved in a database file, beside
`pandas.read_csv(parse_dates)` and `drop_duplicates`, which leaves a frame in memory. Each runs in a
process of its own, on the same file. Synthetic lines, seed 0. LOAD_LINES chooses the sizes.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import Row, apart
from crm_analysis.engine import (
    Engine,
)  # here, like pandas: neither's import is measured
from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles

SIZES = [
    int(text) for text in os.environ.get("LOAD_LINES", "1000000 10000000").split()
]
_PART = 500_000


def make_file(path: Path, lines: int, seed: int = 0) -> None:
    """Write order lines as a shop exports them, one part after the other.

    One line in 200 is an exact repeat of the one before.
    """
    random = np.random.default_rng(seed)
    names = np.array(
        [
            f"{colour} {thing} {number}"
            for number in range(50)
            for colour in ("RED", "BLUE")
            for thing in ("CUP", "BAG", "LIGHT", "BOX")
        ]
    )
    countries = np.array(["United Kingdom", "France", "Germany", "Spain"])
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("order,code,product,quantity,date,price,customer,country\n")
        for start in range(0, lines, _PART):
            count = min(_PART, lines - start)
            kind = random.integers(0, len(names), count)
            minutes = (start + np.arange(count)) * (2 * 365 * 24 * 60) // lines
            dates = np.datetime_as_string(
                np.datetime64("2010-12-01T08:00")
                + minutes.astype("timedelta64[m]"),
                unit="m",
            )
            columns = (
                536365 + (start + np.arange(count)) // 10,
                10000 + kind,
                names[kind],
                random.integers(1, 30, count),
                np.char.replace(dates, "T", " "),
                np.round(random.gamma(2, 2, count), 2),
                12346 + random.integers(0, 6000, count),
                countries[random.choice(4, count, p=[0.9, 0.04, 0.04, 0.02])],
            )
            rows = [
                ",".join(map(str, row))
                for row in zip(
                    *(column.tolist() for column in columns), strict=True
                )
            ]
            for number in range(200, count, 200):
                rows[number] = rows[number - 1]
            out.write("\n".join(rows) + "\n")


def ours_text(path: str) -> int:
    """Read with `read_table`."""
    return read_table(path).reading.rows


def theirs_text(path: str) -> int:
    """Read with pandas, every cell text."""
    return len(pd.read_csv(path, dtype=str, keep_default_na=False))


def read_only(path: Path, lines: int) -> Row:
    """The file as a table of text."""
    runs = 3 if lines <= 1_000_000 else 1
    ours = apart(ours_text, str(path), runs=runs)
    theirs = apart(theirs_text, str(path), runs=runs)
    if not ours.result == theirs.result == lines:
        raise AssertionError(f"{ours.result} and {theirs.result} rows of {lines}")
    return Row(
        f"{lines:,} lines as text",
        ours.seconds,
        "pandas.read_csv(dtype=str)",
        theirs.seconds,
        ours.memory,
        theirs.memory,
        f"{path.stat().st_size / 1e6:,.0f} MB",
    )


def ours_clean(path: str) -> int:
    """Read, guess the roles, clean, save; the rows left."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder) / "saved.duckdb", Path(folder))
        raw = read_table(path, engine=engine)
        cleaned = clean(raw, guess_roles(raw))
        kept = cleaned.sums.rows_kept
        engine.close()
    return kept


def theirs_clean(path: str) -> int:
    """Read with pandas, dates parsed, and drop duplicates; the rows left."""
    return len(pd.read_csv(path, parse_dates=["date"]).drop_duplicates())


def load_and_clean(path: Path, lines: int) -> Row:
    """The file as a typed, saved table without copies."""
    runs = 3 if lines <= 1_000_000 else 1
    ours = apart(ours_clean, str(path), runs=runs)
    theirs = apart(theirs_clean, str(path), runs=runs)
    if ours.result != theirs.result:
        raise AssertionError(
            f"{ours.result} and {theirs.result} rows left of {lines}"
        )
    return Row(
        f"{lines:,} lines, clean and saved",
        ours.seconds,
        "pandas.read_csv(parse_dates), drop_duplicates",
        theirs.seconds,
        ours.memory,
        theirs.memory,
        f"{ours.result:,} left",
    )


def main() -> list[Row]:
    """All sizes."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for lines in SIZES:
            path = Path(folder) / f"{lines}.csv"
            make_file(path, lines)
            rows += [read_only(path, lines), load_and_clean(path, lines)]
            path.unlink()
    return rows
