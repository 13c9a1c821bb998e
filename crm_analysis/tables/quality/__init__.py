"""The quality of a table.

Each column at a glance, and the problems found, as keys and numbers that presentation puts into
words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_analysis.engine import Engine, literal, quoted
from crm_analysis.tables.days import day_ranges
from crm_analysis.tables.measures import measures, of_each
from crm_analysis.tables.quality.problems import (
    ENOUGH,
    NEAR_UNIQUE,
    Problem,
    look_closer,
    problems_of_column,
    problems_of_table,
)

if TYPE_CHECKING:
    from crm_analysis.tables.cleaning import Cleaned

__all__ = ["Problem", "Quality", "describe_quality"]

_BINS = 20
_TOP = 5
_EXAMPLES, _FIRST = 3, 200
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
    look_closer(engine, store, list(facts.values()))
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
    dates = [name for name, profile in facts.items() if profile["type"] == "date"]
    ranges = day_ranges(engine, store, dates)
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
            first, last = ranges[name].dates
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
    bounds = _bounds(engine, facts)

    def steps(name: str, source: str) -> str:
        value, low, high = bounds[name]
        step = (
            f"least({_BINS - 1},"
            f" CAST(floor(({value} - {low!r}) / {(high - low)!r} * {_BINS}) AS INTEGER))"
        )
        return (
            f"SELECT {step} AS step, count(*) AS n FROM {source}"
            f" WHERE {value} BETWEEN {low!r} AND {high!r} GROUP BY ALL"
        )

    for name in bounds:
        facts[name]["bins"] = [0] * _BINS
    for name, (step, count) in of_each(engine, store, list(bounds), steps):
        facts[name]["bins"][step] = count


def _bounds(
    engine: Engine, facts: dict[str, dict[str, Any]]
) -> dict[str, tuple[str, float, float]]:
    """SQL of the figure that a cell is, and from where to where it goes, for each column."""
    bounds: dict[str, tuple[str, float, float]] = {}
    dates: list[str] = []
    for name, profile in facts.items():
        cell = quoted(name)
        if (
            profile["type"] in ("number", "money")
            and profile["min"] is not None
            and profile["max"] > profile["min"]
            and abs(profile["min"]) < 1e300 > abs(profile["max"])
        ):
            low, high = float(profile["min"]), float(profile["max"])
            profile["low"], profile["high"] = low, high
            bounds[name] = cell, low, high
        elif (
            profile["type"] == "date"
            and profile["first"] is not None
            and profile["last"] > profile["first"]
        ):
            profile["low"], profile["high"] = profile["first"], profile["last"]
            dates.append(name)
    moments = [facts[name][end] for name in dates for end in ("first", "last")]
    seconds = measures(
        engine,
        [f"epoch(CAST({literal(moment)} AS TIMESTAMP))" for moment in moments],
        "(SELECT 1)",
    )
    for name, low, high in zip(dates, seconds[::2], seconds[1::2], strict=True):
        bounds[name] = f"epoch({quoted(name)})", low, high
    return bounds


def _tops(
    engine: Engine, store: str, facts: dict[str, dict[str, Any]], rows: int
) -> None:
    """The commonest values, and the first few different ones."""
    filled = [name for name, profile in facts.items() if profile["missing"] < rows]
    repeated = [
        name
        for name in filled
        if facts[name]["distinct"] < NEAR_UNIQUE * rows or rows <= ENOUGH
    ]
    tops: dict[str, list[tuple[int, str, int]]] = {name: [] for name in repeated}
    for name, top in of_each(engine, store, repeated, _commonest):
        tops[name].append(top)
    for name, ranked in tops.items():
        facts[name]["top"] = [(value, count) for _, value, count in sorted(ranked)]
    for name, (values,) in of_each(engine, store, filled, _first_values):
        first = sorted(set(values))
        step = max(1, len(first) // _EXAMPLES)
        facts[name]["examples"] = first[::step][:_EXAMPLES]


def _commonest(name: str, source: str) -> str:
    """SQL: the commonest values of a column as place, text, count."""
    cell = quoted(name)
    order = f"n DESC, {cell}"
    return (
        f"SELECT row_number() OVER (ORDER BY {order}) AS place,"
        f" CAST({cell} AS VARCHAR) AS value, n"
        f" FROM (SELECT {cell}, count(*) AS n FROM {source} WHERE {cell} IS NOT NULL"
        f" GROUP BY {cell} ORDER BY {order} LIMIT {_TOP})"
    )


def _first_values(name: str, source: str) -> str:
    """SQL: the first values of a column as a list of texts."""
    cell = quoted(name)
    return (
        f"SELECT list(CAST({cell} AS VARCHAR)) AS values"
        f" FROM (SELECT {cell} FROM {source} WHERE {cell} IS NOT NULL LIMIT {_FIRST})"
    )
