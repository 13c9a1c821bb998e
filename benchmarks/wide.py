"""Tables of many columns, and files that are no tables: CPU seconds and MB of each.

Each is read, its roles guessed, cleaned, saved and described in a process of its own, or refused,
which the last column says. Synthetic, seed 0; there is no peer. "s" is computing time, so that what
else the machine does counts little; "MB" is the peak beyond what the process began with.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from benchmarks.measure import Row, apart
from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.quality import describe_quality
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles

_random = Random(0)


def _number() -> str:
    return f"{_random.uniform(1, 999):.2f}"


def _date() -> str:
    day, month = _random.randint(1, 28), _random.randint(1, 12)
    return f"{day:02}.{month:02}.{_random.randint(2019, 2025)}"


def _money() -> str:
    whole, cents = _random.randint(1000, 9999), _random.randint(0, 99)
    return f'"€ {whole // 1000}.{whole % 1000:03},{cents:02}"'


def _name() -> str:
    first = _random.choice(("Anna", "Bob", "Chloé", "Dirk", "Eva Maria"))
    return f"{first} {_random.choice(('Meier', 'Smith', 'van Dyk', 'Li'))}"


def _flag() -> str:
    return _random.choice(("yes", "no"))


_CELLS = {
    "numbers": _number,
    "dates": _date,
    "money": _money,
    "text": _name,
    "yes or no": _flag,
}


def _table(rows: int, columns: int, kind: str) -> Iterator[str]:
    """Customers with columns of one kind; "mixed": of each in turn; "equal": of one name."""
    cells = (
        list(_CELLS.values()) if kind == "mixed" else [_CELLS.get(kind, _number)]
    )
    names = [f"trait {number}" for number in range(1, columns)]
    if kind == "equal":
        names = ["value"] * (columns - 1)
    yield ",".join(["customer id", *names]) + "\n"
    for row in range(rows):
        own = (cells[column % len(cells)]() for column in range(columns - 1))
        yield ",".join([f"C{row % 50}", *own]) + "\n"


def _orders_and_commas() -> Iterator[str]:
    yield ",".join(["order id", "customer id", "date", "amount", *_extra()]) + "\n"
    for row in range(200):
        own = [f"O{row}", f"C{row % 40}", f"2024-01-{row % 28 + 1:02}"]
        yield ",".join([*own, *(_number() for _ in range(97))]) + "\n"
    yield from ("," * 99 + "\n" for _ in range(200_000))


def _extra() -> list[str]:
    return [f"extra {number}" for number in range(96)]


def _equal_orders() -> Iterator[str]:
    yield "order id,customer id,date,amount\n"
    yield from ("O1,C1,2024-01-01,10.00\n" for _ in range(1_000_000))


_FILES: dict[str, Callable[[], Iterator[str]]] = {
    **{
        f"200 x {columns} numbers": lambda columns=columns: _table(
            200, columns, "numbers"
        )
        for columns in (50, 100, 200, 1000, 2000)
    },
    **{
        f"2,000 x 500 {kind}": lambda kind=kind: _table(2000, 500, kind)
        for kind in (*_CELLS, "mixed")
    },
    "200 x 300 equal headings": lambda: _table(200, 300, "equal"),
    "200 x 5,000 numbers": lambda: _table(200, 5000, "numbers"),
    "50 x 20,000 numbers": lambda: _table(50, 20_000, "numbers"),
    "1 M brackets": lambda: iter(["[" * 1_000_000]),
    "1 M lines of brackets": lambda: iter(["[]\n" * 1_000_000]),
    "a heading of 5 MB": lambda: iter(["a" * 5_000_000, ",b\n", "1,2\n" * 1000]),
    "20 MB of quotes": lambda: iter(['"' * 20_000_000]),
    "20 MB of quotes in lines": lambda: iter([('"' * 99 + "\n") * 200_000]),
    "100 MB of commas": lambda: iter(["," * 100_000_000]),
    "100 MB of commas in lines": lambda: iter([("," * 99 + "\n") * 1_000_000]),
    "orders, 200,000 lines of commas": _orders_and_commas,
    "24 MB of equal orders.gz": _equal_orders,
}


def load(path: str) -> tuple[float, str]:
    """Load a file as the app does; the seconds it computed, and what came of it."""
    began = _computed()
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder) / "saved.duckdb", Path(folder))
        try:
            raw = read_table(path, engine=engine)
            cleaned = clean(raw, guess_roles(raw))
            describe_quality(cleaned)
            said = f"{cleaned.kind}, {cleaned.sums.rows_kept:,} rows"
        except AnalysisError as problem:
            said = problem.key
        engine.close()
    return _computed() - began, said


def _computed() -> float:
    """The seconds that this process and those it started have computed."""
    return sum(os.times()[:4])


def main() -> list[Row]:
    """All files."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in _FILES.items():
            packed = name.endswith(".gz")
            path = Path(folder) / ("file.csv.gz" if packed else "file.csv")
            opener = gzip.open if packed else open
            with opener(path, "wt", encoding="utf-8", newline="") as out:  # type: ignore[operator]
                out.writelines(lines())
            measured = apart(load, str(path))
            seconds, said = measured.result
            rows.append(Row(name, seconds, memory=measured.memory, note=said))
            path.unlink()
    return rows
