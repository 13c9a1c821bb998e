"""What a forecast's figures and a plan amount to in a word, with the threshold for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import pandas as pd

from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

_SAME_ERROR = 0.005  # two errors that differ by less are called the same
_LEVEL_CHANGE = (
    0.1  # up to this much may be called none, where the interval allows none
)
_COVERAGE = (0.7, 0.9)  # of the 80 % interval
_CHANCE = 0.05
_ENOUGH_DAYS = 60  # as who stays away is told from
_STRONG_SEASON = 0.64  # as nsdiffs takes it


class NaiveComparison(NamedTuple):
    """How a forecast did in the back-test beside repeating what was.

    `kind` is "better", "worse" or "same", or "unseen" where it was worse at days that had fewer
    than two seasons to learn one from; `share` the difference as a share of the naive error;
    `repeated` what was repeated: the "season" or, where the record has too few, the "last" figure.
    """

    kind: str
    share: float
    repeated: str


def against_naive(series: Mapping[str, Any]) -> NaiveComparison | None:
    """A series (a row of `Forecast.series`) beside seasonal naive; None where that is not known.

    >>> against_naive({"mase": 0.5, "mase_naive": 1.0, "points": 60, "season": 12})
    NaiveComparison(kind='better', share=0.5, repeated='season')
    """
    own, naive = series["mase"], series["mase_naive"]
    if pd.isna(own) or pd.isna(naive) or naive <= 0:
        return None
    further = float(own) / float(naive) - 1
    kind = "same"
    if abs(further) > _SAME_ERROR:
        kind = "worse" if further > 0 else "better"
    season, points = series["season"], series["points"]
    has_season = season > 1 and points > 2 * season
    if kind == "worse" and season > 1 and 2 * season <= points < 2 * season + 2:
        kind = "unseen"
    return NaiveComparison(kind, abs(further), "season" if has_season else "last")


def short_history(forecast: Forecast) -> Message | None:
    """What to say of a record too short for what is asked of it; None where it is long enough.

    It is where it spans 60 days and reaches back as far as the forecast reaches ahead.

    Returns
    -------
    Message or None
        `forecast.record_too_short` with the days that the record has and would need.
    """
    past, ahead = (
        pd.to_datetime(table["date"])
        for table in (forecast.history, forecast.ahead)
    )
    if past.empty or ahead.empty:
        return None
    start, end, last = past.min(), ahead.min(), ahead.max()
    days, reach = (end - start).days, (last - past.max()).days
    needed = max(_ENOUGH_DAYS, reach)
    if days >= needed:
        return None
    return Message("forecast.record_too_short", {"days": days, "needed": needed})


def headline_kind(forecast: Forecast, row: Mapping[str, Any]) -> str:
    """What is said first of a series: where its demand goes, or why that cannot be said.

    Parameters
    ----------
    row
        Of one series: `pattern` of `Forecast.series`, and `direction` of its outlook.

    Returns
    -------
    str
        zero, constant; short, where no back-test can bear out a range; no_year, where there is no
        year to compare with; else the direction.
    """
    if row["pattern"] in ("zero", "constant", "short"):
        return str(row["pattern"])
    if short_history(forecast) is not None:
        return "short"
    return "no_year" if row["direction"] is None else str(row["direction"])


def direction_of(
    change: float, low: float, high: float
) -> Literal["up", "down", "level", "unclear"]:
    """Which way demand goes, from its change and the ends of the change's 80 % interval.

    "unclear": the interval allows both, and the change is too large to be called none.

    >>> direction_of(0.12, 0.02, 0.3), direction_of(0.12, -0.02, 0.3), direction_of(0.05, -0.1, 0.2)
    ('up', 'unclear', 'level')
    """
    if low > 0:
        return "up"
    if high < 0:
        return "down"
    return "level" if abs(change) <= _LEVEL_CHANGE else "unclear"


def interval_fit(coverage_80: float) -> Literal["narrow", "right", "wide"]:
    """Whether the 80 % interval held about as often as it should."""
    low, high = _COVERAGE
    if coverage_80 > high:
        return "wide"
    return "narrow" if coverage_80 < low else "right"


def leaves_a_pattern(ljung_box_p: float) -> bool:
    """Whether residuals are other than chance brings."""
    return ljung_box_p < _CHANCE


def season_kind(
    strength: Mapping[str, Any],
) -> Literal["strong", "weak", "unseen"]:
    """How strong the season of a series is (a row of `Decomposition.strength`)."""
    if pd.isna(strength["season_strength"]) or pd.isna(strength["peak"]):
        return "unseen"
    return "strong" if strength["season_strength"] >= _STRONG_SEASON else "weak"


def outlook(forecast: Forecast, plan: pd.DataFrame | None = None) -> pd.DataFrame:
    """The total ahead of each series as it is planned, and against the same periods a year before.

    Parameters
    ----------
    forecast
        What `forecast` gave.
    plan
        series, date, value: with values set by hand or made to add up. The model's interval and
        change move with the total. None: as forecast.

    Returns
    -------
    pandas.DataFrame
        In the forecast's order of series:

        - series : text
        - total : units ahead
        - lo_80, hi_80, lo_95, hi_95 : ends of its intervals, in units
        - change : share, against the same periods a year before; NaN where there are none
        - direction : "up", "down", "level" or "unclear"; None where nothing can be compared
    """
    plan = forecast.ahead if plan is None else plan
    require(plan, "series", "value")
    model = forecast.series.reset_index(drop=True)
    totals = plan.groupby("series", sort=False, observed=True)["value"].sum()
    total = model["series"].map(totals).astype(float)
    positive = model["total_ahead"] > 0
    ratio = (total / model["total_ahead"]).where(positive, 1.0)
    table = pd.DataFrame({"series": model["series"].astype(str), "total": total})
    for name in ("lo_80", "hi_80", "lo_95", "hi_95"):
        table[name] = (model[name] * ratio).where(positive, total)
    table["change"] = (1 + model["change"]) * ratio - 1
    table["direction"] = [_direction(row) for row in table.to_dict("records")]
    return table


def _direction(series: dict[str, float]) -> str | None:
    change, total = series["change"], series["total"]
    if pd.isna(change) or not total > 0:
        return None
    low, high = (
        series[end] / total * (1 + change) - 1 for end in ("lo_80", "hi_80")
    )
    return direction_of(change, low, high)
