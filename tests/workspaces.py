"""Tables as cleaning gives them, workspaces to keep them in, and processes that open these."""

import contextlib
import dataclasses
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob

ROOT = Path(__file__).parents[1]
TYPES = pd.DataFrame(
    {
        "column": ["customer", "amount"],
        "role": ["customer", "amount"],
        "missing": [0, 1],
    }
)
NOTHING = pd.DataFrame(
    {
        "source": pd.Series(dtype="int64"),
        "line": pd.Series(dtype="int64"),
        "reason": pd.Series(dtype=object),
    }
)


@dataclasses.dataclass(frozen=True, eq=False)
class Cleaned:
    """As cleaning gives it, made by hand."""

    engine: Engine
    store: str
    kind: str = "transactions"
    types: pd.DataFrame = dataclasses.field(default_factory=TYPES.copy)
    questions: tuple = (("data.which_order", {"column": "date"}),)
    changes: pd.DataFrame = dataclasses.field(default_factory=NOTHING.copy)
    flags: pd.DataFrame = dataclasses.field(default_factory=NOTHING.copy)
    set_aside: pd.DataFrame = dataclasses.field(default_factory=NOTHING.copy)

    def summary(self) -> Any:
        return {"kept": 3.0, "money_in": 12.5, "unknown": None}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Knobs(Options):
    level: int = knob(1, low=0, high=9)


def orders(rows: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "_source": [0] * rows,
            "_line": range(2, rows + 2),
            "customer": [f"00{n % 7}" for n in range(rows)],
            "amount": [n * 1.5 for n in range(rows)],
            "date": pd.date_range("2024-01-01", periods=rows, unit="us"),
            "churned": [n % 2 == 0 for n in range(rows)],
        }
    )


def cleaned(
    engine: Any = None, rows: int = 3, name: str = "cleaned_1", **fields: Any
) -> Any:
    engine = engine or Engine()
    engine.register(name, orders(rows))
    return Cleaned(engine, name, **fields)


def fails(key: Any) -> Any:
    """The next lines raise the AnalysisError of that key.

    Which has a sentence in both languages.
    """

    @contextlib.contextmanager
    def checked() -> Iterator[Any]:
        with pytest.raises(AnalysisError) as caught:
            yield caught
        assert caught.value.key == key
        assert all(
            len(caught.value.sentence(language)) > 10 for language in ("en", "zh")
        )

    return checked()


def child(code: Any, *arguments: Any, **options: Any) -> Any:
    """A Python process that can import the package and these tests."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
