"""The answers of every public verb, written down, so that two revisions can be compared.

    python -m tests.golden write OUT.json             run all verbs on this checkout
    python -m tests.golden compare OLD.json NEW.json  print the differences, exit 1 if any
    python -m tests.golden against REV                write REV and this checkout, compare them

The sample shop is always there. With CRM_TEST_DATA naming the folder of real files, Online Retail
and Telco are used too. `--data shop telco` runs only these. Times go to stderr.

Tables are written as digests: numbers as sums and extremes with the first and last rows, text as
its first and last rows with a hash of all. Floats are compared to a relative 1e-9 (`--rtol`),
everything else exactly. What was renamed on purpose is declared in `VERBS` and `RENAMED`.
`against` runs the tests/golden of REV where REV has it, else a copy of this one.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.golden.answers import write
from tests.golden.comparison import compare
from tests.golden.data_sets import DATA_SETS

ROOT = Path(__file__).parents[2]


def against(revision: str, wanted: Sequence[str], rtol: float) -> bool:
    """Write the answers of a revision and of this checkout, and compare them."""
    with tempfile.TemporaryDirectory() as folder:
        tree, old, new = (
            Path(folder, name) for name in ("tree", "old.json", "new.json")
        )
        git("worktree", "add", "--detach", str(tree), revision)
        try:
            own = tree / "tests" / "golden"
            if not (own.exists() or own.with_suffix(".py").exists()):
                shutil.copytree(Path(__file__).parent, own)
            write_apart(tree, old, wanted)
        finally:
            git("worktree", "remove", "--force", str(tree))
        write_apart(ROOT, new, wanted)
        return compare(old, new, rtol)


def git(*words: str) -> None:
    """Run git in this checkout."""
    subprocess.run(["git", *words], cwd=ROOT, check=True, stdout=sys.stderr)


def write_apart(tree: Path, out: Path, wanted: Sequence[str]) -> None:
    """Write the answers of a checkout in a process of its own."""
    more = ["--data", *wanted] if wanted else []
    command = [sys.executable, "-m", "tests.golden", "write", str(out), *more]
    subprocess.run(command, cwd=tree, check=True)


def main() -> int:
    """Do what the command line asks; 1 where answers differ."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.golden", description=__doc__
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("do", choices=["write", "compare", "against"])
    parser.add_argument(
        "what", nargs="+", help="OUT.json, OLD.json NEW.json, or a revision"
    )
    parser.add_argument(
        "--data", nargs="+", default=[], choices=DATA_SETS, help="only these"
    )
    parser.add_argument(
        "--rtol", type=float, default=1e-9, help="how far floats may differ"
    )
    asked = parser.parse_args()
    if len(asked.what) != (2 if asked.do == "compare" else 1):
        parser.error("write takes a file, compare two files, against a revision")
    if asked.do == "write":
        write(Path(asked.what[0]), asked.data)
        return 0
    if asked.do == "compare":
        return 0 if compare(*map(Path, asked.what), rtol=asked.rtol) else 1
    return 0 if against(asked.what[0], asked.data, asked.rtol) else 1


if __name__ == "__main__":
    sys.exit(main())
