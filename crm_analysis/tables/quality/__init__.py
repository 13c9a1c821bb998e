"""The quality of a table.

Each column at a glance, and the problems found, as keys and numbers that presentation puts into
words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.days import day_range
from crm_analysis.tables.measures import measures
from crm_analysis.tables.quality.problems import (
    ENOUGH,
    NEAR_UNIQUE,
    Problem,
    problems_of_column,
    problems_of_table,
)

if TYPE_CHECKING:
    from crm_analysis.tables.cleaning import Cleaned

__all__ = ["Problem", "Quality", "describe_quality"]

_BINS = 20
_TOP = 5
_EXAMPLES = 3
_EXACT = 3_000_000
_COMPUTED = ("is_sale", "is_return", "is_product")


@dataclass(frozen=True)
class Quality:
    """Each column, and the problems found.

    Attributes
    ----------
    rows
        How many rows the table has.
    columns
        A row a column; one of the file that the amount repeats is not told twice.

        - column, role, type : its name in the cleaned table, its role, how it was read
        - computed : whether it is not of the file (is_return, is_product)
        - rows, missing, distinct : cells, those without a value, different values
        - missing_share : missing of rows, 0 to 1
        - min, max, mean, median : of numbers, in their own unit
        - first, last : the first and the last plausible date, as text
        - top : the commonest values with their counts
        - examples : some values as text
        - bins : counts of up to 20 equal steps from low to high, for a sparkline
        - low, high : where the first step begins and the last one ends
    problems
        What is wrong, the gravest first.
    """

    rows: int
    columns: pd.DataFrame
    problems: tuple[Problem, ...]


def describe_quality(cleaned: Cleaned) -> Quality:
    """Look at every column of a cleaned table.

    Parameters
    ----------
    cleaned
        A cleaned table, or one that reads as it (saved in a workspace).

    Returns
    -------
    Quality
        `.columns` and `.problems`; say a problem as `say(problem.key, **problem.details)`.
    """
    engine, store, types = cleaned.engine, cleaned.store, cleaned.types
    rows = engine.run(f"SELECT count(*) FROM {quoted(store)}")[0][0]
    types_by_name = {str(row["column"]): row for row in types.to_dict("records")}
    names = [name for name in engine.columns(store) if name in types_by_name]
    twins = _twins(engine, store, names, types_by_name)
    names = [name for name in names if name not in twins]
    facts = {name: _facts(name, types_by_name[name], rows) for name in names}
    _measure(engine, store, facts)
    _spread(engine, store, facts)
    _tops(engine, store, facts, rows)
    problems = [
        problem
        for name in names
        for problem in problems_of_column(engine, store, facts[name], rows)
    ]
    problems += problems_of_table(cleaned, rows)
    order = {"high": 0, "medium": 1, "low": 2}
    columns = [
        "column",
        "role",
        "type",
        "computed",
        "rows",
        "missing",
        "missing_share",
        "distinct",
        "min",
        "max",
        "mean",
        "median",
        "first",
        "last",
        "top",
        "examples",
        "bins",
    ]
    frame = pd.DataFrame(
        [facts[name] for name in names], columns=[*columns, "low", "high"]
    )
    return Quality(
        rows,
        frame,
        tuple(sorted(problems, key=lambda problem: order[problem.severity])),
    )


def _twins(
    engine: Engine, store: str, names: Sequence[str], types: dict[str, Any]
) -> set[str]:
    """Columns of the file that are, row by row, the amount: it was made from them."""
    if "amount" not in names or not _number(types["amount"]):
        return set()
    others = [
        name
        for name in names
        if name != "amount"
        and _number(types[name])
        and pd.isna(types[name]["role"])
    ]
    if not others:
        return set()
    differ = (
        f"count(*) FILTER ({quoted(name)} IS DISTINCT FROM amount)"
        for name in others
    )
    different = measures(engine, list(differ), quoted(store))
    return {
        name for name, count in zip(others, different, strict=True) if not count
    }


def _number(column: Any) -> bool:
    return column["type"] in ("number", "money")


def _facts(name: str, column: Any, rows: int) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(
        ("min", "max", "mean", "median", "first", "last", "low", "high")
    )
    role = (
        None if pd.isna(column["role"]) else column["role"]
    )  # pandas 3 keeps "no role" as a missing text
    return {
        "column": name,
        "role": role,
        "type": column["type"],
        "computed": name in _COMPUTED,
        "rows": rows,
        **empty,
        "top": [],
        "examples": [],
        "bins": [],
    }


def _measure(engine: Engine, store: str, facts: dict[str, dict[str, Any]]) -> None:
    """Missing, distinct, least, greatest, mean and median, in one pass."""
    if not facts:
        return
    exact = next(iter(facts.values()))["rows"] * len(facts) <= _EXACT
    wanted: list[tuple[str, str, str]] = []
    for name, profile in facts.items():
        cell = quoted(name)
        wanted += [
            (name, "filled", f"count({cell})"),
            (
                name,
                "distinct",
                f"count(DISTINCT {cell})"
                if exact
                else f"approx_count_distinct({cell})",
            ),
        ]
        if profile["type"] in ("number", "money"):
            wanted += [
                (name, measure, f"{sql}({cell})")
                for measure, sql in (
                    ("min", "min"),
                    ("max", "max"),
                    ("mean", "avg"),
                    ("median", "median"),
                )
            ]
        elif profile["type"] == "date":
            first, last = day_range(engine, store, name).dates
            within = (
                f"CAST({cell} AS DATE) BETWEEN DATE '{first}' AND DATE '{last}'"
            )
            wanted += [
                (name, end, f"CAST({sql}({cell}) FILTER ({within}) AS VARCHAR)")
                for end, sql in (("first", "min"), ("last", "max"))
            ]
    measured = measures(engine, [sql for *_, sql in wanted], quoted(store))
    for (name, measure, _), value in zip(wanted, measured, strict=True):
        facts[name][measure] = value
    for profile in facts.values():
        profile["missing"] = profile["rows"] - profile.pop("filled")
        profile["missing_share"] = (
            profile["missing"] / profile["rows"] if profile["rows"] else 0.0
        )


def _spread(engine: Engine, store: str, facts: dict[str, dict[str, Any]]) -> None:
    """Counts in up to 20 equal steps, from the least to the greatest value (dates by day)."""
    parts = []
    for name, profile in facts.items():
        cell = quoted(name)
        if (
            profile["type"] in ("number", "money")
            and profile["min"] is not None
            and profile["max"] > profile["min"]
            and abs(profile["min"]) < 1e300 > abs(profile["max"])
        ):
            profile["low"], profile["high"] = (
                float(profile["min"]),
                float(profile["max"]),
            )
            value, low, high = cell, profile["low"], profile["high"]
        elif (
            profile["type"] == "date"
            and profile["first"] is not None
            and profile["last"] > profile["first"]
        ):
            value = f"epoch({cell})"
            low, high = (
                engine.run("SELECT epoch(CAST(? AS TIMESTAMP))", [profile[end]])[0][
                    0
                ]
                for end in ("first", "last")
            )
            profile["low"], profile["high"] = profile["first"], profile["last"]
        else:
            continue
        step = (
            f"least({_BINS - 1},"
            f" CAST(floor(({value} - {low!r}) / {(high - low)!r} * {_BINS}) AS INTEGER))"
        )
        parts.append(
            f"SELECT '{name.replace(chr(39), chr(39) * 2)}' AS name, {step} AS step,"
            f" count(*) AS n FROM {quoted(store)}"
            f" WHERE {value} BETWEEN {low!r} AND {high!r} GROUP BY ALL"
        )
        profile["bins"] = [0] * _BINS
    if parts:
        for name, step, count in engine.run(" UNION ALL ".join(parts)):
            facts[name]["bins"][step] = count


def _tops(
    engine: Engine, store: str, facts: dict[str, dict[str, Any]], rows: int
) -> None:
    """The commonest values, and the first few different ones."""
    for name, profile in facts.items():
        cell = quoted(name)
        if not rows or profile["missing"] == rows:
            continue
        if profile["distinct"] < NEAR_UNIQUE * rows or rows <= ENOUGH:
            top = engine.run(
                f"SELECT CAST({cell} AS VARCHAR), count(*) AS n FROM {quoted(store)}"
                f" WHERE {cell} IS NOT NULL GROUP BY {cell} ORDER BY n DESC, {cell}"
                f" LIMIT {_TOP}"
            )
            profile["top"] = [(value, count) for value, count in top]
        first = engine.run(
            f"SELECT DISTINCT CAST({cell} AS VARCHAR) AS v FROM (SELECT {cell}"
            f" FROM {quoted(store)} WHERE {cell} IS NOT NULL LIMIT 200) ORDER BY v"
        )
        step = max(1, len(first) // _EXAMPLES)
        profile["examples"] = [value for (value,) in first[::step]][:_EXAMPLES]
