"""What is wrong with a column, or with a table as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from crm_analysis.engine import Engine, quoted

if TYPE_CHECKING:
    from crm_analysis.tables.cleaning import Cleaned

_HIGH_MISSING, _SOME_MISSING = 0.5, 0.05
NEAR_UNIQUE = 0.98
ENOUGH = 20
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


# Columns of days that may well be to come.
_MAY_COME = re.compile(
    r"(?i)(due|expir|end|until|next|renew|valid|到期|截止|有效|结束)"
)


def problems_of_column(
    engine: Engine, store: str, profile: dict[str, Any], rows: int
) -> list[Problem]:
    """What is wrong with a column."""
    name = profile["column"]
    problems: list[Problem] = []
    filled = rows - profile["missing"]

    def say(
        key: str, severity: Literal["high", "medium", "low"], **details: Any
    ) -> None:
        problems.append(
            Problem(
                f"quality.problem.{key}",
                name,
                severity,
                {"column": name, **details},
            )
        )

    if not rows or name in ("is_sale", "is_return", "is_product"):
        return []
    if not filled:
        say("empty", "high")
        return problems
    if profile["missing_share"] >= _HIGH_MISSING:
        say(
            "mostly_missing",
            "high" if profile["role"] else "medium",
            share=profile["missing_share"],
            count=profile["missing"],
        )
    elif profile["missing_share"] >= _SOME_MISSING:
        say(
            "some_missing",
            "medium" if profile["role"] else "low",
            share=profile["missing_share"],
            count=profile["missing"],
        )
    if profile["distinct"] == 1 and rows >= 2:
        say(
            "constant",
            "low",
            value=str(profile["top"][0][0]) if profile["top"] else "",
        )
    is_attribute = (
        profile["type"] in ("category", "number") and profile["role"] is None
    )
    is_different = filled >= ENOUGH and profile["distinct"] >= NEAR_UNIQUE * filled
    if is_attribute and is_different and _looks_counted(profile):
        say("near_unique", "low", distinct=profile["distinct"])
    is_customer = profile["role"] == "customer" and profile["type"] == "id"
    if is_customer and filled >= 1_000 and 1 < profile["distinct"] <= 5:
        say("few_customers", "medium", distinct=profile["distinct"])
    return problems + _of_type(engine, store, profile, filled)


def _of_type(
    engine: Engine, store: str, profile: dict[str, Any], filled: int
) -> list[Problem]:
    """What is wrong with a column's numbers, dates or texts."""
    if profile["type"] in ("number", "money"):
        return _of_numbers(engine, store, profile, filled)
    if profile["type"] == "date":
        return _of_dates(engine, store, profile)
    if profile["type"] in ("text", "category", "id"):
        return _of_texts(engine, store, profile, filled)
    return []


def _of_dates(engine: Engine, store: str, profile: dict[str, Any]) -> list[Problem]:
    name = profile["column"]
    if _MAY_COME.search(name):
        return []
    to_come = f"{quoted(name)} >= current_date + INTERVAL 2 DAY"
    future = engine.run(f"SELECT count(*) FROM {quoted(store)} WHERE {to_come}")[0][
        0
    ]
    if not future:
        return []
    details = {"column": name, "count": future, "last": profile["last"][:10]}
    return [Problem("quality.problem.future_dates", name, "medium", details)]


def _looks_counted(profile: dict[str, Any]) -> bool:
    """Whole numbers one after the other.

    A row number, or a category that is different in every row.
    """
    return profile["type"] == "category" or (
        profile["max"] is not None
        and profile["max"] - profile["min"] + 1 == profile["distinct"]
    )


def _of_numbers(
    engine: Engine, store: str, profile: dict[str, Any], filled: int
) -> list[Problem]:
    name, cell = profile["column"], quoted(profile["column"])
    problems: list[Problem] = []
    if filled >= ENOUGH and profile["distinct"] > 10:
        low, high = engine.run(
            f"SELECT quantile_cont({cell}, [0.25, 0.75]) FROM {quoted(store)}"
        )[0][0]
        if high > low:
            reach = 3 * (high - low)
            count = engine.run(
                f"SELECT count(*) FROM {quoted(store)}"
                f" WHERE {cell} < {low - reach!r} OR {cell} > {high + reach!r}"
            )[0][0]
            if count:
                below, above = (
                    bool(profile["min"] < low - reach),
                    bool(profile["max"] > high + reach),
                )
                details = {
                    "column": name,
                    "count": count,
                    "share": count / filled,
                }
                details |= (
                    {"low": low - reach, "min": profile["min"]} if below else {}
                )
                details |= (
                    {"high": high + reach, "max": profile["max"]} if above else {}
                )
                sides = {(True, False): "below", (False, True): "above"}
                key = f"quality.{sides.get((below, above), 'problem')}.outliers"
                problems.append(
                    Problem(
                        key,
                        name,
                        "medium" if count <= 0.01 * filled else "low",
                        details,
                    )
                )
        for value, count in _spikes(engine, store, profile, filled):
            details = {
                "column": name,
                "value": value,
                "count": count,
                "share": count / filled,
            }
            problems.append(
                Problem("quality.problem.stand_in", name, "medium", details)
            )
    return problems


def _spikes(
    engine: Engine, store: str, profile: dict[str, Any], filled: int
) -> Sequence[tuple[float, int]]:
    """Stand-ins for "none".

    -1, 999 … that are the column's least or greatest value, far from the next one or far too
    common.
    """
    cell = quoted(profile["column"])
    edges = [
        value for value in (profile["min"], profile["max"]) if value in _STAND_INS
    ]
    spikes = []
    for value in edges:
        inner = "min" if value == profile["min"] else "max"
        count, rest, spread = engine.run(
            f"SELECT count(*) FILTER ({cell} = {value!r}),"
            f" {inner}({cell}) FILTER ({cell} <> {value!r}),"
            f" max({cell}) FILTER ({cell} <> {value!r})"
            f" - min({cell}) FILTER ({cell} <> {value!r}) FROM {quoted(store)}"
        )[0]
        alone = rest is not None and (
            abs(value - rest) > 0.5 * (spread or 1) or (value < 0 <= rest)
        )
        if alone and count >= 1 and (count >= 0.005 * filled or abs(value) >= 999):
            spikes.append((float(value), int(count)))
    return spikes


def _of_texts(
    engine: Engine, store: str, profile: dict[str, Any], filled: int
) -> list[Problem]:
    """Signs of a wrong encoding, of a spreadsheet that took ids for numbers.

    Of kinds mixed in one column, of one thing in two spellings.
    """
    name, cell = profile["column"], quoted(profile["column"])
    number = r"^[-+]?[0-9][0-9.,]*$"
    damage, science, numbers, folded = engine.run(
        f"SELECT count(*) FILTER (regexp_matches({cell}, ?)),"
        f" count(*) FILTER (regexp_matches({cell}, ?)),"
        f" count(*) FILTER (regexp_matches({cell}, ?)),"
        f" {'count(DISTINCT lower(trim(' + cell + ')))' if profile['distinct'] <= 5_000 else '0'}"
        f" FROM {quoted(store)}",
        [_DAMAGE, _ID_DAMAGE, number],
    )[0]
    problems = []
    if damage:
        problems.append(
            Problem(
                "quality.problem.encoding_damage",
                name,
                "high",
                {"column": name, "count": damage},
            )
        )
    if science and profile["type"] == "id":
        problems.append(
            Problem(
                "quality.problem.ids_rounded",
                name,
                "high",
                {"column": name, "count": science},
            )
        )
    if (
        profile["type"] == "category"
        and 0 < numbers < filled
        and min(numbers, filled - numbers) <= 0.2 * filled
    ):
        details = {
            "column": name,
            "numbers": numbers,
            "texts": filled - numbers,
        }
        problems.append(
            Problem("quality.problem.mixed_types", name, "medium", details)
        )
    if folded and folded < profile["distinct"] and profile["type"] == "category":
        problems.append(
            Problem(
                "quality.problem.spellings",
                name,
                "low",
                {"column": name, "count": profile["distinct"] - folded},
            )
        )
    return problems


def problems_of_table(cleaned: Cleaned, rows: int) -> list[Problem]:
    """What concerns the table as a whole."""
    problems: list[Problem] = []
    summary = cleaned.summary()
    copies = int(summary.get("duplicates") or 0) or int(
        summary.get("items_duplicates") or 0
    )
    if copies:
        share = copies / max(1, rows + copies)
        problems.append(
            Problem(
                "quality.problem.duplicates",
                None,
                "medium" if share >= 0.01 else "low",
                {"count": copies, "share": share},
            )
        )
    if rows == 0:
        problems.append(Problem("quality.problem.no_rows", None, "high", {}))
    elif rows < ENOUGH:
        problems.append(
            Problem("quality.problem.few_rows", None, "medium", {"count": rows})
        )
    return problems
