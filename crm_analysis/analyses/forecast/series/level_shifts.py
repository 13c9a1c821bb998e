"""Lasting jumps: from which period on the level is another, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from crm_analysis.analyses.forecast.series.filling import fill

# By simulation: 5 has at most one jump in twenty stable series (noise that hangs together, heavy
# tails, trends, growing seasons, random walks). Real series are less tame, and models follow small
# jumps by themselves: on those of the benchmark forecasts are worse for jumps of less than 7, which
# still meets those of five standard deviations.
_THRESHOLD = 7.0
_MINIMUM_FREEDOM = 18
EDGE = 4  # periods that there must be before and after
_WINDOW = 6
_AT_ONCE = 0.5  # of a jump that must come from one period to the next; else it is a trend …
_LASTING = 0.6  # … and that must still be there over the next periods
_MAXIMUM_SHIFTS = 3
_TRIED = 12
_LARGEST_SHARE = 0.95
_WANDERS = (
    0.6  # from this persistence on the level moves all along, and models follow it
)
_WAVES = 6


@dataclass(frozen=True, eq=False)
class LevelShifts:
    """The jumps of one series: position of the first period at the new level → size.

    Sizes are of logarithms (`log`) where all figures are positive.
    """

    sizes: dict[int, float] = field(default_factory=dict)
    log: bool = False

    def share(self, position: int, level: float) -> float:
        """The jump as a share of the level before it."""
        size = self.sizes[position]
        return float(np.expm1(size)) if self.log else size / max(abs(level), 1e-12)

    def steps(self, count: int) -> np.ndarray:
        """How much higher each of `count` periods is for the jumps up to it."""
        steps = np.zeros(count)
        for position, size in self.sizes.items():
            steps[position:] += size
        return steps

    def at_last_level(self, values: np.ndarray) -> np.ndarray:
        """The values as they would have been at the level of today.

        >>> LevelShifts({2: 5.0}, log=False).at_last_level(np.array([1.0, 2.0, 8.0, 7.0]))
        array([6., 7., 8., 7.])
        """
        steps = self.steps(len(values))
        missing = steps[-1] - steps if len(steps) else steps
        if self.log:
            return values * np.exp(missing)
        moved = values + missing
        return np.maximum(moved, 0.0) if values.min(initial=0.0) >= 0 else moved

    def as_recorded(self, values: np.ndarray) -> np.ndarray:
        """What `at_last_level` was done to, from what became of it."""
        steps = self.steps(len(values))
        missing = steps[-1] - steps if len(steps) else steps
        return values * np.exp(-missing) if self.log else values - missing


def find_level_shifts(values: np.ndarray, season: int) -> LevelShifts:
    """The lasting jumps of a series (NaN: unknown), up to three.

    Regressions on trend, season and a step at each period, the errors being AR(1) (Prais-Winsten):
    the step of the largest t counts where that is above 7, where the step explains more than a
    bend of the trend (a cubic) does, where errors do not hang together so much that the level
    wanders anyway, and where the level jumps from one period to the next and
    stays. The largest t of many is larger than one t (Andrews, Econometrica 61, 1993): the
    threshold was found by simulation.
    """
    observed = np.flatnonzero(np.isfinite(values))
    if not len(observed) or np.ptp(values[observed]) == 0:
        return LevelShifts()
    # What is unknown at an end is no level that stays.
    first, last = observed[0], observed[-1] + 1
    y = fill(values[first:last], season)
    log = bool(y.min() > 0)
    y = np.log(y) if log else y
    columns = _trend_and_season(len(y), season)
    sizes: dict[int, float] = {}
    for _ in range(_MAXIMUM_SHIFTS):
        shift = _largest_shift(y, columns)
        if shift is None:
            break
        position, size = shift
        sizes[int(first) + position] = size
        columns = np.column_stack([columns, _step(len(y), position)])
    return LevelShifts(dict(sorted(sizes.items())), log)


def _trend_and_season(count: int, season: int) -> np.ndarray:
    """A constant, a straight line and, where there are two seasons, waves."""
    columns = [np.ones(count), np.linspace(-1, 1, count)]
    if 1 < season <= count // 2:
        angle = 2 * np.pi * np.arange(count) / season
        for wave in range(1, min(season // 2, _WAVES) + 1):
            columns.append(np.cos(wave * angle))
            if 2 * wave < season:
                columns.append(np.sin(wave * angle))
    return np.column_stack(columns)


def _step(count: int, position: int) -> np.ndarray:
    return (np.arange(count) >= position).astype(float)


def _largest_shift(y: np.ndarray, columns: np.ndarray) -> tuple[int, float] | None:
    """Position and size of the surest jump; None where none is sure."""
    count = len(y)
    if count - columns.shape[1] < max(_MINIMUM_FREEDOM, 2 * EDGE):
        return None
    positions = np.arange(EDGE, count - EDGE + 1)
    _, t, _ = _fit_steps(y, columns, positions)
    likeliest = _step(count, int(positions[np.argmax(np.abs(t))]))
    residuals = _residuals(np.column_stack([columns, likeliest]), y)
    share = _persistence(residuals, columns.shape[1])
    if share > _WANDERS:
        return None
    whitened = _without_persistence(y, share)
    beside = _without_persistence(columns, share)
    size, t, squares = _fit_steps(whitened, beside, positions, share)
    time = np.linspace(-1, 1, count)
    bend = _without_persistence(np.column_stack([columns, time**2, time**3]), share)
    bent = float((_residuals(bend, whitened) ** 2).sum())
    for candidate in np.argsort(-np.abs(t), kind="stable")[:_TRIED].tolist():
        if abs(t[candidate]) < _THRESHOLD or bent < squares[candidate]:
            return None
        position, jump = int(positions[candidate]), float(size[candidate])
        if _jumps(y, columns, _step(count, position), position, jump):
            return position, jump
    return None


def _jumps(
    y: np.ndarray, columns: np.ndarray, step: np.ndarray, position: int, size: float
) -> bool:
    """Whether the level jumps there at once, and stays."""
    design = np.column_stack([columns, step])
    weights = np.linalg.lstsq(design, y, rcond=None)[0]
    season = design[:, 2:-1] @ weights[2:-1]
    level = (y - season) * np.sign(size)
    at_once = (
        level[position : position + 2].mean()
        - level[position - 2 : position].mean()
    )
    before = level[max(0, position - _WINDOW) : position]
    lasting = np.median(level[position : position + _WINDOW]) - np.median(before)
    return bool(at_once >= _AT_ONCE * abs(size) and lasting >= _LASTING * abs(size))


def _residuals(columns: np.ndarray, y: np.ndarray) -> np.ndarray:
    basis, _ = np.linalg.qr(columns)
    return np.asarray(y - basis @ (basis.T @ y))


def _fit_steps(
    y: np.ndarray, columns: np.ndarray, positions: np.ndarray, share: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each step beside the columns: size, t, squares that are left.

    Of a step is left, without a `share` of the value before, 1 where it begins and 1 − share
    after it: what it has in common with anything is a sum over the end of the series.
    """
    basis, _ = np.linalg.qr(columns)
    error = y - basis @ (basis.T @ y)
    both = np.column_stack([basis, error])
    onwards = np.cumsum(both[::-1], axis=0)[::-1]
    common = share * both[positions] + (1 - share) * onwards[positions]
    after = len(y) - 1 - positions
    length = 1 + (1 - share) ** 2 * after - (common[:, :-1] ** 2).sum(axis=1)
    length = np.where(length > 1e-9 * len(y), length, np.inf)
    covariance = common[:, -1]
    size = covariance / length
    squares = np.maximum(error @ error - covariance**2 / length, 1e-300)
    freedom = max(1, len(y) - columns.shape[1] - 1)
    t = covariance / np.sqrt(length) / np.sqrt(squares / freedom)
    return size, t, squares


def _persistence(residuals: np.ndarray, columns: int) -> float:
    """The correlation of neighbouring errors; in the residuals of many columns it looks less."""
    length = max(float(residuals @ residuals), 1e-300)
    share = float(residuals[1:] @ residuals[:-1]) / length
    return float(
        np.clip(share + (1 + columns / 2) / len(residuals), 0, _LARGEST_SHARE)
    )


def _without_persistence(part: np.ndarray, share: float) -> np.ndarray:
    whitened = part.copy()
    whitened[1:] -= share * part[:-1]
    whitened[0] *= np.sqrt(1 - share**2)
    return whitened
