"""The forms that dates are written in: each family of them a pattern and the names of its groups.

The words of languages (months, days, halves of the day, eras) are in `date_words.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files

_WORDS = tomllib.loads(
    files(__package__).joinpath("date_words.toml").read_text(encoding="utf-8")
)
MONTHS: Mapping[str, int] = {
    word.replace("_", " "): int(month)
    for month, words in _WORDS["months"].items()
    for word in words.split()
}
# What is another month in Croatian than in Polish or Czech.
CROATIAN: Mapping[str, int] = _WORDS["croatian"]
_PREFIX = 4  # letters, by which a long word is known at first
ERAS: Mapping[str, int] = _WORDS["eras"]
MORNING, AFTERNOON, NOON = (
    "^(?i:" + "|".join(_WORDS[half]) + ")"
    for half in ("morning", "afternoon", "noon")
)


def _any_of(words: Iterable[str]) -> str:
    """A pattern for any of some words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _begins_like(words: Iterable[str], letters: int) -> str:
    """A pattern for words that begin as one of some does: much shorter than all of them.

    What only begins so is found out when the word is looked up.
    """
    return f"(?:{_any_of({word[:letters] for word in words})})[^-0-9 ,،/]*"


def _named_month() -> str:
    """A pattern for the names of months: the short ones whole, the long by their beginning."""
    second = _any_of({word.split()[1] for word in MONTHS if " " in word})
    short = _any_of({word for word in MONTHS if len(word) < _PREFIX})
    long = _begins_like((word for word in MONTHS if len(word) >= _PREFIX), _PREFIX)
    return f"{long}(?: (?:{second}))?|(?:{short})[.]?"


# The word may end with the point of its abbreviation.
MONTH = f"(?i:({_named_month()}))"
# What holds of every text with such a word before it is made plain, be it of wide letters or with
# marks that are not seen.
MAY_HOLD_MONTH = (
    f"(?i)(?:{_any_of({word[:_PREFIX] for word in MONTHS if len(word) >= _PREFIX})})"
    rf"|(?:^|[^a-z])(?:{_any_of({word for word in MONTHS if len(word) < _PREFIX})})(?:$|[^a-z])"
    r"|[Ａ-Ｚａ-ｚ\x{ad}\x{200b}-\x{200f}\x{feff}]"
)
DAYNAME = f"(?i:{_begins_like(_WORDS['days'].split(), 2)}[,،]? )?(?i:den |de )?"
_WEEKDAY = "(?: ?[(]?(?:星期.|[周週].|[日月火水木金土](?:曜日)?|[일월화수목금토](?:요일)?)[)]?)?"
# PST, CEST, GMT+0800, +02, and what may follow in brackets.
ZONE = r"(?:Z|UTC|MSK|[A-Z]{1,4}T)? ?(?:[-+]\d{2}(?::?\d{2})?)?"
# Any word of other letters may be a half of the day; whether it is, is looked up.
_HALF = "[ap][.]? ?m?[.]?|dop[.]?|odp[.]?|de[.]?|du[.]?|fm|em|ip[.]|[^ -~]+[.]?[^ -~]*[.]?"
_BEFORE_CLOCK = _any_of(_WORDS["before_clock"])
# 15:04:05.5, 15.04, 3:04 p. m., 3 PM, 14h30, 14h, 15时04分, 오후 3시 4분, 14:30 Uhr, 14 Uhr
TIME = (
    rf"(?:(?:T|[日号號일] ?|[, ]+(?:(?i:{_BEFORE_CLOCK})[. ]+)?)(?i:({_HALF}))?\s?"
    r"(\d{1,2}) ?(?:(?i:([ap][.]? ?m[.]?))|(?:[:：.]|(?:[hH时時點点시]|Uhr) ?)(\d{1,2})?"
    r"(?: ?[:：.分분m] ?(\d{1,2})([.]\d+)?)?(?: ?(?:[分분秒초]|Uhr|min|hod[.]?|น[.]?|ч[.]?))?\s?"
    rf"(?i:({_HALF}))?)\s?({ZONE})(?:\s?\([^)]*\)|\[[\w/]*\])?)?"
)
CLOCK = ["half", "h", "bare", "m", "s", "frac", "ap", "zone"]
_YEAR = r"(\d{4}|\d{2})(?:[.]| ?(?i:године|година|года|року|godine|god|г|р|r)[.]?)?"

# The first family whose pattern fits a text is its family.
FULL_FAMILIES: Mapping[str, tuple[str, list[str]]] = {
    "ymd": (
        r"^(\d{4}) ?[-/.年년] ?(\d{1,2}) ?[-/.月월] ?(\d{1,2}) ?[日号號일.]?"
        + _WEEKDAY
        + TIME
        + "$",
        ["y", "mo", "d", *CLOCK],
    ),
    "short_ymd": (
        r"^'?(\d{2}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日号號일]?"
        + _WEEKDAY
        + TIME
        + "$",
        ["y", "mo", "d", *CLOCK],
    ),
    "era": (
        f"^({_any_of(ERAS)})"
        + r"[.]? ?(\d{1,3}|元)[-/.年] ?(\d{1,2})[-/.月] ?(\d{1,2})日?"
        + _WEEKDAY
        + TIME
        + "$",
        ["era", "y", "mo", "d", *CLOCK],
    ),
    "republic": (
        r"^(1[0-3]\d)[/年] ?(\d{1,2})[/月] ?(\d{1,2})日?" + TIME + "$",
        ["y", "mo", "d", *CLOCK],
    ),
    "numeric": (
        r"^"
        + DAYNAME
        + r"(\d{1,2})([-/. ]) ?(\d{1,2})[-/. ] ?(\d{4}|\d{1,2})[.]?"
        + TIME
        + "$",
        ["p1", "sep", "p2", "y", *CLOCK],
    ),
    # 01 10, 2014: a comma stands before the year where the month goes first.
    "month_day_comma": (
        r"^(\d{1,2}) (\d{1,2}), ?(\d{4})" + TIME + "$",
        ["mo", "d", "y", *CLOCK],
    ),
    "compact": (
        r"^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?$",
        ["y", "mo", "d", "h", "m", "s"],
    ),
    "day_name": (
        r"^"
        + DAYNAME
        + r"(\d{1,2})(?:st|nd|rd|th|er|º)?[-/ .]*(?:of |de )?"
        + MONTH
        + r"[-/ ,]*(?:del? )?"
        + _YEAR
        + TIME
        + "$",
        ["d", "mon", "y", *CLOCK],
    ),
    "name_day": (
        r"^"
        + DAYNAME
        + MONTH
        + r"[-/ ]*(\d{1,2})(?:st|nd|rd|th)?(?:, ?|[-/ ]+)(\d{4}|\d{2})"
        + TIME
        + "$",
        ["mon", "d", "y", *CLOCK],
    ),
    "year_name_day": (
        r"^(\d{4})(?: ?m[.])?[-/. ]+"
        + MONTH
        + r"[-/ ]+(\d{1,2})(?: ?d)?[.]?"
        + TIME
        + "$",
        ["y", "mon", "d", *CLOCK],
    ),
    "year_day_name": (
        r"^(\d{4})[.]? gada (\d{1,2})[.]? ?" + MONTH + TIME + "$",
        ["y", "d", "mon", *CLOCK],
    ),
    "year_name": (r"^(\d{4})[-/ ]?" + MONTH + "$", ["y", "mon"]),
    "name_year": (r"^" + MONTH + r"[-/ ,']*(\d{4}|\d{2})$", ["mon", "y"]),
    "year_month": (
        r"^(?:(\d{4}) ?[-/.Mm年년]|(\d{2}) ?[年년]) ?(\d{1,2})[月월]?$",
        ["y", "short", "mo"],
    ),
    "month_year": (r"^(\d{1,2})[-/.](\d{4})$", ["mo", "y"]),
    "quarter": (
        r"^(\d{4})\s?[-/年]?\s?(?:[Qq]|第)([1-4一二三四])(?:季度?)?$",
        ["y", "q"],
    ),
    "quarter_year": (r"^[Qq]([1-4])[-/ ,]*(\d{4})$", ["q", "y"]),
    "nth_quarter": (r"^([1-4])[Qq][-/ ,']*(\d{4})$", ["q", "y"]),
    "quarter_word": (r"^(\d{4}) ?[年년]? ?([1-4]) ?분기$", ["y", "q"]),
    "half": (
        r"^(\d{4})(?:[-/ ]?[Hh]([12])|年? ?([上下])半年)$",
        ["y", "half_year", "half_word"],
    ),
    "half_first": (r"^[Hh]([12])[-/ ,]*(\d{4})$", ["half_year", "y"]),
    "week": (
        r"^(\d{4})(?:[- ]?[Ww]|[-/ ]*(?:KW|CW|[Ww]k|[Ww]eek)[ .]?)(\d{1,2})(?:-?([1-7]))?$",
        ["y", "w", "wd"],
    ),
    "week_word": (
        r"^(\d{4}) ?[年년] ?第? ?(\d{1,2}) ?(?:[周週]|주차?)$",
        ["y", "w"],
    ),
    "week_first": (
        r"^(?:[Ww]|KW|CW|[Ww]k|[Ww]eek|第)[ .]?(\d{1,2})[周週]?[-/ ,]+(\d{4})$",
        ["w", "y"],
    ),
    # 2024年1月上旬: ten days of a month.
    "ten_days": (
        r"^(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?([上中下])旬$",
        ["y", "mo", "ten_days"],
    ),
    # FY19 Q1, Q1 FY2019, FY22 P03, P03 2022: of business years, whose first month is asked.
    "fiscal_quarter": (
        r"^[Ff][Yy] ?'?(\d{4}|\d{2})[-/ ]?[Qq]([1-4])$",
        ["y", "fiscal_quarter"],
    ),
    "fiscal_quarter_first": (
        r"^[Qq]([1-4])[-/ ]?[Ff][Yy] ?'?(\d{4}|\d{2})$",
        ["fiscal_quarter", "y"],
    ),
    "fiscal_month": (
        r"^(?:[Ff][Yy] ?'?(\d{4}|\d{2})[-/ ]?[PpMm]|((?:19|20)\d\d)[-/ ]?[Pp])"
        r"(0?[1-9]|1[0-2])$",
        ["y", "short", "fiscal_month"],
    ),
    "fiscal_month_first": (
        r"^(?:[Pp]|[Pp]eriod )(0?[1-9]|1[0-2])[-/ ,]+"
        r"(?:[Ff][Yy] ?'?(\d{4}|\d{2})|((?:19|20)\d\d))$",
        ["fiscal_month", "y", "short"],
    ),
    # 2024-01-01 ~ 2024-01-07: the period that begins so.
    "range": (
        r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日? ?(?:[-–—~～至]|to|bis|au) ?"
        r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$",
        ["y", "mo", "d"],
    ),
    "clock_within": (
        r"^[A-Z][a-z]{2},? "
        + MONTH
        + r" +(\d{1,2}),? (\d{1,2}):(\d{2}):(\d{2}) (?:("
        + ZONE
        + r") )?(\d{4})$",
        ["mon", "d", "h", "m", "s", "zone", "y"],
    ),
    "clock_first": (
        r"^(\d{1,2}):(\d{2})(?::(\d{2}))? ?([AaPp][Mm])?[ ,]+(\d{4})-(\d{1,2})-(\d{1,2})$",
        ["h", "m", "s", "ap", "y", "mo", "d"],
    ),
}
# Dates whose year stands elsewhere, which is asked: 5 Jan, Jan 5, 1月5日, 05/01, 5.1.
YEARLESS: Mapping[str, tuple[str, list[str]]] = {
    "day_name_only": (
        f"^{DAYNAME}"
        + r"(\d{1,2})(?:st|nd|rd|th|er|º|[.])?[-/ ]*(?:of |de )?"
        + MONTH
        + TIME
        + "$",
        ["d", "mon", *CLOCK],
    ),
    "name_day_only": (
        f"^{DAYNAME}{MONTH}" + r"[-/ ]*(\d{1,2})(?:st|nd|rd|th|[.])?" + TIME + "$",
        ["mon", "d", *CLOCK],
    ),
    "month_day_only": (
        r"^(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日号號일]?" + _WEEKDAY + TIME + "$",
        ["mo", "d", *CLOCK],
    ),
    "numeric_only": (
        f"^{DAYNAME}" + r"(\d{1,2})(?:[/]|[.] ?)(\d{1,2})[.]?" + TIME + "$",
        ["p1", "p2", *CLOCK],
    ),
}
# The families that are written with the sign of a month.
SIGNED = ("short_ymd", "month_day_only")
# Those of business years, and how it is said in which month one begins: fiscal_4.
FISCAL = tuple(name for name in FULL_FAMILIES if name.startswith("fiscal_"))
FISCAL_YEARS = tuple(f"fiscal_{month}" for month in range(1, 13))
MONTH_SIGNS = "月월"
# The commonest of all, told by a pattern that is ready at once.
PLAIN_ISO = r"^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?$"
# Steps a second, of what is counted since 1970-01-01 in UTC.
EPOCHS = {"epoch": 1, "epoch_ms": 10**3, "epoch_us": 10**6, "epoch_ns": 10**9}
FAMILIES = {**FULL_FAMILIES, **YEARLESS}
# Numbers that may be dates: read so only where the column is known to be a date, or its name and
# values both say so.
NUMERIC_FAMILIES = ("compact_month", "year", "serial", "serial_1904", *EPOCHS)
