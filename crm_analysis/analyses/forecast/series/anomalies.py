"""What stands out in demand: odd values, stock-outs, closed days, lasting jumps.

Each is marked with a kind and a reason, ready to be left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.arrays import (
    Columns,
    below_each_other,
    no_rows,
)
from crm_analysis.analyses.forecast.series.components import (
    robust_components,
    season_lengths,
)
from crm_analysis.analyses.forecast.series.level_shifts import (
    LevelShifts,
    find_level_shifts,
)
from crm_analysis.analyses.forecast.series.regular import (
    RegularSeries,
    regular_series,
)
from crm_analysis.options import Options, knob, share

_COLUMNS: dict[str, Any] = {
    "series": object,
    "date": "datetime64[ns]",
    "value": float,
    "expected": float,
    "lo": float,
    "hi": float,
    "kind": object,
    "reason": object,
    "score": float,
    "length": int,
}
_KINDS = (
    "high",
    "low",
    "stock_out",
    "missing",
    "closed",
    "ended",
    "level_shift",
)
# What ended or jumped to stay is not left out, for it is how things are now.
_LEFT_OUT = ("high", "low", "stock_out", "missing", "closed")
_MINIMUM_POINTS = 10
_OFTEN_ZERO = 0.3
_BEFORE = 6  # periods that say what the level before a jump was


@dataclass(frozen=True, kw_only=True)
class AnomalyOptions(Options):
    """What counts as odd.

    Attributes
    ----------
    reach
        How many interquartile ranges beyond the quartiles a remainder is odd.
    chance
        A run of zeros is a stock-out when demand as it is would bring it less often than this.
    season
        Periods; None: of the calendar.
    stock_outs, level_shifts
        Whether these are looked for.
    """

    reach: float = knob(3.0, low=1.0, high=10.0, step=0.5)
    chance: float = share(0.01, low=0.0001, high=0.2, step=0.001)
    season: int | None = knob(None, low=2, high=400, advanced=True)
    stock_outs: bool = knob(True, advanced=True)
    level_shifts: bool = knob(True, advanced=True)


@dataclass(frozen=True, eq=False)
class Anomalies:
    """What stands out, a row a series and period.

    Attributes
    ----------
    marks
        In order of series and date.

        - series, date : name and first day of the period
        - value : units of the demand
        - expected : trend and season there, units of the demand
        - lo, hi : what is not odd lies between, units of the demand; NaN where there is no range
        - kind : "high", "low"; "stock_out" (zeros in a series that sells nearly always), "missing"
          (no figure while others have one), "closed" (nothing sold anywhere), "ended" (zeros to
          the end: sold out or taken off), "level_shift" (a jump that stays)
        - reason : a key of the phrases `planning.reason`
        - score : interquartile ranges beyond the quartiles; of zeros the chance of the run; of a
          jump its size as a share
        - length : periods of the run
    """

    marks: pd.DataFrame

    def leave_out(
        self, kinds: tuple[str, ...] = _LEFT_OUT
    ) -> tuple[tuple[str, str], ...]:
        """(series, ISO day) of marks of these kinds, as `ForecastOptions.left_out` takes them."""
        chosen = self.marks[self.marks["kind"].isin(kinds)]
        days = chosen["date"].dt.strftime("%Y-%m-%d")
        return tuple(zip(chosen["series"].tolist(), days.tolist(), strict=True))

    def summary(self) -> dict[str, float | None]:
        """marks, series (with one), and a number of marks for each kind."""
        counts = self.marks["kind"].value_counts()
        return {
            "marks": float(len(self.marks)),
            "series": float(self.marks["series"].nunique()),
            **{kind: float(counts.get(kind, 0)) for kind in _KINDS},
        }


def find_anomalies(
    demand: pd.DataFrame, options: AnomalyOptions | None = None
) -> Anomalies:
    """Odd values, stock-outs and lasting jumps in every series.

    Odd values are remainders more than `reach` interquartile ranges beyond the quartiles, after
    lasting jumps are taken out; trend and season are those of what is not odd itself, and a season
    is only what recurs. In demand that comes now and then the sizes of orders are judged, on
    logarithms. Stock-outs are runs of k zeros after the first sale, with z ** k at most `chance`
    (z: share of zeros outside the run, half a one added), that did not come at that time of
    another year. A lasting jump is a step beside trend and season (`find_level_shifts`).

    Parameters
    ----------
    demand
        date, value and, with several, series. Series shorter than ten points are not judged.
    options
        What counts as odd.

    Returns
    -------
    Anomalies
        `.marks`, a row an odd period: what came, what was expected, and of what kind it is.

    Raises
    ------
    AnalysisError
        "data.missing_role", "forecast.no_rows", "forecast.not_dates", "forecast.not_numbers".

    References
    ----------
    tsoutliers of R's forecast; Hyndman & Athanasopoulos, Forecasting: Principles and Practice,
    3rd ed., ch. 13.9.

    Examples
    --------
    >>> days = pd.DataFrame({
    ...     "date": pd.date_range("2024-01-01", periods=60),
    ...     "value": [float(10 + t % 3) for t in range(60)],
    ... })
    >>> days.loc[[20, 21, 22], "value"] = 0.0
    >>> days.loc[40, "value"] = 90.0
    >>> find_anomalies(days).marks[["kind", "length"]].drop_duplicates().values.tolist()
    [['stock_out', 3], ['high', 1]]
    """
    options = options or AnomalyOptions()
    as_recorded = ForecastOptions(
        season=options.season, leave_out_large_orders=False
    )
    every_series = list(regular_series(demand, as_recorded))
    first = min(series.first for series in every_series)
    sold = np.zeros(
        max(series.first + len(series.recorded) for series in every_series) - first
    )
    spans = [
        slice(series.first - first, series.first - first + len(series.recorded))
        for series in every_series
    ]
    for series, span in zip(every_series, spans, strict=True):
        sold[span] += np.nan_to_num(series.recorded)
    marks = [no_rows(_COLUMNS)]
    for series, span in zip(every_series, spans, strict=True):
        others_sell = sold[span] - np.nan_to_num(series.recorded) > 0
        marks.append(
            _marks_of(
                series, others_sell if len(every_series) > 1 else None, options
            )
        )
    return Anomalies(pd.DataFrame(below_each_other(marks)))


def _marks_of(
    series: RegularSeries,
    others_sell: np.ndarray | None,
    options: AnomalyOptions,
) -> Columns:
    """The marks of one series; `others_sell` says when others sold, None: there are none."""
    values = series.recorded.copy()
    observed = np.isfinite(values)
    if observed.sum() < _MINIMUM_POINTS or np.ptp(values[observed]) == 0:
        return no_rows(_COLUMNS)
    marks = [no_rows(_COLUMNS)]
    if options.stock_outs:
        marks += _silent_runs(series, others_sell, options.chance)
        for run in marks:
            values[np.isin(series.dates, run["date"])] = np.nan
    observed = np.isfinite(values)
    if observed.sum() >= _MINIMUM_POINTS:
        if np.mean(values[observed] == 0) > _OFTEN_ZERO:
            marks += _large_sizes(series, values, options.reach)
        else:
            marks += _odd_values(series, values, options)
    together = below_each_other(marks)
    order = np.argsort(together["date"], kind="stable")
    return {name: column[order] for name, column in together.items()}


def _marks(
    series: RegularSeries, positions: Any, kind: Any, **columns: Any
) -> Columns:
    """A mark at each position; columns are figures of all of them or of each."""
    usual = {
        "series": series.name,
        "date": series.dates[positions],
        "value": series.recorded[positions],
        **dict.fromkeys(("expected", "lo", "hi"), np.nan),
        "kind": kind,
        "reason": kind,
        "length": 1,
    }
    given = {**usual, **columns}
    return {
        name: np.broadcast_to(np.asarray(given[name], dtype=kind), len(positions))
        for name, kind in _COLUMNS.items()
    }


def _silent_runs(
    series: RegularSeries, others_sell: np.ndarray | None, limit: float
) -> list[Columns]:
    """Stretches without sales that come by chance less often than the limit."""
    sells = np.nan_to_num(series.recorded) > 0
    if not sells.any():
        return []
    start = int(
        np.argmax(sells)
    )  # before its first sale a series is not out of stock
    silent = ~sells
    silent[:start] = False
    edges = np.flatnonzero(
        np.diff(np.r_[False, silent, False].astype(int))
    ).tolist()
    zeros, active = float(silent.sum()), len(silent) - start
    usual = float(np.median(series.recorded[sells]))
    marks = []
    # The longest first: what one stock-out explains does not make the next look usual.
    for begin, end in sorted(
        zip(edges[::2], edges[1::2], strict=True),
        key=lambda run: run[0] - run[1],
    ):
        length = end - begin
        chance = min(1.0, (zeros - length + 0.5) / (active - length + 1)) ** length
        if chance > limit or _usual_then(silent, begin, end, series.season, start):
            continue
        kind, reason = _kind_of_run(series.recorded, begin, end, others_sell)
        if kind:
            figures = {"expected": usual, "score": chance, "length": length}
            run = np.arange(begin, end)
            marks.append(_marks(series, run, kind, reason=reason, **figures))
            zeros, active = zeros - length, active - length
    return marks


def _kind_of_run(
    recorded: np.ndarray, begin: int, end: int, others_sell: np.ndarray | None
) -> tuple[str, str]:
    """The kind and reason of periods without sales; "" for a gap in the record."""
    others_sold = others_sell is not None and bool(others_sell[begin:end].any())
    # A gap is not a zero.
    if np.isnan(recorded[begin:end]).all():
        return ("missing", "missing") if others_sold else ("", "")
    if end == len(recorded):
        return "ended", "ended"
    if others_sell is None:
        return "stock_out", "stock_out"
    if others_sold:
        return "stock_out", "stock_out_others_sold"
    return "closed", "closed"


def _usual_then(
    silent: np.ndarray, begin: int, end: int, season: int, start: int
) -> bool:
    """Whether at least half of the run was without sales a season before or after too.

    What is not sold in summer is not out of stock.
    """
    if season < 2:
        return False
    run = np.arange(begin, end)
    for other in (run - season, run + season):
        in_history = (other >= start) & (other < len(silent))
        other = other[in_history & ~((other >= begin) & (other < end))]
        if len(other) >= max(1, len(run) // 2) and silent[other].mean() >= 0.5:
            return True
    return False


def _large_sizes(
    series: RegularSeries, values: np.ndarray, reach: float
) -> list[Columns]:
    """Of demand now and then, the sizes that are large among the sizes."""
    bought = np.flatnonzero(np.nan_to_num(values) > 0)
    if len(bought) < _MINIMUM_POINTS:
        return []
    logs = np.log(values[bought])
    low, high, spread = _fences(logs, reach)
    if not spread > 0:
        return []
    large = logs > high
    expected, lo, hi = np.exp([np.median(logs), low, high])
    columns = {
        "expected": expected,
        "lo": lo,
        "hi": hi,
        "score": _beyond(logs[large], logs) / spread,
    }
    return [_marks(series, bought[large], "high", reason="size", **columns)]


def _odd_values(
    series: RegularSeries, values: np.ndarray, options: AnomalyOptions
) -> list[Columns]:
    """Lasting jumps, and values that trend and season do not explain."""
    lengths = season_lengths(series.grid, options.season, len(values))[:1]
    shifts = LevelShifts()
    if options.level_shifts:
        season = options.season or series.grid.season
        shifts = find_level_shifts(values, season)
    level = values
    if shifts.sizes:
        level = shifts.at_last_level(values)
    components, one_offs = robust_components(
        level, lengths, reach=options.reach, periodic=True, recurring=True
    )
    rest = components.remainder
    expected = components.trend + components.season
    edges = (0.0, one_offs.low, one_offs.high)
    units = [components.in_units(expected + edge) for edge in edges]
    if shifts.sizes:
        units = [shifts.as_recorded(unit) for unit in units]
    columns = {
        "expected": np.maximum(units[0], 0.0),
        "lo": np.maximum(units[1], 0.0),
        "hi": units[2],
        "score": np.maximum(rest - one_offs.high, one_offs.low - rest)
        / one_offs.spread
        + options.reach,
    }
    odd = one_offs.odd
    kind = np.where(rest > 0, "high", "low")[odd]
    columns = {name: column[odd] for name, column in columns.items()}
    return [
        *_marks_of_shifts(series, values, shifts),
        _marks(series, np.flatnonzero(odd), kind, **columns),
    ]


def _fences(values: np.ndarray, reach: float) -> tuple[float, float, float]:
    """Between the first two nothing is odd; the third is the interquartile range."""
    lower, upper = np.quantile(values, [0.25, 0.75]).tolist()
    spread = upper - lower
    return lower - reach * spread, upper + reach * spread, spread


def _beyond(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """How far values lie beyond the quartiles."""
    lower, upper = np.quantile(among, [0.25, 0.75])
    return np.maximum(values - upper, lower - values)


def _marks_of_shifts(
    series: RegularSeries, values: np.ndarray, shifts: LevelShifts
) -> list[Columns]:
    marks = []
    for position, size in shifts.sizes.items():
        level = float(np.nanmedian(values[max(0, position - _BEFORE) : position]))
        columns = {
            "expected": level,
            "score": shifts.share(position, level),
            "length": len(values) - position,
        }
        reason = "shift_up" if size > 0 else "shift_down"
        marks.append(
            _marks(series, [position], "level_shift", reason=reason, **columns)
        )
    return marks
