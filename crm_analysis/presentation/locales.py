"""Plotly's own words and forms of dates in any language, so that they need not be fetched."""

from __future__ import annotations

import re
from typing import Any

from crm_analysis.wording import Language, locale_of, phrases, say

# What an axis writes under its ticks: Plotly's name, and the CLDR skeleton it corresponds to.
_SKELETONS = {
    "year": "y",
    "month": "yMMM",
    "dayMonth": "MMMd",
    "dayMonthYear": "yMMMd",
}
_FIELDS = {
    "y": "%Y",
    "M": "%-m",
    "MM": "%m",
    "MMM": "%b",
    "MMMM": "%B",
    "LLL": "%b",
    "LLLL": "%B",
    "d": "%-d",
    "dd": "%d",
}
_FIELD_OR_QUOTED = re.compile(r"y+|M+|L+|d+|'[^']*'")


def plotly_locale(language: Language) -> dict[str, Any]:
    """A locale as Plotly takes it: names of its tools, of days and months, forms of dates."""
    locale = locale_of(language)
    return {
        "dictionary": {
            say(key, "en"): say(key, language)
            for key in phrases()
            if key.startswith("charts.tool.")
        },
        "format": {
            "days": _from_sunday(locale.days["stand-alone"]["wide"]),
            "shortDays": _from_sunday(locale.days["stand-alone"]["abbreviated"]),
            "months": _in_order(locale.months["stand-alone"]["wide"]),
            "shortMonths": _in_order(locale.months["format"]["abbreviated"]),
            "date": "%Y-%m-%d",
            **{
                name: date_form(language, skeleton)
                for name, skeleton in _SKELETONS.items()
            },
        },
    }


def _from_sunday(names: dict[int, str]) -> list[str]:
    return [names[(day + 6) % 7] for day in range(7)]  # Babel counts from Monday


def _in_order(names: dict[int, str]) -> list[str]:
    return [names[number] for number in sorted(names)]


def date_form(language: Language, skeleton: str) -> str:
    """A CLDR form of dates as d3, and so Plotly, writes it.

    >>> date_form("zh", "yMMM"), date_form("en", "yMMM")
    ('%Y年%-m月', '%b %Y')
    """
    pattern = str(locale_of(language).datetime_skeletons[skeleton])
    return _FIELD_OR_QUOTED.sub(_d3_field, pattern)


def _d3_field(match: re.Match[str]) -> str:
    text = match[0]
    return text.strip("'") if text.startswith("'") else _FIELDS[text]
