"""The quality of a table.

Each column at a glance, and the problems found, as keys and numbers that presentation puts into
words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from crm_analysis.engine import Engine, quoted

if TYPE_CHECKING:
    from crm_analysis.tables.cleaning import Cleaned

__all__ = ["Problem", "Quality", "describe_quality"]

_BINS = 20
_TOP = 5
_EXAMPLES = 3
_EXACT = 3_000_000
_HIGH_MISSING, _SOME_MISSING = 0.5, 0.05
_NEAR_UNIQUE = 0.98
_COMPUTED = ("is_return", "is_product")
_ENOUGH = 20
# Numbers that people write where they have none; a spike at the edge of a column is suspicious, one
# in its midst is not.
_STAND_INS = (
    -1.0,
    -9.0,
    -99.0,
    -999.0,
    -9999.0,
    99.0,
    999.0,
    9999.0,
    99999.0,
    999999.0,
    111111.0,
    666666.0,
    123456.0,
)
_DAMAGE = "(\ufffd|Ã[\u0080-\u00bf©¨¤¶¼±³]|â€|锟斤拷|烫烫烫|ï»¿)"
_ID_DAMAGE = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]+$"


@dataclass(frozen=True)
class Problem:
    """Something found: the phrase `key`, its details (JSON-plain), and how grave it is.

    `column` is None for the whole table.
    """

    key: str
    column: str | None
    severity: Literal["high", "medium", "low"]
    details: dict[str, Any]


@dataclass(frozen=True)
class Quality:
    """Each column, and the problems found.

    `columns` has a row a column (a column of the file that the amount repeats is not told twice):
    column, role, type, computed (not of the file: whether a row is a return, or a product), rows,
    missing, missing_share, distinct, min, max, mean, median (numbers; dates as text in `first` and
    `last`), top (the commonest values with their counts), examples, bins (counts of up to 20 equal
    steps from low to high, for a sparkline), low and high. `problems` are in order of gravity.
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
    known = {str(row["column"]): row for row in types.to_dict("records")}
    names = [name for name in engine.columns(store) if name in known]
    twins = _twins(engine, store, names, known)
    names = [name for name in names if name not in twins]
    facts = {name: _facts(name, known[name], rows) for name in names}
    _measure(engine, store, facts)
    _spread(engine, store, facts)
    _tops(engine, store, facts, rows)
    problems = [
        problem for name in names for problem in _problems(engine, store, facts[name], rows)
    ]
    problems += _of_table(cleaned, rows)
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
    frame = pd.DataFrame([facts[name] for name in names], columns=[*columns, "low", "high"])
    return Quality(rows, frame, tuple(sorted(problems, key=lambda one: order[one.severity])))


def _twins(engine: Engine, store: str, names: Sequence[str], known: dict[str, Any]) -> set[str]:
    """Columns of the file that are, row by row, the amount: it was made from them."""
    if "amount" not in names or not _number(known["amount"]):
        return set()
    others = [
        name
        for name in names
        if name != "amount" and _number(known[name]) and pd.isna(known[name]["role"])
    ]
    if not others:
        return set()
    different = engine.run(
        f"SELECT {', '.join(f'count(*) FILTER ({quoted(name)} IS DISTINCT FROM amount)' for name in others)} FROM {quoted(store)}"
    )[0]
    return {name for name, count in zip(others, different, strict=True) if not count}


def _number(known: Any) -> bool:
    return known["type"] in ("number", "money")


def _facts(name: str, known: Any, rows: int) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(
        ("min", "max", "mean", "median", "first", "last", "low", "high")
    )
    role = (
        None if pd.isna(known["role"]) else known["role"]
    )  # pandas 3 keeps "no role" as a missing text
    return {
        "column": name,
        "role": role,
        "type": known["type"],
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
    for name, one in facts.items():
        cell = quoted(name)
        wanted += [
            (name, "known", f"count({cell})"),
            (
                name,
                "distinct",
                f"count(DISTINCT {cell})" if exact else f"approx_count_distinct({cell})",
            ),
        ]
        if one["type"] in ("number", "money"):
            wanted += [
                (name, measure, f"{sql}({cell})")
                for measure, sql in (
                    ("min", "min"),
                    ("max", "max"),
                    ("mean", "avg"),
                    ("median", "median"),
                )
            ]
        elif one["type"] == "date":
            wanted += [
                (name, "first", f"CAST(min({cell}) AS VARCHAR)"),
                (name, "last", f"CAST(max({cell}) AS VARCHAR)"),
            ]
    found = engine.run(f"SELECT {', '.join(sql for *_, sql in wanted)} FROM {quoted(store)}")[0]
    for (name, measure, _), value in zip(wanted, found, strict=True):
        facts[name][measure] = value
    for one in facts.values():
        one["missing"] = one["rows"] - one.pop("known")
        one["missing_share"] = one["missing"] / one["rows"] if one["rows"] else 0.0


def _spread(engine: Engine, store: str, facts: dict[str, dict[str, Any]]) -> None:
    """Counts in up to 20 equal steps, from the least to the greatest value (dates by day)."""
    parts = []
    for name, one in facts.items():
        cell = quoted(name)
        if (
            one["type"] in ("number", "money")
            and one["min"] is not None
            and one["max"] > one["min"]
            and abs(one["min"]) < 1e300 > abs(one["max"])
        ):
            one["low"], one["high"] = float(one["min"]), float(one["max"])
            value, low, high = cell, one["low"], one["high"]
        elif one["type"] == "date" and one["first"] is not None and one["last"] > one["first"]:
            value = f"epoch({cell})"
            low, high = (
                engine.run("SELECT epoch(CAST(? AS TIMESTAMP))", [one[end]])[0][0]
                for end in ("first", "last")
            )
            one["low"], one["high"] = one["first"], one["last"]
        else:
            continue
        step = (
            f"least({_BINS - 1},"
            f" CAST(floor(({value} - {low!r}) / {(high - low)!r} * {_BINS}) AS INTEGER))"
        )
        parts.append(
            f"SELECT '{name.replace(chr(39), chr(39) * 2)}' AS name, {step} AS step,"
            f" count(*) AS n FROM {quoted(store)} WHERE {cell} IS NOT NULL GROUP BY ALL"
        )
        one["bins"] = [0] * _BINS
    if parts:
        for name, step, count in engine.run(" UNION ALL ".join(parts)):
            facts[name]["bins"][step] = count


def _tops(engine: Engine, store: str, facts: dict[str, dict[str, Any]], rows: int) -> None:
    """The commonest values, and the first few different ones."""
    for name, one in facts.items():
        cell = quoted(name)
        if not rows or one["missing"] == rows:
            continue
        if one["distinct"] < _NEAR_UNIQUE * rows or rows <= _ENOUGH:
            top = engine.run(
                f"SELECT CAST({cell} AS VARCHAR), count(*) AS n FROM {quoted(store)}"
                f" WHERE {cell} IS NOT NULL GROUP BY {cell} ORDER BY n DESC, {cell}"
                f" LIMIT {_TOP}"
            )
            one["top"] = [(value, count) for value, count in top]
        first = engine.run(
            f"SELECT DISTINCT CAST({cell} AS VARCHAR) AS v FROM (SELECT {cell}"
            f" FROM {quoted(store)} WHERE {cell} IS NOT NULL LIMIT 200) ORDER BY v"
        )
        step = max(1, len(first) // _EXAMPLES)
        one["examples"] = [value for (value,) in first[::step]][:_EXAMPLES]


def _problems(engine: Engine, store: str, one: dict[str, Any], rows: int) -> list[Problem]:
    """What is wrong with a column."""
    name, cell, found = one["column"], quoted(one["column"]), []
    known = rows - one["missing"]

    def say(key: str, severity: Literal["high", "medium", "low"], **details: Any) -> None:
        found.append(Problem(f"quality.problem.{key}", name, severity, {"column": name, **details}))

    if not rows or name in ("is_return", "is_product"):
        return []
    if not known:
        say("empty", "high")
        return found
    if one["missing_share"] >= _HIGH_MISSING:
        say(
            "mostly_missing",
            "high" if one["role"] else "medium",
            share=one["missing_share"],
            count=one["missing"],
        )
    elif one["missing_share"] >= _SOME_MISSING:
        say(
            "some_missing",
            "medium" if one["role"] else "low",
            share=one["missing_share"],
            count=one["missing"],
        )
    if one["distinct"] == 1 and rows >= 2:
        say("constant", "low", value=str(one["top"][0][0]) if one["top"] else "")
    if (
        one["type"] in ("category", "number")
        and one["role"] is None
        and known >= _ENOUGH
        and one["distinct"] >= _NEAR_UNIQUE * known
        and _looks_counted(one)
    ):
        say("near_unique", "low", distinct=one["distinct"])
    if (
        one["role"] == "customer"
        and one["type"] == "id"
        and 1 < one["distinct"] < 0.02 * known
        and known >= 1_000
        and one["distinct"] <= 5
    ):
        say("few_customers", "medium", distinct=one["distinct"])
    if one["type"] in ("number", "money"):
        found += _of_numbers(engine, store, one, known)
    elif one["type"] == "date":
        future = engine.run(
            f"SELECT count(*) FROM {quoted(store)} WHERE {cell} >= current_date + INTERVAL 2 DAY"
        )[0][0]
        if future and not re.search(
            r"(?i)(due|expir|end|until|next|renew|valid|到期|截止|有效|结束)", name
        ):
            say("future_dates", "medium", count=future, last=one["last"][:10])
    elif one["type"] in ("text", "category", "id"):
        found += _of_texts(engine, store, one, known)
    return found


def _looks_counted(one: dict[str, Any]) -> bool:
    """Whole numbers one after the other.

    A row number, or a category that is different in every row.
    """
    return one["type"] == "category" or (
        one["max"] is not None and one["max"] - one["min"] + 1 == one["distinct"]
    )


def _of_numbers(engine: Engine, store: str, one: dict[str, Any], known: int) -> list[Problem]:
    name, cell = one["column"], quoted(one["column"])
    found: list[Problem] = []
    if known >= _ENOUGH and one["distinct"] > 10:
        low, high = engine.run(f"SELECT quantile_cont({cell}, [0.25, 0.75]) FROM {quoted(store)}")[
            0
        ][0]
        if high > low:
            reach = 3 * (high - low)
            count = engine.run(
                f"SELECT count(*) FROM {quoted(store)}"
                f" WHERE {cell} < {low - reach!r} OR {cell} > {high + reach!r}"
            )[0][0]
            if count:
                below, above = bool(one["min"] < low - reach), bool(one["max"] > high + reach)
                details = {"column": name, "count": count, "share": count / known}
                details |= {"low": low - reach, "min": one["min"]} if below else {}
                details |= {"high": high + reach, "max": one["max"]} if above else {}
                key = f"quality.{'problem' if below and above else 'below' if below else 'above'}.outliers"
                found.append(
                    Problem(key, name, "medium" if count <= 0.01 * known else "low", details)
                )
        for value, count in _spikes(engine, store, one, known):
            details = {"column": name, "value": value, "count": count, "share": count / known}
            found.append(Problem("quality.problem.stand_in", name, "medium", details))
    return found


def _spikes(
    engine: Engine, store: str, one: dict[str, Any], known: int
) -> Sequence[tuple[float, int]]:
    """Stand-ins for "none".

    -1, 999 … that are the column's least or greatest value, far from the next one or far too
    common.
    """
    cell = quoted(one["column"])
    edges = [value for value in (one["min"], one["max"]) if value in _STAND_INS]
    found = []
    for value in edges:
        inner = "min" if value == one["min"] else "max"
        count, rest, spread = engine.run(
            f"SELECT count(*) FILTER ({cell} = {value!r}),"
            f" {inner}({cell}) FILTER ({cell} <> {value!r}),"
            f" max({cell}) FILTER ({cell} <> {value!r})"
            f" - min({cell}) FILTER ({cell} <> {value!r}) FROM {quoted(store)}"
        )[0]
        alone = rest is not None and (
            abs(value - rest) > 0.5 * (spread or 1) or (value < 0 <= rest)
        )
        if alone and count >= 1 and (count >= 0.005 * known or abs(value) >= 999):
            found.append((float(value), int(count)))
    return found


def _of_texts(engine: Engine, store: str, one: dict[str, Any], known: int) -> list[Problem]:
    """Signs of a wrong encoding, of a spreadsheet that took ids for numbers.

    Of kinds mixed in one column, of one thing in two spellings.
    """
    name, cell = one["column"], quoted(one["column"])
    number = r"^[-+]?[0-9][0-9.,]*$"
    damage, science, numbers, folded = engine.run(
        f"SELECT count(*) FILTER (regexp_matches({cell}, ?)),"
        f" count(*) FILTER (regexp_matches({cell}, ?)),"
        f" count(*) FILTER (regexp_matches({cell}, ?)),"
        f" {'count(DISTINCT lower(trim(' + cell + ')))' if one['distinct'] <= 5_000 else '0'}"
        f" FROM {quoted(store)}",
        [_DAMAGE, _ID_DAMAGE, number],
    )[0]
    found = []
    if damage:
        found.append(
            Problem(
                "quality.problem.encoding_damage", name, "high", {"column": name, "count": damage}
            )
        )
    if science and one["type"] == "id":
        found.append(
            Problem("quality.problem.ids_rounded", name, "high", {"column": name, "count": science})
        )
    if (
        one["type"] == "category"
        and 0 < numbers < known
        and min(numbers, known - numbers) <= 0.2 * known
    ):
        details = {"column": name, "numbers": numbers, "texts": known - numbers}
        found.append(Problem("quality.problem.mixed_types", name, "medium", details))
    if folded and folded < one["distinct"] and one["type"] == "category":
        found.append(
            Problem(
                "quality.problem.spellings",
                name,
                "low",
                {"column": name, "count": one["distinct"] - folded},
            )
        )
    return found


def _of_table(cleaned: Cleaned, rows: int) -> list[Problem]:
    """What concerns the table as a whole."""
    found: list[Problem] = []
    summary = cleaned.summary()
    copies = int(summary.get("duplicates") or 0) or int(summary.get("items_duplicates") or 0)
    if copies:
        share = copies / max(1, rows + copies)
        found.append(
            Problem(
                "quality.problem.duplicates",
                None,
                "medium" if share >= 0.01 else "low",
                {"count": copies, "share": share},
            )
        )
    if rows == 0:
        found.append(Problem("quality.problem.no_rows", None, "high", {}))
    elif rows < _ENOUGH:
        found.append(Problem("quality.problem.few_rows", None, "medium", {"count": rows}))
    return found
