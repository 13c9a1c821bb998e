"""What stands out in demand: odd values, stock-outs, closed days, lasting jumps; marked with a kind and a reason, ready to be left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.decomposition import Split, season_lengths, split
from crm_analysis.analyses.forecast.series.regular import Regular, regular_series
from crm_analysis.options import Options, knob

__all__ = ["Anomalies", "AnomalyOptions", "find_anomalies"]

_COLUMNS = ("series", "date", "value", "expected", "lo", "hi", "kind", "reason", "score", "length")
_FEWEST = 10
_OFTEN_ZERO = 0.3
_SEASONAL = 0.6  # a weaker season is not taken out, as in tsoutliers
_LEFT_OUT = ("high", "low", "stock_out", "missing", "closed")


@dataclass(frozen=True, kw_only=True)
class AnomalyOptions(Options):
    """`reach`: how many interquartile ranges beyond the quartiles a remainder is odd. `chance`: a run of zeros is a stock-out when demand as it is would bring it
    by chance less often than this.
    """

    reach: float = knob(3.0, low=1.0, high=10.0, step=0.5)
    chance: float = knob(0.01, low=0.0001, high=0.2, step=0.001)
    season: int | None = knob(None, low=2, high=400, advanced=True)
    stock_outs: bool = knob(True, advanced=True)
    level_shifts: bool = knob(True, advanced=True)


@dataclass(frozen=True, eq=False)
class Anomalies:
    """`marks`: series, date, value, expected (trend and season there), lo, hi (what is not odd), kind, reason (a key of `planning.reason`), score (how many
    interquartile ranges beyond the quartiles; of zeros: the chance of the run), length (periods of the run), in order of series and date. Kinds: "high", "low"; "stock_out" (zeros in a series that sells nearly
    always), "missing" (no figure while others have one), "closed" (nothing sold anywhere), "ended" (zeros to the end: sold out or taken off), "level_shift" (a jump that stays).
    """

    marks: pd.DataFrame

    def leave_out(self, kinds: tuple[str, ...] = _LEFT_OUT) -> tuple[tuple[str, str], ...]:
        """(series, ISO day) of marks of these kinds, as `ForecastOptions.left_out` takes them; what ended or jumped to stay is kept, for it is how things are now."""
        kept = self.marks[self.marks["kind"].isin(kinds)]
        return tuple(
            zip(kept["series"].tolist(), kept["date"].dt.strftime("%Y-%m-%d").tolist(), strict=True)
        )

    def summary(self) -> dict[str, float | None]:
        """marks, series (with one), and a number of marks for each kind."""
        kinds = ("high", "low", "stock_out", "missing", "closed", "ended", "level_shift")
        counted = self.marks["kind"].value_counts()
        return {
            "marks": float(len(self.marks)),
            "series": float(self.marks["series"].nunique()),
            **{kind: float(counted.get(kind, 0)) for kind in kinds},
        }


def find_anomalies(demand: pd.DataFrame, options: AnomalyOptions | None = None) -> Anomalies:
    """Odd values, stock-outs and lasting jumps in every series.

    Odd values: remainders of a robust STL more than `reach` interquartile ranges beyond the quartiles (as tsoutliers of R's forecast; Hyndman & Athanasopoulos,
    Forecasting: Principles and Practice, 3rd ed., ch. 13.9), after lasting jumps are taken out; in demand that comes now and then the sizes of orders are judged,
    on logs. Stock-outs: runs of k zeros after the first sale, with z ** k at most `chance` (z: share of zeros outside the run, half a one added), that did not come at that time of another year.
    A lasting jump: a change from one period to the next that is odd among the changes and of which at least 60 % is still there over the next periods.

    In: date, value, series. Series shorter than ten points are not judged. Raises AnalysisErrors as for a forecast.

    >>> days = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=60), "value": [float(10 + t % 3) for t in range(60)]})
    >>> days.loc[[20, 21, 22], "value"] = 0.0
    >>> days.loc[40, "value"] = 90.0
    >>> find_anomalies(days).marks[["kind", "length"]].drop_duplicates().values.tolist()
    [['stock_out', 3], ['high', 1]]
    """
    options = options or AnomalyOptions()
    series = list(regular_series(demand, ForecastOptions(season=options.season)))
    first = min(one.first for one in series)
    width = max(one.first + len(one.told) for one in series) - first
    sold = np.zeros(width)
    told = np.zeros(width, dtype=np.int64)
    for one in series:
        here = slice(one.first - first, one.first - first + len(one.told))
        sold[here] += np.nan_to_num(one.told)
        told[here] += np.isfinite(one.told)
    found: list[pd.DataFrame] = []
    for one in series:
        here = slice(one.first - first, one.first - first + len(one.told))
        others_sell = sold[here] - np.nan_to_num(one.told) > 0
        found.append(_of_one(one, others_sell, len(series) > 1, options))
    marks = pd.concat([part for part in found if len(part)] or [_frame([])], ignore_index=True)
    return Anomalies(marks)


def _of_one(
    one: Regular, others_sell: np.ndarray, has_others: bool, options: AnomalyOptions
) -> pd.DataFrame:
    told = one.told
    known = np.isfinite(told)
    if known.sum() < _FEWEST or np.nanmax(told) == np.nanmin(told):
        return _frame([])
    rows: list[dict[str, Any]] = []
    dates = one.dates
    out = np.zeros(len(told), dtype=bool)
    if options.stock_outs:
        rows += _runs(one, dates, others_sell, has_others, options, out)
    clean = np.where(out, np.nan, told)
    left = np.isfinite(clean)
    if left.sum() >= _FEWEST:
        if np.mean(clean[left] == 0) > _OFTEN_ZERO:
            rows += _sizes(one.name, dates, clean, options.reach)
        else:
            rows += _odd(one, dates, clean, options)
    return _frame(sorted(rows, key=lambda row: row["date"]))


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    return table.astype(
        {
            "date": "datetime64[ns]",
            "value": float,
            "expected": float,
            "lo": float,
            "hi": float,
            "score": float,
            "length": int,
        }
    )


def _runs(
    one: Regular,
    dates: np.ndarray,
    others_sell: np.ndarray,
    has_others: bool,
    options: AnomalyOptions,
    out: np.ndarray,
) -> list[dict[str, Any]]:
    """Stretches without sales that chance does not explain; their places are put into `out`."""
    told = one.told
    silent = ~(np.nan_to_num(told) > 0)
    if silent.all():
        return []
    start = int(np.argmax(~silent))  # before its first sale a series is not out of stock
    silent[:start] = False
    steps = np.flatnonzero(np.diff(np.r_[False, silent, False].astype(int)))
    active = len(told) - start
    rows: list[dict[str, Any]] = []
    usual = float(np.nanmedian(told[start:][told[start:] > 0]))
    zeros = float(silent.sum())
    # The longest first: what is explained by one stock-out does not make the next look usual.
    for begin, end in sorted(
        zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True), key=lambda run: run[0] - run[1]
    ):
        length = end - begin
        rate = (zeros - length + 0.5) / (active - length + 1)
        chance = min(1.0, rate) ** length
        unknown = bool(np.isnan(told[begin:end]).all())
        if unknown and not (has_others and others_sell[begin:end].any()):
            continue  # a gap is not a zero
        if chance > options.chance or _usual_then(silent, begin, end, one.season, start):
            continue
        if unknown:
            kind, reason = "missing", "missing"
        elif end == len(told):
            kind, reason = "ended", "ended"
        elif has_others and not others_sell[begin:end].any():
            kind, reason = "closed", "closed"
        else:
            kind, reason = "stock_out", "stock_out_others_sold" if has_others else "stock_out"
        out[begin:end] = True
        zeros, active = zeros - length, active - length
        for place in range(begin, end):
            rows.append(
                _mark(
                    one.name,
                    dates[place],
                    told[place],
                    usual,
                    np.nan,
                    np.nan,
                    kind,
                    reason,
                    chance,
                    length,
                )
            )
    return rows


def _usual_then(silent: np.ndarray, begin: int, end: int, season: int, start: int) -> bool:
    """Whether at least half of the run was without sales a season before or after too: what is not sold in summer is not out of stock."""
    if season < 2:
        return False
    places = np.arange(begin, end)
    for other in (places - season, places + season):
        inside = other[
            (other >= start) & (other < len(silent)) & ~((other >= begin) & (other < end))
        ]
        if len(inside) >= max(1, len(places) // 2) and silent[inside].mean() >= 0.5:
            return True
    return False


def _sizes(name: str, dates: np.ndarray, values: np.ndarray, reach: float) -> list[dict[str, Any]]:
    """Demand now and then: which sizes are odd among the sizes."""
    bought = np.flatnonzero(np.nan_to_num(values) > 0)
    if len(bought) < _FEWEST:
        return []
    logs = np.log(values[bought])
    low, high, apart = _fences(logs, reach)
    middle = float(np.exp(np.median(logs)))
    if not apart > 0:
        return []
    scores = np.maximum(logs - np.quantile(logs, 0.75), np.quantile(logs, 0.25) - logs) / apart
    return [
        _mark(
            name,
            dates[place],
            values[place],
            middle,
            np.exp(low),
            np.exp(high),
            "high",
            "size",
            score,
            1,
        )
        for place, log, score in zip(bought, logs, scores, strict=True)
        if log > high
    ]


def _odd(
    one: Regular, dates: np.ndarray, values: np.ndarray, options: AnomalyOptions
) -> list[dict[str, Any]]:
    lengths = season_lengths(one.grid, options.season, len(values))[:1]
    whole = split(values, lengths, periodic=True)
    if lengths and not whole.strength("season") >= _SEASONAL:
        lengths = ()
        whole = split(values, (), "multiplicative" if whole.logs else "additive")
    known = np.isfinite(values)
    rows: list[dict[str, Any]] = []
    steps = np.zeros(len(values))
    back = np.exp if whole.logs else np.asarray
    if options.level_shifts:
        for place, size in _shifts(whole, known, options.reach):
            steps[place:] += size
            before = _level(whole, place - 1)
            ratio = (
                float(np.exp(size) - 1)
                if whole.logs
                else size
                / max(abs(float(np.median(whole.values[max(0, place - 6) : place]))), 1e-12)
            )
            rows.append(
                _mark(
                    one.name,
                    dates[place],
                    values[place],
                    float(back(before)),
                    np.nan,
                    np.nan,
                    "level_shift",
                    "shift_up" if size > 0 else "shift_down",
                    ratio,
                    len(values) - place,
                )
            )
        if steps.any():
            moved = whole.values - steps
            again = split(np.where(known, moved, np.nan), lengths, "additive", periodic=True)
            whole = Split(
                whole.values,
                again.trend + steps,
                again.seasons,
                again.remainder,
                whole.logs,
                again.method,
            )
    rest = whole.remainder
    low, high, apart = _fences(rest[known], options.reach)
    if apart <= 1e-9 * max(1.0, float(np.abs(whole.values).max())):
        # More than half fit exactly: anything beyond a tenth of the usual level is odd.
        edge = 0.1 if whole.logs else 0.1 * float(np.median(np.abs(whole.values))) + 1e-12
        low, high, apart = -edge, edge, edge
    expected = whole.trend + whole.season
    odd = known & ((rest < low) | (rest > high))
    middle_low, middle_high = np.quantile(rest[known], [0.25, 0.75])
    for place in np.flatnonzero(odd).tolist():
        score = max(rest[place] - middle_high, middle_low - rest[place]) / apart
        lo, hi = float(back(expected[place] + low)), float(back(expected[place] + high))
        kind = "high" if rest[place] > high else "low"
        rows.append(
            _mark(
                one.name,
                dates[place],
                values[place],
                max(0.0, float(back(expected[place]))),
                max(0.0, lo),
                hi,
                kind,
                kind,
                float(score),
                1,
            )
        )
    return rows


def _level(whole: Split, place: int) -> float:
    return float(whole.trend[place] + whole.season[place])


def _fences(values: np.ndarray, reach: float) -> tuple[float, float, float]:
    low, high = np.quantile(values, [0.25, 0.75])
    return float(low - reach * (high - low)), float(high + reach * (high - low)), float(high - low)


def _shifts(whole: Split, known: np.ndarray, reach: float) -> list[tuple[int, float]]:
    """Places from which the level is another, with the size of the step: the largest first, none within half a window of a larger one."""
    level = whole.values - whole.season
    window = int(np.clip(len(level) // 8, 4, 12))
    if len(level) < 16:
        return []
    change = np.diff(level)
    low, high, _ = _fences(change, reach)
    around = level - pd.Series(level).rolling(5, center=True, min_periods=1).median().to_numpy()
    least = 3.0 * float(np.sqrt((around**2).mean()))  # a running median keeps the step itself
    found: list[tuple[int, float]] = []
    for at in sorted(
        np.flatnonzero((change < low) | (change > high)), key=lambda at: -abs(change[at])
    ):
        place = int(at) + 1
        if (
            place < window
            or len(level) - place < window
            or any(abs(place - other) < window for other, _ in found)
        ):
            continue
        size = float(
            np.median(level[place : place + window]) - np.median(level[place - window : place])
        )
        if (
            known[place]
            and size * change[at] > 0
            and abs(size) >= max(0.6 * abs(change[at]), least)
        ):
            found.append((place, size))
    return sorted(found)


def _mark(
    series: str,
    date: Any,
    value: float,
    expected: float,
    lo: float,
    hi: float,
    kind: str,
    reason: str,
    score: float,
    length: int,
) -> dict[str, Any]:
    return dict(
        zip(
            _COLUMNS,
            (series, date, float(value), expected, lo, hi, kind, reason, float(score), length),
            strict=True,
        )
    )
