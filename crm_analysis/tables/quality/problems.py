"""What is wrong with a column, or with a table as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from crm_analysis.engine import Engine, literal, quoted
from crm_analysis.tables.measures import measures

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
_NUMBER = r"^[-+]?[0-9][0-9.,]*$"
_SIGNS = {"damaged": _DAMAGE, "rounded": _ID_DAMAGE, "numbers": _NUMBER}
_FEW_TEXTS = 5_000  # different ones, that are compared without case


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


def look_closer(engine: Engine, store: str, profiles: list[dict[str, Any]]) -> None:
    """Put into the profiles of columns what tells of problems, many columns in one pass."""
    wanted: list[tuple[dict[str, Any], str, str]] = []
    for profile in profiles:
        cell = quoted(profile["column"])
        filled = profile["rows"] - profile["missing"]
        if not filled or profile["computed"]:
            continue
        if profile["type"] in ("text", "category", "id"):
            few = profile["distinct"] <= _FEW_TEXTS
            folded = f"count(DISTINCT lower(trim({cell})))" if few else "0"
            wanted += [
                (
                    profile,
                    name,
                    f"count(*) FILTER (regexp_matches({cell}, {literal(pattern)}))",
                )
                for name, pattern in _SIGNS.items()
            ]
            wanted.append((profile, "folded", folded))
        elif profile["type"] == "date" and not _MAY_COME.search(profile["column"]):
            to_come = f"{cell} >= current_date + INTERVAL 2 DAY"
            wanted.append((profile, "to_come", f"count(*) FILTER ({to_come})"))
        elif _has_spread(profile, filled):
            quarters = f"quantile_cont({cell}, [0.25, 0.75])"
            wanted.append((profile, "quarters", quarters))
    _fill(engine, store, wanted)
    beyond = []
    for profile in profiles:
        low, high = _fences(profile)
        if high > low:
            cell = quoted(profile["column"])
            test = f"{cell} < {low!r} OR {cell} > {high!r}"
            beyond.append((profile, "beyond", f"count(*) FILTER ({test})"))
    _fill(engine, store, beyond)


def _fill(
    engine: Engine, store: str, wanted: list[tuple[dict[str, Any], str, str]]
) -> None:
    measured = measures(engine, [sql for *_, sql in wanted], quoted(store))
    for (profile, name, _), value in zip(wanted, measured, strict=True):
        profile[name] = value


def _has_spread(profile: dict[str, Any], filled: int) -> bool:
    is_number = profile["type"] in ("number", "money")
    return is_number and filled >= ENOUGH and profile["distinct"] > 10


def _fences(profile: dict[str, Any]) -> tuple[float, float]:
    """Beyond which values are far out; nowhere without quarters that differ."""
    low, high = profile.get("quarters") or (0.0, 0.0)
    reach = 3 * (high - low)
    return (low - reach, high + reach) if reach > 0 else (0.0, 0.0)


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
        return _of_dates(profile)
    if profile["type"] in ("text", "category", "id"):
        return _of_texts(profile, filled)
    return []


def _of_dates(profile: dict[str, Any]) -> list[Problem]:
    name, to_come = profile["column"], profile.get("to_come")
    if not to_come:
        return []
    details = {"column": name, "count": to_come, "last": profile["last"][:10]}
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
    if not _has_spread(profile, filled):
        return []
    name = profile["column"]
    problems = _far_out(profile, filled)
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


def _far_out(profile: dict[str, Any], filled: int) -> list[Problem]:
    """That some of a column's numbers are beyond its fences."""
    name, count = profile["column"], profile.get("beyond")
    if not count:
        return []
    low, high = _fences(profile)
    below, above = bool(profile["min"] < low), bool(profile["max"] > high)
    details = {"column": name, "count": count, "share": count / filled}
    details |= {"low": low, "min": profile["min"]} if below else {}
    details |= {"high": high, "max": profile["max"]} if above else {}
    sides = {(True, False): "below", (False, True): "above"}
    key = f"quality.{sides.get((below, above), 'problem')}.outliers"
    severity: Literal["medium", "low"] = (
        "medium" if count <= 0.01 * filled else "low"
    )
    return [Problem(key, name, severity, details)]


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


def _of_texts(profile: dict[str, Any], filled: int) -> list[Problem]:
    """Signs of a wrong encoding, of a spreadsheet that took ids for numbers.

    Of kinds mixed in one column, of one thing in two spellings.
    """
    name = profile["column"]
    damage, science, numbers, folded = (
        profile[sign] for sign in (*_SIGNS, "folded")
    )
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
