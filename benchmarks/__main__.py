"""`python -m benchmarks [name …]`: each in a process of its own, one table of ratios."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from benchmarks.measure import Row, apart, rows_of, table

NOT_A_BENCHMARK = {"__init__", "__main__", "measure", "churn_tables"}


def names() -> list[str]:
    """The benchmarks there are."""
    return sorted(
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if path.stem not in NOT_A_BENCHMARK
    )


def main() -> int:
    """Run the benchmarks asked for, or all; 1 where one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Our work beside its peers."
    )
    parser.add_argument(
        "name",
        nargs="*",
        choices=[*names(), []],
        help="which to run; all without",
    )
    asked = parser.parse_args().name or names()
    rows: list[Row] = []
    failed: list[str] = []
    for name in asked:
        print(f"{name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        try:
            result = apart(rows_of, name).result
        # One benchmark that fails does not stop the others; it is told at the end.
        except Exception as problem:  # noqa: BLE001
            failed.append(f"{name}: {type(problem).__name__}: {problem}")
        else:
            rows += [row._replace(name=f"{name}: {row.name}") for row in result]
        print(
            f"{name}: {time.monotonic() - began:.0f} s",
            file=sys.stderr,
            flush=True,
        )
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}\n"
    )
    print(table(rows))
    print(*failed, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
